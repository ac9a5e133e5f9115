#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small editor with an output pane: runs what is written in it, raises, and freezes on demand.

It needs Tk (Debian: python3-tk) and says so where it is missing.
"""
import contextlib
import io
import sys
import time
import traceback

from flatline import beat, warn

SAMPLE = '''\
total = 0
for number in range(10):
    total += number
print("The total is", total)
'''


class EditorDemo:
    def __init__(self, tk):
        self.tk = tk
        self.root = tk.Tk()
        self.root.title("Editor demo")
        self.runs = 0
        self._build_toolbar()
        self.editor = tk.Text(self.root, height=14, width=72, undo=True)
        self.editor.insert("1.0", SAMPLE)
        self.editor.pack(fill="both", expand=True)
        self.output = tk.Text(self.root, height=8, width=72, state="disabled")
        self.output.pack(fill="both", expand=True)
        self.root.after(200, self.tick)

    def _build_toolbar(self):
        toolbar = self.tk.Frame(self.root)
        actions = [("Run", self.run), ("Raise", self.fail), ("Freeze", self.freeze), ("Busy loop", self.spin)]
        for label, action in actions:
            self.tk.Button(toolbar, text=label, command=action).pack(side="left")
        toolbar.pack(fill="x")

    def tick(self):
        beat("TICK", "editor")
        self.root.after(200, self.tick)

    def show(self, text):
        self.output.configure(state="normal")
        self.output.insert("end", text)
        self.output.see("end")
        self.output.configure(state="disabled")

    def run(self):
        self.runs += 1
        beat("RUN", "editor")
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(self.editor.get("1.0", "end"), "<editor>", "exec"), {})
        except Exception as error:
            warn("the editor's program", error)
            printed.write(traceback.format_exc())
        self.show(printed.getvalue())

    def fail(self):
        raise RuntimeError(f"raised on demand after {self.runs} runs")

    def freeze(self):
        self.show("Frozen on demand.\n")
        self.root.update_idletasks()
        time.sleep(86400)

    def spin(self):
        turns = 0
        while True:
            turns += 1


def main():
    try:
        import tkinter
    except ImportError:
        sys.exit("This demo needs Tk: apt-get install python3-tk (for the Python it runs under)")
    try:
        demo = EditorDemo(tkinter)
    except tkinter.TclError as error:
        sys.exit(f"This demo needs a display: {error}")
    demo.root.mainloop()


if __name__ == "__main__":
    main()
