# SPDX-License-Identifier: MIT
"""The tasks of asyncio, with the stacks of their coroutines and what each awaits, on every Python there is."""
import unittest

from inspected import PYTHONS, Program, local_texts, main_thread


class Tasks(unittest.TestCase):
    def test_tree_of_tasks(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                self.look(tuple(map(int, version.split('.')[:2])), command)

    def test_task_that_runs(self):
        for version, command in PYTHONS:
            for options in ([], ['--native'], ['--no-locals']):
                with self.subTest(python=version, command=command, options=options):
                    program = Program(command, 'running_task_program.py')
                    self.addCleanup(program.close)
                    program.ask(1)
                    tasks = {task['coroutine']: task for task in program.dump(*options).get('tasks', ())}
                    stacks = {name: [frame['function'] for frame in task['frames']] for name, task in tasks.items()}
                    self.assertEqual(stacks, {'main': ['main'], 'waits_for_own': ['waits_for_own'],
                                              'work': ['hold', '<lambda>', 'produce', 'work']})
                    self.assertEqual((tasks['work']['state'], tasks['main']['state']), ('RUNNING', 'PENDING'))
                    self.assertIn(tasks['work']['address'], tasks['main']['awaits_tasks'])

    def look(self, version, command):
        program = Program(command, 'tasks_program.py')
        self.addCleanup(program.close)
        program.ask(1)
        snapshot = program.dump()
        tasks = {task['name']: task for task in snapshot['tasks']}
        stacks = {name: [frame['function'] for frame in task['frames']] for name, task in tasks.items()}
        self.assertEqual(stacks.pop('getter'), ['get', 'leaf', 'worker'])
        self.assertEqual(stacks.pop('sleeper'), ['sleep', 'sleeper'])
        self.assertEqual(stacks.pop('follower'), ['waits_for'])
        self.assertEqual(stacks.pop('consumer'), ['sleep', 'produce', 'consume'])
        self.assertEqual(stacks.pop('takes'), ['sleep', 'produce', 'takes'])
        self.assertEqual(stacks.pop('next'), ['sleep', 'produce'])
        self.assertEqual(stacks.pop('close'), ['sleep', 'cleans_up'])
        self.assertEqual(stacks.pop('lost'), ['wait', 'lost'])
        self.assertEqual(stacks.pop('some'), ['_wait', 'wait', 'waits_for_some'])
        self.assertEqual(stacks.pop('while'), ['wait_for', 'waits_a_while'])
        self.assertEqual(stacks.pop('shield'), ['shields'])
        self.assertEqual(stacks.pop('each')[-2:], ['_wait_for_one', 'waits_for_each'])
        if version >= (3, 11):
            self.assertEqual(stacks.pop('group')[-1], 'groups')
            self.assertEqual((stacks.pop('first'), stacks.pop('second')), (['sleep', 'sleeper'],) * 2)
            self.assertIn(tasks['group']['awaits'], ('TaskGroup of first, second', 'TaskGroup of second, first'))
        else:
            self.assertEqual(stacks.pop('group'), ['sleep', 'groups'])
        self.assertIn('staggered_race', stacks.pop('race'))
        self.assertEqual(stacks.pop('runner'), ['sleep', 'runs_first', 'run_one_coro'])
        self.assertRegex(tasks['race']['awaits'], '^(staggered_race|wait) of (.*, )?runner')
        stacks = {name: stack for name, stack in stacks.items() if 'run_one_coro' not in stack}
        self.assertEqual(list(stacks.values()), [['main']])
        self.assertEqual(tasks['some']['awaits'], 'wait of getter')
        # 3.12 and later await it themselves.
        self.assertEqual(tasks['while']['awaits'], 'getter' if version >= (3, 12) else 'wait_for of getter')
        self.assertEqual((tasks['shield']['awaits'], tasks['shield']['awaits_address']),
                         ('shield of getter', tasks['getter']['address']))
        # Before 3.13 nothing leads from the one that waits to those that are to come.
        self.assertEqual(tasks['each']['awaits'], 'as_completed of getter' if version >= (3, 13) else 'as_completed')
        self.assertEqual(tasks['lost']['awaits'], 'Event.wait')
        self.assertEqual(tasks['sleeper']['awaits'], 'sleep 500.5')
        self.assertEqual((tasks['next']['awaits'], tasks['close']['awaits']), ('sleep 600', 'sleep 900'))
        self.assertEqual(tasks['follower']['awaits'], 'getter')
        self.assertEqual(tasks['follower']['awaits_address'], tasks['getter']['address'])
        self.assertEqual(tasks['getter']['awaits'], 'Queue.get')
        self.assertEqual(tasks['getter']['coroutine'].rpartition('.')[2], 'worker')
        self.assertEqual(local_texts(tasks['getter']['frames'][-1])['doubled'], '42')
        root = tasks[next(iter(stacks))]
        self.assertEqual(root['awaits'], 'gather of getter, sleeper, follower, consumer, lost, some, while, shield, …')
        names = {task['address']: task['name'] for task in snapshot['tasks']}
        awaited = {name: sorted(names[address] for address in task.get('awaits_tasks', ())) for name, task in tasks.items()}
        self.assertEqual(len(awaited[root['name']]), len(set(awaited[root['name']])))
        self.assertLessEqual({'getter', 'sleeper', 'follower', 'consumer', 'lost', 'some', 'while', 'shield', 'each', 'group',
                              'race', 'takes', 'next', 'close'}, set(awaited[root['name']]))
        for name in ('follower', 'some', 'while', 'shield', *(['each'] if version >= (3, 13) else [])):
            self.assertEqual(awaited[name], ['getter'], name)
        self.assertIn('runner', awaited['race'])
        self.assertEqual(awaited['group'], ['first', 'second'] if version >= (3, 11) else [])
        self.assertEqual(awaited['sleeper'], [])
        for task in tasks.values():
            self.assertEqual((task['state'], task['thread']), ('PENDING', main_thread(snapshot)['native_id']), task)
        plain = {task['name']: task for task in program.dump('--no-locals')['tasks']}
        self.assertEqual({name: task['awaits'] for name, task in plain.items()},
                         {name: task['awaits'] for name, task in tasks.items()})


if __name__ == '__main__':
    unittest.main()
