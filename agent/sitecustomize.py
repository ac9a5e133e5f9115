# SPDX-License-Identifier: MIT
"""Starts Flatline's agent in a supervised program, then runs the program's own sitecustomize.

Python imports this module because Flatline puts its folder in front of PYTHONPATH. Nothing here may change what the
program does: the agent keeps its failures to itself, the program's own sitecustomize is found and run as if this one
did not exist, and its errors are its own.
"""
import sys


def _start_agent():
    try:
        import flatline.agent

        flatline.agent.start()
    except Exception:
        pass


def _run_own_sitecustomize():
    """The sitecustomize that Python would have found without ours. Only modules that are always there are used."""
    import _frozen_importlib
    import _frozen_importlib_external

    here = __file__.rpartition("/")[0]
    path = [entry for entry in sys.path if entry.rstrip("/") != here]
    spec = _frozen_importlib_external.PathFinder.find_spec("sitecustomize", path)
    if spec is None or spec.loader is None:
        return
    module = _frozen_importlib.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_start_agent()
_run_own_sitecustomize()
