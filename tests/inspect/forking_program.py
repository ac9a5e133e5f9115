# SPDX-License-Identifier: MIT
"""Forks as a library of C does, without telling Python: what the child's interpreter knows of itself is its parent's, with
threads that only that one has."""
import ctypes
import os
import sys
import threading


def stand():
    theirs = threading.Lock()
    theirs.acquire()
    with theirs:
        pass


def wait():
    own = threading.Lock()
    own.acquire()
    print(os.getpid(), flush=True)
    with own:
        pass


sys.stdin.readline()
for _ in range(2):
    threading.Thread(target=stand, daemon=True).start()
if ctypes.PyDLL(None).fork() == 0:
    wait()
    os._exit(0)
os.wait()
