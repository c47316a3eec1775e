"""The book of record: an append-only fold of entries. Positions and cash are read from it, exactly, in Decimal.

`replay` is the plain fold and the reference; `Ledger` keeps the running answer, and the tests hold one to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array, Dates, frozen
from trimtab.core.entries import Delisting, Dividend, Entry, Fee, Fill, Flow, Interest, Split
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact
from trimtab.core.trades import Book, Purchases, Turnover


@dataclass(frozen=True, slots=True)
class Positions:
    """Units of each asset and cash, exactly."""

    units: tuple[Decimal, ...]
    cash: Decimal


def replay(entries: Iterable[Entry], count: int) -> Positions:
    """Positions and cash after `entries`, for `count` assets, from nothing."""
    units = [ZERO] * count
    cash = ZERO
    for entry in entries:
        cash += cash_of(entry)
        if isinstance(entry, Fill | Split | Delisting):
            units[entry.asset] += entry.units
    return Positions(tuple(units), cash)


def cash_of(entry: Entry) -> Decimal:
    """What an entry adds to cash."""
    if isinstance(entry, Fill):
        return entry.amount - entry.cost
    return -entry.amount if isinstance(entry, Fee) else entry.amount


class Ledger:
    """The entries of one account with `count` assets, and the running positions.

    Turnover is kept by decision: room for `capacity` decisions, one-way moves with cash last.
    """

    __slots__ = ("_bought", "_counts", "_dates", "_moves", "_seen", "_taken", "cash", "entries", "funded", "units")

    def __init__(self, count: int, capacity: int = 0) -> None:
        self.entries: list[Entry] = []
        self.units: list[Decimal] = [ZERO] * count
        self.cash = ZERO
        self.funded = False
        self._taken = 0
        self._counts: Array | None = None
        self._bought: list[tuple[date, int, float]] | None = None  # date, asset, units of today; None: nobody asks
        self._keep(np.empty(capacity, dtype="datetime64[D]"), np.empty((capacity, count + 1)))

    def _keep(self, dates: Dates, moves: Array) -> None:
        self._dates, self._moves = dates, moves
        self._seen = (frozen(dates), frozen(moves))  # what is handed out is read-only

    def fill(self, fills: Sequence[Fill]) -> None:
        """Append the fills of one trade."""
        units, cash = self.units, self.cash
        if self._bought is not None:
            self._bought += [(fill.when, fill.asset, float(fill.units)) for fill in fills if fill.units > 0]
        for _, asset, bought, _, amount, cost, _ in fills:
            units[asset] += bought
            cash += amount - cost
        self.cash = cash
        self.funded, self._counts = self.funded or bool(fills), None
        self.entries += fills

    def post(self, entry: Entry) -> None:
        """Append one entry."""
        if isinstance(entry, Fill):
            self.fill((entry,))
            return
        if isinstance(entry, Split | Delisting):
            before = self.units[entry.asset]
            self.units[entry.asset] += entry.units
            self._counts = None
            if self._bought and isinstance(entry, Split):
                ratio = float(self.units[entry.asset] / before)
                self._bought = [(on, a, n * ratio if a == entry.asset else n) for on, a, n in self._bought]
        self.cash += cash_of(entry)
        self.entries.append(entry)

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


@dataclass(frozen=True, slots=True)
class AssetResult:
    """Where the change in net asset value came from, for one asset; all in base currency, cost above 0 takes money."""

    price: Decimal
    income: Decimal
    cost: Decimal

    @property
    def total(self) -> Decimal:
        """Price result and income, less costs."""
        with exact():
            return self.price + self.income - self.cost


@dataclass(frozen=True, slots=True)
class AccountResult:
    """Results by asset, interest on cash and fees: they add up to the change in net asset value less flows, exactly."""

    assets: tuple[AssetResult, ...]
    interest: Decimal
    fees: Decimal
    flows: Decimal
    nav: Decimal

    @property
    def residual(self) -> Decimal:
        """What is unexplained: zero, or the ledger is wrong."""
        with exact():
            explained = sum((asset.total for asset in self.assets), ZERO) + self.interest - self.fees
            return self.nav - self.flows - explained


def result(entries: Sequence[Entry], closing: Sequence[Decimal]) -> AccountResult:
    """Split the life of an account, from nothing to positions valued at `closing` prices (A,), by asset and cause."""
    count = len(closing)
    units, amount, income, cost = ([ZERO] * count for _ in range(4))
    other = {Interest: ZERO, Fee: ZERO, Flow: ZERO}
    for entry in entries:
        if isinstance(entry, Fill):
            units[entry.asset] += entry.units
            amount[entry.asset] += entry.amount
            cost[entry.asset] += entry.cost
        elif isinstance(entry, Split | Delisting):
            units[entry.asset] += entry.units
            amount[entry.asset] += entry.amount
        elif isinstance(entry, Dividend):
            income[entry.asset] += entry.amount
        else:
            other[type(entry)] += entry.amount
    interest, fees, flows = other[Interest], other[Fee], other[Flow]
    cash = flows + interest - fees + sum(amount, ZERO) + sum(income, ZERO) - sum(cost, ZERO)
    values = [held * price if held else ZERO for held, price in zip(units, closing, strict=True)]
    assets = tuple(AssetResult(values[a] + amount[a], income[a], cost[a]) for a in range(count))
    return AccountResult(assets, interest, fees, flows, cash + sum(values, ZERO))
