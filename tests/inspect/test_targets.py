# SPDX-License-Identifier: MIT
"""Wherever an interpreter is and however it was built, it is found and read: several in one process, deleted or replaced since
it began, without symbols or sections, in a program that embeds it, in another root, PID or user namespace."""
import glob
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import zipfile

from inspected import PATIENCE_S, PYTHONS, Program, dump, frames_below, local_texts, main_thread, wait_until_asleep

IS_ROOT = os.geteuid() == 0
SYSTEM_PYTHON = '/usr/bin/python3'
LIBRARIES = sorted(glob.glob('/usr/lib/*/libpython3.*.so.1.0'))
CAN_EMBED = shutil.which('gcc') is not None and os.path.exists(SYSTEM_PYTHON)
# Debian 13's archive names functions for hashlib that are in no archive there; nothing here calls them.
WITH_ARCHIVE = ['-lm', '-lz', '-lexpat', '-ldl', '-lpthread', '-Wl,--unresolved-symbols=ignore-all', '-Wl,-z,lazy']
EMBEDDING = '''#include <Python.h>
int main (int argc, char **argv) { return Py_BytesMain (argc, argv); }
'''
# Two libraries of Python in one program, of which one runs.
TWO = '''#include <dlfcn.h>
#include <string.h>
int main (int argc, char **argv)
{
  void *first = dlopen (argv[1], RTLD_NOW | RTLD_LOCAL);
  void *second = first ? dlopen (argv[2], RTLD_NOW | RTLD_LOCAL) : 0;
  void *used = strcmp (argv[3], "first") ? second : first;
  int (*run) (int, char **) = used && second ? (int (*) (int, char **)) dlsym (used, "Py_BytesMain") : 0;
  return run ? run (argc - 3, argv + 3) : 2;
}
'''
# Python inside of a library of another name, as plug-ins have it.
PLUG_IN = '''#include <Python.h>
int run (int argc, char **argv) { return Py_BytesMain (argc, argv); }
'''
HOST = '''#include <dlfcn.h>
int main (int argc, char **argv)
{
  void *plug_in = dlopen (argv[1], RTLD_LAZY | RTLD_GLOBAL);
  int (*run) (int, char **) = plug_in ? (int (*) (int, char **)) dlsym (plug_in, "run") : 0;
  return run ? run (argc - 1, argv + 1) : 2;
}
'''
# A server: its first thread has nothing to do with Python, which another one runs.
SERVER = '''#include <Python.h>
#include <unistd.h>
int main (void)
{
  int ends[2];
  char end;
  Py_Initialize ();
  PyRun_SimpleString ("import os, threading\\n"
                      "def serve(request):\\n"
                      "    with lock:\\n"
                      "        lock.acquire()\\n"
                      "lock = threading.Lock()\\n"
                      "threading.Thread(target=serve, args=(1,), name='server').start()\\n"
                      "os.write(1, b'1\\\\n')");
  PyEval_SaveThread ();
  return pipe (ends) || read (ends[0], &end, 1) != 1;
}
'''
# It forks as C does: Python in the child still has the state of a thread that only the parent has.
FORKING = '''#include <Python.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main (void)
{
  int status;
  Py_Initialize ();
  PyRun_SimpleString ("import threading\\n"
                      "def wait_inside(begun):\\n"
                      "    begun.set()\\n"
                      "    threading.Event().wait()\\n"
                      "begun = threading.Event()\\n"
                      "threading.Thread(target=wait_inside, args=(begun,), name='left', daemon=True).start()\\n"
                      "begun.wait()");
  pid_t child = fork ();
  if (child == 0)
    {
      PyRun_SimpleString ("import os, sys\\n"
                          "def hold(pid):\\n"
                          "    os.write(1, b'%d\\\\n' % pid)\\n"
                          "    while os.read(0, 100):\\n"
                          "        pass\\n"
                          "hold(os.getpid())");
      _exit (0);
    }
  PyEval_SaveThread ();
  return waitpid (child, &status, 0) != child;
}
'''


def may_unshare(*options):
    return subprocess.run(['unshare', *options, 'true'], capture_output=True, check=False).returncode == 0


