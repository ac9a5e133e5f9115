# SPDX-License-Identifier: MIT
"""Drives the real window as a person and assistive technology do: AT-SPI to see and press, xdotool for keys and mouse.
Every wait is for a condition, with a deadline; a picture of each state is kept in build/tests/artifacts."""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import pyatspi
    from quick_look import QuickLook
except ImportError:
    pyatspi = None

BUILD = os.environ['FLATLINE_TEST_BUILD_ROOT']
SOURCE = os.environ['FLATLINE_TEST_SOURCE_ROOT']
ARTIFACTS = os.path.join(BUILD, 'tests', 'artifacts')
EXAMPLES = os.path.join(SOURCE, 'data', 'examples')
# Under sanitizers on a busy machine the window alone may take a minute to come.
DEADLINE_S = 300 if os.environ.get('FLATLINE_TEST_SANITIZE') else 60
BUTTONS = ('push button', 'button', 'toggle button')
MENU_ITEMS = ('menu item', 'check menu item', 'radio menu item')
# What GTK and its kin print when a program uses them wrongly, and what a sanitizer found.
COMPLAINT = re.compile(r'-(?:WARNING|CRITICAL|ERROR|\w+-FATAL) \*\*|^Traceback|AddressSanitizer|runtime error:')
# A regular expression each: the toolkit's own faults, which no program can help.
NOT_OURS = tuple(re.compile(pattern) for pattern in (
    # Without a window manager no window is on a monitor.
    r'gdk_monitor_get_geometry',
    # The troughs of a scrolled text: GtkTextView (4.8) measures lines as it draws them, and how far it can be scrolled
    # changes in the middle of the frame; the bars are drawn after it.
    r'Trying to snapshot GtkGizmo 0x[0-9a-f]+ without a current allocation$',
    # The tooltip of a window that was closed before its time came: GTK 4.8 looks for the pointer all the same.
    r'(?:gdk_surface_get_device_position|_gtk_widget_find_at_coords): assertion .GDK_IS_SURFACE \(surface\). failed',
    # A tab dropped on the bare desktop of X11: GTK (4.8) says so, and leaves it at that.
    r'Drops for GDK_DRAG_PROTO_ROOTWIN must be handled internally$',
    # A click on the edge of a window that draws its own, of any GTK program (4.8): the press becomes a resize.
    r'Broken accounting of active state for widget 0x[0-9a-f]+'
    r'\((?:AdwWindow|FlatlineWindow|FlatlineComparisonWindow|FlatlineItemsViewer|FlatlineProcessChooser)\)$',
    # GtkSourceView (5.6) on Wayland, now and then: it marks a line in a gutter that ends above it. We draw none there.
    r'gtk_source_gutter_lines_add_qclass: assertion .line <= lines->last. failed',
    # A folder for settings that a test has made impossible.
    r'Failed to create \S+/glib-2\.0/settings: ',
    # No service for notifications is there but where a test starts one; GIO says so for every freeze out of focus.
    r'unable to send notifications through org\.freedesktop\.Notifications',
))


tellers = []  # of what there was where what was waited for did not come

Box = collections.namedtuple('Box', 'x y width height')


def poll(look, seconds):
    """The first true answer of look(), or None. Who waits leaves half of the time to what is waited for."""
    deadline = time.monotonic() + seconds
    while (began := time.monotonic()) < deadline:
        try:
            found = look()
        except Exception:  # widgets come and go while they are looked at
            found = None
        if found:
            return found
        time.sleep(min(max(time.monotonic() - began, 0.05), 0.3))
    return None


def wait_for(what, look, seconds=DEADLINE_S):
    """The first true answer of look(), or a failure that names what did not come."""
    found = poll(look, seconds)
    if found is None:
        for tell in tellers:
            tell(what)
        raise AssertionError(f'{what} did not come within {seconds} s')
    return found


