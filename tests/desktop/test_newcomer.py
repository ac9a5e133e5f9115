# SPDX-License-Identifier: MIT
"""The way of somebody who never saw Flatline, step by step, each with a picture of the window in build/tests/artifacts:
the menu of the desktop, a script dropped on the window, the freeze, its cause, the end of the program, and the freeze
found again the next day. data/first-steps shows them: convert STEP.png -resize 880x -colors 256. The help's first page
tells the same way in words."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from installed import InstalledTest  # noqa: E402
from driver import ARTIFACTS, EXAMPLES, is_alive, wait_for, walk, xdotool  # noqa: E402
from test_open import OpenTest as _OpenTest  # noqa: E402


@unittest.skipIf(shutil.which('gtk4-launch') is None, 'gtk4-launch is not installed')
class NewcomerTest(InstalledTest):
    drag = _OpenTest.drag
    pull = _OpenTest.pull
    path = '/usr/bin:/bin'  # a newcomer has one Python; wrappers around it would be in the pictures for a moment

    def step(self, number, name):
        os.makedirs(ARTIFACTS, exist_ok=True)
        xdotool('mousemove', 1439, 899)  # tooltips go
        wait_for('the end of tooltips', lambda: self.windows() == [self.main_window])
        if shutil.which('import'):
            subprocess.run(['import', '-window', self.main_window,
                            os.path.join(ARTIFACTS, f'newcomer-{number}-{name}.png')], check=False)

    def check_columns(self):
        """What a table shows of its columns at first, it shows whole."""
        for table, names in (('Processes', ('Memory', 'State')), ('Variables', ('Value', 'Type'))):
            view = self.find(table, ('tree table',))

            def cut():
                end = sum(self.place(view)[::2])
                titles = [self.place(next(node for node in walk(view) if node.name == name)) for name in names]
                self.assertTrue(all(title.width > 1 for title in titles))
                return [title for title in titles if title.x + 1 < end < title.x + title.width]
            wait_for(f'columns of {table} that are whole', lambda: not cut())

    def test_the_way(self):
        script = os.path.join(self.folder, 'bank.py')
        shutil.copy(os.path.join(EXAMPLES, 'deadlock.py'), script)

        self.run_here('gtk4-launch', 'org.flatline.Flatline')
        self.adopt()
        self.see('Drop a Python Script Here')
        self.step(1, 'menu')

        self.drag(script, 500, 300)
        program = self.wait_for_program()
        self.source.kill()
        wait_for('the program in the tree', lambda: self.count('bank.py') >= 2)
        wait_for('its first second', lambda: self.find('Running') or self.find('FLATLINED'))
        self.step(2, 'dropped')

        self.see('FLATLINED')
        sentence = self.see('MainThread waits for lock').name
        self.assertIn('deadlock', sentence)
        self.step(3, 'freeze')

        self.press('Show Stack')
        self.see('bank.py:17')
        self.check_columns()
        self.step(4, 'cause')

        self.press('Force Kill')
        wait_for('the end of the program', lambda: not is_alive(program))
        self.see('Ended by SIGKILL')
        self.step(5, 'killed')
        self.key('ctrl+q')
        wait_for('the end of the window', lambda: not is_alive(self.window.pid))

        self.run_here('gtk4-launch', 'org.flatline.Flatline')
        self.adopt()
        self.see('Not Started')
        self.see('MainThread waits for lock')
        self.step(6, 'next-day')


del _OpenTest
if __name__ == '__main__':
    unittest.main()
