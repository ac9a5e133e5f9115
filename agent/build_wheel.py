# SPDX-License-Identifier: MIT
"""Builds the package as one pure-Python wheel with nothing but the standard library.

    python3 agent/build_wheel.py [FOLDER]        writes flatline-VERSION-py3-none-any.whl there (default: here)
    pip wheel ./agent    pip install ./agent     the same through PEP 517, of which this file is the back end

The agent's C part is left out: the package does without. Two builds of the same files are the same to the byte.
"""
import base64
import hashlib
import os
import re
import sys
import zipfile

ROOT = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "flatline"
_TIME = (2020, 1, 1, 0, 0, 0)
_SUMMARY = "Post-mortem files, heart beats and messages of Python programs for the Flatline debugger"


def read_version():
    with open(os.path.join(ROOT, PACKAGE, "__init__.py"), encoding="utf-8") as source:
        return re.search(r'^__version__ = "(.+)"', source.read(), re.M).group(1)


def list_files():
    for folder, folders, names in os.walk(os.path.join(ROOT, PACKAGE)):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as source:
                    yield os.path.relpath(path, ROOT).replace(os.sep, "/"), source.read()


def metadata():
    return ("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: %s\nLicense: MIT\nRequires-Python: >=3.9\n"
            % (PACKAGE, read_version(), _SUMMARY)).encode()


WHEEL = b"Wheel-Version: 1.0\nGenerator: flatline\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """PEP 517: the wheel's file name."""
    version = read_version()
    info = "%s-%s.dist-info/" % (PACKAGE, version)
    name = "%s-%s-py3-none-any.whl" % (PACKAGE, version)
    files = list(list_files()) + [(info + "METADATA", metadata()), (info + "WHEEL", WHEEL),
                                  (info + "top_level.txt", PACKAGE.encode() + b"\n")]
    record = []
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files:
            _add(wheel, path, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append("%s,sha256=%s,%d\n" % (path, digest, len(data)))
        _add(wheel, info + "RECORD", "".join(record + [info + "RECORD,,\n"]).encode())
    return name


def _add(wheel, path, data):
    entry = zipfile.ZipInfo(path, _TIME)
    entry.external_attr = 0o100644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    wheel.writestr(entry, data)


def get_requires_for_build_wheel(config_settings=None):
    return []


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else "."
    print(os.path.join(target, build_wheel(target)))
