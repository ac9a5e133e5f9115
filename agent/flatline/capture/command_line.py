# SPDX-License-Identifier: MIT
"""The words that the interpreter was started with, and the program's text where that is one of them."""
import os
import sys


def original_words():
    """The whole command line; Python 3.9 does not keep it, the kernel does. None: nobody knows."""
    if hasattr(sys, "orig_argv"):
        return sys.orig_argv
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return None


def command_text():
    """What stands behind -c; None where the program has another source, or hides what its words were."""
    words = original_words()
    if type(sys.argv) is not list or sys.argv[:1] != ["-c"] or type(words) is not list or len(words) <= len(sys.argv):
        return None
    option, text = words[-len(sys.argv) - 1:][:2]
    return text if option[:1] == "-" and option[-1:] == "c" and type(text) is str else None
