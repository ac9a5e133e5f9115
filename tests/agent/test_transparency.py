# SPDX-License-Identifier: MIT
"""A program's output and exit status are the same with the agent as without, byte for byte, however it ends."""
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import AGENT, Programs, for_each_python  # noqa: E402


class _Transparency(Programs):
    maxDiff = None

    def expect(self, arguments, status=0, heard=True, **options):
        outcome = self.run_both(arguments, **options)
        self.assertEqual(outcome.returncode, status, outcome)
        self.assertEqual(bool(self.listener.named('hello')), heard, 'whether the agent was there')
        return outcome

    def test_output(self):
        self.expect('import sys\nfor i in range(2000): print("line", i)\nsys.stdout.write("no end")\n'
                    'sys.stdout.flush()\nsys.stdout.buffer.write(b"\\x00\\xff\\r\\n")\nprint("é", file=sys.stderr)')
        self.expect(['-u', '-c', 'import sys; print(1); print(2, file=sys.stderr)'])
        self.expect(['-W', 'always', '-c', 'import warnings; warnings.warn("careful")'])
        self.expect(['-bb', '-Werror', '-X', 'dev', '-c', 'print("strict")'])
        self.expect(['-O', '-c', 'import sys; assert False; print(sys.flags)'])

    def test_uncaught_exceptions(self):
        for text in ('1 / 0',
                     'def f(n):\n    return f(n + 1)\nf(0)',
                     'try:\n    {}["a"]\nexcept KeyError as e:\n    raise ValueError("v") from e',
                     'try:\n    {}["a"]\nexcept KeyError:\n    int("x")',
                     'class E(Exception):\n    def __str__(self): raise RuntimeError("no")\nraise E()',
                     'raise KeyboardInterrupt' if self.version < (3, 9) else 'raise OSError(2, "gone", "file")',
                     'import sys\ndef hook(*a): print("hook", a[0].__name__, file=sys.stderr)\n'
                     'sys.excepthook = hook\n1 / 0',
                     'import sys\ndef hook(*a): raise RuntimeError("in the hook")\nsys.excepthook = hook\n1 / 0',
                     'import sys, os\ndef hook(*a): os._exit(42)\nsys.excepthook = hook\n1 / 0',
                     'import sys\nclass D:\n    def __del__(self): 1 / 0\nd = D()\ndel d\n'
                     'sys.unraisablehook = lambda u: print("hook", u.exc_type)\nd = D()\ndel d',
                     'class D:\n    def __del__(self): 1 / 0\nd = D()',
                     'def f(:\n'):
            with self.subTest(text=text):
                self.run_both(text)
        self.expect('1 / 0', 1)

    def test_caught_exceptions_that_are_printed(self):
        """By the program itself, which goes on: nothing of it has ended."""
        fail = 'import sys\ndef fail(): 1 / 0\n'
        for text in ('def main():\n    try: fail()\n    except ZeroDivisionError: sys.__excepthook__(*sys.exc_info())\nmain()',
                     'sys.excepthook = lambda *a: sys.__excepthook__(*a)\n'
                     'def main():\n    try: fail()\n    except ZeroDivisionError: sys.excepthook(*sys.exc_info())\nmain()',
                     'def main():\n    try: fail()\n    except ZeroDivisionError as e: return e\n'
                     'e = main()\nsys.excepthook(type(e), e, e.__traceback__)',
                     'from concurrent.futures import ThreadPoolExecutor\n'
                     'with ThreadPoolExecutor() as pool: e = pool.submit(fail).exception()\n'
                     'def main(): sys.excepthook(type(e), e, e.__traceback__)\nmain()'):
            with self.subTest(text=text):
                self.expect(fail + text + '\nprint("goes on")')
                self.assertEqual(self.listener.reports(), [])
        self.expect(fail + 'def main():\n    try: fail()\n    except ZeroDivisionError:\n'
                    '        sys.excepthook(*sys.exc_info())\n        raise\nmain()', 1)
        self.assertEqual([report['context'] for report in self.listener.reports()], ['uncaught'])

    def test_uncaught_exception_groups(self):
        if self.version < (3, 11):
            self.skipTest('exception groups came with 3.11')
        self.expect('e = ExceptionGroup("g", [ValueError(1), ExceptionGroup("h", [KeyError(2)])])\n'
                    'e.add_note("a note")\nraise e', 1)

    def test_exceptions_in_threads(self):
        self.expect('import threading\nt = threading.Thread(target=lambda: 1 / 0, name="worker")\nt.start()\nt.join()')
        self.expect('import threading, sys\nthreading.excepthook = lambda a: print("own", a.exc_type, a.thread.name)\n'
                    'def run(): raise SystemExit(3)\n'
                    'for f in (lambda: 1 / 0, run):\n t = threading.Thread(target=f)\n t.start()\n t.join()')
        self.assertEqual([report['context'] for report in self.listener.reports()], ['thread'])
        self.expect('import threading, sys\ndef bad(args): raise KeyError("hook")\nthreading.excepthook = bad\n'
                    't = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()')
        self.expect('import threading, sys\nsys.excepthook = lambda *a: print("sys", a[0])\n'
                    'def bad(args): raise KeyError("hook")\nthreading.excepthook = bad\n'
                    't = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()')
        self.expect('import _thread, sys\nlock = _thread.allocate_lock()\nlock.acquire()\nbefore = sys.unraisablehook\n'
                    'def hook(what):\n    before(what)\n    lock.release()\nsys.unraisablehook = hook\n'
                    'def f(): 1 / 0\n_thread.start_new_thread(f, ())\nlock.acquire()')

    def test_exit_statuses(self):
        for text, status in (('', 0), ('raise SystemExit', 0), ('raise SystemExit(3)', 3),
                             ('raise SystemExit("words")', 1), ('import sys; sys.exit(300)', 300 % 256),
                             ('import sys; sys.exit(-1)', 255), ('import os; os._exit(9)', 9), ('exit(4)', 4),
                             ('import os; os.abort()', -signal.SIGABRT),
                             ('import os, signal; os.kill(os.getpid(), signal.SIGTERM); signal.pause()',
                              -signal.SIGTERM),
                             ('import os, signal; os.kill(os.getpid(), signal.SIGKILL); signal.pause()',
                              -signal.SIGKILL),
                             ('import os, signal; os.kill(os.getpid(), signal.SIGINT); signal.pause()',
                              -signal.SIGINT),
                             ('import ctypes; ctypes.string_at(1)', -signal.SIGSEGV),
                             ('import faulthandler, ctypes; faulthandler.enable(); ctypes.string_at(1)',
                              None),
                             ('import os; os.execv("/bin/sh", ["sh", "-c", "exit 6"])', 6),
                             ('import os; os.execlp("sh", "sh", "-c", "echo $0; exit 5")', 5),
                             ('import threading, os\nthreading.Thread(target=lambda: os._exit(8)).start()\n'
                              'threading.Event().wait()', 8)):
            with self.subTest(text=text):
                if status is None:
                    listener = self.listen()
                    outcome = self.finish(self.start(text, listener))
                    self.assertEqual(outcome.returncode, -signal.SIGSEGV)
                    self.assertIn(b'most recent call first', outcome.stderr)
                else:
                    self.expect(text, status)

    def test_signals(self):
        self.expect('import signal, os\nsignal.signal(signal.SIGUSR1, lambda s, f: print("got", s, f.f_code.co_name))\n'
                    'for i in range(50): os.kill(os.getpid(), signal.SIGUSR1)\n'
                    'print([(s.name, str(signal.getsignal(s))) for s in signal.Signals if s.name != "SIGUSR1"])\n'
                    'print(signal.pthread_sigmask(signal.SIG_BLOCK, []))')
        self.expect('import signal, time\nsignal.signal(signal.SIGALRM, lambda *a: 1 / 0)\n'
                    'signal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(60)', 1)

    def test_broken_pipe_to_a_supervisor_that_is_gone(self):
        """A program may ask to die of SIGPIPE: our connection must not be what kills it."""
        listener = self.listen()
        process = self.start('import signal, sys\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nprint("up", flush=True)\n'
                             'sys.stdin.read()\nfrom flatline import beat, die\nbeat("A", "b")\ndie("end")\nprint("done")',
                             listener, stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'up\n')
        listener.wait_for(lambda event: event['event'] == 'hello', 'hello')
        listener.close()
        outcome = self.finish(process)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'done\n', b''))

    def test_ways_to_start(self):
        self.write('import sys\nprint("package", __name__, sys.argv)\nsys.exit(2)', 'package/__main__.py')
        self.write('print("module", __name__)', 'module.py')
        self.expect(['-m', 'package', 'a', '-b'], 2)
        self.expect(['package', 'x'], 2)
        self.expect(['-m', 'module'])
        self.expect(['-m', 'no_such_module'], 1)
        self.expect(['-c', 'import sys; print(sys.argv, __name__, __spec__)', 'a'])
        self.expect(['no_such_file.py'], 2, heard=True)
        self.expect(['-'], 0, stdin=subprocess.DEVNULL)
        program = self.write('import sys; print(sys.path[1:], sorted(sys.argv))')
        self.expect(['-I', program], heard=False)
        self.expect(['-E', program], heard=False)
        self.expect(['-S', program], heard=False, clean=self.without_own_entry)
        self.expect(['-s', program], clean=self.without_own_entry)
        self.expect(['-i', '-c', 'print(1)'])

    @staticmethod
    def without_own_entry(text):
        from agent_run import AGENT
        return text.replace(repr(AGENT).encode() + b', ', b'')

    def test_own_customisation(self):
        own = os.path.join(self.folder, 'own')
        os.mkdir(own)
        for name in ('sitecustomize', 'usercustomize'):
            with open(os.path.join(own, name + '.py'), 'w') as module:
                module.write('import sys\nprint("own", __name__, __file__, __spec__.name)\nsys.own_%s = 1\n' % name)
        program = ('import sys, os\nprint(sys.own_sitecustomize)\nimport sitecustomize\nprint(sitecustomize.__file__)\n'
                   'print(getattr(sys, "own_usercustomize", 0))\n')
        self.expect(program, extra={'PYTHONPATH': own})
        for text in ('1 / 0', 'raise SystemExit(5)', 'import no_such_thing', 'def f(:', 'raise ImportError(name="sitecustomize")'):
            with self.subTest(text=text):
                with open(os.path.join(own, 'sitecustomize.py'), 'w') as module:
                    module.write(text)
                self.run_both('print("on")', extra={'PYTHONPATH': own}, clean=self.without_our_frames)

    @staticmethod
    def without_our_frames(text):
        """A SystemExit there is fatal, and Python shows each frame, ours too."""
        import re
        return re.sub(rb'  File "[^"]*/agent/(?:sitecustomize|flatline/startup/chain).py>?".*\n(    .*\n)*', b'', text)

    def test_virtual_environment(self):
        folder = os.path.join(self.folder, 'venv')
        subprocess.run([self.python, '-m', 'venv', '--without-pip', folder], check=True)
        packages = subprocess.run([os.path.join(folder, 'bin', 'python'), '-c',
                                   'import sysconfig; print(sysconfig.get_path("purelib"))'],
                                  capture_output=True, text=True, check=True).stdout.strip()
        with open(os.path.join(packages, 'inside.py'), 'w') as module:
            module.write('where = __file__')
        with open(os.path.join(packages, 'sitecustomize.py'), 'w') as module:
            module.write('print("the environment\'s own")')
        self.python = os.path.join(folder, 'bin', 'python')
        self.expect('import sys, inside\nprint(sys.prefix, sys.executable, inside.where)')

    def test_children(self):
        self.expect('import subprocess, sys\nfor code in ("print(1)", "1/0", "import os; os._exit(3)"):\n'
                    '    run = subprocess.run([sys.executable, "-c", code], capture_output=True)\n'
                    '    print(run)')
        self.assertEqual(len(self.listener.named('hello')), 4)
        self.expect('import subprocess, os\nprint(subprocess.run(["sh", "-c", "ls -l /proc/self/fd | wc -l; exit 3"],'
                    ' capture_output=True, close_fds=False))\nprint(os.system("exit 2"), os.popen("echo x").read())\n'
                    'subprocess.run(["true"], preexec_fn=lambda: None)')

    def test_multiprocessing(self):
        for method in ('fork', 'spawn', 'forkserver'):
            with self.subTest(method=method):
                self.expect('import multiprocessing as m, sys\n'
                            'def work(n):\n    if n == 2: 1 / 0\n    if n == 3: sys.exit(7)\n    print("work", n, flush=True)\n'
                            'def double(n): return n * 2\n'
                            'if __name__ == "__main__":\n'
                            f'    m.set_start_method("{method}")\n'
                            '    for n in range(1, 4):\n        p = m.Process(target=work, args=(n,), name=f"p{n}")\n'
                            '        p.start()\n        p.join()\n        print(p.exitcode, flush=True)\n'
                            '    with m.Pool(2) as pool: print(pool.map(double, range(10)))\n')
                reports = self.listener.reports()
                self.assertEqual([(r['context'], r['type_name'], r['thread']) for r in reports],
                                 [('multiprocessing', 'ZeroDivisionError', 'p2')])

    def test_fork(self):
        self.expect('import os, sys\nfor status in range(3):\n    pid = os.fork()\n'
                    '    if pid == 0:\n        print("child", status, flush=True)\n'
                    '        (os._exit if status else sys.exit)(status)\n    print(os.waitpid(pid, 0)[1])')
        self.expect('import os, threading, warnings\nwarnings.simplefilter("error", DeprecationWarning)\n'
                    'def f():\n    pid = os.fork()\n    if pid == 0:\n        os._exit(threading.active_count())\n'
                    '    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n'
                    'pid = os.fork()\nif pid == 0: os._exit(11)\nprint(os.waitpid(pid, 0)[1])\n'
                    'warnings.simplefilter("ignore")\n'
                    'for i in range(5):\n    t = threading.Thread(target=f)\n    t.start()\n    t.join()')
        self.expect('import pty, os\npid, fd = pty.fork()\nif pid == 0:\n    print("in the terminal")\n    os._exit(6)\n'
                    'print(os.waitpid(pid, 0)[1])')
        self.expect('import os\npid = os.fork()\nif pid == 0:\n    os.closerange(3, 1100)\n    fd = os.open("own", os.O_CREAT | os.O_RDWR)\n'
                    '    if "FLATLINE_ENABLED" in os.environ:\n        from flatline import beat\n'
                    '        for i in range(100): beat("A", str(i))\n    os.write(fd, b"mine")\n'
                    '    os._exit(0)\nos.waitpid(pid, 0)\nprint(open("own").read())\nos.unlink("own")')

    def test_fork_where_warnings_are_watched(self):
        """As pytest does: the list of filters is then another."""
        self.expect('import os, threading, time, warnings\ndef fork():\n    pid = os.fork()\n    if pid == 0: os._exit(0)\n'
                    '    os.waitpid(pid, 0)\n'
                    'with warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter("always")\n'
                    '    before = list(warnings.filters)\n    fork()\n    print(len(seen))\n'
                    '    thread = threading.Thread(target=lambda: fork())\n    thread.start()\n    thread.join()\n'
                    '    print([str(each.message)[25:] for each in seen])\n'
                    '    while warnings.filters != before: time.sleep(0.01)')

    def test_what_the_program_sees(self):
        program = '''
import sys, os
early = sorted(sys.modules)
import stat, threading, gc, json, atexit, asyncio, multiprocessing, inspect
print([entry for entry in sys.path if not entry.endswith('/agent')])
c_modules = {'_json', '_socket', '_signal', '_thread', '_collections', 'fcntl', 'atexit', 'time', 'posix', '_contextvars'}
print([name for name in early if name.partition('.')[0] not in ('flatline', 'sitecustomize') and name not in c_modules])
print({key: value for key, value in os.environ.items() if not key.startswith('FLATLINE_') and key != 'PYTHONPATH'})
print([t.name for t in threading.enumerate()], threading.active_count(), threading.current_thread().name)
print(sorted(int(fd) for fd in os.listdir('/proc/self/fd') if int(fd) < 900))
print([os.readlink('/proc/self/fd/' + fd) for fd in os.listdir('/proc/self/fd')
       if os.path.exists('/proc/self/fd/' + fd) and stat.S_ISSOCK(os.stat('/proc/self/fd/' + fd).st_mode)])
print(os.open(os.devnull, os.O_RDONLY))
print(sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__,
      sys.unraisablehook is sys.__unraisablehook__)
print(threading.excepthook, sys.getswitchinterval(), sys.getrecursionlimit())
print(sys.path_hooks, gc.get_threshold(), gc.isenabled(), gc.get_debug(), sys.dont_write_bytecode, sys.warnoptions)
print(inspect.signature(os._exit), os._exit.__name__, os._exit.__module__)
import pickle, posix
print(os.execve in os.supports_fd, [getattr(os, name) is getattr(posix, name) for name in ('_exit', 'execv', 'execve')])
print([pickle.loads(pickle.dumps(function)) is function for function in (os._exit, os.execv, os.execve)])
print(os.getpgid(0) == os.getppid(), os.get_inheritable(1), sys.flags, sys.argv, sys.orig_argv if hasattr(sys, 'orig_argv') else '')
print(inspect.getsource(threading.Thread)[:100], threading.__spec__.loader, threading.__loader__)
print(asyncio.BaseEventLoop.run_forever.__doc__, asyncio.BaseEventLoop.call_exception_handler.__qualname__)
import resource
print(resource.getrlimit(resource.RLIMIT_NOFILE), os.umask(0), os.getcwd(), sys.stdout, sys.stdin)
'''
        self.expect(program, extra={'PYTHONHASHSEED': '0'})

    def test_few_descriptors(self):
        """As many as the program would have alone, whatever its limit; but for our two at the end, if nothing is allowed beyond that."""
        import resource
        for soft, hard in ((16, 4096), (64, 4096), (64, 64)):
            with self.subTest(soft=soft, hard=hard):
                self.expect('import os, resource\nopened = []\ntry:\n    while True: opened.append(os.open("/dev/null", 0))\n'
                            'except OSError as error: print(error)\n'
                            'limit = resource.getrlimit(resource.RLIMIT_NOFILE)\n'
                            'print(opened[:-2] if limit[1] == 64 and opened[-1] == 63 else opened, limit)',
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))

    def test_asyncio(self):
        self.expect('import asyncio\nasync def main():\n    await asyncio.sleep(0.3)\n    print(len(asyncio.all_tasks()))\n'
                    '    asyncio.get_running_loop().call_soon(lambda: 1 / 0)\n    await asyncio.sleep(0.01)\n'
                    '    asyncio.create_task(fail())\n    await asyncio.sleep(0.01)\n'
                    'async def fail(): raise ValueError("lost")\nasyncio.run(main())')
        self.assertEqual([r['context'] for r in self.listener.reports()], ['asyncio', 'asyncio'])
        self.assertGreaterEqual(len(self.listener.beats('loop')), 2)
        states = [(event['loop'], event['state']) for event in self.listener.named('loop')]
        self.assertEqual((states[0], states[-1]), (('asyncio', 'running'), ('asyncio', 'stopped')))
        self.expect('import asyncio\nasync def main(): 1 / 0\nasyncio.run(main())', 1)
        # Where it debugs it tells how long each step took that was slow, as all are on a busy machine.
        self.expect('import asyncio\nasync def main():\n    asyncio.get_running_loop().slow_callback_duration = 1000\n'
                    '    proc = await asyncio.create_subprocess_exec("sh", "-c", "exit 3")\n'
                    '    print(await proc.wait())\n    print(await asyncio.to_thread(lambda: 5) if hasattr(asyncio, "to_thread") else 5)\n'
                    'asyncio.run(main(), debug=True)')

    def test_executors(self):
        self.expect('from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor\nimport threading\n'
                    'def f(n): return n + 1\nif __name__ == "__main__":\n'
                    '    with ThreadPoolExecutor(3) as e: print(list(e.map(f, range(5))))\n'
                    '    with ProcessPoolExecutor(2) as e: print(list(e.map(f, range(5))))\n'
                    '    e = ThreadPoolExecutor(1)\n    e.submit(lambda: __import__("time").sleep(0.05) or print("late"))\n')
        self.assertEqual(len({params['pid'] for params in self.listener.named('exiting')}),
                         len(self.listener.named('exiting')))

    def test_interrupt_at_exit(self):
        self.expect('import atexit, threading, os, signal\natexit.register(print, "one")\n'
                    'atexit.register(lambda: 1 / 0)\natexit.register(print, "two")\n'
                    'class D:\n    def __del__(self): print("gone")\nd = D()\n'
                    't = threading.Thread(target=lambda: print("thread"))\nt.start()\nt.join()\nprint("main")')

    def test_introspective_programs(self):
        self.expect('import sys\nlines = []\ndef trace(frame, event, arg):\n    lines.append((event, frame.f_code.co_name))\n'
                    '    return trace\nsys.settrace(trace)\ndef f(): return 1\nf()\nsys.settrace(None)\nprint(lines)')
        self.expect(['-m', 'unittest', '-v'], clean=self.without_time, status=5 if self.version >= (3, 12) else 0)
        self.expect(['-m', 'timeit', '-n', '1', '-r', '1', 'pass'], clean=lambda text: b'')
        self.expect('import tracemalloc, gc\ntracemalloc.start()\ngc.collect()\nprint(len(gc.get_objects()) > 0)\n'
                    'import importlib, threading\nimportlib.reload(threading)\nprint(threading.Thread)')

    def test_reports_of_what_has_run(self):
        """Coverage takes what has a name that is no file for no part of the program, `trace` what has no file."""
        program = self.write("""
import os, sys, threading
seen = set()
def trace(frame, event, arg):
    seen.add((frame.f_code.co_filename, frame.f_globals.get("__file__")))
    return trace
threading.settrace(trace)
sys.settrace(trace)
import asyncio, atexit, concurrent.futures, multiprocessing
async def main():
    await asyncio.sleep(0.3)
asyncio.run(main())
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
thread = threading.Thread(target=print, args=("thread",))
thread.start()
thread.join()
sys.settrace(None)
library = os.path.dirname(os.__file__)
print(sorted(code for code, file in seen if not code.startswith(("<", library))))
print(sorted(file for code, file in seen if file is not None and not file.startswith(library)))
print(sorted(name for name, module in sys.modules.items() if name not in ("flatline", "sitecustomize")
             and not (getattr(module, "__file__", None) or library).startswith(library)))
""")
        self.expect([program])
        self.expect(['-m', 'trace', '--count', '--summary', '--coverdir', self.folder, program],
                    clean=lambda text: b'\n'.join(line.split()[-1] for line in text.splitlines() if b'(' in line))

    def test_finders_are_asked_once(self):
        self.expect('import sys\nnames = []\nclass Finder:\n'
                    '    def find_spec(self, name, path=None, target=None): names.append(name)\n'
                    'sys.meta_path.insert(0, Finder())\nimport asyncio.base_events, tkinter\n'
                    'print([name for name in names if names.count(name) > 1])')

    def test_all_threads_are_traced(self):
        """By the tools of sys.monitoring, cProfile's among them: the agent's thread and its steps around forks are none
        of the program's."""
        if self.version < (3, 11):
            self.skipTest('tracing can be suspended from 3.11 on, by the C part')
        self.expect('import os, sys, threading, time\nseen = set()\n'
                    'def look(code, *rest): seen.add((code.co_name, code.co_filename[:10]))\n'
                    'def trace(frame, event, arg): look(frame.f_code)\n'
                    'if hasattr(sys, "monitoring"):\n    sys.monitoring.use_tool_id(4, "four")\n'
                    '    sys.monitoring.register_callback(4, sys.monitoring.events.PY_START, look)\n'
                    '    sys.monitoring.set_events(4, sys.monitoring.events.PY_START)\n'
                    'sys.setprofile(trace)\n'
                    'end = time.monotonic() + 0.6\nwhile time.monotonic() < end: time.sleep(0.01)\n'
                    'pid = os.fork()\nif pid == 0: os.kill(os.getpid(), 9)\nos.waitpid(pid, 0)\nsys.setprofile(None)\n'
                    'if hasattr(sys, "monitoring"): sys.monitoring.set_events(4, 0)\nprint(sorted(seen))\n'
                    'sys.settrace(lambda frame, event, arg: os.write(1, frame.f_code.co_name.encode() + b"\\n") and None)')

    def test_collections_are_of_its_own_threads(self):
        """Finalizers run in the thread that the collector runs in: while nothing happens that is not the agent's."""
        self.expect('import gc, time, _thread\nseen = []\n'
                    'gc.callbacks.append(lambda phase, info: seen.append(_thread.get_ident()))\n'
                    'gc.set_threshold(1)\ntime.sleep(1.2)\ngc.set_threshold(0)\n'
                    'print([ident for ident in seen if ident != _thread.get_ident()])')

    def test_sub_interpreters(self):
        """They have no agent: its thread would be one too many when they are ended, whoever ends them."""
        self.expect('try:\n    import _xxsubinterpreters as interpreters\nexcept ImportError:\n'
                    '    import _interpreters as interpreters\nimport os\n'
                    'begun = len(os.listdir("/proc/self/task"))\none, other = interpreters.create(), interpreters.create()\n'
                    'run = getattr(interpreters, "run_string", None) or interpreters.exec\n'
                    'run(one, "import threading; print(threading.active_count(), flush=True)")\n'
                    'print(len(os.listdir("/proc/self/task")) - begun, flush=True)\ninterpreters.destroy(one)\n'
                    'if hasattr(__import__("_thread"), "_is_main_interpreter"):\n'
                    '    run(other, "import sys; print(\'flatline.agent\' in sys.modules, flush=True)")')
        self.assertEqual(len(self.listener.named('hello')), 1)

    @staticmethod
    def without_time(text):
        import re
        return re.sub(rb'in \d+\.\d+s', b'in', text)


