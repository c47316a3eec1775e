"""Leverage to a target of volatility: scale another allocation by target over estimated volatility, up to a cap.

k = min(target / estimate, most); k times the weights, 1 - k more in cash, below zero when k borrows (METHODS 2.4;
Moreira and Muir 2017, "Volatility-managed portfolios", Journal of Finance 72). Leverage multiplies losses just when
nobody lends, so the factor may be told to change slowly, and a deleveraging rule cuts it at once.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from annotated_types import Interval

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.roles import AnAllocator, State
from trimtab.core.saying import sentence_of, words_of
from trimtab.core.terms import TIE, Fraction, NonNegative, check_ranges
from trimtab.core.values import Forecast, Regime, Scores, Today
from trimtab.numerics.correlation import correlation, possible
from trimtab.numerics.covariance import total
from trimtab.numerics.returns import NO_SPREAD

FACTOR, ACTS, VOLATILITY = 0, 1, 2  # columns of the rows that the memory runs over
_NONE = -1.0  # no factor yet: one is never below 0


@dataclass(frozen=True, slots=True)
class Deleverage:
    """When leverage is cut, and to how much: at most `to` on a date on which either holds, at once.

    The estimated volatility of the portfolio before scaling is above `above` (per year; 0: never), or the regime is in one
    of `states` (their probabilities together above 1/2).
    """

    above: Fraction = 0.0
    states: tuple[str, ...] = ()
    to: NonNegative = 1.0

    def __post_init__(self) -> None:
        check_ranges(self)
        object.__setattr__(self, "states", tuple(dict.fromkeys(self.states)))

    def acts(self, volatility: Array, regime: Regime) -> Array:
        """(D,) 1 where the rule acts, 0 where not, NaN where the regime that it asks for is unknown.

        Raises ParameterError for a state that the regime does not have.
        """
        loud = (volatility > self.above * (1.0 + TIE)) & (self.above > 0.0)
        chance = np.zeros(len(volatility))
        for name in self.states:
            if name not in regime.states:
                remedy = f"Known are {', '.join(regime.states)}." if regime.states else "The policy's regime tells none apart."
                raise ParameterError(f"{name!r} is no state of the regime", field="states", remedy=remedy)
            chance = chance + regime.probabilities[:, regime.states.index(name)]
        return np.where(np.isnan(chance), np.nan, loud | (chance > 0.5 + TIE))

    @property
    def words(self) -> str:
        """When it acts and what it does; empty where it never does."""
        when = [f"it is above {100.0 * self.above:g} %"] if self.above else []
        when += [f"the regime is {' or '.join(self.states)}"] if self.states else []
        return f"at most {self.to:g} times, at once, while {' or '.join(when)}" if when else ""


@dataclass(frozen=True, slots=True)
class VolatilityTarget:
    """The weights of `of`, times `target` (per year) over their estimated volatility, at most `most` times.

    The factor scales whatever `of` holds, and cash takes what is left of 1: where `of` holds cash itself, gross exposure is
    the factor times what it invests. `step` is the largest change of the factor from one decision to the next (0: any);
    the first takes any. `deleverage` cuts it at once, whatever the step, and it comes back by steps.

    Where `of` holds nothing there is nothing to scale: weights stay 0, and the factor counts as 1 (or `most`, if that is
    less). A row is NaN where `of` is, where the covariance of what it holds is unknown or not positive semidefinite, where
    that does not vary, and where the regime is unknown that `deleverage` asks for. A fold: the factor last held; a NaN row
    leaves it as it was.
    """

    of: AnAllocator
    target: Annotated[float, Interval(gt=0.0, le=1.0)]
    most: NonNegative = 1.0
    step: NonNegative = 0.0
    deleverage: Deleverage = Deleverage()

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A), as if each date were the first: without memory, `step` has nothing to hold back."""
        weights = self.of(scores, regime, forecast)
        rows = self.factors(weights, regime, forecast)
        _, rows = self.advance(self.start(rows), rows)
        return np.asarray(weights * rows[:, FACTOR, None])

    def factors(self, weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(D, 3) out of weights (D, A): the factor wanted, 1 where the deleveraging rule acts, the estimated volatility.

        Raises ParameterError where `deleverage` names a state that the regime does not have.
        """
        volatility = estimated_volatility(weights, forecast.covariance)
        empty = ~held(weights).any(axis=-1)
        moving = volatility > 0.0
        wanted = self.target / np.where(moving, volatility, np.nan)
        wanted = np.minimum(np.where(empty, 1.0, wanted), self.most)
        rows = np.stack([wanted, self.deleverage.acts(volatility, regime), volatility], axis=-1)
        return np.where(np.isnan(rows).any(axis=-1, keepdims=True), np.nan, rows)

    def start(self, row: Array) -> State:
        """No factor yet."""
        return (np.full(row.shape[:-1], _NONE),)

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The factor now held, and the row (..., 3) with it in place of the one wanted. State: the factor last held."""
        (before,) = state
        known = np.asarray(np.isfinite(row).all(axis=-1))
        wanted, acts = row[..., FACTOR], row[..., ACTS] > 0.0
        way = wanted - before
        far = (self.step > 0.0) & (before >= 0.0) & (np.abs(way) > self.step * (1.0 + TIE))
        now = np.where(far, before + np.copysign(self.step, way), wanted)
        now = np.where(acts, np.minimum(now, self.deleverage.to), now)
        out = np.where(known[..., None], row, np.nan)
        out[..., FACTOR] = np.where(known, now, np.nan)
        return (np.where(known, now, before),), out

    @property
    def members(self) -> tuple[Any, ...]:
        """Whom it asks."""
        return (self.of,)

    @property
    def reads_mean(self) -> bool:
        """Only where `of` does."""
        return bool(getattr(self.of, "reads_mean", False))

    @property
    def reads_covariance(self) -> bool:
        """True: volatility is estimated from it."""
        return True

    @property
    def reads_regime(self) -> bool:
        """Where states deleverage, or `of` does."""
        return bool(self.deleverage.states) or bool(getattr(self.of, "reads_regime", False))

    def without_regime(self) -> VolatilityTarget:
        """The same, which listens to no state of the market."""
        deaf = getattr(self.of, "without_regime", None)
        of = self.of if deaf is None else deaf()
        return replace(self, of=of, deleverage=replace(self.deleverage, states=()))

    @property
    def budgets(self) -> Any:
        """Those of `of`: scaling leaves the shares of risk as they are. None where it has none."""
        return getattr(self.of, "budgets", None)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        slow = f", changed by at most {self.step:g} a decision" if self.step else ""
        cut = f"; {self.deleverage.words}" if self.deleverage.words else ""
        aim = f"a target of {100.0 * self.target:g} % over their estimated volatility"
        return f"{words_of(self.of)}, times {aim}, at most {self.most:g} times{slow}{cut}"

    def sentence(self, today: Today, asset: int) -> str:
        """Why `of` holds so much of the asset, by which factor that was scaled and why, or why that is unknown.

        The factor is the one that the desk worked out, with its memory. It keeps that of the outermost allocator alone: one
        that is scaled in its turn says what it does in `words`.
        """
        if today.aims.factors is None:
            return self.words
        factor, acts, volatility = today.aims.factors[today.d].tolist()
        if np.isnan(factor):
            return f"unknown: {self._trouble(today)}"
        inner = sentence_of(self.of, _before_scaling(today, factor), asset)
        if volatility == 0.0:
            return f"{inner}; nothing is held, so there is nothing to scale"
        wanted = min(self.target / volatility, self.most)
        capped = ", the most allowed" if wanted >= self.most else ""
        over = f"target {100.0 * self.target:g} % over estimated volatility {100.0 * volatility:.1f} %"
        cut = f"; the deleveraging rule acts: at most {self.deleverage.to:g}" if acts else ""
        return f"{inner}; times {factor:.2f}: {over} asks for {wanted:.2f}{capped}{cut}"

    def _trouble(self, today: Today) -> str:
        """Why the factor of a date is unknown."""
        if self.deleverage.states and np.isnan(today.regime.probabilities).any():
            return "the regime that the deleveraging rule asks for is not known"
        return "the weights to scale, or the covariance of what they hold, are not known, or that has not varied"


def estimated_volatility(weights: Array, covariance: Array) -> Array:
    """(D,) volatility per year of weights (D, A) under covariances (D, A, A); 0 where nothing is held.

    NaN where a weight or the covariance of what is held is unknown, where that is not positive semidefinite, and where what
    is held has no variance but for rounding. What is not held plays no part.
    """
    some = held(weights)
    both = some[:, :, None] & some[:, None, :]
    part = np.where(both & np.isfinite(covariance), covariance, np.where(both, np.nan, 0.0))
    variance = total(part * weights[:, :, None] * weights[:, None, :])
    deviations = np.sqrt(np.maximum(np.diagonal(part, axis1=-2, axis2=-1), 0.0)) * np.abs(weights)
    most = total(deviations[:, :, None] * deviations[:, None, :])  # were all correlations 1
    varies = possible(correlation(part)) & (variance > np.maximum(TIE * most, NO_SPREAD**2))
    return np.where(some.any(axis=-1), np.sqrt(np.where(varies, variance, np.nan)), 0.0)


def held(weights: Array) -> Mask:
    """Which weights are more than what rounding leaves of nothing; one that is unknown counts as held."""
    return np.asarray(~(np.abs(weights) <= TIE))


def deleveraging(rows: Array) -> Mask:
    """(D,) on which dates the deleveraging rule acts, of rows (D, 3) as `factors` or the memory gives them."""
    return np.asarray(rows[..., ACTS] > 0.0)


def stressed_factor(volatility: Array, *, target: float, most: float, percentile: float = 5.0) -> Array:
    """(D,) the factor that the target would ask for at the 5th percentile of estimated volatility seen up to each date.

    It is how far leverage goes in the calmest of times, before the loss that ends them. `volatility` (D,) per year, oldest
    first; what is unknown or 0 (nothing held) is left out; NaN before the first. Percentiles are interpolated linearly.
    A figure for reports: it reads along D. Raises ParameterError for a percentile outside 0 to 100.
    """
    if not 0.0 <= percentile <= 100.0:
        raise ParameterError(f"percentile is {percentile:g}", field="percentile", remedy="Give a value from 0 to 100.")
    found = np.full(len(volatility), np.nan)
    seen: list[float] = []
    for d, value in enumerate(volatility.tolist()):  # each date has a history of its own length
        if value > 0.0:
            insort(seen, value)
        if seen:
            place = (len(seen) - 1) * percentile / 100.0
            low = seen[int(place)]
            high = seen[min(int(place) + 1, len(seen) - 1)]
            found[d] = min(target / (low + (high - low) * (place - int(place))), most)
    return found


def _before_scaling(today: Today, factor: float) -> Today:
    """The same date with the weights that were scaled as its aim; a factor of 0 leaves nothing to tell them by."""
    aim = np.array(today.aims.aim)
    aim[today.d] /= factor if factor > 0.0 else 1.0
    return Today(replace(today.aims, aim=aim, factors=None), today.d)
