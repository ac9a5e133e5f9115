# SPDX-License-Identifier: MIT
"""Nobody needs a mouse or eyes: every window, dialog and menu is reached by keys, each control in it has a name, Tab comes
round, and Escape leads back."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'window'))
from driver import EXAMPLES, pyatspi, wait_for, walk, xdotool  # noqa: E402
from test_names import NamesTest as _NamesTest  # noqa: E402


class AccessTest(_NamesTest):
    test_empty = test_running_and_frozen = None

    def reach(self, state, key, words, ours=True):
        """A window that `key` opens: named throughout, and closed by Escape."""
        before = set(self.windows())
        self.key(key)
        self.see(words)
        opened = wait_for(f'the window of {state}', lambda: set(self.windows()) - before)
        try:
            self.picture('access-' + state)
            if ours:  # what GTK draws by itself is GTK's to name
                self.check_names(state)
        finally:
            xdotool('windowfocus', '--sync', opened.pop(), 'key', 'Escape')
        wait_for(f'the end of {state}', lambda: set(self.windows()) <= before)

    def test_windows_of_the_empty_window(self):
        self.start()
        self.see('Drop a Python Script Here')
        for state, key, words in (('preferences', 'ctrl+comma', 'Test Connection'), ('help', 'F1', 'First Steps'),
                                  ('shortcuts', 'ctrl+question', 'Keyboard shortcuts')):
            with self.subTest(state):
                self.reach(state, key, words, ours=state != 'shortcuts')

    def test_windows_of_a_freeze(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')
        for state, key, words in (('status', 's', 'Supervisor PID'), ('export', 'ctrl+s', 'Export Snapshot')):
            with self.subTest(state):
                self.reach(state, key, words, ours=state != 'export')

    def test_main_menu(self):
        self.start()
        self.see('Drop a Python Script Here')
        self.key('F10')
        self.see('About Flatline')
        self.check_names('main menu')
        self.picture('access-menu')
        self.key('Escape')

    def focused(self):
        """Where the focus is: one walk, which takes a second of its own."""
        for node in walk(self.application()):
            if node.getState().contains(pyatspi.STATE_FOCUSED):
                return node.path, f'{node.getRoleName()} “{node.name}”'
        return None

    def test_tab_goes_through_the_panes(self):
        """From the stack through source and variables to the output, whose terminal keeps Tab for what runs in it; Alt and
        a digit lead out of it."""
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')
        self.key('alt+1')
        here = wait_for('the focus', self.focused)
        trail = []
        while 'Output of the program' not in here[1] and len(trail) < 30:
            xdotool('key', '--clearmodifiers', 'Tab')
            here = wait_for(f'the focus after {trail}',
                            lambda before=here: (now := self.focused()) and now[0] != before[0] and now)
            trail.append(here[1])
        self.assertIn('Output of the program', here[1], trail)
        for pane in ('Source', 'Output'):
            self.assertTrue(any(pane in place for place in trail), trail)
        xdotool('key', '--clearmodifiers', 'alt+3')
        wait_for('a way out of the terminal', lambda: (now := self.focused()) and now[0] != here[0])


if __name__ == '__main__':
    unittest.main()
