# SPDX-License-Identifier: MIT
"""Three threads that wait for locks which nobody releases, the main thread among them; and, as the question says, what may
still move one of them: nothing, an alarm, a thread that sleeps, or a pipe."""
import json
import os
import signal
import sys
import threading
import time

kind = json.loads(sys.stdin.readline())
ends = os.pipe()
lock = threading.Lock()
lock.acquire()


def wait_for_pipe():
    os.read(ends[0], 1)


def doze():
    while True:
        time.sleep(3600)


if kind == 'alarm':
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 3600)
more = {'sleep': [doze], 'pipe': [wait_for_pipe]}.get(kind, [])
for each in [lock.acquire, lock.acquire, *more]:
    threading.Thread(target=each, daemon=True).start()
print('true', flush=True)
lock.acquire()
