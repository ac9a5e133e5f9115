# SPDX-License-Identifier: MIT
"""Hooks into function objects, before Python 3.12: the function's code is exchanged for code of the same signature and
kind that calls what was there. The object stays the same one, so whoever holds it comes here: methods that are bound,
callbacks, other modules, in whatever thread. What runs already runs on as it is. Other functions do not notice; a function that is
hooked has two more frames, also in tracebacks.

A line within a function is met by sys.settrace(), set only while that function runs, in the thread that runs it.
"""
import ast
import sys
from types import CodeType, FunctionType

from ..recording.values import is_ours

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
_VARARGS, _VARKEYWORDS = 0x4, 0x8
_HOOK = "_flatline_"

_swapped = {}  # id of the function: (function, its code, the code that calls it)


def original_code(function):
    known = _swapped.get(id(function))
    code = function.__code__
    return known[1] if known is not None and known[2] is code else code


def list_functions(code):
    """Those that are hooked and have this code underneath."""
    return [function for function, original, _ in list(_swapped.values()) if original is code]


class Hooks:
    def __init__(self, teller, hold):
        self._teller = teller
        self._hold = hold

    def use(self):
        return sys.implementation.name == "cpython"

    def fit(self, spots):
        self.end()
        for spot in spots:
            for function in {id(f): f for point in spot.traces + spot.breaks + sum(spot.lines.values(), [])
                             for target in point.targets for f in target.functions}.values():
                if function.__code__ is spot.code:
                    made = _make_code(function, _make_hook(function, spot, self._teller, self._hold))
                    _swapped[id(function)] = (function, spot.code, made)
                    function.__code__ = made

    def end(self):
        for function, original, made in list(_swapped.values()):
            # The program may have given it another one meanwhile.
            if function.__code__ is made:
                function.__code__ = original
        _swapped.clear()


def _make_code(function, hook):
    """Code as that of the function for whoever looks at it, that passes its arguments to `hook`."""
    code = function.__code__
    names = code.co_varnames
    n_plain, n_keywords = code.co_argcount, code.co_kwonlyargcount
    plain, keywords = list(names[:n_plain]), names[n_plain:n_plain + n_keywords]
    rest = list(names[n_plain + n_keywords:])
    declared, passed = list(plain), list(plain)
    if code.co_posonlyargcount:
        declared.insert(code.co_posonlyargcount, "/")
    if code.co_flags & _VARARGS:
        declared.append("*" + rest[0])
        passed.append("*" + rest.pop(0))
    elif keywords:
        declared.append("*")
    declared += keywords
    passed += ["%s=%s" % (name, name) for name in keywords]
    if code.co_flags & _VARKEYWORDS:
        declared.append("**" + rest[0])
        passed.append("**" + rest[0])
    call = "%s(%s)" % (_HOOK, ", ".join(passed))
    if code.co_flags & _ASYNC_GENERATOR:
        body = _ASYNC_GENERATOR_BODY % call
    elif code.co_flags & _COROUTINE:
        body = "return await " + call
    elif code.co_flags & _GENERATOR:
        body = "return (yield from %s)" % call
    else:
        body = "return " + call
    is_async = code.co_flags & (_COROUTINE | _ASYNC_GENERATOR)
    # What is free in the function must be so in this code, too, which makes no use of it.
    free = ", ".join(code.co_freevars)
    lines = ["def outer(%s):" % free,
             " %sdef inner(%s):" % ("async " if is_async else "", ", ".join(declared)),
             "  if 0: " + (free or "pass"), "  %s = %r" % (_HOOK, _HOOK)] + ["  " + line for line in body.split("\n")]
    tree = ast.parse("\n".join(lines))
    for node in ast.walk(tree):  # All of it is at the line of the function's `def`.
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = code.co_firstlineno
    made = compile(tree, code.co_filename, "exec", dont_inherit=True)
    made = _find(_find(made, "outer"), "inner")
    changes = {"co_name": code.co_name,
               "co_consts": tuple(hook if type(const) is str and const == _HOOK else const for const in made.co_consts)}
    if hasattr(code, "co_qualname"):
        changes["co_qualname"] = code.co_qualname
    return made.replace(**changes)


_ASYNC_GENERATOR_BODY = """\
_flatline_ = %s
_flatline_sent = None
try:
 _flatline_item = await _flatline_.asend(None)
 while True:
  try:
   _flatline_sent = yield _flatline_item
  except GeneratorExit:
   await _flatline_.aclose()
   raise
  except BaseException as _flatline_error:
   _flatline_item = await _flatline_.athrow(_flatline_error)
  else:
   _flatline_item = await _flatline_.asend(_flatline_sent)
except StopAsyncIteration:
 return"""


def _find(code, name):
    return next(const for const in code.co_consts if type(const) is CodeType and const.co_name == name)


