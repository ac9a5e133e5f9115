# SPDX-License-Identifier: MIT
"""Recorded values as things to ask: attributes, items, size, and the Python value where the whole of it is there."""
import ast
import datetime
import decimal
import fractions
import pathlib
import re
import uuid

MAX_TEXT = 100000
MAX_DIGITS = 4000
MAX_BRACKETS = 50
MAX_INSTANCE = 2000

_INTEGER = re.compile(r"-?\d+\Z", re.A)
_FLOAT = re.compile(r"-?(?:\d+\.\d*|\d+(?:\.\d*)?e[-+]?\d+)\Z", re.A)
_QUOTED = re.compile(r"""b?'(?:[^'\\\n]|\\.)*'\Z|b?"(?:[^"\\\n]|\\.)*"\Z""", re.S)
_SIGNS = re.compile(r"[-+~]\s*[-+~]")
_CONSTANTS = {"None": None, "True": True, "False": False, "Ellipsis": Ellipsis, "inf": float("inf"),
              "-inf": float("-inf"),
              "nan": float("nan")}
_SCALARS = ("int", "bool", "float", "complex", "str", "bytes", "NoneType", "ellipsis")
_SEQUENCES = ("list", "tuple", "collections.deque")
_INSTANCES = {"datetime.datetime": datetime.datetime, "datetime.date": datetime.date, "datetime.time": datetime.time,
              "datetime.timedelta": datetime.timedelta, "decimal.Decimal": decimal.Decimal,
              "fractions.Fraction": fractions.Fraction, "uuid.UUID": uuid.UUID,
              "pathlib.PosixPath": pathlib.PurePosixPath, "pathlib.PurePosixPath": pathlib.PurePosixPath,
              "pathlib._local.PosixPath": pathlib.PurePosixPath, "pathlib._local.PurePosixPath": pathlib.PurePosixPath}
MASK = "<masked>"


class NotRecorded(Exception):
    """What was asked for is not in the file, and why."""


class Recorded:
    """One value of the file."""

    def __init__(self, node, book):
        self.node = node
        self.book = book

    @property
    def type(self):
        return self.node.get("type", "?")

    @property
    def text(self):
        return self.node.get("text", "?")

    @property
    def size(self):
        return self.node.get("size", -1)

    @property
    def is_masked(self):
        return self.node.get("text") == MASK

    def children(self):
        """Its own, or those of the same object elsewhere in the file, where they were read deeper."""
        own = self.node.get("children")
        if not own:
            other = self.book.find(self.node.get("address"))
            own = other.get("children", ()) if other is not None and other.get("type") == self.node.get("type") else ()
        return [Recorded(child, self.book) for child in own]

    def why_missing(self, what):
        if self.is_masked:
            return NotRecorded("%s was masked when the file was written: it may be secret" % what)
        if not self.children() and self.node.get("expandable"):
            return NotRecorded("%s was not recorded: it lies deeper than the file was asked for (depth=…)" % what)
        if self.node.get("truncated"):
            return NotRecorded("%s was not recorded: only part of this %s is in the file" % (what, self.type))
        return NotRecorded("%s was not recorded" % what)

    def attribute(self, name):
        for child in self.children():
            if child.node.get("kind") == "attribute" and child.node.get("name") == name:
                return child
        if not self.node.get("truncated") and self.children():
            raise NotRecorded("this %s has no attribute ‘%s’ of its own" % (self.type, name))
        raise self.why_missing("‘%s’" % name)

    def items(self):
        return [child for child in self.children() if child.node.get("kind") == "item"]

    def has_all_items(self):
        return self.size >= 0 and len(self.items()) == self.size

    def _is_numbered(self):
        return all(child.node.get("name") == "[%d]" % index for index, child in enumerate(self.items()))

    def item(self, key):
        items = self.items()
        if not items:
            return self._item_of_plain(key)
        if type(key) is int and self._is_numbered() and not self.type.endswith("dict"):
            position = key + self.size if key < 0 else key
            if not -1 < position < max(self.size, 0):
                raise NotRecorded("index %d is out of range: there are %d" % (key, self.size))
            if position < len(items):
                return items[position]
            raise self.why_missing("item %d" % key)
        for child in items:
            name = child.node.get("name") or ""
            if name == "[%r]" % (key,) or (name[:1] == "[" and _equals(parse_literal(name[1:-1], NOTHING), key)):
                return child
        if self.has_all_items():
            raise NotRecorded("there is no key %r" % (key,))
        raise self.why_missing("key %r" % (key,))

    def _item_of_plain(self, key):
        plain = self.prefix() if self.type in ("str", "bytes") else self.plain()
        try:
            return plain[key]
        except (TypeError, KeyError, IndexError):
            if self.type in ("str", "bytes") and self.node.get("truncated"):
                raise self.why_missing("index %r" % (key,)) from None
            raise NotRecorded("%s has no item %r" % (self.type, key)) from None

    def slice(self, bounds):
        if self.type in ("str", "bytes"):
            start, stop, step = bounds.indices(max(self.size, 0))
            prefix = self.prefix()
            if step > 0 and min(stop, self.size) <= len(prefix) or not self.node.get("truncated"):
                return prefix[bounds] if not self.node.get("truncated") else prefix[start:stop:step]
            raise self.why_missing("this part")
        items = self.items()
        if not items and self.type in ("list", "tuple"):
            return self.plain()[bounds]
        if not self._is_numbered():
            raise NotRecorded("%s cannot be sliced" % self.type)
        found = []
        for position in range(*bounds.indices(max(self.size, 0)))[:MAX_TEXT]:
            if position >= len(items):
                raise self.why_missing("item %d" % position)
            found.append(items[position])
        return found

    def prefix(self):
        """The part of a text that is there."""
        text = self.text[:-1] if self.text.endswith("…") else self.text
        if self.type in ("str", "bytes") and not self.is_masked:
            parsed = parse_literal(text, None)
            if type(parsed).__name__ == self.type:
                return parsed
        raise self.why_missing("its text")

    def plain(self, depth=0):
        """The Python value, when all of it is there and it is made of built-in types."""
        if self.is_masked:
            raise self.why_missing("this value")
        if depth > 40:
            raise NotRecorded("it is nested too deeply to compare")
        if self.type in _SCALARS:
            if not self.node.get("truncated"):
                parsed = parse_literal(self.text, NOTHING)
                if parsed is not NOTHING:
                    return parsed
            raise self.why_missing("the whole of this %s" % self.type)
        if self.type in ("list", "tuple", "set", "frozenset", "dict") or self.type in _SEQUENCES:
            if self.has_all_items():
                return self._plain_of_items(depth)
            if not self.children() and not self.node.get("truncated") or "…" not in self.text:
                parsed = parse_literal(self.text, NOTHING)
                if parsed is not NOTHING and type(parsed).__name__ == self.type:
                    return parsed
            raise self.why_missing("the whole of this %s" % self.type)
        made = parse_instance(self.type, self.text)
        if made is not None:
            return made
        raise NotRecorded("a %s has no plain value; its attributes have" % self.type)

    def _plain_of_items(self, depth):
        if self.type == "dict":
            found = {}
            for child in self.items():
                key = parse_literal((child.node.get("name") or "")[1:-1], NOTHING)
                if key is NOTHING or not _is_hashable(key):
                    raise NotRecorded("its keys are not all plain values")
                found[key] = child.plain(depth + 1)
            return found
        items = [child.plain(depth + 1) for child in self.items()]
        if self.type in ("set", "frozenset"):
            if not all(map(_is_hashable, items)):
                raise NotRecorded("its items are not all plain values")
            return set(items) if self.type == "set" else frozenset(items)
        return tuple(items) if self.type == "tuple" else items


