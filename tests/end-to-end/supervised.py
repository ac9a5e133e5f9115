# SPDX-License-Identifier: MIT
"""A program under `flatline-cli run --json`, as the tests see it: its events, and whatever is left of it afterwards."""
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

SOURCE = os.environ.get('FLATLINE_TEST_SOURCE_ROOT') or os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
BUILD = os.environ.get('FLATLINE_TEST_BUILD_ROOT') or os.path.join(SOURCE, 'build')
CLI = os.path.join(BUILD, 'app', 'cli', 'flatline-cli')
PROGRAMS = os.path.join(SOURCE, 'tests', 'fixtures', 'programs')
EXAMPLES = os.path.join(SOURCE, 'data', 'examples')
PYTHON = sys.executable
MARK = 'FLATLINE_TEST_MARK'
PATIENCE_S = 60.0


def find_line(path, words='# freezes here'):
    """The number of the line with these words."""
    with open(path, encoding='utf-8') as source:
        for number, line in enumerate(source, 1):
            if words in line:
                return number
    raise AssertionError(f'{path} has no line with “{words}”')


def list_marked(mark):
    """Pids whose environment carries the mark: all that descends from one test."""
    found = []
    wanted = f'{MARK}={mark}'.encode()
    for entry in os.listdir('/proc'):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f'/proc/{entry}/environ', 'rb') as environ:
                    if wanted in environ.read().split(b'\0'):
                        found.append(int(entry))
            except OSError:
                continue
    return found


def wait_until(condition, what, patience_s=PATIENCE_S):
    """The first true answer of condition(); never a guess at how long something takes."""
    deadline = time.monotonic() + patience_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {patience_s:.0f} s in vain for {what}')
        time.sleep(0.01)


class Surroundings:
    """Private folders and a mark by which every process of a test is found."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='flatline-test-')
        self.mark = uuid.uuid4().hex
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(('FLATLINE_', 'TRIO_DEBUGGER_', 'PYTHON'))}
        self.environment[MARK] = self.mark
        for name in ('runtime', 'config', 'data', 'cache', 'state', 'work'):
            os.mkdir(os.path.join(self.folder, name), 0o700)
        self.work = os.path.join(self.folder, 'work')
        self.environment.update(
            XDG_RUNTIME_DIR=os.path.join(self.folder, 'runtime'), XDG_CONFIG_HOME=os.path.join(self.folder, 'config'),
            XDG_DATA_HOME=os.path.join(self.folder, 'data'), XDG_CACHE_HOME=os.path.join(self.folder, 'cache'),
            XDG_STATE_HOME=os.path.join(self.folder, 'state'), HOME=self.folder, LANG='C.UTF-8')

    def call(self, *arguments, **options):
        """flatline-cli with these arguments, to its end."""
        if 'input' not in options:
            options.setdefault('stdin', subprocess.DEVNULL)
        return subprocess.run([CLI, *map(str, arguments)], env=self.environment, cwd=self.work, timeout=PATIENCE_S,
                              capture_output=True, **options)

    def list_left(self):
        return list_marked(self.mark)

    def expect_nothing_left(self):
        wait_until(lambda: not self.list_left(), f'the end of processes {self.list_left()}')

    def remove(self):
        for pid in self.list_left():
            try:
                os.kill(pid, 9)
            except OSError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


class Supervised:
    """`flatline-cli run --json …`, read event by event."""

    def __init__(self, surroundings, *arguments, options=(), threshold=0.5, python=PYTHON, stdin=subprocess.DEVNULL):
        self.surroundings = surroundings
        self.threshold = threshold
        self.events = []
        self.buffer = b''
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [CLI, 'run', '--json', '--threshold', str(threshold), '--python', python, *options, *map(str, arguments)],
            stdin=stdin, stdout=subprocess.PIPE, stderr=self.errors, env=surroundings.environment,
            cwd=surroundings.work)

    def read_event(self, deadline):
        """The next event, or None when there is no more."""
        while b'\n' not in self.buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f'no event in time; so far {self.summary()}; stderr {self.read_errors()}')
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                if self.buffer:
                    raise AssertionError(f'half a line at the end: {self.buffer[:200]!r}')
                return None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b'\n')
        event = json.loads(line)
        self.events.append(event)
        return event

    def wait_for(self, name, condition=lambda event: True):
        """The first event of that name, old or new, for which the condition holds."""
        for event in self.events:
            if event['event'] == name and condition(event):
                return event
        deadline = time.monotonic() + PATIENCE_S
        while True:
            event = self.read_event(deadline)
            if event is None:
                raise AssertionError(f'ended without “{name}”: {self.summary()}; stderr {self.read_errors()}')
            if event['event'] == name and condition(event):
                return event

    def wait_for_output(self, text, stream='stdout'):
        self.wait_for('output', lambda event: text in self.output(stream))

    def read_for(self, seconds):
        """Reads whatever comes in that time, which may be nothing."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            if (ready or b'\n' in self.buffer) and self.read_event(time.monotonic() + PATIENCE_S) is None:
                return

    def finish(self):
        """Reads to the end; the exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self.read_event(deadline) is not None:
            pass
        return self.process.wait(PATIENCE_S)

    def output(self, stream='stdout'):
        return ''.join(event['text'] for event in self.events
                       if event['event'] == 'output' and event['stream'] == stream)

    def named(self, name):
        return [event for event in self.events if event['event'] == name]

    def read_errors(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors='replace')[-2000:]

    def summary(self):
        return [event.get('state') or event.get('cause') or event['event'] for event in self.events][-30:]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


def find_frame(snapshot, file, function):
    """The first frame of that function in that file, with its thread."""
    for thread in snapshot.get('threads', []):
        for frame in thread.get('frames', []):
            if frame.get('function') == function and os.path.basename(frame.get('file', '')) == os.path.basename(file):
                return thread, frame
    return None, None


def find_local(frame, name):
    for value in frame.get('locals', []):
        if value.get('name') == name:
            return value
    return None
