# SPDX-License-Identifier: MIT
"""Runs and freezes of other hosts on a team's server: live hearts, dead ones, groups, and two freezes side by side."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, WindowTest, wait_for, walk, xdotool  # noqa: E402


class FleetTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.fleet = subprocess.Popen([os.path.join(BUILD, 'tests', 'store', 'store-fleet')], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_fleet)
        socket = self.fleet.stdout.readline().strip()
        if socket == 'none':
            self.skipTest('there is no mariadbd here (Debian: mariadb-server-core)')
        self.write('config.ini', f'[flatline]\n[database]\nenabled = true\nuser = root\nsocket = {socket}\n')
        self.start()
        self.see('Past Freezes')
        wait_for('the freezes of all hosts', lambda: self.count('payments.py · host-alive') >= 2)

    def end_fleet(self):
        self.fleet.stdin.close()
        self.fleet.wait(60)

    def click(self, name, role=None, times=1):
        """With the mouse, in the middle of the widget of that name."""
        self.point_at(self.see(name, role))
        xdotool('click', '--repeat', times, '--delay', 50, 1)

    def choose(self, wanted):
        """One of what can be listed: keys count once the list of them has the focus, and one at a time."""
        self.focus()
        # GTK 4.18 calls it after what is chosen, and by its tooltip as description.
        self.point_at(wait_for('“What is listed”', lambda: next(
            node for node in self.find_each('', ('combo box',)) if 'What is listed' in (node.name, node.description))))
        xdotool('click', 1)
        before = None
        while True:
            here = wait_for('the focus among what can be listed', lambda: self.focused_choice(before))
            if wanted in here:
                break
            xdotool('key', 'Down')
            before = here
        xdotool('key', 'Return')

    def focused_choice(self, before):
        row = self.focused()
        words = ' '.join(node.name for node in walk(row) if node.getRoleName() == 'label')
        return words if row.getRoleName() == 'list item' and words != before else None

    def test_hearts_of_other_hosts(self):
        self.choose('Runs of All Hosts')
        self.see('host-dead')
        self.see('Flatlined: nothing was heard of its supervisor for too long')
        self.see('host-alive')
        self.see('Running')
        self.see(', Running', ('list item',))  # what is said of the row when the keys come to it
        self.picture('fleet')

    def test_groups(self):
        self.choose('Freezes by Cause')
        self.see('2 ×')
        self.see('1 ×')
        self.picture('groups')

    def test_two_side_by_side(self):
        before = set(self.windows())
        self.click('payments.py', ('label',))
        self.key('End', 'ctrl+d')
        self.see('Open the freeze to compare with “payments.py”')
        self.key('Up', 'Return')
        wait_for('the comparison', lambda: set(self.windows()) - before)
        self.see('answer')
        self.see('42')
        self.see('43')
        self.picture('comparison')
        self.assertEqual(self.count('Thread ‘worker’ waits for lock ‘a’'), 2)


if __name__ == '__main__':
    unittest.main()
