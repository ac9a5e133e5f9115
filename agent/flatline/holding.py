# SPDX-License-Identifier: MIT
"""Tells the supervisor of a moment and holds the calling thread until it has been read from outside.

By a connection of its own: whoever tells may be the agent's thread, run at exit when that thread is gone, or in a
forked child. A supervisor that is gone refuses at once, one that is stuck costs FIRST_WORD seconds.
"""
import _socket

from .channel import encode

FIRST_WORD = 5.0
LEAVE = 30.0


def tell(path, event, params, leave=LEAVE):
    """Whether the supervisor was told. Returns when it closes the connection, or is gone; once it has said a word, after
    `leave` seconds (None: whenever that is)."""
    told = False
    connection = None
    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        connection.settimeout(FIRST_WORD)
        connection.connect(path)
        line = '{"event":"%s","params":%s}\n' % (event, encode(params))
        connection.sendall(line.encode("ascii", "replace"))
        told = True
        while connection.recv(64):
            connection.settimeout(leave)
    except OSError:
        pass
    finally:
        if connection is not None:
            connection.close()
    return told
