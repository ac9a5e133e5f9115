# SPDX-License-Identifier: MIT
"""Flatline's side inside a program: heart beats of its own, warnings and deaths, post-mortem files.

    from flatline import beat
    beat("LOADED", "main")

    import flatline
    flatline.set_excepthook(path="/var/crash")

Everything here is safe. Beats and messages do nothing in a program that Flatline does not supervise; post-mortem files
(see flatline.dump) are written wherever the program runs.
"""
import sys as _sys

__version__ = "2.0.0"
__all__ = ["RemoteClient", "beat", "die", "freeze", "touch_process_loop", "warn",
           "dump_exception", "dump_threads", "set_excepthook"]


def _explain_age(*_, **options):
    """In place of what writes files, where Python is too old for that: the program goes on as without it."""
    _sys.stderr.write("flatline: nothing will be written: Python 3.9 or newer is needed, this is %d.%d\n"
                      % _sys.version_info[:2])


if _sys.version_info < (3, 8):
    dump_exception = dump_threads = set_excepthook = _explain_age

_FILES = ("dump_exception", "dump_threads", "set_excepthook")
_BEATS = ("RemoteClient", "beat", "die", "freeze", "touch_process_loop", "warn")


def __getattr__(name):
    """What is here is loaded when it is first asked for: a start pays for nothing that it does not use."""
    if name in _FILES:
        from . import dump as module
    elif name in _BEATS and _sys.platform != "win32":
        from . import client as module
    elif name in _BEATS:
        from . import silent as module
    else:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    value = globals()[name] = getattr(module, name)
    return value


def __dir__():
    return sorted({*globals(), *__all__})
