"""Is it worth trading more often? A faster schedule against a slower one of the same policy, and what a delay costs.

METHODS 6.5: the faster schedule is kept only if what it adds in alpha is more than what it adds in costs, and not by luck: the
bootstrap interval of the difference lies above zero. Alpha is the intercept of the regression on the benchmark, per year
(Jensen 1968), of returns BEFORE trading costs; costs are the means of their own series. The net difference is that of the
alphas after costs, but for what costs happen to move with the market. All series are drawn by the same rows (stationary
bootstrap of Politis and Romano 1994) in blocks of the length of Politis and White (2004), the longest for the net difference
and the benchmark.

Alpha decay repeats the fills 0, 1, 2 ... sessions late: an edge that one session's delay takes away was never tradable.
Its errors are those of Newey and West (1987).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.appraisal import regression_alpha
from trimtab.numerics.intervals import Interval, best_block, intervals
from trimtab.numerics.newey_west import newey_west
from trimtab.numerics.returns import over, paired
from trimtab.validation.percents import percent, signed


@dataclass(frozen=True, slots=True, eq=False)
class Traded:
    """A backtest by one schedule: `returns` (T,) a period before trading costs, `costs` (T,) as fractions of wealth, above 0.

    Raises DataError where they differ in shape or have none.
    """

    returns: Array
    costs: Array

    def __post_init__(self) -> None:
        """Check that both have the same periods."""
        if self.returns.ndim != 1 or self.costs.shape != self.returns.shape:
            what = f"returns of shape {self.returns.shape} stand beside costs of shape {self.costs.shape}"
            raise DataError(what, remedy="Give both for the same periods: (T,), 0 where nothing was traded.")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a bootstrap draws: its seed, how often, and the level of the two-sided interval."""

    seed: int
    draws: int = 1000
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Schedules:
    """The faster schedule less the slower one, a year: `alpha` before costs, `cost`, and `net`, the first less the second."""

    alpha: Interval
    cost: Interval
    net: Interval

    @property
    def keep_faster(self) -> bool:
        """Whether the interval of the net difference lies above zero. False where it has no answer: nothing is shown."""
        return self.net.low > 0.0

    @property
    def words(self) -> str:
        """One sentence."""
        if not math.isfinite(self.net.value):
            return "Keep the slower schedule: the records are too short, too still or too incomplete to compare."
        change = f"the faster adds {signed(self.alpha.value, 2)} alpha a year and {signed(self.cost.value, 2)} cost"
        known = math.isfinite(self.net.low) and math.isfinite(self.net.high)
        ends = f"{signed(self.net.low, 2)} to {signed(self.net.high, 2)}" if known else "without a known end"
        sure = f"net {signed(self.net.value, 2)}, {percent(self.net.level, 0)} interval {ends}"
        return f"Keep the {'faster' if self.keep_faster else 'slower'} schedule: {change}; {sure}."


def compare_schedules(
    faster: Traded, slower: Traded, benchmark: Array, *, per_year: float, sampling: Sampling, rf: Array | float = 0.0
) -> Schedules:
    """Compare two schedules over the same T periods; `benchmark` (T,) simple returns, `rf` a period, () or (T,).

    Raises ParameterError where lengths differ.
    """
    rate = np.broadcast_to(paired(faster.returns, np.asarray(rf), "riskless rate"), faster.returns.shape)
    market = paired(faster.returns, benchmark) - rate
    gross = faster.returns - paired(faster.returns, slower.returns, "slower schedule")  # the riskless rate cancels
    cost = faster.costs - slower.costs
    block = best_block(np.stack([gross - cost, market])) if len(gross) else 1.0

    def alpha(ahead: Array, _: Array, other: Array) -> Array:
        return regression_alpha(ahead, other, per_year)

    def price(_: Array, paid: Array, __: Array) -> Array:
        return np.asarray(paid.mean(-1) * per_year) if paid.shape[-1] else np.full(paid.shape[:-1], np.nan)

    def net(ahead: Array, paid: Array, other: Array) -> Array:
        return alpha(ahead, paid, other) - price(ahead, paid, other)

    figures = {"alpha": alpha, "cost": price, "net": net}
    found = intervals(figures, gross, cost, market, seed=sampling.seed, level=sampling.level, draws=sampling.draws, block=block)
    return Schedules(found["alpha"], found["cost"], found["net"])


@dataclass(frozen=True, slots=True, eq=False)
class Decay:
    """Alpha a year (L,) and its standard error (L,) by `lags` (L,), sessions of delay, rising. NaN where there is no answer."""

    lags: tuple[int, ...]
    alphas: Array
    errors: Array

    @property
    def kept(self) -> Array:
        """(L,) alpha as a part of that at the first lag; NaN where that one is not above 0."""
        first = self.alphas[:1]
        return over(self.alphas, np.where(first > 0.0, first, np.nan))

    @property
    def table(self) -> dict[int, float]:
        """Alpha a year by lag."""
        return dict(zip(self.lags, self.alphas.tolist(), strict=True))

    @property
    def words(self) -> str:
        """One sentence."""
        parts = [f"{signed(alpha, 2)} at lag {lag}" for lag, alpha in self.table.items()]
        left = float(self.kept[-1])
        last = f": {percent(left, 0)} of it is left after {self.lags[-1] - self.lags[0]} more" if math.isfinite(left) else ""
        return f"Alpha a year by sessions of delay is {', '.join(parts)}{last}."


def alpha_decay(returns: Array, lags: tuple[int, ...], benchmark: Array, *, per_year: float, rf: Array | float = 0.0) -> Decay:
    """Alpha against `benchmark` (T,) of the same policy filled `lags` (L,) sessions late: `returns` (L, T), after costs.

    Raises ParameterError where lags do not rise, are negative, or are not one for each row.
    """
    if not lags or lags[0] < 0 or any(not a < b for a, b in pairwise(lags)):
        raise ParameterError(f"the lags are {lags}", field="lags", remedy="Give rising numbers of sessions, such as (0, 1, 5).")
    if returns.ndim != 2 or len(returns) != len(lags):
        what = f"returns have shape {returns.shape} for {len(lags)} lags"
        raise ParameterError(what, field="returns", remedy="Give (L, T), one row for each lag.")
    rate = paired(returns, np.asarray(rf), "riskless rate")
    market = np.broadcast_to(paired(returns, benchmark) - rate, returns.shape)
    fit = newey_west(returns - rate, market[..., None])
    return Decay(lags, frozen(fit.intercept * per_year), frozen(fit.errors[..., 0] * per_year))
