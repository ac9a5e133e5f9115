# SPDX-License-Identifier: MIT
"""Beats in asyncio's loops: a timer between the beginning and the end of run_forever().

A loop with a clock or a queue of its own (those of tests, which count every timer) is left alone and has no lane.
"""
import _contextvars

from . import INTERVAL, announce, beat


class _Lane:
    def __init__(self, loop):
        self._loop = loop
        self._handle = None
        self._context = _contextvars.Context()

    def start(self):
        announce("asyncio", True)
        self._tick()

    def _tick(self):
        beat("asyncio")
        self._handle = self._loop.call_later(INTERVAL, self._tick, context=self._context)

    def stop(self):
        if self._handle is not None:
            self._handle.cancel()
        announce("asyncio", False)


def _begin(loop):
    try:
        lane = _Lane(loop)
        lane.start()
        return lane
    except Exception:
        return None


def _end(lane):
    try:
        if lane is not None:
            lane.stop()
    except Exception:
        pass


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


def _has_clock_of_its_own(loop, loop_class):
    try:
        return any(getattr(getattr(loop, name), "__func__", None) is not getattr(loop_class, name)
                   for name in ("time", "call_later", "call_at", "_run_once"))
    except Exception:
        return True


def _beat_while_running(loop_class, is_left_alone):
    original = loop_class.run_forever

    def run_forever(self):
        if self.is_running() or self.is_closed() or is_left_alone(self):
            return original(self)
        lane = _begin(self)
        try:
            return original(self)
        finally:
            _end(lane)

    run_forever.__doc__ = original.__doc__
    run_forever.__qualname__ = original.__qualname__
    loop_class.run_forever = run_forever


def fit(base_events):
    loop_class = base_events.BaseEventLoop
    _watch_exceptions(loop_class)
    _beat_while_running(loop_class, lambda loop: _has_clock_of_its_own(loop, loop_class))


def fit_uvloop(uvloop):
    """Its loops share no class with asyncio's, and their clock is inside of it."""
    _watch_exceptions(uvloop.Loop)
    _beat_while_running(uvloop.Loop, lambda loop: False)
