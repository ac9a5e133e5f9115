# SPDX-License-Identifier: MIT
"""Post-mortem files: what runs under flatline.dump behaves as alone, and what ends it is in the file."""
import glob
import gzip
import json
import os
import re
import subprocess
import unittest

from agent_run import AGENT, PYTHON, for_each_python
from dumps import Dumps, child, read, read_fixture, texts_of


@for_each_python
class _Transparency(Dumps):
    """Byte for byte what `python SCRIPT` does."""

    def compare_each(self, *cases, arguments=(), before=(), extra=None):
        """(text of a program, number of files it leaves) …: all of them at once, each in a folder of its own."""
        top, running = self.work, []
        for number, (text, dumps) in enumerate(cases):
            self.work = os.path.join(top, 'case-%d' % number)
            os.makedirs(self.work, exist_ok=True)
            script = self.write(text)
            running.append((text, dumps, self.work,
                            self.start_python(*before, script, *arguments, extra=extra),
                            self.start_python(*before, '-m', 'flatline.dump', script, *arguments, extra=extra)))
        self.work = top
        clean = re.compile(rb'0x[0-9a-f]{6,}')
        for text, dumps, folder, *both in running:
            alone, with_dump = map(self.finish, both)
            for outcome in (alone, with_dump):
                outcome.stdout, outcome.stderr = clean.sub(b'0x', outcome.stdout), clean.sub(b'0x', outcome.stderr)
            self.assertMultiLineEqual(repr(alone), repr(with_dump), text)
            files = glob.glob(os.path.join(folder, '*.flatline'))
            self.assertEqual(len(files), dumps, (text, files))
            for name in files:
                os.unlink(name)
            self.assertEqual([name for name in os.listdir(folder) if name.startswith('.')], [], text)

    def compare(self, text, dumps, *arguments, **options):
        self.compare_each((text, dumps), arguments=arguments, **options)

    def test_normal(self):
        self.compare('import sys, inspect\n'
                     'print(sys.argv, sys.path, __name__, __file__, __spec__, len(inspect.stack()))\n'
                     'import os; print({k: v for k, v in os.environ.items() if "PYTHON" in k or "FLATLINE" in k})\n'
                     'print(sorted(globals()), sys.flags, sys.warnoptions)', 0, 'a', '-b', '--', '', 'ö')

    def test_exceptions(self):
        self.compare_each(
            ('def f(n):\n    raise ValueError("bad", n)\nf(3)', 1),
            ('import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join(); print("on")', 1),
            ('try:\n    {}["x"]\nexcept KeyError as e:\n    raise OSError(2, "no", "file") from e', 1),
            ('def f(): f()\nf()', 1),
            ('class E(Exception):\n    def __str__(self): return "mine"\nraise E(1)', 1),
            ('raise MemoryError', 1),
            ('def broken(:', 1))

    def test_hooks_of_the_program(self):
        """They find the hooks as they are without us, and what they take leaves a file nevertheless."""
        self.compare_each(
            ('import sys\nsys.excepthook = lambda *a: print("own", a[0].__name__)\n1/0', 1),
            ('import sys\nsys.excepthook = lambda *a: sys.__excepthook__(*a)\n1/0', 1),
            ('import sys\nold = sys.excepthook\ndef hook(*a): print(old(*a))\nsys.excepthook = hook\n1/0', 1),
            ('import sys\ndel sys.excepthook\n1/0', 1),
            ('import sys, threading\nprint(sys.excepthook is sys.__excepthook__, threading.excepthook, '
             'getattr(threading, "__excepthook__", 0), sys.unraisablehook, sys.__unraisablehook__)', 0),
            ('import threading\nthreading.excepthook = lambda args: print("own", args.exc_type, args.thread.name)\n'
             't = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join()', 1),
            ('import code\ncode.InteractiveInterpreter().runsource("1/0")', 0),
            # As PyQt does: what is the default hook's prints into a text, and ends the program by it.
            ('import ctypes, io, os, sys\napi = ctypes.pythonapi\napi.PySys_GetObject.restype = ctypes.c_void_p\n'
             '@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)\ndef slot(nothing):\n'
             '    is_default = api.PySys_GetObject(b"excepthook") == api.PySys_GetObject(b"__excepthook__")\n'
             '    sys.stderr = io.StringIO()\n    try: 1 / 0\n    except ZeroDivisionError: sys.excepthook(*sys.exc_info())\n'
             '    sys.__stderr__.write(sys.stderr.getvalue())\n    sys.__stderr__.flush()\n'
             '    if is_default: os.abort()\n    return 0\nslot(None)', 1))

    def test_thread_made_before(self):
        """Whatever set its hooks when."""
        for name in ('_hook', 'original'):
            outcome, path = self.in_program(
                'import flatline, sys, threading\nif %r == "_hook":\n    threading.excepthook = lambda args: print("own")\n'
                't = threading.Thread(target=lambda: 1 / 0)\nflatline.set_excepthook("out.flatline")\n'
                'sys.stderr = sys.stdout\nt.start(); t.join()' % name)
            self.assertEqual((outcome.returncode, b'own' in outcome.stdout), (0, name == '_hook'), outcome)
            record = read(path)
            self.assertEqual((record['exception']['context'], [f['function'] for f in record['exception']['frames']][:1]),
                             ('thread', ['<lambda>']))
            self.assertEqual([frame['function'] for frame in record['threads'][0]['frames'] if frame['file'].startswith(AGENT)], [])
            os.unlink(path)

    def test_multiprocessing(self):
        """The child's death leaves a file, the parent's life none."""
        self.compare('import multiprocessing\ndef work(n):\n    return 10 / n\n'
                     'process = multiprocessing.get_context("fork").Process(target=work, args=(0,), name="worker")\n'
                     'process.start(); process.join(); print(process.exitcode)', 1)

    def test_ends(self):
        self.compare_each(
            ('import sys; sys.exit(3)', 0),
            ('import sys; sys.exit("a message")', 0),
            ('import os; os._exit(7)', 0),
            ('raise KeyboardInterrupt', 0),
            ('import os, signal; os.kill(os.getpid(), signal.SIGTERM)', 0),
            ('import atexit; atexit.register(print, "bye"); raise LookupError()', 1))

    def test_interpreter_options(self):
        self.compare('import sys; print(sys.flags.optimize, sys.flags.dev_mode, sys._xoptions, __debug__, sys.path[0])\n1/0',
                     1, before=('-O', '-X', 'utf8', '-Wdefault'))

    def test_without_environment_or_site(self):
        """Where no sitecustomize of ours can run, the script is run in place."""
        text = ('import sys\ndef f(n):\n    raise ValueError("bad", n)\nprint(sys.argv, sys.path, __name__, __file__, '
                '__spec__, sorted(globals()), sys.flags)\n')
        for before in (['-S'], ['-S', '-X', 'utf8']):
            self.compare_each((text + 'f(3)', 1), (text + 'raise SystemExit("bye")', 0), ('raise KeyboardInterrupt', 0),
                              ('def broken(:', 1), arguments=('a', '-x'), before=before)

    def test_commands(self):
        for before in ([], ['-S']):
            alone = self.run_python(*before, '-c', 'import sys; print(sys.argv); 1/0', 'x', extra={'PYTHONPATH': AGENT})
            dumped = self.run_python(*before, '-m', 'flatline.dump', '-c', 'import sys; print(sys.argv); 1/0', 'x')
            self.assertMultiLineEqual(repr(alone), repr(dumped))
            files = glob.glob(os.path.join(self.work, 'python-*.flatline'))
            self.assertEqual(len(files), 1)
            os.unlink(files[0])

    def test_modules_of_the_same_names(self):
        """A program may have a module called like one that we use; it gets its own, and the file is written."""
        for name in ('resource', 'keyword', 'zlib', 'types'):
            self.write('mine = 1\n', 'own/%s.py' % name)
        script = self.write('import resource, sys\nprint(resource.mine, [m for m in ("re", "keyword") if m in sys.modules])\n'
                            'secret = "x"; url = "http://u:pass-word-1@h/"\n1/0', 'own/main.py')
        alone = self.run_python(script)
        dumped = self.run_python('-m', 'flatline.dump', script)
        self.assertMultiLineEqual(repr(alone), repr(dumped))
        self.assertEqual(len(glob.glob(os.path.join(self.work, 'main-*.flatline'))), 1)

    def test_children_do_not_inherit(self):
        self.compare('import subprocess, sys, os\n'
                     'print(subprocess.run([sys.executable, "-c", "import os; print(sorted(k for k in os.environ '
                     'if k.startswith((\'PYTHON\', \'FLATLINE\')))); 1/0"], capture_output=True, text=True).stdout)', 0)

    def test_own_sitecustomize(self):
        self.write('print("own sitecustomize")', 'site/sitecustomize.py')
        self.compare('print("program")', 0, extra={'PYTHONPATH': os.path.join(self.work, 'site') + ':' + AGENT})

    def test_module_and_shebang(self):
        self.write('import sys; print(sys.argv[1:], __name__, __package__)\n1/0', 'package/tool.py')
        outcome = self.run_python('-m', 'flatline.dump', '-m', 'package.tool', '-x')
        self.assertIn(b"['-x'] __main__ package", outcome.stdout)
        self.assertEqual(outcome.returncode, 1)
        self.assertEqual(len(glob.glob(os.path.join(self.work, 'tool-*.flatline'))), 1)
        tool = self.write(
    '#!/usr/bin/env -S %s -m flatline.dump\nimport sys\nprint(sys.argv[1:])\n1/0' %
     self.python, 'tool')
        os.chmod(tool, 0o755)
        ran = subprocess.run([tool, 'a', '-o'], cwd=self.work, capture_output=True,
                             env=self.environment(None, {'PYTHONPATH': AGENT}))
        self.assertEqual(ran.stdout, b"['a', '-o']\n")
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(len(glob.glob(os.path.join(self.work, 'tool-*.flatline'))), 2)

    def test_wrong_usage(self):
        cases = [(['--nope', 'x.py'], b'unknown option --nope'), (['--time', 'x', 'y.py'], b'wants a number'),
                 ([], b'no script'), (['--depth', '-1', 'y.py'], b'0 or more')]
        running = [(self.start_python('-m', 'flatline.dump', *words), said) for words, said in cases]
        for process, said in running:
            outcome = self.finish(process)
            self.assertEqual(outcome.returncode, 2)
            self.assertIn(said, outcome.stderr)
            self.assertEqual(outcome.stderr.count(b'\n'), 1)
        self.assertIn(b'Usage:', self.run_python('-m', 'flatline.dump', '--help').stdout)



