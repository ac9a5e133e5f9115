# SPDX-License-Identifier: MIT
"""The connection to the supervisor: one JSON object a line, in ways that never make the program wait.

Only C modules are imported here, so that a program starts as fast as without. The descriptors lie high, out of the way
of programs that count theirs, and are checked before each use: a program may have closed one and be using its number
for a file of its own.
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


def _identify(descriptor):
    """What is open there; None: nothing."""
    try:
        status = posix.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Channel:
    """The way to the supervisor and back; every method answers whether it worked and never raises."""

    line = None  # (what to read from, what to write to) of one that the C part can use, too

    def __init__(self):
        self._received = b""

    def send(self, data):
        """How many bytes the kernel took: none when it is full, or when the channel is gone (see is_open)."""
        if not self._is_ours():
            return 0
        try:
            return self._put(data)
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
            data = self._get()
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


class PipeChannel(Channel):
    """Two pipes that the supervisor has the other ends of. Ours to write to is open both ways, for a program that lets
    SIGPIPE end it: that nobody reads any more is found where nobody writes."""

    def __init__(self, reader, writer):
        super().__init__()
        self._reader = reader
        self._writer = writer
        self.line = reader, writer
        self._identities = {reader: _identify(reader), writer: _identify(writer)}

    def _is_ours(self):
        for descriptor, identity in self._identities.items():
            if _identify(descriptor) != identity:
                self.close()
                return False
        return bool(self._identities)

    @property
    def is_open(self):
        return bool(self._identities)

    def _put(self, data):
        return posix.write(self._writer, data)

    def _get(self):
        return posix.read(self._reader, _MAX_LINE)

    def close(self):
        identities, self._identities = self._identities, {}
        for descriptor, identity in identities.items():
            # Somebody may have closed it: then its number is not ours to close.
            if _identify(descriptor) == identity:
                posix.close(descriptor)


class SocketChannel(Channel):
    """A connected socket."""

    def __init__(self, family, address):
        super().__init__()
        self._socket = None
        self._identity = None
        try:
            sock = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
            if family == _socket.AF_UNIX:
                # A supervisor whose queue is full is refused at once.
                sock.setblocking(False)
            else:
                sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, _CONNECT_TIMEOUT)
            sock.connect(address)
            sock.setblocking(False)
            self._socket = self._move_up(sock)
            self._identity = _identify(self._socket.fileno())
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

    def _is_ours(self):
        if self._socket is None:
            return False
        if _identify(self._socket.fileno()) == self._identity:
            return True
        # Somebody closed it: its number is not ours to close.
        self._socket.detach()
        self._socket = None
        return False

    @property
    def is_open(self):
        return self._socket is not None

    def _put(self, data):
        # A program may let SIGPIPE end it; that the supervisor is gone must not.
        return self._socket.send(data, _socket.MSG_DONTWAIT | _MSG_NOSIGNAL)

    def _get(self):
        return self._socket.recv(_MAX_LINE, _socket.MSG_DONTWAIT)

    def close(self):
        if self._socket is not None and (self._identity is None or self._is_ours()):
            self._socket.close()
        self._socket = None
