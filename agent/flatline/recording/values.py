# SPDX-License-Identifier: MIT
"""What a variable is, as a line of a recording, written often: most values are numbers, short texts and containers of
such, which need no more than repr() of a builtin type; all else is written as for a snapshot (capture.texts), which calls
no code of the program.

A value is [type, text, size] or, of an instance, [type, text, -1, [[attribute, type, text], …]].
"""
import os
import weakref
from itertools import islice
from types import GetSetDescriptorType, MemberDescriptorType

from ..capture import anatomy
from ..capture.budget import Options
from ..capture.secrets import MASK
from ..capture.texts import TextWriter
from ..channel import quote

MAX_TEXT = 160
MAX_ITEMS = 20
MAX_ATTRIBUTES = 24
MAX_GLANCES = 3  # in depth
MAX_PLAIN_NAMES = 20000
_SMALL = 1 << 63


def _function():
    pass


# By identity: to look a type up in a set asks its metaclass for a hash.
_CONSTANT = frozenset(id(kind) for kind in (int, float, bool, complex, type(None), range, type(len),
                                            type(_function), type, type(weakref)))
_NUMBERS = frozenset((id(int), id(float), id(bool), id(type(None))))
_SIZED = {id(kind): kind for kind in (str, bytes, bytearray, list, tuple, dict, set, frozenset)}


_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__spec__.origin))) + os.sep
_HERE = (_HERE, "<flatline " + _HERE)  # as startup/unseen.py names our code


def is_ours(error):
    """Whether an exception was raised by our code, and not by the program's: a signal handler or finalizer, called in the
    middle of it."""
    traceback = error.__traceback__
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_HERE):
            return False
        traceback = traceback.tb_next
    return True


def _find_dict_getter(kind):
    """Of a class written in Python: what reads the dictionary of its instances, where that is all they hold."""
    if any(type(descriptor) is MemberDescriptorType for base in anatomy.bases(kind)
           for descriptor in anatomy.namespace(base).values()):
        return None
    for base in anatomy.bases(kind):
        descriptor = anatomy.namespace(base).get("__dict__")
        if type(descriptor) is GetSetDescriptorType:
            return descriptor.__get__
    return None


class Kind:
    """What is known of a type."""
    __slots__ = ("reference", "name", "holds", "head", "get_dict")

    def __init__(self, kind, texts):
        name = anatomy.full_name(kind)
        self.reference = weakref.ref(kind)
        self.name = quote(name)
        # Whether instances may have attributes.
        self.holds = (not any(base is container for base in anatomy.bases(kind) for container in _SIZED.values())
                      and id(kind) not in _CONSTANT and not anatomy.derives(kind, type)
                      and name not in ("generator", "coroutine", "async_generator", "frame", "code", "cell", "slice",
                                       "method", "function", "module", "builtin_function_or_method"))
        # Of those whose text says no more than where they are: how it begins.
        self.head = "<%s object at " % name if self.holds and texts.is_plain(kind) else None
        # What reads their attributes.
        self.get_dict = _find_dict_getter(kind) if self.holds else None


