# SPDX-License-Identifier: MIT
"""A core file gives the same stacks and variables as the process gave, and says what ended it."""
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from inspected import CLI, PATIENCE_S, PYTHONS, Program, dump, frames_below, local_texts, main_thread

# Two threads that wait for each other, one that waits in each way in which the kernel is told where by an address.
CALLS = """
import os, select, signal, socket, sys, threading
first, second = threading.Lock(), threading.Lock()
folder, = sys.argv[1:]
both = threading.Barrier(2)
def take(one, other):
    with one:
        both.wait()
        with other:
            pass
def ask():
    poll = select.poll()
    poll.register(silent, select.POLLIN)
    poll.poll()
silent = os.pipe()[0]
pair = socket.socketpair()
os.mkfifo(folder + '/fifo')
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
for target, arguments in ((take, (first, second)), (take, (second, first)), (ask, ()), (signal.sigwait, ([signal.SIGUSR1],)),
                          (open, (folder + '/fifo',)), (select.select, ([silent], [], [])),
                          (pair[0].sendall, (bytes(1 << 26),))):
    threading.Thread(target=target, args=arguments, name=target.__name__, daemon=True).start()
print(flush=True)
threading.Event().wait()
"""
CRASH = """
import ctypes, threading
def crash(number):
    text = 'hällo'
    pair = (number, [text, None])
    ctypes.string_at(8)
threading.Thread(target=threading.Event().wait, name='waiter', daemon=True).start()
crash(17)
"""
OVERFLOW = """
import resource, sys, threading
sys.setrecursionlimit(10 ** 9)
threading.stack_size(1 << 20)
def sort():
    return sorted([1, 2], key=lambda item: sort())
thread = threading.Thread(target=sort)
thread.start()
thread.join()
"""


def read_calls(pid):
    """The system call of each thread, '-1' or 'running' for one in none."""
    calls = []
    for thread in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{thread}/syscall', encoding='utf-8') as call:
            calls.append(call.read().split())
    return [call[0] for call in calls if call]


def cores_come_here():
    with open('/proc/sys/kernel/core_pattern', encoding='utf-8') as pattern:
        return pattern.read().strip() == 'core'


