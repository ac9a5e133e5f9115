# SPDX-License-Identifier: MIT
"""Objects of the standard library that describe others: signatures, what tests put in the place of objects, tests, types
with parameters, hashes, formats and contexts of numbers, members of archives. A group a question, held still as locals."""
import __future__
import _thread
import argparse
import asyncio
import builtins
import codecs
import collections.abc
import contextvars
import ctypes
import dataclasses
import datetime
import decimal
import dis
import email.charset
import email.headerregistry
import enum
import functools
import hashlib
import hmac
import importlib.machinery
import importlib.metadata
import inspect
import io
import json
import operator
import os
import plistlib
import struct
import sys
import tarfile
import tempfile
import threading
import traceback
import typing
import unittest
import unittest.mock
import warnings
import weakref
import xml.dom.minidom
import xmlrpc.client
import zipfile
import zipimport
import zoneinfo

try:
    from re import _parser as patterns
except ImportError:
    import sre_parse as patterns

VERSION = sys.version_info[:2]
FOLDER = tempfile.TemporaryDirectory()


class Kept:
    def method(self, first, *more, last: int = 3):
        pass


KEPT = Kept()
PARSED = patterns.parse('a[^b]')
STARTED = threading.Thread(target=threading.Event().wait, daemon=True)
STARTED.start()


@dataclasses.dataclass
class Data:
    number: int = 3
    text: str = dataclasses.field(default_factory=str, repr=False, metadata={'a': 1})


def plain(one, two=2, *rest, three=[3], **others):
    pass


def annotated(one: int, /, two: 'str' = "x", *, three: typing.Optional[Kept] = None) -> typing.List[int]:
    pass


def make_signatures():
    signatures = {'plain': plain, 'annotated': annotated, 'none': lambda: 0, 'method': KEPT.method, 'class': Kept,
                  'only_first': eval('lambda a, b=1, /: 0'), 'only_named': eval('lambda *, a: 0'),
                  'both': eval('lambda a, /, *, b: 0'), 'data': Data}
    made = {'signature_' + name: inspect.signature(function) for name, function in signatures.items()}
    for function in plain, annotated:
        for name, parameter in inspect.signature(function).parameters.items():
            made[f'parameter_{function.__name__}_{name}'] = parameter
    made.update(bound=inspect.signature(plain).bind(1, 2, 3, three=4), nothing_bound=inspect.signature(lambda: 0).bind(),
                all=inspect.signature(plain).parameters, caller=operator.methodcaller('name', 1, foo=2),
                plain_caller=operator.methodcaller('name'), named_caller=operator.methodcaller('name', 'name', a='b'),
                partial_method=functools.partialmethod(plain, 1, k=2))
    if VERSION >= (3, 13):
        made['partial_plain'] = functools.partialmethod(plain)
    if VERSION >= (3, 14):
        made['placed'] = functools.partial(plain, functools.Placeholder, 2)
    return made


def make_doubles():
    told, database, loose = unittest.mock.Mock(), unittest.mock.MagicMock(name='database'), unittest.mock.Mock()
    told(1, a=[2])
    told.query('x').all(limit=3)
    told()
    made = {'plain': unittest.mock.Mock(), 'named': database, 'attribute': database.users, 'deep': loose.one.two,
            'answer': loose.query(), 'attribute_of_answer': loose.query().all, 'answers': loose()().one()(),
            'made': unittest.mock.MagicMock(spec=dict), 'set': unittest.mock.Mock(spec_set=Kept), 'item': database['x'],
            'later': unittest.mock.AsyncMock(), 'still': unittest.mock.NonCallableMock(name="it's"),
            'automatic': unittest.mock.create_autospec(Kept), 'calls': list(told.mock_calls), 'last': told.call_args,
            'all_calls': told.call_args_list[0], 'call': unittest.mock.call.query('x').all, 'any': unittest.mock.ANY,
            'called': unittest.mock.call.query(1, b=2), 'wanted': unittest.mock.call(3), 'name': unittest.mock.call,
            'preset': unittest.mock.DEFAULT}
    made['attached'] = unittest.mock.Mock(name='own')
    loose.attached = made['attached']
    return made


