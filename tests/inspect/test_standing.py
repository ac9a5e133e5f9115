# SPDX-License-Identifier: MIT
"""A program of which nothing can ever move again is looked at no longer than that takes to know; where anything might still
move, all the looks are made."""
import time
import unittest

from inspected import PATIENCE_S, PYTHONS, Program, main_thread

ALL_LOOKS = 6  # supervisor/session/heart/flatline-movement.c


class Standing(unittest.TestCase):
    def start(self, command, kind):
        program = Program(command, 'standing_program.py')
        self.addCleanup(program.close)
        self.assertTrue(program.ask(kind))
        return program

    def test_nothing_can_move(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = self.start(command, 'nothing')
                deadline = time.monotonic() + PATIENCE_S
                # The threads are still on their way to the lock at first, and on a busy machine late to sleep again.
                while True:
                    snapshot = program.dump()
                    looks = {thread['looks'] for thread in snapshot['threads']}
                    if max(looks) < ALL_LOOKS or time.monotonic() > deadline:
                        break
                self.assertGreater(min(looks), 0)
                self.assertLess(max(looks), ALL_LOOKS)
                self.assertEqual({thread.get('moves', 0) for thread in snapshot['threads']}, {0})
                self.assertEqual(len(snapshot['threads']), 3)
                self.assertEqual(main_thread(snapshot)['state'], 'S')
                self.assertEqual(snapshot['verdict']['kind'], 'self-deadlock', snapshot['verdict'])

    def test_something_may_move(self):
        for kind in ('alarm', 'sleep', 'pipe'):
            with self.subTest(kind=kind):
                program = self.start(PYTHONS[0][1], kind)
                for _ in range(3):
                    self.assertEqual({thread['looks'] for thread in program.dump()['threads']}, {ALL_LOOKS})


if __name__ == '__main__':
    unittest.main()
