# SPDX-License-Identifier: MIT
"""Keeps the interpreter from warning about the agent's thread.

From 3.12 on, os.fork() counts the threads of the process and warns of more than one, in the parent; from 3.13 on when
the hooks have run. Where ours is the only other one, that warning is taken back: by a filter put in front, which takes
itself away again, without telling the warnings module of a change, so that what it remembers about other warnings stays.
"""
import posix
import sys

import _warnings

from . import running


def _is_of_threads(text):
    is_it = "is multi-threaded, use of" in text
    if is_it:
        let_through()
    return is_it


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


def _count_threads():
    return posix.stat("/proc/self/task").st_nlink - 2


def expect(caller, is_ours_counted):
    """Before the fork that @caller makes. A subprocess with a preexec_fn is not warned of."""
    if caller is not None and "fork_exec" in "".join(caller.f_code.co_names):
        return
    if is_ours_counted and _count_threads() == 2 or not is_ours_counted and _count_threads() == 1:
        _hold_back()


def _hold_back():
    if _OfThreads.match is None:
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
