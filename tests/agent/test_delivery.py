# SPDX-License-Identifier: MIT
"""What a program tells just before it ends arrives; a supervisor that is slow, stuck or gone never makes it wait."""
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import AGENT, PATIENCE_S, Outcome, Programs, for_each_python, wait_until  # noqa: E402

# A flush is bounded by half a second; what a busy machine adds is not the program's fault.
GENEROUS_S = 8.0


class _Delivery(Programs):
    def tell(self, text, status=0):
        listener = self.listen()
        outcome = self.finish(self.start(text, listener))
        self.assertEqual((outcome.returncode, outcome.stderr), (status, b''), outcome)
        listener.settle()
        return listener

    def test_last_beats(self):
        ends = {'plain': '', 'exit': 'import sys; sys.exit(0)', 'os._exit': 'import os; os._exit(0)',
                'exec': 'import os; os.execv("/bin/true", ["true"])',
                'execvpe': 'import os; os.execvpe("true", ["true"], os.environ)',
                'thread': 'import os, threading; threading.Thread(target=lambda: os._exit(0)).start()\n'
                          'threading.Event().wait()'}
        for name, end in ends.items():
            with self.subTest(end=name):
                listener = self.tell('from flatline import beat\nfor i in range(3000): beat("last", str(i))\n' + end)
                self.assertEqual(listener.beats(), [('LAST', str(i)) for i in range(3000)])

    def test_beats_from_everywhere(self):
        listener = self.tell('import atexit, threading, os, warnings\nwarnings.simplefilter("ignore")\nfrom flatline import RemoteClient, beat\n'
                             'client = RemoteClient()\natexit.register(client.beat, "atexit", "1")\n'
                             'def work(n):\n    for i in range(100): client.beat("thread", f"{n}.{i}")\n'
                             'threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]\n'
                             'for t in threads: t.start()\nfor t in threads: t.join()\n'
                             'pid = os.fork()\nif pid == 0:\n    beat("child", "1")\n    os._exit(0)\nos.waitpid(pid, 0)\n'
                             'pids = []\ndef fork():\n    pid = os.fork()\n    if pid == 0:\n        beat("forked in thread", "")\n        os._exit(0)\n'
                             '    os.waitpid(pid, 0)\nt = threading.Thread(target=fork); t.start(); t.join()\n')
        beats = listener.beats()
        self.assertEqual(sorted(beats), sorted([('THREAD', f'{n}.{i}') for n in range(5) for i in range(100)]
                                               + [('ATEXIT', '1'), ('CHILD', '1'), ('FORKED IN THREAD', '')]))
        self.assertEqual(len({params['pid'] for params in listener.named('hello')}), 3)

    def start_child(self, quiet, rest, first=''):
        """One that the supervisor has not started itself; it is silent for `quiet` seconds."""
        listener = self.listen()
        program = self.write(first + 'import ctypes, os, posix, sys\nimport flatline.agent as agent\n'
                             'posix.environ.update({b"FLATLINE_ENABLED": b"1", b"FLATLINE_SUPERVISOR": b"1",\n'
                             '                      b"FLATLINE_AGENT_SOCKET": os.fsencode(sys.argv[1])})\n'
                             f'agent.QUIET = {quiet}\nagent.start()\n'
                             'def count(): return sum(int(name) >= 900 for name in os.listdir("/proc/self/fd"))\n' + rest)
        return listener, self.start([program, listener.path], extra={'PYTHONPATH': AGENT})

    def expect_c_part(self):
        found = self.finish(self.start('import flatline.agent as a\nprint(a.native is not None)', extra={'PYTHONPATH': AGENT}))
        self.assertEqual(found.stdout, b'True\n', found)

    def test_child_has_no_descriptor_at_first(self):
        self.expect_c_part()
        listener, process = self.start_child(1000, 'print(count(), flush=True)\npid = os.fork()\nprint(count(), flush=True)\n'
                                                   'if pid == 0: os._exit(0)\nos.waitpid(pid, 0)\n'
                                                   'import flatline\nflatline.die("told")\nprint(count())')
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stderr), (0, b''))
        self.assertEqual(sorted(outcome.stdout.split()), [b'0', b'0', b'0', b'2'])
        listener.settle()
        self.assertEqual([report['context'] for report in listener.reports()], ['told'])
        for name in ('hello', 'exiting'):
            self.assertEqual([params['pid'] for params in listener.named(name)], [process.pid], name)

    def test_child_that_has_no_processor_is_left_alone_for_longer(self):
        """It is still at its start, where it may look at its descriptors. The busy ones share its only processor."""
        self.expect_c_part()
        began = ('import os, subprocess, sys, time\nos.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n'
                 'busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for i in range(2)]\n'
                 'def late(): return int(open("/proc/self/schedstat").read().split()[1]) / 1e9\n'
                 'try:\n    while late() < 0.6: pass\nfinally:\n    for each in busy: each.kill(), each.wait()\n'
                 'before, began = late(), time.monotonic()\n')
        listener, process = self.start_child(0.2, 'while not count(): pass\nprint(time.monotonic() - began >= 0.2 + before)',
                                             first=began)
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'True\n', b''))

    def test_child_that_holds_the_gil_for_ever_is_heard_of(self):
        self.expect_c_part()
        listener, process = self.start_child(0.2, 'ctypes.PyDLL(None).sleep(100000)')
        hello = listener.wait_for(lambda event: event.get('event') == 'hello', 'hello')
        self.assertEqual(hello['params']['pid'], process.pid)
        beats = listener.wait_for(lambda event: event.get('event') == 'beats', 'a beat')
        self.assertEqual(beats['params']['beats'][0][0], 'interpreter')

    def test_program_that_forks_all_the_time_is_heard_of(self):
        """Forks keep the thread from its turn, far more often than it has one. The program goes on until it has been heard."""
        listener = self.listen()
        process = self.start('import os, select, sys, warnings\nwarnings.simplefilter("ignore")\n'
                             'while not select.select([sys.stdin], [], [], 0)[0]:\n    pid = os.fork()\n'
                             '    if pid == 0: os._exit(0)\n    os.waitpid(pid, 0)\n',
                             listener, stdin=subprocess.PIPE)
        wait_until(lambda: len([pid for pid in self.beating(listener) if pid == process.pid]) >= 4, 'four beats')
        self.assertEqual(self.finish(process), Outcome(0, b'', b''))

    def test_threads_that_fork_at_the_same_time(self):
        """Each fork waits until the agent's thread rests. Goes on until it has been heard after them all."""
        listener = self.listen()
        process = self.start('import os, sys, threading, warnings\nwarnings.simplefilter("ignore")\n'
                             'def fork():\n    for i in range(10):\n        pid = os.fork()\n'
                             '        if pid == 0: os._exit(0)\n        os.waitpid(pid, 0)\n'
                             'threads = [threading.Thread(target=fork) for i in range(6)]\n'
                             'for each in threads: each.start()\nfor each in threads: each.join()\n'
                             'print("forked", flush=True)\nsys.stdin.read()', listener, stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'forked\n')
        before = self.beating(listener).count(process.pid)
        wait_until(lambda: self.beating(listener).count(process.pid) >= before + 4, 'four beats')
        self.assertEqual(self.finish(process), Outcome(0, b'', b''))

    @staticmethod
    def beating(listener):
        return [params['pid'] for params in listener.named('beats') for beat in params['beats'] if beat[0] == 'interpreter']

    def test_tracemalloc_may_be_stopped_at_any_time(self):
        """The thread must not be in the midst of taking memory then. Each trace is shorter than a few turns."""
        listener = self.tell('import time, tracemalloc\nfor i in range(40):\n    tracemalloc.start()\n'
                             '    end = time.thread_time() + 0.03\n    while time.thread_time() < end: pass\n'
                             '    tracemalloc.stop()\n')
        self.assertTrue(listener.named('exiting'))

    def test_death(self):
        listener = self.tell('import os\nfrom flatline import die, warn, RemoteClient\n'
                             'try: 1 / 0\nexcept Exception as e: warn("before", e); die("loading", e)\nos._exit(0)')
        warned, died = listener.reports()
        self.assertEqual((warned['kind'], warned['context']), ('warn', 'before'))
        self.assertEqual((died['kind'], died['context'], died['type_name'], died['message'], died['thread']),
                         ('die', 'loading', 'ZeroDivisionError', 'division by zero', 'MainThread'))
        self.assertIn('line 3, in <module>', died['traceback_text'])
        listener = self.tell('import os\nfrom flatline import RemoteClient\nc = RemoteClient()\nc.die("no exception")\n'
                             'c.onFreeze(3, "phase", "stack")\nc.warn("w", "text")\nc.touchProcessLoop()\n'
                             'os.kill(os.getpid(), 9)', -signal.SIGKILL)
        self.assertEqual([(r['kind'], r['context'], r['text']) for r in listener.reports()],
                         [('die', 'no exception', ''), ('freeze', 'phase', 'phase for 3.0 s'), ('warn', 'w', 'text')])

    def test_same_beats_are_dropped(self):
        listener = self.tell('from flatline import beat\nimport time\n'
                             'end = time.monotonic() + 0.3\nn = 0\n'
                             'while n < 1000 or time.monotonic() < end: beat("a", "b"); n += 1\n'
                             'time.sleep(0.06)\nbeat("a", "b")')
        self.assertLess(len(listener.beats()), 100)
        self.assertGreater(len(listener.beats()), 1)

    def test_native_and_python_beats_are_equal(self):
        listener = self.tell('''
import time
from flatline import client
now = [100.0]
client.monotonic = lambda: now[0]
taken = []
client._accept = lambda *pair: taken.append(pair)
native = client._native if hasattr(client._native, "beat") else None
class Odd(str):
    pass
class Unhashable:
    __hash__ = None
pairs = [("a", "b"), ("a", "b"), ("a", "c"), ("ab", ""), ("a", "b"), ("b", "a"), ("é", "b"), ("a" * 999, "b"), ("", ""), ("", "")]
odd = [(1, 2), (1, 2), (Odd("o"), "b"), (Odd("o"), "b"), (None, "b"), ([], "x"), ([], "x"), (Unhashable(), "y")]
pairs += [("many", str(i)) for i in range(3000)] + [("a", "b"), ("many", "2999"), ("many", "0")]
def run(beat):
    taken.clear()
    for pair in pairs: beat(*pair)
    beat(); beat("TICK", ""); beat(reason="TICK"); beat(caller="", reason="TICK"); beat("x", caller="y"); beat("x")
    return [p if isinstance(p[0], str) else (type(p[0]).__name__, p[1]) for p in taken]
client._last.clear()
python = run(client._beat)
assert python[:3] == [("a", "b"), ("a", "c"), ("ab", "")], python[:3]
if native is not None:
    def accept(*pair): taken.append(pair)
    client._last.clear()
    native.set_callables(accept, client._beat)
    both = run(native.beat)
    assert both == python, [x for x in zip(both, python) if x[0] != x[1]][:5]
    for wrong in (lambda f: f(1, 2, 3), lambda f: f(nonsense=1)):
        for f in (native.beat, client._beat):
            try: wrong(f)
            except TypeError: pass
            else: raise AssertionError("took " + repr(f))
    assert native.beat.__name__ == "beat"
    client._accept = accept
for f in (client.beat, client._beat):
    client._last.clear()
    taken.clear()
    for pair in odd: f(*pair)
    assert [type(p[0]).__name__ for p in taken] == ["int", "Odd", "NoneType", "list", "list", "Unhashable"], taken
print(native is not None)
''')
        self.assertTrue(listener.named('hello'))

    def test_beat_before_the_gil_is_held_for_ever(self):
        listener = self.listen()
        process = self.start('import itertools\nfrom flatline import beat\nbeat("hog", "main")\n'
                             'sum(itertools.repeat(0))', listener)
        listener.wait_for(lambda event: event['event'] == 'beats' and any(
            beat[1] == 'HOG' for beat in event['params']['beats']), 'the last beat')
        process.kill()

    def expect_quick_end(self, listener, text):
        """The program's end is its own: whatever it tells, a stuck supervisor costs it at most a flush each."""
        process = self.start(text, listener)
        began = time.monotonic()
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'done\n', b''), outcome)
        self.assertLess(time.monotonic() - began, GENEROUS_S)

    def test_stuck_supervisor(self):
        text = ('import time\nfrom flatline import beat, die, warn\nbegan = time.monotonic()\n'
                'for i in range(100000): beat("x" * 100, str(i))\nfor i in range(200): warn("w" * 5000)\n'
                'assert time.monotonic() - began < 6, time.monotonic() - began\n'
                'began = time.monotonic()\ndie("end" * 1000)\nassert time.monotonic() - began < 2\nprint("done")')
        self.expect_quick_end(self.listen(reads=False), text)
        self.expect_quick_end(self.listen(accepts=False), text)

    def test_supervisor_that_goes_away(self):
        listener = self.listen()
        process = self.start('import sys\nfrom flatline import beat, die\nprint("up", flush=True)\nsys.stdin.read()\n'
                             'for i in range(1000): beat("x", str(i))\ndie("end")\nprint("done")', listener,
                             stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'up\n')
        listener.wait_for(lambda event: event['event'] == 'beats', 'beats')
        listener.close()
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'done\n', b''))

    def test_no_supervisor(self):
        gone = self.listen()
        gone.close()
        outcome = self.finish(self.start('from flatline import beat, die\nfor i in range(1000): beat("a", str(i))\n'
                                         'die("x")\nprint("done")', gone))
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'done\n', b''))

    def expect_count_of_dropped(self, text, n_beats):
        """The program @text beats so often, far more than it keeps, and nobody reads while it does."""
        listener = self.listen(reads=False)
        process = self.start(text + 'print("up", flush=True)\nsys.stdin.read()', listener, stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'up\n')
        wait_until(lambda: listener.connections, 'the connection')
        reader = threading.Thread(target=listener._read, args=(listener.connections[0],), daemon=True)
        reader.start()
        listener.wait_for(lambda event: event['event'] == 'dropped', 'the count')
        self.assertEqual(self.finish(process).returncode, 0)
        reader.join(PATIENCE_S)
        dropped = sum(params['count'] for params in listener.named('dropped'))
        # A few of the interpreter's own beats may be among the dropped.
        self.assertIn(len(listener.beats()) + dropped, range(n_beats, n_beats + 400))

    def test_full_queue_is_counted(self):
        self.expect_count_of_dropped('from flatline import beat\nimport sys\n'
                                     'for i in range(60000): beat("n" * 200, str(i))\n', 60000)

    def test_full_queue_of_several_threads_is_counted(self):
        self.expect_count_of_dropped('from flatline import agent\nimport sys, threading\nadd = agent.find().add_beat\n'
                                     'def work():\n    for i in range(200000): add("program", "N" * 200, "", 0.0)\n'
                                     'threads = [threading.Thread(target=work) for i in range(4)]\n'
                                     'for each in threads: each.start()\nfor each in threads: each.join()\n', 800000)

    def test_requests(self):
        listener = self.listen()
        process = self.start('import time\ntry:\n    while True: time.sleep(0.01)\nexcept KeyboardInterrupt: print("asked")',
                             listener)
        listener.wait_for(lambda event: event.get('event') == 'hello', 'hello')
        connection = listener.connections[0]
        connection.sendall(b'{"id": 1, "method": "ping"}\nnonsense\n{"id": 2, "method": "no"}\n\xff\xfe\n[]\n')
        listener.wait_for(lambda event: event.get('id') == 1 and event['result'] == 'pong', 'pong')
        listener.wait_for(lambda event: event.get('id') == 2 and 'error' in event, 'an error')
        connection.sendall(b'{"id": 3, "method": "close"}\n')
        listener.wait_for(lambda event: event.get('id') == 3, 'an answer')
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b'asked\n'))


