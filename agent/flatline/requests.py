# SPDX-License-Identifier: MIT
"""What the supervisor may ask of the program: `ping`; `close`, which ends it as gently as it can be ended; `stacks`,
written to a file, of an interpreter that cannot be read from outside; `evaluate` and what is asked of live/, which answer
when they are done."""
import sys

import _thread

from .channel import encode


def _close_qt():
    for package in ("PySide6", "PyQt6", "PySide2", "PyQt5"):
        core = sys.modules.get(package + ".QtCore")
        application = core.QCoreApplication.instance() if core is not None else None
        if application is not None:
            core.QMetaObject.invokeMethod(application, "quit", core.Qt.ConnectionType.QueuedConnection)
            return "asked the Qt application to quit"
    return None


def _close_gio():
    gio = sys.modules.get("gi.repository.Gio")
    glib = sys.modules.get("gi.repository.GLib")
    if gio is None or glib is None:
        return None
    application = gio.Application.get_default()
    if application is None:
        return None
    glib.idle_add(application.quit)
    return "asked the application to quit"


def _interrupt():
    _thread.interrupt_main()
    return "interrupted the main thread"


def close():
    for way in (_close_qt, _close_gio):
        try:
            done = way()
        except Exception:
            done = None
        if done is not None:
            return done
    return _interrupt()


def write_stacks(path):
    """A post-mortem file of all threads; returns the ident of this one, which is not the program's."""
    from .capture import document, files
    from .capture.budget import Options

    own = _thread.get_ident()
    # What is masked in a file that is sent elsewhere the supervisor could read for itself.
    made = document.make("dump", Options(secrets=None))
    others = [thread for thread in made["threads"] if thread["ident"] != "%#x" % own]
    if len(others) == 1 and "threading" not in sys.modules:
        others[0].update(is_main=True, is_daemon=False, name="MainThread")
    files.write(made, path)
    return own


_METHODS = {"ping": lambda: "pong", "close": close, "stacks": write_stacks}
_LIVE = ("trace", "untrace", "break", "unbreak", "patch", "unpatch")


def _ask_live(method, params):
    from . import running
    from .live import desk, names

    try:
        return desk.get(running.get()).answer(method, params)
    except names.Refused as refusal:
        return {"refused": refusal.reason, "detail": refusal.detail}


def _find_work(method, params):
    """What is done in a thread of its own, since it may run code of the program; or None."""
    from . import evaluation

    if method == "evaluate":
        return lambda: evaluation.evaluate(params)
    return (lambda: _ask_live(method, params)) if method in _LIVE else None


def answer(line, say):
    """Says the reply to one line, as bytes, now or later; nothing for what is no request."""
    def tell(reply):
        say(encode(reply).encode("ascii") + b"\n")

    reply = _reply(line, tell)
    if reply is not None:
        tell(reply)


def _reply(line, tell):
    import json

    try:
        request = json.loads(line)
        number = request["id"]
        method = request["method"]
    except (ValueError, KeyError, TypeError):
        return None
    function = _METHODS.get(method)
    try:
        params = request.get("params") or {}
        work = _find_work(method, params) if function is None else None
        if work is not None:
            from . import evaluation

            evaluation.start(work, lambda result, error: tell(
                {"id": number, "result": result} if error is None else {"id": number, "error": error}))
            return None
        if function is None:
            return {"id": number, "error": "unknown method"}
        return {"id": number, "result": function(**params)}
    except Exception as error:
        return {"id": number, "error": "%s: %s" % (type(error).__name__, error)}
