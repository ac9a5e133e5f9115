# SPDX-License-Identifier: MIT
"""Programs that are recorded do what they do alone, and what the recording says of them is what they did."""
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'agent'))
from agent_run import AGENT, BUILD, PATIENCE_S, PYTHON, Programs, for_each_python, wait_until  # noqa: E402

CLI = os.path.join(BUILD, 'app', 'cli', 'flatline-cli')
ORDERS = '''class Order:
    def __init__(self):
        self.total = 0

    def add(self, price):
        self.total += price


def prices(n):
    for i in range(n):
        yield i * 2


def fail(x):
    password = "hunter2secret"
    raise ValueError(x)


def main():
    order = Order()
    for price in prices(3):
        order.add(price)
    try:
        fail(order.total)
    except ValueError as error:
        caught = str(error)
    del price
    return caught


print(main())
'''


class Windows(unittest.TestCase):
    def test_interrupted_between_any_two_instructions(self):
        """As by signal handlers before 3.12: no line is lost but the one that was just being written, none is doubled."""
        sys.path.insert(0, AGENT)
        from flatline.recording import file
        lines = ['N "%d"\n' % number for number in range(8)] + ['N "%s"\n' % ('x' * 60), 'N "last"\n']
        with tempfile.TemporaryDirectory() as folder, unittest.mock.patch.object(file, 'WINDOW', 24):
            for step in itertools.count(1):
                path = os.path.join(folder, str(step))
                recording = file.RecordingFile(path, 1 << 20)
                interrupted = self.add_interrupted(recording, lines, file.__file__, step)
                recording.end('finished')
                told = self.read_lines(path, file)
                self.assertIn(told, (lines, [line for line in lines if line is not interrupted]), (step, interrupted))
                if interrupted is None:
                    break
        self.assertGreater(step, 200)

    @staticmethod
    def add_interrupted(recording, lines, module, step):
        """The line in which the instruction of that number was; None: there are not so many."""
        left, interrupted = step, None

        def trace(frame, event, arg):
            nonlocal left
            frame.f_trace_opcodes = True
            left -= event == 'opcode'
            if left == 0 and event == 'opcode':
                raise InterruptedError
            return trace

        for line in lines:
            sys.settrace(lambda frame, event, arg: trace(frame, event, arg) if frame.f_code.co_filename == module else None)
            try:
                recording.add(line)
            except InterruptedError:
                interrupted = line
            finally:
                sys.settrace(None)
        return interrupted

    @staticmethod
    def read_lines(path, file):
        with open(path, 'rb') as recording:
            content = recording.read()
        at, text = file.HEADER.size + file.NUMBER.size + file.HEADER.unpack_from(content)[1], b''
        while at < len(content):
            _, _, length = file.BLOCK.unpack_from(content, at)
            at += file.BLOCK.size + length
            text += zlib.decompress(content[at - length:at])
        return text.decode().splitlines(keepends=True)


class Recordings(Programs):
    def setUp(self):
        super().setUp()
        self.recording = os.path.join(self.work, 'out.flatline-recording')

    def record(self, text, *options, arguments=(), name='program.py', **how):
        script = self.write(text, name)
        return self.finish(self.start(['-m', 'flatline.record', '-o', self.recording, *options, script, *arguments],
                                      None, {'PYTHONPATH': AGENT}, **how))

    def replay(self, *options, recording=None, commands=''):
        return subprocess.run([CLI, 'replay', *options, recording or self.recording], input=commands,
                              capture_output=True, text=True, encoding='utf-8', timeout=PATIENCE_S,
                              env=self.environment(extra={'XDG_DATA_HOME': self.folder, 'LC_ALL': 'C.UTF-8'}))

    def events(self, recording=None):
        run = self.replay('--json', recording=recording)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()], run.stderr

    def lines_of(self, events, function):
        return [event['line'] for event in events if event['kind'] == 'line' and event['function'] == function]


