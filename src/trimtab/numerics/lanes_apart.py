"""Lanes that share their decision dates, and have prices of their own: accounts on many possible histories.

The account is that of `lanes`: valued, brought back inside the fence, sent towards its goal as far as bands and turnover
budgets leave, costs paid out of it. Only rows that matter are kept: those decided at, filled at, and valued at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.numerics.lanes import Fence
from trimtab.numerics.lanes_stepped import after, counted, cut, repaired

_HAIR = 1.0 + 1e-12  # what rounding does to a drift that ends on its band
_TINY = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """Prices to value at and to trade at (R, A, K), and the growth of cash (R, K), at R rows of each of K histories."""

    closes: Array
    fills: Array
    bank: Array
    capital: float


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Rows (n,) decided at and filled at, rows valued at (M,), and the periods of budgets (B, n). All rise."""

    decided: Index
    filled: Index
    marked: Index
    periods: Index


@dataclass(frozen=True, slots=True)
class Bands:
    """Drifts that are left alone: of the portfolio (one-way), of each asset in weight, and relative to its goal; 0 is none.

    An asset is out by the narrower of its two bands; the account trades as soon as one is.
    """

    whole: float = 0.0
    each: float = 0.0
    relative: float = 0.0

    def stay(self, base: Array, goal: Array, drift: Array) -> Mask:
        """Which lanes (K,) stay where they are: `base` and `goal` (A, K), `drift` (K,) one way between them."""
        stays = drift <= self.whole * _HAIR
        if self.each or self.relative:
            share = self.relative * np.abs(goal) if self.relative else np.full(goal.shape, self.each)
            width = np.minimum(share, self.each) if self.each else share
            stays = stays | (np.abs(base - goal) <= width * _HAIR).all(axis=0)
        return np.asarray(stays & (drift > 0.0))


@dataclass(slots=True, eq=False)
class _Account:
    """K accounts as they stand after a decision: units (A, K), cash (K,) since `row`, turnover used of budgets (B, K)."""

    units: Array
    cash: Array
    row: int
    used: Array


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """One run of K lanes under one fence, one cost rate and one set of bands."""

    grounds: Grounds
    steps: Steps
    fence: Fence
    rate: float
    bands: Bands = field(default_factory=Bands)

    def wealth(self, goals: Array) -> Array:
        """(M, K) wealth at the marked rows, under goals (n, A, K) inside the fence; the capital up to the first decision.

        Lanes are told apart by nothing but their prices and goals, so each is the same alone.
        """
        steps, grounds = self.steps, self.grounds
        marks, rows = np.full((len(steps.marked), grounds.closes.shape[2]), grounds.capital), len(grounds.closes)
        count = int(np.searchsorted(steps.filled, rows))
        if not count:
            return self._grown(marks)
        account = self._opened(marks.shape[1])
        self._value(account, marks, int(steps.filled[0]))
        for n in range(count):
            end = int(steps.filled[n + 1]) if n + 1 < count else rows
            self._decide(account, n, goals[n])
            self._value(account, marks, end)
        return marks

    def _grown(self, marks: Array) -> Array:
        """Cash alone, since nothing is ever filled."""
        if len(self.steps.decided):
            self._value(self._opened(marks.shape[1]), marks, len(self.grounds.closes))
        return marks

    def _opened(self, lanes: int) -> _Account:
        assets, budgets = self.grounds.closes.shape[1], len(self.fence.budgets)
        cash = np.full(lanes, self.grounds.capital)
        return _Account(np.zeros((assets, lanes)), cash, int(self.steps.decided[0]), np.zeros((budgets, lanes)))

    def _value(self, account: _Account, marks: Array, end: int) -> None:
        """Fill the marks from the row of the last trade to before `end`; at the first decision itself there is the capital."""
        grounds, marked = self.grounds, self.steps.marked
        first, last = np.searchsorted(marked, [max(account.row, int(self.steps.decided[0]) + 1), end])
        for m in range(int(first), int(last)):
            row = int(marked[m])
            growth = grounds.bank[row] / grounds.bank[account.row]
            marks[m] = np.einsum("ak,ak->k", account.units, grounds.closes[row]) + growth * account.cash

    def _decide(self, account: _Account, n: int, goal: Array) -> None:
        """One decision of every lane, filled."""
        grounds, (row, trade) = self.grounds, (int(self.steps.decided[n]), int(self.steps.filled[n]))
        closes, rate = grounds.closes[row], np.full(goal.shape[1], self.rate)
        held = account.units * closes
        since = grounds.bank[account.row]
        nav = account.cash * (grounds.bank[row] / since) + held.sum(axis=0)
        self._renew(account, n)
        target, mended = self._aim(goal, held, nav, account.used if n else None)
        sought = target * after(target, held, nav, rate) / closes - account.units
        cash = account.cash * (grounds.bank[trade] / since)
        moves = sought * (closes if trade == row and grounds.fills is grounds.closes else grounds.fills[trade])
        part = cut(sought, moves, cash, rate)
        account.units = account.units + sought
        account.cash = cash - moves.sum(axis=0) - rate * np.abs(moves).sum(axis=0)
        account.row = trade
        if n and len(account.used):
            account.used += counted(moves / nav, mended, part)

    def _renew(self, account: _Account, n: int) -> None:
        """Budgets are whole again where a period begins."""
        if n and len(account.used):
            account.used[self.steps.periods[:, n] != self.steps.periods[:, n - 1]] = 0.0

    def _aim(self, goal: Array, held: Array, nav: Array, used: Array | None) -> tuple[Array, Array | None]:
        """Targets (A, K), and what repaired a breach (A, K); first funding knows neither bands nor budgets."""
        banded = self.bands != Bands()
        if used is None or not (len(used) or banded):
            return goal, None
        weights = held / nav
        base = repaired(weights, self.fence)
        way = goal - base
        turn = 0.5 * (np.abs(way).sum(axis=0) + np.abs(way.sum(axis=0)))
        left = np.maximum(self.fence.budgets[:, np.newaxis] - used, 0.0).min(axis=0, initial=np.inf)
        share = np.where(turn <= left, 1.0, left / np.maximum(turn, _TINY))
        if banded:
            share = np.where(self.bands.stay(base, goal, turn), 0.0, share)
        return np.where(share == 1.0, goal, base + share * way), base - weights
