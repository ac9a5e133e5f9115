# SPDX-License-Identifier: MIT
"""The stacks of a snapshot that one can stand in: of exceptions, threads and tasks; outermost frame first."""


CONTEXT_LINES = 5
MAX_FUNCTION_LINES = 400


class Stack:
    def __init__(self, kind, title, node, note=""):
        self.kind = kind
        self.title = title
        self.node = node
        self.note = note
        self.frames = [frame for frame in reversed(node.get("frames", ())) if frame.get("kind") != "native"]
        self.position = max(len(self.frames) - 1, 0)

    @property
    def frame(self):
        return self.frames[self.position] if self.frames else None


def title_of_exception(node):
    # What another process told begins with a line of quotes.
    message = (node.get("message") or "").strip('"\n ').split("\n")[0]
    return node.get("type_name", "?") + (": " + message if message else "")


def list_exceptions(snapshot):
    """(depth, Stack) of the exception, what it came from, and the members of groups."""
    found = []

    def add(node, depth, note):
        count = 0
        while node is not None and count < 1000:
            found.append((depth, Stack("exception", title_of_exception(node), node, note)))
            for index, member in enumerate(node.get("group", ()), 1):
                add(member, depth + 1, "member %d of the group" % index)
            note = "the cause of the one above" if node.get(
                "is_cause") else "was being handled when the one above was raised"
            node = node.get("cause")
            count += 1

    if snapshot.get("exception"):
        add(snapshot["exception"], 0, snapshot["exception"].get("context", ""))
    return found


def list_threads(snapshot):
    return [Stack("thread", thread.get("name") or "(no name)", thread) for thread in snapshot.get("threads", ())]


def list_tasks(snapshot):
    return [Stack("task", "%s %s" % (task.get("name", ""), task.get("coroutine", "")), task)
            for task in snapshot.get("tasks", ())]


def list_all_frames(snapshot):
    """Every frame of the document, for what is recorded anywhere."""
    stacks = [stack for _, stack in list_exceptions(snapshot)] + list_threads(snapshot) + list_tasks(snapshot)
    return [frame for stack in stacks for frame in stack.frames]


def choose(snapshot):
    """Where one wants to stand first: in the exception, the blamed thread, the main one."""
    exceptions = [stack for _, stack in list_exceptions(snapshot)]
    for stack in exceptions:
        if stack.frames:
            return stack
    threads = list_threads(snapshot)
    blamed = (snapshot.get("verdict") or {}).get("thread")
    threads.sort(key=lambda stack: (not (blamed and stack.node.get("native_id") == blamed), not stack.frames,
                                    not stack.node.get("is_main")))
    return threads[0] if threads else exceptions[0] if exceptions else Stack("thread", "(no stack)", {})


def find_function(lines, current, name):
    """(first, last) line of the function around a line, by the indentation."""
    first = current
    for number in range(current, 0, -1):
        text = lines[number - 1].strip()
        if text.startswith(("def %s(" % name, "async def %s(" % name)) or (
            text.startswith("def %s" % name) and "(" in text):
            first = number
            break
    else:
        return current - CONTEXT_LINES, current + CONTEXT_LINES
    return _find_end(lines, first, current)


def find_definition(lines, name):
    """(first, last) line of the function or class of that name; None where there is none."""
    for number, line in enumerate(lines, 1):
        words = line.replace("(", " ").replace(":", " ").replace("[", " ").split()
        if words[:1] == ["async"]:
            del words[0]
        if words[:1] in (["def"], ["class"]) and words[1:2] == [name]:
            return _find_end(lines, number, number)
    return None


def _find_end(lines, first, current):
    """Its decorators too, and what is further in, from `current` on."""
    indent = len(lines[first - 1]) - len(lines[first - 1].lstrip())
    while first > 1 and lines[first - 2].strip().startswith("@"):
        first -= 1
    last = current
    for number in range(current + 1, min(len(lines), current + MAX_FUNCTION_LINES) + 1):
        text = lines[number - 1]
        if text.strip() and not text.strip().startswith((")", "]", "}")) and len(text) - len(text.lstrip()) <= indent:
            break
        if text.strip():
            last = number
    return first, last
