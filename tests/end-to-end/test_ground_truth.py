# SPDX-License-Identifier: MIT
"""Verdicts on programs made by chance whose truth is known: a verdict may say little, but nothing that is wrong. A few in
every run, hundreds with --soak; FLATLINE_TEST_SEED begins elsewhere."""
import json
import os
import re
import subprocess
import time
import unittest

from random_program import MAIN, RandomProgram
from supervised import PYTHON, Surroundings

ROUNDS = 300 if os.environ.get('FLATLINE_TEST_SOAK') == '1' else 12
FIRST_SEED = int(os.environ.get('FLATLINE_TEST_SEED', '1'))
PATIENCE_S = 60.0
THREAD = re.compile(r'thread ‘(\w+)’|(MainThread)')
DEADLOCKS = ('deadlock', 'self-deadlock')


def find_name(label):
    """Which thread "thread ‘red’ (12)" is about; None for other labels."""
    found = THREAD.search(label or '')
    return found and (found[1] or found[2])


def find_lie(program, verdict):
    """What the verdict says that is not true of the program at any moment; None when there is nothing."""
    kind, certain = verdict['kind'], verdict['confidence'] == 'certain'
    circles = program.list_circles()
    links = {find_name(link['waiter']): link for link in verdict.get('chain', ())}
    if kind in DEADLOCKS:
        told = frozenset(links)
        if told not in circles:
            return f'{sorted(map(str, told))} are in no deadlock'
        if certain and not program.is_certain(told):
            return 'it is certain of a deadlock that another thread may end'
    for name, link in links.items():
        deed = program.deeds.get(name)
        holder = find_name(link.get('holder'))
        # On their way there threads wait for the barrier, and for each other's start.
        if deed and deed.lock and deed.lock.name in link['resource'] and holder != deed.target and holder:
            return f'{deed.lock.name} is held by {deed.target}, not by {holder}'
    return None


def find_lack(program, verdict):
    """What the verdict does not say though it is to be seen; None when it is right."""
    circles = program.list_circles()
    if any(program.must_be_told(circle) for circle in circles):
        return None if verdict['kind'] in DEADLOCKS else 'no deadlock is told'
    wanted = program.deeds[MAIN].kind
    if circles or not wanted or verdict['kind'] == wanted:
        return None
    return f'MainThread is in {verdict["kind"]}, not in {wanted}'


class GroundTruth(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def look(self, process):
        run = self.surroundings.call('dump', '--json', process.pid)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)['verdict']

    def check(self, seed):
        program = RandomProgram(seed)
        path = os.path.join(self.surroundings.work, f'seed_{seed}.py')
        with open(path, 'w', encoding='utf-8') as source:
            source.write(program.source)
        with subprocess.Popen([PYTHON, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            try:
                self.assertEqual(process.stdout.readline(), b'ready\n', program.source)
                deadline = time.monotonic() + PATIENCE_S
                while True:
                    verdict = self.look(process)
                    lie, lack = find_lie(program, verdict), find_lack(program, verdict)
                    if not lack or lie or time.monotonic() > deadline:
                        break
                self.assertIsNone(lie or lack, f'seed {seed}: {json.dumps(verdict, indent=1, ensure_ascii=False)}\n'
                                               f'{program.source}')
            finally:
                process.kill()

    def test_random_programs(self):
        for seed in range(FIRST_SEED, FIRST_SEED + ROUNDS):
            with self.subTest(seed=seed):
                self.check(seed)


if __name__ == '__main__':
    unittest.main()
