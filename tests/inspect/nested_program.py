# SPDX-License-Identifier: MIT
"""Makes values of all kinds within one another by a seed, says their repr(), and holds still with them as locals."""
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import pathlib
import random
import sys
import types
import typing
import uuid


class Names(enum.Enum):
    ONE = 'one'
    PAIR = (1, 'b')
    NOTHING = None


class Numbers(enum.IntEnum):
    SMALL = -3
    LARGE = 2 ** 40


class Bits(enum.Flag):
    A = 1
    B = 4
    C = 8


class OwnList(list):
    pass


class OwnTuple(tuple):
    pass


class OwnDict(dict):
    pass


class OwnSet(set):
    pass


class OwnFrozenset(frozenset):
    pass


class OwnText(str):
    pass


class OwnBytes(bytes):
    pass


class OwnInt(int):
    pass


class OwnFloat(float):
    pass


class OwnDeque(collections.deque):
    pass


class OwnOrdered(collections.OrderedDict):
    pass


class OwnDefault(collections.defaultdict):
    pass


class OwnCounter(collections.Counter):
    pass


class OwnDecimal(decimal.Decimal):
    pass


class OwnMoment(datetime.datetime):
    pass


class OwnError(LookupError):
    """With attributes, which repr() does not show."""
    def __init__(self, *args):
        super().__init__(*args)
        self.more = args


class QuietError(OSError):
    pass


Pair = collections.namedtuple('Pair', 'left right')
Nothing = collections.namedtuple('Nothing', '')


class OwnPair(Pair):
    """A class of the program's own, with a dict, over a namedtuple."""


class Typed(typing.NamedTuple):
    value: object
    count: int = 3


@dataclasses.dataclass
class Box:
    content: object
    label: str = 'box'
    secret: int = dataclasses.field(default=0, repr=False)


@dataclasses.dataclass(frozen=True)
class Sealed:
    content: object


@dataclasses.dataclass
class Crate(Box):
    weight: float = 1.5


@dataclasses.dataclass(eq=True, order=True)
class Slots:
    __slots__ = ('first', 'second')
    first: object
    second: object


class Outer:
    @dataclasses.dataclass
    class Inner:
        value: object


def function(argument):
    return argument


ATOMS = ('', 'a', "it's", '"', 'ä\n', '\U0001f40d', '\x7f', 'x' * 40)
TYPES = (int, list, Box, Names, OwnText, type(None), list[int], dict[str, list[int]], typing.List[int], typing.Optional[int],
         typing.Union[int, str], typing.Any, typing.Callable[[int], str], typing.Tuple[int, ...], len, function, Outer.Inner)


def make_hashable(rng, depth=1):
    kind = rng.randrange(22 if depth > 0 else 17)
    if kind < 3:
        return rng.choice([0, 1, -1, 10 ** rng.randrange(40), True, None, ...])
    if kind < 5:
        return rng.choice(ATOMS)
    if kind == 5:
        return rng.choice([b'', b'\x00a"', OwnBytes(b'own')])
    if kind == 6:
        return rng.choice([0.0, -1.5e300, 1e16, float('inf'), OwnFloat(2.5), complex(0, -1), complex(-0.0, 2), 1e-7])
    if kind == 7:
        return rng.choice([OwnText("o'wn"), OwnInt(7), OwnInt(2 ** 90), OwnInt(0)])
    if kind == 8:
        return rng.choice([*Names, *Numbers, Bits.A, Bits.A | Bits.C, Bits(0)])
    if kind == 9:
        return rng.choice([decimal.Decimal('-1.50'), decimal.Decimal('1E+30'), OwnDecimal('0.1'), fractions.Fraction(-2, 7)])
    if kind == 10:
        return rng.choice([datetime.date(1, 1, 1), datetime.datetime(2024, 2, 29, 1, 2, 3, 4, datetime.timezone.utc),
                           OwnMoment(2000, 1, 1), datetime.time(1, fold=1), datetime.timedelta(-1, 5, 7),
                           datetime.timezone(datetime.timedelta(hours=-3), 'name'), datetime.timezone.utc])
    if kind == 11:
        return rng.choice([pathlib.Path('a/b'), pathlib.PurePosixPath('/'), pathlib.PureWindowsPath('c:/x')])
    if kind == 12:
        return rng.choice([uuid.UUID(int=5), range(3), range(5, -5, -2)])
    if kind < 17:
        return rng.choice(TYPES)
    if kind == 17:
        return tuple(make_hashable(rng, depth - 1) for _ in range(rng.randrange(4)))
    if kind == 18:
        return frozenset(make_hashable(rng, depth - 1) for _ in range(rng.randrange(3)))
    if kind == 19:
        return rng.choice([Pair, OwnPair, Typed])(make_hashable(rng, depth - 1), rng.randrange(9))
    if kind == 20:
        return Sealed(make_hashable(rng, depth - 1))
    return rng.choice([OwnTuple((1, 2)), OwnFrozenset((3,)), OwnFrozenset(), OwnTuple(), Nothing()])


