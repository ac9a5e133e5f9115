# SPDX-License-Identifier: MIT
"""Waits for a lock that is in a dict under a number, which is no text, as the numbers of threads are."""
import sys
import threading

# Read as a str it would be one, of what lies behind it.
NUMBER = (0b10101000 << 60) + 140558009427648


def wait(locks):
    print('1', flush=True)
    with locks[NUMBER]:
        pass


sys.stdin.readline()
locks = {NUMBER: threading.Lock()}
locks[NUMBER].acquire()
wait(locks)
