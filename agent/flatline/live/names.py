# SPDX-License-Identifier: MIT
"""From a name to the code it means: `module:Class.method`, `module:function`, `package.module.function`, a name of the
main module alone, or `FILE:LINE`; or to many, by a pattern: `module:*`, `module:Class.get_*`, `module:*.*`. Modules are
looked into, never imported, and no code of the program runs for it.
"""
import functools
import gc
import sys
from fnmatch import fnmatchcase
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType

from ..capture import anatomy

MAX_STEPS = 50  # of wrappers around a function
MAX_WALKED = 20000  # functions and classes of a file
MAX_MATCHES = 1000  # of a pattern
_FUNCTION_SLOTS = (staticmethod, classmethod, MethodType)
_missing = object()


class Refused(Exception):
    """`reason` is a word that the supervisor knows a sentence for; `detail` is what it speaks of."""

    def __init__(self, reason, detail=""):
        Exception.__init__(self, reason, detail)
        self.reason = reason
        self.detail = detail


class Target:
    """What a name means: `raw`, as its owner has it under `attribute`; of Python code `code`, and where known the
    function objects. `line` is 0, or where within the code."""

    def __init__(self, label, code=None, functions=(), line=0, owner=None, attribute="", raw=None):
        self.label = label
        self.code = code
        self.functions = list(functions)
        self.line = line
        self.owner = owner
        self.attribute = attribute
        self.raw = raw

    @property
    def place(self):
        return "%s:%d" % (self.code.co_filename, self.line or self.code.co_firstlineno) if self.code else ""


def split(name):
    """(module, path within it)."""
    name = name.strip()
    if not name:
        raise Refused("no-name")
    module, colon, path = name.partition(":")
    if colon:
        return find_module(module), path.strip()
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:count]))
        if module is not None:
            return module, ".".join(parts[count:])
    return find_module("__main__"), name


def find_module(name):
    module = sys.modules.get(name)
    if module is None:
        main = sys.modules.get("__main__")
        own = vars_of(main)
        spec = own.get("__spec__")
        file = own.get("__file__")
        stem = file.rpartition("/")[2] if type(file) is str else ""
        if name and name in (getattr(spec, "name", None), stem[:-3] if stem.endswith(".py") else stem):
            return main
        raise Refused("no-module", name)
    return module


def vars_of(module):
    found = anatomy.instance_dict(module)
    return found if found is not None else {}


def name_of(module):
    name = vars_of(module).get("__name__")
    return name if type(name) is str else "?"


def label_of(name):
    """What a thing is called, whatever its module was called by: a script's is `__main__`."""
    module, path = split(name)
    return "%s:%s" % (name_of(module), path)


def find(name):
    """The Target, or Refused."""
    head, colon, tail = name.strip().rpartition(":")
    if colon and head and tail.strip().isdigit():
        return find_line(head.strip(), int(tail))
    module, path = split(name)
    owner, attribute, raw = module, "", module
    for part in path.split("."):
        if not part.isidentifier():
            raise Refused("no-name", name)
        owner, attribute, raw = raw, part, look_up(raw, part)
        if raw is _missing:
            raise Refused("missing", "%s:%s" % (name_of(module), path))
    label = "%s:%s" % (name_of(module), path)
    function = unwrap(raw)
    if type(function) is not FunctionType:
        return Target(label, owner=owner, attribute=attribute, raw=raw)
    return Target(label, original_code(function), [function], owner=owner, attribute=attribute, raw=raw)


def find_all(name):
    """(label, Targets): the one that a name means, or what a pattern does: functions that a module or a class defines."""
    if not is_pattern(name):
        target = find(name)
        return target.label, [target]
    module, path = split(name)
    found = [("", module)]
    *outer, last = path.split(".")
    for part in outer:
        found = [(head + inner + ".", raw) for head, owner in found for inner, raw in _match(owner, part, vars_of(module))
                 if anatomy.derives(type(raw), type)]
    targets = {}
    for head, owner in found:
        for inner, raw in _match(owner, last, vars_of(module)):
            function = unwrap(raw) if not anatomy.derives(type(raw), type) else None
            if type(function) is FunctionType and function.__globals__ is vars_of(module):
                code = original_code(function)
                label = "%s:%s%s" % (name_of(module), head, inner)
                targets.setdefault(id(code), Target(label, code, [function], owner=owner, attribute=inner, raw=raw))
    if not targets:
        raise Refused("no-match", name)
    if len(targets) > MAX_MATCHES:
        raise Refused("too-many", name)
    return "%s:%s" % (name_of(module), path), list(targets.values())


def is_pattern(name):
    return "*" in name or "?" in name


def _match(owner, part, module_names):
    """(name, value) of what the module or class has itself under names like this one; of classes those made there."""
    is_class = anatomy.derives(type(owner), type)
    own = anatomy.namespace(owner) if is_class else vars_of(owner)
    for name, raw in anatomy.dict_items(own):
        if type(name) is str and (fnmatchcase(name, part) if is_pattern(part) else name == part):
            if not anatomy.derives(type(raw), type) or anatomy.namespace(raw).get("__module__") == module_names.get("__name__"):
                yield name, raw


