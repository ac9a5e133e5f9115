# SPDX-License-Identifier: MIT
"""A program that is a crowd: PROCESSES processes, THREADS threads and CONNECTIONS connections, all alive and doing a
little, a list of ten million items and a nest two thousand deep. With SIGUSR1 it holds its breath for six seconds, so
that whoever listens to its heart has a freeze to show."""
import os
import resource
import selectors
import signal
import socket
import sys
import threading
import time

from flatline import beat

PROCESSES, THREADS, CONNECTIONS = (int(word) for word in sys.argv[1:4])


def raise_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve(listener):
    """Answers whoever says something."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ)
            else:
                key.fileobj.send(key.fileobj.recv(4096))


def chat(address, n_connections, number):
    connections = [socket.create_connection(address) for _ in range(n_connections)]
    turn = 0
    while True:
        time.sleep(1 + number % 7 / 7)
        connections[turn % n_connections].send(b'x' * (1 + turn % 900))
        connections[turn % n_connections].recv(4096)
        turn += 1


def wait_for_work(number, event):
    orders = {'number': number, 'items': list(range(20))}
    event.wait()
    print(orders)


def breathe_out(signum, frame):
    held = time.monotonic() + 6
    while time.monotonic() < held:
        time.sleep(0.05)


def build_nest(depth):
    nest = []
    for level in range(depth):
        nest = [level, nest]
    return nest


def main():
    many = nest = None  # the first variables that one sees
    raise_limit()
    signal.signal(signal.SIGUSR1, breathe_out)
    listener = socket.create_server(('127.0.0.1', 0), backlog=4096)
    each, more = divmod(CONNECTIONS // 2, PROCESSES - 1)
    for number in range(PROCESSES - 1):
        if os.fork() == 0:
            signal.signal(signal.SIGUSR1, signal.SIG_DFL)
            address = listener.getsockname()
            listener.close()
            chat(address, each + (number < more), number)
    threading.Thread(target=serve, args=(listener,), name='server', daemon=True).start()
    event = threading.Event()
    for number in range(THREADS - PROCESSES - 1):
        threading.Thread(target=wait_for_work, args=(number, event), name=f'worker {number}', daemon=True).start()
    many, nest, number = list(range(1000)) * 10000, build_nest(2000), 0
    while True:
        number += 1
        beat('CROWD', 'main' if number % 10 else 'ten')
        if number % 5 == 0:
            print('\033[32mround\033[0m', number, 'x' * (number % 60), flush=True)
        time.sleep(0.1)


main()
