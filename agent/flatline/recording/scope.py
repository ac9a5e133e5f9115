# SPDX-License-Identifier: MIT
"""Which code is recorded: by default the program's own, neither Python's library nor what was installed."""
import os
import sys
from fnmatch import fnmatchcase


_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__spec__.origin))) + os.sep


class Scope:
    def __init__(self, everything=False, only=()):
        self._everything = everything
        self._only = tuple(only)
        self._known = {}
        library = os.path.dirname(os.path.abspath(os.__file__))
        self._libraries = tuple({library + os.sep, os.path.realpath(library) + os.sep})

    def has(self, file):
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._decide(file)
        return known

    def _decide(self, file):
        if file[:1] == "<":
            # What -c gives is the program; all else of that name was made up by somebody.
            return file == "<string>" and sys.argv[:1] == ["-c"]
        if file.startswith(_HERE) or os.path.basename(file) == "sitecustomize.py":
            return False
        if self._only:
            path = os.path.abspath(file)
            return any(fnmatchcase(path, pattern) or fnmatchcase(path, "*/" + pattern) for pattern in self._only)
        if self._everything:
            return True
        return not (file.startswith(self._libraries) or "-packages/" in file.replace(os.sep, "/"))
