# SPDX-License-Identifier: MIT
"""The window as a client of Wayland, as desktops have it today: of a compositor that is itself a window of X11, so that
keys come to it, with no way to X11 for the program."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, 'window'))
from driver import BUTTONS, EXAMPLES, WindowTest, poll, wait_for, xdotool  # noqa: E402

WESTON = shutil.which('weston')


@unittest.skipIf(WESTON is None, 'weston is not installed')
class WaylandTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.compositor = subprocess.Popen([WESTON, '--backend=x11-backend.so', '--width=1440', '--height=900',
                                            '--socket=flatline-test', '--idle-time=0', '--no-config',
                                            '--shell=kiosk-shell.so'],
                                           env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.compositor.wait)
        self.addCleanup(self.compositor.terminate)
        socket = os.path.join(self.env['XDG_RUNTIME_DIR'], 'flatline-test')
        wait_for('the compositor', lambda: os.path.exists(socket))
        self.env.update(GDK_BACKEND='wayland', WAYLAND_DISPLAY='flatline-test')
        del self.env['DISPLAY']
        # What the toolkit is known to complain of would end the window.
        self.env.pop('G_DEBUG', None)

    def windows(self):
        """Those that the program has; X11 knows of the compositor's alone."""
        return [window.name for window in self.application() or ()]

    def key(self, *keys):
        xdotool('key', '--clearmodifiers', *keys)

    def key_until(self, what, keys, look, to_main=False):
        """A key that comes while the compositor gives the focus to another window is lost. The main one, as large as the
        screen, gets it with a click on its title."""
        def pressed():
            if look():
                return True
            if to_main:
                xdotool('mousemove', 560, 24, 'click', 1)
            self.key(*keys)
            return poll(look, 2)
        wait_for(what, pressed)

    def test_way(self):
        """From the start to the end of a frozen program, with windows beside the first."""
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        screen = wait_for('the screen', lambda: xdotool('search', '--onlyvisible', '--class', '^Weston').split()[-1])
        xdotool('windowfocus', '--sync', screen)
        self.see('FLATLINED')
        for keys, words in (('ctrl+comma', 'Open Again What Was Open'), ('ctrl+question', 'Shortcuts')):
            n_windows = len(self.windows())
            self.key_until(words, (keys,), lambda words=words: self.find(words), to_main=True)
            self.assertGreater(len(self.windows()), n_windows)
            self.picture('wayland-' + keys.replace('+', '-'))
            self.key_until(f'the end of “{words}”', ('Escape',),
                           lambda n_windows=n_windows: len(self.windows()) == n_windows)
        self.press('Show Stack')
        self.press('Force Kill')
        self.see('Restart', BUTTONS)
        self.see('SIGKILL')


if __name__ == '__main__':
    unittest.main()
