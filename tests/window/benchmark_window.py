# SPDX-License-Identifier: MIT
"""What the real window costs: how long until its first frame, how much memory, how much of a core while the heartbeat
moves, and how long the turns of its main loop take while a crowd lives in it for FLATLINE_BENCHMARK_SECONDS (600).
Processor time throughout, so that a busy machine changes the figures little; they are printed, and decide nothing.
The window is driven by keys and mouse alone: asking for its widgets would be work of its own."""
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = int(os.environ.get('FLATLINE_BENCHMARK_SECONDS', '600'))
TICKS = os.sysconf('SC_CLK_TCK')
CALM = '''\
import time
from flatline import beat
while True:
    beat('WORK', 'main')
    time.sleep(0.25)
'''


def xdotool(*arguments):
    return subprocess.run(['xdotool', *map(str, arguments)], check=False, stdout=subprocess.PIPE, text=True).stdout


def wait_for(what, look, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit(f'{what} did not come within {seconds} s')


class Window:
    def __init__(self, *arguments, **more):
        self.folder = tempfile.mkdtemp(prefix='flatline-benchmark-')
        self.turns_file = os.path.join(self.folder, 'turns')
        env = dict(os.environ, GSK_RENDERER='cairo', GSETTINGS_BACKEND='memory', LC_ALL='C.UTF-8', PYTHONPATH='',
                   GTK_A11Y='none', LD_PRELOAD=os.path.join(BUILD, 'tests', 'window', 'libmeasure-turns.so'),
                   FLATLINE_TURNS_FILE=self.turns_file)
        env.pop('G_DEBUG', None)
        env.pop('GDK_DEBUG', None)
        env.update(more)
        for name in ('XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME'):
            env[name] = os.path.join(self.folder, name)
            os.mkdir(env[name])
        self.began = time.monotonic()
        self.process = subprocess.Popen([os.path.join(BUILD, 'app', 'flatline'), *arguments], env=env, cwd=self.folder)
        self.window = wait_for('the window', self.find_window)
        wait_for('the first frame', lambda: self.lines('frame'))
        self.first_frame_ms = (int(self.lines('frame')[0][1]) / 1e6 - self.began) * 1000

    def find_window(self):
        found = xdotool('search', '--onlyvisible', '--pid', self.process.pid).split()
        return found[-1] if found else None

    def lines(self, kind):
        with open(self.turns_file, encoding='utf-8', errors='replace') as file:
            return [line.split() for line in file if line.startswith(kind + ' ')]

    def resize(self, width, height):
        xdotool('windowsize', '--sync', self.window, width, height)

    def key(self, *keys):
        xdotool('windowfocus', self.window)
        xdotool('key', '--clearmodifiers', *keys)

    def program(self):
        """The pid of the supervised program: the child that is a Python."""
        for pid in children(self.process.pid):
            try:
                with open(f'/proc/{pid}/comm', encoding='ascii') as comm:
                    if comm.read().startswith('python'):
                        return pid
            except OSError:
                continue
        return None

    def megabytes(self):
        with open(f'/proc/{self.process.pid}/smaps_rollup', encoding='ascii') as smaps:
            text = smaps.read()
        return {name: int(re.search(rf'^{name}: *(\d+)', text, re.M)[1]) / 1024 for name in ('Rss', 'Pss')}

    def core_share(self, seconds):
        """How much of a core the whole process takes, in percent."""
        def ticks():
            with open(f'/proc/{self.process.pid}/stat', encoding='utf-8', errors='replace') as stat:
                return sum(int(word) for word in stat.read().rpartition(')')[2].split()[11:13])
        before, began = ticks(), time.monotonic()
        time.sleep(seconds)
        return 100 * (ticks() - before) / TICKS / (time.monotonic() - began)

    def end(self):
        self.process.send_signal(signal.SIGUSR1)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode


def children(pid):
    found = []
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/children', encoding='ascii') as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            continue
    return found


def measure_start():
    frames = []
    for _ in range(5):
        window = Window()
        frames.append(window.first_frame_ms)
        window.end()
    print(f'first frame, no session: {statistics.median(frames):.0f} ms after the start (of 5; goal 500)', flush=True)


def measure_heartbeat():
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, 'calm.py')
        with open(script, 'w', encoding='utf-8') as file:
            file.write(CALM)
        window = Window(script)
        window.resize(1440, 900)
        wait_for('the program', window.program)
        time.sleep(35)  # until beats fill the whole width of the graph
        shares = [window.core_share(10) for _ in range(3)]
        memory = window.megabytes()
        print(f'heartbeat moving at 1440×900, Cairo: {min(shares):.1f}–{max(shares):.1f} % of a core (goal 5)')
        print(f'memory with one session: {memory["Rss"]:.0f} MiB resident, {memory["Pss"]:.0f} its own share (goal 120)',
              flush=True)
        window.end()
        window = Window(script, GDK_DEBUG='gl-disable')
        window.resize(1440, 900)
        wait_for('the program', window.program)
        time.sleep(10)
        memory = window.megabytes()
        print(f'the same without the OpenGL driver that GTK loads (here one in software, with LLVM): '
              f'{memory["Rss"]:.0f} MiB resident', flush=True)
        window.end()


