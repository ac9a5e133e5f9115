# SPDX-License-Identifier: MIT
"""The window is ended from outside: by a signal, by the end of the desktop session. As after Quit, its programs have
been asked to close and what they told is in the store; but nobody is asked, and a second signal waits for nothing."""
import glob
import os
import signal
import sqlite3
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'window'))
from driver import BUILD, WindowTest, is_alive, read_lines, wait_for  # noqa: E402

N_BEATS = 300
WORKS = f'''import time
from flatline import beat
for number in range({N_BEATS}):
    beat('WORK %d' % number, 'main')
    time.sleep(0.001)
open('working', 'w').close()
try:
    while True:
        time.sleep(0.05)
finally:
    open('was asked', 'w').close()
'''
DEAF = '''import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open('working', 'w').close()
while True:
    try:
        while True:
            time.sleep(0.05)
    except KeyboardInterrupt:
        open('was asked', 'w').close()
'''


class EndingTest(WindowTest):
    def was(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def work(self, text=WORKS):
        self.start(self.write('work.py', text))
        program = self.wait_for_program()
        wait_for('the program at work', lambda: self.was('working'))
        return program

    def expect_good_end(self, program):
        self.assertEqual(self.window.wait(60), 0)
        self.assertFalse(is_alive(program))
        self.assertTrue(self.was('was asked'), 'the program was not asked to close')
        database, = glob.glob(os.path.join(self.env['XDG_DATA_HOME'], 'flatline', 'flatline.sqlite'))
        with sqlite3.connect(database) as store:
            self.assertEqual(store.execute('SELECT count(*) FROM run WHERE ended_us > 0').fetchone(), (1,))
            self.assertEqual(store.execute("SELECT count(DISTINCT reason) FROM beat WHERE reason LIKE 'WORK %'")
                             .fetchone(), (N_BEATS,))

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number.name):
                if self.window:
                    self.doCleanups()
                    self.setUp()
                program = self.work()
                self.window.send_signal(number)
                self.expect_good_end(program)

    def test_a_second_signal_ends_it_at_once(self):
        program = self.work(DEAF)
        self.window.send_signal(signal.SIGTERM)
        wait_for('the program to be asked', lambda: self.was('was asked'))
        self.window.send_signal(signal.SIGTERM)
        self.assertEqual(self.window.wait(60), -signal.SIGTERM)
        wait_for('the end of the program', lambda: not is_alive(program))

    def test_a_program_that_does_not_listen_is_killed(self):
        program = self.work(DEAF)
        self.window.send_signal(signal.SIGTERM)
        self.assertEqual(self.window.wait(60), 0)
        self.assertFalse(is_alive(program))

    def test_end_of_the_desktop_session(self):
        manager = subprocess.Popen([sys.executable, os.path.join(HERE, 'session_manager.py')], env=self.env,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for close in (manager.stdin.close, manager.stdout.close, manager.wait, manager.kill):
            self.addCleanup(close)
        self.assertEqual(read_lines(manager), 'ready')
        program = self.work()
        wait_for('it to register', lambda: read_lines(manager) == 'registered org.flatline.Flatline')
        manager.stdin.write('end\n')
        manager.stdin.flush()
        wait_for('the answer', lambda: read_lines(manager) == 'answered True')
        self.expect_good_end(program)

    def test_service_without_a_window(self):
        service = subprocess.Popen([os.path.join(BUILD, 'app', 'flatline'), '--gapplication-service'], env=self.env)
        self.addCleanup(self.end_window, service)
        wait_for('the service', lambda: subprocess.run(
            ['gdbus', 'call', '--session', '--dest', 'org.flatline.Flatline', '--object-path', '/org/flatline/Flatline',
             '--method', 'org.gtk.Actions.List'], check=False, env=self.env, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0)
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(60), 0)


if __name__ == '__main__':
    unittest.main()
