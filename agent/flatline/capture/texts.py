# SPDX-License-Identifier: MIT
"""What repr() would write, written without it: only the interpreter's own types are read, each by its own slots.

An instance whose class has a __repr__ of its own is '<app.Window object at 0x…>'. Texts are cut where they grow too
long, with '…', and say so.
"""
import _thread
import sys
from _collections import OrderedDict, deque
from itertools import islice
from types import (BuiltinFunctionType, CoroutineType, FunctionType, GeneratorType, MethodType, ModuleType,
                   SimpleNamespace)

from . import anatomy
from .secrets import MASK

MAX_NESTING = 12
MAX_INT_BITS = 12000
# C code whose repr() asks nobody, in classes that nobody can change.
_PLAIN = frozenset(("datetime.date", "datetime.timedelta", "datetime.timezone", "decimal.Decimal", "zoneinfo.ZoneInfo"))


class TextWriter:
    def __init__(self, options, secrets):
        self._max_text = options.text
        self._max_items = options.items
        self._secrets = secrets
        self._reprs = frozenset(options.reprs)

    def write(self, obj):
        """(text, whether something was left out)."""
        try:
            text = self.write_or_raise(obj)
        except RecursionError:
            raise
        except Exception as error:
            text, self._is_cut = "<unreadable %s: %s>" % (self._name(obj), type(error).__name__), True
        return text, self._is_cut

    def write_or_raise(self, obj):
        self._room = self._max_text
        self._path = []
        self._is_cut = False
        return self._text(obj)

    def is_plain(self, kind):
        """Whether the text of instances of this class is the type and the address, and nothing of what they hold."""
        return not (id(kind) in _HANDLERS or self._secrets.has_predicate or self._reprs
                    or anatomy.derives(kind, type) or anatomy.derives(kind, BaseException)
                    or anatomy.full_name(kind).startswith("numpy.") or _find_special(kind) is not None
                    or any(id(base) in _FAMILIES for base in anatomy.bases(kind)) or _is_enum(kind)
                    or type(anatomy.namespace(kind).get("__dataclass_fields__")) is dict)

    @staticmethod
    def _name(obj):
        try:
            return anatomy.full_name(type(obj))
        except Exception:
            return "object"

    def _default(self, obj):
        return "<%s object at %#x>" % (anatomy.full_name(type(obj)), id(obj))

    def _cut(self):
        self._is_cut = True
        return "…"

    def _text(self, obj):
        kind = type(obj)
        handler = _HANDLERS.get(id(kind))
        if self._secrets.has_predicate and self._secrets.hides("", obj):
            return MASK
        if handler is not None:
            text = handler(self, obj)
        elif anatomy.derives(kind, type):
            text = "<class '%s'>" % anatomy.full_name(obj)
        else:
            text = self._text_of_instance(obj, kind)
        self._room -= len(text)
        return text

    # Instances

    def _text_of_instance(self, obj, kind):
        if self._reprs and anatomy.full_name(kind) in self._reprs:
            return self._own_text(obj)
        bases = anatomy.bases(kind)
        if anatomy.derives(kind, BaseException):
            return self._text_of_exception(obj, kind)
        if anatomy.full_name(kind).startswith("numpy.") and _is_numpy_scalar(kind):
            return self._text_of_numpy_scalar(obj, kind)
        special = _find_special(kind)
        if special is not None:
            return special(self, obj)
        for base in bases:
            if id(base) in _FAMILIES:
                return self._text_of_derived(obj, kind, base)
        if _is_enum(kind):
            return self._text_of_enum(obj, kind)
        fields = anatomy.namespace(kind).get("__dataclass_fields__")
        if type(fields) is dict and _is_made_by_dataclasses(anatomy.find(kind, "__repr__")):
            return self._text_of_dataclass(obj, kind, fields)
        return self._default(obj)

    def _own_text(self, obj):
        """What its own repr() says, as the caller asked for."""
        try:
            text = repr(obj)
        except Exception as error:
            return "<%s, whose repr() failed: %s>" % (self._name(obj), anatomy.qualified_name(type(error)))
        text = self._secrets.clean(anatomy.exact_text(text)[:self._max_text + 1])
        return text if len(text) <= self._max_text else text[:self._max_text] + self._cut()

    def _text_of_derived(self, obj, kind, base):
        """A class derived from a built-in one: as that one, when it kept its repr()."""
        if _is_enum(kind):
            return self._text_of_enum(obj, kind)
        names = anatomy.namespace(kind).get("_fields")
        if base is tuple and type(names) is tuple and all(type(name) is str for name in names):
            if tuple.__len__(obj) == len(names):
                pairs = list(zip(names, tuple.__iter__(obj)))
                return "%s(%s)" % (anatomy.qualified_name(kind).rpartition(".")[2], self._named(object(), pairs))
        if base is OrderedDict or not anatomy.shares(kind, "__repr__", base):
            if anatomy.is_one_of(base, (int, float, str, bytes)):
                return "<%s %s at %#x>" % (anatomy.full_name(kind), _FAMILIES[id(base)](self, obj), id(obj))
            return self._default(obj)
        return _FAMILIES[id(base)](self, obj)

    def _text_of_enum(self, obj, kind):
        name = anatomy.attribute(obj, "_name_")
        if type(name) is not str or not anatomy.is_one_of(anatomy.find(kind, "__repr__"), _enum_reprs()):
            return self._default(obj)
        return "<%s.%s: %s>" % (anatomy.qualified_name(kind).rpartition(".")[2], name,
                                self._text(anatomy.attribute(obj, "_value_")))

    def _text_of_dataclass(self, obj, kind, fields):
        pairs = []
        for name, field in anatomy.dict_items(fields, self._max_items):
            # A class variable is a field, too, but not one that repr() shows.
            marker = anatomy.attribute(anatomy.attribute(field, "_field_type"), "name")
            if marker == "_FIELD" and anatomy.attribute(field, "repr") is True:
                pairs.append((name, anatomy.attribute(obj, name, _MISSING)))
        if any(value is _MISSING for _, value in pairs):
            return self._default(obj)
        if self._is_on_path(obj):
            return "..."
        return "%s(%s)" % (anatomy.qualified_name(kind), self._named(obj, pairs))

    def _named(self, obj, pairs):
        """'name=value' of each, within the path."""
        def write(pair):
            name, value = pair
            return "%s=%s" % (name, MASK if self._secrets.hides(name, value) else self._text(value))

        return self._items(obj, pairs, len(pairs), write, "...")

    def _text_of_exception(self, obj, kind):
        if anatomy.is_python_function(anatomy.find(kind, "__repr__")):
            return self._default(obj)
        args = BaseException.__dict__["args"].__get__(obj)
        # As its repr() does: of one argument its text, of several the tuple's.
        return "%s(%s)" % (anatomy.qualified_name(kind).rpartition(".")[2],
                           self._items(object() if len(args) == 1 else args, args, len(args), self._text, "..."))

    # Containers

    def _is_on_path(self, obj):
        return any(outer is obj for outer in self._path)

    def _items(self, obj, items, size, write, cycle):
        """The items' texts with commas between, or `cycle` inside of the same container.

        What repr() does not guard against itself (a namedtuple, an exception) is a container of its own each time: it
        stands there again in full, up to a container that is guarded.
        """
        if self._is_on_path(obj):
            return cycle
        if len(self._path) >= MAX_NESTING:
            return self._cut()
        self._path.append(obj)
        texts = []
        try:
            for item in list(islice(iter(items), self._max_items)):
                if self._room <= 0:
                    break
                texts.append(write(item))
                self._room -= 2
        except RuntimeError:
            pass  # It changed meanwhile.
        finally:
            self._path.pop()
        if len(texts) < size:
            texts.append(self._cut())
        return ", ".join(texts)

    def _text_of_list(self, obj):
        hidden = [False]

        def write(item):
            if type(item) is str:
                if hidden[0] and not item.startswith("-"):
                    hidden[0] = False
                    self._secrets.hides("password", item)
                    return MASK
                shown, hidden[0] = self._secrets.split_option(item)
                return self._text(shown)
            hidden[0] = False
            return self._text(item)

        text = self._items(obj, list.__iter__(obj), list.__len__(obj), write, "...")
        return "[" + text + "]"

    def _text_of_tuple(self, obj):
        size = tuple.__len__(obj)
        if self._is_on_path(obj):
            return "(...)"
        if size == 2:
            # A header, or an item of a dict.
            name, value = tuple.__iter__(obj)
            if anatomy.is_one_of(type(name), (str, bytes)) and self._secrets.hides(as_name(name), value):
                return "(%s, %s)" % (self._text(name), MASK)
        text = self._items(obj, tuple.__iter__(obj), size, self._text, "...")
        return "(" + text + (",)" if size == 1 else ")")

    def _text_of_dict(self, obj):
        items = anatomy.dict_items(obj, self._max_items)
        return "{" + self._items(obj, items, dict.__len__(obj), self._pair, "...") + "}"

    def _pair(self, pair):
        key, value = pair
        hidden = anatomy.is_one_of(type(key), (str, bytes)) and self._secrets.hides(as_name(key), value)
        return self._text(key) + ": " + (MASK if hidden else self._text(value))

    def _text_of_counter(self, obj):
        items = anatomy.dict_items(obj, self._max_items)
        if all(type(count) is int for _, count in items) and dict.__len__(obj) <= self._max_items:
            items.sort(key=lambda pair: pair[1], reverse=True)  # As its repr() does.
        if not items:
            return "Counter()"
        return "Counter({" + self._items(obj, items, dict.__len__(obj), self._pair, "...") + "})"

    def _text_of_set(self, obj):
        base = frozenset if anatomy.derives(type(obj), frozenset) else set
        size = base.__len__(obj)
        name = anatomy.qualified_name(type(obj)).rpartition(".")[2]
        if size == 0:
            return name + "()"
        if self._is_on_path(obj):
            return name + "(...)"
        text = self._items(obj, base.__iter__(obj), size, self._text, "...")
        return "{" + text + "}" if type(obj) is set else "%s({%s})" % (name, text)

    def _text_of_deque(self, obj):
        size = deque.__len__(obj)
        if self._is_on_path(obj):
            return "[...]"
        bound = deque.__dict__["maxlen"].__get__(obj)
        text = self._items(obj, deque.__iter__(obj), size, self._text, "...")
        return "%s([%s]%s)" % (anatomy.qualified_name(type(obj)).rpartition(".")[2], text,
                               "" if bound is None else ", maxlen=%d" % bound)

    def _text_of_defaultdict(self, obj):
        kind = type(obj)
        factory = anatomy.attribute(obj, "default_factory")
        return "%s(%s, %s)" % (anatomy.qualified_name(kind).rpartition(".")[2], self._text(factory),
                               self._text_of_dict(obj))

    def _text_of_ordered_dict(self, obj):
        name = anatomy.qualified_name(type(obj)).rpartition(".")[2]
        size = dict.__len__(obj)
        if self._is_on_path(obj):
            return "..."
        if size == 0:
            return name + "()"
        # The order is not that of the dict below it once somebody moved an item.
        try:
            items = list(islice(OrderedDict.items(obj), self._max_items))
        except RuntimeError:
            items = anatomy.dict_items(obj, self._max_items)
        if sys.version_info >= (3, 12):
            text = "{" + self._items(obj, items, size, self._pair, "...") + "}"
        else:
            def write(pair):
                return "(" + self._pair(pair).replace(": ", ", ", 1) + ")" if type(pair[0]) is not str else (
                    "(%s, %s)" % (self._text(pair[0]),
                                  MASK if self._secrets.hides(pair[0], pair[1]) else self._text(pair[1])))

            text = "[" + self._items(obj, items, size, write, "...") + "]"
        return "%s(%s)" % (name, text)

    def _text_of_namespace(self, obj):
        return "namespace(%s)" % self._named(obj, anatomy.dict_items(anatomy.instance_dict(obj), self._max_items))

    # Numbers and text

    def _text_of_literal(self, obj):
        return repr(obj)

    def _text_of_int(self, obj):
        bits = int.bit_length(obj)
        if bits <= MAX_INT_BITS:
            return int.__repr__(obj)
        self._is_cut = True
        head = int.__rshift__(int.__abs__(obj), bits - 128)
        return "%s%#x… (%d bits)" % ("-" if int.__lt__(obj, 0) else "", head, bits)

    def _text_of_float(self, obj):
        return float.__repr__(obj)

    def _text_of_str(self, obj):
        length = str.__len__(obj)
        room = max(min(self._max_text, self._room), 20)
        text = self._secrets.clean(str.__getitem__(obj, slice(0, room)))
        return repr(text) if length <= room else repr(text) + self._cut()

    def _text_of_bytes(self, obj):
        base = bytearray if anatomy.derives(type(obj), bytearray) else bytes
        length = base.__len__(obj)
        room = max(min(self._max_text, self._room), 20)
        data = bytes(base.__getitem__(obj, slice(0, room)))
        text = repr(data)
        if b":" in data or b"=" in data or b"eyJ" in data:
            text = repr(self._secrets.clean(data.decode("latin-1")).encode("latin-1"))
        if length > room:
            text += self._cut()
        return "%s(%s)" % (anatomy.qualified_name(type(obj)).rpartition(".")[2], text) if base is bytearray else text

    # Code

    def _text_of_function(self, obj):
        return "<function %s at %#x>" % (anatomy.exact_text(obj.__qualname__) or "?", id(obj))

    def _text_of_builtin(self, obj):
        name = anatomy.exact_text(obj.__name__) or "?"
        owner = obj.__self__
        if owner is None or type(owner) is ModuleType:
            return "<built-in function %s>" % name
        return "<built-in method %s of %s object at %#x>" % (name, anatomy.full_name(type(owner)), id(owner))

    def _text_of_method(self, obj):
        function = obj.__func__
        name = anatomy.exact_text(function.__qualname__) if type(function) is FunctionType else "?"
        return "<bound method %s of %s>" % (name, self._text(obj.__self__))

    def _text_of_module(self, obj):
        own = anatomy.instance_dict(obj) or {}
        name, file = dict.get(own, "__name__"), dict.get(own, "__file__")
        if type(name) is not str:
            return "<module '?'>"
        if type(file) is str:
            return "<module %r from %r>" % (name, file)
        return "<module %r (built-in)>" % name

    def _text_of_generator(self, obj):
        word = anatomy.full_name(type(obj))
        return "<%s object %s at %#x>" % (word, anatomy.exact_text(obj.__qualname__) or "?", id(obj))

    def _text_of_range(self, obj):
        parts = [obj.start, obj.stop] + ([obj.step] if not (type(obj.step) is int and obj.step == 1) else [])
        return "range(%s)" % ", ".join(map(self._text, parts))

    def _text_of_slice(self, obj):
        return "slice(%s)" % self._items(object(), (obj.start, obj.stop, obj.step), 3, self._text, "...")

    def _text_of_path(self, obj):
        # Its parts are str: pathlib sees to that.
        return "%s(%s)" % (anatomy.qualified_name(type(obj)).rpartition(".")[2], self._text(str(obj)))

    def _text_of_uuid(self, obj):
        number = anatomy.attribute(obj, "int")
        if type(number) is not int or not 0 <= number < 1 << 128:
            return self._default(obj)
        digits = "%032x" % number
        return "UUID('%s-%s-%s-%s-%s')" % (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])

    def _text_of_fraction(self, obj):
        parts = [anatomy.attribute(obj, "_numerator"), anatomy.attribute(obj, "_denominator")]
        return "Fraction(%s, %s)" % tuple(map(self._text, parts))

    def _text_of_datetime(self, obj):
        zone = obj.tzinfo
        if zone is None or anatomy.full_name(type(zone)) in ("datetime.timezone", "zoneinfo.ZoneInfo"):
            return repr(obj)
        return "%s…, tzinfo=%s)" % (repr(obj.replace(tzinfo=None))[:-1], self._text(zone))

    def _text_of_pattern(self, obj):
        is_plain = anatomy.is_one_of(type(obj.pattern), (str, bytes)) and len(obj.pattern) < 200
        return repr(obj) if is_plain else self._default(obj)

    def _text_of_file(self, obj):
        """Open files by their names, however many layers there are."""
        raw = obj
        for layer in ("buffer", "raw"):
            inner = anatomy.attribute(raw, layer)
            raw = raw if inner is None else inner
        name = anatomy.attribute(raw, "name")
        if not anatomy.is_one_of(type(name), (str, int, bytes)):
            return self._default(obj)
        return "<%s name=%s at %#x>" % (anatomy.full_name(type(obj)), self._text(name), id(obj))

    def _text_of_numpy_scalar(self, obj, kind):
        """One of numpy's numbers, which some of Python's are the bases of."""
        plain = anatomy.namespace(sys.modules["numpy"].generic)["item"](obj)
        if not anatomy.is_one_of(type(plain), (bool, int, float, complex, str, bytes)):
            return self._default(obj)
        return "np.%s(%s)" % (anatomy.qualified_name(kind).rstrip("_"), self._text(plain))

    def _text_of_array(self, obj):
        """numpy: shape, type and the first items; of object arrays no item, since they have code of their own."""
        kind = type(obj)
        shape = anatomy.namespace(kind)["shape"].__get__(obj)
        dtype = anatomy.namespace(kind)["dtype"].__get__(obj)
        code = anatomy.attribute(dtype, "kind")
        what = "<numpy.ndarray shape=%r dtype=%s%s at %#x>"
        if code not in ("b", "i", "u", "f", "c"):
            return what % (shape, anatomy.attribute(dtype, "str"), "", id(obj))
        first = kind.tolist(anatomy.namespace(kind)["flat"].__get__(obj)[:min(self._max_items, 20)])
        size = anatomy.namespace(kind)["size"].__get__(obj)
        if size > len(first):
            self._is_cut = True
        return what % (shape, anatomy.attribute(dtype, "str"),
                       " [%s%s]" % (", ".join(map(repr, first)), ", …" if size > len(first) else ""), id(obj))