def walk(node):
    yield node
    for child in node:
        if child is not None:
            yield from walk(child)


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as stat:
            return stat.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def xdotool(*arguments):
    return subprocess.run(['xdotool', *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


@unittest.skipIf(pyatspi is None, 'python3-pyatspi is not installed')
@unittest.skipIf(shutil.which('xdotool') is None, 'xdotool is not installed')
class WindowTest(unittest.TestCase):
    """A window of its own for each test, with private folders."""
    arguments = ()
    first_words = 'Open…'  # a button of every window, in its language

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='flatline-window-')
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.env = dict(os.environ, GSK_RENDERER='cairo', GSETTINGS_BACKEND='memory', LC_ALL='C.UTF-8',
                        PYTHONPATH='', SHELL='/bin/sh')
        self.env.pop('GDK_DEBUG', None)
        for name in ('XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME'):
            self.env[name] = os.path.join(self.folder, name)
            os.mkdir(self.env[name])
        self.window = None
        self.active, self.focus_at = set(), None  # the windows that had the focus when it was given last, and to which
        self.log = os.path.join(self.folder, 'window-stderr')
        self.errors = open(self.log, 'ab')  # the windows' stderr
        self.addCleanup(self.errors.close)
        tellers.append(self.tell)
        self.addCleanup(tellers.remove, self.tell)
        self.addCleanup(self.check_complaints)  # after the end of the windows: cleaning up goes backwards

    def tell(self, what):
        """What a person would have seen instead."""
        self.picture(f'without-{self.id().rpartition(".")[2]}')
        try:
            look = QuickLook(self.application(), '')
            print(f'without {what}:', *dict.fromkeys(filter(None, map(look.names.get, look.walk(look.root)))), sep='\n  ',
                  file=sys.stderr)
        except Exception as error:  # the window may be gone, or not there yet
            print(f'without {what}, and without the window: {error!r}', file=sys.stderr)

    def list_complaints(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return [line for line in log if COMPLAINT.search(line) and not any(known.search(line) for known in NOT_OURS)]

    def check_complaints(self, after=''):
        complaints = self.list_complaints()
        if complaints:
            print(f'{len(complaints)} complaints:', *complaints[:40], sep='\n', file=sys.stderr)
        self.assertEqual(complaints[:3], [], f'{len(complaints)} complaints of the window{after}')

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def start(self, *arguments, **env):
        xdotool('mousemove', 0, 0)  # where the test before left it there may be a tooltip, which is a window, too
        self.window = subprocess.Popen([os.path.join(BUILD, 'app', 'flatline'), *arguments], env=dict(self.env, **env),
                                       cwd=self.folder, stderr=self.errors)
        self.addCleanup(self.end_window, self.window)
        wait_for('the window', lambda: self.find(self.first_words, BUTTONS))
        self.main_window = wait_for('the window on the screen', self.windows)[-1]

    def end_window(self, window):
        """At once: what a good end is has a test of its own."""
        window.kill()
        window.wait()

    def application(self):
        for application in pyatspi.Registry.getDesktop(0):
            if application is not None and application.get_process_id() == self.window.pid:
                return application
        return None

    def find_each(self, text, role=None, exactly=False, state=None):
        """The widgets whose names contain text, or are it. GTK 4.8 tells STATE_SHOWING for windows only, so it is not
        asked."""
        application = self.application()
        look = QuickLook(application, text, exactly, state)
        for found in look.found:
            if role is None or found.role in role:
                yield look.reach(application, found.path)

    def find(self, text, role=None, exactly=False):
        return next(self.find_each(text, role, exactly), None)

    def focused(self):
        return next(self.find_each('', state=int(pyatspi.STATE_FOCUSED)), None)

    def labels(self, text):
        """The labels with the text, by what tells them apart: newer GTK calls the cells and rows around them by it as
        well. Those of a tab behind another one are among them up to GTK 4.8 only."""
        return {found.path for found in QuickLook(self.application(), text).found if found.role == 'label'}

    def count(self, text):
        return len(self.labels(text))

    def see(self, text, role=None):
        return wait_for(f'“{text}”', lambda: self.find(text, role))

    def press(self, name):
        """A button that can be pressed, once it can."""
        def ready():
            button = self.find(name, BUTTONS)
            return button if button and button.getState().contains(pyatspi.STATE_SENSITIVE) else None
        wait_for(f'button “{name}”', ready).queryAction().doAction(0)

    def key(self, *keys):
        """Keys to the window, which needs the focus: there is no window manager to give it."""
        self.focus()
        xdotool('key', '--clearmodifiers', *keys)

    def place(self, node):
        """Where a widget of the main window is in it. GTK 4.18 tells all places moved by the window's shadow."""
        def extents(of):
            return of.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        frame = next(window for window in self.application() if window.getRoleName() == 'frame')
        whole, content, box = extents(frame), extents(frame[0]), extents(node)
        return Box(box.x - content.x + (whole.width - content.width) // 2,
                   box.y - content.y + (whole.height - content.height) // 2, box.width, box.height)

    def point_at(self, node):
        """With the mouse, at its middle, once it has a place and keeps it: what is made anew moves, and a click may then
        hit a button of the window."""
        before = [None]

        def placed():
            box = self.place(node)
            kept, before[0] = box == before[0], box
            return kept and box.width > 1 and box.height > 1 and box
        box = wait_for(f'the place of “{node.name}”', placed)
        xdotool('mousemove', '--window', self.main_window, box.x + box.width // 2, box.y + box.height // 2)

    def windows(self):
        """Asked again where one went in the midst of it, of which xdotool dies."""
        for _ in range(5):
            try:
                return xdotool('search', '--onlyvisible', '--pid', self.window.pid).split()
            except subprocess.CalledProcessError as error:
                died = error
        raise died

    def focus(self, window=None):
        """Until the window knows it: a key that comes before goes nowhere. A dialog may have taken it as it came, and not
        every kind of window tells that it has it: the one before has it no more."""
        before = self.active if window and window != self.focus_at else set()
        xdotool('windowfocus', '--sync', window or self.main_window)
        # If it does not come, it had it before.
        poll(lambda: {shown.path for shown in self.active_windows()} != before, 10)
        self.active, self.focus_at = {shown.path for shown in self.active_windows()}, window

    def open_save_dialog(self):
        """Of the window that has the focus; what is typed goes to it."""
        before = set(self.windows())
        xdotool('key', 'ctrl+s')
        dialog = wait_for('the dialog', lambda: set(self.windows()) - before).pop()
        self.focus(dialog)
        return dialog

    def save_as(self, path):
        """From the window that has the focus. The word for it goes by itself after seconds, in which a busy machine may not
        get to look: what is waited for is the file, which gets its name when it is whole."""
        dialog = self.open_save_dialog()
        self.type_path(path)
        self.picture('save-dialog')
        self.accept_path(path, 'Save')
        wait_for(path, lambda: os.path.exists(path) and os.path.getsize(path))
        wait_for('the end of the dialog', lambda: dialog not in self.windows())

    def accept_path(self, path, name):
        """By the button of the dialog for files, once all that was typed has come to it: a key may come when the dialog has
        closed, to the window behind it, and does there what it does."""
        def typed():
            texts = [node.queryText() for node in self.find_each('', ('text',), state=int(pyatspi.STATE_FOCUSED))]
            return any(text.getText(0, text.characterCount) == path for text in texts) or self.drop_completion()
        wait_for(f'“{path}” in the dialog', typed)
        wait_for(f'button “{name}”', lambda: self.find(name, BUTTONS, exactly=True).queryAction().doAction(0))

    def type_path(self, path):
        """Into a dialog for files, which takes no keys before it is drawn."""
        def drawn():
            button = self.find('Cancel', BUTTONS)
            return button.queryComponent().getExtents(pyatspi.WINDOW_COORDS).width > 1
        wait_for('the dialog to be drawn', drawn)
        xdotool('key', 'ctrl+a')
        xdotool('type', path)
        self.drop_completion()

    def drop_completion(self):
        """GTK completes names while they are typed, and may put what it found behind what a person typed on."""
        xdotool('key', 'shift+End', 'Delete')

    def open_menu(self, key, words):
        """Of the pane that the key leads to, once it is there: until then the menu of another may come."""
        before = set(self.windows())

        def opened():
            self.close_menu(before)
            self.key(key)
            xdotool('key', '--clearmodifiers', 'shift+F10')
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline and not set(self.windows()) - before:
                time.sleep(0.05)
            return set(self.windows()) - before and self.find(words, MENU_ITEMS)
        wait_for(f'the menu with “{words}”', opened)
        return before

    def close_menu(self, before):
        if set(self.windows()) - before:
            xdotool('key', 'Escape')
        wait_for('the end of the menu', lambda: not set(self.windows()) - before)

    def choose(self, item, before):
        """Down to the item of the menu that is open, and the window that it opens."""
        wanted = self.see(item, MENU_ITEMS)
        wait_for(f'the focus on {item}', lambda: self.is_focused(wanted) or xdotool('key', 'Down') is None)
        before = before | set(self.windows())  # the menu, which goes at its own time
        xdotool('key', 'Return')
        return wait_for(f'the window of {item}', lambda: set(self.windows()) - before).pop()

    @staticmethod
    def is_focused(node):
        return node.getState().contains(pyatspi.STATE_FOCUSED)

    def open_value(self, name):
        """The viewer of a variable, from the row that has the focus."""
        before = set(self.windows())
        self.see(name, ('label',))
        xdotool('key', 'Return')
        viewer = wait_for('the viewer', lambda: set(self.windows()) - before).pop()
        self.focus(viewer)
        return viewer

    def value_text(self):
        return self.find('Value', ('text',)).queryText()

    def selected_value(self):
        return self.value_text().getText(*self.value_text().getSelection(0))

    def active_windows(self):
        return [shown for shown in self.application()
                if shown is not None and shown.getState().contains(pyatspi.STATE_ACTIVE)]

    def picture(self, name):
        os.makedirs(ARTIFACTS, exist_ok=True)
        if shutil.which('import'):
            subprocess.run(['import', '-window', 'root', os.path.join(ARTIFACTS, f'window-{name}.png')], check=False)

    def program_pid(self):
        """As the window's subtitle says it."""
        label = self.find(' · PID ', ('label',))
        return int(label.name.rpartition(' ')[2]) if label else None

    def wait_for_program(self, *other_than):
        return wait_for('the program', lambda: self.program_pid() not in (None, *other_than) and self.program_pid())


def read_lines(process):
    """The next line a helper program said."""
    line = process.stdout.readline().strip()
    if not line:
        raise AssertionError(f'{process.args} ended with {process.wait()}')
    return line


sys.dont_write_bytecode = True
