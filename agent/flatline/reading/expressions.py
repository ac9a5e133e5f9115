# SPDX-License-Identifier: MIT
"""Expressions over recorded values: a small interpreter of Python's syntax that has no way to run anything.

It knows names, attributes, items, slices, operators, comparisons, a few functions, displays and comprehensions. Python
parses what the person typed; it is never compiled. Steps, sizes of numbers and of texts are limited.
"""
import ast
import operator

from .recorded import NOTHING, NotRecorded, Recorded, parse_literal

MAX_STEPS = 200000
MAX_BITS = 100000
MAX_LENGTH = 1000000
MAX_SOURCE = 10000


class Wrong(Exception):
    """What is wrong with the expression."""


_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
           ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
           ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_, ast.BitXor: operator.xor}
_UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert}
_COMPARING = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
              ast.Gt: operator.gt, ast.GtE: operator.ge}


def _is_statement(source):
    try:
        ast.parse(source.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


class Evaluator:
    """`lookup` is a function from a name to a Recorded, or None."""

    def __init__(self, lookup):
        self._lookup = lookup
        self._bound = {}
        self._steps = 0

    def evaluate(self, source):
        if len(source) > MAX_SOURCE:
            raise Wrong("the expression is too long")
        try:
            tree = ast.parse(source.strip(), mode="eval")
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise Wrong("nothing can be assigned or run: the program is over" if _is_statement(source)
                        else "this is no expression; help lists the commands") from None
        try:
            return self._evaluate(tree.body)
        except (TypeError, ValueError, ZeroDivisionError, OverflowError, IndexError, KeyError) as error:
            raise Wrong("%s: %s" % (type(error).__name__, error)) from None
        except (RecursionError, MemoryError):
            raise Wrong("the expression is too large") from None

    def _evaluate(self, node):
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise Wrong("this takes too many steps")
        handler = getattr(self, "_" + type(node).__name__, None)
        if handler is None:
            raise Wrong("%s is not possible here: nothing of a record can be run" % _describe(node))
        return handler(node)

    # Names and constants

    def _Constant(self, node):
        return node.value

    def _Name(self, node):
        if node.id in self._bound:
            return self._bound[node.id]
        found = self._lookup(node.id)
        if found is not None:
            return found
        if node.id in _FUNCTIONS:
            raise Wrong("%s is only known as a function: %s(…)" % (node.id, node.id))
        raise Wrong("there is no variable ‘%s’ in this frame" % node.id)

    # Displays

    def _Tuple(self, node):
        return tuple(self._evaluate(item) for item in node.elts)

    def _List(self, node):
        return [self._evaluate(item) for item in node.elts]

    def _Set(self, node):
        return {to_plain(self._evaluate(item)) for item in node.elts}

    def _Dict(self, node):
        if any(key is None for key in node.keys):
            raise Wrong("** is not possible here")
        return {to_plain(self._evaluate(key)): self._evaluate(value) for key, value in zip(node.keys, node.values)}

    def _ListComp(self, node):
        found = []
        self._loop(node.generators, lambda: found.append(self._evaluate(node.elt)))
        return found

    def _GeneratorExp(self, node):
        return self._ListComp(node)

    def _SetComp(self, node):
        return {to_plain(item) for item in self._ListComp(node)}

    def _DictComp(self, node):
        found = {}

        def add():
            found[to_plain(self._evaluate(node.key))] = self._evaluate(node.value)

        self._loop(node.generators, add)
        return found

    def _loop(self, generators, act):
        if not generators:
            return act()
        first = generators[0]
        if first.is_async:
            raise Wrong("async is not possible here")
        before = dict(self._bound)
        for item in list_items(self._evaluate(first.iter)):
            self._bind(first.target, item)
            if all(truth(self._evaluate(condition)) for condition in first.ifs):
                self._loop(generators[1:], act)
        self._bound = before

    def _bind(self, target, item):
        self._steps += 1
        if isinstance(target, ast.Name):
            self._bound[target.id] = item
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = list_items(item)
            if len(parts) != len(target.elts):
                raise Wrong("there are %d values for %d names" % (len(parts), len(target.elts)))
            for part, name in zip(parts, target.elts):
                self._bind(name, part)
        else:
            raise Wrong("only names can be loop variables here")

    # Operators

    def _UnaryOp(self, node):
        value = self._evaluate(node.operand)
        if isinstance(node.op, ast.Not):
            return not truth(value)
        return _UNARY[type(node.op)](to_plain(value))

    def _BinOp(self, node):
        one, other = to_plain(self._evaluate(node.left)), to_plain(self._evaluate(node.right))
        _check_size(type(node.op), one, other)
        return _BINARY[type(node.op)](one, other)

    def _BoolOp(self, node):
        value = None
        for part in node.values:
            value = self._evaluate(part)
            if truth(value) == isinstance(node.op, ast.Or):
                break
        return value

    def _IfExp(self, node):
        return self._evaluate(node.body if truth(self._evaluate(node.test)) else node.orelse)

    def _Compare(self, node):
        left = self._evaluate(node.left)
        for comparison, right_node in zip(node.ops, node.comparators):
            right = self._evaluate(right_node)
            if not _compare(type(comparison), left, right):
                return False
            left = right
        return True

    # Parts

    def _Attribute(self, node):
        value = self._evaluate(node.value)
        if isinstance(value, Recorded):
            return value.attribute(node.attr)
        raise Wrong("a computed %s has no attributes here" % type(value).__name__)

    def _Subscript(self, node):
        value = self._evaluate(node.value)
        index = node.slice
        if isinstance(index, ast.Slice):
            bounds = slice(*(None if part is None else to_plain(self._evaluate(part))
                             for part in (index.lower, index.upper, index.step)))
            return value.slice(bounds) if isinstance(value, Recorded) else value[bounds]
        key = to_plain(self._evaluate(index))
        return value.item(key) if isinstance(value, Recorded) else value[key]

    # Functions

    def _Call(self, node):
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise Wrong("only plain arguments are possible here")
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("keys", "values", "items", "get"):
            return self._call_of_dict(node)
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in _FUNCTIONS:
            raise Wrong("nothing of a record can be run; there are %s" % ", ".join(sorted(_FUNCTIONS)))
        function, fewest, most = _FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            takes = "one argument" if most == 1 else "%d to %d arguments" % (fewest, most)
            raise Wrong("%s() takes %s" % (name, takes))
        return function(*(self._evaluate(argument) for argument in node.args))

    def _call_of_dict(self, node):
        value = self._evaluate(node.func.value)
        arguments = [self._evaluate(argument) for argument in node.args]
        if node.func.attr == "get" and 1 <= len(arguments) <= 2:
            pairs = _pairs(value)
            key = to_plain(arguments[0])
            for known, item in pairs:
                if known == key:
                    return item
            return arguments[1] if len(arguments) == 2 else None
        if arguments or node.func.attr == "get":
            raise Wrong("%s() was given wrong arguments" % node.func.attr)
        pairs = _pairs(value)
        parts = {"keys": [key for key, _ in pairs], "values": [item for _, item in pairs], "items": pairs}
        return parts[node.func.attr]


def _describe(node):
    return {"Lambda": "a function", "Await": "await", "Yield": "yield", "JoinedStr": "an f-string", "NamedExpr": ":=",
            "Starred": "*"}.get(type(node).__name__, type(node).__name__)


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
        return [key for key, _ in _pairs(value)]
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


def _pairs(value):
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


def _compare(kind, one, other):
    if kind in (ast.Is, ast.IsNot):
        return _are_same(one, other) == (kind is ast.Is)
    if kind in (ast.In, ast.NotIn):
        return _contains(other, one) == (kind is ast.In)
    if kind in (ast.Eq, ast.NotEq) and isinstance(one, Recorded) and isinstance(other, Recorded):
        if _are_same(one, other):
            return kind is ast.Eq
    return bool(_COMPARING[kind](to_plain(one), to_plain(other)))


def _are_same(one, other):
    if isinstance(one, Recorded) and isinstance(other, Recorded):
        address = one.node.get("address")
        return address is not None and address == other.node.get("address")
    singletons = (None, True, False, Ellipsis)
    plain_types = ("NoneType", "bool", "ellipsis")
    one, other = (value.plain() if isinstance(value, Recorded) and value.type in plain_types else value
                  for value in (one, other))
    if not any(value is known for value in (one, other) for known in singletons):
        raise Wrong("‘is’ compares recorded objects here; == compares values")
    return one is other


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
    return to_plain(item) in to_plain(container)


def _check_size(kind, one, other):
    """Refuses what would take for ever or fill the memory."""
    if kind in (ast.Mod, ast.Mult, ast.Add) and (isinstance(one, (str, bytes)) and kind is ast.Mod):
        raise Wrong("formatting is not possible here")
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


def _length(value):
    if not isinstance(value, Recorded):
        return len(value)
    if value.size < 0:
        raise NotRecorded("a %s has no size here" % value.type)
    return value.size


def _range(*bounds):
    found = range(*map(to_plain, bounds))
    if len(found) > MAX_STEPS:
        raise Wrong("the range is too large")
    return list(found)


def _of_items(function):
    def apply(*values):
        items = list_items(values[0]) if len(values) == 1 else values
        return function([to_plain(item) for item in items])

    return apply


def _int(value):
    plain = to_plain(value)
    if isinstance(plain, (str, bytes)) and len(plain) > 4000:
        raise Wrong("the text is too long for a number")
    return int(plain)


_FUNCTIONS = {
    "len": (_length, 1, 1),
    "type": (lambda value: value.type if isinstance(value, Recorded) else type(value).__name__, 1, 1),
    "repr": (lambda value: value.text if isinstance(value, Recorded) else repr(value), 1, 1),
    "str": (lambda value: str(to_plain(value)), 1, 1),
    "int": (_int, 1, 1),
    "float": (lambda value: float(to_plain(value)), 1, 1),
    "bool": (truth, 1, 1),
    "abs": (lambda value: abs(to_plain(value)), 1, 1),
    "round": (lambda value, digits=None: round(to_plain(value), None if digits is None else to_plain(digits)), 1, 2),
    "hex": (lambda value: hex(to_plain(value)), 1, 1),
    "ord": (lambda value: ord(to_plain(value)), 1, 1),
    "list": (list_items, 1, 1),
    "set": (lambda value: {to_plain(item) for item in list_items(value)}, 1, 1),
    "sum": (_of_items(sum), 1, 1),
    "min": (_of_items(min), 1, 100),
    "max": (_of_items(max), 1, 100),
    "sorted": (_of_items(sorted), 1, 1),
    "any": (lambda value: any(map(truth, list_items(value))), 1, 1),
    "all": (lambda value: all(map(truth, list_items(value))), 1, 1),
    "range": (_range, 1, 3),
    "enumerate": (lambda value: list(enumerate(list_items(value))), 1, 1),
    "zip": (lambda one, other: list(zip(list_items(one), list_items(other))), 2, 2),
}


def show(value):
    """One line about a result."""
    if isinstance(value, Recorded):
        return value.text
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
