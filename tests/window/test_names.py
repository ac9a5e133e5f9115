# SPDX-License-Identifier: MIT
"""Whoever cannot see the window is told what everything is: no control without a name, in no state."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, EXAMPLES, WindowTest, pyatspi, wait_for, walk  # noqa: E402

# Roles a person acts on; the parts of lists and tables speak through the labels in them.
CONTROLS = ('push button', 'button', 'toggle button', 'check box', 'radio button', 'entry', 'text', 'spin button',
            'combo box', 'list', 'table', 'tree table', 'page tab', 'slider', 'switch', 'image', 'terminal',
            'menu item', 'check menu item', 'radio menu item', 'list item')
# GTK says the name of its class where there is no other.
CLASS_NAME = re.compile(r'(Gtk|Adw|Vte|Flatline)[A-Z]\w+$')


class NamesTest(WindowTest):
    def spoken(self, node):
        """The name of a node, or what its parts say."""
        return any(child.name and not CLASS_NAME.match(child.name) for child in walk(node))

    def has_spoken_neighbours(self, node):
        """An icon beside words, or inside a control that has a name, needs no words of its own."""
        above = node.parent
        for _ in range(3):
            if above is None:
                return False
            if above.getRoleName() in CONTROLS or self.spoken(above):
                return self.spoken(above)
            above = above.parent
        return False

    def list_faults(self):
        silent, underlined, doubled = [], [], []
        for node in walk(self.application()):
            role = node.getRoleName()
            if role in BUTTONS and re.search(r'(^|\s)_\w', node.name or ''):
                underlined.append(node.name)
            if role in (*BUTTONS, 'check box', 'combo box') and re.fullmatch(r'(.+) \1', node.name or ''):
                doubled.append(node.name)
            if role not in CONTROLS or self.spoken(node):
                continue
            if role == 'list' and node.parent is not None and node.parent.getRoleName() == 'tree table':
                continue  # the rows of a table, which has the name
            if role == 'text' and not node.getState().contains(pyatspi.STATE_EDITABLE):
                continue  # nothing to act on, and what it says speaks for itself
            if role == 'image' and self.has_spoken_neighbours(node):
                continue
            path = []
            above = node
            while above is not None and len(path) < 6:
                path.append(f'{above.getRoleName()} “{above.name}”')
                above = above.parent
            silent.append(' < '.join(path))
        return silent, underlined, doubled

    def check_names(self, state):
        # Panes come between turns of the main loop: what goes while it is looked at is looked at once more.
        silent, underlined, doubled = wait_for('all controls', self.list_faults)
        self.assertEqual(doubled, [], f'{state}: said twice')
        self.assertEqual(underlined, [], f'{state}: the mark of the key is said')
        self.assertEqual(silent, [], f'{state}: controls without a name:\n' + '\n'.join(silent))

    def test_empty(self):
        self.start()
        self.see('Drop a Python Script Here')
        self.check_names('empty window')

    def test_running_and_frozen(self):
        self.start(os.path.join(EXAMPLES, 'deadlock.py'))
        self.wait_for_program()
        self.check_names('running')
        self.see('FLATLINED')
        self.see('transfer')
        self.key('8')
        self.check_names('frozen')
        self.press('Force Kill')
        self.see('Ended by SIGKILL')
        self.check_names('ended')


if __name__ == '__main__':
    unittest.main()
