# SPDX-License-Identifier: MIT
"""The connection to the supervisor: one JSON object a line over a socket that never makes the program wait.

Only C modules are imported here, so that a program starts as fast as without. The socket's descriptor lies high, out of
the way of programs that count theirs, and is checked before each use: a program may have closed it and be using its
number for a file of its own.
"""
import posix
import sys

import _socket

try:
    from _json import encode_basestring_ascii as quote
except ImportError:  # not CPython
    from json.encoder import encode_basestring_ascii as quote

_HIGH_DESCRIPTOR = 900
_CONNECT_TIMEOUT = (0).to_bytes(8, sys.byteorder) + (500000).to_bytes(8, sys.byteorder)  # struct timeval: half a second
_F_DUPFD_CLOEXEC = 1030
_MSG_NOSIGNAL = 0x4000  # these two not every implementation names
_MAX_LINE = 65536


def encode(value):
    """JSON of None, bool, int, float, str and lists, tuples and dicts of them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ",".join(quote(str(key)) + ":" + encode(item) for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(encode, value)) + "]"
    return quote(str(value))


class Channel:
    """A connected socket; every method answers whether it worked and never raises."""

    def __init__(self, family, address, descriptor=-1):
        """`descriptor` is of a connection that was made already."""
        self._socket = None
        self._identity = None
        self._received = b""
        try:
            if descriptor >= 0:
                self._socket = _socket.socket(family, _socket.SOCK_STREAM, 0, descriptor)
                self._socket.setblocking(False)
                self._identity = self._read_identity()
                return
            sock = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
            if family == _socket.AF_UNIX:
                # A supervisor whose queue is full is refused at once.
                sock.setblocking(False)
            else:
                sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, _CONNECT_TIMEOUT)
            sock.connect(address)
            sock.setblocking(False)
            self._socket = self._move_up(sock)
            self._identity = self._read_identity()
        except OSError:
            self.close()

    @staticmethod
    def _move_up(sock):
        try:
            import fcntl

            descriptor = fcntl.fcntl(sock.fileno(), _F_DUPFD_CLOEXEC, _HIGH_DESCRIPTOR)
        except (ImportError, OSError):
            return sock
        high = _socket.socket(sock.family, sock.type, sock.proto, descriptor)
        high.setblocking(False)
        sock.close()
        return high

    def _read_identity(self):
        status = posix.fstat(self._socket.fileno())
        return status.st_dev, status.st_ino

    def _is_ours(self):
        if self._socket is None:
            return False
        try:
            if self._read_identity() == self._identity:
                return True
        except OSError:
            pass
        # Somebody closed it: its number is not ours to close.
        self._socket.detach()
        self._socket = None
        return False

    @property
    def is_open(self):
        return self._socket is not None

    def send(self, data):
        """How many bytes the kernel took: none when it is full, or when the connection is gone (see is_open)."""
        if not self._is_ours():
            return 0
        try:
            # A program may let SIGPIPE end it; that the supervisor is gone must not.
            return self._socket.send(data, _socket.MSG_DONTWAIT | _MSG_NOSIGNAL)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self.close()
            return 0

    def receive_lines(self):
        """The whole lines that have arrived, without waiting."""
        if not self._is_ours():
            return []
        try:
            data = self._socket.recv(_MAX_LINE, _socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            data = b""
        if not data:
            self.close()
            return []
        lines = (self._received + data).split(b"\n")
        self._received = lines.pop()[-_MAX_LINE:]
        return lines

    def close(self):
        if self._socket is not None and (self._identity is None or self._is_ours()):
            self._socket.close()
        self._socket = None
