# SPDX-License-Identifier: MIT
"""What helps with an import that failed and ended the program: a module of nearly that name, another Python that has the
module, a file of the program's that hides one of Python's own.

Only folders are listed that the import itself has just looked through, and those beside the program. Only modules of C
are used: what fails here is often the library.
"""
import posix
import sys

_MOST_FOLDERS = 100
_MOST_NAMES = 20000
_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_LEVELS_UP = 3


def look(error):
    """{"similar": a module, "found_in": an interpreter, "shadow": a file}, of these what there is."""
    try:
        if type(error) is ModuleNotFoundError and type(error.name) is str:
            found = {"similar": _find_similar(error.name), "found_in": _find_elsewhere(error.name.partition(".")[0])}
        elif type(error) in (ImportError, AttributeError):
            found = {"shadow": _find_shadow(error)}
        else:
            return {}
        return {key: value for key, value in found.items() if value}
    except Exception:
        return {}


def _list(folder):
    try:
        return posix.listdir(folder or ".")
    except OSError:
        return []


def _exists(path):
    try:
        posix.stat(path)
        return True
    except OSError:
        return False


def _is_near(one, other):
    """Equal but for case and underscores, or one letter is missing, too many, wrong, or two have changed places."""
    one, other = one.lower().replace("_", ""), other.lower().replace("_", "")
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(one) < 3 or len(other) - len(one) > 1:
        return False
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1:]
    return (one[start + 1:] == other[start + 1:]
            or (one[start:start + 2] == other[start:start + 2][::-1] and one[start + 2:] == other[start + 2:]))


def _find_similar(name):
    parent, _, last = name.rpartition(".")
    if parent and parent not in sys.modules:
        return _find_similar(parent)
    folders = list(getattr(sys.modules[parent], "__path__", ())) if parent else sys.path
    known = () if parent else sys.builtin_module_names
    for folder in folders[:_MOST_FOLDERS]:
        if type(folder) is not str:
            continue
        for entry in (*known, *_list(folder)[:_MOST_NAMES]):
            candidate, _, ending = entry.partition(".")
            if (candidate != last and candidate.isidentifier() and candidate.startswith("_") == last.startswith("_")
                    and (ending in ("", "py") or ending.endswith("so")) and _is_near(candidate, last)):
                return parent + "." + candidate if parent else candidate
        known = ()
    return None


def _has_module(library, name):
    """Whether an installation with this lib folder has it."""
    for version in _list(library):
        if version.startswith("python3"):
            for packages in ("site-packages", "dist-packages"):
                folder = "%s/%s/%s" % (library, version, packages)
                if any(entry.partition(".")[0] == name for entry in _list(folder)):
                    return True
    return False


def _find_elsewhere(name):
    places = []
    script = sys.argv[0] if sys.argv and type(sys.argv[0]) is str else ""
    here = posix.getcwd()
    beside = script.rpartition("/")[0]
    for folder in (beside if beside.startswith("/") else here + "/" + beside, here):
        folder = folder.rstrip("/.")
        for _ in range(_LEVELS_UP + 1):
            places += [folder + "/" + environment for environment in _ENVIRONMENTS]
            folder = folder.rpartition("/")[0]
            if not folder:
                break
    places += [posix.environ.get(b"VIRTUAL_ENV", b"").decode("utf-8", "surrogateescape"), "/usr", "/usr/local"]
    for place in dict.fromkeys(places):
        interpreter = place + "/bin/python3"
        if place and place != sys.prefix and _exists(interpreter) and _has_module(place + "/lib", name):
            return interpreter
    return None


def _find_shadow(error):
    """The file of a module that was found in the place of the library's of that name."""
    text = str(error)
    if "module '" not in text and type(error) is not ImportError:
        return None
    name = getattr(error, "name", None) if type(error) is ImportError else text.partition("module '")[2].partition("'")[0]
    library = getattr(sys.modules.get("os"), "__file__", "").rpartition("/")[0]
    if type(name) is not str or not name.isidentifier() or not library:
        return None
    file = _find_file(error, name)
    is_of_library = (name in sys.builtin_module_names or _exists("%s/%s.py" % (library, name))
                     or _exists("%s/%s/__init__.py" % (library, name))
                     or any(entry.partition(".")[0] == name for entry in _list(library + "/lib-dynload")))
    return file if file and is_of_library and not file.startswith(library + "/") else None


def _find_file(error, name):
    """A module whose import failed is in sys.modules no more."""
    for module in (sys.modules.get(name), getattr(error, "obj", None)):
        file = getattr(module, "__file__", None) if type(module) is type(sys) else None
        if type(file) is str:
            return file
    traceback = error.__traceback__
    while traceback is not None:
        names = traceback.tb_frame.f_globals
        if names.get("__name__") == name and type(names.get("__file__")) is str:
            return names["__file__"]
        traceback = traceback.tb_next
    path = getattr(error, "path", None)
    return path if type(path) is str else None
