# SPDX-License-Identifier: MIT
"""A .flatline file as checked data: gzip of JSON, bounded in size, depth and number, each known field of its kind.

The same limits as supervisor/model/flatline-snapshot-pack.c; the fields are those of flatline-records.h. Unknown ones
are ignored.
"""
import json
import os
import re
import stat
import zlib

FORMAT = "flatline-snapshot"
VERSION = 1
MAX_FILE_BYTES = 512 << 20
MAX_JSON_BYTES = 256 << 20
MAX_WEIGHT = 24000000
CONTAINER_WEIGHT = 8
MAX_DEPTH = 300
CHUNK_BYTES = 1 << 16

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)
_OPENING = re.compile(rb"[\[{]+|[\]}]+")

TEXT, NUMBER, TRUTH, TEXTS = "a string", "a number", "true or false", "a list of strings"


class Refused(Exception):
    """Why a file is not opened, in one line."""


def _fields(texts="", numbers="", truths="", lists="", **records):
    fields = {}
    for names, kind in ((texts, TEXT), (numbers, NUMBER), (truths, TRUTH), (lists, TEXTS)):
        fields.update((name, kind) for name in names.split())
    fields.update(records)
    return fields


# A field that is a record names it; a list of records names it in a list.
SCHEMA = {
    "snapshot": _fields("format uid reason host output_tail fault_address",
                        "version captured_us pause_us capture_us signal signal_thread", "", "limits notes",
                        program="program", verdict="verdict", exception="exception", threads=["thread"],
                        relatives=["thread"], tasks=["task"],
                        relative_tasks=["task"], sources=["source"]),
    "program": _fields("cwd executable python platform", "pid", "", "argv environment distributions"),
    "verdict": _fields("kind summary thread_name location file function confidence", "pid thread line",
                       evidence=["evidence"], chain=["link"]),
    "evidence": _fields("fact source"),
    "link": _fields("waiter resource holder location", "waiter_id holder_id"),
    "exception": _fields("context type_name message thread traceback_text", "", "is_cause", "notes", cause="exception",
                         frames=["frame"], group=["exception"], value="value"),
    "thread": _fields("name state_text waiting_for ident state syscall", "pid native_id",
                      "is_main is_daemon is_python holds_gil waits_for_gil collecting incomplete", frames=["frame"]),
    "task": _fields("name coroutine state awaits address awaits_address", "thread", "", "awaits_tasks", frames=["frame"]),
    "frame": _fields("kind function qualified_name file module address", "line end_line column end_column",
                     "incomplete collected", locals=["value"]),
    "value": _fields("name kind type text address", "size", "truncated expandable", children=["value"]),
    "source": _fields("file text sha256", "modified_us", "truncated"),
}


def load(path):
    """The snapshot of a file, or Refused."""
    name = os.fspath(path)
    try:
        return parse(_read(name))
    except Refused as refusal:
        raise Refused("%s cannot be opened: %s" % (name, refusal)) from None
    except OSError as error:
        raise Refused("%s cannot be read: %s" % (name, error.strerror or error)) from None
    except MemoryError:
        raise Refused("%s cannot be opened: it takes more memory than there is" % name) from None


def _read(path):
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise Refused("it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise Refused("it is no regular file")
    if status.st_size > MAX_FILE_BYTES:
        raise Refused("it is too large for a snapshot")
    with open(path, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def parse(data):
    """The snapshot of a file's bytes, or Refused."""
    if data[:1] in (b"{", b" ", b"\n"):
        text = data
    elif data[:2] == b"\x1f\x8b":
        text = _unpack(data)
    else:
        raise Refused("it is not a Flatline snapshot")
    if len(text) > MAX_JSON_BYTES:
        raise Refused("it is larger than %d MiB" % (MAX_JSON_BYTES >> 20))
    _check_shape(text)
    try:
        document = json.loads(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused("it is damaged: it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Refused("it is damaged: it is not JSON") from None
    if type(document) is not dict or document.get("format") != FORMAT:
        raise Refused("it is not a Flatline snapshot")
    version = document.get("version")
    if type(version) is int and version > VERSION:
        raise Refused("it is of version %d and this reads up to %d: a newer Flatline opens it" % (version, VERSION))
    _check(document, "snapshot", "", 0)
    return document


def _unpack(data):
    """gunzip that stops where a bomb begins, and wants the end to be there."""
    parts, size = [], 0
    while data:
        unpacker = zlib.decompressobj(31)
        try:
            while not unpacker.eof:
                part = unpacker.decompress(data, CHUNK_BYTES)
                data = unpacker.unconsumed_tail
                if not part and not data and not unpacker.eof:
                    raise Refused("it is cut short")
                size += len(part)
                if size > MAX_JSON_BYTES:
                    raise Refused("it is larger than %d MiB when unpacked" % (MAX_JSON_BYTES >> 20))
                parts.append(part)
        except zlib.error:
            raise Refused("it is damaged or cut short") from None
        data = unpacker.unused_data
        if data[:2] != b"\x1f\x8b":
            break
    return b"".join(parts)


def _check_shape(text):
    """Refuses what would take more room or depth than a snapshot has, before it is parsed."""
    bare = _STRING.sub(b"", text)
    if bare.count(b",") + CONTAINER_WEIGHT * (bare.count(b"[") + bare.count(b"{")) > MAX_WEIGHT:
        raise Refused("it has too many values")
    depth = 0
    for match in _OPENING.finditer(bare):
        run = match.group()
        depth += len(run) if run[0] in b"[{" else -len(run)
        if depth > MAX_DEPTH:
            raise Refused("it is nested deeper than %d" % MAX_DEPTH)


_KINDS = {TEXT: (str,), NUMBER: (int, float), TRUTH: (bool,)}


def _check(node, record, name, depth):
    if depth > MAX_DEPTH:
        raise Refused("it is nested deeper than %d" % MAX_DEPTH)
    if type(node) is not dict:
        raise Refused("“%s” should be an object" % (name or record))
    for key, kind in SCHEMA[record].items():
        value = node.get(key)
        if value is None:
            node.pop(key, None)
        elif type(kind) is list:
            if type(value) is not list:
                raise Refused("“%s” should be a list" % key)
            for item in value:
                _check(item, kind[0], key, depth + 1)
        elif kind == TEXTS:
            if type(value) is not list or not all(type(item) is str for item in value):
                raise Refused("“%s” should be %s" % (key, TEXTS))
        elif kind in _KINDS:
            if type(value) not in _KINDS[kind]:
                raise Refused("“%s” should be %s" % (key, kind))
            if kind == NUMBER:
                node[key] = _as_integer(value)
        else:
            _check(value, kind, key, depth + 1)


def _as_integer(value):
    try:
        return max(min(int(value), (1 << 63) - 1), -(1 << 63))
    except (ValueError, OverflowError):
        return 0
