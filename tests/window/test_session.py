# SPDX-License-Identifier: MIT
"""One program from start to end in the real window: it starts, freezes, is killed with all it started, is started
again, and its freeze is found again in the history."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import BUTTONS, EXAMPLES, QuickLook, WindowTest, is_alive, wait_for, xdotool  # noqa: E402

SCRIPT = '''\
import os, subprocess, threading, time
from flatline import beat

children = [subprocess.Popen(['sleep', '600']),
            subprocess.Popen(['sleep', '601'], start_new_session=True),
            subprocess.Popen(['sh', '-c', 'sleep 602 & sleep 603'], start_new_session=True)]
with open('children', 'w') as file:
    file.write(' '.join(str(child.pid) for child in children))

def wait_for_ever(lock, customer):
    with lock:
        pass

for number in range(40):
    print('load', number, flush=True)
    beat('LOAD', 'main')
    time.sleep(0.1)
lock = threading.Lock()
lock.acquire()
wait_for_ever(lock, 'Ada')
'''
# Both workers have begun before either asks for more: else one may be free for what the other waits for.
STARVES = '''\
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
pool, begun = ThreadPoolExecutor(max_workers=2), Barrier(2)
def outer(number):
    begun.wait()
    return pool.submit(print, number).result()
for future in [pool.submit(outer, number) for number in range(2)]:
    future.result()
'''


def descendants(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
        direct = [int(child) for child in children.read().split()]
    return direct + [pid for child in direct for pid in descendants(child)]


class SessionTest(WindowTest):
    def see_freeze(self, pid):
        """All that a person needs is in the window."""
        self.see('FLATLINED')
        self.see('after LOAD in main')
        self.see('wait_for_ever')
        self.see('stops.py:11')
        wait_for('a variable of the frozen frame', lambda: self.find('customer') and self.find("'Ada'"))
        wait_for('why it froze', lambda: self.find('waits for lock'))
        self.assertIsNone(self.find('flatline-agent'), "Flatline's own thread is shown")

    def test_freeze_kill_restart_and_find_again(self):
        self.start(self.write('stops.py', SCRIPT))
        pid = self.wait_for_program()
        self.see(str(pid))
        wait_for('its children', lambda: len(descendants(pid)) == 5)
        tree = [pid] + descendants(pid)
        for child in tree:
            wait_for(f'process {child} in the tree', lambda: self.find(str(child), ('label',)))
        self.picture('running')

        self.see_freeze(pid)
        self.see('— flatlined')
        self.picture('frozen')

        self.press('Force Kill')
        for child in tree:
            wait_for(f'the end of process {child}', lambda: not is_alive(child))
        self.see('Ended by SIGKILL')
        for verb in ('SIGTERM', 'Force Kill', 'Stack Trace', 'Connections', 'Monitor'):
            wait_for(f'button “{verb}”, which makes no sense now, to go', lambda: not self.find(verb, BUTTONS))
        self.assertTrue(self.find('Restart', BUTTONS) and self.find('Status', BUTTONS))
        self.picture('killed')

        self.press('Restart')
        again = self.wait_for_program(pid)
        self.see(str(again))
        self.picture('restarted')
        self.see_freeze(again)
        self.press('Force Kill')
        wait_for('the end of the second run', lambda: not is_alive(again))

        self.see('Freezes of the past')
        live = wait_for('the live stack', lambda: self.labels('wait_for_ever'))
        live_hearts = wait_for('the live heartbeat', self.hearts)
        self.open_first_freeze()
        self.see('Snapshot of')
        wait_for('the kept stack beside the live one', lambda: self.labels('wait_for_ever') - live)
        wait_for('the kept heartbeat beside the live one', lambda: self.hearts() - live_hearts)
        self.picture('past-freeze')

    def test_good_end(self):
        """There is nothing to do then, and one button for who wants it once more."""
        self.start(self.write('done.py', 'print("done")\n'))
        self.see('Finished (exit status 0)')
        self.see('No Freeze in This Run')
        self.picture('good-end')
        self.assertEqual(self.buttons('Restart'), 1)

    def test_uncaught_exception(self):
        """Told where it is told best: in the banner and in the list, besides what the program itself prints."""
        self.start(os.path.join(EXAMPLES, 'exception.py'))
        self.see('Exited with status 1 after an uncaught exception')
        self.see('Show Stack', BUTTONS)
        words = "KeyError: 'quince'"
        wait_for('the freeze in the list', lambda: self.count_shown(words) >= 2)
        self.picture('uncaught')
        self.assertEqual(self.count_shown(words), 2)
        self.assertEqual(self.buttons('Restart'), 1)

    def test_read_now(self):
        """Who asks a running program gets the sentence, too, and may put it away."""
        self.start(self.write('starves.py', STARVES))
        self.wait_for_program()
        self.press('Read Now')
        self.see('What it was doing at')
        sentence = 'waits for the result of a future, which cannot begin before'
        self.see(sentence, ('label',))
        self.see('Show thread ‘ThreadPoolExecutor-0_0’', BUTTONS)
        self.picture('read-now')
        self.press('Hide This')
        wait_for('the end of the sentence', lambda: not self.find(sentence, ('label',)))
        self.key('1')
        self.see(sentence, ('label',))

    def test_wheel_over_the_heart(self):
        """Looked at nearer, a time of the past stays where it is: the graph does not go back to now."""
        self.start(self.write('beats.py', 'import time\nfrom flatline import beat\nfor number in range(80):\n'
                                          "    beat('LOAD', 'main')\n    time.sleep(0.1)\n"))
        self.see('Finished (exit status 0)')
        box = self.place(self.see('Heartbeat', ('image', 'icon')))
        xdotool('mousemove', '--window', self.main_window, box.x + box.width // 2, box.y + box.height // 2)

        def pan():
            if not self.find('Now', BUTTONS, exactly=True):
                xdotool('click', '4', 'click', '6')
            return self.find('Now', BUTTONS, exactly=True)
        wait_for('a time of the past', pan)
        self.picture('heart-of-the-past')
        xdotool('click', '4')
        self.key('ctrl+comma')  # when that is there the wheel was heard
        self.see('Preferences', ('frame', 'dialog', 'window'))
        self.assertTrue(self.find('Now', BUTTONS, exactly=True))

    def buttons(self, name):
        return sum(found.role in BUTTONS for found in QuickLook(self.application(), name).found)

    def hearts(self):
        """By what tells them apart, as labels()."""
        return {found.path for found in QuickLook(self.application(), 'Heartbeat').found if found.role in ('image', 'icon')}

    def count_shown(self, words):
        application = self.application()
        look = QuickLook(application, words)
        return sum(self.place(look.reach(application, found.path)).width > 1 for found in look.found
                   if found.role == 'label')

    def test_gdb_from_the_menu(self):
        """A program that Flatline itself traces, as it has no agent: gdb is let at it, and Flatline comes back after it."""
        if not shutil.which('gdb'):
            self.skipTest('gdb is not installed')
        self.start(sys.executable, '-I', self.write('waits.py', 'import sys, time\nprint("in", flush=True)\ntime.sleep(10000)\n'))
        pid = self.wait_for_program()

        def tracer():
            """What traces it, by name."""
            with open(f'/proc/{pid}/status', encoding='ascii') as status:
                number = next(line.split()[1] for line in status if line.startswith('TracerPid'))
            with open(f'/proc/{number}/comm', encoding='ascii') as comm:
                return comm.read().strip()

        def has_our_tracer():
            return tracer() not in ('', 'gdb')
        wait_for('our own tracer', has_our_tracer)
        for _ in range(2):
            self.key('F10')
            self.see('Debug with gdb', ('menu item',))
            xdotool('key', 'd')
            wait_for('gdb at the program', lambda: tracer() == 'gdb')
            self.picture('gdb')
            self.press('End the Command')
            wait_for('our own tracer again', has_our_tracer)
        self.press('Force Kill')
        wait_for('the end of the program', lambda: not is_alive(pid))
        self.see('Ended by SIGKILL')

    def open_first_freeze(self):
        """The newest freeze of the list, by keyboard."""
        self.key('alt+4', 'Home', 'Return')


if __name__ == '__main__':
    unittest.main()
