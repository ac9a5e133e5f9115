# SPDX-License-Identifier: MIT
"""A program of which nothing can ever move again is looked at no longer than that takes to know; where anything might still
move, all the looks are made; and more of one that others keep from running."""
import os
import pty
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


class Reading(unittest.TestCase):
    """An interpreter that waits for the next piece of its program has neither ended the last one nor not begun."""

    def dump_quiet(self, pid):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            snapshot = dump(pid)
            if snapshot['verdict']['kind'] == 'stdin-wait' or time.monotonic() > deadline:
                return snapshot
            self.assertNotIn(snapshot['verdict']['kind'], ('shutdown-hang', 'gil-held'), snapshot['verdict'])

    def test_at_the_prompt(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                ours, theirs = pty.openpty()
                self.addCleanup(os.close, ours)
                # TERM=dumb: without the prompt that is written in Python, which is asked for below.
                program = subprocess.Popen([*command, '-q', '-i', '-c', 'print("ready")'], stdin=theirs, stdout=theirs, stderr=theirs,
                                           env={'PATH': os.environ['PATH'], 'TERM': 'dumb', 'PYTHON_BASIC_REPL': '1'})
                os.close(theirs)
                self.addCleanup(program.wait)
                self.addCleanup(program.kill)
                said = b''
                while b'>>> ' not in said:
                    said += os.read(ours, 1000)
                self.dump_quiet(program.pid)
                os.write(ours, b'import atexit, threading; lock = threading.Lock(); lock.acquire(); atexit.register(lock.acquire)\n')
                os.write(ours, b'print("set", "up"); import sys; del sys.ps1; raise SystemExit\n')
                while b'set up' not in said:
                    said += os.read(ours, 1000)
                deadline = time.monotonic() + PATIENCE_S
                while dump(program.pid)['verdict']['kind'] != 'shutdown-hang':
                    self.assertLess(time.monotonic(), deadline)

    def test_from_a_pipe(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = subprocess.Popen([*command, '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                self.addCleanup(program.stdout.close)
                self.addCleanup(program.wait)
                self.addCleanup(program.kill)
                self.addCleanup(program.stdin.close)
                program.stdin.write(b'print("ready", flush=True)\n')
                program.stdin.flush()
                self.dump_quiet(program.pid)
                self.assertEqual(main_thread(dump(program.pid))['waiting_for'], 'input from its standard input')


if __name__ == '__main__':
    unittest.main()
