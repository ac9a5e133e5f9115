# SPDX-License-Identifier: MIT
"""Thousands of calls that hand on one large object: what is told of it in each frame, and all of it, is bounded."""
import sys

sys.setrecursionlimit(6000)
SHELVES = [['x' * 100] * 40 for _ in range(100)]


def descend(shelves, depth):
    if depth:
        descend(shelves, depth - 1)
    else:
        for question in sys.stdin:
            print(0, flush=True)


descend(SHELVES, 3000)
