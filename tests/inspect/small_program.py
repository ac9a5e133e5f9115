# SPDX-License-Identifier: MIT
"""Like values_program.py, with nothing but what every interpreter has built in."""
import sys


def hold(number):
    text, pair = 'hällo', (number, [None, 1.5])
    wait({'number': repr(number), 'text': repr(text), 'pair': repr(pair)})


def wait(texts):
    print('{' + ', '.join(f'"{name}": "{text}"' for name, text in texts.items()) + '}', flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(int(line))
