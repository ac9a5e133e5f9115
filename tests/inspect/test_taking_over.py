# SPDX-License-Identifier: MIT
"""A thread of C that runs a thread state of another's making has the stack, the other has not; on every Python there is."""
import base64
import os
import unittest

from inspected import BUILD, PYTHONS, Program, local_texts

LIBRARY = os.path.join(BUILD, 'tests', 'inspect', 'libtaking-over.so')


class TakingOver(unittest.TestCase):
    def test_stacks_are_of_who_runs_them(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                self.look(command)

    def look(self, command):
        program = Program(command, 'taking_over_program.py')
        self.addCleanup(program.close)
        with open(LIBRARY, 'rb') as library:
            ids = program.ask(base64.b64encode(library.read()).decode())
        # gdb leaves out of a core what has guard pages in its midst, the stacks of newer C libraries.
        cores = [] if command[0] == 'chroot' else [program.dump_core()]
        for snapshot in (program.dump(), program.dump('--no-pause'), program.dump('--native'), *cores):
            threads = snapshot['threads']
            stacks = {thread['native_id']: [frame for frame in thread.get('frames', []) if frame['kind'] == 'python']
                      for thread in threads}
            self.assertEqual(len(stacks), len(threads), threads)
            self.assertEqual([frame['function'] for frame in stacks[program.pid]], ['wait_for_the_end', '<module>'], threads)
            for name, native_id in ids.items():
                self.assertEqual([frame['function'] for frame in stacks[native_id]], [f'taken_over_{name}', '<module>'],
                                 threads)
                apart = name.endswith('_apart')
                self.assertEqual(stacks[native_id][0]['interpreter'] != 0, apart, threads)
                if not name.startswith('moving'):
                    self.assertEqual(local_texts(stacks[native_id][0])['secret'], '42')


if __name__ == '__main__':
    unittest.main()
