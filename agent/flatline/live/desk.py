# SPDX-License-Identifier: MIT
"""What is on, as the supervisor asked for it: requests come here, each in a thread of its own; the agent's thread looks
each turn whether the names still mean what is hooked (a module was loaded anew, a function replaced), and takes all
back when nobody listens any more.
"""
import posix
import sys

import _thread

from .. import evaluation, holding
from . import attributes, names, patches
from .calls import Point, Spot, Teller, thread_name
from .names import Refused

HAS_MONITORING = sys.version_info >= (3, 12)
if HAS_MONITORING:
    from . import monitored as by_code
else:
    from . import swapped as by_code

PATIENCE = 0.5

_lock = _thread.RLock()


class Desk:
    def __init__(self, agent):
        self._agent = agent
        self._points = {}  # (kind, name): Point
        self._patches = {}  # name: Patch
        self.teller = Teller(self._tell_call)
        self._codes = by_code.Hooks(self.teller, self._hold)
        self._attributes = attributes.Hooks(self.teller, self._hold)
        self._told = None

    # Requests

    def answer(self, method, params):
        """What the request says, or Refused."""
        self.teller.here.busy = True
        with _lock:
            try:
                return getattr(self, "_" + method)(params)
            finally:
                self._tell_changes()

    def _trace(self, params):
        return self._add("trace", params)

    def _untrace(self, params):
        return self._remove("trace", params)

    def _break(self, params):
        if getattr(self._agent.speech, "path", None) is None:
            raise Refused("no-name", "break")
        return self._add("break", params)

    def _unbreak(self, params):
        return self._remove("break", params)

    def _patch(self, params):
        """By an expression, or by a function in a source. Traces are lifted meanwhile: they lie on what is there."""
        name, keep = str(params.get("name") or ""), bool(params.get("keep"))
        source = params.get("source")
        patch = None
        if source is None:
            scope = dict(names.vars_of(names.split(name)[0]), **evaluation.console_names())
            try:
                value = eval(compile(str(params.get("value")).strip(), "<flatline>", "eval"), scope)
            except SyntaxError as error:
                raise Refused("syntax", "%s, column %s" % (error.msg, error.offset))
        self._lift()
        try:
            if source is None:
                patch = patches.make(name, keep)
                patch.apply(value)
            else:
                patch = patches.replace_function(name, str(source), str(params.get("file")), keep)
            first = self._patches.get(patch.label)
            if first is not None:
                patch.before = first.before  # What there was at first, and not what we had put there.
            self._patches[patch.label] = patch
        finally:
            self._put_back()
        return {"label": patch.label, "text": self._words(patch)}

    def _unpatch(self, params):
        name = str(params.get("name") or "")
        gone = [label for label in self._patches
                if not name or name in (label, label.rpartition(":")[2]) or label == "__main__:" + name]
        if name and not gone:
            gone = [label for label in self._patches if label == names.label_of(name)]
            if not gone:
                raise Refused("not-on", name)
        self._lift()
        try:
            kept = self._restore(gone)
        finally:
            self._put_back()
        return {"labels": gone, "changed": kept}

    def _restore(self, labels):
        """The last one first. Those that the program had set anew meanwhile, and which stay so."""
        kept = []
        for label in reversed(labels):
            try:
                if not self._patches.pop(label).restore():
                    kept.append(label)
            except Exception:
                kept.append(label)
        return kept

    def _lift(self):
        self._codes.end()
        self._attributes.end()

    def _put_back(self):
        self._look_again()
        if self._points and self._codes.use():
            self._fit()

    def _add(self, kind, params):
        name = str(params.get("name") or "")
        label, targets = names.find_all(name)
        target = targets[0]
        if target.code is None and not callable(target.raw):
            raise Refused("no-function", label)
        if kind == "break" and target.line and not _is_entry(target) and target.line not in names.lines_of(target.code):
            raise Refused("no-code", name)
        if target.code is not None and not self._codes.use():
            raise Refused("no-tool", label)
        if target.code is not None and not HAS_MONITORING and not target.functions:
            raise Refused("runs-already", label)
        try:
            point = Point(kind, name, label, targets, str(params.get("condition") or ""), int(params.get("count") or 0))
        except SyntaxError as error:
            raise Refused("syntax", "%s, column %s" % (error.msg, error.offset))
        before = self._points.pop((kind, label), None)
        self._points[kind, label] = point
        try:
            self._fit()
        except Refused:
            del self._points[kind, label]
            if before is not None:
                self._points[kind, label] = before
            self._fit()
            raise
        answer = {"label": label, "place": target.place, "is_python": target.code is not None}
        # Several may ask for the same one, and share it.
        if before is not None and (before.source != point.source or before.left >= 0 or point.left >= 0):
            answer["replaced"] = True
        return dict(answer, count=len(targets)) if names.is_pattern(name) else answer

    def _remove(self, kind, params):
        name = str(params.get("name") or "")
        if not name:
            gone = [key for key in self._points if key[0] == kind]
        else:
            gone = [key for key, point in self._points.items()
                    if key[0] == kind and name in (key[1], point.name)]
            if not gone:
                label = (kind, names.find_all(name)[0])
                if label not in self._points:
                    raise Refused("not-on", name)
                gone = [label]
        for key in gone:
            del self._points[key]
        self._fit()
        return {"labels": [label for _, label in gone]}

    # Hooks

    def _fit(self):
        spots, others = {}, {}
        for point in self._points.values():
            for target in point.targets:
                key = id(target.code) if target.code is not None else (id(target.owner), target.attribute)
                spot = (spots if target.code is not None else others).setdefault(key, Spot(target.code, target.label))
                if point.kind == "trace":
                    spot.traces.append(point)
                elif target.line and not _is_entry(target):
                    spot.lines.setdefault(target.line, []).append(point)
                else:
                    spot.breaks.append(point)
        self._codes.fit(list(spots.values()))
        self._attributes.fit(list(others.values()))

    def _look_again(self):
        """Points whose names mean something else now."""
        is_moved = False
        for point in self._points.values():
            if point.targets[0].line and ":" in point.name and point.name.rpartition(":")[2].isdigit():
                continue  # To look a line up costs too much for each turn.
            try:
                _, now = names.find_all(point.name)
            except Refused:
                continue
            if not _are_same(now, point.targets):
                point.targets = now
                is_moved = True
        return is_moved

    def turn(self):
        """Of the agent's thread, whose own calls are nobody's."""
        self.teller.here.busy = True
        self.teller.turn()
        if not self._points or not _lock.acquire(False):
            return
        try:
            over = [key for key, point in self._points.items() if point.left == 0 and point.active == 0]
            for key in over:
                del self._points[key]
            for point in self._points.values():
                if point.complaint is not None and not point.is_complaint_told:
                    point.is_complaint_told = True
                    self._tell_call({"what": "complaint", "name": point.label, "text": point.complaint})
            try:
                if self._look_again() or over:
                    self._fit()
            except Refused:
                pass
            if over:
                self._tell_changes()
        finally:
            _lock.release()

    def release(self):
        """All as it was. Who is at work here (an expression that does not end) is not waited for long."""
        if not _lock.acquire(True, PATIENCE):
            return
        try:
            self._points.clear()
            self._lift()
            self._restore([label for label, patch in self._patches.items() if not patch.keep])
        finally:
            _lock.release()

    def after_fork_in_child(self):
        """Traces are the parent's; what is patched stays so, until nobody listens to the child."""
        global _lock
        _lock = _thread.RLock()
        self._points.clear()
        self._lift()

    # Words to the supervisor

    def _tell_call(self, params):
        params["pid"] = posix.getpid()
        self._agent.add_event("call", params)

    def _tell_changes(self):
        changes = [[point.kind, label, point.source] for (_, label), point in self._points.items()]
        changes += [["patch", label, self._words(patch)] for label, patch in self._patches.items()]
        if changes != self._told:
            self._told = changes
            self._agent.add_event("changes", {"pid": posix.getpid(), "changes": changes})

    def _words(self, patch):
        return "" if patch.is_code else self.teller.text(patch.value)

    def _hold(self, point, frame):
        """Of the thread that came there: waits on a connection of its own until the supervisor lets go, or is gone."""
        if _thread.get_ident() in evaluation.own_threads:
            return
        self._agent.flush(0)  # The calls before it.
        holding.tell(self._agent.speech.path, "held", {
            "pid": posix.getpid(), "hold": True, "thread": _thread.get_native_id(), "thread_name": thread_name(),
            "name": _label_at(point, frame)}, None)


def _is_entry(target):
    """Whether the line is the function's own: its `def`, or a decorator."""
    return target.line < min((line for line in names.lines_of(target.code) if line > target.code.co_firstlineno),
                             default=target.line + 1)


def _label_at(point, frame):
    """Of the place that a thread is held at, which a pattern does not say."""
    code = frame.f_code if frame is not None else None
    return next((target.label for target in point.targets if target.code is code), point.label)


def _are_same(now, before):
    if len(now) != len(before):
        return False
    return all(a.code is b.code and (a.code is not None or _is_wrapped(a.raw, b.raw)) for a, b in zip(now, before))


def _is_wrapped(now, before):
    return now is before or getattr(now, "__wrapped__", None) is before


def get(agent):
    with _lock:
        if agent.live is None:
            agent.live = Desk(agent)
        return agent.live
