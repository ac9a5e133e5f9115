# SPDX-License-Identifier: MIT
"""Starts Flatline's agent in a supervised program, then runs the program's own sitecustomize.

Python imports this module because Flatline puts its folder in front of PYTHONPATH. Nothing here may change what the
program does: the agent keeps its failures to itself, the program's own sitecustomize is found and run as if this one
did not exist, and its errors are its own.
"""
import sys

_HERE = __file__.rpartition("/")[0]


def _hide_agent():
    from _frozen_importlib_external import SourceFileLoader

    loader = SourceFileLoader("flatline.startup.unseen", _HERE + "/flatline/startup/unseen.py")
    code = loader.get_code(loader.name)
    names = {"__name__": loader.name}
    exec(code, names)
    names["name_code"](code, loader.path)
    names["begin"](_HERE)


def _is_elsewhere():
    """In a sub-interpreter, which has no agent; to load it there takes longer than to make one. (Before 3.12 agent.py
    finds out.)"""
    import _thread

    return hasattr(_thread, "_is_main_interpreter") and not _thread._is_main_interpreter()


def _start_agent():
    try:
        if _is_elsewhere():
            return
        _hide_agent()
        import flatline.agent

        flatline.agent.start()
    except Exception:
        pass


_start_agent()


def _run_own_of_python_2():
    import imp

    path = [entry for entry in sys.path if entry.rstrip("/") != _HERE]
    try:
        found = imp.find_module("sitecustomize", path)
    except ImportError:
        return
    imp.load_module("sitecustomize", *found)


if sys.version_info[0] == 2:  # which the agent cannot run in
    _run_own_of_python_2()
else:
    from flatline.startup.chain import run_own_sitecustomize

    run_own_sitecustomize(_HERE)
