#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Waits for a child process that waits for something else."""
import subprocess
import sys
import time

from flatline import beat


def convert(document):
    command = [sys.executable, "-c", "import time; time.sleep(86400)", document]
    converter = subprocess.Popen(command)
    return converter.wait()


def main():
    for second in range(5):
        beat("CONVERT", "main")
        time.sleep(0.2)
    print("Converting …", flush=True)
    print(convert("letter.txt"))


if __name__ == "__main__":
    main()
