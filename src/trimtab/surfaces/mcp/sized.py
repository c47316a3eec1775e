"""A document cut to a size that an assistant can read: the beginning of what is long, and what was left out.

What is small stays whole, and what is large shares the room that is left: lists and tables keep their first entries, texts
their first letters. Nothing is reordered or made up, so that what is there is what the desk said.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

ROOM = 50_000  # characters of JSON
SHOWN = 10  # remarks on what was cut
_LEAST = 24  # no text is cut shorter than this


class _Nothing:
    """What does not fit at all."""


_NOTHING = _Nothing()


def sized(document: dict[str, Any], room: int = ROOM) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The document in at most `room` characters of JSON, and what was cut: `accounts: 12 of 100`."""
    if length(document) <= room:
        return document, ()
    remarks: list[str] = []
    found = _table(document, room, "", remarks)
    left = len(remarks) - SHOWN
    return found, (*remarks[:SHOWN], *([f"and {left} more"] if left > 0 else []))


def length(value: Any) -> int:
    """The characters of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _fitted(value: Any, room: int, place: str, remarks: list[str]) -> Any:
    if length(value) <= room:
        return value
    if isinstance(value, dict) and room >= 2:
        return _table(value, room, place, remarks)
    if isinstance(value, list) and room >= 2:
        return _list(value, room, place, remarks)
    if isinstance(value, str) and room >= _LEAST:
        return _text(value, room, place, remarks)
    return _NOTHING


def _list(value: Sequence[Any], room: int, place: str, remarks: list[str]) -> list[Any]:
    """As many of the first entries as there is room for; the first one cut, where not even that has room."""
    left, kept = room - 2, []
    for one in value:
        left -= length(one) + 2
        if left < 0:
            break
        kept.append(one)
    if not kept:
        first = _fitted(value[0], room - 4, f"{place}.0", remarks)
        kept = [] if isinstance(first, _Nothing) else [first]
    if len(kept) < len(value):
        remarks.append(f"{place}: {len(kept)} of {len(value)}")
    return kept


def _table(value: dict[str, Any], room: int, place: str, remarks: list[str]) -> dict[str, Any]:
    """Small entries whole, large ones in equal shares of what is left; those dropped that have no room."""
    left, waiting, kept = room - 2, len(value), {}
    for key in sorted(value, key=lambda name: length(value[name])):
        share, named = left // waiting, length(key) + 4
        waiting -= 1
        part = _fitted(value[key], share - named, f"{place}.{key}" if place else key, remarks)
        if not isinstance(part, _Nothing):
            kept[key] = part
            left -= named + length(part)
    if len(kept) < len(value):
        remarks.append(f"{place or 'the whole'}: {len(kept)} of {len(value)}")
    return {key: kept[key] for key in value if key in kept}


def _text(value: str, room: int, place: str, remarks: list[str]) -> str:
    """The first letters, with a mark that there are more."""
    size = room - 5
    while length(value[:size]) + 3 > room:
        size -= 1 + max(length(value[:size]) + 3 - room, 0) // 6  # an escaped letter takes up to six characters
    remarks.append(f"{place}: {size} letters of {len(value)}")
    return value[:size] + "..."
