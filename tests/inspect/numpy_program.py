# SPDX-License-Identifier: MIT
"""Makes numpy's scalars of every width by a seed, and arrays of every type, says how they ought to be shown, and holds still."""
import json
import random
import sys

import numpy

WIDTHS = 'int8 int16 int32 int64 uint8 uint16 uint32 uint64 longlong ulonglong float16 float32 float64 longdouble'.split()


def make_scalar(rng, name):
    kind = getattr(numpy, name)
    if 'int' in name or 'long' in name and 'double' not in name:
        limits = numpy.iinfo(kind)
        return kind(rng.choice([0, 1, limits.min, limits.max, rng.randint(limits.min, limits.max)]))
    if 'complex' in name or name == 'clongdouble':
        return kind(complex(rng.choice([0, -0.0, 1, 0.1, rng.uniform(-9, 9)]), rng.choice([0, 1, -2.5, rng.uniform(-9, 9)])))
    with numpy.errstate(all='ignore'):
        return kind(rng.choice([0, -0.0, 1, 0.1, 1 / 3, 1e-5, 1e16, 65504, 1e22, 6e-8, float('inf'), float('nan'),
                                rng.uniform(-1e4, 1e4), rng.random() * 10.0 ** rng.randint(-30, 30)])) / kind(
                                    rng.choice([1, 3, 7]))


def text_of(item):
    if item is numpy.ma.masked:
        return '--'
    if isinstance(item, numpy.ma.core.mvoid):
        return text_of_structure(numpy.asarray(item.data)[()].item(), numpy.asarray(item.mask)[()].item())
    if isinstance(item, numpy.timedelta64):
        return repr(str(item)) if numpy.isnat(item) else str(item.astype(int))
    if isinstance(item, numpy.datetime64):
        return repr(str(item))
    if isinstance(item, numpy.void):
        return text_of_structure(item.item()) if item.dtype.names else text_of_raw(item)
    text = repr(item.item() if isinstance(item, (numpy.str_, numpy.bytes_)) else item)
    if text.startswith('np.') and '(' in text:
        text = text[text.index('(') + 1:-1].strip("'")
        text = f'({text})' if isinstance(item, numpy.complexfloating) and text[1:].strip('0123456789.en') != 'j' else text
    return text.replace('np.', '').rstrip('_') if text.startswith('np.') else text


def text_of_structure(value, mask=None):
    """@mask: of which of its fields there are none."""
    if isinstance(value, numpy.ndarray):
        return text_of_structure(value.tolist(), mask.tolist() if isinstance(mask, numpy.ndarray) else mask)
    masks = mask if isinstance(mask, (tuple, list)) else [mask] * (len(value) if isinstance(value, (tuple, list)) else 0)
    if isinstance(value, tuple):
        return f'({", ".join(map(text_of_structure, value, masks))}{",)" if len(value) == 1 else ")"}'
    if isinstance(value, list) and mask is not True:
        return f'[{", ".join(map(text_of_structure, value, masks))}]'
    return '--' if mask else repr(value)


def text_of_raw(item):
    return "b'" + ''.join(f'\\x{byte:02x}' for byte in item.tobytes()) + "'"


def list_items(array):
    """As Flatline names and shows them when an array is opened."""
    return [['[' + (', '.join(map(str, place)) or '()') + ']', text_of(array[place] if array.ndim else pick(array))] for place in numpy.ndindex(array.shape)]


def pick(array):
    """The item of an array without dimensions; a structure taken out of a masked array is one itself."""
    return array if isinstance(array, numpy.ma.core.mvoid) else array[()]