class OlderPythons(Dumps, unittest.TestCase):
    def test_too_old(self):
        """The program runs as it does alone, and one line says why there is no file."""
        root = os.path.join(os.environ.get('PYENV_ROOT') or os.path.join(os.environ.get('HOME') or '/', '.pyenv'), 'versions')
        pythons = [path for version in ('3.6', '3.7') for path in glob.glob(os.path.join(root, version + '.*', 'bin', 'python'))]
        if not pythons:
            self.skipTest('there is no Python 3.6 or 3.7 here')
        for self.python in pythons:
            with self.subTest(python=self.python):
                script = self.write('print("program")\n1/0')
                outcome = self.run_python('-m', 'flatline.dump', script)
                self.assertEqual((outcome.returncode, outcome.stdout), (1, b'program\n'))
                self.assertRegex(outcome.stderr, rb'\Aflatline: .* Python 3.9 or newer is needed, this is 3.[67]\nTraceback ')
                outcome = self.run_python(self.write('import flatline\nflatline.set_excepthook()\nprint("program")'))
                self.assertEqual((outcome.returncode, outcome.stdout), (0, b'program\n'), outcome.stderr)
                self.assertRegex(outcome.stderr, rb'\Aflatline: .* Python 3.9 or newer is needed, this is 3.[67]\n\Z')


