# SPDX-License-Identifier: MIT
"""Marks what Python itself writes to stderr, where the supervisor reads that and stdout as one: so both come in the order
of writing, and errors are told apart nevertheless.

The raw file below sys.stderr is left what it is; its `write` is one of C that puts the marks around the text, in the
same system call. Not while the descriptor is another file than the supervisor's (2>file, a daemon, a test that captures).
"""
import sys
from _io import FileIO


def begin(native, word):
    """`word` is what the supervisor says: both marks, device and inode of its stream."""
    stream = getattr(sys.stderr, "buffer", None)
    raw = getattr(stream, "raw", stream)
    if native is None or not word or type(raw) is not FileIO or raw.fileno() != 2:
        return
    begin, end, device, inode = word.decode().split()
    native.mark_errors(raw, bytes.fromhex(begin), bytes.fromhex(end), int(device), int(inode))
