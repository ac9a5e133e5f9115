# SPDX-License-Identifier: MIT
"""Where a post-mortem file cannot be written, or not whole: nothing fails the program, and no half a file stays."""
import glob
import json
import os
import signal
import unittest

from dumps import Dumps, read


class Failures(Dumps, unittest.TestCase):
    """Nothing fails the program; one line at most is said; no half a file stays."""

    def check(self, before, path, said):
        outcome, _ = self.in_program('import flatline, os, resource, signal\n%s\n'
                                     'try:\n    1 / 0\nexcept ZeroDivisionError as e:\n'
                                     '    print(flatline.dump_exception(e, %r))\n' % (before, path))
        self.assertEqual(outcome.stdout, b'None\n')
        self.assertEqual(outcome.returncode, 0)
        self.assertEqual(outcome.stderr.count(b'\n'), 1, outcome.stderr)
        self.assertIn(said, outcome.stderr)
        self.assertEqual([name for name in os.listdir(self.work) if 'flatline' in name], [])

    def test_places_that_do_not_work(self):
        self.check('', '/nonexistent/folder/x.flatline', b'No such file')
        self.check('', '/proc/x.flatline', b'flatline: no post-mortem file')
        self.check('', 'program.py/x.flatline', b'Not a directory')

    def test_full_disk(self):
        # The kernel refuses to let the file grow, in the midst of it.
        self.check('resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))', 'out.flatline', b'File too large')

    def test_no_memory_for_more_than_the_file(self):
        self.check('import flatline.dump\n'
                   'def fail(*a, **k): raise MemoryError\nflatline.capture.files.encode = fail', 'out.flatline',
                   b'MemoryError')

    def test_too_many_open_files(self):
        """Of all deaths this one needs a file, too."""
        outcome, records = self.dump('import os, resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))\nfiles = []\n'
                                     'while True: files.append(open("/dev/null"))')
        self.assertEqual(len(records), 1, outcome)
        self.assertIn('Too many open files', records[0]['exception']['message'])
        self.assertEqual(records[0]['sources'], [])

    def test_wrong_options(self):
        outcome, _ = self.in_program('import flatline\nprint(flatline.dump_threads("out.flatline", depht=3))\n'
                                     'try:\n    flatline.set_excepthook(tmie=2)\nexcept TypeError: print("told")')
        self.assertEqual(outcome.stdout, b'None\ntold\n')
        self.assertIn(b"there is no option 'depht'", outcome.stderr)

    def test_no_exception(self):
        outcome, _ = self.in_program('import flatline\nprint(flatline.dump_exception(path="out.flatline"))')
        self.assertEqual(outcome.stdout, b'None\n')
        self.assertIn(b'no exception', outcome.stderr)

    def test_hooks_are_set_once(self):
        outcome, _ = self.in_program('import flatline\nflatline.set_excepthook("first.flatline")\n'
                                     'flatline.set_excepthook("second.flatline", secrets=None)\npassword = "shown-pw-1"\n1/0')
        self.assertEqual(outcome.stderr.count(b'ZeroDivisionError'), 1)
        self.assertFalse(os.path.exists(os.path.join(self.work, 'first.flatline')))
        self.assertIn('shown-pw-1', json.dumps(read(os.path.join(self.work, 'second.flatline'))))

    def test_many_deaths_of_threads(self):
        outcome, _ = self.in_program('import flatline, threading\nflatline.set_excepthook("x-{time}.flatline")\n'
                                     'threading.excepthook\nfor _ in range(50):\n    t = threading.Thread(target=lambda: 1/0)\n'
                                     '    t.start(); t.join()\n')
        self.assertEqual(outcome.stderr.count(b'ZeroDivisionError'), 50)
        self.assertEqual(len(glob.glob(os.path.join(self.work, 'x-*.flatline'))), 20)


class Budgets(Dumps, unittest.TestCase):
    PROGRAM = ('import flatline, json, sys\nfrom flatline.capture import document\nfrom flatline.capture.budget import Options\n'
               'def f(n):\n    rows = [{"id": i, "text": "x" * 100} for i in range(100000)]\n    tree = [rows] * 1000\n'
               '    if n: f(n - 1)\n    raise ValueError(n)\n'
               'now = [0.0]\ndef clock():\n    now[0] += STEP\n    return now[0]\n'
               'try:\n    f(4)\nexcept ValueError as e:\n'
               '    made = document.make("exception", Options(), e, "x", clock=clock)\n    print(json.dumps(made))\n')

    def test_time(self):
        """The clock is ours: when the time is over, all frames are there and the last have no variables."""
        outcome, _ = self.in_program(self.PROGRAM.replace('STEP', '0.0005'))
        record = json.loads(outcome.stdout)
        self.assertIn('The time of 2 s was used up: what comes last is missing', record['limits'])
        frames = record['exception']['frames']
        self.assertEqual(len(frames), 6)
        self.assertTrue(frames[0]['locals'])
        self.assertTrue(frames[-1]['incomplete'])

    def test_bytes(self):
        """Whatever the program holds, the file is bounded."""
        outcome, _ = self.in_program(self.PROGRAM.replace('STEP', '0'))
        self.assertLess(len(outcome.stdout), 20 << 20)
        record = json.loads(outcome.stdout)
        self.assertIn('Large variables are not shown whole', record['limits'])
        for frame in record['exception']['frames'][:5]:
            self.assertEqual([value['name'] for value in frame['locals']][:2], ['n', 'rows'])
            self.assertEqual(frame['locals'][1]['size'], 100000)
            self.assertEqual(len(frame['locals'][1]['children']), 100)

    def test_killed_while_writing(self):
        """A file is there whole or not at all."""
        for step in range(0, 12):
            script = self.write('import flatline, os, signal\nfrom flatline.capture import files\ncount = 0\n'
                                'def dying(function):\n    def wrapped(*a, **k):\n        global count\n        count += 1\n'
                                '        if count > %d: os.kill(os.getpid(), signal.SIGKILL)\n        return function(*a, **k)\n'
                                '    return wrapped\n'
                                'for name in ("open", "write", "fsync", "close", "replace"):\n'
                                '    setattr(os, name, dying(getattr(os, name)))\n'
                                'flatline.dump_threads("out.flatline")\n' % step)
            outcome = self.run_python(script)
            path = os.path.join(self.work, 'out.flatline')
            if os.path.exists(path):
                self.assertEqual(read(path)['reason'], 'dump')
            if outcome.returncode == 0:
                break
            self.assertEqual(outcome.returncode, -signal.SIGKILL)
        self.assertTrue(os.path.exists(path))
