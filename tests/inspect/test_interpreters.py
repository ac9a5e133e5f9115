# SPDX-License-Identifier: MIT
"""A thread that runs one interpreter from within another has one stack, through all of them, on every Python there is."""
import time
import unittest

from inspected import PATIENCE_S, PYTHONS, Program, local_texts


class Interpreters(unittest.TestCase):
    def test_one_stack_through_nested_interpreters(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                self.look(command)

    def look(self, command):
        program = Program(command, 'interpreters_program.py')
        self.addCleanup(program.close)
        program.ask(1)
        for options in ([], ['--native']):
            threads = program.dump(*options)['threads']
            self.assertEqual(len({thread['native_id'] for thread in threads}), len(threads), threads)
            diver = next(thread for thread in threads if thread.get('name') == 'diver')
            frames = [frame for frame in diver['frames'] if frame['kind'] == 'python']
            self.assertEqual([(frame['function'], frame['interpreter']) for frame in frames[:5]],
                             [('innermost', 2), ('<module>', 2), ('enter', 1), ('<module>', 1), ('enter', 0)])
            self.assertEqual(frames[-1]['function'], '_bootstrap')
            self.assertEqual(diver['interpreter'], 2)
            self.assertIn('innermost()', local_texts(frames[2])['text'])
            self.assertFalse(diver['incomplete'])

    def test_gil_that_no_other_interpreter_gets(self):
        for version, command in PYTHONS:
            if tuple(map(int, version.split('.')[:2])) >= (3, 13):
                continue
            with self.subTest(python=version, command=command):
                program = Program(command, 'starving_program.py')
                self.addCleanup(program.close)
                program.ask(1)
                deadline = time.monotonic() + PATIENCE_S
                while True:
                    snapshot = program.dump()
                    threads = {thread['name']: thread for thread in snapshot['threads']}
                    if snapshot['verdict']['kind'] == 'gil-held':
                        break
                    self.assertLess(time.monotonic(), deadline, snapshot['verdict'])
                self.assertEqual(threads['spinner']['gil'], threads['MainThread']['gil'])
                self.assertIn('other interpreters', snapshot['verdict']['summary'])


if __name__ == '__main__':
    unittest.main()
