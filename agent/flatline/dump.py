# SPDX-License-Identifier: MIT
"""Post-mortem files from a machine where Flatline does not run.

    python -m flatline.dump [OPTION…] SCRIPT [ARGS…]     runs the script as python would; what ends it leaves a file
    flatline.set_excepthook(path="…")                    the same for a program that asks for it itself
    flatline.dump_exception(error, path)                 an exception that was caught
    flatline.dump_threads(path)                          what every thread does right now

The file is a snapshot (.flatline): `python -m flatline.postmortem FILE`, flatline-cli show or the window open it
wherever it is sent. Nothing of the program is called to write it, it takes two seconds at most, and whatever goes wrong
is one line on stderr: none of this can fail the program.
"""
import sys

if __name__ == "__main__":
    # Before anything else is loaded: what this process becomes loads it for itself.
    from flatline.startup.dump_options import main

    main(sys.argv[1:])

import os

from . import hooks
from .capture import document, files
from .capture.budget import Options
from .paths import expand

MAX_FILES = 20

_own_code = hooks.own_code
_hook = {}
_written = 0


def dump_exception(error=None, path=None, **options):
    """Writes a file about an exception, by default the one that is being handled.

    `path` is a file or a folder, and may have {program}, {time} and {pid} in it. The keywords are those of
    flatline.capture.budget.Options. Returns the path of the file, or None when there is none.
    """
    return _try(_dump, "exception", path, options, sys.exc_info()[1] if error is None else error, "handled")


def dump_threads(path=None, **options):
    """Writes a file about what all threads do right now. As dump_exception() otherwise."""
    return _try(_dump, "dump", path, options, None, None)


def set_excepthook(path=None, interrupts=False, **options):
    """From now on, what ends the main thread, another thread or a forked child leaves a file; the program's own hooks,
    set before or later, still run.

    `interrupts`: also a KeyboardInterrupt. Wrong options raise TypeError here, not when it matters.
    """
    chosen = Options(**options)
    if path is not None:
        path = os.path.abspath(os.fspath(path))
    else:
        path = os.getcwd()
    if not _hook:
        _fit()
    _hook.update(path=path, interrupts=interrupts, options=chosen)


def begin(settings):
    """What `python -m flatline.dump` has asked for."""
    set_excepthook(**settings)


def _keep(error, context):
    if isinstance(error, SystemExit) or (isinstance(error, KeyboardInterrupt) and not _hook["interrupts"]):
        return
    if isinstance(error, BaseException) and _written < MAX_FILES:
        _try(_dump, "exception", _hook["path"], _hook["options"], error, context)


def _fit():
    """Once: a later call changes what is done."""
    import threading

    passed = []

    def keep(error, context, is_caught):
        passed[:] = [id(error)]
        _keep(error, context)

    def keep_last():
        error = hooks.find_last()
        if error is not None and id(error) not in passed:
            _keep(error, "uncaught")

    def watch_children():
        process = sys.modules.get("multiprocessing.process")
        if process is not None:
            hooks.watch_multiprocessing(process, lambda error, name: _keep(error, "multiprocessing"))

    hooks.watch_uncaught(keep)
    hooks.watch_threads(threading, lambda error, name: _keep(error, "thread"))
    try:
        # As soon as the main thread is done, other threads may go on for long.
        threading._register_atexit(keep_last)
    except (AttributeError, RuntimeError):
        pass
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=watch_children)
    own(_keep, keep_last)


def own(*functions):
    """Functions of ours on a stack are not shown."""
    _own_code.update(function.__code__ for function in functions)


def _try(function, *arguments):
    """Whatever goes wrong is said in one line at most."""
    try:
        try:
            return function(*arguments)
        except (RecursionError, MemoryError):
            return _on_fresh_stack(function, arguments)
    except Exception as error:
        _complain(error)
        return None


def _on_fresh_stack(function, arguments):
    """For whom the stack has no room left."""
    import _thread

    answer = []
    done = _thread.allocate_lock()
    done.acquire()
    ident = _thread.get_ident()

    def run():
        try:
            answer.append((function(*arguments, ident), None))
        except Exception as error:
            answer.append((None, error))
        finally:
            done.release()

    _thread.start_new_thread(run, ())
    done.acquire()
    result, error = answer[0]
    if error is not None:
        raise error
    return result


def _complain(error):
    try:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        where = " %s" % error.filename if isinstance(error, OSError) and error.filename else ""
        reason = " ".join((reason or type(error).__name__).split())
        sys.stderr.write("flatline: no post-mortem file%s: %s\n" % (where, reason))
    except Exception:
        pass


def _dump(reason, path, options, error, context, ident=None):
    global _written
    if not isinstance(options, Options):
        options = Options(**options)
    if reason == "exception" and not isinstance(error, BaseException):
        raise TypeError("there is no exception to write about")
    made = document.make(reason, options, error, context, ident, _own_code)
    written = files.write(made, expand(path, ".flatline"))
    _written += 1
    return written


_own_code.update(function.__code__ for function in (dump_exception, dump_threads, _try, _dump, _on_fresh_stack,
                                                    document.make, document._Maker.make, document._Maker._read_threads,
                                                    document._Maker._find_stacks))
