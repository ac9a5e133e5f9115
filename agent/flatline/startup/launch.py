# SPDX-License-Identifier: MIT
"""`python -m flatline.dump` and `flatline.record`: the interpreter is started again on the script itself.

So the script is __main__, with its own argv, path, frames, exit status and stderr, as under `python SCRIPT`: only that
a sitecustomize ran before, which set the hooks. Process and standard streams stay the same. With -I, -E and -S no
sitecustomize of ours can run: then the script is run in place (see inplace.py).
"""
import marshal
import os
import sys

from ..capture.command_line import original_words


class Wrong(Exception):
    """What is wrong with a command line."""


def main(module, parse, text, arguments):
    """`parse` makes of the words (settings, words for the interpreter), or (None, …): `text` was asked for."""
    try:
        settings, words = parse(arguments)
    except Wrong as error:
        sys.stderr.write("%s: %s; --help lists what there is\n" % (module, error))
        sys.exit(2)
    if settings is None:
        sys.stdout.write(text)
        sys.exit(0)
    run_script(module, settings, words)


def interpreter_options(module):
    """What stood between `python` and `-m MODULE`, which is us."""
    original = original_words()
    if original is None:
        import subprocess

        return subprocess._args_from_interpreter_flags()
    words = original[1:len(original) - len(sys.argv) + 1]
    if words and words[-1] == module:
        words.pop()
    last = words.pop().partition("m")[0] if words else ""
    return words + ([last] if len(last) > 1 else [])


def run_script(module, settings, words):
    """The process becomes, or has in it, the interpreter with the script; `module` is who is to be told of `settings`."""
    if sys.flags.ignore_environment or sys.flags.no_site:
        from . import inplace

        inplace.run(module, settings, words)
    here = os.path.dirname(os.path.abspath(__spec__.origin))
    original = os.environ.get("PYTHONPATH")
    os.environ["FLATLINE_STARTUP"] = marshal.dumps((module, settings)).hex()
    if original is not None:
        os.environ["FLATLINE_STARTUP_PYTHONPATH"] = original
    os.environ["PYTHONPATH"] = here + (os.pathsep + original if original else "")
    command = [sys.executable, *interpreter_options(module), *words]
    if os.name == "nt":
        # There is no exec: the parent of the process would go on at once.
        import subprocess

        sys.exit(subprocess.call(command))
    os.execv(sys.executable, command)
