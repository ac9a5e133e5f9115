# SPDX-License-Identifier: MIT
"""The window in all its clothes: small, usual and twice as dense screens, light and dark, left to right and right to
left. The pictures are kept in build/tests/artifacts for people to look at; what is tested is that it fits and stands."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'window'))
from driver import EXAMPLES, WindowTest, pyatspi, wait_for, walk, xdotool  # noqa: E402
from languages import make_locale  # noqa: E402

SIZES = {'1024x600': (1024, 600, 1), '1440x900': (1440, 900, 1), '2x': (1440, 900, 2)}


class PicturesTest(WindowTest):
    def dress(self, size, scheme, scale):
        """As a person would have left it: the settings say size and colours."""
        self.env.update(GSETTINGS_BACKEND='keyfile', GDK_SCALE=str(scale))
        settings = os.path.join(self.env['XDG_CONFIG_HOME'], 'glib-2.0', 'settings')
        os.makedirs(settings)
        with open(os.path.join(settings, 'keyfile'), 'w', encoding='utf-8') as file:
            file.write(f"[org/flatline/Flatline]\nwindow-width={size[0]}\nwindow-height={size[1]}\n"
                       f"color-scheme='{scheme}'\n")

    def check(self, name, scheme, right_to_left):
        width, height, scale = SIZES[name]
        self.dress((width, height), scheme, scale)
        if right_to_left:
            self.env.update(make_locale(self, 'he_IL'))
        direction = 'rtl' if right_to_left else 'ltr'
        self.start()
        self.picture(f'look-{name}-{scheme}-{direction}-empty')
        self.stands_at('Open…', right_to_left)
        self.fits(width * scale, height * scale)
        self.end_window(self.window)
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')
        self.picture(f'look-{name}-{scheme}-{direction}-frozen')
        self.fits(width * scale, height * scale)
        # What is read first, and what last; a clock and a source go from left to right everywhere.
        self.stands_at('Show MainThread', right_to_left)
        self.stands_at('Processes', right_to_left)
        self.stands_at('Restart', right_to_left)
        self.stands_at('Status', not right_to_left)

    def stands_at(self, name, at_the_right):
        def middle():
            area = self.find(name).queryComponent().getExtents(pyatspi.WINDOW_COORDS)
            return area.width and area.x + area.width / 2

        def width():
            window = next(node for node in walk(self.application()) if node.getRoleName() == 'frame')
            return window.queryComponent().getExtents(pyatspi.WINDOW_COORDS).width
        wait_for(f'“{name}” at the {"right" if at_the_right else "left"}',
                 lambda: middle() and (middle() > width() / 2) == at_the_right)

    def fits(self, width, height):
        lines = xdotool('getwindowgeometry', '--shell', self.main_window).split()
        geometry = dict(line.split('=') for line in lines)
        self.assertLessEqual(int(geometry['WIDTH']), width)
        self.assertLessEqual(int(geometry['HEIGHT']), height)


for chosen in SIZES:
    for colours in ('light', 'dark'):
        for rtl in (False, True):
            label = f'{chosen}_{colours}_{"rtl" if rtl else "ltr"}'
            setattr(PicturesTest, 'test_' + label,
                    lambda self, size=chosen, scheme=colours, side=rtl: self.check(size, scheme, side))


if __name__ == '__main__':
    unittest.main()
