"""How much of the result is luck of the calendar: of the first day, and of the day on which it is rebalanced.

Start-date luck: the figures of the same wealth path from each of its first starts, and the worst of all holding periods of n
years. Rebalance-day luck: the same rules decided on other days of the month (Hoffstein, Sibears and Faber 2019, "Rebalance
timing luck: the difference between hired and fired"); equal capital in each of the days, never rebalanced between them, is
the staggered portfolio that does not depend on any (Blitz, van der Grient and van Vliet 2010 call it overlapping).

Wealth is (..., T), oldest first, above zero at the beginning; T values hold T - 1 periods, of which `per_year` make a year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.returns import NO_SPREAD, cagr, finite, over, returns_of, spread
from trimtab.numerics.timing import timing_luck
from trimtab.validation.percents import number, percent, signed


@dataclass(frozen=True, slots=True, eq=False)
class StartLuck:
    """Figures a year by start: `cagr` (S,) and `sharpe` (S,) of the path from its row 0, 1, ... S - 1 to its end."""

    cagr: Array
    sharpe: Array

    @property
    def range(self) -> float:
        """Greatest less least growth a year; NaN where one is unknown or there is no start."""
        return float(np.ptp(self.cagr)) if len(self.cagr) else math.nan

    @property
    def words(self) -> str:
        """One sentence."""
        if not math.isfinite(self.range):
            return "The luck of the start is unknown: the path is shorter than two years, or some of it is unknown."
        ends = f"{percent(float(self.cagr.min()))} to {percent(float(self.cagr.max()))} a year"
        ratio = f"Sharpe ratio {number(float(self.sharpe.min()))} to {number(float(self.sharpe.max()))}"
        return f"By the choice of {len(self.cagr)} starts the same path grew by {ends}, with a {ratio}."


@dataclass(frozen=True, slots=True)
class WorstStart:
    """The holding period of `years` with the least growth a year: `value` from row `start`, out of `starts`; NaN without any.

    `lost` is the share of the starts after which less was there than before.
    """

    years: float
    start: int
    value: float
    starts: int
    lost: float

    @property
    def words(self) -> str:
        """One sentence."""
        if not math.isfinite(self.value):
            return f"The worst {self.years:g} years are unknown: the path is shorter, or some of it is unknown."
        losers = f"{percent(self.lost, 0)} of {self.starts} starts lost money"
        return f"Held for {self.years:g} years, the worst start brought {signed(self.value)} a year; {losers}."


@dataclass(frozen=True, slots=True)
class DayLuck:
    """Growth a year over `days` rebalance days: mean, least, most, standard deviation (ddof 1), and that of the tranches."""

    days: int
    mean: float
    least: float
    most: float
    deviation: float
    staggered: float

    @property
    def range(self) -> float:
        """Greatest less least growth a year."""
        return self.most - self.least

    @property
    def words(self) -> str:
        """One sentence."""
        if not math.isfinite(self.range):
            return "The luck of the rebalance day is unknown: a path is too short, or some of it is unknown."
        found = f"{percent(self.least)} to {percent(self.most)} a year, {percent(self.range)} apart"
        return f"By the choice of {self.days} rebalance days it grew by {found}; equal parts on all: {percent(self.staggered)}."


def start_cagr(wealth: Array, per_year: float, starts: int) -> Array:
    """Growth a year (..., starts) from each of the first rows of `wealth` (..., T) to its last. NaN where one is unknown."""
    _require_starts(wealth, starts)
    path = np.where(np.isfinite(wealth) & (wealth >= 0.0), wealth, np.nan)
    known = np.isfinite(np.flip(np.cumsum(np.flip(path, -1), -1), -1))[..., :starts]  # nothing unknown from there to the end
    years = (wealth.shape[-1] - 1 - np.arange(starts)) / per_year
    with np.errstate(over="ignore"):
        return finite(np.where(known, over(path[..., -1:], path[..., :starts]), np.nan) ** (1.0 / years) - 1.0)


def start_sharpe(wealth: Array, per_year: float, starts: int, *, rf: Array | float = 0.0) -> Array:
    """Sharpe ratio a year (..., starts) from each of the first rows of `wealth` to its last; `rf` a period, () or (T - 1,)."""
    _require_starts(wealth, starts)
    excess = returns_of(wealth) - np.asarray(rf, dtype=float)
    backward = np.flip(excess, -1)
    centre = np.nanmean(excess, axis=-1, keepdims=True) if np.isfinite(excess).any(-1).all() else np.zeros(1)
    away = backward - centre  # sums of squares of what is near zero lose no digits
    count = np.arange(1, excess.shape[-1] + 1)
    total, squares = np.cumsum(away, -1), np.cumsum(away**2, -1)
    variance = np.maximum(squares - total**2 / count, 0.0) / np.maximum(count - 1, 1)
    deviation = np.where(np.sqrt(variance) > NO_SPREAD, np.sqrt(variance), np.nan)
    ratio = over(centre + total / count, deviation) * np.sqrt(per_year)
    return np.asarray(np.flip(ratio, -1)[..., :starts])


def start_luck(wealth: Array, per_year: float, *, within: float = 1.0, rf: Array | float = 0.0) -> StartLuck:
    """The luck of starting one path (T,) anywhere in its first `within` years; each start keeps at least one year.

    No start at all where the path is shorter than a year. Raises ParameterError unless `within` is above 0.
    """
    if not within > 0.0:
        raise ParameterError(f"within is {within}", field="within", remedy="Give years above 0, such as 1.")
    _require_one_path(wealth)
    starts = int(max(min(round(within * per_year) + 1, len(wealth) - round(per_year)), 0))
    if starts < 2:
        return StartLuck(frozen(np.empty(0)), frozen(np.empty(0)))
    ratios = start_sharpe(wealth, per_year, starts, rf=rf)
    return StartLuck(frozen(start_cagr(wealth, per_year, starts)), frozen(ratios))


def worst_start(wealth: Array, per_year: float, years: float) -> WorstStart:
    """The worst of all holding periods of `years` in one path (T,), by growth a year.

    Raises ParameterError where that is less than one period.
    """
    _require_one_path(wealth)
    count = round(years * per_year)
    if count < 1:
        raise ParameterError(f"years is {years}", field="years", remedy="Give at least one period.")
    growth = over(wealth[count:], np.where(wealth > 0.0, wealth, np.nan)[: max(len(wealth) - count, 0)])
    if not len(growth) or not np.isfinite(wealth).all() or not np.isfinite(growth).all():
        return WorstStart(years, 0, math.nan, 0, math.nan)
    start = int(growth.argmin())
    value = float(max(growth[start], 0.0) ** (per_year / count) - 1.0)
    return WorstStart(years, start, value, len(growth), float((growth < 1.0).mean()))


def tranches(paths: Array) -> Array:
    """Wealth (..., T), from 1, of equal capital in each of the wealth `paths` (..., P, T), never moved between them.

    NaN where any path is unknown: no tranche is filled in. Raises DataError without a path.
    """
    if paths.ndim < 2 or not paths.shape[-2]:
        raise DataError(f"paths of shape {paths.shape} hold no tranche", remedy="Give (P, T), a row for each rebalance day.")
    begin = paths[..., :1]
    return np.asarray(over(paths, np.where(begin > 0.0, begin, np.nan)).mean(-2))


def day_luck(paths: Array, per_year: float) -> DayLuck:
    """The luck of the rebalance day from wealth `paths` (P, T) of P days over the same T dates.

    Raises DataError for another shape or no path.
    """
    if paths.ndim != 2:
        raise DataError(f"paths have shape {paths.shape}", remedy="Give (P, T), a row for each rebalance day.")
    together = tranches(paths)
    returns = returns_of(paths)
    luck = timing_luck(returns, per_year)
    deviation = spread(cagr(returns, per_year))
    staggered = cagr(returns_of(together), per_year)
    return DayLuck(len(paths), *(float(one) for one in (luck.mean, luck.least, luck.most, deviation, staggered)))


def _require_starts(wealth: Array, starts: int) -> None:
    if not 0 < starts < wealth.shape[-1]:
        what = f"{starts} starts of a path of {wealth.shape[-1]} values"
        raise ParameterError(what, field="starts", remedy="Give at least one, and fewer than there are values.")


def _require_one_path(wealth: Array) -> None:
    if wealth.ndim != 1:
        raise DataError(f"wealth has shape {wealth.shape}", remedy="Give one path (T,) at a time.")