class Book:
    """Where an object was recorded deepest, by its address."""

    def __init__(self, frames):
        self._deepest = {}
        for frame in frames:
            pending = list(frame.get("locals", ()))
            while pending:
                node = pending.pop()
                children = node.get("children")
                if children:
                    address = node.get("address")
                    if address and len(children) > len(self._deepest.get(address, {}).get("children", ())):
                        self._deepest[address] = node
                    pending.extend(children)

    def find(self, address):
        return self._deepest.get(address) if address else None


NOTHING = object()


def parse_literal(text, otherwise):
    """A literal's value. Python's own parser sees only what was looked at before."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) > MAX_TEXT:
        return otherwise
    try:
        if _INTEGER.match(text):
            return int(text) if len(text) <= MAX_DIGITS else otherwise
        if _FLOAT.match(text):
            return float(text)
        if not _QUOTED.match(text):
            brackets = sum(map(text.count, "([{"))
            if (brackets > MAX_BRACKETS and _depth(text) > MAX_BRACKETS) or _SIGNS.search(text) or "<" in text:
                return otherwise
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return otherwise


def parse_instance(kind, text):
    """One of the library's own values of numbers and texts, made anew from what repr() wrote; else None."""
    make = _INSTANCES.get(kind)
    called, _, rest = text.partition("(")
    if make is None or called not in (kind, kind.rpartition(".")[2]) or not rest.endswith(")") or len(text) > MAX_INSTANCE:
        return None
    pairs = [word.rpartition("=") for word in rest[:-1].split(", ")] if rest != ")" else []
    named = {name: parse_literal(value, NOTHING) for name, _, value in pairs if name}
    plain = [parse_literal(value, NOTHING) for name, _, value in pairs if not name]
    if any(value is NOTHING or type(value) not in (int, str) for value in (*plain, *named.values())):
        return None
    try:
        return make(*plain, **named)
    except (TypeError, ValueError, ArithmeticError):
        return None


def _depth(text):
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _equals(one, other):
    return one is not NOTHING and type(one) is type(other) and one == other


def _is_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True
