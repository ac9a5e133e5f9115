# SPDX-License-Identifier: MIT
"""Threads of a living program held at breakpoints: which ones, that the others run, and that none is left held."""
import os
import signal
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import for_each_python, wait_until  # noqa: E402
from live_program import LivePrograms  # noqa: E402

SHOP = '''\
def serve(n):
    doubled = n * 2
    for i in range(3):
        doubled += i  # in the loop
    return doubled

def count(n):
    for i in range(n):
        yield i

async def fetch(n): return n
'''
IN_LOOP = SHOP.split('\n').index('        doubled += i  # in the loop') + 1


class _Break(LivePrograms):
    def setUp(self):
        super().setUp()
        self.live({'shop.py': SHOP})
        self.do('import shop, asyncio, signal, time')

    def hold(self, name, **params):
        answer = self.ask('break', name=name, **params)
        self.assertIn('label', answer, answer)
        return answer

    def wait_held(self, number=1):
        wait_until(lambda: len(self.listener.held) >= number, 'a thread at the breakpoint')
        return self.listener.named('held')[number - 1]

    def let_go(self):
        for connection in self.listener.held:
            connection.shutdown(socket.SHUT_RDWR)
        self.listener.held.clear()

    def start_thread(self, line):
        self.do('threading.Thread(target=lambda: print("got", %s, flush=True), name="worker", daemon=True).start()' % line)

    def test_a_thread_is_held_and_the_others_run(self):
        self.hold('shop:serve')
        self.start_thread('shop.serve(3)')
        held = self.wait_held()
        self.assertEqual((held['thread_name'], held['name'], held['hold']), ('worker', 'shop:serve', True))
        self.assertIn(str(held['thread']), os.listdir('/proc/%d/task' % self.process.pid))
        self.assertEqual(self.do('print(1 + 1)'), '2\n')
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got 9\n')
        self.ask('unbreak', name='shop:serve')
        self.assertEqual(self.do('print(shop.serve(1))'), '5\n')

    def test_conditions_and_counts(self):
        self.hold('shop:serve', condition='n == 2', count=1)
        self.assertEqual(self.do('print(shop.serve(1))'), '5\n')
        self.start_thread('shop.serve(2)')
        self.wait_held()
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got 7\n')
        self.assertEqual(self.do('print(shop.serve(2))'), '7\n')

    def test_lines(self):
        self.hold('shop.py:%d' % IN_LOOP, condition='i == 1')
        self.start_thread('shop.serve(3)')
        self.wait_held()
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got 9\n')
        self.assertEqual(len(self.listener.named('held')), 1)
        self.ask('unbreak')
        self.hold('shop.py:1')
        self.start_thread('shop.serve(3)')
        self.wait_held()
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got 9\n')
        self.assertEqual(self.ask('break', name='shop.py:6').get('refused'), 'no-line')

    def test_generators_and_coroutines(self):
        self.hold('shop:count')
        self.start_thread('list(shop.count(2))')
        self.wait_held()
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got [0, 1]\n')
        self.hold('shop:fetch')
        self.start_thread('asyncio.run(shop.fetch(2))')
        self.wait_held()
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got 2\n')

    def test_let_go_when_the_supervisor_is_gone(self):
        self.hold('shop:serve')
        self.start_thread('shop.serve(3)')
        self.wait_held()
        self.hang_up()
        self.assertEqual(self.process.stdout.readline(), b'got 9\n')
        self.assertEqual(self.do('print(shop.serve(1))'), '5\n')

    def test_the_main_thread_can_be_interrupted(self):
        self.hold('shop:serve')
        self.begin('shop.serve(1)')
        self.wait_held()
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(), 'failed: KeyboardInterrupt()\n')
        self.ask('unbreak')
        self.assertEqual(self.do('print(shop.serve(1))'), '5\n')

    def test_what_is_evaluated_is_not_held(self):
        self.hold('shop:serve')
        self.assertEqual(self.ask('evaluate', source='shop.serve(1)')['text'], '5')

    def test_functions_of_c(self):
        self.hold('time:sleep', condition='args[0] < 1')
        self.start_thread('time.sleep(0)')
        self.wait_held()
        self.let_go()
        self.assertEqual(self.process.stdout.readline(), b'got None\n')


for_each_python(_Break)

if __name__ == '__main__':
    unittest.main()
