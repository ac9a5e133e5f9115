# SPDX-License-Identifier: MIT
"""Programs that do not freeze are not touched: exit status, arguments, output, input and signals are as without Flatline."""
import hashlib
import os
import signal
import subprocess
import unittest

from supervised import CLI, PYTHON, Supervised, Surroundings, wait_until


class Behaviour(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def write(self, text, name='program.py', mode=0o644):
        path = os.path.join(self.surroundings.work, name)
        with open(path, 'w', encoding='utf-8') as program:
            program.write(text)
        os.chmod(path, mode)
        return path

    def supervise(self, text, *arguments, **options):
        run = Supervised(self.surroundings, self.write(text), *arguments, **options)
        self.addCleanup(run.close)
        return run

    def call(self, *arguments, **options):
        return self.surroundings.call('run', '--python', PYTHON, *arguments, **options)

    def test_exit_statuses(self):
        cases = [('', 0), ('raise SystemExit(3)', 3), ('1 / 0', 1), ('import os; os._exit(255)', 255),
                 ('import os; os.abort()', 128 + signal.SIGABRT),
                 ('import os, signal; os.kill(os.getpid(), signal.SIGTERM); signal.pause()', 128 + signal.SIGTERM),
                 ('import os, signal; os.kill(os.getpid(), signal.SIGKILL); signal.pause()', 128 + signal.SIGKILL)]
        for text, status in cases:
            with self.subTest(text=text):
                run = self.supervise(text)
                self.assertEqual(run.finish(), status, run.read_errors())
                exited = run.named('exited')
                self.assertEqual(len(exited), 1)
                if status > 128 and status < 255:
                    self.assertEqual((exited[0]['status'], exited[0]['signal']), (None, status - 128))
                else:
                    self.assertEqual((exited[0]['status'], exited[0]['signal']), (status, None))
                self.assertEqual(self.call(self.write(text)).returncode, status)
        self.surroundings.expect_nothing_left()

    def test_a_sudden_end_is_told_with_its_place(self):
        """os._exit() leaves no trace of its own. That of a forked child is nobody's business."""
        leave = 'import os, threading\ndef leave(status):\n    os._exit(status)\n'
        for text, status, line in ((leave + 'leave(3)\n', 3, 3), (leave + 'leave(0)\n', 0, 3),
                                   (leave + 'threading.Thread(target=leave, args=(4,)).start()\n', 4, 3),
                                   (leave + 'try:\n    leave("no status")\nexcept TypeError:\n    pass\n', 0, None),
                                   (leave + 'if os.fork() == 0:\n    leave(5)\nos.wait()\n', 0, None)):
            with self.subTest(text=text):
                run = self.supervise(text)
                self.assertEqual(run.finish(), status, run.read_errors())
                cause = run.named('state')[-1]['cause']
                told = [message['text'] for message in run.named('message') if 'os._exit' in message['text']]
                if line is None:
                    self.assertEqual((cause, told), ('exited', []))
                    continue
                self.assertRegex(cause, rf'os\._exit\(\) at .*\.py:{line} in leave$')
                self.assertEqual(len(told), int(status != 0), told)
        with self.subTest('of an orphan, whose end is not the program’s'):
            orphan = self.write(leave + 'leave(6)\n', 'orphan.py')
            path = self.write(f'#!/bin/sh\n({PYTHON} {orphan} & echo $! > pid)\n'
                              'while kill -0 $(cat pid) 2> /dev/null; do sleep 0.05; done\n', 'program.sh', 0o755)
            run = Supervised(self.surroundings, path, threshold=30)
            self.addCleanup(run.close)
            self.assertEqual(run.finish(), 0, run.read_errors())
            self.assertEqual(run.named('state')[-1]['cause'], 'exited')
        self.surroundings.expect_nothing_left()

    def test_arguments_are_verbatim(self):
        arguments = ['--json', '-x', '', 'two words', '--', '-h', '--help', "quo'te", 'ü', '$HOME', '*', '\\', 'a=b', '\n']
        run = self.call(self.write('import sys; print(ascii(sys.argv[1:]))'), *arguments)
        self.assertEqual(run.stdout.decode(), ascii(arguments) + '\n')
        raw = [b'\xff\xfe', b'--threshold']
        run = subprocess.run([CLI.encode(), b'run', b'--python', PYTHON.encode(), b'--', b'program.py', *raw],
                             env=self.surroundings.environment, cwd=self.surroundings.work, capture_output=True,
                             stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(run.stdout.decode(), ascii([os.fsdecode(word) for word in raw]) + '\n')

    def test_modules_and_code(self):
        """-m and -c as Python takes them, with what fails in them."""
        package = os.path.join(self.surroundings.work, 'tools')
        os.mkdir(package)
        text = 'import sys\nprint(sys.argv[1:], sys.path[0], __name__)\ndef fail(weight):\n    1 / weight\nfail(0)\n'
        with open(os.path.join(package, '__main__.py'), 'w', encoding='utf-8') as main:
            main.write(text)
        for words, title in ((['-m', 'tools', '-x', '-m', '--'], '-m tools'), (['-mtools', '-c'], '-m tools'),
                             (['-c', text, '-m', 'b'], '-c import sys'), (['-m', 'no_such_module'], '-m no_such_module')):
            with self.subTest(words):
                alone = subprocess.run([PYTHON, *words], cwd=self.surroundings.work, capture_output=True, timeout=120,
                                       stdin=subprocess.DEVNULL, env=self.surroundings.environment)
                run = Supervised(self.surroundings, *words, options=['--pipes'], threshold=30)
                self.addCleanup(run.close)
                run.finish()
                self.assertEqual((run.named('exited')[0]['status'], run.output('stdout'), run.output('stderr')),
                                 (alone.returncode, alone.stdout.decode(), alone.stderr.decode()))
                self.assertEqual(run.named('freeze')[0]['freeze']['title'], title)
                snapshot = run.named('freeze')[0]['snapshot']
                if words[-1] == 'no_such_module':
                    self.assertEqual(snapshot['verdict']['kind'], 'startup-failure')
                    continue
                self.assertEqual(snapshot['verdict']['kind'], 'exception')
                frame = snapshot['exception']['frames'][0]
                self.assertEqual((frame['function'], frame['locals'][0]['text']), ('fail', '0'))

    def test_output_is_as_without_supervision(self):
        text = ('import sys\nfor i in range(3000): print("line", i)\nsys.stdout.write("no end")\n'
                'sys.stdout.flush()\nsys.stdout.buffer.write(b"\\x00\\xff\\t\\r\\n")\n'
                'print("words", file=sys.stderr)')
        path = self.write(text)
        alone = subprocess.run([PYTHON, path], capture_output=True, cwd=self.surroundings.work, timeout=60)
        for options in ([], ['--pipes']):
            with self.subTest(options=options):
                run = self.call(*options, path)
                self.assertEqual(run.stdout, alone.stdout)
                self.assertEqual(run.stderr, alone.stderr)

    def test_output_events_keep_characters_whole(self):
        run = self.supervise('import os, time\nfor byte in "größe €".encode(): os.write(1, bytes([byte]))\n'
                             'os.write(2, b"bad \\xff")')
        self.assertEqual(run.finish(), 0)
        self.assertEqual(run.output(), 'größe €bad \ufffd')

    def test_output_and_errors_in_order_and_told_apart(self):
        """One terminal; what Python itself writes to sys.stderr, here and in a child, is known as that."""
        child = 'import sys; print("of a child"); sys.stderr.write("its error")'
        run = self.supervise(f"""
import logging, os, subprocess, sys
logging.basicConfig(format="log %(message)s", level=0)
for number in range(150):
    print("out", number, flush=True)
    logging.info("%d", number)
sys.stderr.buffer.write(b"\\xff" * 100_000)
sys.stderr.flush()
os.write(2, b"of nobody\\n")
subprocess.run([sys.executable, "-c", {child!r}])
subprocess.run(["sh", "-c", "echo of sh >&2"])
print(sys.stderr.isatty(), os.ttyname(1) == os.ttyname(2), os.tcgetpgrp(2) == os.getpgrp(), flush=True)
""")
        self.assertEqual(run.finish(), 0)
        pieces = []
        for event in run.named('output'):
            if pieces and pieces[-1][0] == event['stream']:
                pieces[-1][1] += event['text']
            else:
                pieces.append([event['stream'], event['text']])
        self.assertEqual(pieces[:299], [['stderr', f'log {number // 2}\n'] if number % 2 else ['stdout', f'out {number // 2}\n']
                                        for number in range(299)])
        self.assertEqual(pieces[299:], [['stderr', 'log 149\n' + '\ufffd' * 100_000], ['stdout', 'of nobody\nof a child\n'],
                                        ['stderr', 'its error'], ['stdout', 'of sh\nTrue True True\n']])

    def test_marks_of_errors_go_nowhere_else(self):
        """Into no file that takes the place of stderr; a file that is closed, or full, says what it says alone."""
        text = """
import contextlib, io, os, sys
raw = getattr(sys.stderr.buffer, "raw", sys.stderr.buffer)
kept = os.dup(2)
with open("captured", "wb") as file: os.dup2(file.fileno(), 2)
print("into a file", file=sys.stderr, flush=True)
os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
try: raw.write(b"no room")
except OSError as error: print(error)
os.dup2(kept, 2)
for wrong in ("text", 3, [1], None):
    try: raw.write(wrong)
    except TypeError as error: print(error)
print(raw.write(bytearray(b"")), raw.write(memoryview(b"")), raw.write(b"four"))
os.set_blocking(2, False)
print(raw.write(b"more"), flush=True)
os.set_blocking(2, True)
raw.close()
try: raw.write(b"late")
except ValueError as error: print(error)
os.close(2)
"""
        alone = subprocess.run([PYTHON, self.write(text)], capture_output=True, cwd=self.surroundings.work, check=True)
        run = self.supervise(text)
        self.assertEqual(run.finish(), 0)
        with open(os.path.join(self.surroundings.work, 'captured'), 'rb') as file:
            self.assertEqual(file.read(), b'into a file\n')
        self.assertEqual(run.output().encode(), alone.stdout)
        self.assertEqual(run.output('stderr').encode(), alone.stderr)

    def test_input_from_a_pipe_arrives_whole(self):
        data = bytes(range(256)) * 400 + b'end'
        path = self.write('import sys, hashlib\ndata = sys.stdin.buffer.read()\n'
                          'print(len(data), hashlib.sha256(data).hexdigest())')
        run = self.call(path, input=data)
        self.assertEqual(run.stdout.decode(), f'{len(data)} {hashlib.sha256(data).hexdigest()}\n', run.stderr)

    def test_input_that_the_program_leaves_is_there_for_the_next(self):
        """A shell's `while read` loop goes on with the next line, and a file can be looked through."""
        path = self.write('import os\nprint(os.read(0, 2), os.lseek(0, 0, os.SEEK_CUR))')
        with open(self.write('a\nb\n', 'lines')) as lines:
            run = self.call(path, stdin=lines)
            self.assertEqual((run.stdout.decode(), os.read(lines.fileno(), 9)), ("b'a\\n' 2\n", b'b\n'), run.stderr)

    def test_interrupt_reaches_the_program_and_cleans_up(self):
        run = self.supervise('import time\ntry:\n print("ready", flush=True)\n while True: time.sleep(0.01)\n'
                             'except KeyboardInterrupt:\n raise SystemExit(7)')
        run.wait_for_output('ready')
        run.process.send_signal(signal.SIGINT)
        self.assertEqual(run.finish(), 7)
        self.surroundings.expect_nothing_left()

    def test_terminated_supervisor_takes_the_program_along(self):
        for signum in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signum=signum):
                run = self.supervise('import signal, subprocess, sys\n'
                                     'subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])\n'
                                     'print("ready", flush=True)\nsignal.pause()')
                run.wait_for_output('ready')
                run.process.send_signal(signum)
                self.assertEqual(run.finish(), 128 + signum)
                self.surroundings.expect_nothing_left()

    def test_program_tidies_up_when_the_supervisor_is_terminated(self):
        """As without a supervisor: its handlers run, its status counts; what it leaves behind is taken along."""
        text = ('import os, signal, subprocess, sys, time\n'
                'subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])\n'
                'def end(signum, frame):\n    time.sleep(0.5)\n    os.write(1, b"tidy %d\\n" % signum)\n    sys.exit(5)\n'
                'signal.signal(signal.SIGTERM, end)\nsignal.signal(signal.SIGHUP, end)\n'
                'print("ready", flush=True)\nwhile True:\n    signal.pause()')
        for signum in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signum=signum):
                run = self.supervise(text)
                run.wait_for_output('ready')
                run.process.send_signal(signum)
                self.assertEqual(run.finish(), 5, run.summary())
                self.assertIn(f'tidy {int(signum)}', run.output())
                self.surroundings.expect_nothing_left()
        with self.subTest('a program that takes no notice, and a second signal'):
            run = self.supervise('import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n'
                                 'print("ready", flush=True)\nwhile True:\n    signal.pause()')
            run.wait_for_output('ready')
            run.process.terminate()
            run.wait_for('state', lambda event: event['state'] == 'exiting')
            run.process.terminate()
            self.assertEqual(run.finish(), 128 + signal.SIGTERM)
            self.surroundings.expect_nothing_left()
        with self.subTest('nobody reads what it prints any more'):
            reader, writer = os.pipe()
            path = self.write((text.removesuffix('signal.pause()') + 'print("more", flush=True); time.sleep(0.01)')
                              .replace('os.write(1, b"tidy %d\\n" % signum)', 'open("tidied", "w").close()'))
            process = subprocess.Popen([CLI, 'run', '--python', PYTHON, path], env=self.surroundings.environment,
                                       cwd=self.surroundings.work, stdin=subprocess.DEVNULL, stdout=writer)
            os.close(writer)
            os.read(reader, 1)
            os.close(reader)
            self.assertEqual(process.wait(timeout=60), 128 + signal.SIGPIPE)
            self.assertTrue(os.path.exists(os.path.join(self.surroundings.work, 'tidied')))
            self.surroundings.expect_nothing_left()

    BECOMES_A_DAEMON = ('import os, signal, sys, threading\nif os.fork():\n    os._exit(0)\nos.setsid()\n'
                        'if os.fork():\n    os._exit(0)\nfor fd in range(3):\n    os.close(fd)\n'
                        'open("daemon", "w").write(str(os.getpid()))\n')

    def test_a_daemon_is_followed(self):
        """As the program itself: its freeze is told, its status counts, and it ends with us."""
        with self.subTest('frozen'):
            run = self.supervise(self.BECOMES_A_DAEMON + 'lock = threading.Lock()\nwith lock:\n    lock.acquire()',
                                 options=['--follow'])
            frozen = run.wait_for('freeze')
            self.assertEqual(frozen['verdict']['kind'], 'self-deadlock')
            with open(os.path.join(self.surroundings.work, 'daemon'), encoding='utf-8') as file:
                self.assertEqual(frozen['snapshot']['program']['pid'], int(file.read()))
            run.process.terminate()
            self.assertEqual(run.finish(), 128 + signal.SIGTERM)
        with self.subTest('its worker is, which was heard of first'):
            program = self.write('from flatline import RemoteClient\n' + self.BECOMES_A_DAEMON + (
                'lock = threading.Lock()\nworker = os.fork()\nRemoteClient().beat("own", "program.py")\n'
                'if worker == 0:\n    open("heard", "w").close()\n    while not os.path.exists("freeze"):\n'
                '        signal.sigtimedwait([], 0.05)\n    with lock:\n        lock.acquire()\n'
                'while True:\n    signal.sigtimedwait([], 0.2)\n    RemoteClient().beat("own", "program.py")\n')
                .replace('worker = os.fork()\n', 'worker = os.fork()\nwhile worker and not os.path.exists("heard"):\n'
                         '    signal.sigtimedwait([], 0.05)\n'))
            # The shell has no heart: the first Python that is heard of is it, until the daemon tells that it is.
            script = self.write(f'#!/bin/sh\n{PYTHON} {program}\n', 'program.sh', 0o755)
            run = Supervised(self.surroundings, script, options=['--follow'])
            self.addCleanup(run.close)
            beats = set()
            run.wait_for('beat', lambda event: event['beat']['lane'] == 'program'
                         and (beats.add(event['beat']['pid']) or len(beats) == 2))
            self.write('', 'freeze')
            self.assertEqual(run.wait_for('freeze')['verdict']['kind'], 'self-deadlock')
            run.process.terminate()
            run.finish()
        for name, end, status in (('ended', 'sys.exit(3)', 3), ('dead', 'os.kill(os.getpid(), 11)', 128 + 11)):
            with self.subTest(name):
                run = self.supervise(self.BECOMES_A_DAEMON + 'while not os.path.exists("end"):\n'
                                     '    signal.sigtimedwait([], 0.05)\n' + end, options=['--follow'])
                told = run.wait_for('message')
                self.assertIn('is watched in its place', told['text'])
                self.write('', 'end')
                self.assertEqual(run.finish(), status)
                os.remove(os.path.join(self.surroundings.work, 'end'))
        self.surroundings.expect_nothing_left()

    def test_what_the_program_leaves_running_is_told(self):
        daemon = self.supervise(self.BECOMES_A_DAEMON + 'signal.pause()')
        self.assertEqual(daemon.finish(), 0)
        with open(os.path.join(self.surroundings.work, 'daemon'), encoding='utf-8') as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGKILL)
        told = [message['text'] for message in daemon.named('message') if 'goes on, unwatched' in message['text']]
        self.assertEqual([f'process {pid} (' in text for text in told], [True], told)
        with self.subTest('a helper that ends by itself'):
            helped = self.supervise('import subprocess, sys, time\nparent = subprocess.Popen([sys.executable, "-c", '
                                    '"import sys; sys.stdin.read()"], stdin=subprocess.PIPE)')
            self.assertEqual(helped.finish(), 0)
            self.assertEqual([message for message in helped.named('message') if 'unwatched' in message['text']], [])
        self.surroundings.expect_nothing_left()

    def test_killed_supervisor_does_not_kill_or_hang_the_program(self):
        run = self.supervise('import os, time\nparent = os.getppid()\nprint("ready", flush=True)\n'
                             'while os.getppid() == parent: time.sleep(0.01)\n'
                             'for i in range(100000): print("line", i)\nopen("done", "w").close()')
        run.wait_for_output('ready')
        run.process.kill()
        wait_until(lambda: os.path.exists(os.path.join(self.surroundings.work, 'done')), 'the program to go on alone')
        self.surroundings.expect_nothing_left()

    def test_idle_programs_are_not_frozen(self):
        idle = {
            'asyncio': 'import asyncio\nasyncio.run(asyncio.sleep(2))',
            'sleep': 'import time\ntime.sleep(2)',
            'beats then idle loop': 'import asyncio\nfrom flatline import RemoteClient\n'
                                    'RemoteClient().beat("A", "b")\nasyncio.run(asyncio.sleep(2))',
        }
        for name, text in idle.items():
            with self.subTest(name=name):
                run = self.supervise(text, threshold=0.4)
                self.assertEqual(run.finish(), 0, run.read_errors())
                self.assertEqual([event['freeze']['cause'] for event in run.named('freeze')], [])

    def test_recovery(self):
        run = self.supervise('import time\nfrom flatline import RemoteClient\nclient = RemoteClient()\n'
                             'client.beat("A", "1")\nend = time.thread_time() + 2\n'
                             'while time.thread_time() < end: pass\n'
                             'for i in range(20): client.beat("B", str(i)); time.sleep(0.05)', threshold=0.5)
        self.assertEqual(run.finish(), 0, run.read_errors())
        names = [event['event'] for event in run.events if event['event'] in ('freeze', 'recovered', 'exited')]
        self.assertEqual(names, ['freeze', 'recovered', 'exited'])
        self.assertGreater(run.named('recovered')[0]['freeze']['ended_us'], run.named('freeze')[0]['freeze']['time_us'])

    def test_what_cannot_be_started(self):
        folder = os.path.join(self.surroundings.work, 'folder')
        os.mkdir(folder)
        cases = [['missing.py'], [folder], [], ['--threshold', 'soon', 'x.py'], ['--nonsense', 'x.py'],
                 ['--config', 'missing.ini', 'x.py'], ['--python', '/missing/python', self.write('')],
                 [self.write('#!/missing/interpreter\n', 'tool', 0o755)]]
        for arguments in cases:
            with self.subTest(arguments=arguments):
                run = self.surroundings.call('run', *arguments)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertEqual(run.stdout, b'')
                self.assertEqual(run.stderr.count(b'\n'), 1, run.stderr)
                self.assertTrue(run.stderr.startswith(b'flatline-cli: '))
        self.surroundings.expect_nothing_left()


if __name__ == '__main__':
    unittest.main()
