# SPDX-License-Identifier: MIT
"""Exceptions: their message, frames, notes, the chain of causes and the members of groups."""
from . import anatomy

MAX_CHAIN = 50
MAX_GROUP = 100
MAX_GROUP_DEPTH = 10
MAX_MESSAGE = 10000
MAX_TRACEBACK = 200000
_PLAIN = (str, bytes, int, float, bool, type(None))
_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"
_FOLDED_AFTER = 3


class ErrorReader:
    def __init__(self, budget, frames, values, secrets):
        self._budget = budget
        self._frames = frames
        self._values = values
        self._secrets = secrets
        self._is_str_allowed = budget.options.call_str

    def read(self, error, context, thread):
        """The exception with its chain; nothing of it is called."""
        record = self._read_chain(error, set(), 0)
        record["context"] = context
        record["thread"] = thread
        record["traceback_text"] = self._format_chain(record)
        return record

    def _read_chain(self, error, seen, depth):
        first = previous = None
        count = 0
        is_cause = False
        while error is not None and id(error) not in seen and count < MAX_CHAIN:
            seen.add(id(error))
            count += 1
            record = self._read_one(error, seen, depth)
            if previous is None:
                first = record
            else:
                previous["cause"] = record
                previous["is_cause"] = is_cause
            previous = record
            cause, suppressed = _slot(error, "__cause__"), _slot(error, "__suppress_context__")
            is_cause = cause is not None
            error = cause if cause is not None else None if suppressed else _slot(error, "__context__")
        return first

    def _read_one(self, error, seen, depth):
        kind = type(error)
        record = {"type_name": _type_name(kind), "message": self.message(error),
                  "frames": self._frames.read_traceback(_slot(error, "__traceback__"))}
        if not self._budget.is_used_up():
            record["value"] = self._values.read_variable(_type_name(kind), "exception", error)
        notes = anatomy.attribute(error, "__notes__")
        if anatomy.is_one_of(type(notes), (list, tuple)) and notes:
            record["notes"] = [self._secrets.clean(note[:MAX_MESSAGE]) if type(note) is str
                               else self._values.text(note) for note in notes[:MAX_CHAIN]]
        members = _members(error)
        if members:
            if depth < MAX_GROUP_DEPTH:
                record["group"] = [self._read_chain(member, seen, depth + 1) for member in members[:MAX_GROUP]
                                   if id(member) not in seen and is_exception(member)]
            if depth >= MAX_GROUP_DEPTH or len(members) > MAX_GROUP:
                self._budget.say("Not all members of the exception group are shown")
        return record

    def message(self, error):
        """What str() gives, as long as no code of the program says it; else the arguments."""
        kind = type(error)
        found = anatomy.find(kind, "__str__")
        args = BaseException.__dict__["args"].__get__(error)
        text = None
        if anatomy.is_python_function(found) or not _is_builtin_slot(found):
            if self._is_str_allowed:
                try:
                    text = str(error)
                except Exception as failure:
                    text = "<its __str__ failed: %s>" % anatomy.qualified_name(type(failure))
        elif _members(error) and type(args[0]) is str:
            count = len(_members(error))
            text = "%s (%d sub-exception%s)" % (args[0], count, "" if count == 1 else "s")
        elif ((all(anatomy.is_one_of(type(arg), _PLAIN) for arg in args) or found.__objclass__ is SyntaxError)
              and _has_plain_members(error)):
            text = found(error)
        if type(text) is not str:
            if len(args) == 1 and type(args[0]) is str:
                text = args[0]
            elif len(args) == 1:
                text = self._values.text(args[0])
            else:
                text = self._values.text(args) if args else ""
        return self._secrets.clean(text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + "…")

    # As the interpreter prints it, out of what was recorded

    def _format_chain(self, record):
        parts = []
        while record is not None:
            parts.append(self._format_one(record, ""))
            cause = record.get("cause")
            if cause is not None:
                parts.append("\n%s\n\n" % (_CAUSE if record.get("is_cause") else _CONTEXT))
            record = cause
        return "".join(reversed(parts))[-MAX_TRACEBACK:]

    def _format_one(self, record, margin):
        lines = []
        if record["frames"]:
            lines.append("Traceback (most recent call last):")
            last, repeated = None, 0
            for frame in reversed(record["frames"]):
                place = (frame["file"], frame["line"], frame["function"])
                repeated = repeated + 1 if place == last else 0
                last = place
                if repeated >= _FOLDED_AFTER:
                    if repeated == _FOLDED_AFTER:
                        lines.append("  [and again]")
                    continue
                lines.append('  File "%s", line %d, in %s' % place)
                text = self._secrets.clean_source(self._frames.sources.line(frame["file"], frame["line"]).strip())
                if text:
                    lines.append("    " + text)
        lines.append(record["type_name"] + (": " + record["message"] if record["message"] else ""))
        lines += record.get("notes", ())
        for index, member in enumerate(record.get("group", ()), 1):
            lines.append("  +---------------- %d ----------------" % index)
            lines += ["  | " + line for line in self._format_chain(member).rstrip("\n").split("\n")]
        return "".join(margin + line + "\n" for line in lines)


def is_exception(error):
    return anatomy.derives(type(error), BaseException)


def _slot(error, name):
    return BaseException.__dict__[name].__get__(error)


def _type_name(kind):
    """As a traceback names it."""
    name = anatomy.full_name(kind)
    return name[len("__main__."):] if name.startswith("__main__.") else name


def _members(error):
    try:
        base = BaseExceptionGroup
    except NameError:
        return ()
    return base.__dict__["exceptions"].__get__(error) if anatomy.derives(type(error), base) else ()


def _is_builtin_slot(found):
    """A __str__ that the interpreter's own exceptions have."""
    return type(found) is type(BaseException.__str__) and "." not in anatomy.full_name(found.__objclass__)


def _has_plain_members(error):
    """OSError and its like write what their members hold."""
    return all(anatomy.is_one_of(type(value), _PLAIN) for name, value in anatomy.slots(error)
               if name not in ("name_from", "obj", "print_file_and_line"))
