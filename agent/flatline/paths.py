# SPDX-License-Identifier: MIT
"""What a file is called that the program leaves."""
import os
import sys
import time


def expand(path, ending):
    """A folder gets a file of the default name; a name its {program}, {time} and {pid}."""
    path = os.path.abspath(os.fspath(path)) if path is not None else os.getcwd()
    if os.path.isdir(path):
        path = os.path.join(path, "{program}-{time}-{pid}" + ending)
    program = os.path.basename(sys.argv[0]) if type(sys.argv) is list and sys.argv and type(sys.argv[0]) is str else ""
    program = "python" if program.startswith("-") else os.path.splitext(program)[0]
    program = program or "python"
    now = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now)) + "-%06d" % (now % 1 * 1000000)
    for name, value in (("{program}", program), ("{time}", stamp), ("{pid}", str(os.getpid()))):
        path = path.replace(name, value)
    return path
