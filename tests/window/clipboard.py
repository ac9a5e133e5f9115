# SPDX-License-Identifier: MIT
"""Prints the text that is on the clipboard, as another program gets it; nothing when there is none."""
import sys

import gi
gi.require_version('Gdk', '4.0')
gi.require_version('Gtk', '4.0')
from gi.repository import GLib, Gtk  # noqa: E402


def main():
    Gtk.init()
    loop = GLib.MainLoop()
    window = Gtk.Window()

    def on_read(clipboard, result):
        try:
            sys.stdout.write(clipboard.read_text_finish(result) or '')
        except GLib.Error:
            pass
        loop.quit()
    window.get_clipboard().read_text_async(None, on_read)
    GLib.timeout_add_seconds(20, loop.quit)
    loop.run()


if __name__ == '__main__':
    main()
