# SPDX-License-Identifier: MIT
"""Exceptions as reports for the supervisor. The frames of the traceback, with their variables, it reads by itself, while
the thread that reports waits: none of the program's code runs for that."""
import posix
import sys
from time import time

import _thread

from . import holding
from .hooks import find_last

MAX_REPORTS = 100

_reported = set()


def _formatted(error):
    import traceback

    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:
        return "%s: <the exception could not be printed>\n" % type(error).__name__


def describe(kind, context, error, thread):
    text = _formatted(error)
    try:
        message = str(error)
    except Exception:
        message = "<the exception's __str__ failed>"
    return {
        "pid": posix.getpid(),
        "kind": kind,
        "context": context,
        "type_name": type(error).__name__,
        "message": message[:10000],
        "thread": thread,
        "traceback_text": text[-100000:],
        "text": text.rstrip().rpartition("\n")[2][:10000],
        "timestamp": time(),
    }


def _is_new(context, error):
    """One report a place: an exception in a loop or in many finalizers says the same each time."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = (context, type(error).__name__,
             traceback.tb_frame.f_code.co_filename if traceback is not None else "",
             traceback.tb_lineno if traceback is not None else 0)
    if place in _reported or len(_reported) >= MAX_REPORTS:
        return False
    _reported.add(place)
    return True


def get_reported():
    """The places that were told, to which finalization.py adds its own."""
    return _reported


def report(agent, context, error, thread=None):
    try:
        if agent.is_deaf or not _is_new(context, error):
            return
        payload = describe("exception", context, error, thread or _thread_name())
        if context == "uncaught" and isinstance(error, (ImportError, AttributeError)):
            from .missing import look

            payload.update(look(error))
        path = getattr(agent.speech, "path", None)
        agent.flush(agent.FLUSH_TIMEOUT)
        held = dict(payload, hold=True, exception=id(error), native_id=_thread.get_native_id(),
                    exiting=agent.is_exiting)
        if path is None or not holding.tell(path, "report", held):
            agent.tell("report", payload)
    except Exception:
        pass


def _thread_name():
    threading = sys.modules.get("threading")
    return threading.current_thread().name if threading is not None else "MainThread"


def report_last(agent):
    """The exception that ended the main thread, if one did.

    Not the interrupt of a person. (The interpreter then ends by the signal itself, unless code from a string is run on
    the way, as the import of `traceback` does.)
    """
    error = find_last()
    if error is not None and not isinstance(error, KeyboardInterrupt):
        report(agent, "uncaught", error, "MainThread")
