# SPDX-License-Identifier: MIT
"""A window as narrow as half a small screen: nothing that matters is cut, and what has no room can be called."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'desktop'))
from driver import BUTTONS, EXAMPLES, WindowTest, pyatspi, wait_for, xdotool  # noqa: E402
from languages import make_locale  # noqa: E402
from window_manager import WindowManager  # noqa: E402


class LayoutTest(WindowTest):
    def place_of(self, name, role=None):
        return self.place(self.find(name, role))

    def extents(self):
        return self.active_windows()[0].queryComponent().getExtents(pyatspi.WINDOW_COORDS)

    def width(self):
        return self.extents().width

    def left_below(self, name):
        place = self.place_of(name)
        return self.extents().height - place.y - place.height

    def resize(self, width, height=600):
        xdotool('windowsize', '--sync', self.main_window, width, height)

    def open(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.see('FLATLINED')
        self.see('transfer')

    def test_buttons_of_the_banner_leave_the_title_its_words(self):
        self.open()
        self.resize(1200)
        wait_for('the buttons beside the title',
                 lambda: abs(self.place_of('Show Stack', BUTTONS).y - self.place_of('FLATLINED', ('label',)).y) < 20)
        self.resize(640)
        wait_for('the buttons below the title',
                 lambda: self.place_of('Show Stack', BUTTONS).y > self.place_of('FLATLINED', ('label',)).y + 20)
        self.picture('narrow-banner')
        width = self.width()
        for name in ('Show Stack', 'Keep Waiting', 'Force Kill', 'Evidence'):
            place = self.place_of(name, BUTTONS)
            self.assertGreaterEqual(place.x, 0, name)
            self.assertLessEqual(place.x + place.width, width, name)

    def test_panes_fill_the_window(self):
        self.open()
        for height in (780, 600):
            self.resize(1200, height)
            wait_for('the panes down to the end of the window', lambda: 0 <= self.left_below('Output of the program') < 20)

    def test_each_size_of_the_window_has_its_shares(self):
        """A window that is put beside another one leaves the source its room; a large one gives the variables theirs."""
        self.open()

        def width():
            return self.place_of('Variables', ('tree table',)).width
        self.resize(1400, 800)
        wait_for('wide variables', lambda: width() > 330)
        self.resize(1000)
        wait_for('narrow variables', lambda: 0 < width() < 260)
        wait_for('stacks as wide as they have to be', lambda: self.place_of('Threads and stacks').width > 150)
        self.picture('narrow-panes')

    def test_no_pane_is_over_another(self):
        """Nor is the find bar, which is not seen yet, as wide as to push the source below the variables."""
        self.open()
        self.resize(800)

        def are_beside():
            source, variables = self.place_of('Source', ('text',)), self.place_of('Variables', ('tree table',))
            return self.width() <= 820 and 100 < source.width <= variables.x - source.x
        wait_for('the source beside the variables', are_beside)
        self.picture('narrow-source')

    def test_side_bar_goes_and_comes(self):
        self.open()

        def source_begins():
            return self.place_of('Output of the program').x
        wait_for('the side bar', lambda: source_begins() > 100)
        self.resize(560)
        wait_for('the window without its side bar', lambda: source_begins() < 50)
        self.resize(400)
        wait_for('a window half as wide', lambda: self.width() <= 420)
        self.picture('narrow')
        self.resize(1200)
        wait_for('the side bar again', lambda: source_begins() > 100)
        self.key('F9')
        wait_for('the side bar hidden by its key', lambda: source_begins() < 50)
        self.resize(560)
        self.resize(1200)
        wait_for('the wide window', lambda: self.width() > 1000)
        self.assertLess(source_begins(), 50, 'who hid the side bar wants it hidden')
        self.key('alt+3')
        wait_for('the side bar, asked for', lambda: source_begins() > 100)

    def test_long_words_make_no_wide_window(self):
        """In German it takes more for two beside each other: the side bar goes the earlier, and nothing is cut."""
        self.env.update(make_locale(self, 'de_DE'))
        self.first_words = 'Öffnen …'
        self.start(os.path.join(EXAMPLES, 'exception.py'))
        self.see('KeyError')
        wait_for('the side bar', lambda: self.place_of('Ausgabe des Programms').x > 100)
        self.resize(600, 700)
        wait_for('the window without its side bar', lambda: self.place_of('Ausgabe des Programms').x < 50)
        # Nor is anything in another language: what the main thread does at the end is one of these.
        for word in ('running', 'sleeping'):
            self.assertIsNone(self.find(word, ('label',)), word)
        place = self.place_of('Stapel zeigen', BUTTONS)
        self.assertLessEqual(place.x + place.width, 600)
        self.picture('narrow-german')
        self.resize(1100, 700)
        wait_for('the side bar again', lambda: self.place_of('Ausgabe des Programms').x > 100)

    def test_as_narrow_as_it_can_be(self):
        """Even on a phone nothing is out of the window, at whose left and right the first and the last of its controls are."""
        self.open()
        self.resize(500)
        wait_for('the window without its side bar', lambda: self.place_of('Output of the program').x < 50)
        self.resize(360)
        wait_for('the narrow window', lambda: self.width() <= 380)
        for name in ('Open…', 'Show Stack', 'Evidence', 'Clear', 'Close'):
            wait_for(f'“{name}” in the window', lambda shown=name: self.place_of(shown, BUTTONS).x >= 0
                     and self.place_of(shown, BUTTONS).x + self.place_of(shown, BUTTONS).width <= 360)
        self.picture('narrowest')

    def test_full_screen(self):
        """F11 asks the window manager for it, and again for its end."""
        self.start()
        self.see('Drop a Python Script Here')
        manager = WindowManager()
        self.addCleanup(manager.close)
        for wanted in (True, False, True):
            self.key('F11')
            wait_for(f'the wish for {"a full screen" if wanted else "its end"}', lambda: manager.grant() is wanted)


if __name__ == '__main__':
    unittest.main()
