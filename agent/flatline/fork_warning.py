# SPDX-License-Identifier: MIT
"""Keeps the interpreter from warning about the agent's thread.

From 3.13 on, os.fork() counts the threads of the process after the hooks have run in the parent, when the agent's
thread is there again, and warns of more than one. Where it is the only other one, that warning is taken back: by a
filter put in front for as long as the fork lasts, without telling the warnings module of a change, so that what it
remembers about other warnings stays.
"""
import sys

import _warnings

from . import running


def _is_of_threads(text):
    return "is multi-threaded, use of" in text


class _OfThreads:
    """A filter's pattern needs nothing but match()."""

    match = None


_entry = ("ignore", _OfThreads(), DeprecationWarning, None, 0)
_lists = []


def _find_filters():
    """The lists that the interpreter may ask: while somebody catches warnings they are others."""
    module = sys.modules.get("warnings")
    found = [getattr(module, "filters", _warnings.filters)]
    get_context = getattr(module, "_get_context", None)  # since 3.14
    if get_context is not None:
        found.append(getattr(get_context(), "_filters", None))
    return [filters for filters in found if type(filters) is list]


def hold_back():
    _OfThreads.match = staticmethod(running.unseen(_is_of_threads))
    for filters in _find_filters():
        _lists.append(filters)
        filters.insert(0, _entry)


def let_through():
    while _lists:
        filters = _lists.pop()
        try:
            filters.remove(_entry)
        except ValueError:
            pass
