# SPDX-License-Identifier: MIT
"""The commands about all that is in a file besides frames: program, machine, packages, environment, output."""


class About:
    """Part of a Session."""

    def do_info(self, argument):
        """info
        Program, machine, and what the file leaves out."""
        program, snapshot = self.snapshot.get("program") or {}, self.snapshot
        for title, text in (("file", self.name), ("program", " ".join(program.get("argv", ()))),
                            ("process", program.get("pid")),
                            ("folder", program.get("cwd")), ("python", program.get("python")),
                            ("interpreter", program.get("executable")), ("platform", program.get("platform")),
                            ("host", snapshot.get("host")), ("time", self._time()),
                            ("written in", "%d ms" % (snapshot.get("capture_us", 0) // 1000))):
            if text not in (None, ""):
                self.say("%-12s %s" % (title, text))
        verdict = snapshot.get("verdict") or {}
        if verdict.get("summary"):
            self.say("%-12s %s" % ("verdict", verdict["summary"]))
        for evidence in verdict.get("evidence", ()):
            self.say("%-12s %s" % ("", evidence.get("fact", "")))
        for title, sentences in (("limit", snapshot.get("limits", ())), ("note", snapshot.get("notes", ()))):
            for sentence in sentences:
                self.say("%-12s %s" % (title, sentence))
        self.say("%-12s %s" % ("", "packages, environment, output and traceback have more"))

    def _show_list(self, items, argument, none):
        items = [item for item in items if argument.lower() in item.lower()]
        for item in items:
            self.say(item)
        if not items:
            self.say(none)

    def do_packages(self, argument):
        """packages [TEXT]
        The distributions that were installed, those with TEXT in the name."""
        self._show_list((self.snapshot.get("program") or {}).get("distributions", ()), argument, "none is recorded")

    def do_environment(self, argument):
        """environment (env) [TEXT]
        The environment variables, those with TEXT in them."""
        self._show_list((self.snapshot.get("program") or {}).get("environment", ()), argument, "none is recorded")

    do_env = do_environment

    def do_output(self, argument):
        """output
        What the program printed last."""
        self._show_list((self.snapshot.get("output_tail") or "").splitlines(), argument, "its output is not recorded")

    def do_traceback(self, argument):
        """traceback (tb)
        The exception as Python prints it."""
        exception = self.snapshot.get("exception") or {}
        self._show_list(exception.get("traceback_text", "").splitlines(), "", "there is no exception")

    do_tb = do_traceback
