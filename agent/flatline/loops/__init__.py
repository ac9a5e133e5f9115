# SPDX-License-Identifier: MIT
"""The event-loop lane: what beats inside each running loop, a module a kind of loop."""
import posix
import time

import _thread

from ..running import get

INTERVAL = 0.25


def announce(loop, running, thread=None):
    """Tells the supervisor that a loop of kind `loop` runs in this thread, or in that of the kernel's id `thread`, or no
    longer does."""
    current = get()
    if current is not None:
        current.add_event("loop", {
            "pid": posix.getpid(),
            "loop": loop,
            "state": "running" if running else "stopped",
            "thread": thread or _thread.get_native_id(),
        })
        current.flush(0)


def beat(loop):
    current = get()
    if current is not None:
        current.add_beat("loop", "TICK", loop, time.time())
