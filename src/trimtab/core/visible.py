r"""Texts of people, files and brokers as they are shown: what steers a terminal, or turns the order of reading, is spelled out.

An escape sequence in a reason could clear the screen or forge a line, and a bidirectional control could show a reader other
words than were written (Boucher and Anderson 2021, "Trojan Source"). Neither is dropped: `\x1b` and `\u202e` are shown.
"""

from __future__ import annotations

import re

_ENDS = re.compile("(\r?\n)")  # of lines; a carriage return alone writes over its own line
_BREAKS = re.compile("\r?\n|\t")
_SPACES = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_KEPT = frozenset(f"{_SPACES}\u200c\u200d")  # and the two joiners, without which some alphabets are not written


def visible(text: str) -> str:
    """The text with each such character spelled out; spaces, line breaks and letters of all alphabets stay."""
    if text.isprintable():
        return text
    parts = enumerate(_ENDS.split(text))
    return "".join(part if k % 2 or part.isprintable() else "".join(map(_shown, part)) for k, part in parts)


def in_line(text: str) -> str:
    """The same in one line: a line break or a tab, by which a text could forge a line or a column, is a blank."""
    return visible(_BREAKS.sub(" ", text))


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in _KEPT:
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
