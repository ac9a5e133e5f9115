#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One call into C that never lets go of the GIL: a regular expression that backtracks for years."""
import re
import time

from flatline import beat


def check_name(name):
    pattern = re.compile(r"(a+)+$")
    return pattern.match(name)


def main():
    for second in range(5):
        beat("CHECK", "main")
        time.sleep(0.2)
    suspicious_name = "a" * 64 + "!"
    print("Checking", suspicious_name, flush=True)
    print(check_name(suspicious_name))


if __name__ == "__main__":
    main()
