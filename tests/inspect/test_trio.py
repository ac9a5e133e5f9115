# SPDX-License-Identifier: MIT
"""Trio's tasks are read with their stacks and with what they wait for; two that wait for each other are proven to."""
import subprocess
import time
import unittest

from inspected import PATIENCE_S, PYTHONS, Program, local_texts

WITH_TRIO = [python for python in PYTHONS
             if subprocess.run([*python[1], '-c', 'import trio'], capture_output=True, check=False).returncode == 0]


@unittest.skipUnless(WITH_TRIO, 'python3-trio is not installed')
class Trio(unittest.TestCase):
    def start(self, command, question):
        program = Program(command, 'trio_program.py')
        self.addCleanup(program.close)
        program.ask(question)
        return program

    def test_what_they_wait_for(self):
        for version, command in WITH_TRIO:
            with self.subTest(python=version, command=command):
                snapshot = self.start(command, 'all').dump()
                tasks = {task['name']: task for task in snapshot['tasks']}
                waits = {name: task.get('awaits') for name, task in tasks.items() if 'main' not in name}
                self.assertEqual(waits, {'holder': 'sleep 1000', 'want': 'Lock.acquire (holder)', 'listen': 'Event.wait',
                                         'receive': 'MemoryReceiveChannel.receive', 'nest': 'nursery of child',
                                         'read': '_SocketType', 'acquire': 'Semaphore.acquire'})
                main = next(task for name, task in tasks.items() if 'main' in name)
                self.assertEqual((main['state'], [frame['function'] for frame in main['frames']]), ('RUNNING', ['wait_for_all']))
                frame = tasks['want']['frames'][-1]
                self.assertEqual((frame['function'], local_texts(frame)['mark']), ('want', "'wants it'"))

    def test_circle(self):
        for version, command in WITH_TRIO:
            with self.subTest(python=version, command=command):
                program = self.start(command, 'locks')
                deadline = time.monotonic() + PATIENCE_S
                while 'Trio' not in (verdict := program.dump()['verdict'])['summary'] or verdict['kind'] == 'idle':
                    self.assertLess(time.monotonic(), deadline, verdict)
                self.assertEqual((verdict['kind'], verdict['confidence']), ('async-wait', 'certain'), verdict)
                self.assertIn('‘first’', verdict['summary'])
                self.assertIn('‘second’', verdict['summary'])


if __name__ == '__main__':
    unittest.main()
