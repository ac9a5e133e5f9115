# SPDX-License-Identifier: MIT
"""What may not be read is refused with the reason and with what helps; what is read is left as it was."""
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from inspected import CLI, HERE, PATIENCE_S, PYTHONS, Program, dump, frames_below, main_thread


MAY_UNSHARE = subprocess.run(['unshare', '--user', '--map-root-user', 'true'], capture_output=True, check=False).returncode == 0
try:
    with open('/proc/sys/kernel/yama/ptrace_scope', encoding='utf-8') as scope:
        PTRACE_SCOPE = int(scope.read())
except OSError:
    PTRACE_SCOPE = 0

# Takes ptrace and process_vm_readv from itself (EPERM), and becomes the program of its arguments. A filter is a list of
# {code, jump if true, jump if not, value}: load the number of the call; compare; permit or refuse.
FILTERED = '''
import ctypes, os, platform, struct, sys
calls = {'x86_64': (101, 310), 'aarch64': (117, 270)}[platform.machine()]
steps = [(0x20, 0, 0, 0), (0x15, 1, 0, calls[0]), (0x15, 0, 1, calls[1]), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b''.join(struct.pack('=HBBI', *step) for step in steps))
program = struct.pack('@HP', len(steps), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0, ctypes.get_errno()
os.execv(sys.argv[1], sys.argv[1:])
'''


def call(*words, **options):
    return subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE_S, **options)


