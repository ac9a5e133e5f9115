# SPDX-License-Identifier: MIT
"""A document as a .flatline file: all of it or nothing, whatever the disk says."""
import errno
import os
import zlib

from .facts import resource
from .patterns import Pattern

try:
    from _json import encode_basestring, make_encoder
except ImportError:
    make_encoder = encode_basestring = None

MODE = 0o600
# One that JSON has for the character, not for a backslash and what follows.
_NUL = Pattern(r"(?<!\\)((?:\\\\)*)\\u0000")
_SURROGATE = Pattern("[\ud800-\udfff]")


def encode(document):
    """gzip of JSON. Characters that are none (lone surrogates, NUL) are written as Python writes them in a str."""
    text = _to_json(document)
    if "\\u0000" in text:
        text = _NUL.sub(lambda found: found[1] + "\\\\x00", text)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = _SURROGATE.sub(lambda found: "\\\\u%04x" % ord(found[0]), text).encode("utf-8")
    gzip = zlib.compressobj(3, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return gzip.compress(data) + gzip.flush()


def _to_json(document):
    """By the encoder in C of `json`, which is there without the rest of it; by all of it where that has changed."""
    try:
        return "".join(make_encoder(None, _refuse, encode_basestring, None, ":", ",", False, False, True)(document, 0))
    except TypeError:
        import json

        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _refuse(value):
    raise TypeError("%s has no place in JSON" % type(value).__name__)


def write(document, path):
    """Puts it beside `path`, then in its place. Raises OSError about `path`, with nothing left behind, if that fails."""
    data = encode(document)
    path = os.path.abspath(path)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, ".%s.%d.%s" % (name[:200], os.getpid(), os.urandom(4).hex()))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = -1
    try:
        descriptor = _open(temporary, flags)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest):]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException as error:
        try:
            if descriptor >= 0:
                os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, path) from None
        raise
    _sync_folder(folder)
    return path


def _open(path, flags):
    try:
        return os.open(path, flags, MODE)
    except OSError as error:
        if error.errno != errno.EMFILE or resource is None:
            raise
    # "Too many open files" may be what the program dies of: one more, as far as the kernel lets us.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = soft + 8 if hard == resource.RLIM_INFINITY else min(soft + 8, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    try:
        return os.open(path, flags, MODE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _sync_folder(folder):
    """The new name survives a power cut, where the file system knows of such things."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
