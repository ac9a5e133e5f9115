# SPDX-License-Identifier: MIT
"""Nobody needs a mouse or eyes: every window, dialog and menu is reached by keys, each control in it has a name, Tab comes
round, and Escape leads back."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'window'))
from driver import BUTTONS, EXAMPLES, MENU_ITEMS, QuickLook, pyatspi, wait_for, xdotool  # noqa: E402
import test_names  # noqa: E402


class AccessTest(test_names.NamesTest):
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
        for state, key, words in (('preferences', 'ctrl+comma', 'Open Again What Was Open'), ('help', 'F1', 'First Steps'),
                                  ('shortcuts', 'ctrl+question', 'Shortcuts')):
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

    def test_dialogs_without_a_key(self):
        """From the main menu, by keys."""
        self.start()
        self.see('Drop a Python Script Here')
        self.reach('attach', 'ctrl+shift+a', 'Attach')
        for state, item, words in (('about', 'About Flatline', 'Flatline'), ('core file', 'Open Core File', 'Open')):
            with self.subTest(state):
                before = set(self.windows())
                self.key('F10')
                self.see('About Flatline', MENU_ITEMS)
                opened = self.choose(item, before)
                self.picture('access-' + state.replace(' ', '-'))
                if state == 'about':  # the other one is GTK's
                    self.check_names(state)
                xdotool('windowfocus', '--sync', opened, 'key', 'Escape')
                wait_for(f'the end of {state}', lambda: opened not in self.windows())

    def test_pages_of_preferences(self):
        self.start()
        self.see('Drop a Python Script Here')
        self.key('ctrl+comma')
        self.see('Open Again What Was Open')
        pages = {node.name for node in self.find_each('', ('page tab', 'radio button'))}
        self.assertGreaterEqual(len(pages), 2)
        for page in pages:
            with self.subTest(page):
                self.see(page, ('page tab', 'radio button')).queryAction().doAction(0)
                self.picture('access-preferences-' + page.lower())
                self.check_names('preferences, ' + page)

    def test_menus_of_the_panes(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')
        for state, key, words in (('stacks', 'alt+1', 'Copy All Stacks'), ('variables', '2', 'Copy as JSON'),
                                  ('output', 'alt+2', 'Select All'), ('processes', 'alt+3', 'Kill with Its Children')):
            with self.subTest(state):
                before = self.open_menu(key, words)
                self.picture('access-menu-' + state)
                self.check_names('menu of ' + state)
                self.close_menu(before)

    def test_value_in_a_window_of_its_own(self):
        """What does not fit its row opens by Enter."""
        self.start(self.write('poem.py', 'import time\nfrom flatline import beat\n'
                                         'def read(poem):\n    beat("READ", "main")\n    time.sleep(600)\n'
                                         'read("Twas brillig, and the slithy toves. " * 40)\n'))
        self.wait_for_program()
        self.key('2')
        wait_for('the poem', lambda: self.find('slithy'))
        before = set(self.windows())
        self.key('2', 'Home', 'Return')
        opened = wait_for('the window of the value', lambda: set(self.windows()) - before)
        self.check_names('value')
        self.picture('access-value')
        xdotool('windowfocus', '--sync', opened.pop(), 'key', 'Escape')
        wait_for('the end of the window', lambda: set(self.windows()) <= before)

    def test_evidence(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        self.press('Evidence')
        self.see('Certain: the facts prove it')
        self.check_names('evidence')

    def test_comparison(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        first = self.program_pid()
        self.press('Restart')
        self.wait_for_program(first)
        self.see('FLATLINED')
        wait_for('both freezes among the past ones', lambda: self.count('deadlock.py') >= 4)
        before = set(self.windows())
        self.key('alt+4', 'Home', 'ctrl+d')
        self.see('Open the freeze to compare with')
        self.key('Down', 'Return')
        opened = wait_for('the comparison', lambda: set(self.windows()) - before).pop()
        self.see('Thread ‘auditor’')
        self.picture('access-comparison')
        self.check_names('comparison')
        xdotool('windowfocus', '--sync', opened, 'key', 'Escape')
        wait_for('the end of the comparison', lambda: opened not in self.windows())

    def test_overflow_of_the_toolbar(self):
        """What a narrow window has no room for is in a menu, which has words and does what the buttons do."""
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        xdotool('windowsize', '--sync', self.main_window, 620, 600)
        self.focus()

        def opened():
            self.find('More', BUTTONS).queryAction().doAction(0)
            return wait_for('the menu', lambda: self.find('Status', MENU_ITEMS), 5)
        wait_for('the menu at the end of the toolbar', opened)
        self.check_names('overflow of the toolbar')
        self.picture('access-overflow')
        self.choose('Status', set(self.windows()))
        self.see('Supervisor PID')

    def focused(self):
        """Where the focus is, and what it is called."""
        look = QuickLook(self.application(), '', state=int(pyatspi.STATE_FOCUSED))
        return next(((path, f'{role} “{look.names[path]}”') for path, role in look.found), None)

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

    def test_rows_say_what_they_are(self):
        """A frame, its thread and a freeze of the past, when the keys come to them."""
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        self.see('transfer')
        self.key('alt+1')
        wait_for('the frame', lambda: 'transfer, deadlock.py:' in self.focused()[1])
        xdotool('key', '--clearmodifiers', 'Up')
        wait_for('its thread', lambda: 'MainThread, lock ‘journal_lock’ held by' in self.focused()[1])
        row = self.see('deadlock.py, ', ('list item',))
        self.assertIn('MainThread waits for lock', row.name)


if __name__ == '__main__':
    unittest.main()
