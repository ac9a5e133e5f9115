# SPDX-License-Identifier: MIT
"""Objects of the standard library as programs have them in their locals, a group a question: what is open, addresses,
matches, callables, types with parameters, values of C, loggers, futures, tasks and queues, what processes share."""
import argparse
import asyncio
import collections
import configparser
import contextvars
import ctypes
import enum
import functools
import gzip
import io
import ipaddress
import itertools
import json
import logging
import mmap
import multiprocessing
import operator
import os
import pathlib
import queue
import re
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import traceback
import types
import typing
import unittest.mock
import weakref
import xml.dom.minidom
import zipfile
from xml.etree import ElementTree

VERSION = sys.version_info[:2]
LOOP = asyncio.new_event_loop()
STREAMS_LOOP = asyncio.new_event_loop()  # the tasks left in the other one are not to go on
FOLDER = tempfile.TemporaryDirectory()


class Callable:
    def method(self, *arguments):
        pass

    def __call__(self, *arguments):
        pass

    @classmethod
    def of_class(cls):
        pass

    @staticmethod
    def of_none():
        pass


class MyQueue(asyncio.Queue):
    pass


class MySocket(socket.socket):
    pass


class MyAddress(ipaddress.IPv4Address):
    pass


class MyNamespace(argparse.Namespace):
    pass


CALLABLE = Callable()
VARIABLE, PLAIN_VARIABLE = contextvars.ContextVar('variable', default=3), contextvars.ContextVar('plain')


def generate():
    yield 1


def count_up(start, run_itself=None):
    number = start
    while True:
        number += 1
        if run_itself:
            return run_itself()
        yield number


async def wait_twice(future):
    shared = [future]
    await future
    return lambda: shared


async def give(limit):
    for number in range(limit):
        yield number


def make_generators():
    suspended, closed = count_up(5), count_up(1)
    next(suspended)
    next(suspended)
    closed.close()
    future = LOOP.create_future()
    coroutine, asynchronous = wait_twice(future), give(3)
    coroutine.send(None)
    try:
        asynchronous.__anext__().send(None)
    except StopIteration:
        pass
    return {'new': count_up(1), 'suspended': suspended, 'closed': closed, 'coroutine': coroutine, 'async': asynchronous,
            'expression': (number for number in [1])}


class Many:
    def __init__(self, count):
        for i in range(count):
            setattr(self, 'a' + str(i), i)


class Slots:
    __slots__ = ('one', 'two', '__weakref__')


class MoreSlots(Slots):
    __slots__ = ('three', '__dict__')


class NumberWithMore(int):
    pass


class TextWithMore(str):
    pass


class ErrorWithMore(Exception):
    pass


def make_instances():
    """Of each way that attributes are kept; with each comes what they are."""
    few, many, huge, lost, dictionary, other, empty = (Many(count) for count in (3, 20, 45, 5, 3, 3, 0))
    slots, more_slots = Slots(), MoreSlots()
    del lost.a1, lost.a3
    lost.later = [1]
    dictionary.__dict__['not a name'] = 1
    vars(dictionary)['a0'] = 'changed'
    other.z, other.a0 = 1, 2
    slots.two = 2
    more_slots.one, more_slots.three, more_slots.free = 1, 3, 'f'
    made = {'few': few, 'many': many, 'huge': huge, 'lost': lost, 'dictionary': dictionary, 'other': other, 'empty': empty,
            'slots': slots, 'more_slots': more_slots, 'number': NumberWithMore(3), 'string': TextWithMore('t'),
            'error': ErrorWithMore('e'), 'queue': type('OwnDict', (dict,), {})(), 'derived': type('Derived', (Many,), {})(2)}
    for name in ('number', 'string', 'error', 'queue'):
        made[name].extra = name
    for name, value in list(made.items()):
        attributes = {key: repr(item) for key, item in getattr(value, '__dict__', {}).items()} if name != 'few' else {
            'a0': '0', 'a1': '1', 'a2': '2'}  # nobody has asked for its dict
        attributes.update({key: repr(getattr(value, key)) for key in ('one', 'two', 'three') if hasattr(value, key)})
        made[name + '_attributes'] = attributes
    return made


