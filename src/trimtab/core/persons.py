"""Who is who: names as persons are told apart, wherever two people are asked for and one is not enough.

A name in other letters of the same look is the same person: capitals, blanks, width, an accent of its own or in the letter
(Unicode's NFKC), and characters that nobody sees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_UNSEEN = re.compile(  # letters and marks that show nothing, though Unicode does not call them controls
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)

ASSISTANT = "assistant"  # by whose name the tools of an assistant propose


def person(name: str) -> str:
    """The name as persons are told apart; empty where nothing of it is seen, which is nobody."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", " ".join(name.split())).casefold())
    seen = (letter for letter in folded if unicodedata.category(letter) not in ("Cc", "Cf"))
    return " ".join(_UNSEEN.sub("", "".join(seen)).split())


def is_program(name: str) -> bool:
    """Whether a name is that of a program of ours, which proposes and never approves: an assistant, or a schedule."""
    folded = person(name)
    return folded == ASSISTANT or folded.startswith("schedule:")


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's; an empty name is nobody's."""
    return bool(person(one)) and person(one) == person(other)


def people(names: Iterable[str]) -> tuple[str, ...]:
    """The distinct people among `names`, each as first named, without blanks around; nobody is left out."""
    found: dict[str, str] = {}
    for name in names:
        if known := person(name):
            found.setdefault(known, " ".join(name.split()))
    return tuple(found.values())
