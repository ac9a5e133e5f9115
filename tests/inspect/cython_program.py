# SPDX-License-Identifier: MIT
"""Python that calls a library, whose functions have names as Cython makes them, in which it waits for ever."""
import ctypes
import json
import os
import sys

ENDS = os.pipe()


def call(library):
    enter = ctypes.CDLL(library).enter
    print('"here"', flush=True)
    enter(ENDS[0])


for line in sys.stdin:
    call(json.loads(line))
