"""Names of users: one spelling for what looks the same (Unicode NFKC), compared without regard to case."""

from __future__ import annotations

import unicodedata

from trimtab.core.errors import UsageError
from trimtab.core.persons import is_program

LONGEST = 40
_SIGNS = frozenset("._-@")


def name_of(text: str) -> str:
    """The name as it is shown. Raises UsageError unless it is 1 to 40 letters, digits and . _ - @, the first no sign."""
    name = unicodedata.normalize("NFKC", text)
    if not 1 <= len(name) <= LONGEST or not all(map(_allowed, name)) or name[0] in _SIGNS:
        remedy = f"Use 1 to {LONGEST} letters, digits and the signs . _ - @, beginning with a letter or a digit."
        raise UsageError("this cannot be the name of a user", remedy=remedy)  # it may be a password in the wrong field
    if is_program(name):
        raise UsageError("a program of ours bears this name", remedy="Choose another one.")
    return name


def _allowed(letter: str) -> bool:
    return letter in _SIGNS or letter.isalpha() or letter.isdecimal()


def key_of(text: str) -> str:
    """The name as it is compared, of any text at all: what is no name is nobody's key."""
    plain = unicodedata.normalize("NFKC", text[: 8 * LONGEST])
    return unicodedata.normalize("NFKC", plain.casefold()).encode("utf-8", "replace").decode()
