# SPDX-License-Identifier: MIT
"""Threads of C that run thread states which the main thread made; taking-over.c does it."""
import base64
import ctypes
import json
import os
import sys
import tempfile

CODE = '''
def taken_over_{name}(secret):
    import os, time, _thread
    os.write({channel}, b'%d ' % _thread.get_native_id())
    lock = _thread.allocate_lock()
    lock.acquire()
    while {moves}:
        for _ in range(20000):
            secret += 1
        # Up to 3.11 nobody of another interpreter is given the GIL by who does not let go of it.
        time.sleep(0)
    lock.acquire()
taken_over_{name}(42)
'''
KINDS = (('waiting', 0, False), ('moving', 0, True), ('waiting_apart', 1, False), ('moving_apart', 1, True))


def take_over(library):
    answer, channel = os.pipe()
    create = ctypes.cast(ctypes.CDLL(None).pthread_create, ctypes.c_void_p)
    library.make_state.restype = ctypes.c_void_p
    states = [ctypes.c_void_p(library.make_state(apart)) for _, apart, _ in KINDS]
    found, texts = {}, []
    for state, (name, _, moves) in zip(states, KINDS):
        texts.append(CODE.format(name=name, channel=channel, moves=moves).encode())
        if library.run_taken_over(create, state, ctypes.c_char_p(texts[-1])) != 0:
            raise OSError('no thread')
        words = b''
        while not words.endswith(b' '):
            words += os.read(answer, 64)
        found[name] = int(words)
    return found, texts


def wait_for_the_end(found):
    print(json.dumps(found), flush=True)
    sys.stdin.readline()


with tempfile.NamedTemporaryFile(suffix='.so') as copy:
    copy.write(base64.b64decode(json.loads(sys.stdin.readline())))
    copy.flush()
    loaded = ctypes.PyDLL(copy.name)
ids, kept = take_over(loaded)
wait_for_the_end(ids)
