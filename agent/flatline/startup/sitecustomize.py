# SPDX-License-Identifier: MIT
"""Sets the hooks of `python -m flatline.dump` or begins the recording of `flatline.record`, then runs the program's own sitecustomize.

The environment and the path are put back first: neither the program nor its children see that this was here.
"""
import os
import sys


def _begin():
    before = set(sys.modules)
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    settings = os.environ.pop("FLATLINE_STARTUP", None)
    original = os.environ.pop("FLATLINE_STARTUP_PYTHONPATH", None)
    if original is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = original
    sys.path.insert(0, root)
    try:
        from flatline.startup.chain import forget_others, run_own_sitecustomize

        if settings is not None and sys.version_info < (3, 8):
            from flatline import _explain_age

            _explain_age()
        elif settings is not None:
            import marshal

            module, settings = marshal.loads(bytes.fromhex(settings))
            begin = __import__(module, fromlist=["begin"]).begin(settings)
            forget_others(before)
            if begin is not None:
                begin()
    finally:
        sys.path.remove(root)
    return lambda: run_own_sitecustomize(here)


try:
    _run_own = _begin()
except Exception as error:
    sys.stderr.write("flatline: nothing will be written: %s\n" % error)
else:
    _run_own()
