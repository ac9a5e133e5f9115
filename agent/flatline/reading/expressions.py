# SPDX-License-Identifier: MIT
"""Expressions over recorded values: a small interpreter of Python's syntax that has no way to run anything.

It knows names, attributes, items, slices, operators, comparisons, displays, comprehensions, f-strings, lambdas, and what
functions.py has. Python parses what the person typed; it is never compiled. Steps, sizes of numbers and of texts are
limited.
"""
import ast
import operator

from . import formatting, functions
from .recorded import Recorded
from .values import Callable, TypeName, Wrong, check_size, compare, list_items, show, to_plain, truth

MAX_STEPS = 200000
MAX_SOURCE = 10000


_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
           ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
           ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_, ast.BitXor: operator.xor}
_UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert}


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
            value = self._evaluate(tree.body)
            show(value)
            return value
        except (TypeError, ValueError, ArithmeticError, IndexError, KeyError, AttributeError, StopIteration) as error:
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
        if node.id in functions.FUNCTIONS:
            return functions.FUNCTIONS[node.id]
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
        left, right = self._evaluate(node.left), self._evaluate(node.right)
        if isinstance(node.op, ast.Mod) and formatting.is_text(left):
            return formatting.format_by_percent(to_plain(left), right)
        one, other = to_plain(left), to_plain(right)
        check_size(type(node.op), one, other)
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
            if not compare(type(comparison), left, right):
                return False
            left = right
        return True

    # Parts

    def _Attribute(self, node):
        return functions.attribute(self._evaluate(node.value), node.attr)

    def _Subscript(self, node):
        value = self._evaluate(node.value)
        index = node.slice
        if isinstance(index, ast.Slice):
            bounds = slice(*(None if part is None else to_plain(self._evaluate(part))
                             for part in (index.lower, index.upper, index.step)))
            return value.slice(bounds) if isinstance(value, Recorded) else value[bounds]
        key = to_plain(self._evaluate(index))
        return value.item(key) if isinstance(value, Recorded) else value[key]

    # Texts

    def _JoinedStr(self, node):
        return formatting.join([self._evaluate(part) for part in node.values])

    def _FormattedValue(self, node):
        spec = self._evaluate(node.format_spec) if node.format_spec is not None else ""
        conversion = chr(node.conversion) if node.conversion > 0 else ""
        return formatting.format_value(self._evaluate(node.value), conversion, spec)

    # Functions

    def _Lambda(self, node):
        given = node.args
        if given.vararg or given.kwarg or given.kwonlyargs or given.defaults:
            raise Wrong("only plain arguments are possible here")
        names = [argument.arg for argument in given.posonlyargs + given.args]
        outer = dict(self._bound)

        def call(*values):
            if len(values) != len(names):
                raise Wrong("the function takes %d arguments, not %d" % (len(names), len(values)))
            before, self._bound = self._bound, {**outer, **dict(zip(names, values))}
            try:
                return self._evaluate(node.body)
            finally:
                self._bound = before

        return Callable("lambda", call)

    def _Call(self, node):
        if isinstance(node.func, ast.Attribute):
            owner = self._evaluate(node.func.value)
            return functions.call_method(owner, node.func.attr, *self._arguments(node))
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == "isinstance" and len(node.args) == 2:
            return functions.is_instance(self._evaluate(node.args[0]), self._classes(node.args[1]))
        if name is not None and name not in self._bound:
            called = functions.FUNCTIONS.get(name)
        else:
            called = self._evaluate(node.func)
        if not isinstance(called, Callable):
            raise Wrong("nothing of a record can be run; there are %s" % ", ".join(sorted(functions.FUNCTIONS)))
        positional, named = self._arguments(node)
        return called.call(*positional, **named)

    def _arguments(self, node):
        positional, named = [], {}
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                positional += list_items(self._evaluate(argument.value))
            else:
                positional.append(self._evaluate(argument))
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Wrong("** is not possible here")
            named[keyword.arg] = self._evaluate(keyword.value)
        return positional, named

    def _classes(self, node):
        """Of the program's own classes a frame has no variables; their names do."""
        if isinstance(node, ast.Tuple):
            return [word for part in node.elts for word in self._classes(part)]
        if isinstance(node, (ast.Name, ast.Attribute)) and self._lookup(ast.unparse(node)) is None:
            return [TypeName(ast.unparse(node))]
        return [self._evaluate(node)]


def _describe(node):
    return {"Await": "await", "Yield": "yield", "NamedExpr": ":=",
            "Starred": "*"}.get(type(node).__name__, type(node).__name__)
