# SPDX-License-Identifier: MIT
"""Tasks of Trio that wait for each thing there is; or two that wait for each other's lock."""
import json
import sys

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


def wait():
    print('[]', flush=True)
    sys.stdin.readline()


trio.run({'all': wait_for_all, 'locks': lock_each_other}[json.loads(sys.stdin.readline())])
