# SPDX-License-Identifier: MIT
"""The session manager of a small desktop (org.gnome.SessionManager): says on a line who registered, and for each line
that it reads asks all of them whether the session may end, then tells them that it does."""
import sys

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

MANAGER = '''<node><interface name="org.gnome.SessionManager">
<method name="RegisterClient"><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="o" direction="out"/></method>
<method name="UnregisterClient"><arg type="o" direction="in"/></method></interface></node>'''
CLIENT = '''<node><interface name="org.gnome.SessionManager.ClientPrivate">
<method name="EndSessionResponse"><arg type="b" direction="in"/><arg type="s" direction="in"/></method>
<signal name="QueryEndSession"><arg type="u"/></signal><signal name="EndSession"><arg type="u"/></signal>
</interface></node>'''
PRIVATE = 'org.gnome.SessionManager.ClientPrivate'


def say(*words):
    print(*words, flush=True)


class Manager:
    def __init__(self):
        self.clients = {}
        self.connection = None

    def on_bus(self, connection, name):
        self.connection = connection
        connection.register_object('/org/gnome/SessionManager', Gio.DBusNodeInfo.new_for_xml(MANAGER).interfaces[0],
                                   self.on_manager_call, None, None)

    def on_manager_call(self, connection, sender, path, interface, method, parameters, invocation):
        if method == 'UnregisterClient':
            say('unregistered')
            invocation.return_value(None)
            return
        client = f'/org/gnome/SessionManager/Client{len(self.clients) + 1}'
        self.clients[client] = sender
        connection.register_object(client, Gio.DBusNodeInfo.new_for_xml(CLIENT).interfaces[0], self.on_client_call,
                                   None, None)
        invocation.return_value(GLib.Variant('(o)', (client,)))
        say('registered', parameters.unpack()[0])

    def on_client_call(self, connection, sender, path, interface, method, parameters, invocation):
        say('answered', parameters.unpack()[0])
        invocation.return_value(None)
        if method == 'EndSessionResponse' and parameters.unpack()[0]:
            connection.emit_signal(sender, path, PRIVATE, 'EndSession', GLib.Variant('(u)', (0,)))

    def on_line(self, channel, condition):
        if not sys.stdin.readline():
            return False
        for client, sender in self.clients.items():
            self.connection.emit_signal(sender, client, PRIVATE, 'QueryEndSession', GLib.Variant('(u)', (0,)))
        return True


manager = Manager()
Gio.bus_own_name(Gio.BusType.SESSION, 'org.gnome.SessionManager', Gio.BusNameOwnerFlags.NONE, manager.on_bus,
                 lambda connection, name: say('ready'), lambda connection, name: say('lost'))
GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, manager.on_line)
GLib.MainLoop().run()
