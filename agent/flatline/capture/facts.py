# SPDX-License-Identifier: MIT
"""What one wants to know of the machine: interpreter, platform, environment, installed distributions, threads."""
import _thread
import os
import sys

from . import anatomy

try:
    import resource
except ImportError:
    resource = None

MAX_DISTRIBUTIONS = 2000
MAX_VARIABLES = 1000
# What says how Python and the program run; the rest of the environment stays where it is.
_SHOWN = frozenset("""PATH HOME LANG LANGUAGE TZ TERM SHELL PWD DISPLAY WAYLAND_DISPLAY VIRTUAL_ENV TMPDIR TEMP TMP
http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY DJANGO_SETTINGS_MODULE""".split())
_SHOWN_PREFIXES = ("PYTHON", "LC_", "LD_", "XDG_", "CONDA_", "OMP_", "OPENBLAS_", "MKL_", "CUDA_", "MALLOC_", "FLASK_",
                   "DYLD_", "SSL_CERT_")
_LEFT_OUT = "<left out>"


def describe_program(options, secrets):
    argv = [word for word in list(sys.argv) if type(word) is str] if type(sys.argv) is list else []
    record = {"pid": os.getpid(), "argv": secrets.clean_words(argv), "executable": sys.executable or "",
              "python": describe_python(), "platform": describe_platform(),
              "environment": list_environment(options, secrets), "distributions": list_distributions()}
    try:
        record["cwd"] = os.getcwd()
    except OSError:
        pass
    return record


def describe_process(secrets):
    """The process as Flatline's own snapshots have it, as far as it knows itself."""
    words = [word for word in getattr(sys, "orig_argv", [sys.executable] + list(sys.argv)) if type(word) is str]
    record = {"pid": os.getpid(), "ppid": os.getppid(), "name": os.path.basename(sys.executable or "python"),
              "command_line": " ".join(secrets.clean_words(words)), "state": "R", "state_text": "running",
              "alive": True, "open_files": -1, "python_version": "%d.%d.%d" % sys.version_info[:3]}
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        record["rss_bytes"] = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        record["cpu_time_us"] = int((usage.ru_utime + usage.ru_stime) * 1000000)
    return record


def describe_python():
    version = "%d.%d.%d" % sys.version_info[:3]
    if sys.implementation.name == "cpython":
        return version
    return "%s %d.%d.%d, Python %s" % ((sys.implementation.name,) + tuple(sys.implementation.version[:3]) + (version,))


def describe_platform():
    name = sys.implementation.name
    system = sys.platform
    if hasattr(os, "uname"):
        system = "%s %s %s" % (os.uname().sysname, os.uname().release, os.uname().machine)
    return "%s, %s, %d bits, built by %s" % (name, system, 64 if sys.maxsize > 1 << 32 else 32,
                                             sys.version.rpartition("[")[2].rstrip("]"))


def list_environment(options, secrets):
    """NAME=value of each variable; of most only that they are there."""
    shown = []
    # os.environ may be replaced by the program; what it started with is the interpreter's own.
    data = anatomy.attribute(os.environ, "_data")
    items = anatomy.dict_items(data, MAX_VARIABLES) if type(data) is dict else []
    for name, value in items:
        if type(name) is bytes and type(value) is bytes:
            name, value = os.fsdecode(name), os.fsdecode(value)
        if type(name) is not str or type(value) is not str:
            continue
        if secrets.hides(name, value):
            value = "<masked>"
        elif not (options.environment or name in _SHOWN or name.startswith(_SHOWN_PREFIXES)):
            value = _LEFT_OUT
        shown.append("%s=%s" % (name, secrets.clean(value)[:4096]))
    return sorted(shown)


def list_distributions():
    """'name version' by the names of the folders beside the packages; no file is opened."""
    found = {}
    for folder in list(sys.path) if type(sys.path) is list else []:
        if type(folder) is not str:
            continue
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in entries[:20000]:
            stem, dot, ending = entry.rpartition(".")
            if ending in ("dist-info", "egg-info"):
                name, _, version = stem.partition("-")
                found.setdefault(name.replace("_", "-").lower(), (name, version.split("-py")[0]))
        if len(found) >= MAX_DISTRIBUTIONS:
            break
    return [("%s %s" % found[key]).rstrip() for key in sorted(found)]


def list_threads():
    """{ident: (name, native id, is daemon, is main)} of the threads that `threading` knows, without its locks."""
    threading = sys.modules.get("threading")
    own = anatomy.instance_dict(threading) if threading is not None else None
    active = dict.get(own, "_active") if own is not None else None
    known = {}
    if own is None and _thread.get_native_id() == os.getpid():
        known[_thread.get_ident()] = ("MainThread", os.getpid(), False, True)
    for ident, thread in anatomy.dict_items(active) if type(active) is dict else []:
        name, native = anatomy.attribute(thread, "_name"), anatomy.attribute(thread, "_native_id")
        known[ident] = (name if type(name) is str else "?", native if type(native) is int else 0,
                        anatomy.attribute(thread, "_daemonic") is True, thread is dict.get(own, "_main_thread"))
    return known
