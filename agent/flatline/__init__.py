# SPDX-License-Identifier: MIT
"""Flatline's side inside a program: heart beats of its own, warnings and deaths.

    from flatline import beat
    beat("LOADED", "main")

Everything here is safe, and does nothing, in a program that Flatline does not supervise.
"""
from .client import RemoteClient, beat, die, freeze, touch_process_loop, warn

__version__ = "2.0.0"
__all__ = ["RemoteClient", "beat", "die", "freeze", "touch_process_loop", "warn"]
