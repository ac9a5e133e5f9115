# SPDX-License-Identifier: MIT
"""A monkey at the window: buttons, menus, rows, keys and clicks in a random order that a seed repeats
(FLATLINE_TEST_SEED). Whatever is pressed in whatever state, the window lives and GTK has nothing to complain of.
./test --soak window/monkey goes on for long."""
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, EXAMPLES, WindowTest, walk, wait_for, xdotool  # noqa: E402

ROUNDS = 300 if os.environ.get('FLATLINE_TEST_SOAK') else 40
PROGRAMS = ('deadlock.py', 'exception.py', 'native_crash.py', 'editor_demo.py', 'child_hangs.py', 'socket_silent.py')
PRESSED = BUTTONS + ('menu item', 'check menu item', 'radio menu item', 'page tab', 'check box', 'radio button', 'switch',
                     'toggle button', 'list item', 'combo box', 'table row')
# What leads out of the window: other people's processes, the file system, the end.
LEFT_ALONE = ('Attach', 'Open', 'Save', 'Export', 'Import', 'Quit', 'Close Window', 'Core File', 'Keyring', 'Minimize')
KEYS = ('Tab', 'shift+Tab', 'Down', 'Up', 'Left', 'Right', 'Return', 'space', 'Escape', 'F1', 'F5', 'F10', 'Home', 'End',
        'Prior', 'Next', 'plus', 'minus', 'ctrl+f', 'ctrl+d', 'ctrl+z', 'ctrl+comma', 'ctrl+question', 'ctrl+Page_Down',
        'ctrl+t', 'Delete', 'Menu', '1', '2', '6', '8', '9', 's', 'r')


class MonkeyTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.env.update(HOME=self.folder, G_DEBUG='')
        seed = int(os.environ.get('FLATLINE_TEST_SEED') or time.time_ns() % 1_000_000)
        self.random = random.Random(seed)
        self.done = [f'seed {seed}']

    def start_watched(self):
        script = os.path.join(EXAMPLES, self.random.choice(PROGRAMS))
        self.done.append(f'start {os.path.basename(script)}')
        self.start(script)

    def list_pressable(self):
        found = []
        for node in walk(self.application()):
            name = node.name or ''
            if node.getRoleName() in PRESSED and not any(word in name for word in LEFT_ALONE):
                found.append(node)
        return found

    def press_something(self):
        node = self.random.choice(self.list_pressable())
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

    def check(self):
        story = '; '.join(self.done[-40:])
        self.check_complaints(f' after {story}')
        self.assertIn(self.window.poll(), (None, 0), f'the window ended after {story}')

    def is_answering(self):
        """A question over the accessibility bus is answered by the main loop."""
        return self.window.poll() is not None or self.application().childCount > 0

    def test_anything_in_any_order(self):
        self.start_watched()
        for _ in range(ROUNDS):
            try:
                self.random.choices((self.press_something, self.press_key, self.click), (5, 4, 3))[0]()
            except Exception:  # what was to be pressed has gone meanwhile
                pass
            wait_for('an answer of the window', self.is_answering)
            self.check()
            if self.window.poll() is not None:
                self.start_watched()
        self.end_window(self.window)
        self.check_complaints(' at the end, after ' + '; '.join(self.done[-40:]))


if __name__ == '__main__':
    unittest.main()
