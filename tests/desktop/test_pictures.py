# SPDX-License-Identifier: MIT
"""The window in all its clothes: small, usual, twice as dense and large screens, light and dark, with high contrast, left
to right and right to left; and a death and a stored snapshot beside the freeze. The pictures are kept in build/tests/artifacts for people to look at; what is tested is that it fits and stands."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'window'))
from driver import BUTTONS, EXAMPLES, SOURCE, WindowTest, pyatspi, wait_for, xdotool  # noqa: E402
from languages import make_locale  # noqa: E402

SIZES = {'1024x600': (1024, 600, 1), '1440x900': (1440, 900, 1), '2x': (1440, 900, 2), '4k': (3840, 2160, 1)}
SNAPSHOT = os.path.join(SOURCE, 'tests', 'fixtures', 'snapshots', 'exception-3.11.flatline')


class PicturesTest(WindowTest):
    def dress(self, size, scheme, scale=1):
        """As a person would have left it: the settings say size and colours."""
        self.env.update(GSETTINGS_BACKEND='keyfile', GDK_SCALE=str(scale))
        self.settings = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings', 'keyfile')
        os.makedirs(os.path.dirname(self.settings), exist_ok=True)
        self.set_colours(scheme, size)

    def set_colours(self, scheme, size):
        with open(self.settings + '.new', 'w', encoding='utf-8') as file:
            file.write(f"[org/flatline/Flatline]\nwindow-width={size[0]}\nwindow-height={size[1]}\n"
                       f"color-scheme='{scheme}'\n")
        os.rename(self.settings + '.new', self.settings)

    def in_all_colours(self, name, size):
        """The same window, light and dark; which it is, a point of its own background tells."""
        for scheme in ('light', 'dark'):
            self.set_colours(scheme, size)
            wait_for(f'the {scheme} window', lambda: self.is_light() == (scheme == 'light'))
            self.picture(name.format(scheme))
            yield scheme

    def is_light(self):
        """By most of what is seen."""
        shown = subprocess.run(['import', '-window', self.main_window, '-colorspace', 'gray', '-resize', '1x1!', '-format',
                                '%[fx:mean]', 'info:'], check=True, capture_output=True, text=True)
        return float(shown.stdout) > 0.5

    def check(self, name, right_to_left):
        width, height, scale = SIZES[name]
        self.dress((width, height), 'light', scale)
        if right_to_left:
            self.env.update(make_locale(self, 'he_IL'))
        look = f'look-{name}-{{}}-{"rtl" if right_to_left else "ltr"}'
        self.start()
        for _ in self.in_all_colours(look + '-empty', (width, height)):
            self.stands_at('Open…', right_to_left)
            self.fits(width * scale, height * scale)
        self.end_window(self.window)
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')
        for _ in self.in_all_colours(look + '-frozen', (width, height)):
            self.fits(width * scale, height * scale)
            # What is read first, and what last; a clock and a source go from left to right everywhere.
            self.stands_at('Show MainThread', right_to_left)
            self.stands_at('Processes', right_to_left)
            self.stands_at('Restart', right_to_left)
            self.stands_at('Status', not right_to_left)

    def use_large_text(self):
        """Twice as large as usual, as a desktop says it."""
        resources = ('xprop', '-root', '-f', 'RESOURCE_MANAGER', '8s', '-set', 'RESOURCE_MANAGER', 'Xft.dpi:\t192\n')
        subprocess.run(resources, check=True)
        self.addCleanup(subprocess.run, ('xprop', '-root', '-remove', 'RESOURCE_MANAGER'), check=True)

    @unittest.skipIf(shutil.which('xprop') is None, 'xprop is not installed (Debian: x11-utils)')
    def test_large_text(self):
        """Every lane of the heartbeat has a line for its name, and the clock one of its own."""
        self.use_large_text()
        self.dress((1440, 900), 'light', 1)
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        self.see('transfer')
        line = self.place(self.see('transfer', ('label',))).height
        wait_for('room for five lines', lambda: self.place(self.find('Heartbeat')).height > 4.3 * line > 100)
        self.picture('look-large-text')
        self.fits(1440, 900)

    def is_inside(self, size, name, role=None):
        place = self.place(self.find(name, role))
        return (place.width > 40 and place.height > 40 and place.x >= 0 and place.y >= 0
                and place.x + place.width <= size[0] and place.y + place.height <= size[1])

    @unittest.skipIf(shutil.which('xprop') is None, 'xprop is not installed (Debian: x11-utils)')
    def test_panes_without_room_are_scrolled_to(self):
        """The banner takes half of a small window when text is large; a key still leads to each pane, and shows it."""
        size = (1024, 600)
        self.use_large_text()
        self.dress(size, 'light', 1)
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        self.see('transfer')
        for key, name, role in (('alt+2', 'Output of the program', None), ('alt+5', 'Heartbeat', None),
                                ('8', 'The program has no connections', ('label',)), ('alt+1', 'Source', ('text',))):
            self.key(key)
            wait_for(f'{name} in the window', lambda seen=name, of=role: self.is_inside(size, seen, of))
            self.picture('look-large-text-' + name.split()[0].lower())
        self.fits(*size)

    @unittest.skipIf(shutil.which('xprop') is None, 'xprop is not installed (Debian: x11-utils)')
    def test_no_program_is_ended_by_mistake(self):
        """In large letters the answers are below each other, the one that ends the program first; Return is the other one."""
        self.use_large_text()
        self.dress((800, 600), 'light', 1)
        self.env.update(make_locale(self, 'de_DE'))
        self.first_words = 'Öffnen …'
        self.start(self.write('asks.py', 'import time\ntime.sleep(600)\n'))
        program = self.wait_for_program()
        before = set(self.windows())
        self.key('ctrl+w')
        question = wait_for('the question', lambda: set(self.windows()) - before).pop()
        self.focus(question)
        wait_for('the focus on the answer that does nothing', lambda: self.focused().name == 'Abbrechen')
        self.picture('look-large-text-question')
        xdotool('key', 'Return')
        wait_for('the end of the question', lambda: question not in self.windows())
        self.assertEqual(self.program_pid(), program)

    @unittest.skipIf(shutil.which('xprop') is None, 'xprop is not installed (Debian: x11-utils)')
    def test_large_text_in_a_small_window(self):
        """The banner, the heartbeat and what froze have what room there is, and no pane is beyond the edge."""
        self.use_large_text()
        self.dress((1024, 600), 'light', 1)
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        wait_for('words in their pane', lambda: self.is_inside((1024, 600), 'moment the program stops answering', ('label',)))
        self.picture('look-large-text-small-listening')
        self.see('FLATLINED')
        self.see('transfer')
        for name, role in (('Heartbeat', None), ('Threads and stacks', None), ('Source', ('text',)),
                           ('Variables', ('tree table',))):
            wait_for(f'{name} in the window', lambda seen=name, of=role: self.is_inside((1024, 600), seen, of))
        place = self.place(self.find('Evidence', BUTTONS))
        self.assertGreater(place.width, 40)
        self.picture('look-large-text-small')

    def test_contrast(self):
        self.env['ADW_DEBUG_HIGH_CONTRAST'] = '1'
        self.dress((1024, 600), 'light')
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('transfer')
        for _ in self.in_all_colours('look-contrast-{}-frozen', (1024, 600)):
            self.fits(1024, 600)

    def test_ends(self):
        self.dress((1024, 600), 'light')
        for name, words in (('exception', 'KeyError'), ('native_crash', 'crashed in native code')):
            self.start(os.path.join(EXAMPLES, name + '.py'))
            self.see(words)
            self.see('Show Stack', BUTTONS)
            self.check_end(name)
        self.start(SNAPSHOT)
        self.see('Order.total')
        self.check_end('stored')

    def check_end(self, name):
        for _ in self.in_all_colours('look-{}-' + name, (1024, 600)):
            self.fits(1024, 600)
        self.end_window(self.window)

    def stands_at(self, name, at_the_right):
        def middle():
            area = self.find(name).queryComponent().getExtents(pyatspi.WINDOW_COORDS)
            return area.width and area.x + area.width / 2

        def width():
            window = next(node for node in self.application() if node.getRoleName() == 'frame')
            return window.queryComponent().getExtents(pyatspi.WINDOW_COORDS).width
        wait_for(f'“{name}” at the {"right" if at_the_right else "left"}',
                 lambda: middle() and (middle() > width() / 2) == at_the_right)

    def fits(self, width, height):
        lines = xdotool('getwindowgeometry', '--shell', self.main_window).split()
        geometry = dict(line.split('=') for line in lines)
        self.assertLessEqual(int(geometry['WIDTH']), width)
        self.assertLessEqual(int(geometry['HEIGHT']), height)


for chosen in SIZES:
    for rtl in (False, True):
        setattr(PicturesTest, f'test_{chosen}_{"rtl" if rtl else "ltr"}',
                lambda self, size=chosen, side=rtl: self.check(size, side))


if __name__ == '__main__':
    unittest.main()
