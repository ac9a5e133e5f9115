# SPDX-License-Identifier: MIT
"""From the desktop's menu: the entry is launched as a desktop does it, the bus starts the program, files open in the one
window that is there, and the types of files are known to belong to it."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from installed import InstalledTest  # noqa: E402
from driver import EXAMPLES, SOURCE, wait_for  # noqa: E402
from languages import make_locale  # noqa: E402

SCRIPT = 'import time\ntime.sleep(600)\n'
ENTRY = 'org.flatline.Flatline'
LOCALES = {'de': 'de_DE', 'es': 'es_ES', 'fr': 'fr_FR', 'ja': 'ja_JP'}


@unittest.skipIf(shutil.which('gtk4-launch') is None, 'gtk4-launch is not installed')
class LaunchTest(InstalledTest):
    def test_menu_then_file_then_file(self):
        self.run_here('gtk4-launch', ENTRY)
        self.adopt()
        self.see('Drop a Python Script Here')
        self.picture('launched')
        first = self.write('first.py', SCRIPT)
        self.run_here('gtk4-launch', ENTRY, first)
        pid = self.wait_for_program()
        self.see('first.py')
        self.run_here('gtk4-launch', ENTRY, self.write('second.py', SCRIPT))
        self.wait_for_program(pid)
        self.see('second.py')
        self.assertEqual(len(self.windows()), 1)
        self.assertEqual(self.owner_pid(), self.window.pid)

    def test_a_file_starts_it(self):
        """“Open with Flatline” while nothing of it runs."""
        self.run_here('gtk4-launch', ENTRY, self.write('given.py', SCRIPT))
        self.adopt()
        self.wait_for_program()
        recent = os.path.join(self.env['XDG_DATA_HOME'], 'recently-used.xbel')
        wait_for('the recent files', lambda: os.path.exists(recent) and 'given.py' in open(recent).read())

    def test_entry_of_the_menu_opens_the_dialog(self):
        """“Open a Script…” of the entry's own menu is the action that the bus activates."""
        self.run_here('gdbus', 'call', '--session', '--dest', ENTRY, '--object-path', '/org/flatline/Flatline',
                      '--method', 'org.freedesktop.Application.ActivateAction', 'open', '[]', '{}')
        self.adopt()
        self.see('Open a Script or a Snapshot')

    def test_types_of_files(self):
        snapshot = self.write('freeze.flatline', 'something')
        script = self.write('script.py', SCRIPT)
        for path, kind in ((snapshot, 'application/x-flatline'), (script, 'text/x-python')):
            info = self.run_here('gio', 'info', '-a', 'standard::fast-content-type', path)
            self.assertIn(f'standard::fast-content-type: {kind}', info)
            self.assertIn(ENTRY + '.desktop', self.run_here('gio', 'mime', info.rpartition(': ')[2].strip()))

    def test_it_speaks_each_language(self):
        """The catalogues of a moved prefix are found, and help is not English any more."""
        with open(os.path.join(SOURCE, 'po', 'LINGUAS'), encoding='utf-8') as lines:
            languages = [line.strip() for line in lines if line.strip() and not line.startswith('#')]
        if not languages:
            self.skipTest('nobody has translated Flatline yet')
        english = self.run_here('flatline-cli', '--help')
        for language in languages:
            with self.subTest(language):
                self.env.update(make_locale(self, LOCALES.get(language, language)))
                self.assertNotEqual(self.run_here('flatline-cli', '--help'), english)

    def test_terminal_of_a_moved_prefix(self):
        """The agent is found, too: beats of the program's own arrive."""
        example = os.path.join(self.prefix, 'share', 'flatline', 'examples', 'beats_then_stops.py')
        self.assertTrue(os.path.exists(example))
        run = subprocess.run(['flatline-cli', 'run', '--json', '--no-console', '--exit-after-freeze',
                              os.path.join(EXAMPLES, 'beats_then_stops.py')], env=self.env, cwd=self.folder,
                             stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=240)
        self.assertIn('"event":"beat"', run.stdout.replace('" : "', '":"'))
        self.assertIn('"lane":"program"', run.stdout.replace('" : "', '":"'))


if __name__ == '__main__':
    unittest.main()
