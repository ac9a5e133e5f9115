# SPDX-License-Identifier: MIT
"""Reads a .flatline file in the terminal: python -m flatline.postmortem FILE

The commands are pdb's, over recorded frames: the program, its modules and Flatline need not be here.
"""
import sys

HELP = """Usage: python -m flatline.postmortem [OPTION…] FILE

Shows what a .flatline file holds, with pdb's commands: where, up, down, list, p, pp, args, whatis, and more that help
lists. Nothing of the file is run. Commands may also come through a pipe.

  -c, --command COMMAND   do this instead of asking; may be given again
  -q, --quiet             do not begin with what happened
  -h, --help              this
"""


def _parse(words):
    commands, files, is_quiet = [], [], False
    words = list(words)
    while words:
        word = words.pop(0)
        if word in ("-h", "--help"):
            return None
        if word in ("-q", "--quiet"):
            is_quiet = True
        elif word in ("-c", "--command"):
            if not words:
                raise ValueError("%s needs a command" % word)
            commands.append(words.pop(0))
        elif word.startswith("--command="):
            commands.append(word[len("--command="):])
        elif word.startswith("-") and word != "-":
            raise ValueError("unknown option %s" % word)
        else:
            files.append(word)
    if len(files) != 1:
        raise ValueError("one file is needed")
    return files[0], commands, is_quiet


def _complain(text):
    sys.stderr.write("flatline.postmortem: %s\n" % text)


def main(arguments):
    """The exit status: 0 fine, 1 failed, 2 wrong usage."""
    from .reading.loading import Refused, load
    from .reading.session import Session
    from .reading.terminal import clean

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        parsed = _parse(arguments)
    except ValueError as error:
        _complain("%s; --help lists what there is" % clean(str(error)))
        return 2
    if parsed is None:
        sys.stdout.write(HELP)
        return 0
    path, commands, is_quiet = parsed
    try:
        snapshot = load(path)
    except Refused as refusal:
        _complain(clean(str(refusal)))
        return 1
    is_terminal = not commands and sys.stdin.isatty() and sys.stdout.isatty()
    session = Session(snapshot, path, stdout=sys.stdout, is_terminal=is_terminal)
    if not is_quiet:
        session.greet()
    if commands:
        for command in commands:
            if session.onecmd(command):
                break
        return session.status
    if is_terminal:
        session.say("help lists the commands")
        try:
            import readline

            readline.set_completer_delims(" \t\n=+-*/%()<>,&|^~!:{}")
        except ImportError:
            pass  # No completion, no history.
    while True:
        try:
            session.cmdloop()
            return 0 if is_terminal else session.status
        except KeyboardInterrupt:
            session.say("")
            if not is_terminal:
                return 130


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        # Whoever read it has seen enough.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