def make_files():
    made = {}
    for mode in ('rb', 'wb', 'ab', 'r+b', 'w+b', 'a+b', 'xb', 'x+b'):
        path = os.path.join(FOLDER.name, "it's " + mode)
        if 'x' not in mode:
            with open(path, 'wb'):
                pass
        made['raw' + str(len(made))] = open(path, mode, buffering=0)
    path = os.path.join(FOLDER.name, 'text')
    reading, writing = os.pipe()
    closed = open(path, 'w')
    closed.close()
    raw_closed = open(path, 'rb', buffering=0)
    raw_closed.close()
    made.update(text=open(path), encoded=open(path, 'a', encoding='latin-1'), buffered=open(path, 'rb'),
                both=open(path, 'w+b'), writer=open(path, 'wb'), closed=closed, raw_closed=raw_closed,
                pipe=os.fdopen(writing, 'w'), unnamed=io.FileIO(os.dup(reading), 'rb', closefd=False), out=sys.stdout,
                err=sys.stderr, wrapper=io.TextIOWrapper(io.BytesIO(b'')), memory=io.StringIO('x'),
                temporary=tempfile.NamedTemporaryFile(), folder=FOLDER, entries=list(os.scandir(FOLDER.name))[:1])
    return made


def make_sockets():
    listening = socket.socket()
    listening.bind(('127.0.0.1', 0))
    listening.listen()
    connected = socket.create_connection(listening.getsockname())
    accepted, _ = listening.accept()
    abstract, named, closed = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), MySocket()
    abstract.bind('\0flatline-' + str(os.getpid()))
    named.bind(os.path.join(FOLDER.name, 'socket'))
    closed.close()
    one, other = socket.socketpair()
    return {'listening': listening, 'connected': connected, 'accepted': accepted, 'abstract': abstract, 'named': named,
            'closed': closed, 'one': one, 'other': other, 'mine': MySocket(type=socket.SOCK_DGRAM),
            'netlink': socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)}


def make_children():
    done, failed = subprocess.Popen(['true', 'a' * 100]), subprocess.Popen([sys.executable, '-c', 'raise SystemExit(3)'])
    done.wait()
    failed.wait()
    running = subprocess.Popen(['sleep', '1000'])
    running.send_signal(9)
    return {'done': done, 'failed': failed, 'running': running, 'completed': subprocess.run(['true'], check=False),
            'output': subprocess.run(['echo', 'ä'], stdout=subprocess.PIPE, check=False),
            'error': subprocess.CalledProcessError(1, ['a'])}


def make_addresses():
    made = {}
    for text in ('10.0.0.1', '0.0.0.0', '::', '::1', '1::', '1:0:0:2::', '2001:db8:0:0:1:0:0:1', '1:2:3:4:5:6:7:8',
                 '0:1:0:1:0:1:0:1', '1:0:2:3:4:5:6:7', '::2:3:4:5:6:7', '::ffff:1.2.3.4', 'fe80::1%eth0'):
        made['a' + str(len(made))] = ipaddress.ip_address(text)
    made.update(network=ipaddress.ip_network('10.0.0.0/8'), all=ipaddress.ip_network('0.0.0.0/0'),
                wide=ipaddress.ip_network('2001:db8::/32'), own=ipaddress.ip_interface('10.1.2.3/8'),
                own_wide=ipaddress.ip_interface('2001:db8::1/64'), mine=MyAddress('1.2.3.4'))
    return made


def make_matches():
    return {'m' + str(i): re.search(pattern, text) for i, (pattern, text) in enumerate((
        ('a+(b)', 'xaab c'), ('x*', 'x' * 60 + "'"), ('ä+', 'zzää'), ('.*', "it's"), ('', 'abc'), ('🐍', 'a🐍'),
        (b'a+', b'xaa'), (b'\xff', b'\xff')))}


def make_callables():
    class Inner:
        pass

    inner = Inner()
    local = threading.local()
    local.value = 1
    token = VARIABLE.set(4)
    namespace = types.ModuleType('made')
    return {'count': itertools.count(), 'count_by': itertools.count(3, 2), 'count_far': itertools.count(2**70),
            'for_ever': itertools.repeat('a'), 'thrice': itertools.repeat([1], 3), 'item': operator.itemgetter('x'),
            'items': operator.itemgetter(1, 2), 'attribute': operator.attrgetter('a.b'),
            'attributes': operator.attrgetter('a', 'b.c'), 'in_class': vars(Callable)['of_class'],
            'static': vars(Callable)['of_none'], 'bound': Callable.of_class, 'wrapper': (5).__add__,
            'parent': super(MyQueue, MyQueue.__new__(MyQueue)), 'variable': VARIABLE, 'plain': PLAIN_VARIABLE, 'token': token,
            'partial': functools.partial(CALLABLE.method, 1, k=2), 'to_class': weakref.ref(Callable),
            'to_function': weakref.ref(generate), 'keys': weakref.WeakKeyDictionary(),
            'weak': weakref.WeakSet([Callable]), 'frozen': os, 'builtin': sys, 'package': json, 'made': namespace,
            'main': sys.modules['__main__'], 'cached': functools.lru_cache(generate), 'local': local,
            'method': CALLABLE.method, 'inner': inner, 'to_inner': weakref.ref(inner), 'to_local': weakref.ref(local),
            'slot': int.__add__, 'slot_of_all': object.__repr__, 'of_list': [].append, 'from_keys': dict.fromkeys, 'property': property(generate)}


