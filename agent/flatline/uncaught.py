# SPDX-License-Identifier: MIT
"""What nothing caught is told to the supervisor: what ends threads and multiprocessing children, what leaves a callback,
what finalizers and exit handlers raise; also that the main thread is done. Modules that are imported later are fitted as
they come (imports.py).
"""
import sys

from . import exceptions, hooks, running


def report(context, error, thread=None):
    """Tells of @error, once a place, and waits until it has been read."""
    current = running.get()
    if current is not None and isinstance(error, BaseException):
        exceptions.report(current, context, error, thread)


def fit_uncaught():
    """Of what ends the main thread is told when it has been printed, see exceptions.report_last()."""
    def tell(error, context, is_caught):
        if context != "uncaught" and not is_caught and not hooks.is_interactive():
            report(context, error)

    hooks.watch_uncaught(tell)


_late_reports = []


def fit_unraisable():
    """Finalizers fail as late as when modules are emptied: the hook goes by no global name."""
    early, late, ending, Failure = report, _late_reports, _tell_exiting, Exception

    def make(original):
        def unraisablehook(unraisable, /):
            try:
                if not late:
                    # The program's exit handlers come before the agent's: one that fails is the first sign of the end.
                    if (unraisable.err_msg or "").startswith("Exception ignored in atexit callback"):
                        ending()
                    early("unraisable", unraisable.exc_value)
                elif unraisable.exc_value is not None:
                    late[0](unraisable.exc_value)
            except Failure:
                pass
            return original(unraisable)

        return unraisablehook

    hooks.replace("unraisablehook", make)


def expect_finalization(current):
    """The agent takes its leave, and the interpreter is about to take itself apart."""
    from . import finalization

    path = getattr(current.speech, "path", None)
    if path is not None and not current.is_deaf and not _late_reports:
        _late_reports.append(finalization.make_reporter(path, exceptions.get_reported(), exceptions.MAX_REPORTS))


def fit_threading(threading):
    hooks.watch_threads(threading, lambda error, name: report("thread", error, name))
    _guard_threads(threading)
    fit_executor(threading)


def _guard_threads(threading):
    """A thread that uses up its stack can only be held when it has another one for signal handlers."""
    original = getattr(threading.Thread, "_set_native_id", None)
    native = running.get().native
    if native is None or original is None:
        return
    guard_thread = native.guard_thread

    def _set_native_id(self):
        original(self)
        guard_thread()

    threading.Thread._set_native_id = _set_native_id


def fit_executor(module):
    """Asks `threading` to say when the main thread is done; each later one is called earlier."""
    threading = sys.modules["threading"]
    # What _register_atexit() adds to, which would call a function of Python for it.
    steps = getattr(threading, "_threading_atexits", None)
    if steps is not None and running.get() is not None:
        steps.append(running.unseen(_tell_exiting))


def _tell_exiting():
    current = running.get()
    if current is not None:
        current.tell_exiting()


def fit_multiprocessing(process):
    hooks.watch_multiprocessing(process, lambda error, name: report("multiprocessing", error, name))