class Access(unittest.TestCase):
    def setUp(self):
        self.program = Program(PYTHONS[0][1], 'stacks_program.py')
        self.addCleanup(self.program.close)
        self.program.ask(3)

    def test_no_such_process(self):
        done = call(CLI, 'dump', 2 ** 22 + 5)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'^flatline-cli: There is no process \d+\n$')

    def test_memory_that_nobody_provides(self):
        """It would keep whoever reads it for ever: the rest is read, what is left out is said, and nobody stays held."""
        program = subprocess.Popen([PYTHONS[0][1][0], os.path.join(HERE, 'unserved_program.py')],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for clean_up in (program.wait, program.kill, program.stdout.close):
            self.addCleanup(clean_up)
        first = program.stdout.readline().strip()
        if first != 'ready':
            self.skipTest(first)
        for options in ([], ['--no-pause'], ['--native'], ['--no-locals', '--no-pause']):
            done = call(CLI, 'dump', '--json', *options, program.pid)
            self.assertEqual(done.returncode, 0, done.stderr)
            snapshot = json.loads(done.stdout)
            frame = next(frame for frame in snapshot['threads'][0]['frames'] if frame.get('function') == 'hold')
            if '--no-locals' not in options:
                found = {variable['name']: variable['text'] for variable in frame['locals']}
                self.assertEqual(found['served'], "'this can be read'")
                self.assertIn('unserved', found)
                self.assertTrue(any('userfaultfd' in limit for limit in snapshot['limits']), snapshot['limits'])
            self.assertNotIn('t', self.read_states(program.pid))

    def test_reader_goes_to_the_background(self):
        """Ctrl+Z at whatever moment of a dump: who is read goes on, and so does the dump once it may."""
        for _ in range(20):
            with subprocess.Popen([CLI, 'dump', '--json', str(self.program.pid)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, preexec_fn=os.setpgrp) as reader:
                time.sleep(random.uniform(0, 0.03))
                reader.send_signal(signal.SIGTSTP)
                self.wait_until_nobody_holds_the_program(reader)
                reader.send_signal(signal.SIGCONT)
                snapshot = json.loads(reader.stdout.read())
            self.assertEqual(reader.returncode, 0)
            self.assertEqual(snapshot['program']['pid'], self.program.pid)

    def wait_until_nobody_holds_the_program(self, reader):
        """Not while the reader runs: then it may begin a pause at any time."""
        deadline = time.monotonic() + PATIENCE_S
        while self.read_state(reader.pid) not in 'TZ' or 't' in self.read_states(self.program.pid):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.001)

    def read_state(self, path):
        with open(f'/proc/{path}/stat', encoding='utf-8') as file:
            return file.read().rpartition(')')[2].split()[0]

    def read_states(self, pid):
        return [self.read_state(f'{pid}/task/{thread}') for thread in os.listdir(f'/proc/{pid}/task')]

    @unittest.skipUnless(os.geteuid() == 0, 'only root can try what another user may')
    def test_another_user(self):
        done = call('setpriv', '--reuid=65534', '--clear-groups', CLI, 'dump', self.program.pid)
        self.assertIn(f'Process {self.program.pid} may not be read: it belongs to root', done.stdout + done.stderr)
        self.assertIn('sudo', done.stdout + done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, 'only root can give up capabilities')
    def test_root_of_a_container(self):
        done = call('setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace', CLI, 'dump', self.program.pid)
        self.assertIn('--cap-add=SYS_PTRACE', done.stdout + done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, 'only root can become another user')
    def test_protected_itself(self):
        as_nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
        protected = 'import ctypes, sys, time; ctypes.CDLL(None).prctl(4, 0); print("here", flush=True); time.sleep(1000)'
        process = subprocess.Popen([*as_nobody, '/usr/bin/python3', '-c', protected], stdout=subprocess.PIPE)
        try:
            self.assertEqual(process.stdout.readline(), b'here\n')
            done = call(*as_nobody, CLI, 'dump', process.pid)
            self.assertIn('it has protected itself', done.stdout + done.stderr)
            self.assertIn('sudo', done.stdout + done.stderr)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    @unittest.skipUnless(os.geteuid() == 0 and MAY_UNSHARE, 'no user namespaces here')
    def test_from_inside_a_container(self):
        done = call('unshare', '--user', '--map-root-user', CLI, 'dump', self.program.pid)
        self.assertIn('it runs in another user namespace; run Flatline', done.stdout + done.stderr)

    def test_seccomp(self):
        """A filter as containers have it: what reads another process's memory is not permitted."""
        done = call('/usr/bin/python3', '-c', FILTERED, CLI, 'dump', self.program.pid)
        self.assertIn('--security-opt seccomp=unconfined', done.stdout + done.stderr)

    @unittest.skipUnless(PTRACE_SCOPE >= 1 and os.geteuid() == 0, 'this kernel has no kernel.yama.ptrace_scope, or it is 0')
    def test_ptrace_scope(self):
        as_nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
        sleeper = subprocess.Popen([*as_nobody, 'sleep', '1000'])
        try:
            done = call(*as_nobody, CLI, 'dump', sleeper.pid)
            self.assertIn('kernel.yama.ptrace_scope', done.stdout + done.stderr)
        finally:
            sleeper.kill()
            sleeper.wait()

    def test_stopped_stays_stopped(self):
        os.kill(self.program.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.program.pid, os.WSTOPPED | os.WNOWAIT)
        snapshot = self.program.dump()
        self.assertTrue(frames_below(main_thread(snapshot), 'hold_here'))
        self.assertEqual(self.program.read_state(), 'T')
        os.kill(self.program.pid, signal.SIGCONT)
        self.program.go_on()
        self.program.ask(4)

    def test_many_looks_change_nothing(self):
        before = len(os.listdir(f'/proc/{self.program.pid}/fd'))
        for _ in range(50):
            self.program.dump()
            self.assertIn(self.program.read_state(), 'SR')
        self.assertEqual(len(os.listdir(f'/proc/{self.program.pid}/fd')), before)
        self.program.go_on()
        self.program.ask(5)

    @unittest.skipUnless(shutil.which('gdb'), 'gdb is not installed')
    def test_debugged_by_gdb(self):
        gdb = subprocess.Popen(['gdb', '-q', '-nx', '-p', str(self.program.pid)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            gdb.stdin.write('echo attached\\n\n')
            gdb.stdin.flush()
            while 'attached' not in gdb.stdout.readline():
                pass
            self.assertEqual(self.program.read_state(), 't')
            snapshot = self.program.dump()
            self.assertTrue(frames_below(main_thread(snapshot), 'hold_here'))
            self.assertTrue(any('without pause' in note for note in snapshot['notes']), snapshot['notes'])
            self.assertEqual(self.program.read_state(), 't')
        finally:
            gdb.communicate('detach\nquit\n', timeout=PATIENCE_S)

    def test_killed_reader_lets_go(self):
        for _ in range(20):
            reader = subprocess.Popen([CLI, 'dump', str(self.program.pid)], stdout=subprocess.DEVNULL)
            while reader.poll() is None and self.program.read_state() != 't':
                pass
            reader.kill()
            reader.wait()
        self.assertIn(self.program.read_state(), 'SR')
        self.program.go_on()
        self.program.ask(6)

    def test_python_that_is_too_old(self):
        """Before 3.7 nothing in it says that it is one, but its name."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = os.path.join(folder.name, 'python3.6')
        shutil.copy(shutil.which('sleep'), program)
        with subprocess.Popen([program, '100']) as sleeper:
            self.addCleanup(sleeper.kill)
            snapshot = dump(sleeper.pid)
            self.assertIn(f'Process {sleeper.pid} runs CPython 3.6; Flatline knows 3.9 to 3.15', snapshot['notes'])
            sleeper.kill()

    def test_no_python(self):
        sleeper = subprocess.Popen(['sleep', '100'])
        try:
            snapshot = dump(sleeper.pid, '--native')
            self.assertIn(f'There is no CPython in process {sleeper.pid}', snapshot['notes'])
            self.assertTrue(main_thread(snapshot)['frames'])
        finally:
            sleeper.kill()
            sleeper.wait()


if __name__ == '__main__':
    unittest.main()
