"""The measures of returns alone, each a formula over sums taken once; conventions decide between formulas.

Symbols are those of `definitions`. Every formula has its plain twin, a function over returns, in `ratios`, `drawdown`,
`tail`, `partial_moments`, `winning` and `serial`; the two agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.conventions import Conventions, Count, Moments, Reward, Scale, Threshold, Wins
from trimtab.numerics.measuring import Asked, Found
from trimtab.numerics.partial_moments import LOSS_AVERSION
from trimtab.numerics.returns import NO_SPREAD, finite, over
from trimtab.numerics.tail import NORMAL, Risk, Shortfall, bent_quantile, bent_tail

Figures = Mapping[str, Array]


@dataclass(frozen=True)
class Sums:
    """What the passes found, each (N,), of `count` returns; and the figures that several measures are made from."""

    found: Found
    count: int
    asked: Asked

    def __getitem__(self, name: str) -> Array:
        """A sum by name."""
        return self.found[name]

    @property
    def per_year(self) -> float:
        """Periods in a year."""
        return self.asked.per_year

    @property
    def chosen(self) -> Conventions:
        """The conventions."""
        return self.asked.conventions

    def spread(self, name: str) -> Array:
        """Standard deviation, ddof 1, from the sum of squared deviations `name`; NaN for one return."""
        return np.sqrt(self[name] / (self.count - 1)) if self.count > 1 else np.full(self[name].shape, np.nan)

    def divisor(self, name: str) -> Array:
        """`spread`, NaN where it is zero."""
        sd = self.spread(name)
        return np.where(sd > NO_SPREAD, sd, np.nan)

    def yearly(self, growth: Array) -> Array:
        """Growth of 1 over all periods as a return a year."""
        return np.asarray(growth ** (self.per_year / self.count) - 1.0)

    @cached_property
    def cagr(self) -> Array:
        """Geometric return a year."""
        return self.yearly(self["growth"])

    @cached_property
    def rf_year(self) -> float:
        """The riskless rate a year, compounded."""
        rate = np.asarray(self.asked.rf, dtype=float)
        if rate.ndim == 0:
            return float((1.0 + rate) ** self.per_year) - 1.0
        return float(np.prod(1.0 + rate) ** (self.per_year / self.count)) - 1.0

    @cached_property
    def sd(self) -> Array:
        """Population standard deviation, NaN where returns do not vary."""
        sd = np.sqrt(self["m2"] / self.count)
        return np.where((sd > NO_SPREAD) & (self.count > 1), sd, np.nan)

    @cached_property
    def skewness(self) -> Array:
        """Third population moment."""
        return np.asarray(self["m3"] / self.count / self.sd**3)

    @cached_property
    def kurtosis(self) -> Array:
        """Fourth population moment less 3."""
        return np.asarray(self["m4"] / self.count / self.sd**4 - 3.0)


def growth(s: Sums) -> Figures:
    """What 1 became."""
    return {"total_return": s["growth"] - 1.0, "cagr": s.cagr}


def spread(s: Sums) -> Figures:
    """How returns vary, and the extremes."""
    n, skew, kurtosis = s.count, s.skewness, s.kurtosis
    if s.chosen.moments is Moments.SAMPLE:
        skew = skew * math.sqrt(n * (n - 1.0)) / (n - 2.0) if n > 2 else np.full(skew.shape, np.nan)
        scale = (n - 1.0) / ((n - 2.0) * (n - 3.0)) if n > 3 else np.nan
        kurtosis = ((n + 1.0) * kurtosis + 6.0) * scale
    lagged = np.where(s.divisor("m2") > 0.0, s["m2"], np.nan)
    return {
        "volatility": s.spread("m2") * np.sqrt(s.per_year),
        "skewness": skew,
        "excess_kurtosis": kurtosis,
        "autocorrelation": over(s["lagged"], lagged),
        "best_period": s["high"],
        "worst_period": s["low"],
    }


def reward(s: Sums) -> Figures:
    """Sharpe ratios."""
    sd, f, q = s.divisor("excess_m2"), s.per_year, round(s.per_year)
    ratio = over(s["excess"] * np.sqrt(f), sd)
    lo = over(s["excess"] / sd * q, np.sqrt(s["windows"] / s["excess_m2"]))  # NaN for no more than q returns
    if s.chosen.sharpe is Reward.GEOMETRIC:
        ratio = over(s.yearly(s["excess_growth"]) / np.sqrt(f), sd)
    adjusted = ratio * (1.0 + s.skewness / 6.0 * ratio - s.kurtosis / 24.0 * ratio**2)
    return {"sharpe": ratio, "adjusted_sharpe": adjusted, "lo_sharpe": lo}


def beyond(s: Sums) -> Figures:
    """Gains against losses."""
    short = np.sqrt(s["down2"] / s.count)
    least = np.mean(s.asked.sortino_least)
    sortino = over(s["mean"] - least, np.sqrt(s["short2"] / s.count))
    taken = s.asked.least / s.count if s.chosen.prospect is Threshold.ONCE else s.asked.least
    return {
        "downside_deviation": short * np.sqrt(s.per_year),
        "sortino": sortino if s.chosen.sortino is Scale.PERIOD else sortino * np.sqrt(s.per_year),
        "upside_risk": np.sqrt(s["up2"] / s.count),
        "upside_potential": over(s["up"] / s.count, short),
        "omega": over(s["up"], s["down"]),
        "prospect": over((s["gains"] - LOSS_AVERSION * s["losses"]) / s.count - taken, short),
        "bernardo_ledoit": over(s["gains"], s["losses"]),
        "d_ratio": over(s["lost"] * s["losses"], s["won"] * s["gains"]),
    }


def winning(s: Sums) -> Figures:
    """How often and how much was won."""
    moved = s["won"] + s["lost"]
    payoff = over(over(s["gains"], s["won"]), over(s["losses"], s["lost"]))
    rate = over(s["won"], moved)
    return {
        "win_rate": rate if s.chosen.win_rate is Wins.MOVED else s["won"] / s.count,
        "payoff": payoff,
        "profit_factor": over(s["gains"], s["losses"]),
        "kelly": rate - over(1.0 - rate, payoff),
    }


def under_water(s: Sums) -> Figures:
    """Drawdowns and the return for them."""
    beyond_rf, depth = s.cagr - s.rf_year, -s["depth"] / s.count
    periods = s.count - 1 if s.chosen.ulcer is Count.LESS_ONE else s.count
    ulcer = np.sqrt(s["depth2"] / periods) if periods else np.full(depth.shape, np.nan)
    return {
        "max_drawdown": s["deepest"],
        "drawdown_length": s["deepest_days"],
        "drawdown_periods": s["deepest_length"],
        "longest_drawdown": s["longest"],
        "pain_index": depth,
        "ulcer": ulcer,
        "calmar": over(s.cagr, -s["deepest"]),
        "pain_ratio": over(s.cagr, depth),
        "martin": over(beyond_rf, ulcer),
        "burke": over(beyond_rf, np.sqrt(s["falls2"])),
    }


def tail(s: Sums) -> Figures:
    """What is lost in bad periods."""
    share = 1.0 - s.chosen.level
    z = NORMAL.inv_cdf(share)
    risk, shortfall = s["quantile"], s["shortfall"]
    if s.chosen.value_at_risk is not Risk.HISTORICAL:
        modified = s.chosen.value_at_risk is Risk.MODIFIED
        risk = s["mean"] + s.sd * (bent_quantile(s.skewness, s.kurtosis, z) if modified else z)
    if s.chosen.expected_shortfall is Shortfall.MODIFIED:
        shortfall = s["mean"] - s.sd * bent_tail(s.skewness, s.kurtosis, share)
    if s.chosen.expected_shortfall is Shortfall.GAUSSIAN:
        shortfall = s["mean"] - s.sd * (NORMAL.pdf(z) / share)
    ratio = over(np.abs(s["upper_quantile"]), np.abs(s["quantile"]))
    return {"value_at_risk": finite(risk), "expected_shortfall": finite(shortfall), "tail_ratio": ratio}


def calendar(s: Sums) -> Figures:
    """The best and the worst month and year."""
    return {name: s[name] for name in ("best_month", "worst_month", "best_year", "worst_year")}
