# SPDX-License-Identifier: MIT
"""A freeze that passes, what is kept of it, saved for others, opened from a file, deleted and brought back."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, SOURCE, WindowTest, wait_for, xdotool  # noqa: E402

SCRIPT = '''\
import os, threading, time
from flatline import beat

def wait_a_while(lock):
    while not os.path.exists('go'):
        lock.acquire(timeout=0.05)

for number in range(10):
    beat('LOAD', 'main')
    time.sleep(0.1)
lock = threading.Lock()
lock.acquire()
wait_a_while(lock)
while True:
    beat('AGAIN', 'main')
    time.sleep(0.1)
'''


class HistoryTest(WindowTest):
    def start(self, *arguments, **env):
        """Toasts stay: to look whether one is there takes a busy machine longer than it would be."""
        if not os.environ.get('FLATLINE_TEST_SANITIZE'):  # whose runtime has to come first
            env['LD_PRELOAD'] = os.path.join(BUILD, 'tests', 'window', 'libpatient-toasts.so')
        super().start(*arguments, **env)

    def freeze(self):
        self.start(self.write('pauses.py', SCRIPT))
        self.see('FLATLINED')
        self.see('wait_a_while')
        wait_for('the freeze among the past ones', lambda: self.count('pauses.py') >= 3)

    def test_a_freeze_that_passes(self):
        self.freeze()
        self.key('alt+4', 'Home')
        wait_for('the focus on the freeze', lambda: self.focused().getRoleName() in ('list item', 'table row'))
        self.write('go', '')
        self.see('Beating again after')
        self.see('Running · PID')
        self.picture('recovered')
        # Who was in the row of the freeze, which is told anew with its length, is there still.
        wait_for('the focus on it', lambda: self.focused().getRoleName() in ('list item', 'table row'))
        self.press('Hide This')

    def export(self, path):
        self.focus()
        self.save_as(path)

    def test_saved_for_others_and_opened(self):
        self.freeze()
        page = os.path.join(self.folder, 'pauses.html')
        self.export(page)
        with open(page, encoding='utf-8') as file:
            self.assertIn('wait_a_while', file.read())
        snapshot = os.path.join(self.folder, 'pauses.flatline')
        self.export(snapshot)
        self.press('Force Kill')
        self.see('Ended by SIGKILL')
        live = wait_for('the live stack', lambda: self.labels('wait_a_while'))
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), snapshot], check=True, env=self.env, timeout=60)
        self.see('Snapshot of')
        wait_for('the stack of the file', lambda: self.labels('wait_a_while') - live)
        self.picture('snapshot-file')

    def test_deleted_and_brought_back(self):
        self.freeze()
        before = self.count('pauses.py')
        self.key('alt+4', 'Home', 'Delete')
        self.press('Undo')
        wait_for('the freeze again', lambda: self.count('pauses.py') == before)
        self.key('alt+4', 'Home', 'Menu')
        self.see('Compare With…', ('menu item',))
        xdotool('key', 'Escape')
        self.key('alt+4', 'Home', 'Delete')
        wait_for('the freeze to leave', lambda: self.count('pauses.py') == before - 1)

    def call(self, *arguments):
        return subprocess.run([os.path.join(BUILD, 'app', 'cli', 'flatline-cli'), *arguments], check=True, env=self.env,
                              stdout=subprocess.PIPE, text=True, timeout=60).stdout

    def delete_first(self, rows):
        """That the list is shorter is seen before the next one goes."""
        self.key('alt+4', 'Home', 'Delete')
        wait_for('a freeze to leave', lambda: self.count_rows() == rows - 1)

    def count_rows(self):
        return sum(len(self.labels(name)) > 0 for name in ('dead.py', 'order.py', 'group.py'))

    def test_several_deleted(self):
        """One word for all, and one Undo, by its button or by its key; who quits in the meantime has them deleted."""
        for name in ('deadlock-captured', 'exception-3.11', 'group-3.13'):
            self.call('import', os.path.join(SOURCE, 'tests', 'fixtures', 'snapshots', name + '.flatline'))
        self.start()
        wait_for('the freezes', lambda: self.count_rows() == 3)
        for undo in (lambda: self.press('Undo'), lambda: self.key('ctrl+z')):
            self.delete_first(3)
            self.see('Freeze deleted')
            self.delete_first(2)
            self.see('2 freezes deleted')
            self.picture('deleted')
            wait_for('the end of the first word', lambda: not self.find('Freeze deleted'))
            undo()
            wait_for('all freezes again', lambda: self.count_rows() == 3)
            wait_for('the end of the word', lambda: not self.find('freezes deleted'))
            self.assertEqual(len(self.call('freezes', '--json').splitlines()), 3)
        self.delete_first(3)
        self.delete_first(2)
        self.see('2 freezes deleted')
        self.key('ctrl+q')
        self.window.wait(30)
        self.assertEqual(len(self.call('freezes', '--json').splitlines()), 1)

    def test_found_again_the_next_day(self):
        """From the page of a window without a tab, by keys alone; the window is called after what it shows."""
        self.freeze()
        self.assertEqual(self.window_name(), 'pauses.py – Flatline')
        self.end_window(self.window)
        os.remove(os.path.join(self.folder, 'pauses.py'))
        self.start()
        wait_for('the freeze', lambda: self.count('pauses.py'))
        self.assertEqual(self.window_name(), 'Flatline')
        self.key('alt+4', 'Home', 'Return')
        self.see('wait_a_while')
        self.see('pauses.py', ('frame',))
        self.picture('next-day')
        # The focus comes by its title, which can be copied, and so can the sentence; nobody has selected either.
        title = self.see('FLATLINED', ('label',))
        wait_for('the focus', lambda: self.is_focused(title))
        self.assertFalse(self.has_selection(title))
        sentence = next(node for node in self.find_each('wait', ('label',)) if node.parent == title.parent)
        wait_for('the focus on the sentence', lambda: self.is_focused(sentence) or xdotool('key', 'Tab') is None)
        self.assertFalse(self.has_selection(sentence))
        xdotool('key', 'ctrl+a')
        wait_for('the whole sentence', lambda: self.has_selection(sentence))

    @staticmethod
    def has_selection(label):
        text = label.queryText()
        return any(start < end for start, end in map(text.getSelection, range(text.getNSelections())))

    def window_name(self):
        return xdotool('getwindowname', self.main_window).strip()

    def test_a_snapshot_without_processes(self):
        self.start(os.path.join(SOURCE, 'tests', 'fixtures', 'snapshots', 'exception-3.11.flatline'))
        self.see('Order.total')
        self.assertIsNone(self.find('Processes'), 'there is nothing that it could show')
        self.picture('snapshot-without-processes')


if __name__ == '__main__':
    unittest.main()
