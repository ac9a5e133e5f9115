# SPDX-License-Identifier: MIT
"""Some named threads that hold still with the main one."""
import json
import sys
import threading

NAMES = ['MainThread', 'one', 'two', 'three']
began = threading.Semaphore(0)


def wait(read):
    began.release()
    read()


for name in NAMES[1:]:
    threading.Thread(target=wait, args=(threading.Event().wait,), name=name, daemon=True).start()
    began.acquire()
for line in sys.stdin:
    print(json.dumps(NAMES), flush=True)
    wait(sys.stdin.readline)
