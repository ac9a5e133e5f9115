# SPDX-License-Identifier: MIT
"""Beats and messages where nobody supervises: the same names as in client.py, and nothing happens."""


def beat(reason="TICK", caller=""):
    pass


def touch_process_loop(reason="LOOP"):
    pass


def warn(context, error=None):
    pass


def die(context, error=None):
    pass


def freeze(seconds, phase="", stack_text=""):
    pass


class RemoteClient:
    beat = staticmethod(beat)

    def touchProcessLoop(self, reason="LOOP"):
        pass

    def warn(self, context, error=None):
        pass

    def die(self, context, error=None):
        pass

    def onFreeze(self, seconds, phase="", stack_text=""):
        pass
