# SPDX-License-Identifier: MIT
"""What operators, loops and comparisons make of recorded values and of computed ones, within limits of size."""
import ast
import decimal
import operator

from .recorded import NOTHING, NotRecorded, Recorded, parse_literal

MAX_BITS = 100000
MAX_LENGTH = 1000000
MAX_EXPONENT = 4000


class Wrong(Exception):
    """What is wrong with the expression."""


class TypeName(str):
    """A class: no more than its name is known."""

    __slots__ = ()


class Callable:
    """A function of ours, or a lambda that was typed."""

    def __init__(self, name, call):
        self.name = name
        self.call = call


_COMPARING = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
              ast.Gt: operator.gt, ast.GtE: operator.ge}


def to_plain(value):
    """A Python value of built-in types, or NotRecorded."""
    if isinstance(value, Recorded):
        return value.plain()
    if type(value) in (list, tuple):
        return type(value)(map(to_plain, value))
    if type(value) is dict:
        return {key: to_plain(item) for key, item in value.items()}
    return value


def truth(value):
    if not isinstance(value, Recorded):
        return bool(value)
    if value.size >= 0:
        return value.size > 0
    if value.type in ("int", "float", "bool", "NoneType", "complex"):
        return bool(value.plain())
    if value.is_masked:
        raise value.why_missing("this value")
    return True


def list_items(value):
    """What a loop goes over."""
    if not isinstance(value, Recorded):
        return list(value)
    if value.type.endswith(("dict", "Dict", "Counter")):
        return [key for key, _ in list_pairs(value)]
    if value.type in ("str", "bytes"):
        return list(value.plain())
    items = value.items()
    if items and value.has_all_items():
        return items
    if value.size == 0:
        return []
    if items:
        raise NotRecorded("only %d of %d items were recorded; [:%d] has them" % (len(items), value.size, len(items)))
    return list(value.plain())


def list_pairs(value):
    if type(value) is dict:
        return list(value.items())
    if not isinstance(value, Recorded):
        raise Wrong("only a dict has keys")
    items = value.items()
    if not items:
        plain = value.plain()
        if type(plain) is not dict:
            raise Wrong("only a dict has keys")
        return list(plain.items())
    pairs = []
    for item in items:
        name = (item.node.get("name") or "[]")[1:-1]
        key = parse_literal(name, NOTHING)
        pairs.append((name if key is NOTHING else key, item))
    return pairs


def compare(kind, one, other):
    if kind in (ast.Is, ast.IsNot):
        return _are_same(one, other) == (kind is ast.Is)
    if kind in (ast.In, ast.NotIn):
        return _contains(other, one) == (kind is ast.In)
    if kind in (ast.Eq, ast.NotEq):
        if isinstance(one, (TypeName, Callable)):
            return _are_same(one, other) == (kind is ast.Eq)
        if isinstance(one, Recorded) and isinstance(other, Recorded) and _are_same(one, other):
            return kind is ast.Eq
    return bool(_COMPARING[kind](to_plain(one), to_plain(other)))


def _are_same(one, other):
    if isinstance(one, Recorded) and isinstance(other, Recorded):
        addresses = one.node.get("address"), other.node.get("address")
        if None not in addresses:
            return addresses[0] == addresses[1]
    if isinstance(one, TypeName) or isinstance(other, TypeName):
        return type_word(one) == type_word(other)
    singletons = (None, True, False, Ellipsis)
    plain_types = ("NoneType", "bool", "ellipsis")
    one, other = (value.plain() if isinstance(value, Recorded) and value.type in plain_types else value
                  for value in (one, other))
    if not any(value is known for value in (one, other) for known in singletons):
        raise Wrong("‘is’ compares recorded objects here; == compares values")
    return one is other


def type_word(value):
    """The name of a class, also where that is a function here, as int is; else None."""
    return value.name if isinstance(value, Callable) else str(value) if isinstance(value, str) else None


def _contains(container, item):
    if isinstance(container, Recorded) and container.type not in ("str", "bytes"):
        item = to_plain(item)
        for member in list_items(container):
            try:
                if to_plain(member) == item:
                    return True
            except NotRecorded:
                continue
        return False
    if type(container) in (list, tuple):
        return any(compare(ast.Eq, member, item) for member in container)
    return to_plain(item) in to_plain(container)


def check_size(kind, one, other):
    """Refuses what would take for ever or fill the memory."""
    if isinstance(one, (TypeName, Callable)) or isinstance(other, (TypeName, Callable)):
        raise Wrong("nothing can be computed with a class or function here")
    if kind is ast.Pow and not (isinstance(one, (int, float, complex)) and isinstance(other, (int, float, complex))):
        raise Wrong("** is for int and float here")
    if kind is ast.Pow and isinstance(one, int) and isinstance(other, int):
        if abs(other) * max(one.bit_length(), 1) > MAX_BITS:
            raise Wrong("the result would be too large")
    if kind is ast.LShift and isinstance(other, int) and other > MAX_BITS:
        raise Wrong("the result would be too large")
    if kind is ast.Mult:
        for text, times in ((one, other), (other, one)):
            if isinstance(text, (str, bytes, list, tuple)) and isinstance(times, int):
                if len(text) * times > MAX_LENGTH:
                    raise Wrong("the result would be too large")
        if isinstance(one, int) and isinstance(other, int) and one.bit_length() + other.bit_length() > MAX_BITS:
            raise Wrong("the result would be too large")
    if kind is ast.Add and isinstance(one, (str, bytes, list, tuple)) and isinstance(other, type(one)):
        if len(one) + len(other) > MAX_LENGTH:
            raise Wrong("the result would be too large")


def check_number(value):
    """Refuses one whose digits would fill the memory when they are written or counted."""
    if isinstance(value, decimal.Decimal) and value.is_finite() and abs(value.adjusted()) > MAX_EXPONENT:
        raise Wrong("the number is too large")


def show(value):
    """One line about a result."""
    if isinstance(value, Recorded):
        return value.text
    if isinstance(value, TypeName):
        return "<class '%s'>" % value
    if isinstance(value, Callable):
        raise Wrong("%s is only known as a function: %s(…)" % (value.name, value.name))
    if type(value) in (list, tuple, set, frozenset, dict):
        return _show_container(value)
    if type(value) is int and value.bit_length() > 14000:
        return "%#x" % value
    return repr(value)


def _show_container(value):
    if type(value) is dict:
        return "{%s}" % ", ".join("%s: %s" % (show(key), show(item)) for key, item in value.items())
    texts = ", ".join(map(show, value))
    if type(value) is tuple:
        return "(%s%s)" % (texts, "," if len(value) == 1 else "")
    if type(value) is list:
        return "[%s]" % texts
    return "%s" % ("{%s}" % texts if value else "set()")
