# SPDX-License-Identifier: MIT
"""Makes values of the standard library's types by a seed, says their repr(), and holds still with them as locals."""
import array
import asyncio
import collections
import concurrent.futures
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import os
import pathlib
import random
import re
import socket
import sys
import threading
import time
import types
import typing
import uuid
import weakref


class Plain:
    """Has no __repr__."""


class Slotted:
    __slots__ = ('one', 'two')


@dataclasses.dataclass
class Data:
    number: int
    text: str = 'q'
    hidden: int = dataclasses.field(default=3, repr=False)
    other: object = None
    shared: typing.ClassVar[int] = 5


@dataclasses.dataclass(frozen=True)
class Frozen:
    """With slots where there are some."""
    number: object


class Derived(Data):
    pass


class Color(enum.Enum):
    RED = 1
    BLUE = 'b'
    BOTH = (1, 'b')


class Number(enum.IntEnum):
    ONE = 1
    BIG = 2 ** 70


class Flags(enum.Flag):
    A = 1
    B = 2
    C = 4


class IntFlags(enum.IntFlag):
    A = 1
    B = 2


class Word(str, enum.Enum):
    HELLO = 'hello'


Point = collections.namedtuple('Point', 'x y')


class Typed(typing.NamedTuple):
    name: str
    size: int = 0


class MyDate(datetime.date):
    pass


class MyEvent(threading.Event):
    pass


class MyDict(dict):
    pass


class MyError(ValueError):
    pass


def function():
    pass


def make_decimal(rng):
    digits = ''.join(rng.choice('0123456789') for _ in range(rng.choice([1, 2, 5, 18, 19, 20, 21, 38, 39, 60])))
    text = rng.choice(['', '-']) + rng.choice([digits, digits + 'E' + str(rng.randint(-60, 60)), '0.' + digits, digits + '.5',
                                               'NaN', 'sNaN12', 'Infinity', '0', '0E' + str(rng.randint(-20, 20))])
    return decimal.Decimal(text)


def make_zone(rng):
    return rng.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(minutes=rng.randint(-700, 700))),
                       datetime.timezone(datetime.timedelta(hours=1), 'CET')])


def make_time(rng):
    return datetime.time(rng.randrange(24), rng.randrange(60), rng.choice([0, rng.randrange(60)]),
                         rng.choice([0, rng.randrange(1000000)]), tzinfo=make_zone(rng), fold=rng.randrange(2))


def make_moment(rng):
    date = datetime.date.fromordinal(rng.randint(1, 3652059))
    return rng.choice([date, make_time(rng), datetime.datetime.combine(date, make_time(rng)), MyDate(2024, 2, 29),
                       datetime.timedelta(rng.choice([0, rng.randint(-10**6, 10**6)]), rng.choice([0, rng.randrange(86400)]),
                                          rng.choice([0, rng.randrange(10**6)]))])


def make_path(rng):
    parts = [rng.choice(['a', 'b.txt', '..', '.', '', '/', '/root', '//host', 'x/y//z', "it's", 'ä'])
             for _ in range(rng.randint(0, 4))]
    path = rng.choice([pathlib.Path, pathlib.PurePosixPath])(*parts)
    kind = rng.randrange(4)
    if kind == 0:
        str(path)
    return path / 'more' if kind == 1 else path.parent if kind == 2 else path


def make_ordered(rng):
    result = collections.OrderedDict((rng.randrange(20), i) for i in range(rng.randint(0, 8)))
    for key in list(result)[:2]:
        result.move_to_end(key, last=rng.random() < 0.5)
    return result


def make_collection(rng):
    text = [rng.choice('abcde') for _ in range(rng.randint(0, 20))]
    return rng.choice([make_ordered(rng), collections.Counter(text), collections.defaultdict(rng.choice([int, list, None]), a=1),
                       collections.deque(text[:5], rng.choice([None, 3, 7])), collections.ChainMap({'a': 1}, {}),
                       collections.UserDict(a=1), collections.UserList([1]), types.MappingProxyType({'k': text[:3]}),
                       types.SimpleNamespace(a=1, b='x'), {'a': 1, 'b': 2}.keys(), {'a': 1, 'b': 2}.values(), {'a': 1}.items(),
                       array.array(rng.choice('bhilqfd'), [rng.randint(-100, 100) for _ in range(rng.randint(0, 5))]),
                       array.array('B', b'ab'), MyDict(a=1)])


