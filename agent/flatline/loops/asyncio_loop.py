# SPDX-License-Identifier: MIT
"""Beats in asyncio's loops: a timer between the beginning and the end of run_forever()."""
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
            from ..hooks import report

            report("asyncio", context.get("exception"))
        except Exception:
            pass
        return original(self, context)

    call_exception_handler.__doc__ = original.__doc__
    call_exception_handler.__qualname__ = original.__qualname__
    loop_class.call_exception_handler = call_exception_handler


def fit(base_events):
    loop_class = base_events.BaseEventLoop
    _watch_exceptions(loop_class)
    original = loop_class.run_forever

    def run_forever(self):
        if self.is_running() or self.is_closed():
            return original(self)
        lane = _begin(self)
        try:
            return original(self)
        finally:
            _end(lane)

    run_forever.__doc__ = original.__doc__
    run_forever.__qualname__ = original.__qualname__
    loop_class.run_forever = run_forever
