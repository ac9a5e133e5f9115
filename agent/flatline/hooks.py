# SPDX-License-Identifier: MIT
"""Where uncaught exceptions pass by, watched without standing in the program's way.

What the program can ask for and set stays as it is without us: threading.excepthook, since a thread's exception passes
through a private step of `threading` before any hook; and that sys.excepthook *is* sys.__excepthook__, since programs and
libraries of C decide by that (PyQt ends the program only then, trio warns, `code` prints otherwise): where one is ours,
the other is the same function. The interpreter keeps the exception that ended the main thread in sys.last_value, for
whom no hook told of it. A multiprocessing child's is seen when it is printed.

Both the agent (uncaught.py) and flatline.dump watch by these.
"""
import sys

# Of the functions of ours that stand on a stack when something ends.
own_code = set()


def replace(name, make):
    """Puts make(the hook of that name in sys) in its place; the default one stays the default one."""
    previous, default = getattr(sys, name), "__%s__" % name
    hook = make(previous)
    for word in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(hook, word, getattr(previous, word, None))
    own_code.add(hook.__code__)
    if previous is getattr(sys, default):
        setattr(sys, default, hook)
    setattr(sys, name, hook)


_survived = []


def find_last():
    """The exception that ended the main thread, if one did; also when a hook of the program's own took it."""
    error = getattr(sys, "last_value", None)
    if not isinstance(error, BaseException) or is_interactive() or id(error) in _survived:
        return None
    return error if _where_it_ended(error) == "uncaught" else None


def is_interactive():
    """Somebody types: what fails is theirs."""
    return sys.flags.interactive or hasattr(sys, "ps1")


def _where_it_ended(error):
    """"uncaught" ended the main thread, "thread" one that C made; a "callback" was left, and the program goes on."""
    below = error.__traceback__.tb_frame.f_back if error.__traceback__ is not None else None
    while below is not None and below.f_code in own_code:
        below = below.f_back
    if below is not None:
        return "callback"
    threading = sys.modules.get("threading")
    is_main = threading is None or threading.main_thread().ident == threading.get_ident()
    return "uncaught" if is_main else "thread"


def _is_caught(error, caller):
    """Whether the program, in the frame @caller, only has printed what it has caught: it goes on from there. Whom C calls
    the hook for, at the end or in a loop's callback, handles nothing, and what it had called lies below the hook."""
    if error is sys.exc_info()[1]:
        return True
    below = error.__traceback__.tb_frame.f_back if error.__traceback__ is not None else None
    if below is None:
        return False
    if below is caller:
        return "excepthook" in below.f_code.co_names or "__excepthook__" in below.f_code.co_names
    while caller is not None and caller is not below:
        caller = caller.f_back
    return caller is None


def watch_uncaught(tell):
    """tell(error, context, is_caught) of what passes sys.excepthook: ends of the main thread, what Qt and GTK print of
    it, and what the program prints of what it has caught."""
    def make(previous):
        def excepthook(exctype, value, traceback, /):
            try:
                context = _where_it_ended(value)
                is_caught = _is_caught(value, sys._getframe().f_back)
                if not is_caught:
                    _survived[:] = [id(value)] if context != "uncaught" else []
                tell(value, context, is_caught)
            except Exception:
                pass
            finally:
                previous(exctype, value, traceback)

        return excepthook

    own_code.add(tell.__code__)
    replace("excepthook", make)


def watch_threads(threading, tell):
    """tell(error, name) of each exception that ends a thread, before any hook.

    The step is an attribute of the thread since that was made: those that are there already get it, too.
    """
    original = threading._make_invoke_excepthook
    own_code.add(tell.__code__)

    def watched(invoke):
        def invoke_excepthook(thread):
            try:
                error = sys.exc_info()[1]
                if not isinstance(error, SystemExit):
                    tell(error, getattr(thread, "name", None))
                error = None
            except Exception:
                pass
            return invoke(thread)

        own_code.add(invoke_excepthook.__code__)
        return invoke_excepthook

    def make_invoke_excepthook():
        return watched(original())

    threading._make_invoke_excepthook = make_invoke_excepthook
    try:
        made = list(threading._dangling)
    except RuntimeError:
        made = threading.enumerate()  # Others were being made just now.
    for thread in made:
        thread._invoke_excepthook = watched(thread._invoke_excepthook)


def watch_multiprocessing(process, tell):
    """tell(error, name) of what ends a child, which prints it from within _bootstrap(), the only place to see it."""
    original = process.BaseProcess._bootstrap
    own_code.add(tell.__code__)

    def _bootstrap(self, *args, **kwargs):
        import traceback

        print_exc = traceback.print_exc

        def print_exc_and_tell(*print_args, **print_kwargs):
            try:
                if sys._getframe(1).f_code is original.__code__:
                    tell(sys.exc_info()[1], self.name)
            except Exception:
                pass
            return print_exc(*print_args, **print_kwargs)

        own_code.add(print_exc_and_tell.__code__)
        traceback.print_exc = print_exc_and_tell
        try:
            return original(self, *args, **kwargs)
        finally:
            traceback.print_exc = print_exc

    own_code.add(_bootstrap.__code__)
    process.BaseProcess._bootstrap = _bootstrap
