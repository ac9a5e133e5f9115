# SPDX-License-Identifier: MIT
"""The supervisor's relay over TCP, for programs that run without the agent (`python -I`, an older supervisor)."""
import posix

import _socket

from .channel import Channel, encode


class Relay:
    """One connection, kept; made anew once when it broke."""

    def __init__(self):
        environment = posix.environ
        names = [b"FLATLINE_", b"TRIO_DEBUGGER_"]
        self._address = None
        self._channel = None
        for prefix in names:
            if environment.get(prefix + b"ENABLED") != b"1":
                continue
            try:
                self._address = (environment[prefix + b"HOST"].decode(), int(environment[prefix + b"PORT"]))
                self._token = environment[prefix + b"TOKEN"].decode()
                break
            except (KeyError, ValueError):
                self._address = None

    @property
    def is_known(self):
        return self._address is not None

    def send(self, kind, payload):
        line = encode({"token": self._token, "kind": kind, "payload": payload})
        for _ in range(2):
            if self._channel is None or not self._channel.is_open:
                self._channel = Channel(_socket.AF_INET, self._address)
            if self._channel.send_line(line):
                return True
        return False
