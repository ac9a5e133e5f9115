# SPDX-License-Identifier: MIT
"""Variables of each kind: locals, cells, free variables and globals."""
import sys
import threading

limit = 42
names = ['a', 'b']
unused = 'nobody names it'
event = threading.Event()


class Holder:
    limit = 1


def outer(shared):
    own = shared + 1

    def inner(argument, *rest, keyword=1, **more):
        local = argument * limit
        print('"here"', flush=True)
        sys.stdin.readline()
        return shared, local, names, event, Holder.limit

    gone = own
    locals()
    del gone
    own = shared + 2
    inner(own, 8, k=9)
    return shared


for line in sys.stdin:
    outer(5)
