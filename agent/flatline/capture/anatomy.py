# SPDX-License-Identifier: MIT
"""Types and instances read by their own slots, so that no __class__, __getattr__, property or metaclass is asked.

What is called here is C code of the interpreter: the getters of `type`, of instance dictionaries and of __slots__,
found in the class that defines them and not through the object, which may lie.
"""
from itertools import islice
from types import FunctionType, GetSetDescriptorType, MappingProxyType, MemberDescriptorType

MAX_BASES = 200
MAX_MEMBERS = 500

_get_type_dict = type.__dict__["__dict__"].__get__
_get_mro = type.__dict__["__mro__"].__get__
_get_qualified_name = type.__dict__["__qualname__"].__get__
_get_module = type.__dict__["__module__"].__get__


def exact_text(text):
    """A str of exactly that type, or None for anything else."""
    if type(text) is str:
        return text
    return str.__str__(text) if derives(type(text), str) else None


def bases(cls):
    """The class and its bases in the order of resolution."""
    return _get_mro(cls)[:MAX_BASES]


def derives(cls, base):
    """issubclass(), by identity: == would ask a metaclass."""
    return any(known is base for known in bases(cls))


def is_one_of(kind, kinds):
    """`in`, by identity."""
    return any(kind is known for known in kinds)


def namespace(cls):
    return _get_type_dict(cls)


def qualified_name(cls):
    return exact_text(_get_qualified_name(cls)) or "?"


def full_name(cls):
    """As repr() of an instance names it: 'int', 'collections.deque', '__main__.Window'."""
    try:
        module = exact_text(_get_module(cls))
    except Exception:
        module = None
    name = qualified_name(cls)
    return name if module is None or module == "builtins" else module + "." + name


def find(cls, name):
    """What the class has under this name, unbound, or None."""
    for base in bases(cls):
        found = namespace(base).get(name)
        if found is not None:
            return found
    return None


def shares(cls, name, other):
    """Whether the class left this special method as `other` has it."""
    return find(cls, name) is namespace(other).get(name)


def is_python_function(found):
    return type(found) is FunctionType


def instance_dict(obj):
    """The dictionary of an instance's attributes (its own, not a copy), or None."""
    for base in bases(type(obj)):
        descriptor = namespace(base).get("__dict__")
        if is_one_of(type(descriptor), (GetSetDescriptorType, MemberDescriptorType)) and base is not type:
            try:
                found = descriptor.__get__(obj)
            except (AttributeError, TypeError, ValueError):
                continue
            return found if derives(type(found), dict) else None
    return None


_members_of = {}


def _list_members(cls):
    """(name, descriptor) of the slots of a class and its bases, those of the class itself first."""
    known = _members_of.get(id(cls))
    if known is not None and known[0] is cls:
        return known[1]
    members = []
    for base in bases(cls):
        for name, descriptor in islice(list(dict_items(namespace(base))), MAX_MEMBERS):
            if type(descriptor) is MemberDescriptorType and type(name) is str and not name.startswith("__"):
                members.append((name, descriptor))
    if len(_members_of) > 5000:
        _members_of.clear()
    _members_of[id(cls)] = (cls, members)
    return members


def forget():
    """Lets go of the classes that were remembered."""
    _members_of.clear()


def slots(obj):
    """(name, value) of the members that are set."""
    found = []
    for name, descriptor in _list_members(type(obj)):
        try:
            found.append((name, descriptor.__get__(obj)))
        except (AttributeError, TypeError, ValueError):
            pass  # It was never set.
    return found


def dict_items(mapping, limit=None):
    """The first items of a dict, whatever its class says items() is. What is changed meanwhile is read again."""
    items = MappingProxyType.items if type(mapping) is MappingProxyType else dict.items
    for _ in range(3):
        try:
            return list(islice(items(mapping), limit))
        except RuntimeError:
            continue
    return []


def attributes(obj, limit):
    """(name, value) of what an instance holds: its dictionary, then its slots."""
    found = []
    own = instance_dict(obj)
    if own is not None:
        found = [(exact_text(name) or "?", value) for name, value in dict_items(own, limit)]
    for name, value in slots(obj):
        if len(found) >= limit:
            break
        found.append((name, value))
    return found


def attribute(obj, name, default=None):
    """An attribute that the instance itself holds, else `default`."""
    own = instance_dict(obj)
    if own is not None and dict.__contains__(own, name):
        return dict.__getitem__(own, name)
    for base in bases(type(obj)):
        descriptor = namespace(base).get(name)
        if is_one_of(type(descriptor), (MemberDescriptorType, GetSetDescriptorType)):
            try:
                return descriptor.__get__(obj)
            except Exception:
                return default
    return default
