#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An asyncio server whose loop is held up by one call that should have been awaited."""
import asyncio
import time

from flatline import beat


async def tick():
    while True:
        beat("TICK", "server")
        await asyncio.sleep(0.2)


async def handle_request(delay):
    await asyncio.sleep(1.0)
    print("Handling a request …", flush=True)
    time.sleep(delay)


async def main():
    ticking = asyncio.create_task(tick(), name="ticker")
    request = asyncio.create_task(handle_request(delay=86400), name="request-1")
    await asyncio.gather(ticking, request)


if __name__ == "__main__":
    asyncio.run(main())
