# SPDX-License-Identifier: MIT
"""What is around the window and does not work: no session bus, a file system that does not answer, a name that is no
text. It opens, says what is wrong in words, and ends when it is told to."""
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import held_file  # noqa: E402
import silent_mount  # noqa: E402
from driver import BUILD, BUTTONS, WindowTest, wait_for, xdotool  # noqa: E402

FLATLINE = os.path.join(BUILD, 'app', 'flatline')
SCRIPT = 'import time\ntime.sleep(600)\n'


class SurroundingsTest(WindowTest):
    def launch(self, *command, **env):
        """Without a word over the accessibility bus, which may not be there."""
        self.window = subprocess.Popen(command, env=dict(self.env, **env), cwd=self.folder, stderr=self.errors)
        self.addCleanup(self.end_window, self.window)

    def children(self):
        with open(f'/proc/{self.window.pid}/task/{self.window.pid}/children', encoding='ascii') as children:
            return children.read().split()

    def end_by_keys(self):
        """Quit, and the second of the two answers when it asks about the program."""
        before = set(self.windows())
        xdotool('windowfocus', '--sync', min(before))
        deadline = time.monotonic() + 60
        while self.window.poll() is None and time.monotonic() < deadline:
            try:
                asked = set(self.windows()) - before
                keys = ('windowfocus', asked.pop(), 'key', 'Tab', 'key', 'Return') if asked else ('key', 'ctrl+q')
                xdotool(*keys)
                self.window.wait(1)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                pass  # windows go while they are looked for
        self.assertEqual(self.window.poll(), 0)

    def test_no_session_bus(self):
        """As after sudo. GTK finds the accessibility bus all the same, by the display."""
        self.launch(FLATLINE, self.write('waits.py', SCRIPT), DBUS_SESSION_BUS_ADDRESS='unix:path=/nonexistent',
                    XDG_RUNTIME_DIR='', G_DEBUG='')
        wait_for('the window', self.windows)
        wait_for('the program', self.children)
        self.picture('no-session-bus')
        self.end_by_keys()

    def test_settings_that_nobody_wrote(self):
        """A file that was damaged, or kept by another version."""
        folder = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings')
        os.makedirs(folder)
        with open(os.path.join(folder, 'keyfile'), 'w', encoding='utf-8') as file:
            file.write('[org/flatline/Flatline]\nwindow-width=-2147483648\nwindow-height=-2147483648\ntext-zoom=nan\n'
                       'left-width=-2147483648\nright-width=2147483647\nhistory-height=-5\nbottom-height=2147483647\n'
                       'freeze-threshold=nan\npoll-interval=nan\nstartup-threshold=-1.0\nhistory-order=99\n'
                       "process-order='?:;,'\nopen-tabs=[('','',[''])]\ncolor-scheme='plaid'\nnonsense\n")
        self.start(self.write('waits.py', SCRIPT), GSETTINGS_BACKEND='keyfile')
        self.see('Running · PID')
        self.picture('settings-that-nobody-wrote')
        self.press('Force Kill')
        self.see('Ended by SIGKILL')

    def test_settings_that_cannot_be_kept(self):
        """As in a home that is read-only: all that is no setting works."""
        self.start(self.write('waits.py', SCRIPT), GSETTINGS_BACKEND='keyfile',
                   XDG_CONFIG_HOME=os.path.join(self.write('no-folder', ''), 'config'))
        self.see('Running · PID')
        self.press('Force Kill')
        self.see('Ended by SIGKILL')

    def test_a_script_where_nothing_answers(self):
        silent = os.path.join(self.folder, 'silent')
        os.mkdir(silent)
        helper = [sys.executable, silent_mount.__file__, silent]
        script = os.path.join(silent, 'script.py')
        # As the first thing a person does: no window hangs, no word is missing.
        result = subprocess.run([*helper, FLATLINE, script], env=self.env, cwd=self.folder, timeout=60, check=False,
                                stderr=subprocess.PIPE, text=True)
        if result.returncode == silent_mount.SKIPPED:
            self.skipTest('no FUSE file system can be mounted here')
        self.assertEqual(result.returncode, 2)
        self.assertIn(f'{script} was not read: its file system does not answer', result.stderr)
        # And beside other work.
        self.launch(*helper, FLATLINE, self.write('waits.py', SCRIPT))
        self.main_window = wait_for('the window', self.windows)[-1]
        self.wait_for_program()
        result = subprocess.run([FLATLINE, script], env=self.env, cwd=self.folder, timeout=60, check=False,
                                stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn(script, result.stderr)
        self.see('waits.py')
        self.end_by_keys()

    def make_snapshot(self):
        """Of more than what is read ahead, however well it is compressed."""
        plain, path = (os.path.join(self.folder, name) for name in ('made.json', 'made.flatline'))
        with open(plain, 'w', encoding='ascii') as file:
            json.dump({'format': 'flatline-snapshot', 'version': 1, 'reason': 'manual',
                       'output_tail': os.urandom(300000).hex()}, file)
        subprocess.run([os.path.join(BUILD, 'app', 'cli', 'flatline-cli'), 'export', plain, '--format', 'flatline', '-o',
                        path], check=True, env=self.env)
        return path

    def open_where_held(self, path):
        """A window where a folder has a copy of the file that stops coming. Returns: the copy."""
        folder = os.path.join(self.folder, 'slow')
        os.mkdir(folder)
        here = os.path.dirname(os.path.abspath(__file__))
        self.window = subprocess.Popen([sys.executable, os.path.join(here, 'held_copy.py'), folder, path, FLATLINE],
                                       env=self.env, cwd=self.folder, stderr=self.errors, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
        self.addCleanup(self.window.stdout.close)
        self.addCleanup(self.window.stdin.close)
        self.addCleanup(self.end_window, self.window)
        try:
            wait_for('the window', lambda: self.window.poll() is not None or self.find('Open…', BUTTONS))
        finally:
            if self.window.poll() == held_file.SKIPPED:
                self.skipTest('no FUSE file system can be mounted here')
        self.main_window = wait_for('the window on the screen', self.windows)[-1]
        return os.path.join(folder, os.path.basename(path))

    def ask_while_held(self, *arguments):
        """The window goes on while it waits for the rest of the file, which comes when it is let go."""
        second = subprocess.Popen([FLATLINE, *arguments], env=self.env, cwd=self.folder)
        self.addCleanup(second.wait)
        self.addCleanup(second.kill)
        self.assertEqual(self.window.stdout.readline(), b'held\n')
        self.see('Reading “made.')
        self.key('F1')
        self.see('Drop a Python script on the window, or press Open')
        self.assertIsNone(second.poll())
        self.window.stdin.write(b'go on\n')
        self.window.stdin.flush()
        return second

    def test_a_file_that_stops_coming(self):
        second = self.ask_while_held(self.open_where_held(self.make_snapshot()))
        self.assertEqual(second.wait(60), 0)
        self.see('Snapshot of')

    def test_settings_that_stop_coming(self):
        settings = self.write('made.ini', '[flatline]\n' + '; nothing to see here\n' * 20000 + 'app = waits.py\n')
        self.write('waits.py', SCRIPT)
        second = self.ask_while_held('--config', self.open_where_held(settings))
        self.assertEqual(second.wait(60), 0)
        self.see('waits.py')
        self.wait_for_program()

    def test_a_name_that_is_no_text(self):
        path = os.path.join(os.fsencode(self.folder), b'\xff\xfe.py')
        with open(path, 'w', encoding='ascii') as script:
            script.write(SCRIPT)
        self.start(path)
        self.wait_for_program()

        def shown():
            """Once it has come there."""
            self.key('1')
            return 'time.sleep' in self.find('Source', ('text',)).queryText().getText(0, -1)
        wait_for('its source', shown)


if __name__ == '__main__':
    unittest.main()
