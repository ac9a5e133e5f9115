# SPDX-License-Identifier: MIT
"""A program with a variable, `data`, that shows a mapped file of MEGABYTES, of which all behind the first part comes only
when it is let go: a file system (FUSE) in a mount namespace of its own, served by a child.

    held_file.py MEGABYTES

prints `ready` when it is there, `held` when somebody waits for what is held, lets it go at a line on its standard input,
and exits with SKIPPED where the system does not allow a file system of one's own. The protocol is that of <linux/fuse.h>.
"""
import ctypes
import errno
import mmap
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
FREE_BYTES = 8 << 20
FILE_NODE = 2
PR_SET_PDEATHSIG = 1
CLONE_NEWNS = 0x20000
MS_PRIVATE_OF_ALL = 0x4000 | 0x40000
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, ACCESS, INTERRUPT, BATCH_FORGET = (
    1, 2, 3, 14, 15, 17, 18, 25, 26, 34, 36, 42)


def attributes(node, size):
    mode = 0o100444 if node == FILE_NODE else 0o40755
    return struct.pack('<6Q10I', node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1, os.getuid(), os.getgid(),
                       0, 4096, 0)


class Server:
    name, free_bytes = b'data', FREE_BYTES

    def __init__(self, device, size):
        self.device, self.size, self.held, self.is_free = device, size, [], False

    def reply(self, unique, body=b'', error=0):
        os.write(self.device, struct.pack('<IiQ', 16 + len(body), -error, unique) + body)

    def read(self, unique, offset, length):
        length = max(0, min(length, self.size - offset))
        # Each block of 16 bytes says where it is.
        self.reply(unique, b''.join(b'%015x\n' % at for at in range(offset, offset + length, 16)))

    def answer(self, opcode, unique, node, body):
        if opcode == INIT:
            major, minor, readahead, _ = struct.unpack_from('<4I', body)
            self.reply(unique, struct.pack('<4I2HI', major, min(minor, 31), readahead, 0, 16, 12, 4096) + bytes(36))
        elif opcode == LOOKUP and body == self.name + b'\0':
            self.reply(unique, struct.pack('<4Q2I', FILE_NODE, 0, 3600, 3600, 0, 0) + attributes(FILE_NODE, self.size))
        elif opcode == LOOKUP:
            self.reply(unique, error=errno.ENOENT)
        elif opcode == GETATTR:
            self.reply(unique, struct.pack('<Q2I', 3600, 0, 0) + attributes(node, self.size))
        elif opcode == OPEN:
            self.reply(unique, struct.pack('<Q2I', 1, 0, 0))
        elif opcode == STATFS:
            self.reply(unique, struct.pack('<5Q4I', 1 << 20, 0, 0, 1, 0, 4096, 255, 4096, 0) + bytes(24))
        elif opcode == READ:
            _, offset, length = struct.unpack_from('<2QI', body)
            if offset >= self.free_bytes and not self.is_free:
                self.held.append((unique, offset, length))
                print('held', flush=True)
            else:
                self.read(unique, offset, length)
        elif opcode in (FLUSH, RELEASE, ACCESS):
            self.reply(unique)
        elif opcode not in (FORGET, BATCH_FORGET, INTERRUPT):
            self.reply(unique, error=errno.ENOSYS)

    def serve(self):
        while True:
            ready = select.select([self.device] + ([] if self.is_free else [0]), [], [])[0]
            if 0 in ready:
                os.read(0, 100)
                self.is_free = True
                for held in self.held:
                    self.read(*held)
            if self.device in ready:
                try:
                    request = os.read(self.device, 1 << 20)
                except OSError as error:
                    if error.errno == errno.ENODEV:  # the file system is gone
                        return
                    if error.errno in (errno.ENOENT, errno.EINTR):
                        continue
                    raise
                opcode, unique, node = struct.unpack_from('<IQQ', request, 4)
                self.answer(opcode, unique, node, request[40:])


def mount(folder):
    """The device to serve the file system by; nobody else sees it, and it goes with the last who does."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result, what):
        if result != 0:
            print(f'{what}: {os.strerror(ctypes.get_errno())}', file=sys.stderr)
            sys.exit(SKIPPED)
    try:
        device = os.open('/dev/fuse', os.O_RDWR)
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(SKIPPED)
    must(libc.unshare(CLONE_NEWNS), 'unshare')
    must(libc.mount(b'none', b'/', None, MS_PRIVATE_OF_ALL, None), 'private mounts')
    options = f'fd={device},rootmode=40000,user_id=0,group_id=0,allow_other'
    must(libc.mount(b'held', folder.encode(), b'fuse', 0, options.encode()), 'mount')
    return device


def hold(data, wait):
    wait()


def main():
    size = int(sys.argv[1]) << 20
    with tempfile.TemporaryDirectory() as folder:
        device = mount(folder)
        server = subprocess.Popen([sys.executable, '-c', 'import sys, held_file; '
                                   'held_file.Server(int(sys.argv[1]), int(sys.argv[2])).serve()', str(device), str(size)],
                                  pass_fds=[device], cwd=os.path.dirname(os.path.abspath(__file__)),
                                  preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        os.close(device)
        with open(os.path.join(folder, 'data'), 'rb') as file:
            data = memoryview(mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ))
        print('ready', flush=True)
        hold(data, server.wait)


if __name__ == '__main__':
    main()
