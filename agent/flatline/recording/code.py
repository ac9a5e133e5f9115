# SPDX-License-Identifier: MIT
"""What a recording knows of a code object beforehand."""
from opcode import opmap

_GENERATOR = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
_OPTIMIZED = 0x1
# What gives a local variable another value, or takes it away.
_STORES = frozenset(number for name, number in opmap.items()
                    if "FAST" in name and ("STORE" in name or "DELETE" in name or "CLEAR" in name))


class Code:
    __slots__ = ("code", "number", "is_generator", "is_function", "is_fixed", "is_heard", "bytes")

    def __init__(self, code):
        self.code = code  # kept, so that no other gets its address
        self.number = 0
        self.is_generator = bool(code.co_flags & _GENERATOR)
        self.is_function = bool(code.co_flags & _OPTIMIZED)
        # Its variables stay what its arguments were: nothing here stores into one, and no other function has them.
        self.is_fixed = (self.is_function and not code.co_cellvars and not code.co_freevars
                         and _STORES.isdisjoint(code.co_code[::2]))
        self.is_heard = False  # its events are asked for
        self.bytes = None