def show(array):
    """As Flatline shows an array: its items, shape, dtype."""
    def items(indices=()):
        if len(indices) == array.ndim:
            return text_of(array[indices] if indices else pick(array))
        return '[' + ', '.join(items((*indices, i)) for i in range(array.shape[len(indices)])) + ']'

    name = array.dtype.newbyteorder('=').name if array.dtype.kind in 'biufc' else None
    name = {'float128': 'longdouble', 'complex256': 'clongdouble'}.get(name, name)
    if array.dtype.names:
        name = repr(numpy.dtype((numpy.void, array.dtype)))[len('dtype('):-1]
    elif array.dtype.kind in 'mM':
        name = array.dtype.name
    elif array.dtype.kind in 'SUV':
        name = repr(array.dtype.str.lstrip('|'))
    elif array.dtype.kind == 'O':
        name = 'object'
    elif array.dtype.kind == 'T':
        name = repr(array.dtype)
    elif array.dtype.byteorder == '>':
        name = '>' + name
    made = {numpy.ma.MaskedArray: 'masked_array', numpy.ma.core.mvoid: 'masked_array', numpy.recarray: 'rec.array'}.get(type(array), 'array')
    return f'{made}({items()}, shape={array.shape}, dtype={name})'


def make_texts(rng):
    """Of any length: where they are short, medium, long, and where they grew out of their place, they lie elsewhere."""
    kind = rng.choice([numpy.dtypes.StringDType(), numpy.dtypes.StringDType(coerce=False),
                       numpy.dtypes.StringDType(na_object=None), numpy.dtypes.StringDType(na_object=float('nan'))])
    lengths = [0, 1, 14, 15, 16, 40, 255, 256, 300]
    array = numpy.array([rng.choice(['a', 'ä', "'"]) * rng.choice(lengths) for _ in range(rng.choice([1, 3, 6]))], dtype=kind)
    # numpy 2.2 may write a longer text beyond its own store, and complains only as it lets go of it.
    writes_well = numpy.lib.NumpyVersion(numpy.__version__) >= '2.4.0'
    for i in range(len(array)):
        if rng.random() < 0.3:
            other = 'other ' * rng.choice([0, 1, 5, 60])
            if writes_well or len(other) < 15:
                array[i] = other
    if hasattr(kind, 'na_object'):
        array[0] = kind.na_object
    return rng.choice([array, array[::-1], array.reshape(-1, 1)])


def make_array(rng):
    shape = rng.choice([(), (0,), (1,), (5,), (2, 3), (2, 0), (2, 2, 2)])
    count = 1
    for length in shape:
        count *= length
    kind = rng.choice(WIDTHS + ['complex64', 'complex128', 'clongdouble', 'bool', 'S3', 'U4', '>i4', '>f8', '>c16', '>U2', 'O'])
    values = [rng.randint(0, 100) for _ in range(count)]
    if kind == 'S3':
        array = numpy.array([b'a', b"it's", b'\xff'][:1] * count, dtype='S3')
    elif kind.endswith(('U4', 'U2')):
        array = numpy.array(['a', 'ä🐍', ''][count % 3:][:1] * count, dtype=kind)
    elif kind == 'O':
        array = numpy.array([None] * count, dtype=object)
        array[:] = [rng.choice([1, 'x', None]) for _ in range(count)]
    else:
        array = numpy.array(values, dtype=kind)
        if array.dtype.kind in 'fc':
            array = (array / array.dtype.type(3)).astype(kind)
    array = array.reshape(shape)
    return array.T if rng.random() < 0.3 else array[::-1] if array.ndim and rng.random() < 0.3 else array


STRUCTURES = ([('i', '<i4'), ('f', '<f8'), ('s', 'S3')], [('b', '?'), ('u', 'u1'), ('name', '<U5'), ('o', 'O')],
              [('point', [('x', '>i2'), ('y', '<f4')]), ('n', '<i8')], [('one', '<i2')],
              [('row', '<i2', (3,)), ('grid', [('x', '<f4'), ('s', 'U2')], (2, 1)), ('b', '?')])


