# SPDX-License-Identifier: MIT
"""Hooks for what is no Python function, on all versions: a wrapper in its place, where that is an attribute that can be
set. Who has taken the function itself before (`from time import sleep`) is not heard.
"""
from types import BuiltinFunctionType

from ..capture import anatomy
from ..recording.values import is_ours
from .names import Refused

_missing = object()


class Hooks:
    def __init__(self, teller, hold):
        self._teller = teller
        self._hold = hold
        self._set = []  # (owner, attribute, what it had itself, wrapper)

    def fit(self, spots):
        """`spots` of points whose targets have no code."""
        self.end()
        for spot in spots:
            target = (spot.traces or spot.breaks)[0].targets[0]  # patterns mean code alone
            owner, attribute, raw = target.owner, target.attribute, target.raw
            if not callable(raw):
                raise Refused("no-function", target.label)
            wrapper = _make_wrapper(raw, spot, self._teller, self._hold)
            own = anatomy.namespace(owner) if anatomy.derives(type(owner), type) else anatomy.instance_dict(owner) or {}
            before = own.get(attribute, _missing)
            # A function of C in a class is no method; one of Python would be.
            is_static = anatomy.derives(type(owner), type) and type(raw) is BuiltinFunctionType
            try:
                setattr(owner, attribute, staticmethod(wrapper) if is_static else wrapper)
            except Exception:
                raise Refused("immutable", target.label)
            self._set.append((owner, attribute, before, wrapper))

    def end(self):
        for owner, attribute, before, wrapper in self._set:
            own = anatomy.namespace(owner) if anatomy.derives(type(owner), type) else anatomy.instance_dict(owner) or {}
            now = own.get(attribute)
            if now is not wrapper and not (type(now) is staticmethod and now.__func__ is wrapper):
                continue  # The program has set it meanwhile.
            try:
                if before is _missing:
                    delattr(owner, attribute)
                else:
                    setattr(owner, attribute, before)
            except Exception:
                pass
        self._set = []


def _make_wrapper(raw, spot, teller, hold):
    here = teller.here

    def wrapper(*args, **kwargs):
        if here.busy:
            return raw(*args, **kwargs)
        call = None
        here.busy = True
        try:
            call = teller.begin(spot, None, (args, kwargs)) if spot.traces else None
            for point in spot.breaks:
                if point.accepts(None, (), {"args": args, "kwargs": kwargs}):
                    hold(point, None)
                    break
        except Exception as error:
            if not is_ours(error):
                raise
        finally:
            here.busy = False
        try:
            value = raw(*args, **kwargs)
        except BaseException as error:
            _end(teller, call, "raise", error)
            raise
        _end(teller, call, "return", value)
        return value

    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        try:
            setattr(wrapper, name, getattr(raw, name))
        except Exception:
            pass
    wrapper.__wrapped__ = raw
    return wrapper


def _end(teller, call, what, value):
    if call is None:
        return
    teller.here.busy = True
    try:
        teller.end(call, what, value)
    except Exception as error:
        if not is_ours(error):
            raise
    finally:
        teller.here.busy = False
