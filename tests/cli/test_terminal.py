# SPDX-License-Identifier: MIT
"""flatline-cli run in a real terminal: keys and window size go to the program, the console opens and works, and the terminal
is put back however it ends."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'end-to-end'))
from supervised import CLI, PATIENCE_S, PROGRAMS, PYTHON, Surroundings, wait_until  # noqa: E402

COLOUR = re.compile(r'\x1b\[[0-9;]*m')


class Terminal:
    """A program in the foreground of a pseudo-terminal, and what a person would see."""

    def __init__(self, surroundings, argv, size=(30, 100)):
        self.ours, theirs = pty.openpty()
        self.resize(*size)
        self.theirs = theirs
        self.found = termios.tcgetattr(theirs)
        self.text = ''  # not expected yet
        self.seen = ''
        self.process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=surroundings.environment,
                                        cwd=surroundings.work, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, rows, columns):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def has_more(self):
        return bool(select.select([self.ours], [], [], 0)[0])

    def read(self, timeout=0.05):
        ready, _, _ = select.select([self.ours], [], [], timeout)
        if ready:
            piece = COLOUR.sub('', os.read(self.ours, 65536).decode(errors='replace'))
            self.text += piece
            self.seen += piece

    def expect(self, *words):
        """Waits for all of the words, in order; returns and forgets what came up to there."""
        deadline = time.monotonic() + PATIENCE_S
        for word in words:
            while word not in self.text:
                ended = self.process.poll() is not None
                if time.monotonic() > deadline or (ended and not self.has_more()):
                    raise AssertionError(f'waited in vain for {word!r} in {self.text!r}')
                self.read()
            _, _, self.text = self.text.partition(word)

    def expect_since(self, start, word):
        """The same with what is told at a time of its own: wherever it came in what was seen from there on."""
        deadline = time.monotonic() + PATIENCE_S
        while word not in self.seen[start:]:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f'waited in vain for {word!r} in {self.seen[start:]!r}')
            self.read()

    def type(self, keys):
        os.write(self.ours, keys.encode())

    def finish(self):
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f'it does not end: {self.text!r}')
            self.read()
        self.read(0)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.theirs)
        os.close(self.ours)


class Console(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def start(self, program, *options, text=None):
        path = os.path.join(PROGRAMS, program)
        if text is not None:
            path = os.path.join(self.surroundings.work, program)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        terminal = Terminal(self.surroundings, [CLI, 'run', '--python', PYTHON, '--threshold', '0.5', *options, path])
        self.addCleanup(terminal.close)
        return terminal

    def expect_put_back(self, terminal):
        self.assertEqual(termios.tcgetattr(terminal.theirs), terminal.found)
        self.surroundings.expect_nothing_left()

    def test_freeze_opens_the_console(self):
        terminal = self.start('stopped.py')
        terminal.expect('[FLATLINED', '1 stack', 'H help')
        terminal.type('1')
        terminal.expect('stop_myself')
        terminal.type('2')
        terminal.expect('number')
        terminal.type('s\n')
        terminal.expect('frozen')
        terminal.type('6')
        terminal.expect('1 stack', 'stop_myself')
        terminal.type('8')
        terminal.expect('no connection')
        terminal.type('h\n')
        terminal.expect('Q  quit the console')
        terminal.type('7')
        terminal.expect('$ ')
        terminal.type('echo a$((1+1))b $FLATLINE_PID\n')
        terminal.expect('a2b', '[rc=0] echo')
        terminal.type('5')
        terminal.expect('ended by signal 9', 'Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 128 + 9)
        self.expect_put_back(terminal)

    def test_words_in_the_console(self):
        """Words do as well as keys, also those whose first letter is a key of its own; they can be corrected."""
        terminal = self.start('stopped.py')
        terminal.expect('[FLATLINED', 'H help')
        terminal.type('vars\n')
        terminal.expect('vars', 'number')
        terminal.type('vars number\n')
        terminal.expect('vars number', '--- MainThread', 'in stop_myself', 'number = ')
        terminal.type('vars nothing\n')
        terminal.expect('No frame has a variable “nothing”')
        terminal.type('stack\n')
        terminal.expect('stack', 'stop_myself')
        terminal.type('ner\x7ft\n')
        terminal.expect('no connection')
        terminal.type('cmd echo a$((1+1))b\n')
        terminal.expect('a2b', '[rc=0] echo')
        terminal.type('zork\n')
        terminal.expect('no “zork” here')
        terminal.type('kil\x03')
        terminal.type('status\n')
        terminal.expect('status', 'frozen')
        terminal.type('\x1b[Arefrsh\x1b[3~\x7f\x7fesh\n')  # neither R nor what arrow keys send
        terminal.expect('1 stack', 'stop_myself')
        terminal.type('shell echo ü\x7fä\n')
        terminal.expect('[rc=0] echo ä')
        terminal.type('kill\n')
        terminal.expect('ended by signal 9', 'Q and Enter leave')
        self.assertNotIn('here; H lists', terminal.text)
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 128 + 9)
        self.expect_put_back(terminal)

    def test_what_python_ignores_leaves_the_terminal_to_the_program(self):
        """What a finalizer raises ends nothing: it is said in one line, and kept."""
        terminal = self.start('drops.py', text='class Late:\n'
                                               '    def __del__(self): raise ValueError("late")\n'
                                               'Late()\n'
                                               'print("hello", input("name? "))\n')
        terminal.expect('name? ')
        while 'Python ignored' not in terminal.seen:
            terminal.expect('\n')
        terminal.type('you\r')
        terminal.expect('hello you')
        self.assertEqual(terminal.finish(), 0)
        self.assertIn('Flatline: Python ignored ValueError: late at ', terminal.seen)
        self.assertIn('drops.py:2 in Late.__del__', terminal.seen)
        self.assertNotIn('FLATLINED', terminal.seen)
        kept = subprocess.run([CLI, 'freezes'], env=self.surroundings.environment, capture_output=True, text=True, check=True)
        self.assertIn('ValueError: late', kept.stdout)
        self.expect_put_back(terminal)

    def test_python_in_the_program(self):
        """Names are those of the frame that waits; what is done to objects stays, and the verdict does not move."""
        terminal = self.start('waits.py', text='import threading\n'
                                               'limit = 3\n'
                                               'class Shop:\n'
                                               '    price = 1\n'
                                               '    def sell(self): return self.price\n'
                                               'shop = Shop()\n'
                                               'def other(first, second):\n'
                                               '    with first:\n'
                                               '        both.wait()\n'
                                               '        with second: pass\n'
                                               'one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)\n'
                                               'threading.Thread(target=other, args=(one, two), name="a").start()\n'
                                               'other(two, one)\n')
        terminal.expect('[FLATLINED', 'deadlock', 'H help')
        for asked, answer in (('limit + 1', '  4'), ('[limit for shop in range(limit)]', '  [3, 3, 3]'),
                              ('first', '  <locked _thread.lock'), ('1 / 0', '  ZeroDivisionError: division by zero'),
                              ('1 +', '  SyntaxError'), ('exit(3)', '  SystemExit: 3'),
                              ('shop.price = 7', '  Done, at'), ('shop.sell()', '  7'),
                              ('Shop.sell = lambda self: "ü" * 3', '  Done, at'), ('shop.sell()', "  'üüü'"),
                              ('global limit; limit = 9', '  Done, at'), ('limit', '  9'), ('mine = 5', '  Done, at'),
                              ('mine + _', '  14'), ('import json', '  Done, at'), ('json.dumps([mine])', "  '[5]'")):
            terminal.type(f'p {asked}\n')
            terminal.expect(asked, answer)
        terminal.type('p\n')
        terminal.expect('Say what')
        self.assertNotIn('answers again', terminal.seen)
        self.assertEqual(terminal.seen.count('FLATLINED'), 1)
        terminal.type('5')
        terminal.expect('Q and Enter leave')
        terminal.type('p 1\n')
        terminal.expect('has no agent')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 128 + 9)

    def test_python_without_end(self):
        """What a question does that never ends is not the program's doing: it stays frozen."""
        terminal = self.start('waits.py', text='import threading\n'
                                               'def deep(n): return n and deep(n - 1)\n'
                                               'one = threading.Lock()\n'
                                               'with one:\n'
                                               '    one.acquire()\n')
        terminal.expect('[FLATLINED', 'deadlock', 'H help')
        terminal.type('p [deep(700) for _ in iter(int, 1)]\n')
        terminal.expect('No answer within')
        terminal.type('s\n')
        terminal.expect('frozen')
        self.assertNotIn('answers again', terminal.seen)
        self.assertEqual(terminal.seen.count('FLATLINED'), 1)
        terminal.type('5')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 128 + 9)

    def test_traces_in_the_program(self):
        """Calls are told as they happen, with the program running on; what is no command stays Python's."""
        terminal = self.start('sells.py', text='import threading\n'
                                               'class Shop:\n'
                                               '    def sell(self, n, password="sesame"): return n * 2\n'
                                               'shop, over = Shop(), threading.Event()\n'
                                               'def fail(n): raise KeyError(n)\n'
                                               'print("open", flush=True)\n'
                                               'while not over.wait(0.05):\n'
                                               '    shop.sell(3)\n'
                                               '    try: fail(1)\n'
                                               '    except KeyError: pass\n')
        terminal.expect('open')
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        terminal.type('traces\n')
        terminal.expect('Nothing is traced')
        terminal.type('trace Shop.sell\n')
        terminal.expect('Tracing “__main__:Shop.sell” (', '[MainThread] → Shop.sell(self=<__main__.Shop object at ',
                        'n=3, password=<masked>)', '[MainThread] ← Shop.sell = 6   ')
        terminal.type('traces\n')
        terminal.expect('  __main__:Shop.sell')
        terminal.type('trace Shop.sell --if n > 5\n')
        terminal.expect('Tracing “__main__:Shop.sell” (', 'in place of the one that was on')
        terminal.type('untrace --all\n')
        terminal.expect('No longer traced: __main__:Shop.sell')
        terminal.type('trace fail --count 1 --if n == 1\n')
        terminal.expect('→ fail(n=1)', '✗ fail raises KeyError(1)')
        for wrong, said in (('trace', 'Usage: trace NAME'), ('trace nowhere:f', 'has loaded no module “nowhere”'),
                            ('trace Shop.buy', 'has no “__main__:Shop.buy”'), ('untrace fail', 'nothing to undo'),
                            ('trace builtins:list.append', 'is written in C')):
            terminal.type(wrong + '\n')
            terminal.expect(said)
        terminal.type('p trace = 5\n')
        terminal.expect('Done, at')
        terminal.type('p trace + 1\n')
        terminal.expect('  6')
        terminal.type('p over.set()\n')
        terminal.expect('Q and Enter leave')
        terminal.type('trace fail\n')
        terminal.expect('has no agent')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 0)

    def test_breakpoints_in_the_program(self):
        """The thread that comes there is held, the console opens with its stack, and the others run: no freeze."""
        terminal = self.start('sells.py', text='import threading\n'
                                               'from flatline import beat\n'
                                               'over = threading.Event()\n'
                                               'def sell(n):\n'
                                               '    twice = 2 * n\n'
                                               '    return twice\n'
                                               'print("open", flush=True)\n'
                                               'n = 0\n'
                                               'while not over.wait(0.05):\n'
                                               '    n += 1\n'
                                               '    beat("SELL", "main")\n'
                                               '    sell(n)\n')
        terminal.expect('open')
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        terminal.type('break nowhere.py:3\n')
        terminal.expect('No module of the program comes from “nowhere.py”')
        for name, line, variable in (('sell', 'sells.py:4', None), ('sells.py:6', 'sells.py:6', 'twice')):
            terminal.type(f'break {name}\n')
            terminal.expect('Threads that come to “__main__:sell” (', 'A thread is held at a breakpoint',
                            'MainThread is held at the breakpoint ‘__main__:sell’', line, 'H help')
            terminal.type('1')
            terminal.expect('in sell')
            if variable:
                terminal.type('p twice == 2 * n\n')
                terminal.expect('  True')
            terminal.type('p sell(1)\n')  # is not held
            terminal.expect('  2')
            # As long as a freeze would need to be told, several times.
            terminal.type('shell sleep 3\n')
            terminal.expect('[rc=0]')
            terminal.type('s\n')
            terminal.expect('State: running')
            terminal.type(f'unbreak {name}\n')
            terminal.expect('No longer a breakpoint: __main__:sell')
            terminal.type('continue\n')
            terminal.expect('The thread goes on')
        self.assertNotIn('FLATLINED', terminal.seen)
        terminal.type('continue\n')
        terminal.expect('Still waiting')
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        terminal.type('p over.set()\n')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 0)

    def test_patches_in_the_program(self):
        terminal = self.start('sells.py', text='import threading\n'
                                               'tax, prices, over = 0.2, {"a=b": 1}, threading.Event()\n'
                                               'def total(n): return n * (1 + tax)\n'
                                               'print("open", flush=True)\n'
                                               'over.wait()\n')
        with open(os.path.join(self.surroundings.work, 'fix.py'), 'w', encoding='utf-8') as fix:
            fix.write('def total(n): return "fixed"\n')
        terminal.expect('open')
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        for typed, said in (('patches', 'Nothing is patched'), ('patch sells:tax = 0.7', '“__main__:tax” is now 0.7'),
                            ('unpatch sells:tax', 'No longer patched: __main__:tax'), ('patch tax = 0.5', '“__main__:tax” is now 0.5'),
                            ('patch prices["a=b"] = "x" * 2', "“__main__:prices[\"a=b\"]” is now 'xx'"),
                            ('patch total --file fix.py', 'Patched “__main__:total”'), ('p total(2)', "'fixed'"),
                            ('patches', '__main__:tax = 0.5'), ('patch total --file none.py', 'none.py'),
                            ('patch tax', 'Usage: patch [--keep] NAME = EXPRESSION'),
                            ('patch tax = 1 / 0', 'ZeroDivisionError'), ('unpatch total', 'No longer patched: __main__:total'),
                            ('p total(2)', '  3.0'), ('unpatch --all', 'No longer patched: __main__:tax, __main__:prices["a=b"]'),
                            ('p total(2), prices', "(2.4, {'a=b': 1})")):
            terminal.type(typed + '\n')
            terminal.expect(said)
        terminal.type('p over.set()\n')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 0)

    def call(self, *arguments):
        return subprocess.run([CLI, *map(str, arguments)], env=self.surroundings.environment, cwd=self.surroundings.work,
                              capture_output=True, text=True, timeout=PATIENCE_S)

    def test_from_another_terminal(self):
        """The same commands, given to the supervisor of a process; whoever leaves ends the trace."""
        terminal = self.start('sells.py', text='import os, threading\n'
                                               'over, tax = threading.Event(), 1\n'
                                               'def sell(n): return n + tax\n'
                                               'print("pid", os.getpid(), "is open", flush=True)\n'
                                               'while not over.wait(0.05): sell(1)\n')
        terminal.expect('is open')
        pid = int(re.search(r'pid (\d+) is', terminal.seen)[1])
        counted = self.call('trace', pid, 'sell', '--count', 2, '--if', 'n == 1')
        self.assertEqual((counted.returncode, counted.stderr), (0, ''), counted)
        self.assertRegex(counted.stdout, r'Tracing “__main__:sell” .*\n(\[MainThread\] → sell\(n=1\)\n\[MainThread\] ← sell = 2   .*\n){2}$')
        follower = subprocess.Popen([CLI, 'trace', str(pid), 'sell'], env=self.surroundings.environment,
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.stdout.close)
        while '← sell = 2' not in follower.stdout.readline():
            pass
        self.assertEqual(self.call('traces', pid).stdout, '__main__:sell\n')
        follower.send_signal(signal.SIGINT)
        follower.wait()
        wait_until(lambda: self.call('traces', pid).stdout == 'Nothing is traced\n', 'the end of the trace')
        # Two at once: who leaves first takes nothing from the other, and a pattern is each of its functions.
        followers = [subprocess.Popen([CLI, 'trace', str(pid), name], env=self.surroundings.environment,
                                      stdout=subprocess.PIPE, text=True) for name in ('s*', 's*')]
        for one in followers:
            self.addCleanup(one.stdout.close)
            self.assertEqual(one.stdout.readline(), 'Tracing 1 function, “__main__:s*”\n')
        followers[0].send_signal(signal.SIGINT)
        followers[0].wait()
        followers[1].stdout.readline()
        self.assertEqual(self.call('traces', pid).stdout, '__main__:s*\n')
        while '← sell = 2' not in followers[1].stdout.readline():
            pass
        followers[1].send_signal(signal.SIGINT)
        followers[1].wait()
        self.assertEqual(self.call('patch', pid, 'tax', '=', '5').stdout, '“__main__:tax” is now 5\n')
        self.assertEqual(self.call('patches', pid).stdout, '__main__:tax = 5\n')
        self.assertEqual(self.call('unpatch', pid, '--all').stdout, 'No longer patched: __main__:tax\n')
        refused = self.call('break', pid, 'buy')
        self.assertEqual((refused.returncode, refused.stdout), (1, ''), refused)
        self.assertIn('has no “__main__:buy”', refused.stderr)
        self.assertEqual(self.call('trace', os.getpid(), 'f').returncode, 1)
        self.assertEqual(self.call('trace', 'x').returncode, 2)
        self.assertEqual(self.call('break', pid, 'sell').returncode, 0)
        terminal.expect('A thread is held at a breakpoint', 'H help')
        self.assertEqual(self.call('unbreak', pid, '--all').returncode, 0)
        self.assertEqual(self.call('continue', pid).stdout, 'The thread goes on\n')
        terminal.type('p over.set()\n')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 0)

    def test_only_one_process_of_a_program_is_changed(self):
        """A child is not taken for its parent, which has functions of the same names."""
        terminal = self.start('parent.py', text='import os, threading, time\n'
                                                'def sell(n): return n\n'
                                                'child = os.fork()\n'
                                                'while child == 0: sell(2); time.sleep(0.05)\n'
                                                'print("pid", os.getpid(), "child", child, "is open", flush=True)\n'
                                                'over = threading.Event()\n'
                                                'while not over.wait(0.05): sell(1)\n'
                                                'os.kill(child, 9)\n')
        terminal.expect('is open')
        pid, child = map(int, re.search(r'pid (\d+) child (\d+) is', terminal.seen).groups())
        for command in (('trace', child, 'sell'), ('patch', child, 'sell', '=', 'len'), ('traces', child)):
            answer = self.call(*command)
            self.assertEqual((answer.returncode, answer.stdout), (1, ''), answer)
            self.assertIn(f'only process {pid} can be traced', answer.stderr)
        self.assertEqual(self.call('trace', pid, 'sell', '--count', 1).returncode, 0)
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        terminal.type('p over.set()\n')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 0)

    def test_restart_from_the_console(self):
        terminal = self.start('stopped.py')
        terminal.expect('[FLATLINED', 'H help')
        terminal.type('r\n')
        terminal.expect('again …', '[FLATLINED', 'H help')
        terminal.type('5')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        self.assertEqual(terminal.finish(), 128 + 9)
        self.expect_put_back(terminal)

    def test_monitor_tells_new_changed_and_gone(self):
        terminal = self.start('program.py', text='import socket\n'
                                                 'listener = socket.create_server(("127.0.0.1", 0))\n'
                                                 'for word in iter(input, "end"):\n'
                                                 '    if word == "connect":\n'
                                                 '        one = socket.create_connection(listener.getsockname())\n'
                                                 '    elif word == "send":\n'
                                                 '        one.send(b"x" * 100)\n'
                                                 '    elif word == "close":\n'
                                                 '        one.close()\n'
                                                 '    print("did", word, flush=True)\n')

        def order(word):
            terminal.type('q\n')
            terminal.expect('Still waiting')
            terminal.type(word + '\n')
            terminal.expect('did ' + word)
            terminal.type('\x1c')
            terminal.expect('opened by hand')

        terminal.type('ready\n')
        terminal.expect('did ready')
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        terminal.type('9')
        terminal.expect('Watching connections')
        for word, told in (('connect', 'new '), ('send', 'changed '), ('close', 'gone ')):
            start = len(terminal.seen)
            order(word)
            terminal.expect_since(start, told)
        terminal.type('9')
        terminal.expect('Watching ended')
        terminal.type('q\n')
        terminal.expect('Still waiting')
        terminal.type('end\n')
        self.assertEqual(terminal.finish(), 0)
        self.expect_put_back(terminal)

    def test_console_by_hand_and_back(self):
        terminal = self.start('program.py', text='print("ready", flush=True)\nprint("got", input(), flush=True)\n'
                                                 'print("and", input(), flush=True)\n')
        terminal.expect('ready')
        terminal.type('\x1c')
        terminal.expect('opened by hand', 'H help')
        terminal.type('q\n')
        terminal.expect('Still waiting')
        terminal.type('one\r')
        terminal.expect('got one')
        terminal.type('two\n')
        terminal.expect('and two')
        self.assertEqual(terminal.finish(), 0)
        self.expect_put_back(terminal)

    def test_interrupt_and_end_of_input_are_the_programs(self):
        terminal = self.start('program.py', text='import signal, sys\n'
                                                 'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n'
                                                 'print("first", flush=True)\n'
                                                 'signal.sigwait([signal.SIGINT])\nprint("interrupted", flush=True)\n'
                                                 'try:\n input("second ")\nexcept EOFError:\n'
                                                 ' print("end of input")\nsys.exit(5)\n')
        terminal.expect('first')
        terminal.type('\x03')
        terminal.expect('interrupted', 'second ')
        terminal.type('\x04')
        terminal.expect('end of input')
        self.assertEqual(terminal.finish(), 5)
        self.expect_put_back(terminal)

    def test_interrupt_ends_the_program_and_that_is_all(self):
        """Who presses Ctrl+C knows why it ended."""
        terminal = self.start('program.py', text='import time\nprint("ready", flush=True)\ntime.sleep(600)\n')
        terminal.expect('ready')
        terminal.type('\x03')
        self.assertEqual(terminal.finish(), 128 + signal.SIGINT)
        self.assertIn('KeyboardInterrupt', terminal.seen)
        self.assertNotIn('FLATLINED', terminal.seen)
        self.expect_put_back(terminal)

    def test_suspend_stops_the_job_of_the_shell(self):
        path = os.path.join(self.surroundings.work, 'program.py')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('import os\nprint("pid", os.getpid(), "ready", flush=True)\nprint("got", input(), flush=True)\n'
                       'os.read(0, 1)\n')
        terminal = Terminal(self.surroundings, ['bash', '--norc', '--noprofile', '-i'])
        self.addCleanup(terminal.close)
        terminal.type(f'{CLI} run --python {PYTHON} --threshold 30 {path}\n')
        start = len(terminal.seen)
        terminal.expect('ready\r\n')
        pid = re.search(r'pid (\d+) ready', terminal.seen[start:])[1]

        def read_state():
            with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
                return stat.read().rpartition(')')[2].split()[0]

        for _ in range(2):
            terminal.type('\x1a')
            terminal.expect('Stopped')
            wait_until(lambda: read_state() == 'T', 'the program to stand still')
            terminal.type('echo is-"$((6 * 7))"\n')
            terminal.expect('is-42')
            terminal.type('fg\n')
            wait_until(lambda: read_state() == 'S', 'the program to go on')
        terminal.type('one\n')
        terminal.expect('got one')
        terminal.type('\n')
        terminal.expect('bash-')
        terminal.type('exit 3\n')
        self.assertEqual(terminal.finish(), 3)
        self.assertNotIn('FLATLINED', terminal.seen)
        self.surroundings.expect_nothing_left()

    def test_window_size(self):
        terminal = self.start('program.py', text='import os, select, signal\n'
                                                 # Not print(): it may be in the midst of one.
                                                 'signal.signal(signal.SIGWINCH, lambda *a: os.write(1, '
                                                 'str(os.get_terminal_size()).encode()))\n'
                                                 'print(os.get_terminal_size(), "? ", flush=True)\n'
                                                 # One that comes just before a read that goes on for ever is never told.
                                                 'while not select.select([0], [], [], 0.1)[0]: pass\n'
                                                 'assert input() == "end"\n')
        terminal.expect('columns=100, lines=30', '? ')
        terminal.resize(50, 132)
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.expect('columns=132, lines=50')
        terminal.type('end\n')
        self.assertEqual(terminal.finish(), 0)
        self.expect_put_back(terminal)

    def test_no_console(self):
        terminal = self.start('stopped.py', '--no-console', '--exit-after-freeze')
        terminal.expect('[FLATLINED', 'stop_myself')
        self.assertEqual(terminal.finish(), 128 + 9)
        self.expect_put_back(terminal)

    def test_terminal_is_put_back_after_a_signal(self):
        for signum in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signum=signum):
                terminal = self.start('program.py', text='print("ready", flush=True)\ninput()\n')
                terminal.expect('ready')
                wait_until(lambda: termios.tcgetattr(terminal.theirs) != terminal.found, 'raw keys')
                terminal.process.send_signal(signum)
                self.assertEqual(terminal.finish(), 128 + signum)
                self.expect_put_back(terminal)

    def test_quit_is_passed_on(self):
        terminal = self.start('program.py', '--no-console', text='print("ready", flush=True)\ninput()\n')
        terminal.expect('ready')
        wait_until(lambda: termios.tcgetattr(terminal.theirs) != terminal.found, 'raw keys')
        terminal.process.send_signal(signal.SIGQUIT)
        self.assertEqual(terminal.finish(), 128 + signal.SIGQUIT)
        self.expect_put_back(terminal)


if __name__ == '__main__':
    unittest.main()
