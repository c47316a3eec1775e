"""Drawdowns: how far wealth stood below its highest value so far, and for how long.

Wealth starts at 1, so a loss in the first period counts. A drawdown is a negative fraction. Rows count wealth: row 0 is
the start, row t the end of period t. Pain index and Ulcer index after Becker (2006) and Martin (1987), the Burke ratio
after Burke (1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import cagr, finite, over, unknown, wealth


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall: `depth` below zero, rows of the last high before it, of the lowest value, and of the first new high.

    `recovery` is None while the fall is not made good. `end` is the last row under water or the recovery.
    """

    depth: float
    peak: int
    trough: int
    recovery: int | None
    end: int

    @property
    def length(self) -> int:
        """Periods from the high to the recovery, or to the end of the data."""
        return self.end - self.peak


def drawdowns(returns: Array) -> Array:
    """Wealth relative to its running maximum less 1, (..., T + 1); the first column is 0."""
    path = wealth(returns)
    return np.asarray(path / np.maximum.accumulate(path, axis=-1) - 1.0)


def max_drawdown(returns: Array) -> Array:
    """The deepest drawdown, at most 0, shape (...)."""
    return np.asarray(drawdowns(returns).min(-1)) if returns.shape[-1] else unknown(returns)


def drawdown_table(returns: Array, *, count: int = 10) -> tuple[Drawdown, ...]:
    """The `count` deepest drawdowns of one series (T,), deepest first. Empty where wealth never fell or is unknown."""
    depth = drawdowns(returns)
    if not np.isfinite(depth).all():
        return ()
    under = np.concatenate([[False], depth[1:] < 0.0, [False]])
    first = np.flatnonzero(under[1:] & ~under[:-1]) + 1  # rows where a fall begins
    after = np.flatnonzero(~under[1:] & under[:-1]) + 1  # rows just after its last row under water
    if not len(first):
        return ()
    bounds = np.stack([first, after], axis=1).ravel()
    worst = np.minimum.reduceat(np.append(depth, 0.0), bounds)[::2]
    deepest = np.argsort(worst, kind="stable")[:count]
    return tuple(_one(depth, int(first[k]), int(after[k])) for k in deepest)


def _one(depth: Array, first: int, after: int) -> Drawdown:
    """The drawdown that is under water in rows first .. after - 1."""
    trough = first + int(depth[first:after].argmin())
    recovery = after if after < len(depth) else None
    return Drawdown(float(depth[trough]), first - 1, trough, recovery, after if recovery else after - 1)


def pain_index(returns: Array) -> Array:
    """Mean depth of wealth below its running maximum over all T periods, at least 0, shape (...)."""
    return -drawdowns(returns)[..., 1:].mean(-1) if returns.shape[-1] else unknown(returns)


def ulcer_index(returns: Array, *, ddof: int = 0) -> Array:
    """Root mean square of drawdowns, over T - `ddof` periods (quantstats divides by T - 1), shape (...)."""
    count = returns.shape[-1] - ddof
    return np.sqrt((drawdowns(returns)[..., 1:] ** 2).sum(-1) / count) if count > 0 else unknown(returns)


def calmar(returns: Array, per_year: float) -> Array:
    """Return per year over the depth of the deepest drawdown, shape (...). NaN where wealth never fell."""
    return over(cagr(returns, per_year), -max_drawdown(returns))


def pain_ratio(returns: Array, per_year: float) -> Array:
    """Return per year over the pain index, shape (...). NaN where wealth never fell."""
    return over(cagr(returns, per_year), pain_index(returns))


def martin_ratio(returns: Array, per_year: float, *, rf: float = 0.0, ddof: int = 0) -> Array:
    """Return per year above `rf` (a year) over the Ulcer index: the Ulcer performance index, shape (...)."""
    return over(cagr(returns, per_year) - rf, ulcer_index(returns, ddof=ddof))


def burke_ratio(returns: Array, per_year: float, *, rf: float = 0.0, spells: bool = False) -> Array:
    """Return per year above `rf` (a year) over the root of the sum of squared falls, shape (...). NaN without a fall.

    A fall is the depth below a high of wealth before the next one; where `spells`, a run of losing periods.
    """
    flat = returns.reshape(-1, returns.shape[-1])
    falls = np.array([_squares_of_spells(row) if spells else _squares_from_highs(row) for row in flat])
    return over(cagr(returns, per_year) - rf, np.sqrt(falls.reshape(returns.shape[:-1])))


def _squares_from_highs(returns: Array) -> float:
    """Sum of the squared depths of all drawdowns of one series (T,); NaN where wealth is unknown."""
    if not np.isfinite(wealth(returns)).all():
        return float("nan")
    return sum(fall.depth**2 for fall in drawdown_table(returns, count=len(returns)))


def _squares_of_spells(returns: Array) -> float:
    """PerformanceAnalytics compounds hundredths of the returns and multiplies by 100, so that they are all but summed."""
    total, product = 0.0, 1.0
    for value in [*returns.tolist(), 0.0]:  # a run ends at the first return that is no loss: no array holds its rows
        if value < 0.0:
            product *= 1.0 + value / 100.0
        else:
            total, product = total + (100.0 * (product - 1.0)) ** 2 + 0.0 * value, 1.0
    return total


def longest_drawdown(returns: Array) -> Array:
    """Most periods in a row from one high to the next, or to the end, shape (...); 0 where wealth never fell."""
    if not returns.shape[-1]:
        return unknown(returns)
    depth = drawdowns(returns)
    rows = np.arange(depth.shape[-1])
    last_high = np.maximum.accumulate(np.where(depth < 0.0, 0, rows), axis=-1)
    ended = np.where(depth < 0.0, rows - last_high, 0)
    closed = np.concatenate([ended[..., :-1] + (depth[..., 1:] >= 0.0) * (ended[..., :-1] > 0), ended[..., -1:]], axis=-1)
    return finite(np.where(np.isfinite(depth).all(-1), closed.max(-1), np.nan))
