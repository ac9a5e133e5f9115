# SPDX-License-Identifier: MIT
"""What the desktop reads of Flatline is valid: desktop entry, AppStream, MIME type, icons, man pages, completions."""
import glob
import os
import shutil
import subprocess
import tempfile
import unittest
import xml.dom.minidom

SOURCE = os.environ['FLATLINE_TEST_SOURCE_ROOT']
BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
DATA = os.path.join(SOURCE, 'data')


class DesktopFiles(unittest.TestCase):
    def call(self, program, *arguments):
        if not shutil.which(program):
            self.skipTest(f'{program} is not installed')
        return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60, env={**os.environ, 'LC_ALL': 'C.UTF-8'})

    def expect_fine(self, program, *arguments):
        run = self.call(program, *arguments)
        self.assertEqual(run.returncode, 0, run.stdout)
        return run.stdout

    def test_desktop_entry(self):
        self.assertEqual(self.expect_fine('desktop-file-validate',
                                          os.path.join(BUILD, 'data', 'org.flatline.Flatline.desktop')), '')

    def test_metainfo(self):
        self.expect_fine('appstreamcli', 'validate', '--no-net',
                         os.path.join(BUILD, 'data', 'org.flatline.Flatline.metainfo.xml'))

    def test_mime_type_is_known_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, 'packages'))
            shutil.copy(os.path.join(BUILD, 'data', 'org.flatline.Flatline.xml'), os.path.join(folder, 'packages'))
            self.expect_fine('update-mime-database', folder)
            with open(os.path.join(folder, 'globs2'), encoding='utf-8') as globs:
                self.assertIn('50:application/x-flatline:*.flatline', globs.read())

    def test_icons(self):
        icons = glob.glob(os.path.join(DATA, 'icons', '**', '*.svg'), recursive=True)
        self.assertGreaterEqual(len(icons), 3)
        for icon in icons:
            root = xml.dom.minidom.parse(icon).documentElement
            self.assertEqual(root.tagName, 'svg')
            self.assertEqual(root.getAttribute('width'), root.getAttribute('height'))

    def test_man_pages(self):
        for page in glob.glob(os.path.join(DATA, 'man', '*.1')):
            run = self.call('man', '--warnings', '-l', page)
            self.assertEqual(run.returncode, 0, run.stdout)
            self.assertNotIn('warning', run.stdout)
            self.assertIn('EXIT STATUS', run.stdout)

    def test_bash_completion(self):
        completion = os.path.join(DATA, 'completions', 'flatline-cli.bash')
        out = self.expect_fine('bash', '-c', f'source {completion}; COMP_WORDS=(flatline-cli run --exit); COMP_CWORD=2; '
                               '_flatline_cli_complete; echo "${COMPREPLY[@]}"')
        self.assertEqual(out.strip(), '--exit-after-freeze')


if __name__ == '__main__':
    unittest.main()
