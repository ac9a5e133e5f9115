# SPDX-License-Identifier: MIT
"""Stacks read from outside are what the program sees itself: file, function, line, columns, locals, for thousands of
generated programs, on every Python there is."""
import json
import os
import sys
import time
import unittest

from inspected import (ALL, CLI, PATIENCE_S, PYTHONS, Program, frames_below, local_texts, main_thread, output_of,
                       wait_until_asleep)

ROUNDS = int(os.environ.get('FLATLINE_TEST_ROUNDS') or (400 if ALL else 40))
FIRST_SEED = int(os.environ.get('FLATLINE_TEST_SEED', '1'))


class Stacks(unittest.TestCase):
    maxDiff = None

    def test_generated_programs(self):
        for version, command in PYTHONS:
            for option in ([], ['--no-pause']):
                with self.subTest(python=version, option=option):
                    self.compare(version, command, option)

    def test_kinds_of_variables(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'variables_program.py')
                self.addCleanup(program.close)
                program.ask(1)
                frames = {frame['function']: frame for frame in main_thread(program.dump())['frames']}
                found = {name: {(value['name'], value['kind']): value['text'] for value in frames[name]['locals']}
                         for name in ('inner', 'outer')}
                for name, variables in found.items():
                    self.assertEqual(len(frames[name]['locals']), len(variables), f'each variable once: {frames[name]}')
                self.assertRegex(found['inner'].pop(('event', 'global')), '^<threading.Event (object )?at 0x')
                self.assertEqual(found['inner'], {('argument', 'argument'): '7', ('local', 'local'): '294', ('shared', 'free'): '5',
                                                  ('limit', 'global'): '42', ('names', 'global'): "['a', 'b']",
                                                  ('keyword', 'argument'): '1', ('rest', 'argument'): '(8,)',
                                                  ('more', 'argument'): "{'k': 9}"})
                self.assertRegex(found['outer'].pop(('inner', 'local')), '^<function outer.<locals>.inner at 0x')
                self.assertEqual(found['outer'], {('own', 'local'): '7', ('shared', 'cell'): '5'})

    def test_line_that_a_frame_object_names(self):
        for version, command in PYTHONS:
            if version.startswith('3.9.'):
                continue  # Its frames name one only where they are traced.
            with self.subTest(python=version, command=command):
                program = Program(command, 'compiled_program.py')
                self.addCleanup(program.close)
                line = program.ask('compiled')
                frames = {frame['function']: frame for frame in main_thread(program.dump())['frames']}
                self.assertEqual(frames['compiled']['line'], line)
                self.assertNotIn('incomplete', frames['compiled'])

    def compare(self, version, command, options):
        program = Program(command, 'stacks_program.py')
        self.addCleanup(program.close)
        count = 0
        for seed in range(FIRST_SEED, FIRST_SEED + ROUNDS):
            expected = program.ask(seed)
            threads = program.dump(*options)['threads']
            thread = next((thread for thread in threads if thread.get('name') == 'generated'), main_thread({'threads': threads}))
            self.assertFalse(thread.get('incomplete'), seed)
            found = frames_below(thread, 'hold_here')
            where = f'seed {seed}, Python {version} {command}'
            for theirs, ours in zip(expected, found):
                self.compare_frame(theirs, ours, where)
            self.assertEqual(found[len(expected)]['function'], 'run_generated', where)
            count += len(expected)
            program.go_on()
        print(f'Python {version} {options}: {count} frames equal', file=sys.stderr)

    def compare_frame(self, theirs, ours, where):
        for name in ('function', 'line', 'file', 'qualified_name'):
            if name in theirs:
                self.assertEqual(ours[name], theirs[name], f'{name} {where} {theirs}')
        if 'span' in theirs:
            line, end_line, column, end_column = theirs['span']
            self.assertEqual([ours['line'], ours['end_line']], [line, end_line], f'{where} {theirs}')
            self.assertEqual([ours['column'], ours['end_column']], [column + 1, end_column + 1], f'{where} {theirs}')
        texts = local_texts(ours)
        if 'names' in theirs:
            names = sorted(value['name'] for value in ours.get('locals', [])
                           if value['kind'] != 'global' and value['name'].startswith('v'))
            self.assertEqual(names, theirs['names'], f'{where} {theirs}')
        for name, text in theirs['locals'].items():
            self.assertEqual(texts.get(name), text, f'{name} {where} {theirs}')

    def test_lock_under_a_number(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'keyed_lock_program.py')
                self.addCleanup(program.close)
                program.ask(1)
                deadline = time.monotonic() + PATIENCE_S
                while not program.dump().get('locks'):
                    self.assertLess(time.monotonic(), deadline)
                self.assertEqual([lock['name'] for lock in program.dump()['locks']], ['locks[…]'])

    def test_garbage_collection_that_calls_python(self):
        kinds = {'finalizer': '__del__', 'of inner functions': '__del__', 'weak reference': 'on_end', 'generator': 'generate'}
        for version, command in PYTHONS:
            for kind, function in kinds.items():
                with self.subTest(python=version, command=command, kind=kind):
                    threads, text = self.read_collection(command, kind)
                    self.assertEqual([thread['collecting'] for thread in threads], [True, False])
                    self.assertEqual([frame['function'] for frame in threads[0]['frames'] if frame.get('collected')], [function])
                    self.assertRegex(text, rf'in (\S+\.)?{function}  \(called by a garbage collection\)\n')
            with self.subTest(python=version, command=command, kind='none'):
                threads, text = self.read_collection(command, 'none')
                self.assertIn('__del__', text)
                self.assertEqual([thread['collecting'] for thread in threads], [False, False])
                self.assertNotIn('garbage', text.partition('most recent call last')[2])

    def read_collection(self, command, kind):
        program = Program(command, 'collecting_program.py')
        self.addCleanup(program.close)
        program.ask(kind)
        wait_until_asleep(program.pid)
        threads = sorted(program.dump()['threads'], key=lambda thread: not thread['is_main'])
        self.assertEqual(main_thread(program.dump_core())['collecting'], kind != 'none')
        return threads, output_of([CLI, 'dump', '--no-locals', str(program.pid)]).decode()

    def test_object_in_thousands_of_frames(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'deep_program.py')
                self.addCleanup(program.close)
                program.ask(1)
                snapshot = program.dump()
                frames = [frame for frame in main_thread(snapshot)['frames'] if frame['function'] == 'descend']
                self.assertEqual(len(frames), 3001)
                self.assertEqual([len(value['children']) for value in frames[0]['locals'] if value['name'] == 'shelves'], [50])
                self.assertLess(len(json.dumps(snapshot)), 100_000_000)
                self.assertTrue(any('limit of bytes' in limit for limit in snapshot['limits']), snapshot['limits'])


if __name__ == '__main__':
    unittest.main()
