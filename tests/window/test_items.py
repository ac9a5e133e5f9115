# SPDX-License-Identifier: MIT
"""Inside of large containers, in the window for them: to a number or a key at once, what matches words, a search that is
cancelled; and what of variables is copied as JSON, in a worker."""
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from driver import MENU_ITEMS, wait_for, xdotool  # noqa: E402
import test_names  # noqa: E402

N_ITEMS = 300000
SCRIPT = '''\
import time
from flatline import beat

def work(as_list, as_dict, as_set):
    while True:
        beat('WORK', 'main')
        time.sleep(0.05)

numbers = range(N_ITEMS)
work([str(number) + '-item' for number in numbers], {'key %d' % number: number for number in numbers},
     {number * 7 for number in numbers})
'''.replace('N_ITEMS', str(N_ITEMS))


class ItemsTest(test_names.NamesTest):
    test_empty = test_running_and_frozen = None

    def hold(self):
        """The variables, once they are made."""
        self.start(self.write('holds.py', SCRIPT))
        self.see('♥ beating')
        wait_for('the variables', lambda: self.key('2') or self.find('as_set', ('label',)))

    def open(self, row):
        self.hold()
        viewer = self.choose('Find Inside', self.menu_of_row(row))
        self.focus(viewer)
        self.see(f'Items 0–999 of {N_ITEMS}')
        return viewer

    def menu_of_row(self, row):
        self.key('2', 'Home', *['Down'] * row)
        return self.open_menu('2', 'Find Inside')

    def status(self, words):
        return self.see(words, ('label',))

    def go_to(self, words):
        xdotool('key', 'ctrl+i', 'ctrl+a')
        xdotool('type', words)
        xdotool('key', 'Return')

    def look_for(self, words):
        xdotool('key', 'ctrl+f', 'ctrl+a')
        xdotool('type', words)

    def test_list(self):
        viewer = self.open(0)
        self.check_names('items of a list')
        self.picture('items-list')
        self.go_to('200500')
        self.status('Items 200500–201499 of')
        self.see('[200500]')
        self.see('200500-item')
        xdotool('key', 'ctrl+Next')
        self.status('Items 201500–202499 of')
        xdotool('key', 'ctrl+Prior', 'ctrl+Prior')
        self.status('Items 199500–200499 of')
        self.go_to('999999999')
        self.status(f'Items {N_ITEMS - 1}–{N_ITEMS - 1} of')
        # Words are looked for in all of them, and what is found is where it is.
        self.look_for('99999-ITEM')
        self.status(f'3 found in {N_ITEMS} items')
        self.see('[299999]')
        self.picture('items-found')
        self.look_for('nowhere to be seen')
        self.see('Nothing found')
        self.look_for('item')
        self.status('The first 1000 found')
        # Escape gives up the search first.
        xdotool('key', 'Escape')
        self.status(f'Items {N_ITEMS - 1}–')
        xdotool('key', 'Escape')
        wait_for('its end', lambda: viewer not in self.windows())

    def test_dict_and_set(self):
        viewer = self.open(1)
        self.go_to('key 234567')
        self.status('Items 234567–235566 of')
        self.see("['key 234567']")
        self.go_to('key of nothing')
        self.see('Nothing found')
        self.see("['key 234567']")
        self.look_for("'key 299998'")
        self.status(f'1 found in {N_ITEMS} items')
        xdotool('key', 'Escape', 'Escape')
        wait_for('its end', lambda: viewer not in self.windows())
        viewer = self.choose('Find Inside', self.menu_of_row(2))
        self.focus(viewer)
        self.see('Items 0–999 of')
        self.look_for(str(7 * 299999))
        self.status(f'1 found in {N_ITEMS} items')

    def test_copy_all_as_json(self):
        self.hold()
        wanted = self.open_menu('2', 'Copy All as JSON') and self.see('Copy All as JSON', MENU_ITEMS)
        wait_for('the focus on it', lambda: self.is_focused(wanted) or xdotool('key', 'Down') is None)
        xdotool('key', 'Return')

        def copied():
            """A button of a menu is pressed for a moment before it acts."""
            run = subprocess.run([sys.executable, os.path.join(HERE, 'clipboard.py')], stdout=subprocess.PIPE, env=self.env,
                                 check=True)
            return [value['name'] for value in json.loads(run.stdout)]
        self.assertEqual(wait_for('what was copied', copied), ['as_list', 'as_dict', 'as_set'])


if __name__ == '__main__':
    unittest.main()
