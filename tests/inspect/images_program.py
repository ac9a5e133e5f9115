# SPDX-License-Identifier: MIT
"""What the images are of: one of everything, in two threads. It says what a reader must find, a line a fact, and waits."""
import sys
import threading

texts = {}  # id(): how what repr() writes in lines of its own is told
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


def make_arrays(numpy):
    structures = numpy.ma.array([(1, (2.5, b'ab')), (-3, (0.5, b''))], dtype=[('n', '<i4'), ('p', [('x', '<f8'), ('s', 'S2')])])
    structures.mask['p']['x'][1] = True
    arrays = [(numpy.arange(6, dtype='<i8').reshape(2, 3), 'array([[0, 1, 2], [3, 4, 5]], shape=(2, 3), dtype=int64)'),
              (numpy.array([0.5, 1 / 3], '>f8'), 'array([0.5, 0.3333333333333333], shape=(2,), dtype=>float64)'),
              (numpy.array(['ä', 'bc']), "array(['ä', 'bc'], shape=(2,), dtype='<U2')"),
              (numpy.array([None, 'x'], dtype=object), "array([None, 'x'], shape=(2,), dtype=object)"),
              (numpy.array([1, -1], 'M8[25s]'), "array(['1970-01-01T00:00:25', '1969-12-31T23:59:35'], shape=(2,), dtype=datetime64[25s])"),
              (numpy.array([2 + 1j], 'c8'), 'array([(2+1j)], shape=(1,), dtype=complex64)'),
              (structures, "masked_array([(1, (2.5, b'ab')), (-3, (--, b''))], shape=(2,), "
                           "dtype=[('n', '<i4'), ('p', [('x', '<f8'), ('s', 'S2')])])")]
    return arrays + [(array.dtype, None) for array, _ in arrays] + [(structures.mask, None), (structures[1], None),
                                                                    (structures.data[0], None), (numpy.float32(0.1), None)]


def make_frames(pandas):
    frame = pandas.DataFrame({'a': [1, 2, 3], 'b': [0.5, float('nan'), -2.0], 'name': ['x', 'ä', "it's"], 'c': [7, 8, 9]})
    named = pandas.DataFrame({'n': pandas.array([1, None], dtype='Int64')}, index=['one', 'two'])
    frames = [(frame, "DataFrame({'a': [1, 2, 3], 'b': [0.5, nan, -2.0], 'name': ['x', 'ä', \"it's\"], 'c': [7, 8, 9]}, "
                      'index=RangeIndex(start=0, stop=3, step=1), shape=(3, 4))'),
              (named, "DataFrame({'n': [1, <NA>]}, index=Index(['one', 'two']), shape=(2, 1))"),
              (frame['b'], "Series([0.5, nan, -2.0], index=RangeIndex(start=0, stop=3, step=1), name='b')"),
              (pandas.Index([3, 1]), 'Index([3, 1])'),
              (pandas.Timestamp('2024-07-01 02:03:04', tz='UTC'), None), (pandas.Timedelta('3 days 01:02:03.5'), None)]
    levels = pandas.MultiIndex.from_arrays([pandas.Categorical(['a', None]), pandas.period_range('2024-01', periods=2, freq='M'),
                                            pandas.interval_range(0, 2)])
    zoned = pandas.Series(pandas.date_range('2024-07-01', periods=2, tz='Europe/Berlin'), index=levels)
    moments = ("Timestamp('2024-07-01 00:00:00+0200', tz='Europe/Berlin')", "Timestamp('2024-07-02 00:00:00+0200', tz='Europe/Berlin')")
    told = ("MultiIndex([('a', Period('2024-01', 'M'), Interval(0, 1, closed='right')), "
            "(nan, Period('2024-02', 'M'), Interval(1, 2, closed='right'))])")
    frames += [(levels, told), (zoned, f'Series([{", ".join(moments)}], index={told})'), (levels[0][1], "Period('2024-01', 'M')"),
               (levels[0][2], None), (zoned.dtype, None), (levels.levels[0].dtype, None), (levels.levels[1].dtype, None),
               (levels.levels[0]._data, None), (levels.levels[1]._data, None), (levels.levels[2]._data, None)]
    parts = [part for block in (frame._mgr.blocks[0], named._mgr.blocks[0]) for part in (block, block.mgr_locs, block.values)]
    frames.append((frame._mgr.axes, "[Index(['a', 'b', 'name', 'c']), RangeIndex(start=0, stop=3, step=1)]"))
    return frames + [(part, None) for part in [frame._mgr, *parts, frame.columns, frame.index]]


def pass_on(thing, number, things):
    """Each is the first variable of a call of its own, where the images are spoiled most."""
    following = number + 1
    if following < things.count:
        return pass_on(things.items[following][0], following, things)
    return outer('first', 2, key='word')


class Things:
    def __init__(self, items):
        self.items = items
        self.count = len(items)
        for thing, text in items:
            if text:
                texts[id(thing)] = text


def say_and_hold():
    frame = sys._getframe(1)
    lines = []
    while frame:
        lines.append('call %s %d' % (frame.f_code.co_name, frame.f_lineno))
        if frame.f_code.co_name != '<module>':
            for name, value in sorted(frame.f_locals.items()):
                if id(value) in texts:
                    lines.append('local %s = %s' % (name, texts[id(value)]))
                elif type(value) in (int, str, bytes, float, bool, type(None), tuple, list, dict, set):
                    lines.append('local %s = %r' % (name, value))
        frame = frame.f_back
    sys.stdout.write('\n'.join(lines) + '\nend\n')
    sys.stdout.flush()
    sys.stdin.readline()


gate.acquire()
worker = threading.Thread(target=wait_for_gate, args=(5,), name='worker', daemon=True)
worker.start()
waiting.wait()
if sys.argv[1:] == ['numpy']:
    import numpy
    made = Things(make_arrays(numpy))
    pass_on(made.items[0][0], 0, made)
elif sys.argv[1:] == ['pandas']:
    import pandas
    made = Things(make_frames(pandas))
    pass_on(made.items[0][0], 0, made)
outer('first', 2, key='word')
