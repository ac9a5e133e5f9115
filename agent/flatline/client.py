# SPDX-License-Identifier: MIT
"""Beats and messages of the program's own, over the agent's channel or, without one, over the relay.

A beat costs next to nothing: the same (reason, caller) within 50 ms is dropped before any work, another is put into a
queue that a thread empties. The first after a pause leaves at once, so that it is known even if the program never lets
go of the interpreter again. Nothing here waits except `die` and `freeze`, for at most half a second, and nothing raises.
"""
import posix
from sys import modules as _modules
from time import monotonic, time

from . import agent as _agent_module

_SAME_BEAT = 0.05
_MAX_PAIRS = 1024
_MAX_TEXT = 10000
_MAX_STACK = 50000

_last = {}
_get_last = _last.get
_last_sent = 0.0


def _text(value, longest=_MAX_TEXT):
    """As text, cut where the supervisor would not take the line any more."""
    try:
        text = value if type(value) is str else str(value)
        return text if len(text) <= longest else text[:longest] + "\u2026"
    except Exception:
        return "?"


def _accept(reason, caller):
    """A beat that is not dropped: into the queue."""
    global _last_sent
    current = _agent_module.find()
    if current is None:
        return
    current.add_beat("program", _text(reason).strip().upper(), _text(caller), time())
    now = monotonic()
    if now - _last_sent >= _SAME_BEAT:
        _last_sent = now
        current.flush(0, _agent_module.PATIENCE)


def _beat(reason="TICK", caller=""):
    """The program is alive: `reason` says what it does, `caller` where."""
    try:
        if monotonic() - _get_last((reason, caller), -1.0) < _SAME_BEAT:
            return
        if len(_last) >= _MAX_PAIRS:
            _last.clear()
        _last[reason, caller] = monotonic()
    except TypeError:
        pass  # What cannot be hashed is never the same as the beat before.
    except Exception:
        return
    _accept(reason, caller)


_native = _agent_module.native
if hasattr(_native, "beat"):
    _native.set_callables(_accept, _beat)
    beat = _native.beat
else:
    beat = _beat


def touch_process_loop(reason="LOOP"):
    """The program's own main loop went round."""
    beat(reason, "process loop")


def _tell(kind, payload, wait=False):
    payload["pid"] = posix.getpid()
    payload.setdefault("timestamp", time())
    current = _agent_module.find()
    if current is None:
        return
    try:
        current.add_event("report", dict(payload, kind=kind))
        current.flush(_agent_module.FLUSH_TIMEOUT if wait else 0)
    except Exception:
        pass


def _tell_error(kind, context, error, wait=False):
    try:
        if isinstance(error, BaseException):
            from .exceptions import describe

            payload = describe(kind, _text(context), error, _thread_name())
        else:
            text = "" if error is None else _text(error)
            payload = {"type_name": "", "message": text, "traceback_text": "", "text": text,
                       "thread": _thread_name(), "context": _text(context)}
    except Exception:
        return
    _tell(kind, payload, wait)


def _thread_name():
    threading = _modules.get("threading")
    return threading.current_thread().name if threading is not None else "MainThread"


def warn(context, error=None):
    """Something went wrong that the program lives with: goes to error.log."""
    _tell_error("warn", context, error)


def die(context, error=None):
    """Something went wrong that the program does not survive: opens the crash console."""
    _tell_error("die", context, error, wait=True)


def freeze(seconds, phase="", stack_text=""):
    """The program noticed by itself that it hangs."""
    message = "%s for %.1f s" % (phase or "frozen", float(seconds))
    _tell("freeze", {"context": _text(phase), "type_name": "ChildFreeze", "message": message, "text": message,
                     "thread": "watchdog", "traceback_text": _text(stack_text, _MAX_STACK)}, wait=True)


class RemoteClient:
    """The same as methods, under the names that programs written for Flatline.py use."""

    beat = staticmethod(beat)

    def touchProcessLoop(self, reason="LOOP"):
        touch_process_loop(reason)

    def warn(self, context, error=None):
        warn(context, error)

    def die(self, context, error=None):
        die(context, error)

    def onFreeze(self, seconds, phase="", stack_text=""):
        freeze(seconds, phase, stack_text)
