"""Does it hold in every part of the history? Figures by halves, decades and crises, beside those of the benchmark.

Wealth and benchmark are (T,), the values at the closes of rising `dates` (T,). A window from the close of one day to that of
another takes the values from the last date up to its start to the first date from its end on, so that monthly values show the
months around it; it is left out where they do not reach. Nothing below a year is annualised (GIPS 2020, 2.A): such figures
are NaN, and the total return stands for them. A part in which nothing but rounding lies between the two is level: it counts
neither as ahead nor as behind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, require_shape
from trimtab.core.errors import DataError
from trimtab.numerics.drawdown import max_drawdown
from trimtab.numerics.ratios import sharpe
from trimtab.numerics.returns import cagr, returns_of, total_return, volatility
from trimtab.validation.market_falls import CRISES, Window
from trimtab.validation.percents import signed

ALMOST_A_YEAR = 0.99  # 252 sessions are a year, and so are the 251 or 250 of some
ROUNDING = 1e-6  # a month: what rounding to cents leaves between two that hold the same
MONTH = 30.4375  # days


@dataclass(frozen=True, slots=True)
class Figures:
    """What one series did: `total` return, and, of at least a year, `cagr`, `volatility`, `sharpe` a year; `deepest` fall."""

    total: float
    cagr: float
    volatility: float
    sharpe: float
    deepest: float


@dataclass(frozen=True, slots=True)
class SubPeriod:
    """One part: values of `first` to `last`, `periods` returns between; `whole` unless the history begins or ends in it."""

    name: str
    first: np.datetime64
    last: np.datetime64
    periods: int
    strategy: Figures
    benchmark: Figures
    whole: bool = True

    @property
    def ahead(self) -> float:
        """Total return less the benchmark's."""
        return self.strategy.total - self.benchmark.total

    @property
    def level(self) -> bool:
        """Whether the two differ by no more than rounding, relatively."""
        months = max(float((self.last - self.first) / np.timedelta64(1, "D")) / MONTH, 1.0)
        return abs(self.ahead) <= ROUNDING * months * (1.0 + max(self.strategy.total, self.benchmark.total))

    @property
    def words(self) -> str:
        """One sentence."""
        if self.level:
            as_it = f"{signed(self.strategy.total)}, level with the benchmark"
            return f"{self.name} ({self.first} to {self.last}): {as_it}, deepest fall {signed(self.strategy.deepest)}."
        both = f"{signed(self.strategy.total)} against {signed(self.benchmark.total)} of the benchmark"
        return f"{self.name} ({self.first} to {self.last}): {both}, deepest fall {signed(self.strategy.deepest)}."


