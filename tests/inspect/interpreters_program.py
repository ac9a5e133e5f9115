# SPDX-License-Identifier: MIT
"""A thread that enters an interpreter, and another one from within that; the innermost holds still."""
import sys
import threading

ENTER = '''
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters


def enter(text):
    made = interpreters.create()
    getattr(interpreters, 'exec', interpreters.run_string)(made, text)


'''
INNERMOST = '''
import os, time


def innermost():
    os.write(1, b'1\\n')
    time.sleep(1000)


innermost()
'''

if __name__ == '__main__':
    exec(ENTER)
    sys.stdin.readline()
    threading.Thread(target=enter, args=(ENTER + 'enter(' + repr(INNERMOST) + ')',), name='diver').start()  # noqa: F821
    threading.Event().wait()
