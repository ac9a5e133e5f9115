# SPDX-License-Identifier: MIT
"""Programs under the inspector's eyes: they make something, say how Python itself would show it, and hold still until the
test has read the same from outside with `flatline-cli dump`."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get('FLATLINE_TEST_SOURCE_ROOT') or os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
BUILD = os.environ.get('FLATLINE_TEST_BUILD_ROOT') or os.path.join(SOURCE, 'build')
CLI = os.path.join(BUILD, 'app', 'cli', 'flatline-cli')
HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE_S = 60
ALL = os.environ.get('FLATLINE_TEST_ALL_PYTHONS') == '1'


def list_pythons():
    """(name, command) of every interpreter to be read: the system's and the one on PATH, or all there are."""
    commands = [['/usr/bin/python3']]
    on_path = shutil.which('python3')
    if on_path:
        commands.append([on_path])
    if ALL:
        commands += [[path] for path in os.environ.get('FLATLINE_TEST_PYTHONS', '').split(':') if path]
        for row in os.environ.get('FLATLINE_TEST_CHROOTS', '').split(':'):
            root, _, interpreter = row.partition('=')
            if interpreter:
                commands.append(['chroot', root, '/usr/bin/' + interpreter])
    pythons = {}
    for command in commands:
        asked = subprocess.run([*command, '-c', 'import sys; print(sys.version.split()[0], sys.executable)'],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
        version = asked.stdout.split()
        if len(version) == 2 and (3, 9) <= tuple(map(int, version[0].split('.')[:2])):
            # What a launcher of versions stands for is what runs in the end.
            command = command if len(command) > 1 else [version[1]]
            pythons.setdefault(' '.join(command), (version[0], command))
    return list(pythons.values())


PYTHONS = list_pythons()


class Program:
    """A script of this folder in a process; it answers each line of ours with a line, and then holds still."""

    def __init__(self, command, script, environment=None, **options):
        with open(os.path.join(HERE, script), encoding='utf-8') as source:
            text = source.read()
        self.process = subprocess.Popen([*command, '-c', text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding='utf-8', **options,
                                        env={'PATH': os.environ['PATH'], 'PYTHONUTF8': '1', **(environment or {})})
        self.pid = self.process.pid

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f'the program ended: {self.process.wait()}')
        return json.loads(answer)

    def go_on(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()

    def dump(self, *options, **more):
        return dump(self.pid, *options, **more)

    def dump_core(self):
        """The same from a core file of it as it stands, which gdb writes."""
        with tempfile.TemporaryDirectory(prefix='flatline-core-') as folder:
            core = os.path.join(folder, 'core')
            subprocess.run(['gdb', '-q', '-batch', '-readnever', '-p', str(self.pid), '-ex', f'gcore {core}'],
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=True)
            return dump(core)

    def read_state(self):
        return read_state(self.pid)

    def close(self):
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def read_state(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
        return stat.read().rpartition(')')[2].split()[0]


def wait_until_asleep(pid):
    """Who has just answered is on the way to where it holds still."""
    deadline = time.monotonic() + PATIENCE_S
    while read_state(pid) != 'S' and time.monotonic() < deadline:
        time.sleep(0.001)


def dump(pid, *options, as_command=()):
    """What `flatline-cli dump` says. Stacks in C are read while the program is held, for no longer than it may be: on a busy
    machine that can be too short, and it says so; then it is asked again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        snapshot = json.loads(output_of([*as_command, CLI, 'dump', '--json', *options, str(pid)]))
        if '--native' not in options or was_held_to_the_end(snapshot) or time.monotonic() > deadline:
            return snapshot


def output_of(command):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            output, errors = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            look = subprocess.run([CLI, 'dump', '--native', str(process.pid)], stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=PATIENCE_S, check=False)
            process.kill()
            raise AssertionError(f'{command} takes more than {PATIENCE_S} s: {(look.stdout + look.stderr).decode()}') from None
    if process.returncode != 0:
        raise AssertionError(f'dump exited with {process.returncode}: {errors.decode()}')
    return output


def was_held_to_the_end(snapshot):
    said = snapshot.get('limits', []) + snapshot.get('notes', [])
    return not any(words in sentence for sentence in said
                   for words in ('The pause was as long as it may be', 'Read without pause', 'did not stop in time'))


def main_thread(snapshot):
    return next(thread for thread in snapshot['threads'] if thread.get('is_main'))


def frames_below(thread, function):
    """The frames that called @function, innermost first."""
    frames = thread.get('frames', [])
    for i, frame in enumerate(frames):
        if frame['function'] == function:
            return frames[i + 1:]
    raise AssertionError(f'no frame of {function} in {frames}')


def local_texts(frame):
    return {value['name']: value.get('text') for value in frame.get('locals', [])}
