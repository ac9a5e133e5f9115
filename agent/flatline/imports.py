# SPDX-License-Identifier: MIT
"""Notices when the program imports an event loop or a module that starts threads or processes, and fits it right after
the module has run."""
import sys

_TARGETS = {
    "asyncio.base_events": ("flatline.loops.asyncio_loop", "fit"),
    "uvloop": ("flatline.loops.asyncio_loop", "fit_uvloop"),
    "gi.overrides.GLib": ("flatline.loops.glib_loop", "fit_glib"),
    "gi.overrides.Gio": ("flatline.loops.glib_loop", "fit_gio"),
    "gi.overrides.Gtk": ("flatline.loops.glib_loop", "fit_gtk"),
    "tkinter": ("flatline.loops.tk_loop", "fit"),
    "PySide6.QtCore": ("flatline.loops.qt_loop", "fit"),
    "PySide2.QtCore": ("flatline.loops.qt_loop", "fit"),
    "PyQt6.QtCore": ("flatline.loops.qt_loop", "fit"),
    "PyQt5.QtCore": ("flatline.loops.qt_loop", "fit"),
    "threading": ("flatline.uncaught", "fit_threading"),
    "concurrent.futures.thread": ("flatline.uncaught", "fit_executor"),
    "concurrent.futures.process": ("flatline.uncaught", "fit_executor"),
    "multiprocessing.process": ("flatline.uncaught", "fit_multiprocessing"),
}


def _fit(module):
    where, function = _TARGETS[module.__name__]
    try:
        getattr(__import__(where, fromlist=[function]), function)(module)
    except Exception:
        pass


class _FittingLoader:
    """The module's real loader, and our step after it."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _fit(module)


class _Finder:
    """Answers only for the modules above, with what the other finders found."""

    def __init__(self):
        self._busy = set()

    def find_spec(self, name, path=None, target=None):
        if name not in _TARGETS or name in self._busy:
            return None
        self._busy.add(name)
        try:
            # Those before this one have been asked.
            finders = list(sys.meta_path)
            for finder in finders[finders.index(self) + 1 if self in finders else 0:]:
                find = getattr(finder, "find_spec", None)
                spec = find(name, path, target) if find is not None else None
                if spec is not None:
                    if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                        spec.loader = _FittingLoader(spec.loader)
                    return spec
        finally:
            self._busy.discard(name)
        return None


def install():
    for name in _TARGETS:
        if name in sys.modules:
            _fit(sys.modules[name])
    sys.meta_path.insert(0, _Finder())
