# SPDX-License-Identifier: MIT
"""The notification service of a small desktop: prints each notification as a line of JSON, and presses a button of it
for each line "ID ACTION" that it reads."""
import json
import sys

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

INTERFACE = '''<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
<arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
<signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal></interface></node>'''
PATH = '/org/freedesktop/Notifications'


def say(**event):
    print(json.dumps(event), flush=True)


class Daemon:
    def __init__(self):
        self.last = 0
        self.connection = None

    def on_bus(self, connection, name):
        self.connection = connection
        connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], self.on_call, None, None)

    def on_call(self, connection, sender, path, interface, method, parameters, invocation):
        values = parameters.unpack()
        answer = None
        if method == 'Notify':
            self.last = values[1] or self.last + 1
            say(event='notify', id=self.last, summary=values[3], body=values[4], actions=values[5])
            answer = GLib.Variant('(u)', (self.last,))
        elif method == 'CloseNotification':
            say(event='closed', id=values[0])
        elif method == 'GetCapabilities':
            answer = GLib.Variant('(as)', (['actions', 'body'],))
        elif method == 'GetServerInformation':
            answer = GLib.Variant('(ssss)', ('small', 'flatline tests', '1', '1.2'))
        invocation.return_value(answer)

    def on_line(self, channel, condition):
        line = sys.stdin.readline().split()
        if not line:
            return False
        self.connection.emit_signal(None, PATH, 'org.freedesktop.Notifications', 'ActionInvoked',
                                    GLib.Variant('(us)', (int(line[0]), line[1])))
        return True


daemon = Daemon()
Gio.bus_own_name(Gio.BusType.SESSION, 'org.freedesktop.Notifications', Gio.BusNameOwnerFlags.NONE, daemon.on_bus,
                 lambda connection, name: say(event='ready'), lambda connection, name: say(event='lost'))
GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, daemon.on_line)
GLib.MainLoop().run()
