# SPDX-License-Identifier: MIT
"""Events by sys.settrace (before 3.12). There is one trace function a thread: when the program sets its own (a debugger,
coverage), that one has it, and the recording says so; when it takes it away, the recording goes on."""
import sys

import _thread

# Opcodes of 3.9 to 3.11
_RETURN_VALUE = 83
_YIELDS = (72, 86, 123)  # YIELD_FROM, YIELD_VALUE, SEND


def start(recorder):
    trace, watch = _make_trace(recorder)
    sys.addaudithook(watch)
    fit_threads(trace)
    recorder.stop_hooks = lambda: _stop(trace)
    sys.settrace(trace)
    return True


def fit_threads(trace):
    """Threads of `threading` begin with it; those that a program starts by _thread alone do not."""
    import threading

    if getattr(threading, "_trace_hook", None) is None:
        threading.settrace(trace)


def _stop(trace):
    threading = sys.modules.get("threading")
    if threading is not None and getattr(threading, "_trace_hook", None) is trace:
        threading.settrace(None)
    if sys.gettrace() is trace:
        sys.settrace(None)


def _make_trace(recorder):
    settrace, setprofile, gettrace = sys.settrace, sys.setprofile, sys.gettrace
    ours = []  # the threads that settrace() is called in by us

    def begin_again(frame, event, arg):
        """Somebody has called settrace(), or an exception that left a trace function, such as of a signal handler, has
        ended tracing: where nobody traces, we do."""
        try:
            take_over(frame)
        except BaseException:
            take_over(frame)  # A signal handler came in between; what it raised goes on.
            raise

    def take_over(frame):
        setprofile(None)
        now = gettrace()
        if recorder.is_over or now is trace:
            return
        if now is not None:
            recorder.note("From here on a trace function of the program's own has this thread: %s:%d"
                          % (frame.f_code.co_filename, frame.f_lineno or 0))
            return
        ident = _thread.get_ident()
        ours.append(ident)
        settrace(trace)
        ours.remove(ident)
        while frame is not None:
            if recorder.find(frame.f_code) is not None:
                frame.f_trace = trace_own
            frame = frame.f_back

    def expect_loss():
        recorder.lose_place()
        if sys.getprofile() is None:
            setprofile(begin_again)

    def watch(event, args):
        """The program's calls of settrace(), which is not replaced: a function of Python would be traced itself."""
        if event == "sys.settrace" and not recorder.is_over and _thread.get_ident() not in ours:
            expect_loss()

    def trace(frame, event, arg):
        """Of a call; what is not the program's own has no lines."""
        try:
            code = recorder.find(frame.f_code)
            if code is None or recorder.is_over:
                return None
            call = recorder.calls.get(id(frame)) if code.is_generator else None
            if call is not None and call.code is code and 0 <= call.instruction <= frame.f_lasti:
                recorder.resume_call(call, frame.f_lineno or 0)
            else:
                recorder.begin_call(frame, code, frame.f_lineno or frame.f_code.co_firstlineno)
            return trace_own
        except Exception as error:
            try:
                recorder.fail(error)
            except BaseException:
                expect_loss()
                raise
            return trace_own
        except BaseException:
            expect_loss()
            raise

    def trace_own(frame, event, arg):
        try:
            if event == "line":
                recorder.begin_line(frame, frame.f_lineno)
            elif event == "return":
                _end(recorder, frame, arg)
            elif event == "exception":
                recorder.pass_exception(frame, frame.f_lineno or 0, arg[1])
        except Exception as error:
            try:
                recorder.fail(error)
            except BaseException:
                expect_loss()
                raise
        except BaseException:
            expect_loss()
            raise
        return trace_own

    return trace, watch


def _end(recorder, frame, value):
    """Python says "return" whether a call returns, yields, or is left by an exception."""
    line = frame.f_lineno or 0
    call = recorder.calls.get(id(frame))
    code = call.code if call is not None else recorder.find(frame.f_code)
    if code is None:
        return
    if value is not None and not code.is_generator:
        recorder.end_call(frame, line, value)
        return
    opcode = _opcode(frame, code)
    if opcode == _RETURN_VALUE:
        recorder.end_call(frame, line, value)
    elif value is None and (opcode not in _YIELDS or (call is not None and call.raised)):
        recorder.leave_call(frame, line)
    else:
        recorder.suspend_call(frame, line, value)


def _opcode(frame, code):
    if code.bytes is None:
        code.bytes = code.code.co_code
    return code.bytes[frame.f_lasti] if 0 <= frame.f_lasti < len(code.bytes) else -1
