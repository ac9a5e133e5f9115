# SPDX-License-Identifier: MIT
"""Uncaught exceptions, told to the supervisor without standing in the program's way.

The interpreter keeps the exception that ends the main thread in sys.last_value before it calls any hook: it is read
there at exit, so sys.excepthook stays the program's own. For threads `threading.excepthook` is wrapped; the one that
was there still runs.
"""
import posix
import sys
import time


def _describe(kind, context, error, thread):
    import traceback

    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
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
        "timestamp": time.time(),
    }


def report(agent, kind, context, error, thread="MainThread"):
    try:
        agent.flush()
        agent.send_event("report", _describe(kind, context, error, thread))
    except Exception:
        pass


def report_last(agent):
    """The exception that ended the main thread, if one did."""
    error = getattr(sys, "last_value", None)
    if isinstance(error, BaseException) and not sys.flags.interactive and not hasattr(sys, "ps1"):
        report(agent, "exception", "uncaught", error)


def fit_threading(threading):
    original = threading.excepthook

    def excepthook(args):
        from . import agent

        current = agent.get()
        if current is not None and isinstance(args.exc_value, BaseException) and args.exc_type is not SystemExit:
            name = getattr(args.thread, "name", None) or "?"
            report(current, "exception", "thread", args.exc_value, name)
        return original(args)

    threading.excepthook = excepthook
