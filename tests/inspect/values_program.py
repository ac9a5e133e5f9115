# SPDX-License-Identifier: MIT
"""Makes random values of the built-in types by a seed, says their repr(), and holds still with them as locals."""
import json
import random
import sys


def make_text(rng):
    alphabets = ['abc xyz', 'a\'b"c\\', 'äöüß¡ÿ', '\t\n\r\x00\x1b\x7f\x80\xa0\xad', 'Ωд中文字ア', '\u200b\u2028\ufeff\ud800\udfff',
                 '😀🐍𝔘\U000e0001\U0010ffff', "'", '"', '\'"']
    alphabet = ''.join(rng.sample(alphabets, rng.randint(1, 3)))
    return ''.join(rng.choice(alphabet) for _ in range(rng.randint(0, 12)))


def make_int(rng):
    return rng.choice([0, 1, -1, 255, 256, 2**30, -2**30, 2**60, -2**60 + 1, rng.getrandbits(rng.randint(1, 400)),
                       -rng.getrandbits(rng.randint(1, 400))])


def make_float(rng):
    return rng.choice([0.0, -0.0, 1.0, -1.5, 1e16, 1e15, 123456789012345680.0, 1e22, 1e-4, 1e-5, 1.7976931348623157e308, 5e-324,
                       float('inf'), float('-inf'), float('nan'), 0.1, 1 / 3, rng.uniform(-1e6, 1e6),
                       rng.random() * 10.0 ** rng.randint(-300, 300)])


def make_leaf(rng):
    kind = rng.randrange(12)
    if kind == 0:
        return rng.choice([None, True, False, ..., NotImplemented])
    if kind <= 2:
        return make_int(rng)
    if kind == 3:
        return make_float(rng)
    if kind <= 6:
        return make_text(rng)
    if kind == 7:
        return bytes(rng.randrange(256) for _ in range(rng.randint(0, 12)))
    if kind == 8:
        return bytearray(rng.choice([b'', b"it's", b'"', b'\x00\xff', b'a\\b']))
    if kind == 9:
        return complex(make_float(rng), make_float(rng))
    if kind == 10:
        return rng.choice([range(rng.randint(-5, 5)), range(1, 10), range(10, 0, -3), range(2**70)])
    return slice(rng.choice([None, 1]), rng.randint(-3, 3), rng.choice([None, 2]))


def make_hashable(rng):
    while True:
        value = make_leaf(rng)
        try:
            hash(value)
            return value
        except TypeError:
            continue


def make_value(rng, depth):
    kind = rng.randrange(10) if depth > 0 else 9
    n = rng.randint(0, 4)
    if kind == 0:
        return [make_value(rng, depth - 1) for _ in range(n)]
    if kind == 1:
        return tuple(make_value(rng, depth - 1) for _ in range(n))
    if kind in (2, 3):
        result = {make_hashable(rng): make_value(rng, depth - 1) for _ in range(n + 2)}
        for key in list(result)[:rng.randint(0, 2)]:
            del result[key]
        return result
    if kind == 4:
        return {make_hashable(rng) for _ in range(n)}
    if kind == 5:
        return frozenset(make_hashable(rng) for _ in range(n))
    if kind == 6:
        result = [make_leaf(rng)]
        result.append(result)
        return result
    if kind == 7:
        result = {'key': make_leaf(rng)}
        result['self'] = result
        return result
    return make_leaf(rng)


def hold(seed):
    rng = random.Random(seed)
    v0, v1, v2, v3, v4, v5, v6, v7, v8, v9 = (make_value(rng, 2) for _ in range(10))
    del rng
    texts = {name: repr(value) for name, value in locals().items()}
    wait(texts)


def wait(texts):
    """Its caller's locals are what the test reads, from the answer to the next line."""
    print(json.dumps(texts), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(json.loads(line))
