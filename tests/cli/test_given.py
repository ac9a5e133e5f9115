# SPDX-License-Identifier: MIT
"""flatline-cli run where little was given: streams that are closed, full or no terminals, signals that are ignored. The
program finds what it would find alone."""
import ast
import ctypes
import errno
import gzip
import itertools
import json
import os
import pty
import random
import resource
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'end-to-end'))
from supervised import CLI, PATIENCE_S, PYTHON, Surroundings  # noqa: E402

KINDS = 'import os\nfile = open("kinds", "w")\nfile.write(repr([os.isatty(i) for i in range(3)]))'

NOBODY = 65534
# <linux/prctl.h>; the number of the call is the same on every architecture.
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PIDFD_OPEN = 22, 38, 434
FIXTURES = os.path.join(os.environ['FLATLINE_TEST_SOURCE_ROOT'], 'tests', 'fixtures')


class Given(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def words(self, text):
        path = os.path.join(self.surroundings.work, 'program.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return [CLI, 'run', '--no-store', '--log-folder', '', '--python', PYTHON, path]

    def start(self, text, *ignored, **options):
        def ignore():
            for signum in ignored:
                signal.signal(signum, signal.SIG_IGN)

        process = subprocess.Popen(self.words(text), env=self.surroundings.environment, cwd=self.surroundings.work,
                                   preexec_fn=ignore, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_closed_streams(self):
        """A descriptor of Flatline's own must not be read as stdin, nor written to as stdout or stderr."""
        for closed in ('<&-', '>&-', '2>&-', '<&- >&- 2>&-'):
            with self.subTest(closed=closed):
                words = self.words('import sys\nif sys.stdin: print(len(sys.stdin.read()), flush=True)\n'
                                   'print("error", file=sys.stderr)\nraise SystemExit(7)')
                run = subprocess.run(['sh', '-c', '"$@" ' + closed, 'sh', *words], stdin=subprocess.DEVNULL,
                                     capture_output=True, env=self.surroundings.environment, timeout=PATIENCE_S)
                self.assertEqual(run.returncode, 7, run)
                self.assertEqual(run.stdout, b'' if '1>' in closed or ' >&' in ' ' + closed else b'0\n')
                self.assertEqual(run.stderr, b'' if '2>' in closed else b'error\n')
        self.surroundings.expect_nothing_left()

    def test_reader_that_goes_at_the_end(self):
        """Whether the last lines found somebody or not is all that the end of a reader changes."""
        for _ in range(5):
            words = self.words('print("up", flush=True)\nimport sys; sys.stdin.read()')
            words[2:3] = ['--json', '--no-agent', '--pipes']
            process = subprocess.Popen(words, env=self.surroundings.environment, cwd=self.surroundings.work,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            while json.loads(process.stdout.readline()).get('state') != 'running':
                pass
            process.stdout.close()
            process.stdin.close()
            self.assertIn(process.wait(timeout=PATIENCE_S), (0, 128 + signal.SIGPIPE), process.stderr.read())
            process.stderr.close()

    def test_full_disk_behind_stdout(self):
        """The program goes on; that its words are lost is said once, and is no success."""
        for own, status in ((0, 1), (3, 3)):
            with self.subTest(own=own), open('/dev/full', 'wb') as full:
                process = self.start(f'for i in range(3): print("word" * 5000, flush=True)\nraise SystemExit({own})',
                                     stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
                error = process.communicate(timeout=PATIENCE_S)[1].decode()
                self.assertEqual(process.returncode, status, error)
                self.assertEqual(error.count('\n'), 1, error)
                self.assertIn('is lost', error)

    def test_answers_that_cannot_be_given(self):
        """A script that asks must not take nothing for the answer."""
        def close_stdout():
            os.close(1)
        for words in (['--version'], ['--help'], ['--license'], ['run', '--help'], ['help', 'dump'],
                      ['show', os.path.join(FIXTURES, 'snapshots', 'exception-3.11.flatline')]):
            for way in ('full', 'closed'):
                with self.subTest(words=words, way=way), open('/dev/full', 'wb') as full:
                    run = subprocess.run([CLI, *words], env=self.surroundings.environment, stdin=subprocess.DEVNULL,
                                         stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False,
                                         preexec_fn=close_stdout if way == 'closed' else None)
                    self.assertEqual(run.returncode, 1, run)
                    self.assertEqual(run.stderr.count('\n'), 1, run)
                    self.assertIn('cannot write to stdout', run.stderr)

    def test_files_that_may_not_grow(self):
        """ulimit -f: that nothing is kept is said, and Flatline does not end of it."""
        words = self.words('raise SystemExit(7)')
        words.remove('--no-store')
        run = subprocess.run(words, env=self.surroundings.environment, cwd=self.surroundings.work, timeout=PATIENCE_S,
                             stdin=subprocess.DEVNULL, capture_output=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
        self.assertEqual(run.returncode, 7, run)
        self.assertIn(b'cannot be used', run.stderr)

    def test_import_that_the_disk_does_not_take(self):
        """A store that is there and opens, but cannot grow: what was not kept is no success."""
        path = os.path.join(self.surroundings.work, 'large.flatline')
        with open(os.path.join(FIXTURES, 'snapshots', 'exception-3.11.flatline'), 'rb') as file:
            snapshot = json.loads(gzip.decompress(file.read()))
        snapshot['sources'][0]['text'] = random.randbytes(300_000).hex()
        with open(path, 'wb') as file:
            file.write(gzip.compress(json.dumps(snapshot).encode()))
        self.assertEqual(self.surroundings.call('freezes').returncode, 0)
        run = subprocess.run([CLI, 'import', path], env=self.surroundings.environment, timeout=PATIENCE_S,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
        self.assertEqual(run.returncode, 1, run)
        self.assertIn('Nothing can be kept for now', run.stderr)
        self.assertEqual(self.surroundings.call('import', path).returncode, 0)

    @unittest.skipIf(os.environ.get('FLATLINE_TEST_SANITIZE'), 'a program with sanitizers reserves terabytes')
    def test_limited_address_space(self):
        """ulimit -v: what a thread and an arena of malloc reserve is kept small, and where there is too little it is said."""
        words = self.words('raise KeyError("quince")')
        for option in ('--no-store', '--log-folder', ''):
            words.remove(option)

        def run(megabytes):
            return subprocess.run(words, env=self.surroundings.environment, cwd=self.surroundings.work, text=True,
                                  timeout=PATIENCE_S, stdin=subprocess.DEVNULL, capture_output=True,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2))
        for megabytes in (160, 200, 240):
            with self.subTest(megabytes=megabytes):
                result = run(megabytes)
                self.assertEqual(result.returncode, 1, result)
                self.assertIn("KeyError: 'quince'", result.stderr)
                self.assertIn('most recent call last', result.stderr)
        result = run(58)
        self.assertEqual(result.returncode, 1, result)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn('58.0\xa0MiB here (ulimit -v)', result.stderr)

    def run_limited(self, limit, number, user=None):
        def restrict():
            if user is not None:
                os.setgroups([])
                os.setresuid(user, user, user)
            resource.setrlimit(limit, (number, number))
        try:
            return subprocess.run([CLI, 'freezes'], env=self.surroundings.environment, text=True, cwd='/',
                                  timeout=PATIENCE_S, stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=restrict)
        except PermissionError:
            self.skipTest('this user may not start what is built here')

    def test_few_files(self):
        """ulimit -n: where there is no place for GLib's own, it is said."""
        for number in (6, 7):
            result = self.run_limited(resource.RLIMIT_NOFILE, number)
            self.assertEqual((result.returncode, result.stderr.count('\n')), (1, 1), result)
            self.assertIn('(ulimit -n)', result.stderr)

    def test_few_threads(self):
        """ulimit -u, which holds for everybody but root."""
        result = self.run_limited(resource.RLIMIT_NPROC, 1, None if os.getuid() else NOBODY)
        self.assertEqual((result.returncode, result.stderr.count('\n')), (1, 1), result)
        self.assertIn('(ulimit -u)', result.stderr)

    def test_sandbox_without_pidfd(self):
        """Without it Flatline would wait for ever for the end of the program."""
        def refuse():
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, 2, program, 0, 0):
                raise OSError(ctypes.get_errno(), 'seccomp')

        # <linux/filter.h>: load the number of the call; is it that one; an error; else go on.
        rules = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *rule) for rule in (
            (0x20, 0, 0, 0), (0x15, 0, 1, PIDFD_OPEN), (0x06, 0, 0, 0x50000 | errno.ENOSYS), (0x06, 0, 0, 0x7fff0000))))
        program = ctypes.create_string_buffer(struct.pack('HP', 4, ctypes.addressof(rules)))
        run = subprocess.run(self.words('raise SystemExit(7)'), env=self.surroundings.environment, timeout=PATIENCE_S,
                             cwd=self.surroundings.work, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             preexec_fn=refuse)
        self.assertEqual((run.returncode, run.stderr.count('\n')), (1, 1), run)
        self.assertIn('pidfd_open', run.stderr)
        self.surroundings.expect_nothing_left()

    @unittest.skipIf(os.environ.get('FLATLINE_TEST_SANITIZE'), 'sanitizers have a malloc of their own')
    def test_descriptors_beyond_the_streams(self):
        """`<(command)`, make's job server: they are the program's and what it starts, and no other is."""
        ours, theirs = os.pipe()
        os.write(theirs, b'given')
        os.close(theirs)
        process = self.start('import os, subprocess, sys\n'
                             f'print(os.read({ours}, 9), os.get_inheritable({ours}), flush=True)\n'
                             'subprocess.run(["sh", "-c", "ls -l /proc/$$/fd"], close_fds=False)',
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[ours])
        os.close(ours)
        read, *listed = process.communicate(timeout=PATIENCE_S)[0].decode().splitlines()
        self.assertEqual(process.returncode, 0)
        self.assertEqual(read, "b'given' True")
        found = {int(line.split(' -> ')[0].rsplit(' ', 1)[1]) for line in listed if ' -> ' in line}
        self.assertEqual(found, {0, 1, 2, ours})

    def test_sockets_of_a_service(self):
        """What a service manager says of them is said to the process that it started; the program takes its place."""
        words = self.words('import os\nprint(os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_FDS"])')
        for pid, expected in (('$$', b'True 1\n'), ('1', b'False 1\n')):
            with self.subTest(pid=pid):
                run = subprocess.run(['sh', '-c', f'LISTEN_PID={pid} LISTEN_FDS=1 exec "$@"', 'sh', *words],
                                     env=self.surroundings.environment, stdin=subprocess.DEVNULL, capture_output=True,
                                     timeout=PATIENCE_S)
                self.assertEqual(run.stdout, expected, run)

    def test_memory_of_threads(self):
        """No thread has an arena of its own: there a capture would leave tens of megabytes, and the next one as much."""
        process = self.start('print("up", flush=True)\nimport time; time.sleep(1000)', stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'up\n')
        with open(f'/proc/{process.pid}/maps', encoding='utf-8') as maps:
            lines = [line.split() for line in maps]
        spans = [[int(end, 16) for end in line[0].split('-')] for line in lines if line[1] == '---p' and len(line) == 5]
        self.assertFalse([end - start for start, end in spans if 32 << 20 <= end - start <= 64 << 20])
        process.stdout.close()

    def test_ignored_hangup(self):
        """nohup holds for both: the terminal goes, the program stays."""
        process = self.start('import signal\nprint(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN, flush=True)\n'
                             'input()\nprint("more", flush=True)\ninput()\nraise SystemExit(7)',
                             signal.SIGHUP, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'True\n')
        process.send_signal(signal.SIGHUP)
        process.stdin.write(b'\n')
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b'more\n')
        self.assertEqual(process.communicate(b'\n', timeout=PATIENCE_S)[0], b'')
        self.assertEqual(process.returncode, 7)

    def test_signals_that_are_the_programs(self):
        """Sent to the process that was started in its place, they do what they do to the program alone."""
        for signum in (signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
            with self.subTest(signal=signum.name):
                process = self.start('import os, signal, time\ndef once(number, frame):\n'
                                     '    signal.signal(number, signal.SIG_DFL)\n    os.write(1, b"more\\n")\n'
                                     f'signal.signal({signum:d}, once)\nprint("up", flush=True)\ntime.sleep(1000)',
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                self.assertEqual(process.stdout.readline(), b'up\n')
                process.send_signal(signum)
                self.assertEqual(process.stdout.readline(), b'more\n')
                process.send_signal(signum)
                self.assertEqual(process.wait(PATIENCE_S), 128 + signum)
                process.stdout.close()
        self.surroundings.expect_nothing_left()

    def test_ignored_ends_of_children(self):
        process = self.start('import signal\nprint(signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN)\n'
                             'raise SystemExit(7)', signal.SIGCHLD, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.assertEqual(process.communicate(timeout=PATIENCE_S)[0], b'True\n')
        self.assertEqual(process.returncode, 7)

    def test_blocked_signals(self):
        """The program has them blocked as well; Flatline can be ended by them, and then ends it by force."""
        def block():
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR2, signal.SIGTERM))

        words = self.words('import signal\nprint(sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))))')
        run = subprocess.run(words, env=self.surroundings.environment, preexec_fn=block, stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=PATIENCE_S)
        self.assertEqual(run.stdout.decode(), f'[{signal.SIGUSR2:d}, {signal.SIGTERM:d}]\n', run)
        process = subprocess.Popen(self.words('import time\nprint("up", flush=True)\ntime.sleep(1000)'),
                                   env=self.surroundings.environment, preexec_fn=block, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b'up\n')
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 128 + signal.SIGKILL)
        process.stdout.close()
        self.surroundings.expect_nothing_left()

    def test_terminals_where_ours_are(self):
        """Each stream for itself. Only with nothing to show what is typed, stdin is a pipe as well."""
        for mine in itertools.product((False, True), repeat=3):
            with self.subTest(terminals=mine):
                ours, theirs = pty.openpty()
                streams = [theirs if is_terminal else subprocess.DEVNULL for is_terminal in mine]
                process = self.start(KINDS, stdin=streams[0], stdout=streams[1], stderr=streams[2])
                self.assertEqual(process.wait(PATIENCE_S), 0)
                with open(os.path.join(self.surroundings.work, 'kinds'), encoding='utf-8') as file:
                    found = ast.literal_eval(file.read())
                self.assertEqual(found, [mine[0] and (mine[1] or mine[2]), *mine[1:]])
                os.close(ours)
                os.close(theirs)


if __name__ == '__main__':
    unittest.main()
