# SPDX-License-Identifier: MIT
"""Beats in Tk's main loop: an `after` timer while mainloop() runs."""
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
