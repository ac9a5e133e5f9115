# SPDX-License-Identifier: MIT
"""Runs a command where a file system is mounted that nobody serves: whoever touches it waits until the command ends.

    silent_mount.py FOLDER COMMAND [ARGUMENT…]

exits with SKIPPED where the system does not allow a file system of one's own.
"""
import ctypes
import os
import signal
import sys

SKIPPED = 77
PR_SET_PDEATHSIG = 1
CLONE_NEWNS = 0x20000
MS_PRIVATE_OF_ALL = 0x4000 | 0x40000


def mount(libc, folder):
    device = os.open('/dev/fuse', os.O_RDWR)
    options = f'fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}'
    return (libc.unshare(CLONE_NEWNS) == 0 and libc.mount(b'none', b'/', None, MS_PRIVATE_OF_ALL, None) == 0
            and libc.mount(b'silent', os.fsencode(folder), b'fuse', 0, options.encode()) == 0 and device)


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        device = mount(libc, sys.argv[1])
    except OSError:
        device = None
    if not device:
        sys.exit(SKIPPED)
    # The file system is there as long as somebody has its device: a process that ends with the command.
    if os.fork() == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        while True:
            signal.pause()
    os.close(device)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == '__main__':
    main()
