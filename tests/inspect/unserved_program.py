# SPDX-License-Identifier: MIT
"""Holds a bytes object of which only the head and few bytes are in memory: whoever reads the rest waits for a userfaultfd
that nobody serves. Says `ready`, or `skip` and why not."""
import ctypes
import mmap
import os
import platform
import sys
import time

PAGES = 16
FEW = 24
API = 0xC018AA3F       # UFFDIO_API, linux/userfaultfd.h
REGISTER = 0xC020AA00  # UFFDIO_REGISTER, mode 1: pages that are missing
libc = ctypes.CDLL(None, use_errno=True)


def take_pages(address, length):
    number = {'x86_64': 323, 'aarch64': 282}.get(platform.machine())
    fd = libc.syscall(number, os.O_CLOEXEC) if number else -1
    if fd < 0:
        return 'no userfaultfd: ' + os.strerror(ctypes.get_errno())
    for request, words in ((API, (0xAA, 0, 0)), (REGISTER, (address, length, 1, 0))):
        if libc.ioctl(fd, ctypes.c_ulong(request), (ctypes.c_uint64 * len(words))(*words)) != 0:
            return 'userfaultfd: ' + os.strerror(ctypes.get_errno())
    return None


def hold():
    region = mmap.mmap(-1, PAGES * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    pattern = bytes((PAGES - 1) * mmap.PAGESIZE - 1)
    head = bytes.__basicsize__ - 1 + FEW
    at = address + mmap.PAGESIZE - head
    ctypes.memmove(at, id(pattern), head)
    why_not = take_pages(address + mmap.PAGESIZE, (PAGES - 1) * mmap.PAGESIZE)
    unserved = None if why_not else ctypes.cast(at, ctypes.py_object).value
    served = 'this can be read'
    print('skip ' + why_not if why_not else 'ready', flush=True)
    time.sleep(3600)
    return served, unserved


sys.exit(hold())
