"""How far from the market to put a limit: what is won when it is filled against what is lost when it is not (METHODS 6.4).

The price is a Brownian motion without drift, of standard deviation s = volatility sqrt(horizon) at the horizon. By the
reflection principle (Bachelier 1900; Feller 1968, chapter III) a limit at the distance d is filled with probability

    p = 2 Phi(-d / s)

and, as a fair game cannot be beaten by stopping it (Doob's optional stopping), the price has run away by d p / (1 - p) on
average where it is not filled. So a patient trader who must trade in the end wins nothing by the distance itself: what
the filled limits improve, d p, the others lose again. What a limit does save is the cost of crossing the market:

    cost = p (adverse - d) + (1 - p) market + chase d p

`market` is what a market order costs, now or at the horizon; `adverse` what the price falls through the limit on average
when it is filled (adverse selection: those who fill it know why); `chase` is how much of the runaway is paid: 1 where
everything is traded in the end (or counted as missed, as in implementation shortfall), 0 where nothing depends on it.
All in fractions of the price.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import NonNegative, Positive, check_ranges

_ERF = np.vectorize(math.erf, otypes=[float])
_ERFC = np.vectorize(math.erfc, otypes=[float])
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_FAR = 8.0  # standard deviations: farther away a limit is filled once in 10^15 times


class Placement(NamedTuple):
    """Where to put the limit, as a fraction of the price; 0 is a market order. Its fill probability and expected cost."""

    distance: float
    probability: float
    cost: float


@dataclass(frozen=True, slots=True)
class LimitOrder:
    """A trade that may wait `horizon` days for a limit. `volatility` is that of the price a root of a day, as a fraction.

    `tick` is the least distance that is no market order. All answers are (...) for distances (...) at least 0, NaN for NaN.
    """

    volatility: Positive
    horizon: Positive = 1.0
    market: NonNegative = 0.0
    adverse: NonNegative = 0.0
    chase: NonNegative = 1.0
    tick: Positive = 1e-6

    def __post_init__(self) -> None:
        check_ranges(self)
        if not math.isfinite(self.deviation):
            raise ParameterError(f"volatility is {self.volatility}", field="volatility", remedy="Give a number.")

    @property
    def deviation(self) -> float:
        """Standard deviation of the price at the horizon, as a fraction (s)."""
        return self.volatility * math.sqrt(self.horizon)

    def probability(self, distance: Array | float) -> Array:
        """That the limit is filled: 1 at no distance, 0 at an infinite one."""
        return np.asarray(_ERFC(self._scaled(distance)))

    def runaway(self, distance: Array | float) -> Array:
        """How far the price has moved away on average at the horizon, given that the limit was not filled.

        0 at an infinite distance: nothing is ever filled there, and the price goes nowhere on average.
        """
        z = self._scaled(distance)
        missed = _ERF(z)
        some = np.where(np.isinf(z), 0.0, z)
        away = self.deviation * math.sqrt(2.0) * some * _ERFC(z) / np.where(missed == 0.0, 1.0, missed)
        least = self.deviation * math.sqrt(math.pi / 2.0)  # the limit of it at no distance: the mean of a meander
        return np.asarray(np.where(z == 0.0, least, away))

    def cost(self, distance: Array | float) -> Array:
        """Expected cost as a fraction of the price; above zero takes money. No distance is a market order, and costs that."""
        d = np.asarray(distance, dtype=float)
        filled = self.probability(d)
        gained = (1.0 - self.chase) * np.where(np.isinf(d), 0.0, d) * filled
        waiting = filled * self.adverse + (1.0 - filled) * self.market - gained
        return np.asarray(np.where(d == 0.0, self.market, waiting))

    def best(self) -> Placement:
        """The distance of the least expected cost, from one tick up; a market order where no limit costs less.

        What is saved against a market order, p (market - adverse + (1 - chase) d), is a product of log-concave functions
        where it is above zero, and so has one maximum there: found by golden-section search.
        """
        low, high = self._bracket()
        if not low < high:
            return Placement(0.0, 1.0, self.market)
        found = _minimum(lambda d: float(self.cost(d)), low, high)
        distance = min((low, found), key=lambda d: float(self.cost(d)))
        cost = float(self.cost(distance))
        if not cost < self.market:
            return Placement(0.0, 1.0, self.market)
        return Placement(distance, float(self.probability(distance)), cost)

    def _bracket(self) -> tuple[float, float]:
        """The distances among which a limit saves anything; empty where none does."""
        saved, slope = self.market - self.adverse, 1.0 - self.chase
        low, high = self.tick, max(self.tick, _FAR * self.deviation)
        if slope > 0.0:
            return max(low, -saved / slope), high
        if saved <= 0.0:
            return high, low
        return low, min(high, saved / -slope) if slope < 0.0 else high

    def _scaled(self, distance: Array | float) -> Array:
        d = np.asarray(distance, dtype=float)
        if np.any(d < 0.0):
            raise ParameterError("a limit beyond the market is a market order", field="distance", remedy="Give 0 or more.")
        return np.asarray(d / (self.deviation * math.sqrt(2.0)))


def _minimum(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is least, by golden-section search (Kiefer 1953)."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = cost(left), cost(right)
    while high - low > 1e-10 * high:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = cost(right)
    return (low + high) / 2.0
