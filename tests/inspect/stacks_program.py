# SPDX-License-Identifier: MIT
"""Makes random programs by a seed: functions that call each other through all that Python has for it. At the innermost
call it says its own stack as Python sees it, and holds still."""
import ast
import asyncio
import contextlib
import ctypes
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import threading


def describe(frame):
    code = frame.f_code
    fact = {'function': code.co_name, 'line': frame.f_lineno, 'file': code.co_filename,
            'locals': {name: repr(value) for name, value in frame.f_locals.items()
                       if isinstance(value, (int, str, tuple)) and name.startswith('v')}}
    if code.co_flags & 1:
        # Others have a dict for their variables; of those that share one with a comprehension Python shows only the latter's.
        fact['names'] = sorted(name for name in frame.f_locals if name.startswith('v'))
    if hasattr(code, 'co_qualname'):
        fact['qualified_name'] = code.co_qualname
    if hasattr(code, 'co_positions'):
        line, end_line, column, end_column = list(code.co_positions())[frame.f_lasti // 2]
        if None not in (line, end_line, column, end_column):
            fact['span'] = [line, end_line, column, end_column]
    return fact


has_held = []
MODULES = ('ast, asyncio, contextlib, contextvars, copy, dataclasses, enum, functools, gc, json, re, string, sys, types, '
           'weakref')
# What is raised in a destructor has nowhere to go.
sys.unraisablehook = lambda unraisable: None


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


# Each way to call the next function, {n}: its number. Within a tracer nothing is traced: such a way calls it once more.
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
    ['async def ag(v30):', '    yield f{n}(v30)', 'async def main(v31):', '    async for v32 in ag(v31):', '        return v32',
     'return drive(main(v1))'],
    ['async def ag(v30):', '    yield v30', 'async def main(v31):', '    return [f{n}(v) async for v in ag(v31)]',
     'return drive(main(v1))'],
    ['async def co(v30):', '    return f{n}(v30)', 'async def main(v31):', '    v32 = {{v: await co(v) for v in (v31,)}}',
     '    return v32', 'return drive(main(v1))'],
    ['async def co(v30):', '    return f{n}(v30)', 'async def main(v31):',
     '    return [v async for v in (await co(v) for v in (v31,))]', 'return drive(main(v1))'],
    ['class A:', '    async def __aenter__(self):', '        v33 = 3', '        return f{n}(v33)',
     '    async def __aexit__(self, *v34):', '        return None', 'async def main():', '    async with A() as v35, A():',
     '        return v35', 'return drive(main())'],
    ['class A:', '    async def __aenter__(self):', '        return self', '    async def __aexit__(self, *v34):',
     '        v36 = 6', '        return f{n}(v36)', 'async def main():', '    async with A():', '        raise ValueError',
     'return drive(main())'],
    ['async def main():', '    v37 = 37', '    return f{n}(v37)', 'return run_loop(main(), f{n})'],
    ['async def co(v38):', '    await asyncio.sleep(0)', '    return f{n}(v38)', 'async def main():',
     '    return await asyncio.gather(co(1), asyncio.sleep(0))', 'return run_loop(main(), f{n})'],
    ['async def ag(v39):', '    try:', '        yield 1', '    finally:', '        f{n}(v39)', 'async def main():',
     '    v40 = ag(2)', '    await v40.__anext__()', '    await v40.aclose()', 'return run_loop(main(), f{n})'],
    ['@types.coroutine', 'def co(v41):', '    yield from ()', '    return f{n}(v41)', 'async def main():',
     '    return await co(v1)', 'return drive(main())'],
    ['class W:', '    def __await__(self):', '        v42 = 2', '        yield from inner(v42)', 'def inner(v43):',
     '    f{n}(v43)', '    yield 1', 'async def main():', '    await W()', 'return drive(main())'],
    ['if (v55 := 5) and (v56 := f{n}(v55)):', '    pass', 'return v56'],
    ['return [v57 := f{n}(v) for v in (1, 2) if (v58 := v)]'],
    ['@functools.wraps(len)', 'def wrapped(*v59, **v60):', '    return f{n}(*v59)', 'return wrapped(v1, a=1)'],
    ['def deco(v61):', '    return f{n}(v61) and None', '@deco', '@staticmethod', '@deco', 'def named():', '    pass', 'return 1'],
    ['class Des:', '    def __get__(self, v62, v63):', '        return f{n}(3)', 'class H:', '    attr = Des()',
     'return H().attr'],
    ['class Des:', '    def __set__(self, one, v64):', '        self.x = f{n}(v64)', '    def __delete__(self, one):',
     '        pass', 'class H:', '    attr = Des()', 'H().attr = v1', 'return 2'],
    ['class Des:', '    def __set_name__(self, owner, v65):', '        f{n}(v65)', 'class H:', '    attr = Des()', 'return 2'],
    ['class M(type):', '    def __new__(mcs, v66, bases, space, **more):', '        f{n}(v66)',
     '        return super().__new__(mcs, v66, bases, space)', 'class H(metaclass=M, v=1):', '    v67 = 1', 'return 2'],
    ['class M(type):', '    def __call__(cls, *v68):', '        return super().__call__(f{n}(*v68))', 'class H(metaclass=M):',
     '    def __init__(self, v69):', '        pass', 'H(v1)', 'return 2'],
    ['class M(type):', '    @classmethod', '    def __prepare__(cls, v70, bases):', '        f{n}(v70)', '        return {{}}',
     '    def __instancecheck__(cls, v71):', '        return True', 'class H(metaclass=M):', '    pass',
     'return isinstance(1, H)'],
    ['class H:', '    def __init_subclass__(cls, v72):', '        f{n}(v72)', 'class I(H, v72=3):', '    pass', 'return 1'],
    ['class H:', '    def __class_getitem__(cls, v73):', '        return f{n}(v73)', 'return H[1, 2]'],
    ['class H:', '    def __getattr__(self, v74):', '        if v74 == "last":', '            return f{n}(v74)',
     '        return getattr(self, {{"a": "b", "b": "last"}}[v74])', 'return H().a'],
    ['class H:', '    def __getattribute__(self, v75):',
     '        return f{n}(v75) if v75 == "a" else object.__getattribute__(self, v75)', 'return H().a'],
    ['class H:', '    def __setattr__(self, v76, v77):', '        f{n}(v77)', '    def __delattr__(self, v78):', '        pass',
     'H().a = 3', 'return 1'],
    ['class H:', '    def __enter__(self):', '        v79 = 9', '        return f{n}(v79)', '    def __exit__(self, *v80):',
     '        return True', 'with H() as v81, H():', '    raise ValueError', 'return 2'],
    ['class H:', '    def __enter__(self):', '        return 1', '    def __exit__(self, one, two, three):', '        v82 = 2',
     '        f{n}(v82)', '        return True', 'with H() as v83:', '    raise ValueError', 'return 2'],
    ['class H:', '    def __enter__(self):', '        return 1', '    def __exit__(self, *args):', '        v82 = 2',
     '        f{n}(v82)', 'with H() as v83:', '    v84 = 4', '    return v84'],
    ['@contextlib.contextmanager', 'def manage(v85):', '    yield f{n}(v85)', 'with manage(v1) as v86:', '    return v86'],
    ['@contextlib.contextmanager', 'def manage(v87):', '    try:', '        yield', '    finally:', '        f{n}(v87)',
     'with manage(v1):', '    raise ValueError'],
    ['with contextlib.ExitStack() as stack:', '    stack.callback(f{n}, v1)', '    v88 = 1', 'return v88'],
    ['class It:', '    def __iter__(self):', '        return self', '    def __next__(self):', '        v89 = 9',
     '        f{n}(v89)', '        raise StopIteration', 'for v90 in It():', '    pass', 'return 1'],
    ['class It:', '    def __getitem__(self, v91):', '        if v91 > 2:', '            f{n}(v91)',
     '            raise IndexError', '        return v91', 'return [*It()]'],
    ['class O:', '    def __eq__(self, v92):', '        return f{n}(v92)', '    def __hash__(self):', '        return hash(2)',
     'return {{2: 3}}.get(O())'],
    ['class O:', '    def __hash__(self):', '        v93 = 3', '        return f{n}(v93) or 0', 'return {{O(): 3}}'],
    ['class O:', '    def __lt__(self, v94):', '        return f{n}(3)', 'return sorted([O(), O()])'],
    ['class O:', '    def __add__(self, v95):', '        return NotImplemented', '    __radd__ = lambda self, v96: f{n}(v96)',
     'return 1 + O()'],
    ['class O:', '    def __iadd__(self, v95):', '        return f{n}(v95)', 'v97 = O()', 'v97 += 3', 'return v97'],
    ['class O:', '    def __bool__(self):', '        return bool(f{n}(1))', 'if not O() or O():', '    return 2'],
    ['class O:', '    def __contains__(self, v98):', '        return f{n}(v98)', 'return v1 in O()'],
    ['class O:', '    def __len__(self):', '        return f{n}(1) or 0', '    def __index__(self):', '        return 3',
     'return len(O())'],
    ['class O:', '    def __index__(self):', '        return f{n}(1) or 0', 'return [1, 2, 3][O():]'],
    ['class O:', '    def __format__(self, v99):', '        return str(f{n}(v99))', 'return f"{{O():>{{v1}}}}"'],
    ['class O:', '    def __repr__(self):', '        return str(f{n}(1))', 'return "%r" % [O()]'],
    ['class O:', '    def __call__(self, *v100, v101=1):', '        return f{n}(v101)', 'return O()(1, v101=2)'],
    ['class O(dict):', '    def __missing__(self, v102):', '        return f{n}(v102)', 'return O()["key"]'],
    ['class O:', '    def __del__(self):', '        v103 = 3', '        f{n}(v103)', 'v104 = O()', 'del v104', 'return 1'],
    ['class O:', '    def __del__(self):', '        f{n}(3)', 'v104 = O()', 'v104.me = v104', 'del v104', 'gc.collect()',
     'return 1'],
    ['class O:', '    pass', 'v105 = O()', 'held = weakref.ref(v105, lambda v106: f{n}(3))', 'del v105', 'return 1'],
    ['class O:', '    def __reduce__(self):', '        return f{n}, (v1,)', 'return copy.copy(O())'],
    ['class O:', '    def __deepcopy__(self, v107):', '        return f{n}(1)', 'return copy.deepcopy([O()])'],
    ['def gen():', '    try:', '        yield 1', '    except ValueError as e:', '        v108 = 8', '        yield f{n}(v108)',
     'v109 = gen()', 'next(v109)', 'return v109.throw(ValueError("x"))'],
    ['def gen():', '    try:', '        yield 1', '    finally:', '        f{n}(3)', 'v109 = gen()', 'next(v109)', 'v109.close()',
     'return 1'],
    ['def gen():', '    try:', '        yield 1', '    finally:', '        f{n}(3)', 'v109 = gen()', 'next(v109)', 'del v109',
     'return 1'],
    ['def gen():', '    v110 = yield 1', '    v111 = yield f{n}(v110)', 'def outer():', '    v112 = yield from gen()',
     'v109 = outer()', 'next(v109)', 'return v109.send("s")'],
    ['def outer(v113):', '    v114 = 4', '    def middle(v115):', '        nonlocal v114', '        v114 += 1',
     '        def inner():', '            return f{n}(v113 + v114 + v115)', '        return inner()', '    return middle(3)',
     'return outer(2)'],
    ['def outer():', '    v116 = [lambda v=v: f{n}(v) for v in (1, 2)]', '    return v116[1]()', 'return outer()'],
    ['return (lambda v=f{n}(1): v)()'],
    ['def late(v117=f{n}(2), *, v118=3):', '    return v117', 'return late()'],
    ['def ann(v119: f{n}(2) = 1) -> int:', '    v120: str = "x"', '    return v119', 'ann.__annotations__', 'return ann()'],
    ['class An:', '    v121: f{n}(3)', 'An.__annotations__', 'return 1'],
    ['exec(compile("v122 = 2\\n\\nf{n}(v122)", "", "exec"), globals(), {{"v123": 1}})', 'return 0'],
    ['exec(compile("def odd(v124):\\n  return f{n}(v124)\\nodd(1)", "/ünï 🐍/x\\ny", "exec"), globals(), globals())',
     'return 0'],
    ['return eval(compile("(\\n\\n f{n}(\\n1))", "<eval\\t>" + "x" * 300, "eval"), globals(), {{}})'],
    ['exec("class X:\\n  v125 = f{n}(1)", globals(), types.MappingProxyType({{}}) and {{}})', 'return 0'],
    ['v126 = compile("f{n}(1)\\n\\n\\nf{n}(2)\\n", "<moved>", "exec")',
     'exec(v126.replace(co_firstlineno=70000, co_name="ré\\u2028", co_filename="/a b/c"))', 'return 0'],
    ['exec(compile(shuffle_lines(ast.parse("def sh(v127):\\n x = (v127 +\\n  '
     '(f{n}(\\n   v127)) or 1)\\nsh(3)\\n")), "<shuffled>", "exec"), globals(), globals())',
     'return 0'],
    ['v131 = 1', 'return [[f{n}(v132 + v133 + v131) for v132 in (v133,)] for v133 in (2,) if v133]'],
    ['class Comp:', '    v134 = 4', '    v135 = [f{n}(v) for v in (v134,)]', 'return 1'],
    ['return {{f{n}(v) for v in [1] for v136 in [v]}} | {{*()}}'],
    ['v137 = (f{n}(v) for v in [1])', 'def use(v138):', '    return [*v138]', 'return use(v137)'],
    ['def down(v140):', '    if v140 == 0:', '        return f{n}(v140)', '    v141 = down(v140 - 1)', '    return v141',
     'return down(60)'],
    ['def even(v140):', '    return f{n}(1) if v140 == 0 else odd(v140 - 1)', 'odd = lambda v142: even(v142 - 1)',
     'return even(20)'],
    ['def handler(v143, frame):', '    f{n}(v143)', 'def interrupted(v144):', '    raise_signal(handler)',
     '    for _ in range(9):', '        v144 += 1', '    return v144', 'return interrupted(1)'],
    ['def tracer(frame, event, v145):', '    return tracer', 'def traced():', '    v146 = 6', '    return f{n}(v146)',
     'sys.settrace(tracer)', 'try:', '    return traced()', 'finally:', '    sys.settrace(None)'],
    ['def tracer(frame, event, v145):', '    if event == "line":', '        sys.settrace(None)', '        f{n}(3)',
     '    return tracer', 'def traced():', '    v146 = 6', '    v147 = 3', '    return v146', 'sys.settrace(tracer)',
     'traced()', 'return f{n}(4)'],
    ['def profiler(frame, event, v148):', '    if event == "c_call":', '        sys.setprofile(None)', '        f{n}(3)',
     'sys.setprofile(profiler)', 'len(', '    [v1])', 'return f{n}(4)'],
    ['def profiler(frame, event, v148):', '    pass', 'sys.setprofile(profiler)', 'v149 = f{n}(', '    [v1])',
     'sys.setprofile(None)', 'return v149'],
    ['class O:', '    @functools.cached_property', '    def prop(self):', '        return f{n}(2)',
     '    part = functools.partialmethod(lambda self, v150, v151: f{n}(v151), 1)', 'O().prop', 'return O().part(3)'],
    ['@functools.lru_cache(None)', 'def cached(v152):', '    return f{n}(v152)', 'return cached(v1 and 3)'],
    ['@functools.singledispatch', 'def single(v153):', '    pass', '@single.register', 'def _(v154: int):',
     '    return f{n}(v154)', 'return single(3)'],
    ['return functools.reduce(lambda v155, v156: f{n}(v156), filter(lambda v157: v157, map(int, "12")))'],
    ['v158 = contextvars.copy_context()', 'return v158.run(f{n}, v1)'],
    ['return re.sub("a", lambda v159: str(f{n}(1)), "bab")'],
    ['return json.dumps([object()], default=lambda v160: f{n}(1))'],
    ['class O(enum.Enum):', '    def _missing_(v161):', '        return f{n}(v161)', '    A = 1', 'return O(5)'],
    ['@dataclasses.dataclass', 'class D:', '    v162: int = dataclasses.field(default_factory=lambda: f{n}(3))',
     '    def __post_init__(self):', '        f{n}(4)', 'D(1)', 'return D()'],
    ['return call_back(f{n}, v1)'],
    ['return import_made(f{n})'],
    ['raise (f{n}(1) or ValueError)("x")'],
    ['try:', '    raise KeyError(1)', 'except KeyError as e:', '    raise ValueError from f{n}(2) and e'],
    ['try:', '    try:', '        1 / 0', '    except ZeroDivisionError:', '        raise KeyError',
     'except (KeyError, f{n}(1)) as v164:', '    return f{n}(2)'],
    ['for v165 in range(2):', '    try:', '        continue', '    finally:', '        f{n}(v165)', 'else:', '    return 1'],
    ['return 1 < (v166 := 2) < f{n}(v166) < 4'],
    ['def star(*v167, **v168):', '    return f{n}(3)', 'return star(*[1, 2], v1, **{{"a": 1}}, b=2)'],
    ['v169, (*v170, v171) = 1, (2, f{n}(3), 4)', 'return v169'],
    ['v172 = [1, 2]', 'v172[f{n}(1) or 0:', '  2] = ()', 'return 1'],
    ['assert not f{n}(1), (', '    f{n}(2))', 'return 3'],
    ['global v173', 'v173 = 3', 'v174 = f{n}(v173); v175 = 2', 'return v174'],
    ['del v1', 'v176 = 1; del v176', 'v177 = f{n}(3)', 'return v177'],
    ['v178 = 3', 'class Sees:', '    v179 = v178', '    def method(self):', '        __class__', '        v180 = v178',
     '        return f{n}(super().__hash__() and v180)', 'return Sees().method()'],
    ['class F(string.Formatter):', '    def get_value(self, v181, args, kwargs):', '        return f{n}(v181)',
     'return F().format("{{a}}")'],
]

