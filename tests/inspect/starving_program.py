# SPDX-License-Identifier: MIT
"""A thread that computes in an interpreter of its own, with the GIL of the main one, which never gets it again up to 3.12."""
import sys
import threading
import time

try:
    import _interpreters as interpreters
    made = interpreters.create('legacy')
except ImportError:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated=False)

SPINNING = '''
import os


def spin():
    number = 0
    os.write(1, b'1\\n')
    while True:
        number += 1


spin()
'''

sys.stdin.readline()
threading.Thread(target=interpreters.run_string, args=(made, SPINNING), daemon=True, name='spinner').start()
while True:
    time.sleep(0.01)
