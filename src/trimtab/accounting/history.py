"""The order in which entries took effect: by date, then what happens before the session, then the order of posting.

A cancelled entry never was, at any date. `effective` is the plain reading; `History` keeps lots in step with a book whose
entries come late or are cancelled: what is last in order is folded in, anything else winds back to a copy of the lots made
before it and folds again from there.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import date
from decimal import getcontext
from itertools import pairwise
from typing import NamedTuple

from trimtab.accounting.lots import Lots
from trimtab.core.entries import (
    Adjustment,
    Cancel,
    Delisting,
    Entry,
    Fill,
    Merger,
    Opening,
    ReturnOfCapital,
    SpinOff,
    Split,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import exact

Key = tuple[date, int, int]  # date, rank, number
Numbered = tuple[int, Entry]

_BEFORE = frozenset({Split, Merger, SpinOff, Opening})  # before the session, and before all else of their date
_LOTS = frozenset({Fill, Opening, ReturnOfCapital, Split, Merger, SpinOff, Delisting, Adjustment})
_DIGITS = 34  # those of `exact`, which takes its time to enter
_SPACING = 500  # entries between two copies
_COPIES = 24


def key_of(number: int, entry: Entry) -> Key:
    """The place of an entry in the order of effect."""
    return entry.when, 0 if type(entry) in _BEFORE else 1, number


def cancelled(entries: Sequence[Entry]) -> set[int]:
    """Numbers of the entries that never were."""
    return {entry.entry for entry in entries if isinstance(entry, Cancel)}


def effective(entries: Sequence[Entry]) -> list[Numbered]:
    """The entries that stand, with their numbers, in the order in which they took effect; cancellations are left out."""
    gone = cancelled(entries)
    stand = [(n, entry) for n, entry in enumerate(entries) if n not in gone and not isinstance(entry, Cancel)]
    return sorted(stand, key=lambda pair: key_of(*pair))


def as_of(entries: Sequence[Entry], on: date) -> list[Numbered]:
    """`effective` up to the end of the day `on`, by all that has been posted by now."""
    return [(number, entry) for number, entry in effective(entries) if entry.when <= on]


class _Copy(NamedTuple):
    """Lots after the first `folded` entries in order; `gains` is how many they had brought."""

    folded: int
    lots: Lots
    gains: int


class History:
    """Posts to `lots` what is posted to the book, in the order of effect. All or nothing of what comes at once."""

    __slots__ = ("_copies", "_entries", "_order", "_winds", "lots")

    def __init__(self, lots: Lots, entries: Sequence[Entry]) -> None:
        self.lots, self._entries = lots, entries  # those of the book: what is posted is not yet among them
        self._order: list[Key] = []  # of what changes lots
        self._copies: list[_Copy] = []
        self._winds = False  # nothing ever came late: no copies are made

    def add(self, number: int, entry: Entry) -> None:
        """`post` of one entry, in the usual time where it comes last in order."""
        kind, order = type(entry), self._order
        if kind not in _LOTS:
            return
        key = (entry.when, 0 if kind in _BEFORE else 1, number)
        if order and key < order[-1]:
            self.post(((number, entry),))
            return
        if getcontext().prec >= _DIGITS:
            self.lots.post(number, entry)
        else:
            with exact():
                self.lots.post(number, entry)
        order.append(key)
        if self._winds:
            self._copy(self._copies, self.lots, len(order))

    def post(self, added: Sequence[Numbered]) -> None:
        """Fold in numbered entries. Raises InvariantError, and changes nothing, where the lots of any day cannot be."""
        gone = {entry.entry for _, entry in added if isinstance(entry, Cancel)}
        fresh = {n: entry for n, entry in added if type(entry) in _LOTS and n not in gone}
        keys = [key_of(number, entry) for number, entry in fresh.items()]
        gone = {number for number in gone if number < len(self._entries) and type(self._entries[number]) in _LOTS}
        with exact():
            if gone or not self._follow(keys):
                self._rewind(fresh, sorted(keys), gone)
            else:
                self._append(fresh, keys)

    def _follow(self, keys: Sequence[Key]) -> bool:
        """All come after what is there, in their order."""
        before = self._order[-1:] + list(keys)
        return all(one < two for one, two in pairwise(before))

    def _append(self, fresh: dict[int, Entry], keys: Sequence[Key]) -> None:
        for done, (number, entry) in enumerate(fresh.items()):
            try:
                self.lots.post(number, entry)
            except Exception:
                if done and self.lots.watcher is None:  # of several, the first ones stand in the lots already
                    self._rewind({}, [], set())
                raise
        self._order.extend(keys)
        if self._winds:
            self._copy(self._copies, self.lots, len(self._order))

    def _rewind(self, fresh: dict[int, Entry], keys: Sequence[Key], gone: set[int]) -> None:
        """Fold again from the earliest change on."""
        if self.lots.watcher is not None:
            what = "an entry comes late or is cancelled, and these lots are watched"
            raise InvariantError(what, remedy="Fold the whole household again from its entries.")
        order, first = self._order.copy(), len(self._order)
        for number in gone:
            at = bisect_left(order, key_of(number, self._entries[number]))
            del order[at]
            first = min(first, at)
        for key in keys:
            first = min(first, bisect_left(order, key))
            insort(order, key)
        copies = [copy for copy in self._copies if copy.folded <= first]
        lots = self._fold(order, fresh, copies)
        self.lots.become(lots)
        self._order, self._copies, self._winds = order, copies, True

    def _fold(self, order: Sequence[Key], fresh: dict[int, Entry], copies: list[_Copy]) -> Lots:
        """Lots after all of `order`, from the last copy on; further copies are made on the way."""
        if not copies:
            copies.append(_Copy(0, self.lots.empty(), 0))
        folded, kept, count = copies[-1]
        lots = kept.copy()
        lots.gains = self.lots.gains[:count]
        for at in range(folded, len(order)):
            self._copy(copies, lots, at)
            number = order[at][2]
            lots.post(number, fresh[number] if number in fresh else self._entries[number])
        return lots

    def _copy(self, copies: list[_Copy], lots: Lots, folded: int) -> None:
        if folded - copies[-1].folded >= _SPACING:
            copies.append(_Copy(folded, lots.copy(gains=False), len(lots.gains)))
            if len(copies) > _COPIES:  # fewer of the older ones: what comes late is seldom very late
                copies[1 : _COPIES // 2] = copies[1 : _COPIES // 2 : 2]
