# SPDX-License-Identifier: MIT
"""C is laid out by clang-format 14 with the project's .clang-format (other versions of it disagree in places)."""
import os
import re
import shutil
import subprocess
import unittest

SOURCE = os.environ['FLATLINE_TEST_SOURCE_ROOT']
TOPS = ('agent', 'app', 'supervisor', 'tests')


def find_formatter():
    for name in ('clang-format-14', 'clang-format'):
        if shutil.which(name):
            version = subprocess.run([name, '--version'], stdout=subprocess.PIPE, text=True, check=True).stdout
            if re.search(r'version 14\.', version):
                return name
    return None


def find_sources():
    for top in TOPS:
        for folder, _, names in os.walk(os.path.join(SOURCE, top)):
            yield from (os.path.join(folder, name) for name in names if name.endswith(('.c', '.h')))


class Format(unittest.TestCase):
    def test_c_is_as_clang_format_lays_it_out(self):
        formatter = find_formatter()
        if not formatter:
            self.skipTest('clang-format 14 is not installed')
        run = subprocess.run([formatter, '--dry-run', *find_sources()], stderr=subprocess.PIPE, text=True, cwd=SOURCE,
                             check=True)
        wrong = sorted(set(re.findall(r'^(\S+?):\d+:\d+: warning', run.stderr, re.MULTILINE)))
        self.assertEqual([os.path.relpath(path, SOURCE) for path in wrong], [],
                         'are not as clang-format -i leaves them')


if __name__ == '__main__':
    unittest.main()
