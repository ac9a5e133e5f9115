# SPDX-License-Identifier: MIT
"""Makes frames, series, indexes and moments of pandas, says how they ought to be shown, and holds still."""
import json
import sys

import numpy
import pandas


NEW = tuple(map(int, pandas.__version__.split('.')[:2])) >= (2, 2)


def show_index(index):
    if isinstance(index, pandas.RangeIndex):
        return repr(index)
    return f'{type(index).__name__}({list(index)})'


def show_series(series):
    return f'Series({series.tolist()}, index={show_index(series.index)}' + (f', name={series.name!r})' if series.name else ')')


def show_frame(frame):
    columns = []
    for name in frame.columns:
        items = ['<NA>' if item is pandas.NA else repr(item) for item in frame[name].tolist()]
        columns.append(f'{name!r}: [{", ".join(items[:5] + ["…"] * (len(items) > 5))}]')
    return f'DataFrame({{{", ".join(columns)}}}, index={show_index(frame.index)}, shape={frame.shape})'


def make_kinds(seed):
    """Columns whose items are numbers that stand for something."""
    letters = pandas.Categorical(['a', 'b', None, 'a'], categories=['b', 'a', 'unused'])
    cut = pandas.Categorical(pandas.cut([1, 7, 3, 4], [0, 2, 5, 10]))
    zone = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata'][seed % 4]
    moments = pandas.date_range('2024-03-30 23:15:00.5', periods=4, freq='12h', tz=zone)
    frequency = ['M', 'D', 'W', 'Q', 'W-WED', 'Q-JAN', 's', 'ms', 'us', 'ns', '2M', '3D', 'min', 'h', 'Y', 'Y-MAR', 'B'][seed % 17]
    # Before 2.2 they have other names, and a dtype does not tell how many are one.
    frequency = frequency if NEW or frequency in ('M', 'D', 'W', 'Q', 'B') else 'D'
    periods = pandas.period_range('1969-11-27 13:05:07.123456', periods=4, freq=frequency)
    levels = pandas.MultiIndex.from_tuples([(1, 'x'), (1, 'y'), (seed, None), (-2, 'x')], names=['number', None])
    nested = pandas.MultiIndex.from_arrays([letters, moments, periods])
    return {'letters': letters, 'cut': cut, 'moments': moments, 'periods': periods, 'halves': pandas.interval_range(0, 2, 4),
            'steps': pandas.interval_range(seed, seed + 4, closed='left')}, levels, nested


def hold(seed):
    kinds, levels, nested = make_kinds(seed)
    typed, leveled = pandas.DataFrame(kinds), pandas.Series([1, 2, 3, 4], index=levels)
    deep = pandas.DataFrame([[1, 2, 3, 4]], columns=levels)
    turned = pandas.DataFrame({'a': [1, 2], 'b': [3, 4], 'c': [5, 6]}).iloc[:, ::-1]
    scalars = [kinds['periods'][0], pandas.Interval(pandas.Timestamp('2024-01-01'), pandas.Timestamp('2025-01-01')) if NEW else None, kinds['halves'][1], kinds['moments'][2], pandas.Timestamp('2024-01-01T00:00+05:30')]
    indexes = [pandas.CategoricalIndex(kinds['letters']), kinds['moments'], kinds['periods'], kinds['halves']]
    columns = {'a': [1, 2, 3], 'b': [0.5, float('nan'), -2.0], 'name': ['x', 'ä🐍', "it's"], 'c': [7, 8, 9]}
    frame = pandas.DataFrame(columns)
    named = pandas.DataFrame({'o': [{1: 2}, None], 'n': pandas.array([1, None], dtype='Int64')}, index=['one', 'two'])
    long, empty = pandas.DataFrame(numpy.arange(20 + seed), columns=['n']), pandas.DataFrame()
    down = pandas.DataFrame([[1, 2, 3]], columns=pandas.RangeIndex(1, -2, -1))
    transposed = pandas.DataFrame(numpy.arange(6).reshape(2, 3).T, columns=['x', 'y'])
    column, text = frame['b'], pandas.Series(['p', 'q'], index=[10, 20], name='letters')
    frames = (show_frame(frame), show_frame(named), show_frame(long), show_frame(empty), show_frame(transposed),
              show_frame(down))
    index, span = pandas.Index([3, 1, 2]), pandas.RangeIndex(2, 10, 3)
    moments = [pandas.Timestamp('2024-03-01 12:30:45.123456789'), pandas.Timestamp(seed), pandas.Timestamp(-seed),
               pandas.Timestamp('2024-07-01', tz='UTC'), pandas.Timestamp('2024-01-01 05:06:07.25')]
    spans = [pandas.Timedelta(-1, 'h'), pandas.Timedelta(seed), pandas.Timedelta('3 days 01:02:03.5'), pandas.NaT, pandas.NA]
    wait({'typed': show_frame(typed), 'leveled': show_series(leveled), 'deep': show_frame(deep), 'turned': show_frame(turned),
          'nested': show_index(nested), 'levels': show_index(levels), 'scalars': repr(scalars),
          'indexes': f'[{", ".join(map(show_index, indexes))}]', 'frame': frames[0], 'named': frames[1], 'long': frames[2], 'empty': frames[3], 'transposed': frames[4], 'down': frames[5],
          'column': show_series(column), 'text': show_series(text), 'index': show_index(index), 'span': repr(span),
          'moments': repr(moments), 'spans': repr(spans)})


def wait(texts):
    """Its caller's locals are what the test reads, from the answer to the next line."""
    print(json.dumps(texts), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(json.loads(line))
