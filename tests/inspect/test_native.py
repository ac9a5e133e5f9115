# SPDX-License-Identifier: MIT
"""Native frames stand between the Python frames that called them and those they called; the evaluator itself is not shown."""
import os
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

from inspected import PATIENCE_S, PYTHONS, Program, main_thread, wait_until_asleep

# As Cython writes C: the lines of the source in remarks before what was made of them.
CYTHON = """#include <unistd.h>

static int __pyx_f_4pack_5shape_wait(int end) {
  char byte;
  /* "pack/shape.pyx":5
 * cdef int wait(int end):
 *     read(end)             # <<<<<<<<<<<<<<
 */
  return read(end, &byte, 1) == 1;

  /* "pack/shape.pyx":4
 * cdef int wait(int end):
 */
}

static int __Pyx_helper(int end);
static int __pyx_pf_4pack_5shape_6Square_2area(int end);
static int __Pyx_helper(int end) { return __pyx_f_4pack_5shape_wait(end); }

/* "pack/shape.pyx":11
 * def area(self):             # <<<<<<<<<<<<<<
 */
static int __pyx_pw_4pack_5shape_6Square_3area(int end) {
  return __pyx_pf_4pack_5shape_6Square_2area(end);
}

static int __pyx_pf_4pack_5shape_6Square_2area(int end) {
  /* "pack/shape.pyx":12
 *     wait()             # <<<<<<<<<<<<<<
 */
  return __Pyx_helper(end);
}

#ifdef __cplusplus
extern "C"
#endif
int enter(int end);
int enter(int end) { return __pyx_pw_4pack_5shape_6Square_3area(end); }
"""


