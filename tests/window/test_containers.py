# SPDX-License-Identifier: MIT
"""Large containers in Variables, of each kind: a page of them at first, then the next one, to the last item; and a deep
nest, as far as somebody opens it."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, wait_for  # noqa: E402

# What comes behind the first page says of which container it is; the deque begins in the middle of a block.
SCRIPT = '''\
import time
from collections import deque
from flatline import beat

def build_nest():
    nest = []
    for level in range(1500):
        nest = [level, nest]
    return nest

def work(as_list, as_deque, as_dict, as_set):
    while True:
        beat('WORK', 'main')
        time.sleep(0.05)

numbers = range(10000, 11099)
as_deque = deque(range(10))
for number in numbers:
    as_deque.append(number + 20000)
for number in range(10):
    as_deque.popleft()
as_deque.append(build_nest())
work([number + 10000 for number in numbers] + ['the end'], as_deque, {number: number + 30000 for number in range(1100)},
     set(number + 40000 for number in numbers) | {1})
'''
NUMPY_SCRIPT = '''\
import time
import numpy
from flatline import beat

def work(grid, many):
    while True:
        beat('WORK', 'main')
        time.sleep(0.05)

work(numpy.arange(6).reshape(2, 3) * 10, numpy.arange(1100) + 20000.5)
'''
KINDS = ['list', 'deque', 'dict', 'set']


class ContainersTest(WindowTest):
    def open(self):
        self.start(self.write('holds.py', SCRIPT))
        self.see('♥ beating')
        self.key('2')
        self.see('as_set')

    def go_to_rest(self, n_below):
        """Once it is there; the view builds the rows around the one that it shows."""
        def seen():
            self.key('End')
            return self.find('100 more: open this row to read on')
        wait_for('the rest', seen)
        self.key('End', *['Up'] * n_below)

    def read_to_the_end(self, index, second_page):
        """With the others folded; what is above the rest is the last of the first page."""
        self.key('Home', *['Down'] * index, 'Right')
        self.go_to_rest(len(KINDS) - 1 - index)
        self.key('Return')
        wait_for(f'“{second_page}”', lambda: self.find(second_page) and not self.find('more: open'))
        self.picture(f'container-{KINDS[index]}')
        self.key('Home', *['Down'] * index, 'Left')
        wait_for('the rows to be folded', lambda: not self.count('[11'))

    def test_kinds(self):
        self.open()
        self.read_to_the_end(0, '21001')
        self.read_to_the_end(1, '31001')
        self.read_to_the_end(2, '31001')
        self.read_to_the_end(3, '50')  # in the order of its table

    def test_deep_nest(self):
        """The last item of the deque."""
        self.open()
        self.key('Home', 'Down', 'Right')
        self.go_to_rest(2)
        self.key('Return')
        wait_for('the second page', lambda: self.find('31001'))
        self.key('End', 'Up', 'Up')
        for level in range(1499, 1489, -1):
            self.key('Right')
            wait_for(f'level {level}', lambda: self.find(str(level)))
            self.key('Down', 'Down')
        self.picture('container-nest')


    def test_numpy_array(self):
        """Each item has its place; of many a page at first, then the next one, to the last item."""
        if subprocess.run(['/usr/bin/python3', '-c', 'import numpy'], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest('numpy is not installed (Debian: python3-numpy)')
        self.start(self.write('holds.py', NUMPY_SCRIPT), PATH='/usr/bin:/bin')
        self.see('♥ beating')
        self.key('2')
        self.see('grid')
        self.key('Home', 'Right')
        self.see('[1, 2]')
        wait_for('the items of both rows', lambda: self.find('30', ('label',)) and self.find('50', ('label',)))
        self.picture('container-numpy')
        self.key('Home', 'Left', 'Down', 'Right')
        self.go_to_rest(0)
        self.key('Return')
        wait_for('the second page', lambda: self.find('21001.5') and not self.find('more: open'))
        self.key('End')
        self.see('21099.5')


if __name__ == '__main__':
    unittest.main()