@for_each_python
class _Programs(Recordings):
    def test_what_is_told(self):
        outcome = self.record(ORDERS)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'6\n', b''))
        events, said = self.events()
        self.assertEqual(said, '')
        told = [(event['kind'], event['line']) for event in events if event['function'] in ('fail', 'prices')]
        first = self.lines_of(events, 'prices')[0]
        self.assertEqual(first, 10)
        self.assertEqual(told, [('call', 9), ('line', 10), ('line', 11), ('yield', 11), ('resume', 11), ('line', 10),
                                ('line', 11), ('yield', 11), ('resume', 11), ('line', 10), ('line', 11), ('yield', 11),
                                ('resume', 11), ('line', 10), ('return', 10), ('call', 14), ('line', 15), ('line', 16),
                                ('exception', 16), ('unwind', 16)])
        changes = [(value['name'], value.get('text')) for event in events if event['function'] == 'main'
                   for value in event['changes']]
        self.assertEqual([text for name, text in changes if name == 'price'], ['0', '2', '4', None])
        self.assertIn(('caught', "'6'"), changes)
        self.assertEqual([event['value']['text'] for event in events if event['kind'] == 'exception'
                          and event['function'] == 'fail'], ['ValueError(6)'])
        with open(self.recording, 'rb') as file:
            self.assertNotIn(b'hunter2', file.read())
        self.assertNotIn('hunter2', json.dumps(events))

    def test_when_did_it_become_this(self):
        self.record(ORDERS)
        answer = self.replay(commands='to 24\nwhen order.total\nwhen self.total\nvars price\nbt\n').stdout
        self.assertIn('Here order.total became 6; it was 2', answer)
        self.assertIn('Here self.total became 2; it was 0', answer)
        self.assertRegex(answer, r'program.py:6 in .*add')
        self.assertIn('  price = 2', answer)

    def test_while_enum_is_being_imported(self):
        """What it is to define is not there yet when the modules that it imports itself make instances."""
        self.record('''import sys, types
sys.modules["enum"] = types.ModuleType("enum")
class Thing:
    def __init__(self):
        self.size = 1
def make():
    thing = Thing()
    return [size for size in (thing.size, 2)]
made = make()
print(made)
''')
        events, said = self.events()
        self.assertEqual((self.lines_of(events, 'make'), said), ([7, 8], ''))
        self.assertEqual(self.lines_of(events, '<module>')[-2:], [9, 10])
        self.assertIn('thing', [value['name'] for event in events for value in event['changes']])

    def test_what_changes_inside_of_values(self):
        """However a value was changed, and by whom, the line after tells it; what did not change is not told again."""
        self.record('''class Cart:
    def __init__(self):
        self.items, self.notes = [1], {"a": [1]}
def change(cart, many):
    cart.items.append(2)
    cart.notes["a"].append(2)
    cart.notes["b"] = cart.notes.pop("a")
    cart.kept = cart.__dict__.pop("items")
    cart.last = cart.__dict__.pop("kept")
    many[1] = -5
    many[25] = 0
    many.append(7)
    return len(many)
def share():
    n = 1
    def add():
        nonlocal n
        n += 1
    add()
    return n
def forget(a):
    del a
    return [a for a in "xy"]
change(Cart(), list(range(30)))
share()
forget(3)
''')
        events, _ = self.events()

        def changes(function, name):
            """The texts that a variable had; of an instance, those of its attributes."""
            values = [value for event in events if event['function'] == function for value in event['changes']
                      if value['name'] == name]
            return [['%s=%s' % (child['name'], child['text']) for child in value['children']] if value.get('children')
                    else value.get('text') for value in values]

        self.assertEqual(changes('change', 'cart'), [
            ['items=[1]', "notes={'a': [1]}"], ['items=[1, 2]', "notes={'a': [1]}"], ['items=[1, 2]', "notes={'a': [1, 2]}"],
            ['items=[1, 2]', "notes={'b': [1, 2]}"], ["notes={'b': [1, 2]}", 'kept=[1, 2]'],
            ["notes={'b': [1, 2]}", 'last=[1, 2]']])
        self.assertEqual([text[:10] for text in changes('change', 'many')], ['[0, 1, 2, ', '[0, -5, 2,', '[0, -5, 2,'])  # 25 is not shown
        self.assertEqual(changes('share', 'n'), ['1', '2'])
        self.assertEqual(changes('forget', 'a')[0], '3')
        self.assertGreater(len(changes('forget', 'a')), 1)

    def test_exceptions_of_all_kinds(self):
        """What a call ends by is told apart, though sys.settrace() says "return" of all."""
        self.record('''import contextlib
def raises():
    raise KeyError('a')
def suppresses():
    with contextlib.suppress(KeyError):
        raises()
def cleans():
    try:
        raises()
    finally:
        mark = 1
def generates():
    try:
        yield 1
    except KeyError:
        yield None
    raise ValueError('g')
def main():
    suppresses()
    try:
        cleans()
    except KeyError:
        pass
    g = generates()
    next(g)
    g.throw(KeyError('b'))
    try:
        next(g)
    except ValueError:
        return None
main()
''')
        events, _ = self.events()
        ends = [(event['function'], event['kind']) for event in events
                if event['kind'] in ('return', 'unwind', 'yield')]
        self.assertEqual(ends, [('raises', 'unwind'), ('suppresses', 'return'), ('raises', 'unwind'),
                                ('cleans', 'unwind'), ('generates', 'yield'), ('generates', 'yield'),
                                ('generates', 'unwind'), ('main', 'return'), ('<module>', 'return')])

    def test_threads_and_coroutines(self):
        self.record('''import asyncio, threading
async def fetch(n):
    await asyncio.sleep(0)
    return n * n
async def both():
    return await asyncio.gather(fetch(2), fetch(3))
def work(box):
    box.append(asyncio.run(both()))
box = []
thread = threading.Thread(target=work, args=(box,), name='worker')
thread.start()
thread.join()
print(box)
''')
        events, _ = self.events()
        self.assertEqual({event['thread'] for event in events if event['function'] in ('fetch', 'both', 'work')}, {'worker'})
        self.assertEqual([event['value']['text'] for event in events if event['function'] == 'fetch'
                          and event['kind'] == 'return'], ['4', '9'])
        self.assertEqual([event['kind'] for event in events if event['function'] == 'both' and event['kind'] != 'line'],
                         ['call', 'yield', 'resume', 'return'])

    def test_forked_child(self):
        outcome = self.record('''import os
def child(n):
    total = n + 1
    return total
pid = os.fork()
if pid == 0:
    child(41)
    os._exit(0)
print(pid, os.waitpid(pid, 0)[1])
''')
        pid, status = outcome.stdout.split()
        self.assertEqual(status, b'0')
        events, said = self.events(self.recording.replace('.flat', '-%d.flat' % int(pid)))
        self.assertIn('os._exit()', said)
        self.assertEqual([event['value']['text'] for event in events if event['function'] == 'child'
                          and event['kind'] == 'return'], ['42'])
        events, said = self.events()
        self.assertEqual(said, '')
        self.assertEqual([event for event in events if event['function'] == 'child'], [])

    def test_killed(self):
        """Up to its last line, whatever ended it."""
        self.record('''import os, signal
def last(n):
    n += 1
    os.kill(os.getpid(), signal.SIGKILL)
for i in range(2000):
    last if i < 1999 else last(i)
''')
        events, said = self.events()
        self.assertIn('was killed', said)
        self.assertEqual((events[-1]['line'], events[-1]['kind'], events[-1]['changes'][0]['text']), (4, 'line', '2000'))

    def test_signal_handlers(self):
        """An exception that a handler raises within our hook is the program's, wherever it is raised; the recording
        goes on after it."""
        outcome = self.record('''import signal, sys
class Alarm(Exception):
    pass
def handler(number, frame):
    raise Alarm
signal.signal(signal.SIGALRM, handler)
def spin():
    i = 0
    while True:
        i += 1
seen = 0
for turn in range(300):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        spin()
    except Alarm:
        seen += 1
def after():
    return seen
print(after())
''')
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'300\n', b''))
        events, said = self.events()
        self.assertEqual(said, '')
        if self.version >= (3, 12):  # Before, the interpreter may end tracing where no code of ours has begun to run.
            self.assertIn('300', [event['value']['text'] for event in events if event['function'] == 'after'
                                 and event['kind'] == 'return'])

    def test_trace_function_of_the_program(self):
        outcome = self.record('''import sys
lines = []
def trace(frame, event, arg):
    lines.append(event)
    return trace
def traced():
    x = 1
    return x
sys.settrace(trace)
traced()
sys.settrace(None)
def after():
    return len(lines)
print(after(), lines)
''')
        alone = self.finish(self.start([os.path.join(self.work, 'program.py')]))
        self.assertEqual(outcome.stdout, alone.stdout)
        events, _ = self.events()
        self.assertIn('after', [event['function'] for event in events])

    def test_same_as_alone(self):
        """Output, status and traceback; also where every object lies in wait."""
        for text in ('''import sys
class Trap:
    def __repr__(self): raise SystemExit('repr')
    def __eq__(self, other): raise SystemExit('eq')
    __hash__ = None
    def __getattr__(self, name): raise SystemExit('getattr')
    @property
    def value(self): raise SystemExit('property')
class Meta(type):
    def __hash__(cls): raise SystemExit('hash')
    def __instancecheck__(cls, other): raise SystemExit('instancecheck')
class Odd(metaclass=Meta):
    pass
def use(trap, odd, many):
    held = [trap, odd, {"k": trap}]
    return held
use(Trap(), Odd(), list(range(10000)))
import weakref
class Thing: pass
gone = []
def short():
    thing = Thing()
    weakref.finalize(thing, gone.append, 1)
short()
print(gone, sys.gettrace() is None or True)
raise KeyError('end')
''', 'def deep(n):\n    return deep(n + 1)\ntry:\n    deep(0)\nexcept RecursionError:\n    print("deep")\n',
                     'import sys\nsys.exit(7)\n', 'import os\nprint(len(os.listdir("/proc/self/fd")) < 20, sorted(k for k in os.environ if "FLATLINE" in k))\n'):
            script = self.write(text)
            alone = self.finish(self.start([script]))
            self.assertEqual(repr(self.record(text)), repr(alone))


