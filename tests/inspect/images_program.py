# SPDX-License-Identifier: MIT
"""What the images are of: one of everything, in two threads. It says what a reader must find, a line a fact, and waits."""
import sys
import threading

waiting = threading.Event()
gate = threading.Lock()


class Point:
    __slots__ = ('x', 'y')

    def __init__(self, x, y):
        self.x = x
        self.y = y


class Box:
    def __init__(self, content):
        self.content = content
        self.size = 3


def wait_for_gate(depth):
    label = 'depth %d' % depth
    if depth:
        return wait_for_gate(depth - 1)
    waiting.set()
    with gate:
        return label


def count_up(limit):
    for number in range(limit):
        total = number * 2
        yield total, say_and_hold()


def inner(values):
    text, data, real, huge, nothing = 'grüße', b'\x00bytes', 2.5, 2 ** 100, None
    pair = (1, ['two', 3.0])
    table = {'one': 1, 'list': [1, 2], 3: {'four': 4}}
    names = {'a'}
    point, box = Point(1, 2), Box('parcel')
    circle = [1]
    circle.append(circle)

    def free():
        return [each for each in count_up(len(values))]
    return free()


def outer(*arguments, **options):
    square = lambda number: inner(arguments)  # noqa: E731
    return square(7)


def say_and_hold():
    frame = sys._getframe(1)
    lines = []
    while frame:
        lines.append('call %s %d' % (frame.f_code.co_name, frame.f_lineno))
        if frame.f_code.co_name != '<module>':
            for name, value in sorted(frame.f_locals.items()):
                if type(value) in (int, str, bytes, float, bool, type(None), tuple, list, dict, set):
                    lines.append('local %s = %r' % (name, value))
        frame = frame.f_back
    sys.stdout.write('\n'.join(lines) + '\nend\n')
    sys.stdout.flush()
    sys.stdin.readline()


gate.acquire()
worker = threading.Thread(target=wait_for_gate, args=(5,), name='worker', daemon=True)
worker.start()
waiting.wait()
outer('first', 2, key='word')
