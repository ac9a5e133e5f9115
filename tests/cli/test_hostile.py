# SPDX-License-Identifier: MIT
"""Nothing that a program calls its threads, functions, files and values, says of itself or raises is obeyed by the
terminal of who reads about it: no control character, none of C1 either, and no mark that turns the direction of writing;
the latter stay in JSON, which programs read."""
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'end-to-end'))
from supervised import CLI, PYTHON, Surroundings  # noqa: E402
from test_terminal import COLOUR, Terminal  # noqa: E402

NAME = '\x1b]0;owned\x07\x9b31m\u202eevil'
SHOWN = r'\x1b]0;owned\x07\x9b31m\u202eevil'
PROGRAM = f'''import os, socket, sys, threading

NAME = {ascii(NAME)}


class Liar(Exception):
    def __repr__(self):
        return NAME + "\\n" + NAME


def wait(lock):
    value = {{NAME: NAME}}
    liar = Liar(NAME)
    with lock:
        print('ready', flush=True)
        lock.acquire()


def fail():
    said = NAME
    said = 2 * NAME
    sys.stderr = None
    raise Liar(NAME)


wait.__code__ = wait.__code__.replace(co_name=NAME)
if sys.argv[1] == 'fail':
    fail()
address = socket.socket(socket.AF_UNIX)
address.bind('\\0' + NAME + str(os.getpid()))
address.listen()
thread = threading.Thread(target=wait, args=(threading.Lock(),), name=NAME)
thread.start()
thread.join()
'''
OBEYED = re.compile(r'[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]')


class Hostile(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)
        self.path = os.path.join(self.surroundings.work, 'a\x1b[31m\x9b.py')
        with open(self.path, 'w', encoding='utf-8') as program:
            program.write(PROGRAM)

    def expect_harmless(self, *arguments, shown=SHOWN, status=0, **options):
        ran = self.surroundings.call(*arguments, **options)
        self.assertEqual(ran.returncode, status, ran.stderr)
        text = (ran.stdout + ran.stderr).decode()
        self.assertIn(shown, text)
        self.assertEqual(OBEYED.findall(text)[:3], [])

    def expect_harmless_json(self, look, *arguments):
        """And nothing is lost in it."""
        ran = self.surroundings.call(*arguments)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        text = ran.stdout.decode()
        self.assertEqual(re.findall(r'[\x00-\x09\x0b-\x1f\x7f-\x9f]', text)[:3], [])
        self.assertIn(NAME, look(json.loads(text.splitlines()[-1])))

    def test_a_freeze(self):
        self.expect_harmless('run', '--python', PYTHON, '--threshold', '0.5', '--exit-after-freeze', self.path, 'freeze',
                             status=137, shown=f'Thread ‘{SHOWN}’')
        self.expect_harmless('freezes')
        self.expect_harmless('freezes', '--group')
        self.expect_harmless('show', '1', shown="value = {'")
        self.expect_harmless('export', '1', '--format', 'text')
        self.expect_harmless_json(lambda freeze: freeze['summary'], 'freezes', '--json')
        self.expect_harmless_json(lambda snapshot: [thread['name'] for thread in snapshot['threads']], 'show', '--json', '1')

    def test_a_process(self):
        process = subprocess.Popen([PYTHON, self.path, 'freeze'], stdout=subprocess.PIPE,
                                   env=self.surroundings.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        process.stdout.readline()
        self.expect_harmless('dump', process.pid)
        self.expect_harmless_json(lambda snapshot: [thread['name'] for thread in snapshot['threads']],
                                  'dump', '--json', process.pid)

    def test_a_recording(self):
        self.surroundings.call('record', '--python', PYTHON, self.path, 'fail')
        folder = os.path.join(self.surroundings.environment['XDG_DATA_HOME'], 'flatline', 'recordings')
        recording = os.path.join(folder, *os.listdir(folder))
        self.expect_harmless('recordings', shown=r'a\x1b[31m\x9b.py')
        self.expect_harmless('replay', '--list', recording, shown='said')
        self.expect_harmless('replay', recording, input=b'e\nwhere\nvars\nlist\nthreads\nwhen said\n',
                             shown='Here said became')
        self.expect_harmless('replay', recording, input=NAME.encode() + b'\n', status=1)
        self.expect_harmless_json(lambda about: about['file'] + NAME, 'recordings', '--json')

    def test_complaints(self):
        self.expect_harmless(NAME, status=2)
        self.expect_harmless('show', NAME + '.flatline', status=1)
        self.expect_harmless('run', NAME + '.py', status=2)

    def test_the_console(self):
        terminal = Terminal(self.surroundings, [CLI, 'run', '--python', PYTHON, '--threshold', '0.5', self.path, 'freeze'])
        self.addCleanup(terminal.close)
        terminal.expect(f'Thread ‘{SHOWN}’', 'H help')
        terminal.type('1')
        terminal.expect(f'--- {SHOWN}')
        terminal.type('p liar\n')
        terminal.expect(f'  {SHOWN}', SHOWN, '# ')
        terminal.type('8')
        terminal.expect(f'@{SHOWN}')
        terminal.type('s\n')
        terminal.expect('frozen')
        terminal.type('5')
        terminal.expect('Q and Enter leave')
        terminal.type('q\n')
        terminal.finish()
        self.assertEqual(OBEYED.findall(COLOUR.sub('', terminal.seen).replace('\r\n', '\n').replace('\b', ''))[:3], [])


if __name__ == '__main__':
    unittest.main()
