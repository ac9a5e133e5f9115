# SPDX-License-Identifier: MIT
"""Tables in the order that a person asks for: by a click on a title, by its menu, by keys; what
is selected stays so."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, pyatspi, wait_for, walk, xdotool  # noqa: E402

TABLES = ('tree table', 'table')
CHILD = 'import time\ntime.sleep(900)\n'
FAMILY = '''\
import socket, subprocess, sys, time
from flatline import beat
children = [subprocess.Popen([sys.executable, name]) for name in ('nine9.py', 'nine10.py', 'five.py')]
listener = socket.create_server(('127.0.0.1', 0))
ends = []
for number in (3, 1, 2):
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    near.send(b'x' * number)
    ends += near, far
while True:
    beat('WORK', 'main')
    time.sleep(0.05)
'''


class TablesTest(WindowTest):
    def start_family(self):
        for name in ('nine9', 'nine10', 'five'):
            self.write(f'{name}.py', CHILD)
        self.start(self.write('family.py', FAMILY))
        self.wait_for_program()
        self.see('five.py')

    def rows(self, table, by_place=True):
        """The texts of each row, from the top down, and whether it is selected."""
        found = []
        # The last tab is the one that is seen.
        *_, shown = self.find_each(table, TABLES, exactly=True)
        for node in walk(shown):
            if node.getRoleName() == 'table row':
                cells = [cell.name for cell in walk(node) if cell.getRoleName() == 'label']
                if 'ended' in cells:  # what a script called python3 has started before it became Python
                    continue
                box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
                found.append((box.y, cells, node.getState().contains(pyatspi.STATE_SELECTED)))
        # Rows out of sight have no place; among them, and where rows stay, the order is that of the tree.
        return sorted(found, key=lambda row: row[0])[1:] if by_place else found[1:]

    def see_order(self, table, pattern, expected):
        def seen():
            return [cell for _, cells, _ in self.rows(table) for cell in cells if re.fullmatch(pattern, cell)]
        try:
            wait_for(f'the order {expected}', lambda: seen() == expected)
        except AssertionError as error:
            raise AssertionError(f'{error}; it is {seen()}') from None

    def click_title(self, table, title, button=1):
        node = wait_for(title, lambda: next(node for node in walk(self.find(table, TABLES)) if node.name == title))
        self.point_at(node)
        xdotool('click', button)

    def see_focus_on(self, name):
        wait_for(f'the focus on “{name}”',
                 lambda: next(self.find_each(name, exactly=True, state=int(pyatspi.STATE_FOCUSED)), None) is not None)

    def test_processes(self):
        self.start_family()
        self.focus()
        children = '(nine|five).*'
        self.see_order('Processes', children, ['nine9.py', 'nine10.py', 'five.py'])
        self.click_title('Processes', 'Program')
        self.see_order('Processes', children, ['five.py', 'nine9.py', 'nine10.py'])
        self.click_title('Processes', 'Program')
        self.see_order('Processes', children, ['nine10.py', 'nine9.py', 'five.py'])
        self.assertEqual(self.rows('Processes')[0][1][0], 'family.py', 'children stay below their parent')
        # Left leads to the parent, wherever the order has put the child.
        self.click_title('Processes', 'nine9.py')
        wait_for('the child to be selected', lambda: self.rows('Processes')[-2][2])
        xdotool('key', 'Left')
        wait_for('the parent to be selected', lambda: self.rows('Processes')[0][2])
        self.picture('tables-processes')

    def make_room(self):
        """Moves the panes below up. What is out of sight is not in the tree of newer GTK."""
        self.focus()
        box = self.place(self.see('Network', ('page tab',)))
        x, y = box.x + box.width // 2, box.y - 1
        xdotool('mousemove', '--window', self.main_window, x, y, 'mousedown', 1)
        for step in range(1, 9):
            xdotool('mousemove', '--window', self.main_window, x, y - 20 * step)
        xdotool('mouseup', 1)

    def test_connections(self):
        self.start_family()
        self.press('Connections')
        self.make_room()
        wait_for('the connections', lambda: len(self.rows('Connections')) == 7)

        def local_ports():
            return [int(cells[2].rpartition(':')[2]) for _, cells, _ in self.rows('Connections', False)]

        def selected():
            return [cells[2:4] for _, cells, is_selected in self.rows('Connections') if is_selected]
        # By keys alone: the last entry of a row's menu has the columns.
        self.focus()
        self.click_title('Connections', 'LISTEN')
        wait_for('the listener to be selected', lambda: selected() and selected()[0][1] == '')
        listener = selected()
        xdotool('key', 'shift+F10')
        self.see_focus_on('Copy Local Address')
        xdotool('key', 'Up')
        self.see_focus_on('Sort By')
        xdotool('key', 'Right', 'Down', 'Down', 'Down')
        self.see_focus_on('Local')
        self.picture('tables-menu')
        xdotool('key', 'Return')
        wait_for('the order of local addresses', lambda: local_ports() == sorted(local_ports()))
        self.click_title('Connections', 'Local')
        wait_for('the other way', lambda: local_ports() == sorted(local_ports(), reverse=True))
        self.assertNotEqual(local_ports(), sorted(local_ports()))
        self.assertEqual(selected(), listener, 'another row is selected now')
        self.picture('tables-connections')


if __name__ == '__main__':
    unittest.main()
