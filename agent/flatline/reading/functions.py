# SPDX-License-Identifier: MIT
"""The functions, methods and attributes that expressions over recorded values may name.

Each is Python's own, of values of built-in types that are whole, or does as that would. None runs code of a record, and
none makes more than MAX_LENGTH of anything.
"""
import datetime
import decimal
import fractions
import pathlib
import uuid

from . import formatting
from .recorded import NotRecorded, Recorded
from .values import (MAX_LENGTH, Callable, TypeName, Wrong, check_number, list_items, list_pairs, show, to_plain, truth,
                     type_word)

MAX_RANGE = 200000
_MISSING = object()
_BUILTIN = ("int", "float", "bool", "complex", "str", "bytes", "bytearray", "NoneType", "list", "tuple", "dict", "set",
            "frozenset", "range", "slice", "function", "module", "type")
_DERIVED = {"bool": ("int",), "collections.OrderedDict": ("dict",), "collections.defaultdict": ("dict",),
            "collections.Counter": ("dict",), "datetime.datetime": ("datetime.date", "date")}
_ENCODINGS = ("utf-8", "utf8", "ascii", "latin-1", "latin1", "iso-8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be",
              "utf-32")

_TEXT = ("capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower "
         "isnumeric isprintable isspace istitle isupper lower lstrip partition removeprefix removesuffix replace rfind "
         "rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper center ljust rjust zfill "
         "join encode format")
_BYTES = ("count endswith find hex index lower lstrip partition removeprefix removesuffix replace rfind rpartition rsplit "
          "rstrip split splitlines startswith strip upper join decode")
_SET = "difference intersection isdisjoint issubset issuperset symmetric_difference union"
_METHODS = {str: _TEXT, bytes: _BYTES, list: "count index", tuple: "count index", set: _SET, frozenset: _SET,
            int: "bit_length", float: "is_integer hex as_integer_ratio", complex: "conjugate",
            decimal.Decimal: "is_nan is_finite is_zero is_signed adjusted as_tuple normalize",
            datetime.datetime: "date time isoformat timestamp weekday isoweekday toordinal utcoffset",
            datetime.date: "isoformat weekday isoweekday toordinal", datetime.time: "isoformat",
            datetime.timedelta: "total_seconds", pathlib.PurePosixPath: "as_posix is_absolute"}
_ATTRIBUTES = {int: "real imag numerator denominator", float: "real imag", complex: "real imag",
               datetime.datetime: "year month day hour minute second microsecond",
               datetime.date: "year month day", datetime.time: "hour minute second microsecond",
               datetime.timedelta: "days seconds microseconds", fractions.Fraction: "numerator denominator",
               uuid.UUID: "hex int version", pathlib.PurePosixPath: "name stem suffix parent parts"}


# Parts

def attribute(value, name):
    if name == "__dict__":
        return variables(value)
    if name == "__class__":
        return kind_of(value)
    if isinstance(value, TypeName) and name in ("__name__", "__qualname__", "__module__"):
        module, _, last = value.rpartition(".")
        return (module or "builtins") if name == "__module__" else last
    if isinstance(value, Recorded):
        try:
            return value.attribute(name)
        except NotRecorded:
            plain = _try_plain(value)
            if not _is_known(_ATTRIBUTES, plain, name):
                raise
            value = plain
    if _is_known(_ATTRIBUTES, value, name):
        return getattr(value, name)
    raise Wrong("a computed %s has no attribute ‘%s’ here" % (type(value).__name__, name))


def _try_plain(value):
    try:
        return value.plain()
    except NotRecorded:
        return None


def _is_known(table, value, name):
    return name in table.get(type(value), "").split()


def variables(value):
    """Its attributes, by their names."""
    if isinstance(value, Recorded):
        found = {child.node.get("name"): child for child in value.children() if child.node.get("kind") == "attribute"}
        if found or not value.node.get("expandable"):
            return found
        raise value.why_missing("what it holds")
    raise Wrong("a computed %s has no attributes here" % type(value).__name__)


def kind_of(value):
    if isinstance(value, Recorded):
        return TypeName(value.type)
    return TypeName("type" if isinstance(value, TypeName) else "function" if isinstance(value, Callable)
                    else type(value).__name__)