def make_made(rng):
    return rng.choice([Data(rng.randrange(100), other=[1]), Frozen((1, 'x')), Derived(5), Color.RED, Color.BLUE, Color.BOTH,
                       Number.ONE, Number.BIG, Flags.A, Flags.A | Flags.B, Flags.A | Flags.C, Flags(0), IntFlags.A | IntFlags.B,
                       Word.HELLO, Point(1, [2]), Typed('n'), Typed('ä', 4), time.gmtime(rng.randrange(10**9)), os.stat('/'),
                       sys.version_info, os.terminal_size((80, 24)), MyError('x', 1), Frozen(Frozen(None)),
                       uuid.UUID(int=rng.getrandbits(128)), fractions.Fraction(rng.randint(-9, 9), rng.randint(1, 9)),
                       re.compile('a+b', rng.choice([0, re.I, re.I | re.M, re.A])), re.compile(b'x', re.S), re.I, re.I | re.S,
                       functools.partial(function, 1, a=2), Color, Flags, Number, Plain, Data, list.append, dict.__init__])


def make_waiting():
    """What threads wait for; the same each time, but in many states."""
    locked, again, event, mine = threading.Lock(), threading.RLock(), threading.Event(), MyEvent()
    locked.acquire()
    again.acquire()
    again.acquire()
    event.set()
    over = threading.Thread(target=function, name='over')
    over.start()
    over.join()
    running = threading.Thread(target=threading.Event().wait, name='running', daemon=True)
    running.start()
    done, failed, dropped = concurrent.futures.Future(), concurrent.futures.Future(), concurrent.futures.Future()
    done.set_result(3)
    failed.set_exception(MyError('v'))
    dropped.cancel()
    loop = asyncio.new_event_loop()
    promise, kept = loop.create_future(), loop.create_future()
    kept.set_result('r')
    loop.close()
    return {'w0': threading.Lock(), 'w1': locked, 'w2': threading.RLock(), 'w3': again, 'w4': threading.Event(), 'w5': event,
            'w6': mine, 'w7': threading.Condition(), 'w8': threading.Semaphore(3), 'w9': threading.BoundedSemaphore(2),
            'w10': threading.Barrier(2), 'w11': threading.current_thread(), 'w12': threading.Thread(name='later', daemon=True),
            'w13': over, 'w14': running, 'w15': concurrent.futures.Future(), 'w16': done, 'w17': failed, 'w18': dropped,
            'w19': promise, 'w20': kept, 'w21': asyncio.Event(), 'w22': asyncio.Lock(), 'w23': asyncio.Semaphore(2)}


WAITING = make_waiting()
PLAIN, SLOTTED = Plain(), Slotted()
SLOTTED.one = [1]


def hold(seed):
    rng = random.Random(seed)
    d0, d1, d2, d3, d4, d5, d6, d7, d8, d9 = (make_decimal(rng) for _ in range(10))
    m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 = (make_moment(rng) for _ in range(10))
    p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 = (make_path(rng) for _ in range(10))
    c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 = (make_collection(rng) for _ in range(10))
    k0, k1, k2, k3, k4, k5, k6, k7, k8, k9 = (make_made(rng) for _ in range(10))
    itself = Data(1)
    itself.other = itself
    reference, dead, view, code = weakref.ref(PLAIN), weakref.ref(Plain()), memoryview(b'x'), function.__code__
    plain, slotted, cell = PLAIN, SLOTTED, (lambda: rng).__closure__[0]
    family = socket.AF_INET
    if seed % 10 == 0:
        (w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19, w20, w21, w22,
         w23) = WAITING.values()
    wait({name: repr(value) for name, value in locals().items() if name != 'rng'})


def wait(texts):
    """Its caller's locals are what the test reads, from the answer to the next line."""
    print(json.dumps(texts), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(json.loads(line))