@for_each_python
class _Capture(Dumps):
    def test_hostile_objects(self):
        outcome, path = self.in_program(read_fixture('hostile_objects.py'))
        self.assertEqual((outcome.stdout, outcome.stderr), (b'called [] path True\n', b''))
        record = read(path)
        frame = record['exception']['frames'][0]
        values = {value['name']: value for value in frame['locals']}
        self.assertRegex(values['instance']['text'], r'^<[\w.]*Instance object at 0x[0-9a-f]+>$')
        self.assertEqual(child(values['instance'], 'seen')['text'], '41')
        self.assertRegex(values['hidden']['text'], r'^<__main__.Hidden object at 0x[0-9a-f]+>$')
        self.assertEqual(child(values['mapping'], "['k']")['text'], "'v'")
        self.assertEqual(child(values['sequence'], '[0]')['text'], '42')
        self.assertEqual(child(values['slotted'], 'one')['text'], '44')
        self.assertEqual(values['cyclic']['text'], "[[...], {'again': [...]}]")
        self.assertIn('(500001 bits)', values['huge']['text'])
        self.assertEqual(values['long']['size'], 3000000)
        self.assertTrue(values['long']['truncated'])
        self.assertEqual(values['lone']['text'], repr('\ud800 and \x00'))
        self.assertEqual(record['exception']['message'], '(1, 2)')

    def test_characters_that_are_none(self):
        """NUL and lone surrogates are written as in Python's own literals, and what only looks like them as it is."""
        outcome, path = self.in_program(
            'import flatline\nraw = r"\\u0000 \\\\u0000"; nul = "\\u0000\\u0000"; lone = {"\\ud999": 1}\n'
            'flatline.dump_exception(ValueError("\\ud999 \\0"), "out.flatline")\n'
            'flatline.dump_threads("out-2.flatline")')
        self.assertEqual((outcome.returncode, outcome.stderr), (0, b''))
        record = read(path)
        self.assertEqual(record['exception']['message'], '\\ud999 \\x00')
        record = read(os.path.join(self.work, 'out-2.flatline'))
        values = texts_of(record['threads'][0]['frames'][0])
        self.assertEqual([values[name] for name in ('raw', 'nul', 'lone')],
                         [repr(r'\u0000 \\u0000'), repr('\0\0'), repr({'\ud999': 1})])
        self.assertIn(r'raw = r"\u0000 \\u0000"', record['sources'][0]['text'])

    def test_random_graphs(self):
        """Random exceptions: the file opens and what stands in it is repr(), wherever that runs no code."""
        script = self.write_unhurried(read_fixture('random_graphs.py'))
        # All of them on one version, others of them on each of the rest.
        firsts = (*range(0, 500, 100), 1400, 1700) if self.python == PYTHON else [100 * (self.version[1] % 5)]
        for first in firsts:
            outcome = self.finish(self.start_python(script, str(first)))
            self.assertEqual(outcome.stderr, b'')
            self.assertEqual(outcome.stdout.decode().splitlines()[-1:], ['compared True wrong 0'], outcome)

    def test_several_interpreters(self):
        """Frames of another interpreter's threads end the process when they are let go of, where each has its memory."""
        if self.version < (3, 12):
            self.skipTest('before Python 3.12 interpreters share their memory')
        outcome, path = self.in_program(
            'try:\n    import _interpreters as interpreters\nexcept ImportError:\n    import _xxsubinterpreters as interpreters\n'
            'run = getattr(interpreters, "exec", None) or interpreters.run_string\n'
            'other = interpreters.create()\n'
            'print(run(other, \'import flatline\\ninside = 5\\nflatline.dump_threads("out.flatline")\'))\n'
            'interpreters.destroy(other)')
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b'None\n', b''))
        record = read(path)
        self.assertEqual([frame['function'] for thread in record['threads'] for frame in thread['frames']], ['<module>'])
        self.assertTrue(any('several interpreters' in note for note in record['notes']), record['notes'])

    def test_frames_made_by_hand(self):
        """As in tracebacks that came from another process or greenlet: only the plain name was set."""
        outcome, path = self.in_program(
            'import flatline\ncode = compile("raise ValueError(1)", "elsewhere.py", "exec").replace(co_name="work")\n'
            'try:\n    exec(code)\nexcept ValueError as error:\n    flatline.dump_exception(error, "out.flatline")\n')
        frame = read(path)['exception']['frames'][0]
        self.assertEqual((frame['function'], frame['qualified_name']), ('work', 'work'), outcome)

    def test_own_repr_only_when_asked(self):
        text = ('import flatline\nclass Own:\n    def __repr__(self): return "mine " + self.word\n'
                'def f():\n    own = Own(); own.word = "w" * 5000; broken = Own()\n    flatline.dump_threads("out.flatline", OPTIONS)\nf()')
        outcome, path = self.in_program(text.replace('OPTIONS', ''))
        values = texts_of(read(path)['threads'][0]['frames'][0])
        self.assertRegex(values['own'], '^<__main__.Own object at 0x[0-9a-f]+>$')
        outcome, path = self.in_program(text.replace('OPTIONS', 'reprs=["__main__.Own"]'))
        values = texts_of(read(path)['threads'][0]['frames'][0])
        self.assertTrue(values['own'].startswith('mine www') and values['own'].endswith('…'), values)
        self.assertIn('AttributeError', values['broken'])

    def test_chain_notes_and_groups(self):
        text = ('def inner():\n    deep = 5\n    raise KeyError("k")\n'
                'def outer():\n    try:\n        inner()\n    except KeyError as e:\n        try:\n            1 / 0\n'
                '        except ZeroDivisionError as z:\n            raise RuntimeError("last") from e\n'
                'import sys, flatline\ntry:\n    outer()\nexcept RuntimeError as e:\n')
        if self.version >= (3, 11):
            text += ('    e.add_note("a note")\n'
                     '    try:\n        raise ExceptionGroup("many", [ValueError(1), e])\n    except ExceptionGroup as g:\n'
                     '        flatline.dump_exception(g, "out.flatline")\n')
        else:
            text += '    flatline.dump_exception(e, "out.flatline")\n'
        outcome, path = self.in_program(text)
        self.assertEqual(outcome.stderr, b'')
        exception = read(path)['exception']
        if self.version >= (3, 11):
            self.assertEqual(exception['message'], 'many (2 sub-exceptions)')
            self.assertEqual([member['type_name'] for member in exception['group']], ['ValueError', 'RuntimeError'])
            exception = exception['group'][1]
            self.assertEqual(exception['notes'], ['a note'])
        self.assertEqual(exception['message'], 'last')
        self.assertTrue(exception['is_cause'])
        self.assertEqual(exception['cause']['message'], "'k'")
        self.assertEqual(texts_of(exception['cause']['frames'][0]), {'deep': '5'})

    def test_message_of_several_lines(self):
        _, records = self.dump('raise ValueError("one\\ntwo")')
        self.assertEqual(records[0]['verdict']['summary'], 'ValueError: one …')
        self.assertEqual(records[0]['exception']['message'], 'one\ntwo')

    def test_sources_that_are_in_no_file(self):
        text = 'def fail():\n    x = "é"; raise ValueError(x)\nfail()\n'
        out = ['-m', 'flatline.dump', '--time', '600', '-o', os.path.join(self.work, 'out.flatline')]
        for words in ([*out, '-c', text], ['-X', 'utf8', *out, '-c', text, '-c', 'pass']):
            self.run_python(*words)
            record = read(out[-1])
            self.assertEqual({source['file']: source['text'].strip() for source in record['sources']}, {'<string>': text.strip()})
            os.unlink(out[-1])
        with open(self.write('import flatline\nflatline.set_excepthook(path=%r)\n' % out[-1] + text), 'rb') as script:
            self.run_python('-', stdin=script)
        record = read(out[-1])
        self.assertEqual([frame['file'] for frame in record['exception']['frames']], ['<stdin>'] * 2)
        self.assertIn('raise ValueError', {source['file']: source['text'] for source in record['sources']}['<stdin>'])

    def test_uncaught_file_is_complete(self):
        outcome, records = self.dump('import threading\nready = threading.Event()\nLIMIT = 9\n'
                                     'def wait():\n    mine = "thread"\n    ready.set(); threading.Event().wait()\n'
                                     'threading.Thread(target=wait, daemon=True, name="waiter").start()\nready.wait()\n'
                                     'class A:\n    def __init__(self): self.x = [1]\n    def method(self, a):\n        b = a + LIMIT\n'
                                     '        raise ValueError("here")\nA().method(2)')
        self.assertEqual(len(records), 1, outcome)
        record = records[0]
        self.assertEqual((record['format'], record['version'], record['reason']), ('flatline-snapshot', 1, 'exception'))
        frame = record['exception']['frames'][0]
        self.assertEqual(frame['qualified_name'], 'A.method')
        self.assertEqual([value['name'] for value in frame['locals']], ['self', 'a', 'b', 'LIMIT'])
        self.assertEqual(frame['locals'][3]['kind'], 'global')
        self.assertEqual(child(frame['locals'][0], 'x')['text'], '[1]')
        self.assertEqual(record['verdict']['summary'], 'ValueError: here')
        self.assertEqual(record['verdict']['line'], frame['line'])
        self.assertEqual(record['sources'][0]['file'], frame['file'])
        waiter = next(thread for thread in record['threads'] if thread['name'] == 'waiter')
        self.assertTrue(waiter['is_daemon'])
        self.assertTrue(any(texts_of(frame).get('mine') == "'thread'" for frame in waiter['frames']))
        self.assertEqual(record['threads'][0]['frames'], [])
        self.assertEqual(record['program']['python'].split('.')[:2], [str(part) for part in self.version])
        self.assertIn('Linux', record['program']['platform'])
        self.assertIn('ValueError: here', record['exception']['traceback_text'])

    def test_threads_and_tasks(self):
        outcome, path = self.in_program(
            'import asyncio, flatline, threading\n'
            'async def leaf(n):\n    await asyncio.sleep(1000)\n'
            'async def branch():\n    word = "here"\n    await leaf(3)\n'
            'async def main():\n    t = asyncio.create_task(branch(), name="b")\n    await asyncio.sleep(0)\n'
            '    await asyncio.sleep(0)\n    flatline.dump_threads("out.flatline")\n    t.cancel()\nasyncio.run(main())')
        self.assertEqual(outcome.stderr, b'')
        record = read(path)
        self.assertNotIn('exception', record)
        self.assertNotIn('verdict', record)
        self.assertEqual(record['threads'][0]['frames'][0]['function'], 'main')
        task = next(task for task in record['tasks'] if task['name'] == 'b')
        self.assertEqual([frame['function'] for frame in task['frames']
                         if 'program.py' in frame['file']], ['leaf', 'branch'])
        self.assertEqual(task['coroutine'], 'branch')
        self.assertIn('Future', task['awaits'])

    def test_deep_recursion(self):
        outcome, records = self.dump('def f(n):\n    return f(n + 1)\nf(0)')
        self.assertEqual(len(records), 1, outcome)
        self.assertLessEqual(len(records[0]['exception']['frames']), 200)
        self.assertTrue(any('innermost' in limit for limit in records[0]['limits']))
        outcome, path = self.in_program('import flatline\ndef f(n):\n    try:\n        f(n + 1)\n    except RecursionError as e:\n'
                                        '        flatline.dump_exception(e, "out.flatline")\n        raise SystemExit(0)\nf(0)')
        self.assertEqual((outcome.returncode, outcome.stderr), (0, b''))
        self.assertEqual(read(path)['exception']['type_name'], 'RecursionError')