def is_instance(value, classes):
    name = str(kind_of(value))
    for wanted in map(type_word, classes):
        if wanted is None:
            raise Wrong("isinstance() takes classes")
        if wanted in ("object", name) or name.endswith("." + wanted) or wanted in _DERIVED.get(name, ()):
            return True
    if name in _BUILTIN:
        return False
    raise NotRecorded("what a %s is derived from was not recorded" % name)


def call_method(owner, name, positional, named):
    if name in ("keys", "values", "items", "get"):
        return _call_of_dict(owner, name, positional, named)
    plain = owner.plain() if isinstance(owner, Recorded) else owner
    if not _is_known(_METHODS, plain, name):
        raise Wrong("nothing of a record can be run; a %s has %s here" % (
            str(kind_of(owner)), _METHODS.get(type(plain), "no methods").replace(" ", ", ")))
    if name == "format":
        return formatting.format_by_fields(plain, positional, named)
    if name == "join":
        positional = [list_items(item) for item in positional]
    positional = [to_plain(item) for item in positional]
    named = {key: to_plain(item) for key, item in named.items()}
    _check_result(plain, name, positional, named)
    return getattr(plain, name)(*positional, **named)


def _check_result(plain, name, positional, named):
    length = 0
    if name in ("center", "ljust", "rjust", "zfill") and positional and type(positional[0]) is int:
        length = positional[0]
    elif name == "replace" and len(positional) > 1 and all(type(text) is type(plain) for text in positional[:2]):
        length = len(plain) + plain.count(positional[0]) * len(positional[1])
    elif name == "join" and positional and all(type(text) is type(plain) for text in positional[0]):
        length = sum(map(len, positional[0])) + len(plain) * len(positional[0])
    if length > MAX_LENGTH:
        raise Wrong("the result would be too large")
    if name in ("encode", "decode"):
        for encoding in [*positional[:1], *(value for key, value in named.items() if key == "encoding")]:
            if str(encoding).lower().replace("_", "-") not in _ENCODINGS:
                raise Wrong("that encoding is not known here")


def _call_of_dict(value, name, positional, named):
    pairs = list_pairs(value)
    if name == "get" and 1 <= len(positional) <= 2 and not named:
        key = to_plain(positional[0])
        for known, item in pairs:
            if known == key:
                return item
        return positional[1] if len(positional) == 2 else None
    if positional or named or name == "get":
        raise Wrong("%s() was given wrong arguments" % name)
    return {"keys": [key for key, _ in pairs], "values": [item for _, item in pairs], "items": pairs}[name]


# Functions

def _length(value):
    if not isinstance(value, Recorded):
        return len(value)
    if value.size < 0:
        raise NotRecorded("a %s has no size here" % value.type)
    return value.size


def _range(*bounds):
    found = range(*map(to_plain, bounds))
    if len(found) > MAX_RANGE:
        raise Wrong("the range is too large")
    return list(found)


def _int(value=0, base=_MISSING):
    plain = to_plain(value)
    if isinstance(plain, (str, bytes)) and len(plain) > 4000:
        raise Wrong("the text is too long for a number")
    check_number(plain)
    return int(plain) if base is _MISSING else int(plain, to_plain(base))


def _round(value, ndigits=None):
    plain, digits = to_plain(value), to_plain(ndigits)
    check_number(plain)
    if digits is not None and not -400 <= digits <= 400:
        raise Wrong("the result would be too large")
    return round(plain, digits)


def _keyed(key):
    if key is None:
        return to_plain
    if not isinstance(key, Callable):
        raise Wrong("key= takes a function")
    return lambda item: to_plain(key.call(item))


def _sorted(value, *, key=None, reverse=False):
    return sorted(list_items(value), key=_keyed(key), reverse=truth(reverse))


def _extreme(function):
    def apply(*values, key=None, default=_MISSING):
        items = list_items(values[0]) if len(values) == 1 else list(values)
        if not items and default is not _MISSING:
            return default
        return function(items, key=_keyed(key))

    return apply


