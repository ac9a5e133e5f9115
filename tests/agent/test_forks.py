# SPDX-License-Identifier: MIT
"""What a fork meets under the agent: the same thread before and after, no warning that is not the program's, and a child
that costs little until it has something to say."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import Programs, for_each_python, wait_until  # noqa: E402

# A thread that only C knows.
WITH_C_THREAD = '''
import ctypes
libc = ctypes.CDLL(None)
libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, libc.pause, None)
'''

FORK = '''
import os
def fork(status=0):
    pid = os.fork()
    if pid == 0: os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
'''


class _Forks(Programs):
    """The supervisor has started the program: so its children put off what can wait."""

    def setUp(self):
        super().setUp()
        self.known = {'FLATLINE_SUPERVISOR': str(os.getpid())}

    def expect(self, text):
        outcome = self.run_both(text, extra=self.known)
        self.assertEqual((outcome.returncode, outcome.stderr), (0, b''), outcome)
        return outcome

    def test_the_thread_goes_on(self):
        text = FORK + '''
import warnings
warnings.simplefilter("ignore")
def find():
    for thread in os.listdir("/proc/self/task"):
        with open("/proc/self/task/%s/comm" % thread) as name:
            if name.read() == "flatline-agent\\n": yield thread
while not list(find()): pass
before = list(find())
for i in range(40): fork()
print(list(find()) == before)
'''
        outcome = self.finish(self.start(text, self.listen(), self.known))
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b'True\n'), outcome)

    def test_warnings(self):
        """The one of threads comes where the program has some, also where only C knows them, and leaves no filter."""
        watched = FORK + '''
import subprocess, threading, warnings
def watch(fork):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        fork()
        print([each.category.__name__ for each in seen], warnings.filters == before, flush=True)
def look_in_child():
    before = list(warnings.filters)
    pid = os.fork()
    if pid == 0: os._exit(warnings.filters == before)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
watch(fork)
watch(look_in_child)
watch(lambda: subprocess.run(["true"], preexec_fn=lambda: None))
'''
        self.expect(watched)
        self.expect(watched + WITH_C_THREAD + 'watch(fork)\nwatch(fork)\n')
        self.expect(watched + 'stop = threading.Event()\nthreading.Thread(target=stop.wait).start()\nwatch(fork)\nstop.set()')

    def test_child_that_has_something_to_say(self):
        ends = {'beat': 'flatline.beat("child"); os._exit(0)', 'die': 'flatline.die("told"); os._exit(0)',
                'exit': 'sys.exit(0)', 'thread': 'threading.Thread(target=lambda: flatline.beat("child")).start()\n'
                                                 '    sys.exit(0)',
                'grandchild': 'fork_and(lambda: flatline.beat("child"))\n    os._exit(0)'}
        for name, end in ends.items():
            with self.subTest(end=name):
                listener = self.listen()
                outcome = self.finish(self.start(
                    'import flatline.agent, os, sys, threading, warnings\nflatline.agent.QUIET = 1000\nwarnings.simplefilter("ignore")\n'
                    'def fork_and(act):\n    pid = os.fork()\n    if pid == 0:\n        act()\n        os._exit(0)\n'
                    '    os.waitpid(pid, 0)\n'
                    'flatline.beat("parent")\nfork_and(lambda: None)\npid = os.fork()\nif pid == 0:\n    '
                    + end + '\nos.waitpid(pid, 0)\n', listener, self.known))
                self.assertEqual((outcome.returncode, outcome.stderr), (0, b''), outcome)
                listener.settle()
                told = {'die': [('PARENT', '')], 'exit': [('PARENT', '')]}.get(name, [('PARENT', ''), ('CHILD', '')])
                self.assertEqual(sorted(listener.beats()), sorted(told))
                self.assertEqual(len(listener.reports()), name == 'die')
                # Neither who says nothing, nor anybody twice.
                self.assertEqual(len([params['pid'] for params in listener.named('hello')]), 2, listener.named('hello'))

    def test_child_that_goes_on_is_heard_of(self):
        """What its hello says was written down in its parent."""
        listener = self.listen()
        process = self.start('import os, sys, warnings\nimport flatline.agent as agent\nwarnings.simplefilter("ignore")\n'
                             'agent.QUIET = 0.2\npid = os.fork()\nif pid == 0:\n    sys.stdin.read()\n    os._exit(0)\n'
                             'print(pid, flush=True)\nos.waitpid(pid, 0)\n', listener, self.known, stdin=-1)
        pid = int(process.stdout.readline())
        hello = listener.wait_for(lambda event: event.get('event') == 'hello' and event['params']['pid'] == pid,
                                  'the child')['params']
        parent = listener.wait_for(lambda event: event.get('event') == 'hello', 'the parent')['params']
        self.assertEqual(dict(parent, pid=pid, ppid=parent['pid']), hello)
        wait_until(lambda: sum(len(params['beats']) for params in listener.named('beats') if params['pid'] == pid) >= 4,
                   'its beats')
        self.assertEqual(self.finish(process).returncode, 0)

    def test_running_loop(self):
        """Its child has the parent's pipe to wake it: nobody must use that. Told of before it forks."""
        listener = self.listen()
        process = self.start('import asyncio, os, warnings\nfrom flatline import running\nwarnings.simplefilter("ignore")\n'
                             'async def main():\n    await asyncio.sleep(0.5)\n    pid = os.fork()\n'
                             '    if pid == 0:\n        os._exit(7 + len(running.get().lanes.runs))\n'
                             '    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n'
                             'asyncio.run(main())\n', listener, self.known)
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'7\n', b''), outcome)
        listener.settle()
        self.assertEqual({params['pid'] for params in listener.named('loop')}, {process.pid})


for_each_python(_Forks)

if __name__ == '__main__':
    unittest.main()
