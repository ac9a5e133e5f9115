# SPDX-License-Identifier: MIT
"""Every control of the viewer of long values: wrapping, hexadecimal, copying, cancelling, saving where there is no room,
the keys that leave it; in a narrow window and from right to left, too."""
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, '..', 'desktop'))
from driver import BUTTONS, pyatspi, wait_for, walk, xdotool  # noqa: E402
from languages import make_locale  # noqa: E402
import test_names  # noqa: E402

PROGRAM = '''\
import time
def hold(poem, data):
    while True:
        time.sleep(0.1)
hold('Twas brillig, and the slithy toves did gyre. ' * 200 + '\\nsecond line\\n', bytes(SIZE))
'''


class ViewerTest(test_names.NamesTest):
    test_empty = test_running_and_frozen = None

    def open(self, name, size=100000, **env):
        """The viewer of a variable of a program that was attached to."""
        program = subprocess.Popen([sys.executable, self.write('holds.py', PROGRAM.replace('SIZE', str(size)))])
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.start(**env)
        before = set(self.windows())
        self.key('ctrl+shift+a')
        self.focus(wait_for('the dialog', lambda: set(self.windows()) - before).pop())
        self.see(str(program.pid), ('label',))
        xdotool('type', program.pid)
        wait_for('no other process in the list', lambda: self.count('/holds.py') == 1)
        xdotool('key', 'Return')
        self.see('holds.py:4')
        self.key('2')
        if name == 'data':
            xdotool('key', 'Down')
        return self.open_value(name)

    def shown(self):
        return self.value_text().getText(0, -1)

    def control(self, name):
        """Of the viewer: the window below has some of nearly the same name."""
        return next((node for node in walk(self.application()) if node.name == name and node.getRoleName() in BUTTONS), None)

    def act(self, name):
        wait_for(name, lambda: self.control(name)).queryAction().doAction(0)

    def end(self):
        """Where the long first line ends: off to the right, or in a line below."""
        return self.value_text().getCharacterExtents(8000, pyatspi.WINDOW_COORDS)

    def test_text(self):
        viewer = self.open('poem')
        wait_for('the poem', lambda: self.shown().endswith('second line\n'))
        self.check_names('viewer of a text')
        wait_for('wrapped lines', lambda: self.end()[1] > self.value_text().getCharacterExtents(0, 1)[1])
        self.act('Wrap Lines')
        wait_for('one line', lambda: self.end()[1] == self.value_text().getCharacterExtents(0, 1)[1])
        self.act('Wrap Lines')
        wait_for('wrapped lines', lambda: self.end()[1] > self.value_text().getCharacterExtents(0, 1)[1])

        self.act('Show Bytes in Hexadecimal')
        wait_for('bytes', lambda: self.shown().startswith('00000000  54 77 61 73'))
        self.assertFalse(self.control('Wrap Lines').getState().contains(pyatspi.STATE_SENSITIVE))
        self.picture('viewer-hexadecimal')
        self.act('Show Bytes in Hexadecimal')
        wait_for('the poem', lambda: self.shown().endswith('second line\n'))

        # The text has the focus: keys move in it, Escape gives up a selection first, and a selection is what is copied.
        for escape in (True, False):
            xdotool('key', 'ctrl+Home')
            xdotool('key', '--repeat', '4', 'shift+Right')
            wait_for('a selection', lambda: self.selected_value() == 'Twas')
            if escape:
                xdotool('key', 'Escape')
                wait_for('no selection', lambda: not self.value_text().getNSelections() or not self.selected_value())
                self.assertIn(viewer, self.windows(), 'Escape takes the selection first')
        self.act('Copy')
        xdotool('key', 'ctrl+f')
        # A button is pressed for a moment before it acts.
        wait_for('what was copied in the search', lambda: self.find('1 of 200') or xdotool('key', 'ctrl+a', 'ctrl+v') is None)
        xdotool('key', 'ctrl+a', 'Delete')
        xdotool('key', 'Escape')
        wait_for('the viewer to go', lambda: viewer not in self.windows())

    def test_cancel(self):
        """What was read stays, and the rest is read when asked again."""
        viewer = self.open('data', 1 << 30)
        for _ in range(2):
            xdotool('key', 'alt+c')
            if wait_for('an end', lambda: self.find('The reading was cancelled') or self.find('of 65536')).name.startswith('The'):
                break
            xdotool('key', 'Escape')  # it was faster: once more
            wait_for('the viewer to go', lambda: viewer not in self.windows())
            viewer = self.open_value('data')
        else:
            self.skipTest('a gigabyte is read here before anybody can cancel it')
        self.see('only the first')
        self.check_names('viewer after a cancelled reading')
        self.picture('viewer-cancelled')
        self.act('Read Again')
        self.see('of 65536')
        wait_for('the whole of it', lambda: not self.find('only the first'))
        self.picture('viewer-gigabyte')

    def test_no_room(self):
        """The file that was there stays what it was, and nothing else is left."""
        place = os.path.join(self.folder, 'full')
        os.mkdir(place)
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place], stderr=subprocess.DEVNULL)
        if mounted.returncode:
            self.skipTest('only root may mount a file system of 64 KiB')
        self.addCleanup(subprocess.run, ['umount', '--lazy', place], check=True)
        path = os.path.join(place, 'kept.bin')
        with open(path, 'w', encoding='ascii') as file:
            file.write('as it was')
        self.open('data', 10000000)
        self.see('of 611')
        xdotool('key', 'ctrl+s')
        self.see('Save Value')
        self.type_path(path)
        xdotool('key', 'Return')
        self.see('Replace').queryAction().doAction(0)
        self.see('kept.bin was not saved: No space left on device; choose another place')
        self.picture('viewer-no-room')
        self.assertEqual(os.listdir(place), ['kept.bin'])
        with open(path, encoding='ascii') as file:
            self.assertEqual(file.read(), 'as it was')

    def test_narrow_from_right_to_left(self):
        """A text that is read from left to right stays so; no control is out of the window."""
        viewer = self.open('poem', **make_locale(self, 'he_IL'))
        wait_for('the poem', lambda: self.shown().endswith('second line\n'))
        xdotool('windowsize', '--sync', viewer, 430, 400)
        self.picture('viewer-narrow-rtl')
        width = wait_for('the narrow viewer', lambda: next(
            (place.width for place in (shown.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
                                       for shown in self.active_windows()) if place.width <= 430), None))
        for name in ('Copy', 'Save Value', 'Wrap Lines', 'Show Bytes in Hexadecimal', 'Previous', 'Next'):
            place = self.control(name).queryComponent().getExtents(pyatspi.WINDOW_COORDS)
            self.assertTrue(place.x >= 0 and place.x + place.width <= width, f'{name}: {place}')
        self.check_names('narrow viewer')


if __name__ == '__main__':
    unittest.main()
