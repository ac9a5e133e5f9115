# SPDX-License-Identifier: MIT
"""The buttons of the banner lead to what the verdict speaks of: a thread, a lock, a process, each in its pane."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, WindowTest, pyatspi, wait_for, walk, xdotool  # noqa: E402

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

    def follow_evidence(self, words):
        """Opens the list of facts, and goes where the one with the words leads."""
        self.press('Evidence')
        self.see('Certain: the facts prove it')
        fact = self.see(words, ('list item',))
        self.picture('evidence')
        self.walk_to(fact)
        xdotool('key', 'Return')

    def walk_to(self, fact):
        """By keys alone."""
        for _ in range(40):
            if fact.getState().contains(pyatspi.STATE_FOCUSED):
                return
            xdotool('key', 'Down')
            time.sleep(0.1)
        self.fail(f'no key leads to “{fact.name}”')

    def test_evidence_leads_to_what_it_is_about(self):
        self.start(self.write('bank.py', DEADLOCK))
        self.see('FLATLINED')
        wait_for('the variables of where the verdict points', lambda: self.find("'C silver'"))
        self.focus()
        self.follow_evidence('thread ‘auditor’ is in the system call')
        wait_for('the variables of the other thread', lambda: self.find("'MMXXVI'"))

    def test_a_freeze_of_the_past_leads_there_as_well(self):
        self.start(self.write('bank.py', DEADLOCK))
        self.see('FLATLINED')
        self.press('Force Kill')
        self.see('Ended by SIGKILL')
        self.key('alt+4', 'Home', 'Return')
        self.see('Export…', BUTTONS)
        wait_for('the variables of where the verdict points', lambda: self.find("'C silver'"))
        stored = wait_for('the button of the stored freeze', lambda: self.find('Show thread ‘auditor’', BUTTONS))
        stored.queryAction().doAction(0)
        wait_for('the variables of the other thread', lambda: self.find("'MMXXVI'"))
        self.picture('reference-stored')

    def test_processes(self):
        self.start(self.write('calls.py', CHILD))
        self.see('FLATLINED')
        button = wait_for('a button for the child', lambda: self.find('Show process'))
        self.press(button.name)
        wait_for('the row of the child to be selected', self.selected_sleep)

    def selected_sleep(self):
        return any('sleep' in (below.name or '') for node in self.find_each('', state=int(pyatspi.STATE_SELECTED))
                   for below in walk(node))


if __name__ == '__main__':
    unittest.main()
