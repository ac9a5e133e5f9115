# SPDX-License-Identifier: MIT
"""What every editor has: Ctrl+F in the pane one is in, larger text, the name of a value to ask for it, and the tab that
was closed by mistake."""
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, pyatspi, wait_for, xdotool  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = '''\
import threading, time


class Order:
    def __init__(self):
        self.lines = [{'tea': (1, 2)}]


def deliver(order):
    print('needle in the output', flush=True)
    never = threading.Event()
    never.wait()  # the first of the waits


def late():
    pass  # one more of the waits


deliver(Order())
'''


class FindTest(WindowTest):
    def open(self):
        self.start(self.write('shop.py', SCRIPT))
        self.wait_for_program()
        self.see('♥ beating')
        self.key('2')
        self.see('shop.py:12')

    def entry(self, placeholder):
        """The entry that has the focus, which says what it is for when it is empty."""
        node = self.focused()
        return node if node and (placeholder in (node.name or '') or placeholder in self.placeholder(node)) else None

    @staticmethod
    def placeholder(node):
        return dict(item.split(':', 1) for item in node.getAttributes()).get('placeholder-text', '')

    def source(self):
        return self.find('Source', ('text',)).queryText()

    def source_top(self):
        return self.place(self.find('Source', ('text',))).y

    def selected_line(self):
        """In the source: its number, and what is selected there."""
        text = self.source()
        start, end = text.getSelection(0)
        return text.getText(0, start).count('\n') + 1, text.getText(start, end)

    def test_source(self):
        self.open()
        self.key('alt+1')
        top = self.source_top()
        self.key('ctrl+f', *'the', 'space', *'waits')  # by who does not wait for the bar to be seen
        wait_for('the next place', lambda: self.selected_line() == (12, 'the waits'))
        self.picture('find-source')
        self.assertGreater(self.source_top(), top)
        xdotool('key', 'Return')
        wait_for('the place after it', lambda: self.selected_line() == (16, 'the waits'))
        xdotool('key', 'ctrl+shift+g')
        wait_for('the one before', lambda: self.selected_line() == (12, 'the waits'))
        xdotool('key', 'Escape')
        wait_for('the focus in the source', lambda: self.is_focused(self.find('Source', ('text',))))
        wait_for('no place for the bar', lambda: self.source_top() == top)

    def test_each_pane_has_its_own(self):
        self.open()
        self.see('order', ('label',))
        self.key('ctrl+f')
        self.is_asked('Filter variables')
        self.key('alt+2')
        xdotool('key', 'ctrl+shift+f')
        self.is_asked('Find in the output')

    def is_asked(self, words):
        wait_for(f'“{words}”', lambda: self.entry(words))

    def text_height(self):
        return self.source().getCharacterExtents(0, pyatspi.WINDOW_COORDS)[3]

    def test_larger_text(self):
        self.open()
        usual = wait_for('the height of a letter', self.text_height)
        self.key('ctrl+plus', 'ctrl+plus', 'ctrl+plus')
        wait_for('larger text', lambda: self.text_height() > usual * 1.2)
        self.picture('larger-text')
        self.key('ctrl+minus', 'ctrl+minus', 'ctrl+minus', 'ctrl+minus')
        wait_for('smaller text', lambda: 0 < self.text_height() < usual)
        self.key('ctrl+0')
        wait_for('the usual text', lambda: self.text_height() == usual)

    def copied(self):
        return subprocess.run([sys.executable, os.path.join(HERE, 'clipboard.py')], stdout=subprocess.PIPE, env=self.env,
                              text=True, check=True).stdout

    def test_lines_of_flatline_in_the_output(self):
        """On lines of their own, though the program has asked something and waits; with no empty one between."""
        self.start(self.write('asks.py', 'input("Name? ")\n'))
        self.wait_for_program()

        def output():
            self.press('Copy the Selection, or All')
            return self.copied()
        wait_for('the question', lambda: 'Name?' in output())
        self.key('3')
        self.see('Ended by SIGTERM')
        wait_for('the end in the output', lambda: 'ended by signal' in output())
        lines = [line.rstrip() for line in output().rstrip().split('\n')]
        self.assertEqual([line.strip(' ─') for line in lines[1:]],
                         ['Name?', 'Close: SIGTERM', f'ended by signal 15 ({signal.strsignal(15)})'])

    def test_copy_expression(self):
        self.open()
        self.see('order')
        for name in ('lines', '[0]', "['tea']", '[1]'):
            xdotool('key', 'Right')
            self.see(name, ('label',))
            xdotool('key', 'Down')
        before = self.menu_of_the_row()
        wanted = self.see('Copy Expression', ('menu item',))
        wait_for('the focus on it', lambda: self.is_focused(wanted) or xdotool('key', 'Down') is None)
        self.picture('copy-expression')
        xdotool('key', 'Return')
        wait_for('the end of the menu', lambda: not set(self.windows()) - before)
        self.assertEqual(wait_for('the text', self.copied), "order.lines[0]['tea'][0]")

    def menu_of_the_row(self):
        before = set(self.windows())
        xdotool('key', '--clearmodifiers', 'shift+F10')
        wait_for('the menu', lambda: set(self.windows()) - before)
        return before

    def test_the_closed_tab_comes_back(self):
        self.start(self.write('shop.py', SCRIPT))
        self.wait_for_program()
        self.key('ctrl+w')
        self.see('“shop.py” Is Running')
        self.press('End Program')
        self.see('Drop a Python Script Here')
        wait_for('the end of the tab', lambda: not self.find('PID', ('label',)))
        self.key('ctrl+shift+t')
        self.see('Not Started')
        self.see('shop.py')
        self.press('Restart')
        self.wait_for_program()


if __name__ == '__main__':
    unittest.main()