class ForTests(unittest.TestCase):
    def test_it(self):
        pass


class Mixin:
    pass


class BesideTests(Mixin, ForTests):
    pass


def make_tests():
    suite, result = unittest.TestSuite([ForTests('test_it')]), unittest.TestResult()
    result.testsRun = 3
    result.errors.append((1, 2))
    return {'case': ForTests('test_it'), 'function': unittest.FunctionTestCase(plain), 'suite': suite, 'result': result,
            'empty': unittest.TestSuite(), 'beside': BesideTests('test_it')}


def make_types():
    made = {'forward': typing.ForwardRef('Later'), 'initial': dataclasses.InitVar[int],
            'initial_list': dataclasses.InitVar[typing.List[int]], 'field': dataclasses.fields(Data)[0],
            'other_field': dataclasses.fields(Data)[1], 'new_field': dataclasses.field(),
            'settings': Data.__dataclass_params__, 'missing': dataclasses.MISSING, 'automatic': enum.auto()}
    if VERSION >= (3, 10):
        parameters = typing.ParamSpec('P')
        made.update(arguments=parameters.args, keywords=parameters.kwargs)
    if VERSION >= (3, 11):
        made['unpacked'] = typing.Unpack[typing.TypeVarTuple('Many')]
    if VERSION >= (3, 12):
        scope = {}
        exec('type Alias[T] = list[T]', scope)
        made.update(alias=scope['Alias'], alias_of=scope['Alias'][int], aliases=[scope['Alias']])
    if VERSION >= (3, 13):
        made['no_default'] = typing.NoDefault
    if VERSION >= (3, 14):
        template = eval("t'hello {KEPT!r:>{3}} x{1 + 2}'")
        made.update(template=template, first=template.interpolations[0], no_template=eval("t''"),
                    of_module=typing.ForwardRef('Later', module='json'), of_class=typing.ForwardRef('Later', owner=Kept))
    if VERSION >= (3, 15):
        made.update(sentinel=sentinel('NOT_GIVEN'), sentinels=[sentinel("IT'S")])
    return made


def make_numbers():
    usual = decimal.Context()  # which keeps its traps
    signals = list(usual.traps)
    rounding = [value for name, value in vars(decimal).items() if name.startswith('ROUND_')]
    made = {'format': struct.Struct('<iH'), 'bytes_format': struct.Struct(b'3s'),
            'hmac_of_python': hmac.new(b'k', b'm', 'sha256'), 'own_hash': hashlib.blake2b(b'x'),
            'identity': plistlib.UID(3)}
    for name in ('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3_224', 'sha3_256', 'sha3_384', 'sha3_512',
                 'shake_128', 'shake_256'):
        made[name] = hashlib.new(name, b'some text')
    try:
        import _hashlib
        made['keyed'] = _hashlib.hmac_new(b'k', b'm', 'sha256')
    except (ImportError, AttributeError):
        pass  # no OpenSSL, or a Python before it had that
    for i, way in enumerate(rounding):
        made['context' + str(i)] = decimal.Context(prec=10 + i, rounding=way, Emin=-i, Emax=i, capitals=i % 2, clamp=i % 2,
                                                   flags=signals[i:], traps=signals[:i])
    for i, signal in enumerate(signals):
        made['signal' + str(i)] = decimal.Context(flags=[signal], traps=[])
    made['in_use'] = decimal.getcontext()
    return made


