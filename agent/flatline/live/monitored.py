# SPDX-License-Identifier: MIT
"""Hooks into code objects by sys.monitoring, from Python 3.12 on: whoever calls the code, in whatever thread, and
whatever else it is called. All other code runs as it did, but for one check of each frame that an exception leaves: that event
there is for all code or none.
"""
import sys

from ..recording.values import is_ours

NAME = "flatline live"
# The others have names: debugger, coverage, profiler, optimizer; the recorder takes the first of ours.
_FREE = (3, 4)
MAX_SUSPENDED = 20000


class Hooks:
    def __init__(self, teller, hold):
        self.spots = {}  # id of the code: its Spot, which keeps it
        self._teller = teller
        self._hold = hold
        self._calls = {}  # id of the frame: Call
        self._tool = None

    def use(self):
        """Whether there is a tool for us."""
        if self._tool is not None:
            return True
        monitoring = sys.monitoring
        for tool in _FREE:
            try:
                monitoring.use_tool_id(tool, NAME)
            except ValueError:
                continue
            self._tool = tool
            events = monitoring.events
            for event, hook in self._make().items():
                monitoring.register_callback(tool, event, hook)
            monitoring.set_events(tool, events.PY_UNWIND | events.PY_THROW)
            return True
        return False

    def fit(self, spots):
        """Makes these the hooked ones, and no others."""
        if not spots:
            self.end()
            return
        monitoring, events = sys.monitoring, sys.monitoring.events
        before, self.spots = self.spots, {id(spot.code): spot for spot in spots}
        for key, spot in before.items():
            if key not in self.spots:
                monitoring.set_local_events(self._tool, spot.code, 0)
        has_lines = False
        for spot in spots:
            wanted = events.PY_START | events.PY_RETURN | events.PY_YIELD | events.PY_RESUME if spot.traces else 0
            if spot.breaks:
                wanted |= events.PY_START
            if spot.lines:
                wanted |= events.LINE
                has_lines = True
            monitoring.set_local_events(self._tool, spot.code, wanted)
        if has_lines:
            # Lines that nobody wanted were silenced.
            monitoring.restart_events()

    def end(self):
        if self._tool is None:
            return
        monitoring = sys.monitoring
        for spot in self.spots.values():
            monitoring.set_local_events(self._tool, spot.code, 0)
        self.spots = {}
        monitoring.set_events(self._tool, 0)
        for event in self._make():
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)
        self._tool = None
        self._calls.clear()

    def _make(self):
        events, disable = sys.monitoring.events, sys.monitoring.DISABLE
        teller, calls, getframe = self._teller, self._calls, sys._getframe

        def guarded(work):
            """What fails is ours, and nobody's else; but a signal handler may have raised in the middle of it."""
            def callback(code, at, value=None):
                spot = self.spots.get(id(code))
                if spot is None:
                    return None
                here = teller.here
                if here.busy:
                    return None
                here.busy = True
                try:
                    return work(spot, getframe(1), value)
                except Exception as error:
                    if not is_ours(error):
                        raise
                    return None
                finally:
                    here.busy = False

            return callback

        @guarded
        def on_start(spot, frame, _):
            if spot.traces:
                call = teller.begin(spot, frame)
                if call is not None:
                    if len(calls) > MAX_SUSPENDED:
                        calls.pop(next(iter(calls)))  # Some generator that was thrown away without a word.
                    calls[id(frame)] = call
            for point in spot.breaks:
                if point.accepts(frame, spot.names, None):
                    self._hold(point, frame)
                    break

        @guarded
        def on_return(spot, frame, value):
            call = calls.pop(id(frame), None)
            if call is not None:
                teller.end(call, "return", value)

        @guarded
        def on_unwind(spot, frame, error):
            call = calls.pop(id(frame), None)
            if call is not None:
                teller.end(call, "raise", error)

        @guarded
        def on_yield(spot, frame, value):
            call = calls.get(id(frame))
            if call is not None:
                teller.suspend(call, value)

        @guarded
        def on_resume(spot, frame, _):
            call = calls.get(id(frame))
            if call is not None:
                teller.resume(call)

        @guarded
        def on_throw(spot, frame, error):
            call = calls.get(id(frame))
            if call is not None:
                teller.resume(call, error)

        def on_line(code, line):
            spot = self.spots.get(id(code))
            points = spot.lines.get(line) if spot is not None else None
            if points is None:
                return disable
            here = teller.here
            if here.busy:
                return None
            here.busy = True
            try:
                frame = getframe(1)
                names = code.co_varnames + code.co_cellvars + code.co_freevars
                for point in points:
                    if point.accepts(frame, names, None):
                        self._hold(point, frame)
                        break
            except Exception as error:
                if not is_ours(error):
                    raise
            finally:
                here.busy = False

        return {events.PY_START: on_start, events.PY_RETURN: on_return, events.PY_YIELD: on_yield,
                events.PY_RESUME: on_resume, events.PY_THROW: on_throw, events.PY_UNWIND: on_unwind,
                events.LINE: on_line}