class Secrets(Dumps, unittest.TestCase):
    PROGRAM = ('import flatline, os, collections\n'
               'Login = collections.namedtuple("Login", "user password")\n'
               'class Client:\n    def __init__(self, key): self.api_key = key; self.name = "bob"\n'
               'def connect(password, url):\n'
               '    db_password = "hunter2-literal"\n'
               '    headers = {"Authorization": "Bearer tok-8812-xyz", "Accept": "text/plain"}\n'
               '    pairs = [("X-Api-Key", "key-5551-abc")]\n'
               '    login = Login("joe", "login-pw-77")\n'
               '    client = Client("client-key-9")\n'
               '    nested = {"a": [{"refresh_token": "refr-123456"}]}\n'
               '    argv = ["run", "--password", "argv-pw-1", "--token=argv-tok-2"]\n'
               '    copy = "x" + password\n'
               '    max_tokens = 4096; token_type = "plain"; password_field = "shown"; token = None\n'
               '    raise RuntimeError("cannot log in with " + password)\n'
               'os.environ["SERVICE_TOKEN"] = "env-tok-3"; os.environ["SOME_URL"] = "http://u:env-pw-4@h/"\n'
               'try:\n    connect("param-pw-5", "postgresql://joe:url-pw-6@db/x?token=query-tok-7")\n'
               'except RuntimeError as e:\n    flatline.dump_exception(e, "out.flatline", OPTIONS)\n')
    SECRETS = ('hunter2-literal', 'tok-8812-xyz', 'key-5551-abc', 'login-pw-77', 'client-key-9', 'refr-123456',
               'argv-pw-1',
               'argv-tok-2', 'env-tok-3', 'env-pw-4', 'param-pw-5', 'url-pw-6', 'query-tok-7')

    def dumped(self, options=''):
        outcome, path = self.in_program(self.PROGRAM.replace('OPTIONS', options))
        self.assertEqual(outcome.stderr, b'')
        with gzip.open(path, 'rt', encoding='utf-8') as file:
            return file.read()

    def test_masked_everywhere(self):
        text = self.dumped('environment=True')
        # Arguments of calls stand in the source of the program, where nothing gives them away but their value.
        for secret in self.SECRETS:
            self.assertNotIn(secret, text)
        record = json.loads(text)
        shown = texts_of(record['exception']['frames'][0])
        self.assertEqual(shown['max_tokens'], '4096')
        self.assertEqual(shown['token_type'], "'plain'")
        self.assertEqual(shown['password_field'], "'shown'")
        self.assertEqual(shown['token'], 'None')
        self.assertEqual(shown['password'], '<masked>')
        self.assertIn("'Accept': 'text/plain'", shown['headers'])
        self.assertIn('joe', shown['url'])

    def test_off_and_more_words(self):
        text = self.dumped('secrets=None')
        self.assertIn('hunter2-literal', text)
        self.assertIn('param-pw-5', text)
        record = json.loads(self.dumped('secrets=["copy"]'))
        self.assertEqual(texts_of(record['exception']['frames'][0])['copy'], '<masked>')

    def test_predicate_decides_on_objects(self):
        record = json.loads(self.dumped('is_secret=lambda name, value: True if isinstance(value, Client) else '
                                        'False if name == "db_password" else None'))
        shown = texts_of(record['exception']['frames'][0])
        self.assertEqual(shown['client'], '<masked>')
        self.assertEqual(shown['password'], '<masked>')
        self.assertIn('hunter2', shown['db_password'])
        record = json.loads(self.dumped('is_secret=lambda name, value: 1 / 0'))
        self.assertEqual(set(texts_of(record['exception']['frames'][0]).values()), {'<masked>'})
        self.assertTrue(any('is_secret' in note for note in record['notes']))

    def test_environment_is_left_out(self):
        environment = json.loads(self.dumped())['program']['environment']
        self.assertIn('SOME_URL=<left out>', environment)
        self.assertIn('SERVICE_TOKEN=<masked>', environment)
        self.assertTrue(any(line.startswith('HOME=/') for line in environment))
