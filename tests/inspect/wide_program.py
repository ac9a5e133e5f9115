# SPDX-License-Identifier: MIT
"""A function with as many variables as each line says."""
import json
import sys


def wait(number):
    print(json.dumps(number), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    exec('def hold(number):\n' + ''.join(f'    variable_{i} = {i}\n' for i in range(int(line) - 1)) + '    wait(number)\n')
    hold(int(line))  # noqa: F821
