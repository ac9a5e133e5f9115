# SPDX-License-Identifier: MIT
"""Where uncaught exceptions pass by, watched without standing in the program's way.

The hooks the program can set (sys.excepthook, threading.excepthook) stay its own and as it set them: the interpreter
keeps the exception that ends the main thread in sys.last_value, read at exit; a thread's passes through a private step
of `threading` before any hook; a multiprocessing child's is seen when it is printed.
"""
import sys


def report(context, error, thread=None):
    from . import agent, exceptions

    current = agent.get()
    if current is not None and isinstance(error, BaseException):
        exceptions.report(current, context, error, thread)


_late_reports = []


def fit_unraisable():
    """Finalizers fail as late as when modules are emptied: the hook goes by no global name."""
    original = sys.unraisablehook
    early, late, Failure = report, _late_reports, Exception

    def unraisablehook(unraisable, /):
        try:
            if not late:
                early("unraisable", unraisable.exc_value)
            elif unraisable.exc_value is not None:
                late[0](unraisable.exc_value)
        except Failure:
            pass
        return original(unraisable)

    sys.unraisablehook = unraisablehook


def expect_finalization(current):
    """The agent takes its leave, and the interpreter is about to take itself apart."""
    from . import exceptions, finalization

    path = getattr(current.speech, "path", None)
    if path is not None and not current.is_deaf and not _late_reports:
        _late_reports.append(finalization.make_reporter(path, exceptions.get_reported(), exceptions.MAX_REPORTS))


def fit_threading(threading):
    original = threading._make_invoke_excepthook

    def make_invoke_excepthook():
        invoke = original()

        def invoke_excepthook(thread):
            try:
                error = sys.exc_info()[1]
                if not isinstance(error, SystemExit):
                    report("thread", error, getattr(thread, "name", None))
                error = None
            except Exception:
                pass
            return invoke(thread)

        return invoke_excepthook

    threading._make_invoke_excepthook = make_invoke_excepthook
    _guard_threads(threading)
    fit_executor(threading)


def _guard_threads(threading):
    """A thread that uses up its stack can only be held when it has another one for signal handlers."""
    from . import agent

    original = getattr(threading.Thread, "_set_native_id", None)
    if agent.deaths is None or original is None:
        return
    guard_thread = agent.deaths.guard_thread

    def _set_native_id(self):
        original(self)
        guard_thread()

    threading.Thread._set_native_id = _set_native_id


def fit_executor(module):
    """Asks `threading` to say when the main thread is done; each later one is called earlier."""
    from . import agent

    threading = sys.modules["threading"]
    register = getattr(threading, "_register_atexit", None)
    current = agent.get()
    if register is not None and current is not None:
        register(_tell_exiting)


def _tell_exiting():
    from . import agent

    current = agent.get()
    if current is not None:
        current.tell_exiting()


def fit_multiprocessing(process):
    """A child prints what ended it from within _bootstrap(), the only place where it can be seen."""
    original = process.BaseProcess._bootstrap

    def _bootstrap(self, *args, **kwargs):
        import traceback

        print_exc = traceback.print_exc

        def print_exc_and_report(*print_args, **print_kwargs):
            try:
                if sys._getframe(1).f_code is original.__code__:
                    report("multiprocessing", sys.exc_info()[1], self.name)
            except Exception:
                pass
            return print_exc(*print_args, **print_kwargs)

        traceback.print_exc = print_exc_and_report
        try:
            return original(self, *args, **kwargs)
        finally:
            traceback.print_exc = print_exc

    process.BaseProcess._bootstrap = _bootstrap