def look_up(obj, name):
    """As it lies in a module, class or instance; no descriptor, property or __getattr__ is asked."""
    if anatomy.derives(type(obj), type):
        found = [anatomy.namespace(base)[name] for base in anatomy.bases(obj) if name in anatomy.namespace(base)]
        return found[0] if found else _missing
    obj = obj.__func__ if type(obj) in _FUNCTION_SLOTS else obj
    own = anatomy.instance_dict(obj)
    if own is not None and dict.__contains__(own, name):
        return dict.__getitem__(own, name)
    if anatomy.derives(type(obj), ModuleType):
        return _missing
    found = anatomy.attribute(obj, name, _missing)
    return found if found is not _missing else look_up(type(obj), name)


def unwrap(obj):
    """The function that a person wrote under this name: what decorators and descriptors are around."""
    for _ in range(MAX_STEPS):
        kind = type(obj)
        if kind in _FUNCTION_SLOTS:
            obj = obj.__func__
        elif kind is property:
            obj = obj.fget
        elif kind is functools.partial or kind is functools.partialmethod or kind is functools.cached_property:
            obj = obj.func
        elif anatomy.derives(kind, type):
            obj = _find_constructor(obj)
        elif kind is FunctionType or kind is functools._lru_cache_wrapper:
            inner = (anatomy.instance_dict(obj) or {}).get("__wrapped__")
            if inner is None:
                break
            obj = inner
        elif kind is BuiltinFunctionType or type(anatomy.find(kind, "__call__")) is not FunctionType:
            break
        else:
            obj = anatomy.find(kind, "__call__")
    return obj


def _find_constructor(cls):
    for name in ("__init__", "__new__"):
        found = anatomy.find(cls, name)
        if type(unwrap(found) if type(found) is staticmethod else found) is FunctionType:
            return found
    raise Refused("no-constructor", anatomy.full_name(cls))


def original_code(function):
    from . import swapped

    return swapped.original_code(function)


# FILE:LINE

def is_of_file(file, wanted):
    return type(file) is str and (file == wanted or file.endswith("/" + wanted.lstrip("./")))


def find_line(file, line):
    """The innermost function around the line."""
    codes = {id(code): code for root in _list_roots(file) for code in _list_codes(root)
             if is_of_file(code.co_filename, file)}
    if not codes:
        raise Refused("no-file", file)
    around = [code for code in codes.values() if code.co_firstlineno <= line <= _last_line(code)]
    functions = [code for code in around if code.co_name != "<module>"]
    code = max(functions or around, key=lambda code: (code.co_firstlineno, -_last_line(code)), default=None)
    if code is None:
        raise Refused("no-line", "%s:%d" % (file, line))
    from . import swapped

    found = [function for function in gc.get_referrers(code)
             if type(function) is FunctionType and function.__code__ is code] + swapped.list_functions(code)
    return Target(_label(code, found), code, found, line=line)


def _label(code, functions):
    module = next((function.__module__ for function in functions if type(function.__module__) is str), None)
    name = getattr(code, "co_qualname", None) or next((function.__qualname__ for function in functions), code.co_name)
    return "%s:%s" % (module, name) if module else name


def lines_of(code):
    """Where instructions are that begin a line."""
    if hasattr(code, "co_lines"):
        return {line for _, _, line in code.co_lines() if line}
    import dis

    return {line for _, line in dis.findlinestarts(code)}


def _last_line(code):
    return max((max(lines_of(inner), default=inner.co_firstlineno) for inner in _list_codes(code)), default=0)


def _list_codes(code):
    found = [code]
    for const in code.co_consts:
        if type(const) is CodeType:
            found += _list_codes(const)
    return found


def _list_roots(file):
    """Code of the file: what its modules hold, and what runs now."""
    roots, seen = [], set()
    for frame in sys._current_frames().values():
        while frame is not None:
            if is_of_file(frame.f_code.co_filename, file):
                roots.append(frame.f_code)
            frame = frame.f_back
    for module in list(sys.modules.values()):
        own = vars_of(module)
        if is_of_file(own.get("__file__"), file):
            _walk(list(own.values()), file, roots, seen)
    return roots


def _walk(waiting, file, roots, seen):
    while waiting and len(seen) < MAX_WALKED:
        obj = waiting.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        kind = type(obj)
        if kind is FunctionType:
            roots.append(original_code(obj))
            waiting += [cell.cell_contents for cell in obj.__closure__ or () if _is_filled(cell)]
            waiting += [value for name, value in anatomy.dict_items(obj.__dict__) if name == "__wrapped__"]
        elif kind in _FUNCTION_SLOTS:
            waiting.append(obj.__func__)
        elif kind is property:
            waiting += [obj.fget, obj.fset, obj.fdel]
        elif kind is functools._lru_cache_wrapper:
            waiting.append((anatomy.instance_dict(obj) or {}).get("__wrapped__"))
        elif anatomy.derives(kind, type) and obj is not type and obj is not object:
            waiting += [value for _, value in anatomy.dict_items(anatomy.namespace(obj))]


def _is_filled(cell):
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True
