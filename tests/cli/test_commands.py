# SPDX-License-Identifier: MIT
"""dump, freezes, show, export: data on stdout, one clear line on stderr, exit status 0, 1 or 2."""
import bz2
import contextlib
import gzip
import json
import lzma
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'end-to-end'))
from supervised import CLI, PATIENCE_S, PYTHON, SOURCE, Surroundings, find_frame, find_local  # noqa: E402

FIXTURES = os.path.join(os.environ['FLATLINE_TEST_SOURCE_ROOT'], 'tests', 'fixtures')

PROGRAM = '''import sys

def serve(port):
    peer = {'port': port, 'name': 'größe'}
    print('ready', flush=True)
    sys.stdin.read()

serve(8080)
'''


def is_asleep(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
        return stat.read().rpartition(')')[2].split()[0] == 'S'


class Commands(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def start_program(self):
        path = os.path.join(self.surroundings.work, 'serve.py')
        with open(path, 'w', encoding='utf-8') as program:
            program.write(PROGRAM)
        process = subprocess.Popen([PYTHON, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=self.surroundings.environment)
        self.addCleanup(process.communicate)
        process.stdout.readline()
        while not is_asleep(process.pid):  # in the line after the one that told us
            time.sleep(0.01)
        return process

    def expect_complaint(self, status, *arguments):
        run = self.surroundings.call(*arguments)
        self.assertEqual((run.returncode, run.stdout), (status, b''), run.stderr)
        self.assertEqual(run.stderr.count(b'\n'), 1, run.stderr)
        self.assertTrue(run.stderr.startswith(b'flatline-cli: '), run.stderr)
        return run.stderr.decode()

    def test_starts_with_few_libraries(self):
        """What looks at a process is there in no time; GLib is in the program or beside it, and never both."""
        environment = {**self.surroundings.environment, 'LD_TRACE_LOADED_OBJECTS': '1'}
        listed = subprocess.run([CLI], env=environment, capture_output=True, text=True, check=True).stdout
        names = {os.path.basename(line.split()[0]).split('.so')[0] for line in listed.splitlines()}
        self.assertIn('libc', names)
        self.assertFalse(names & {'libdw', 'libjson-glib-1.0', 'libsqlite3', 'libmariadb', 'libsecret-1', 'libstdc++'}, names)
        of_glib = {'libglib-2.0', 'libgobject-2.0', 'libgio-2.0'}
        self.assertIn(names & of_glib, (set(), of_glib))
        if not names & of_glib:
            # A piece of GIO that has all of it behind it brings these.
            self.assertFalse(names & {'libmount', 'libselinux', 'libblkid'}, names)

    def test_dump(self):
        process = self.start_program()
        run = self.surroundings.call('dump', process.pid)
        self.assertEqual((run.returncode, run.stderr), (0, b''))
        text = run.stdout.decode()
        for words in ('serve.py:6', 'serve', '8080', 'größe'):
            self.assertIn(words, text)
        bare = self.surroundings.call('dump', '--no-locals', process.pid).stdout.decode()
        self.assertIn('serve', bare)
        self.assertNotIn('größe', bare)

    def test_dump_json(self):
        process = self.start_program()
        for options in ([], ['--no-pause']):
            run = self.surroundings.call('dump', '--json', *options, process.pid)
            self.assertEqual((run.returncode, run.stderr), (0, b''))
            self.assertEqual(run.stdout.count(b'\n'), 1)
            snapshot = json.loads(run.stdout)
            self.assertEqual(snapshot['reason'], 'dump')
            _, frame = find_frame(snapshot, 'serve.py', 'serve')
            self.assertEqual(frame['line'], 6)
            self.assertEqual(find_local(frame, 'port')['text'], '8080')
            self.assertIn(snapshot['verdict']['kind'], ('stdin-wait', 'pipe-wait'))
        self.assertEqual(os.listdir(self.surroundings.environment['XDG_DATA_HOME']), [])
        self.assertIsNone(process.poll())

    def test_dump_with_children(self):
        """Each process below it, whatever started it, and each once."""
        code = ('import os, subprocess, sys\n'
                'def hold(depth):\n'
                '    if depth > 0:\n'
                '        subprocess.Popen([sys.executable, "-c", code.replace(f"hold({depth})", f"hold({depth - 1})")])\n'
                '    os.write(1, b"%d %d\\n" % (depth, os.getpid()))\n'
                '    sys.stdin.read()\n'
                'code = open("/proc/self/cmdline").read().split("\\0")[2]\n'
                'hold(2)\n')
        with subprocess.Popen([PYTHON, '-c', code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=self.surroundings.environment) as program:
            pids = dict(map(int, program.stdout.readline().split()) for _ in range(3))
            run = self.surroundings.call('dump', '--children', '--json', '--no-locals', pids[2])
            said = [json.loads(line) for line in run.stdout.splitlines()]
            self.assertEqual([snapshot['program']['pid'] for snapshot in said], [pids[2], pids[1], pids[0]], run.stderr)
            for snapshot in said:
                self.assertIn('hold', [frame['function'] for frame in snapshot['threads'][0]['frames']])
            text = self.surroundings.call('dump', '--children', '--no-pause', '--no-locals', pids[1]).stdout.decode()
            self.assertEqual(re.findall(r'^Process (\d+):', text, re.M), [str(pids[1]), str(pids[0])])
            program.stdin.close()
        self.assertIn('--children', self.expect_complaint(2, 'dump', '--children', os.getpid(), '-o', 'a.html'))
        self.assertIn('--children', self.expect_complaint(2, 'dump', '--children', PYTHON))

    def test_dump_into_a_file(self):
        """To keep or send: the name says what it is, and what is wrong with it is said before anybody is stopped."""
        process = self.start_program()
        for name, words in (('hang.flatline', None), ('hang.html', '<html'), ('hang.txt', 'serve.py:6'),
                            ('hang.json', '"flatline-snapshot"')):
            path = os.path.join(self.surroundings.work, name)
            run = self.surroundings.call('dump', process.pid, '-o', path)
            self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b'', b''))
            if words:
                with open(path, encoding='utf-8') as file:
                    self.assertIn(words, file.read())
        shown = self.surroundings.call('show', os.path.join(self.surroundings.work, 'hang.flatline'))
        self.assertIn('größe', shown.stdout.decode())
        self.assertIn('.flatline', self.expect_complaint(2, 'dump', process.pid, '-o', 'hang.png'))
        self.expect_complaint(2, 'dump', process.pid, '--json', '-o', 'hang.json')
        self.assertIn('nowhere', self.expect_complaint(1, 'dump', process.pid, '-o', '/nowhere/hang.txt'))

    def test_dump_that_goes_nowhere(self):
        """A shell's >&- is no success, and a folder is no core file."""
        child = subprocess.Popen(['sleep', '600'])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        run = subprocess.run(['sh', '-c', '"$@" >&-', 'sh', CLI, 'dump', str(child.pid)], capture_output=True,
                             env=self.surroundings.environment, timeout=PATIENCE_S)
        self.assertEqual(run.returncode, 1, run)
        self.assertIn(b'cannot write to stdout', run.stderr)
        self.assertIn('is a folder', self.expect_complaint(1, 'dump', self.surroundings.work))
        for packing, command in ((gzip, 'gunzip -k'), (lzma, 'xz -dk'), (bz2, 'bunzip2 -k')):
            path = os.path.join(self.surroundings.work, f'core.{packing.__name__}')
            with packing.open(path, 'wb') as file:
                file.write(b'\x7fELF')
            self.assertIn(f'is compressed: “{command} {path}” unpacks it', self.expect_complaint(1, 'dump', path))

    def test_words_that_go_nowhere(self):
        """Whatever a command says on stdout: a full disk or no stdout is told once, and is no success."""
        recording = os.path.join(self.surroundings.work, 'r.flatline-recording')
        self.assertEqual(self.surroundings.call('record', '--no-store', '-o', recording, '--python', PYTHON, '-c',
                                                'def f(): return 1\nf()', '--all').returncode, 0)
        snapshot = os.path.join(FIXTURES, 'snapshots', 'exception-3.11.flatline')
        self.assertEqual(self.surroundings.call('import', snapshot).returncode, 0)
        for command in (['freezes'], ['freezes', '--json'], ['show', '--json', snapshot],
                        ['export', '--format', 'html', snapshot], ['recordings', recording],
                        ['recordings', '--json', recording], ['replay', recording], ['replay', '--list', recording],
                        ['replay', '--json', recording], ['dump', str(os.getpid())]):
            for away in ('>/dev/full', '>&-'):
                with self.subTest(command=command, away=away):
                    run = subprocess.run(['sh', '-c', '"$@" ' + away, 'sh', CLI, *command], capture_output=True,
                                         env=self.surroundings.environment, timeout=PATIENCE_S,
                                         input=b'help\n')
                    self.assertEqual(run.returncode, 1, run)
                    self.assertEqual(run.stderr.count(b'cannot write to stdout'), 1, run)

    def test_dump_of_a_kernel_thread(self):
        try:
            with open('/proc/2/comm', encoding='utf-8') as comm:
                name = comm.read().strip()
        except OSError:
            name = None
        if name != 'kthreadd' or os.geteuid() != 0:
            self.skipTest('no thread of the kernel may be looked at here')
        run = self.surroundings.call('dump', '--json', 2)
        self.assertEqual((run.returncode, run.stdout), (1, b''))
        self.assertEqual(run.stderr, b'flatline-cli: Process 2 is a thread of the kernel: it runs no program\n')

    def test_dump_of_a_zombie(self):
        with subprocess.Popen(['true']) as child:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            run = self.surroundings.call('dump', child.pid)
            self.assertEqual((run.returncode, run.stdout), (1, b''))
            self.assertEqual(run.stderr.decode(), f'flatline-cli: Process {child.pid} has ended; its parent has not taken'
                             ' note of it yet\n')

    def test_dump_of_a_program_that_ends_meanwhile(self):
        """Without any stack it is no sleeper and no runner: it is gone."""
        for i in range(30):
            with subprocess.Popen([sys.executable, '-c', 'import time; print("up", flush=True); time.sleep(1000)'],
                                  stdout=subprocess.PIPE) as child:
                child.stdout.readline()
                # Where in the dump the end comes is any time: none of them may tell more than it saw.
                timer = threading.Timer(i / 1000, child.kill)
                timer.start()
                run = self.surroundings.call('dump', '--json', child.pid)
                timer.join()
                child.kill()
            if run.returncode == 0:
                snapshot = json.loads(run.stdout)
                self.assertTrue(any(thread.get('frames') for thread in snapshot['threads']), snapshot)
            else:
                self.assertIn(str(child.pid), run.stderr.decode())
                self.assertEqual(run.stdout, b'')

    def test_dump_of_other_programs(self):
        """What a shell waits for is told by the kernel; of one that computes at least that it does."""
        sleeper = subprocess.Popen(['sh', '-c', 'sleep 1000; true'], start_new_session=True)
        runner = subprocess.Popen(['sh', '-c', 'while :; do :; done'])
        self.addCleanup(os.killpg, sleeper.pid, signal.SIGKILL)
        self.addCleanup(runner.kill)
        self.expect_verdict(sleeper.pid, ['child-wait'], 'sleep 1000')
        self.expect_verdict(runner.pid, ['native-busy'], 'The main thread')

    def expect_verdict(self, pid, kinds, words):
        """Sooner or later: a program that was just started is on its way there."""
        deadline = time.monotonic() + 30
        while True:
            verdict = json.loads(self.surroundings.call('dump', '--json', pid).stdout)['verdict']
            if verdict['kind'] in kinds and words in verdict['summary']:
                return
            self.assertLess(time.monotonic(), deadline, verdict)

    def test_dump_leaves_the_program_running(self):
        process = self.start_program()
        for _ in range(20):
            self.assertEqual(self.surroundings.call('dump', process.pid).returncode, 0)
        process.communicate(b'')
        self.assertEqual(process.returncode, 0)

    def test_wrong_usage(self):
        for arguments in ([], ['nonsense'], ['dump'], ['dump', 'no-such-file'], ['dump', '1', 'x'], ['dump', '--nonsense'],
                          ['dump', '--json=1', '1'], ['freezes', '3'], ['freezes', '--limit', 'many'], ['show'],
                          ['show', '1', '2'], ['export'], ['export', '1'], ['export', '1', '--format', 'pdf'],
                          ['export', '1', '--format'], ['run'], ['import'], ['prune', 'x'], ['debug'], ['debug', '1'], ['debug', 'x', 'true'],
                          ['prune', '--days', '0'], ['freezes', '--since', 'yesterday']):
            with self.subTest(arguments=arguments):
                self.expect_complaint(2, *arguments)

    def test_failures(self):
        process = subprocess.Popen(['/bin/true'])
        process.wait()
        self.assertIn(str(process.pid), self.expect_complaint(1, 'dump', process.pid))
        self.expect_complaint(1, 'show', '12345')
        path = os.path.join(self.surroundings.work, 'x.flatline')
        for data in (b'', b'\x1f\x8b', b'{"format": "other"}', b'plain text'):
            with open(path, 'wb') as file:
                file.write(data)
            self.expect_complaint(1, 'show', path)
            self.expect_complaint(1, 'dump', path)

    def test_no_freeze_yet(self):
        run = self.surroundings.call('freezes')
        self.assertEqual((run.returncode, run.stdout), (0, b''))
        run = self.surroundings.call('freezes', '--json')
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b'', b''))

    def test_import_and_prune(self):
        process = self.start_program()
        path = os.path.join(self.surroundings.work, 'x.json')
        snapshot = json.loads(self.surroundings.call('dump', '--json', process.pid).stdout)
        for captured_us, name in ((snapshot['captured_us'], 'a'), (1700000000000000, 'b')):
            snapshot.update(captured_us=captured_us, uid=name)
            with open(path, 'w', encoding='utf-8') as file:
                json.dump(snapshot, file)
            for _ in range(2):
                run = self.surroundings.call('import', path)
                self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b'', b''))
        freezes = [json.loads(line) for line in self.surroundings.call('freezes', '--json').stdout.splitlines()]
        self.assertEqual([freeze['uid'] for freeze in freezes], ['a', 'b'])
        self.assertIn('serve.py:6', self.surroundings.call('show', freezes[1]['id']).stdout.decode())
        groups = self.surroundings.call('freezes', '--json', '--group').stdout.splitlines()
        self.assertEqual([json.loads(line)['count'] for line in groups], [2])
        young = self.surroundings.call('freezes', '--json', '--since', '1h').stdout.splitlines()
        self.assertEqual([json.loads(line)['uid'] for line in young], ['a'])
        run = self.surroundings.call('prune', '--days', '30')
        self.assertEqual((run.returncode, run.stdout), (0, b''))
        self.assertIn(b'deleted: 1 freeze,', run.stderr)
        self.expect_complaint(1, 'show', freezes[1]['id'])
        self.expect_complaint(1, 'import', os.path.join(self.surroundings.work, 'nothing.flatline'))

    def test_import_into_what_may_go(self):
        """Nothing can be written where data belong. Whoever throws the file away now is told by the status, too."""
        path = os.path.join(self.surroundings.work, 'x.json')
        with open(path, 'wb') as file:
            file.write(self.surroundings.call('dump', '--json', self.start_program().pid).stdout)
        store = os.path.join(self.surroundings.environment['XDG_DATA_HOME'], 'flatline', 'flatline.sqlite')
        os.makedirs(store)
        self.assertIn(store, self.expect_complaint(1, 'import', path))
        self.assertIn(b'serve.py', self.surroundings.call('freezes').stdout)

    def test_hostile_message(self):
        """What a program said, or the file of somebody else has, does nothing to the terminal of who lists it."""
        self.surroundings.call('import', os.path.join(SOURCE, 'tests', 'fixtures', 'snapshots', 'exception-3.11.flatline'))
        text = self.surroundings.call('freezes').stdout.decode()
        self.assertIn('bad total \\x1b[31mred\\x07 · ', text)
        self.assertFalse([character for character in text if ord(character) < 32 and character != '\n'])

    def test_damaged_store(self):
        """Which file it is, and what to do, is said."""
        process = self.start_program()
        snapshot = self.surroundings.call('dump', '--json', str(process.pid)).stdout
        kept = os.path.join(self.surroundings.work, 'kept.json')
        with open(kept, 'wb') as file:
            file.write(snapshot)
        self.assertEqual(self.surroundings.call('import', kept).returncode, 0)
        store = os.path.join(self.surroundings.environment['XDG_DATA_HOME'], 'flatline', 'flatline.sqlite')
        with contextlib.closing(sqlite3.connect(store)) as database:
            page, = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'freeze'").fetchone()
            size, = database.execute('PRAGMA page_size').fetchone()
        with open(store, 'r+b') as file:
            file.seek((page - 1) * size)
            file.write(b'U' * size)
        words = self.expect_complaint(1, 'freezes')
        self.assertIn(f'“{store}” is damaged', words)
        self.assertIn('move it away', words)

    def test_config_that_is_a_pipe(self):
        """One that nobody named keeps nobody waiting for a writer."""
        os.mkfifo(os.path.join(self.surroundings.work, 'config.ini'))
        run = subprocess.run([CLI, 'run', '--no-store', '--log-folder', '', '--python', PYTHON, '-c', 'print(7)'],
                             env=self.surroundings.environment, cwd=self.surroundings.work, timeout=60,
                             stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual((run.returncode, run.stdout), (0, b'7\n'), run.stderr)

    def test_living_programs_that_do_not_answer(self):
        process = subprocess.Popen(['true'])
        process.wait()
        self.assertIn('there is no such process', self.expect_complaint(1, 'traces', process.pid))
        self.assertIn('is not supervised', self.expect_complaint(1, 'traces', self.start_program().pid))
        # A supervisor that ends while it is asked.
        path = os.path.join(self.surroundings.work, 'socket')
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            program = subprocess.Popen(['sleep', '1000'], env=dict(os.environ, FLATLINE_AGENT_SOCKET=path))
            self.addCleanup(program.wait)
            self.addCleanup(program.kill)

            def end():
                with server.accept()[0] as connection:
                    connection.recv(1000)

            thread = threading.Thread(target=end)
            thread.start()
            complaint = self.expect_complaint(1, 'traces', program.pid)
            thread.join()
        self.assertIn('ended before it answered', complaint)

    def test_settings_of_the_manual(self):
        """Copied as they stand there, they are taken."""
        with open(os.path.join(os.environ['FLATLINE_TEST_SOURCE_ROOT'], 'data', 'MANUAL.md'), encoding='utf-8') as manual:
            blocks = manual.read().split('\n\n    [flatline]\n')
        self.assertEqual(len(blocks), 2)
        lines = blocks[1].split('\n## ')[0].splitlines()
        self.assertIn('    [database]', lines)
        with open(os.path.join(self.surroundings.work, 'config.ini'), 'w', encoding='utf-8') as config:
            config.write('[flatline]\n' + '\n'.join(line.strip() for line in lines))
        run = self.surroundings.call('run', '--python', PYTHON, '-c', 'print(1)')
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b'1\n', b''))

    def test_help_and_version(self):
        for arguments in (['--help'], ['--version'], ['--license'], *([name, '--help'] for name in
                          ('run', 'dump', 'debug', 'trace', 'patch', 'freezes', 'show', 'export', 'import', 'prune'))):
            run = self.surroundings.call(*arguments)
            self.assertEqual((run.returncode, run.stderr), (0, b''))
            self.assertIn(b'latline', run.stdout)

    def test_help_of_a_command(self):
        """`help run` is `run --help`, for each command that the help names; what is none is told as for a command."""
        whole = self.surroundings.call('--help').stdout
        names = re.findall(r'^  ([a-z]+) ', whole.decode(), re.M)
        self.assertIn('run', names)
        for name in names:
            own = self.surroundings.call(name, '--help')
            self.assertNotEqual(own.stdout, whole, name)
            asked = self.surroundings.call('help', name)
            self.assertEqual((asked.returncode, asked.stdout, asked.stderr), (0, own.stdout, b''), name)
        for arguments in (['help'], ['help', 'help'], ['help', '--help']):
            self.assertEqual(self.surroundings.call(*arguments).stdout, whole, arguments)
        unknown = self.surroundings.call('help', 'walk')
        self.assertEqual((unknown.returncode, unknown.stdout), (2, b''))
        self.assertIn('“walk”'.encode(), unknown.stderr)


if __name__ == '__main__':
    unittest.main()