class Files(Recordings, unittest.TestCase):
    def test_while_it_runs(self):
        script = self.write('import sys\ndef wait(n):\n    sys.stdin.read()\nprint("ready", flush=True)\nwait(3)\n')
        process = self.start(['-m', 'flatline.record', '-o', self.recording, script], None, {'PYTHONPATH': AGENT},
                             stdin=subprocess.PIPE)
        process.stdout.readline()

        def is_waiting():
            events, _ = self.events()
            return events and events[-1]['function'] == 'wait' and events[-1]['kind'] == 'line'

        wait_until(is_waiting, 'the line that waits')
        process.stdin.close()
        process.wait()

    def test_limit(self):
        text = 'import random\nrandom.seed(1)\nfor i in range(90000):\n    x = random.random()\nprint("done")\n'
        outcome = self.record(text, '--limit', '1')
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b'done\n'))
        self.assertLessEqual(os.path.getsize(self.recording), 1 << 20)
        events, said = self.events()
        self.assertIn('reached its size limit', said)
        self.assertGreater(len(events), 10000)

    def test_scope(self):
        text = 'import helper, json\njson.dumps({"a": [1]})\nhelper.help(1)\n'
        self.write('def help(x):\n    return x\n', 'helper.py')
        self.record(text)
        self.assertEqual({os.path.basename(event['file']) for event in self.events()[0]}, {'program.py', 'helper.py'})
        self.record(text, '--only', 'help*.py')
        self.assertEqual({os.path.basename(event['file']) for event in self.events()[0]}, {'helper.py'})
        self.record(text, '--all')
        self.assertIn('encoder.py', {os.path.basename(event['file']) for event in self.events()[0]})
        self.record(text, '--no-variables')
        self.assertEqual([event for event in self.events()[0] if event['changes']], [])

    def test_a_file_that_cannot_be_written(self):
        self.recording = os.path.join(self.work, 'missing', 'out.flatline-recording')
        outcome = self.record('print("fine")\n')
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b'fine\n'))
        self.assertRegex(outcome.stderr, rb'\Aflatline: no recording .*missing.*\n\Z')

    def test_a_full_disk(self):
        """Where not even the window has room nothing is left, and the program runs as it does alone."""
        outcome = self.record('print("fine")\n', preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14,) * 2))
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b'fine\n'))
        self.assertRegex(outcome.stderr, rb'\Aflatline: no recording .*\n\Z')
        self.assertFalse(os.path.exists(self.recording))

    def test_supervised(self):
        """flatline-cli record: the agent records, children have files of their own, and all are listed."""
        script = self.write('import subprocess, sys\nsubprocess.run([sys.executable, "child.py"])\nprint("done")\n')
        self.write('def born(n):\n    return n\nborn(5)\n', 'child.py')
        environment = self.environment(extra={'XDG_DATA_HOME': self.folder, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': ''})
        for command, status in (('recordings', 0), ('replay', 1)):
            early = subprocess.run([CLI, command], env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertEqual((early.returncode, early.stdout), (status, ''), command)
            self.assertIn('nothing was recorded yet', early.stderr, command)
        run = subprocess.run([CLI, 'record', '--no-store', '--no-console', '--python', PYTHON, script], cwd=self.work,
                             env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual((run.returncode, run.stdout), (0, 'done\n'), run.stderr)
        self.assertRegex(run.stderr, r'events recorded: flatline-cli replay ')
        listed = subprocess.run([CLI, 'recordings', '--json'], env=environment, capture_output=True, text=True,
                                timeout=PATIENCE_S)
        recordings = [json.loads(line) for line in listed.stdout.splitlines()]
        self.assertEqual(sorted(os.path.basename(one['program'].split()[0]) for one in recordings),
                         ['child.py', 'program.py'])
        self.assertTrue(all(one['whole'] for one in recordings))
        child = next(one for one in recordings if 'child.py' in one['program'])
        self.assertIn('born', [event['function'] for event in self.events(child['file'])[0]])
        page = subprocess.run([CLI, 'export', '--format', 'html', child['file']], env=environment, capture_output=True,
                              text=True, timeout=PATIENCE_S).stdout
        data = json.loads(page.split('id="data">')[1].split('</script>')[0])
        self.assertEqual(len(data['events']), child['events'])
        self.assertIn('def born(n)', next(iter(data['sources'].values())))

    def test_cut_file(self):
        """It is shown as far as it goes; where no step is left, that is said."""
        self.record(ORDERS)
        whole, _ = self.events()
        with open(self.recording, 'rb') as file:
            content = file.read()
        cut = os.path.join(self.work, 'cut.flatline-recording')
        lengths = []
        for size in (30, 80, 200, len(content) // 2, len(content) - 20):
            with open(cut, 'wb') as file:
                file.write(content[:size])
            run = self.replay('--json', recording=cut)
            lengths.append(len(run.stdout.splitlines()))
            if run.returncode == 0:
                self.assertEqual([json.loads(line) for line in run.stdout.splitlines()], whole[:lengths[-1]])
                self.assertIn('The recording is damaged', run.stderr)
            else:
                self.assertIn('Only the beginning of', run.stderr)
        self.assertEqual(lengths[:2], [0, 0])
        self.assertEqual(lengths, sorted(lengths))
        self.assertGreater(lengths[-1], 10)

    def test_complaints(self):
        path = self.write('x = 1\n')
        for words in (['replay', path], ['replay', os.path.join(self.work, 'none')], ['export', '--format', 'html', path]):
            run = subprocess.run([CLI, *words], env=self.environment(extra={'XDG_DATA_HOME': self.folder}),
                                 capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertEqual((run.returncode, run.stdout, run.stderr.count('\n')), (1, '', 1), run.stderr)
        self.record('x = 1\n')
        run = self.replay(commands='jump\n')
        self.assertEqual(run.returncode, 1)
        self.assertIn('unknown command', run.stderr)


if __name__ == '__main__':
    unittest.main()