def play(window, program):
    """One round of what a person does, in steps of some seconds; the same keys as always."""
    yield 'stack', lambda: window.key('1')
    yield 'variables', lambda: window.key('2')
    yield 'walk down the stack', lambda: window.key('Down', 'Down', 'Down', 'Up')
    yield 'connections', lambda: window.key('Escape', '8')
    yield 'monitor', lambda: window.key('9')
    yield 'monitor goes on', lambda: None
    yield 'monitor ends', lambda: window.key('9')
    yield 'refresh', lambda: window.key('6')
    yield 'processes', lambda: window.key('alt+3', 'Down', 'Down', 'End', 'Home')
    yield 'side bar', lambda: window.key('F9')
    yield 'side bar again', lambda: window.key('F9')
    yield 'smaller', lambda: window.resize(1024, 600)
    yield 'larger', lambda: window.resize(1440, 900)
    yield 'output', lambda: window.key('alt+2')
    yield 'freeze', lambda: os.kill(program, signal.SIGUSR1)
    yield 'freeze goes on', lambda: None


def measure_crowd():
    window = Window(os.path.join(HERE, 'crowd.py'), '200', '500', '5000')
    window.resize(1440, 900)
    program = wait_for('the program', window.program)
    wait_for('the crowd', lambda: len(children(program)) == 199 and len(os.listdir(f'/proc/{program}/task')) > 290)
    steps = [(time.monotonic(), 'start')]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for name, act in play(window, program):
            steps.append((time.monotonic(), name))
            act()
            time.sleep(4)
            if time.monotonic() > deadline:
                break
    memory = window.megabytes()
    share = window.core_share(5)
    steps.append((time.monotonic(), 'end'))
    status = window.end()
    report_turns(window, steps)
    print(f'memory at the end: {memory["Rss"]:.0f} MiB resident; the window took {share:.0f} % of a core at last; '
          f'status {status}')


def report_turns(window, steps):
    words = window.lines('turns')[0]
    n_turns, n_slow, worst_us, total_us = (int(words[i]) for i in (1, 3, 5, 7))
    print(f'crowd of 200 processes, 500 threads, 5000 connections for {SECONDS} s: {n_turns} turns of the main loop, '
          f'{n_slow} of more than 16 ms of processor time, the worst {worst_us / 1000:.0f} ms (goal: none); '
          f'{total_us / n_turns:.0f} µs on average')
    limits = ['1 ms', '2 ms', '4 ms', '8 ms', '16 ms', '32 ms', '64 ms', 'more']
    print('before the first frame: ' + ', '.join(f'{int(line[2]) / 1000:.0f} ms' for line in window.lines('start')))
    print('turns up to: ' + ', '.join(f'{limits[int(line[1])]} {line[2]}' for line in window.lines('class')))
    during = {}
    for _, at, spent in window.lines('slow'):
        name = [step for began, step in steps if began <= int(at) / 1e6][-1:] or ['before']
        during.setdefault(name[0], []).append(int(spent) / 1000)
    for name, spent in sorted(during.items(), key=lambda item: -max(item[1])):
        print(f'  {name}: {len(spent)} slow, worst {max(spent):.0f} ms', flush=True)
    for slow, phases in zip(window.lines('slow'), window.lines('phases')):
        name = [step for began, step in steps if began <= int(slow[1]) / 1e6][-1:] or ['before']
        took = sorted(zip(phases[1::2], phases[2::2]), key=lambda item: -int(item[1]))
        print(f'  {int(slow[2]) / 1000:4.0f} ms during {name[0]}: '
              + ', '.join(f'{phase} {int(us) / 1000:.1f}' for phase, us in took if int(us) > 500), flush=True)
    if os.environ.get('FLATLINE_TURNS_STACKS'):
        print(f'stacks: {window.turns_file}')


if __name__ == '__main__':
    for part in sys.argv[1:] or ['start', 'heartbeat', 'crowd']:
        {'start': measure_start, 'heartbeat': measure_heartbeat, 'crowd': measure_crowd}[part]()
