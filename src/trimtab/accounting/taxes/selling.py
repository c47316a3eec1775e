"""What selling would be taxed, lot by lot: now, and put off to a day on which it is taxed less (METHODS 10).

Each lot is a tranche. Its tax is the gain, as a fraction of what it is worth, at the rate of its term; a loss saves as
much. There are two ways to be taxed less by waiting: to sell in the next tax year, which pays the same tax a year later,
and to sell once the gain is long-term. Floats: this is a belief about sales that nobody has made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

import numpy as np

from trimtab.accounting.matching import LeastTax
from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.taxes import Lot, LotMethod, Selling, TaxRates, TaxRegime, Term
from trimtab.core.terms import NonNegative, check_ranges

_YEAR = 365.0  # days
_LONG_STEP = 366  # no tax year is longer


@dataclass(frozen=True, slots=True)
class SaleTax:
    """What selling is taxed under a regime, for lots that leave by `method`, or as `order` says where it is given.

    Least tax is the order of the books: short-term losses, long-term losses, then by rising tax a unit; the tax of gains
    rises. Where the law pools, each asset is one tranche at average cost; with average cost by choice, lots keep their
    dates.

    Losses are never put off. For a gain, `later` and `wait` belong to the way that saves more among those which are no
    more than `soon` years off: the next tax year (the same tax, worth less by `discount` a year), or the long-term rate.
    Where neither is that near, they belong to the long-term rate, if that is lower. Both ways at once are not counted.
    Rates are those of the day of the sale.
    """

    regime: TaxRegime
    method: LotMethod = LotMethod.MIN_TAX
    discount: NonNegative = 0.04
    soon: NonNegative = 0.25
    order: LeastTax | None = None

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, lots: Sequence[Sequence[Lot]], prices: Array, nav: float, when: date) -> Selling:
        """Tranches (A, K) of the lots of each of A assets, oldest first, at `prices` (A,) in the currency of their costs.

        A lot that is worth nothing has weight zero. Raises InvariantError where an asset with lots has no price, and
        where the net asset value is not above zero; what the regime raises, where it knows no rates for the date.
        """
        _check(lots, prices, nav)
        rows = self._rows(lots, prices, when)
        found = _Flat.of(rows, prices)
        rates = self.regime.rates(when)
        long, turns = self._terms(found.acquired, when)
        now = found.gain * np.where(long, float(rates.long), float(rates.short))
        later, wait = self._later(found.gain, now, turns - when.toordinal(), (when, rates))
        least = self.method is LotMethod.MIN_TAX and self.order is None
        place = found.places(np.where(found.gain < 0.0, long, 2.0), now) if least else found.places()
        return _table(place, (len(rows), max(map(len, rows), default=0)), (found.value / nav, now, later, wait))

    def _rows(self, lots: Sequence[Sequence[Lot]], prices: Array, when: date) -> list[Sequence[Lot]]:
        """Lots asset by asset in the order in which units leave; by least tax they are sorted afterwards, all at once."""
        if self.regime.pools:
            return [(pooled(row),) if row else () for row in lots]
        if self.order is not None:
            pairs = zip(lots, prices, strict=True)
            return [self.order(row, decimal_of(price), when) if row else () for row, price in pairs]
        return [_chosen(row, self.method) for row in lots]

    def _terms(self, acquired: Index, when: date) -> tuple[Mask, Array]:
        """Whether each lot is long-term, and the day on which one that is not will be (ordinal; 0 where it is)."""
        days, back = np.unique(acquired, return_inverse=True)
        first = _first(len(days), lambda k: self.regime.term(date.fromordinal(int(days[k])), when) is Term.SHORT)
        turns = np.zeros(len(days))
        turns[first:] = [self.regime.turns(date.fromordinal(int(day))).toordinal() for day in days[first:]]
        return (np.arange(len(days)) < first)[back], turns[back]

    def _later(self, gain: Array, now: Array, days: Array, law: tuple[date, TaxRates]) -> tuple[Array, Array]:
        """Tax and wait (years) of each lot where it is put off; its tax now and infinity where that saves nothing."""
        when, rates = law
        january = (next_year(self.regime, when) - when).days / _YEAR
        put_off, turned = now / (1.0 + self.discount), np.where(days > 0.0, gain * float(rates.long), now)
        turning = days / _YEAR
        by_year = (january <= self.soon) & ((turning > self.soon) | (put_off < turned))
        later, wait = np.where(by_year, put_off, turned), np.where(by_year, january, turning)
        saves = (gain > 0.0) & (later < now)
        return np.where(saves, later, now), np.where(saves, wait, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """All lots one after the other (L,): number of the asset, value, gain as a fraction of it, date as an ordinal."""

    asset: Index
    value: Array
    gain: Array
    acquired: Index

    @classmethod
    def of(cls, rows: Sequence[Sequence[Lot]], prices: Array) -> _Flat:
        every = list(chain.from_iterable(rows))
        asset = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        value = np.array([float(lot.units) for lot in every]) * np.asarray(prices, dtype=float)[asset]
        cost = np.array([float(lot.cost) for lot in every])
        some = value > 0.0
        gain = np.where(some, value - cost, 0.0) / np.where(some, value, 1.0)
        return cls(asset, np.where(some, value, 0.0), gain, np.array([lot.acquired.toordinal() for lot in every], dtype=int))

    def places(self, *keys: Array) -> tuple[Index, Index, Index]:
        """Which lot stands where in a table: lots, their rows and columns; within an asset as they are, or by rising keys."""
        lot = np.lexsort((*reversed(keys), self.asset))
        row = self.asset[lot]
        return lot, row, np.arange(len(row)) - np.searchsorted(row, row)


def pooled(lots: Sequence[Lot]) -> Lot:
    """All lots of an asset, one at least, as one at average cost, as old as the oldest."""
    with exact():
        units, cost = sum((lot.units for lot in lots), ZERO), sum((lot.cost for lot in lots), ZERO)
    oldest = min(lots, key=lambda lot: lot.acquired)
    return oldest._replace(units=units, cost=cost)


def next_year(regime: TaxRegime, when: date) -> date:
    """The first day of the tax year after that of `when`."""
    year = regime.year(when)
    ahead = _first(_LONG_STEP, lambda k: regime.year(when + timedelta(days=k)) > year)
    return when + timedelta(days=ahead)


def _chosen(lots: Sequence[Lot], method: LotMethod) -> Sequence[Lot]:
    """Lots of one asset, oldest first, in the order in which a method sells them; least tax: as they are."""
    if method is LotMethod.LIFO:
        return lots[::-1]
    if method in (LotMethod.HIFO, LotMethod.LOWEST_GAIN):  # at one price the dearest gains least
        return sorted(lots, key=lambda lot: -lot.cost / lot.units)
    if method is LotMethod.AVERAGE and lots:
        whole = pooled(lots)
        with exact():
            return [lot._replace(cost=whole.cost * lot.units / whole.units) for lot in lots]
    return lots


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """The first of 0, 1, ..., `count` - 1 for which `holds` is true, as it is for all after it; `count` if for none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _table(place: tuple[Index, Index, Index], shape: tuple[int, int], columns: Sequence[Array]) -> Selling:
    """Columns (L,) as tables (A, K), filled up with weight zero, tax zero, and a wait without end."""
    lot, row, column = place
    filled = np.zeros((len(columns), *shape))
    filled[-1] = np.inf
    for table, values in zip(filled, columns, strict=True):
        table[row, column] = values[lot]
    return Selling(*filled)


def _check(lots: Sequence[Sequence[Lot]], prices: Array, nav: float) -> None:
    if len(lots) != len(prices):
        raise ParameterError(f"lots of {len(lots)} assets and prices of {len(prices)}", field="lots")
    if not 0.0 < nav < np.inf:
        raise InvariantError(f"weights need a net asset value above zero, and it is {nav}")
    held = np.array([bool(row) for row in lots], dtype=bool)
    if not np.isfinite(np.asarray(prices, dtype=float)[held]).all():
        raise InvariantError("something is held that has no price: what selling it is taxed is not known")
