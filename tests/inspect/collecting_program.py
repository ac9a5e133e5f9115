# SPDX-License-Identifier: MIT
"""A garbage collection calls Python code that waits, so that another thread has the GIL meanwhile; or none does ("none")."""
import gc
import json
import sys
import threading
import weakref


class Node:
    pass


class Plain:
    def __del__(self):
        wait()


class WithInner:
    def __del__(self):
        own = [lambda: self]
        wait()
        own.clear()


class Listener:
    def on_end(self, reference):
        self.last = reference
        wait()


def generate():
    try:
        yield 1
    finally:
        wait()


def wait():
    print('1', flush=True)
    sys.stdin.readline()


def spin():
    while True:
        pass


def run(kind):
    if kind == 'none':
        Plain()
        return
    node = Node()
    node.itself = node
    if kind == 'finalizer':
        node.has = Plain()
    elif kind == 'of inner functions':
        node.has = WithInner()
    elif kind == 'weak reference':
        kept.append(weakref.ref(node, Listener().on_end))
    else:
        node.has = generate()
        next(node.has)
    del node
    gc.collect()


kept = []
gc.disable()
asked = json.loads(sys.stdin.readline())
threading.Thread(target=spin, daemon=True).start()
run(asked)
