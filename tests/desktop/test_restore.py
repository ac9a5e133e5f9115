# SPDX-License-Identifier: MIT
"""The next day: what was open when the window was closed is there again, and programs wait to be started."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'window'))
from driver import BUILD, WindowTest, wait_for  # noqa: E402

SCRIPT = 'import sys, time\nopen("started", "a").write(repr(sys.argv[1:]))\ntime.sleep(600)\n'


class RestoreTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.env['GSETTINGS_BACKEND'] = 'keyfile'
        self.script = self.write('kept.py', SCRIPT)

    def starts(self):
        path = os.path.join(self.folder, 'started')
        if not os.path.exists(path):
            return ''
        with open(path, encoding='utf-8') as file:
            return file.read()

    def close(self):
        self.key('ctrl+q')
        self.press('End Program')
        self.assertEqual(self.window.wait(60), 0)

    def test_a_program_comes_back_and_waits(self):
        self.start(self.script, '--fast', 'x y')
        self.wait_for_program()
        wait_for('the start', self.starts)
        self.close()
        once = self.starts()
        self.start()
        self.see('kept.py')
        self.see('Not Started')
        self.picture('restored')
        self.assertIsNone(self.program_pid())
        self.press('Restart')
        self.wait_for_program()
        wait_for('the second start', lambda: self.starts() == once * 2)
        self.assertIn("['--fast', 'x y']", once)

    def test_it_runs_again_when_asked_to(self):
        settings = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings')
        os.makedirs(settings)
        with open(os.path.join(settings, 'keyfile'), 'w', encoding='utf-8') as file:
            file.write('[org/flatline/Flatline]\nrestart-tabs=true\n')
        self.start(self.script)
        self.wait_for_program()
        wait_for('the start', self.starts)
        self.close()
        once = self.starts()
        self.start()
        self.wait_for_program()
        wait_for('the second start', lambda: self.starts() == once * 2)

    def test_a_snapshot_comes_back(self):
        freeze = os.path.join(self.folder, 'kept.flatline')
        self.make_snapshot(freeze)
        self.start(freeze)
        self.see('Snapshot of')
        self.key('ctrl+q')
        self.assertEqual(self.window.wait(60), 0)
        self.start()
        self.see('Snapshot of')

    def test_windows_come_back(self):
        """As many as there were, each with its tabs."""
        freeze = os.path.join(self.folder, 'kept.flatline')
        self.make_snapshot(freeze)
        self.start(freeze)
        self.see('Snapshot of')
        before = set(self.windows())
        self.key('ctrl+n')
        second = wait_for('the second window', lambda: set(self.windows()) - before).pop()
        self.focus(second)
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), self.script], env=self.env, check=True, timeout=60)
        self.wait_for_program()
        self.main_window = second
        self.key('ctrl+q')
        self.press('End Program')
        self.assertEqual(self.window.wait(60), 0)
        self.start()
        wait_for('both', lambda: len(self.windows()) == 2 and self.find('Snapshot of') and self.find('Not Started'))
        self.assertEqual(len([frame for frame in self.application() if frame.getRoleName() == 'frame']), 2)

    def make_snapshot(self, path):
        program = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        cli = os.path.join(BUILD, 'app', 'cli', 'flatline-cli')
        json = subprocess.run([cli, 'dump', '--json', str(program.pid)], stdout=subprocess.PIPE, check=True).stdout
        source = self.write('kept.json', json.decode())
        subprocess.run([cli, 'export', source, '--format', 'flatline', '-o', path], check=True)


if __name__ == '__main__':
    unittest.main()
