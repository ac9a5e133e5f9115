# SPDX-License-Identifier: MIT
"""A program of which nothing can ever move again is looked at no longer than that takes to know; where anything might still
move, all the looks are made; and more of one that others keep from running."""
import os
import subprocess
import sys
import time
import unittest

from inspected import PATIENCE_S, PYTHONS, Program, dump, main_thread

ALL_LOOKS = 6  # supervisor/session/heart/flatline-movement.c
# Somebody else wants the same processor more.
STARVED = '''
import os
os.nice(10)
print('ready', flush=True)
while True:
    for number in range(1000):
        product = number * 7
    for number in range(1000):
        total = number + 7
    for number in range(1000):
        difference = number - 7
    for number in range(1000):
        quotient = number // 7
'''


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

    def test_others_keep_it_from_running(self):
        """Looks between which it has not run say nothing, and the kernel counts its time in the queue when that is over."""
        processor = min(os.sched_getaffinity(0))
        command = ['taskset', '--cpu-list', str(processor), sys.executable, '-c']
        other = self.spawn([*command, 'while True: pass'])
        starved = self.spawn([*command, STARVED], stdout=subprocess.PIPE)
        self.assertIsNone(other.poll())
        self.assertEqual(starved.stdout.readline(), b'ready\n')
        for _ in range(8):
            snapshot = dump(starved.pid)
            verdict, thread = snapshot['verdict'], snapshot['threads'][0]
            self.assertEqual((verdict['kind'], verdict['confidence']), ('busy-loop', 'likely'), (verdict, thread))

    def spawn(self, command, **options):
        process = subprocess.Popen(command, **options)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process


if __name__ == '__main__':
    unittest.main()