@dataclass(frozen=True, slots=True)
class SubPeriods:
    """The parts that the history reaches, in order, and the names of those that it does not."""

    parts: tuple[SubPeriod, ...]
    without: tuple[str, ...] = ()

    @property
    def differing(self) -> tuple[SubPeriod, ...]:
        """The parts that are known and not level."""
        return tuple(part for part in self.parts if math.isfinite(part.ahead) and not part.level)

    @property
    def level(self) -> tuple[str, ...]:
        """Names of the parts in which the strategy is as its benchmark."""
        return tuple(part.name for part in self.parts if part.level)

    @property
    def share_ahead(self) -> float:
        """Share of the parts that differ in which the strategy was ahead; NaN without any."""
        known = [part.ahead for part in self.differing]
        return sum(one > 0.0 for one in known) / len(known) if known else math.nan

    @property
    def words(self) -> str:
        """One sentence."""
        known = self.differing
        tied = f"Level in {', '.join(self.level)}." if self.level else ""
        if not known:
            return tied or "The history reaches none of the sub-periods, or is unknown in them."
        worst = min(known, key=lambda part: part.ahead)
        won = sum(part.ahead > 0.0 for part in known)
        least = f"least in {worst.name}: {signed(worst.ahead)}."
        return f"Ahead of the benchmark in {won} of {len(known)} sub-periods; {least} {tied}".rstrip()


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Wealth of strategy and benchmark at `dates` (T,), rising; `rf` (T - 1,) is the riskless return of each period.

    Raises DataError for dates that do not rise or are fewer than two, InvariantError for shapes that differ.
    """

    dates: Dates
    wealth: Array
    benchmark: Array
    per_year: float
    rf: Array

    def __post_init__(self) -> None:
        """Check shapes and order."""
        count = len(self.dates)
        if count < 2 or not (np.diff(self.dates.astype("datetime64[D]").astype(np.int64)) > 0).all():
            raise DataError(f"{count} dates do not make a history", remedy="Give at least two, rising, without duplicates.")
        require_shape("wealth", self.wealth, (count,))
        require_shape("benchmark", self.benchmark, (count,))
        require_shape("rf", self.rf, (count - 1,))


def halves(history: History) -> SubPeriods:
    """First and second half, by the number of periods; the first has the odd one."""
    last = len(history.dates) - 1
    middle = (last + 1) // 2
    cuts = [("first half", 0, middle), ("second half", middle, last)]
    return SubPeriods(tuple(_part(history, name, a, b) for name, a, b in cuts if b > a))


def decades(history: History) -> SubPeriods:
    """Calendar decades; the first and the last may be cut, which `whole` says."""
    days = history.dates.astype("datetime64[D]")
    first, last = (int(day.astype("datetime64[Y]").astype(int)) + 1970 for day in (days[0] + 1, days[-1]))
    parts = []
    for decade in range(first // 10 * 10, last + 1, 10):
        begin, end = (np.datetime64(f"{year:04d}-12-31") for year in (decade - 1, decade + 9))
        a, b = (int(np.searchsorted(days, edge, side="right")) - 1 for edge in (begin, end))
        if b > max(a, 0):
            parts.append(_part(history, f"{decade}s", max(a, 0), b, whole=a >= 0 and _reaches(days, end)))
    return SubPeriods(tuple(parts))


def windows(history: History, named: Sequence[Window] = CRISES) -> SubPeriods:
    """The `named` windows that the history holds whole."""
    days = history.dates.astype("datetime64[D]")
    parts, without = [], []
    for window in named:
        a = int(np.searchsorted(days, window.first, side="right")) - 1
        b = int(np.searchsorted(days, window.last, side="left"))
        if a < 0 or b >= len(days) or b <= a:
            without.append(window.name)
        else:
            parts.append(_part(history, window.name, a, b))
    return SubPeriods(tuple(parts), tuple(without))


def figures(returns: Array, per_year: float, *, rf: Array) -> Figures:
    """The figures of one series of returns (T,), with `rf` (T,) a period."""
    yearly = len(returns) >= ALMOST_A_YEAR * per_year
    growth, risk, ratio = (
        (float(cagr(returns, per_year)), float(volatility(returns, per_year)), float(sharpe(returns, per_year, rf=rf)))
        if yearly
        else (math.nan, math.nan, math.nan)
    )
    return Figures(float(total_return(returns)), growth, risk, ratio, float(max_drawdown(returns)))


def _part(history: History, name: str, first: int, last: int, *, whole: bool = True) -> SubPeriod:
    """Values of rows `first` to `last`."""
    rf = history.rf[first:last]
    mine, theirs = (
        figures(returns_of(path[first : last + 1]), history.per_year, rf=rf) for path in (history.wealth, history.benchmark)
    )
    days = history.dates.astype("datetime64[D]")
    return SubPeriod(name, days[first], days[last], last - first, mine, theirs, whole)


def _reaches(days: Dates, end: np.datetime64) -> bool:
    """Whether the last date is the end of the year, but for a weekend and a holiday."""
    return bool(days[-1] >= end - np.timedelta64(4, "D"))