# Those that not every version has.
WAYS_SINCE = {
    (3, 10): [
        ['match v1:', '    case [v44, *v45]:', '        return 1', '    case v46 if f{n}(v46) is None:', '        return 2',
         '    case _:', '        return 3'],
        ['class P:', '    __match_args__ = ("x",)', '    @property', '    def x(self):', '        v47 = 7',
         '        return f{n}(v47)', 'match P():', '    case P(0) | P(1):', '        return 1', '    case P(x=v48):',
         '        return 2'],
        ['match {{"a": [1, v1]}}:', '    case {{"a": [int(v49), v50], **v51}}:', '        v52 = f{n}(', '            v49)',
         '        return v52'],
    ],
    (3, 11): [
        ['try:', '    raise ExceptionGroup("g", [ValueError(1), KeyError(2)])', 'except* ValueError as e:', '    v53 = f{n}(v1)',
         'except* KeyError:', '    v54 = 2', 'return v53'],
        ['try:', '    raise ExceptionGroup("g", [ValueError(1)])', 'except* f{n}(v1) or ValueError:', '    pass', 'return 1'],
    ],
    (3, 12): [
        ['def generic[T: f{n}(1), *U, **W](v128: T) -> T:', '    return v128', 'return generic.__type_params__[0].__bound__'],
        ['type Alias[T] = f{n}(T and 2)', 'return Alias.__value__'],
        ['class G[T]:', '    v129 = f{n}(2)', '    def method[U](self, v130: U):', '        return v130', 'return G().method(1)'],
        ['class G[T]:', '    def method[U](self, v130: U) -> T:', '        return [f{n}(v) for v in (v130,)]',
         'return G().method(1)'],
        ['return monitor(f{n})'],
    ],
    (3, 14): [
        ['v139 = t"a {{f{n}(v1)!r:>{{v1}}}} b"', 'return 1'],
    ],
}
WAYS += [way for since, ways in WAYS_SINCE.items() if sys.version_info >= since for way in ways]