def make_types():
    variable = typing.TypeVar('T')
    made = {'variable': variable, 'covariant': typing.TypeVar('Tco', covariant=True),
            'contravariant': typing.TypeVar('Tcontra', bound=int, contravariant=True), 'generic': typing.List[variable],
            'constrained': typing.TypeVar('Ts', int, str), 'list': list[int], 'tuple': tuple[int, ...], 'empty': tuple[()], 'nested': dict[str, list[int]],
            'forward': list['Later'], 'sequence': collections.abc.Sequence[int],
            'callable': collections.abc.Callable[[int, str], None], 'any_callable': typing.Callable[..., int],
            'old_callable': typing.Callable[[int], str], 'optional': typing.Optional[int], 'union': typing.Union[int, str],
            'old_list': typing.List[int], 'old_dict': typing.Dict[str, typing.Any], 'literal': typing.Literal['a', 1],
            'annotated': typing.Annotated[int, 'x', 3], 'bare': typing.List, 'never': typing.NoReturn, 'any': typing.Any,
            'class_variable': typing.ClassVar[int]}
    if VERSION >= (3, 10):
        made.update(parameters=typing.ParamSpec('P'), new_union=int | str, with_none=int | None, new_type=typing.NewType('New', int))
    if VERSION >= (3, 11):
        made['many'] = typing.TypeVarTuple('Many')
    return made


def make_c_values():
    values = {name: getattr(ctypes, 'c_' + name)(value) for name, value in {
        'int': -5, 'bool': True, 'double': 0.1, 'float': 1.5, 'char': b'\xff', 'void_p': 5, 'wchar': 'ä', 'uint8': 200,
        'int8': -3, 'uint16': 65535, 'short': -1, 'longlong': -2**63, 'ulonglong': 2**64 - 1, 'char_p': b'abc',
        'wchar_p': 'abc', 'size_t': 8}.items()}
    values.update(nothing=ctypes.c_void_p(), no_text=ctypes.c_char_p(), object=ctypes.py_object([1]),
                  swapped=ctypes.c_int.__ctype_be__(5), array=(ctypes.c_int * 3)(), shared=ctypes.c_long(7))
    return values


def make_records():
    automatic = enum.auto()
    automatic.value = 3
    logger = logging.getLogger('one')
    logger.setLevel(25)
    parser = argparse.ArgumentParser('prog')
    parser.add_argument('--number', type=int, default=3)
    made = {'logger': logger, 'child': logging.getLogger('one.two'), 'root': logging.getLogger(),
            'adapter': logging.LoggerAdapter(logger, {}), 'stream': logging.StreamHandler(),
            'silent': logging.StreamHandler(io.StringIO()), 'null': logging.NullHandler(),
            'file': logging.FileHandler(os.path.join(FOLDER.name, 'log'), delay=True), 'filter': logging.Filter('a'),
            'formatter': logging.Formatter(), 'record': logging.LogRecord('n', 20, '/p.py', 3, 'msg %s', (1,), None),
            'arguments': parser.parse_args([]), 'more': MyNamespace(a='b'), 'curve': statistics.NormalDist(1, 2),
            'windows': pathlib.PureWindowsPath('c:/a\\b'), 'empty': argparse.Namespace(),
            'automatic': automatic, 'member': tarfile.TarInfo('x'), 'sentinel': unittest.mock.sentinel.name,
            'tag': ElementTree.QName('a'), 'element': xml.dom.minidom.parseString('<a b="c"/>').documentElement}
    if VERSION >= (3, 15):
        made.update(constant=frozendict(a=[1]), no_constant=frozendict(), named_constant=type('Own', (frozendict,), {})(b=2))
    if VERSION >= (3, 14):
        import concurrent.interpreters
        made['interpreter'] = concurrent.interpreters.create()
        made['between'] = concurrent.interpreters.create_queue()
    else:
        made['later'] = typing.ForwardRef('Later')  # one of annotationlib's may be made of a syntax tree
    try:
        int('x')
    except ValueError as error:
        made.update(frame=error.__traceback__.tb_frame, lines=traceback.extract_tb(error.__traceback__))
    try:
        import zoneinfo
        made['zone'] = zoneinfo.ZoneInfo('UTC')
    except (ImportError, LookupError):
        pass
    return made


