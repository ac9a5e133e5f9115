# SPDX-License-Identifier: MIT
"""Real deaths of each kind on every Python that is here: what the program prints and how it ends is what it is without
Flatline, byte for byte, and what it died of is kept."""
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'agent'))
from agent_run import PYTHON, PYTHONS  # noqa: E402
from deaths import DEATHS, END, is_raised, program  # noqa: E402
from dying import Dying, add_each_python  # noqa: E402
from matrix import INTERPRETERS  # noqa: E402
from supervised import Supervised, Surroundings, find_frame, find_line, find_local  # noqa: E402


class _Deaths(Dying):
    def test_each_kind(self):
        for name, (signal_name, text) in DEATHS.items():
            with self.subTest(death=name):
                if text is None:
                    print(f'{name}: no such death is known for this machine: skipped', file=sys.stderr)
                    continue
                run = self.compare(text)
                if is_raised(name, run):
                    self.assertEqual([event['verdict']['kind'] for event in run.named('freeze')], ['exception'])
                    continue
                crash = self.expect_held(run, signal_name, name == 'smashed stack')
                snapshot = crash['snapshot']
                dying = [t for t in snapshot['threads'] if t['native_id'] == snapshot['signal_thread']]
                self.assertEqual(len(dying), 1)
                native = [frame for frame in dying[0]['frames'] if frame['kind'] == 'native']
                self.assertTrue(native or name == 'smashed stack', (dying, snapshot.get('notes'), snapshot.get('limits')))
                if name == 'segv':
                    self.assertEqual(snapshot['fault_address'], '0x10')
                    # Only the signal's handler is told what kind of access it was.
                    self.assertEqual(snapshot.get('fault_access'), 'read' if self.is_held else None)
                if name == 'native thread':
                    self.assertFalse(dying[0]['is_python'])
                if name == 'raised':
                    self.assertIn('it sent the signal to itself (SIGSEGV', crash['verdict']['summary'])
                if name.startswith('stack of a thread'):
                    self.assertIn('stack is used up', crash['verdict']['summary'])

    def test_with_faulthandler(self):
        for name in ('segv', 'abort', 'double free'):
            signal_name, text = DEATHS[name]
            for environment, enable in (({'PYTHONFAULTHANDLER': '1'}, ''), (None, 'import faulthandler; faulthandler.enable()')):
                with self.subTest(death=name, enable=enable):
                    run = self.compare(text.replace(END, '\n' + enable + END), environment=environment)
                    self.expect_held(run, signal_name)
                    self.assertIn('Fatal Python error', run.output('stderr'))

    def test_with_handlers_of_its_own(self):
        run = self.compare(program('def die(): os.kill(os.getpid(), signal.SIGABRT); print("survived", flush=True)',
                                   'import signal\nsignal.signal(signal.SIGABRT, lambda *_: print("mine", flush=True))'))
        self.assertEqual(run.output('stdout'), 'mine\nsurvived\n')
        self.assertEqual(run.named('freeze'), [])

    def test_abort_after_an_exception(self):
        """As PyQt does with what a slot raises: printed as by Python, then abort()."""
        run = self.compare("""
import os, sys
def slot(weight):
    message = "good bye"
    raise ValueError("in a slot")
def call_slot():
    try: slot(17)
    except ValueError as error:
        sys.last_value = error
        sys.excepthook(ValueError, error, error.__traceback__)
    os.abort()
call_slot()
""")
        crash = self.find_crash(run)
        self.assertEqual((crash['snapshot']['signal'], crash['verdict']['kind']), (signal.SIGABRT, 'crash'))
        frame = crash['snapshot']['exception']['frames'][0]
        self.assertEqual((frame['function'], find_local(frame, 'weight')['text']), ('slot', '17'))
        self.assertIn('ValueError: in a slot', [fact['fact'] for fact in crash['verdict']['evidence']])

    def test_in_a_child(self):
        if not self.is_held:
            self.skipTest('the agent has no C part for this Python, and what a program starts is not traced')
        run = self.compare(program('def die(): ctypes.string_at(16)', end='''
pid = os.fork()
if pid == 0:
    last_words("good bye")
print(os.waitpid(pid, 0)[1], flush=True)
'''))
        self.assertEqual(run.output('stdout'), '11\n')
        crash = self.expect_held(run, 'SIGSEGV')
        self.assertNotEqual(crash['snapshot']['program']['pid'], run.named('started')[0]['pid'])
        self.assertEqual(run.named('exited')[0]['status'], 0)

    def test_in_a_sub_interpreter(self):
        run = self.compare(program('''
def die():
    try:
        from _interpreters import create, exec as run
        number = create("legacy")
    except ImportError:
        from _xxsubinterpreters import create, run_string as run
        number = create(isolated=False)
    run(number, "import ctypes\\ndef within(depth):\\n    ctypes.string_at(16)\\nwithin(42)")'''))
        crash = self.expect_held(run, 'SIGSEGV')
        frames = [frame for thread in crash['snapshot']['threads'] for frame in thread['frames'] if frame['function'] == 'within']
        self.assertEqual([find_local(frame, 'depth')['text'] for frame in frames], ['42'])

    def test_while_shutting_down(self):
        run = self.compare(program('def die(): ctypes.string_at(16)', 'import atexit', end='\natexit.register(last_words, "good bye")\n'))
        crash = self.expect_held(run, 'SIGSEGV')
        self.assertIn('while Python shut down', crash['verdict']['summary'])

    def test_uncaught_exceptions(self):
        failing = '''
def fail(number):
    doubled = number * 2
    try:
        {}["key"]
    except KeyError as error:
        raise ValueError("no %d" % doubled) from error
'''
        ends = {
            'uncaught': 'try:\n    __import__("flatline").beat("SELL", "main")\nexcept ImportError:\n    pass\nfail(21)',
            'thread': 'import threading\nt = threading.Thread(target=fail, args=(21,)); t.start(); t.join()',
            'unraisable': 'class Late:\n    def __del__(self): fail(21)\nLate()',
            'asyncio': 'import asyncio\nasync def main():\n    asyncio.get_running_loop().call_soon(fail, 21)\n'
                       '    await asyncio.sleep(0)\n    await asyncio.sleep(0)\nasyncio.run(main())',
            'multiprocessing': 'import multiprocessing\np = multiprocessing.get_context("fork").Process(target=fail, args=(21,))\n'
                               'p.start(); p.join()',
        }
        for context, end in ends.items():
            with self.subTest(context=context):
                run = self.compare(failing + end)
                frozen = [event for event in run.named('freeze') if event['freeze']['kind'] == 'exception']
                self.assertEqual(len(frozen), 1, run.summary())
                exception = frozen[0]['snapshot']['exception']
                self.assertEqual((exception['context'], exception['type_name'], exception['message']),
                                 (context, 'ValueError', 'no 42'))
                self.assertNotIn('ValueError: no 42', [message['text'] for message in run.named('message')], 'said twice')
                self.assertNotIn('It was raised while Python was shutting down',
                                 [evidence['fact'] for evidence in frozen[0]['verdict']['evidence']])
                if context == 'uncaught':
                    self.assertEqual([thread.get('waiting_for') for thread in frozen[0]['snapshot']['threads']], [None])
                frame = exception['frames'][0]
                self.assertEqual((frame['function'], frame['line']), ('fail', 7))
                self.assertIn(frame['file'], [source['file'] for source in frozen[0]['snapshot']['sources']])
                self.assertEqual([find_local(frame, name)['text'] for name in ('number', 'doubled')], ['21', '42'])
                cause = exception['cause']
                self.assertTrue(cause['is_cause'])
                self.assertEqual((cause['type_name'], cause['message'], cause['frames'][0]['line']),
                                 ('KeyError', "'key'", 5))
                self.assertEqual((frozen[0]['verdict']['kind'], frozen[0]['verdict']['line']), ('exception', 7))

    def test_finalizers_that_fail_while_python_ends(self):
        """After the exit handlers: modules are being emptied, and nothing can be imported any more."""
        run = self.compare('''
class Late:
    def __del__(self):
        doubled = self.number * 2
        raise ValueError("late")
class Circle(Late): pass
late, circle = Late(), Circle()
late.number, circle.number, circle.itself = 21, 22, circle
def close():
    try:
        yield
    finally:
        raise OSError("not closed")
closing = close()
next(closing)
''')
        told = {event['snapshot']['exception']['message']: event for event in run.named('freeze')}
        self.assertEqual(set(told), {'late', 'not closed'}, run.summary())
        self.assertIn('OSError: not closed', run.output('stderr'))
        exception = told['late']['snapshot']['exception']
        self.assertEqual((exception['context'], exception['type_name']), ('unraisable', 'ValueError'))
        self.assertEqual(exception['frames'][0]['function'], '__del__')
        self.assertIn(find_local(exception['frames'][0], 'doubled')['text'], ('42', '44'))
        for event in told.values():
            self.assertEqual(event['snapshot']['phase'], 'shutdown')
            self.assertIn('It was raised while Python was shutting down',
                          [evidence['fact'] for evidence in event['verdict']['evidence']])

    def test_exit_handlers_that_fail(self):
        """Python 3.9 prints these by itself and lets nobody see them."""
        if tuple(map(int, self.version.split('.'))) < (3, 10):
            self.skipTest('Python 3.9 passes by every hook here')
        run = self.compare('import atexit\n@atexit.register\ndef goodbye():\n    last = 42\n    raise LookupError("gone")\n')
        exception = run.named('freeze')[0]['snapshot']['exception']
        self.assertEqual((exception['context'], exception['message']), ('unraisable', 'gone'))
        self.assertIn('It was raised while Python was shutting down',
                      [evidence['fact'] for evidence in run.named('freeze')[0]['verdict']['evidence']])
        self.assertEqual(find_local(exception['frames'][0], 'last')['text'], '42')

    def test_thread_that_does_not_stop_at_exit(self):
        """Free-threaded builds wait for all threads to stand still; one in C, which kept its thread state, never does."""
        if not self.is_free_threaded:
            self.skipTest('a build with a GIL')
        settings = self.write('[flatline]\nshutdown_threshold = 1\n', 'settings.ini')
        path = self.write("""
import atexit, ctypes, threading, time
libc, gate = ctypes.PyDLL(None), threading.Event()
def keep():
    gate.wait()
    libc.sleep(10 ** 6)
threading.Thread(target=keep, daemon=True, name="keeper").start()
atexit.register(lambda: [gate.set(), time.sleep(0.1)])
""")
        run = Supervised(self.surroundings, path, options=['--pipes', '--config', settings, '--exit-after-freeze'],
                         threshold=30, python=self.python)
        self.addCleanup(run.close)
        freeze = run.wait_for('freeze')
        run.finish()
        verdict = freeze['verdict']
        self.assertEqual((verdict['kind'], verdict['confidence']), ('gil-held', 'certain'), verdict)
        self.assertIn('‘keeper’ keeps all other Python threads waiting, in libc.sleep()', verdict['summary'])
        self.assertTrue(verdict['location'].endswith('in keep'), verdict)

    def test_starts_that_fail(self):
        self.write('import circle_b\nx = 1\n', 'circle_a.py')
        self.write('from circle_a import x\n', 'circle_b.py')
        self.write('import fractions\nfractions.Fraction(1)\n', 'fractions.py')
        other = os.path.join(self.surroundings.work, '.venv')
        for folder in ('bin', 'lib/python3.9/site-packages/only_there'):
            os.makedirs(os.path.join(other, folder))
        shutil.copy('/bin/true', other + '/bin/python3')
        cases = {
            'circle': ('import circle_a\n', 'import each other in a circle, circle_a.py:1 → circle_b.py:1', 1),
            'hidden': ('import fractions\n', '/fractions.py” was imported in the place of Python’s own module', 2),
            'missing module': ('import json\nimport not_there.at_all\n', 'no module ‘not_there’', 2),
            'syntax error': ('x = 1\ndef f(:\n    pass\n', 'SyntaxError', 2),
        }
        for name, (text, words, line) in cases.items():
            with self.subTest(name=name):
                run = self.compare(text)
                verdict = run.named('freeze')[0]['verdict']
                self.assertEqual(verdict['kind'], 'startup-failure')
                self.assertIn(words, verdict['summary'])
                self.assertEqual(verdict['line'], line)
                # What Python does not understand has a place without a call.
                place = run.named('freeze')[0]['snapshot']['exception']['frames'][0]
                self.assertEqual(place['line'], line if name == 'syntax error' else place['line'])
                self.assertEqual(place['column'], 7 if name == 'syntax error' else place['column'])
        for text, words in (('import colections', 'similar name: ‘collections’'), ('import xml.dmo', '‘xml.dom’'),
                            ('import only_there', f'run the program with “{other}/bin/python3”')):
            with self.subTest(text=text):
                facts = [evidence['fact'] for evidence in self.compare(text).named('freeze')[0]['verdict']['evidence']]
                self.assertTrue(any(words in fact for fact in facts), facts)

    def test_nothing_to_run(self):
        """The interpreter is up, and says so itself."""
        os.mkdir(os.path.join(self.surroundings.work, 'empty'))
        for words in (['-m', 'not_there'], ['-m', 'not_there.at_all'], ['not_there.py'], ['empty']):
            with self.subTest(words=words):
                run = self.supervise(None, words=[self.python, *words])
                verdict = self.find_crash(run)['verdict']
                self.assertEqual(verdict['kind'], 'startup-failure')
                self.assertIn(words[-1].partition('.')[0], verdict['summary'])
        # What a child says is not about the program.
        run = self.supervise(self.write('import subprocess, sys\nprint("up")\n'
                                        'sys.exit(subprocess.call([sys.executable, "-m", "not_there"]))'))
        self.assertEqual(run.named('freeze'), [])


