# SPDX-License-Identifier: MIT
"""A monkey at the window: buttons, menus, rows, keys and clicks in a random order that a seed repeats
(FLATLINE_TEST_SEED), and misfortunes: programs are killed, stopped or held by another debugger, the database is removed
or spoiled, Flatline itself is stopped, or killed and started again, kept freezes come in by a second start. Whatever
happens in whatever state, the window lives and GTK has nothing to complain of. ./test --soak window/monkey goes on for
ten minutes."""
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, BUTTONS, EXAMPLES, WindowTest, wait_for, xdotool  # noqa: E402
from quick_look import QuickLook  # noqa: E402

ROUNDS = 40
SOAK_S = 600
PROGRAMS = ('deadlock.py', 'exception.py', 'native_crash.py', 'editor_demo.py', 'child_hangs.py', 'socket_silent.py')
UNRULY = {
    'endless_output.py': "import sys\nwhile True:\n    sys.stdout.write('y\\x1b[31m' * 999 + '\\n')\n    sys.stderr.write('z')",
    'endless_line.py': "while True:\n    print('y' * 9999, end='')",
    'noise.py': 'import os\nwhile True:\n    os.write(1, os.urandom(999))',
    'forks.py': 'import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n    time.sleep(0.1)\n'
                '    if os.fork() == 0:\n        os.kill(os.getpid(), (0, signal.SIGSEGV, signal.SIGTERM)[os.getpid() % 3])\n'
                "        os.execvp('true', ['true'])",
    'becomes_others.py': 'import os, sys, time\ntime.sleep(0.5)\nos.execv(sys.executable, [sys.executable, __file__])',
    'goes_away.py': 'import os, time\nif os.fork():\n    os._exit(3)\nos.setsid()\ntime.sleep(30)',
    'closes_all.py': 'import os\nos.closerange(0, 99)\nwhile True:\n    pass',
    'kills_itself.py': 'import os\nos.kill(os.getpid(), 9)',
    'stops_itself.py': 'import os, signal, time\nwhile True:\n    time.sleep(1)\n    os.kill(os.getpid(), signal.SIGSTOP)',
}
PRESSED = BUTTONS + ('menu item', 'check menu item', 'radio menu item', 'page tab', 'check box', 'radio button', 'switch',
                     'toggle button', 'list item', 'combo box', 'table row')
# What leads out of the window: other people's processes, the file system, the end.
LEFT_ALONE = ('Attach', 'Open', 'Save', 'Export', 'Import', 'Quit', 'Close Window', 'Core File', 'Keyring', 'Minimize')
KEYS = ('Tab', 'shift+Tab', 'Down', 'Up', 'Left', 'Right', 'Return', 'space', 'Escape', 'F1', 'F5', 'F10', 'Home', 'End',
        'Prior', 'Next', 'plus', 'minus', 'ctrl+f', 'ctrl+d', 'ctrl+z', 'ctrl+comma', 'ctrl+question', 'ctrl+Page_Down',
        'ctrl+t', 'Delete', 'Menu', '1', '2', '6', '8', '9', 's', 'r')
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGSTOP, signal.SIGCONT, signal.SIGINT)


