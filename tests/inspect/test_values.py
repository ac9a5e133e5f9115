# SPDX-License-Identifier: MIT
"""Values read from outside are what repr() gives inside, for thousands of generated ones, on every Python there is."""
import os
import subprocess
import sys
import unittest

from inspected import ALL, PYTHONS, Program, frames_below, local_texts, main_thread

ROUNDS = 400 if ALL else 40
HAS_NUMPY = subprocess.run([*PYTHONS[0][1], '-c', 'import numpy'], capture_output=True, check=False).returncode == 0
FIRST_SEED = int(os.environ.get('FLATLINE_TEST_SEED', '1'))


class Values(unittest.TestCase):
    maxDiff = None

    def test_generated_values(self):
        for version, command in PYTHONS:
            with self.subTest(python=version):
                self.compare(version, command, 'values_program.py', ROUNDS)

    def test_the_standard_library(self):
        for version, command in PYTHONS:
            with self.subTest(python=version):
                self.compare(version, command, 'library_program.py', ROUNDS // 4)

    @unittest.skipUnless(HAS_NUMPY, 'python3-numpy is not installed')
    def test_numpy(self):
        self.compare(PYTHONS[0][0], PYTHONS[0][1], 'numpy_program.py', ROUNDS)

    def compare(self, version, command, script, rounds):
        program = Program(command, script)
        self.addCleanup(program.close)
        count = 0
        for seed in range(FIRST_SEED, FIRST_SEED + rounds):
            expected = program.ask(seed)
            thread = main_thread(program.dump())
            found = local_texts(frames_below(thread, 'wait')[0])
            for name, text in expected.items():
                # Lone surrogates cannot be written in JSON as UTF-8; everything else is equal to the letter.
                self.assertEqual(found.get(name), text, f'{name}, seed {seed}, Python {version} {command}')
            count += len(expected)
            program.go_on()
        print(f'Python {version}: {count} values equal their repr()', file=sys.stderr)


if __name__ == '__main__':
    unittest.main()
