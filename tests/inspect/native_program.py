# SPDX-License-Identifier: MIT
"""Python that calls C that calls Python, and a thread in C alone."""
import sys
import threading


def sort_by(values):
    return sorted(values, key=lambda v: hold_here())


def hold_here():
    print('"here"', flush=True)
    return sys.stdin.readline()


def wait_in_c():
    threading.Event().wait()


threading.Thread(target=wait_in_c, name='waiter', daemon=True).start()
for line in sys.stdin:
    sort_by([1])
