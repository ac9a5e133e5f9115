# SPDX-License-Identifier: MIT
"""What it costs that a function is traced: a call of it, told, counted only, and under a condition that does not hold;
and a call of another one meanwhile. Nanoseconds a call, and the ratio to the same call when nothing is traced."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import PYTHONS  # noqa: E402
from live_program import LivePrograms  # noqa: E402

SHOP = '''\
import time

def traced(n, text="pen"): return n
def other(n, text="pen"): return n
def fails(n):
    raise ValueError
def survives(n):
    try: fails(n)
    except ValueError: pass

def measure(function, calls, rounds):
    best = 1e9
    for _ in range(rounds):
        start = time.perf_counter()
        for n in range(calls): function(n)
        best = min(best, time.perf_counter() - start)
    return best / calls * 1e9
'''


class Cost(LivePrograms, unittest.TestCase):
    def measure(self, function, calls=100, rounds=300):
        """The quickest of many short rounds: what others do on the machine meanwhile is not the function's."""
        return float(self.do('print(shop.measure(shop.%s, %d, %d))' % (function, calls, rounds)))

    def test_cost(self):
        for version, python in sorted(PYTHONS.items(), key=lambda known: int(known[0].partition('.')[2])):
            self.python = python
            self.live({'shop.py': SHOP})
            self.do('import shop')
            alone = {name: self.measure(name) for name in ('traced', 'other', 'survives')}
            self.ask('trace', name='shop:traced')
            results = [('traced, most calls only counted', 'traced', self.measure('traced')),
                       ('another function', 'other', self.measure('other')),
                       ('another that an exception leaves', 'survives', self.measure('survives'))]
            self.ask('trace', name='shop:traced', condition='n < 0')
            results.append(('traced, a condition that does not hold', 'traced', self.measure('traced')))
            told = []
            for _ in range(8):
                # No more than may be told at once.
                self.ask('trace', name='shop:traced')
                self.do('import time; time.sleep(0.8)')
                told.append(self.measure('traced', 16, 5))
            results.insert(0, ('traced, told', 'traced', min(told)))
            for words, name, cost in results:
                print('Python %-5s %-40s %8.0f ns, %6.2f times that of a call when nothing is traced'
                      % (version, words, cost, cost / alone[name]), flush=True)
            self.process.stdin.close()
            self.process.wait()


if __name__ == '__main__':
    unittest.main()
