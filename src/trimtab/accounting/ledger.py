"""The book of record: an append-only fold of entries. Positions and cash are read from it, exactly, in Decimal.

`replay` is the plain fold and the reference; `Ledger` keeps the running answer, and the tests hold one to the other. Units
and cash are sums, so that an entry that comes late or is cancelled is only added or taken off; lots go by the order in
which entries took effect, which `history` keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from trimtab.accounting.history import History, cancelled
from trimtab.accounting.lots import Lots
from trimtab.accounting.moves import moves_of, require_amounts, units_of
from trimtab.accounting.staging import Bought, Staged
from trimtab.core.arrays import Array, Dates, frozen
from trimtab.core.entries import Cancel, Dividend, Entry, Fee, Fill, Flow, Interest, Tax, Variation
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact
from trimtab.core.trades import Book, Purchases, Turnover

# What moves cash of one currency and nothing else, and whether it adds to it: `moves.cash_of`, in the time of a backtest.
_PLAIN: Mapping[type, bool] = {Dividend: True, Fee: False, Flow: True, Interest: True, Tax: False, Variation: True}


@dataclass(frozen=True, slots=True)
class Positions:
    """Units of each asset, cash in the base currency, and cash in other currencies by code, exactly."""

    units: tuple[Decimal, ...]
    cash: Decimal
    purses: Mapping[str, Decimal] = field(default_factory=dict)


def replay(entries: Sequence[Entry], count: int, currency: str = "") -> Positions:
    """Positions and cash after `entries`, for `count` assets or more, from nothing; `currency` is the code of the base."""
    gone = cancelled(entries)
    units, purses = [ZERO] * count, {"": ZERO}
    for number, entry in enumerate(entries):
        if number in gone:
            continue
        for name, amount in moves_of(entry):
            code = "" if name == currency else name
            purses[code] = purses.get(code, ZERO) + amount
        for asset, change in units_of(entry):
            units += [ZERO] * (asset + 1 - len(units))
            units[asset] += change
    return Positions(tuple(units), purses.pop(""), purses)


class Ledger:
    """The entries of one account with `count` assets, or more as entries name them, and the running positions.

    `cash` is that of the base currency, whose code is `currency`; `purses` hold the others by code. `futures` are the
    numbers of assets that may be sold short. `lots`, where handed in, are kept in step. Entries that can never be are
    refused with InvariantError, and nothing changes: more is sold than is held, an amount is no number, a number is unknown.
    Without lots that is told from what is held after all entries, with lots on every day. Turnover is kept by decision:
    room for `capacity` decisions, one-way moves with cash last. Call it within `core.money.exact()`.
    """

    __slots__ = (
        "_bought",
        "_cancelled",
        "_counts",
        "_dates",
        "_history",
        "_moves",
        "_seen",
        "_taken",
        "cash",
        "currency",
        "entries",
        "funded",
        "futures",
        "purses",
        "units",
    )

    def __init__(
        self, count: int, capacity: int = 0, *, lots: Lots | None = None, futures: Iterable[int] = (), currency: str = ""
    ) -> None:
        self.entries: list[Entry] = []
        self.units: list[Decimal] = [ZERO] * count
        self.cash, self.purses, self.currency = ZERO, dict[str, Decimal](), currency or (lots.money.code if lots else "")
        self.futures = frozenset(futures) | (lots.futures if lots else frozenset())
        self.funded = False
        self._history = History(lots, self.entries) if lots is not None else None
        self._cancelled: set[int] = set()
        self._taken = 0
        self._counts: Array | None = None
        self._bought: Bought | None = None  # None: nobody asks
        self._keep(np.empty(capacity, dtype="datetime64[D]"), np.empty((capacity, count + 1)))

    def _keep(self, dates: Dates, moves: Array) -> None:
        self._dates, self._moves = dates, moves
        self._seen = (frozen(dates), frozen(moves))  # what is handed out is read-only

    @property
    def lots(self) -> Lots | None:
        """The lots, where there are any."""
        return self._history.lots if self._history is not None else None

    def fill(self, fills: Sequence[Fill]) -> None:
        """Append the fills of one trade."""
        units, cash, count = self.units.copy(), self.cash, len(self.units)
        for _, asset, bought, price, amount, cost, _, code, _ in fills:
            if (code and code != self.currency) or not 0 <= asset < count:
                self.extend(fills)
                return
            units[asset] = held = units[asset] + bought
            if not (held.is_finite() and price.is_finite()) or (held.is_signed() and held < 0 and bought < 0):
                self._refuse(fills)
            cash += amount - cost
        if not cash.is_finite():
            self._refuse(fills)
        if self._history is not None:
            if len(fills) == 1:
                self._history.add(len(self.entries), fills[0])
            else:
                self._history.post(list(enumerate(fills, len(self.entries))))
        self.units, self.cash = units, cash
        self.funded, self._counts = self.funded or bool(fills), None
        self.entries += fills
        if self._bought is not None:
            self._bought += [(fill.when, fill.asset, float(fill.units)) for fill in fills if fill.units > 0]

    def _refuse(self, fills: Sequence[Fill]) -> None:
        """Raise InvariantError, except where what goes below zero are futures."""
        held = self.units.copy()
        for fill in fills:
            require_amounts(fill)
            before, held[fill.asset] = held[fill.asset], held[fill.asset] + fill.units
            if held[fill.asset] < 0 and fill.units < 0 and fill.asset not in self.futures:
                raise InvariantError(f"{-fill.units} units of asset {fill.asset} are sold, {before} are held")

    def post(self, entry: Entry) -> None:
        """Append one entry."""
        adds = _PLAIN.get(type(entry))
        if adds is not None and (not entry.currency or entry.currency == self.currency):  # type: ignore[union-attr]
            amount: Decimal = entry.amount  # type: ignore[union-attr]
            if not amount.is_finite():
                require_amounts(entry)
            self.cash = self.cash + amount if adds else self.cash - amount
            self.entries.append(entry)
        elif isinstance(entry, Fill):
            self.fill((entry,))
        else:
            self.extend((entry,))

    def extend(self, entries: Sequence[Entry]) -> None:
        """Append entries that stand together: only what they leave must be possible, not what comes between them.

        So a cancellation and what stands in its place are posted, and a book is read back.
        """
        with exact():
            staged = Staged(self.entries, self.units, {"": self.cash, **self.purses}, self._cancelled, self.currency)
            bought = self._bought
            for entry in entries:
                bought = staged.add(entry, bought)
            staged.check(self.futures)
            if self._history is None:
                staged.check_mergers()
            else:
                self._history.post(list(enumerate(entries, len(self.entries))))
        self.units, self.cash, self.purses = staged.units, staged.purses.pop(""), staged.purses
        self._cancelled |= staged.cancelled
        self._counts, self._bought = None, bought
        self.funded = self.funded or any(isinstance(entry, Fill) for entry in entries)
        self.entries += entries

    def correct(self, number: int, entry: Entry) -> None:
        """Put `entry` in the place of the entry `number`."""
        self.extend((Cancel(entry.when, number), entry))

    @property
    def counts(self) -> Array:
        """Units (A,) as floats, for marks and weights."""
        if self._counts is None:
            self._counts = frozen(np.array(list(map(float, self.units))))
        return self._counts

    def record_turnover(self, when: np.datetime64, moves: Array) -> None:
        """Keep half the changes of weight (A + 1,) that the fills of the decision made on `when` brought, cash last."""
        if self._taken == len(self._dates):
            more = max(8, self._taken)
            dates = np.concatenate([self._dates, np.empty(more, dtype="datetime64[D]")])
            self._keep(dates, np.concatenate([self._moves, np.empty((more, self._moves.shape[1]))]))
        self._dates[self._taken] = when
        self._moves[self._taken] = moves
        self._taken += 1

    @property
    def turnover(self) -> Turnover:
        """One-way turnover of past fills by decision date."""
        dates, moves = self._seen
        return Turnover(dates[: self._taken], moves[: self._taken])

    def remember_purchases(self) -> None:
        """Keep from now on what was bought when: limits on holding periods ask."""
        self._bought = self._bought or []

    @property
    def bought(self) -> Purchases | None:
        """What was bought when, in the units of today; None where nobody asked to keep it."""
        if self._bought is None:
            return None
        units = np.zeros((len(self._bought), len(self.units)))
        for row, (_, asset, count) in enumerate(self._bought):
            units[row, asset] = count
        return Purchases(np.array([on for on, _, _ in self._bought], dtype="datetime64[D]"), units)

    def book(self, when: np.datetime64, prices: Array) -> Book:
        """The account at `prices` (A,) in currency a unit, as decisions see it: exact money turned into weights.

        Raises InvariantError where nothing is left to manage or a held asset has no price.
        """
        units, cash = tuple(self.units), float(self.cash)
        count = self.counts
        values = count * prices
        nav = cash + float(np.add.reduce(values))
        if nav != nav:  # an asset that is not held may have no price
            values = np.where(count == 0.0, 0.0, values)
            nav = cash + float(values.sum())
        if not nav > 0.0:
            what = f"the account is worth {nav:.2f} on {when}"
            raise InvariantError(what, remedy="Ruin, or a held asset has no price.")
        values /= nav
        values.flags.writeable = False
        return Book(when, values, nav, cash, prices, units, self.cash, self.turnover, self.funded, bought=self.bought)
