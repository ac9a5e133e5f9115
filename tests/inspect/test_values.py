# SPDX-License-Identifier: MIT
"""Values read from outside are what repr() gives inside, for thousands of generated ones, on every Python there is."""
import ast
import os
import re
import subprocess
import sys
import unittest

from inspected import ALL, HERE, PYTHONS, Program, frames_below, local_texts, main_thread

ROUNDS = int(os.environ.get('FLATLINE_TEST_ROUNDS') or (400 if ALL else 40))


def list_with(module):
    return [python for python in PYTHONS
            if subprocess.run([*python[1], '-c', f'import {module}'], capture_output=True, check=False).returncode == 0]


# numpy 1 is Debian's; numpy 2 and pandas are tested where one of the Pythons found has them.
WITH_NUMPY, WITH_PANDAS = list_with('numpy'), list_with('pandas')
PACKAGES = ('numpy', 'pandas', 'msgspec', 'sqlalchemy', 'xarray', 'pyarrow', 'requests', 'httpx', 'yarl', 'lxml.etree',
            'dateutil', 'click', 'jinja2', 'PIL', 'polars', 'pydantic', 'multidict', 'pytest', 'celery')
OBJECTS = ('generators', 'instances', 'files', 'sockets', 'children', 'addresses', 'matches', 'callables', 'types', 'c_values', 'records', 'asyncio',
           'streams', 'archives', 'shared', 'queues', 'fields')
DESCRIBED = ('signatures', 'doubles', 'tests', 'types', 'numbers', 'members', 'more', 'less_known', 'local')
FIRST_SEED = int(os.environ.get('FLATLINE_TEST_SEED', '1'))


