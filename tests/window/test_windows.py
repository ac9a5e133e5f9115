# SPDX-License-Identifier: MIT
"""Several windows: a new one, a tab that moves into one of its own and is dragged back, and which of them a file, a key and
a program that is ended belong to."""
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, BUTTONS, WindowTest, pyatspi, wait_for, xdotool  # noqa: E402

SCRIPT = 'import time\nprint("hello", flush=True)\ntime.sleep(600)\n'


class WindowsTest(WindowTest):
    def frames(self):
        return [shown for shown in self.application() if shown is not None and shown.getRoleName() == 'frame']

    def titles(self):
        return sorted(frame.name for frame in self.frames())

    def tab(self, title):
        return self.find(title, ('label',), exactly=True)

    def states(self, name):
        """Of the buttons that are called so: whether each can be pressed."""
        return [node.getState().contains(pyatspi.STATE_SENSITIVE) for node in self.find_each(name, BUTTONS)]

    def new_window(self, make):
        before = set(self.windows())
        make()
        return wait_for('another window', lambda: set(self.windows()) - before).pop()

    def tab_menu(self, title, item):
        """Of the tab that is called so, as a person opens it; and what is chosen there."""
        before = set(self.windows())
        self.point_at(wait_for(f'the tab {title}', lambda: self.tab(title)))
        xdotool('click', 3)
        wait_for('the menu', lambda: set(self.windows()) - before)
        wanted = self.see(item, ('menu item',))
        wait_for(f'the focus on {item}', lambda: self.is_focused(wanted) or xdotool('key', 'Down') is None)
        xdotool('key', 'Return')

    def test_new_window(self):
        self.start(self.write('first.py', SCRIPT))
        self.wait_for_program()
        second = self.new_window(lambda: self.key('ctrl+n'))
        self.see('Drop a Python Script Here')
        self.assertEqual(self.titles(), ['Flatline', 'first.py – Flatline'])
        self.picture('second-window')
        # An empty window closes without a question; what runs in the other one goes on.
        self.focus(second)
        xdotool('key', 'ctrl+w')
        wait_for('the end of the second', lambda: second not in self.windows())
        self.assertEqual(self.titles(), ['first.py – Flatline'])
        self.assertIsNotNone(self.program_pid())

    def two_tabs(self):
        self.start(self.write('first.py', SCRIPT))
        first = self.wait_for_program()
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), self.write('second.py', SCRIPT)], check=True,
                       env=self.env, cwd=self.folder, timeout=60)
        self.wait_for_program(first)

    def drag_tab(self, title, x, y):
        """By the mouse, to a place on the screen. GTK begins a drag when the pointer has moved, and moves it with it."""
        self.point_at(wait_for(f'the tab {title}', lambda: self.tab(title)))
        xdotool('mousedown', 1)

        def torn_off():
            xdotool('mousemove_relative', '--', 0, 5)
            return len(self.windows()) > 1
        wait_for('the tab in the air', torn_off)
        xdotool('mousemove', x - 5, y - 5, 'mousemove', x, y)
        time.sleep(0.3)  # nobody says that the place is known
        xdotool('mouseup', 1)

    def test_tab_is_dragged_to_the_desktop(self):
        self.env['GSETTINGS_BACKEND'] = 'keyfile'
        settings = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings')
        os.makedirs(settings)
        with open(os.path.join(settings, 'keyfile'), 'w', encoding='utf-8') as file:
            file.write('[org/flatline/Flatline]\nwindow-width=1000\nwindow-height=600\n')
        self.two_tabs()
        self.drag_tab('first.py', 1150, 700)
        wait_for('a window each', lambda: self.titles() == ['first.py – Flatline', 'second.py – Flatline'])
        self.picture('tab-dragged')
        wait_for('the buttons', lambda: all(self.states('Force Kill')))

    def test_tab_moves_out_and_quit_asks_once(self):
        self.two_tabs()
        self.new_window(lambda: self.tab_menu('first.py', 'Move to New Window'))
        wait_for('a window each', lambda: self.titles() == ['first.py – Flatline', 'second.py – Flatline'])
        # Its buttons came along.
        wait_for('the buttons', lambda: all(self.states('Force Kill')))
        self.picture('tab-moved')
        xdotool('key', 'ctrl+q')
        self.see('2 Programs Are Running')
        self.see('Closing all windows ends them.')
        self.press('End Programs')
        self.assertEqual(self.window.wait(60), 0)


if __name__ == '__main__':
    unittest.main()
