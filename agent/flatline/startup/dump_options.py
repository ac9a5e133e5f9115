# SPDX-License-Identifier: MIT
"""The command line of `python -m flatline.dump`."""
import os

from ..capture.budget import Options
from . import launch
from .launch import Wrong

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


def main(arguments):
    launch.main("flatline.dump", parse, HELP, arguments)
