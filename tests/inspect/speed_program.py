# SPDX-License-Identifier: MIT
"""What the benchmarks look at. speed_program.py THREADS DEPTH still|busy|dict: a process with so many threads of so many
frames, that stand still, or of which each goes round; or one that holds a dict of ten million entries."""
import sys
import threading

n_threads, depth, kind = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
sys.setrecursionlimit(depth + 1000)
# No more than the stacks of as many threads as a process may have.
threading.stack_size(0 if depth >= 1000 else 512 * 1024 if n_threads < 2000 else 64 * 1024)
for_ever = threading.Event()
ready = threading.Semaphore(0)


def spin(number):
    total = 0
    for each in range(number):
        total += each
    return total


def call(level, label):
    values = [level, label, {'level': level}]
    if level > 1:
        return call(level - 1, label)
    ready.release()
    if threading.current_thread() is threading.main_thread():
        for _ in range(n_threads):
            ready.acquire()
        print('ready', flush=True)
    while kind == 'busy':
        spin(1000)
    for_ever.wait()
    return values


table = dict.fromkeys(range(10_000_000), 'entry') if kind == 'dict' else None
for index in range(n_threads - 1):
    threading.Thread(target=call, args=(depth - 3, 'thread %d' % index), daemon=True).start()
call(depth - 1, 'main')
