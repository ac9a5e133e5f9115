# SPDX-License-Identifier: MIT
"""Deaths that the kernel holds (ptrace), in programs without the agent: read as if they had told, and ended as alone."""
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'agent'))
from agent_run import PYTHON  # noqa: E402
from deaths import DEATHS, END, is_raised, program  # noqa: E402
from dying import Dying, add_each_python  # noqa: E402
from matrix import ALL  # noqa: E402
from supervised import CLI, Supervised, find_frame, find_local, wait_until  # noqa: E402

# On the other Pythons; all kinds on one, and on all of the matrix.
SOME = ('segv', 'abort', 'native thread', 'stack of a thread', 'inside malloc')
# A debugger that attaches (PTRACE_SEIZE), says so, and stays until its input ends.
SEIZE = '''
import ctypes, sys
failed = ctypes.CDLL(None, use_errno=True).ptrace(0x4206, int(sys.argv[1]), None, None)
print("refused" if failed else "seized", flush=True)
sys.stdin.read()
'''
UNCAUGHT = '''
def inner(weight):
    message = "good bye"
    try: {}["missing"]
    except KeyError as error: raise ValueError("oh\\nno") from error
inner(17)
'''
KILL = 'def die(): os.kill(os.getpid(), %d); threading.Event().wait()'


def read_status(pid, name):
    with open(f'/proc/{pid}/status', encoding='ascii') as status:
        return next(line.split(None, 1)[1].strip() for line in status if line.startswith(name + ':'))


class _ExitEvents(Dying):
    def test_each_kind(self):
        for name, (signal_name, text) in DEATHS.items():
            if text is None or not (ALL or self.python == PYTHON or name in SOME):
                continue
            with self.subTest(death=name):
                run = self.compare(text, flags=['-I'])
                if is_raised(name, run):
                    # It is no crash there, but an exception of the thread.
                    self.assertEqual([freeze['freeze']['kind'] for freeze in run.named('freeze')], ['exception'])
                    continue
                crash = self.expect_held(run, signal_name, name == 'smashed stack', 'exit-event')
                snapshot = crash['snapshot']
                dying = [t for t in snapshot['threads'] if t['native_id'] == snapshot['signal_thread']]
                self.assertEqual(len(dying), 1)
                native = [frame for frame in dying[0]['frames'] if frame['kind'] == 'native']
                self.assertTrue(native or name == 'smashed stack', dying)
                if name == 'segv':
                    self.assertEqual(snapshot['fault_address'], '0x10')
                if name == 'native thread':
                    self.assertFalse(dying[0]['is_python'])

    def test_killed(self):
        """A signal that nobody can catch is told with the stack all the same; other threads are shown, too."""
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(signal=number):
                run = self.compare(program(KILL % number, 'import time\ndef other(): time.sleep(1000)\n'
                                           'threading.Thread(target=other, daemon=True).start()'), flags=['-I'])
                crash = self.find_crash(run)
                snapshot, verdict = crash['snapshot'], crash['verdict']
                self.assertEqual((snapshot['way'], verdict['kind']), ('exit-event', 'killed'), snapshot.get('notes'))
                # In the wait after it, or in the call itself, if the signal was quicker.
                self.assertRegex(verdict['summary'], number.name + '.* while it was in (die|wait)')
                _, frame = find_frame(snapshot, 'program.py', 'last_words')
                self.assertEqual(find_local(frame, 'weight')['text'], '17')
                self.assertIsNotNone(find_frame(snapshot, 'program.py', 'other')[1], snapshot['threads'])


add_each_python(globals(), 'ExitEvents', _ExitEvents)


