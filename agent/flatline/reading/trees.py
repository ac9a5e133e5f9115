# SPDX-License-Identifier: MIT
"""Values with what they hold, a line each, and what is somewhere in them."""
from .values import show
from .recorded import Recorded
from .terminal import shorten

WIDTH = 160
_NO_VALUE = object()


def list_lines(named):
    """The lines about (name, value) pairs and all below them, made one by one as they are wanted."""
    pending = [(name, value, 0, frozenset()) for name, value in reversed(named)]
    while pending:
        name, value, depth, above = pending.pop()
        indent = "    " * depth
        if not isinstance(value, Recorded):
            yield indent + name + " = " + show(value) if value is not _NO_VALUE else indent + name
            continue
        yield "%s%s = %s" % (indent, name, shorten(value.text, max(WIDTH - 4 * depth, 60)))
        children, address = value.children(), value.node.get("address")
        if not children or address in above or _is_small(value, children):
            continue
        below = above | {address} if address else above
        if value.size > len(value.items()) > 0:
            pending.append(("… %d of %d items are in the file" % (len(value.items()), value.size), _NO_VALUE, depth + 1,
                            below))
        pending += [(child.node.get("name") or "·", child, depth + 1, below) for child in reversed(children)]


def _is_small(value, children):
    """A list of a few numbers says it all in its own line."""
    return (not value.node.get("truncated") and len(value.text) < 70 and "<" not in value.text
            and all(child.node.get("kind") == "item" for child in children))


def holds(node, text):
    """Whether a text occurs in names or values below this one."""
    pending = list(node.get("children", ()))
    while pending:
        child = pending.pop()
        if text in child.get("text", "") or text in (child.get("name") or ""):
            return True
        pending.extend(child.get("children", ()))
    return False
