# SPDX-License-Identifier: MIT
"""`python -m flatline.dump` and `flatline.record`: the interpreter is started again on the script itself.

So the script is __main__, with its own argv, path, frames, exit status and stderr, as under `python SCRIPT`: only that
a sitecustomize ran before, which set the hooks. Process and standard streams stay the same. With -I, -E and -S no
sitecustomize of ours can run: then the script is run in place (see inplace.py).
"""
import marshal
import os
import sys

from ..capture.budget import Options
from ..capture.command_line import original_words

HELP = """Usage: python -m flatline.dump [OPTION…] SCRIPT [ARGS…]
       python -m flatline.dump [OPTION…] -m MODULE [ARGS…]
       python -m flatline.dump [OPTION…] -c COMMAND [ARGS…]

Runs the script as python does. When an exception ends it, or a thread of it, a .flatline file is written, which
  python -m flatline.postmortem FILE
or Flatline opens here or elsewhere. As a first line of a script: #!/usr/bin/env -S python3 -m flatline.dump

  -o, --output PATH    file or folder; {program}, {time}, {pid} are filled in (default: here, {program}-{time}-{pid})
      --time SECONDS   how long writing may take (2)
      --depth LEVELS   how deep below a variable (4)
      --items N        how many items of a container (100)
      --bytes N        for all values together (8388608)
      --secret WORD    names with this word are masked too; may be given again
      --no-secrets     mask nothing
      --no-sources     leave the source files out
      --environment    put every environment variable in
      --repr TYPE      let objects of this type say what they are, by their repr(): pandas.DataFrame; may be given again
      --call-str       let exceptions of the program's own say what they are, by their __str__
      --interrupts     a KeyboardInterrupt leaves a file, too
  -h, --help           this
"""
_NUMBERS = {"--time": float, "--depth": int, "--items": int, "--bytes": int}
_SWITCHES = {"--no-secrets": ("secrets", None), "--no-sources": ("sources", False),
             "--environment": ("environment", True),
             "--call-str": ("call_str", True), "--interrupts": ("interrupts", True)}


class Wrong(Exception):
    pass


def parse(words):
    """(settings for set_excepthook(), the words for the interpreter)."""
    settings, words = {}, list(words)
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word in ("-h", "--help"):
            return None, []
        if word == "--":
            break
        if word in _SWITCHES:
            key, value = _SWITCHES[word]
            settings[key] = value
            continue
        if name not in _NUMBERS and name not in ("-o", "--output", "--secret", "--repr"):
            raise Wrong("unknown option %s" % word)
        if not equals:
            if not words:
                raise Wrong("%s needs a value" % name)
            value = words.pop(0)
        if name in _NUMBERS:
            try:
                settings[name[2:]] = _NUMBERS[name](value)
            except ValueError:
                raise Wrong("%s wants a number, not %s" % (name, value)) from None
        elif name in ("--secret", "--repr"):
            settings[name[2:] + "s"] = [*(settings.get(name[2:] + "s") or ()), value]
        else:
            settings["path"] = os.path.abspath(value)
    if not words or words in (["-m"], ["-c"]):
        raise Wrong("there is no script to run")
    settings.setdefault("path", os.getcwd())
    try:
        Options(**{key: value for key, value in settings.items() if key not in ("path", "interrupts")})
    except TypeError as error:
        raise Wrong(str(error)) from None
    return settings, words


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


def main(arguments):
    try:
        settings, words = parse(arguments)
    except Wrong as error:
        sys.stderr.write("flatline.dump: %s; --help lists what there is\n" % error)
        sys.exit(2)
    if settings is None:
        sys.stdout.write(HELP)
        sys.exit(0)
    run_script("flatline.dump", settings, words)


def run_script(module, settings, words):
    """The process becomes, or has in it, the interpreter with the script; `module` is who is to be told of `settings`."""
    if sys.flags.ignore_environment or sys.flags.no_site:
        from . import inplace

        inplace.run(module, settings, words)
    here = os.path.dirname(os.path.abspath(__file__))
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
