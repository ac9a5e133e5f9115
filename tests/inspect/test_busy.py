# SPDX-License-Identifier: MIT
"""A program that never stands still is looked at many times in a row (--soak: 10,000 times by the engine, and 10,000 by the
command line, or FLATLINE_TEST_DUMPS, and a tenth as often with each other Python, of which --all-pythons has more): it is
never left stopped, never taken for another, and its stacks are whole and true."""
import math
import os
import subprocess
import sys
import threading
import unittest

from inspected import BUILD, HERE, PYTHONS, dump

SOAK = os.environ.get('FLATLINE_TEST_SOAK') == '1'
CAPTURES = 10_000 if SOAK else 300
DUMPS = int(os.environ.get('FLATLINE_TEST_DUMPS') or (10_000 if SOAK else 10))
LOOKS_AT_GIL = 20
TOOL = os.path.join(BUILD, 'tests', 'inspect', 'soak-captures')
PROGRAM = os.path.join(HERE, 'busy_program.py')
# Each of them only computes: when it sleeps, it waits for the GIL.
COMPUTING = '''
import threading, time
def add(number):
    return number + 1
def compute():
    number = 0
    begun.append(number)
    while True:
        number = add(number)
begun = []
for i in range(8):
    threading.Thread(target=compute, daemon=True).start()
while len(begun) < 8:
    time.sleep(0.01)
print('ready', flush=True)
input()
'''
# Computes a little, in one call of C, whenever it is told to, and then waits.
NOW_AND_THEN = '''
import os
numbers = range(200000)
def compute():
    return sum(numbers)
def wait():
    return os.read(0, 1)
print('ready', flush=True)
while wait():
    compute()
'''
COMING_AND_GOING = '''
import threading
print('ready', flush=True)
while True:
    threads = [threading.Thread(target=int) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
'''
# What may be missing or mixed up of the stacks: those that changed faster than they could be read.
MAX_SHARE = 0.001


def read_states(pid):
    """Of all threads, and of the children."""
    states = []
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/stat', encoding='utf-8') as stat:
                states.append(stat.read().rpartition(')')[2].split()[0])
            with open(f'/proc/{pid}/task/{task}/children', encoding='utf-8') as children:
                for child in children.read().split():
                    with open(f'/proc/{child}/stat', encoding='utf-8') as stat:
                        states.append(stat.read().rpartition(')')[2].split()[0])
        except OSError:
            continue
    return states


