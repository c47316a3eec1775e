"""What a policy and its benchmark made in each regime, period by period between decisions, and what the regime says now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.desk.attributing import attribute
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.readings import Weather, likeliest, weather
from trimtab.desk.regime_review import RegimeReview, review_regime
from trimtab.desk.result import Result

FEW = 12  # periods below which figures of a state say little


@dataclass(frozen=True, slots=True)
class RegimeRow:
    """A state: in how many periods it was the likeliest at their decision, and what was made in them, a year.

    `portfolio` and `benchmark` are geometric returns a year of those periods one after another; NaN where there is none.
    """

    state: str
    periods: int
    portfolio: float
    benchmark: float
    worst: float  # the deepest loss of the portfolio in one period

    @property
    def few(self) -> bool:
        """Whether there are too few periods to say much."""
        return self.periods < FEW


@dataclass(frozen=True, slots=True)
class Regimes:
    """The rows, what the model says now, and how late it saw falls of the benchmark; `unknown` periods had no regime."""

    rows: tuple[RegimeRow, ...]
    now: Weather
    review: RegimeReview
    unknown: int
    first: np.datetime64
    last: np.datetime64


def regimes_of(result: Result) -> Regimes:
    """The table of a backtest. Raises DataError where its policy tells no regimes apart, or it has no period."""
    policy, market = result.policy, result.market
    if len(result.aims.regime.states) < 2:
        raise DataError(f"{policy.name} tells no regimes apart", remedy="Nothing is missing: it decides without one.")
    found = attribute(result)
    dates = np.array([decision.today.when for decision in result.decisions[: len(found.starts)]])
    states = likeliest(result.aims.regime.probabilities[np.searchsorted(result.aims.days.dates, dates)])
    years = (found.ends - found.starts) / np.timedelta64(1, "D") / 365.25
    rows = tuple(
        _row(name, states == k, (found.returns, found.benchmark), years) for k, name in enumerate(result.aims.regime.states)
    )
    view = decision_view(policy, market, today=True)
    now = weather(policy, view, aims(policy, view))
    review = review_regime(policy, market, result.aims, len(result.aims) - len(result.decisions))
    if now is None or review is None:
        raise DataError(f"the regime of {policy.name} is not known", remedy="Give data that reach further back.")
    return Regimes(rows, now, review, int((~np.isfinite(states)).sum()), found.starts[0], found.ends[-1])


def _row(name: str, inside: Array, made: tuple[Array, Array], years: Array) -> RegimeRow:
    count, length = int(inside.sum()), float(years[inside].sum())
    if not count:
        return RegimeRow(name, 0, float("nan"), float("nan"), float("nan"))
    mine, theirs = (float(np.prod(1.0 + one[inside]) ** (1.0 / length) - 1.0) for one in made)
    return RegimeRow(name, count, mine, theirs, float(min(made[0][inside].min(), 0.0)))
