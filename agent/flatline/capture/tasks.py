# SPDX-License-Identifier: MIT
"""Tasks of asyncio with the frames that wait in them: the snapshot's `tasks`."""
import sys
from types import AsyncGeneratorType, BuiltinFunctionType, CoroutineType, GeneratorType

from . import anatomy

MAX_TASKS = 500
MAX_AWAITS = 200
_RUNNING = {"run_forever": "base_events.py", "run": "asyncio/runners.py"}
_FRAME = {CoroutineType: "cr_frame", GeneratorType: "gi_frame", AsyncGeneratorType: "ag_frame"}
_AWAIT = {CoroutineType: "cr_await", GeneratorType: "gi_yieldfrom", AsyncGeneratorType: "ag_await"}


def _list_loops(stacks):
    """Those that run, by the frames that run them: {id: loop}."""
    found = {}
    for frame in stacks.values():
        while frame is not None:
            code = frame.f_code
            if code.co_name in _RUNNING and code.co_filename.endswith(_RUNNING[code.co_name]):
                runner = frame.f_locals.get("self")
                loop = anatomy.attribute(runner, "_loop") if code.co_name == "run" else runner
                if loop is not None:
                    found[id(loop)] = loop
            frame = frame.f_back
    return found


def _list_tasks_in_c(own, stacks):
    """Since 3.14 C keeps them, and lists those of a loop; as it asks who is no Task of its own, not where there are such."""
    list_all = getattr(sys.modules.get("_asyncio"), "all_tasks", None)
    others = anatomy.attribute(dict.get(own, "_scheduled_tasks"), "data")
    if sys.version_info < (3, 14) or type(list_all) is not BuiltinFunctionType or others:
        return []
    return [task for loop in _list_loops(stacks).values() for task in list_all(loop)]


def _list_tasks(stacks):
    """Every task that asyncio knows of, without its locks."""
    module = sys.modules.get("asyncio.tasks")
    own = anatomy.instance_dict(module) if module is not None else None
    if own is None:
        return []
    found = _list_tasks_in_c(own, stacks)
    for name in ("_all_tasks", "_scheduled_tasks", "_eager_tasks"):
        known = dict.get(own, name)
        refs = anatomy.attribute(known, "data") if known is not None and type(known) is not set else known
        for _ in range(3):
            try:
                members = list(refs) if type(refs) is set else []
                break
            except RuntimeError:
                members = []
        found += [member() if name != "_eager_tasks" else member for member in members]
    unique = {id(task): task for task in found if task is not None}
    return list(unique.values())[:MAX_TASKS]


class TaskReader:
    def __init__(self, budget, frames):
        self._budget = budget
        self._frames = frames

    def read(self, stacks):
        tasks = []
        genuine = getattr(sys.modules.get("_asyncio"), "Task", None)
        for task in _list_tasks(stacks):
            # A task class in Python is read as any instance is; only C's own is called.
            if genuine is None or not anatomy.derives(type(task), genuine) or self._budget.is_used_up():
                continue
            if not genuine.done(task):
                tasks.append(self._read_task(genuine, task))
        return tasks

    def _read_task(self, genuine, task):
        record = {"address": "%#x" % id(task), "state": "PENDING"}
        name = anatomy.namespace(genuine)["get_name"](task)
        record["name"] = name if type(name) is str else "Task"
        inner = anatomy.namespace(genuine)["get_coro"](task)
        record["coroutine"] = getattr(inner, "__qualname__", "?") if anatomy.is_one_of(type(inner), _FRAME) else "?"
        frames = []
        for _ in range(MAX_AWAITS):
            kind = type(inner)
            if not anatomy.is_one_of(kind, _FRAME):
                break
            frame = getattr(inner, _FRAME[kind])
            if frame is not None:
                frames.insert(0, self._frames.read_place(frame))
            inner = getattr(inner, _AWAIT[kind])
        record["frames"] = frames
        waits_for = anatomy.attribute(task, "_fut_waiter")
        if waits_for is not None:
            record["awaits_address"] = "%#x" % id(waits_for)
            if anatomy.derives(type(waits_for), genuine):
                other = anatomy.namespace(genuine)["get_name"](waits_for)
                record["awaits"] = other if type(other) is str else "a task"
            else:
                record["awaits"] = "%s at %#x" % (anatomy.qualified_name(type(waits_for)), id(waits_for))
        return record