class Targets(unittest.TestCase):
    def start(self, command, script='values_program.py', question=3, **options):
        program = Program(command, script, **options)
        self.addCleanup(program.close)
        return program, program.ask(question)

    def make_folder(self, root=None):
        folder = tempfile.mkdtemp(prefix='flatline-target-', dir=root and root + '/tmp')
        self.addCleanup(shutil.rmtree, folder)
        return folder

    def check_values(self, snapshot, expected, function='hold'):
        """Stack and values: so much cannot be right by chance."""
        thread = main_thread(snapshot)
        self.assertFalse(thread.get('incomplete'), snapshot.get('notes'))
        found = local_texts(frames_below(thread, 'wait')[0])
        self.assertEqual({name: found.get(name) for name in expected}, expected)
        self.assertEqual(frames_below(thread, 'wait')[0]['function'], function)

    def copy_interpreter(self, command):
        """A copy of the program itself that finds its library where the first one does: (command, environment, path here)."""
        asked = subprocess.run([*command, '-c', 'import os, sys; print(os.path.realpath(sys.executable)); print(sys.base_prefix)'],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        executable, prefix = asked.stdout.split()
        root = command[1] if command[0] == 'chroot' else ''
        folder = self.make_folder(root)
        path = os.path.join(folder, os.path.basename(executable))
        shutil.copy(root + executable, path)
        copied = ['chroot', root, path[len(root):]] if root else [path]
        return copied, {'PYTHONHOME': prefix}, path

    def test_sub_interpreters(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program, ids = self.start(command, 'sub_interpreters_program.py')
                snapshot = program.dump()
                inside = {frame['interpreter']: frame for thread in snapshot['threads'] for frame in thread.get('frames', [])
                          if frame['function'] == 'hold_inside'}
                self.assertEqual(sorted(inside), sorted(ids))
                for number, interpreter in enumerate(ids):
                    self.assertEqual(local_texts(inside[interpreter]), {'number': str(number), 'doubled': str(2 * number)})
                self.assertEqual(main_thread(snapshot).get('interpreter', 0), 0)
                runners = {thread['name']: [frame['function'] for frame in thread['frames']] for thread in snapshot['threads']
                           if 'hold_inside' in [frame['function'] for frame in thread.get('frames', [])]}
                self.assertEqual(runners, {f'runner{number}': ['hold_inside', '<module>', 'run', '_bootstrap_inner', '_bootstrap']
                                           for number in range(3)})

    def test_ids_of_threads(self):
        """What top shows is a thread's id; and a process may go on without its first thread."""
        program, _ = self.start([SYSTEM_PYTHON], 'threads_program.py')
        tid = max(map(int, os.listdir(f'/proc/{program.pid}/task')))
        self.assertEqual(main_thread(dump(tid))['native_id'], program.pid)
        program, (tid,) = self.start([SYSTEM_PYTHON], 'first_thread_program.py')
        deadline = time.monotonic() + PATIENCE_S
        while program.read_state() != 'Z':
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        for options in ((), ('--no-locals', '--no-pause')):
            snapshot = program.dump(*options)
            self.assertEqual(snapshot['program']['pid'], program.pid)
            left = next(thread for thread in snapshot['threads'] if thread['native_id'] == tid)
            self.assertEqual((left['name'], left.get('is_main', False)), ('left', False))
            frame = next(frame for frame in left['frames'] if frame['function'] == 'live_on')
            if not options:
                self.assertEqual(local_texts(frame), {'secret': '42'})

    def test_forked_without_telling_python(self):
        for version, command in PYTHONS:
            if command[0] == 'chroot':
                continue
            with self.subTest(python=version, command=command):
                program, pid = self.start(command, 'forking_program.py')
                self.addCleanup(os.kill, pid, 9)
                program.pid = pid
                wait_until_asleep(pid)
                for snapshot in (program.dump(), program.dump_core()):
                    self.assertEqual([(thread['native_id'], thread['name']) for thread in snapshot['threads']],
                                     [(pid, 'MainThread')])
                    self.assertIn('wait', [frame['function'] for frame in main_thread(snapshot)['frames']])
                    self.assertEqual([lock['name'] for lock in snapshot['locks']], ['own'])

    def test_names_in_tables_of_any_size(self):
        """Their indices are of one, two or four bytes, and lead to what was there before, too."""
        for version, command in PYTHONS:
            program, names = self.start(command, 'threads_program.py', 0)
            for number in (0, 5, 200, 5000, 150_000):
                with self.subTest(python=version, command=command, number=number):
                    if number:
                        program.go_on()
                        program.ask(number)
                    for options in ((), ('--no-locals', '--no-pause')):
                        found = program.dump(*options)['threads']
                        self.assertCountEqual([thread['name'] for thread in found], names)

    def test_a_frame_of_thousands_of_variables(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program, number = self.start(command, 'wide_program.py', 6000)
                frame = frames_below(main_thread(program.dump()), 'wait')[0]
                self.assertEqual(frame['function'], 'hold')
                self.assertEqual(len(frame['locals']), number)
                self.assertEqual(local_texts(frame)[f'variable_{number - 2}'], str(number - 2))

    def test_deleted_and_replaced(self):
        for version, command in PYTHONS:
            for replace in (False, True):
                with self.subTest(python=version, command=command, replace=replace):
                    copied, environment, path = self.copy_interpreter(command)
                    program, expected = self.start(copied, environment=environment)
                    os.unlink(path)
                    if replace:
                        shutil.copy('/bin/sh', path)
                    self.check_values(program.dump(), expected)
                    wait_until_asleep(program.pid)
                    native = main_thread(program.dump('--native'))['frames']
                    self.assertEqual(native[0]['kind'], 'native')

    def test_without_sections(self):
        """Nothing in the file says where anything is: only its memory can be searched."""
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                copied, environment, path = self.copy_interpreter(command)
                with open(path, 'r+b') as file:
                    file.seek(0x28)
                    file.write(bytes(8))  # e_shoff
                    file.seek(0x3c)
                    file.write(bytes(4))  # e_shnum, e_shstrndx
                program, expected = self.start(copied, environment=environment)
                self.check_values(program.dump(), expected)

    def build_embedding(self, options, libraries, text=EMBEDDING):
        """A program with the system's Python in it; @libraries from its folder, library and version."""
        asked = subprocess.run([SYSTEM_PYTHON, '-c', 'import sysconfig as s; print(*map(s.get_config_var, '
                                '("INCLUDEPY", "LIBPL", "LIBRARY", "LDVERSION", "LIBDIR", "INSTSONAME")))'],
                               capture_output=True, text=True, check=True)
        include, folder, library, version, shared_folder, shared_library = asked.stdout.split()
        build = self.make_folder()
        source, path = os.path.join(build, 'program.c'), os.path.join(build, 'program')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(text)
        subprocess.run(['gcc', *options, '-w', '-o', path, source, f'-I{include}',
                        *libraries(os.path.join(folder, library), version)], check=True, capture_output=True, timeout=PATIENCE_S)
        return path, os.path.join(shared_folder, shared_library)

    @unittest.skipUnless(CAN_EMBED and LIBRARIES, 'no compiler, or no libpython')
    def test_two_libraries_of_which_one_runs(self):
        folder = self.make_folder()
        path, copied = os.path.join(folder, 'two'), os.path.join(folder, os.path.basename(LIBRARIES[0]))
        with open(path + '.c', 'w', encoding='utf-8') as file:
            file.write(TWO)
        subprocess.run(['gcc', '-o', path, path + '.c', '-ldl'], check=True, capture_output=True, timeout=PATIENCE_S)
        shutil.copy(LIBRARIES[0], copied)
        for used in ('first', 'second'):
            with self.subTest(used=used):
                program, expected = self.start([path, LIBRARIES[0], copied, used], environment={'PYTHONHOME': '/usr'})
                for options in ([], ['--no-pause']):
                    self.check_values(program.dump(*options), expected)

    @unittest.skipUnless(CAN_EMBED, 'no compiler')
    def test_embedded(self):
        def static(library, version):
            return [library, *WITH_ARCHIVE]

        def shared(library, version):
            return [f'-lpython{version}']

        builds = [('shared, PIE', ['-fPIE', '-pie'], shared, False), ('shared, no PIE', ['-no-pie'], shared, False),
                  ('library inside', ['-no-pie', '-rdynamic'], static, False), ('static', ['-static'], static, False),
                  ('static, stripped', ['-static'], static, True)]
        for name, options, libraries, strip in builds:
            with self.subTest(build=name):
                path, library = self.build_embedding(options, libraries)
                if strip:
                    subprocess.run(['strip', '--strip-all', path], check=True)
                # A static program can load no module of its own: what it needs must be built in.
                program, expected = self.start([path], environment={'PYTHONHOME': '/usr'}, script='small_program.py')
                self.check_values(program.dump(), expected)

    @unittest.skipUnless(CAN_EMBED, 'no compiler')
    def test_inside_of_a_plug_in(self):
        path, _ = self.build_embedding(
            ['-shared', '-fPIC'], lambda library, _: [library.replace('.a', '-pic.a'), *WITH_ARCHIVE], PLUG_IN)
        plug_in = os.path.join(os.path.dirname(path), 'scripting.so')
        os.rename(path, plug_in)
        host, _ = self.build_embedding([], lambda *_: ['-ldl'], HOST)
        for strip in (False, True):
            with self.subTest(strip=strip):
                if strip:
                    subprocess.run(['strip', '--strip-all', plug_in], check=True)
                program, expected = self.start([host, plug_in], environment={'PYTHONHOME': '/usr'}, script='small_program.py')
                self.check_values(program.dump(), expected)
                self.check_values(program.dump_core(), expected)

    @unittest.skipUnless(CAN_EMBED, 'no compiler')
    def test_core_of_a_program_that_has_it_inside(self):
        path, _ = self.build_embedding(['-no-pie', '-rdynamic'], lambda library, _: [library, *WITH_ARCHIVE])
        program, expected = self.start([path], environment={'PYTHONHOME': '/usr'}, script='small_program.py')
        self.check_values(program.dump_core(), expected)

    @unittest.skipUnless(CAN_EMBED and LIBRARIES, 'no compiler, or no libpython')
    def test_server_whose_first_thread_waits(self):
        """It is not shutting down, and what it waits for explains nothing."""
        path, _ = self.build_embedding([], lambda _, version: [f'-lpython{version}'], SERVER)
        program, _ = self.start([path])
        deadline = time.monotonic() + PATIENCE_S
        while program.dump()['verdict']['kind'] != 'self-deadlock':
            self.assertLess(time.monotonic(), deadline)
        for snapshot in (program.dump(), program.dump_core()):
            self.assertNotIn('phase', snapshot)
            self.assertEqual(snapshot['verdict']['kind'], 'self-deadlock')
            self.assertIn('in serve', snapshot['verdict']['location'])

    @unittest.skipUnless(CAN_EMBED and LIBRARIES, 'no compiler, or no libpython')
    def test_threads_left_behind_by_a_fork_of_c(self):
        path, _ = self.build_embedding([], lambda _, version: [f'-lpython{version}'], FORKING)
        program, child = self.start([path])
        wait_until_asleep(child)
        for options in ((), ('--native',)):
            snapshot = dump(child, *options)
            held = main_thread(snapshot)
            self.assertIn('hold', [frame['function'] for frame in held['frames']])
            self.assertEqual([(thread['native_id'], thread.get('name')) for thread in snapshot['threads']],
                             [(child, 'MainThread')])
        self.assertEqual({thread.get('name') for thread in dump(program.pid)['threads']}, {'MainThread', 'left'})

    @unittest.skipUnless(CAN_EMBED, 'no compiler')
    def test_asks_no_server(self):
        """elfutils would: for the debug file of each program and library that has none here."""
        path, _ = self.build_embedding(['-Wl,--build-id'], lambda _, version: [f'-lpython{version}'])
        subprocess.run(['strip', '--strip-all', path], check=True)
        program, _ = self.start([path], environment={'PYTHONHOME': '/usr'}, script='small_program.py')
        with socket.create_server(('127.0.0.1', 0)) as server:
            server.setblocking(False)
            program.dump('--native', as_command=['env', f'DEBUGINFOD_URLS=http://127.0.0.1:{server.getsockname()[1]}/',
                                                 'DEBUGINFOD_TIMEOUT=1', f'DEBUGINFOD_CACHE_PATH={self.make_folder()}'])
            self.assertRaises(BlockingIOError, server.accept)

    @unittest.skipUnless(CAN_EMBED and os.uname().machine == 'x86_64', 'no compiler for 32 bits')
    def test_32_bits(self):
        folder = self.make_folder()
        source, path = os.path.join(folder, 'program.c'), os.path.join(folder, 'python3')
        with open(source, 'w', encoding='utf-8') as file:
            # With what a CPython has, which must not be read as one of 64 bits.
            file.write('char _PyRuntime[65536] = "x"; const unsigned long Py_Version = 0x030b02f0;\n'
                       'void _start (void) { for (;;) __asm__ volatile ("int $0x80" : : "a" (29) : "memory"); }')
        subprocess.run(['gcc', '-m32', '-nostdlib', '-static', '-o', path, source], check=True, timeout=PATIENCE_S)
        try:
            process = subprocess.Popen([path])
        except OSError as error:
            self.skipTest(f'this kernel runs no program of 32 bits: {error}')
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertIn('32-bit', ' '.join(dump(process.pid)['notes']))

    @unittest.skipUnless(IS_ROOT and may_unshare('--pid', '--fork', '--mount-proc'), 'no PID namespaces here')
    def test_pid_namespace(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                outer, expected = self.start(['unshare', '--pid', '--fork', *command], script='threads_program.py')
                with open(f'/proc/{outer.pid}/task/{outer.pid}/children', encoding='utf-8') as children:
                    pid = int(children.read().split()[0])
                self.addCleanup(os.kill, pid, 9)
                wait_until_asleep(pid)
                snapshot = dump(pid, '--native')
                self.assertEqual(main_thread(snapshot)['name'], 'MainThread')
                ids = sorted(map(int, os.listdir(f'/proc/{pid}/task')))
                self.assertEqual(sorted(thread['native_id'] for thread in snapshot['threads']), ids)
                for thread in snapshot['threads']:
                    self.assertIn(thread['name'], expected)
                    self.assertIn(('wait', '<string>'), [(frame['function'], frame.get('file')) for frame in thread['frames']])
                    self.assertEqual(thread['frames'][0]['kind'], 'native')

    @unittest.skipUnless(IS_ROOT and may_unshare('--user', '--map-root-user', '--mount'), 'no user namespaces here')
    def test_user_and_mount_namespace(self):
        version, command = PYTHONS[0]
        copied, environment, path = self.copy_interpreter(command)
        hide = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs none /mnt && cp "$1" /mnt/python3 && '
                'shift && exec /mnt/python3 "$@"', 'sh', path]
        program, expected = self.start(hide, environment=environment)
        self.assertFalse(os.path.exists('/mnt/python3'))
        self.check_values(program.dump(), expected)

    @unittest.skipUnless(IS_ROOT and shutil.which('setpriv') and CAN_EMBED, 'only root can become somebody else')
    def test_deleted_library_without_privileges(self):
        """The program's owner may not open what is mapped by its mapping: its memory is searched."""
        as_nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
        path, library = self.build_embedding([], lambda _, version: [f'-lpython{version}'])
        os.chmod(os.path.dirname(path), 0o755)
        copied = shutil.copy(library, os.path.dirname(path))
        program, expected = self.start([*as_nobody, path], environment={'LD_LIBRARY_PATH': os.path.dirname(path)})
        os.unlink(copied)
        self.check_values(program.dump(as_command=as_nobody), expected)

    def test_libraries_packed_with_the_program(self):
        for (version, command), packer in itertools.product(PYTHONS, ('PyInstaller', 'Nuitka')):
            if tuple(map(int, version.split('.')[:2])) < (3, 10):
                continue
            with self.subTest(python=version, command=command, packer=packer):
                program, _ = self.start(command, 'packed_program.py', environment={'PACKER': packer})
                own = '/nowhere/unpacked/' if packer == 'Nuitka' else ''
                library = '/nowhere/unpacked/lib/python' + '.'.join(version.split('.')[:2])
                deadline = time.monotonic() + PATIENCE_S
                while program.dump()['verdict']['kind'] != 'deadlock':
                    self.assertLess(time.monotonic(), deadline)
                for snapshot in (program.dump(), program.dump_core()):
                    self.assertEqual(snapshot['verdict']['kind'], 'deadlock')
                    self.assertTrue(snapshot['verdict']['location'].endswith(' in <module>'), snapshot['verdict'])
                    packer_thread = next(thread for thread in snapshot['threads'] if thread['name'] == 'packer')
                    frame = next(frame for frame in packer_thread['frames'] if frame['function'] == 'pack')
                    self.assertEqual(local_texts(frame)['order'], "Order(name='tea', count=3)")
                    files = [frame.get('file') for frame in packer_thread['frames']]
                    for file in (library + '/threading.py', library + '/site-packages/lagoon/client.py',
                                 own + 'packed/client.py'):
                        self.assertIn(file, files)

    def test_source_that_is_in_no_file(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                program = Program(command, 'cell_program.py')
                self.addCleanup(program.close)
                program.ask(1)
                snapshot = program.dump()
                files = {frame['file'] for frame in main_thread(snapshot)['frames']}
                self.assertLessEqual({'/nowhere/cell.py', '/nowhere/of_a_file.py'}, files)
                sources = {source['file']: source['text'] for source in snapshot['sources']}
                self.assertIn("    mark = 'é'\n", sources['/nowhere/cell.py'])
                self.assertTrue(sources['/nowhere/cell.py'].endswith('\n\nanswer()\n'), sources['/nowhere/cell.py'])
                self.assertNotIn('/nowhere/of_a_file.py', sources)

    def dump_sources(self, command, **options):
        """{file: text} of what a program that says so has come to, and the files on its main thread's stack. How many empty
        lines end a command is not the same in all versions."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b'here\n')
        snapshot = dump(process.pid)
        return ({source['file']: source['text'].rstrip('\n') + '\n' for source in snapshot.get('sources', ())},
                [frame['file'] for frame in main_thread(snapshot)['frames'] if frame['kind'] == 'python'])

    def test_source_of_command_line_and_standard_input(self):
        text = 'import time\ndef wait():\n    print("here", flush=True)\n    time.sleep(300)\nwait()\n'
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command), tempfile.TemporaryFile() as script:
                for words in (['-c', text], ['-Wignore', '-W', 'ignore', '-Xutf8', '-uc', text, '-c', 'pass']):
                    sources, files = self.dump_sources([*command, *words])
                    self.assertEqual((sources, files), ({'<string>': text}, ['<string>'] * 2))
                script.write(text.encode())
                script.seek(0)
                sources, files = self.dump_sources([*command, '-'], stdin=script)
                self.assertEqual((sources, files), ({'<stdin>': text}, ['<stdin>'] * 2))

    def test_source_of_examples(self):
        """doctest's examples are in no file, and not in linecache's cache; a thread of one that is over goes on in it."""
        text = ('import doctest\n'
                'def shop():\n'
                '    """\n'
                '    >>> import threading\n'
                '    >>> def wait(number):\n'
                '    ...     threading.Event().wait()\n'
                '    >>> threading.Thread(target=wait, args=(1,), daemon=True).start()\n'
                '    >>> import sys\n'
                '    >>> if print("here", file=sys.__stdout__, flush=True) is None:\n'
                '    ...     wait(2)\n'
                '    """\n'
                'doctest.testmod()\n')
        with tempfile.NamedTemporaryFile(suffix='.py') as script:
            script.write(text.encode())
            script.flush()
            for version, command in PYTHONS:
                if command[0] == 'chroot':
                    continue
                with self.subTest(python=version, command=command):
                    sources, files = self.dump_sources([*command, script.name])
                    self.assertIn('<doctest __main__.shop[4]>', files)
                    self.assertEqual({file: text for file, text in sources.items() if 'doctest __' in file}, {
                        '<doctest __main__.shop[1]>': 'def wait(number):\n    threading.Event().wait()\n',
                        '<doctest __main__.shop[4]>': 'if print("here", file=sys.__stdout__, flush=True) is None:\n'
                                                      '    wait(2)\n'})

    def test_source_that_was_typed(self):
        """Where many texts may have one name, the function tells them apart; where it does not, none is shown."""
        text = ('import code, linecache, sys, time\n'
                'typed = {"one": "def one():\\n    two()\\n", "two": "def two():\\n    three()\\n",\n'
                '         "three": "def three():\\n    time.sleep(300)\\n", "again": "def three():\\n    pass\\n"}\n'
                'linecache._interactive_cache = {}\n'
                'def register(compiled, text):\n'
                '    for one in (compiled, *(one for one in compiled.co_consts if isinstance(one, type(compiled)))):\n'
                '        name = getattr(one, "co_qualname", one.co_name)\n'
                '        key = one.co_filename, name, one.co_firstlineno + (text == typed["again"])\n'
                '        linecache._interactive_cache[key] = entries[text]\n'
                'entries = {text: (len(text), None, text.splitlines(True), "") for text in typed.values()}\n'
                'for name, source in typed.items():\n'
                '    file = {"one": "<first>", "two": "<second>"}.get(name, "<third>")\n'
                '    compiled = compile(source, file, "exec")\n'
                '    register(compiled, source)\n'
                '    if name != "again": exec(compiled)\n'
                'other = "def unknown():\\n    pass\\n"\n'
                'entries[other] = len(other), None, other.splitlines(True), ""\n'
                'register(compile(other, "<second>", "exec"), other)\n'
                'print("here", flush=True)\n'
                'one()\n')
        with tempfile.NamedTemporaryFile(suffix='.py') as script:
            script.write(text.encode())
            script.flush()
            for version, command in PYTHONS:
                if command[0] == 'chroot':
                    continue
                with self.subTest(python=version, command=command):
                    sources, files = self.dump_sources([*command, script.name])
                    self.assertEqual(files[:3], ['<third>', '<second>', '<first>'])
                    self.assertEqual({file: text for file, text in sources.items() if file[0] == '<'}, {
                        '<first>': 'def one():\n    two()\n', '<second>': 'def two():\n    three()\n'})

    def test_many_empty_lines(self):
        """The functions of a text are looked for line by line, however many there are."""
        text = ('import time\n' + '\n' * 900_000
                + 'import sys\ndef wait():\n    print("here", flush=True)\n    time.sleep(300)\nwait()\n')
        with tempfile.TemporaryFile() as script:
            script.write(text.encode())
            script.seek(0)
            sources, files = self.dump_sources(PYTHONS[0][1], stdin=script)
        self.assertEqual(files, ['<stdin>'] * 2)
        self.assertEqual(list(sources), ['<stdin>'])
        self.assertTrue(sources['<stdin>'] == text, len(sources['<stdin>']))

    def test_text_that_is_not_the_command(self):
        """exec() calls its text as -c is called: nobody's lines are shown as those of others."""
        inner = 'import time\ndef inner():\n    print("here", flush=True)\n    time.sleep(300)\n'
        for called in (f'exec({inner!r} + "inner()")', f'names = {{}}\nexec({inner!r}, names)\nnames["inner"]()'):
            for version, command in PYTHONS:
                if command[0] == 'chroot':
                    continue
                with self.subTest(python=version, command=command):
                    sources, files = self.dump_sources([*command, '-c', called])
                    self.assertEqual((sources, set(files)), ({}, {'<string>'}))

    def test_source_in_archive(self):
        """As zipapp makes them, with and without a line in front that is counted in no offset, packed and not."""
        module = 'import time\ndef wait():\n    print("here", flush=True)\n    time.sleep(300)\n' + '# 0123456789\n' * 500
        with tempfile.TemporaryDirectory(prefix='flatline-archive-') as folder:
            for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                with self.subTest(method=method):
                    path = os.path.join(folder, 'shop.pyz')
                    with zipfile.ZipFile(path, 'w', method) as archive:
                        archive.comment = b'as comments are'
                        archive.writestr('__main__.py', 'from shop.desk import wait\nwait()\n')
                        archive.writestr('shop/__init__.py', '')
                        archive.writestr('shop/desk.py', module)
                    with open(path, 'rb+') as file:
                        content = file.read()
                        file.seek(0)
                        file.write(b'#!/usr/bin/env python3\n' + content)
                    sources, _ = self.dump_sources([*PYTHONS[0][1], path])
                    self.assertEqual(sources[os.path.join(path, 'shop/desk.py')], module)
                    self.assertEqual(sources[os.path.join(path, '__main__.py')], 'from shop.desk import wait\nwait()\n')

    def test_source_whose_name_is_no_text(self):
        text = 'import time\nprint("here", flush=True)\ntime.sleep(300)\n'
        with tempfile.TemporaryDirectory(prefix='flatline-names-') as folder:
            path = os.path.join(folder.encode(), b'f\xfcr', b'tsch\xfc\xdf.py')
            os.mkdir(os.path.dirname(path))
            with open(path, 'w', encoding='ascii') as script:
                script.write(text)
            sources, files = self.dump_sources([*PYTHONS[0][1], path])
            self.assertEqual((list(sources.values()), list(sources)), ([text], files))
            # Two that read the same: nobody knows which of them it is.
            with open(path.replace(b'\xdf', b'\xff'), 'w', encoding='ascii') as script:
                script.write('# the other one\n')
            self.assertEqual(self.dump_sources([*PYTHONS[0][1], path])[0], {})


if __name__ == '__main__':
    unittest.main()
