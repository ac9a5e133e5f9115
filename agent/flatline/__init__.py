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

if _sys.platform != "win32":
    from .client import RemoteClient, beat, die, freeze, touch_process_loop, warn
else:
    from .silent import RemoteClient, beat, die, freeze, touch_process_loop, warn

__version__ = "2.0.0"
__all__ = ["RemoteClient", "beat", "die", "freeze", "touch_process_loop", "warn",
           "dump_exception", "dump_threads", "set_excepthook"]


def __getattr__(name):
    """What post-mortem files need is loaded when it is first asked for."""
    if name in ("dump_exception", "dump_threads", "set_excepthook"):
        from . import dump

        return getattr(dump, name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
