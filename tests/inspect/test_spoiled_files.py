# SPDX-License-Identifier: MIT
"""A core file, and the program and libraries that it names below another root, with some of what they say of themselves
spoiled: whatever is in them, the reader ends by itself, with a file or with one line. ./test --fuzz SECONDS
spoiled_files goes on for so long; FLATLINE_TEST_SEED tries one, and prints what it spoils."""
import gzip
import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from inspected import CLI, PATIENCE_S

LEAST_ROUNDS = 60
# What one who reads a core of a few megabytes may need.
MAX_BYTES = 2 << 30
SANITIZED = os.environ.get('FLATLINE_TEST_SANITIZE') == '1'
PYTHON = '/usr/bin/python3'
# Each has debugging information of its own kind; the calls go through all of them.
LIBRARY = """
typedef void (*Callback) (void);
void LIBRARY_pass_on (Callback callback) { volatile char room[100]; room[0] = 1; callback (); room[1] = 2; }
void LIBRARY_call (Callback callback) { LIBRARY_pass_on (callback); __asm__ volatile (""); }
"""
KINDS = {'one': ('-g', '-fno-asynchronous-unwind-tables', '-fomit-frame-pointer'), 'two': ('-g', '-O2', '-gz=zlib'),
         'three': ('-gdwarf-4', '-Wl,--hash-style=sysv'), 'four': ('-s',)}
PROGRAM = """
import ctypes, os, sys
kind = ctypes.CFUNCTYPE(None)
def call_through(libraries):
    if not libraries:
        print(flush=True)
        sys.stdin.read()
        return
    library = ctypes.CDLL(libraries[0])
    called = kind(lambda: call_through(libraries[1:]))
    getattr(library, os.path.basename(libraries[0])[:-3] + '_call')(called)
call_through(sys.argv[1:])
"""
SECTIONS = ('.dynsym', '.dynstr', '.hash', '.gnu.hash', '.gnu.version', '.eh_frame', '.eh_frame_hdr', '.dynamic',
            '.note.gnu.build-id', '.debug_frame', '.debug_info', '.debug_abbrev', '.debug_line', '.debug_line_str',
            '.debug_str', '.debug_aranges', '.symtab', '.strtab', '.shstrtab', '.gnu_debuglink', '.gnu_debugaltlink', '.zdebug_info', '.PyRuntime', '.interp')
HEADER_BYTES, SEGMENT_BYTES, SECTION_BYTES, PT_NOTE = 64, 56, 64, 4
# sys/procfs.h: struct elf_prstatus
NOTE_BYTES, NT_PRSTATUS, USER_TIME = 12, 1, 48


def read_parts(path):
    """(name, offset, size) of what a file says of itself."""
    with open(path, 'rb') as file:
        data = file.read()
    segments, sections = struct.unpack_from('<QQ', data, 32)
    n_segments, _, n_sections, names = struct.unpack_from('<HHHH', data, 56)
    parts = [('header', 0, HEADER_BYTES), ('segments', segments, n_segments * SEGMENT_BYTES)]
    for i in range(n_segments):
        kind, _, offset, _, _, size = struct.unpack_from('<IIQQQQ', data, segments + i * SEGMENT_BYTES)
        if kind == PT_NOTE and size:
            parts.append(('notes', offset, size))
    if n_sections == 0:
        return parts
    parts.append(('sections', sections, n_sections * SECTION_BYTES))
    rows = [struct.unpack_from('<IIQQQQ', data, sections + i * SECTION_BYTES) for i in range(n_sections)]
    for name, kind, _, _, offset, size in rows:
        start = rows[names][4] + name
        text = data[start:data.index(b'\0', start)].decode()
        if text in SECTIONS and kind != 8 and size:
            parts.append((text, offset, size))
    return parts


class SpoiledFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which('gdb') or not shutil.which('gcc'):
            raise unittest.SkipTest('needs gdb, which writes the core file, and gcc')
        cls.folder = tempfile.mkdtemp(prefix='flatline-spoiled-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.root, cls.core = os.path.join(cls.folder, 'root'), os.path.join(cls.folder, 'core')
        libraries = [cls.build(name, options) for name, options in KINDS.items()]
        with subprocess.Popen([PYTHON, '-I', '-S', '-c', PROGRAM, *libraries], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as program:
            program.stdout.readline()
            cls.copy_files(program.pid)
            subprocess.run(['gdb', '-q', '-batch', '-readnever', '-p', str(program.pid), '-ex', f'gcore {cls.core}'],
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=True)
            program.stdin.close()
        cls.parts = {path: read_parts(path) for path in (cls.core, *cls.files)}

    @classmethod
    def build(cls, name, options):
        path = os.path.join(cls.folder, name + '.so')
        with open(path + '.c', 'w', encoding='utf-8') as source:
            source.write(LIBRARY.replace('LIBRARY', name))
        subprocess.run(['gcc', '-shared', '-fPIC', *options, '-o', path, path + '.c'], check=True, timeout=PATIENCE_S)
        return path

    @classmethod
    def copy_files(cls, pid):
        cls.files = []
        with open(f'/proc/{pid}/maps', encoding='utf-8') as maps:
            paths = {line.split(None, 5)[5].strip() for line in maps if ' /' in line}
        for path in sorted(paths):
            if not path.endswith('.so') and '.so.' not in path and 'python' not in path:
                continue
            copy = cls.root + path
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(path, copy)
            cls.files.append(copy)

    def read(self):
        """What the command says of it: (exit status, standard error, where the result is)."""
        limits = None if SANITIZED else lambda: resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
        with open(self.core, 'rb') as core:
            return subprocess.run([CLI, 'core', '--root', self.root, '--output', self.folder], stdin=core, capture_output=True,
                                  text=True, errors='replace', timeout=PATIENCE_S, check=False, preexec_fn=limits)

    def choose(self, r):
        """[(path, offset, bytes)]: a few places next to each other in meaning, as whoever lies, or a broken disk, has them."""
        changes = []
        for _ in range(r.choice((1, 1, 2, 4))):
            path = self.core if r.random() < 0.3 else r.choice(self.files)
            name, offset, size = r.choice(self.parts[path])
            for _ in range(r.choice((1, 1, 1, 3, 20))):
                at = offset + r.randrange(size)
                if r.random() < 0.5:
                    at -= at % r.choice((4, 8))
                new = r.choice((bytes([r.randrange(256)]), r.randbytes(4), r.randbytes(8), b'\xff' * 8, bytes(8),
                                b'\xff' * 4, bytes(4), struct.pack('<Q', r.choice((1 << 63, (1 << 63) - 1, 1 << 32, 1 << 40, 0x1000))),
                                struct.pack('<I', r.randrange(64)), b'\x80' * 12, r.randbytes(64)))
                changes.append((path, at, new, name))
        return changes

    def try_seed(self, seed):
        changes = self.choose(random.Random(seed))
        if os.environ.get('FLATLINE_TEST_SEED'):
            print(*changes, sep='\n', file=sys.stderr)
        before = []
        for path, at, new, _ in changes:
            with open(path, 'r+b') as file:
                file.seek(at)
                before.append((path, at, file.read(len(new)), os.path.getsize(path)))
                file.seek(at)
                file.write(new)
        try:
            done = self.read()
        except subprocess.TimeoutExpired:
            self.fail(f'seed {seed}: it did not end')
        finally:
            for path, at, old, size in reversed(before):
                with open(path, 'r+b') as file:
                    file.seek(at)
                    file.write(old)
                    file.truncate(size)
        self.assertIn(done.returncode, (0, 1), f'seed {seed}: {done.stderr[:5000]}')
        if done.returncode == 0:
            os.remove(done.stdout.strip())
        else:
            self.assertEqual(done.stderr.count('\n'), 1, f'seed {seed}: {done.stderr[:5000]}')
        return done.returncode == 0

    def test_as_they_are(self):
        done = self.read()
        self.assertEqual(done.returncode, 0, done)
        shown = subprocess.run([CLI, 'show', done.stdout.strip()], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        for name in KINDS:
            if name != 'four':
                self.assertIn(f'{name}_call', shown.stdout)
        os.remove(done.stdout.strip())

    def test_times_that_no_thread_can_have_had(self):
        with open(self.core, 'r+b') as file:
            data = file.read()
            at = next(offset for name, offset, _ in self.parts[self.core] if name == 'notes')
            while True:
                name_size, size, kind = struct.unpack_from('<III', data, at)
                at += NOTE_BYTES + (name_size + 3) // 4 * 4
                if kind == NT_PRSTATUS:
                    break
                at += (size + 3) // 4 * 4
            for offset in (USER_TIME, USER_TIME + 16):
                file.seek(at + offset)
                file.write(struct.pack('<q', (1 << 63) - 1))
        try:
            done = self.read()
        finally:
            with open(self.core, 'wb') as file:
                file.write(data)
        self.assertEqual(done.returncode, 0, done)
        with gzip.open(done.stdout.strip()) as found:
            self.assertEqual([thread['cpu_time_us'] for thread in json.load(found)['threads']], [0])
        os.remove(done.stdout.strip())

    def test_spoiled(self):
        seconds = float(os.environ.get('FLATLINE_TEST_FUZZ_SECONDS') or 0)
        one = os.environ.get('FLATLINE_TEST_SEED')
        seed = int(one) if one else random.randrange(1 << 32) if seconds else 1
        deadline, count, read = time.monotonic() + seconds, 0, 0
        while count < (1 if one else LEAST_ROUNDS) or (not one and time.monotonic() < deadline):
            read += self.try_seed(seed + count)
            count += 1
        print(f'{count} tried from seed {seed} on, {read} of them read', file=sys.stderr)
        if not one:
            self.assertGreater(read, count / 4)


if __name__ == '__main__':
    unittest.main()