class Values(unittest.TestCase):
    maxDiff = None

    def test_generated_values(self):
        for version, command in PYTHONS:
            with self.subTest(python=version):
                self.compare(version, command, 'values_program.py', ROUNDS)

    def test_values_within_one_another(self):
        for version, command in PYTHONS:
            with self.subTest(python=version):
                self.compare(version, command, 'nested_program.py', ROUNDS // 2)

    def test_the_standard_library(self):
        for version, command in PYTHONS:
            with self.subTest(python=version):
                self.compare(version, command, 'library_program.py', ROUNDS // 4)

    def test_objects_of_the_library(self):
        for version, command in PYTHONS:
            program = Program(command, 'objects_program.py')
            self.addCleanup(program.close)
            for group in OBJECTS:
                with self.subTest(python=version, command=command, group=group):
                    expected = program.ask(group)
                    found = {value['name']: value for value in
                             frames_below(main_thread(program.dump()), 'wait')[0].get('locals', [])}
                    self.assertEqual({name: value['text'] for name, value in found.items() if name in expected}, expected)
                    if group in ('queues', 'generators', 'instances', 'fields'):
                        getattr(self, 'look_at_' + group)(found)
                program.go_on()

    def test_what_describes_others(self):
        for version, command in PYTHONS:
            program = Program(command, 'described_program.py')
            self.addCleanup(program.close)
            for group in DESCRIBED:
                with self.subTest(python=version, command=command, group=group):
                    expected = program.ask(group)
                    found = local_texts(frames_below(main_thread(program.dump()), 'wait')[0])
                    self.assertEqual({name: found.get(name) for name in expected}, expected)
                program.go_on()

    def test_spoiled_objects(self):
        """As a bug in C leaves them: told as what they are, as far as they can be read, and never as empty."""
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'spoiled_program.py')
                self.addCleanup(program.close)
                expected = program.ask(1)
                found = local_texts(frames_below(main_thread(program.dump()), 'wait')[0])
                self.assertEqual({name: found.get(name) for name in expected}, expected)

    def list_texts(self, value):
        return [value.get('text') or ''] + [text for child in value.get('children', []) for text in self.list_texts(child)]

    def test_packages(self):
        looked_at = 0
        for package in PACKAGES:
            for version, command in list_with(package):
                looked_at += 1
                with self.subTest(python=version, package=package):
                    program = Program(command, 'packages_program.py')
                    self.addCleanup(program.close)
                    expected = program.ask(package.partition('.')[0])
                    frames = {frame['function']: frame for frame in main_thread(program.dump())['frames']}
                    values = next(value for value in frames['wait']['locals'] if value['name'] == 'values')
                    found = {child['name'].strip("[']"): child['text'] for child in values['children']}
                    self.assertEqual(found, expected)
                    told = [text for text in self.list_texts(values) if re.search("ann:sec|^'sec:?ret'$", text)]
                    self.assertEqual(told, [])
        if looked_at == 0:
            self.skipTest(f'none of {", ".join(PACKAGES)} is installed')

    def test_functions_of_another_layout(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'compiled_program.py')
                self.addCleanup(program.close)
                text = program.ask('functions')
                frames = {frame['function']: frame for frame in main_thread(program.dump())['frames']}
                self.assertEqual(local_texts(frames['functions'])['function'], text)

    def look_at_queues(self, found):
        def items(value):
            return [child['text'] for child in value['children'] if child['name'].startswith('[')]

        full = {child['name']: child for child in found['v_full']['children']}
        self.assertEqual((full['maxsize']['text'], full['queue']['text']), ('3', "deque(['a', 'b'])"))
        self.assertEqual(items(found['v_ring']), ['15', '16', '17', '18', '19', "'0'", "'1'", "'2'"])
        self.assertEqual(found['v_ring']['size'], 8)
        self.assertEqual((found['v_row']['size'], items(found['v_row'])[:3]), (40, ['100', '101', '102']))

    def look_at_fields(self, found):
        # What an object of C refers to is told by where it is, as its fields have no names.
        def fields(name):
            return [child['text'] for child in found['v_' + name].get('children', []) if child['name'].startswith('+')]

        self.assertRegex(fields('chain')[0], '^<tuple_?iterator object at ')
        self.assertRegex(fields('reader')[0], '^<_io.StringIO object at ')
        self.assertRegex(fields('pairs')[0], r'^\(<list_?iterator object at ')
        self.assertIn("<class 'str'>", fields('mapped'))
        self.assertEqual(fields('keys')[0], "{'key': 1}")
        # Next to those are pointers to structures of C that begin with pointers to types.
        for name in ('connection', 'cursor'):
            for text in fields(name):
                self.assertNotRegex(text, r'Error\(')

    def look_at_instances(self, found):
        for name, value in found.items():
            if name + '_attributes' in found:
                expected = {child['name'][1:-1]: ast.literal_eval(child['text'])
                            for child in found[name + '_attributes'].get('children', [])}
                told = {repr(child['name']): child['text'] for child in value.get('children', [])}
                self.assertEqual(told, expected, name)

    def look_at_generators(self, found):
        children = {name: {child['name']: child['text'] for child in value['children']} for name, value in found.items()}
        states = {name: told['state'] for name, told in children.items() if name.startswith('v_')}
        self.assertEqual(states, {'v_new': 'created', 'v_suspended': 'suspended', 'v_closed': 'closed', 'v_async': 'suspended',
                                  'v_coroutine': 'suspended', 'v_expression': 'created', 'v_running': 'running'})
        self.assertEqual((children['v_suspended']['start'], children['v_suspended']['number']), ('5', '7'))
        self.assertEqual(children['v_async'].get('number'), '0')
        self.assertRegex(children['v_coroutine']['shared'], r'^\[<Future pending')
        self.assertEqual(children['v_closed'], {'state': 'closed'})
        with open(os.path.join(HERE, 'objects_program.py'), encoding='utf-8') as source:
            lines = source.read().split('\n')
        for name, text in (('v_suspended', 'yield number'), ('v_coroutine', 'await future'), ('v_running', 'return run_itself()')):
            file, _, line = children[name]['place'].rpartition(':')
            self.assertEqual((file, lines[int(line) - 1].strip()), ('<string>', text))

    @unittest.skipUnless(WITH_NUMPY, 'python3-numpy is not installed')
    def test_numpy(self):
        for version, command in WITH_NUMPY:
            with self.subTest(python=version, command=command):
                self.compare(version, command, 'numpy_program.py', ROUNDS)

    @unittest.skipUnless(WITH_PANDAS, 'no Python here has pandas')
    def test_pandas(self):
        for version, command in WITH_PANDAS:
            with self.subTest(python=version, command=command):
                self.compare(version, command, 'pandas_program.py', 5)

    def look_at_items(self, frame, expected):
        found = {value['name']: value for value in frame.get('locals', [])}
        for name, items in expected.items():
            children = [[child['name'], child['text']] for child in found[name].get('children', [])]
            # What a class of the array's own has beside comes behind.
            self.assertEqual((children[:len(items)], found[name]['size']), (items, len(items)), name)

    def compare(self, version, command, script, rounds):
        program = Program(command, script)
        self.addCleanup(program.close)
        count = 0
        for seed in range(FIRST_SEED, FIRST_SEED + rounds):
            expected = program.ask(seed)
            thread = main_thread(program.dump())
            frame = frames_below(thread, 'wait')[0]
            found = local_texts(frame)
            self.look_at_items(frame, expected.pop('items', {}))
            for name, text in expected.items():
                # Lone surrogates cannot be written in JSON as UTF-8; everything else is equal to the letter.
                self.assertEqual(found.get(name), text, f'{name}, seed {seed}, Python {version} {command}')
            count += len(expected)
            program.go_on()
        print(f'Python {version}: {count} values equal their repr()', file=sys.stderr)


if __name__ == '__main__':
    unittest.main()
