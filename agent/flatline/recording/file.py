# SPDX-License-Identifier: MIT
"""A recording on disk: lines in compressed blocks, and the newest ones as they are in a window of the file.

The window is mapped memory, so a line that was written is the kernel's: a program that is killed, or stands still,
leaves all its lines without a system call for each. When it is full it becomes a block at the end of the file.

    64 bytes    magic, size of the window, how the recording ended (empty: it goes on, or was cut off)
    the window  4 bytes: its number; lines, then zeros
    blocks      "B", number and length of 4 bytes each, zlib

A block has the number of the window it was made of: where both are there, the window is over.
"""
import errno
import mmap
import os
import struct
import sys
import zlib

MAGIC = b"flatline-recording 1\n"
HEADER = struct.Struct("<24sI36s")
NUMBER = struct.Struct("<I")
BLOCK = struct.Struct("<cII")
WINDOW = 256 << 10
MODE = 0o600
# A recording that ends is written once more without its window, if it is no longer than this.
SMALL = 4 << 20


# What is mapped stays so until the process ends: closing it closes a descriptor, whose number may be the program's by then.
_mapped = []


class Full(Exception):
    """The recording has the size it may have."""


def _write_all(descriptor, data):
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest):]


class RecordingFile:
    """Whoever calls holds a lock. What fails raises OSError or Full, and is to end the recording."""

    def __init__(self, path, limit):
        self.path = path
        self._limit = limit
        self._number = 1
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        self._descriptor = self._move_up(os.open(path, flags, MODE))
        # Zeros are written, not left out: where the disk is full that fails here, and not as SIGBUS in the program.
        self._identity = self._read_identity()
        try:
            _write_all(self._descriptor, HEADER.pack(MAGIC, WINDOW, b"") + NUMBER.pack(1) + bytes(WINDOW))
        except OSError:
            os.close(self._descriptor)
            os.unlink(path)
            raise
        self._size = HEADER.size + NUMBER.size + WINDOW
        # From 3.13 on it needs no descriptor of its own.
        self._map = mmap.mmap(self._descriptor, self._size, **({"trackfd": False} if sys.version_info >= (3, 13) else {}))
        _mapped.append(self._map)
        self._begin = self._at = HEADER.size + NUMBER.size
        self._end = self._begin + WINDOW
        self._next = None  # size and number after the window, once its block is written

    @staticmethod
    def _move_up(descriptor):
        """Out of the way of programs that count their descriptors."""
        try:
            import fcntl

            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 900)
        except (ImportError, OSError, AttributeError):
            return descriptor
        os.close(descriptor)
        return high

    def _read_identity(self):
        status = os.fstat(self._descriptor)
        return status.st_dev, status.st_ino

    def add(self, text):
        """Lines of ASCII, each with its end."""
        data = text.encode()
        begin, end = self._at, self._at + len(data)
        if end > self._end:
            self._end_window()
            begin, end = self._begin, self._begin + len(data)
            if end > self._end:
                self._end_window(data)
                return
        self._map[begin:end] = data
        self._at = end

    def _end_window(self, data=None):
        """What is in the window, or `data`, which has no room there, becomes the block of the window's number. Where an
        exception of a signal handler comes between, the next line goes on from there: until then none has room."""
        self._end = self._begin
        if self._next is None and (data is not None or self._at > self._begin):
            self._next = self._write_block(self._map[self._begin:self._at] if data is None else data)
        if self._next is not None:
            self._map[HEADER.size:self._begin] = NUMBER.pack(0)
            self._map[self._begin:self._begin + WINDOW] = bytes(WINDOW)
            self._at = self._begin
            self._size, self._number = self._next
            self._map[HEADER.size:self._begin] = NUMBER.pack(self._number)
            self._next = None
        self._end = self._begin + WINDOW

    def _write_block(self, data):
        """The size that the file has with it, and the next number."""
        packed = zlib.compress(data, 1)
        block = BLOCK.pack(b"B", self._number, len(packed)) + packed
        size = self._size + len(block)
        if size > self._limit:
            raise Full
        if self._read_identity() != self._identity:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        os.lseek(self._descriptor, self._size, os.SEEK_SET)
        _write_all(self._descriptor, block)
        return size, self._number + 1

    def abandon(self):
        """In a forked child: the recording is the parent's."""
        try:
            if self._read_identity() == self._identity:
                os.close(self._descriptor)
        except OSError:
            pass

    def end(self, how):
        """Says how it ended; nothing can be added any more."""
        try:
            if how == "finished":
                self._end_window()
            self._map[:HEADER.size] = HEADER.pack(MAGIC, WINDOW, how.encode("ascii", "replace")[:36])
            if how == "finished" and self._size < SMALL:
                self._shrink()
        except (OSError, Full):
            pass
        self.abandon()

    def _shrink(self):
        os.lseek(self._descriptor, self._begin + WINDOW, os.SEEK_SET)
        blocks = os.read(self._descriptor, SMALL)
        if self._begin + WINDOW + len(blocks) != self._size:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        beside = "%s.%d" % (self.path, os.getpid())
        descriptor = os.open(beside, flags, MODE)
        try:
            _write_all(descriptor, HEADER.pack(MAGIC, 0, b"finished") + NUMBER.pack(0) + blocks)
        except OSError:
            os.unlink(beside)
            raise
        finally:
            os.close(descriptor)
        os.replace(beside, self.path)