def _map(function, *values):
    if not isinstance(function, Callable):
        raise Wrong("map() takes a function first")
    return [function.call(*items) for items in zip(*map(list_items, values))]


def _filter(function, value):
    if function is not None and not isinstance(function, Callable):
        raise Wrong("filter() takes a function first")
    return [item for item in list_items(value) if truth(item if function is None else function.call(item))]


def _next(value, default=_MISSING):
    items = list_items(value)
    if items or default is not _MISSING:
        return items[0] if items else default
    raise Wrong("there is no item")


def _has(value, name):
    try:
        attribute(value, to_plain(name))
        return True
    except (Wrong, NotRecorded):
        if isinstance(value, Recorded) and value.node.get("truncated"):
            raise
        return False


def _get(value, name, default=_MISSING):
    try:
        return attribute(value, to_plain(name))
    except (Wrong, NotRecorded):
        if default is _MISSING:
            raise
        return default


def _identity(value):
    address = value.node.get("address") if isinstance(value, Recorded) else None
    if not address:
        raise NotRecorded("its address was not recorded")
    return int(address, 16) if isinstance(address, str) else address


def _dict(value=(), **named):
    if isinstance(value, Recorded):
        return {**dict(list_pairs(value)), **named}
    pairs = value.items() if isinstance(value, dict) else [list_items(pair) for pair in list_items(value)]
    return {**{to_plain(key): item for key, item in pairs}, **named}


def _bytes(value):
    plain = to_plain(value)
    if isinstance(plain, int):
        raise Wrong("bytes() takes no number here")
    return bytes(plain)


_KNOWN = {
    "len": _length, "type": kind_of, "vars": variables, "id": _identity, "getattr": _get, "hasattr": _has,
    "dir": lambda value: sorted(variables(value)),
    "isinstance": lambda value, classes: is_instance(value, classes),
    "repr": lambda value: show(value),
    "ascii": lambda value: show(value).encode("ascii", "backslashreplace").decode("ascii"),
    "str": lambda value="": formatting.to_text(value),
    "format": lambda value, spec="": formatting.format_value(value, "", to_plain(spec)),
    "int": _int,
    "float": lambda value=0.0: float(to_plain(value)),
    "complex": lambda *values: complex(*map(to_plain, values)),
    "bool": lambda value=False: truth(value),
    "bytes": _bytes,
    "abs": lambda value: abs(to_plain(value)),
    "divmod": lambda one, other: divmod(to_plain(one), to_plain(other)),
    "round": _round,
    "hex": lambda value: hex(to_plain(value)), "oct": lambda value: oct(to_plain(value)),
    "bin": lambda value: bin(to_plain(value)),
    "ord": lambda value: ord(to_plain(value)), "chr": lambda value: chr(to_plain(value)),
    "list": lambda value=(): list_items(value), "tuple": lambda value=(): tuple(list_items(value)), "dict": _dict,
    "set": lambda value=(): {to_plain(item) for item in list_items(value)},
    "frozenset": lambda value=(): frozenset(to_plain(item) for item in list_items(value)),
    "sum": lambda value, start=0: sum((to_plain(item) for item in list_items(value)), to_plain(start)),
    "min": _extreme(min), "max": _extreme(max), "sorted": _sorted,
    "reversed": lambda value: list_items(value)[::-1],
    "any": lambda value: any(map(truth, list_items(value))), "all": lambda value: all(map(truth, list_items(value))),
    "map": _map, "filter": _filter, "next": _next, "iter": lambda value: list_items(value),
    "range": _range,
    "enumerate": lambda value, start=0: list(enumerate(list_items(value), to_plain(start))),
    "zip": lambda *values: list(zip(*map(list_items, values))),
}


def _explained(name, function):
    """Python's word about wrong arguments, with the name that was typed."""
    def call(*positional, **named):
        try:
            return function(*positional, **named)
        except TypeError as error:
            own = getattr(function, "__qualname__", "")
            raise Wrong("TypeError: " + str(error).replace(own.rpartition(".")[2] + "()", name + "()")) from None

    return Callable(name, call)


FUNCTIONS = {name: _explained(name, function) for name, function in _KNOWN.items()}
