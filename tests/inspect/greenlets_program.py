# SPDX-License-Identifier: MIT
"""Greenlets that are switched out at random depths, also behind calls of C; says what stacks they have."""
import json
import random
import sys

import greenlet

STACKS = {}


def leave():
    frame, stack = sys._getframe(1), []
    while frame:
        stack.append([frame.f_code.co_name, frame.f_lineno, {name: repr(value) for name, value in frame.f_locals.items()
                                                             if name in ('depth', 'kind')}])
        frame = frame.f_back
    STACKS[id(greenlet.getcurrent())] = stack
    del frame, stack
    greenlet.getcurrent().parent.switch()


def generate(depth, rng):
    yield descend(depth - 1, rng)


def descend(depth, rng):
    kind = rng.randrange(6) if depth else 6
    if kind == 0:
        sorted([1], key=lambda value: descend(depth - 1, rng))
    elif kind == 1:
        list(generate(depth, rng))
    elif kind == 2:
        exec('descend(depth - 1, rng)', {'descend': descend, 'depth': depth, 'rng': rng})
    elif kind == 3:
        class Body:
            value = descend(depth - 1, rng)
    elif kind == 4:
        {descend(depth - 1, rng) for _ in range(1)}
    elif kind == 5:
        descend(depth - 1, rng)
    else:
        leave()


def nest(rng):
    """One that is switched out while it waits for another."""
    def inner():
        descend(rng.randrange(5), rng)
    KEPT.append(greenlet.greenlet(inner))
    KEPT[-1].switch()


KEPT = []
for line in sys.stdin:
    rng = random.Random(json.loads(line))
    KEPT.clear()
    STACKS.clear()
    for _ in range(5):
        KEPT.append(greenlet.greenlet(descend))
        KEPT[-1].switch(rng.randrange(12), rng)
    KEPT.append(greenlet.greenlet(nest))
    KEPT[-1].switch(rng)
    print(json.dumps(STACKS), flush=True)
