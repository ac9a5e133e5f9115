# SPDX-License-Identifier: MIT
"""The real window, driven as assistive technology drives it: a script is opened, freezes, is killed with its
children, and is started again."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

try:
    import pyatspi
except ImportError:
    pyatspi = None

BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
ARTIFACTS = os.path.join(BUILD, 'tests', 'artifacts')
DEADLINE_S = 40

SCRIPT = '''\
import json, os, socket, subprocess, sys, threading, time

child = subprocess.Popen(['sleep', '600'])

def beat(reason, caller):
    payload = {'reason': reason, 'caller': caller, 'pid': os.getpid(), 'timestamp': time.time()}
    line = json.dumps({'token': os.environ['FLATLINE_TOKEN'], 'kind': 'heartbeat', 'payload': payload}) + '\\n'
    with socket.create_connection((os.environ['FLATLINE_HOST'], int(os.environ['FLATLINE_PORT'])), 2) as relay:
        relay.sendall(line.encode())

def wait_for_ever(lock):
    with lock:
        pass

for number in range(5):
    beat('LOAD', 'main')
    time.sleep(0.1)
lock = threading.Lock()
lock.acquire()
wait_for_ever(lock)
'''


def wait_for(what, look):
    """The first true answer of look(), or a failure that names what did not come."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            found = look()
        except Exception:  # widgets come and go while they are looked at
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f'{what} did not come within {DEADLINE_S} s')


def walk(node):
    yield node
    for child in node:
        if child is not None:
            yield from walk(child)


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as stat:
            return stat.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def children_of(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
        return [int(child) for child in children.read().split()]


@unittest.skipIf(pyatspi is None, 'python3-pyatspi is not installed')
class SessionTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='flatline-window-')
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.script = os.path.join(self.folder, 'stops.py')
        with open(self.script, 'w', encoding='utf-8') as script:
            script.write(SCRIPT)
        env = dict(os.environ, GSK_RENDERER='cairo', GSETTINGS_BACKEND='memory', LC_ALL='C.UTF-8')
        for name in ('XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME'):
            env[name] = os.path.join(self.folder, name)
        self.window = subprocess.Popen([os.path.join(BUILD, 'app', 'flatline'), self.script], env=env)
        self.addCleanup(self.end_window)

    def end_window(self):
        self.window.send_signal(signal.SIGTERM)
        try:
            self.window.wait(10)
        except subprocess.TimeoutExpired:
            self.window.kill()
            self.window.wait()

    def application(self):
        for application in pyatspi.Registry.getDesktop(0):
            if application is not None and application.get_process_id() == self.window.pid:
                return application
        return None

    def find(self, text, role=None):
        """A widget whose name contains text. GTK 4.8 tells STATE_SHOWING for windows only, so it is not asked."""
        for node in walk(self.application()):
            if text in (node.name or '') and (role is None or node.getRoleName() in role):
                return node
        return None

    def press(self, name):
        button = wait_for(f'button “{name}”', lambda: self.find(name, ('push button', 'button')))
        button.queryAction().doAction(0)

    def picture(self, name):
        os.makedirs(ARTIFACTS, exist_ok=True)
        if shutil.which('import'):
            subprocess.run(['import', '-window', 'root', os.path.join(ARTIFACTS, f'window-{name}.png')], check=False)

    def find_child(self, parent, word):
        for pid in children_of(parent):
            with open(f'/proc/{pid}/cmdline', 'rb') as cmdline:
                if word in cmdline.read():
                    return pid
        return None

    def program_pid(self):
        """As the window's subtitle says it."""
        label = self.find(' · PID ', ('label',))
        return int(label.name.rpartition(' ')[2]) if label else None

    def test_freeze_kill_and_restart(self):
        pid = wait_for('the program', self.program_pid)
        wait_for('its row in the process tree', lambda: self.find(str(pid)))
        child = wait_for('its child', lambda: self.find_child(pid, b'sleep'))
        self.picture('running')

        wait_for('the banner', lambda: self.find('FLATLINED'))
        wait_for('its reason and caller', lambda: self.find('after LOAD in main'))
        wait_for('the stack', lambda: self.find('wait_for_ever'))
        self.picture('frozen')

        self.press('Force Kill')
        wait_for('the end of the program', lambda: not is_alive(pid))
        wait_for('the end of its child', lambda: not is_alive(child))
        wait_for('how it ended', lambda: self.find('Ended by SIGKILL'))
        self.picture('killed')

        self.press('Restart')
        again = wait_for('a new program', lambda: self.program_pid() not in (None, pid) and self.program_pid())
        wait_for('its row in the process tree', lambda: self.find(str(again)))
        self.picture('restarted')


if __name__ == '__main__':
    unittest.main()
