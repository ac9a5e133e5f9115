# SPDX-License-Identifier: MIT
"""Values with what they hold, as deep as the budget allows: the snapshot's `value`."""
from _collections import deque
from itertools import islice

from . import anatomy
from .secrets import MASK
from .texts import TextWriter, as_name

_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, deque)
_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
_WITHOUT_CHILDREN = frozenset(("function", "builtin_function_or_method", "module", "method", "NoneType", "bool", "int",
                               "float", "complex", "str", "bytes", "bytearray", "ellipsis", "NotImplementedType",
                               "generator", "coroutine", "async_generator", "frame", "code", "cell", "range", "slice",
                               "method-wrapper", "wrapper_descriptor", "property", "staticmethod", "classmethod"))
_BYTES_EACH = 120


class ValueReader:
    def __init__(self, budget, secrets):
        self._budget = budget
        self._secrets = secrets
        self._depth = budget.options.depth
        self._items = budget.options.items
        self._texts = TextWriter(budget.options, secrets)
        # What was read is kept, under the identity it has, and stays alive until the end for that.
        self._known = {}

    def read_variable(self, name, kind, obj):
        """A variable of a frame, in a budget of its own."""
        self._budget.begin_variable()
        return self._named(name, name, kind, obj, 0, [])

    def text(self, obj):
        """Its text alone."""
        return self._texts.write(obj)[0]

    def _named(self, name, judged, kind, obj, depth, path):
        if self._secrets.hides(judged, obj):
            value = {"type": anatomy.full_name(type(obj)), "text": MASK, "size": -1}
        else:
            value = dict(self._read(obj, depth, path))
        value["kind"] = kind
        if name is not None:
            value["name"] = name
        return value

    def _read(self, obj, depth, path):
        known = self._known.get((id(obj), depth))
        if known is not None and known[0] is obj:
            self._budget.take(known[2])
            return known[1]
        cls = type(obj)
        text, is_cut = self._texts.write(obj)
        value = {"type": anatomy.full_name(cls), "text": text, "address": "%#x" % id(obj), "size": self._size(obj)}
        before = self._budget.bytes
        self._budget.take(len(text) + _BYTES_EACH)
        base = _container_of(cls)
        may_hold = value["size"] > 0 if base is not None and cls is base else self._may_have_attributes(cls)
        if may_hold:
            value["expandable"] = True
            children, is_whole = None, False
            if depth < self._depth and not any(outer is obj for outer in path) and self._budget.has_room():
                path.append(obj)
                children, is_whole = self._children(obj, base, depth, path)
                path.pop()
            elif depth >= self._depth:
                self._budget.say("What lies deeper than %d levels is not shown" % self._depth)
            if children:
                value["children"] = children
            elif is_whole:
                del value["expandable"]
            is_cut = is_cut or not is_whole
        if is_cut:
            value["truncated"] = True
        if not path or not may_hold:
            self._known[id(obj), depth] = (obj, value, before - self._budget.bytes)
        return value

    @staticmethod
    def _size(obj):
        for base in anatomy.bases(type(obj)):
            if anatomy.is_one_of(base, _SIZED):
                return base.__len__(obj)
        return -1

    @staticmethod
    def _may_have_attributes(cls):
        name = anatomy.full_name(cls)
        return name not in _WITHOUT_CHILDREN and not anatomy.derives(cls, type)

    def _children(self, obj, base, depth, path):
        """(children, whether they are all)."""
        children = []
        is_whole = True
        for name, judged, kind, item in self._list_children(obj, base):
            if len(children) >= self._items or not self._budget.has_room():
                is_whole = False
                break
            children.append(self._named(name, judged, kind, item, depth + 1, path))
        return children, is_whole

    def _list_children(self, obj, base):
        """(name, the name it is judged by, kind, object) of each."""
        limit = self._items + 1
        found = []
        try:
            if base is dict:
                for key, item in anatomy.dict_items(obj, limit):
                    judged = as_name(key) if anatomy.is_one_of(type(key), (str, bytes)) else ""
                    found.append(("[%s]" % self._texts.write(key)[0], judged, "item", item))
            elif anatomy.is_one_of(base, (set, frozenset)):
                found += [(None, "", "item", item) for item in islice(base.__iter__(obj), limit)]
            elif base is not None:
                found += self._list_items(islice(base.__iter__(obj), limit), base is tuple and tuple.__len__(obj) == 2)
        except RuntimeError:
            pass  # Another thread changed it.
        if base is None or type(obj) is not base:
            own = anatomy.attributes(obj, limit)
            if anatomy.derives(type(obj), BaseException):
                own.append(("args", BaseException.__dict__["args"].__get__(obj)))
            found += [(name, name, "attribute", item) for name, item in own]
        return found

    def _list_items(self, items, is_pair):
        """Of a sequence: an item may be hidden by the one before, as after --password or in a header."""
        judged = ""
        for index, item in enumerate(items):
            hidden_by, judged = judged, ""
            if type(item) is str:
                item, hides_next = self._secrets.split_option(item)
                judged = "password" if hides_next else ""
            if is_pair and index == 0 and anatomy.is_one_of(type(item), (str, bytes)):
                judged = as_name(item)
            yield "[%d]" % index, "" if type(item) is str and item.startswith("-") else hidden_by, "item", item


def _container_of(cls):
    for base in anatomy.bases(cls):
        if anatomy.is_one_of(base, _CONTAINERS):
            return base
    return None
