# SPDX-License-Identifier: MIT
"""Keeps the interpreter from warning about the agent's thread.

From 3.13 on, os.fork() counts the threads of the process after the hooks have run in the parent, when the agent's
thread is there again, and warns of more than one. Where it is the only other one, that warning is taken back: by a
filter put in front for as long as the fork lasts, without telling the warnings module of a change, so that what it
remembers about other warnings stays.
"""
import _warnings


class _OfThreads:
    """A filter's pattern needs nothing but match()."""

    @staticmethod
    def match(text):
        return "is multi-threaded, use of" in text


_entry = ("ignore", _OfThreads(), DeprecationWarning, None, 0)
_lists = []


def hold_back():
    filters = _warnings.filters
    _lists.append(filters)
    filters.insert(0, _entry)


def let_through():
    while _lists:
        filters = _lists.pop()
        try:
            filters.remove(_entry)
        except ValueError:
            pass
