# SPDX-License-Identifier: MIT
"""A task of asyncio that runs: its coroutine has called others, and they functions that await nothing. Another one waits for
an object whose class has the name of one of Python's own."""
import asyncio
import sys


def hold():
    print('1', flush=True)
    sys.stdin.readline()


async def produce():
    yield 1
    await asyncio.sleep(0)
    list(map(lambda number: hold(), [2]))


class async_generator_asend:
    __slots__ = ('generator',)

    def __init__(self, generator):
        self.generator = generator

    def __await__(self):
        return self

    def __next__(self):
        return None


async def decoy():
    await asyncio.sleep(1000)


async def waits_for_own(awaitable):
    await awaitable


async def work():
    async for _ in produce():
        pass


async def main():
    coroutine = decoy()
    own = asyncio.create_task(waits_for_own(async_generator_asend(coroutine)))
    await asyncio.gather(own, work())


sys.stdin.readline()
asyncio.run(main())
