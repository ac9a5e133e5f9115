# SPDX-License-Identifier: MIT
"""Every verb of the toolbar by its key: the keys of the terminal's console alone where nobody types, with Ctrl where
somebody does."""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, WindowTest, is_alive, pyatspi, wait_for, xdotool  # noqa: E402

SCRIPT = '''\
import signal, time
from flatline import beat

def work(colour):
    while True:
        beat('WORK', colour)
        time.sleep(0.05)

work('blue')
'''


class KeyboardTest(WindowTest):
    def open(self):
        self.start(self.write('works.py', SCRIPT))
        self.see('Running · PID')
        return self.wait_for_program()

    def see_end(self, pid, words):
        wait_for('the end of the program', lambda: not is_alive(pid))
        self.see(words)

    def toggle_is_on(self, name):
        states = self.find(name, BUTTONS).getState()
        return states.contains(pyatspi.STATE_PRESSED) or states.contains(pyatspi.STATE_CHECKED)

    def test_keys_that_look(self):
        self.open()
        self.see('♥ beating')
        self.key('1')
        self.see('works.py:7')
        self.key('2')
        wait_for('the variable', lambda: self.find('colour') and self.find("'blue'"))
        self.key('6')
        self.key('s')
        self.see('Supervisor PID')
        self.picture('status')
        xdotool('windowfocus', '--sync', self.windows()[-1], 'key', 'Escape')
        wait_for('the end of the Status window', lambda: not self.find('Supervisor PID'))
        self.key('8')
        self.key('9')
        wait_for('Monitor', lambda: self.toggle_is_on('Monitor'))
        self.key('9')
        wait_for('the end of Monitor', lambda: not self.toggle_is_on('Monitor'))
        self.key('h')
        self.see('Shortcuts', ('label',))  # newer GTK tells those of the page that is shown only
        self.picture('shortcuts')
        lines = xdotool('getwindowgeometry', '--shell', self.windows()[-1]).split()
        geometry = dict(line.split('=') for line in lines)
        self.assertNotEqual(geometry['WINDOW'], str(self.main_window))
        self.assertLessEqual(int(geometry['WIDTH']), 1024)
        self.assertLessEqual(int(geometry['HEIGHT']), 600)

    def test_keys_that_act(self):
        pid = self.open()
        self.key('r')
        pid = self.wait_for_program(pid)
        self.key('3')
        self.see_end(pid, 'Restart')
        self.key('r')
        pid = self.wait_for_program(pid)
        self.key('4')
        self.see_end(pid, 'Ended by SIGTERM')
        self.key('r')
        pid = self.wait_for_program(pid)
        self.key('5')
        self.see_end(pid, 'Ended by SIGKILL')
        self.key('q')
        self.window.wait(30)

    def test_history_without_a_freeze(self):
        """A list that has nothing yet takes the focus as far as it can: it once asked itself for ever."""
        pid = self.open()
        self.key('alt+4')
        self.key('alt+3')
        self.key('r')
        self.wait_for_program(pid)

    def test_heart_in_words(self):
        """What the graph draws is said, too: of each lane the newest, and what became of the process."""
        pid = self.open()
        wait_for('the beats', lambda: self.find('♥ beating'))
        heart = self.see('Heartbeat', ('image', 'icon'))
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(os.kill, pid, signal.SIGKILL)

        def words():
            self.key('alt+3', 'alt+5')
            return heart.description
        wait_for('the words of all lanes', lambda: 'WORK' in words() and 'stopped' in words())
        self.picture('stopped')

    def test_quit_from_the_output(self):
        """Where somebody types to the program Ctrl+Q is Quit, too. Ctrl+S stops what it prints, and any key lets it go on."""
        answers = os.path.join(self.folder, 'answers')
        self.start(self.write('asks.py', 'while True:\n    with open("answers", "a") as file:\n'
                                         '        print(input("?"), file=file, flush=True)\n'))
        pid = self.wait_for_program()
        self.key('alt+2')
        xdotool('type', 'one')
        xdotool('key', 'ctrl+s', 'Return', 'Return')
        wait_for('the answer', lambda: os.path.exists(answers) and os.path.getsize(answers) == len('one\n\n'))
        xdotool('key', 'ctrl+q')
        self.see('“asks.py” Is Running')
        self.picture('quit-from-output')
        # The program ends by itself: who was asked sees how, and there is nothing to ask any more.
        os.kill(pid, signal.SIGKILL)
        wait_for('the end of the question', lambda: not self.find('“asks.py” Is Running'))
        self.see('Ended by SIGKILL')
        self.assertIsNone(self.window.poll())
        # Where nobody can type, the keys with Ctrl are the window's; letters, of which more may come, are nobody's.
        self.key('alt+2', 'r', 'q', 'ctrl+r')
        self.wait_for_program(pid)
        self.key('3')

    def test_typing_is_no_command(self):
        pid = self.open()
        self.key('7')
        xdotool('type', 'echo 345 $FLATLINE_PID $PWD > said')
        xdotool('key', 'Return')
        said = os.path.join(self.folder, 'said')
        wait_for('what the shell command said', lambda: os.path.exists(said) and os.path.getsize(said))
        with open(said, encoding='utf-8') as file:
            self.assertEqual(file.read(), f'345 {pid} {self.folder}\n')
        self.assertTrue(is_alive(pid))
        self.picture('shell')
        self.key('ctrl+5')
        self.see_end(pid, 'Ended by SIGKILL')


if __name__ == '__main__':
    unittest.main()
