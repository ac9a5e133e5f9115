# SPDX-License-Identifier: MIT
"""What must not leave the machine: values under telling names, and credentials inside of texts.

A name is secret when one of its words is ("db_password", "X-Api-Key", "accessToken"), unless it names something about
the secret ("token_type", "password_field"). What was hidden under a name is then hidden wherever else its text stands:
in another variable, in a URL, in the source.
"""
import re
from keyword import iskeyword

from . import anatomy
from .patterns import Pattern

MASK = "<masked>"
MAX_KNOWN = 60
MIN_KNOWN = 6
MIN_PLAIN_WORD = 8

WORDS = frozenset("""password passwords passwd pwd passphrase passcode secret secrets token credential credentials
authorization apikey jwt cookie cookies csrf otp bearer sessionid""".split())
PAIRS = frozenset(("api key", "access key", "private key", "secret key", "signing key", "encryption key", "session id",
                   "session key", "auth key", "pass word", "pass phrase"))
ABOUT = frozenset("""type types count counts len length size limit limits index idx pos position name names url uri path
paths file filename field fields class timeout ttl lifetime expiry expires expired at regex pattern policy required
column label prompt message error errors valid validator""".split())

_NAME_PARTS = Pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OPTION = Pattern(r"--?([A-Za-z][\w-]*)(?:=(.*))?\Z", re.S)


def _may_give_away(text):
    """What all of the rules below look for; most texts have nothing of it."""
    return (":" in text or "=" in text or "eyJ" in text or "AKIA" in text or "gh" in text or "sk-" in text or "xox" in text
            or "earer" in text or "asic " in text or "-----BEGIN" in text)


# Functions, since a template is taken apart by importing `re` again, when the program may have a module of that name.
def _hide_between(match):
    return match.group(1) + MASK + match.group(2)


def _hide_rest(match):
    return match.group(1) + MASK


