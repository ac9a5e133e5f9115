#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A loop whose end never comes: it looks for a root by steps that jump over it."""
import time

from flatline import beat


def find_root(start, step):
    position = start
    tries = 0
    while position * position != 2:
        position += step
        tries += 1
    return position


def main():
    for second in range(5):
        beat("SOLVE", "main")
        time.sleep(0.2)
    print("Looking for the square root of two …", flush=True)
    print(find_root(start=1, step=0.5))


if __name__ == "__main__":
    main()
