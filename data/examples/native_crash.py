#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Dies in C: reads from address zero."""
import ctypes
import time

from flatline import beat


def read_record(address):
    return ctypes.string_at(address)


def main():
    for second in range(5):
        beat("READ", "main")
        time.sleep(0.2)
    print("Reading …", flush=True)
    print(read_record(0))


if __name__ == "__main__":
    main()
