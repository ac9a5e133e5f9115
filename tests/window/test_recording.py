# SPDX-License-Identifier: MIT
"""A recording in the window: stepped through by keys, buttons and search, with the source, stack and variables of each
step; and a run that is recorded."""
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, MENU_ITEMS, wait_for, walk, xdotool  # noqa: E402
import test_names  # noqa: E402

PROGRAM = '''class Order:
    def __init__(self):
        self.total = 0

    def add(self, price):
        self.total += price


def fail(total):
    raise ValueError(total)


def main():
    order = Order()
    for price in (3, 4):
        order.add(price)
    try:
        fail(order.total)
    except ValueError:
        return price


main()
'''


class RecordingTest(test_names.NamesTest):
    test_empty = test_running_and_frozen = None

    def record(self):
        script = self.write('orders.py', PROGRAM)
        path = os.path.join(self.folder, 'orders.flatline-recording')
        subprocess.run([sys.executable, '-m', 'flatline.record', '-o', path, script], check=True,
                       env=dict(os.environ, PYTHONPATH=os.path.join(BUILD, 'agent')))
        return path

    def open(self):
        self.start(self.record())
        self.see('MainThread · called', ('label',))

    def test_steps(self):
        self.open()
        self.see('orders.py:1')
        self.check_names('a recording')
        self.press('To the End')
        self.see('MainThread · returns None')
        self.press('To the Beginning')
        self.see('MainThread · called', ('label',))
        # A call shows what it was called with, before its first line.
        self.key('F7', 'F7')
        self.search('add')
        self.see('MainThread · called')
        self.see('orders.py:5')
        wait_for('the argument', lambda: self.find('price', ('label',)) and self.find('3', ('label',)))
        self.picture('recording-call')
        self.key('F12')
        self.see('exception ValueError(7)')
        self.see('orders.py:10')
        self.picture('recording')
        self.key('ctrl+shift+F8')
        self.see('orders.py:18')
        # What is selected in the stack has its variables beside it: where did this one become what it is?
        self.enter('Variables')
        self.key('End')
        wait_for('the variable', lambda: self.focused_texts()[:1] == ['price'])
        self.key('ctrl+b')
        self.see('Here price became 4; it was 3')
        self.picture('recording-change')
        self.key('F7')
        wait_for('the end of that answer', lambda: not self.find('Here price became'))

    def search(self, text):
        self.key('ctrl+f')
        xdotool('key', 'ctrl+a')
        xdotool('type', text)
        xdotool('key', 'Return')

    def enter(self, pane):
        """By F6, from pane to pane, wherever the focus is."""
        def entered():
            self.key('F6')
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                if any(node.name == pane for node in self.above_focus()):
                    return True
                time.sleep(0.05)
            return False
        wait_for(f'the focus in {pane}', entered)

    def above_focus(self):
        node = self.focused()
        while node is not None:
            yield node
            node = node.parent

    def focused_texts(self):
        """What is written in the row that has the focus."""
        return [node.name for node in walk(self.focused()) if node.getRoleName() == 'label']

    def test_search_and_change(self):
        self.open()
        self.see('orders.py:1')
        self.search('orders.py:19')
        self.see('orders.py:19')
        xdotool('key', 'ctrl+a')
        xdotool('type', 'fail')
        xdotool('key', 'Return')
        self.see('There is none in that direction')
        xdotool('key', 'ctrl+shift+g')
        self.see('orders.py:9')

    def test_what_is_only_called_a_recording(self):
        self.start(self.write('notes.flatline-recording', 'Buy milk.'))
        self.see('is not a recording of Flatline')
        self.assertIsNotNone(self.find('Drop a Python Script Here'))

    def test_cut_recording(self):
        """Where no step is left, that is said, and the desktop's list of files does not have it."""
        path = self.record()
        self.start(path)
        self.see('MainThread · called', ('label',))
        cut = os.path.join(self.folder, 'cut.flatline-recording')
        with open(path, 'rb') as whole, open(cut, 'wb') as file:
            file.write(whole.read(80))
        recent = os.path.join(self.env['XDG_DATA_HOME'], 'recently-used.xbel')

        def read_recent():
            with open(recent, encoding='utf-8') as file:
                return file.read()
        wait_for('the recording among the recent files', lambda: 'orders.flatline-recording' in read_recent())
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), cut], env=self.env, check=True)
        self.see('Only the beginning of')
        self.picture('recording-cut')
        # What is opened after it is in the list, so it would be, too.
        again = os.path.join(self.folder, 'again.flatline-recording')
        os.link(path, again)
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), again], env=self.env, check=True)
        wait_for('the next one among the recent files', lambda: 'again.flatline-recording' in read_recent())
        self.assertNotIn('cut.flatline-recording', read_recent())

    def test_recorded_run(self):
        """Every run is recorded when that is wanted, and its recording is a menu away."""
        script = self.write('orders.py', PROGRAM)
        keys = os.path.join(self.folder, 'keys.ini')
        with open(keys, 'w', encoding='utf-8') as file:
            file.write('[org/flatline/Flatline]\nrecord-runs=true\n')
        config = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings')
        os.makedirs(config)
        os.rename(keys, os.path.join(config, 'keyfile'))
        self.start(script, GSETTINGS_BACKEND='keyfile')
        self.see('Finished (exit status 0)')
        recordings = os.path.join(self.env['XDG_DATA_HOME'], 'flatline', 'recordings')
        wait_for('the recording', lambda: os.path.isdir(recordings) and os.listdir(recordings))
        self.key('F10')
        item = self.see('Step Through Recording', MENU_ITEMS)
        wait_for('the focus on it', lambda: self.is_focused(item) or xdotool('key', 'Down') is None)
        xdotool('key', 'Return')
        self.see('MainThread · called', ('label',))


if __name__ == '__main__':
    unittest.main()
