# SPDX-License-Identifier: MIT
"""The whole snapshot. While it is made, neither the collector's finalizers nor a debugger's trace functions run."""
import gc
import os
import sys
import time

from . import anatomy, facts
from .budget import Budget
from .errors import ErrorReader
from .frames import FrameReader
from .secrets import Secrets
from .tasks import TaskReader
from .values import ValueReader

_LIBRARIES = ("/lib/python", "/site-packages/", "/dist-packages/", "\\Lib\\")
FORMAT = "flatline-snapshot"
VERSION = 1


class Quiet:
    """Holds back what would run code of the program between ours."""

    def __enter__(self):
        self._collects = gc.isenabled()
        gc.disable()
        self._trace, self._profile = sys.gettrace(), sys.getprofile()
        if self._trace is not None:
            sys.settrace(None)
        if self._profile is not None:
            sys.setprofile(None)

    def __exit__(self, *ignored):
        if self._profile is not None:
            sys.setprofile(self._profile)
        if self._trace is not None:
            sys.settrace(self._trace)
        if self._collects:
            gc.enable()


def make(reason, options, error=None, context=None, thread_ident=None, own_code=(), clock=time.monotonic):
    """The document of an exception, or without one of all threads.

    `thread_ident` is the thread the exception is of; `own_code` are code objects whose frames are not the program's.
    """
    with Quiet():
        try:
            return _Maker(options, clock).make(reason, error, context, thread_ident, own_code)
        finally:
            anatomy.forget()


class _Maker:
    def __init__(self, options, clock):
        self._options = options
        self._budget = Budget(options, clock)
        self._secrets = Secrets(options.secrets, options.is_secret)
        self._values = ValueReader(self._budget, self._secrets)
        self._frames = FrameReader(self._budget, self._values)
        self._notes = []

    def make(self, reason, error, context, thread_ident, own_code):
        ident = thread_ident or _thread_ident()
        document = {"format": FORMAT, "version": VERSION, "uid": os.urandom(16).hex(), "reason": reason,
                    "captured_us": int(time.time() * 1000000), "host": _host(), "pause_us": 0}
        known = facts.list_threads()
        if error is not None:
            reader = ErrorReader(self._budget, self._frames, self._values, self._secrets)
            name = known[ident][0] if ident in known else "MainThread"
            document["exception"] = reader.read(error, context, name)
            document["verdict"] = _make_verdict(document["exception"], known.get(ident), ident)
        stacks = self._find_stacks()
        document["threads"] = self._read_threads(stacks, known, ident, own_code, error is not None)
        tasks = TaskReader(self._budget, self._frames).read(stacks)
        del stacks
        if tasks:
            document["tasks"] = tasks
        document["processes"] = [facts.describe_process(self._secrets)]
        document["program"] = facts.describe_program(self._options, self._secrets)
        document["sources"] = self._frames.sources.records(self._secrets)
        if self._secrets.is_predicate_broken:
            self._notes.append("is_secret raised an exception: what it was asked for is masked")
        if self._secrets.is_full:
            self._notes.append("So much was masked that of the last of it the text may stand elsewhere")
        self._secrets.scrub(document)
        document["capture_us"] = int(self._budget.elapsed() * 1000000)
        if self._budget.limits:
            document["limits"] = self._budget.limits
        if self._notes:
            document["notes"] = self._notes
        return document

    def _find_stacks(self):
        """The innermost frame of each thread. From 3.12 on interpreters have memory of their own, and a frame that
        sys._current_frames() makes of another one's thread is freed where it was not taken from: the process dies."""
        if sys.version_info < (3, 12) or not _has_more_interpreters():
            return sys._current_frames()
        self._notes.append("There are several interpreters: only the thread that wrote this is shown")
        return {_thread_ident(): sys._getframe()}

    def _read_threads(self, stacks, known, ident, own_code, has_exception):
        """The exception's thread first, as it stood when this was called for; then the others."""
        threads = []
        order = sorted(stacks, key=lambda other: (other != ident, not known.get(other, (0, 0, 0, False))[3], other))
        for other in order[:max(int(self._options.threads), 1)]:
            name, native, is_daemon, is_main = known.get(other, ("", 0, True, False))
            frames = self._frames.read_stack(stacks[other], own_code)
            thread = {"pid": os.getpid(), "native_id": native, "ident": "%#x" % other, "name": name or "(unnamed)",
                      "is_main": is_main, "is_daemon": is_daemon, "is_python": True, "cpu_percent": -1.0,
                      "demand_percent": -1.0, "wakes": -1, "frames": frames}
            if other == ident:
                thread["holds_gil"] = True
                if has_exception and not frames:
                    thread["state_text"] = "ended by the exception"
            threads.append(thread)
        if len(order) > len(threads):
            self._budget.say("Of %d threads %d are shown" % (len(order), len(threads)))
        return threads


def _has_more_interpreters():
    try:
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        return len(interpreters.list_all()) > 1
    except Exception:
        return False


def _thread_ident():
    import _thread

    return _thread.get_ident()


def _host():
    try:
        return os.uname().nodename
    except AttributeError:
        return os.environ.get("COMPUTERNAME", "")


def _find_own_frame(exception):
    """The innermost frame that is no library's, of the exception or of the first in its group; else the innermost."""
    records = [exception] + exception.get("group", [])[:1]
    for record in records:
        for frame in record["frames"]:
            if not any(part in frame["file"] for part in _LIBRARIES) and not frame["file"].startswith("<frozen "):
                if record is exception and len(records) > 1:
                    break  # A group is raised by whoever waits for its members; they know more.
                return frame
    return exception["frames"][0] if exception["frames"] else None


def _make_verdict(exception, thread, ident):
    """One sentence: what, and where in the program's own code."""
    said, *more = exception["message"].splitlines() or [""]
    verdict = {"kind": "exception", "confidence": "certain", "pid": os.getpid(), "thread_name": exception["thread"],
               "thread": thread[1] if thread is not None else 0,
               "summary": exception["type_name"] + (": " + said + (" …" if more else "") if said else "")}
    frame = _find_own_frame(exception)
    if frame is not None:
        verdict.update(file=frame["file"], line=frame["line"], function=frame["function"],
                       location="%s:%d in %s" % (frame["file"], frame["line"], frame["function"]))
    return verdict
