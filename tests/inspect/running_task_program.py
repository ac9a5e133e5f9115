# SPDX-License-Identifier: MIT
"""A task of asyncio that runs: its coroutine has called others, and they functions that await nothing."""
import asyncio
import sys


def hold():
    print('1', flush=True)
    sys.stdin.readline()


async def produce():
    yield 1
    await asyncio.sleep(0)
    list(map(lambda number: hold(), [2]))


async def work():
    async for _ in produce():
        pass


async def main():
    await asyncio.gather(work())


sys.stdin.readline()
asyncio.run(main())
