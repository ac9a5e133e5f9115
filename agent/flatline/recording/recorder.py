# SPDX-License-Identifier: MIT
"""Writes down what happens in the program's own code, as monitoring or tracing tells it.

Nothing is kept of the program but numbers and short texts for the length of a line: a frame is known by its address, a
call has a number. A line says what is new since the one before:

    @ THREAD                        what follows is of this thread
    G CALL                          the thread goes on in this call (greenlets)
    = NAME VALUE    - NAME          in it a variable is, or is gone
    ( CALL PARENT CODE LINE TIME    a call begins      [ CALL PARENT LINE TIME   goes on, that of a generator
    . LINE TIME                     a line begins      ! LINE TIME VALUE         an exception passes
    ) LINE TIME VALUE               it returns         ] LINE TIME VALUE         it yields or awaits
    ^ LINE TIME                     it is left by the exception

TIME is microseconds since the event before. Threads (T), code (C), sources (S), notes (N) and the program (P) are told
before they are first spoken of.

A signal handler of the program may raise within our hooks, wherever something is called (3.12 and later). So what was
written is remembered only afterwards, with nothing called between: either both happened or neither did. Before 3.12 it
may raise between any two instructions: then the next event says anew where it is, and a number that may have been
written is not used again.
"""
import os
import sys
from time import perf_counter_ns, time

import _thread

from ..capture import facts
from ..capture.budget import Budget, Options
from ..capture.files import _to_json
from ..capture.frames import Sources, _is_code, _method_name
from ..capture.secrets import Secrets
from ..channel import quote
from .code import Code
from .file import Full, RecordingFile
from .scope import Scope
from .values import ValueWriter, is_ours

MAX_NAMES = 200
_FRAME_LOCALS = (lambda: type(sys._getframe().f_locals))()
_CHANGES = object()  # in place of an object whose value may change
DEFAULT_LIMIT = 256 << 20


class _Lock:
    """Since 3.14 a signal handler may raise right after `with` took a lock: who has it lets go of it however often."""

    def __init__(self):
        self._lock = _thread.RLock()

    def __enter__(self):
        self._lock.acquire()

    def __exit__(self, *ignored):
        while self._lock._is_owned():
            self._lock.release()


class Call:
    __slots__ = ("number", "parent", "code", "known", "is_settled", "raised", "instruction")

    def __init__(self, number, parent, code, is_settled):
        self.number = number
        self.parent = parent
        self.code = code
        self.known = {}
        self.is_settled = is_settled  # none of its variables can become another value any more, or nobody wants to know
        self.raised = False
        self.instruction = -1


class Thread:
    __slots__ = ("number", "at")

    def __init__(self, number):
        self.number = number
        self.at = None


