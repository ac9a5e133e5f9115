# SPDX-License-Identifier: MIT
"""Tasks of asyncio with the frames that wait in them: the snapshot's `tasks`."""
import sys
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from . import anatomy

MAX_TASKS = 500
MAX_AWAITS = 200
_FRAME = {CoroutineType: "cr_frame", GeneratorType: "gi_frame", AsyncGeneratorType: "ag_frame"}
_AWAIT = {CoroutineType: "cr_await", GeneratorType: "gi_yieldfrom", AsyncGeneratorType: "ag_await"}


def _list_tasks():
    """Every task that asyncio knows of, without its locks."""
    module = sys.modules.get("asyncio.tasks")
    own = anatomy.instance_dict(module) if module is not None else None
    if own is None:
        return []
    found = []
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

    def read(self):
        tasks = []
        genuine = getattr(sys.modules.get("_asyncio"), "Task", None)
        for task in _list_tasks():
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
