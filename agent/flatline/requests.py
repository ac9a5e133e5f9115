# SPDX-License-Identifier: MIT
"""What the supervisor may ask of the program: `ping`, and `close`, which ends it as gently as it can be ended."""
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


_METHODS = {"ping": lambda: "pong", "close": close}


def answer(line):
    """The reply to one line as bytes, or None for what is no request."""
    reply = _reply(line)
    return None if reply is None else encode(reply).encode("ascii") + b"\n"


def _reply(line):
    import json

    try:
        request = json.loads(line)
        number = request["id"]
        method = request["method"]
    except (ValueError, KeyError, TypeError):
        return None
    function = _METHODS.get(method)
    if function is None:
        return {"id": number, "error": "unknown method"}
    try:
        return {"id": number, "result": function()}
    except Exception as error:
        return {"id": number, "error": "%s: %s" % (type(error).__name__, error)}
