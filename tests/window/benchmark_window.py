# SPDX-License-Identifier: MIT
"""What the real window costs: how long until its first frame, how much memory, how much of a core while the heartbeat
moves, and how long the turns of its main loop take: while a crowd lives in it for FLATLINE_BENCHMARK_SECONDS (600) and
somebody does what benchmark_play.py says, and while somebody does what is done once a day. In processor time, which a
busy machine changes little, and by the wall clock; they are printed, and decide nothing.
FLATLINE_BENCHMARK_STEP_SECONDS (3) is how long each step may go on, and FLATLINE_BENCHMARK_STEPS a regular expression
for the names of those to be done."""
import ctypes
import ctypes.util
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import benchmark_play

BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = int(os.environ.get('FLATLINE_BENCHMARK_SECONDS', '600'))
STEP_SECONDS = float(os.environ.get('FLATLINE_BENCHMARK_STEP_SECONDS', '3'))
STEPS = re.compile(os.environ.get('FLATLINE_BENCHMARK_STEPS', ''))
N_FREEZES = 5000
LIMIT_US = 16000
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


def stand_in_for_a_window_manager():
    """Without one GDK asks the server at each frame, a dozen times, whether one came; no desktop is like that."""
    x11 = ctypes.CDLL(ctypes.util.find_library('X11'))
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = x11.XInternAtom.restype = x11.XCreateSimpleWindow.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
    window = ctypes.c_ulong(x11.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, ctypes.c_ulong(0), ctypes.c_ulong(0)))
    sign = ctypes.c_ulong(x11.XInternAtom(display, b'_NET_SUPPORTING_WM_CHECK', 0))
    for owner in (root, window):
        x11.XChangeProperty(display, owner, sign, ctypes.c_ulong(33), 32, 0, ctypes.byref(window), 1)  # 33: XA_WINDOW
    x11.XSync(display, 0)  # the window is there as long as this connection is