def functools_partial(function):
    import functools

    return functools.partial(function)


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def run_loop(coroutine, function):
    """In a loop of its own, where none runs already."""
    if asyncio._get_running_loop():
        coroutine.close()
        return function(1)
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()


def raise_signal(handler):
    """Only the main thread may have handlers."""
    if threading.current_thread() is not threading.main_thread():
        return handler(1, None)
    signal.signal(signal.SIGUSR1, handler)
    signal.raise_signal(signal.SIGUSR1)


def shuffle_lines(tree):
    """As templates do that are compiled: the lines of one function in no order, and far from one another."""
    rng = random.Random(3)
    for node in ast.walk(tree):
        if hasattr(node, 'lineno'):
            node.lineno = node.end_lineno = rng.choice([1, 5, 300, 100000, 70])
            node.col_offset, node.end_col_offset = 3, rng.choice([3, 200, 100000])
    return tree


def monitor(function):
    """Calls it while a line of another function is told to who monitors it."""
    def watched(v201):
        v202 = 1
        return v202

    def on_line(code, v203):
        monitoring.set_local_events(3, watched.__code__, 0)
        monitoring.free_tool_id(3)
        return function(v203)

    monitoring = sys.monitoring
    if monitoring.get_tool(3):
        return function(1)
    monitoring.use_tool_id(3, 'stacks')
    monitoring.register_callback(3, monitoring.events.LINE, on_line)
    monitoring.set_local_events(3, watched.__code__, monitoring.events.LINE)
    watched(2)
    return function(4)


