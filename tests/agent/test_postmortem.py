# SPDX-License-Identifier: MIT
"""Reading of .flatline files: pdb's commands over recorded frames, and files that must be refused or shown safely."""
import gzip
import io
import json
import os
import pty
import random
import re
import select
import subprocess
import sys
import time
import unittest

from agent_run import AGENT, PATIENCE_S, Programs, for_each_python

sys.path.insert(0, AGENT)

from flatline.reading import expressions, loading, recorded, terminal  # noqa: E402

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../fixtures/snapshots')
PROGRAM = '''import collections, dataclasses, flatline
LIMIT = 10
Point = collections.namedtuple("Point", "x y")
@dataclasses.dataclass
class Line:
    article: str
    price: float
class Order:
    def __init__(self, number, lines):
        self.number = number
        self.lines = lines
        self.parent = None
    def total(self, factor, *rest, currency="EUR"):
        """Sums up."""
        amount = 0
        for line in self.lines:
            amount += line.price * factor
        raise ValueError("bad total \\x1b[31mred\\x07")
def handle(orders, table):
    big = list(range(100000))
    text = "abc" * 5000
    first = orders[0]
    point = Point(3, 4)
    try:
        {}["missing"]
    except KeyError as error:
        return orders[0].total(2, 7, 8)
orders = [Order(n, [Line("a%d" % i, i / 4) for i in range(3)]) for n in range(3)]
orders[1].parent = orders[0]
try:
    handle(orders, {"k": [1, 2, {"deep": (5, 6)}], 2: "two", (1, 2): "pair"})
except ValueError as caught:
    flatline.dump_exception(caught, "out.flatline", time=600)
'''


TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.e+-]*', re.S)


def pack(document):
    return gzip.compress(json.dumps(document).encode())


MINIMAL = {'format': 'flatline-snapshot', 'version': 1, 'reason': 'exception'}


