# SPDX-License-Identifier: MIT
"""How fast the inspector is, beside its peers in the same run: austin, py-spy, pystack and gdb, as found on PATH.

A peer that is not there is said to be missing. Each goal of the project has a line of its own, "goal NAME: met" or
"missed by" how much, against what the peer did in the same run; a machine under load decides nothing.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from inspected import BUILD, CLI  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = '/usr/bin/python3'
RATE = os.path.join(BUILD, 'tests', 'inspect', 'sample-rate')
SECONDS = 3
RUNS = 25
RUNS_WHOLE = 7
SILENT = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}


class Program:
    def __init__(self, threads, depth, kind='still'):
        self.process = subprocess.Popen([PYTHON, os.path.join(HERE, 'speed_program.py'), str(threads), str(depth), kind],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        if self.process.stdout.readline() != 'ready\n':
            self.__exit__()
            raise RuntimeError('the program to be looked at did not start (so many threads may be too many here)')

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()


def run(command):
    """(milliseconds, milliseconds of processor) of one run, None when it failed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, **SILENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = (time.perf_counter() - began) * 1e3
    # austin -w ends with a status of its own when it has shown all.
    if process.returncode not in (0, 64):
        return None
    return took, (usage.ru_utime + usage.ru_stime) * 1e3


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def missing(name):
    print(f'  {name:28} skipped: it is not on PATH', flush=True)


def say_goal(name, figure, goal, unit, more_is_better=False):
    """One line: the figure, what it is to be, and by what share of that it is missed."""
    met = figure >= goal if more_is_better else figure <= goal
    apart = (goal - figure if more_is_better else figure - goal) / goal * 100
    print(f'  goal {name}: {"met" if met else f"missed by {apart:.0f} %"} ({figure:.2f} {unit}, '
          f'{"at least" if more_is_better else "at most"} {goal:g})', flush=True)


def rate_of_austin(austin, pid):
    """Full passes a second: it writes a line a thread; thread and frames are apart by semicolons."""
    output = f'/tmp/flatline-benchmark-{os.getpid()}.austin'
    try:
        began = time.perf_counter()
        subprocess.run([austin, '-i', '1', '-x', str(SECONDS), '-o', output, '-p', str(pid)], check=False, **SILENT)
        took = time.perf_counter() - began
        rows, threads = 0, set()
        with open(output, encoding='utf-8', errors='replace') as file:
            for line in file:
                if line.startswith('P'):
                    rows += 1
                    threads.add(line.split(';', 2)[1])
        return rows / max(len(threads), 1) / min(took, SECONDS)
    finally:
        if os.path.exists(output):
            os.unlink(output)


def measure_passes(austin):
    print('(a) Passes a second over 9 threads of 32 frames, target not paused, file, function and line of each call')
    for kind in ('still', 'busy'):
        with Program(9, 32, kind) as program:
            theirs = []
            ours = []
            for _ in range(3):
                words = subprocess.run([RATE, str(program.pid), str(SECONDS)], check=True, capture_output=True,
                                       text=True).stdout.splitlines()[0].split()
                ours.append((float(words[0]), words))
                if austin:
                    theirs.append(rate_of_austin(austin, program.pid))
            rate, words = max(ours)
            print(f'  flatline, {kind:17} {rate:10.0f} passes/s of {words[1]} calls; of {words[2]} stacks {words[3]} '
                  'incomplete', flush=True)
            if austin:
                print(f'  austin -i 1, {kind:14} {max(theirs):10.0f} passes/s', flush=True)
                say_goal(f'(a) passes, {kind}', rate / max(theirs), 5, 'times austin', more_is_better=True)
    if not austin:
        missing('austin')


def measure_dump(peers):
    print('(b) Whole process of one look at 9 threads of 32 frames, without variables and pause; best and median of '
          f'{RUNS} runs in turn')
    with Program(9, 32) as program:
        pid = str(program.pid)
        commands = {'flatline': [CLI, 'dump', '--no-locals', '--no-pause', pid]}
        for name, words in (('austin', ['-w', pid]), ('py-spy', ['dump', '--pid', pid]), ('pystack', ['remote', pid]),
                            ('gdb', ['-batch', '-nx', '-ex', 'thread apply all bt', '-p', pid])):
            if peers[name]:
                commands[name] = [peers[name], *words]
            else:
                missing(name)
        found = {name: [] for name in commands}
        for turn in range(RUNS):
            for name, command in commands.items():
                # The slow ones would make the run long, and are far enough away.
                if turn < 5 or name in ('flatline', 'austin', 'py-spy'):
                    found[name].append(run(command))
        best = {}
        for name, runs in found.items():
            good = [one for one in runs if one]
            if not good:
                print(f'  {name:28} failed')
                continue
            best[name] = min(one[0] for one in good), median([one[0] for one in good])
            print(f'  {name:28} best {best[name][0]:7.2f} ms, median {best[name][1]:7.2f} ms, processor '
                  f'{median([one[1] for one in good]):7.2f} ms')
        for name, goal in (('austin', 2), ('py-spy', 0.1), ('gdb', 0.1)):
            if name in best:
                say_goal('(b) quickest look', best['flatline'][0] / best[name][0], goal, f'times {name}')


