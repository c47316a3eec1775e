"""Text in a table that a spreadsheet would run as a formula gets an apostrophe in front, and gives it back when read.

Which beginnings are taken for formulas: OWASP, CSV Injection; the full-width signs count in East Asian editions.
"""

from __future__ import annotations

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_FIRST = ("\t", "\r", "\n", "'")


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula, blanks in front or not; `taken_off` gives it back. Not for numbers."""
    return "'" + text if text.startswith(_FIRST) or text.lstrip().startswith(SIGNS) else text


def taken_off(text: str) -> str:
    """What `neutral` was given."""
    return text.removeprefix("'")
