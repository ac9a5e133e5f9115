# SPDX-License-Identifier: MIT
"""The ends that run no exit handler: what the program told just before os._exit() or os.exec…() still leaves.

A child of os.fork() usually ends by os._exit(), multiprocessing's do. os.execvp() and its like call execv() and
execve() by their names in os, so these three are all.
"""
import posix
import sys

from . import exceptions, running


def _tell(original, args, kwargs):
    try:
        current = running.get()
        if original.__name__ == "_exit":
            exceptions.report_last(current)
            given = (*args, *kwargs.values())
            if len(given) == 1 and isinstance(given[0], int):  # Else it raises.
                current.tell_sudden_end(sys._getframe(2))
        current.flush(current.FLUSH_TIMEOUT)
    except Exception:
        pass


def fit(os):
    is_unaware, state = running.is_unaware, sys.__dict__

    def wrap(original):
        def end(*args, **kwargs):
            # Most forked children have nothing to say.
            if not is_unaware() or "last_value" in state:
                _tell(original, args, kwargs)
            return original(*args, **kwargs)

        end.__name__ = end.__qualname__ = original.__name__
        end.__module__ = original.__module__
        end.__doc__ = original.__doc__
        signature = getattr(original, "__text_signature__", None) or ""
        end.__text_signature__ = signature.replace("$module, /, ", "").replace("$module, ", "") or None
        return end

    for name in ("_exit", "execv", "execve"):
        original = getattr(os, name)
        replacement = wrap(original)
        if original in os.supports_fd:
            os.supports_fd.add(replacement)  # Programs ask for it as "os.execve in os.supports_fd".
        setattr(os, name, replacement)
        if getattr(posix, name, None) is original:
            setattr(posix, name, replacement)  # Where a pickle of it is looked up.
