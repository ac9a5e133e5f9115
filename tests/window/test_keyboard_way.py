# SPDX-License-Identifier: MIT
"""The whole way of somebody who has no mouse: from the script to a freeze, through all that is told of it, to its end,
and back to it among the past ones. Only keys, and after each the focus is where the next one needs it."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, BUTTONS, EXAMPLES, WindowTest, is_alive, wait_for, walk, xdotool  # noqa: E402


class KeyboardWayTest(WindowTest):
    def start(self, *arguments, **env):
        """Toasts stay: to come to them takes a busy machine longer than they would."""
        if not os.environ.get('FLATLINE_TEST_SANITIZE'):  # whose runtime has to come first
            env['LD_PRELOAD'] = os.path.join(BUILD, 'tests', 'window', 'libpatient-toasts.so')
        super().start(*arguments, **env)

    def focus_is_in(self, name):
        """Whether what has the focus is a widget of this name, or within it."""
        return any(self.is_focused(widget) for named in self.find_each(name, exactly=True) for widget in walk(named))

    def go_to(self, name, *keys):
        """Asked again after each look: the pane may only be on its way."""
        wait_for(f'the focus in {name}', lambda: self.key(*keys) or self.focus_is_in(name))

    def open_script(self, path):
        before = set(self.windows())
        self.key('ctrl+o')
        dialog = wait_for('the dialog', lambda: set(self.windows()) - before).pop()
        self.focus(dialog)
        self.type_path(path)
        wait_for(f'“{path}” in the dialog', lambda: self.typed() == path or self.drop_completion())
        xdotool('key', 'Return')
        wait_for('the end of the dialog', lambda: dialog not in self.windows())

    def typed(self):
        text = self.focused().queryText()
        return text.getText(0, text.characterCount)

    def test_the_way(self):
        script = os.path.join(self.folder, 'bank.py')
        shutil.copy(os.path.join(EXAMPLES, 'deadlock.py'), script)
        self.start()
        self.open_script(script)
        program = self.wait_for_program()
        self.see('FLATLINED')
        self.see('transfer')

        self.go_to('Threads and stacks', 'alt+1')
        self.key('Home', 'Down')
        self.go_to('Source', 'Tab')
        self.picture('way-source')
        self.go_to('Variables', '2')
        self.key('Home')
        self.picture('way-variables')
        viewer = self.open_value('amount')
        xdotool('key', 'Escape')
        wait_for('the end of the viewer', lambda: viewer not in self.windows())
        self.focus()
        wait_for('the focus back at the variable', lambda: self.focus_is_in('Variables'))

        self.key('8')
        self.see('The program has no connections')
        self.go_to('Output of the program', 'alt+2')
        self.key('ctrl+shift+f')
        wait_for('the search', lambda: self.focused() and self.focused().getRoleName() in ('text', 'entry'))
        xdotool('type', 'started')
        xdotool('key', 'Escape')
        wait_for('the focus back in the output', lambda: self.focus_is_in('Output of the program'))
        # Out of a terminal, in which Tab is the program's, too.
        self.key('F6')
        wait_for('the focus out of the terminal', lambda: not self.focus_is_in('Output of the program'))
        self.picture('way-out-of-the-terminal')

        self.key('ctrl+5')
        wait_for('the end of the program', lambda: not is_alive(program))
        self.see('Ended by SIGKILL')
        n_past = self.count('bank.py')
        self.go_to('Freezes of the past', 'alt+4')
        self.key('Delete')
        self.see('Undo', BUTTONS)
        wait_for('a list without it', lambda: self.count('bank.py') < n_past)
        self.key('ctrl+z')
        wait_for('the freeze again', lambda: self.count('bank.py') == n_past)
        self.go_to('Freezes of the past', 'alt+4')
        self.key('Return')
        wait_for('the past freeze in a tab', lambda: self.count('bank.py') > n_past)
        self.picture('way-past')
        self.go_to('Threads and stacks', 'alt+1')

        before = set(self.windows())
        self.key('ctrl+comma')
        preferences = wait_for('the preferences', lambda: set(self.windows()) - before).pop()
        self.focus(preferences)
        xdotool('key', 'Escape')
        wait_for('their end', lambda: preferences not in self.windows())
        self.key('ctrl+Page_Up', 'ctrl+q')
        self.assertEqual(self.window.wait(60), 0)


if __name__ == '__main__':
    unittest.main()