def make_special_array(rng):
    """Structures, moments, raw bytes, arrays with gaps, and views of other classes."""
    n = rng.choice([0, 1, 3])
    kind = rng.choice(['structure', 'records', 'M8', 'm8', 'V3', 'masked', 'masked 2', 'masked structure', 'masked item'])
    if 'structure' in kind or kind in ('records', 'masked item'):
        values = {'i': 7, 'f': 0.5, 's': b'ab', 'b': True, 'u': 200, 'name': "it's", 'o': [1, None], 'point': (-3, 2.5), 'n': 2**40,
                  'one': -1, 'row': [1, -2, 3], 'grid': [[(0.5, 'ä')], [(-1, '')]]}
        structure = rng.choice(STRUCTURES)
        array = numpy.array([tuple(values[field[0]] for field in structure)] * n, dtype=structure)
        if 'masked' in kind:
            array = numpy.ma.array(array)
            for name in array.dtype.names:
                array.mask[name] = rng.random() < 0.4
            if n > 1 and structure[0][0] == 'point':
                array.mask['point']['y'][1] = True
            if n > 1 and structure[0][0] == 'row':
                array.mask['row'][1] = [True, False, True]
                array.mask['grid']['x'][2] = [[True], [False]]
            return array[n // 2] if n and kind == 'masked item' else array
        return array.view(numpy.recarray) if kind == 'records' and structure[0][0] != 'point' else array
    if kind in ('M8', 'm8'):
        unit = rng.choice(['Y', 'M', 'D', 'h', 's', 'ms', 'us', 'ns', '25s'])
        return numpy.array([rng.randint(-100, 8000) for _ in range(n)], dtype=f'{kind}[{unit}]')
    if kind == 'V3':
        return numpy.array([b'ab\xff'] * n, dtype='V3')
    array = numpy.ma.array([rng.randint(0, 9) for _ in range(6)], mask=[rng.random() < 0.4 for _ in range(6)])
    return array.reshape(2, 3).T if kind == 'masked 2' else array


def hold(seed):
    rng = random.Random(seed)
    i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, f0, f1, f2, f3 = (make_scalar(rng, name) for name in WIDTHS)
    h0, h1, h2, h3, h4, h5, h6, h7, h8, h9 = (make_scalar(rng, 'float16') for _ in range(10))
    s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 = (make_scalar(rng, 'float32') for _ in range(10))
    g0, g1, g2, g3, g4, g5, g6, g7, g8, g9 = (make_scalar(rng, 'longdouble') for _ in range(10))
    c0, c1, c2 = (make_scalar(rng, name) for name in ('complex64', 'complex128', 'clongdouble'))
    b0, b1, m0 = numpy.bool_(True), numpy.bool_(False), numpy.ma.masked
    unit = rng.choice(['Y', 'M', 'W', 'D', 'h', 'm', 's', 'ms', 'us', 'ns'])
    d0, d1 = numpy.datetime64(rng.randint(-10**6, 10**6) if unit in 'DhmsW' else rng.randint(-100, 8000), unit), numpy.datetime64('NaT')
    d2, d3 = numpy.timedelta64(rng.randint(-99, 99), unit), numpy.datetime64(rng.randint(-10**18, 10**18), 'ns')
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 = (make_array(rng) for _ in range(10))
    p0, p1, p2, p3, p4, p5, p6, p7 = (make_special_array(rng) for _ in range(8))
    v0, v1 = numpy.array([(1, (-2, 0.5))], dtype=[('n', '<i8'), ('point', STRUCTURES[0][:2])])[0], numpy.void(b'ab')
    t3, t4, t5 = numpy.dtype('M8[25s]'), numpy.dtype(STRUCTURES[rng.choice([2, 4])]), numpy.dtype('>i4')
    t6 = numpy.dtype(('<i4', (2, 3)))
    n0, n1 = numpy.str_("it's"), numpy.bytes_(b'a')
    t0, t1, t2 = numpy.dtype('int32'), numpy.dtype('S7'), numpy.dtype('float64')
    if hasattr(numpy, 'dtypes') and hasattr(numpy.dtypes, 'StringDType'):
        x0, x1, x2, x3 = (make_texts(rng) for _ in range(4))
        x4 = x0.dtype
    values = {name: value for name, value in locals().items() if name != 'rng'}
    arrays = {name: value for name, value in values.items() if isinstance(value, numpy.ndarray) and name != 'm0'}
    wait({name: show(value) if name in arrays else repr(value) for name, value in values.items()},
         {name: list_items(array) for name, array in arrays.items()})


def wait(texts, items):
    """Its caller's locals are what the test reads, from the answer to the next line."""
    print(json.dumps({**texts, 'items': items}), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(json.loads(line))