class Native(unittest.TestCase):
    def test_python_and_native_frames_in_one_stack(self):
        for version, command in PYTHONS:
            with self.subTest(python=version, command=command):
                self.look(command)

    def look(self, command):
        program = Program(command, 'native_program.py')
        self.addCleanup(program.close)
        program.ask(1)
        plain = main_thread(program.dump())['frames']
        snapshot = program.dump('--native')
        merged = main_thread(snapshot)['frames']
        python = [frame for frame in merged if frame['kind'] == 'python']
        places = [[(frame['function'], frame['line']) for frame in frames] for frames in (plain, python)]
        self.assertEqual(places[0], places[1])
        names = [frame['function'] for frame in merged]
        self.assertFalse([name for name in names if name.startswith('_PyEval_EvalFrameDefault')], names)
        kinds = [frame['kind'] for frame in merged]
        held, called, caller = (names.index(name) for name in ('hold_here', '<lambda>', 'sort_by'))
        self.assertEqual(kinds[0], 'native', names)
        # The C that reads the line is inside of everything; what sorts is between sort_by and the function it calls.
        self.assertLess(held, called)
        self.assertIn('native', kinds[called + 1:caller], names)
        # Where the program begins is C; a 3.9 of Debian 11, whose C library keeps no unwind entry there, may end before.
        self.assertTrue(all(frame.get('module') or frame['function'].startswith('0x')
                            for frame in merged if frame['kind'] == 'native'), merged)
        waiter = next(thread for thread in snapshot['threads'] if thread.get('name') == 'waiter')
        self.assertEqual(waiter['frames'][0]['kind'], 'native', waiter['frames'])
        self.assertEqual(program.read_state(), 'S')

    @unittest.skipUnless(shutil.which('gcc'), 'gcc is not installed')
    def test_functions_of_cython(self):
        """Named as in their source, and told where in it they are, when the C file made of it is there; else by name."""
        for language, compiler in (('c', 'gcc'), ('cpp', 'g++')):
            with self.subTest(language=language):
                self.look_at_cython(language, compiler)

    def look_at_cython(self, language, compiler):
        with tempfile.TemporaryDirectory() as folder:
            path, library, source = (os.path.join(folder, name) for name in ('shape.' + language, 'shape.so', 'shape.pyx'))
            with open(path, 'w', encoding='utf-8') as file:
                file.write(CYTHON)
            with open(source, 'w', encoding='utf-8') as file:
                file.write('# the source itself is not read\n')
            try:
                subprocess.run([compiler, '-g', '-O0', '-shared', '-fPIC', '-o', library, path], check=True, timeout=PATIENCE_S)
            except FileNotFoundError:
                self.skipTest(compiler + ' is not installed')
            program = Program(PYTHONS[0][1], 'cython_program.py')
            self.addCleanup(program.close)
            program.ask(library)
            wait_until_asleep(program.pid)

            def look():
                frames = main_thread(program.dump('--native'))['frames']
                own = [frame for frame in frames if frame.get('module') == library]
                self.assertIn('call', [frame['function'] for frame in frames if frame['kind'] == 'python'])
                return [(frame['qualified_name'], frame['function'], frame['file'], frame['line']) for frame in own
                        if frame['function'] != 'enter']

            helper = ('__Pyx_helper', '__Pyx_helper', path, 18) if language == 'c' else None
            expected = [('pack.shape.wait', 'wait', source, 5), helper, ('pack.shape.Square.area', 'area', source, 12),
                        ('pack.shape.Square.area', 'area', source, 11)]
            found = look()
            self.assertEqual([place for place in found if '__Pyx_helper' not in place[0]],
                             [place for place in expected if place and place != helper])
            if helper:
                self.assertEqual(found, expected)
            # Without the C file the names are told still, and the places that the debug information has.
            os.remove(path)
            self.assertEqual([(name, os.path.basename(file)) for name, _, file, _ in look() if '__Pyx_helper' not in name],
                             [(place[0], 'shape.' + language) for place in expected if place and place != helper])

    def test_names_are_kept(self):
        """What was found out is the same when it is known already, and where what was kept is rubbish."""
        program = Program(PYTHONS[0][1], 'native_program.py')
        self.addCleanup(program.close)
        program.ask(1)
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {'XDG_CACHE_HOME': folder}):
            kept = os.path.join(folder, 'flatline', 'native-names')

            def look():
                return [frame for frame in main_thread(program.dump('--native'))['frames'] if frame['kind'] == 'native']

            def read(name):
                with open(os.path.join(kept, name), 'rb') as file:
                    return file.read()

            first = look()
            self.assertTrue([frame for frame in first if not frame['function'].startswith('0x')], first)
            files = {name: read(name) for name in os.listdir(kept)}
            self.assertTrue(files)
            self.assertEqual(look(), first)
            for spoil in (lambda text: b'', lambda text: bytes(len(text)), lambda text: text[:len(text) // 2],
                          lambda text: b'\xff' * len(text), lambda text: text[::-1],
                          lambda text: b'\x07' + text[1:]):
                for name, text in files.items():
                    with open(os.path.join(kept, name), 'wb') as file:
                        file.write(spoil(text))
                self.assertEqual(look(), first)
                self.assertTrue([name for name in files if b'Py_BytesMain' in read(name)])
            # What it knows is what it says: the names are not asked for a second time.
            for name, text in files.items():
                with open(os.path.join(kept, name), 'wb') as file:
                    file.write(text.replace(b'Py_BytesMain', b'Py_BytesMine'))
            expected = ['Py_BytesMine' if frame['function'] == 'Py_BytesMain' else frame['function'] for frame in first]
            self.assertIn('Py_BytesMine', expected)
            self.assertEqual([frame['function'] for frame in look()], expected)
            # A folder that others may write to is not believed.
            os.chmod(kept, 0o777)
            self.assertEqual(look(), first)

    def test_without_libdw(self):
        """The library is opened for C frames alone; where it cannot be, all else is told, and what is missing."""
        program = Program(PYTHONS[0][1], 'native_program.py')
        self.addCleanup(program.close)
        program.ask(1)
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {'LD_LIBRARY_PATH': folder}):
            with open(os.path.join(folder, 'libdw.so.1'), 'wb') as file:
                file.write(b'no library')
            plain, native = program.dump(), program.dump('--native')
        said = [note for snapshot in (plain, native) for note in snapshot.get('notes', []) if 'libdw1' in note]
        self.assertEqual(len(said), 1, said)
        self.assertIn(said[0], native['notes'])
        self.assertEqual([frame['function'] for frame in main_thread(native)['frames']],
                         [frame['function'] for frame in main_thread(plain)['frames']])


if __name__ == '__main__':
    unittest.main()
