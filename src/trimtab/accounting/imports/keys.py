"""What makes a row the same row again: a key for commits that may be repeated, and a likeness to entries of the book."""

from __future__ import annotations

import hashlib
from collections import Counter
from decimal import Decimal
from enum import Enum

from trimtab.accounting.imports.rows import Row
from trimtab.core.entries import Entry

_CONTENT = (
    "kind", "when", "symbol", "isin", "units", "price", "amount", "fee", "tax", "currency", "acquired", "cost", "into",
    "received", "share", "ratio",
)  # fmt: skip
_UNLIKE = frozenset({"price", "cost", "order", "lots", "why", "payout", "year", "fraction"})


class Keys:
    """Keys of the rows of one file, in their order: alike rows without an identifier are told apart by their number."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def key(self, row: Row, account: str) -> str:
        """SHA-256 of the account and either the identifier of the source, or the content and how often it came before."""
        told = identity(row) or content(row)
        here = _joined(account, told)
        number = 0 if row.external else self._seen[here]
        self._seen[here] += 1
        return hashlib.sha256(_joined(here, str(number)).encode()).hexdigest()


def identity(row: Row) -> str:
    """The identifier that the source gives, with the part of the source it is unique in; "" where it gives none."""
    return _joined("id", row.section, row.external) if row.external else ""


def content(row: Row) -> str:
    """What a row says, in one form for one meaning: 1.50 is 1.5."""
    if row.entry:
        return _joined("entry", *(value for name, value in row.original if name not in ("number", "account")))
    return _joined("content", *(_form(getattr(row, name)) for name in _CONTENT))


def likeness(entry: Entry, base: str) -> tuple[object, ...]:
    """What an entry shares with one that says the same: its kind, date, instrument, units and amounts."""
    told: list[object] = [type(entry).__name__]
    for name, value in zip(entry._fields, entry, strict=True):
        if name not in _UNLIKE:
            told.append((value or base) if name == "currency" else value)
    return tuple(told)


def _form(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.value if isinstance(value, Enum) else "" if value is None else str(value)


def _joined(*parts: str) -> str:
    """Parts with their lengths, so that no two lists of parts give one text."""
    return "".join(f"{len(part)}:{part}" for part in parts)
