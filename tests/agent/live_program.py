# SPDX-License-Identifier: MIT
"""A program that does what its standard input says, while somebody in the supervisor's place asks things of its agent."""
import json
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import Programs, wait_until  # noqa: E402

RUNNER = '''
import sys, threading
for line in sys.stdin:
    try:
        exec(line, globals())
    except BaseException as error:
        print("failed:", repr(error))
    print("done", flush=True)
'''


class LivePrograms(Programs):
    def live(self, modules, listener=None):
        """Starts a program beside files {name: source}, which is told what to do by self.do()."""
        for name, source in modules.items():
            self.write(source, name)
        self.listener = listener or self.listen()
        self.process = self.start([self.write(RUNNER)], self.listener, stdin=subprocess.PIPE)
        self.addCleanup(self.process.stdin.close)
        self.listener.wait_for(lambda event: event.get('event') == 'hello', 'the agent')
        self.number = 0

    def begin(self, line):
        self.process.stdin.write(line.encode() + b'\n')
        self.process.stdin.flush()

    def end(self):
        """What was printed."""
        said = []
        while True:
            line = self.process.stdout.readline().decode()
            if not line:
                raise AssertionError('the program ended: %s' % self.process.stderr.read().decode())
            if line == 'done\n':
                return ''.join(said)
            said.append(line)

    def do(self, line):
        self.begin(line)
        return self.end()

    def ask(self, method, connection=0, **params):
        self.number += 1
        number = self.number
        self.listener.connections[connection].sendall(
            json.dumps({'id': number, 'method': method, 'params': params}).encode() + b'\n')
        try:
            answer = self.listener.wait_for(lambda event: event.get('id') == number, 'the answer to ' + method)
        except AssertionError as error:
            raise AssertionError('%s; the program: %s' % (error, self.process.poll()))
        return answer.get('result', answer.get('error'))

    def hang_up(self):
        """As a supervisor that is gone."""
        self.listener.socket.shutdown(socket.SHUT_RDWR)
        for connection in self.listener.connections:
            connection.shutdown(socket.SHUT_RDWR)

    def told(self):
        """[(depth, what, name, text)] so far, without addresses."""
        return [(call.get('depth'), call['what'], call.get('name', '').rpartition(':')[2],
                 re.sub('0x[0-9a-f]+', '0x', call.get('text', ''))) for call in self.listener.named('call')]

    def wait_told(self, expected):
        def is_told():
            return len(self.told()) >= len(expected)

        try:
            wait_until(is_told, 'calls')
        except AssertionError:
            pass
        self.assertEqual(self.told(), expected)

    def forget(self):
        self.listener.events[:] = [event for event in self.listener.events if event.get('event') != 'call']
