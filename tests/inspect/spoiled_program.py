# SPDX-License-Identifier: MIT
"""Objects that a bug in C has written over: a type, an item, a missing item, the items of a list. They are held still, and
what is to be told of them is said before they are spoiled."""
import ctypes
import json
import os
import sys

HEAD = object.__basicsize__
ITEMS = tuple.__basicsize__


def write(address, value):
    ctypes.c_void_p.from_address(address).value = value


def hold():
    of_no_type, bad_item, no_item, no_items, fine = (int('1'), 2), (int('4'), 5), (int('7'), 8), [int('0'), 1, 2], [3]
    print(json.dumps({'of_no_type': f'<unreadable object at {id(of_no_type):#x}>', 'bad_item': '(4, <unreadable object at 0xbad>)',
                      'no_item': '(7, <NULL>)', 'no_items': '[<unreadable>]', 'fine': '[3]'}), end='')
    write(id(of_no_type) + HEAD - 8, 0xded0)
    write(id(bad_item) + ITEMS + 8, 0xbad)
    write(id(no_item) + ITEMS + 8, 0)
    write(id(no_items) + HEAD + 8, 0)
    wait()
    os._exit(0)


def wait():
    print(flush=True)
    sys.stdin.readline()


for line in sys.stdin:
    hold()
