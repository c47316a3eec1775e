"""Wealth of several accounts at every session: what was noted of them last, at that session's prices.

It is `accounting.marks` over many accounts at once: between two notes cash accrues and holding costs from the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.accounting.conditions import Conditions
from trimtab.core.arrays import Array, Index
from trimtab.core.frictions import Financing, Holding
from trimtab.desk.twin_holdings import EVERYONE, Holdings, Who


@dataclass(slots=True)
class Marking:
    """Writes wealth (V, T) session by session, and weights (V, T, A) where they are asked for; NaN without an account."""

    holdings: Holdings
    conditions: Conditions
    financing: Financing
    holding: Holding | None
    wealth: Array
    weights: Array | None = None
    _units: Array = field(init=False)
    _cash: Array = field(init=False)
    _begun: int | Index = 0  # the sessions of the last notes
    _upto: int = 0  # sessions before it are written
    _closes: Array = field(init=False)

    def __post_init__(self) -> None:
        self._units = np.zeros(self.holdings.quanta.shape)
        self._cash = np.full(len(self._units), np.nan)
        closes = self.conditions.closes
        self._closes = np.where(np.isfinite(closes), closes, 0.0)  # what has no price is not held: it adds nothing

    def note(self, row: int, who: Who = EVERYONE) -> None:
        """Remember these accounts after everything that happened on session `row`."""
        self.upto(row)
        self._upto = row
        if isinstance(who, slice):
            self._units, self._cash, self._begun = self.holdings.units, self.holdings.cash.copy(), row
            return
        self._units, self._cash = self._units.copy(), self._cash.copy()
        self._units[who], self._cash[who] = self.holdings.quanta[who] / self.holdings.scale, self.holdings.cash[who]
        begun = np.broadcast_to(np.asarray(self._begun), self._cash.shape).copy()
        begun[who] = row
        self._begun = begun

    def upto(self, row: int) -> None:
        """Write every session before `row`."""
        if row <= self._upto:
            return
        rows, begun, now = slice(self._upto, row), self._begun, self.conditions
        growth = now.bills[rows] / np.asarray(now.bills[begun])[..., np.newaxis]
        years = now.years[rows] - np.asarray(now.years[begun])[..., np.newaxis]
        cash = self._cash[:, np.newaxis]
        money = cash + self.financing.accrue(cash, growth, years)
        if self.holding is not None:
            values = self._units * self._closes[begun]
            money = money - self.holding.accrue(values[:, np.newaxis], years[..., np.newaxis]).sum(axis=-1)
        # einsum and not a product of matrices: a row has the same bits in every batch
        wealth = np.einsum("va,ta->vt", self._units, self._closes[rows]) + money
        self.wealth[:, rows] = wealth
        if self.weights is not None:
            self.weights[:, rows] = self._units[:, np.newaxis] * self._closes[rows] / wealth[..., np.newaxis]
        self._upto = row

    def average(self, since: int, row: int, who: Index) -> Array:
        """Mean wealth (N,) at the closes after session `since`, up to `row`."""
        self.upto(row + 1)
        return np.asarray(self.wealth[who, since + 1 : row + 1].mean(axis=-1))