class _Relay(Programs):
    """Without the agent's channel the same words go to the relay."""

    def run_with_relay(self, text, reads=True):
        import json
        server = socket.create_server(('127.0.0.1', 0), backlog=1)
        self.addCleanup(server.close)
        lines = []
        connections = []

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connections.append(connection)
                if reads:
                    with connection.makefile('rb') as stream:
                        lines.extend(map(json.loads, stream))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        from agent_run import AGENT
        extra = {'FLATLINE_ENABLED': '1', 'FLATLINE_HOST': '127.0.0.1', 'FLATLINE_TOKEN': 'secret',
                 'FLATLINE_PORT': str(server.getsockname()[1]), 'PYTHONPATH': AGENT}
        outcome = self.finish(self.start(text, extra=extra))
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'done\n', b''), outcome)
        return lines

    def test_beats_and_reports(self):
        lines = self.run_with_relay('from flatline import RemoteClient\nc = RemoteClient()\n'
                                    'for i in range(500): c.beat("a", str(i))\nc.warn("w")\nc.die("d", ValueError(3))\nprint("done")')
        wait_until(lambda: len(lines) == 502, 'all lines')
        self.assertTrue(all(line['token'] == 'secret' for line in lines))
        self.assertEqual([line['kind'] for line in lines], ['heartbeat'] * 500 + ['warn', 'die'])
        self.assertEqual([line['payload']['caller'] for line in lines[:500]], [str(i) for i in range(500)])
        self.assertEqual(set(lines[0]['payload']), {'reason', 'caller', 'pid', 'timestamp'})
        self.assertEqual(lines[-1]['payload']['message'], '3')

    def test_first_beat_of_a_thread(self):
        lines = self.run_with_relay('import threading\nfrom flatline import beat\n'
                                    't = threading.Thread(target=beat, args=("a", "b"))\nt.start()\nt.join()\nprint("done")')
        wait_until(lambda: lines, 'the line')
        self.assertEqual([line['payload']['caller'] for line in lines], ['b'])

    def test_beat_of_a_sub_interpreter(self):
        """It is not heard: a thread of ours would be one too many when that interpreter is ended."""
        lines = self.run_with_relay(
            'try:\n    import _xxsubinterpreters as interpreters\nexcept ImportError:\n'
            '    import _interpreters as interpreters\nimport os\nfrom flatline import beat\n'
            'beat("a", "before")\nrun = getattr(interpreters, "run_string", None) or interpreters.exec\n'
            'count = lambda: len(os.listdir("/proc/self/task"))\nbegun, other = count(), interpreters.create()\n'
            'run(other, "from flatline import RemoteClient\\nfor n in range(3): RemoteClient().beat(\'A\', str(n))")\n'
            'assert count() == begun\ninterpreters.destroy(other)\nbeat("a", "after")\nprint("done")')
        # They are read on after the program has ended.
        wait_until(lambda: any(line['payload']['caller'] == 'after' for line in lines), 'the last line')
        self.assertEqual([line['payload']['caller'] for line in lines], ['before', 'after'])

    def test_stuck_relay(self):
        began = time.monotonic()
        self.run_with_relay('from flatline import beat, die\nfor i in range(50000): beat("n" * 300, str(i))\ndie("x")\nprint("done")',
                            reads=False)
        self.assertLess(time.monotonic() - began, GENEROUS_S)


for_each_python(_Delivery)
for_each_python(_Relay)

if __name__ == '__main__':
    unittest.main()