add_each_python(globals(), 'Deaths', _Deaths)


class Otherwise(Dying, unittest.TestCase):
    """What does not depend on the version of Python."""

    def test_values_of_exceptions(self):
        if not PYTHONS.get('3.11'):
            self.skipTest('exception groups need Python 3.11')
        run = self.compare('error = ExceptionGroup("two", [KeyError("a"), OSError(2, "gone")])\n'
                           'error.add_note("a note")\nraise error\n')
        exception = run.named('freeze')[0]['snapshot']['exception']
        self.assertEqual(exception['notes'], ['a note'])
        self.assertEqual([(member['type_name'], member['message']) for member in exception['group']],
                         [('KeyError', "'a'"), ('FileNotFoundError', '[Errno 2] gone')])

    def test_chain_that_bites_its_tail(self):
        run = self.compare('a, b = ValueError("a"), ValueError("b")\na.__cause__ = b\nb.__cause__ = a\nraise a\n')
        exception = run.named('freeze')[0]['snapshot']['exception']
        self.assertEqual((exception['message'], exception['cause']['message']), ('a', 'b'))
        self.assertNotIn('cause', exception['cause'])

    def test_killed(self):
        # The tracer would be there, until it has heard that the agent is.
        run = self.compare('import os, time\nwhile "TracerPid:\\t0" not in open("/proc/self/status").read():\n'
                           '    time.sleep(0.01)\nos.kill(os.getpid(), 9)\n')
        crash = self.find_crash(run)
        self.assertEqual((crash['verdict']['kind'], crash['snapshot']['way']), ('killed', 'kernel'))
        self.assertIn('SIGKILL', crash['verdict']['summary'])
        facts = ' '.join(evidence['fact'] for evidence in crash['verdict']['evidence'])
        self.assertIn('of memory at most', facts)
        self.assertIn('Nothing says that memory ran out', facts)

    def test_killed_for_want_of_memory(self):
        group = '/sys/fs/cgroup/memory/flatline-test-%d' % os.getpid()
        try:
            os.mkdir(group)
        except OSError as error:
            self.skipTest(f'no memory cgroup can be made here: {error}')
        self.addCleanup(os.rmdir, group)
        with open(group + '/memory.limit_in_bytes', 'w') as limit:
            limit.write(str(64 << 20))
        run = self.supervise(self.write(f'''
import os, time
with open("{group}/cgroup.procs", "w") as procs: procs.write(str(os.getpid()))
print("in", flush=True)
# The supervisor looks at the group now and then: it is to have seen the new one.
time.sleep(2.5)
kept = []
while True: kept.append(bytearray(1 << 20))
'''))
        self.surroundings.expect_nothing_left()
        self.assertEqual(run.named('exited')[0]['signal'], 9)
        crash = self.find_crash(run)
        self.assertIn('memory limit', crash['verdict']['summary'], crash['verdict'])
        facts = ' '.join(evidence['fact'] for evidence in crash['verdict']['evidence'])
        self.assertIn('64.0', facts)

    def test_imports_that_hang(self):
        """The interpreter is up and beats; the program has done nothing yet: which module, and who imports it."""
        waits = {
            'a lock': ('import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n', 'lock', 4),
            'a socket': ('import socket\na, b = socket.socketpair()\na.recv(1)\n', '', 3),
            'a clock': ('import time\n\ntime.sleep(10000)\n', 'sleeps', 3),
            'a person': ('\nname = input()\n', '', 2),
            'a child': ('import subprocess\nsubprocess.run(["sleep", "10000"])\n', 'sleep 10000', 2),
            'a file': ('import os\nos.mkfifo("pipe")\nopen("pipe").read()\n', 'pipe', 3),
        }
        settings = self.write('[flatline]\nstartup_threshold = 1\n', 'settings.ini')
        self.write('import json\nimport stuck\n', 'between.py')
        path = self.write('import between\nprint("up")\n')
        for name, (text, words, line) in waits.items():
            with self.subTest(waits_for=name):
                self.write(text, 'stuck.py')
                run = Supervised(self.surroundings, path, options=['--pipes', '--config', settings, '--exit-after-freeze'],
                                 python=self.python, stdin=subprocess.PIPE)
                self.addCleanup(run.close)
                freeze = run.wait_for('freeze')
                verdict = freeze['verdict']
                self.assertEqual(verdict['kind'], 'self-deadlock' if name == 'a lock' else 'startup-hang', verdict)
                self.assertIn('it imports module ‘stuck’', verdict['summary'])
                self.assertIn(words, verdict['summary'])
                self.assertEqual((os.path.basename(verdict['file']), verdict['line']), ('stuck.py', line))
                facts = [evidence['fact'] for evidence in verdict['evidence']]
                self.assertTrue(any('program.py:1' in fact and '‘between’' in fact for fact in facts), facts)
                self.assertTrue(any('between.py:2' in fact and '‘stuck’' in fact for fact in facts), facts)
                self.assertIn('silent in an import', freeze['freeze']['cause'])
                run.finish()

    def test_deadlock_beside_an_import(self):
        """What another thread imports is not what the program waits for."""
        settings = self.write('[flatline]\nstartup_threshold = 1\n', 'settings.ini')
        self.write('import time\ntime.sleep(10000)\n', 'stuck.py')
        path = self.write('import threading\ndef load():\n    import stuck\n'
                          'threading.Thread(target=load, daemon=True).start()\n'
                          'lock = threading.Lock()\nwith lock:\n    lock.acquire()\n')
        run = Supervised(self.surroundings, path, options=['--pipes', '--config', settings, '--exit-after-freeze'],
                         python=self.python)
        self.addCleanup(run.close)
        freeze = run.wait_for('freeze')
        self.assertEqual((freeze['verdict']['kind'], freeze['verdict']['line']), ('self-deadlock', 7), freeze['verdict'])
        self.assertIn('a deadlock', freeze['freeze']['cause'])
        run.finish()

    def test_exit_handler_that_blocks(self):
        """Without threads nobody tells that the program has ended: it is seen."""
        settings = self.write('[flatline]\nshutdown_threshold = 1\n', 'settings.ini')
        path = self.write('import atexit, os\nready, _ = os.pipe()\n\n@atexit.register\ndef goodbye():\n    os.read(ready, 1)\n')
        for python in [python for python, _ in INTERPRETERS.values() if python]:
            with self.subTest(python=python):
                run = Supervised(self.surroundings, path, options=['--pipes', '--config', settings, '--exit-after-freeze'],
                                 threshold=30, python=python)
                self.addCleanup(run.close)
                freeze = run.wait_for('freeze')
                verdict = freeze['verdict']
                self.assertEqual((verdict['kind'], verdict['line']), ('shutdown-hang', 6), verdict)
                self.assertTrue(any('runs the atexit handler' in evidence['fact'] for evidence in verdict['evidence']))
                self.assertEqual(freeze['snapshot']['phase'], 'shutdown')
                run.finish()

    def test_customizations_that_hang(self):
        """What Python runs before the program: sitecustomize and usercustomize, and lines of .pth files."""
        settings = self.write('[flatline]\nstartup_threshold = 1\n', 'settings.ini')
        path = self.write('print("up")\n')
        user = os.path.join(self.surroundings.work, 'user')
        site = subprocess.run([self.python, '-c', 'import site; print(site.getusersitepackages())'], text=True, check=True,
                              capture_output=True, env={**self.surroundings.environment, 'PYTHONUSERBASE': user}).stdout.strip()
        os.makedirs(site)
        for name in ('sitecustomize.py', 'usercustomize.py', 'slow.pth'):
            with self.subTest(name=name):
                file = os.path.join(site, name)
                with open(file, 'w', encoding='utf-8') as source:
                    source.write('import time; time.sleep(10000)\n')
                before = dict(self.surroundings.environment)
                self.surroundings.environment.update(PYTHONUSERBASE=user, PYTHONPATH=site)
                run = Supervised(self.surroundings, path, options=['--pipes', '--config', settings, '--exit-after-freeze'],
                                 python=self.python)
                self.surroundings.environment.clear()
                self.surroundings.environment.update(before)
                self.addCleanup(run.close)
                verdict = run.wait_for('freeze')['verdict']
                self.assertEqual(verdict['kind'], 'startup-hang')
                self.assertIn('is still starting Python and sleeps', verdict['summary'])
                self.assertIn('runs a line of “' + file if name.endswith('.pth') else f'‘{name[:-3]}’', verdict['summary'])
                run.finish()
                os.unlink(file)

    def test_start_that_fails_before_the_agent(self):
        script = self.write('#!/no/such/interpreter\n', 'tool')
        os.chmod(script, 0o755)
        wrapper = self.write('#!/bin/sh\n./tool\n', 'wrapper.sh')
        os.chmod(wrapper, 0o755)
        run = self.supervise(wrapper)
        verdict = self.find_crash(run)['verdict']
        self.assertEqual(verdict['kind'], 'startup-failure', verdict)

    def test_without_the_agent_by_the_core_file(self):
        self.need_cores()
        run = self.compare(DEATHS['segv'][1], options=['--no-agent', '--trace-exits=never'])
        crash = self.find_crash(run)
        self.assertEqual((crash['snapshot']['way'], crash['verdict']['kind']), ('core', 'crash'))
        _, frame = find_frame(crash['snapshot'], 'program.py', 'last_words')
        self.assertEqual(find_local(frame, 'weight')['text'], '17')

    def test_core_file_is_what_it_would_have_been(self):
        """Held or not, the kernel writes a core, of the same thread and signal, interrupted at the same place."""
        self.need_cores()
        places = []
        for run, options in ((self.run_alone, ()), (self.supervise, ()), (self.supervise, ('--no-agent',))):
            run(self.write(DEATHS['segv'][1]), options)
            cores = [name for name in os.listdir(self.surroundings.work) if name.startswith('core')]
            self.assertEqual(len(cores), 1)
            path = os.path.join(self.surroundings.work, cores[0])
            dump = self.surroundings.call('dump', '--json', path)
            self.assertEqual(dump.returncode, 0, dump.stderr)
            snapshot = json.loads(dump.stdout)
            thread = next(t for t in snapshot['threads'] if t['native_id'] == snapshot['signal_thread'])
            places.append((snapshot['signal'], snapshot['fault_address'],
                           [(self.clean(frame['function']), frame.get('line')) for frame in thread['frames']]))
            with open(path, 'rb') as core:
                made = self.surroundings.call('core', stdin=core)
            self.assertEqual(made.returncode, 0, made.stderr)
            shown = self.surroundings.call('show', made.stdout.decode().strip())
            self.assertIn(b'SIGSEGV', shown.stdout)
            os.unlink(path)
        self.assertEqual(places[0], places[1])
        self.assertEqual(places[0], places[2])

    def test_kept_and_shown(self):
        run = self.compare(DEATHS['segv'][1])
        crash = self.expect_held(run, 'SIGSEGV')
        shown = self.surroundings.call('show', crash['id'])
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for words in (b'SIGSEGV', b'last_words', b'rip' if os.uname().machine == 'x86_64' else b'pc'):
            self.assertIn(words, shown.stdout)
        again = self.surroundings.call('show', '--json', crash['id'])
        self.assertEqual(json.loads(again.stdout), crash['snapshot'])

    def test_supervisor_that_is_gone_holds_nobody(self):
        path = self.write(program('def die(): ctypes.string_at(16)', end='\nsys.stdin.read()' + END))
        run = Supervised(self.surroundings, path, options=['--pipes'], python=self.python, stdin=subprocess.PIPE)
        self.addCleanup(run.close)
        pid = run.wait_for('started')['pid']
        run.wait_for('beat')
        run.process.kill()
        run.process.wait()
        run.process.stdin.close()
        self.surroundings.expect_nothing_left()
        self.assertNotIn(pid, self.surroundings.list_left())


if __name__ == '__main__':
    unittest.main()
