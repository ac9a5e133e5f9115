# SPDX-License-Identifier: MIT
"""Programs run with and without the agent, and a listener in the supervisor's place that keeps what the agent tells."""
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.environ.get('FLATLINE_TEST_SOURCE_ROOT') or os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
BUILD = os.environ.get('FLATLINE_TEST_BUILD_ROOT') or os.path.join(SOURCE, 'build')
AGENT = os.path.join(BUILD, 'agent')
VERSIONS = ('3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15')
PATIENCE_S = 60.0
# Threads that do not end by themselves must not end the test either.
SLOWNESS = 4.0 if os.environ.get('FLATLINE_TEST_SANITIZE') else 1.0


def ask_version(python):
    """As in '3.11'; None of what does not run."""
    try:
        return subprocess.run([python, '-I', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'],
                              capture_output=True, text=True, timeout=300).stdout.strip() or None
    except OSError:
        return None


def find_pythons():
    """{version: path} of the interpreters that are here, or that FLATLINE_TEST_PYTHONS names."""
    named = os.environ.get('FLATLINE_TEST_PYTHONS')
    candidates = named.split(':') if named else []
    if not named:
        root = os.environ.get('PYENV_ROOT') or os.path.join(os.environ.get('HOME') or '/', '.pyenv')
        candidates.append('/usr/bin/python3')
        for version in VERSIONS:
            found = shutil.which('python' + version)
            candidates += [found] if found and '/shims/' not in found else []
            candidates += sorted(glob.glob(os.path.join(root, 'versions', version + '.*', 'bin', 'python' + version)))
    pythons = {}
    for path in candidates:
        version = ask_version(path)
        if version in VERSIONS:
            pythons.setdefault(version, path)
    return pythons


PYTHONS = find_pythons()
# What is not about the interpreter's version is tested with this one.
PYTHON = PYTHONS.get('3.11') or sys.executable


def for_each_python(base):
    """Subclasses of a test case, one a version, each with `python`; absent ones are skipped aloud."""
    import unittest

    namespace = sys.modules[base.__module__].__dict__
    for version in VERSIONS:
        name = base.__name__.lstrip('_') + version.replace('.', '_')
        path = PYTHONS.get(version)
        members = {'python': path, 'version': tuple(map(int, version.split('.'))), '__module__': base.__module__}
        if path is None:
            def skipped(self, version=version):
                self.skipTest('there is no Python %s here' % version)

            namespace[name] = type(name, (unittest.TestCase,), {'test_all': skipped, '__module__': base.__module__})
        else:
            namespace[name] = type(name, (base, unittest.TestCase), members)
    return base


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError('waited in vain for ' + what)
        time.sleep(0.005)


class Pipes:
    """What an agent has handed over, in the place of the socket that it came by: as much of one as is used here."""

    def __init__(self, reader, writer):
        self.reader = open(reader, 'rb', buffering=0)
        self.writer = open(writer, 'wb', buffering=0)
        os.set_blocking(reader, True)
        os.set_blocking(writer, True)

    def recv(self, length):
        return self.reader.read(length)

    def sendall(self, data):
        self.writer.write(data)

    def shutdown(self, how):
        self.writer.close()

    def close(self):
        self.writer.close()


class Listener:
    """A Unix socket that agents connect to. What they tell is kept; it can also refuse to read."""

    def __init__(self, folder, reads=True, accepts=True):
        self.path = os.path.join(folder, 'agent-%d.socket' % len(os.listdir(folder)))
        self.reads = reads
        self.accepts = accepts
        self.events = []
        self.changed = threading.Condition()
        self.connections = []
        self.readers = []
        self.held = []
        self.open = 0
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(1024)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        if accepts:
            self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            if self.reads:
                reader = threading.Thread(target=self._read, args=(connection,), daemon=True)
                reader.start()
                self.readers.append(reader)

    def _lines(self, connection):
        """Those that come by the connection, or by the pipes that come with the first of them."""
        rest, descriptors, _, _ = socket.recv_fds(connection, 65536, 2)
        if descriptors:
            connection.close()
            line = Pipes(*descriptors)
            self.connections[self.connections.index(connection)] = line
            connection = line
        data = rest
        while data:
            *lines, rest = rest.split(b'\n')
            for line in lines:
                yield connection, line
            try:
                data = connection.recv(65536)
            except OSError:  # Closed meanwhile.
                break
            rest += data
        if descriptors:
            connection.reader.close()

    def _read(self, connection):
        for connection, line in self._lines(connection):
            event = json.loads(line)
            with self.changed:
                self.events.append(event)
                self.changed.notify_all()
            if event.get('event') == 'held':
                # At a breakpoint: whoever tests lets go.
                connection.sendall(b'wait\n')
                self.held.append(connection)
            elif event.get('params', {}).get('hold'):
                # Who tells so waits for us to have read it, and goes on when the connection ends.
                connection.shutdown(socket.SHUT_RDWR)

    def wait_for(self, condition, what):
        """The first event for which the condition holds."""
        with self.changed:
            found = []

            def look():
                found[:] = [event for event in self.events if condition(event)]
                return found

            if not self.changed.wait_for(look, PATIENCE_S):
                raise AssertionError('waited in vain for %s; there is %s' % (what, self.events[-20:]))
            return found[0]

    def named(self, name):
        return [event['params'] for event in list(self.events) if event.get('event') == name]

    def beats(self, lane='program'):
        return [(beat[1], beat[2]) for params in self.named('beats') for beat in params['beats'] if beat[0] == lane]

    def reports(self):
        return self.named('report')

    def settle(self):
        """Waits until everybody who connected has gone: all they told is here."""
        mark = 'settled %d' % len(self.events)
        with socket.socket(socket.AF_UNIX) as own:
            own.connect(self.path)
            own.sendall(json.dumps({'event': mark}).encode() + b'\n')
        self.wait_for(lambda event: event.get('event') == mark, 'our own connection, which comes after theirs')
        for reader in list(self.readers):
            reader.join(PATIENCE_S)

    def drop(self):
        for connection in self.connections:
            connection.close()

    def close(self):
        self.socket.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        if os.path.exists(self.path):
            os.unlink(self.path)


class Outcome:
    def __init__(self, returncode, stdout, stderr):
        self.returncode, self.stdout, self.stderr = returncode, stdout, stderr

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __repr__(self):
        return 'exit status %s\n--- stdout\n%s\n--- stderr\n%s' % (
            self.returncode, self.stdout.decode(errors='replace'), self.stderr.decode(errors='replace'))


class Programs:
    """Mixed into test cases: a private folder, programs written there and run."""

    python = PYTHON

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='flatline-agent-')
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.work = os.path.join(self.folder, 'work')
        self.sockets = os.path.join(self.folder, 'sockets')
        os.mkdir(self.work)
        os.mkdir(self.sockets)

    def listen(self, **options):
        listener = Listener(self.sockets, **options)
        self.addCleanup(listener.close)
        return listener

    def write(self, text, name='program.py'):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as program:
            program.write(text)
        return path

    def environment(self, listener=None, extra=None):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(('FLATLINE_', 'TRIO_DEBUGGER_', 'PYTHON', 'G_DEBUG', 'MALLOC_'))}
        environment.update(HOME=self.folder, LANG='C.UTF-8', PYTHONDONTWRITEBYTECODE='1', **(extra or {}))
        if listener is not None:
            own = environment.get('PYTHONPATH')
            environment.update(FLATLINE_ENABLED='1', FLATLINE_HOST='127.0.0.1', FLATLINE_PORT='1',
                               FLATLINE_TOKEN='0' * 32, FLATLINE_AGENT_SOCKET=listener.path,
                               PYTHONPATH=AGENT + (':' + own if own else ''))
            if own:
                environment['FLATLINE_ORIGINAL_PYTHONPATH'] = own
        return environment

    def start(self, arguments, listener=None, extra=None, **options):
        if isinstance(arguments, str):
            arguments = [self.write(arguments)]
        options.setdefault('stdin', subprocess.DEVNULL)
        process = subprocess.Popen([self.python, *arguments], env=self.environment(listener, extra), cwd=self.work,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()

    @staticmethod
    def finish(process):
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
        return Outcome(process.returncode, stdout, stderr)

    def run_both(self, arguments, extra=None, listener=None, clean=None, **options):
        """The outcomes without and with the agent, told to `listener`, after they have been compared."""
        listener = listener or self.listen()
        if isinstance(arguments, str):
            arguments = [self.write(arguments)]
        outcomes = [self.finish(self.start(arguments, None, extra, **options)),
                    self.finish(self.start(arguments, listener, extra, **options))]
        for outcome in outcomes:
            # Addresses and pids differ from run to run.
            for name in ('stdout', 'stderr'):
                text = re.sub(rb'0x[0-9a-f]{6,}', b'0x', getattr(outcome, name))
                setattr(outcome, name, clean(text) if clean else text)
        self.assertMultiLineEqual(repr(outcomes[0]), repr(outcomes[1]), 'without the agent, then with it')
        if listener.reads and listener.accepts:
            listener.settle()
        self.listener = listener
        return outcomes[1]