def make_members():
    path = os.path.join(FOLDER.name, 'a.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('plain.txt', 'hello')
        archive.writestr('folder/', '')
        archive.writestr('packed.txt', 'a' * 1000, compress_type=zipfile.ZIP_DEFLATED)
        for mode in (0o100644, 0o104755, 0o041777, 0o120777, 0o102644, 0o000001):
            member = zipfile.ZipInfo(f'mode{mode:o}')
            member.external_attr = mode << 16 | mode & 0x30
            archive.writestr(member, '')
    reading = zipfile.ZipFile(path)
    made = {'member' + str(i): member for i, member in enumerate(reading.infolist())}
    made.update(new=zipfile.ZipInfo("it's", (2020, 1, 1, 0, 0, 0)), importer=zipimport.zipimporter(path),
                path=zipfile.Path(reading, 'folder/'), member=tarfile.TarInfo('x'))
    document = xml.dom.minidom.parseString('<a b="c">short<!-- a long remark --></a>')
    made.update(text=document.documentElement.firstChild, remark=document.documentElement.lastChild)
    return made


def make_more():
    gone = Kept()
    parser = argparse.ArgumentParser()
    made = {'proxy': weakref.proxy(KEPT), 'gone_proxy': weakref.proxy(gone), 'proxy_to_call': weakref.proxy(plain),
            'capsule': datetime.datetime_CAPI, 'library': ctypes.CDLL(None), 'finder': importlib.machinery.FileFinder("/it's"),
            'entry': importlib.metadata.EntryPoint('a', 'b', 'c'), 'server': xmlrpc.client.ServerProxy('http://localhost:1/x'),
            'moment': xmlrpc.client.DateTime('20200101T00:00:00'), 'address': email.headerregistry.Address('A', 'b', 'c.d'),
            'characters': email.charset.Charset('utf-8')}
    if VERSION != (3, 9):  # which has two ways to write them
        made.update(help=parser._actions[0], option=parser.add_argument('--foo', type=int, default=[3]),
                    flag=parser.add_argument('-v', action='count'))
    return made


def make_less_known():
    made = {'record': warnings.catch_warnings(record=True), 'warnings': warnings.catch_warnings(), 'codec': codecs.lookup('utf-8'),
            'field': collections.namedtuple('Pair', 'left right').right, 'quitter': builtins.quit, 'help': builtins.help,
            'keys': collections.abc.KeysView({1: 2}), 'values': collections.abc.ValuesView([3]),
            'future': __future__.annotations, 'module_lock': importlib._bootstrap._ModuleLock("it's"),
            'operation': PARSED[0][0], 'parsed': PARSED, 'bound': KEPT.__reduce_ex__, 'unknown': getattr(dis, 'UNKNOWN', None),
            'implicit': getattr(traceback, '_sentinel', None), 'nothing': getattr(typing, '_sentinel', None)}
    if hasattr(_thread, '_ThreadHandle'):
        made.update(handle=_thread._ThreadHandle(), started=getattr(STARTED, '_handle', None) or STARTED._os_thread_handle)
    return made


def make_local():
    """Classes within a function: some of C's texts have their names alone."""
    class Failed(Exception):
        pass

    class Names(set):
        pass

    class Fixed(frozenset):
        pass

    class Line(collections.deque):
        pass

    class Zone(zoneinfo.ZoneInfo):
        pass

    ordered = collections.OrderedDict(a=1, b=[2], c=3)
    ordered.move_to_end('a')
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        loop = asyncio.new_event_loop()
    loop.set_debug(True)
    cancelled = loop.call_later(1000, plain, 1)
    cancelled.cancel()
    loop.close()
    made = {'failed': Failed('a', 1), 'failed_alone': Failed(), 'names': Names([1]), 'no_names': Names(), 'fixed': Fixed([2]),
            'line': Line([3], 4), 'zone': Zone.no_cache('UTC'), 'zones': zoneinfo.ZoneInfo('UTC'), 'keys': ordered.keys(),
            'values': ordered.values(), 'items': ordered.items(), 'missing': contextvars.Token.MISSING,
            'function': ctypes.CDLL(None).printf, 'callback': ctypes.CFUNCTYPE(None)(plain), 'bytecode': dis.Bytecode('a'),
            'cancelled': cancelled}
    if VERSION >= (3, 11):
        class Many(ExceptionGroup):
            pass

        made.update(many=Many('m', [Failed(1), KeyError(2)]))
    return made


GROUPS = {function.__name__[5:]: function for function in (
    make_signatures, make_doubles, make_tests, make_types, make_numbers, make_members, make_more,
    make_less_known, make_local)}


def hold(group):
    names = {'v_' + name: value for name, value in GROUPS[group]().items()}
    scope = {'wait': wait, 'texts': {name: type(value).__repr__(value) for name, value in names.items()}}
    exec('def show(' + ', '.join(names) + '):\n    wait(texts)', scope)
    scope['show'](**names)


def wait(texts):
    print(json.dumps(texts), flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold(json.loads(line))
