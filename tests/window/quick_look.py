# SPDX-License-Identifier: MIT
"""Looks for words in all that a window tells assistive technology. Its widgets are asked many at a time: one after the
other, as pyatspi does, takes seconds on a busy machine, and what is shown for five of them has gone meanwhile."""
import collections

from gi.repository import Atspi, Gio, GLib

AT_ONCE = 32  # questions: with more of them a turn of the window's main loop would be long
DEADLINE_MS = 10_000
ACCESSIBLE = 'org.a11y.atspi.Accessible'
Found = collections.namedtuple('Found', 'path role')


class QuickLook:
    """At one moment; `found` has the widgets whose names contain the text, or are it exactly, and that are in the state
    of AT-SPI if one is given, in the order of the tree."""
    bus = None

    def __init__(self, application, text, exactly=False, state=None):
        self.text, self.exactly, self.state = text, exactly, state
        self.names, self.roles, self.children, self.parents = {}, {}, {}, {}
        self.in_state = set()
        self.waiting, self.asked = collections.deque(), 0
        context = GLib.MainContext.new()  # events of pyatspi's are not for us
        context.push_thread_default()
        try:
            if QuickLook.bus is None or QuickLook.bus.is_closed():
                QuickLook.bus = self.connect()
            self.root = application.path
            self.meet(application.app.bus_name, self.root, None)
            while self.asked:
                context.iteration(True)
        finally:
            context.pop_thread_default()
        self.found = [Found(path, self.roles[path]) for path in self.walk(self.root)
                      if path in self.roles and (state is None or path in self.in_state)]

    @staticmethod
    def connect():
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address, = session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None,
                                     Gio.DBusCallFlags.NONE, DEADLINE_MS).unpack()
        return Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)

    def ask(self, owner, path, interface, method, parameters, answered):
        self.waiting.append((owner, path, interface, method, parameters, answered))
        self.ask_more()

    def ask_more(self):
        while self.waiting and self.asked < AT_ONCE:
            owner, path, interface, method, parameters, answered = self.waiting.popleft()
            self.asked += 1
            self.bus.call(owner, path, interface, method, parameters, None, Gio.DBusCallFlags.NONE, DEADLINE_MS, None,
                          self.hear, answered)

    def hear(self, bus, result, answered):
        self.asked -= 1
        try:
            answered(bus.call_finish(result).unpack()[0])
        except GLib.Error:
            pass  # it has gone meanwhile
        self.ask_more()

    def meet(self, owner, path, parent):
        if path in self.parents:
            return
        self.parents[path] = parent

        def children(them):
            self.children[path] = [child for _, child in them]
            for its_owner, child in them:
                self.meet(its_owner, child, path)

        def name(text):
            if self.text == text if self.exactly else self.text in text:
                self.names[path] = text
                self.ask(owner, path, ACCESSIBLE, 'GetRole', None, role)
                if self.state is not None:
                    self.ask(owner, path, ACCESSIBLE, 'GetState', None, states)

        def states(words):
            if words[self.state // 32] >> self.state % 32 & 1:
                self.in_state.add(path)

        def role(number):
            self.roles[path] = Atspi.role_get_name(Atspi.Role(number))
        self.ask(owner, path, ACCESSIBLE, 'GetChildren', None, children)
        self.ask(owner, path, 'org.freedesktop.DBus.Properties', 'Get', GLib.Variant('(ss)', (ACCESSIBLE, 'Name')), name)

    def walk(self, path):
        yield path
        for child in self.children.get(path, ()):
            if self.parents.get(child) == path:
                yield from self.walk(child)

    def reach(self, node, goal):
        """The object of pyatspi for what was found, from that of the application. Pages of stacks are known only to who
        asks for children one at a time."""
        way, path = set(), goal
        while path is not None:
            way.add(path)
            path = self.parents[path]

        def follow(here):
            if here.path == goal:
                return here
            there = (child for child in here if child is not None and (child.path in way or child.path not in self.parents))
            return next(filter(None, map(follow, there)), None)
        return follow(node)
