# SPDX-License-Identifier: MIT
"""Exceptions in finalizers that run while the interpreter takes itself apart, after the agent has taken its leave.

Modules are emptied then and nothing can be imported; what a function holds in its own cells stays until the function
goes. So all that telling needs is bound here, as values and not by way of modules: it works for as long as Python
still calls sys.unraisablehook, which is until `sys` itself is emptied.
"""


def make_reporter(path, reported, most):
    """A function of (error) that tells the supervisor at `path` and waits until the exception has been read.

    `reported` has the places that were told before, `most` says how many may be.
    """
    import _socket
    from _thread import get_ident, get_native_id
    from posix import getpid
    from time import time

    from . import holding
    from .channel import quote

    open_socket, family = _socket.socket, _socket.AF_UNIX
    kind = _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC
    first_word, leave = holding.FIRST_WORD, holding.LEAVE
    main_thread = get_ident()
    # The builtins module is emptied last, but before the last finalizer has run.
    Failure, Broken, Text, kind_of, identity, length = Exception, OSError, str, type, id, len

    def place_of(error):
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        if traceback is None:
            return "unraisable", kind_of(error).__name__, "", 0
        return "unraisable", kind_of(error).__name__, traceback.tb_frame.f_code.co_filename, traceback.tb_lineno

    def as_line(error):
        name = kind_of(error).__name__
        try:
            message = Text(error)[:10000]
        except Failure:
            message = "<the exception's __str__ failed>"
        text = "%s: %s" % (name, message) if message else name
        texts = (("kind", "exception"), ("context", "unraisable"), ("type_name", name), ("message", message),
                 ("thread", "MainThread" if get_ident() == main_thread else ""), ("traceback_text", text), ("text", text))
        numbers = (("pid", getpid()), ("timestamp", time()), ("exception", identity(error)), ("native_id", get_native_id()))
        fields = ",".join(['"%s":%s' % (key, quote(value)) for key, value in texts]
                          + ['"%s":%r' % (key, value) for key, value in numbers])
        return ('{"event":"report","params":{"hold":true,"exiting":true,%s}}\n' % fields).encode("ascii", "replace")

    def hold(line):
        connection = open_socket(family, kind)
        try:
            connection.settimeout(first_word)
            connection.connect(path)
            connection.sendall(line)
            while connection.recv(64):
                connection.settimeout(leave)
        except Broken:
            pass
        finally:
            connection.close()

    def report(error):
        place = place_of(error)
        if place not in reported and length(reported) < most:
            reported.add(place)
            hold(as_line(error))

    return report
