# SPDX-License-Identifier: MIT
"""Beats in asyncio's loops, between the beginning and the end of run_forever().

No timer of ours is in a loop: it would be looked at in each of its turns, and each wait of its would be one with an end.
The agent's thread asks a loop that runs to call us, as other threads of the program might. It is told of only then: one
that is over until the agent's next turn, as those of most calls of asyncio.run(), costs next to nothing.

A loop with a clock or a queue of its own (those of tests, which count what comes) is left alone and has no lane.
"""
import sys
import _contextvars

import _thread

from .. import running
from . import announce, beat


class Lanes:
    """Those of the loops that run now. A run begins and ends in the loop's own thread, turns are in the agent's."""

    def __init__(self):
        self.runs = []  # (loop, its thread, whether it is to be left alone)
        self.told = []

    def turn(self, is_beat_due):
        for run in self.runs.copy():
            lane = self._find(run[0])
            if lane is None:
                self._tell(run)
            elif is_beat_due:
                lane.ask()

    def _find(self, loop):
        for lane in self.told.copy():
            if lane.loop is loop:
                return lane
        return None

    def _runs(self, loop):
        return any(run[0] is loop for run in self.runs.copy())

    def _tell(self, run):
        loop, thread, is_left_alone = run
        lane = _Lane(loop)
        self.told.append(lane)
        if not is_left_alone(loop):
            lane.begin(thread)
        self.end(loop)

    def end(self, loop):
        """Where it is over; it may run within itself, which it refuses."""
        lane = None if self._runs(loop) else self._find(loop)
        if lane is None:
            return
        lane.end()
        try:
            self.told.remove(lane)
        except ValueError:
            pass  # Both threads found it over.

    def forget(self):
        """In a forked child, whose pipe to wake the loop is the parent's."""
        self.runs.clear()
        self.told.clear()


class _Lane:
    def __init__(self, loop):
        self.loop = loop
        self._thread = 0  # 0: it is left alone
        self._is_asked = False
        self._answer = running.unseen(self._answer)

    def begin(self, thread):
        self._thread = _find_native_id(thread)
        announce("asyncio", True, self._thread)
        beat("asyncio")
        self.ask()

    def ask(self):
        if self._thread == 0 or self._is_asked:
            return
        self._is_asked = True
        try:
            self.loop.call_soon_threadsafe(self._answer, context=_contextvars.Context())
        except Exception:
            self.end()  # It is being closed, or is asked in another way.

    def _answer(self):
        self._is_asked = False
        beat("asyncio")

    def end(self):
        if self._thread != 0:
            announce("asyncio", False, self._thread)
        self._thread = 0


def _find_native_id(thread):
    """The kernel's number of it, where Python's `threading` knows it."""
    return getattr(sys.modules["threading"]._active.get(thread), "native_id", None) or thread


_lanes = Lanes()


def _watch_exceptions(loop_class):
    """What nobody awaited or caught ends in call_exception_handler(), before the program's own handler."""
    original = loop_class.call_exception_handler

    def call_exception_handler(self, context):
        try:
            from ..uncaught import report

            report("asyncio", context.get("exception"))
        except Exception:
            pass
        return original(self, context)

    call_exception_handler.__doc__ = original.__doc__
    call_exception_handler.__qualname__ = original.__qualname__
    loop_class.call_exception_handler = call_exception_handler


def _beat_while_running(loop_class, is_left_alone):
    original = loop_class.run_forever
    runs, told, get_ident, end_quiet = _lanes.runs, _lanes.told, _thread.get_ident, running.get().end_quiet
    begin = runs.append

    def run_forever(self):
        run = self, get_ident(), is_left_alone
        begin(run)
        end_quiet()
        try:
            return original(self)
        finally:
            try:
                runs.remove(run)
                if told:
                    _lanes.end(self)
            except Exception:
                pass  # A forked child has none.

    run_forever.__doc__ = original.__doc__
    run_forever.__qualname__ = original.__qualname__
    loop_class.run_forever = run_forever
    running.get().lanes = _lanes


def _has_clock_of_its_own(loop, loop_class):
    try:
        return any(getattr(getattr(loop, name), "__func__", None) is not getattr(loop_class, name)
                   for name in ("time", "call_later", "call_at", "_run_once"))
    except Exception:
        return True


def fit(base_events):
    loop_class = base_events.BaseEventLoop
    _watch_exceptions(loop_class)
    _beat_while_running(loop_class, lambda loop: _has_clock_of_its_own(loop, loop_class))


def fit_uvloop(uvloop):
    """Its loops share no class with asyncio's, and their clock is inside of it."""
    _watch_exceptions(uvloop.Loop)
    _beat_while_running(uvloop.Loop, lambda loop: False)