_TEXT_RULES = (
    # scheme://user:password@host
    (Pattern(r"(\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'\"]*:)[^\s/@'\"]+(@)"), _hide_between),
    # Authorization: Bearer …
    (Pattern(r"\b((?:Bearer|Basic) +)[A-Za-z0-9+/._~=-]{6,}", re.I), _hide_rest),
    # password=… in connection strings, headers, queries and forms
    (Pattern(r"""((?:^|[\s;&?,{(\[])["']?(?:[\w-]*(?:password|passwd|pwd|secret|api_?key|authorization)["']?\s*[=:]
                 |[\w-]+[_-]token["']?\s*[=:]|token=)\s*(?:b?["'])?)(?!<masked>)
                 (?!(?:None|True|False)\b)([^\s"'&;,)}\]]{3,})""", re.I | re.X), _hide_rest),
    (Pattern(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"), MASK),
    (Pattern(r"\b(?:AKIA[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{16,}|"
             r"xox[abprs]-[A-Za-z0-9-]{10,})"), MASK),
    (Pattern(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
     _hide_between),
)
# NAME = "…", "NAME": "…"
_SOURCE_LITERAL = Pattern(r"""(?<![\w.])(["']?)([A-Za-z_][\w-]*)\1(\s*(?:=|:(?![:=]))\s*(?:b|r|rb|br|f)?)
                                 (["'])((?:(?!\4)[^\\\n]|\\.)+)\4""", re.X)


class Secrets:
    """Decides what to hide, and remembers the texts of what it hid."""

    def __init__(self, words=(), is_secret=None):
        self.is_off = words is None
        self._words = WORDS | {word.lower() for word in words or ()}
        self._is_secret = is_secret
        self.has_predicate = is_secret is not None
        self._names = {}
        self._known = set()
        self.is_predicate_broken = False
        self.is_full = False

    # Names

    def is_secret_name(self, name):
        if self.is_off or not name:
            return False
        known = self._names.get(name)
        if known is None:
            known = self._names[name] = self._judge(name[:200])
            if len(self._names) > 20000:
                self._names.clear()
        return known

    def _judge(self, name):
        parts = [part.lower() for part in _NAME_PARTS.findall(name)]
        if not parts or parts[-1] in ABOUT or (parts[0] in ("is", "has", "max", "min", "num", "n")):
            return name.lower() in self._words - WORDS
        return (any(part in self._words for part in parts) or name.lower() in self._words
                or any(first + " " + second in PAIRS for first, second in zip(parts, parts[1:])))

    # Values

    def hides(self, name, value):
        """Whether the value under this name is to be hidden; its text then is known."""
        if not self._decides_to_hide(name, value):
            return False
        self._remember(value)
        return True

    def _decides_to_hide(self, name, value):
        decided = None
        if self._is_secret is not None:
            try:
                decided = self._is_secret(name, value)
            except Exception:
                self.is_predicate_broken = True
                decided = True
        if decided is None:
            decided = self.is_secret_name(name) and self._can_be_secret(name, value)
        return bool(decided)

    @staticmethod
    def _can_be_secret(name, value):
        """Nothing, emptiness, and code with a telling name are no secrets."""
        kind = type(value)
        if kind is str and name.lower() in ("pwd", "oldpwd") and value.startswith("/"):
            return False  # The working directory.
        if value is None or kind is bool:
            return False
        if anatomy.is_one_of(kind, (str, bytes, bytearray, list, tuple, dict, set, frozenset)):
            return len(value) > 0
        return anatomy.full_name(kind) not in ("type", "function", "builtin_function_or_method", "method", "module",
                                               "abc.ABCMeta", "property", "getset_descriptor", "member_descriptor")

    @property
    def known(self):
        """The texts of what was hidden."""
        return self._known

    def _remember(self, value, depth=0):
        """Keeps the text that was hidden, unless it is so short or plain that it would be found everywhere."""
        kind = type(value)
        if len(self._known) >= MAX_KNOWN:
            self.is_full = True
            return
        if anatomy.is_one_of(kind, (bytes, bytearray)):
            value = bytes(value[:4096]).decode("ascii", "replace")
            kind = str
        if kind is str:
            for text in {value[:4096], value[:4096].rpartition(" ")[2]}:
                if len(text) >= (MIN_PLAIN_WORD if text.isalpha() else MIN_KNOWN) and not iskeyword(text):
                    self._known.add(text)
        elif depth < 2 and anatomy.is_one_of(kind, (list, tuple)):
            for item in value[:20]:
                self._remember(item, depth + 1)
        elif depth < 2 and kind is dict:
            for _, item in anatomy.dict_items(value, 20):
                self._remember(item, depth + 1)

    # Texts

    def clean(self, text):
        """The text without the credentials that its form gives away."""
        if self.is_off or len(text) < MIN_KNOWN or not _may_give_away(text):
            return text
        for pattern, replacement in _TEXT_RULES:
            text = pattern.sub(replacement, text)
        return text

    def split_option(self, text):
        """Of a command line's word: (the word as it may be shown, whether the next word is secret)."""
        match = _OPTION.match(text) if text[:1] == "-" else None
        if match is None or not self.is_secret_name(match.group(1)):
            return text, False
        if match.group(2) is None:
            return text, True
        self._remember(match.group(2))
        return text[:match.start(2)] + MASK, False

    def clean_words(self, words):
        """A command line."""
        shown, hidden = [], False
        for word in words:
            if hidden and not word.startswith("-"):
                self._remember(word)
                word, hidden = MASK, False
            else:
                word, hidden = self.split_option(word)
            shown.append(self.clean(word))
        return shown

    def clean_source(self, text):
        """Source without the literals that are given to secret names."""
        if self.is_off:
            return text

        def hide(match):
            if match.group(5) == MASK or not self._decides_to_hide(match.group(2), match.group(5)):
                return match.group(0)
            if not match.group(5).isidentifier():
                self._remember(match.group(5))
            quote, name, equals, mark = match.group(1, 2, 3, 4)
            return quote + name + quote + equals + mark + MASK + mark

        return self.clean(_SOURCE_LITERAL.sub(hide, text))

    def scrub(self, document):
        """Takes the texts of all that was hidden out of a document of dicts, lists and strings, in place."""
        if self.is_off or not self._known:
            return
        spellings = set()
        for text in self._known:
            spellings.update((text, repr(text)[1:-1], text.replace("\\", "\\\\")))
        pattern = re.compile("|".join(map(re.escape, sorted(spellings, key=len, reverse=True))))
        _scrub(document, pattern)


# Keys whose values are the format's own words.
_FIXED = frozenset(("kind", "type", "address", "format", "uid", "reason", "sha256", "state", "file", "function",
                    "qualified_name"))


def _scrub(node, pattern):
    if type(node) is dict:
        for key, value in node.items():
            if type(value) is str:
                if key not in _FIXED:
                    node[key] = pattern.sub(MASK, value)
            elif type(value) in (dict, list):
                _scrub(value, pattern)
    else:
        for index, value in enumerate(node):
            if type(value) is str:
                node[index] = pattern.sub(MASK, value)
            elif type(value) in (dict, list):
                _scrub(value, pattern)
