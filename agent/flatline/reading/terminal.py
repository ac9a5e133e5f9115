# SPDX-License-Identifier: MIT
"""Texts of a file on a terminal: what could move the cursor, colour, retitle or reorder is shown as an escape."""
import re

# C0 and C1 controls, marks that turn the direction of writing, lone surrogates, separators that some take for newlines.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e0fff]")
_PLAIN_ESCAPES = {"\t": "\\t", "\r": "\\r", "\n": "\\n"}


def _escape(match):
    character = match.group()
    code = ord(character)
    return _PLAIN_ESCAPES.get(character) or ("\\x%02x" % code if code < 256 else "\\u%04x" % code if code < 65536
                                             else "\\U%08x" % code)


def clean(text):
    """One line without anything but what can be seen."""
    return _HARMFUL.sub(_escape, text)


def clean_line(text):
    """A line of source: its tabs become blanks."""
    return clean(text.expandtabs())


def shorten(text, width):
    return text if len(text) <= width else text[:width - 1] + "…"