_MISSING = object()


def as_name(key):
    return key if type(key) is str else key[:200].decode("ascii", "replace")


def _find_special(kind):
    """How to write an instance of a class of the standard library, if it really is the library's."""
    name = anatomy.full_name(kind)
    special = _SPECIAL.get(name)
    if special is None:
        return None
    module, _, short = name.rpartition(".")
    module = sys.modules.get(module)
    own = anatomy.instance_dict(module) if module is not None else None
    return special if own is not None and dict.get(own, short) is kind else None


def _is_numpy_scalar(kind):
    own = anatomy.instance_dict(sys.modules["numpy"]) if "numpy" in sys.modules else None
    generic = dict.get(own, "generic") if own is not None else None
    return (type(generic) is type and anatomy.derives(kind, generic)
            and dict.get(own, anatomy.qualified_name(kind)) is kind)


def _enum_class(name):
    """None before `enum` has come so far, and in a module of the program's that is called so."""
    module = sys.modules.get("enum")
    own = anatomy.instance_dict(module) if module is not None else None
    found = dict.get(own, name) if own is not None else None
    return found if anatomy.derives(type(found), type) else None


def _is_enum(kind):
    base = _enum_class("Enum")
    return base is not None and anatomy.derives(kind, base)


def _enum_reprs():
    own = [anatomy.namespace(cls) for cls in (_enum_class("Enum"), _enum_class("IntEnum")) if cls is not None]
    return [names["__repr__"] for names in own if "__repr__" in names]


