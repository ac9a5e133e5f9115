# SPDX-License-Identifier: MIT
"""As much of a window manager as a test of full screens needs: it hears what a window asks for, and grants it."""
import ctypes
import ctypes.util

SUBSTRUCTURE_REDIRECT, SUBSTRUCTURE_NOTIFY = 1 << 20, 1 << 19
CLIENT_MESSAGE, ATOM_TYPE, REPLACE = 33, 4, 0
# Places in an XClientMessageEvent, in longs.
TYPE, WINDOW, MESSAGE_TYPE, DATA = 0, 4, 5, 7


class WindowManager:
    def __init__(self):
        self.x11 = ctypes.CDLL(ctypes.util.find_library('X11'))
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XInternAtom.restype = self.x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(None))
        root = ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display))
        self.state, self.full = self.atom('_NET_WM_STATE'), self.atom('_NET_WM_STATE_FULLSCREEN')
        self.x11.XSelectInput(self.display, root, ctypes.c_long(SUBSTRUCTURE_REDIRECT | SUBSTRUCTURE_NOTIFY))
        self.x11.XSync(self.display, 0)

    def atom(self, name):
        return self.x11.XInternAtom(self.display, name.encode(), 0)

    def grant(self):
        """What was asked for since: True for a full screen, False for an end of it, None for nothing."""
        event, answer = (ctypes.c_long * 24)(), None
        while self.x11.XPending(self.display):
            self.x11.XNextEvent(self.display, ctypes.byref(event))
            if event[TYPE] & 0xffffffff == CLIENT_MESSAGE and event[MESSAGE_TYPE] == self.state \
                    and self.full in (event[DATA + 1], event[DATA + 2]):
                answer = event[DATA] == 1
                states = (ctypes.c_ulong * 1)(self.full)
                self.x11.XChangeProperty(self.display, ctypes.c_ulong(event[WINDOW]), ctypes.c_ulong(self.state),
                                         ctypes.c_ulong(ATOM_TYPE), 32, REPLACE, states, int(answer))
        self.x11.XSync(self.display, 0)
        return answer

    def close(self):
        self.x11.XCloseDisplay(self.display)
