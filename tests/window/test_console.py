# SPDX-License-Identifier: MIT
"""Python evaluated in the living program, from the window: in the selected frame, of a frozen program, too; and not where
nobody could answer."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import WindowTest, pyatspi, wait_for, walk, xdotool  # noqa: E402

SCRIPT = '''\
import threading
from flatline import beat

def serve(queue):
    answer = 40
    wait(lock=threading.Lock())

def wait(lock):
    inner = 'in the inner frame'
    lock.acquire()
    lock.acquire()

beat('SERVE', 'main')
serve(['first', 'second'])
'''


SHOP = '''\
import time

def sell(n):
    return 2 * n

def serve(n):
    sell(n)
    time.sleep(0.3)

while True:
    for n in range(3):
        serve(n)
'''


class ConsoleTest(WindowTest):
    def ask(self, source):
        xdotool('key', 'ctrl+a', 'Delete')
        xdotool('type', source)
        xdotool('key', 'Return')

    def answers(self):
        return self.find('Answers of the Program', ('text',)).queryText().getText(0, -1)

    def test_tabs_take_a_click_in_their_middle(self):
        self.start(self.write('serves.py', SCRIPT))
        # The banner and the panes of the freeze move the tabs; a click between would hit what was there before.
        self.see('FLATLINED')
        self.see('serves.py:11')
        self.focus()
        for name in ('Network', 'Console', 'Shell', 'Output'):
            tab = self.see(name, ('page tab',))
            self.point_at(tab)
            xdotool('click', 1)
            wait_for(f'the tab {name}', lambda: tab.getState().contains(pyatspi.STATE_SELECTED))

    def entry(self):
        return next(node for node in walk(self.find('Python in the selected frame'))
                    if 'EditableText' in pyatspi.listInterfaces(node))

    def see_answer(self, text):
        wait_for(f'the answer “{text}”', lambda: text in self.answers())

    def test_a_frozen_program(self):
        self.start(self.write('serves.py', SCRIPT))
        self.see('FLATLINED')
        self.see('serves.py:11')
        self.key('alt+6')
        self.ask('inner.title()')
        self.see_answer(">>> inner.title()\n'In The Inner Frame'\n# ")
        self.see_answer('serves.py:11 in wait\n')
        # What is asked has the names of the frame that a person selects.
        self.key('alt+1', 'Down')
        wait_for('the caller', lambda: self.find("['first', 'second']"))
        self.key('alt+6')
        self.ask('answer + len(queue)')
        self.see_answer('>>> answer + len(queue)\n42\n# ')
        self.see_answer('serves.py:6 in serve\n')
        self.ask('queue.appendix')
        self.see_answer("AttributeError: 'list' object has no attribute 'appendix'\n")
        self.picture('console')
        # What was asked before comes back: the one before the last, and from there the one after it.
        xdotool('key', 'Up', 'Up', 'Return')
        wait_for('the same answer', lambda: self.answers().count('>>> answer + len(queue)\n42\n') == 2)
        xdotool('key', 'Up', 'Up', 'Up', 'Down', 'Return')
        wait_for('the same mistake', lambda: self.answers().count('>>> queue.appendix\nAttributeError') == 2)

        self.press('Force Kill')
        self.see('Ended by SIGKILL')
        wait_for('nobody to ask', lambda: not self.entry().getState().contains(pyatspi.STATE_EDITABLE))
        self.picture('console-of-the-dead')


    def test_traced_calls(self):
        """From the console and from a frame of the stack; what is on has a row, and a button that takes it back."""
        self.start(self.write('sells.py', SHOP))
        self.wait_for_program()
        self.key('alt+6')
        self.ask('trace sell --if n > 1')
        self.see_answer('>>> trace sell --if n > 1\nTracing “__main__:sell” (')
        self.see_answer('[MainThread] → sell(n=2)\n')
        self.see_answer('[MainThread] ← sell = 4   ')
        self.see('Traced: __main__:sell if n > 1')
        self.picture('console-traces')
        self.press('Undo: Traced: __main__:sell if n > 1')
        wait_for('the end of the trace', lambda: not self.find('Traced: __main__:sell if n > 1'))

        self.press('Stack Trace')
        wait_for('the stack', lambda: self.find('sells.py:'))
        before = self.open_menu('alt+1', 'Trace Calls of This Function')
        self.picture('stack-menu')
        wanted = self.see('Trace Calls of This Function', ('menu item',))
        wait_for('the focus on the item', lambda: self.is_focused(wanted) or xdotool('key', 'Down') is None)
        xdotool('key', 'Return')
        wait_for('the end of the menu', lambda: not set(self.windows()) - before)
        self.see('Traced: __main__:serve')
        self.see_answer('[MainThread] → serve(n=')


    def end_is_clear(self):
        """Whether no line is cut at the end of the answers: of what is in the last pixels there is one colour."""
        box = self.place(self.find('Answers of the Program', ('text',)))
        x, y = map(int, re.findall(r'(?:X|Y)=(-?\d+)', xdotool('getwindowgeometry', '--shell', self.main_window)))
        colours = subprocess.run(['import', '-window', 'root', '-crop', f'{box.width - 40}x2+{x + box.x + 20}+{y + box.y + box.height - 2}',
                                  '-format', '%k', 'info:-'], check=True, stdout=subprocess.PIPE, text=True).stdout
        return colours.strip() == '1'

    def test_breakpoint_and_patch(self):
        """The thread that comes there is shown as with a freeze, and goes on at a word; a patch has its row."""
        self.start(self.write('sells.py', SHOP))
        self.wait_for_program()
        self.key('alt+6')
        self.ask('break sells.py:4 --if n == 2')
        self.see('Held at a breakpoint')
        self.see('MainThread is held at the breakpoint ‘__main__:sell’, other threads run on')
        self.see('Breakpoint: __main__:sell if n == 2')
        self.see('sells.py:4')
        self.key('alt+6')
        self.ask('n * 100')
        self.see_answer('>>> n * 100\n200\n# ')
        self.picture('breakpoint')
        self.press('Undo: Breakpoint: __main__:sell if n == 2')
        wait_for('the end of the breakpoint', lambda: not self.find('Breakpoint: __main__:sell if n == 2'))
        self.press('Continue')

        def nothing_is_held():
            self.key('alt+6')
            self.ask('continue')
            return '>>> continue\nNo thread is held\n' in self.answers()

        wait_for('the thread to go on', nothing_is_held)
        self.ask('patch sell = lambda n: print("patched", n, flush=True)')
        self.see('Patched: __main__:sell = <function <lambda> at ')
        if shutil.which('import'):
            wait_for('the last answer, whole', self.end_is_clear)
        self.press(self.find('Undo: Patched: __main__:sell = ').name)
        wait_for('the end of the patch', lambda: not self.find('Patched: __main__:sell'))


if __name__ == '__main__':
    unittest.main()
