# SPDX-License-Identifier: MIT
"""Its first thread ends in C, and another one lives on."""
import ctypes
import json
import sys
import threading


def live_on(secret):
    print(json.dumps([threading.get_native_id()]), flush=True)
    sys.stdin.readline()


sys.stdin.readline()
threading.Thread(target=live_on, args=(42,), name='left').start()
ctypes.CDLL(None).pthread_exit(None)
