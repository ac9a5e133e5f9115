# SPDX-License-Identifier: MIT
"""Programs that die, each in its way, as texts: what kills them is real, and small enough to need no compiler."""
import platform

# Machine code that a program can call: divides by zero, is no instruction, stops for a debugger, reads address 16,
# calls itself.
CODE = {
    'x86_64': {'divide': '31c9f7f1c3', 'illegal': '0f0b', 'trap': 'ccc3', 'read': '488b042510000000c3',
               'recurse': 'e8fbffffff'},
    'aarch64': {'illegal': '00000000', 'trap': '000020d4', 'read': '000240f8',
                'recurse': 'ff4300d1fe0300f9feffff97'},
}.get(platform.machine(), {})

ON_A_SMALL_STACK = '''
threading.stack_size(256 * 1024)
thread = threading.Thread(target=last_words, args=("good bye",))
thread.start()
thread.join()
'''
PRELUDE = '''
import ctypes, mmap, os, sys, threading
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
kept = []
def code(text):
    """The address of this machine code."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex(text))
    kept.append(page)
    return ctypes.addressof(ctypes.c_char.from_buffer(page))
def call(text):
    ctypes.CFUNCTYPE(None)(code(text))()
def last_words(message):
    weight = 17
    die()  # dies here
'''
END = '\nlast_words("good bye")\n'


def program(die, before='', end=END):
    return PRELUDE + before + '\n' + die + end


def with_code(name, die, end=END):
    return program(die % CODE[name], end=end) if name in CODE else None


def is_raised(name, run):
    """Whether Python saw it come and raised an exception, as 3.14 and later do, and debug builds earlier."""
    return name == 'stack of a thread' and run.named('exited')[0]['signal'] is None


# name: (signal, text; None where this machine has no such death)
DEATHS = {
    'segv': ('SIGSEGV', program('def die(): ctypes.string_at(16)')),
    'abort': ('SIGABRT', program('def die(): os.abort()')),
    'bus': ('SIGBUS', program('''
def die():
    name = "mapped"
    with open(name, "wb") as file: file.write(b"x")
    with open(name, "r+b") as file:
        page = mmap.mmap(file.fileno(), 1)
        os.truncate(name, 0)
        page[0]''')),
    'fpe': ('SIGFPE', with_code('divide', 'def die(): call("%s")')),
    'ill': ('SIGILL', with_code('illegal', 'def die(): call("%s")')),
    'trap': ('SIGTRAP', with_code('trap', 'def die(): call("%s")')),
    'raised': ('SIGSEGV', program('def die(): os.kill(os.getpid(), 11); threading.Event().wait()')),
    'native thread': ('SIGSEGV', with_code('read', '''
def die():
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), None, ctypes.c_void_p(code("%s")), None)
    libc.pthread_join(thread, None)''')),
    'no code': ('SIGSEGV', program('def die(): ctypes.CFUNCTYPE(None)(24)()')),
    'double free': ('SIGABRT', program('''
def die():
    # Of a size that nothing else uses, more than the C library keeps ready: what it says depends on nothing else then.
    pieces = [libc.malloc(1000) for _ in range(8)]
    libc.free(pieces[0])
    libc.free(pieces[0])''')),
    'inside malloc': ('SIGABRT', program('''
def die():
    size = 100000
    piece = libc.malloc(size)
    ctypes.memset(piece + size, 0xff, 32)
    for i in range(1000): libc.malloc(size)''')),
    'stack of a thread': ('SIGSEGV', program('''
class Deep:
    def __lt__(self, other): return max([Deep()], key=lambda deep: Deep() < deep)
def die():
    sys.setrecursionlimit(10 ** 9)
    Deep() < 1''', end=ON_A_SMALL_STACK)),
    'stack of a thread, in C': ('SIGSEGV', with_code('recurse', 'def die(): call("%s")', ON_A_SMALL_STACK)),
    'smashed stack': ('SIGSEGV', program('''
def die():
    here = ctypes.c_char()
    # Whatever the C library returns through next lies above what it is given.
    libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    stack = [line for line in open("/proc/self/maps") if "[stack]" in line][0]
    end = int(stack.split()[0].split("-")[1], 16)
    libc.memset(end - 120000, 0x41, 120000 - 8)''')),
}
