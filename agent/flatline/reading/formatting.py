# SPDX-License-Identifier: MIT
"""f-strings, % and format() over recorded values, none of which is asked how it wants to be written."""
import re

from .recorded import NotRecorded, Recorded
from .values import MAX_LENGTH, Callable, Wrong, check_number, list_items, list_pairs, show, to_plain

_WIDE = re.compile(r"\d{5}")
_PERCENT = re.compile(r"%(?:\(\w*\))?[^a-zA-Z%]*")
_FIELD = re.compile(r"{[^{}]*[.\[]")


class _Text(str):
    """What was recorded as the text of a value, whichever way it is written."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def is_text(value):
    return isinstance(value, (str, bytes)) or (isinstance(value, Recorded) and value.type in ("str", "bytes"))


def join(parts):
    if sum(map(len, parts)) > MAX_LENGTH:
        raise Wrong("the result would be too large")
    return "".join(parts)


def as_written(value):
    """What is formatted: a plain value, or the text of one that has none."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(as_written, value))
    if isinstance(value, dict):
        return {key: as_written(item) for key, item in value.items()}
    try:
        plain = to_plain(value)
    except NotRecorded:
        if value.is_masked:
            raise
        return _Text(value.text)
    if isinstance(plain, Callable):
        raise Wrong("a function has no text here")
    check_number(plain)
    return plain


def format_value(value, conversion, spec):
    plain = as_written(value)
    if conversion in ("r", "a"):
        plain = repr(plain) if conversion == "r" else ascii(plain)
    elif conversion == "s" or isinstance(plain, (list, tuple, dict, set, frozenset, type(None))):
        plain = str(plain)
    if _WIDE.search(spec):
        raise Wrong("the result would be too large")
    return format(plain, spec)


def format_by_percent(template, values):
    for field in _PERCENT.findall(template if isinstance(template, str) else template.decode("latin-1")):
        if "*" in field or _WIDE.search(field):
            raise Wrong("the result would be too large")
    if isinstance(values, Recorded) and values.type in ("tuple", "dict"):
        values = dict(list_pairs(values)) if values.type == "dict" else tuple(list_items(values))
    return template % as_written(values)


def format_by_fields(template, positional, named):
    """str.format(), whose fields may not go into what they name."""
    if _WIDE.search(template) or _FIELD.search(template):
        raise Wrong("only plain fields are possible here")
    texts = template.format(*map(as_written, positional), **{name: as_written(value) for name, value in named.items()})
    return join([texts])


def to_text(value):
    """What str() gives."""
    if isinstance(value, Recorded) or isinstance(value, (list, tuple, dict, set, frozenset)):
        return value.plain() if isinstance(value, Recorded) and value.type == "str" else show(value)
    check_number(value)
    return show(value) if isinstance(value, Callable) else str(value)