class Reading(Programs):
    def setUp(self):
        super().setUp()
        self.program = self.write(PROGRAM)
        outcome = self.finish(self.start([self.program], None, {'PYTHONPATH': AGENT}))
        self.assertEqual(outcome.stderr, b'')
        self.file = os.path.join(self.work, 'out.flatline')
        # What is read later is read where nothing of the program is.
        os.unlink(self.program)

    def ask(self, *commands, file=None, status=0):
        """What the commands say, typed into a pipe."""
        ran = subprocess.run([self.python, '-m', 'flatline.postmortem', '--quiet', file or self.file],
                             input='\n'.join(commands) + '\n', capture_output=True, text=True, cwd='/',
                             env=self.environment(None, {'PYTHONPATH': AGENT}), timeout=PATIENCE_S)
        self.assertEqual((ran.returncode, ran.stderr), (status, ''), ran.stdout)
        self.assertNotRegex(ran.stdout, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        return ran.stdout


@for_each_python
class _Session(Reading):
    def test_moving(self):
        said = self.ask('where', 'up', 'down', 'down', 'frame 0', 'frame -1', status=1)
        self.assertIn('program.py(18)Order.total()', said)
        self.assertIn('->  raise ValueError("bad total', said)
        self.assertIn('program.py(27)handle()', said)
        self.assertIn('*** this is the newest frame', said)
        self.assertIn('ValueError: bad total \\x1b[31mred\\x07', said)

    def test_source(self):
        said = self.ask('list', 'list 1, 3', 'll')
        self.assertIn('  18 ->         raise ValueError', said)
        self.assertIn('   1    import collections', said)
        self.assertIn('  13        def total(self', said)
        self.assertNotIn('19    def handle', said.partition(
            'import collections')[2].partition('13        def total')[2])

    def test_source_of_a_name(self):
        said = self.ask('source Order', 'source Order.total', 'source', 'source nowhere', status=1)
        self.assertIn('class Order', said)
        self.assertEqual(said.count('def total(self'), 3)
        self.assertIn('*** nothing called ‘nowhere’ is defined', said)

    def test_display(self):
        """As in pdb: again wherever one goes, until it is taken back."""
        said = self.ask('display factor * 2', 'up', 'down', 'display', 'undisplay factor * 2', 'up', 'undisplay nothing', status=1)
        self.assertEqual(said.count('display factor * 2: 4'), 3)
        self.assertEqual(said.count('display factor * 2: ** there is no variable ‘factor’'), 1)
        self.assertIn('*** that is not displayed', said)

    def test_help_on_each(self):
        names = ('where', 'up', 'down', 'list', 'longlist', 'p', 'pp', 'args', 'whatis', 'source', 'display', 'undisplay', 'w', 'bt',
                 'u', 'd', 'l', 'll', 'a', 'q', 'exit', 'frame', 'threads', 'tasks', 'exceptions', 'info', 'find')
        for name in names:
            self.assertNotIn('No help', self.ask(f'help {name}'))

    def test_statements(self):
        for text in ('x = 3', 'del self', 'import os', '!factor = 2'):
            self.assertIn('nothing can be assigned or run', self.ask(text, status=1))

    def check_values(self, asked, *before):
        """Each is answered in a line of its own, with p and without."""
        said = self.ask(*before, *[prefix + expression for expression, _ in asked for prefix in ('p ', '')])
        lines = said.splitlines()[2 * len(before):]
        self.assertEqual(lines, [answer for _, answer in asked for _ in range(2)])

    def test_values(self):
        asked = []
        for expression, said in (
                ('amount', '1.5'), ('self.number',
                 '0'), ('self.lines[1].price', '0.25'), ('self.lines[-1].article', "'a2'"),
                ('len(self.lines)', '3'), ('factor * 2 + 1', '5'), ('factor == 2 and amount < 2', 'True'),
                ('[line.price for line in self.lines if line.price > 0]',
                 '[0.25, 0.5]'), ('sum(l.price for l in self.lines)', '0.75'),
                ('rest', '(7, 8)'), ('rest[0] + rest[1]', '15'), ('currency', "'EUR'"), ('currency[1:]', "'UR'"),
                ('self.parent is None', 'True'), ('type(self)', "<class '__main__.Order'>"), ('type(self).__name__', "'Order'"),
                ('isinstance(self, Order)', 'True'), ('f"{self.number:03}: {currency!r}"', '"000: \'EUR\'"'),
                ('currency.lower().startswith("e")', 'True'), ('sorted(vars(self))', "['lines', 'number', 'parent']"),
                ('next((l.article for l in self.lines if l.price > 0.3), None)', "'a2'"),
                ('max(self.lines, key=lambda l: l.price).article', "'a2'"),
                ('", ".join(l.article for l in self.lines)', "'a0, a1, a2'"),
                ('list(map(len, rest and ["x"]))', '[1]'), ('getattr(self, "missing", 3)', '3'), ('-factor ** 2', '-4'),
                ('max(l.price for l in self.lines)', '0.5'), ('(1, factor)', '(1, 2)'), ('not self', 'False'),
                ('{l.article: l.price for l in self.lines}', "{'a0': 0.0, 'a1': 0.25, 'a2': 0.5}")):
            asked.append((expression, said))
        self.check_values(asked)

    def test_values_of_the_caller(self):
        asked = []
        for expression, said in (
                ('table["k"][2]["deep"][1]', '6'), ('table[2]',
                 "'two'"), ('table[(1, 2)]', "'pair'"), ('len(big)', '100000'),
                ('big[3:6]', '[3, 4, 5]'), ('"k" in table', 'True'), ('99 in table',
                 'False'), ('point[1]', '4'),
                ('[o.number for o in orders]', '[0, 1, 2]'), ('orders[1].parent is orders[0]', 'True'),
                ('first == orders[0]', 'True'), ('table.get(3, "no")',
                 "'no'"), ('sorted(o.number for o in orders)', '[0, 1, 2]'),
                ('text[:3]', "'abc'"), ('len(text)', '15000'), ('table["k"][0] + 1', '2'), ('orders[0].lines[2].price', '0.5')):
            asked.append((expression, said))
        self.check_values(asked, 'up')

    def test_what_is_not_there(self):
        asked = []
        for expression, said in (('big[500]', 'item 500 was not recorded'), ('nothing', 'no variable'), ('text[14000]', 'not recorded'),
                                 ('orders[7]', 'out of range: there are 3'), ('table["x"]', 'no key'),
                                 ('sum(big)', 'only 100 of 100000 items were recorded')):
            asked.append((expression, said))
        lines = self.ask('up', *[expression for expression, _ in asked], status=1).splitlines()[2:]
        self.assertEqual(len(lines), len(asked), lines)
        for line, (expression, said) in zip(lines, asked):
            self.assertTrue(line.startswith('*** ') and said in line, (expression, line))

    def test_nothing_runs(self):
        asked = []
        for expression in ('__import__("os")', 'open("/etc/passwd")', 'self.total(1)', 'lambda: 1', 'exec("1")',
                           '(x := 3)', 'self.__class__.__mro__', '().__class__.__base__', 'self.total.__globals__',
                           'currency.format.__self__', '"{0.__class__}".format(factor)', 'currency.encode("idna")',
                           'self.lines.append(1)', 'globals()', '(lambda f: f(f))(lambda f: f(f))', 'currency.ljust(10 ** 9)',
                           'f"{factor:999999999}"', '"x".replace("", "y" * 999999).replace("y", "zz")', '"%*d" % (10 ** 9, 1)',
                           '"%1000000000d" % 1', '9 ** 9 ** 9', '1 << 10 ** 9',
                           '"x" * 10 ** 10',
                           '[0] * 10 ** 9', 'amount = 1', 'import os', '[x for x in range(10 ** 9)]', 'max', 'yield 1',
                           '(' * 300,
                           '-' * 5000 + '1', 'str(2 ** 90000)', '[[y for y in range(1000)] for x in range(1000)]'):
            asked.append(expression)
        lines = self.ask(*asked, status=1).splitlines()
        self.assertEqual([line[:4] for line in lines], ['*** '] * len(asked), list(zip(asked, lines)))

    def test_values_of_the_library(self):
        """Dates, decimals and their like are made anew: they can be computed with, and hostile ones fill no memory."""
        program = ('import datetime, decimal, fractions, pathlib, flatline\n'
                   'def f():\n'
                   '    begun = datetime.datetime(2024, 2, 28, 12, 30); ended = datetime.datetime(2024, 3, 1)\n'
                   '    price = decimal.Decimal("1.50"); huge = decimal.Decimal("1e99999999"); part = fractions.Fraction(1, 3)\n'
                   '    path = pathlib.Path("/srv/data.txt")\n    flatline.dump_threads("out.flatline")\nf()')
        self.finish(self.start([self.write(program)], None, {'PYTHONPATH': AGENT}))
        asked = [('ended - begun', 'datetime.timedelta(days=1, seconds=41400)'), ('begun.year', '2024'),
                 ('(ended - begun).total_seconds() / 3600', '35.5'), ('begun < ended', 'True'),
                 ('price * 3', "Decimal('4.50')"), ('f"{price:.1f}"', "'1.5'"), ('part + part == 2 * part', 'True'),
                 ('path.suffix', "'.txt'"), ('path.parent / "x"', "PurePosixPath('/srv/x')"), ('str(begun.date())', "'2024-02-28'")]
        self.check_values(asked)
        for wrong in ('int(huge)', 'f"{huge:f}"', '"%d" % huge', 'round(huge)', 'price ** huge', '"%(h)d" % {"h": huge}'):
            self.assertRegex(self.ask(wrong, status=1), r'^\*\*\* .*', wrong)

    def test_args_locals_whatis(self):
        self.assertEqual([line.partition(' =')[0] for line in self.ask('args').splitlines()],
                         ['self', 'factor', 'currency', 'rest'])
        self.assertIn('__main__.Order', self.ask('whatis self'))
        self.assertIn('attributes: number, lines, parent', self.ask('whatis self'))
        self.assertIn('list, size 100000', self.ask('up', 'whatis big'))

    def test_pp_and_find(self):
        said = self.ask('pp self')
        self.assertIn("\n    number = 0\n    lines = [Line(article='a0', price=0.0)", said)
        self.assertIn("\n            article = 'a1'\n", said)
        self.assertIn('handle(): table =', self.ask("find deep"))
        self.assertIn('100 of 100000 items are in the file', self.ask('up', 'pp big'))

    def test_exceptions(self):
        said = self.ask('exceptions', 'exceptions 1', 'p __exception__.args', 'where')
        self.assertIn('>  0  ValueError: bad total', said)
        self.assertIn("KeyError: 'missing'  (was being handled when the one above was raised)", said)
        self.assertIn("('missing',)", said)

    def test_message_of_many_lines(self):
        """As multiprocessing tells what happened in another process."""
        path = os.path.join(self.work, 'remote.flatline')
        remote = {'type_name': 'RemoteTraceback', 'message': '"""\nTraceback (most recent call last):\n  File "x"\nE: 1"""'}
        with open(path, 'wb') as file:
            file.write(pack(dict(MINIMAL, exception={'type_name': 'E', 'message': '1', 'is_cause': True, 'cause': remote})))
        said = self.ask('exceptions', 'exceptions 1', file=path)
        self.assertIn('RemoteTraceback: Traceback (most recent call last):  (the cause of the one above)', said)
        self.assertIn('\n    File "x"\n', said)

    def test_threads_info_and_lists(self):
        said = self.ask('threads', 'thread 0', 'info', 'packages pip', 'env HOME', 'tb', 'tasks', 'output', status=0)
        self.assertIn('MainThread [main]', said)
        self.assertIn('platform     cpython, Linux', said)
        self.assertIn('HOME=', said)
        self.assertIn('Traceback (most recent call last):', said)
        self.assertIn('there are no tasks in this file', said)

    def test_over(self):
        for word in ('next', 's', 'continue', 'b 3'):
            self.assertIn('the program is over', self.ask(word, status=1))

    def test_options_and_status(self):
        def run(*words):
            return subprocess.run([self.python, '-m', 'flatline.postmortem', *words], capture_output=True, text=True,
                                  cwd='/',
                                  stdin=subprocess.DEVNULL, env=self.environment(None, {'PYTHONPATH': AGENT}))

        ran = run('-c', 'p factor', '-c', 'whatis amount', self.file)
        self.assertEqual(ran.returncode, 0)
        self.assertIn('ValueError: bad total', ran.stdout)
        self.assertTrue(ran.stdout.endswith('\n2\nfloat\n'), ran.stdout)
        self.assertEqual(run('-c', 'p nothing', self.file).returncode, 1)
        self.assertEqual((run().returncode, run('--nope', 'x').returncode, run('--help').returncode), (2, 2, 0))
        ran = run('/nonexistent')
        self.assertEqual((ran.returncode, ran.stderr),
                         (1, 'flatline.postmortem: /nonexistent cannot be read: No such file or directory\n'))

    def test_terminal(self):
        """On a terminal: a prompt, completion, an interrupt that ends nothing."""
        master, slave = pty.openpty()
        process = subprocess.Popen([self.python, '-m', 'flatline.postmortem', self.file], stdin=slave, stdout=slave,
                                   stderr=slave,
                                   cwd='/', env=self.environment(None, {'PYTHONPATH': AGENT, 'TERM': 'dumb'}),
                                   start_new_session=True,
                                   preexec_fn=lambda: __import__('fcntl').ioctl(0, __import__('termios').TIOCSCTTY, 0))
        os.close(slave)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        seen = b''

        def wait_for(text, nudge=None):
            nonlocal seen
            deadline = time.monotonic() + PATIENCE_S
            while text not in seen:
                self.assertLess(time.monotonic(), deadline, seen)
                if select.select([master], [], [], 1)[0]:
                    seen += os.read(master, 65536)
                elif nudge:
                    os.write(master, nudge)
            seen = seen.partition(text)[2]

        wait_for(b'(flatline) ')
        has_readline = subprocess.run([self.python, '-c', 'import readline']).returncode == 0
        os.write(master, b'p self.numb\t\n' if has_readline else b'p self.number\n')
        wait_for(b'\r\n0\r\n(flatline) ')
        os.write(master, b'\x03')
        # readline may only see to it when the next key comes.
        wait_for(b'(flatline) ', b'\n')
        os.write(master, b'p factor\n')
        wait_for(b'\r\n2\r\n(flatline) ')
        os.write(master, b'\x04')
        self.assertEqual(process.wait(PATIENCE_S), 0)
        os.close(master)


class Refusing(unittest.TestCase):
    """Files that are wrong are refused in one line; those that are evil cannot do anything."""

    def refused(self, data, said):
        with self.assertRaises(loading.Refused) as caught:
            loading.parse(data)
        self.assertIn(said, str(caught.exception))
        self.assertNotIn('\n', str(caught.exception))

    def test_refused(self):
        self.refused(b'', 'not a Flatline snapshot')
        self.refused(b'PK\x03\x04', 'not a Flatline snapshot')
        self.refused(b'{}', 'not a Flatline snapshot')
        self.refused(pack(['x']), 'not a Flatline snapshot')
        self.refused(pack(dict(MINIMAL, version=2)), 'version 2')
        self.refused(pack(dict(MINIMAL, threads={})), '“threads” should be a list')
        self.refused(pack(dict(MINIMAL, threads=[{'frames': [{'line': 'x'}]}])), '“line” should be a number')
        self.refused(pack(dict(MINIMAL, exception={'cause': 'x'})), '“cause” should be an object')
        self.refused(gzip.compress(b'{"format": "flatline-snapshot", "vers'), 'not JSON')
        self.refused(gzip.compress(b'\xff\xfe{}'), 'not UTF-8')

    def test_cut_short(self):
        whole = pack(dict(MINIMAL, notes=['x' * 1000, 'größe']))
        for length in range(len(whole)):
            with self.assertRaises(loading.Refused):
                loading.parse(whole[:length])
        loading.parse(whole)

    def test_bombs(self):
        self.refused(gzip.compress(b'{"a":"' + b' ' * (300 << 20), 1), 'larger than 256 MiB')
        self.refused(gzip.compress(b'[' * 1000000), 'nested deeper')
        self.refused(gzip.compress(b'{"a":' * 100000), 'nested deeper')
        self.refused(gzip.compress(b'[' + b'[],' * 5000000 + b'1]', 1), 'too many values')
        deep = {'type_name': 'E'}
        for _ in range(140):
            deep = {'type_name': 'E', 'cause': deep}
        loading.parse(pack(dict(MINIMAL, exception=deep)))

    def test_numbers_without_end(self):
        document = loading.parse(
    gzip.compress(b'{"format": "flatline-snapshot", "version": 1, "captured_us": 1e999, "pause_us": -1e30}'))
        self.assertEqual((document['captured_us'], document['pause_us']), (0, -(1 << 63)))

    def test_terminal_is_safe(self):
        for evil in ('\x1b]0;owned\x07', '\x9b31m', 'a\rb', '\u202egnp.exe',
                     '\u2066x', '\ud800', '\x7f', '\u2028', '\x00'):
            cleaned = terminal.clean(evil)
            self.assertTrue(all(c.isprintable() for c in cleaned), ascii(cleaned))

    def test_literals_of_a_hostile_file(self):
        for text in ('(' * 10000, '-' * 100000 + '1', '[' * 60 + ']' * 60, '9' * 100000, '1e999999999',
                     '"' + '\\' * 9999, '{1: {2:',
                     '1 if 1 else 2', 'x', '[].append', "'\\N{nope}'", "b'é'"):
            self.assertIs(recorded.parse_literal(text, recorded.NOTHING) if text !=
                          '1e999999999' else recorded.NOTHING, recorded.NOTHING, text[:20])
        self.assertEqual(recorded.parse_literal("{'a': [1, (2.5, None)]}", None), {'a': [1, (2.5, None)]})


class Mutations(unittest.TestCase):
    """Changed files are refused or answered; nothing else may happen. ./test --fuzz SECONDS agent/postmortem goes on."""

    COMMANDS = ('where', 'up', 'list', 'll', 'args', 'locals', 'exceptions', 'exceptions 1', 'threads', 'thread 0',
                'tasks', 'task 0',
                'info', 'packages', 'env', 'output', 'tb', 'find e', 'where', 'whatis self', 'pp self',
                'p self.a[0] + 1', 'p len(a)',
                'p [x for x in a]', 'p a[1:2]', 'pp __exception__', 'p a == b', 'p a in b', 'p sum(a)', 'down',
                'frame 0', 'frame -1')

    def answer(self, data):
        from flatline.reading.session import Session

        try:
            snapshot = loading.parse(data)
        except loading.Refused as refusal:
            return str(refusal)
        said = io.StringIO()
        session = Session(snapshot, 'name', stdout=said)
        session.greet()
        for command in self.COMMANDS:
            session.onecmd(command)
        for frame in [session.frame] if session.frame else []:
            for node in frame.get('locals', ())[:30]:
                name = node.get('name', '')
                if name.isidentifier():
                    for command in ('p %s', 'pp %s', 'whatis %s', 'p len(%s)', 'p %s[0]', 'p %s == %s'):
                        session.onecmd(command.replace('%s', name))
        text = said.getvalue()
        for character in set(text):
            if character != '\n' and not character.isprintable() and character in terminal.clean(character):
                # Unassigned characters and the like move nothing; all that could is an escape by now.
                self.assertNotRegex(character, '[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]')
        return text

    def mutate(self, r, text):
        data = bytearray(text)
        # Most files stay JSON, so that they are opened and looked at.
        kinds = range(7) if r.random() < 0.3 else (4,)
        for _ in range(r.randint(1, 8)):
            at = r.randrange(len(data) + 1)
            kind = r.choice(kinds)
            if kind == 0 and data:
                data[at % len(data)] ^= 1 << r.randrange(8)
            elif kind == 1:
                del data[at:at + r.randint(1, 50)]
            elif kind == 2:
                data[at:at] = data[at:at + r.randint(1, 200)] * r.randint(1, 5)
            elif kind == 3:
                data[at:at] = r.choice((b'null', b'{}', b'[]', b'[[', b'"', b'-1', b'1e999', b'true', b'\\u001b[2J',
                                        b'\\ud800', b'\\u0000',
                                        b'{"children":', b'99999999999999999999', b'"text":"', b'\\u202e', b'\xff'))
            else:
                # A value for another of the same document, so that the document stays one.
                words = [word for word in TOKEN.finditer(bytes(data)) if data[word.end():word.end() + 1] != b':']
                if len(words) > 2:
                    one, other = r.choice(words), r.choice(words)
                    is_text = one.group()[:1] == b'"'
                    same = other.group() if (other.group()[:1] == b'"') == is_text else one.group()
                    replacement = r.choice((same, same, b'"\\u001b]0;x\\u0007"', b'"[[[[[(((("', b'"0x0"',
                                            b'"\\ud800"', b'"(1,"')
                                           if is_text else (same, b'-1', b'0', b'99999999999999999999', b'1e308'))
                    if r.random() < 0.05:
                        replacement = r.choice((b'null', b'7', b'[]', b'{}', b'true'))
                    data[one.start():one.end()] = replacement
        return bytes(data)

    def test_mutations(self):
        seconds = float(os.environ.get('FLATLINE_TEST_FUZZ_SECONDS') or 0)
        seed = int(os.environ.get('FLATLINE_TEST_FUZZ_SEED') or time.time_ns() % 1000000000)
        r = random.Random(seed)
        corpus = []
        for name in sorted(os.listdir(CORPUS)):
            with open(os.path.join(CORPUS, name), 'rb') as file:
                data = file.read()
            self.answer(data)
            if data[:2] == b'\x1f\x8b':
                try:
                    corpus.append(loading._unpack(data))
                except loading.Refused:
                    pass
        self.assertGreater(len(corpus), 3)
        deadline, count, opened = time.monotonic() + seconds, 0, 0
        while count < 300 or time.monotonic() < deadline:
            text = self.mutate(r, r.choice(corpus))
            data = gzip.compress(text, 1)
            if r.random() < 0.1:
                data = data[:r.randrange(len(data))]
            elif r.random() < 0.1:
                at = r.randrange(len(data))
                data = data[:at] + bytes([data[at] ^ 1 << r.randrange(8)]) + data[at + 1:]
            try:
                opened += '***' in self.answer(data)
            except BaseException:
                path = os.path.join('/tmp', 'flatline-fuzz-%d-%d.flatline' % (seed, count))
                with open(path, 'wb') as file:
                    file.write(data)
                print('seed %d, file %s' % (seed, path), file=sys.stderr)
                raise
            count += 1
        print('%d files, %d of them opened, seed %d' % (count, opened, seed), file=sys.stderr)
        self.assertGreater(opened, 20)


class Expressions(unittest.TestCase):
    """Over values that are all there, the answers are Python's own."""

    def test_like_python(self):
        r = random.Random(7)
        values = {
    'a': 7,
    'b': -3,
    'c': 2.5,
    's': 'text',
    'l': [
        1,
        2,
        3],
        'd': {
            'k': 1,
            2: 'v'},
            't': (
                4,
                (5,
                6)),
                'n': None,
                 'y': b'by'}

        def node(value, name=None, kind='local', depth=0):
            made = {'name': name, 'kind': kind, 'type': type(value).__name__, 'text': repr(value), 'size': -1}
            if hasattr(value, '__len__'):
                made['size'] = len(value)
            if isinstance(value, (list, tuple)):
                made['children'] = [node(item, '[%d]' % index, 'item') for index, item in enumerate(value)]
            if isinstance(value, dict):
                made['children'] = [node(item, '[%r]' % (key,), 'item') for key, item in value.items()]
            return made

        book = recorded.Book([])
        nodes = {name: recorded.Recorded(node(value, name), book) for name, value in values.items()}
        operators = ('+', '-', '*', '/', '//', '%', '==', '!=', '<', '>=', 'and', 'or', 'in', 'is not', '&', '|', '^')
        atoms = tuple(values) + ('s.upper()', 's.split("x")', 'y.decode()', 'f"{a:>4}{s!r}"', '"%s %r" % (a, s)',
                                 'l.index(2)', 'sorted(l, reverse=True)', 'max(l, key=lambda v: -v)', 'tuple(reversed(l))',
                                 '", ".join(map(str, l))', 'isinstance(a, (int, str))', 'type(c) is float', 'dict(k=a)',
                                 'next((v for v in l if v > 1), 0)', 'divmod(a, 2)', 'list(filter(None, l))', 'type(s).__name__',
                                 '"{} {:3}".format(s, a)', '[*map(lambda v, w: v + w, l, l)]', 'hasattr(n, "x")', '3', '"x"', 'l[0]', 'd["k"]', 't[1][0]', 'len(s)', 's[1:]', 'l[-1]', 'sum(l)',
                                 '[x * 2 for x in l]',
                                 'max(l)', 'sorted(l)', 'not a', '-c', 'a if n else b', 'list(d)', 'd.get(9, 1)',
                                 'str(a)', 'abs(b)')
        same = 0
        for _ in range(4000):
            source = r.choice(atoms)
            for _ in range(r.randint(1, 3)):
                source = '(%s) %s %s' % (source, r.choice(operators), r.choice(atoms))
            try:
                wanted = eval(source, {}, dict(values))
            except Exception:
                wanted = Exception
            try:
                answer = expressions.to_plain(expressions.Evaluator(nodes.get).evaluate(source))
            except (expressions.Wrong, recorded.NotRecorded):
                continue  # It may know less, but never other things.
            if wanted is not Exception:
                self.assertEqual(answer, wanted, source)
                same += 1
        self.assertGreater(same, 1000)
