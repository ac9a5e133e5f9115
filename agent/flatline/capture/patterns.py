# SPDX-License-Identifier: MIT
"""Regular expressions that are compiled when they are first used: all together take longer than the rest of a start."""
import re


class Pattern:
    def __init__(self, text, flags=0):
        self._text = text
        self._flags = flags

    def __getattr__(self, name):
        """A method of the compiled pattern, which from now on is found here."""
        if name not in ("findall", "match", "search", "sub"):
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for method in ("findall", "match", "search", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