def call_back(function, v204):
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda v205: function(v205) or 0)(v204 or 1)


class Making(importlib.abc.Loader):
    def __init__(self, function):
        self.function = function

    def find_spec(self, v206, path, target=None):
        return importlib.util.spec_from_loader(v206, self) if v206 == 'made_for_stacks' else None

    def exec_module(self, module):
        v207 = module.__name__
        self.function(v207)


def import_made(function):
    making = Making(function)
    sys.meta_path.insert(0, making)
    try:
        sys.modules.pop('made_for_stacks', None)
        import made_for_stacks
        return made_for_stacks
    finally:
        sys.meta_path.remove(making)


def generate(seed):
    """Four of the ways come in turn, so that none is left out in forty rounds, the others by chance."""
    rng = random.Random(seed)
    depth = rng.randint(4, 12)
    lines = [f'import {MODULES}', '']
    for n in range(depth):
        way = WAYS[(seed * 4 + n) % len(WAYS)] if n < 4 else rng.choice(WAYS)
        lines += ['\n' * rng.randint(0, 3) + f'def f{n}(v1, v0={rng.randint(0, 999)}):']
        lines += ['    # a line' for _ in range(rng.choice([0, 1, 140]))]
        lines += ['    ' + line.format(n=n + 1) for line in way]
    lines += [f'def f{depth}(v1):', '    return hold_here()']
    return '\n'.join(lines) + '\n'


def run_generated(seed):
    has_held.clear()
    scope = {function.__name__: function for function in (hold_here, functools_partial, drive, run_loop, raise_signal,
                                                          shuffle_lines, monitor, call_back, import_made)}
    text = generate(seed)
    exec(compile(text, f'<generated {seed}>', 'exec'), scope, scope)
    with contextlib.suppress(Exception):
        scope['f0'](seed)
    sys.settrace(None)
    sys.setprofile(None)
    if not has_held:
        sys.stderr.write(f'Seed {seed} came to no end:\n{text}')
        os._exit(1)


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
