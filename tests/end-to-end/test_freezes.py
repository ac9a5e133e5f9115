# SPDX-License-Identifier: MIT
"""Programs that freeze, each in its way: the freeze is seen, the stack names file, line, function and a variable's value, and
nothing is left when it is over. How long it took is printed, never judged."""
import json
import os
import re
import signal
import stat
import subprocess
import sys
import unittest

from supervised import CLI, PROGRAMS, SOURCE, Supervised, Surroundings, find_frame, find_line, find_local, wait_until

# program: (function, a local of it, its text, verdicts that are right)
FREEZES = {
    'busy_after_beats.py': ('grind', 'limit', '7', {'busy-loop'}),
    'deadlock.py': ('transfer', 'amount', '42', {'deadlock'}),
    'gil_hog.py': ('count_for_ever', 'label', "'hog-17'", {'gil-held', 'native-busy'}),
    'stopped.py': ('stop_myself', 'number', '19', {'stopped'}),
    'socket_wait.py': ('ask', 'question', "b'are you there?'", {'socket-wait'}),
    'child_wait.py': ('convert', 'document', "'thesis.odt'", {'child-wait'}),
    'loop_with_workers.py': ('book', 'amount', '7', {'deadlock'}),
    'beating_with_workers.py': ('store', 'row', "'row 7'", {'self-deadlock'}),
    'blocked_asyncio.py': ('handle', 'request', "'GET /'", {'event-wait', 'condition-wait', 'lock-wait'}),
}


