# SPDX-License-Identifier: MIT
"""Beats and messages of the program's own, over the agent's channel or, without one, over the relay.

A beat costs next to nothing: the same (reason, caller) within 50 ms is dropped before any work, another is put into a
queue that a thread empties. Nothing here waits, and nothing raises.
"""
import posix
from time import monotonic, time

from . import agent as _agent_module

_SAME_BEAT = 0.05
_MAX_PAIRS = 1024

_last = {}
_relay = None


def _find_relay():
    global _relay
    if _relay is None:
        from .relay import Relay

        _relay = Relay()
    return _relay if _relay.is_known else None


def beat(reason="TICK", caller=""):
    """The program is alive: `reason` says what it does, `caller` where."""
    key = (reason, caller)
    now = monotonic()
    if now - _last.get(key, 0.0) < _SAME_BEAT:
        return
    if len(_last) >= _MAX_PAIRS:
        _last.clear()
    _last[key] = now
    current = _agent_module._agent
    if current is not None:
        current.add_beat("program", str(reason).strip().upper(), str(caller), time())
        return
    relay = _find_relay()
    if relay is not None:
        relay.send("heartbeat", {"reason": str(reason).strip().upper(), "caller": str(caller),
                                 "pid": posix.getpid(), "timestamp": time()})


def touch_process_loop(reason="LOOP"):
    """The program's own main loop went round."""
    beat(reason, "process loop")


def _tell(kind, payload):
    payload["pid"] = posix.getpid()
    payload.setdefault("timestamp", time())
    current = _agent_module._agent
    try:
        if current is not None:
            current.flush()
            current.send_event("report", dict(payload, kind=kind))
        else:
            relay = _find_relay()
            if relay is not None:
                relay.send(kind, payload)
    except Exception:
        pass


def _tell_error(kind, context, error):
    try:
        if isinstance(error, BaseException):
            from .exceptions import _describe

            payload = _describe(kind, str(context), error, _thread_name())
        else:
            text = "" if error is None else str(error)
            payload = {"type_name": "", "message": text, "traceback_text": "", "text": text,
                       "thread": _thread_name(), "context": str(context)}
    except Exception:
        return
    _tell(kind, payload)


def _thread_name():
    import sys

    threading = sys.modules.get("threading")
    return threading.current_thread().name if threading is not None else "MainThread"


def warn(context, error=None):
    """Something went wrong that the program lives with: goes to error.log."""
    _tell_error("warn", context, error)


def die(context, error=None):
    """Something went wrong that the program does not survive: opens the crash console."""
    _tell_error("die", context, error)


def freeze(seconds, phase="", stack_text=""):
    """The program noticed by itself that it hangs."""
    message = "%s for %.1f s" % (phase or "frozen", float(seconds))
    _tell("freeze", {"context": str(phase), "type_name": "ChildFreeze", "message": message, "text": message,
                     "thread": "watchdog", "traceback_text": str(stack_text)})


class RemoteClient:
    """The same as methods, under the names that programs written for Flatline.py use."""

    def beat(self, reason="TICK", caller=""):
        beat(reason, caller)

    def touchProcessLoop(self, reason="LOOP"):
        touch_process_loop(reason)

    def warn(self, context, error=None):
        warn(context, error)

    def die(self, context, error=None):
        die(context, error)

    def onFreeze(self, seconds, phase="", stack_text=""):
        freeze(seconds, phase, stack_text)
