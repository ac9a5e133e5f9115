# SPDX-License-Identifier: MIT
"""Programs that are not frozen, each for a while in a session of its own as a person would start it: no freeze is told,
and no look from outside finds a deadlock. Long, so only with --soak."""
import concurrent.futures
import json
import os
import signal
import subprocess
import unittest

from supervised import PYTHON, SOURCE, Supervised, Surroundings

SOAK = os.environ.get('FLATLINE_TEST_SOAK') == '1'
CALM = os.path.join(SOURCE, 'tests', 'fixtures', 'calm')
WATCHED_S = 8.0
AT_ONCE = 4
# flatline-cli run without --threshold; here since Supervised always gives one.
USUAL_THRESHOLD_S = 2.5
PROGRAMS = sorted(name for name in os.listdir(CALM) if name.endswith('.py'))


def read_needs(program):
    """The modules and devices that its second line names (tests/zoo/animal.h)."""
    with open(os.path.join(CALM, program), encoding='utf-8') as source:
        words = source.readlines()[1].split()
    return [need for word in words if word.startswith('needs=') for need in word[len('needs='):].split(',')]


def find_missing(program):
    """What it needs and this machine does not have; None when it can run."""
    for need in read_needs(program):
        if need == 'display':
            here = 'DISPLAY' in os.environ
        else:
            code = "import gi; gi.require_version('Gtk', '4.0')" if need == 'gtk' else f'import {need}'
            here = subprocess.run([PYTHON, '-c', code], stderr=subprocess.DEVNULL, check=False).returncode == 0
        if not here:
            return need
    return None


def find_fault(run):
    """What is wrong with a session that was just started; None when nothing is."""
    pid = run.wait_for('started')['pid']
    run.wait_for_output('ready\n')
    run.read_for(WATCHED_S)
    dump = run.surroundings.call('dump', '--json', pid)
    run.process.terminate()
    status = run.finish()
    for event in run.named('freeze'):
        return f'told of a freeze: {event["freeze"]} {event["verdict"]}'
    if status != 128 + signal.SIGTERM:
        return f'ended by itself: {run.named("exited")} {run.output("stderr")[-500:]}'
    if dump.returncode != 0:
        return f'cannot be looked at: {dump.stderr.decode()}'
    verdict = json.loads(dump.stdout)['verdict']
    if verdict['kind'] in ('deadlock', 'self-deadlock'):
        return f'told of a deadlock: {verdict}'
    run.surroundings.expect_nothing_left()
    return None


def watch(program):
    surroundings = Surroundings()
    settings = os.path.join(surroundings.folder, 'settings.ini')
    with open(settings, 'w', encoding='utf-8') as file:
        # So short that what is said of starts that hang is tried on all of them.
        file.write('[flatline]\nstartup_threshold = 1\n')
    # Those that read are not given an end of input.
    readable, writable = os.pipe()
    run = Supervised(surroundings, os.path.join(CALM, program), options=['--no-store', '--config', settings], threshold=USUAL_THRESHOLD_S,
                     stdin=readable)
    os.close(readable)
    try:
        return find_fault(run)
    finally:
        run.close()
        os.close(writable)
        surroundings.remove()


class Calm(unittest.TestCase):
    """Has a test for every program, made below."""

    @classmethod
    def setUpClass(cls):
        pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        cls.addClassCleanup(pool.shutdown, cancel_futures=True)
        cls.missing = {program: find_missing(program) for program in PROGRAMS}
        cls.faults = {program: pool.submit(watch, program) for program in PROGRAMS if not cls.missing[program]}

    def check(self, program):
        if self.missing[program]:
            self.skipTest(f'no {self.missing[program]} here')
        self.assertIsNone(self.faults[program].result())


class NotNow(unittest.TestCase):
    def test_calm(self):
        self.skipTest('long: ./test --soak end-to-end/calm')


for name in PROGRAMS:
    setattr(Calm, 'test_' + name[:-len('.py')], lambda self, program=name: self.check(program))


def load_tests(loader, tests, pattern):
    return loader.loadTestsFromTestCase(Calm if SOAK else NotNow)


if __name__ == '__main__':
    unittest.main()
