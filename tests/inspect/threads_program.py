# SPDX-License-Identifier: MIT
"""Some named threads that hold still with the main one, found in tables with as many more names as each line says."""
import json
import sys
import threading

NAMES = ['MainThread', 'one', 'two', 'three']
began = threading.Semaphore(0)


def wait(read):
    began.release()
    read()


def enlarge(table, number):
    for i in range(number):
        table[f'more{i}'] = None
    for i in range(0, number, 2):
        del table[f'more{i}']


threads = [threading.Thread(target=wait, args=(threading.Event().wait,), name=name, daemon=True) for name in NAMES[1:]]
for thread in threads:
    thread.start()
    began.acquire()
for line in sys.stdin:
    for table in (sys.modules, vars(threading), vars(threads[1])):
        enlarge(table, int(line))
    print(json.dumps(NAMES), flush=True)
    wait(sys.stdin.readline)
