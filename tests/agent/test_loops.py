# SPDX-License-Identifier: MIT
"""The event-loop lane: each loop beats while it runs, says when it begins and ends, and goes on as without us."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_run import PYTHON, PYTHONS, Programs  # noqa: E402


class Loops(Programs, unittest.TestCase):
    def need(self, module, environment=None):
        """An interpreter that has the module."""
        for python in [PYTHON, *PYTHONS.values()]:
            if subprocess.run([python, '-c', 'import ' + module], capture_output=True).returncode == 0:
                self.python = python
                return
        self.skipTest('no Python here has ' + module)

    def expect_lane(self, loop, text, running=1, **options):
        outcome = self.run_both(text, **options)
        self.assertEqual(outcome.returncode, 0, outcome)
        beats = [beat for beat in self.listener.beats('loop') if beat[1] == loop]
        if running:
            self.assertGreaterEqual(len(beats), 3, outcome)
        else:
            self.assertEqual(beats, [], outcome)
        states = [event['state'] for event in self.listener.named('loop') if event['loop'] == loop]
        self.assertEqual(states, ['running', 'stopped'] * running)
        return outcome

    def test_asyncio(self):
        self.expect_lane('asyncio', 'import asyncio\nloop = asyncio.new_event_loop()\n'
                         'loop.call_later(0.7, loop.stop)\nloop.run_forever()\nloop.close()\nprint("done")')

    def test_asyncio_has_no_timer_of_ours(self):
        """A loop with one looks at it in each of its turns; and all that counts timers would count it."""
        self.expect_lane('asyncio', 'import asyncio\nloop = asyncio.new_event_loop()\nseen = []\n'
                         'loop.call_soon(lambda: seen.append(list(loop._scheduled)))\n'
                         'timer = loop.call_later(0.7, loop.stop)\nloop.call_later(0.5, lambda: seen.append(len(loop._scheduled)))\n'
                         'loop.run_forever()\nloop.close()\nprint(seen[0] == [timer] or len(seen[0]), seen[1:])')

    def test_short_loops(self):
        """What is told of loops that are hardly there is in order: none is left running."""
        self.run_both('import asyncio\nasync def main(): await asyncio.sleep(0)\n'
                      'for i in range(300): asyncio.run(main())\nprint("done")')
        states = [event['state'] for event in self.listener.named('loop')]
        self.assertEqual(states, ['running', 'stopped'] * (len(states) // 2))
        self.assertLess(len(states), 300)

    def test_asyncio_that_refuses_to_run_within_itself(self):
        self.expect_lane('asyncio', 'import asyncio\nloop = asyncio.new_event_loop()\ndef again():\n'
                         '    try: loop.run_forever()\n    except RuntimeError as error: print(error)\n'
                         'loop.call_later(0.3, again)\nloop.call_later(0.7, loop.stop)\nloop.run_forever()\nloop.close()')

    def test_asyncio_that_cannot_be_asked(self):
        """It has no lane for long: one that is never heard would be told as frozen."""
        self.run_both('import asyncio\nclass Loop(asyncio.SelectorEventLoop):\n'
                      '    def call_soon_threadsafe(self, callback): return super().call_soon_threadsafe(callback)\n'
                      'loop = Loop()\nloop.call_later(0.7, loop.stop)\nloop.run_forever()\nprint("done")')
        events = [(event['state'], len(self.listener.beats('loop'))) for event in self.listener.named('loop')]
        self.assertEqual(events, [('running', 1), ('stopped', 1)])

    def test_asyncio_with_a_clock_of_its_own(self):
        """As test suites have them: a timer that they did not make would be one too many."""
        self.expect_lane('asyncio', 'import asyncio\nclass Loop(asyncio.SelectorEventLoop):\n'
                         '    made = []\n    def call_at(self, when, *args, **kwargs):\n'
                         '        self.made.append(when)\n        return super().call_at(when, *args, **kwargs)\n'
                         'loop = Loop()\nloop.call_later(0.7, loop.stop)\nloop.run_forever()\nloop.close()\n'
                         'print(len(loop.made))', 0)

    def test_asyncio_in_threads(self):
        self.expect_lane('asyncio', 'import asyncio, threading\ndef run():\n    loop = asyncio.new_event_loop()\n'
                         '    loop.call_later(0.7, loop.stop)\n    loop.run_forever()\n    loop.close()\n'
                         'for i in range(2):\n    t = threading.Thread(target=run); t.start(); t.join()\nprint("done")', 2)

    def test_uvloop(self):
        self.need('uvloop')
        self.expect_lane('asyncio', 'import asyncio, uvloop\nloop = uvloop.new_event_loop()\n'
                         'loop.call_later(0.7, loop.stop)\nloop.run_forever()\nloop.close()\n'
                         'print("done", uvloop.Loop.run_forever.__qualname__)')

    def test_glib(self):
        self.need('gi.repository.GLib')
        self.expect_lane('glib', 'from gi.repository import GLib\nloop = GLib.MainLoop()\n'
                         'GLib.timeout_add(700, loop.quit)\nloop.run()\nprint("done", GLib.MainLoop.run.__name__)')

    def test_gio_application(self):
        self.need('gi.repository.Gio')
        self.expect_lane('glib', 'from gi.repository import Gio, GLib\n'
                         'app = Gio.Application(application_id=None, flags=Gio.ApplicationFlags.NON_UNIQUE)\n'
                         'def activate(app):\n    app.hold()\n    GLib.timeout_add(700, app.release)\n'
                         'app.connect("activate", activate)\nprint(app.run([]))')

    def test_exception_in_a_callback_is_no_end(self):
        self.need('gi.repository.GLib')
        self.expect_lane('glib', 'from gi.repository import GLib\nloop = GLib.MainLoop()\n'
                         'GLib.timeout_add(10, lambda: 1 / 0)\nGLib.timeout_add(700, loop.quit)\nloop.run()\nprint("done")')
        self.assertEqual([(report['context'], report['type_name']) for report in self.listener.reports()],
                         [('callback', 'ZeroDivisionError')])

    def with_display(self):
        display = os.environ.get('DISPLAY')
        if not display:
            self.skipTest('there is no display')
        return {'DISPLAY': display}

    def test_tk(self):
        self.need('tkinter')
        extra = self.with_display()
        self.expect_lane('tk', 'import tkinter\nroot = tkinter.Tk()\nroot.after(10, lambda: 1 / 0)\n'
                         'root.after(700, root.destroy)\nroot.mainloop()\nprint("done")', extra=extra)
        self.assertEqual([(report['context'], report['type_name']) for report in self.listener.reports()],
                         [('callback', 'ZeroDivisionError')])

    def test_qt(self):
        for package, call in (('PyQt6', 'exec'), ('PySide6', 'exec'), ('PyQt5', 'exec_'), ('PySide2', 'exec_')):
            try:
                self.need(package + '.QtCore')
            except unittest.SkipTest:
                continue
            self.expect_lane('qt', f'from {package}.QtCore import QCoreApplication, QTimer\nimport sys\n'
                             'app = QCoreApplication(sys.argv)\nQTimer.singleShot(700, app.quit)\n'
                             f'status = app.{call}()\nprint("done", status)')
            return
        self.skipTest('no Python here has PyQt or PySide')


if __name__ == '__main__':
    unittest.main()
