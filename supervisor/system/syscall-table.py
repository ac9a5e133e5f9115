#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the designated initialisers of flatline-syscall-names.c: one line a __NR_ macro of <sys/syscall.h>.

Usage: syscall-table.py OUTPUT COMPILER [ARGS…]. The compiler is asked for its macros, so a cross build gets the numbers
of its target.
"""
import re
import subprocess
import sys

# Macros that mark ranges or other worlds, not calls of their own.
NOT_CALLS = {"syscalls", "SYSCALL_BASE", "arch_specific_syscall", "sync_file_range2_or_not"}


def main() -> int:
    output, compiler = sys.argv[1], sys.argv[2:]
    macros = subprocess.run(
        compiler + ["-dM", "-E", "-x", "c", "-"], input="#include <sys/syscall.h>\n", capture_output=True, text=True, check=True
    ).stdout
    numbers = {}
    for name, value in re.findall(r"^#define __NR3?2?6?4?_(\w+) (\S+)", macros, re.MULTILINE):
        if name not in NOT_CALLS and re.fullmatch(r"\d+|__NR\w+", value):
            numbers.setdefault(name, value)
    with open(output, "w", encoding="ascii") as table:
        for name in sorted(numbers):
            table.write(f'#ifdef __NR_{name}\n  [__NR_{name}] = "{name}",\n#endif\n')
    return 0 if numbers else 1


if __name__ == "__main__":
    sys.exit(main())