def _is_made_by_dataclasses(function):
    return (anatomy.is_python_function(function)
            and function.__code__.co_filename.endswith(("dataclasses.py", "reprlib.py")))


# By identity of the type: a dict would ask a metaclass for the hash.
_BY_TYPE = {
    int: TextWriter._text_of_int,
    str: TextWriter._text_of_str,
    bytes: TextWriter._text_of_bytes,
    bytearray: TextWriter._text_of_bytes,
    float: TextWriter._text_of_float,
    list: TextWriter._text_of_list,
    tuple: TextWriter._text_of_tuple,
    dict: TextWriter._text_of_dict,
    set: TextWriter._text_of_set,
    frozenset: TextWriter._text_of_set,
    deque: TextWriter._text_of_deque,
    OrderedDict: TextWriter._text_of_ordered_dict,
    SimpleNamespace: TextWriter._text_of_namespace,
    FunctionType: TextWriter._text_of_function,
    BuiltinFunctionType: TextWriter._text_of_builtin,
    MethodType: TextWriter._text_of_method,
    ModuleType: TextWriter._text_of_module,
    GeneratorType: TextWriter._text_of_generator,
    CoroutineType: TextWriter._text_of_generator,
    range: TextWriter._text_of_range,
    slice: TextWriter._text_of_slice,
}
_BY_TYPE.update((kind, TextWriter._text_of_literal) for kind in (
    type(None), bool, complex, type(Ellipsis), type(NotImplemented), type(_thread.allocate_lock()), _thread.RLock))
