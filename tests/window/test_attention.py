# SPDX-License-Identifier: MIT
"""A freeze in a tab that is not seen is told over the one that is, and a click leads there; and sizes of panes are kept
when a person moved them, not when a small window did."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, WindowTest, wait_for, xdotool  # noqa: E402

FREEZES = '''import os, time
from flatline import beat
while not os.path.exists('freeze'):
    beat('WORK', 'loop')
    time.sleep(0.1)
while not os.path.exists('recover'):
    pass
while True:
    beat('WORK', 'loop')
    time.sleep(0.1)
'''
CALM = '''import time
from flatline import beat
while True:
    beat('WORK', 'loop')
    time.sleep(0.1)
'''


class AttentionTest(WindowTest):
    def test_hidden_tab(self):
        self.start(self.write('stuck & <co>.py', FREEZES))
        stuck = self.wait_for_program()
        wait_for('the beats', lambda: self.find('♥ beating'))
        self.write('calm.py', CALM)
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), 'calm.py'], env=self.env, cwd=self.folder, check=True)
        self.wait_for_program(stuck)
        self.focus()
        wait_for('the window to know that it is looked at', self.active_windows)
        self.write('freeze', '')
        self.see('stuck & <co>.py flatlined')
        self.picture('attention')
        self.point_at(self.find('Show', exactly=True))

        def clicked():
            # It slides in, and is no button before it is in place.
            xdotool('click', 1)
            return self.program_pid() == stuck
        wait_for('the tab of the program', clicked)
        wait_for('the word to go', lambda: not self.find('stuck & <co>.py flatlined'))

    def kept(self):
        path = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings', 'keyfile')
        if not os.path.exists(path):
            return []
        with open(path, encoding='utf-8') as file:
            return [line.partition('=')[0] for line in file]

    def handle_x(self):
        box = self.place(self.find('Processes', ('tree table',)))
        return box.x + box.width, box.y + box.height // 2

    def close_tab(self):
        self.press('Force Kill')
        self.see('Ended by SIGKILL')
        self.key('ctrl+w')
        self.see('Drop a Python Script Here')

    def test_sizes(self):
        self.env['GSETTINGS_BACKEND'] = 'keyfile'
        self.start(self.write('calm.py', CALM))
        self.wait_for_program()
        xdotool('windowsize', '--sync', self.main_window, 1024, 600)
        self.close_tab()
        wait_for('the settings', lambda: 'recent-scripts' in self.kept())
        self.assertNotIn('left-width', self.kept(), 'nobody moved it')
        self.assertNotIn('bottom-height', self.kept())
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), 'calm.py'], env=self.env, cwd=self.folder, check=True)
        self.wait_for_program()
        self.see('♥ beating')
        x, y = self.handle_x()
        xdotool('mousemove', '--window', self.main_window, x + 1, y, 'mousedown', 1)
        for step in range(1, 9):
            xdotool('mousemove', '--window', self.main_window, x + 1 - 8 * step, y)
        xdotool('mouseup', 1)
        wait_for('the handle to move', lambda: self.handle_x()[0] < x - 20)
        self.close_tab()
        wait_for('the size to be kept', lambda: 'left-width' in self.kept())
        self.assertNotIn('bottom-height', self.kept())


if __name__ == '__main__':
    unittest.main()
