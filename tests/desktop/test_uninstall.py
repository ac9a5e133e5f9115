# SPDX-License-Identifier: MIT
"""What was installed into a prefix goes without a trace, with the caches of the desktop; what others have there stays."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from installed import BUILD, install  # noqa: E402

SOURCE = os.environ['FLATLINE_TEST_SOURCE_ROOT']


class UninstallTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='flatline-uninstalled-')
        self.addCleanup(shutil.rmtree, self.folder, True)

    def use(self):
        """Once, so that Python compiles what is installed."""
        prefix = install(self.folder)
        run = subprocess.run([os.path.join(prefix, 'bin', 'flatline-cli'), 'run', '--no-store', '--no-console', '-c', 'print(6 * 7)'],
                             cwd=self.folder, env={**os.environ, 'PYTHONDONTWRITEBYTECODE': ''}, stdout=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, text=True, timeout=120, check=True)
        self.assertIn('42', run.stdout)
        for name in os.listdir(self.folder):
            if name.endswith('.log'):
                os.unlink(os.path.join(self.folder, name))
        return prefix

    def uninstall(self):
        subprocess.run([os.path.join(SOURCE, 'data', 'uninstall'), BUILD], check=True, env={**os.environ, 'DESTDIR': self.folder},
                       stdout=subprocess.DEVNULL, timeout=120)

    def list_files(self):
        return [os.path.join(top, name) for top, _, names in os.walk(self.folder) for name in names]

    def test_manual(self):
        """It is where documents are, and what it leads to is there, too."""
        folder = os.path.join(install(self.folder), 'share', 'doc', 'flatline')
        self.assertLessEqual({'MANUAL.md', 'DESIGN.md', 'first-steps'}, set(os.listdir(folder)))
        links = 0
        for path in [path for path in self.list_files() if path.startswith(folder) and path.endswith('.md')]:
            with open(path, encoding='utf-8') as file:
                for link in re.findall(r'\]\(([^):]+)\)', file.read()):
                    self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), link)), f'{link} of {path}')
                    links += 1
        self.assertGreater(links, 5)

    def test_alone(self):
        self.use()
        self.assertTrue([path for path in self.list_files() if path.endswith('mimeinfo.cache')])
        self.uninstall()
        self.assertEqual(self.list_files(), [])
        self.assertEqual([top for top, _, _ in os.walk(self.folder) if 'flatline' in os.path.relpath(top, self.folder)], [])

    def test_beside_others(self):
        prefix = self.use()
        other = os.path.join(prefix, 'share', 'applications', 'other.desktop')
        with open(other, 'w', encoding='utf-8') as file:
            file.write('[Desktop Entry]\nType=Application\nName=Other\nExec=true\nMimeType=text/x-other;\n')
        self.uninstall()
        cache = os.path.join(os.path.dirname(other), 'mimeinfo.cache')
        self.assertEqual(sorted(self.list_files()), [cache, other])
        with open(cache, encoding='utf-8') as file:
            text = file.read()
        self.assertIn('other.desktop', text)
        self.assertNotIn('flatline', text.lower())


if __name__ == '__main__':
    unittest.main()