_HANDLERS = {id(kind): handler for kind, handler in _BY_TYPE.items()}
# What others derive from.
_FAMILIES = {id(kind): _BY_TYPE[kind] for kind in (int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset,
                                                   deque, OrderedDict)}
_SPECIAL = {
    "collections.Counter": TextWriter._text_of_counter,
    "collections.defaultdict": TextWriter._text_of_defaultdict,
    "pathlib.PosixPath": TextWriter._text_of_path,
    "pathlib.PurePosixPath": TextWriter._text_of_path,
    "pathlib._local.PosixPath": TextWriter._text_of_path,
    "pathlib._local.PurePosixPath": TextWriter._text_of_path,
    "uuid.UUID": TextWriter._text_of_uuid,
    "fractions.Fraction": TextWriter._text_of_fraction,
    "datetime.datetime": TextWriter._text_of_datetime,
    "re.Pattern": TextWriter._text_of_pattern,
    "_io.TextIOWrapper": TextWriter._text_of_file,
    "_io.BufferedReader": TextWriter._text_of_file,
    "_io.BufferedWriter": TextWriter._text_of_file,
    "_io.BufferedRandom": TextWriter._text_of_file,
    "_io.FileIO": TextWriter._text_of_file,
    "numpy.ndarray": TextWriter._text_of_array,
}
_SPECIAL.update((name, TextWriter._text_of_literal) for name in _PLAIN)
