# SPDX-License-Identifier: MIT
"""Events by sys.monitoring (3.12 and later): code that is not the program's own costs nothing after its first call, and
debuggers, coverage and whoever calls sys.settrace() keep what is theirs, since tools do not see each other."""
import sys

NAME = "flatline"
# The others have names: debugger, coverage, profiler, optimizer.
_FREE = (4, 3)


def start(recorder):
    """Whether a tool could be had."""
    monitoring = sys.monitoring
    for tool in _FREE:
        try:
            monitoring.use_tool_id(tool, NAME)
            break
        except ValueError:
            continue
    else:
        return False
    events = monitoring.events
    hooks = _make_hooks(recorder, monitoring, tool)
    recorder.stop_hooks = lambda: _stop(monitoring, tool, hooks)
    for event, hook in hooks.items():
        monitoring.register_callback(tool, event, hook)
    monitoring.set_events(tool, events.PY_START | events.RAISE | events.PY_UNWIND | events.PY_THROW)
    return True


def _stop(monitoring, tool, hooks):
    monitoring.set_events(tool, 0)
    for event in hooks:
        monitoring.register_callback(tool, event, None)
    monitoring.free_tool_id(tool)


def _make_hooks(recorder, monitoring, tool):
    events, disable = monitoring.events, monitoring.DISABLE
    local = events.LINE | events.PY_RETURN | events.PY_YIELD | events.PY_RESUME
    getframe = sys._getframe

    def on_start(code, offset):
        try:
            found = recorder.find(code)
            if found is None:
                return disable
            if not found.is_heard:
                monitoring.set_local_events(tool, code, local)
                found.is_heard = True
            recorder.begin_call(getframe(1), found, code.co_firstlineno)
        except Exception as error:
            recorder.fail(error)

    def on_line(code, line):
        try:
            recorder.begin_line(getframe(1), line)
        except Exception as error:
            recorder.fail(error)

    def on_return(code, offset, value):
        try:
            frame = getframe(1)
            recorder.end_call(frame, frame.f_lineno or 0, value)
        except Exception as error:
            recorder.fail(error)

    def on_yield(code, offset, value):
        try:
            frame = getframe(1)
            recorder.suspend_call(frame, frame.f_lineno or 0, value)
        except Exception as error:
            recorder.fail(error)

    def on_resume(code, offset, *ignored):
        try:
            frame = getframe(1)
            call = recorder.calls.get(id(frame))
            if call is not None:
                recorder.resume_call(call, frame.f_lineno or 0)
        except Exception as error:
            recorder.fail(error)

    def on_raise(code, offset, raised):
        if id(code) not in recorder.codes:
            return
        try:
            frame = getframe(1)
            recorder.pass_exception(frame, frame.f_lineno or 0, raised)
        except Exception as error:
            recorder.fail(error)

    def on_unwind(code, offset, raised):
        if id(code) not in recorder.codes:
            return
        try:
            frame = getframe(1)
            recorder.leave_call(frame, frame.f_lineno or 0)
        except Exception as error:
            recorder.fail(error)

    return {events.PY_START: on_start, events.LINE: on_line, events.PY_RETURN: on_return, events.PY_YIELD: on_yield,
            events.PY_RESUME: on_resume, events.PY_THROW: on_resume, events.RAISE: on_raise,
            events.PY_UNWIND: on_unwind}
