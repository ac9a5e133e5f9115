# SPDX-License-Identifier: MIT
"""A second program to drag a file from, as a file manager offers one: drag_source.py FILE…. It says on its output what
happens to the drag, a word a line: ready, began, accepted, refused, dropped, cancelled."""
import pathlib
import sys

import gi
gi.require_version('Gdk', '4.0')
gi.require_version('Gtk', '4.0')
from gi.repository import Gdk, Gio, GLib, Gtk  # noqa: E402


def say(word):
    print(word, flush=True)


def on_prepare(source, x, y):
    uri = ''.join(pathlib.Path(path).as_uri() + '\r\n' for path in sys.argv[1:])
    return Gdk.ContentProvider.new_for_bytes('text/uri-list', GLib.Bytes.new(uri.encode()))


def on_begin(source, drag):
    say('began')
    drag.connect('notify::selected-action',
                 lambda drag, _: say('accepted' if drag.get_selected_action() else 'refused'))
    drag.connect('drop-performed', lambda drag: say('dropped'))
    drag.connect('cancel', lambda drag, reason: say('cancelled'))


def on_activate(application):
    window = Gtk.ApplicationWindow(application=application, title='Drag from here', decorated=False,
                                   default_width=120, default_height=60)
    label = Gtk.Label(label='Drag me')
    source = Gtk.DragSource(actions=Gdk.DragAction.COPY)
    source.connect('prepare', on_prepare)
    source.connect('drag-begin', on_begin)
    label.add_controller(source)
    window.set_child(label)
    window.connect('map', lambda window: say('ready'))
    window.present()


application = Gtk.Application(application_id='org.flatline.DragSource', flags=Gio.ApplicationFlags.NON_UNIQUE)
application.connect('activate', on_activate)
application.run([])