def list_children(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
        return [int(word) for word in children.read().split()]


class MonkeyTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.env.update(HOME=self.folder, G_DEBUG='')
        seed = int(os.environ.get('FLATLINE_TEST_SEED') or time.time_ns() % 1_000_000)
        self.random = random.Random(seed)
        self.done = [f'seed {seed}']
        self.debuggers = []
        self.addCleanup(self.end_debuggers)

    def end_debuggers(self):
        for debugger in self.debuggers:
            debugger.kill()
            debugger.wait()

    def choose_program(self):
        name = self.random.choice((*PROGRAMS, *UNRULY))
        return self.write(name, UNRULY[name]) if name in UNRULY else os.path.join(EXAMPLES, name)

    def start_watched(self):
        script = self.choose_program()
        self.done.append(f'start {os.path.basename(script)}')
        self.start(script)

    def press_something(self):
        application = self.application()
        look = QuickLook(application, '')
        node = look.reach(application, self.random.choice([found.path for found in look.found if found.role in PRESSED]))
        if any(word in (node.name or '') for word in LEFT_ALONE):
            return
        self.done.append(f'press {node.getRoleName()} “{node.name}”')
        node.queryAction().doAction(0)

    def press_key(self):
        key = self.random.choice(KEYS)
        window = self.random.choice(self.windows())
        self.done.append(f'key {key}')
        xdotool('windowfocus', '--sync', window)
        xdotool('key', '--clearmodifiers', key)

    def click(self):
        window = self.random.choice(self.windows())
        shape = dict(line.split('=') for line in xdotool('getwindowgeometry', '--shell', window).split())
        x, y = (self.random.randrange(int(shape[side])) for side in ('WIDTH', 'HEIGHT'))
        button = self.random.choice((1, 1, 1, 3, 4, 5))
        if y < 60:
            return  # the header bar has the window's own buttons, and Open
        self.done.append(f'click {button} at {x}, {y} of {shape["WIDTH"]}×{shape["HEIGHT"]}')
        xdotool('mousemove', '--window', window, x, y, 'click', button)

    def choose_process(self):
        programs = [pid for pid in list_children(self.window.pid) if 'python' in os.readlink(f'/proc/{pid}/exe')]
        return self.random.choice([*programs, *(child for program in programs for child in list_children(program))])

    def hit_a_program(self):
        """As its owner, its administrator or the kernel would, without a word to Flatline."""
        pid = self.choose_process()
        number = self.random.choice(SIGNALS)
        self.done.append(f'{number.name} to {pid}')
        os.kill(pid, number)

    def spoil_the_store(self):
        path = os.path.join(self.env['XDG_DATA_HOME'], 'flatline', 'flatline.sqlite')
        way = self.random.choice(('removed', 'emptied', 'spoiled', 'folder removed'))
        self.done.append(f'store {way}')
        if way == 'removed':
            os.remove(path)
        elif way == 'emptied':
            os.truncate(path, 0)
        elif way == 'spoiled':
            with open(path, 'r+b') as store:
                store.seek(self.random.randrange(os.path.getsize(path)))
                store.write(self.random.randbytes(4096))
        else:
            os.rename(os.path.dirname(path), f'{os.path.dirname(path)}-{len(self.done)}')

    def start_again(self):
        """A second start hands what it was given to the window that is there."""
        what = self.random.choice((self.kept, self.broken, self.choose_program()))
        self.done.append(f'start again with {os.path.basename(what)}')
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), what], env=self.env, cwd=self.folder, timeout=60,
                       stderr=self.errors, check=False)

    def attach_debugger(self):
        pid = self.choose_process()
        self.done.append(f'gdb at {pid}')
        self.debuggers.append(subprocess.Popen(['gdb', '-nx', '-batch', '-p', str(pid), '-ex', 'shell sleep 3'],
                                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                               stderr=subprocess.DEVNULL))

    def stop_flatline(self):
        self.done.append('stop Flatline')
        os.kill(self.window.pid, signal.SIGSTOP)
        time.sleep(self.random.random() * 3)
        os.kill(self.window.pid, signal.SIGCONT)

    def kill_flatline(self):
        """Its programs go on: they would eat the processor."""
        self.done.append('kill Flatline')
        programs = list_children(self.window.pid)
        self.end_window(self.window)
        for pid in programs:
            os.kill(pid, signal.SIGKILL)
        self.start_watched()

    def meet_misfortune(self):
        deeds = {self.hit_a_program: 6, self.spoil_the_store: 1, self.start_again: 3, self.stop_flatline: 1,
                 self.kill_flatline: 1, self.attach_debugger: 2 if shutil.which('gdb') else 0}
        self.random.choices(tuple(deeds), tuple(deeds.values()))[0]()

    def keep_a_freeze(self):
        """A file of a freeze, and one that was cut short."""
        self.kept, self.broken = (os.path.join(self.folder, name) for name in ('kept.flatline', 'cut.flatline'))
        subprocess.run([os.path.join(BUILD, 'app', 'cli', 'flatline-cli'), 'dump', '-o', self.kept, str(os.getpid())],
                       check=True, stderr=subprocess.DEVNULL)
        with open(self.kept, 'rb') as kept, open(self.broken, 'wb') as broken:
            broken.write(kept.read()[:2000])

    def check(self):
        story = '; '.join(self.done[-40:])
        self.check_complaints(f' after {story}')
        self.assertIn(self.window.poll(), (None, 0), f'the window ended after {story}')

    def is_answering(self):
        """A question over the accessibility bus is answered by the main loop."""
        return self.window.poll() is not None or self.application().childCount > 0

    def test_anything_in_any_order(self):
        self.keep_a_freeze()
        self.start_watched()
        end = time.monotonic() + SOAK_S
        rounds = 0
        while time.monotonic() < end if os.environ.get('FLATLINE_TEST_SOAK') else rounds < ROUNDS:
            rounds += 1
            try:
                deeds = (self.press_something, self.press_key, self.click, self.meet_misfortune)
                self.random.choices(deeds, (10, 8, 6, 3))[0]()
            except Exception:  # what was to be pressed has gone meanwhile
                pass
            wait_for('an answer of the window', self.is_answering)
            self.check()
            if self.window.poll() is not None:
                self.start_watched()
        print(f'# {self.done[0]}: {rounds} rounds, {len(self.done)} deeds', file=sys.stderr)
        self.end_window(self.window)
        self.check_complaints(' at the end, after ' + '; '.join(self.done[-40:]))


if __name__ == '__main__':
    unittest.main()