def make_mapping(rng, depth):
    pairs = [(make_hashable(rng), make(rng, depth - 1)) for _ in range(rng.randrange(5))]
    kind = rng.randrange(11)
    if kind < 3:
        return dict(pairs)
    if kind == 3:
        return rng.choice([OwnDict, collections.UserDict])(pairs)
    if kind == 4:
        return rng.choice([collections.OrderedDict, OwnOrdered])(pairs)
    if kind == 5:
        return rng.choice([collections.defaultdict, OwnDefault])(rng.choice([None, int, list, function, Box]), pairs)
    if kind == 6:
        return rng.choice([collections.Counter, OwnCounter])([make_hashable(rng) for _ in range(rng.randrange(7))])
    if kind == 7:
        return types.MappingProxyType(dict(pairs))
    if kind == 8:
        return collections.ChainMap(dict(pairs), {'own': make(rng, depth - 1)})
    if kind == 9:
        made = dict(pairs)
        return rng.choice([made.keys(), made.values(), made.items()])
    return types.SimpleNamespace(**{f'name{i}': value for i, (_, value) in enumerate(pairs)})


def make_sequence(rng, depth):
    items = [make(rng, depth - 1) for _ in range(rng.randrange(5))]
    kind = rng.randrange(8)
    if kind < 2:
        return rng.choice([list, tuple, OwnList, OwnTuple, collections.UserList])(items)
    if kind == 2:
        return rng.choice([collections.deque, OwnDeque])(items, rng.choice([None, 2, 9]))
    if kind == 3:
        return rng.choice([set, OwnSet, frozenset])(make_hashable(rng) for _ in range(rng.randrange(5)))
    if kind == 4:
        return rng.choice([bytearray(b'a\xff'), memoryview(b'kept').obj, array.array('d', [1.5, -0.0]), array.array('i')])
    return items if kind < 7 else tuple(items)


def make_instance(rng, depth):
    value = make(rng, depth - 1)
    kind = rng.randrange(12)
    if kind == 0:
        return rng.choice([Box, Crate, Outer.Inner])(value)
    if kind == 1:
        return Sealed(value)
    if kind == 2:
        return Slots(value, rng.choice(ATOMS))
    if kind == 3:
        return rng.choice([Pair, OwnPair])(value, make(rng, depth - 1))
    if kind == 4:
        return Typed(value)
    if kind < 8:
        return rng.choice([ValueError, OwnError, KeyError, StopIteration, Exception])(*[value, 'why'][:rng.randrange(3)])
    if kind == 8:
        return rng.choice([OSError(2, 'No such file', 'name'), QuietError(13, 'text'), QuietError(), ImportError('m', name='n', path=None),
                           ModuleNotFoundError(name='n'),
                           SystemExit(3), UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'why'), SyntaxError('bad', ('f', 1, 2, 't'))])
    if kind == 9:
        return functools.partial(rng.choice([function, int, Box]), value, *([], [1])[rng.randrange(2)], key=rng.choice(ATOMS))
    if kind == 10:
        return slice(value, make_hashable(rng), None)
    if sys.version_info >= (3, 11):
        return ExceptionGroup('several', [OwnError(value), ValueError()])  # noqa: F821 (3.11 and later)
    return collections.UserString(rng.choice(ATOMS))


def make_circle(rng, depth):
    """Through two containers back to the first."""
    value = make(rng, depth - 1)
    first = rng.choice([lambda: [value], lambda: {'value': value}, lambda: collections.deque([value]), lambda: Box(value),
                        lambda: collections.OrderedDict(value=value), lambda: OwnList([value]),
                        lambda: collections.defaultdict(list, value=value), lambda: types.SimpleNamespace(value=value)])()
    second = rng.choice([lambda: (first,), lambda: {'first': first}, lambda: Box(first), lambda: Pair(first, 1),
                         lambda: collections.deque([first], 3), lambda: ValueError(first), lambda: [first, first]])()
    if isinstance(first, (list, collections.deque)):
        first.append(second)
    elif isinstance(first, dict):
        first['second'] = second
    else:
        first.content = second
    return rng.choice([first, second])


def make(rng, depth):
    kind = rng.randrange(12) if depth > 0 else 11
    if kind < 3:
        return make_mapping(rng, depth)
    if kind < 6:
        return make_sequence(rng, depth)
    if kind < 8:
        return make_instance(rng, depth)
    if kind == 8:
        return make_circle(rng, depth)
    return make_hashable(rng)


def hold(seed):
    rng = random.Random(seed)
    v0, v1, v2, v3, v4, v5, v6, v7, v8, v9 = (make(rng, 3) for _ in range(10))
    n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 = (make(rng, 2) for _ in range(10))
    del rng
    wait({name: repr(value) for name, value in locals().items() if name != 'seed'})


def wait(texts):
    """Its caller's locals are what the test reads, from the answer to the next line."""
    print(json.dumps(texts), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(json.loads(line))
