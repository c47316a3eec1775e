"""Row by row: broken, a duplicate, left out or ready, and with which entries. `accounting/imports/preview.py` asks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from trimtab.accounting.imports import entry_cells
from trimtab.accounting.imports.booking import Booked, Place, book
from trimtab.accounting.imports.keys import Keys, content, identity, likeness
from trimtab.accounting.imports.register import Register
from trimtab.accounting.imports.rows import STATEMENT, Kind, Row
from trimtab.core.entries import Cancel, Entry
from trimtab.core.errors import DataError, TrimtabError
from trimtab.core.formulas import taken_off
from trimtab.core.households import Instrument
from trimtab.core.money import ZERO

READY, BROKEN, DUPLICATE, LEFT_OUT = "ready", "broken", "duplicate", "left_out"
_MADE_UP = "the transactions of the file make up the position: take the statement alone to open an account with it"
_NOT_EMPTY = "the account has entries already: a statement opens an empty one, reconcile with it instead"
Told = tuple[Row, str, str, str, tuple[Entry, ...], tuple[str, ...], tuple[str, ...]]


class Account(Protocol):
    """What the book has of an account."""

    @property
    def entries(self) -> Sequence[Entry]:
        """In the order of posting."""
        ...

    @property
    def keys(self) -> Mapping[str, int]:
        """Of what was imported: the number of the entry that each row posted first."""
        ...

    @property
    def currency(self) -> str:
        """The base currency."""
        ...


@dataclass(slots=True)
class _Side:
    """One account while its rows are gone through."""

    currency: str = "USD"
    entries: list[Entry] = field(default_factory=list)
    keys: Mapping[str, int] = field(default_factory=dict)
    count: int = 0  # entries that the book has
    gone: frozenset[int] = frozenset()  # those of them that were cancelled
    alike: Counter[tuple[object, ...]] = field(default_factory=Counter)
    numbers: dict[int, int] = field(default_factory=dict)  # of our own export: those of the file to those of the book
    trades: bool = False

    def held(self, asset: int, before: date) -> Decimal:
        """Units of an asset before a date."""
        total = ZERO
        gone = cancelled(self.entries)
        for number, entry in enumerate(self.entries):
            if entry.when < before and number not in gone:
                if getattr(entry, "asset", None) == asset:
                    total += getattr(entry, "units", ZERO)
                if getattr(entry, "into", None) == asset:
                    total += getattr(entry, "received", ZERO)
        return total


class Decider:
    """Goes through the rows of one source once."""

    __slots__ = ("_anew", "_broken", "_ids", "_keys", "_known", "_register", "_sides", "_take")

    def __init__(
        self,
        instruments: Sequence[Instrument],
        known: Mapping[str, Account],
        take: Collection[Kind] | None,
        *,
        anew: bool = False,
    ) -> None:
        self._anew = anew  # rows whose entry was cancelled are booked once more
        self._register, self._take, self._known = Register(instruments), take, known
        self._keys, self._sides = Keys(), {}  # type: tuple[Keys, dict[str, _Side]]
        self._broken: int | None = None
        self._ids: dict[tuple[str, str], tuple[int, str]] = {}

    @property
    def new(self) -> tuple[Instrument, ...]:
        """The instruments that the book does not have, as far as rows need them."""
        return self._register.new

    def decide(self, rows: Sequence[tuple[Row, str]]) -> list[Told]:
        """Every row with its account, key, status, entries, reasons and remarks, in the order of the rows.

        Splits by ratio come last, oldest first: they ask what is held.
        """
        self._broken = next((row.line for row, _ in rows if row.fatal), None)
        rows = list(zip(repeated([row for row, _ in rows]), (account for _, account in rows), strict=True))
        for row, account in rows:
            self._prepare(row, account)
        keys = [self._standing(account, self._keys.key(row, account)) for row, account in rows]
        for (_, account), key in zip(rows, keys, strict=True):
            self._meet(account, key)
        by_ratio = [place for place, (row, _) in enumerate(rows) if row.ratio]
        order = [place for place, (row, _) in enumerate(rows) if not row.ratio]
        order += sorted(by_ratio, key=lambda place: str(rows[place][0].when))
        told = {place: self._one(*rows[place], keys[place]) for place in order}
        return [told[place] for place in range(len(rows))]

    def _prepare(self, row: Row, account: str) -> None:
        side = self._sides.get(account)
        if side is None:
            known = self._known.get(account)
            side = self._sides[account] = _Side()
            if known is not None:
                side.currency, side.keys, side.entries = known.currency, known.keys, list(known.entries)
                side.count = len(side.entries)
                side.gone = cancelled(known.entries)
                there = (entry for number, entry in enumerate(known.entries) if number not in side.gone)
                side.alike.update(likeness(entry, known.currency) for entry in there)
        side.trades |= not row.problems and row.kind not in STATEMENT | {Kind.NOTE, None} and self._taken(row)
        if row.entry == "Instrument" and not row.problems:
            self._describe(row)

    def _describe(self, row: Row) -> None:
        original = dict(row.original)
        fields: dict[str, Any] = {"contract": row.contract, "currency": row.currency, "multiplier": row.multiplier}
        fields |= {"isin": row.isin, "name": row.name, "alike": taken_off(original.get("alike", ""))}
        try:
            self._register.describe(Instrument(row.symbol, **fields))
        except TrimtabError:
            return  # the rows that name it are then registered, or refused, by what they say themselves

    def _meet(self, account: str, key: str) -> None:
        """An entry of the book that is a row of the source by its key is not the double of another row."""
        side = self._sides[account]
        number = side.keys.get(key)
        if number is not None and 0 <= number < side.count:
            side.alike[likeness(side.entries[number], side.currency)] -= 1

    def _taken(self, row: Row) -> bool:
        return self._take is None or row.kind in self._take

    def _standing(self, account: str, key: str) -> str:
        """The key of a row; where it is booked anew, of the first time that it was not cancelled."""
        side, found = self._sides[account], key
        for time in count(2):
            if not self._anew or side.keys.get(found) not in side.gone:
                break
            found = f"{key}:{time}"
        return found

    def _one(self, row: Row, account: str, key: str) -> Told:
        side = self._sides[account]
        status, reasons = self._before(row, side, key)
        again = self._again(row, account) if status == READY else ""
        if again:
            status, reasons = (BROKEN if "other content" in again else DUPLICATE), (again,)
        if status in (BROKEN, LEFT_OUT):
            return row, account, key, status, (), reasons, row.remarks
        try:
            booked = self._booked(row, account, side)
        except (TrimtabError, ArithmeticError) as fault:
            told = fault.what if isinstance(fault, TrimtabError) else "its numbers are larger or finer than any account holds"
            return row, account, key, *((BROKEN, (), (told,)) if status == READY else (status, (), reasons)), row.remarks
        if status == READY:
            status, reasons = self._after(row, booked, side)
        return row, account, key, status, booked.entries, reasons, row.remarks + booked.remarks

    def _before(self, row: Row, side: _Side, key: str) -> tuple[str, tuple[str, ...]]:
        """The status of a row by itself."""
        if row.problems:
            return BROKEN, row.problems
        if self._broken is not None:
            return BROKEN, (f"the file is broken (line {self._broken}): nothing of it is taken",)
        if row.kind is Kind.NOTE or not self._taken(row):
            return LEFT_OUT, ("nothing to book" if row.kind is Kind.NOTE else "not asked for",)
        if key in side.keys:
            number = side.keys[key]
            self._numbered(row, side, number)
            since = f", and entry {number} was cancelled since: `again` books it once more" if number in side.gone else ""
            return DUPLICATE, (f"it was imported before{since}",)
        if row.kind in STATEMENT and not row.entry:
            if side.trades:
                return LEFT_OUT, (
                    "the transactions of the file make up the position: take the statement alone to open an account",
                )
            if side.count:
                return BROKEN, ("the account has entries already: a statement opens an empty one, reconcile with it instead",)
        return READY, ()

    def _again(self, row: Row, account: str) -> str:
        """Why a row with an identifier is that of a row before; "" where it is not."""
        name = identity(row)
        if not name:
            return ""
        line, told = self._ids.setdefault((account, name), (row.line, content(row)))
        if (line, told) == (row.line, content(row)):
            return ""
        same = told == content(row)
        return f"it has the identifier of line {line}" + ("" if same else " but other content: which is right?")

    def _booked(self, row: Row, account: str, side: _Side) -> Booked:
        if not account:
            raise DataError("the source names no account: say which one it is")
        if not row.entry:
            return book(row, Place(self._register, side.currency, side.held))
        original = dict(row.original)
        entry = entry_cells.restore(row.entry, original, self._register.by_id, lambda number: _number(side, number))
        return Booked((entry,))

    def _after(self, row: Row, booked: Booked, side: _Side) -> tuple[str, tuple[str, ...]]:
        """The status of a row beside the entries of the book: the first of them that is alike makes it a duplicate."""
        same = likeness(booked.entries[0], side.currency)
        if side.alike[same] > 0:
            side.alike[same] -= 1
            self._numbered(row, side, next(n for n, one in enumerate(side.entries) if likeness(one, side.currency) == same))
            return DUPLICATE, ("the book has an entry of the same date, instrument, units and amount",)
        self._numbered(row, side, len(side.entries))
        side.entries += booked.entries
        return READY, ()

    def _numbered(self, row: Row, side: _Side, number: int) -> None:
        """Keep which number an entry of our own export has in the book."""
        said = dict(row.original).get("number", "") if row.entry else ""
        if said.isdecimal() and len(said) < 12:
            side.numbers[int(said)] = number


def cancelled(entries: Sequence[Entry]) -> frozenset[int]:
    """The numbers of the entries that never were."""
    return frozenset(entry.entry for entry in entries if isinstance(entry, Cancel))


def _number(side: _Side, number: int) -> int:
    """The number in the book of an entry of the file."""
    if number not in side.numbers:
        raise DataError(f"it refers to entry {number}, which is not among those imported")
    return side.numbers[number]


def repeated(rows: Sequence[Row]) -> list[Row]:
    """The rows, with a remark on one without an identifier that says the same as a row before."""
    seen: dict[tuple[str, str], int] = {}
    told = []
    for row in rows:
        here = (row.account, content(row))
        if row.external or row.problems or row.entry or row.kind is Kind.NOTE:
            told.append(row)
        elif here in seen:
            told.append(replace(row, remarks=(*row.remarks, f"it says the same as line {seen[here]}")))
        else:
            seen[here] = row.line
            told.append(row)
    return told
