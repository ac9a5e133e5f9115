# SPDX-License-Identifier: MIT
"""The window in all its clothes: small, usual and twice as dense screens, light and dark, left to right and right to
left. The pictures are kept in build/tests/artifacts for people to look at; what is tested is that it fits and stands."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'window'))
from driver import EXAMPLES, WindowTest, xdotool  # noqa: E402
from languages import make_locale  # noqa: E402

SIZES = {'1024x600': (1024, 600, 1), '1440x900': (1440, 900, 1), '2x': (1440, 900, 2)}
HEBREW = '/usr/share/locale/he/LC_MESSAGES/gtk40.mo'


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
            # GTK takes the direction from its own translation.
            if not os.path.exists(HEBREW):
                self.skipTest('GTK has no translations here, and with them no language from right to left')
            self.env.update(make_locale(self, 'he_IL'))
        direction = 'rtl' if right_to_left else 'ltr'
        self.start()
        self.picture(f'look-{name}-{scheme}-{direction}-empty')
        self.fits(width * scale, height * scale)
        self.end_window(self.window)
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')
        self.picture(f'look-{name}-{scheme}-{direction}-frozen')
        self.fits(width * scale, height * scale)

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
