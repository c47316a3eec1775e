"""The lines of a registry of trials, chained: each carries a running hash of all lines before it.

A line that was deleted, changed, moved or put in breaks the chain after it (hash chaining, Haber and Stornetta 1991). Lines
of earlier versions carry no hash; they may stand in front, and the first chained line seals them. Lines cut off at the end
break nothing: those are found by the runs that they belong to (see `trial_loss`). Whoever rewrites the whole file can
forge all of it: the chain is against loss and quiet deletion, not against fraud.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.desk.writing import json_text

DIGITS = 32  # hex digits of a running hash: 128 bits
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chain:
    """What a registry holds: entries that can be read, oldest first, and what is wrong with it.

    `head` is the running hash of all lines. `cut`: the last line does not end. `loose`: how many lines at the end, that one
    included, no readable line follows, so that nothing else knows of them. `unreadable` are the numbers (from 1) of lines
    that are no entry, `breaks` of those that do not follow the line before; an accepted loss forgives the breaks before it.
    `lines` are the readable ones as they stand.
    """

    entries: tuple[dict[str, Any], ...] = ()
    lines: tuple[str, ...] = ()
    head: str = ""
    unreadable: tuple[int, ...] = ()
    breaks: tuple[int, ...] = ()
    cut: bool = False
    loose: int = 0

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, a sentence each; empty where nothing is."""
        cut = ("the last line is cut",) if self.cut else ()
        unreadable = tuple(f"line {number} is no trial" for number in self.unreadable)
        return cut + unreadable + tuple(f"line {number} does not follow the line before it" for number in self.breaks)


def read_chain(content: bytes) -> Chain:
    """The chain in the bytes of a registry. Never raises: what is wrong stands in `faults`."""
    *parts, rest = content.split(b"\n")
    lines, entries, unreadable, breaks, head = list[str](), list[dict[str, Any]](), list[int](), list[int](), ""
    chained, loose = False, 0
    for number, part in enumerate(parts, 1):
        if not part.strip():
            continue
        try:
            line, entry = _read(part)
        except (ValueError, RecursionError):
            unreadable.append(number)
            loose += 1
            continue
        before, prev = head, entry.get("prev")
        # The line after one that cannot be read cannot follow it: that is no second fault.
        if not loose and prev != head and (chained or prev is not None):
            breaks.append(number)
        if "lost" in entry and prev == head and entry.get("before") == digest(lines):
            breaks.clear()
        chained, loose = chained or prev is not None, 0
        head = link(before if prev is None else prev, line)
        lines.append(line)
        entries.append(entry)
    return Chain(tuple(entries), tuple(lines), head, tuple(unreadable), tuple(breaks), bool(rest), loose + bool(rest))


def link(head: str, line: str) -> str:
    """The running hash after one more line."""
    return hashlib.sha256(f"{head}\n{line}".encode()).hexdigest()[:DIGITS]


def digest(lines: list[str] | tuple[str, ...]) -> str:
    """Hash of all lines, as an accepted loss states those before it."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGITS]


def linked(entry: Entry, head: str) -> str:
    """The line of an entry that follows `head`."""
    return json_text({**entry, "prev": head})


def _read(part: bytes) -> tuple[str, dict[str, Any]]:
    """A line and its entry. Raises ValueError where it is no trial, no sweep and no accepted loss."""
    line = part.decode("utf-8")
    entry = json.loads(line, parse_constant=_refuse)
    sound = isinstance(entry, dict) and _whole(entry.get("n", 0)) and isinstance(entry.get("prev", ""), str)
    if not sound or not (_is_run(entry) or _is_sweep(entry) or _is_loss(entry)):
        raise ValueError("no entry of a registry")
    return line, entry


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _is_run(entry: Entry) -> bool:
    keys = ("sharpe", "skew", "kurtosis", "periods", "periods_per_year")
    numbers = all(entry.get(key) is None or _number(entry[key]) for key in keys)
    return _texts(entry, "run", "policy") and numbers and isinstance(entry.get("data"), str | None)


def _is_sweep(entry: Entry) -> bool:
    names = entry.get("policies")
    variants = entry.get("variants")
    whole = _whole(variants) and _whole(entry.get("part")) and _whole(entry.get("measured", 0))
    listed = isinstance(names, list) and all(isinstance(name, str) for name in names) and len(names) in (0, variants)
    sums = all(_number(entry.get(key)) for key in ("sharpe_sum", "sharpe_squares", "periods_per_year"))
    return _texts(entry, "sweep", "data") and whole and listed and sums


def _is_loss(entry: Entry) -> bool:
    named = all(isinstance(entry.get(key, []), list) for key in ("runs", "sweeps"))
    parts = entry.get("parts", {})
    listed = isinstance(parts, dict) and all(isinstance(one, list) and all(map(_whole, one)) for one in parts.values())
    return _whole(entry.get("lost")) and _texts(entry, "reason", "before") and named and listed


def _texts(entry: Entry, *keys: str) -> bool:
    return all(isinstance(entry.get(key), str) for key in keys)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