class Watched(Dying, unittest.TestCase):
    """What else happens to a program that is watched."""

    def start(self, text, *options, flags=('-I',)):
        path = self.write(text)
        run = Supervised(self.surroundings, self.python, *flags, path, options=['--pipes', *options], threshold=0.5)
        self.addCleanup(run.close)
        return run, run.wait_for('started')['pid']

    def wait_until_watched(self, run, pid):
        # Which is a thread of the supervisor.
        tasks = f'/proc/{run.process.pid}/task/'
        wait_until(lambda: os.path.exists(tasks + read_status(pid, 'TracerPid')), 'the tracer')

    def test_killed_for_want_of_memory(self):
        group = '/sys/fs/cgroup/memory/flatline-test-exit-%d' % os.getpid()
        try:
            os.mkdir(group)
        except OSError as error:
            self.skipTest(f'no memory cgroup can be made here: {error}')
        self.addCleanup(os.rmdir, group)
        with open(group + '/memory.limit_in_bytes', 'w') as limit:
            limit.write(str(64 << 20))
        eating = f'''
def eat(kept):
    while True: kept.append(bytearray(1 << 20))
with open("{group}/cgroup.procs", "w") as procs: procs.write(__import__("os").read(0, 1).decode() + str(__import__("os").getpid()))
eat([])
'''
        for options, flags in (((), ['-I']), (('--trace-exits=always',), [])):
            with self.subTest(options=options):
                path = self.write(eating)
                run = Supervised(self.surroundings, self.python, *flags, path, options=['--pipes', *options],
                                 stdin=subprocess.PIPE)
                self.addCleanup(run.close)
                self.addCleanup(run.process.stdin.close)
                self.wait_until_watched(run, run.wait_for('started')['pid'])
                run.process.stdin.write(b' ')
                run.process.stdin.flush()
                run.finish()
                self.assertEqual(run.named('exited')[0]['signal'], 9)
                crash = self.find_crash(run)
                self.assertEqual(crash['snapshot']['way'], 'exit-event')
                self.assertEqual(crash['verdict']['function'], 'eat', crash['verdict'])
                self.surroundings.expect_nothing_left()

    def test_programs_that_are_no_python(self):
        run = Supervised(self.surroundings, '/bin/sh', '-c', 'exec sleep 1000', options=['--pipes'], threshold=30)
        self.addCleanup(run.close)
        pid = run.wait_for('started')['pid']
        wait_until(lambda: read_status(pid, 'Name') == 'sleep' and read_status(pid, 'State').startswith('S'), 'its sleep')
        self.wait_until_watched(run, pid)
        os.kill(pid, signal.SIGABRT)
        run.finish()
        crash = self.find_crash(run)
        self.assertEqual((crash['snapshot']['way'], crash['verdict']['kind']), ('exit-event', 'crash'))
        self.assertIn('sleep', ' '.join(frame['function'] for thread in crash['snapshot']['threads']
                                        for frame in thread['frames']))

    def test_nothing_is_too_early(self):
        """It is watched before its first instruction, however busy the supervisor is: dying is all that these do."""
        for script, flags in (('kill -SEGV $$', ()), ('kill -KILL $$', ()), ('kill -SEGV $$', ('--trace-exits=always',))):
            for _ in range(5):
                with self.subTest(script=script, flags=flags):
                    run = Supervised(self.surroundings, '/bin/sh', '-c', script, options=['--pipes', *flags], threshold=30)
                    self.addCleanup(run.close)
                    run.finish()
                    self.assertEqual(self.find_crash(run)['snapshot']['way'], 'exit-event')

    def test_stopped_and_continued(self):
        run, pid = self.start(program('def die(): ctypes.string_at(16)',
                                      end='\nprint("in", flush=True)\nimport time\nwhile not os.path.exists("go"): '
                                          'time.sleep(0.01)' + END))
        run.wait_for_output('in')
        self.wait_until_watched(run, pid)
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: read_status(pid, 'State').startswith('T'), 'the stop, as it is without us')
        os.kill(pid, signal.SIGCONT)
        self.wait_until_watched(run, pid)
        self.write('', 'go')
        run.finish()
        self.expect_held(run, 'SIGSEGV', way='exit-event')

    def test_freezes_are_read_meanwhile(self):
        run, pid = self.start('''
import threading, time
a, b = threading.Lock(), threading.Lock()
def work(first, second):
    with first:
        time.sleep(0.2)
        with second: pass
thread = threading.Thread(target=work, args=(a, b)); thread.start()
work(b, a)
''')
        snapshot = run.wait_for('freeze')['snapshot']
        self.assertEqual(snapshot['verdict']['kind'], 'deadlock')
        self.assertGreater(snapshot['pause_us'], 0)
        self.assertEqual([note for note in snapshot.get('notes', []) if 'without pause' in note], [])
        self.wait_until_watched(run, pid)
        os.kill(pid, signal.SIGSEGV)
        run.finish()
        crashes = [event for event in run.named('freeze') if event['freeze']['kind'] == 'crash']
        self.assertEqual([crash['snapshot']['way'] for crash in crashes], ['exit-event'])
        self.assertEqual(crashes[0]['snapshot']['signal_sender'], os.getpid())

    def test_others_have_their_turn(self):
        """A process has one tracer; ours makes room for a pause of another Flatline, and for other debuggers."""
        run, pid = self.start('import time\nprint("in", flush=True)\ntime.sleep(1000)')
        run.wait_for_output('in')
        self.wait_until_watched(run, pid)
        snapshot = json.loads(self.surroundings.call('dump', '--json', pid).stdout)
        self.assertEqual([note for note in snapshot.get('notes', []) if 'without pause' in note], [])
        self.wait_until_watched(run, pid)
        debugger = subprocess.Popen([CLI, 'debug', str(pid), sys.executable, '-c', SEIZE, str(pid)], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, env=self.surroundings.environment)
        self.addCleanup(debugger.stdout.close)
        self.assertEqual(debugger.stdout.readline(), b'seized\n')
        self.assertEqual(read_status(pid, 'TracerPid'), str(debugger.pid))
        refused = self.surroundings.call('debug', pid, 'true')
        self.assertEqual((refused.returncode, refused.stderr.decode().count(str(debugger.pid))), (1, 1), refused.stderr)
        debugger.stdin.close()
        self.assertEqual(debugger.wait(), 0)
        self.wait_until_watched(run, pid)
        os.kill(pid, signal.SIGSEGV)
        run.finish()
        self.assertEqual(self.find_crash(run)['snapshot']['way'], 'exit-event')

    def test_uncaught_exceptions(self):
        """Nobody in the program tells, but it prints: type, words, cause and places are read from that."""
        for text, summary, frames, cause in (
                (UNCAUGHT, 'ValueError: oh …', ['inner', '<module>'], 'KeyError'),
                ('class Odd(Exception):\n    pass\nraise Odd', '__main__.Odd', ['<module>'], None),
                ('import sys\nsys.stdout.write("no more\\n")\nimport no_such_module', None, ['<module>'], None)):
            with self.subTest(text):
                run = self.compare(text, flags=['-I'])
                crash = self.find_crash(run)
                exception = crash['snapshot']['exception']
                self.assertEqual([frame['function'] for frame in exception['frames']], frames)
                self.assertEqual((exception.get('cause') or {}).get('type_name'), cause)
                self.assertTrue(crash['verdict']['location'].startswith(os.path.join(self.surroundings.work, 'program.py:')))
                if summary:
                    self.assertEqual((crash['verdict']['kind'], crash['verdict']['summary'].replace('__main__.', '')),
                                     ('exception', summary.replace('__main__.', '')))
                else:
                    self.assertEqual(crash['verdict']['kind'], 'startup-failure')
                    self.assertIn('no_such_module', crash['verdict']['summary'])

    def test_uncaught_exception_with_variables(self):
        """Python has not taken itself apart yet when the first line that it prints is seen: here it waits with that."""
        for _ in range(3):
            gate = os.path.join(self.surroundings.work, 'gate')
            waits = f'import atexit, os, time\natexit.register(lambda: [None for _ in iter(lambda: os.path.exists("{gate}"), True)])\n'
            run = Supervised(self.surroundings, self.python, '-I', self.write(waits + UNCAUGHT), options=['--pipes'], threshold=30)
            self.addCleanup(run.close)
            run.wait_for_output('ValueError: oh', 'stderr')
            open(gate, 'w', encoding='ascii').close()
            run.finish()
            os.unlink(gate)
            self.assertEqual(run.named('exited')[0]['status'], 1)
            snapshot = self.find_crash(run)['snapshot']
            frame = snapshot['exception']['frames'][0]
            self.assertEqual(frame['function'], 'inner')
            if frame.get('locals'):
                self.assertEqual((find_local(frame, 'weight') or {}).get('text'), '17')
                self.assertEqual(snapshot['verdict']['confidence'], 'certain')
                self.assertTrue(snapshot['threads'])
                return
        self.fail('three times nobody held it in time')

    def test_exceptions_of_threads(self):
        """The program goes on; each place is told of once, with what was printed."""
        text = """
import threading
class Odd(Exception): pass
def work(n):
    try: {}["k"]
    except KeyError as error: raise Odd("no good") from error
for n in range(3):
    thread = threading.Thread(target=work, args=(n,), name="worker %d" % n)
    thread.start()
    thread.join()
print("on")
"""
        run = self.compare(text, flags=['-I'])
        self.assertEqual(run.named('exited')[0]['status'], 0)
        freeze, = run.named('freeze')
        exception = freeze['snapshot']['exception']
        self.assertEqual((exception['context'], exception['thread'], exception['message']), ('thread', 'worker 0', 'no good'))
        self.assertEqual((exception['frames'][0]['function'], exception['cause']['type_name']), ('work', 'KeyError'))
        self.assertEqual((freeze['verdict']['kind'], freeze['verdict']['summary'].replace('__main__.', '')),
                         ('exception', 'Odd: no good'))

    def test_exception_of_a_thread_with_variables(self):
        """While it prints, the hook has it: here it waits after its first line."""
        for _ in range(3):
            gate = os.path.join(self.surroundings.work, 'gate')
            run = Supervised(self.surroundings, self.python, '-I', self.write(f"""
import os, sys, threading
class Slow:
    seen = ""
    def write(self, text):
        os.write(2, text.encode())
        self.seen += text
        while "\\n" in self.seen and not os.path.exists("{gate}"): pass
    def flush(self): pass
def work(weight): raise ValueError("oh")
sys.stderr = Slow()
thread = threading.Thread(target=work, args=(17,))
thread.start()
thread.join()
"""), options=['--pipes'], threshold=30)
            self.addCleanup(run.close)
            run.wait_for_output('Exception in thread', 'stderr')
            open(gate, 'w', encoding='ascii').close()
            run.finish()
            os.unlink(gate)
            self.assertEqual(run.named('exited')[0]['status'], 0)
            freeze, = run.named('freeze')
            frame = freeze['snapshot']['exception']['frames'][0]
            self.assertEqual(frame['function'], 'work')
            if frame.get('locals'):
                self.assertEqual((find_local(frame, 'weight') or {}).get('text'), '17')
                self.assertEqual(freeze['verdict']['confidence'], 'certain')
                self.assertGreater(len(freeze['snapshot']['threads']), 1)
                return
        self.fail('three times nobody held it in time')

    def test_exceptions_that_are_caught(self):
        """They are printed by whoever catches them, again and again; that they end nothing is seen."""
        run = self.compare("""
import sys, traceback
for i in range(300):
    try: 1 / 0
    except ZeroDivisionError: traceback.print_exc()
sys.exit(int(sys.argv[1]) if sys.argv[1:] else 0)
""", flags=['-I'])
        self.assertEqual(run.named('freeze'), [])

    def test_forbidden_system_calls(self):
        """SIGSYS of a real filter: as a signal before the call, and as the kernel's own doing, which nothing precedes."""
        number = {'x86_64': 110, 'aarch64': 173}.get(platform.machine())
        if number is None:
            self.skipTest('the number of getppid() is not known on this machine')
        for action, is_own in ((0x00030000, True), (0x80000000, False)):
            with self.subTest(action=hex(action)):
                run = self.compare(program(f"""
import struct
def die():
    rules = struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, {number}, 6, 0, 0, {action}, 6, 0, 0, 0x7fff0000)
    buffer = ctypes.create_string_buffer(rules)
    chain = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(buffer)))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, chain, 0, 0): print("no filters here")
    os.getppid()"""), flags=['-I'])
                if 'no filters' in run.output('stdout'):
                    self.skipTest('the kernel has no seccomp')
                crash = self.find_crash(run)
                self.assertEqual((crash['snapshot']['way'], crash['snapshot']['signal']), ('exit-event', signal.SIGSYS))
                self.assertIn('SIGSYS', crash['verdict']['summary'])
                _, frame = find_frame(crash['snapshot'], 'program.py', 'last_words')
                self.assertEqual((find_local(frame, 'weight') or {}).get('text'), '17')

    def test_daemon_that_keeps_the_gil_at_exit(self):
        """No agent that falls silent, no beat that is missed: that nothing moves for long is seen from outside."""
        run, pid = self.start("""
import atexit, ctypes, threading, time
libc, gate = ctypes.PyDLL(None), threading.Event()
def keep():
    gate.wait()
    libc.sleep(10 ** 6)
threading.Thread(target=keep, daemon=True, name="keeper").start()
atexit.register(lambda: [gate.set(), time.sleep(0.1)])
""")
        freeze = run.wait_for('freeze')
        os.kill(pid, signal.SIGKILL)
        run.finish()
        self.assertEqual(freeze['verdict']['kind'], 'gil-held', freeze['verdict'])
        self.assertIn('keeper', freeze['verdict']['summary'])
        self.assertTrue(freeze['verdict']['location'].endswith('in keep'), freeze['verdict'])

    def test_debuggers_for_real(self):
        """They see the program, it goes on afterwards, and how it dies is told."""
        tools = [tool for tool in ('gdb', 'strace') if shutil.which(tool)]
        if not tools:
            self.skipTest('neither gdb nor strace is here')
        for tool in tools:
            with self.subTest(tool):
                run, pid = self.start(f"""
import ctypes, os, sys, time
print("in", flush=True)
while not os.path.exists("die.{tool}"): time.sleep(0.01)
ctypes.string_at(16)
""")
                run.wait_for_output('in')
                self.wait_until_watched(run, pid)
                words = {'gdb': ['gdb', '-nx', '-batch', '-ex', 'info inferiors', '-p', str(pid)],
                         'strace': ['timeout', '-s', 'INT', '1', 'strace', '-f', '-p', str(pid)]}[tool]
                answer = self.surroundings.call('debug', pid, *words)
                self.assertIn({'gdb': f'process {pid}', 'strace': f'Process {pid} attached'}[tool],
                              (answer.stdout + answer.stderr).decode(errors='replace'))
                self.wait_until_watched(run, pid)
                open(os.path.join(self.surroundings.work, f'die.{tool}'), 'w', encoding='ascii').close()
                run.finish()
                crash = self.find_crash(run)
                self.assertEqual((crash['snapshot']['way'], crash['snapshot']['signal']), ('exit-event', signal.SIGSEGV))

    def test_threads_and_signals_of_the_program(self):
        """What stops it for a moment while it is well changes nothing: threads that come and go, signals it catches."""
        self.compare('''
import os, signal, subprocess, threading
got = []
signal.signal(signal.SIGALRM, lambda *_: got.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for _ in range(200):
    thread = threading.Thread(target=got.append, args=(2,)); thread.start(); thread.join()
while got.count(1) < 20: pass
signal.setitimer(signal.ITIMER_REAL, 0)
print(got.count(2), subprocess.run(["sh", "-c", "kill -9 $$"]).returncode, subprocess.run(["true"]).returncode)
pid = os.fork()
if pid == 0: os.abort()
print(os.waitpid(pid, 0)[1] & 0x7f)
os.kill(os.getpid(), signal.SIGWINCH)
raise SystemExit(7)
''', flags=['-I'])

    def test_who_is_watched(self):
        """A program with the agent is left to other debuggers, and so is one when the user says so."""
        waiting = 'import sys\nprint("in", flush=True)\nsys.stdin.read()'
        for options, flags, is_watched in (((), [], False), (('--trace-exits=always',), [], True),
                                           (('--trace-exits=never',), ['-I'], False), ((), ['-S'], True)):
            with self.subTest(options=options, flags=flags):
                run = Supervised(self.surroundings, self.python, *flags, self.write(waiting),
                                 options=['--pipes', *options], stdin=subprocess.PIPE, threshold=30)
                self.addCleanup(run.close)
                pid = run.wait_for('started')['pid']
                if is_watched:
                    self.wait_until_watched(run, pid)
                else:
                    run.wait_for_output('in')
                    if not flags:
                        run.wait_for('beat')
                    wait_until(lambda: read_status(pid, 'TracerPid') == '0', 'the tracer to leave')
                run.process.stdin.close()
                run.finish()
                self.assertEqual(run.named('exited')[0]['status'], 0)

    def test_agent_that_cannot_tell(self):
        """Without its C part an agent hears of no fatal signal: the program stays watched. One that can is believed."""
        for capabilities in ([], ['dying']):
            with self.subTest(capabilities=capabilities):
                text = f"""
import json, os, socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.connect(os.environ["FLATLINE_AGENT_SOCKET"])
hello = {{"pid": os.getpid(), "ppid": os.getppid(), "python": "3.11.0", "agent": "test", "capabilities": {capabilities}}}
for event, params in (("hello", hello), ("beats", {{"pid": os.getpid(), "beats": [["interpreter", "", "", 0]]}})):
    channel.sendall(json.dumps({{"event": event, "params": params}}).encode() + b"\\n")
print("in", flush=True)
sys.stdin.read()
"""
                run = Supervised(self.surroundings, self.python, '-S', self.write(text), options=['--pipes'],
                                 stdin=subprocess.PIPE, threshold=30)
                self.addCleanup(run.close)
                pid = run.wait_for('started')['pid']
                run.wait_for_output('in')
                # What was said before it is heard before it.
                run.wait_for('beat')
                if capabilities:
                    wait_until(lambda: read_status(pid, 'TracerPid') == '0', 'the tracer to leave')
                else:
                    os.kill(pid, signal.SIGSEGV)
                run.process.stdin.close()
                run.finish()
                if not capabilities:
                    self.assertEqual(self.find_crash(run)['snapshot']['way'], 'exit-event')

    def test_killed_supervisor_leaves_it_be(self):
        run, pid = self.start('import time\nprint("in", flush=True)\ntime.sleep(1000)')
        run.wait_for_output('in')
        self.wait_until_watched(run, pid)
        run.process.kill()
        run.process.wait()
        wait_until(lambda: read_status(pid, 'TracerPid') == '0', 'the kernel to let go')
        self.assertTrue(read_status(pid, 'State')[0] in 'SR')
        os.kill(pid, signal.SIGKILL)

    def test_stopped_supervisor(self):
        """The program waits for it with its death, and no longer than it lives: going on, it tells; killed, it lets go."""
        for number in (signal.SIGCONT, signal.SIGKILL):
            with self.subTest(number):
                run, pid = self.start(f"""
import ctypes, os, time
print("in", flush=True)
while not os.path.exists("die.{number}"): time.sleep(0.01)
ctypes.string_at(16)
""")
                run.wait_for_output('in')
                self.wait_until_watched(run, pid)
                supervisor = run.process.pid
                os.kill(supervisor, signal.SIGSTOP)
                wait_until(lambda: read_status(supervisor, 'State')[0] == 'T', 'the supervisor to stop')
                open(os.path.join(self.surroundings.work, f'die.{number}'), 'w', encoding='ascii').close()
                wait_until(lambda: read_status(pid, 'State')[0] == 't', 'the program to be held')
                os.kill(supervisor, number)
                if number == signal.SIGCONT:
                    run.finish()
                    crash = self.find_crash(run)
                    self.assertEqual((crash['snapshot']['way'], crash['snapshot']['signal']), ('exit-event', signal.SIGSEGV))
                else:
                    run.process.wait()
                    wait_until(lambda: not os.path.exists(f'/proc/{pid}') or read_status(pid, 'State')[0] in 'ZX',
                               'the program to die')

    def test_wrong_word(self):
        answer = self.surroundings.call('run', '--trace-exits=perhaps', 'x.py')
        self.assertEqual(answer.returncode, 2)
        self.assertIn(b'auto, always or never', answer.stderr)


if __name__ == '__main__':
    unittest.main()
