# SPDX-License-Identifier: MIT
"""What is set in Preferences is what the next program is supervised with and how long freezes are kept, and the server
is tried before it is used."""
import ctypes
import json
import os
import re
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, BUTTONS, WindowTest, poll, pyatspi, wait_for, walk, xdotool  # noqa: E402

SCHEMA = 'org.flatline.Flatline'
SCRIPT = 'import time\nfrom flatline import beat\nwhile True:\n    beat("TICK", "main")\n    time.sleep(0.1)\n'


def trusts_sockets():
    """From 3.4 on MariaDB's client asks no server on this machine for its name."""
    client = ctypes.CDLL('libmariadb.so.3')
    client.mysql_get_client_version.restype = ctypes.c_ulong
    return client.mysql_get_client_version() >= 30400


class PreferencesTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.env['GSETTINGS_BACKEND'] = 'keyfile'
        self.env['GSETTINGS_SCHEMA_DIR'] = os.path.join(os.environ['FLATLINE_TEST_BUILD_ROOT'], 'data')

    def set(self, key, value):
        subprocess.run(['gsettings', 'set', SCHEMA, key, value], check=True, env=self.env)

    def get(self, key):
        return subprocess.run(['gsettings', 'get', SCHEMA, key], check=True, env=self.env, stdout=subprocess.PIPE,
                              text=True).stdout.strip()

    def call(self, *arguments):
        return subprocess.run([os.path.join(BUILD, 'app', 'cli', 'flatline-cli'), *arguments], check=True, env=self.env,
                              stdout=subprocess.PIPE, text=True, timeout=60).stdout

    def keep_freezes_of(self, *ages_in_days):
        """One freeze of each age, called by its age."""
        program = subprocess.Popen([sys.executable, '-c', 'import sys; print(flush=True); sys.stdin.read()'],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.communicate)
        program.stdout.readline()
        snapshot = json.loads(self.call('dump', '--json', str(program.pid)))
        for age in ages_in_days:
            snapshot.update(uid=str(age), captured_us=int((time.time() - age * 86400) * 1e6))
            self.call('import', self.write('freeze.json', json.dumps(snapshot)))
        self.assertEqual(self.kept(), {*ages_in_days})

    def kept(self):
        return {int(json.loads(line)['uid']) for line in self.call('freezes', '--json').splitlines()}

    def see_database_page(self):
        """Until its button is drawn: before that, GTK takes no press."""
        self.see('Database', ('page tab', 'radio button')).queryAction().doAction(0)

        def drawn():
            button = self.find('Test Connection', BUTTONS)
            return button.queryComponent().getExtents(pyatspi.WINDOW_COORDS).width > 1
        wait_for('the page of the database', drawn)

    def fill(self, title, text):
        """The row of that title has this text, as assistive technology gives it."""
        def editable():
            return next(node for node in walk(self.find(title)) if 'EditableText' in pyatspi.listInterfaces(node))
        wait_for(f'“{title}”', editable).queryEditableText().setTextContents(text)

    def see_dialog(self, words):
        before = set(self.windows())
        self.key('ctrl+comma')
        dialog = wait_for('the Preferences window', lambda: set(self.windows()) - before).pop()
        # GTK 4.18 tells of the page in front only.
        self.see('Supervision', ('page tab', 'radio button')).queryAction().doAction(0)
        self.see(words)
        self.focus(dialog)
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
        self.see_database_page()
        self.press('Test Connection')
        answer = wait_for('the answer', lambda: self.find('127.0.0.1:', ('label',)))
        self.assertIn('does it listen on this host and port', answer.name)
        self.assertNotRegex(answer.name, r'\(\d+\)|in progress')
        self.picture('preferences-database')

    def go_on_to_the_button(self):
        """By one control, from the first one backwards: it is the last."""
        here = self.focused()
        if here and here.name == 'Test Connection':
            return True
        xdotool('key', 'shift+Tab')
        poll(lambda: self.focused().path != here.path, 2)
        return False

    def test_the_answer_is_in_view(self):
        """Who presses the button by a key sees what comes of it, and can press it again."""
        self.set('database-port', '1')
        self.start()
        dialog = self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        wait_for('the focus on the button', self.go_on_to_the_button)
        xdotool('key', 'Return')
        answer = wait_for('the answer', lambda: self.find('127.0.0.1:', ('label',)))
        height = int(re.search(r'HEIGHT=(\d+)', xdotool('getwindowgeometry', '--shell', dialog))[1])

        def in_view():
            box = answer.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
            return box.height > 1 and box.y > 0 and box.y + box.height < height
        wait_for('the answer in view', in_view)
        self.picture('preferences-answer')
        wait_for('the focus back on the button', lambda: self.focused().name == 'Test Connection')

    def test_a_server_that_says_nothing(self):
        """In words, not by the number that the system has for it."""
        silent = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(silent.close)
        self.set('database-port', str(silent.getsockname()[1]))
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.press('Test Connection')
        self.see('system error: Connection timed out')

    def start_server(self, *certified_name):
        server = subprocess.Popen([os.path.join(BUILD, 'tests', 'store', 'store-fleet'), *certified_name],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.communicate)
        address = server.stdout.readline().strip()
        if address == 'none':
            self.skipTest('there is no mariadbd or no openssl here (Debian: mariadb-server-core, openssl)')
        return address

    def test_connection(self):
        address = self.start_server()
        self.set('database-user', 'root')
        self.set('database-socket', address)
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.press('Test Connection')
        self.see(f'Connected to {address} (MariaDB 1')
        self.picture('preferences-connected')

    def test_a_password_just_typed(self):
        """What is wrong is said with what to do, and the password that stands in the row is the one that is tried."""
        self.set('database-socket', self.start_server())
        self.set('database-user', 'member')
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.press('Test Connection')
        self.see('Check user and password')
        self.fill('Password', 'swordfish-4711')
        self.press('Test Connection')
        self.see('Connected to ')
        self.set('database-user', 'root')
        self.set('database-name', 'none-yet')
        self.fill('Password', '')
        self.press('Test Connection')
        self.see('The next start of Flatline makes it')

    def test_connection_by_an_option_group(self):
        self.write('.my.cnf', f'[team]\nsocket = {self.start_server()}\nuser = root\n')
        self.start(HOME=self.folder)
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.fill('Option group of my.cnf', 'team')
        wait_for('the group among the settings', lambda: self.get('database-option-group') == "'team'")
        self.press('Test Connection')
        self.see('Connected to localhost:3306 (MariaDB 1')

    def test_a_file_of_trusted_certificates(self):
        address = self.start_server('localhost')
        authority = os.path.join(os.path.dirname(address), 'ca.pem')
        self.set('database-socket', address)
        self.set('database-user', 'root')
        self.set('database-tls', 'true')
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.press('Test Connection')
        self.see('SSL error')
        self.fill('File of trusted certificates', authority)
        wait_for('the file among the settings', lambda: self.get('database-tls-ca') == f"'{authority}'")
        self.press('Test Connection')
        self.see(f'Connected to {address} (MariaDB 1')

    def test_the_certificate_of_another_host(self):
        address = self.start_server('db.example')
        self.set('database-socket', address)
        self.set('database-user', 'root')
        self.set('database-tls', 'true')
        self.set('database-tls-ca', os.path.join(os.path.dirname(address), 'ca.pem'))
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.press('Test Connection')
        if not trusts_sockets():
            self.see('is for another host than “localhost”')
            self.set('database-tls-verify', 'false')
            self.press('Test Connection')
        self.see(f'Connected to {address} (MariaDB 1')
        self.picture('preferences-certificate')

    def test_old_freezes_go(self):
        self.keep_freezes_of(1, 10, 400)
        self.start()
        self.see_dialog('Silence That Is a Freeze')
        self.see_database_page()
        self.see('Days a Freeze Is Kept', ('spin button',)).queryValue().currentValue = 5
        wait_for('the days among the settings', lambda: self.get('keep-days') == '5')
        self.picture('preferences-retention')
        self.assertEqual(self.kept(), {1, 10, 400})
        self.end_window(self.window)
        self.start()
        wait_for('the end of the old ones', lambda: self.kept() == {1})

    def test_the_retention_of_config_ini_goes_first(self):
        self.keep_freezes_of(1, 10, 400)
        self.set('keep-days', '5')
        self.write('config.ini', '[flatline]\n[store]\nkeep_days = 100\n')
        self.start()
        wait_for('the end of the old one', lambda: 400 not in self.kept())
        self.assertEqual(self.kept(), {1, 10})


if __name__ == '__main__':
    unittest.main()
