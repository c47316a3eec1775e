"""An entry of the book as cells of text and back, every field, without loss: the form of our own export.

Text that a spreadsheet would take for a formula gets an apostrophe in front, as does text that begins with one: so taking
one off gives the text back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from trimtab.core import entries as words
from trimtab.core.entries import Entry, Payout
from trimtab.core.errors import DataError
from trimtab.core.formulas import neutral, taken_off

KINDS: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        words.Fill, words.Opening, words.Dividend, words.ReturnOfCapital, words.Split, words.Merger, words.SpinOff,
        words.Delisting, words.Variation, words.Exchange, words.Interest, words.Fee, words.Tax, words.Flow, words.Adjustment,
        words.Cancel,
    )
}  # fmt: skip
_DATES = frozenset({"when", "acquired"})
_COUNTS = frozenset({"year", "days", "entry"})
ASSETS = frozenset({"asset", "into"})
_NUMBERS = frozenset({"units", "price", "amount", "cost", "fraction", "received", "share", "paid"})
COLUMNS = {"entry": "cancels"}  # fields whose column has another name: `entry` is the kind
FIELDS = tuple(dict.fromkeys(COLUMNS.get(name, name) for kind in KINDS.values() for name in kind._fields))


def cells(entry: Entry, names: Callable[[int], str]) -> dict[str, str]:
    """The fields of an entry as text by column. `names` gives the id of an asset."""
    told = {}
    values: tuple[Any, ...] = tuple(entry)
    for name, value in zip(entry._fields, values, strict=True):
        told[COLUMNS.get(name, name)] = neutral(names(value)) if name in ASSETS else _cell(name, value)
    return told


def _cell(name: str, value: Any) -> str:
    if name == "lots":
        return neutral(" ".join(f"{lot}:{units}" for lot, units in value))
    if isinstance(value, Payout):
        return value.value
    return str(value) if name in _NUMBERS | _COUNTS | _DATES else neutral(str(value))


def restore(kind: str, told: Mapping[str, str], asset: Callable[[str], int], number: Callable[[int], int]) -> Entry:
    """The entry of its cells. `asset` gives the number of an id, `number` that which an entry of the file gets in the book.

    Raises DataError with a sentence for what is missing or cannot be read.
    """
    shape = KINDS.get(kind)
    if shape is None:
        raise DataError(f"there is no entry {kind[:40]!r}")
    values = {name: _value(name, told.get(COLUMNS.get(name, name), ""), asset, number) for name in shape._fields}
    restored: Entry = shape(**values)
    return restored


def _value(name: str, text: str, asset: Callable[[str], int], number: Callable[[int], int]) -> Any:
    """One field."""
    try:
        if name in _DATES:
            return date.fromisoformat(text)
        if name in _NUMBERS:
            return _number(text)
        if name in _COUNTS:
            count = int(text) if len(text) < 12 else int("too long")
            return number(count) if name == "entry" else count
        if name == "payout":
            return Payout(text)
    except (ValueError, InvalidOperation):
        raise DataError(f"{name}: {text[:40]!r} cannot be read") from None
    plain = taken_off(text)
    if name in ASSETS:
        return asset(plain)
    if name == "lot":
        return renumbered(plain, number)
    return _lots(plain, number) if name == "lots" else plain


def _number(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= 80 else Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > 60:
        raise ValueError(text)
    return value


def _lots(text: str, number: Callable[[int], int]) -> tuple[tuple[str, Decimal], ...]:
    try:
        pairs = [one.rsplit(":", 1) for one in text.split()]
        return tuple((renumbered(lot, number), _number(units)) for lot, units in pairs)
    except (ValueError, InvalidOperation):
        raise DataError(f"lots: {text[:40]!r} cannot be read") from None


def renumbered(lot: str, number: Callable[[int], int]) -> str:
    """The id of a lot with the numbers that its entries get in the book: `30.17~1` names entries 30 and 17."""
    return re.sub(r"(?<![~\d])\d{1,12}", lambda match: str(number(int(match[0]))), lot, flags=re.ASCII)
