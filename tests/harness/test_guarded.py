# SPDX-License-Identifier: MIT
"""Nothing of a test outlives it: not what it started in a session of its own, not when it is killed itself."""
import os
import signal
import subprocess
import sys
import time
import unittest

GUARDED = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'guarded')
PROGRAM = '''
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import subprocess, sys, time\\nprint(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'], start_new_session=True).pid, flush=True); time.sleep(1000)"],
                         start_new_session=True, stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline().strip(), flush=True)
sys.stdin.read()
sys.exit(3)
'''


def is_alive(pid):
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as stat:
            return stat.read().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:
        return False


class Guarded(unittest.TestCase):
    def start(self):
        process = subprocess.Popen([GUARDED, sys.executable, '-c', PROGRAM], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(process.stdout.close)
        pids = [int(word) for word in process.stdout.readline().split()]
        self.assertEqual([is_alive(pid) for pid in pids], [True, True])
        return process, pids

    def expect_gone(self, pids):
        deadline = time.monotonic() + 60
        while any(map(is_alive, pids)):
            self.assertLess(time.monotonic(), deadline, 'what the test started is still there')
            time.sleep(0.01)

    def test_ends_by_itself(self):
        process, pids = self.start()
        process.stdin.close()
        self.assertEqual(process.wait(60), 3)
        self.expect_gone(pids)

    def test_is_killed_with_its_group(self):
        process, pids = self.start()
        os.killpg(process.pid, signal.SIGKILL)
        self.assertEqual(process.wait(60), -signal.SIGKILL)
        process.stdin.close()
        self.expect_gone(pids)


if __name__ == '__main__':
    unittest.main()
