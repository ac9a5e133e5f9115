# SPDX-License-Identifier: MIT
"""How much a snapshot may take, and what was left out for it, a sentence each."""
from time import monotonic

# Of the time, until when values are read and sources taken along; the rest is for writing.
SHARE_OF_COLLECTING = 0.6
SHARE_OF_SOURCES = 0.75
MAX_DEPTH = 20


class Options:
    """What dump_exception(), dump_threads() and set_excepthook() take as keywords.

    time           seconds until it returns
    depth          levels below a variable
    items          of a container or instance
    text           characters of one value's text
    bytes          of all values together
    frames         of one stack: half of them the innermost, half the outermost
    threads        how many
    secrets        words that make a name secret, besides the usual ones; None: hide nothing
    is_secret      a function (name, value): True hides, False shows, None lets the names decide
    sources        whether the source files on the stacks go along
    environment    whether every environment variable goes along, else only those that say how Python runs
    reprs          full names of types, such as "pandas.DataFrame", whose own repr() may be called
    call_str       whether the exceptions' own __str__ may be called
    """

    defaults = {"time": 2.0, "depth": 4, "items": 100, "text": 2048, "bytes": 8 << 20, "frames": 200, "threads": 100,
                "secrets": (), "is_secret": None, "sources": True, "environment": False, "reprs": (),
                "call_str": False}

    def __init__(self, **given):
        for name in given:
            if name not in self.defaults:
                raise TypeError("there is no option %r; there are %s" % (name, ", ".join(sorted(self.defaults))))
        self.__dict__.update(self.defaults, **given)
        for name in ("time", "depth", "items", "text", "bytes", "frames", "threads"):
            if not isinstance(getattr(self, name), (int, float)) or getattr(self, name) < 0:
                raise TypeError("%s should be a number of 0 or more" % name)
        self.depth = min(int(self.depth), MAX_DEPTH)
        self.text = max(int(self.text), 40)


class Budget:
    """What is left. `clock` counts seconds; tests bring their own."""

    # One variable takes no more than this many values and this share of the bytes, so that the others have some, too.
    MAX_VALUES_EACH = 2000
    SHARE_EACH = 16

    def __init__(self, options, clock=monotonic):
        self.options = options
        self.clock = clock
        self.started = clock()
        self.deadline = self.started + options.time * SHARE_OF_COLLECTING
        self.bytes = options.bytes
        self.limits = []
        self._values = 0
        self._bytes = 0

    def elapsed(self):
        return self.clock() - self.started

    def begin_variable(self):
        self._values = self.MAX_VALUES_EACH
        self._bytes = min(self.bytes, max(self.options.bytes // self.SHARE_EACH, self.options.text))

    def is_used_up(self):
        """Whether nothing more should be read at all."""
        if self.clock() > self.deadline:
            self.say("The time of %g s was used up: what comes last is missing" % self.options.time)
            return True
        if self.bytes <= 0:
            self.say("The %d bytes for values were used up: what comes last is missing" % self.options.bytes)
            return True
        return False

    def has_time_for_sources(self):
        if self.clock() <= self.started + self.options.time * SHARE_OF_SOURCES:
            return True
        self.say("The time of %g s was used up: not all sources are here" % self.options.time)
        return False

    def has_room(self):
        """Whether the variable that began last may have one more value."""
        if self._values <= 0 or self._bytes <= 0:
            self.say("Large variables are not shown whole")
            return False
        return not self.is_used_up()

    def take(self, size):
        self._values -= 1
        self._bytes -= size
        self.bytes -= size

    def say(self, limit):
        if limit not in self.limits:
            self.limits.append(limit)
