# SPDX-License-Identifier: MIT
"""Flatline installed into a prefix that is then somewhere else, with a desktop around it: a session bus of its own that
knows the prefix, as after logging in."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'window'))
from driver import BUILD, WindowTest, is_alive, wait_for  # noqa: E402


def install(folder):
    """The prefix, moved: what is installed under DESTDIR was configured for another place."""
    subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', folder], check=True,
                   stdout=subprocess.DEVNULL)
    for top, _, names in os.walk(folder):
        if 'flatline' in names and top.endswith('/bin'):
            prefix = os.path.dirname(top)
            break
    share = os.path.join(prefix, 'share')
    subprocess.run(['glib-compile-schemas', '--strict', os.path.join(share, 'glib-2.0', 'schemas')], check=True)
    subprocess.run(['update-mime-database', os.path.join(share, 'mime')], check=True)
    # The service file names the place that was configured.
    for name in ('dbus-1/services/org.flatline.Flatline.service',):
        path = os.path.join(share, name)
        with open(path, encoding='utf-8') as file:
            lines = [f'Exec={prefix}/bin/flatline --gapplication-service\n' if line.startswith('Exec=') else line
                     for line in file]
        with open(path, 'w', encoding='utf-8') as file:
            file.writelines(lines)
    subprocess.run(['update-desktop-database', os.path.join(share, 'applications')], check=True)
    return prefix


class InstalledTest(WindowTest):
    path = os.environ['PATH']  # without the prefix

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = tempfile.mkdtemp(prefix='flatline-installed-')
        cls.addClassCleanup(shutil.rmtree, cls.root, True)
        cls.prefix = install(cls.root)

    def setUp(self):
        super().setUp()
        self.env['PATH'] = os.path.join(self.prefix, 'bin') + ':' + self.path
        self.env['XDG_DATA_DIRS'] = os.path.join(self.prefix, 'share') + ':/usr/local/share:/usr/share'
        for name in ('FLATLINE_TEST_BUILD_ROOT', 'FLATLINE_TEST_SOURCE_ROOT', 'GSETTINGS_SCHEMA_DIR'):
            self.env.pop(name, None)
        # What is set is kept, as on a desktop; whom the bus starts has this environment, too.
        self.env['GSETTINGS_BACKEND'] = 'keyfile'
        self.start_bus()

    def start_bus(self):
        # The window on the new bus and this test meet on the accessibility bus of the old one.
        address = self.run_here('gdbus', 'call', '--session', '--dest', 'org.a11y.Bus', '--object-path',
                                '/org/a11y/bus', '--method', 'org.a11y.Bus.GetAddress')
        self.env['AT_SPI_BUS_ADDRESS'] = address.split("'")[1]
        bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1'],
                               env=self.env, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.addCleanup(bus.stdout.close)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.kill)
        self.env['DBUS_SESSION_BUS_ADDRESS'] = bus.stdout.readline().strip()

    def run_here(self, *arguments):
        return subprocess.run(arguments, env=self.env, cwd=self.folder, check=True, timeout=120, text=True,
                              stdout=subprocess.PIPE).stdout

    def owner_pid(self):
        """The process that the bus started for the name."""
        out = subprocess.run(['gdbus', 'call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path',
                              '/org/freedesktop/DBus', '--method',
                              'org.freedesktop.DBus.GetConnectionUnixProcessID', 'org.flatline.Flatline'],
                             env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return int(out.split()[1].rstrip(',)')) if out else None

    def adopt(self):
        """The window that the desktop started becomes the one the test drives."""
        pid = wait_for('the service', self.owner_pid)
        self.window = Started(pid)
        self.addCleanup(self.window.end)
        self.main_window = wait_for('the window on the screen', self.windows)[-1]


class Started:
    """As much of a Popen as the driver asks of, for a process that the bus started."""

    def __init__(self, pid):
        self.pid = pid

    def end(self):
        try:
            os.kill(self.pid, 15)
        except ProcessLookupError:
            return
        wait_for('the end of the service', lambda: not is_alive(self.pid))