class ValueWriter:
    def __init__(self, secrets):
        self._secrets = secrets
        self._hidden = secrets.known
        self._texts = TextWriter(Options(text=MAX_TEXT, items=MAX_ITEMS, secrets=()), secrets)
        self._kinds = {}
        self._plain_names, self._plain_keys = {""}, set()

    def is_constant(self, obj):
        """Whether the same object is the same value, and may be kept for a while without keeping much alive."""
        kind = type(obj)
        return id(kind) in _CONSTANT or (kind is str and len(obj) <= MAX_TEXT)

    def _hides(self, name, obj):
        if self._secrets.is_secret_name(name):
            return self._secrets.hides(name, obj)
        if len(self._plain_names) < MAX_PLAIN_NAMES:
            self._plain_names.add(name)
        return False

    def write(self, name, obj):
        """JSON of a value under this name."""
        if name not in self._plain_names and self._hides(name, obj):
            return '["%s","%s"]' % ("", MASK)
        kind = type(obj)
        if kind is int and -_SMALL < obj < _SMALL and not self._hidden:
            return '["int","%d"]' % obj
        if obj is None:
            return '["NoneType","None"]'
        try:
            own = self._kind_of(kind)
            text = quote(self._text(obj, kind))
            sized = _SIZED.get(id(kind))
            if sized is not None:
                return '[%s,%s,%d]' % (own.name, text, sized.__len__(obj))
            if own.holds:
                attributes = ",".join(self._attributes(obj, own))
                if attributes:
                    return '[%s,%s,-1,[%s]]' % (own.name, text, attributes)
            return '[%s,%s]' % (own.name, text)
        except Exception as error:
            if not is_ours(error):
                raise
            return '["","<unreadable: %s>"]' % type(error).__name__

    def text(self, name, obj):
        """The text alone."""
        if name not in self._plain_names and self._hides(name, obj):
            return MASK
        try:
            return self._text(obj, type(obj))
        except Exception as error:
            if not is_ours(error):
                raise
            return "<unreadable: %s>" % type(error).__name__

    def _kind_of(self, kind):
        known = self._kinds.get(id(kind))
        if known is not None and known.reference() is kind:
            return known
        if len(self._kinds) > 5000:
            self._kinds.clear()
        known = self._kinds[id(kind)] = Kind(kind, self._texts)
        return known

    # To see quickly that nothing has changed

    def _list_held(self, obj, kind):
        """What the value's text and attributes are made of, where that is known; else None."""
        if kind is list or kind is tuple:
            return obj[:MAX_ITEMS]
        if kind is dict:
            held, limit = obj, MAX_ITEMS
        else:
            own, limit = self._kind_of(kind), MAX_ATTRIBUTES
            held = own.get_dict(obj) if own.head is not None and own.get_dict is not None else None
            if type(held) is not dict or len(held) > limit:
                return None
        try:
            return [*islice(held, limit), *islice(held.values(), limit)]
        except RuntimeError:
            return None  # Another thread is changing it.

    def glance(self, obj, depth=0):
        """What a value looks like, for has_changed(); None: nobody knows.

        It is the identity of the value and of its type, how long it is, and the identities of what it holds. What cannot
        change is kept, so that nothing else gets its identity; for all else that shows more than where it is there is a
        glance, too.
        """
        kind = type(obj)
        held = self._list_held(obj, kind)
        if held is None:
            return None
        kept, inner = [], []
        for index, item in enumerate(held):
            inner_kind = type(item)
            if id(inner_kind) in _CONSTANT or (inner_kind is str and len(item) <= MAX_TEXT):
                kept.append(item)
            elif self._kind_of(inner_kind).head is None:
                seen = self.glance(item, depth + 1) if depth < MAX_GLANCES else None
                if seen is None:
                    return None
                inner.append((index, seen))
        return id(obj), id(kind), len(obj) if id(kind) in _SIZED else 0, list(map(id, held)), inner, kept

    def has_changed(self, obj, glance):
        kind = type(obj)
        if id(obj) != glance[0] or id(kind) != glance[1] or (glance[2] and len(obj) != glance[2]):
            return True
        held = self._list_held(obj, kind)
        if held is None or list(map(id, held)) != glance[3]:
            return True
        for index, seen in glance[4]:
            if self.has_changed(held[index], seen):
                return True
        return False

    # Texts without secrets

    def _text(self, obj, kind):
        if kind is list:
            text = self._join(obj) if len(obj) <= MAX_ITEMS else None
            if text is not None:
                return "[" + text + "]"
        elif kind is tuple:
            # In a pair the first may name the second.
            text = self._join(obj) if len(obj) <= MAX_ITEMS and len(obj) != 2 else None
            if text is not None:
                return "(%s,)" % text if len(obj) == 1 else "(" + text + ")"
        elif kind is dict:
            text = self._join_pairs(obj.copy()) if len(obj) <= MAX_ITEMS else None
            if text is not None:
                return "{" + text + "}"
        else:
            text = self._item(obj, kind)
            if text is not None:
                return text
        return self._clean(self._texts.write_or_raise(obj))

    def _item(self, item, kind):
        """Of what needs no other texts; else None."""
        if kind is str:
            return self._clean(repr(item)) if len(item) <= MAX_TEXT else None
        if kind is not int:
            if id(kind) in _NUMBERS:
                return repr(item)
            own = self._kinds.get(id(kind)) or self._kind_of(kind)
            return own.head + "%#x>" % id(item) if own.head is not None and own.reference() is kind else None
        if not -_SMALL < item < _SMALL:
            return None
        return repr(item) if not self._hidden else self._clean(repr(item))

    def _join(self, items):
        """Their texts, if they need not be cut; else None."""
        texts, room = [], MAX_TEXT
        for item in items:
            kind = type(item)
            if kind is str and item[:1] == "-":
                return None  # An option may name what follows it.
            text = self._item(item, kind)
            if text is None:
                return None
            room -= len(text) + 2
            if room < 0:
                return None
            texts.append(text)
        return ", ".join(texts)

    def _join_pairs(self, pairs):
        texts, room = [], MAX_TEXT
        for key, item in pairs.items():
            if type(key) is str:
                if key not in self._plain_keys and not self._is_plain_key(key):
                    return None
            elif type(key) is not int:
                return None
            text, value = self._item(key, type(key)), self._item(item, type(item))
            if text is None or value is None:
                return None
            room -= len(text) + len(value) + 4
            if room < 0:
                return None
            texts.append(text + ": " + value)
        return ", ".join(texts)

    def _is_plain_key(self, key):
        """Whether neither it nor its form says that what it is the key of is a secret."""
        pair = "{%r: %r}" % (key[:MAX_TEXT], "x" * 20)
        if len(key) > MAX_TEXT or self._secrets.is_secret_name(key) or self._secrets.clean(pair) != pair:
            return False
        if len(self._plain_keys) < MAX_PLAIN_NAMES:
            self._plain_keys.add(key)
        return True

    def _clean(self, text):
        text = self._secrets.clean(text)
        for hidden in self._secrets.known:
            if hidden in text:
                text = text.replace(hidden, MASK)
        return text

    def _attributes(self, obj, own):
        held = own.get_dict(obj) if own.get_dict is not None else None
        items = held.copy().items() if type(held) is dict else anatomy.attributes(obj, MAX_ATTRIBUTES)
        for name, value in islice(items, MAX_ATTRIBUTES):
            if type(name) is not str:
                name = anatomy.exact_text(name) or "?"
            if name not in self._plain_names and self._hides(name, value):
                yield '[%s,"","%s"]' % (quote(name), MASK)
            else:
                kind = type(value)
                yield "[%s,%s,%s]" % (quote(name), self._kind_of(kind).name, quote(self._text(value, kind)))
