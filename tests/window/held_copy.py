# SPDX-License-Identifier: MIT
"""Runs a command where a folder has a copy of a file of which all behind the first part comes only when it is let go
(held_file.py).

    held_copy.py FOLDER FILE COMMAND [ARGUMENT…]
"""
import ctypes
import os
import signal
import sys

import held_file


class Server(held_file.Server):
    free_bytes = 128 << 10  # what is read ahead at the first byte

    def __init__(self, device, name, content):
        super().__init__(device, len(content))
        self.name = os.fsencode(name)
        self.content = content

    def read(self, unique, offset, length):
        self.reply(unique, self.content[offset:offset + length])


def main():
    folder, path, *command = sys.argv[1:]
    with open(path, 'rb') as file:
        content = file.read()
    device = held_file.mount(folder)
    window = os.getpid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(held_file.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == window:
            Server(device, os.path.basename(path), content).serve()
        os._exit(0)
    os.close(device)
    os.execvp(command[0], command)


if __name__ == '__main__':
    main()
