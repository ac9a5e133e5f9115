# SPDX-License-Identifier: MIT
"""What post-mortem files cost: dump_exception() in a program that holds 1 GiB, and hooks that wait for nothing.

Prints for each Python: how long dump_exception() took and how large its file is, with much data of several kinds, and
the time of a CPU-bound script with the hooks set against the same script alone, its start included. Time tells no
thousandths on a busy machine: valgrind, where it is here, counts the instructions of the same work, without the start.
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import AGENT, PYTHONS  # noqa: E402

GIBIBYTE = '''
import os, resource, sys, time
import flatline
flatline.dump_exception
MIB = 1 << 20
def fail():
    texts = ["%d" % n * 20 for n in range(1200000)]
    rows = [{"id": n, "name": "row %d" % n, "tags": (n, n + 1)} for n in range(700000)]
    table = {n: [n] for n in range(700000)}
    blob = b"x" * (350 * MIB)
    long = "y" * (150 * MIB)
    words = set(texts[:300000])
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    raise ValueError(resident)
def run(depth):
    local = list(range(depth))
    return run(depth - 1) if depth else fail()
try:
    run(50)
except ValueError as error:
    began = time.perf_counter()
    cpu = time.process_time()
    path = flatline.dump_exception(error, "big.flatline")
    print(error.args[0], time.perf_counter() - began, time.process_time() - cpu, os.path.getsize(path),
          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - error.args[0])
'''

WORK = '''
import sys, time
%s
began = time.process_time()
def nested(n): return n if n < 2 else nested(n - 1) + nested(n - 2)
def failing(n):
    try:
        raise KeyError(n)
    except KeyError:
        return 1
for _ in range(int(sys.argv[1]) if sys.argv[1:] else 30):
    nested(17 if not sys.argv[1:] else 12)
    sum(failing(n) for n in range(3000 if not sys.argv[1:] else 300))
print(time.process_time() - began)
'''
HOOKS = 'import flatline; flatline.set_excepthook("x.flatline")'
# All that setting them loads: what modules cost (more objects for the collector) is not what hooks cost.
MODULES = ('import sys, threading; kept = sys.excepthook, threading.excepthook; ' + HOOKS
           + '; sys.excepthook, threading.excepthook = kept')
ROUNDS = (5, 45)


def run(python, folder, text, name='program.py'):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as program:
        program.write(text)
    environment = dict(os.environ, PYTHONPATH=AGENT, PYTHONDONTWRITEBYTECODE='1')
    done = subprocess.run([python, path], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def count_instructions(python, folder, setup):
    """Of the rounds between the two numbers of ROUNDS: the start is in both and falls out."""
    path = os.path.join(folder, 'counted.py')
    with open(path, 'w', encoding='utf-8') as program:
        program.write(WORK % setup)
    environment = dict(os.environ, PYTHONPATH=AGENT, PYTHONDONTWRITEBYTECODE='1', PYTHONHASHSEED='0')
    counts = []
    for rounds in ROUNDS:
        done = subprocess.run(['valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null', python,
                               path, str(rounds)], cwd=folder, env=environment, capture_output=True, text=True, check=True)
        counts.append(int(re.search(r'I\s+refs:\s+([\d,]+)', done.stderr).group(1).replace(',', '')))
    return counts[1] - counts[0]


def main():
    for version, python in PYTHONS.items():
        with tempfile.TemporaryDirectory(prefix='flatline-benchmark-') as folder:
            resident, seconds, cpu, size, more = run(python, folder, GIBIBYTE)
            print('%s  dump_exception() with %d MiB of data: %.2f s (%.2f s of CPU), file %.2f MiB, %d MiB more memory'
                  % (version, resident, seconds, cpu, size / (1 << 20), more), flush=True)
            ratios = []
            for _ in range(25):
                plain, = run(python, folder, WORK % '')
                hooked, = run(python, folder, WORK % HOOKS)
                ratios.append(hooked / plain)
            print('%s  a busy program with the hooks set: %.4f of the same without (quartiles %.4f to %.4f, %d pairs)'
                  % ((version, *(statistics.quantiles(ratios, n=4)[i] for i in (1, 0, 2)), len(ratios))), flush=True)
            if shutil.which('valgrind'):
                plain, loaded, hooked = (count_instructions(python, folder, setup) for setup in ('', MODULES, HOOKS))
                print('%s  instructions of the same work with the hooks set: %.4f of those without, %.4f of those with '
                      'their modules loaded alone' % (version, hooked / plain, hooked / loaded), flush=True)
            else:
                print('%s  instructions are not counted: there is no valgrind here' % version, flush=True)
            script = os.path.join(folder, 'empty.py')
            with open(script, 'w', encoding='utf-8') as program:
                program.write('pass\n')
            started = {}
            environment = dict(os.environ, PYTHONPATH=AGENT)
            for name, words in (('alone', []), ('under flatline.dump', ['-m', 'flatline.dump'])):
                times = []
                for _ in range(15):
                    began = time.perf_counter()
                    subprocess.run([python, *words, script], check=True, env=environment)
                    times.append(time.perf_counter() - began)
                started[name] = min(times)
            print('%s  start and end of an empty script: %s' % (version, ', '.join(
                '%s %.0f ms' % (name, seconds * 1000) for name, seconds in started.items())), flush=True)


if __name__ == '__main__':
    main()
