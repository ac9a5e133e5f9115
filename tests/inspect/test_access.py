# SPDX-License-Identifier: MIT
"""What may not be read is refused with the reason and with what helps; what is read is left as it was."""
import os
import shutil
import signal
import subprocess
import unittest

from inspected import CLI, PATIENCE_S, PYTHONS, Program, dump, frames_below, main_thread


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

    @unittest.skipUnless(os.geteuid() == 0, 'only root can try what another user may')
    def test_another_user(self):
        done = call('setpriv', '--reuid=65534', '--clear-groups', CLI, 'dump', self.program.pid)
        self.assertIn(f'Process {self.program.pid} may not be read: it belongs to root', done.stdout + done.stderr)
        self.assertIn('sudo', done.stdout + done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, 'only root can give up capabilities')
    def test_root_of_a_container(self):
        done = call('setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace', CLI, 'dump', self.program.pid)
        self.assertIn('--cap-add=SYS_PTRACE', done.stdout + done.stderr)

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