for_each_python(_Transparency)


def find_python_2():
    pyenv = os.environ.get('PYENV_ROOT') or os.path.expanduser('~/.pyenv')
    found = shutil.which('python2.7')
    return found if found and '/shims/' not in found else next(
        iter(glob.glob(os.path.join(pyenv, 'versions', '2.7.*', 'bin', 'python2.7'))), None)


@unittest.skipIf(find_python_2() is None, 'there is no Python 2.7 here')
class Python2(unittest.TestCase):
    """Which a supervised program may start; the agent is not for it."""

    def run_here(self, *more):
        text = 'import sys; print(sys.version_info[0], [name for name in sys.modules if "flatline" in name])'
        done = subprocess.run([find_python_2(), '-c', text], capture_output=True, text=True, check=True,
                              env=dict(os.environ, PYTHONPATH=':'.join((AGENT,) + more)))
        self.assertEqual(done.stderr, '')
        return done.stdout

    def test_left_alone(self):
        self.assertEqual(self.run_here(), '(2, [])\n')

    def test_own_sitecustomize(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'sitecustomize.py'), 'w', encoding='utf-8') as own:
                own.write('print("own")\n')
            self.assertEqual(self.run_here(folder), 'own\n(2, [])\n')


if __name__ == '__main__':
    unittest.main()
