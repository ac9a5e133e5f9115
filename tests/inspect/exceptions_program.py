# SPDX-License-Identifier: MIT
"""Ends with an exception that has a cause, a context, notes and, where there are such, others in it."""
import sys


class Own(ValueError):
    def __init__(self, code, extra):
        super().__init__(code, extra)
        self.code = code


def inner(number):
    doubled = number * 2
    raise Own(doubled, {'key': [doubled]})


def middle(number):
    try:
        inner(number)
    except Own as error:
        second = KeyError('second')
        second.__notes__ = ['a note']
        raise second from error


def outer(name):
    try:
        middle(5)
    except KeyError:
        if sys.version_info >= (3, 11):
            raise ExceptionGroup('several', [ValueError('one'), OSError(2, 'two')])  # noqa: F821
        raise RuntimeError('several', name)


outer('told')
