# SPDX-License-Identifier: MIT
"""A program that dies, run alone and under Flatline: how it ends is the same, byte for byte."""
import os
import re
import resource
import signal
import subprocess
import sys
import unittest

from agent_run import AGENT, PYTHON
from matrix import INTERPRETERS
from supervised import Supervised, Surroundings, find_frame, find_local


class Dying:
    """Mixed into test cases: programs that die, alone and supervised."""

    python = PYTHON
    is_held = True

    @classmethod
    def setUpClass(cls):
        """Whether the agent's C part is for this Python: it is not where the C library is older than ours."""
        super().setUpClass()
        text = f'import sys; sys.path.insert(0, {AGENT!r}); from flatline import agent; print(agent.native is not None)'
        asked = subprocess.run([cls.python, '-c', text], capture_output=True, text=True, timeout=120, check=True)
        cls.is_held = asked.stdout.strip() == 'True'
        if not cls.is_held:
            print(f'{cls.python}: the agent has no C part here: deaths are held by ptrace', file=sys.stderr)

    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def write(self, text, name='program.py'):
        path = os.path.join(self.surroundings.work, name)
        with open(path, 'w', encoding='utf-8') as source:
            source.write(text)
        return path

    def run_alone(self, path, flags=(), environment=None):
        return subprocess.run([self.python, *flags, path], cwd=self.surroundings.work, capture_output=True, timeout=120,
                              stdin=subprocess.DEVNULL, env={**self.surroundings.environment, **(environment or {})})

    def supervise(self, path, options=(), environment=None, words=None):
        """`words`: what to run in place of the script."""
        before = dict(self.surroundings.environment)
        self.surroundings.environment.update(environment or {})
        run = Supervised(self.surroundings, *(words or [path]), options=['--pipes', *options], threshold=30, python=self.python)
        self.surroundings.environment.clear()
        self.surroundings.environment.update(before)
        self.addCleanup(run.close)
        run.finish()
        return run

    @staticmethod
    def clean(text):
        """Addresses and ids differ from run to run."""
        # faulthandler lists all threads, the agent's too.
        text = re.sub(r'Thread 0x\w+ [^\n]*\n( *<no Python frame>\n|(  File "[^\n]*\n)*  File "[^"]*/flatline/agent.py"[^\n]*\n)\n', '', text)
        text = re.sub(r'0x[0-9a-f]{6,}', '0x', text)
        return re.sub(r'(?<=thread )\d{6,}|(?<=pid )\d+', 'N', text)

    def compare(self, text, environment=None, options=(), flags=()):
        """The supervised run, after its outcome has been found to be that of the unsupervised one."""
        path = self.write(text)
        alone = self.run_alone(path, flags, environment=environment)
        run = self.supervise(path, options, environment, [self.python, *flags, path] if flags else None)
        exited = run.named('exited')[0]
        status = exited['status'] if exited['status'] is not None else -exited['signal']
        self.assertEqual((status, self.clean(run.output('stdout')), self.clean(run.output('stderr'))),
                         (alone.returncode, self.clean(alone.stdout.decode()), self.clean(alone.stderr.decode())),
                         run.read_errors())
        self.surroundings.expect_nothing_left()
        return run

    def find_crash(self, run):
        crashes = [event for event in run.named('freeze') if event['freeze']['kind'] == 'crash']
        self.assertEqual(len(crashes), 1, run.summary())
        return crashes[0]

    def expect_held(self, run, name, smashed=False, way=None):
        way = way or ('held' if self.is_held else 'exit-event')
        crash = self.find_crash(run)
        snapshot = crash['snapshot']
        self.assertEqual(snapshot['way'], way, snapshot.get('notes'))
        self.assertEqual(snapshot['signal'], getattr(signal, name))
        self.assertEqual(crash['verdict']['kind'], 'crash', crash['verdict'])
        self.assertIn(name, crash['verdict']['summary'])
        self.assertTrue(snapshot['registers'] and snapshot['mappings'])
        if smashed:
            return crash
        thread, frame = find_frame(snapshot, 'program.py', 'last_words')
        self.assertIsNotNone(frame, (snapshot.get('threads'), snapshot.get('notes')))
        self.assertEqual((find_local(frame, 'weight') or {}).get('text'), '17')
        self.assertEqual((find_local(frame, 'message') or {}).get('text'), "'good bye'")
        return crash

    def need_cores(self):
        """Cores as files in the working folder, as large as they get; skipped where that cannot be had."""
        with open('/proc/sys/kernel/core_pattern', encoding='ascii') as pattern:
            if not pattern.read().startswith('core'):
                self.skipTest('the kernel writes no core files into the working folder here')
        if os.environ.get('FLATLINE_TEST_SANITIZE'):
            self.skipTest('a program with sanitizers leaves no core file')
        before = resource.getrlimit(resource.RLIMIT_CORE)
        if before[1] != resource.RLIM_INFINITY:
            self.skipTest('core files are limited here')
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)


def add_each_python(names, word, cases):
    """A test class of the cases for each Python of the matrix, one that is skipped for each that is not here."""
    for name, (python, version) in INTERPRETERS.items():
        if python:
            names[word + name] = type(word + name, (cases, unittest.TestCase), {
                'python': python, 'version': version, 'is_free_threaded': name.split('_')[1].endswith('t'),
                '__module__': names['__name__']})
        else:
            names[word + name] = type(word + name, (unittest.TestCase,), {
                'test_all': lambda self, version=version: self.skipTest(f'there is no Python {version} here'),
                '__module__': names['__name__']})
