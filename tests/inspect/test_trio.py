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
                program = self.start(command, 'all')
                snapshot = program.dump()
                tasks = {task['name']: task for task in snapshot['tasks']}
                waits = {name: task.get('awaits') for name, task in tasks.items() if 'main' not in name}
                self.assertEqual(waits, {'holder': 'sleep 1000', 'want': 'Lock.acquire (holder)', 'listen': 'Event.wait',
                                         'receive': 'MemoryReceiveChannel.receive', 'nest': 'nursery of child',
                                         'read': '_SocketType', 'acquire': 'Semaphore.acquire'})
                self.assertEqual([(task['name'], task.get('awaits')) for task in program.dump('--no-locals')['tasks']],
                                 [(task['name'], task.get('awaits')) for task in snapshot['tasks']])
                main = next(task for name, task in tasks.items() if 'main' in name)
                self.assertEqual((main['state'], [frame['function'] for frame in main['frames']]),
                                 ('RUNNING', ['wait', 'wait_for_all']))
                frame = tasks['want']['frames'][-1]
                self.assertEqual((frame['function'], local_texts(frame)['mark']), ('want', "'wants it'"))

    def test_circle(self):
        for version, command in WITH_TRIO:
            with self.subTest(python=version, command=command):
                program = self.start(command, 'locks')
                deadline = time.monotonic() + PATIENCE_S
                while 'Trio' not in (verdict := program.dump()['verdict'])['summary'] or verdict['kind'] == 'idle':
                    self.assertLess(time.monotonic(), deadline, verdict)
                self.assertEqual((verdict['kind'], verdict['confidence']), ('deadlock', 'certain'), verdict)
                self.assertIn('‘first’', verdict['summary'])
                self.assertIn('‘second’', verdict['summary'])

    def test_what_a_program_stands_at(self):
        """The verdict goes on from the loop, which is idle, to the task that waits and what for."""
        waits = {'lock': 'lock or semaphore ‘lock’, taken by task ‘holder’', 'event': 'event or condition ‘event’',
                 'receive': 'an item from channel ‘channel’', 'send': 'what it sends to channel ‘channel’',
                 'socket': 'not accepted the connection', 'child': '(cat)', 'thread': 'a call in thread ‘'}
        for version, command in WITH_TRIO:
            for kind, words in waits.items():
                with self.subTest(python=version, command=command, kind=kind):
                    program = self.start(command, kind)
                    deadline = time.monotonic() + PATIENCE_S
                    while 'runs a Trio loop' not in (verdict := program.dump('--no-locals')['verdict'])['summary']:
                        self.assertLess(time.monotonic(), deadline, verdict)
                    self.assertIn('‘waiter’', verdict['summary'])
                    self.assertIn(words, verdict['summary'])
                    self.assertEqual(verdict['kind'], 'async-wait')
                    program.close()


if __name__ == '__main__':
    unittest.main()
