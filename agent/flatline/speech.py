# SPDX-License-Identifier: MIT
"""The two languages a supervisor understands: the agent's channel, and the relay of programs without the agent.

A speech connects, and turns what is queued into bytes. Queued are beats, (lane, reason, caller, timestamp), and events,
(name, params).
"""
import posix
import sys

from time import time

import _socket

from .channel import PipeChannel, SocketChannel, encode

VERSION = "2.0.0"
_MAX_TEXT = 60000  # characters of the beats in a line; each may be twelve bytes in JSON


class AgentSpeech:
    """Events of the agent's channel. `native` opens pipes for them; without it they go over a Unix socket."""

    lanes = ("interpreter", "loop", "program")

    def __init__(self, path, native=None):
        self.path = path
        self._native = native
        self.capabilities = ["beat", "close", "evaluate", "live", "ping", "report", "snapshot"] + (["dying"] if native is not None else [])

    def connect(self, line=None):
        """A channel, and what is still to be said there first. `line` is one that was opened, with the greeting."""
        if line is None and self._native is not None:
            line = self._native.open_line(self.path, self.encode(self.greeting()))
        if line is not None:
            return PipeChannel(*line), []
        return SocketChannel(_socket.AF_UNIX, self.path), self.greeting()

    def greeting(self):
        return self._greet(posix.getpid(), posix.getppid(), time())

    def later_greeting(self):
        """That of whatever process says it, when it does (flatline-greeting.h): as bytes with words in it."""
        text = self.encode(self._greet("$P", "$Q", "$T"), "$P")
        for word in (b"$P", b"$Q", b"$T"):
            text = text.replace(b'"%s"' % word, word)
        return text

    def _greet(self, pid, ppid, now):
        # The first beat goes along: what follows may never let the thread have a turn.
        return [self._hello(pid, ppid), ("interpreter", "", "", now)]

    def _hello(self, pid, ppid):
        return ("hello", {
            "pid": pid,
            "ppid": ppid,
            "python": sys.version.split()[0],
            "agent": VERSION,
            "capabilities": self.capabilities,
            "compiled": getattr(__spec__.loader, "compiled", False),
        })

    @staticmethod
    def _line(event, params):
        return '{"event":"%s","params":%s}\n' % (event, encode(params))

    def encode(self, items, pid=None):
        pid = pid or posix.getpid()
        lines = []
        beats = []
        length = 0
        for item in items:
            if len(item) == 4:
                length += len(item[1]) + len(item[2])
                if length > _MAX_TEXT and beats:
                    lines.append(self._line("beats", {"pid": pid, "beats": beats}))
                    beats = []
                    length = len(item[1]) + len(item[2])
                beats.append(item)
                continue
            if beats:
                lines.append(self._line("beats", {"pid": pid, "beats": beats}))
                beats = []
            lines.append(self._line(*item))
        if beats:
            lines.append(self._line("beats", {"pid": pid, "beats": beats}))
        return "".join(lines).encode("ascii", "replace")


class RelaySpeech:
    """Lines of the relay, over TCP on this machine: beats of the program and its reports."""

    lanes = ("program",)

    def __init__(self, environment):
        self.is_known = False
        for prefix in (b"FLATLINE_", b"TRIO_DEBUGGER_"):
            if environment.get(prefix + b"ENABLED") != b"1":
                continue
            try:
                self._address = (environment[prefix + b"HOST"].decode(), int(environment[prefix + b"PORT"]))
                self._token = environment[prefix + b"TOKEN"].decode()
                self.is_known = True
                return
            except (KeyError, ValueError):
                continue

    def connect(self, line=None):
        return SocketChannel(_socket.AF_INET, self._address), []

    def later_greeting(self):
        return b""

    def encode(self, items):
        lines = []
        for item in items:
            if len(item) == 4:
                kind = "heartbeat"
                payload = {"reason": item[1], "caller": item[2], "pid": posix.getpid(), "timestamp": item[3]}
            elif item[0] == "report":
                kind = item[1].get("kind", "warn")
                payload = item[1]
            else:
                continue
            lines.append(encode({"token": self._token, "kind": kind, "payload": payload}) + "\n")
        return "".join(lines).encode("ascii", "replace")
