# SPDX-License-Identifier: MIT
"""The interpreters that programs are to die on: one of each version that is here; with `./test --all-pythons` every one,
free-threaded and debug builds and those of other Debian releases too, each as a path that can be executed."""
import atexit
import os
import shlex
import shutil
import tempfile

from agent_run import PYTHONS, VERSIONS, ask_version
from supervised import BUILD, SOURCE

ALL = os.environ.get('FLATLINE_TEST_ALL_PYTHONS') == '1'
# An unpacked release has the folders of the test, at the same places, for as long as this process lives and nobody else.
ENTER = '''#!/bin/sh
exec unshare --mount --propagation private sh -c '
  root=$1 interpreter=$2; shift 2
  for place in /proc /dev /tmp %(places)s; do
    mkdir -p "$root$place" && mount --rbind "$place" "$root$place" || exit 125
  done
  exec chroot "$root" /usr/bin/env -C "$PWD" "$interpreter" "$@"' sh %(root)s %(interpreter)s "$@"
'''


def enter(folder, root, interpreter):
    """A program in `folder` that is the interpreter of the unpacked release."""
    path = os.path.join(folder, os.path.basename(root) + '-' + interpreter)
    with open(path, 'w', encoding='utf-8') as script:
        script.write(ENTER % {'places': ' '.join(map(shlex.quote, sorted({SOURCE, BUILD}))), 'root': shlex.quote(root),
                              'interpreter': '/usr/bin/' + interpreter})
    os.chmod(path, 0o755)
    return path


def name_of(*words):
    return '_'.join(words).replace('python', '').replace('.', '_').replace('-', '_')


def list_interpreters():
    """{name: (path, version)}; the path is None where there is none of that version."""
    if not ALL:
        return {version.replace('.', '_'): (PYTHONS.get(version), version) for version in VERSIONS}
    found = {}
    for path in os.environ.get('FLATLINE_TEST_PYTHONS', '').split(':'):
        version = path and ask_version(path)
        if version:
            name = name_of(os.path.basename(path))
            # The system's and one that was built: both.
            found[name if name not in found else name_of(name, path.split('/')[-3])] = (path, version)
    folder = tempfile.mkdtemp(prefix='flatline-test-pythons-')
    atexit.register(shutil.rmtree, folder, True)
    for row in os.environ.get('FLATLINE_TEST_CHROOTS', '').split(':'):
        root, _, interpreter = row.partition('=')
        if interpreter:
            path = enter(folder, root, interpreter)
            version = ask_version(path)
            found[name_of(interpreter, os.path.basename(root))] = (path, version)
            if version is None:
                raise RuntimeError(f'{interpreter} of {root} cannot be entered')
    return found


INTERPRETERS = list_interpreters()