class Freezes(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def freeze(self, program, *arguments, options=()):
        run = Supervised(self.surroundings, os.path.join(PROGRAMS, program), *arguments,
                         options=['--exit-after-freeze', *options])
        self.addCleanup(run.close)
        event = run.wait_for('freeze')
        status = run.finish()
        self.surroundings.expect_nothing_left()
        self.assertEqual(status, 128 + 9, run.read_errors())
        exited = run.named('exited')
        self.assertEqual([(e['status'], e['signal'], e['signal_name']) for e in exited], [(None, 9, 'SIGKILL')])
        self.assertEqual(len(run.named('freeze')), 1)
        return run, event

    def check(self, program):
        function, name, text, verdicts = FREEZES[program]
        run, event = self.freeze(program)
        path = os.path.join(PROGRAMS, program)
        freeze, snapshot = event['freeze'], event['snapshot']
        if freeze['last_beat_us']:
            delay = (freeze['time_us'] - freeze['last_beat_us']) / 1e6 - run.threshold
            print(f'{program}: seen {delay:.3f} s after the threshold, paused {snapshot["pause_us"]} µs, '
                  f'captured in {snapshot["capture_us"] / 1000:.1f} ms', file=sys.stderr)
        thread, frame = find_frame(snapshot, path, function)
        self.assertIsNotNone(frame, f'no frame of {function}: {snapshot.get("threads")} {snapshot.get("notes")}')
        self.assertEqual(os.path.realpath(frame['file']), os.path.realpath(path))
        self.assertEqual(frame['line'], find_line(path))
        value = find_local(frame, name)
        self.assertIsNotNone(value, frame.get('locals'))
        self.assertEqual(value['text'], text)
        self.assertEqual(snapshot['format'], 'flatline-snapshot')
        self.assertEqual(snapshot['program']['pid'], run.named('started')[0]['pid'])
        self.assertIn(event['verdict']['kind'], verdicts, event['verdict'])
        self.assertEqual(event['verdict'], snapshot['verdict'])
        return run, event

    def test_busy_after_beats(self):
        run, event = self.check('busy_after_beats.py')
        callers = [beat['beat']['caller'] for beat in run.named('beat') if beat['beat']['lane'] == 'program']
        self.assertEqual(callers, [f'grind.{step}' for step in range(7)])
        self.assertEqual((event['freeze']['last_reason'], event['freeze']['last_caller']), ('STEP', 'grind.6'))

    def test_deadlock(self):
        _, event = self.check('deadlock.py')
        self.assertGreaterEqual(len(event['verdict'].get('chain', [])), 2, event['verdict'])
        _, other = find_frame(event['snapshot'], 'deadlock.py', 'transfer')
        self.assertIsNotNone(other)

    def test_locks_taken_by_hand(self):
        """No beats, and only the source says who has what: that all are asleep makes it certain, so a freeze."""
        for program, kind in (('acquired_twice.py', 'self-deadlock'), ('deadlock_by_hand.py', 'deadlock'),
                              ('lock_forgotten.py', 'self-deadlock')):
            with self.subTest(program):
                _, event = self.freeze(os.path.join(SOURCE, 'tests', 'fixtures', 'zoo', program))
                self.assertEqual((event['verdict']['kind'], event['verdict']['confidence']), (kind, 'certain'))

    def test_deadlock_with_a_child(self):
        """No beats: that each waits for the other only shows where the child is looked at as well."""
        _, event = self.freeze(os.path.join(SOURCE, 'tests', 'fixtures', 'zoo', 'child_both_pipes.py'))
        self.assertEqual((event['verdict']['kind'], event['verdict']['confidence']), ('deadlock', 'certain'))

    def test_processes_that_wait_for_each_other(self):
        """No beats, and none of them alone shows that it will never go on."""
        for program, kind, words in (
                ('process_deadlock.py', 'deadlock', 'lock_'),
                ('process_queue_join.py', 'deadlock', 'full pipe to MainThread'),
                ('pool_killed_worker.py', 'deadlock', 'one seems to have died'),
                ('pipe_nobody_writes.py', 'self-deadlock', 'nobody else has its other end')):
            with self.subTest(program):
                _, event = self.freeze(os.path.join(SOURCE, 'tests', 'fixtures', 'zoo', program))
                self.assertEqual((event['verdict']['kind'], event['verdict']['confidence']), (kind, 'certain'))
                self.assertIn(words, event['verdict']['summary'])

    def test_gil_hog(self):
        self.check('gil_hog.py')

    def test_stopped(self):
        self.check('stopped.py')

    def test_socket_wait(self):
        self.check('socket_wait.py')

    def test_child_wait(self):
        self.check('child_wait.py')

    def test_blocked_asyncio(self):
        self.check('blocked_asyncio.py')

    def test_deadlocks_beside_a_main_thread_that_goes_on(self):
        """Its event loop, or beats of its own, say that all is well."""
        self.check('loop_with_workers.py')
        self.check('beating_with_workers.py')

    def test_loop_that_nothing_can_wake(self):
        """Its loop beats for as long as the agent is in it; that all is over only its tasks tell."""
        for program, kind in (('asyncio_circle.py', 'deadlock'), ('asyncio_lock_twice.py', 'self-deadlock'),
                              ('asyncio_forgotten_await.py', 'deadlock'), ('asyncio_child_full_pipe.py', 'deadlock')):
            with self.subTest(program):
                _, event = self.freeze(os.path.join(SOURCE, 'tests', 'fixtures', 'zoo', program))
                self.assertEqual((event['verdict']['kind'], event['verdict']['confidence']), (kind, 'certain'))
                facts = [evidence['fact'] for evidence in event['verdict']['evidence']]
                self.assertFalse([fact for fact in facts if 'time-out' in fact], facts)

    def check_other(self, program, function, name, text, verdicts):
        """It is another process that is frozen, not the one that was started."""
        path = os.path.join(PROGRAMS, program)
        run, event = self.freeze(program)
        pid = event['freeze']['pid']
        self.assertNotEqual(pid, run.named('started')[0]['pid'])
        self.assertEqual(event['snapshot']['program']['pid'], pid)
        self.assertTrue(event['freeze']['cause'].startswith(f'process {pid}: '), event['freeze'])
        _, frame = find_frame(event['snapshot'], path, function)
        self.assertEqual((frame['line'], find_local(frame, name)['text']), (find_line(path), text))
        self.assertIn(event['verdict']['kind'], verdicts, event['verdict'])
        # What is there of the agent (multiprocessing's children begin by way of it) is told as the file that it is.
        files = [frame['file'] for thread in event['snapshot']['threads'] for frame in thread.get('frames', [])
                 if 'flatline' in os.path.basename(os.path.dirname(frame.get('file') or ''))]
        self.assertEqual([file for file in files if not os.path.isfile(file)], [])

    def test_deadlock_of_a_server_that_was_started_by_its_reloader(self):
        """One of its threads goes on."""
        self.check_other('reloaded_server.py', 'answer', 'path', "'/index'", {'self-deadlock'})

    def test_blocked_loop_of_a_worker(self):
        self.check_other('blocked_worker.py', 'serve', 'request', "'GET /'", {'sleep'})

    def test_hog_that_is_waited_for(self):
        self.check_other('hog_waited_for.py', 'count', 'label', "'hog-18'", {'gil-held', 'native-busy'})

    def test_frozen_process_that_ends(self):
        """The freeze is over, and the program goes on."""
        run = Supervised(self.surroundings, os.path.join(PROGRAMS, 'hog_waited_for.py'))
        self.addCleanup(run.close)
        pid = run.wait_for('freeze')['freeze']['pid']
        os.kill(pid, signal.SIGKILL)
        run.wait_for('recovered')
        self.assertEqual(run.finish(), 0, run.read_errors())
        self.assertEqual(run.output(), '-9\n')
        self.assertEqual([event['cause'] for event in run.named('state') if event['state'] == 'running'][-1],
                         f'process {pid} has ended')

    def test_words_for_a_frozen_process_that_ends(self):
        """Nothing answers again."""
        with subprocess.Popen([CLI, 'run', '--no-console', os.path.join(PROGRAMS, 'hog_waited_for.py')],
                              env=self.surroundings.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as run:
            self.addCleanup(run.kill)
            pid = next(int(found[1]) for found in (re.match(r'Process (\d+): ', line) for line in run.stderr) if found)
            os.kill(pid, signal.SIGKILL)
            _, errors = run.communicate(timeout=60)
        self.assertRegex(errors, rf'Flatline: Process {pid} has ended, after it was frozen for \d+\.\d s\.\n')
        self.assertNotIn('again', errors)

    def test_orphans_end_too(self):
        self.freeze('orphans.py')

    def test_gil_hog_without_agent_is_left_alone_and_looked_at_from_outside(self):
        """Without beats nothing says that a busy program is frozen; a look by hand still shows it."""
        run = Supervised(self.surroundings, os.path.join(PROGRAMS, 'gil_hog.py'), options=['--no-agent'])
        self.addCleanup(run.close)
        pid = run.wait_for('started')['pid']
        path = os.path.join(PROGRAMS, 'gil_hog.py')

        def look():
            dump = self.surroundings.call('dump', '--json', pid)
            return find_frame(json.loads(dump.stdout), path, 'count_for_ever')[1] if dump.returncode == 0 else None

        frame = wait_until(look, 'the stack')
        self.assertEqual(frame['line'], find_line(path))

    def test_kept_and_shown_again(self):
        _, event = self.freeze('gil_hog.py')
        self.assertIsInstance(event['id'], int)
        listed = self.surroundings.call('freezes', '--json')
        self.assertEqual(listed.returncode, 0, listed.stderr)
        freezes = [json.loads(line) for line in listed.stdout.splitlines()]
        self.assertEqual([freeze['uid'] for freeze in freezes], [event['uid']])
        self.assertEqual(freezes[0]['id'], event['id'])
        shown = self.surroundings.call('show', event['id'])
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn(b'count_for_ever', shown.stdout)
        self.assertIn(b'hog-17', shown.stdout)
        again = self.surroundings.call('show', '--json', event['id'])
        self.assertEqual(json.loads(again.stdout), event['snapshot'])
        for name in ('x.flatline', 'x.json', 'x.html', 'x.txt'):
            path = os.path.join(self.surroundings.work, name)
            done = self.surroundings.call('export', event['id'], '-o', path)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreater(os.path.getsize(path), 100)
            if name.endswith(('.flatline', '.json')):
                again = self.surroundings.call('show', '--json', path)
                self.assertEqual(json.loads(again.stdout), event['snapshot'], name)

    def test_files_of_a_freeze(self):
        """What comes back is known; a file is replaced at one go, at the end of a link; a pipe is written into."""
        _, event = self.freeze('gil_hog.py')
        work = self.surroundings.work
        path = os.path.join(work, 'x.flatline')
        self.assertEqual(self.surroundings.call('export', event['id'], '-o', path).returncode, 0)
        for _ in range(2):
            done = self.surroundings.call('import', path)
            self.assertEqual((done.returncode, done.stderr), (0, b''))
        listed = self.surroundings.call('freezes', '--json').stdout.splitlines()
        self.assertEqual([json.loads(line)['uid'] for line in listed], [event['uid']])
        for wrong, why in (({'version': 99}, b'a newer Flatline opens it'), ({'format': 'x'}, b'not a Flatline snapshot')):
            with open(os.path.join(work, 'wrong.json'), 'w') as file:
                json.dump({**event['snapshot'], **wrong}, file)
            done = self.surroundings.call('import', 'wrong.json')
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)
        os.symlink('target.txt', os.path.join(work, 'link.txt'))
        self.assertEqual(self.surroundings.call('export', event['id'], '-o', 'link.txt').returncode, 0)
        self.assertTrue(os.path.islink(os.path.join(work, 'link.txt')))
        with open(os.path.join(work, 'target.txt'), 'rb') as file:
            text = file.read()
        self.assertIn(b'count_for_ever', text)
        os.mkfifo(os.path.join(work, 'pipe.txt'))
        with subprocess.Popen(['cat', 'pipe.txt'], stdout=subprocess.PIPE, cwd=work) as reader:
            done = self.surroundings.call('export', event['id'], '-o', 'pipe.txt')
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(reader.stdout.read(), text)
        self.assertTrue(stat.S_ISFIFO(os.stat(os.path.join(work, 'pipe.txt')).st_mode))
        done = self.surroundings.call('export', event['id'], '-f', 'text', '-o', 'no/such/folder.txt')
        self.assertEqual(done.returncode, 1)
        self.assertEqual(sorted(os.listdir(work)), sorted(['x.flatline', 'wrong.json', 'link.txt', 'target.txt', 'pipe.txt',
                                                          *(name for name in os.listdir(work) if name.endswith('.log'))]))

    def test_home_that_cannot_be_written(self):
        """One line says so; the run goes on, and what it finds is kept until the computer is switched off."""
        place = os.path.join(self.surroundings.folder, 'data', 'flatline')
        with open(place, 'w') as file:
            file.write('not a folder')
        run, event = self.freeze('gil_hog.py')
        lines = [line for line in run.read_errors().splitlines() if place in line]
        self.assertEqual(len(lines), 1, run.read_errors())
        self.assertIn(self.surroundings.environment['XDG_RUNTIME_DIR'], lines[0])
        shown = self.surroundings.call('show', '--json', event['id'])
        self.assertEqual(json.loads(shown.stdout), event['snapshot'])
        self.assertIn(place.encode(), shown.stderr)


if __name__ == '__main__':
    unittest.main()
