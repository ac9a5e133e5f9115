# SPDX-License-Identifier: MIT
"""Tells of calls as they happen. A line costs the program the text of its arguments; so no more than BURST at once and
ROOM_A_TURN a turn of the agent are told, and of the rest how many they were. A call whose begin was told is told to its
end.

Nothing of the program is called for the texts (recording/values.py); a condition is, as whoever set it wants.
"""
import sys
from time import perf_counter_ns, time

import _thread

from ..capture.secrets import Secrets
from ..recording.values import ValueWriter

BURST = 200
ROOM_A_TURN = 40
MAX_ARGUMENTS = 2000
_VARARGS, _VARKEYWORDS = 0x4, 0x8
AWAITS = 0x80 | 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR


class Point:
    """One name or pattern that is traced, or that threads are held at."""

    def __init__(self, kind, name, label, targets, condition="", count=0):
        self.kind = kind
        self.name = name
        self.label = label
        self.targets = targets  # several where the name is a pattern
        self.source = condition
        self.condition = compile(condition.strip(), "<flatline --if>", "eval") if condition else None
        self.left = count or -1
        self.active = 0
        self.complaint = None  # what its condition raised
        self.is_complaint_told = False

    def accepts(self, frame, names, arguments):
        """Whether this call counts. A condition that fails is as one that does not hold."""
        if self.left == 0:
            return False
        if self.condition is not None:
            try:
                if frame is not None:
                    here = frame.f_locals
                    arguments = {name: here[name] for name in names if name in here}
                if not eval(self.condition, frame.f_globals if frame is not None else {}, arguments):
                    return False
            except Exception as error:
                self.complaint = "%s: %s" % (type(error).__name__, error)
                return False
        if self.left > 0:
            self.left -= 1
        return True


class Spot:
    """Code that is hooked, and the points in it."""

    __slots__ = ("code", "label", "names", "awaits", "traces", "breaks", "lines")

    def __init__(self, code, label):
        self.code = code
        self.label = label
        self.names = ()
        self.awaits = False
        if code is not None:
            count = code.co_argcount + code.co_kwonlyargcount
            flags = code.co_flags
            self.names = code.co_varnames[:count + bool(flags & _VARARGS) + bool(flags & _VARKEYWORDS)]
            self.awaits = bool(flags & AWAITS)
        self.traces = []
        self.breaks = []
        self.lines = {}


class Call:
    __slots__ = ("points", "spot", "depth", "began", "ran", "since", "is_told")

    def __init__(self, points, spot, depth, began, is_told):
        self.points = points
        self.spot = spot
        self.depth = depth
        self.began = self.since = began
        self.ran = -1  # ns before the last suspension; -1: there was none
        self.is_told = is_told


class _ThreadCalls(_thread._local):
    """What is known of a thread; nothing but these until then."""

    depth = 0
    busy = False  # at work for us: what it calls now is not the program's
    writer = None
    untold = None  # [how many calls], when there were any


class Teller:
    def __init__(self, add_event):
        self._add_event = add_event
        self._room = BURST
        self._states = []
        self._untold_before = 0
        self.here = _ThreadCalls()

    def begin(self, spot, frame, arguments=None):
        """The Call, or None when no point of the spot accepts it. `arguments`, (args, kwargs), where there is no frame."""
        named = {"args": arguments[0], "kwargs": arguments[1]} if arguments is not None else None
        points = [point for point in spot.traces if point.accepts(frame, spot.names, named)]
        if not points:
            return None
        here = self.here
        for point in points:
            point.active += 1
        depth, here.depth = here.depth, here.depth + 1
        is_told = self._room > 0
        if is_told:
            self._room -= 2
            text = self._arguments(spot, frame) if arguments is None else self._plain_arguments(*arguments)
            self._say("call", points, spot, depth, text)
        else:
            if here.untold is None:
                here.untold = [0]
                self._states.append((_thread.get_ident(), here.untold))
            here.untold[0] += 1
        return Call(points, spot, depth, perf_counter_ns(), is_told)

    def end(self, call, what, value):
        """`what` is "return" or "raise"."""
        now = perf_counter_ns()
        here = self.here
        here.depth = call.depth
        for point in call.points:
            point.active -= 1
        if call.is_told:
            self._say(what, call.points, call.spot, call.depth, self.text(value), (now - call.began) // 1000,
                      (call.ran + now - call.since) // 1000 if call.ran >= 0 else -1)

    def suspend(self, call, value):
        now = perf_counter_ns()
        self.here.depth = call.depth
        call.ran = max(call.ran, 0) + now - call.since
        if call.is_told and self._room > 0:
            self._room -= 1
            self._say("await" if call.spot.awaits else "yield", call.points, call.spot, call.depth, self.text(value))

    def resume(self, call, error=None):
        here = self.here
        call.depth, here.depth = here.depth, here.depth + 1
        if call.is_told and self._room > 0:
            self._room -= 1
            self._say("throw" if error is not None else "resume", call.points, call.spot, call.depth,
                      self.text(error) if error is not None else "")
        call.since = perf_counter_ns()

    def turn(self):
        """Of the agent's thread: more may be told; how many calls were not since the last turn."""
        self._room = min(BURST, max(self._room, 0) + ROOM_A_TURN)
        untold = sum(counts[0] for _, counts in self._states)
        count, self._untold_before = untold - self._untold_before, untold
        if len(self._states) > 1000:
            self._fold()
        if count > 0:
            self._add_event({"what": "dropped", "count": count, "timestamp": time()})

    def _fold(self):
        """Of threads that are gone only the sum is kept."""
        running = sys._current_frames()
        gone = [state for state in self._states if state[0] not in running]
        self._states[:] = [state for state in self._states if state[0] in running]
        self._untold_before -= sum(counts[0] for _, counts in gone)

    # Words

    def _say(self, what, points, spot, depth, text, took_us=-1, ran_us=-1):
        params = {"what": what, "thread": thread_name(), "depth": depth, "name": spot.label, "text": text,
                  "timestamp": time()}
        names = [point.label for point in points]
        if names != [spot.label]:
            params["asked"] = names
        if took_us >= 0:
            params["took_us"] = took_us
        if ran_us >= 0:
            params["ran_us"] = ran_us
        self._add_event(params)

    def _writer(self):
        here = self.here
        if here.writer is None:
            here.writer = ValueWriter(Secrets())
        return here.writer

    def text(self, value):
        return self._writer().text("", value)

    def _arguments(self, spot, frame):
        writer, here = self._writer(), frame.f_locals
        code = spot.code
        last = code.co_argcount + code.co_kwonlyargcount
        texts = []
        for number, name in enumerate(spot.names):
            if name in here:
                stars = "" if number < last else "**" if number > last or not code.co_flags & _VARARGS else "*"
                texts.append("%s%s=%s" % (stars, name, writer.text(name, here[name])))
        return _cut(", ".join(texts))

    def _plain_arguments(self, args, kwargs):
        writer = self._writer()
        return _cut(", ".join([writer.text("", value) for value in args]
                              + ["%s=%s" % (name, writer.text(name, value)) for name, value in kwargs.items()]))


def _cut(text):
    return text if len(text) <= MAX_ARGUMENTS else text[:MAX_ARGUMENTS] + "…"


def thread_name():
    threading = sys.modules.get("threading")
    thread = threading._active.get(_thread.get_ident()) if threading is not None else None
    name = getattr(thread, "_name", None)
    return name if type(name) is str else "MainThread" if threading is None else "thread %d" % _thread.get_ident()
