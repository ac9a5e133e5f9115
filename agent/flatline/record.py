# SPDX-License-Identifier: MIT
"""Records a program: every call, line, return and exception of its own code, with the variables that changed.

    python -m flatline.record [OPTION…] SCRIPT [ARGS…]

The script runs as under python. The recording is complete up to the last line, however the program ends;
flatline-cli replay or the window steps through it, forward and back, on any machine.
"""
import sys

if __name__ == "__main__":
    # Before anything else is loaded: what this process becomes loads it for itself.
    from flatline.record import main

    main(sys.argv[1:])

import os

from .startup import launch

ENDING = ".flatline-recording"
HELP = """Usage: python -m flatline.record [OPTION…] SCRIPT [ARGS…]
       python -m flatline.record [OPTION…] -m MODULE [ARGS…]
       python -m flatline.record [OPTION…] -c COMMAND [ARGS…]

Runs the script as python does, and writes every call, line, return and exception of its own code into a file, with the
variables that changed. flatline-cli replay FILE or Flatline's window steps through it, forward and back.

  -o, --output PATH    file or folder; {program}, {time}, {pid} are filled in (default: here, {program}-{time}-{pid})
      --all            Python's library and installed packages, too
      --only GLOB      only files that match, as "*/shop/*.py" or "orders.py"; may be given again
      --no-variables   only where it went: smaller and quicker
      --limit MB       the recording ends when it has this size, the program goes on (256)
      --secret WORD    names with this word are masked too; may be given again
      --no-secrets     mask nothing
  -h, --help           this

Threads of `threading` and forked children (each a file of its own, with its pid) are recorded; programs that the script
starts are not.
"""

_recorder = None


def parse(arguments):
    """(settings, the words for the interpreter)."""
    settings, words = {"path": os.getcwd()}, list(arguments)
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word in ("-h", "--help"):
            return None, []
        if word == "--":
            break
        if word == "--all":
            settings["everything"] = True
        elif word == "--no-variables":
            settings["variables"] = False
        elif word == "--no-secrets":
            settings["secrets"] = None
        elif name not in ("-o", "--output", "--only", "--limit", "--secret"):
            raise launch.Wrong("unknown option %s" % word)
        elif not equals and not words:
            raise launch.Wrong("%s needs a value" % name)
        else:
            _set(settings, name, value if equals else words.pop(0))
    if not words or words in (["-m"], ["-c"]):
        raise launch.Wrong("there is no script to run")
    return settings, words


def _set(settings, name, value):
    if name == "--limit":
        if not value.isdecimal() or int(value) < 1:
            raise launch.Wrong("--limit wants a whole number above 0, not %s" % value)
        settings["limit"] = int(value) << 20
    elif name == "--only":
        settings["only"] = [*settings.get("only", ()), value]
    elif name == "--secret":
        settings["secrets"] = [*(settings.get("secrets") or ()), value]
    else:
        settings["path"] = os.path.abspath(value)


def main(arguments):
    launch.main("flatline.record", parse, HELP, arguments)


def begin_supervised(settings, is_program):
    """What the agent was told to record; `is_program`: this is what the supervisor has started."""
    before = set(sys.modules)
    import json

    from .startup.chain import forget_others

    settings = json.loads(settings)
    if not is_program:
        base, ending = os.path.splitext(settings["path"])
        settings["path"] = "%s-%d%s" % (base, os.getpid(), ending)
    start = begin(settings)
    forget_others(before)
    start()


def begin(settings):
    """Prepares a recording; what it returns begins it, once all that is loaded for it is out of the program's way."""
    from .paths import expand

    settings = dict(settings, path=expand(settings["path"], ENDING))
    global _recorder
    import atexit

    from .recording.recorder import Recorder

    if sys.version_info >= (3, 12):
        from .recording import monitoring as hooks
    else:
        from .recording import tracing as hooks
    recorder = _recorder = Recorder(settings)

    def start():
        atexit.register(recorder.end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=recorder.after_fork_in_child)
        if not hooks.start(recorder):
            sys.stderr.write("flatline: no recording: other tools have taken all places of sys.monitoring\n")

    return start
