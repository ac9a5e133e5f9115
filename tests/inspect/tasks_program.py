# SPDX-License-Identifier: MIT
"""Asyncio tasks that wait for each other, for a queue, for time, and one that nobody knows any more."""
import asyncio
import sys
import threading


async def leaf(queue):
    return await queue.get()


async def worker(number, queue):
    doubled = number * 2
    return await leaf(queue), doubled


async def sleeper():
    await asyncio.sleep(500.5)


async def waits_for(task):
    await task


async def produce():
    await asyncio.sleep(600)
    yield 1


async def consume():
    async for item in produce():
        return item


async def takes():
    # 3.10 and later have it.
    return await (anext(produce(), None) if sys.version_info >= (3, 10) else produce().__anext__())


async def lost(event):
    await event.wait()


async def waits_for_some(task):
    await asyncio.wait([task])


async def waits_a_while(task):
    await asyncio.wait_for(task, 700)


async def shields(task):
    await asyncio.shield(task)


async def waits_for_each(task):
    for first in asyncio.as_completed([task]):
        await first


async def groups():
    # 3.11 and later have it.
    if not hasattr(asyncio, 'TaskGroup'):
        return await asyncio.sleep(800)
    async with asyncio.TaskGroup() as group:
        for name in ('first', 'second'):
            group.create_task(sleeper()).set_name(name)


async def runs_first():
    asyncio.current_task().set_name('runner')
    await asyncio.sleep(1100)


async def races():
    """As connections to a host with several addresses do; another one stands by."""
    await asyncio.staggered.staggered_race([runs_first], None)


async def cleans_up():
    try:
        yield 1
    finally:
        await asyncio.sleep(900)


async def begin_to_close():
    """What closes a generator that has something to do then."""
    generator = cleans_up()
    await generator.__anext__()
    return generator.aclose()


async def main():
    queue = asyncio.Queue()
    getter = asyncio.create_task(worker(21, queue))
    getter.set_name('getter')
    tasks = [getter]
    for name, coroutine in (('sleeper', sleeper()), ('follower', waits_for(getter)), ('consumer', consume()),
                            ('lost', lost(asyncio.Event())), ('some', waits_for_some(getter)),
                            ('while', waits_a_while(getter)), ('shield', shields(getter)),
                            ('each', waits_for_each(getter)), ('group', groups()), ('takes', takes()),
                            ('next', produce().__anext__()), ('close', await begin_to_close()), ('race', races())):
        tasks.append(asyncio.create_task(coroutine))
        tasks[-1].set_name(name)
    done = asyncio.create_task(asyncio.sleep(0))
    done.set_name('done')
    await done
    threading.Thread(target=tell, args=(asyncio.get_running_loop(),), daemon=True).start()
    await asyncio.gather(*tasks)


def tell(loop):
    for _ in sys.stdin:
        # By now the loop has come round to wait: this callback runs when all that was ready has run.
        turned = threading.Event()
        loop.call_soon_threadsafe(turned.set)
        turned.wait()
        print('"here"', flush=True)


asyncio.run(main())
