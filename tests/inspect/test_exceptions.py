# SPDX-License-Identifier: MIT
"""What a program dies of is read from outside while it is held: types, notes, causes, groups, and the variables of every
frame as they were, on every Python there is, free-threaded ones, too. What the program itself prints is what it would
have printed alone."""
import json
import os
import subprocess
import unittest

from inspected import CLI, HERE, PATIENCE_S, PYTHONS, local_texts

PROGRAM = os.path.join(HERE, 'exceptions_program.py')


class Exceptions(unittest.TestCase):
    def test_chain_of_an_uncaught_exception(self):
        for version, command in PYTHONS:
            # A chroot has neither the program nor the agent.
            if len(command) == 1:
                with self.subTest(python=version, command=command):
                    self.look(command[0], tuple(map(int, version.split('.')[:2])))

    def look(self, python, version):
        options = {'stdin': subprocess.DEVNULL, 'capture_output': True, 'text': True, 'timeout': 2 * PATIENCE_S, 'check': False,
                   'env': dict(os.environ, NO_COLOR='1')}
        alone = subprocess.run([python, PROGRAM], **options)
        run = subprocess.run([CLI, 'run', '--json', '--pipes', '--no-console', '--no-store', '--log-folder', '', '--python',
                              python, PROGRAM], **options)
        events = [json.loads(line) for line in run.stdout.splitlines()]
        said = ''.join(event['text'] for event in events if event['event'] == 'output')
        self.assertEqual((run.returncode, said), (1, alone.stderr))
        snapshots = [event['snapshot'] for event in events if event['event'] == 'freeze']
        self.assertEqual(len(snapshots), 1, run.stdout)
        self.check(snapshots[0]['exception'], version)

    def check(self, last, version):
        def frames(exception):
            return [(frame['function'], local_texts(frame)) for frame in exception['frames'] if frame['function'] != '<module>']

        self.assertEqual(frames(last), [('outer', {'name': "'told'"})])
        if version >= (3, 11):
            self.assertRegex(last['message'], r'^several \(2 sub-exceptions\)$')
            self.assertEqual([member['value']['text'] for member in last['group']], ["ValueError('one')",
                                                                                     "FileNotFoundError(2, 'two')"])
        else:
            self.assertEqual(last['value']['text'], "RuntimeError('several', 'told')")
        second = last['cause']
        self.assertFalse(second['is_cause'])
        self.assertEqual((second['type_name'], second['value']['text']), ('KeyError', "KeyError('second')"))
        if version >= (3, 11):
            self.assertEqual(second['notes'], ['a note'])
        self.assertEqual(frames(second), [('middle', {'number': '5', 'second': "KeyError('second')"}), ('outer', {'name': "'told'"})])
        first = second['cause']
        self.assertTrue(first['is_cause'])
        self.assertRegex(first['type_name'], r'\bOwn$')
        self.assertEqual(first['value']['text'], "Own(10, {'key': [10]})")
        self.assertEqual({child['name']: child['text'] for child in first['value']['children']}.get('code'), '10')
        self.assertEqual(frames(first), [('inner', {'number': '5', 'doubled': '10'}),
                                         ('middle', {'number': '5', 'second': "KeyError('second')"})])


if __name__ == '__main__':
    unittest.main()
