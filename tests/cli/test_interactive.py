# SPDX-License-Identifier: MIT
"""Programs that a person talks to find in flatline-cli run the terminal they would have alone: a shell its jobs, a pager its
keys; and output and errors come in the order in which they were written."""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'end-to-end'))
from supervised import CLI, PYTHON, Surroundings  # noqa: E402
from test_terminal import Terminal  # noqa: E402

# As less does it, which may have its text from a pipe.
PAGER = r'''
import os, sys, termios
keys = os.open(os.ttyname(2), os.O_RDWR | os.O_NOCTTY)
found = termios.tcgetattr(keys)
modes = termios.tcgetattr(keys)
modes[3] &= ~(termios.ICANON | termios.ECHO)
termios.tcsetattr(keys, termios.TCSADRAIN, modes)
sys.stdout.write('page 1\n')
sys.stdout.flush()
number = 1
try:
    while True:
        try:
            key = os.read(keys, 1)
        except KeyboardInterrupt:
            sys.stdout.write('interrupted\n')
            sys.stdout.flush()
            continue
        if key == b'q':
            break
        number += 1
        sys.stdout.write('page %d\n' % number)
        sys.stdout.flush()
finally:
    termios.tcsetattr(keys, termios.TCSADRAIN, found)
print('over', flush=True)
print('read', sys.stdin.readline().strip())
'''

TURNS = '''
import sys
for number in range(300):
    print(number, file=sys.stderr if number % 2 else sys.stdout, flush=True)
print('the end')
'''


class Interactive(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def start(self, *argv):
        terminal = Terminal(self.surroundings, [CLI, 'run', '--', *argv])
        self.addCleanup(terminal.close)
        return terminal

    def test_shell_has_jobs(self):
        terminal = self.start('bash', '--norc', '--noprofile', '--noediting', '-i')
        prompt = '# ' if os.getuid() == 0 else '$ '
        terminal.expect(prompt)
        self.assertNotIn('job control', terminal.seen)
        # Only the shell says so, in a job of its own.
        terminal.type('sh -c "echo a\$((1+1))b; exec cat"\n')
        terminal.expect('a2b')
        terminal.type('\x1a')
        terminal.expect('Stopped', prompt)
        terminal.type('fg\n')
        # It has the terminal again once it answers.
        terminal.type('word\n')
        terminal.expect('word', 'word')
        terminal.type('\x03')
        terminal.expect(prompt)
        terminal.type('echo "said $?" >&2; exit 7\n')
        terminal.expect('said 130')
        self.assertEqual(terminal.finish(), 7)

    def test_pager_has_its_keys(self):
        terminal = self.start(PYTHON, '-c', PAGER)
        terminal.expect('page 1')
        terminal.type(' ')
        terminal.expect('page 2')
        terminal.type('\x03')
        terminal.expect('interrupted')
        terminal.type(' ')
        terminal.expect('page 3')
        terminal.type('q')
        terminal.expect('over')
        terminal.type('a line\n')
        terminal.expect('read a line')
        self.assertEqual(terminal.finish(), 0)

    def test_output_and_errors_in_order(self):
        terminal = self.start(PYTHON, '-c', TURNS)
        terminal.expect('the end')
        self.assertEqual(terminal.finish(), 0)
        self.assertEqual(re.findall(r'^(\d+)', terminal.seen, re.M), [str(number) for number in range(300)])

    def test_output_and_errors_in_order_in_a_pipe(self):
        process = subprocess.run([CLI, 'run', '--', PYTHON, '-c', TURNS], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, check=True, env=self.surroundings.environment,
                                 cwd=self.surroundings.work)
        self.assertEqual(process.stdout, ''.join(f'{number}\n' for number in range(300)) + 'the end\n')


if __name__ == '__main__':
    unittest.main()
