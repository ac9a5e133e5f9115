# SPDX-License-Identifier: MIT
"""The ways a script comes into the window: dropped from another program, chosen in the dialog, given by a second
`flatline`, clicked among the recent ones."""
import os
import select
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUILD, QuickLook, WindowTest, pyatspi, read_lines, wait_for, xdotool  # noqa: E402

SCRIPT = 'import sys, time\nprint("hello", flush=True)\ntime.sleep(600)\n'


class OpenTest(WindowTest):
    def drag(self, path, x, y, *more):
        """Drags path, and more, from a second program to the place, over XDND."""
        here = os.path.dirname(os.path.abspath(__file__))
        source = subprocess.Popen([sys.executable, os.path.join(here, 'drag_source.py'), path, *more], env=self.env,
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(source.stdout.close)
        self.addCleanup(source.wait)
        self.addCleanup(source.kill)
        self.assertEqual(read_lines(source), 'ready')
        window = wait_for('the second program', lambda: xdotool('search', '--onlyvisible', '--pid', source.pid).split())
        xdotool('windowmove', '--sync', window[-1], 900, 600)
        self.pull(source)
        self.assertEqual(read_lines(source), 'began')
        xdotool('mousemove', x + 40, y + 40, 'mousemove', x, y)
        while read_lines(source) != 'accepted':
            pass
        self.picture('drag-over')
        xdotool('mouseup', 1)
        while read_lines(source) != 'dropped':
            pass
        self.source = source

    def pull(self, source):
        """Until the drag begins: a window that was just shown may not know the pointer yet."""
        def has_begun(seconds):
            return select.select([source.stdout], [], [], seconds)[0]

        def pulled():
            if has_begun(0):
                return True
            xdotool('mouseup', 1, 'mousemove', 950, 625, 'mousedown', 1)
            return any(has_begun(0.1) for x in range(960, 1010, 10) if not xdotool('mousemove', x, 630))
        wait_for('the beginning of the drag', pulled)
        xdotool('mousemove', 900, 560)

    def test_drop_on_the_empty_window(self):
        self.start()
        self.see('Drop a Python Script Here')
        self.picture('empty')
        self.drag(self.write('dropped.py', SCRIPT), 500, 300)
        pid = self.wait_for_program()
        self.see(str(pid))
        self.see('dropped.py')
        self.picture('dropped')

    def test_a_damaged_store_is_told_whole(self):
        """On as many lines as it takes: what became of the file is said at the end."""
        folder = os.path.join(self.env['XDG_DATA_HOME'], 'flatline')
        os.mkdir(folder)
        with open(os.path.join(folder, 'flatline.sqlite'), 'wb') as store:
            store.write(b'no database at all' * 1000)
        self.start()
        label = self.see('and a new one was begun', ('label',))

        def height():
            return label.queryComponent().getExtents(pyatspi.WINDOW_COORDS).height
        wait_for('more than a line', lambda: height() > 30)

    def test_an_answer_does_not_wait_behind_a_warning(self):
        """Which stays until it is sent away, and is there again when the answer has gone."""
        self.write(os.path.join('XDG_DATA_HOME', 'flatline'), 'no folder')
        self.start()
        self.see('perhaps only until you log out')
        self.picture('store-elsewhere')
        self.drag(self.write('notes.txt', 'Buy milk.'), 500, 300)
        self.see('not a Python script')
        self.picture('answer-over-warning')
        self.source.kill()
        self.drag(self.write('bread.txt', 'Buy bread.'), 500, 300)
        self.see('bread.txt')
        wait_for('the end of the first answer', lambda: not self.find('notes.txt'))
        self.see('perhaps only until you log out')

    def test_drop_on_a_running_session(self):
        self.start(self.write('first.py', SCRIPT))
        first = self.wait_for_program()
        self.drag(self.write('second.py', SCRIPT), 500, 300)
        self.wait_for_program(first)
        self.see('second.py')
        self.see('first.py')

    def test_open_dialog(self):
        path = self.write('chosen.py', SCRIPT)
        self.start()
        before = set(self.windows())
        self.key('ctrl+o')
        dialog = wait_for('the dialog', lambda: set(self.windows()) - before).pop()
        self.see('Open a Script or a Snapshot')
        self.focus(dialog)
        self.type_path(path)
        self.picture('open-dialog')
        self.accept_path(path, 'Open')
        self.wait_for_program()
        self.see('chosen.py')

    def test_second_call_goes_to_the_first(self):
        self.start()
        script = self.write('given.py', 'import os, sys\nprint(os.getcwd(), os.environ.get("COLOUR"), sys.argv[1:])\n'
                            'open("seen", "w").write(repr((os.getcwd(), os.environ.get("COLOUR"), sys.argv[1:])))\n'
                            'import time\ntime.sleep(600)\n')
        elsewhere = os.path.join(self.folder, 'elsewhere')
        os.mkdir(elsewhere)
        subprocess.run([os.path.join(BUILD, 'app', 'flatline'), script, '--verbose', 'x y'], check=True, cwd=elsewhere,
                       env=dict(self.env, COLOUR='blue'), timeout=60)
        self.wait_for_program()
        seen = os.path.join(elsewhere, 'seen')
        wait_for('what the program saw', lambda: os.path.exists(seen) and os.path.getsize(seen) > 0)
        with open(seen, encoding='utf-8') as file:
            self.assertEqual(file.read(), repr((elsewhere, 'blue', ['--verbose', 'x y'])))

    def test_a_dropped_file_that_is_no_program_leaves_no_tab(self):
        self.start()
        self.see('Drop a Python Script Here')
        self.drag(self.write('notes.txt', 'Buy milk.'), 500, 300)
        self.see('notes.txt')
        self.see('not a Python script')
        self.assertIsNone(self.find('Not Started'))
        self.assertIsNotNone(self.find('Drop a Python Script Here'))

    def test_several_files_of_which_some_are_no_programs(self):
        """The good ones open, and of the others each is told."""
        self.start()
        self.see('Drop a Python Script Here')
        self.drag(self.write('notes.txt', 'Buy milk.'), 500, 300, self.write('good.py', SCRIPT),
                  self.write('bread.txt', 'Buy bread.'), os.path.join(self.folder, 'gone.py'))
        bad = ('notes.txt', 'bread.txt', 'gone.py')
        words = wait_for('a word of all three', lambda: next(
            text for text in QuickLook(self.application(), '').names.values() if all(name in text for name in bad)))
        self.picture('several-dropped')
        self.assertEqual(len(words.splitlines()), 3, words)
        self.wait_for_program()
        self.see('good.py')

    def test_a_script_that_python_does_not_understand(self):
        self.start(self.write('broken.py', 'def f(:\n    pass\n'))
        self.see('SyntaxError')
        wait_for('the line that is wrong',
                 lambda: 'def f(:\n    pass' in self.find('Source', ('text',)).queryText().getText(0, -1))

    def test_name_of_a_program_that_a_shell_starts(self):
        """It ends, by an exception that is read, before its turn to be looked at comes; what was looked at is the shell."""
        shell = self.write('shim', f'#!/bin/sh\nsleep 1.5\nexec {sys.executable} "$@"\n')
        os.chmod(shell, 0o755)
        self.write('config.ini', f'[flatline]\npython = {shell}\n')
        self.start(self.write('short.py', 'raise ValueError("short")\n'))
        self.see('Crashed')
        wait_for('its name among the processes', lambda: self.count('short.py') > 1 and not self.find('shim', ('label',)))

    def test_a_script_that_cannot_run_is_told_in_one_line(self):
        self.start()
        result = subprocess.run([os.path.join(BUILD, 'app', 'flatline'), os.path.join(self.folder, 'none.py')],
                                check=False, env=self.env, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.count('\n'), 1)
        self.assertIn('none.py', result.stderr)


if __name__ == '__main__':
    unittest.main()