def measure_whole(peers):
    print(f'(b2) Whole process of a full dump of the same, best and median of {RUNS_WHOLE} runs in turn')
    with Program(9, 32) as program:
        pid = str(program.pid)
        for title, ours, theirs in (
                ('with variables', [], {'py-spy': ['dump', '--locals', '--pid', pid],
                                        'pystack': ['remote', '--locals', pid]}),
                ('with variables, as JSON', ['--json'], {'py-spy': ['dump', '--locals', '--json', '--pid', pid]}),
                ('with C frames', ['--native', '--no-locals'], {
                    'py-spy': ['dump', '--native', '--pid', pid], 'pystack': ['remote', '--native', pid],
                    'gdb': ['-batch', '-nx', '-ex', 'thread apply all bt', '-p', pid]})):
            commands = {'flatline': [CLI, 'dump', *ours, pid]}
            commands.update({name: [peers[name], *words] for name, words in theirs.items() if peers[name]})
            found = {name: [] for name in commands}
            for _ in range(RUNS_WHOLE):
                for name, command in commands.items():
                    found[name].append(run(command))
            print_beside(title, found)


def print_beside(title, found):
    """Best and median of each, and ours as a share of theirs: on the clock, and on a processor."""
    good = {name: [one for one in runs if one] for name, runs in found.items()}
    figures = {name: (min(one[0] for one in runs), median([one[0] for one in runs]), median([one[1] for one in runs]))
               for name, runs in good.items() if runs}
    for name in found:
        if name not in figures:
            print(f'  {title:24} {name:10} failed', flush=True)
            continue
        best, middle, processor = figures[name]
        print(f'  {title:24} {name:10} best {best:8.2f} ms, median {middle:8.2f} ms, processor {processor:8.2f} ms',
              flush=True)
    if 'flatline' in figures:
        ours = figures['flatline']
        for name in figures.keys() - {'flatline'}:
            say_goal(f'(b2) full dump {title}', ours[0] / figures[name][0], 1, f'times {name}, the time')
            say_goal(f'(b2) full dump {title}', ours[2] / figures[name][2], 1, f'times {name}, the processor')


def dump(pid, *options):
    done = subprocess.run([CLI, 'dump', '--json', *options, str(pid)], stdin=subprocess.DEVNULL, capture_output=True,
                          check=True)
    return json.loads(done.stdout)


def dump_apart(pid, *options):
    """The snapshot, seconds, megabytes; by a small process, since a child begins with the memory of its parent."""
    text = ('import json, os, subprocess, sys, time; began = time.perf_counter();'
            'process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=open(sys.argv[1], "wb"));'
            'usage = os.wait4(process.pid, 0)[2]; print(time.perf_counter() - began, usage.ru_maxrss / 1024)')
    output = f'/tmp/flatline-benchmark-{os.getpid()}.json'
    try:
        words = subprocess.run([PYTHON, '-ISc', text, output, CLI, 'dump', '--json', *options, str(pid)],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout.split()
        with open(output, encoding='utf-8') as file:
            return json.load(file), float(words[0]), float(words[1])
    finally:
        os.unlink(output)


def measure_pause():
    print('(c) How long the target is held for a full dump with variables')
    for kind in ('still', 'busy'):
        with Program(9, 32, kind) as program:
            pauses = sorted(dump(program.pid).get('pause_us', 0) / 1e3 for _ in range(20))
            print(f'  9 threads of 32 frames, {kind:5} best {pauses[0]:.2f} ms, median {median(pauses):.2f} ms, worst '
                  f'{pauses[-1]:.2f} ms of {len(pauses)}', flush=True)
            say_goal(f'(c) pause, {kind}', median(pauses), 2, 'ms, the median')


def measure_large(pyspy):
    print('(d) Large programs: whole process, memory, pause')
    for name, program, runs in (('1,000 threads of 10 frames', (1000, 10), 3), ('10,000 threads', (10_000, 10), 1),
                                ('a recursion of 10,000', (1, 10_000), 3),
                                ('a dict of 10 million entries', (1, 5, 'dict'), 3)):
        try:
            target = Program(*program)
        except RuntimeError as error:
            print(f'  {name:30} skipped: {error}')
            continue
        with target:
            for label, options in (('full', []), ('stacks, no pause', ['--no-locals', '--no-pause'])):
                snapshot, took, memory = min((dump_apart(target.pid, *options) for _ in range(runs)),
                                             key=lambda found: found[1])
                frames = sum(len(thread.get('frames', [])) for thread in snapshot['threads'])
                print(f'  {name:30} {label:17} {took * 1e3:7.0f} ms, {memory:5.0f} MB, pause '
                      f'{snapshot.get("pause_us", 0) / 1e3:5.2f} ms; {len(snapshot["threads"])} threads, {frames} frames'
                      f'{"; " + "; ".join(snapshot["limits"]) if snapshot.get("limits") else ""}', flush=True)
                if label == 'full':
                    ours = took * 1e3
            theirs = [one for one in (run([pyspy, 'dump', '--locals', '--pid', str(target.pid)]) for _ in range(runs))
                      if one] if pyspy else []
            if theirs:
                say_goal(f'(d) bounded time, {name}', ours / min(theirs)[0], 1, 'times py-spy dump --locals')


def version_of(path):
    said = subprocess.run([path, '--version'], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
    found = re.search(r'\d+\.\d+(\.\d+)?', said)
    return found.group() if found else None


def main():
    peers = {name: shutil.which(name) for name in ('austin', 'py-spy', 'pystack', 'gdb')}
    print('Peers:', ', '.join(f'{name} {version_of(path)}' if path else f'no {name}' for name, path in peers.items()))
    # One that is there but does not run is as good as missing.
    peers = {name: path if path and version_of(path) else None for name, path in peers.items()}
    measure_passes(peers['austin'])
    measure_dump(peers)
    measure_whole(peers)
    measure_pause()
    measure_large(peers['py-spy'])


if __name__ == '__main__':
    main()
