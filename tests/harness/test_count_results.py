# SPDX-License-Identifier: MIT
"""What ./test counts: subtests, crashes, silence, plans not kept; and the TAP that run-unittest prints."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def count(*records, status=0, again=()):
    with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
        for record in records:
            log.write(json.dumps({'name': 'x', 'result': 'OK', 'returncode': 0, **record}) + '\n')
        log.flush()
        run = subprocess.run([os.path.join(TESTS, 'count-results'), log.name, str(status), *again], capture_output=True,
                             text=True, timeout=60)
    return run.stdout.splitlines()[-1], run.returncode, run.stdout


class CountResults(unittest.TestCase):
    def check(self, last, *records, status=0):
        line, code, text = count(*records, status=status)
        self.assertEqual(line, last, text)
        self.assertEqual(code, 0 if ' 0 failed' in last else 1)
        return text

    def test_subtests_are_counted(self):
        text = self.check('1 passed, 0 failed, 1 skipped',
                          {'stdout': '1..2\nok 1 /a\nok 2 /b # SKIP there is no server\n'})
        self.assertIn('there is no server', text)

    def test_nested_subtests_are_counted_once(self):
        self.check('2 passed, 1 failed, 0 skipped', {'result': 'FAIL', 'returncode': 1, 'stdout':
                   '# Subtest: a\n    ok 1 b\n    not ok 2 c\n    1..2\nnot ok 1 a\nok 2 d\n1..2\n'})

    def test_crash_after_good_results_fails(self):
        self.check('1 passed, 2 failed, 0 skipped',
                   {'result': 'ERROR', 'returncode': -11, 'stdout': '1..3\nok 1 /a\n'}, {'stdout': ''})

    def test_time_out_fails(self):
        self.check('1 passed, 1 failed, 0 skipped', {'result': 'TIMEOUT', 'stdout': '1..1\nok 1 /a\n'})

    def test_unkept_plan_fails(self):
        self.check('1 passed, 1 failed, 0 skipped', {'stdout': '1..2\nok 1 /a\n'})

    def test_bail_out_fails(self):
        self.check('0 passed, 2 failed, 0 skipped', {'result': 'ERROR', 'returncode': 1, 'stdout': 'Bail out! no\n'})

    def test_silence_fails(self):
        self.check('0 passed, 1 failed, 0 skipped', {'stdout': ''})
        self.check('0 passed, 1 failed, 0 skipped')

    def test_whole_program_skipped(self):
        text = self.check('0 passed, 0 failed, 1 skipped', {'result': 'SKIP', 'stdout': '1..0 # SKIP no display\n'})
        self.assertIn('no display', text)

    def test_second_run_counts_in_place_of_the_first(self):
        first = [{'name': 'a', 'stdout': '1..1\nok 1 /a\n'},
                 {'name': 'b', 'result': 'FAIL', 'returncode': 1, 'stdout': '1..2\nok 1 /b\nnot ok 2 /slow\n'}]
        with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
            log.write(json.dumps({'name': 'b', 'result': 'OK', 'returncode': 0, 'stdout': '1..2\nok 1 /b\nok 2 /slow\n'}))
            log.flush()
            line, code, text = count(*first, again=[log.name])
        self.assertEqual(line, '3 passed, 0 failed, 0 skipped')
        self.assertEqual(code, 0)
        self.assertIn('UNSTEADY b: /slow', text)

    def test_failing_twice_fails(self):
        record = {'name': 'b', 'result': 'FAIL', 'returncode': 1, 'stdout': '1..1\nnot ok 1 /b\n'}
        with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
            log.write(json.dumps(record))
            log.flush()
            line, code, text = count(record, status=1, again=[log.name])
        self.assertEqual((line, code), ('0 passed, 1 failed, 0 skipped', 1))

    def test_meson_status_counts(self):
        self.check('1 passed, 1 failed, 0 skipped', {'stdout': '1..1\nok 1 /a\n'}, status=1)


class RunUnittest(unittest.TestCase):
    def run_file(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'test_made.py')
            with open(path, 'w', encoding='utf-8') as file:
                file.write('import unittest\nclass T(unittest.TestCase):\n' + text)
            return subprocess.run([sys.executable, os.path.join(TESTS, 'run-unittest'), path], capture_output=True,
                                  text=True, timeout=60)

    def test_tap(self):
        run = self.run_file(' def test_a(self): print("ok 9")\n'
                            ' def test_b(self): self.fail("why")\n'
                            ' def test_c(self): self.skipTest("no sun")\n')
        self.assertEqual(run.returncode, 1)
        self.assertIn('ok 1 - test_made.T.test_a\n', run.stdout)
        self.assertIn('not ok 2 - test_made.T.test_b\n', run.stdout)
        self.assertIn('ok 3 - test_made.T.test_c # SKIP no sun\n', run.stdout)
        self.assertIn('AssertionError: why', run.stdout)
        self.assertNotIn('ok 9', run.stdout)
        self.assertIn('1..3\n', run.stdout)

    def test_nothing_to_run_and_broken_files_bail_out(self):
        for text in (' pass\n', ' +\n'):
            run = self.run_file(text)
            self.assertEqual(run.returncode, 1)
            self.assertIn('Bail out!', run.stdout)