async def sleep():
    await asyncio.sleep(1000)


async def answer(value):
    if value is None:
        raise ValueError('bad')
    return value


async def make_tasks():
    loop = asyncio.get_running_loop()
    event, lock, semaphore, bounded = asyncio.Event(), asyncio.Lock(), asyncio.Semaphore(1), asyncio.Queue(1)
    full, waiting, last, first = asyncio.Queue(2), MyQueue(), asyncio.LifoQueue(), asyncio.PriorityQueue()
    await lock.acquire()
    await semaphore.acquire()
    full.put_nowait('x')
    bounded.put_nowait(1)
    first.put_nowait((1, 2))
    sleeping = asyncio.create_task(sleep(), name='mine')
    made = {'sleeping': sleeping, 'follower': asyncio.ensure_future(asyncio.wait_for(sleeping, 1000)),
            'done': asyncio.ensure_future(answer(5)), 'failed': asyncio.ensure_future(answer(None)),
            'cancelled': asyncio.ensure_future(sleep()), 'getter': asyncio.ensure_future(waiting.get()),
            'putter': asyncio.ensure_future(bounded.put(2)), 'locked_out': asyncio.ensure_future(lock.acquire()),
            'behind': asyncio.ensure_future(semaphore.acquire()), 'waiter': asyncio.ensure_future(event.wait()),
            'several': asyncio.gather(sleeping, asyncio.ensure_future(sleep())), 'shield': asyncio.shield(sleeping),
            'event': event, 'lock': lock, 'semaphore': semaphore, 'full': full, 'waiting': waiting, 'last': last,
            'first': first, 'bounded': bounded, 'loop': loop, 'later': loop.call_later(1000, CALLABLE.method, 1),
            'at_once': loop.call_soon(functools.partial(CALLABLE.method, 3), 4), 'dropped': loop.call_later(1000, print)}
    made['dropped'].cancel()
    await asyncio.sleep(0)
    made['cancelled'].cancel()
    for function in (CALLABLE.method, functools.partial(CALLABLE.method, 1, k='v'), CALLABLE, lambda task: None, print):
        made['callbacks' + str(len(made))] = future = loop.create_future()
        future.add_done_callback(function)
        sleeping.add_done_callback(function)
    for name in ('result', 'exception'):
        made[name] = future = loop.create_future()
        getattr(future, 'set_' + name)(ValueError('v') if name == 'exception' else 'r')
    made['exception'].exception()
    if VERSION >= (3, 11):
        barrier, group, limit = asyncio.Barrier(3), asyncio.TaskGroup(), asyncio.timeout(50)
        await group.__aenter__()
        await limit.__aenter__()
        group.create_task(sleep())
        made.update(barrier=barrier, at_barrier=asyncio.ensure_future(barrier.wait()), group=group, limit=limit,
                    new_group=asyncio.TaskGroup(), new_limit=asyncio.timeout(None))
    await asyncio.sleep(0.01)
    # These have not come round yet: one has not begun, the other was asked to end.
    made['new'] = asyncio.ensure_future(sleep())
    made['ending'] = made['follower']
    made['ending'].cancel()
    made['failed'].exception()
    return made



def make_asyncio():
    return LOOP.run_until_complete(make_tasks())


async def connect():
    """Connections that are idle, hold text unread, have text unsent, are at their end, and closed."""
    accepted = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda reader, writer: accepted.set_result((reader, writer)), '127.0.0.1', 0)
    address = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(*address)
    other_reader, other_writer = await accepted
    other_writer.write(b'unread')
    while not reader._buffer:
        await asyncio.sleep(0.001)
    writer.transport.pause_reading()
    writer.transport.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    writer.write(bytes(10_000_000))
    writer.write(b'more')
    small = asyncio.StreamReader(limit=10)
    small.feed_data(b'abc')
    small.feed_eof()
    closed = await asyncio.start_server(print, '127.0.0.1', 0)
    closed.close()
    process = await asyncio.create_subprocess_exec('true')
    await process.wait()
    return {'server': server, 'reader': reader, 'writer': writer, 'transport': writer.transport, 'small': small,
            'other_reader': other_reader, 'other_writer': other_writer, 'closed': closed, 'socket': server.sockets[0],
            'listeners': server.sockets, 'process': process}


def make_streams():
    return STREAMS_LOOP.run_until_complete(connect())


