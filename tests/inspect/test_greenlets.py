# SPDX-License-Identifier: MIT
"""Greenlets that are switched out have the stacks that they had themselves when they left."""
import subprocess
import unittest

from inspected import ALL, PYTHONS, Program, local_texts

ROUNDS = 100 if ALL else 20
WITH_GREENLETS = [python for python in PYTHONS
                  if subprocess.run([*python[1], '-c', 'import greenlet'], capture_output=True, check=False).returncode == 0]


@unittest.skipUnless(WITH_GREENLETS, 'python3-greenlet is not installed')
class Greenlets(unittest.TestCase):
    def test_stacks(self):
        for version, command in WITH_GREENLETS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'greenlets_program.py')
                self.addCleanup(program.close)
                for seed in range(ROUNDS):
                    self.compare(program, seed)

    def compare(self, program, seed):
        expected = {int(address): stack for address, stack in program.ask(seed).items()}
        tasks = {int(task['address'], 16): task for task in program.dump('--no-pause').get('tasks', [])}
        self.assertLessEqual(set(expected), set(tasks))
        for address, stack in expected.items():
            self.assertEqual(tasks[address]['name'], f'greenlet at {address:#x}')
            # The first frame is of the function that switched.
            frames = tasks[address]['frames'][1:]
            self.assertEqual([(frame['function'], frame['line']) for frame in frames],
                             [(name, line) for name, line, _ in stack], seed)
            for frame, (_, _, values) in zip(frames, stack):
                texts = local_texts(frame)
                self.assertEqual({name: texts.get(name) for name in values}, values, seed)


if __name__ == '__main__':
    unittest.main()