def _make_hook(function, spot, teller, hold):
    inner = FunctionType(spot.code, function.__globals__, function.__name__, None, function.__closure__)
    inner.__qualname__ = function.__qualname__
    tracer = _make_tracer(spot, teller, hold) if spot.lines else None
    here = teller.here
    flags = spot.code.co_flags

    def enter(frame):
        """The Call that is told, if it is."""
        if here.busy:
            return None
        here.busy = True
        try:
            call = teller.begin(spot, frame) if spot.traces else None
            for point in spot.breaks:
                if point.accepts(frame, spot.names, None):
                    hold(point, frame)
                    break
            return call
        except Exception as error:
            if not is_ours(error):
                raise
            return None
        finally:
            here.busy = False

    guard = _guarded(teller)
    end, suspend, resume = guard(teller.end), guard(teller.suspend), guard(teller.resume)

    def call_it(*args, **kwargs):
        call = enter(sys._getframe(1))
        begun = _begin_lines(tracer)
        try:
            value = inner(*args, **kwargs)
        except BaseException as error:
            if call is not None:
                end(call, "raise", error)
            raise
        finally:
            if begun:
                sys.settrace(None)
        if call is not None:
            end(call, "return", value)
        return value

    def drive_it(*args, **kwargs):
        return _Driver(inner(*args, **kwargs), enter(sys._getframe(1)), tracer, end, suspend, resume)

    def drive_async(*args, **kwargs):
        return _AsyncDriver(inner(*args, **kwargs), enter(sys._getframe(1)), end, suspend, resume)

    return drive_async if flags & _ASYNC_GENERATOR else drive_it if flags & (_GENERATOR | _COROUTINE) else call_it


def _guarded(teller):
    here = teller.here

    def guard(work):
        def guarded(*args):
            here.busy = True
            try:
                work(*args)
            except Exception as error:
                if not is_ours(error):
                    raise
            finally:
                here.busy = False

        return guarded

    return guard


class _Driver:
    """A generator or coroutine, each of whose turns is told. For `yield from` and `await`."""

    def __init__(self, inner, call, tracer, end, suspend, resume):
        self._inner, self._call, self._tracer = inner, call, tracer
        self._end, self._suspend, self._resume = end, suspend, resume
        self._is_begun = False

    def __iter__(self):
        return self

    __await__ = __iter__

    def __next__(self):
        return self.send(None)

    def send(self, value):
        return self._go(None, self._inner.send, value)

    def throw(self, kind, value=None, traceback=None):
        error = value if isinstance(value, BaseException) else kind if isinstance(kind, BaseException) else kind()
        return self._go(error, self._inner.throw, kind, value, traceback)

    def close(self):
        self._inner.close()
        call, self._call = self._call, None
        if call is not None:
            self._resume(call, GeneratorExit())
            self._end(call, "raise", GeneratorExit())

    def _go(self, thrown, turn, *args):
        call = self._call
        if call is not None and self._is_begun:
            self._resume(call, thrown)
        self._is_begun = True
        begun = _begin_lines(self._tracer)
        try:
            item = turn(*args)
        except BaseException as error:
            self._call = None
            if call is not None:
                if type(error) is StopIteration:
                    self._end(call, "return", error.value)
                else:
                    self._end(call, "raise", error)
            raise
        finally:
            if begun:
                sys.settrace(None)
        if call is not None:
            self._suspend(call, item)
        return item


class _AsyncDriver:
    def __init__(self, inner, call, end, suspend, resume):
        self._inner, self._call = inner, call
        self._end, self._suspend, self._resume = end, suspend, resume
        self._is_begun = False

    async def asend(self, value):
        return await self._go(None, self._inner.asend(value))

    async def athrow(self, error):
        return await self._go(error, self._inner.athrow(type(error), error, error.__traceback__))

    async def aclose(self):
        await self._inner.aclose()
        call, self._call = self._call, None
        if call is not None:
            self._resume(call, GeneratorExit())
            self._end(call, "raise", GeneratorExit())

    async def _go(self, thrown, turn):
        call = self._call
        if call is not None and self._is_begun:
            self._resume(call, thrown)
        self._is_begun = True
        try:
            item = await turn
        except BaseException as error:
            self._call = None
            if call is not None:
                if type(error) is StopAsyncIteration:
                    self._end(call, "return", None)
                else:
                    self._end(call, "raise", error)
            raise
        if call is not None:
            self._suspend(call, item)
        return item


# Lines

def _begin_lines(tracer):
    """Whether tracing was begun; where the program has a trace function of its own, that one stays."""
    if tracer is None or sys.gettrace() is not None:
        return False
    sys.settrace(tracer)
    return True


def _make_tracer(spot, teller, hold):
    code, here = spot.code, teller.here
    names = code.co_varnames + code.co_cellvars + code.co_freevars

    def on_line(frame, event, arg):
        points = spot.lines.get(frame.f_lineno) if event == "line" else None
        if points is None or here.busy:
            return on_line
        here.busy = True
        try:
            for point in points:
                if point.accepts(frame, names, None):
                    hold(point, frame)
                    break
        except Exception as error:
            if not is_ours(error):
                raise
        finally:
            here.busy = False
        return on_line

    return lambda frame, event, arg: on_line if frame.f_code is code else None
