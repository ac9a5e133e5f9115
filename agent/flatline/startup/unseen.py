# SPDX-License-Identifier: MIT
"""Loads the agent so that what traces the program does not take it for a part of that: its code has names that are no
files, by which coverage and `trace` leave it out of their reports, and its modules tell of none.

sitecustomize.py runs this, before all else. The supervisor knows such names (flatline-code-path.c).
"""
import posix
import sys
from _frozen_importlib_external import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader

CACHE = posix.environ.get(b"FLATLINE_AGENT_CACHE")
FOLDERS = ("", "/capture", "/live", "/loops", "/reading", "/recording", "/startup")

try:
    from _imp import _fix_co_filename
except ImportError:  # not CPython
    def _fix_co_filename(code, name):
        pass


def name_code(code, path):
    """That of the module, and of all in it, also where it has run."""
    _fix_co_filename(code, "<flatline %s>" % path)
    return code


class Loader(SourceFileLoader):
    compiled = False  # any of it: what is compiled already was nowhere to be read

    def get_code(self, name):
        return name_code(super().get_code(name), self.path)

    def get_data(self, path):
        """Compiled code may be where the supervisor keeps it (flatline-agent-code.h), as sys.pycache_prefix lays it out."""
        try:
            return super().get_data(path)
        except OSError:
            if CACHE is None or not path.endswith(".pyc"):
                raise
            return super().get_data(CACHE.decode(errors="surrogateescape") + path.replace("/__pycache__", ""))

    def source_to_code(self, *arguments, **options):
        Loader.compiled = True
        return super().source_to_code(*arguments, **options)

    def exec_module(self, module):
        if "." in module.__name__:
            del module.__file__
        super().exec_module(module)


def begin(folder):
    """The package in `folder` is loaded so from now on."""
    for name in FOLDERS:
        path = folder + "/flatline" + name
        sys.path_importer_cache[path] = FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (Loader, [".py"]))
