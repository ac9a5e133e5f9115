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
_SMALL = 1 << 63


def _function():
    pass


# By identity: to look a type up in a set asks its metaclass for a hash.
_CONSTANT = frozenset(id(kind) for kind in (int, float, bool, complex, type(None), range, type(len),
                                            type(_function), type, type(weakref)))
_NUMBERS = frozenset((id(int), id(float), id(bool), id(type(None))))
_SIZED = {id(kind): kind for kind in (str, bytes, bytearray, list, tuple, dict, set, frozenset)}


_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


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


class ValueWriter:
    def __init__(self, secrets):
        self._secrets = secrets
        self._texts = TextWriter(Options(text=MAX_TEXT, items=MAX_ITEMS, secrets=()), secrets)
        self._types = {}
        self._is_secret_name = secrets.is_secret_name

    def is_constant(self, obj):
        """Whether the same object is the same value, and may be kept for a while without keeping much alive."""
        kind = id(type(obj))
        if kind in _CONSTANT:
            return True
        return kind == id(str) and len(obj) <= MAX_TEXT

    def write(self, name, obj):
        """JSON of a value under this name."""
        if self._is_secret_name(name) and self._secrets.hides(name, obj):
            return '["%s","%s"]' % ("", MASK)
        try:
            kind = type(obj)
            own = self._own_of(kind)
            text = quote(self._clean(self._text(obj)))
            sized = _SIZED.get(id(kind))
            if sized is not None:
                return '[%s,%s,%d]' % (own[1], text, sized.__len__(obj))
            if own[2]:
                attributes = ",".join(self._attributes(obj))
                if attributes:
                    return '[%s,%s,-1,[%s]]' % (own[1], text, attributes)
            return '[%s,%s]' % (own[1], text)
        except Exception as error:
            if not is_ours(error):
                raise
            return '["","<unreadable: %s>"]' % type(error).__name__

    def text(self, name, obj):
        """The text alone."""
        if self._is_secret_name(name) and self._secrets.hides(name, obj):
            return MASK
        try:
            return self._clean(self._text(obj))
        except Exception as error:
            if not is_ours(error):
                raise
            return "<unreadable: %s>" % type(error).__name__

    def _own_of(self, kind):
        """(weak reference to the type, its name as JSON, whether instances may have attributes, whether their text says no more
        than where they are, what reads their attributes)."""
        known = self._types.get(id(kind))
        if known is not None and known[0]() is kind:
            return known
        if len(self._types) > 5000:
            self._types.clear()
        name = anatomy.full_name(kind)
        holds = (not any(base is container for base in anatomy.bases(kind) for container in _SIZED.values())
                 and id(kind) not in _CONSTANT and not anatomy.derives(kind, type)
                 and name not in ("generator", "coroutine", "async_generator", "frame", "code", "cell", "slice", "method",
                                  "function", "module", "builtin_function_or_method"))
        known = self._types[id(kind)] = (weakref.ref(kind), quote(name), holds, holds and self._texts.is_plain(kind),
                                         _find_dict_getter(kind) if holds else None)
        return known

    # To see quickly that nothing has changed

    def glance(self, obj):
        """What an instance without a text of its own looks like, for has_changed(); None for all else."""
        own = self._own_of(type(obj))
        held = own[4](obj) if own[3] and own[4] is not None else None
        if type(held) is not dict or len(held) > MAX_ATTRIBUTES:
            return None
        return id(obj), [self._glance_at(value) for value in held.copy().values()]

    def _glance_at(self, value):
        if self.is_constant(value):
            return value
        return id(value) if self._own_of(type(value))[3] else self._text(value)

    def has_changed(self, obj, glance):
        if id(obj) != glance[0]:
            return True
        own = self._own_of(type(obj))
        held = own[4](obj) if own[3] and own[4] is not None else None
        if type(held) is not dict or len(held) != len(glance[1]):
            return True
        for value, old in zip(held.copy().values(), glance[1]):
            if value is not old and (self.is_constant(value) or self._glance_at(value) != old):
                return True
        return False

    def _text(self, obj):
        kind = type(obj)
        if kind is int:
            if -_SMALL < obj < _SMALL:
                return repr(obj)
        elif kind is float or obj is None or obj is True or obj is False:
            return repr(obj)
        elif kind is str:
            if len(obj) <= MAX_TEXT:
                return repr(obj)
        elif kind is list:
            if len(obj) <= MAX_ITEMS and self._are_plain(obj):
                return repr(obj)
        elif kind is tuple:
            # In a pair the first may name the second.
            if len(obj) <= MAX_ITEMS and len(obj) != 2 and self._are_plain(obj):
                return repr(obj)
        return self._texts.write_or_raise(obj)

    @staticmethod
    def _are_plain(items):
        """Whether repr() of them is short, and neither calls anybody nor gives a secret away."""
        room = MAX_TEXT
        for item in items:
            kind = type(item)
            if kind is int:
                if not -_SMALL < item < _SMALL:
                    return False
                room -= 4
            elif kind is str:
                room -= len(item)
                if item[:1] == "-":
                    return False
            elif id(kind) not in _NUMBERS:
                return False
            if room < 0:
                return False
        return True

    def _clean(self, text):
        text = self._secrets.clean(text)
        for hidden in self._secrets.known:
            if hidden in text:
                text = text.replace(hidden, MASK)
        return text

    def _attributes(self, obj):
        for name, value in islice(anatomy.attributes(obj, MAX_ATTRIBUTES), MAX_ATTRIBUTES):
            if self._is_secret_name(name) and self._secrets.hides(name, value):
                text, kind = '"%s"' % MASK, '""'
            else:
                text, kind = quote(self._clean(self._text(value))), self._own_of(type(value))[1]
            yield "[%s,%s,%s]" % (quote(name), kind, text)
