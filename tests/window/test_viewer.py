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
from driver import BUTTONS, pyatspi, wait_for, xdotool  # noqa: E402
from languages import make_locale  # noqa: E402
import held_file  # noqa: E402
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

    def run_program(self, *arguments, **pipes):
        program = subprocess.Popen([sys.executable, *arguments], **pipes)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def open(self, name, size=100000, **env):
        """The viewer of a variable of a program that was attached to."""
        program = self.run_program(self.write('holds.py', PROGRAM.replace('SIZE', str(size))))
        self.start(**env)
        self.attach(program)
        self.see('holds.py:4')
        self.key('2')
        if name == 'data':
            xdotool('key', 'Down')
        return self.open_value(name)

    def attach(self, program):
        before = set(self.windows())
        self.key('ctrl+shift+a')
        self.focus(wait_for('the dialog', lambda: set(self.windows()) - before).pop())
        self.see(str(program.pid), ('label',))
        # At once: what was typed counts, not what is shown yet.
        xdotool('type', program.pid)
        xdotool('key', 'Return')

    def shown(self):
        return self.value_text().getText(0, -1)

    def control(self, name):
        """Of the viewer: the window below has some of nearly the same name."""
        return self.find(name, BUTTONS, exactly=True)

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
        self.start()
        # It ends before the window, which can not while it waits for the file.
        program = self.run_program(os.path.join(HERE, 'held_file.py'), '128', stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.stdin.close)
        self.addCleanup(program.stdout.close)
        if program.stdout.readline() != b'ready\n':
            self.assertEqual(program.wait(), held_file.SKIPPED)
            self.skipTest('the system allows no file system of one\'s own')
        self.attach(program)
        wait_for('the program', lambda: self.find('hold', ('label',)) or self.assertIsNone(program.poll()))
        # Enter opens what a view of bytes is made of.
        self.focus(self.choose('View', self.open_menu('2', 'View')))
        self.assertEqual(program.stdout.readline(), b'held\n')
        wait_for('the button to be pressed', lambda: not self.control('Cancel').getState().contains(pyatspi.STATE_SENSITIVE)
                 or xdotool('key', 'alt+c') is None)
        program.stdin.write(b'go on\n')
        program.stdin.flush()
        self.see('The reading was cancelled')
        self.see('only the first')
        self.assertTrue(self.shown().startswith('00000000  30 30 30'), self.shown()[:100])
        self.check_names('viewer after a cancelled reading')
        self.picture('viewer-cancelled')
        self.act('Read Again')
        self.see('of 8192')
        wait_for('the whole of it', lambda: not self.find('only the first'))
        self.picture('viewer-whole')

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
        self.open_save_dialog()
        self.type_path(path)
        self.accept_path(path, 'Save')
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
