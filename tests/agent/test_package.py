# SPDX-License-Identifier: MIT
"""The package as it travels: a wheel that works on its own, and an import that loads next to nothing."""
import glob
import os
import shutil
import subprocess
import unittest

from agent_run import PYTHON, for_each_python
from dumps import Dumps, read


@for_each_python
class _Wheel(Dumps):
    """The package as a wheel, on its own."""

    def test_installed(self):
        wheels = os.path.join(self.folder, 'wheels')
        os.mkdir(wheels)
        source = os.environ.get('FLATLINE_TEST_SOURCE_ROOT') or os.path.join(os.path.dirname(__file__), '../..')
        built = subprocess.run([self.python, os.path.join(source, 'agent', 'build_wheel.py'), wheels],
                               capture_output=True, text=True, env=self.environment())
        self.assertEqual(built.returncode, 0, built.stderr)
        wheel = built.stdout.strip()
        venv = os.path.join(self.folder, 'venv')
        python = os.path.join(venv, 'bin', 'python')
        # To give the environment a pip of its own takes a minute on a busy machine; most interpreters have one. What
        # pip makes of a wheel does not depend on the version: one of them tells.
        has_pip = self.python == PYTHON and subprocess.run([self.python, '-m', 'pip', '--version'],
                                                           capture_output=True).returncode == 0
        with_pip = has_pip or self.python == PYTHON
        made = subprocess.run([self.python, '-m', 'venv', *([] if with_pip and not has_pip else ['--without-pip']), venv],
                              capture_output=True, text=True, env=self.environment())
        if made.returncode:
            self.skipTest('this Python makes no virtual environment with pip')
        site = subprocess.run([python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], check=True,
                              capture_output=True, text=True, env=self.environment()).stdout.strip()
        if with_pip:
            installed = subprocess.run(
                [self.python if has_pip else python, '-m', 'pip', '--isolated', '--disable-pip-version-check', 'install',
                 '--no-index', '--no-deps', '--no-compile', '--target', site, wheel],
                capture_output=True, text=True, env=self.environment())
            self.assertEqual(installed.returncode, 0, installed.stdout + installed.stderr)
        else:
            shutil.unpack_archive(wheel, site, 'zip')
        script = self.write('import flatline\nprint(flatline.__version__)\nflatline.beat("x")\n1/0')
        outcome = subprocess.run([python, '-m', 'flatline.dump', script], capture_output=True, text=True, cwd=self.work,
                                 env=self.environment())
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertRegex(outcome.stdout, r'^\d+\.\d+')
        record = read(glob.glob(os.path.join(self.work, '*.flatline'))[0])
        self.assertIn('flatline %s' % outcome.stdout.strip(), record['program']['distributions'])


class Import(Dumps, unittest.TestCase):
    def test_light(self):
        """`import flatline` loads what is always there, not what a file needs."""
        outcome, _ = self.in_program('import sys\nbefore = set(sys.modules)\nimport flatline\n'
                                     'print(sorted(m for m in set(sys.modules) - before if not m.startswith("flatline")))\n'
                                     'print([m for m in sys.modules if m.startswith("flatline.capture")])')
        loaded = eval(outcome.stdout.splitlines()[0])
        self.assertLessEqual(set(loaded), {'atexit', '_json', '_socket', '_collections', '_signal', 'atexit', 'fcntl'})
        self.assertEqual(outcome.stdout.splitlines()[1], b'[]')
