# SPDX-License-Identifier: MIT
"""PyPy: an interpreter that the inspector does not understand. It beats, and its own agent tells the stacks."""
import os
import shutil
import subprocess
import unittest

from supervised import CLI, Supervised, Surroundings

PYPY = shutil.which('pypy3')
STUCK = '''
import flatline, threading
ready, lock = threading.Event(), threading.Lock()
def worker():
    with lock:
        ready.wait()
def main(number):
    flatline.beat("ORDER", "main")
    threading.Thread(target=worker, daemon=True, name="courier").start()
    ready.wait()
main(42)
'''


@unittest.skipIf(PYPY is None, 'there is no pypy3')
class PyPy(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.remove)

    def supervise(self, text, **options):
        path = os.path.join(self.surroundings.work, 'program.py')
        with open(path, 'w', encoding='utf-8') as program:
            program.write(text)
        run = Supervised(self.surroundings, path, python=PYPY, **options)
        self.addCleanup(run.close)
        return run

    def test_freeze(self):
        run = self.supervise(STUCK, options=['--exit-after-freeze'])
        freeze = run.wait_for('freeze')
        run.finish()
        verdict, snapshot = freeze['verdict'], freeze['snapshot']
        self.assertEqual((verdict['kind'], verdict['line']), ('event-wait', 10), verdict)
        self.assertIn('‘ready’', verdict['summary'])
        self.assertTrue(snapshot['program']['python'].startswith('pypy 7'), snapshot['program'])
        self.assertIn('The stacks in Python are what the program itself told a moment later', snapshot['notes'])
        self.assertTrue(any('PyPy' in note for note in snapshot['notes']), snapshot['notes'])
        threads = {thread['name']: thread for thread in snapshot['threads'] if thread['is_python']}
        self.assertEqual(set(threads), {'MainThread', 'courier'})
        self.assertTrue(threads['MainThread']['is_main'])
        frames = threads['MainThread']['frames']
        self.assertEqual([(frame['function'], frame['line']) for frame in frames[-2:]], [('main', 10), ('<module>', 11)])
        self.assertEqual([(value['name'], value['text']) for value in frames[-2]['locals']
                          if value['name'] == 'number'], [('number', '42')])
        self.assertTrue(all('/agent/flatline/' not in frame.get('file', '')
                            for thread in threads.values() for frame in thread['frames']))
        self.surroundings.expect_nothing_left()

    def test_without_threads(self):
        """Nobody has imported `threading`, which would know the main thread."""
        run = self.supervise('import os\nfrom flatline import beat\nreading, writing = os.pipe()\nbeat("READ", "main")\n'
                             'os.read(reading, 1)\n', options=['--exit-after-freeze'])
        freeze = run.wait_for('freeze')
        run.finish()
        main = [thread for thread in freeze['snapshot']['threads'] if thread['is_main']]
        self.assertEqual([(thread['name'], thread['frames'][-1]['line']) for thread in main], [('MainThread', 5)])

    def test_ends_as_without(self):
        run = self.supervise('print("out")\nraise SystemExit(3)')
        self.assertEqual(run.finish(), 3, run.read_errors())
        self.assertEqual((run.output('stdout'), run.output('stderr')), ('out\n', ''))
        run = self.supervise('def fail(number):\n    raise ValueError("no %d" % number)\nfail(42)\n')
        self.assertEqual(run.finish(), 1, run.read_errors())
        exception = run.named('freeze')[0]['snapshot']['exception']
        self.assertEqual((exception['type_name'], exception['message']), ('ValueError', 'no 42'))

    def test_seen_from_outside(self):
        with subprocess.Popen([PYPY, '-c', 'print("ready", flush=True); input()'], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            process.stdout.readline()
            dump = subprocess.run([CLI, 'dump', str(process.pid)], env=self.surroundings.environment, capture_output=True,
                                  text=True, timeout=60, check=True)
            self.assertIn('it runs PyPy', dump.stdout)
            process.kill()

    def test_post_mortem_file(self):
        path = os.path.join(self.surroundings.work, 'own.flatline')
        environment = dict(os.environ, PYTHONPATH=os.path.join(os.environ['FLATLINE_TEST_SOURCE_ROOT'], 'agent'))
        subprocess.run([PYPY, '-c', 'import flatline\ndef ask(number):\n    flatline.dump_threads(%r)\nask(42)' % path],
                       env=environment, check=True, timeout=60)
        shown = self.surroundings.call('show', path).stdout.decode()
        self.assertIn('number = 42', shown)
        self.assertIn('pypy 7', shown)
