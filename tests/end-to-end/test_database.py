# SPDX-License-Identifier: MIT
"""Runs whose beats and freezes go to a team's server: the password is where it belongs and nowhere else, what programs
say is kept whatever it is, and the server's clock decides."""
import json
import os
import subprocess
import unittest

from supervised import BUILD, Supervised, Surroundings

SECRET = 'swordfish-4711'
FREEZES = """
import os, sys, time
from flatline import RemoteClient
client = RemoteClient()
print('environment', sorted(os.environ.items()), flush=True)
for reason in REASONS:
    client.beat(reason, 'main')
    time.sleep(0.06)
print('beaten', flush=True)
while True:  # freezes here
    pass
"""


class Database(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)
        self.fleet = subprocess.Popen([os.path.join(BUILD, 'tests', 'store', 'store-fleet')], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_fleet)
        self.socket = self.fleet.stdout.readline().strip()
        if self.socket == 'none':
            self.skipTest('there is no mariadbd here (Debian: mariadb-server-core)')

    def end_fleet(self):
        self.fleet.stdin.close()
        self.fleet.wait(60)
        self.fleet.stdout.close()

    def write(self, name, text):
        path = os.path.join(self.surroundings.work, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def configure(self, *lines):
        self.write('config.ini', '\n'.join(['[flatline]', '[database]', 'enabled = true', *lines, '']))

    def freeze(self, reasons=('STEP',), options=('--exit-after-freeze',)):
        script = self.write('program.py', FREEZES.replace('REASONS', repr(list(reasons))))
        run = Supervised(self.surroundings, script, options=options)
        self.addCleanup(run.close)
        return run, run.wait_for('freeze')

    def list_freezes(self):
        listed = self.surroundings.call('freezes', '--json')
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertNotIn(SECRET.encode(), listed.stdout + listed.stderr)
        return [json.loads(line) for line in listed.stdout.splitlines()]

    def expect_secret_nowhere(self, run):
        """Not in a process that belongs to this, not in what was said, not in any file but the one it stands in."""
        self.assertNotIn(SECRET, json.dumps(run.events))
        self.assertNotIn(SECRET, run.read_errors())
        for folder, _, names in os.walk(self.surroundings.folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and name != '.my.cnf':
                    with open(path, 'rb') as file:
                        self.assertNotIn(SECRET.encode(), file.read(), path)

    def check_kept(self, run, event):
        pids = self.surroundings.list_left()
        self.assertIn(run.process.pid, pids)
        for pid in pids:
            for name in ('environ', 'cmdline'):
                try:
                    with open(f'/proc/{pid}/{name}', 'rb') as file:
                        self.assertNotIn(SECRET.encode(), file.read(), f'{name} of {pid}')
                except (FileNotFoundError, ProcessLookupError):
                    pass
        run.process.terminate()
        run.finish()
        self.expect_secret_nowhere(run)
        self.assertIn(event['freeze']['uid'], [freeze['uid'] for freeze in self.list_freezes()])
        self.assertFalse(os.path.exists(os.path.join(self.surroundings.folder, 'data', 'flatline', 'flatline.sqlite')))
        for name in ('x.flatline', 'x.json', 'x.html', 'x.txt'):
            done = self.surroundings.call('export', event['id'], '-o', name)
            self.assertEqual(done.returncode, 0, done.stderr)
        shown = self.surroundings.call('show', '--json', 'x.flatline')
        self.assertNotIn(SECRET.encode(), shown.stdout)
        self.expect_secret_nowhere(run)

    def test_password_of_the_environment(self):
        self.configure('user = member', f'socket = {self.socket}')
        self.surroundings.environment['FLATLINE_DB_PASSWORD'] = SECRET
        run, event = self.freeze(options=())
        run.wait_for_output('beaten')
        self.assertIn('XDG_RUNTIME_DIR', run.output())
        self.assertNotIn('DB_PASSWORD', run.output())
        self.check_kept(run, event)

    def test_password_of_an_option_group(self):
        self.configure('option_group = flatline-team')
        with open(os.path.join(self.surroundings.folder, '.my.cnf'), 'w') as file:
            file.write(f'[flatline-team]\nuser = member\npassword = {SECRET}\nsocket = {self.socket}\n')
        run, event = self.freeze(options=())
        self.check_kept(run, event)

    def test_wrong_password(self):
        self.configure('user = member', f'socket = {self.socket}')
        self.surroundings.environment['FLATLINE_DB_PASSWORD'] = 'wrong-' + SECRET
        run, event = self.freeze()
        run.finish()
        self.assertEqual(run.read_errors().count('Access denied'), 1, run.read_errors())
        self.expect_secret_nowhere(run)
        self.assertTrue(os.path.exists(os.path.join(self.surroundings.folder, 'data', 'flatline', 'flatline.sqlite')))

    def test_whatever_a_program_says(self):
        """Lone surrogates, NUL, quotes, 4-byte characters, a mebibyte: it is kept, or told; nobody stumbles."""
        self.configure('user = root', f'socket = {self.socket}')
        reasons = ['plain', "it's", 'say "x"', 'nul \0 inside', '\ud800 alone', '\U0001f600', "'; DROP TABLE beat; --",
                   'x' * (1 << 20), '\U0001f600' * (1 << 18), 'last']
        run, event = self.freeze(reasons)
        said = [beat['beat']['reason'] for beat in run.named('beat') if beat['beat']['lane'] == 'program']
        for reason in ('PLAIN', "IT'S", 'SAY "X"', 'NUL \ufffd INSIDE', '\U0001f600', "'; DROP TABLE BEAT; --", 'LAST'):
            self.assertIn(reason, said)
        # Long ones are cut, and take no other beat with them.
        self.assertIn('X' * 256, said)
        self.assertIn('\U0001f600' * 256, said)
        self.assertEqual(len([reason for reason in said if reason.endswith(' ALONE')]), 1)
        self.assertEqual(event['freeze']['last_reason'], 'LAST')
        run.finish()
        self.assertIn(event['freeze']['uid'], [freeze['uid'] for freeze in self.list_freezes()])
        self.assertEqual(run.read_errors().count('not kept'), 0, run.read_errors())


if __name__ == '__main__':
    unittest.main()
