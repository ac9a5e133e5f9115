# SPDX-License-Identifier: MIT
"""What a recording costs: a program that does nothing but call, alone, recorded, under cProfile and under `trace`; and
how large a million events are, and how long it takes to open them. Ratios count: all of a round is run in turn."""
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'agent'))
from agent_run import AGENT, BUILD, PYTHONS  # noqa: E402

CLI = os.path.join(BUILD, 'app', 'cli', 'flatline-cli')
PROGRAM = '''import sys, time
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
n = int(sys.argv[1])
begin = time.perf_counter()
fib(n)
print(time.perf_counter() - begin)
'''
ROUNDS = 5
WAYS = (('recorded', ['-m', 'flatline.record', '-o', 'out.flatline-recording']),
        ('without variables', ['-m', 'flatline.record', '--no-variables', '-o', 'out.flatline-recording']),
        ('cProfile', ['-m', 'cProfile']), ('trace --trace', ['-m', 'trace', '--trace']))


def measure(python, options, n, folder):
    environment = dict(os.environ, PYTHONPATH=AGENT)
    run = subprocess.run([python, *options, 'program.py', str(n)], cwd=folder, env=environment, capture_output=True,
                         text=True, check=True)
    return float(next(line for line in reversed(run.stdout.splitlines()) if line[:1].isdigit() and '.' in line
                      and ' ' not in line.strip()))


def main():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'program.py'), 'w', encoding='utf-8') as program:
            program.write(PROGRAM)
        for version, python in PYTHONS.items():
            best = {}
            for _ in range(ROUNDS):
                for name, options in (('alone', []), *WAYS):
                    took = measure(python, options, 16, folder)
                    best[name] = min(took, best.get(name, took))
            print('# %s: %s' % (version, ', '.join('%s %.0fx' % (name, best[name] / best['alone']) for name, _ in WAYS)))
        measure(next(iter(PYTHONS.values())), WAYS[0][1], 26, folder)
        path = os.path.join(folder, 'out.flatline-recording')
        begin = time.perf_counter()
        listed = subprocess.run([CLI, 'recordings', path], capture_output=True, text=True, check=True).stdout.split()
        took = time.perf_counter() - begin
        events = int(listed[4])
        print('# %d events: %.1f MB a million, opened in %.2f s a million'
              % (events, os.path.getsize(path) / events, took / events * 1e6))


main()
