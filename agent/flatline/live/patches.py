# SPDX-License-Identifier: MIT
"""Patches: a global, an attribute, an item gets another value, a function other code; what was there is kept and put
back.

A function is patched in place, so that whoever holds it (a method that is bound, a route of a web framework) runs the
new code at its next call. Where the new one needs other variables around it, it is a new object under the same name.
"""
import ast
from types import FunctionType, ModuleType

from ..capture import anatomy
from . import names
from .names import Refused

_missing = object()


class Patch:
    """`read()` what is there itself, `write(value)`, `remove()`; `before` is what there was, `value` what is there now.
    `is_same(one, other)` tells whether the program has put something else there; None: that cannot be told."""

    is_code = False

    def __init__(self, label, read, write, remove, keep, is_same):
        self.label = label
        self._read, self._write, self._remove, self._is_same = read, write, remove, is_same
        self.keep = keep
        self.before = read()
        self.value = _missing

    def apply(self, value):
        try:
            self._write(value)
        except (TypeError, AttributeError, LookupError) as error:
            raise Refused("unsettable", "%s: %s" % (self.label, error))
        self.value = self._read()

    def restore(self):
        """Whether what we had put there was still there; what the program has put there since is left alone."""
        if self._is_same is not None and not self._is_same(self._read(), self.value):
            return False
        if self.before is _missing:
            self._remove()
        else:
            self._write(self.before)
        return True


def _is_it(one, other):
    return one is other


def make(name, keep):
    """A Patch of what the name means: MODULE:NAME, with attributes and items behind it."""
    module, path = names.split(name)
    label = names.label_of(name)
    try:
        tree = ast.parse(path, mode="eval").body
    except SyntaxError:
        raise Refused("no-name", name)
    scope = names.vars_of(module)
    if isinstance(tree, ast.Name):
        return _of_item(label, scope, tree.id, keep)
    if isinstance(tree, ast.Attribute):
        owner = _evaluate(tree.value, scope, label)
        if anatomy.derives(type(owner), ModuleType):
            return _of_item(label, names.vars_of(owner), tree.attr, keep)
        return _of_attribute(label, owner, tree.attr, keep)
    if isinstance(tree, ast.Subscript):
        key = tree.slice.value if type(tree.slice).__name__ == "Index" else tree.slice  # 3.8 wrapped it
        return _of_item(label, _evaluate(tree.value, scope, label), _evaluate(key, scope, label), keep)
    raise Refused("no-name", name)


def _evaluate(tree, scope, label):
    try:
        return eval(compile(ast.Expression(tree), "<flatline>", "eval"), scope)
    except (NameError, AttributeError, LookupError):
        raise Refused("missing", label)


def _of_item(label, container, key, keep):
    def read():
        try:
            return container[key]
        except LookupError:
            return _missing

    def write(value):
        container[key] = value

    def remove():
        del container[key]

    return Patch(label, read, write, remove, keep, _is_it if type(container) in (dict, list) else None)


def _of_attribute(label, owner, name, keep):
    is_class = anatomy.derives(type(owner), type)
    own = anatomy.namespace(owner) if is_class else anatomy.instance_dict(owner)
    descriptor = None if is_class else anatomy.find(type(owner), name)
    is_descriptor = anatomy.find(type(descriptor), "__set__") is not None

    def read():
        """As it lies there: a staticmethod is put back as one."""
        if is_descriptor:
            return getattr(owner, name, _missing)
        return own.get(name, _missing) if own is not None else _missing

    return Patch(label, read, lambda value: setattr(owner, name, value), lambda: delattr(owner, name), keep,
                 None if is_descriptor else _is_it)


# Functions from a source

def replace_function(name, source, file, keep):
    """A Patch that is applied, of a function by one of the same name in a source."""
    target = names.find(name)
    module = names.split(name)[0]
    last = name.rpartition(":")[2].rpartition(".")[2].strip()
    owner = target.owner if anatomy.derives(type(target.owner), type) else None
    old = target.functions[0] if target.functions else None
    new = _find_function(_run(source, file, names.vars_of(module), owner), last, file)
    if old is None or old.__code__.co_freevars != new.__code__.co_freevars:
        patch = make(name, keep)
        patch.is_code = True
        raw = patch.before
        patch.apply(type(raw)(new) if type(raw) in (staticmethod, classmethod) else new)
        return patch

    def write(parts):
        old.__defaults__, old.__kwdefaults__ = parts[1], parts[2]
        old.__code__ = parts[0]

    patch = Patch(target.label, lambda: (old.__code__, old.__defaults__, old.__kwdefaults__), write, None, keep,
                  lambda one, other: one[0] is other[0])
    patch.is_code = True
    patch.apply((new.__code__, new.__defaults__, new.__kwdefaults__))
    return patch


def _run(source, file, scope, owner):
    """What the source defines, with the module's names as its globals, which it does not change; super() in it is that
    of the class."""
    try:
        tree = ast.parse(source, file)
        outer = ast.parse("def outer(%s):\n return locals()" % ("__class__" if owner is not None else ""))
        function = outer.body[0]
        function.body[:0] = tree.body
        made = compile(outer, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Refused("syntax", "%s:%s: %s" % (file, error.lineno, error.msg))
    code = next(const for const in made.co_consts if hasattr(const, "co_name") and const.co_name == "outer")
    run = FunctionType(code, scope)
    return run(owner) if owner is not None else run()


def _find_function(found, name, file):
    functions = {key: names.unwrap(value) for key, value in found.items()
                 if type(value) in (FunctionType, staticmethod, classmethod, property)}
    function = functions.get(name) or (next(iter(functions.values())) if len(functions) == 1 else None)
    if type(function) is not FunctionType:
        raise Refused("no-such-function", "%s: %s" % (file, name))
    return function
