# SPDX-License-Identifier: MIT
"""`evaluate`: an expression or statement in a frame of the living program, as somebody at the console types it.

It runs in a thread of its own, so that one that never ends holds neither the beats nor the program; what it needs is the
GIL. Names are those of the frame. What is assigned is the console's own and there the next time; the program is changed
by whoever says so: `global x; x = 1`, `object.name = …`, `module.function = …`.
"""
import sys

import _thread

MAX_TEXT = 20000

_HERE = __spec__.origin.rpartition("/")[0] + "/"
_HERE = (_HERE, "<flatline " + _HERE)  # as startup/unseen.py names our code

_console = {}  # what was assigned, and _
own_threads = set()  # idents of those that answer


def start(work, tell):
    """Begins to answer; tell(result, error) is called once, from the thread that ran work()."""
    _thread.start_new_thread(_run, (work, tell))


def _run(work, tell):
    own_threads.add(_thread.get_ident())
    try:
        tell(work(), None)
    except BaseException as error:  # SystemExit, too: it is the console's, not the program's
        try:
            tell(None, _describe(error))
        except BaseException:
            pass
    finally:
        own_threads.discard(_thread.get_ident())


def evaluate(params):
    return _evaluate(str(params["source"]), params.get("ident"), params.get("frame", -1))


def console_names():
    """What was assigned so far."""
    return dict(_console)


def _describe(error):
    name = type(error).__name__
    try:
        text = str(error).encode("utf-8", "backslashreplace").decode()
    except BaseException:
        text = "?"
    if isinstance(error, SyntaxError):
        text = "%s, column %s" % (error.msg, error.offset)
    return ("%s: %s" % (name, text) if text else name)[:MAX_TEXT]


def _evaluate(source, ident, number):
    frame = _find_frame(ident, number)
    if frame is None:
        raise LookupError("that thread is in no Python code now")
    names = {} if frame.f_code.co_name == "<module>" else dict(frame.f_locals)
    names.update(_console)
    source = source.strip()
    try:
        code = compile(source, "<flatline>", "eval")
        # One scope: what a lambda or a comprehension in it sees.
        names = dict(frame.f_globals, **names)
    except SyntaxError:
        code = None
    before = dict(names)
    if code is None:
        exec(compile(source, "<flatline>", "exec"), frame.f_globals, names)
        value = None
    else:
        value = eval(code, names)
    for name, new in names.items():
        if name != "__builtins__" and (name not in before or before[name] is not new):
            _console[name] = new
    where = "%s:%d in %s" % (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
    if value is None:
        return {"text": "" if code is None else "None", "where": where, "truncated": False}
    _console["_"] = value
    text = repr(value).encode("utf-8", "backslashreplace").decode()
    return {"text": text[:MAX_TEXT], "where": where, "truncated": len(text) > MAX_TEXT}


def _find_frame(ident, number):
    """Of the thread: its frame of that number, the innermost being 0; -1: the innermost of the program's own."""
    frames = sys._current_frames()
    threading = sys.modules.get("threading")
    if not ident and threading is not None:
        ident = threading.main_thread().ident
    frame = frames.get(ident) if ident else next(iter(frames.values()))
    shown = _list_shown(frame)
    if number >= 0:
        return shown[number] if number < len(shown) else None
    return next((frame for frame in shown if not _is_library(frame.f_code.co_filename)), shown[0] if shown else None)


def _list_shown(frame):
    """The frames as a snapshot has them: without ours, at whose innermost the thread may be held, and without the code in
    place of functions that are traced, which ours are called by (live/swapped.py)."""
    shown = []
    is_hook = False
    while frame is not None:
        file = frame.f_code.co_filename
        is_ours = file.startswith(_HERE)
        if not is_ours and not (is_hook and shown):
            shown.append(frame)
        is_hook = is_ours and "/live/swapped.py" in file
        frame = frame.f_back
    return shown


def _is_library(path):
    folder = sys.modules["os"].__file__.rpartition("/")[0] if "os" in sys.modules else "<"
    return path.startswith((folder, "<frozen")) or "-packages/" in path
