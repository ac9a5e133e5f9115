# SPDX-License-Identifier: MIT
"""The buttons of the banner lead to what the verdict speaks of: a thread, a lock, a process, each in its pane."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, pyatspi, wait_for, walk  # noqa: E402

DEADLOCK = '''\
import threading
from flatline import beat

both = threading.Barrier(2)

def audit(journal, accounts, year):
    with journal:
        both.wait()
        with accounts:
            pass

def transfer(accounts, journal, amount):
    with accounts:
        both.wait()
        with journal:
            pass

first, second = threading.Lock(), threading.Lock()
beat('OPEN', 'bank')
threading.Thread(target=audit, args=(second, first, 'MMXXVI'), name='auditor').start()
transfer(first, second, 'C silver')
'''

CHILD = '''\
import subprocess
from flatline import beat
beat('CALL', 'tool')
subprocess.run(['sleep', '604'])
'''


class References(WindowTest):
    def test_threads_and_locks(self):
        self.start(self.write('bank.py', DEADLOCK))
        self.see('FLATLINED')
        wait_for('the variables of where the verdict points', lambda: self.find("'C silver'"))
        self.press('Show thread ‘auditor’')
        wait_for('the variables of the other thread', lambda: self.find("'MMXXVI'"))
        self.picture('reference-thread')
        self.press('Show MainThread')
        wait_for('the variables of the main thread again', lambda: self.find("'C silver'"))
        wait_for('a button for a lock', lambda: self.find('Show lock ‘'))
        self.press('Show thread ‘auditor’')
        wait_for('the variables of the other thread again', lambda: self.find("'MMXXVI'"))

    def test_processes(self):
        self.start(self.write('calls.py', CHILD))
        self.see('FLATLINED')
        button = wait_for('a button for the child', lambda: self.find('Show process'))
        self.press(button.name)
        wait_for('the row of the child to be selected', self.selected_sleep)

    def selected_sleep(self):
        return any(node.getState().contains(pyatspi.STATE_SELECTED) and any('sleep' in (below.name or '') for below in walk(node))
                   for node in walk(self.application()))


if __name__ == '__main__':
    unittest.main()
