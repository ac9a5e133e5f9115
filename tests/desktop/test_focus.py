# SPDX-License-Identifier: MIT
"""The way of Tab through each dialog: it begins at what the dialog is for, visits every control once in the order in which
a person reads, comes round, and goes back as it came; Escape closes."""
import collections
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'window'))
from driver import EXAMPLES, Box, QuickLook, WindowTest, poll, pyatspi, wait_for, walk, xdotool  # noqa: E402

MOST_STEPS = 24
HOLDS = '''\
import time
def hold(text, data, numbers):
    time.sleep(600)
hold('word ' * 5000, bytes(100000), list(range(5000)))
'''
Stop = collections.namedtuple('Stop', 'path name box')


class FocusTest(WindowTest):
    def open_dialog(self, *keys):
        before, shown = set(self.windows()), self.shown()
        self.key(*keys)
        return self.take_dialog(wait_for('the dialog', lambda: set(self.windows()) - before).pop(), shown)

    def shown(self):
        return {window.path for window in self.application()}

    def take_dialog(self, opened, shown):
        """It, of the windows that were not there before; a menu goes at its own time."""
        self.dialog = wait_for('it among the windows', lambda: next(
            window for window in self.application()
            if window is not None and window.path not in shown and 'menu' not in window.getRoleName()))
        self.focus(opened)
        return opened

    def focused(self):
        """All widgets are asked at one moment: one after the other they take seconds on a busy machine, at each step."""
        application = self.application()
        look = QuickLook(application, '', state=int(pyatspi.STATE_FOCUSED))
        of_dialog = set(look.walk(self.dialog.path))
        path = next((found.path for found in look.found if found.path in of_dialog), None)
        if path is None:
            return None
        box = look.reach(application, path).queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        return Stop(path, look.names[path], Box(*box))

    def follow(self, key):
        """Where the key leads, until it comes round. The rows of libadwaita that are typed in do not say that they have the
        focus: somewhere unknown."""
        trail = [wait_for('the focus', self.focused)]
        while len(trail) < MOST_STEPS:
            xdotool('key', key)
            [here] = wait_for(f'the next focus after {trail}', lambda: self.moved_from(trail[-1]))
            if here and any(seen and here.path == seen.path for seen in trail):
                return trail
            trail.append(here)
        self.fail(f'{key} does not come round: {trail}')

    def moved_from(self, last):
        """All that is somewhere else, in a list; somewhere unknown is where it is twice, after what is known."""
        now = self.focused()
        if now is None:
            return [None] if last is not None and self.focused() is None else None
        return [now] if last is None or now.path != last.path else None

    def check(self, keys, begins_at, *names):
        self.check_opened(self.open_dialog(*keys), begins_at, *names)

    def check_item(self, item, before, begins_at, *names):
        """What an item of the menu that is open leads to."""
        shown = self.shown()
        self.check_opened(self.take_dialog(self.choose(item, before), shown), begins_at, *names)

    def check_opened(self, opened, begins_at, *names):
        try:
            self.check_trail(begins_at, names)
        finally:
            xdotool('key', 'Escape')
            wait_for('its end', lambda: opened not in self.windows())

    def check_trail(self, begins_at, names):
        trail = self.follow('Tab')
        self.assertIn(begins_at, trail[0].name)
        for name in names:
            self.assertTrue(any(stop and name in stop.name for stop in trail), f'{name}: {trail}')
        # As one reads: down, or to the right; and once from the end to the beginning.
        back = [(last, stop) for last, stop in zip(trail, trail[1:]) if last and stop and self.is_before(stop.box, last.box)]
        self.assertLessEqual(len(back), 1, back)
        # Where it came round to it leaves backwards to the last one.
        first = self.focused()
        xdotool('key', 'shift+Tab')
        wait_for(f'the way back from {first}', lambda: self.focused() is None or self.focused().path != first.path)
        return trail

    @staticmethod
    def is_before(box, other):
        is_above, is_below = box.y + box.height <= other.y, box.y >= other.y + other.height
        is_left, is_right = box.x + box.width <= other.x, box.x >= other.x + other.width
        return (is_above and not is_right) or (is_left and not is_below)

    def test_dialogs_of_the_empty_window(self):
        self.start()
        self.see('Drop a Python Script Here')
        for key, begins_at, *names in (
                # It may begin at Search: libadwaita shows the pages' names once there is room for them.
                ('ctrl+comma', '', 'General', 'Search', 'Colours', 'Notifications', 'Log Files'),
                ('ctrl+shift+a', 'Name, PID or command line', 'Cancel', 'Attach'),
                ('F1', '', 'flatline-cli run SCRIPT')):
            with self.subTest(key):
                self.check([key], begins_at, *names)

    def test_pages_of_the_preferences(self):
        self.start()
        self.see('Drop a Python Script Here')
        self.open_dialog('ctrl+comma')
        for page, name in (('Supervision', 'Silence That Is a Freeze'), ('General', 'Colours')):
            with self.subTest(page):
                self.turn_to(page)
                self.check_trail('', (name,))
        # Most of its rows are typed in.
        self.turn_to('Database')
        for name in ('Days a Freeze Is Kept', 'Port', 'Check the Server’s Certificate', 'Test Connection'):
            steps = iter(range(MOST_STEPS))
            wait_for(f'the focus on {name}', lambda: (self.is_at(name) or next(steps, None) is None
                                                      or xdotool('key', 'Tab') is None))
            self.assertTrue(self.is_at(name), name)

    def turn_to(self, page):
        before = self.focused()
        wait_for(page, lambda: next(node for node in walk(self.dialog) if node.name == page
                                    and node.getRoleName() == 'page tab')).queryAction().doAction(0)
        # It goes to the new page once the old one has gone; where it was at the page's name it stays.
        poll(lambda: (now := self.focused()) is None or before is None or now.path != before.path, 5)

    def is_at(self, name):
        here = self.focused()
        return here is not None and name in here.name

    def test_names_of_the_pages(self):
        """Tab leads to the name of the page that is shown, arrows to its neighbours; up to libadwaita 1.6 Tab does, too."""
        pages = ('General', 'Supervision', 'Database')

        self.start()
        self.see('Drop a Python Script Here')
        self.open_dialog('ctrl+comma')
        # Where it begins they are a step away, or two: behind Search, or before the first row.
        here = wait_for('the focus', self.focused)
        for key in ('shift+Tab', 'Tab', 'Tab'):
            if here.name not in pages:
                xdotool('key', key)
                here = wait_for('another focus', lambda: (now := self.focused()) and now.path != here.path and now)
        begins_at = pages.index(here.name)
        for key, names in (('Left', pages[:begins_at][::-1]), ('Right', pages[1:])):
            for name in names:
                xdotool('key', key)
                wait_for(f'the focus at {name}', lambda: (stop := self.focused()) and stop.name == name)
        xdotool('key', 'space')
        wait_for('the page', lambda: any(node.name == 'Database' and node.getState().contains(pyatspi.STATE_SELECTED)
                                         for node in walk(self.dialog)))

    def test_about(self):
        self.start()
        self.see('Drop a Python Script Here')
        before = set(self.windows())
        self.key('F10')
        wait_for('the menu', lambda: set(self.windows()) - before)
        self.check_item('About Flatline', before, '')

    def test_viewers_of_values(self):
        self.start(self.write('holds.py', HOLDS))
        wait_for('the variables', lambda: self.key('2') or self.find('numbers', ('label',)))
        for row, item, begins_at, *names in ((0, 'View', '', 'Copy', 'Save Value', 'Wrap Lines', 'Find in the value'),
                                             (1, 'View', '', 'Show Bytes in Hexadecimal', 'Page'),
                                             (2, 'Find Inside', 'Find items', 'Next Items', 'Go to number')):
            with self.subTest(row):
                self.key('2', 'Home', *['Down'] * row)
                self.check_item(item, self.open_menu('2', item), begins_at, *names)

    def test_comparison(self):
        """Of its rows Tab visits one: arrows lead to the others."""
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        first = self.program_pid()
        self.press('Restart')
        self.wait_for_program(first)
        self.see('FLATLINED')
        wait_for('both freezes among the past ones', lambda: self.count('deadlock.py') >= 4)
        before, shown = set(self.windows()), self.shown()
        self.key('alt+4', 'Home', 'ctrl+d')
        self.see('Open the freeze to compare with')
        xdotool('key', 'Down', 'Return')
        opened = self.take_dialog(wait_for('the comparison', lambda: set(self.windows()) - before).pop(), shown)
        self.see('Thread ‘auditor’')
        wait_for('the focus', self.focused)
        try:
            trail = self.check_trail('Only Differences', ())
        finally:
            xdotool('key', 'Escape')
            wait_for('its end', lambda: opened not in self.windows())
        # The button, the rows, and what closes the window.
        self.assertLessEqual(len(trail), 4, trail)

    def test_dialogs_of_a_freeze(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        self.see('transfer')
        # What does no harm has the focus when a question comes.
        for key, begins_at, *names in (('s', 'Copy', 'Supervisor PID'), ('ctrl+w', 'Cancel', 'End Program')):
            with self.subTest(key):
                self.check([key], begins_at, *names)
        self.assertIsNotNone(self.program_pid(), 'Escape says no')


if __name__ == '__main__':
    unittest.main()
