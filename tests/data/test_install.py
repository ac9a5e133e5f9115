# SPDX-License-Identifier: MIT
"""data/debian/install, with a dpkg database of its own: what is there, under its name or another that provides it, is not
installed again; what is missing is."""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSTALL = os.path.join(ROOT, 'data', 'debian', 'install')
LIBRARY = 'libdw1'


def list_packages(purpose):
    with open(os.path.join(ROOT, 'data', 'debian', 'packages'), encoding='utf-8') as packages:
        return [line.split()[1] for line in packages if line.startswith(f'{purpose} ')]


@unittest.skipUnless(shutil.which('dpkg-query'), 'this is not a Debian system')
class InstallTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.asked = os.path.join(self.folder, 'asked')
        # What would install: it only notes what it was asked for.
        self.write('apt-get', f'#!/bin/sh\necho "$@" >>{self.asked}\n')
        self.write('sudo', '#!/bin/sh\nexec "$@"\n')

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(path, 0o755)

    def install(self, *paragraphs):
        """Runs it where the packages of purpose “run” are there but LIBRARY, and these, and returns what apt-get got."""
        there = [(package, '') for package in list_packages('run') if package != LIBRARY] + list(paragraphs)
        self.write('status', '\n'.join(
            f'Package: {package}\nStatus: install ok installed\nMaintainer: x\nArchitecture: all\nVersion: 1\n'
            f'{more}Description: x\n' for package, more in there))
        subprocess.run([INSTALL, 'run'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
                       env={'PATH': f'{self.folder}:{os.environ["PATH"]}', 'DPKG_ADMINDIR': self.folder})
        if not os.path.exists(self.asked):
            return ''
        with open(self.asked, encoding='utf-8') as asked:
            return asked.read()

    def test_there(self):
        self.assertEqual(self.install((LIBRARY, '')), '')

    def test_there_by_another_name(self):
        self.assertEqual(self.install((f'{LIBRARY}t64', f'Provides: other (= 1), {LIBRARY} (= 1)\n')), '')

    def test_missing(self):
        asked = self.install((f'{LIBRARY}t64', ''))
        self.assertIn(f'install --no-install-recommends {LIBRARY}\n', asked)


if __name__ == '__main__':
    unittest.main()