def wait_for(what, look, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit(f'{what} did not come within {seconds} s')


class Window:
    def __init__(self, *arguments, freezes=0, **more):
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
        if freezes:
            os.mkdir(os.path.join(env['XDG_DATA_HOME'], 'flatline'))
            subprocess.run([os.path.join(BUILD, 'tests', 'store', 'stored-freezes'),
                            os.path.join(env['XDG_DATA_HOME'], 'flatline', 'flatline.sqlite'), str(freezes)], check=True)
        self.env = {name: value for name, value in env.items() if name not in ('LD_PRELOAD', 'FLATLINE_TURNS_FILE')}
        self.began = time.monotonic()
        self.process = subprocess.Popen([os.path.join(BUILD, 'app', 'flatline'), *arguments], env=env, cwd=self.folder)
        self.window = wait_for('the window', self.find_window)
        wait_for('the first frame', lambda: self.lines('frame'))
        self.first_frame_ms = (int(self.lines('frame')[0][1]) / 1e6 - self.began) * 1000
        self.first_frame_processor_ms = 1000 * self.ticks() / TICKS  # of all threads, until somewhat later

    def list_windows(self):
        return xdotool('search', '--onlyvisible', '--pid', self.process.pid).split()

    def find_window(self):
        found = self.list_windows()
        return found[-1] if found else None

    def lines(self, kind):
        with open(self.turns_file, encoding='utf-8', errors='replace') as file:
            return [line.split() for line in file if line.startswith(kind + ' ')]

    def resize(self, width, height):
        xdotool('windowsize', '--sync', self.window, width, height)

    def resize_by_hand(self):
        for width in [*range(1440, 1100, -20), *range(1100, 1441, 20)]:
            self.resize(width, 600 + (width - 1100) * 300 // 340)

    def scroll(self, x, y, times=40):
        """Down as fast as it goes, and up again."""
        self.point(x, y)
        for button in (5, 4):
            xdotool('click', '--repeat', times, '--delay', 10, button)

    def point(self, x, y):
        xdotool('mousemove', '--window', self.window, x, y)

    def click(self, x, y, button=1):
        self.point(x, y)
        xdotool('click', button)

    def drag(self, x, y, dx, dy, n=20):
        self.point(x, y)
        xdotool('mousedown', 1)
        for i in range(1, n + 1):
            self.point(x + dx * i // n, y + dy * i // n)
            time.sleep(0.02)
        xdotool('mouseup', 1)

    def key(self, *keys):
        xdotool('windowfocus', self.window)
        xdotool('key', '--clearmodifiers', *keys)

    def type(self, text):
        xdotool('type', '--delay', 60, text)

    def type_at(self, place, text):
        xdotool('windowfocus', self.window)
        self.click(*place)
        self.type(text)

    def menu(self, key, *keys):
        """Opened, looked at, and left by the keys, or by Escape where they do nothing."""
        self.key(key)
        self.choose(keys)

    def menu_at(self, place, *keys):
        xdotool('windowfocus', self.window)
        self.click(*place, button=3)
        self.choose(keys)

    def choose(self, keys):
        for key in keys or ('Escape',):
            time.sleep(0.4)
            xdotool('key', key)

    def dialog(self, *keys, words=''):
        """There is no window manager to give the focus to a window that opens, or back."""
        before = set(self.list_windows())
        self.key(*keys)
        time.sleep(0.8)
        opened = [window for window in self.list_windows() if window not in before]
        if opened:
            time.sleep(0.5)
            xdotool('windowfocus', '--sync', opened[-1])
            self.type(words)
            xdotool('key', *['Escape'] * (1 + bool(words)))
        xdotool('windowfocus', self.window)

    def open(self, path):
        """As a second start of Flatline does, which tells the first."""
        subprocess.run([self.process.args[0], path], env=self.env, cwd=self.folder, check=False, timeout=60)

    def close_tab(self):
        """And its program with it."""
        self.key('ctrl+w')
        time.sleep(0.5)
        self.choose(('Tab', 'Return'))

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

    def own_megabytes(self):
        with open(f'/proc/{self.process.pid}/status', encoding='utf-8') as status:
            return int(re.search(r'^RssAnon:\s*(\d+)', status.read(), re.M)[1]) / 1024

    def kinds_of_memory(self):
        with open(f'/proc/{self.process.pid}/status', encoding='utf-8') as status:
            kinds = re.findall(r'^Rss(Anon|File|Shmem):\s*(\d+)', status.read(), re.M)
        names = {'Anon': 'its own', 'File': 'of files', 'Shmem': 'shared with the X server'}
        return ', '.join(f'{int(kilobytes) / 1024:.0f} {names[kind]}' for kind, kilobytes in kinds)

    def ticks(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='utf-8', errors='replace') as stat:
            return sum(int(word) for word in stat.read().rpartition(')')[2].split()[11:13])

    def core_share(self, seconds):
        """How much of a core the whole process takes, in percent."""
        before, began = self.ticks(), time.monotonic()
        time.sleep(seconds)
        return 100 * (self.ticks() - before) / TICKS / (time.monotonic() - began)

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
    clock_ms, processor_ms = [], []
    for _ in range(10):
        window = Window()
        clock_ms.append(window.first_frame_ms)
        processor_ms.append(window.first_frame_processor_ms)
        window.end()
    print(f'first frame, no session: {statistics.median(clock_ms):.0f} ms after the start, {min(clock_ms):.0f} at best '
          f'(of 10; goal 500); {statistics.median(processor_ms):.0f} ms of processor time', flush=True)


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
        print(f'memory with one session: {memory["Rss"]:.0f} MiB resident, {memory["Pss"]:.0f} its own share '
              f'(goal 120); {window.kinds_of_memory()}', flush=True)
        window.end()
        window = Window(script, GDK_DEBUG='gl-disable')
        window.resize(1440, 900)
        wait_for('the program', window.program)
        time.sleep(10)
        memory = window.megabytes()
        print(f'the same without the OpenGL driver that GTK loads (here one in software, with LLVM): '
              f'{memory["Rss"]:.0f} MiB resident', flush=True)
        window.end()


def take_picture(name):
    folder = os.environ.get('FLATLINE_BENCHMARK_PICTURES')
    if folder:
        subprocess.run(['import', '-window', 'root', os.path.join(folder, name.replace(' ', '-') + '.png')], check=False)


def play_round(window, acts, steps, deadline=math.inf):
    for name, act in acts:
        if not STEPS.search(name):
            continue
        steps.append((time.monotonic(), name))
        act()
        time.sleep(STEP_SECONDS)
        take_picture(name)
        if time.monotonic() > deadline or window.process.poll() is not None:
            break


def play_rounds(window, program):
    """The steps with the moment each began, until the time is up, at least one round; and the memory after each."""
    steps = [(time.monotonic(), 'start')]
    own_memory = []
    deadline = time.monotonic() + SECONDS
    n_rounds = 0
    while n_rounds == 0 or time.monotonic() < deadline:
        play_round(window, benchmark_play.play(window, program), steps, deadline if n_rounds > 0 else math.inf)
        n_rounds += 1
        own_memory.append(window.own_megabytes())
    return steps, own_memory


def measure_crowd():
    window = Window(os.path.join(HERE, 'crowd.py'), '200', '500', '5000', freezes=N_FREEZES)
    window.resize(1440, 900)
    program = wait_for('the program', window.program)
    wait_for('the crowd', lambda: len(children(program)) == 199 and len(os.listdir(f'/proc/{program}/task')) > 290)
    began = time.monotonic()
    steps, own_memory = play_rounds(window, program)
    seconds = time.monotonic() - began
    memory = window.megabytes()
    kinds = window.kinds_of_memory()
    share = window.core_share(5)
    steps.append((time.monotonic(), 'end'))
    status = window.end()
    report_turns(window, steps, f'crowd of 200 processes, 500 threads, 5000 connections, {N_FREEZES} past freezes',
                 seconds)
    print(f'its own memory after each round: {", ".join(f"{megabytes:.0f}" for megabytes in own_memory)} MiB')
    print(f'memory at the end: {memory["Rss"]:.0f} MiB resident ({kinds}); '
          f'the window took {share:.0f} % of a core at last; status {status}')


def measure_rare():
    window = Window(freezes=N_FREEZES)
    window.script = os.path.join(window.folder, 'calm.py')
    with open(window.script, 'w', encoding='utf-8') as file:
        file.write(CALM)
    window.resize(1440, 900)
    began = time.monotonic()
    steps = [(began, 'start')]
    play_round(window, benchmark_play.play_rare(window), steps)
    steps.append((time.monotonic(), 'end'))
    window.end()
    report_turns(window, steps, 'what is done once a day', time.monotonic() - began)


def find_step(steps, at_us):
    return next((name for began, name in reversed(steps) if began <= at_us / 1e6), 'before')


def report_turns(window, steps, what, seconds):
    words = window.lines('turns')[0]
    n_turns, n_slow, worst_us, total_us = (int(words[i]) for i in (1, 3, 5, 7))
    by_clock = window.lines('clock')[0]
    print(f'{what} for {seconds:.0f} s, '
          f'{len(steps) - 2} steps: {n_turns} turns of the main loop, '
          f'{total_us / n_turns:.0f} µs of processor time on average\n'
          f'more than 16 ms (goal: none): {n_slow} by processor time, the worst {worst_us / 1000:.1f} ms; '
          f'{by_clock[2]} by the wall clock, the worst {int(by_clock[4]) / 1000:.0f} ms')
    limits = ['1 ms', '2 ms', '4 ms', '8 ms', '16 ms', '32 ms', '64 ms', 'more']
    print('before the first frame: ' + ', '.join(f'{int(line[2]) / 1000:.0f} ms' for line in window.lines('start')))
    print('turns up to: ' + ', '.join(f'{limits[int(line[1])]} {line[2]}' for line in window.lines('class')))
    for slow, phases in zip(window.lines('slow'), window.lines('phases')):
        at, spent_us, clock_us, n_faults, n_waits, n_ways = map(int, slow[1:])
        if spent_us <= int(os.environ.get('FLATLINE_TURNS_LIMIT_US', LIMIT_US)):
            continue
        took = sorted(zip(phases[1::2], phases[2::2]), key=lambda item: -int(item[1]))
        print(f'  {spent_us / 1000:4.1f} ms, {clock_us / 1000:.0f} by the clock, during {find_step(steps, at)}: '
              + ', '.join(f'{phase} {int(us) / 1000:.1f}' for phase, us in took if int(us) > 500)
              + f'; {n_faults} new pages, waited {n_waits} times, gave way {n_ways} times', flush=True)
    for warning in window.lines('warning'):
        print(f'warned during {find_step(steps, int(warning[1]))}: {" ".join(warning[2:])}')
    if os.environ.get('FLATLINE_TURNS_STACKS'):
        print(f'stacks: {window.turns_file}')


if __name__ == '__main__':
    stand_in_for_a_window_manager()
    for part in sys.argv[1:] or ['start', 'heartbeat', 'rare', 'crowd']:
        {'start': measure_start, 'heartbeat': measure_heartbeat, 'rare': measure_rare, 'crowd': measure_crowd}[part]()
