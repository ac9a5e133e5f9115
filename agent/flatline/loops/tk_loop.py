# SPDX-License-Identifier: MIT
"""Beats in Tk's main loop: an `after` timer while mainloop() runs. What its callbacks raise it prints by itself."""
import sys

from . import INTERVAL, announce, beat


def _begin(widget):
    state = {"timer": None}

    def tick():
        beat("tk")
        try:
            state["timer"] = widget.after(int(INTERVAL * 1000), tick)
        except Exception:
            state["timer"] = None

    try:
        tick()
        announce("tk", True)
    except Exception:
        pass
    return state


def _end(widget, state):
    announce("tk", False)
    try:
        if state["timer"] is not None:
            widget.after_cancel(state["timer"])
    except Exception:
        pass


def fit(tkinter):
    original = tkinter.Misc.mainloop

    def mainloop(self, n=0):
        state = _begin(self)
        try:
            return original(self, n)
        finally:
            _end(self, state)

    mainloop.__doc__ = original.__doc__
    tkinter.Misc.mainloop = mainloop
    _watch_exceptions(tkinter.Misc)


def _watch_exceptions(widget_class):
    original = widget_class._report_exception

    def _report_exception(self):
        try:
            from ..uncaught import report

            report("callback", sys.exc_info()[1])
        except Exception:
            pass
        return original(self)

    widget_class._report_exception = _report_exception
