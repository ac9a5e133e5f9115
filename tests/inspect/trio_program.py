# SPDX-License-Identifier: MIT
"""Tasks of Trio that wait for each thing there is; two that wait for each other's lock; or one for what will not come."""
import json
import socket
import sys
import threading

import trio
import trio.testing


async def hold(lock):
    async with lock:
        await trio.sleep(1000)


async def want(lock):
    mark = 'wants it'
    async with lock:
        pass


async def listen(event):
    await event.wait()


async def receive(channel):
    async for _ in channel:
        pass


async def nest():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever, name='child')
        await trio.lowlevel.checkpoint()


async def read(one, other):
    await one.recv(10)


async def acquire(semaphore):
    await semaphore.acquire()


async def wait_for_all():
    lock, (_, channel) = trio.Lock(), trio.open_memory_channel(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold, lock, name='holder')
        while not lock.locked():
            await trio.lowlevel.checkpoint()
        for function, *arguments in ((want, lock), (listen, trio.Event()), (receive, channel), (nest,),
                                     (read, *trio.socket.socketpair()), (acquire, trio.Semaphore(0))):
            nursery.start_soon(function, *arguments, name=function.__name__)
        await trio.testing.wait_all_tasks_blocked()
        wait()


async def take(first, second, mine, yours):
    async with first:
        mine.set()
        await yours.wait()
        async with second:
            pass


async def lock_each_other():
    one, other = trio.Lock(), trio.Lock()
    has_one, has_other = trio.Event(), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(take, one, other, has_one, has_other, name='first')
        nursery.start_soon(take, other, one, has_other, has_one, name='second')
        await trio.testing.wait_all_tasks_blocked()
        print('[]', flush=True)


async def send(channel):
    await channel.send('order')


async def ask(address):
    stream = await trio.open_tcp_stream(*address)
    await stream.receive_some()


async def run_child():
    # It ends with whoever asks.
    await trio.run_process(['cat'], stdin=sys.stdin)


async def call(lock):
    await trio.to_thread.run_sync(lock.acquire)


async def wait_for_one(kind):
    """Beside it a task that sleeps, so that the main one waits for its nursery."""
    lock, (channel, out) = trio.Lock(), trio.open_memory_channel(0)
    server, thread_lock = socket.create_server(('127.0.0.1', 0)), threading.Lock()
    thread_lock.acquire()
    waits = {'lock': (want, lock), 'event': (listen, trio.Event()), 'receive': (receive, out), 'send': (send, channel),
             'socket': (ask, server.getsockname()), 'child': (run_child,), 'thread': (call, thread_lock)}
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold, lock, name='holder')
        while not lock.locked():
            await trio.lowlevel.checkpoint()
        nursery.start_soon(*waits[kind], name='waiter')
        await trio.testing.wait_all_tasks_blocked()
        print('[]', flush=True)


def wait():
    print('[]', flush=True)
    sys.stdin.readline()


question = json.loads(sys.stdin.readline())
if question in ('all', 'locks'):
    trio.run({'all': wait_for_all, 'locks': lock_each_other}[question])
else:
    trio.run(wait_for_one, question)
