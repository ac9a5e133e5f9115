# SPDX-License-Identifier: MIT
"""[repl] of config.ini: the console as lines over TCP. Who has the token reads, kills and restarts; who has not, a
page in a browser for one, is sent away; and no command of a shell is run for anybody."""
import os
import re
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'end-to-end'))
from supervised import CLI, PATIENCE_S, PROGRAMS, PYTHON, Surroundings  # noqa: E402


class Visitor:
    """As nc: what is typed goes out as lines."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=PATIENCE_S)
        self.text = ''

    def say(self, line):
        self.socket.sendall(line.encode() + b'\n')

    def expect(self, *words):
        for word in words:
            while word not in self.text:
                piece = self.socket.recv(65536)
                if not piece:
                    raise AssertionError(f'sent away, and waited in vain for {word!r} in {self.text!r}')
                self.text += piece.decode()
            _, _, self.text = self.text.partition(word)

    def is_sent_away(self):
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True


class LineConsole(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def start(self, port=0):
        config = os.path.join(self.surroundings.work, 'config.ini')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(f'[flatline]\nfreeze_threshold = 0.5\n[repl]\nenabled = true\nport = {port}\n')
        process = subprocess.Popen([CLI, 'run', '--python', PYTHON, '--config', config,
                                    os.path.join(PROGRAMS, 'stopped.py')], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                                   env=self.surroundings.environment, cwd=self.surroundings.work)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, process.stderr.readline()

    def visit(self, port):
        visitor = Visitor(port)
        self.addCleanup(visitor.socket.close)
        return visitor

    def test_read_killed_and_restarted_from_elsewhere(self):
        process, line = self.start()
        port, token = int(re.search(r'port (\d+)', line)[1]), line.split()[-1]
        self.assertRegex(token, '^[0-9a-f]{32}$')
        while 'FLATLINED' not in process.stderr.readline():
            pass
        visitor = self.visit(port)
        visitor.expect('Token: ')
        visitor.say(token)
        visitor.expect('FLATLINED', '1 stack')
        visitor.say('vars')
        visitor.expect('stop_myself', 'number')
        visitor.say('status')
        visitor.expect('frozen')
        mark = os.path.join(self.surroundings.work, 'mark')
        for command in ('7 touch ' + mark, 'shell touch ' + mark, 'cmd touch ' + mark, '7', 'p 1 + 1'):
            visitor.say(command)
            visitor.expect('at the terminal only')
        visitor.say('zork')
        visitor.expect('no “zork” here')
        other = self.visit(port)
        other.expect('Token: ')
        other.say(token)
        other.expect('1 stack')
        other.say('q')
        self.assertTrue(other.is_sent_away())
        visitor.say('restart')
        visitor.expect('again …')
        while 'FLATLINED' not in process.stderr.readline():
            pass
        self.assertFalse(os.path.exists(mark))
        visitor.say('kill')
        self.assertTrue(visitor.is_sent_away())
        self.assertEqual(process.wait(PATIENCE_S), 128 + 9)

    def test_without_the_token(self):
        process, line = self.start()
        port, token = int(re.search(r'port (\d+)', line)[1]), line.split()[-1]
        for said in ('', 'GET / HTTP/1.1', token[:-1], token + '0', token.upper() + ' 5', '5', 'x' * 100000):
            stranger = self.visit(port)
            try:
                stranger.say(said)
                stranger.say('5')
            except ConnectionError:
                pass
            self.assertTrue(stranger.is_sent_away(), said[:40])
        self.assertIsNone(process.poll())

    def test_a_port_that_is_taken(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            process, line = self.start(taken.getsockname()[1])
            self.assertIn('name another port', line)
            while 'FLATLINED' not in process.stderr.readline():
                pass


if __name__ == '__main__':
    unittest.main()
