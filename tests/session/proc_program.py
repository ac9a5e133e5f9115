# SPDX-License-Identifier: MIT
"""A program of which /proc has much to tell: threads that wait in many ways, every kind of descriptor, a file that is
locked and waited for, children, one of them in a network of its own. Prints a line when all of it is there."""
import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

FAR = """
import socket, sys
server = socket.create_server(('127.0.0.1', 0))
ends = [socket.create_connection(server.getsockname()), server.accept()[0], socket.socket(type=socket.SOCK_DGRAM),
        *socket.socketpair(), socket.socket(socket.AF_INET6)]
print('here', flush=True)
sys.stdin.read()
"""
OWN_NETWORK = ['unshare', '--user', '--map-root-user', '--net', 'sh', '-c', 'ip link set lo up; exec "$0" "$@"']


def wait_for_file(path):
    with open(path, 'w', encoding='utf-8') as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def wait_for_events(kept):
    poller = select.epoll()
    for descriptor in kept:
        poller.register(descriptor, select.EPOLLIN)
    poller.poll()


def in_thread(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


def start_far_child():
    for command in (OWN_NETWORK, []):
        child = subprocess.Popen([*command, sys.executable, '-I', '-c', FAR], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if child.stdout.readline():
            return child
    sys.exit('no child')


server = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(server.getsockname())
accepted = server.accept()[0]
pair = socket.socketpair()
pipe = os.pipe()
with tempfile.NamedTemporaryFile('w', encoding='utf-8') as locked:
    fcntl.flock(locked, fcntl.LOCK_EX)
    terminal = pty.openpty()
    quiet = subprocess.Popen(['sleep', '1000000'])
    process = os.pidfd_open(quiet.pid)
    held = threading.Lock()
    held.acquire()
    in_thread(held.acquire)
    in_thread(wait_for_file, locked.name)
    in_thread(wait_for_events, (pair[0], pipe[0], accepted))
    in_thread(select.select, [pipe[0]], [], [])
    in_thread(signal.sigwait, [signal.SIGUSR1])
    in_thread(client.recv, 1)
    in_thread(quiet.wait)
    far = start_far_child()
    print('ready', flush=True)
    time.sleep(1000000)
