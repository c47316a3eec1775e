"""Names that a source knows: asked for, found, or answered with the nearest one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from trimtab.core.errors import PolicyError


def require_names(asked: Iterable[str], known: Sequence[str], source: str) -> tuple[str, ...]:
    """`asked` as a tuple, each name once. Raises PolicyError (TT-POL-020) for a name that is not among `known`."""
    names = tuple(dict.fromkeys(asked))
    for name in names:
        if name not in known:
            remedy = f"Did you mean {nearest}? " if (nearest := _nearest(name, known)) else ""
            remedy += f"It has: {_few(known)}."
            raise PolicyError(f"no series {name!r} in {source}", remedy=remedy, code="TT-POL-020")
    return names


def _nearest(name: str, known: Sequence[str]) -> str:
    lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), lower, n=1)
    return lower[close[0]] if close else ""


def _few(known: Sequence[str], most: int = 12) -> str:
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
