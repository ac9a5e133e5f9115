# SPDX-License-Identifier: MIT
"""A conversation about a snapshot, with pdb's commands. Nothing of the file reaches the terminal raw."""
import cmd
import time

from . import stacks, trees
from .about import About
from .completion import Completion
from .expressions import Evaluator
from .functions import FUNCTIONS
from .recorded import Book, NotRecorded, Recorded
from .terminal import clean, clean_line, shorten
from .values import TypeName, Wrong, show

CONTEXT_LINES = 5
MAX_LINES = 400
MAX_FOUND = 100
WIDTH = 160
_OVER = ("step", "next", "continue", "cont", "return", "until", "jump", "run", "restart", "break", "tbreak", "clear",
         "s", "n", "c", "r", "b", "j", "interact", "unt", "condition", "ignore", "commands", "debug", "retval", "rv")


class Session(About, Completion, cmd.Cmd):
    prompt = "(flatline) "
    doc_header = "Commands; anything else is an expression over the recorded values"
    ruler = "-"

    def __init__(self, snapshot, name, stdin=None, stdout=None, is_terminal=False):
        super().__init__(stdin=stdin, stdout=stdout, completekey="tab" if is_terminal else None)
        self.use_rawinput = is_terminal
        if not is_terminal:
            self.prompt = ""
        self.snapshot = snapshot
        self.name = name
        self.status = 0
        self.sources = {source.get("file"): source.get("text", "").splitlines()
                        for source in snapshot.get("sources", ())}
        self.book = Book(stacks.list_all_frames(snapshot))
        self.stack = stacks.choose(snapshot)
        self._listed = None
        self._displayed = []  # expressions that are shown with each frame
        self._modes = {"exception": [stack for _, stack in stacks.list_exceptions(snapshot)],
                       "thread": stacks.list_threads(snapshot), "task": stacks.list_tasks(snapshot)}
        for known in self._modes.values():
            for index, stack in enumerate(known):
                if stack.node is self.stack.node:
                    known[index] = self.stack

    # Saying

    def say(self, text=""):
        """One line; what is in it from the file was cleaned or is cleaned here."""
        self.stdout.write(clean(text) + "\n")

    def complain(self, text):
        self.status = 1
        self.say("*** " + text)

    def greet(self):
        snapshot, program = self.snapshot, self.snapshot.get("program") or {}
        verdict = snapshot.get("verdict") or {}
        if snapshot.get("exception"):
            self.say(stacks.title_of_exception(snapshot["exception"]))
            for note in snapshot["exception"].get("notes", ()):
                self.say("  note: " + note)
        elif verdict.get("summary"):
            self.say(verdict["summary"])
        self.say("  %s, %s%s%s" % (" ".join(program.get("argv", ())) or self.name, self._time(),
                                   " on " + snapshot["host"] if snapshot.get("host") else "",
                                   ", Python " + program["python"] if program.get("python") else ""))
        if verdict.get("location"):
            self.say("  at " + verdict["location"])
        for limit in snapshot.get("limits", ()):
            self.say("  limit: " + limit)
        for note in snapshot.get("notes", ()):
            self.say("  note: " + note)
        self._show_place()

    def _time(self):
        try:
            return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.snapshot.get("captured_us", 0) // 1000000))
        except (ValueError, OverflowError, OSError):
            return "at an unknown time"

    # Where we are

    @property
    def frame(self):
        return self.stack.frame

    def _line_of(self, file, line):
        lines = self.sources.get(file, ())
        return lines[line - 1] if 0 < line <= len(lines) else None

    def _place(self, frame):
        return "%s(%d)%s()" % (frame.get("file", "?"), frame.get("line", 0),
                               frame.get("qualified_name") or frame.get("function", "?"))

    def _show_place(self):
        if self.frame is None:
            return self.say("(%s has no frames: threads and exceptions list what there is)" % self.stack.title)
        self.say("> " + self._place(self.frame))
        line = self._line_of(self.frame.get("file"), self.frame.get("line", 0))
        if line is not None:
            self.say("-> " + clean_line(line.strip()))
        for expression in self._displayed:
            self._display(expression)
        return None

    def _needs_frame(self):
        if self.frame is None:
            self.complain("there is no frame here; threads, tasks and exceptions list what there is")
            return False
        return True

    def do_where(self, argument):
        """where (w, bt)
        The stack, the most recent call last; > is where you are."""
        if not self._needs_frame():
            return
        if self.stack.kind != "exception":
            self.say("%s %s" % (self.stack.kind, self.stack.title))
        for index, frame in enumerate(self.stack.frames):
            self.say("%s %s" % (">" if index == self.stack.position else " ", self._place(frame)))
            line = self._line_of(frame.get("file"), frame.get("line", 0))
            if line is not None:
                self.say(("->  " if index == self.stack.position else "    ") + clean_line(line.strip()))
        if self.stack.kind == "exception":
            self.say(self.stack.title)

    do_w = do_bt = do_where

    def _move(self, argument, direction):
        if not self._needs_frame():
            return
        try:
            count = int(argument) if argument else 1
        except ValueError:
            return self.complain("up and down take a number of frames")
        wanted = self.stack.position + direction * count
        last = len(self.stack.frames) - 1
        if not 0 <= wanted <= last and self.stack.position == (0 if wanted < 0 else last):
            return self.complain("this is the %s frame" % ("oldest" if wanted < 0 else "newest"))
        self._go(max(0, min(wanted, last)))

    def _go(self, position):
        self.stack.position = position
        self._listed = None
        self._show_place()

    def do_up(self, argument):
        """up (u) [N]
        To the caller, or N callers up."""
        self._move(argument, -1)

    def do_down(self, argument):
        """down (d) [N]
        To what was called."""
        self._move(argument, 1)

    do_u, do_d = do_up, do_down

    def do_frame(self, argument):
        """frame (f) N
        To the frame of this number, the oldest being 0, the newest -1."""
        if not self._needs_frame():
            return
        try:
            number = int(argument)
            self.stack.frames[number]
        except (ValueError, IndexError):
            return self.complain("there are frames 0 to %d" % (len(self.stack.frames) - 1))
        self._go(number % len(self.stack.frames))

    do_f = do_frame

    def _choose(self, kind, argument, describe):
        known = self._modes[kind]
        if not known:
            return self.say("there are no %ss in this file" % kind)
        if not argument:
            for index, stack in enumerate(known):
                self.say("%s %2d  %s" % (">" if stack is self.stack else " ", index, describe(stack)))
            return None
        found = None
        if argument.lstrip("-").isdigit():
            found = known[int(argument)] if 0 <= int(argument) < len(known) else None
        else:
            found = next((stack for stack in known if stack.title == argument
                          or str(stack.node.get("native_id")) == argument), None)
        if found is None:
            return self.complain("there is no %s ‘%s’; there are 0 to %d" % (kind, argument, len(known) - 1))
        self.stack = found
        self._listed = None
        if kind == "exception":
            self.say(found.title)
            lines = (found.node.get("message") or "").strip().split("\n")
            for line in lines[:MAX_LINES] if len(lines) > 1 else ():
                self.say("  " + line)
            for note in found.node.get("notes", ()):
                self.say("  note: " + note)
        self._show_place()
        return None

    def do_exceptions(self, argument):
        """exceptions [N]
        The exception, what it came from and the members of groups; with a number: go to that one."""
        depths = {id(stack): depth for depth, stack in stacks.list_exceptions(self.snapshot)}
        self._choose("exception", argument, lambda stack: "%s%s%s" % (
            "  " * depths.get(id(stack), 0), shorten(stack.title, WIDTH), "  (%s)" % stack.note if stack.note else ""))

    def do_threads(self, argument):
        """threads (thread) [N|NAME]
        All threads; with a number or name: go to that one."""
        def describe(stack):
            frame = stack.frames[-1] if stack.frames else None
            words = [stack.node.get("state_text"), stack.node.get("waiting_for")]
            place = self._place(frame) if frame else "runs no Python code"
            return "%s%s%s  %s" % (stack.title, " [main]" if stack.node.get("is_main") else "",
                                   " [daemon]" if stack.node.get("is_daemon") else "",
                                   ", ".join(filter(None, words)) or place)

        self._choose("thread", argument, describe)

    do_thread = do_threads

    def do_tasks(self, argument):
        """tasks (task) [N]
        The tasks of asyncio; with a number: go to that one."""
        self._choose("task", argument, lambda stack: "%s  %s" % (
            stack.title, "awaits " + stack.node["awaits"] if stack.node.get("awaits") else stack.node.get("state", "")))

    do_task = do_tasks

    # Source

    def _show_lines(self, first, last):
        file, current = self.frame.get("file"), self.frame.get("line", 0)
        lines = self.sources.get(file)
        if lines is None:
            return self.complain("the source of %s is not in the file" % file)
        first, last = max(first, 1), min(last, len(lines))
        if first > last:
            return self.say("[end of the file]")
        for number in range(first, last + 1):
            self.say("%4d %s %s" % (number, "->" if number == current else "  ", clean_line(lines[number - 1])))
        self._listed = last
        return None

    def do_list(self, argument):
        """list (l) [.|FIRST[, LAST]]
        Source around the current line; again: what follows; . is the current line again."""
        if not self._needs_frame():
            return
        current = self.frame.get("line", 0)
        if not argument and self._listed is not None:
            return self._show_lines(self._listed + 1, self._listed + 2 * CONTEXT_LINES + 1)
        if argument in ("", "."):
            return self._show_lines(current - CONTEXT_LINES, current + CONTEXT_LINES)
        try:
            first, _, last = argument.partition(",")
            first = int(first)
            last = int(last) if last.strip() else first + 2 * CONTEXT_LINES
        except ValueError:
            return self.complain("list takes line numbers: list 10, 20")
        return self._show_lines(first, last if last >= first else first + last)

    do_l = do_list

    def do_longlist(self, argument):
        """longlist (ll)
        The whole function."""
        if not self._needs_frame():
            return
        lines, current = self.sources.get(self.frame.get("file"), ()), self.frame.get("line", 0)
        if self.frame.get("function", "<module>").startswith("<") or not 0 < current <= len(lines):
            return self._show_lines(1 if self.frame.get("function") == "<module>" else current - CONTEXT_LINES,
                                    MAX_LINES if self.frame.get("function") == "<module>" else current + CONTEXT_LINES)
        self._show_lines(*stacks.find_function(lines, current, self.frame["function"]))

    do_ll = do_longlist

    def do_source(self, argument):
        """source [NAME]
        The function or class of that name, where its source is in the file; without a name the whole function."""
        if not argument:
            return self.do_longlist("")
        name = argument.rpartition(".")[2]
        own = self.frame.get("file") if self.frame else None
        for file in sorted(self.sources, key=lambda file: file != own):
            place = stacks.find_definition(self.sources[file], name)
            if place is not None:
                self.say(file)
                for number in range(place[0], min(place[1], place[0] + MAX_LINES) + 1):
                    self.say("%4d    %s" % (number, clean_line(self.sources[file][number - 1])))
                return None
        return self.complain("nothing called ‘%s’ is defined in the sources of the file" % name)

    # Values

    def _lookup(self, name):
        for node in self.frame.get("locals", ()) if self.frame else ():
            if node.get("name") == name:
                return Recorded(node, self.book)
        if name == "__exception__" and self.stack.node.get("value"):
            return Recorded(self.stack.node["value"], self.book)
        return None

    def evaluate(self, source):
        """The value, or None after saying why there is none, in a tuple."""
        try:
            return (Evaluator(self._lookup).evaluate(source),)
        except (Wrong, NotRecorded) as error:
            self.complain(str(error))
            return None

    def do_p(self, argument):
        """p EXPRESSION
        Its value: variables, attributes, items, arithmetic, comparisons, comprehensions, f-strings, methods of texts and
        containers, len(), sorted(), isinstance() and their like. The exception itself is __exception__."""
        if not argument:
            return self.complain("p needs an expression")
        result = self.evaluate(argument)
        if result is not None:
            value = result[0]
            self.say(show(value))
            if isinstance(value, Recorded):
                self._say_what_is_missing(value)
        return None

    do_print = do_p

    def _say_what_is_missing(self, value):
        if value.is_masked:
            self.say("    (masked when the file was written: it may be secret)")
        elif value.node.get("truncated") and value.text.endswith("…") and value.size >= 0:
            self.say("    (the beginning; the whole has %d characters)" % value.size)
        elif value.node.get("truncated") and value.size > len(value.items()) > 0:
            self.say("    (%d of %d items are in the file)" % (len(value.items()), value.size))

    def do_pp(self, argument):
        """pp EXPRESSION
        Its value with all that it holds, a line each."""
        result = self.evaluate(argument) if argument else self.complain("pp needs an expression")
        if result is None:
            return
        value = result[0]
        named = [(argument.strip(), value)]
        if isinstance(value, dict):
            named = [("[%s]" % show(key), item) for key, item in value.items()]
        elif isinstance(value, (list, tuple)):
            named = [("[%d]" % index, item) for index, item in enumerate(value)]
        for number, line in enumerate(trees.list_lines(named)):
            if number >= MAX_LINES:
                self.say("… (more than %d lines; name a part of it)" % MAX_LINES)
                break
            self.say(line)

    def _display(self, expression):
        try:
            text = show(Evaluator(self._lookup).evaluate(expression))
        except (Wrong, NotRecorded) as error:
            text = "** %s **" % error
        self.say("display %s: %s" % (expression, text))

    def do_display(self, argument):
        """display [EXPRESSION]
        Its value now and with each frame that you go to; without an expression: what is shown so."""
        if argument and argument not in self._displayed:
            self._displayed.append(argument)
        for expression in [argument] if argument else self._displayed:
            self._display(expression)

    def do_undisplay(self, argument):
        """undisplay [EXPRESSION]
        Not any more; without an expression: none of them."""
        if argument and argument not in self._displayed:
            return self.complain("that is not displayed")
        self._displayed = [expression for expression in self._displayed if argument and expression != argument]
        return None

    def _show_variables(self, kinds, none):
        if not self._needs_frame():
            return
        found = [node for node in self.frame.get("locals", ()) if kinds is None or node.get("kind") in kinds]
        for node in found:
            self.say("%s = %s%s" % (node.get("name", "?"), shorten(node.get("text", "?"), WIDTH),
                                    "  (global)" if node.get("kind") == "global" and kinds is None else ""))
        if not found:
            self.say(none)
        if self.frame.get("incomplete"):
            self.say("(not all variables of this frame are in the file; info says why)")

    def do_args(self, argument):
        """args (a)
        The arguments of the current function."""
        if not self._needs_frame():
            return
        if not any(node.get("kind") == "argument" for node in self.frame.get("locals", ())):
            self.say("(it was called without arguments)" if self.snapshot.get("reason") in ("exception", "dump")
                     else "(which variables are arguments is not recorded here; locals shows all)")
            return
        self._show_variables(("argument",), "")

    do_a = do_args

    def do_locals(self, argument):
        """locals
        All variables of the frame, and the globals that its code uses."""
        self._show_variables(None, "(there are none)")

    def do_whatis(self, argument):
        """whatis EXPRESSION
        Its type, and its size where it has one."""
        result = self.evaluate(argument) if argument else self.complain("whatis needs an expression")
        if result is None:
            return
        value = result[0]
        if not isinstance(value, Recorded):
            return self.say("type" if isinstance(value, TypeName) else type(value).__name__)
        names = [child.node.get("name", "?") for child in value.children() if child.node.get("kind") == "attribute"]
        self.say(value.type + (", size %d" % value.size if value.size >= 0 else ""))
        if names:
            self.say("    attributes: " + shorten(", ".join(names), WIDTH))

    def do_find(self, argument):
        """find TEXT
        Where a text occurs in names and values, on all stacks."""
        if not argument:
            return self.complain("find needs a text")
        found = 0
        for stack in [stack for known in self._modes.values() for stack in known]:
            for index, frame in enumerate(stack.frames):
                for node in frame.get("locals", ()):
                    if found < MAX_FOUND and (argument in node.get("name", "") or argument in node.get("text", "")
                                              or trees.holds(node, argument)):
                        found += 1
                        self.say("%s %s, frame %d, %s(): %s = %s" % (
                            stack.kind, shorten(stack.title, 40), index, frame.get("function", "?"),
                            node.get("name", "?"), shorten(node.get("text", "?"), 80)))
        if not found:
            self.say("nowhere")

    # The rest

    def do_quit(self, argument):
        """quit (q, exit)
        The end. So is the end of the input."""
        return True

    do_q = do_exit = do_quit

    def do_EOF(self, argument):
        if self.use_rawinput:
            self.stdout.write("\n")
        return True

    def default(self, line):
        word = line.split(None, 1)[0] if line.split() else ""
        if word in _OVER and self._lookup(word) is None:
            return self.complain(
                "the program is over: this is its record. where, up, down, list, p and help are possible")
        return self.do_p(line[1:] if line.startswith("!") else line)

    def onecmd(self, line):
        # A variable may be called as a command is: “list.x”, “p = …” and the like are expressions.
        command, argument, _ = self.parseline(line)
        if command and argument and line.lstrip()[len(command):len(command) + 1] == argument[:1] and (
                argument[:1] in "'\"" or (argument[:1] == "(" and command in FUNCTIONS)):
            return self.default(line)
        if command and argument and argument[:1] in ".[=+*/<>!%&|" and self._lookup(command) is not None:
            return self.default(line)
        return super().onecmd(line)

    def emptyline(self):
        """pdb does the last command again; half a screen of a variable again helps nobody."""

    def get_names(self):
        """The commands that help lists: each by its own name."""
        return [name for name in dir(type(self)) if not name.startswith("do_")
                or (name != "do_EOF" and getattr(type(self), name).__name__ == name)]
