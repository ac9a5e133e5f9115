# SPDX-License-Identifier: MIT
"""The sitecustomize that Python would have found without ours. Only modules that are always there are used."""
import sys


def run_own_sitecustomize(here):
    """Finds and runs it as if the one in the folder `here` did not exist; its errors are its own."""
    import _frozen_importlib
    import _frozen_importlib_external

    path = [entry for entry in sys.path if entry.rstrip("/") != here]
    spec = _frozen_importlib_external.PathFinder.find_spec("sitecustomize", path)
    if spec is None or spec.loader is None:
        return
    module = _frozen_importlib.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def forget_others(before):
    """What was loaded on our account is ours alone: the program may have modules of such names itself."""
    for name in set(sys.modules) - before:
        is_shared = name == "threading" or name.partition(".")[0] == "flatline"
        if not is_shared and getattr(sys.modules[name], "__file__", None) is not None:
            del sys.modules[name]
