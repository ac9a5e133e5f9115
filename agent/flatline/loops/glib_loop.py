# SPDX-License-Identifier: MIT
"""Beats in GLib's main loop: a timeout source while MainLoop.run(), Application.run() or Gtk.main() runs."""
from . import INTERVAL, announce, beat

_running = 0


def _wrap(original, glib):
    def run(*args, **kwargs):
        global _running
        source = 0
        if _running == 0:
            source = _begin(glib)
        _running += 1
        try:
            return original(*args, **kwargs)
        finally:
            _running -= 1
            if source:
                _end(glib, source)

    run.__doc__ = getattr(original, "__doc__", None)
    run.__name__ = getattr(original, "__name__", "run")
    return run


def _begin(glib):
    try:
        def tick():
            beat("glib")
            return True

        source = glib.timeout_add(int(INTERVAL * 1000), tick)
        announce("glib", True)
        beat("glib")
        return source
    except Exception:
        return 0


def _end(glib, source):
    try:
        glib.source_remove(source)
        announce("glib", False)
    except Exception:
        pass


def _glib():
    from gi.repository import GLib

    return GLib


class _LateGLib:
    """GLib of gi.repository, looked up when a loop starts: while its overrides are imported it is not there yet."""

    def __getattr__(self, name):
        return getattr(_glib(), name)


def fit_glib(overrides):
    overrides.MainLoop.run = _wrap(overrides.MainLoop.run, _LateGLib())


def fit_gio(overrides):
    overrides.Application.run = _wrap(overrides.Application.run, _LateGLib())


def fit_gtk(overrides):
    main = getattr(overrides, "main", None)
    if main is not None:
        overrides.main = _wrap(main, _LateGLib())
