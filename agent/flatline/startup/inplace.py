# SPDX-License-Identifier: MIT
"""The script of `python -I -m flatline.dump`, and of -E and -S: run in this very process, as `python` would run it.

It is __main__, with its own argv and path; its traceback begins where it begins. Only who walks up the stack finds
Flatline's frames below the script's.
"""
import os
import sys

from .. import hooks


def run(module, settings, words):
    """Ends the process."""
    hooks.own_code.update((run.__code__, _run_words.__code__))
    begin = __import__(module, fromlist=["begin"]).begin(settings)
    if begin is not None:
        begin()
    main = sys.modules["__main__"]
    names = main.__dict__
    builtins = names["__builtins__"]
    names.clear()
    names.update(__name__="__main__", __doc__=None, __package__=None, __loader__=None, __spec__=None,
                 __builtins__=builtins)
    if sys.version_info < (3, 14):
        names["__annotations__"] = {}
    try:
        _run_words(words, names)
    except SystemExit:
        raise
    except BaseException as error:
        _end_as_python_does(error)
    sys.exit(0)


def _run_words(words, names):
    is_archive = words[0] not in ("-m", "-c") and (os.path.isdir(words[0]) or _is_archive(words[0]))
    if words[0] == "-m" or is_archive:
        import runpy

        # What `python` itself calls for these.
        sys.argv[:] = words if is_archive else words[1:]
        if is_archive:
            sys.path.insert(0, os.path.abspath(words[0]))
        runpy._run_module_as_main("__main__" if is_archive else words[1], alter_argv=not is_archive)
        return
    sys.argv[:] = words
    if words[0] == "-c":
        sys.argv[:] = ["-c", *words[2:]]
        _set_folder("")
        code = compile(words[1], "<string>", "exec")
        _show_source(code, words[1])
    else:
        from importlib.machinery import SourceFileLoader

        path = os.path.abspath(words[0])
        code = compile(_read(path), path, "exec")
        names.update(__file__=path, __loader__=SourceFileLoader("__main__", path))
        if sys.version_info < (3, 15):
            names["__cached__"] = None
        _set_folder(os.path.dirname(os.path.realpath(words[0])))
    exec(code, names)


def _show_source(code, text):
    """Since 3.13 a traceback shows the lines of -c, too."""
    if sys.version_info >= (3, 13):
        import linecache

        # 3.13 knew them by the name of the file at first, since one of its small releases by the code.
        by_code = sys.version_info >= (3, 14) or hasattr(linecache, "_interactive_cache")
        try:
            linecache._register_code(code if by_code else "<string>", text, "<string>")
        except (AttributeError, TypeError):
            pass


def _set_folder(folder):
    """With -m the working folder came first in the path; with -I nothing does."""
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False) and sys.path:
        sys.path[0] = folder


def _is_archive(path):
    try:
        with open(path, "rb") as file:
            import zipfile

            return file.read(2) != b"#!" and zipfile.is_zipfile(path)
    except OSError:
        return False


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        sys.stderr.write("%s: can't open file '%s': [Errno %d] %s\n"
                         % (sys.executable, os.path.abspath(path), error.errno, error.strerror))
        sys.exit(2)


def _end_as_python_does(error):
    """The hook sees the traceback from the script's first frame on, and the process ends with the same status."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code in (run.__code__, _run_words.__code__):
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.excepthook(type(error), error, traceback)
    if not isinstance(error, KeyboardInterrupt):
        sys.exit(1)
    _end_by_interrupt()


def _end_by_interrupt():
    """After all that runs at exit, by the signal itself."""
    import atexit
    import signal

    handlers = getattr(atexit, "_run_exitfuncs")
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    handlers()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
