# SPDX-License-Identifier: MIT
"""Native frames stand between the Python frames that called them and those they called; the evaluator itself is not shown."""
import unittest

from inspected import PYTHONS, Program, main_thread


class Native(unittest.TestCase):
    def test_python_and_native_frames_in_one_stack(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                self.look(command)

    def look(self, command):
        program = Program(command, 'native_program.py')
        self.addCleanup(program.close)
        program.ask(1)
        plain = main_thread(program.dump())['frames']
        snapshot = program.dump('--native')
        merged = main_thread(snapshot)['frames']
        python = [frame for frame in merged if frame['kind'] == 'python']
        places = [[(frame['function'], frame['line']) for frame in frames] for frames in (plain, python)]
        self.assertEqual(places[0], places[1])
        names = [frame['function'] for frame in merged]
        self.assertFalse([name for name in names if name.startswith('_PyEval_EvalFrameDefault')], names)
        kinds = [frame['kind'] for frame in merged]
        held, called, caller = (names.index(name) for name in ('hold_here', '<lambda>', 'sort_by'))
        self.assertEqual(kinds[0], 'native', names)
        # The C that reads the line is inside of everything; what sorts is between sort_by and the function it calls.
        self.assertLess(held, called)
        self.assertIn('native', kinds[called + 1:caller], names)
        # Where the program begins is C; a 3.9 of Debian 11, whose C library keeps no unwind entry there, may end before.
        self.assertTrue(all(frame.get('module') or frame['function'].startswith('0x')
                            for frame in merged if frame['kind'] == 'native'), merged)
        waiter = next(thread for thread in snapshot['threads'] if thread.get('name') == 'waiter')
        self.assertEqual(waiter['frames'][0]['kind'], 'native', waiter['frames'])
        self.assertEqual(program.read_state(), 'S')


if __name__ == '__main__':
    unittest.main()
