# SPDX-License-Identifier: MIT
"""Where Flatline is installed interpreters may not keep the agent's code. The first has to compile it, those that follow
find it compiled."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
COMPILES = re.compile(r'code object from \S*/flatline/(?:agent|speech|hooks)\.py')


def find(folder, ending):
    return [os.path.join(top, name) for top, _, names in os.walk(folder) for name in names if name.endswith(ending)]


@unittest.skipIf(shutil.which('meson') is None, 'meson is not in PATH')
class CompiledTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix='flatline-compiled-')
        self.addCleanup(shutil.rmtree, folder, True)
        self.installed = os.path.join(folder, 'installed')
        self.cache = os.path.join(folder, 'cache')
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', self.installed],
                       check=True, stdout=subprocess.DEVNULL)
        self.cli = next(path for path in find(self.installed, 'flatline-cli') if path.endswith('/bin/flatline-cli'))
        self.sources = len(find(os.path.dirname(next(path for path in find(self.installed, 'sitecustomize.py') if 'startup' not in path)), '.py'))
        self.environment = dict(os.environ, XDG_CACHE_HOME=self.cache, PYTHONDONTWRITEBYTECODE='1', PYTHONVERBOSE='1')

    def run_program(self, python=sys.executable):
        run = subprocess.run([self.cli, 'run', '--no-console', '--no-store', '--log-folder', '', '--python',
                              python, '-c', 'print("ends")'], env=self.environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(run.stdout, 'ends\n')
        return run.stderr

    def test_second_start(self):
        self.assertRegex(self.run_program(), COMPILES)
        deadline = time.monotonic() + 60
        while len(find(self.cache, '.pyc')) < self.sources and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertNotRegex(self.run_program(), COMPILES)
        self.assertEqual(find(self.installed, '.pyc'), [])

    @unittest.skipIf(os.geteuid() != 0 or not os.path.exists('/usr/bin/python3'), 'only root can give files away')
    def test_interpreter_of_somebody_else(self):
        """Who may do less than we must not have us run what is his."""
        python = os.path.join(os.path.dirname(self.installed), 'python3')
        shutil.copy('/usr/bin/python3', python)
        for owner, trusted in ((65534, False), (0, True)):
            os.chown(python, owner, -1)
            self.run_program(python)
            self.assertEqual(os.path.exists(os.path.join(self.cache, 'flatline', 'agent')), trusted)

    @unittest.skipIf(os.geteuid() != 0, 'only root can give files away')
    def test_cache_of_somebody_else(self):
        """As with sudo in his folder: we run no code from there."""
        os.mkdir(self.cache)
        os.chown(self.cache, 65534, -1)
        self.run_program()
        self.assertEqual(os.listdir(self.cache), [])
        os.chown(self.cache, 0, -1)
        self.run_program()
        self.assertNotEqual(os.listdir(self.cache), [])

    def test_without_a_place(self):
        """Nothing is said of it."""
        with open(self.cache, 'wb'):
            pass
        for _ in range(2):
            self.assertRegex(self.run_program(), COMPILES)


if __name__ == '__main__':
    unittest.main()