class Recorder:
    """`options`: path, limit (bytes), everything, only, variables, secrets."""

    def __init__(self, options):
        self._path = options["path"]
        self._limit = options.get("limit") or DEFAULT_LIMIT
        self._scope = Scope(options.get("everything", False), options.get("only") or ())
        self._reads_none = not options.get("variables", True)
        self._secret_words = options.get("secrets", ())
        self.is_over = False
        self.failure = None
        self.stop_hooks = lambda: None
        self._started = time()
        self._begin()

    def _begin(self):
        """What a file has of its own: a forked child begins anew."""
        self._lock = _Lock() if sys.version_info >= (3, 14) else _thread.RLock()
        self._local = _thread._local()
        self._secrets = Secrets(self._secret_words)
        self._values = ValueWriter(self._secrets)
        self._file = None
        self._thread = None
        self._now = perf_counter_ns() // 1000
        self._threads = self._calls = self._numbers = 0
        self.codes = {}
        self.calls = {}

    # What is told

    def find(self, code):
        """The Code of what is recorded, else None."""
        known = self.codes.get(id(code))
        if known is None and self._scope.has(code.co_filename):
            known = self.codes[id(code)] = Code(code)
        return known

    def begin_call(self, frame, code, line):
        """This, begin_line() and end_call() are most of all events: so they are written at one go, and not by _say()."""
        try:
            thread = self._local.thread
        except AttributeError:
            thread = self._get_thread()
        with self._lock:
            if not code.number:
                self._introduce(code, frame)
            parent = thread.at
            number = self._calls + 1
            call, key = Call(number, parent, code, self._reads_none), id(frame)
            self._calls = number
            now = perf_counter_ns() // 1000
            if not self.is_over:
                at = parent.number if parent is not None else 0
                text = "( %d %d %d %d %d\n" % (number, at, code.number, line, now - self._now)
                if thread is not self._thread:
                    text = _turn_to(thread, at) + text
                self._file.add(text)
            self._now, self._thread = now, thread
            thread.at = self.calls[key] = call

    def begin_line(self, frame, line):
        call = self.calls.get(id(frame)) or self._meet(frame)
        if call is None:
            return
        call.raised = False
        changes = "" if call.is_settled else self._list_changes(call, frame)
        try:
            thread = self._local.thread
        except AttributeError:
            thread = self._get_thread()
        with self._lock:
            now = perf_counter_ns() // 1000
            if self.is_over:
                return
            text = "%s. %d %d\n" % (changes, line, now - self._now)
            if thread is not self._thread or thread.at is not call:
                text = _turn_to(thread, call.number) + text
            self._file.add(text)
            self._now, self._thread, thread.at = now, thread, call

    def resume_call(self, call, line):
        thread = self._get_thread()
        parent = thread.at
        self._say(thread, parent, "", "[ %d %d %d " % (
            call.number, parent.number if parent is not None else 0, line), "\n", call)
        call.parent = parent

    def pass_exception(self, frame, line, error):
        call = self.calls.get(id(frame)) or self._meet(frame)
        if call is None:
            return
        call.raised = True
        if type(error) is StopIteration or type(error) is StopAsyncIteration:
            return  # How loops and await end.
        self._say(self._get_thread(), call, self._list_changes(call, frame), "! %d " % line,
                  " %s\n" % self._values.write("", error), call)

    def end_call(self, frame, line, value):
        call = self.calls.get(id(frame)) or self._meet(frame)
        if call is None:
            return
        changes = "" if call.is_settled else self._list_changes(call, frame)
        text = self._values.write("", value)
        try:
            thread = self._local.thread
        except AttributeError:
            thread = self._get_thread()
        with self._lock:
            now = perf_counter_ns() // 1000
            if self.is_over:
                return
            text = "%s) %d %d %s\n" % (changes, line, now - self._now, text)
            if thread is not self._thread or thread.at is not call:
                text = _turn_to(thread, call.number) + text
            self._file.add(text)
            self._now, self._thread, thread.at = now, thread, call.parent
        self.calls.pop(id(frame), None)

    def suspend_call(self, frame, line, value):
        call = self.calls.get(id(frame)) or self._meet(frame)
        if call is None:
            return
        call.instruction = frame.f_lasti
        self._say(self._get_thread(), call, self._list_changes(call, frame), "] %d " % line,
                  " %s\n" % self._values.write("", value), call.parent)

    def leave_call(self, frame, line):
        call = self.calls.get(id(frame)) or self._meet(frame)
        if call is None:
            return
        self._say(self._get_thread(), call, self._list_changes(call, frame), "^ %d " % line, "\n", call.parent)
        self.calls.pop(id(frame), None)

    def note(self, sentence):
        if not self.is_over and self._file is not None:
            with self._lock:
                self._file.add("N %s\n" % quote(sentence))

    def lose_place(self):
        """The next event says anew where it is."""
        self._thread = None

    def fail(self, error):
        """Something of ours went wrong, or of the program's: what a signal handler or finalizer of its raised is its."""
        if not is_ours(error):
            self.lose_place()
            raise error
        if isinstance(error, Full):
            self.end("limit")
        elif isinstance(error, OSError) and not self.is_over:
            is_missing = self._file is None
            self.end(error.strerror or "error")
            if is_missing and sys.stderr is not None:
                sys.stderr.write("flatline: no recording %s: %s\n" % (self._path, error.strerror or error))

    # The end

    def end(self, how="finished"):
        if self.is_over:
            return
        self.is_over = True
        try:
            self.stop_hooks()
        except Exception:
            pass
        with self._lock:
            if self._file is not None:
                self._file.end(how)

    def after_fork_in_child(self):
        try:
            if self._file is not None:
                self._file.abandon()
            base, ending = os.path.splitext(self._path)
            self._path = "%s-%d%s" % (base, os.getpid(), ending)
            self._begin()
        except Exception:
            self.is_over = True

    # How it is told

    def _get_thread(self):
        try:
            return self._local.thread
        except AttributeError:
            pass
        with self._lock:
            if self._file is None:
                self._open()
            self._threads += 1
            thread = Thread(self._threads)
            ident = _thread.get_ident()
            name, native, is_daemon, is_main = facts.list_threads().get(ident, ("", 0, True, False))
            native = native or (_thread.get_native_id() if hasattr(_thread, "get_native_id") else 0)
            self._file.add("T %d %s\n" % (thread.number, _ascii_json(
                {"pid": os.getpid(), "ident": "%#x" % ident, "native_id": native, "name": name,
                 "is_main": is_main, "is_daemon": is_daemon, "is_python": True})))
            self._local.thread = thread
        return thread

    def _open(self):
        self._file = RecordingFile(self._path, self._limit)
        options = Options()
        program = facts.describe_program(options, self._secrets)
        program.pop("distributions", None)
        host = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
        self._file.add("P %s\n" % _ascii_json({"program": program, "host": host,
                                               "started_us": int(self._started * 1000000)}))
        self._sources = Sources(Budget(options, lambda: 0.0))
        self._source_files = set()

    def _introduce(self, code, frame):
        """With the lock held."""
        text, number = code.code, self._numbers + 1
        self._numbers = number
        if text.co_filename not in self._source_files:
            self._sources.add(text.co_filename, frame.f_globals)
            record = self._sources._files[text.co_filename][0]
            if record is not None:
                self._file.add("S %s\n" % _ascii_json(dict(record, text=self._secrets.clean_source(record["text"]))))
            self._source_files.add(text.co_filename)
        count = text.co_argcount + text.co_kwonlyargcount + bool(text.co_flags & 0x4) + bool(text.co_flags & 0x8)
        name = getattr(text, "co_qualname", None) or _method_name(frame)
        self._file.add("C %d %s\n" % (number, _ascii_json(
            {"file": text.co_filename, "function": text.co_name, "qualified_name": name, "line": text.co_firstlineno,
             "arguments": list(text.co_varnames[:count])})))
        code.number = number

    def _meet(self, frame):
        """A call that began before the recording did, as those of a forked child; None: it is not recorded."""
        code = self.find(frame.f_code)
        if code is None:
            return None
        thread = self._get_thread()
        outer, parent = frame.f_back, None
        while outer is not None and parent is None:
            parent = self.calls.get(id(outer)) or self._meet(outer)
            outer = outer.f_back
        if thread.at is not parent:
            with self._lock:
                self._thread = None
                thread.at = parent
        self.begin_call(frame, code, frame.f_lineno or 0)
        return self.calls[id(frame)]

    def _say(self, thread, at, before, head, tail, then):
        """An event in the call `at`, after which the thread is in `then`."""
        with self._lock:
            now = perf_counter_ns() // 1000
            if self.is_over:
                return
            if thread is not self._thread or thread.at is not at:
                before = _turn_to(thread, at.number if at is not None else 0) + before
            self._file.add("%s%s%d%s" % (before, head, now - self._now, tail))
            self._now, self._thread, thread.at = now, thread, then

    # Variables

    def _list_changes(self, call, frame):
        if self._reads_none:
            return ""
        found = frame.f_locals
        kind = type(found)
        if kind is not dict and kind is not _FRAME_LOCALS:
            return ""  # A class body or exec() with a mapping of the program's own: reading it would run it.
        known, code, values = call.known, call.code, self._values
        lines, n_found, n_known = "", 0, len(known)
        items = found.items() if code.is_function else list(found.items())
        for name, obj in items:
            n_found += 1
            old = known.get(name)
            if old is not None:
                if old[0] is obj or (old[2] is not None and not values.has_changed(obj, old[2])):
                    continue
            else:
                if len(known) >= MAX_NAMES or type(name) is not str:
                    n_known = -1
                    continue
                n_known += 1
            if not code.is_function and (name[:2] == "__" or _is_code(obj)):
                known[name] = (obj, None, None)
                continue
            text = values.write(name, obj)
            if old is None or old[1] != text:
                lines += "= %s %s\n" % (_to_ascii(name), text)
            known[name] = (obj, text, None) if values.is_constant(obj) else (_CHANGES, text, values.glance(obj))
        if len(known) > n_found and n_known >= 0:
            for name in [name for name in known if name not in found]:
                if known.pop(name)[1] is not None:
                    lines += "- %s\n" % _to_ascii(name)
        if code.is_fixed and n_known >= 0:
            call.is_settled = not any(entry[0] is _CHANGES for entry in known.values())
        return lines


def _turn_to(thread, number):
    """What follows is of this thread, and of this call."""
    return "@ %d\nG %d\n" % (thread.number, number)


def _ascii_json(document):
    """One line; what is no ASCII as an escape, since in JSON it only stands in texts."""
    text = _to_json(document)
    return text if text.isascii() else "".join(char if char < "\x80" else quote(char)[1:-1] for char in text)


def _to_ascii(name):
    return name if name.isascii() else quote(name)[1:-1]
