"""Net asset value and weights at every session: what stood in the book after each change, at that session's prices."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from trimtab.accounting.conditions import Conditions
from trimtab.accounting.ledger import Ledger
from trimtab.core.arrays import Array
from trimtab.core.frictions import Financing, Holding


@dataclass(slots=True)
class Track:
    """The rows on which positions or cash changed, and what they were afterwards."""

    rows: list[int] = field(default_factory=list)
    units: list[Array] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)

    def note(self, row: int, ledger: Ledger) -> None:
        """Remember the book after everything that happened on session `row`."""
        if self.rows and self.rows[-1] == row:
            self.rows.pop()
            self.units.pop()
            self.cash.pop()
        self.rows.append(row)
        self.units.append(ledger.counts)
        self.cash.append(float(ledger.cash))

    def since(self, row: int) -> Track:
        """What stood at session `row`, and all changes after it."""
        first = max(bisect_right(self.rows, row) - 1, 0)
        return Track(self.rows[first:], self.units[first:], self.cash[first:])


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Wealth (T,) in currency, weights (T, A) and cash (T,) in currency at the sessions first..last."""

    wealth: Array
    weights: Array
    cash: Array


def mark(track: Track, conditions: Conditions, financing: Financing, *, last: int, holding: Holding | None = None) -> Marks:
    """Value the book at every session from the first change to `last`; gaps in `closes` must be carried already.

    What `holding` costs since the last change is taken off, as it will be charged.
    """
    begins = np.append(track.rows, last + 1)
    lengths = np.diff(begins)
    begun = np.repeat(begins[:-1], lengths)
    start = np.repeat(track.cash, lengths)
    rows = slice(track.rows[0], last + 1)
    growth = conditions.bills[rows] / conditions.bills[begun]
    cash = start + financing.accrue(start, growth, conditions.years[rows] - conditions.years[begun])
    units = np.repeat(track.units, lengths, axis=0)
    if holding is not None:
        worth = np.where(units == 0.0, 0.0, units * conditions.closes[begun])
        cash = cash - holding.accrue(worth, (conditions.years[rows] - conditions.years[begun])[:, np.newaxis]).sum(axis=1)
    values = np.where(units == 0.0, 0.0, units * conditions.closes[rows])
    wealth = values.sum(axis=1) + cash
    return Marks(wealth, values / wealth[:, None], cash)
