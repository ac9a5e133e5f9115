# SPDX-License-Identifier: MIT
"""Whoever cannot see the window is told what everything is: no control without a name, in no state."""
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, EXAMPLES, QuickLook, WindowTest, pyatspi, wait_for  # noqa: E402

# Roles a person acts on; the parts of lists and tables speak through the labels in them.
CONTROLS = ('push button', 'button', 'toggle button', 'check box', 'radio button', 'entry', 'text', 'spin button',
            'combo box', 'list', 'table', 'tree table', 'page tab', 'slider', 'switch', 'image', 'terminal',
            'menu item', 'check menu item', 'radio menu item', 'list item')
LOOKS = 5
# Acts on what stands behind it: on the words around a name.
TURN = '\u202e'
TURNED = f'''\
import threading, time
from flatline import beat

def hold(first, second, path='/srv/{TURN}data'):  # {TURN}source
    with first:
        time.sleep(0.5)
        with second:
            pass

beat('LOAD', 'ma{TURN}in')
locks = [threading.Lock(), threading.Lock()]
threading.Thread(target=hold, args=locks, name='wor{TURN}ker').start()
hold(*locks[::-1])
'''
# GTK says the name of its class where there is no other.
CLASS_NAME = re.compile(r'(Gtk|Adw|Vte|Flatline)[A-Z]\w+$')


class Names:
    """Of all widgets, at one moment."""

    def __init__(self, application):
        self.look = QuickLook(application, '', state=int(pyatspi.STATE_EDITABLE))
        self.all = list(self.look.walk(self.look.root))
        self.names, self.roles, self.parents = self.look.names, self.look.roles, self.look.parents

    def spoken(self, node):
        """The name of a node, or what its parts say."""
        return any(self.names[part] and not CLASS_NAME.match(self.names[part]) for part in self.look.walk(node))

    def list_above(self, node):
        above = []
        while (node := self.parents[node]) is not None:
            above.append(node)
        return above

    def has_spoken_neighbours(self, node):
        """An icon beside words, or inside a control that has a name, needs no words of its own."""
        for above in self.list_above(node)[:3]:
            if self.roles[above] in CONTROLS or self.spoken(above):
                return self.spoken(above)
        return False

    def is_silent(self, node):
        role, parent = self.roles[node], self.parents[node]
        if role not in CONTROLS or self.spoken(node):
            return False
        if role == 'list' and parent is not None and self.roles[parent] == 'tree table':
            return False  # the rows of a table, which has the name
        if role == 'text' and node not in self.look.in_state:
            return False  # nothing to act on, and what it says speaks for itself
        return role != 'image' or not self.has_spoken_neighbours(node)

    def list_faults(self):
        silent = [' < '.join(f'{self.roles[one]} “{self.names[one]}”' for one in [node, *self.list_above(node)[:5]])
                  for node in self.all if self.is_silent(node)]
        underlined = [self.names[node] for node in self.all
                      if self.roles[node] in BUTTONS and re.search(r'(^|\s)_\w', self.names[node])]
        doubled = [self.names[node] for node in self.all
                   if self.roles[node] in (*BUTTONS, 'check box', 'combo box') and re.fullmatch(r'(.+) \1', self.names[node])]
        return silent, underlined, doubled


class NamesTest(WindowTest):
    def check_names(self, state):
        # Panes and rows come between turns of the main loop: what goes or comes while it is looked at is looked at again.
        for _ in range(LOOKS):
            silent, underlined, doubled = wait_for('all controls', lambda: Names(self.application()).list_faults())
            if not (silent or underlined or doubled):
                break
            time.sleep(0.5)
        self.assertEqual(doubled, [], f'{state}: said twice')
        self.assertEqual(underlined, [], f'{state}: the mark of the key is said')
        self.assertEqual(silent, [], f'{state}: controls without a name:\n' + '\n'.join(silent))

    def check_turns(self, *shown):
        """None in whatever is said or shown; what is there instead is."""
        for name in shown:
            self.see(name.replace('|', '\\u202e'))
        names = QuickLook(self.application(), '').names.values()
        self.assertEqual([name for name in names if re.search('[\u202a-\u202e\u2066-\u2069]', name)], [])

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

    def test_marks_that_turn_the_writing(self):
        self.start(self.write(f'tur{TURN}n.py', TURNED))
        self.wait_for_program()
        self.see('FLATLINED')
        self.key('2')
        self.check_turns('tur|n.py', 'wor|ker', '|data', 'thread ‘wor|ker’, which')
        source = self.find('Source', ('text',)).queryText()
        self.assertIn('# \ufffdsource', source.getText(0, source.characterCount))
        self.press('Evidence')
        self.see('Certain: the facts prove it')
        self.check_turns()
        self.picture('turns')
        self.press('Force Kill')
        self.see('Ended by SIGKILL')
        self.end_window(self.window)
        self.start()
        self.check_turns('tur|n.py')


if __name__ == '__main__':
    unittest.main()
