# SPDX-License-Identifier: MIT
"""Stacks: of a traceback, of a thread, of a coroutine, innermost frame first, with their variables and sources."""
import os
import stat
import sys
from itertools import islice

from . import anatomy
from .command_line import command_text
from .patterns import Pattern

MAX_GLOBALS = 100
MAX_SOURCE_BYTES = 1 << 20
MAX_ALL_SOURCES = 4 << 20
_CODING = Pattern(rb"(?:[^\n]*\n)??[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
# Since 3.13 f_locals of a function is a view.
_FRAME_LOCALS = (lambda: type(sys._getframe().f_locals))()
_CODE_TYPES = frozenset(("function", "type", "module", "builtin_function_or_method", "abc.ABCMeta", "enum.EnumType",
                         "enum.EnumMeta", "typing._GenericAlias", "typing.TypeVar", "__future__._Feature"))


class FrameReader:
    def __init__(self, budget, values):
        self._budget = budget
        self._values = values
        self._sources = Sources(budget)

    @property
    def sources(self):
        return self._sources

    def read_traceback(self, traceback):
        """The frames an exception passed, innermost first."""
        places = []
        while traceback is not None and len(places) < 100000:
            places.append((traceback.tb_frame, traceback.tb_lineno, traceback.tb_lasti))
            traceback = traceback.tb_next
        places.reverse()
        return self._read(places)

    def read_stack(self, frame, skip=()):
        """A frame and those that called it; frames of code in `skip` are ours."""
        places = []
        while frame is not None and len(places) < 100000:
            if frame.f_code not in skip:
                places.append((frame, frame.f_lineno, frame.f_lasti))
            frame = frame.f_back
        return self._read(places)

    def read_place(self, frame):
        """One frame alone: where a coroutine waits."""
        return self._read_frame(frame, frame.f_lineno, frame.f_lasti)

    def _read(self, places):
        most = max(int(self._budget.options.frames), 2)
        if len(places) > most:
            self._budget.say("Of a stack of %d frames the %d innermost and the %d outermost are shown"
                             % (len(places), most - most // 2, most // 2))
            places = places[:most - most // 2] + places[-(most // 2):]
        return [self._read_frame(*place) for place in places]

    def _read_frame(self, frame, line, instruction):
        code = frame.f_code
        record = {"kind": "python", "function": code.co_name,
                  "qualified_name": _qualified_name(code) or _method_name(frame),
                  "file": code.co_filename, "line": line or 0, "address": "%#x" % id(frame)}
        self._sources.add(code.co_filename, frame.f_globals)
        if hasattr(code, "co_positions") and instruction >= 0:
            span = next(islice(code.co_positions(), instruction // 2, None), None)
            if span is not None and span[0] == line and None not in span:
                record["end_line"] = span[1]
                record["column"] = self._sources.column(code.co_filename, span[0], span[2])
                record["end_column"] = self._sources.column(code.co_filename, span[1], span[3])
        record["locals"] = self._read_variables(frame, code, record)
        return record

    def _read_variables(self, frame, code, record):
        variables = []
        try:
            for name, kind, obj in list_variables(frame, code):
                if self._budget.is_used_up():
                    record["incomplete"] = True
                    break
                variables.append(self._values.read_variable(name, kind, obj))
        except RecursionError:
            raise
        except Exception as error:
            record["incomplete"] = True
            self._budget.say("Variables of %s could not be read: %s" % (code.co_name, type(error).__name__))
        return variables


def list_variables(frame, code):
    """(name, kind, value): arguments and locals in their order, then the globals that the code uses."""
    found = _items_of_namespace(frame.f_locals)
    if code.co_flags & 0x2:  # CO_NEWLOCALS: a function
        order = {name: index for index, name in enumerate(code.co_varnames)}
        found.sort(key=lambda item: order.get(item[0], len(order)))
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x4) + bool(code.co_flags & 0x8)
        kinds = dict.fromkeys(code.co_cellvars, "cell")
        kinds.update(dict.fromkeys(code.co_freevars, "free"))
        kinds.update(dict.fromkeys(code.co_varnames[:count], "argument"))
        variables = [(name, kinds.get(name, "local"), obj) for name, obj in found]
        used = frame.f_globals
        for name in code.co_names[:MAX_GLOBALS]:
            if dict.__contains__(used, name) and not name.startswith("__"):
                obj = dict.__getitem__(used, name)
                if not _is_code(obj):
                    variables.append((name, "global", obj))
        return variables
    data, code_objects = [], []
    for name, obj in found:
        if not (name.startswith("__") and name.endswith("__")):
            (code_objects if _is_code(obj) else data).append((name, "local", obj))
    return data + code_objects


def _items_of_namespace(namespace):
    if anatomy.derives(type(namespace), dict):
        items = anatomy.dict_items(namespace)
    elif type(namespace) is _FRAME_LOCALS:
        items = list(namespace.items())
    else:
        # A class body or exec() with a mapping of the program's own: reading it would run it.
        return [("(namespace)", namespace)]
    return [(name, obj) for name, obj in items if type(name) is str]


def _is_code(obj):
    return anatomy.full_name(type(obj)) in _CODE_TYPES or anatomy.derives(type(obj), type)


def _qualified_name(code):
    """None before 3.11. Code made to stand in a traceback that came from elsewhere (gevent, tblib) has another's."""
    name = getattr(code, "co_qualname", None)
    return name if name is None or name.endswith(code.co_name) else code.co_name


def _method_name(frame):
    """co_qualname before 3.11: the class whose method it is, when `self` or `cls` tells."""
    code = frame.f_code
    if not code.co_argcount or not code.co_flags & 0x2:
        return code.co_name
    first = dict(_items_of_namespace(frame.f_locals)).get(code.co_varnames[0])
    cls = first if type(first) is type else type(first)
    for base in anatomy.bases(cls):
        found = anatomy.namespace(base).get(code.co_name)
        if anatomy.is_python_function(found) and found.__code__ is code:
            return found.__qualname__
    return code.co_name


def _decode(data):
    """As Python reads a source: UTF-8 unless one of the first two lines says otherwise."""
    cookie = _CODING.match(data)
    try:
        text = data.decode(cookie.group(1).decode("ascii") if cookie else "utf-8-sig", "replace")
    except LookupError:
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_program(file):
    """Of `python -c`, and of `python < FILE`."""
    if file == "<string>":
        text = command_text()
    else:
        text = None
        # A name of its own in the process has a place of its own in the file, so that nobody's reading is disturbed.
        if stat.S_ISREG(os.fstat(0).st_mode) and os.path.exists("/proc/self/fd/0"):
            with open("/proc/self/fd/0", "rb") as lines:
                text = _decode(lines.read(MAX_SOURCE_BYTES))
    return {"file": file, "text": text[:MAX_SOURCE_BYTES]} if text else None


class Sources:
    """The texts of the files on the stacks, each read once."""

    def __init__(self, budget):
        self._is_off = not budget.options.sources
        self._budget = budget
        self._files = {}
        self._room = MAX_ALL_SOURCES

    def add(self, file, module_globals=None):
        if file in self._files:
            return
        record, lines = None, []
        if not self._is_off and self._room > 0:
            try:
                record = self._read(file) or self._read_from_loader(file, module_globals)
            except Exception:
                record = None
            if record is not None:
                lines = record["text"].splitlines()
                self._room -= len(record["text"])
        self._files[file] = (record, lines)

    @staticmethod
    def _read(file):
        """None for what is no regular file: it may not be there, or make us wait."""
        try:
            status = os.stat(file)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(file, "rb") as lines:
            data = lines.read(MAX_SOURCE_BYTES + 1)
        record = {"file": file, "text": _decode(data[:MAX_SOURCE_BYTES]),
                  "modified_us": int(status.st_mtime * 1000000)}
        if len(data) > MAX_SOURCE_BYTES:
            record["truncated"] = True
        return record

    @staticmethod
    def _read_from_loader(file, module_globals):
        """Out of a zip archive, or what `linecache` was given for code without a file."""
        linecache = sys.modules.get("linecache")
        entry = linecache.cache.get(file) if linecache is not None else None
        if type(entry) is tuple and len(entry) == 4 and type(entry[2]) is list:
            text = "".join(line for line in entry[2] if type(line) is str)
            return {"file": file, "text": text[:MAX_SOURCE_BYTES]}
        main = sys.modules.get("__main__")
        if file in ("<string>", "<stdin>") and main is not None and anatomy.instance_dict(main) is module_globals:
            return _read_program(file)
        zipimport = sys.modules.get("zipimport")
        loader = dict.get(module_globals, "__loader__") if module_globals is not None else None
        name = dict.get(module_globals, "__name__") if module_globals is not None else None
        if zipimport is not None and type(loader) is zipimport.zipimporter and type(name) is str:
            text = loader.get_source(name)
            return {"file": file, "text": text[:MAX_SOURCE_BYTES]} if text else None
        return None

    def line(self, file, line):
        lines = self._files.get(file, (None, []))[1]
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def column(self, file, line, offset):
        """1-based, in characters; the interpreter counts bytes of UTF-8 from 0."""
        text = self.line(file, line)
        return (len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) if text else offset) + 1

    def records(self, secrets):
        found = []
        for record, _ in self._files.values():
            if record is not None and self._budget.has_time_for_sources():
                found.append(dict(record, text=secrets.clean_source(record["text"])))
        return found
