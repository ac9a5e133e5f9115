# SPDX-License-Identifier: MIT
"""Sets the hooks of `python -m flatline.dump`, then runs the program's own sitecustomize.

The environment and the path are put back first: neither the program nor its children see that this was here.
"""
import os
import sys


def _forget_others(before):
    """What was loaded on our account is ours alone: the program may have modules of such names itself."""
    for name in set(sys.modules) - before:
        is_shared = name == "threading" or name.partition(".")[0] == "flatline"
        if not is_shared and getattr(sys.modules[name], "__file__", None) is not None:
            del sys.modules[name]


def _begin():
    before = set(sys.modules)
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    settings = os.environ.pop("FLATLINE_DUMP", None)
    original = os.environ.pop("FLATLINE_DUMP_PYTHONPATH", None)
    if original is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = original
    sys.path.insert(0, root)
    try:
        from flatline.startup.chain import run_own_sitecustomize

        if settings is not None:
            import marshal

            from flatline import dump

            dump.set_excepthook(**marshal.loads(bytes.fromhex(settings)))
            _forget_others(before)
    finally:
        sys.path.remove(root)
    return lambda: run_own_sitecustomize(here)


try:
    _run_own = _begin()
except Exception as error:
    sys.stderr.write("flatline: no post-mortem file will be written: %s\n" % error)
else:
    _run_own()
