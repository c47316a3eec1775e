"""What a package says about its licence, in the words of SPDX, and which family that is.

Packages say it in three ways: an SPDX expression, a free field, classifiers. The expression goes first; of the others all
that is said counts at once, since nothing tells whether a second licence is a choice. Only spellings that leave no doubt
are read; anything else is unknown, which a person has to settle in tools/licences.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum


class Family(StrEnum):
    """How much a licence asks of those who pass the program on, from little to much."""

    PERMISSIVE = "permissive"
    WEAK = "weak copyleft"
    STRONG = "strong copyleft"
    UNKNOWN = "unknown"


ORDER = tuple(Family)
BSD = "LicenseRef-BSD"  # a BSD licence that does not say which
PERMISSIVE = frozenset(
    {"0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC"}
    | {"MIT", "MIT-0", "MIT-CMU", "NCSA", "PSF-2.0", "Unlicense", "Zlib", BSD, "LicenseRef-Public-Domain"}
)
WEAK = frozenset({"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"})
STRONG = re.compile(r"^(?:A?GPL|SSPL|EUPL|OSL|CC-BY-SA|LicenseRef-GPL)", re.IGNORECASE)
SPELLINGS = {
    "Apache-2.0": ("apache 2.0", "apache license 2.0", "apache software license", "apache software license v2"),
    "BSD-2-Clause": ("2-clause bsd", "bsd 2-clause license"),
    "BSD-3-Clause": ("3-clause bsd license", "bsd (3-clause)", "bsd 3-clause license"),
    BSD: ("bsd", "bsd license"),
    "GPL-2.0-or-later": ("gplv2+", "gnu general public license v2 or later (gplv2+)"),
    "GPL-3.0-only": ("gplv3", "gnu general public license v3 (gplv3)"),
    "ISC": ("isc license", "isc license (iscl)"),
    "LicenseRef-GPL": ("gnu general public license (gpl)",),
    "LicenseRef-Public-Domain": ("public domain",),
    "MIT": ("mit license",),
    "MPL-2.0": ("mozilla public license 2.0 (mpl 2.0)",),
    "PSF-2.0": ("psfl", "python software foundation license"),
    "Unlicense": ("the unlicense (unlicense)",),
}
KNOWN = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings} | {
    name.lower(): name for name in PERMISSIVE | WEAK
}
LONG = 60  # a longer field holds the licence's whole text: its classifier names it
JOINTS = re.compile(r"\s+(AND|OR)\s+|([()])")


def said(expression: str, field: str, classifiers: Sequence[str]) -> str:
    """What a package says, as an SPDX expression; empty where it says nothing, or nothing that is sure."""
    if expression:
        return expression
    field = "" if len(field) > LONG or field.upper() == "UNKNOWN" else " ".join(field.split())
    if JOINTS.search(field) and family(field) is not Family.UNKNOWN:
        return field
    words = [one.rpartition(" :: ")[2] for one in classifiers if one != "License :: OSI Approved"]
    told = {KNOWN.get(word.lower(), "") for word in (field, *words) if word and word != "Dual License"}
    if any(one.startswith("BSD-") for one in told):
        told.discard(BSD)
    return "" if "" in told else " AND ".join(sorted(told))


def family(expression: str) -> Family:
    """The family of an expression: the worst of what is joined by AND, the best of what is joined by OR."""
    tokens = [token for token in JOINTS.split(expression.strip()) if token and token.strip()]
    found, rest = either(tokens) if tokens else (Family.UNKNOWN, [])
    return Family.UNKNOWN if rest else found


def either(tokens: list[str]) -> tuple[Family, list[str]]:
    """Alternatives, of which the mildest counts; and the tokens left over."""
    found, rest = both(tokens)
    while rest[:1] == ["OR"]:
        other, rest = both(rest[1:])
        found = min(found, other, key=ORDER.index)
    return found, rest


def both(tokens: list[str]) -> tuple[Family, list[str]]:
    """What holds at once, of which the strictest counts; and the tokens left over."""
    found, rest = single(tokens)
    while rest[:1] == ["AND"]:
        other, rest = single(rest[1:])
        found = max(found, other, key=ORDER.index)
    return found, rest


def single(tokens: list[str]) -> tuple[Family, list[str]]:
    """One licence, or a bracket."""
    if tokens[:1] == ["("]:
        found, rest = either(tokens[1:])
        return (found, rest[1:]) if rest[:1] == [")"] else (Family.UNKNOWN, rest)
    name, rest = (tokens[0].strip(), tokens[1:]) if tokens else ("", [])
    if name in PERMISSIVE:
        return Family.PERMISSIVE, rest
    if name in WEAK:
        return Family.WEAK, rest
    return (Family.STRONG if STRONG.match(name) else Family.UNKNOWN), rest
