# SPDX-License-Identifier: MIT
"""Forks as a library of C does, without telling Python: what the child's interpreter knows of itself is its parent's."""
import ctypes
import os
import sys


def wait():
    print(os.getpid(), flush=True)
    sys.stdin.readline()


sys.stdin.readline()
if ctypes.PyDLL(None).fork() == 0:
    wait()
    os._exit(0)
os.wait()
