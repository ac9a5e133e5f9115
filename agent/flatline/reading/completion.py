# SPDX-License-Identifier: MIT
"""What Tab offers: variables of the frame, and attributes of what stands before the dot."""
from .expressions import Evaluator
from .recorded import NotRecorded, Recorded
from .terminal import clean
from .values import Wrong


class Completion:
    """Part of a Session."""

    def completedefault(self, text, line, begin, end):
        return self._complete_names(text, line[:end])

    def completenames(self, text, *ignored):
        return super().completenames(text, *ignored) + self._complete_names(text, text)

    def _complete_names(self, text, line):
        start = len(line)
        while start > 0 and (line[start - 1].isalnum() or line[start - 1] in "_.[]'\""):
            start -= 1
        prefix, dot, last = line[start:].rpartition(".")
        if not dot:
            names = [node.get("name", "") for node in (self.frame or {}).get("locals", ())]
            return sorted(clean(name) for name in names if name.startswith(text))
        try:
            value = Evaluator(self._lookup).evaluate(prefix)
        except (Wrong, NotRecorded):
            return []
        if not isinstance(value, Recorded):
            return []
        names = [child.node.get("name") or "" for child in value.children() if child.node.get("kind") == "attribute"]
        # readline replaces what follows its own idea of a word's begin.
        head = text[:len(text) - len(last)] if text.endswith(last) else ""
        return sorted(head + clean(name) for name in names if name.startswith(last))
