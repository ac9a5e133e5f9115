# SPDX-License-Identifier: MIT
"""Makes random programs by a seed: functions that call each other through all that Python has for it. At the innermost
call it says its own stack as Python sees it, and holds still."""
import asyncio
import contextlib
import json
import random
import sys
import threading


def describe(frame):
    code = frame.f_code
    fact = {'function': code.co_name, 'line': frame.f_lineno, 'file': code.co_filename,
            'locals': {name: repr(value) for name, value in frame.f_locals.items()
                       if isinstance(value, (int, str, tuple)) and name.startswith('v')}}
    if hasattr(code, 'co_qualname'):
        fact['qualified_name'] = code.co_qualname
    if hasattr(code, 'co_positions'):
        line, end_line, column, end_column = list(code.co_positions())[frame.f_lasti // 2]
        if None not in (line, end_line, column, end_column):
            fact['span'] = [line, end_line, column, end_column]
    return fact


has_held = []


def hold_here():
    if has_held:
        return 0
    has_held.append(True)
    frame, stack = sys._getframe(1), []
    while frame is not None and frame.f_code.co_name != 'run_generated':
        stack.append(describe(frame))
        frame = frame.f_back
    print(json.dumps(stack), flush=True)
    sys.stdin.readline()
    return 0


# Each way to call the next function, {n}: its number, {i}: indented.
WAYS = [
    ['return f{n}(v1)'],
    ['return (v1 +', '        f{n}(', '            v1))'],
    ['v2 = [f{n}(v) for v in (v1,)]', 'return v2[0]'],
    ['v3 = {{v: f{n}(v) for v in (v1,)}}', 'return v3'],
    ['return sum(f{n}(v) or 0 for v in range(1))'],
    ['return (lambda v4: f{n}(v4))(v1)'],
    ['return max([v1], key=lambda v: f{n}(v) or 0)'],
    ['class C:', '    v5 = 5', '    v6 = f{n}(v5)', 'return C.v6'],
    ['class D:', '    def method(self, v7):', '        return f{n}(v7)', '    @property', '    def value(self):',
     '        return self.method(3)', 'return D().value'],
    ['def inner(v8):', '    v9 = (v8, v1)', '    return f{n}(v9)', 'return inner("x")'],
    ['def deco(g):', '    def wrapper(*args):', '        v10 = len(args)', '        return g(*args)', '    return wrapper',
     '@deco', 'def plain(v11):', '    return f{n}(v11)', 'return plain(v1)'],
    ['try:', '    raise ValueError(v1)', 'except ValueError as e:', '    return f{n}(v1)'],
    ['try:', '    pass', 'finally:', '    v12 = f{n}(v1)', 'return v12'],
    ['with contextlib.suppress(KeyError):', '    v13 = 13', '    return f{n}(v13)'],
    ['for v14 in range(3):', '    while v14 == 1:', '        return f{n}(v14)'],
    ['def gen(v15):', '    yield v15', '    yield f{n}(v15)', 'return list(gen(v1))'],
    ['def gen(v16):', '    yield f{n}(v16)', 'def outer():', '    yield from gen(2)', 'return list(outer())'],
    ['async def co(v17):', '    return f{n}(v17)', 'async def main():', '    return await co(v1)',
     'try:', '    main().send(None)', 'except StopIteration as e:', '    return e.value'],
    ['exec("v18 = f{n}(1)", globals(), {{}})', 'return 0'],
    ['return eval("f{n}(v)", {{**globals(), "v": 9}})'],
    ['v19 = v1 if v1 is None else f{n}(v1)', 'return v19'],
    ['return f{n}(v1) and \\', '    v1'],
    ['return sorted([2, 1], key=functools_partial(f{n}))'],
    ['return f"{{f{n}(v1)}}"'],
    ['assert f{n}(v1) is not None', 'return 1'],
    ['class E:', '    def __init__(self, v21):', '        if v21 == 99:', '            self.got = f{n}(v21)',
     'for v22 in range(100):', '    E(v22)', 'return v22'],
    ['v20 = {{"a": [', '    1,', '    f{n}(', '        "ä🐍"', '    )]}}', 'return v20'],
]


def functools_partial(function):
    import functools

    return functools.partial(function)


def generate(rng):
    depth = rng.randint(2, 12)
    lines = ['import contextlib', '']
    for n in range(depth):
        way = rng.choice(WAYS)
        lines += ['\n' * rng.randint(0, 3) + f'def f{n}(v1, v0={rng.randint(0, 999)}):']
        lines += ['    # a line' for _ in range(rng.choice([0, 1, 140]))]
        lines += ['    ' + line.format(n=n + 1) for line in way]
    lines += [f'def f{depth}(v1):', '    return hold_here()']
    return '\n'.join(lines) + '\n'


def run_generated(seed):
    rng = random.Random(seed)
    has_held.clear()
    scope = {'hold_here': hold_here, 'functools_partial': functools_partial, '__name__': 'generated'}
    exec(compile(generate(rng), f'<generated {seed}>', 'exec'), scope)
    with contextlib.suppress(Exception):
        scope['f0'](seed)


def run(seed):
    """Every other one in a thread of its own: free-threaded builds give each its own copy of the instructions."""
    if seed % 2:
        run_generated(seed)
    else:
        thread = threading.Thread(target=run_generated, args=(seed,), name='generated')
        thread.start()
        thread.join()


for line in sys.stdin:
    run(json.loads(line))