def allow_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Cores(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='flatline-core-')
        self.addCleanup(shutil.rmtree, self.folder)

    def crash(self, command, script):
        done = subprocess.run([*command, '-c', script], cwd=self.folder, preexec_fn=allow_cores, timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, capture_output=True)
        self.assertLess(done.returncode, 0, done)
        cores = [name for name in os.listdir(self.folder) if name.startswith('core')]
        self.assertEqual(len(cores), 1, cores)
        return os.path.join(self.folder, cores[0])

    @unittest.skipUnless(cores_come_here(), 'this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
    def test_crash(self):
        for version, command in PYTHONS:
            if command[0] == 'chroot':
                continue
            with self.subTest(python=version, command=command):
                core = self.crash(command, CRASH)
                snapshot = dump(core)
                frames = [frame for frame in main_thread(snapshot)['frames'] if frame['kind'] == 'python']
                crashed = next(frame for frame in frames if frame['function'] == 'crash')
                self.assertEqual(crashed['line'], 6)
                texts = local_texts(crashed)
                self.assertEqual((texts['number'], texts['text'], texts['pair']), ('17', "'hällo'", "(17, ['hällo', None])"))
                self.assertEqual((snapshot['signal'], snapshot['fault_address']), (11, '0x8'))
                self.assertEqual((snapshot['verdict']['kind'], snapshot['verdict']['confidence']), ('crash', 'certain'))
                self.assertIn('waiter', [thread.get('name') for thread in snapshot['threads']])
                self.assertTrue(any(frame['kind'] == 'native' for frame in main_thread(snapshot)['frames']))
                with open(core, 'r+b') as file:
                    file.truncate(os.path.getsize(core) // 2)
                self.assertIn('cut short', ' '.join(dump(core)['notes']))
                os.remove(core)

    @unittest.skipUnless(cores_come_here(), 'this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
    def test_sent_by_another(self):
        """Who sent the signal stands where the address would: it is none."""
        core = self.crash(PYTHONS[0][1], 'import os, subprocess, sys\n'
                          'subprocess.run([sys.executable, "-c", "import os; os.kill(os.getppid(), 11)"])\n')
        snapshot = dump(core)
        self.assertEqual(snapshot['signal'], 11)
        self.assertNotIn('fault_address', snapshot)
        self.assertGreater(snapshot['signal_sender'], 0)
        self.assertNotIn('memory', snapshot['verdict']['summary'])
        self.assertIn('SIGSEGV', snapshot['verdict']['summary'])

    @unittest.skipUnless(cores_come_here(), 'this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
    def test_files_below_another_root(self):
        """As of a container: what the core lacks is in files that are not where its program saw them."""
        core = self.crash(PYTHONS[0][1], CRASH)
        found = []
        for root in ('/', '/proc/self/root'):
            with open(core, 'rb') as file:
                done = subprocess.run([CLI, 'core', '--root', root, '--output', self.folder], stdin=file, capture_output=True,
                                      text=True, timeout=PATIENCE_S)
            self.assertEqual(done.returncode, 0, done)
            with gzip.open(done.stdout.strip()) as file:
                snapshot = json.load(file)
            crashed = next(frame for frame in main_thread(snapshot)['frames'] if frame['function'] == 'crash')
            found.append((local_texts(crashed), snapshot['program']['executable']))
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0][0]['number'], '17')
        self.assertFalse(found[0][1].startswith('/proc'))

    def start(self, command):
        """A program that hangs in CALLS, once all its threads do."""
        folder = tempfile.mkdtemp(dir=self.folder)
        program = subprocess.Popen([*command, '-c', CALLS, folder], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, preexec_fn=allow_cores)
        self.addCleanup(program.wait)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), b'\n')
        deadline = time.monotonic() + PATIENCE_S
        while len(calls := read_calls(program.pid)) < 8 or not all(call[0].isdigit() for call in calls):
            self.assertLess(time.monotonic(), deadline, calls)
        return program

    @staticmethod
    def facts_of_threads(snapshot):
        """But the arguments of the one that writes: it goes on with the rest after each pause."""
        return {thread['native_id']: {key: thread.get(key) for key in (
            'state', 'syscall', 'syscall_args', 'syscall_path', 'polled', 'awaited_signals')
            if key != 'syscall_args' or thread.get('syscall') != 'sendto'} for thread in snapshot['threads']}

    def test_verdict_of_a_hang(self):
        """As good as that of the living process: the registers tell the system calls."""
        for version, command in PYTHONS:
            if command[0] == 'chroot':
                continue
            with self.subTest(python=version, command=command):
                program = self.start(command)
                core = os.path.join(self.folder, f'core.{program.pid}')
                subprocess.run(['gdb', '-q', '-batch', '-readnever', '-p', str(program.pid), '-ex', f'gcore {core}'],
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=True)
                # The core first: who writes is woken from its first call only once, with a part written.
                live, dead = dump(program.pid), dump(core)
                self.assertEqual((live['verdict']['kind'], live['verdict']['confidence']), ('deadlock', 'certain'))
                for key in ('kind', 'confidence', 'summary', 'chain'):
                    self.assertEqual(dead['verdict'][key], live['verdict'][key])
                self.assertNotIn('/proc/', json.dumps(dead['verdict']['evidence']))
                facts = self.facts_of_threads(dead)
                self.assertEqual(facts, self.facts_of_threads(live))
                calls = [dict(pselect6='select', ppoll='poll').get(fact['syscall'], fact['syscall'])
                         for fact in facts.values()]
                for call in ('futex', 'poll', 'rt_sigtimedwait', 'openat', 'select', 'sendto'):
                    self.assertIn(call, calls)

    @unittest.skipUnless(cores_come_here(), 'this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
    def test_hang_that_was_aborted(self):
        """What the kernel writes has the calls, too; who sent SIGABRT wants to know what it hung in."""
        program = self.start(PYTHONS[0][1])
        live = dump(program.pid)
        program.send_signal(signal.SIGABRT)
        program.wait(PATIENCE_S)
        core, = (name for name in os.listdir(self.folder) if name.startswith('core'))
        dead = dump(os.path.join(self.folder, core))
        self.assertEqual((dead['verdict']['kind'], dead['way']), ('crash', 'core'))
        self.assertNotIn('native', dead['verdict']['summary'])
        self.assertIn('Until then: ' + live['verdict']['summary'], [fact['fact'] for fact in dead['verdict']['evidence']])
        blocked = {thread['native_id']: thread.get('blocked_signals') for thread in live['threads']}
        self.assertEqual({thread['native_id']: thread.get('blocked_signals') for thread in dead['threads']}, blocked)
        self.assertIn(['SIGUSR2'], blocked.values())

    @unittest.skipUnless(cores_come_here(), 'this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
    def test_stack_that_is_used_up(self):
        """Its registers tell that the address is where the stack would have grown to."""
        snapshot = dump(self.crash(PYTHONS[0][1], OVERFLOW), '--no-locals')
        self.assertIn('its stack is used up', snapshot['verdict']['summary'])
        self.assertTrue(any(line.startswith(('rsp ', 'sp ')) for line in snapshot['registers']))

    @unittest.skipUnless(cores_come_here(), 'this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
    def test_call_to_nowhere(self):
        """Who called is told by what the call left on the stack, which the core has."""
        snapshot = dump(self.crash(PYTHONS[0][1], 'import ctypes\ndef leap():\n    ctypes.CFUNCTYPE(None)(16)()\nleap()'))
        functions = [frame['function'] for frame in main_thread(snapshot)['frames']]
        self.assertEqual(functions[0], '0x10')
        self.assertLess(functions.index('leap'), functions.index('Py_RunMain'))

    def test_nonsense(self):
        path = os.path.join(self.folder, 'core')
        for content in (b'', b'\x7fELF', os.urandom(5000), b'\x7fELF\x02\x01\x01' + os.urandom(5000)):
            with open(path, 'wb') as file:
                file.write(content)
            done = subprocess.run([CLI, 'dump', path], capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertEqual(done.returncode, 1, done)
            self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
            self.assertIn(path, done.stderr)

    def test_same_as_the_process(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                self.compare_with_process(command)

    def compare_with_process(self, command):
        program = Program(command, 'values_program.py')
        self.addCleanup(program.close)
        expected = program.ask(7)
        live, dead = main_thread(program.dump()), main_thread(program.dump_core())
        texts = local_texts(next(frame for frame in dead['frames'] if frame['function'] == 'hold'))
        self.assertEqual({name: texts.get(name) for name in expected}, expected)
        frames = [frame for frame in dead['frames'] if frame['kind'] == 'python']
        self.assertEqual([(frame['function'], frame['line'], local_texts(frame)) for frame in frames],
                         [(frame['function'], frame['line'], local_texts(frame)) for frame in live['frames']])


if __name__ == '__main__':
    unittest.main()
