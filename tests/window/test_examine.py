# SPDX-License-Identifier: MIT
"""What no session started: a process of the machine and a core file in tabs of their own; a child of the program looked
at, sent signals and killed with its children; and variables opened deeper than any capture reads."""
import os
import resource
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, WindowTest, is_alive, wait_for, xdotool  # noqa: E402

STRANGER = '''\
import time
def listen(customer, orders):
    while True:
        time.sleep(0.1)
nest = 'the innermost'
for name in reversed('abcdefgh'):
    nest = {name: nest}
listen('Grace', nest)
'''
LONG = '''\
import time
def hold(data, text):
    while True:
        time.sleep(0.1)
hold(bytes(range(256)) * 400000 + b'\\x00needle\\xff', ('x' * 98 + '\\xe9\\n') * 1000000 + 'the needle\\0\\n')
'''
PARENT = '''\
import subprocess, time
from flatline import beat
child = subprocess.Popen(['sh', '-c', 'sleep 601 & sleep 602 & wait'])
with open('child', 'w') as file:
    file.write(str(child.pid))
while True:
    beat('WORK', 'main')
    time.sleep(0.05)
'''


class ExamineTest(WindowTest):
    def start_stranger(self):
        stranger = subprocess.Popen([sys.executable, self.write('stranger.py', STRANGER)])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        return stranger

    def open_by_keys(self, depth):
        """Right opens a row, Down goes into it."""
        for _ in range(depth):
            xdotool('key', 'Right')
            xdotool('key', 'Down')

    def test_attach(self):
        stranger = self.start_stranger()
        self.start()
        before = set(self.windows())
        self.key('ctrl+shift+a')
        dialog = wait_for('the dialog', lambda: set(self.windows()) - before).pop()
        self.see(str(stranger.pid), ('label',))
        self.focus(dialog)
        xdotool('type', stranger.pid)
        wait_for('no other process in the list', lambda: self.count('/stranger.py') == 1)
        self.picture('attach')
        xdotool('key', 'Return')
        self.see(f'Not supervised · PID {stranger.pid}')
        self.see('stranger.py:4')
        self.see("'Grace'")
        self.assertIsNone(self.find('Restart', BUTTONS), 'there is nothing to restart')

        self.key('2', 'Down')
        self.open_by_keys(8)
        self.see("'the innermost'")
        self.picture('deep')

        self.press('SIGTERM')
        stranger.wait(60)
        self.see(f'Ended · PID {stranger.pid}')
        wait_for('buttons that make no sense any more to go', lambda: not self.find('SIGTERM', BUTTONS))
        self.picture('stranger-ended')

    def save(self, name):
        path = os.path.join(self.folder, name)
        self.save_as(path)
        with open(path, 'rb') as file:
            return file.read()

    def test_long_values(self):
        """100 MB each: more than any text of the window holds, so it is shown by pages, searched and saved."""
        program = subprocess.Popen([sys.executable, self.write('long.py', LONG)])
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.start()
        before = set(self.windows())
        self.key('ctrl+shift+a')
        self.focus(wait_for('the dialog', lambda: set(self.windows()) - before).pop())
        self.see(str(program.pid), ('label',))
        xdotool('type', program.pid)
        wait_for('no other process in the list', lambda: self.count('/long.py') == 1)
        xdotool('key', 'Return')
        self.see('long.py:4')
        self.key('2', 'Down')
        viewer = self.open_value('text')
        self.see('of 3083')
        xdotool('key', 'ctrl+f')
        xdotool('type', 'needle')
        wait_for('the match', lambda: self.selected_value() == 'needle')
        self.see('1 of 1')
        self.picture('long-text')
        text = self.value_text()
        self.assertTrue(text.getText(0, -1).endswith('the needle\u2400\n'))
        self.assertLess(text.characterCount, 100000, 'the window holds a page, not the whole')
        xdotool('key', 'ctrl+i')
        xdotool('type', '2')
        xdotool('key', 'Return')
        wait_for('the second line', lambda: self.selected_value() == 'x' * 98 + '\xe9')
        self.assertTrue(self.value_text().getText(0, -1).startswith('x' * 98 + '\xe9\n'))
        whole = self.save('saved.txt')
        self.assertEqual(whole, (('x' * 98 + '\xe9\n') * 1000000 + 'the needle\0\n').encode())
        self.focus(viewer)
        xdotool('key', 'ctrl+f')
        xdotool('type', 's')
        self.see('Not found')
        xdotool('key', 'Escape')
        wait_for('the viewer to go', lambda: viewer not in self.windows())

        self.key('Up')
        viewer = self.open_value('data')
        self.see('of 6251')
        self.assertEqual(self.value_text().getText(77, 77 + 37), '00000010  10 11 12 13 14 15 16 17  18')
        xdotool('key', 'ctrl+f')
        xdotool('type', '0x65ff')
        wait_for('the match', lambda: self.selected_value() == '65 ff')
        self.picture('long-bytes')
        xdotool('key', 'ctrl+Page_Up')
        wait_for('the page before', lambda: self.value_text().getText(0, 8) == f'{(6250 - 1) * 16384:08x}')
        xdotool('key', 'ctrl+i')
        xdotool('type', '0x13')
        xdotool('key', 'Return')
        wait_for('the byte', lambda: self.selected_value() == '13')
        self.assertEqual(self.save('saved.bin'), bytes(range(256)) * 400000 + b'\x00needle\xff')
        self.focus(viewer)
        xdotool('key', 'ctrl+f')
        xdotool('key', 'Escape')
        wait_for('the viewer to go', lambda: viewer not in self.windows())

        program.kill()
        program.wait()
        self.see(f'Ended · PID {program.pid}')
        self.key('2')
        self.open_value('data')
        self.see('only the first')
        self.picture('long-of-the-dead')

    def test_child(self):
        self.start(self.write('parent.py', f'#!{sys.executable}\n{PARENT}'))
        self.wait_for_program()
        child_file = os.path.join(self.folder, 'child')
        wait_for('the child', lambda: os.path.exists(child_file) and os.path.getsize(child_file))
        with open(child_file, encoding='ascii') as file:
            child = int(file.read())
        self.see(str(child), ('label',))
        wait_for('the sleepers', lambda: self.count('sleep') >= 2)
        with open(f'/proc/{child}/task/{child}/children', encoding='ascii') as children:
            sleepers = [int(pid) for pid in children.read().split()]

        self.key('alt+3', 'Home', 'Down', 'Return')
        self.see(f'Not supervised · PID {child}')
        self.key('ctrl+w')
        wait_for('the tab of the program', self.program_pid)

        self.key('alt+3', 'Home', 'Down', 'shift+F10')
        self.see('Kill with Its Children')
        self.picture('process-menu')
        xdotool('key', 'Down', 'Down', 'Return')
        for pid in [child, *sleepers]:
            wait_for(f'the end of process {pid}', lambda: not is_alive(pid))
        self.see('3 processes killed')
        wait_for('how it ended', lambda: self.find('killed by SIGKILL'))

    def test_core(self):
        with open('/proc/sys/kernel/core_pattern', encoding='utf-8') as pattern:
            if pattern.read().strip() != 'core':
                self.skipTest('this machine puts core files elsewhere (/proc/sys/kernel/core_pattern)')
        subprocess.run([sys.executable, '-c', 'def abort_here(customer):\n    import os\n    os.abort()\nabort_here("Ada")'],
                       cwd=self.folder, check=False,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
        cores = [name for name in os.listdir(self.folder) if name.startswith('core')]
        self.assertEqual(len(cores), 1)
        self.start(os.path.join(self.folder, cores[0]))
        self.see('Core file')
        self.see('abort_here')
        self.see("'Ada'")
        self.assertIsNone(self.find('SIGTERM', BUTTONS), 'nothing lives that could be sent a signal')
        # What no core file has takes no room, and what the banner offers is not offered twice.
        for name in ('Processes', 'Network', 'The program had no connections', 'Status'):
            self.assertIsNone(self.find(name, ('label', *BUTTONS)), name)
        wait_for('one way to export', lambda: len(list(self.find_each('Export', BUTTONS))) == 1)
        for key in ('alt+3', '8', 'alt+1'):
            self.key(key)
        self.picture('core')


if __name__ == '__main__':
    unittest.main()