class Busy(unittest.TestCase):
    def test_threads_that_are_gone_are_not_told_of(self):
        with subprocess.Popen([sys.executable, '-c', COMING_AND_GOING], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            for i in range(30):
                for thread in dump(process.pid, *(['--native'] if i % 2 else []))['threads']:
                    self.assertTrue(thread['is_python'] or thread.get('state'), thread)
            process.kill()

    def test_one_that_comes_to_a_halt_meanwhile(self):
        """What the kernel says it waits for, and where it is, are of one moment."""
        with subprocess.Popen([sys.executable, '-c', NOW_AND_THEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            for i in range(40):
                look = threading.Timer(i % 8 / 1000, lambda: (process.stdin.write(b'x'), process.stdin.flush()))
                look.start()
                thread = dump(process.pid)['threads'][0]
                look.join()
                if thread['moves'] == 1 and thread.get('syscall') == 'read':
                    self.assertEqual(thread['frames'][0]['function'], 'wait', thread)
            process.stdin.close()

    def start(self, sleepers=0, command=('/usr/bin/python3',)):
        self.process = subprocess.Popen([*command, PROGRAM, str(sleepers)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), 'ready\n')
        self.pid = self.process.pid
        with open(PROGRAM, encoding='utf-8') as source:
            self.lines = source.read().split('\n')
        self.stacks = self.incomplete = 0
        self.torn = []

    def end(self):
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def look_at_stack(self, incomplete, calls):
        """@calls: (function, line, whether it is the program's own), innermost first."""
        self.stacks += 1
        self.incomplete += incomplete
        for (callee, _, own), (_, line, caller_own) in zip(calls, calls[1:]):
            if own and caller_own and not incomplete:
                text = self.lines[line - 1]
                # The generator is called by the loop over it.
                if callee + '(' not in text:
                    self.torn.append(f'{callee} called by “{text.strip()}”')
                    return

    def finish(self):
        """It goes on as if nothing had been: it answers, and has done something of each kind."""
        self.assertEqual([state for state in read_states(self.pid) if state in 'Tt'], [])
        answer, _ = self.process.communicate('\n', timeout=120)
        self.assertTrue(all(int(count) > 0 for count in answer.split()), answer)
        self.assertEqual(self.process.returncode, 0)
        print(f'{self.stacks} stacks, {self.incomplete} incomplete, {len(self.torn)} torn {self.torn[:5]}; the program did '
              f'{answer.strip()}', file=sys.stderr)
        # Of few stacks chance may make more of them so than of many.
        expected = MAX_SHARE * self.stacks
        allowed = expected + 3 * math.sqrt(expected)
        self.assertLessEqual(self.incomplete, allowed)
        self.assertLessEqual(len(self.torn), allowed, self.torn[:20])

    def look_many_times(self, captures, threads_at_least):
        held = []
        with subprocess.Popen([TOOL, str(self.pid), str(captures)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as tool:
            for count, line in enumerate(tool.stdout):
                head, *threads = line.rstrip('\n').split('\t')
                paused, pid, pause_us = map(int, head.split())
                self.assertEqual(pid, self.pid)
                if paused:
                    held.append(pause_us / 1e3)
                self.assertGreaterEqual(len(threads), threads_at_least, line)
                for thread in threads:
                    of_pid, _, incomplete, *calls = thread.split(' ')
                    self.assertEqual(int(of_pid), self.pid, line)
                    places = [call.rsplit(':', 2) for call in calls]
                    self.look_at_stack(incomplete != '0', [(name, int(at), own == '1') for name, at, own in places])
                if count % 100 == 99:
                    # Only what the capture that now goes on holds may be stopped.
                    self.assertIsNone(self.process.poll())
            self.assertEqual(tool.wait(), 0)
            self.assertEqual(count + 1, captures)
        held.sort()
        print(f'{captures} captures, held {held[len(held) // 2]:.2f} ms in the median, at most {held[-1]:.2f} ms',
              file=sys.stderr)
        self.finish()

    def test_captures_in_a_row(self):
        self.start()
        self.look_many_times(CAPTURES, 5)

    def test_captures_of_a_crowd(self):
        """Of many threads those that sleep are left asleep; one that wakes meanwhile mixes nothing up."""
        self.start(sleepers=100)
        self.look_many_times(CAPTURES // 5, 106)

    def test_who_waits_for_the_gil(self):
        """One that had the GIL when the look began and had to give it away before the end of it, too."""
        with subprocess.Popen(['/usr/bin/python3', '-c', COMPUTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as process:
            self.addCleanup(process.kill)
            self.assertEqual(process.stdout.readline(), 'ready\n')
            waiting = 0
            for _ in range(LOOKS_AT_GIL):
                for thread in dump(process.pid)['threads']:
                    if not thread['is_main'] and thread.get('syscall') == 'futex':
                        self.assertNotEqual(thread['waits_for_gil'], thread['holds_gil'], thread.get('waiting_for'))
                        waiting += 1
            self.assertGreater(waiting, 0)

    def dump_many_times(self, dumps):
        held = []
        for count in range(dumps):
            options = [['--no-locals', '--no-pause'], [], ['--no-pause'], ['--no-locals']][count % 4]
            snapshot = dump(self.pid, *options)
            self.assertEqual([state for state in read_states(self.pid) if state in 'Tt'], [], options)
            self.assertEqual(snapshot['program']['pid'], self.pid)
            held.append(snapshot.get('pause_us', 0) / 1e3)
            for thread in snapshot['threads']:
                self.assertEqual(thread['pid'], self.pid)
                self.look_at_stack(bool(thread.get('incomplete')),
                                   [(frame['function'], frame['line'], frame['file'] == PROGRAM)
                                    for frame in thread.get('frames', [])])
        print(f'{dumps} dumps, held for at most {max(held):.2f} ms', file=sys.stderr)
        self.finish()

    def test_dumps_in_a_row(self):
        for i, (version, command) in enumerate(PYTHONS):
            if command[0] == 'chroot':
                continue  # which does not see the program
            with self.subTest(python=version, command=command):
                print(*command, version, file=sys.stderr)
                self.start(command=command)
                self.dump_many_times(DUMPS if i == 0 else max(DUMPS // 10, 4))


if __name__ == '__main__':
    unittest.main()
