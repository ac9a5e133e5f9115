# SPDX-License-Identifier: MIT
"""A freeze while nobody looks at the window: the notification says what happened, and each of its buttons does what it
says. The daemon is the test's own, on the bus of the test."""
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'window'))
from driver import DEADLINE_S, WindowTest, is_alive, wait_for, xdotool  # noqa: E402

FREEZES = '''import os, time
from flatline import RemoteClient
client = RemoteClient()
while not os.path.exists('freeze'):
    client.beat('WORK', 'loop')
    time.sleep(0.1)
while not os.path.exists('recover'):
    pass
while True:
    client.beat('WORK', 'loop')
    time.sleep(0.1)
'''


class NotificationTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.daemon = subprocess.Popen([sys.executable, os.path.join(HERE, 'notification_daemon.py')], env=self.env,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for close in (self.daemon.stdin.close, self.daemon.wait, self.daemon.kill):
            self.addCleanup(close)
        self.heard = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()
        self.hear('ready')
        self.start(self.write('stuck.py', FREEZES))
        self.program = self.wait_for_program()
        self.look_elsewhere()
        # Who looks at the window is told nothing; and what is silent at its start is not told a second time.
        wait_for('the window to know that nobody looks at it', lambda: not self.active_windows())
        self.see('Running · PID')
        wait_for('the beats', lambda: self.find('♥ beating'))
        self.write('freeze', '')
        self.told = self.hear('notify')

    def look_elsewhere(self):
        """The focus goes to a second program."""
        other = subprocess.Popen([sys.executable, os.path.join(HERE, '..', 'window', 'drag_source.py'), self.folder],
                                 env=self.env, stdout=subprocess.PIPE)
        for close in (other.stdout.close, other.wait, other.kill):
            self.addCleanup(close)
        window = wait_for('the second program', lambda: xdotool('search', '--onlyvisible', '--pid', other.pid).split())
        xdotool('windowfocus', '--sync', window[-1])

    def hear(self, event):
        while True:
            heard = json.loads(self.heard.get(timeout=DEADLINE_S))
            if heard['event'] == event:
                return heard

    def listen(self):
        for line in self.daemon.stdout:
            self.heard.put(line)

    def press_button(self, label):
        actions = self.told['actions']
        action = actions[actions.index(label) - 1]
        self.daemon.stdin.write(f"{self.told['id']} {action}\n")
        self.daemon.stdin.flush()

    def test_words_and_show(self):
        self.assertEqual(self.told['summary'], 'stuck.py flatlined')
        self.assertIn('MainThread', self.told['body'])
        self.assertIn('WORK', self.told['body'])
        self.assertEqual(self.told['actions'][1::2], ['', 'Show', 'Restart', 'Force Kill'])
        self.press_button('Show')
        self.see('FLATLINED')
        self.assertTrue(is_alive(self.program))

    def test_force_kill(self):
        self.press_button('Force Kill')
        wait_for('the end of the program', lambda: not is_alive(self.program))

    def test_it_goes_when_the_program_beats_again(self):
        self.write('recover', '')
        self.assertEqual(self.hear('closed')['id'], self.told['id'])

    def test_a_crash_takes_its_place(self):
        os.kill(self.program, signal.SIGKILL)
        crash = self.hear('notify')
        self.assertEqual(crash['summary'], 'stuck.py crashed')
        self.assertIn('SIGKILL', crash['body'])
        self.assertEqual(crash['actions'][1::2], ['', 'Show', 'Restart'])

    def test_restart(self):
        self.press_button('Restart')
        self.wait_for_program(self.program)
        wait_for('the end of the old program', lambda: not is_alive(self.program))


if __name__ == '__main__':
    unittest.main()
