# SPDX-License-Identifier: MIT
"""What is set in Preferences is what the next program is supervised with, and the server is tried before it is used."""
import os
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, wait_for, xdotool  # noqa: E402

SCHEMA = 'org.flatline.Flatline'
SCRIPT = 'import time\nfrom flatline import beat\nwhile True:\n    beat("TICK", "main")\n    time.sleep(0.1)\n'


class PreferencesTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.env['GSETTINGS_BACKEND'] = 'keyfile'
        self.env['GSETTINGS_SCHEMA_DIR'] = os.path.join(os.environ['FLATLINE_TEST_BUILD_ROOT'], 'data')

    def set(self, key, value):
        subprocess.run(['gsettings', 'set', SCHEMA, key, value], check=True, env=self.env)

    def see_dialog(self, words):
        before = set(self.windows())
        self.key('ctrl+comma')
        dialog = wait_for('the Preferences window', lambda: set(self.windows()) - before).pop()
        self.see(words)
        xdotool('windowfocus', '--sync', dialog)
        return dialog

    def test_thresholds_reach_the_program(self):
        self.set('freeze-threshold', '7.5')
        self.start(self.write('waits.py', SCRIPT))
        self.see('Running · PID')
        self.key('s')
        self.see('threshold 7.5 s')
        self.picture('status')

    def test_a_server_that_is_not_there(self):
        with socket.socket() as unused:
            unused.bind(('127.0.0.1', 0))
            self.set('database-port', str(unused.getsockname()[1]))
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.picture('preferences')
        self.see('Database', ('page tab', 'radio button')).queryAction().doAction(0)
        self.press('Test Connection')
        wait_for('the answer', lambda: self.find('127.0.0.1:', ('label',)))
        self.picture('preferences-database')


if __name__ == '__main__':
    unittest.main()
