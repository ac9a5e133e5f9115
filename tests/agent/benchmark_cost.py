# SPDX-License-Identifier: MIT
"""What the agent costs a program, beside a reference measured in the same run: a call of an empty function.

Prints for each Python: a dropped beat, an accepted beat (with the C part and without), a CPU-bound script with the agent,
with its hooks for exceptions and fatal signals, against the same script alone, and the start of a thread. What other programs
take is not ours: the best of several runs counts, or the median of pairs.
"""
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import PYTHONS, Programs  # noqa: E402

BEATS = '''
import sys, time, timeit
from flatline import client
def empty(a, b): pass
def best(statement, beat=None, number=200000):
    return min(timeit.repeat(statement, globals=dict(globals(), beat=beat), number=number, repeat=7)) / number * 1e6
callers = [str(n) for n in range(10000)]
def accepted(beat):
    found = []
    for _ in range(7):
        began = time.perf_counter()
        for caller in callers: beat("A", caller)
        found.append((time.perf_counter() - began) / len(callers) * 1e6)
        time.sleep(0.2)
    return min(found)
reference = best("empty('A', 'b')")
print(reference, *[figure for beat in (client.beat, client._beat)
                   for figure in (best("beat('A', 'b')", beat), accepted(beat))], client.beat is client._beat)
'''

WORK = '''
import time
ROUNDS = %d
def primes(limit):
    sieve = bytearray([1]) * limit
    for n in range(2, int(limit ** 0.5) + 1):
        if sieve[n]:
            sieve[n * n::n] = bytearray(len(range(n * n, limit, n)))
    return sum(sieve)
def nested(n): return n if n < 2 else nested(n - 1) + nested(n - 2)
def work(rounds):
    began = time.process_time()
    for _ in range(rounds):
        primes(20000)
        nested(17)
    return time.process_time() - began
start = time.process_time()
work(50)
print(start, work(ROUNDS))
'''


THREADS = '''
import threading, time
def work(): pass
found = []
for _ in range(9):
    began = time.perf_counter()
    for _ in range(300):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    found.append((time.perf_counter() - began) / 300 * 1e6)
print(min(found))
'''


ROUNDS = 1000
PAIRS = 16


class Measured(Programs):
    def __init__(self):
        self.cleanups = []

    def addCleanup(self, *call):
        self.cleanups.append(call)

    def close(self):
        while self.cleanups:
            function, *arguments = self.cleanups.pop()
            function(*arguments)


def measure_work(programs, listener):
    """What the agent costs at the start, in seconds, and the ratio of what it costs from then on: quartiles of pairs.

    The script tells the processor time of its process, the agent's threads too: at its first line, and of its work, whose
    first rounds do not count. Who of a pair runs first changes, so that neither has the quieter half.
    """
    path = programs.write(WORK % ROUNDS, 'work.py')
    starts, ratios = [], []
    for pair in range(PAIRS):
        costs = {}
        for who in (None, listener) if pair % 2 else (listener, None):
            words = subprocess.run([programs.python, path], env=programs.environment(who), check=True, capture_output=True)
            costs[who] = [float(word) for word in words.stdout.split()]
        starts.append(costs[listener][0] - costs[None][0])
        ratios.append(costs[listener][1] / costs[None][1])
    return statistics.median(starts), statistics.quantiles(ratios, n=4)


def measure_threads(programs, listener):
    """Microseconds that a thread takes to start and end, alone and with the agent, which guards its stack."""
    path = programs.write(THREADS, 'threads.py')
    found = {}
    for who in (None, listener) * 3:
        words = subprocess.run([programs.python, path], env=programs.environment(who), check=True, capture_output=True)
        found[who] = min(found.get(who, 1e9), float(words.stdout))
    return found[None], found[listener]


def main():
    for version, python in sorted(PYTHONS.items(), key=lambda item: tuple(map(int, item[0].split('.')))):
        programs = Measured()
        programs.setUp()
        programs.python = python
        listener = programs.listen()
        path = programs.write(BEATS)
        words = subprocess.run([python, path], env=programs.environment(listener), check=True, capture_output=True,
                               text=True).stdout.split()
        reference, dropped, accepted, dropped_python, accepted_python = map(float, words[:5])
        start, (low, middle, high) = measure_work(programs, listener)
        print('Python %s  empty call %.3f µs' % (version, reference))
        print('  dropped beat   %.3f µs = %4.1f empty calls   (without the C part %.3f µs = %4.1f)%s' % (
            dropped, dropped / reference, dropped_python, dropped_python / reference,
            '' if dropped <= 0.3 else '   MORE THAN 0.3 µs'))
        print('  accepted beat  %.3f µs = %4.1f empty calls   (without the C part %.3f µs = %4.1f)%s' % (
            accepted, accepted / reference, accepted_python, accepted_python / reference,
            '' if accepted <= 3 else '   MORE THAN 3 µs'))
        print('  CPU-bound script  start %+.1f ms; then %.4f of its time alone (quartiles %.4f to %.4f, %d pairs)' % (
            start * 1000, middle, low, high, PAIRS))
        alone, supervised = measure_threads(programs, listener)
        print('  thread started and joined %.1f µs alone, %.1f µs supervised: ratio %.3f' % (
            alone, supervised, supervised / alone), flush=True)
        programs.close()


if __name__ == '__main__':
    main()