def make_archives():
    path = os.path.join(FOLDER.name, 'mapped')
    with open(path, 'wb') as file:
        file.write(bytes(10000))
    with open(path, 'rb') as file:
        made = {'map': mmap.mmap(file.fileno(), 5000, prot=mmap.PROT_READ, offset=4096),
                'copied': mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), 'memory': mmap.mmap(-1, 8192),
                'map_closed': mmap.mmap(-1, 10)}
    made['map_closed'].close()
    made['memory'].seek(17)
    settings = configparser.ConfigParser()
    settings.read_string('[one]\nkey = value')
    parser = argparse.ArgumentParser('prog', description="it's", add_help=False)
    closed = zipfile.ZipFile(os.path.join(FOLDER.name, 'closed.zip'), 'w')
    closed.close()
    made.update(zip=zipfile.ZipFile(os.path.join(FOLDER.name, 'a.zip'), 'w'), zip_closed=closed,
                zip_memory=zipfile.ZipFile(io.BytesIO(), 'w'), gzip=gzip.open(os.path.join(FOLDER.name, 'a.gz'), 'wb'),
                gzip_memory=gzip.GzipFile(fileobj=io.BytesIO(), mode='wb'), element=ElementTree.Element("a'b", c='1'),
                section=settings['one'], parser=parser, spec=json.__spec__, builtin_spec=sys.__spec__)
    return made


def make_shared():
    made = {}
    try:
        held, again, event = multiprocessing.Lock(), multiprocessing.RLock(), multiprocessing.Event()
    except OSError:
        return made  # no shared memory here
    held.acquire()
    again.acquire()
    again.acquire()
    event.set()
    fork = multiprocessing.get_context('fork')
    for function, arguments, options in ((os._exit, (3,), {'daemon': True}), (os.abort, (), {}), (int, (), {})):
        made['child' + str(len(made))] = child = fork.Process(target=function, args=arguments, **options)
        child.start()
        child.join()
    made.update(lock=multiprocessing.Lock(), held=held, rlock=multiprocessing.RLock(), again=again, event=event,
                unset=multiprocessing.Event(), semaphore=multiprocessing.Semaphore(2), queue=multiprocessing.Queue(),
                bounded=multiprocessing.BoundedSemaphore(3), condition=multiprocessing.Condition(),
                value=multiprocessing.Value('i', 3), new=multiprocessing.Process(target=int),
                itself=multiprocessing.current_process())
    return made


def make_queues():
    """These write no more of themselves than their address; what is in them is told by their children."""
    full, ring = queue.Queue(3), queue.SimpleQueue()
    full.put('a')
    full.put('b')
    for i in range(20):
        ring.put(i)
    for _ in range(15):
        ring.get()
    for i in range(3):
        ring.put(str(i))
    return {'full': full, 'last': queue.LifoQueue(), 'first': queue.PriorityQueue(), 'ring': ring,
            'row': collections.deque(range(100, 140))}


def make_fields():
    import csv
    import sqlite3
    connection = sqlite3.connect(':memory:')
    return {'chain': itertools.chain(['first'], ['second']), 'reader': csv.reader(io.StringIO('a,b')), 'pairs': zip(['x'], ['y']),
            'mapped': map(str, [1]), 'keys': iter({'key': 1}), 'connection': connection, 'cursor': connection.execute('select 1')}


GROUPS = {function.__name__[5:]: function for function in (
    make_generators, make_instances, make_files, make_sockets, make_children, make_addresses, make_matches, make_callables, make_types, make_c_values,
    make_records, make_asyncio, make_streams, make_archives, make_shared, make_queues, make_fields)}


def hold(group):
    made = GROUPS[group]()
    names = {'v_' + name: value for name, value in made.items()}
    scope = {'wait': wait, 'texts': {name: repr(value) for name, value in names.items()}}
    exec('def show(' + ', '.join(names) + '):\n    wait(texts)', scope)
    show = functools.partial(scope['show'], **names)
    if group == 'generators':
        # One that runs, and looks at itself.
        names['v_running'] = running = count_up(9, lambda: scope['show'](**names))
        scope['texts']['v_running'] = repr(running)
        exec('def show(' + ', '.join(names) + '):\n    wait(texts)', scope)
        show = functools.partial(next, running, None)
    show()


def wait(texts):
    """Its caller's locals are what the test reads, from the answer to the next line."""
    print(json.dumps(texts), flush=True)
    sys.stdin.readline()


if __name__ == '__main__':
    for line in sys.stdin:
        hold(json.loads(line))
    os._exit(0)
