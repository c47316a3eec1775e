"""Rotation: hold the few best assets, and a refuge instead of those that are not good enough.

Relative momentum with an absolute floor: Faber (2010, "Relative Strength Strategies for Investing") and Antonacci (2014,
"Dual Momentum Investing"), whose global equities momentum is the case of one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.construction.meant import named
from trimtab.construction.picking import above, best
from trimtab.core.arrays import Array, Mask, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.terms import check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today


class Weigh(Enum):
    """How the assets that are held share what is invested in them."""

    EQUAL = "equal"
    INVERSE_VOLATILITY = "inverse_volatility"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Rotation:
    """The `top` assets by score, of those whose score is above `above` (no floor where that is not given).

    `among` names asset ids or classes; without names, all assets but the refuge. Each place is 1/top of the portfolio; a
    place that no asset fills goes to the `refuge` (ids or classes) in equal parts, whatever their scores, else to cash.
    Assets level at the last place share it evenly. An unknown score (NaN) is never held: on a date on which nothing has
    one, all is refuge or cash. What is invested is shared in equal parts, by `inverse_volatility` (the forecast's
    covariance: weights are NaN where that of an asset to be held is unknown or 0), or by `score` (which needs a floor of
    at least 0).
    """

    reads_scores = True

    top: Annotated[int, Ge(1)] = 1
    among: tuple[str, ...] = ()
    above: float | None = None
    refuge: tuple[str, ...] = ()
    weigh: Weigh = Weigh.EQUAL
    universe: tuple[Asset, ...] = ()
    _among: Mask = field(init=False, repr=False, compare=False)
    _refuge: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.above is not None and not np.isfinite(self.above):
            raise ParameterError(f"above is {self.above}", field="above", remedy="Give a number, or leave it out.")
        if self.weigh is Weigh.SCORE and not (self.above is not None and self.above >= 0.0):
            what = "weigh is score, but scores of 0 and below are held"
            raise ParameterError(what, field="weigh", remedy="Add `above: 0`, or weigh equally.")
        refuge = named(self.universe, self.refuge, "refuge")
        among = named(self.universe, self.among, "among")
        object.__setattr__(self, "_refuge", refuge)
        object.__setattr__(self, "_among", among if self.among else ~refuge)
        if self.universe and self.top > int(self._among.sum()):
            what = f"top is {self.top}, of {int(self._among.sum())} assets"
            raise ParameterError(what, field="top", remedy="Give at most the number of assets to choose among.")

    @property
    def reads_covariance(self) -> bool:
        """For volatilities alone."""
        return self.weigh is Weigh.INVERSE_VOLATILITY

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A); what they leave is cash."""
        values = np.ascontiguousarray(scores.values)
        require_shape("the universe of a rotation", self._among, values.shape[-1:])
        held = best(values, self.top, self._among & self._good(values))
        filled = held.sum(-1, keepdims=True) / self.top
        rest = np.maximum(1.0 - filled, 0.0) * self._refuge / max(int(self._refuge.sum()), 1)
        return np.asarray(self._shared(held, values, forecast) * filled + rest)

    def _good(self, values: Array) -> Mask:
        """(D, A) the assets that may be held."""
        return np.isfinite(values) if self.above is None else above(values, self.above)

    def _shared(self, held: Array, values: Array, forecast: Forecast) -> Array:
        """(D, A) shares of what is invested, summing to 1 or 0 by date."""
        taken = held > 0.0
        if self.weigh is Weigh.SCORE:
            held = held * np.where(taken, values, 0.0)
        if self.weigh is Weigh.INVERSE_VOLATILITY:
            variance = np.diagonal(forecast.covariance, axis1=-2, axis2=-1)
            usable = np.isfinite(variance) & (variance > 0.0)
            held = np.where(taken, held / np.sqrt(np.where(usable, variance, np.nan)), 0.0)
        whole = held.sum(-1, keepdims=True)
        return np.asarray(held / np.where(whole > 0.0, whole, np.where(np.isnan(whole), np.nan, 1.0)))

    @property
    def words(self) -> str:
        """Where the weights come from."""
        names = f" of {', '.join(self.among)}" if self.among else ""
        chosen = f"the best{'' if self.top == 1 else f' {self.top}'}{names} by score"
        floor = f" {'if it is' if self.top == 1 else 'that are'} above {self.above:g}" if self.above is not None else ""
        how = {
            Weigh.EQUAL: "in equal parts",
            Weigh.INVERSE_VOLATILITY: "by the inverse of their volatilities",
            Weigh.SCORE: "by their scores",
        }[self.weigh]
        shared = f", {how}" if self.top > 1 else ""
        return f"{chosen}{floor}{shared}; else {', '.join(self.refuge) or 'cash'}"

    def sentence(self, today: Today, asset: int) -> str:
        """Whether one asset is held today, and why."""
        score = float(today.scores.values[asset])
        if not self._among[asset]:
            return "the refuge" if self._refuge[asset] else "not among those it chooses from"
        if not np.isfinite(score):
            return "not held: its score is unknown"
        values = np.where(self._among, today.scores.values, np.nan)
        place = 1 + int((values > score).sum())
        rank = f"place {place} of {int(np.isfinite(values).sum())} at a score of {score:+.2f}"
        if self.above is not None and not above(np.asarray(score), self.above):
            return f"not held: {rank} is not above {self.above:g}"
        held = best(today.scores.values[np.newaxis], self.top, self._among & self._good(today.scores.values))[0, asset] > 0.0
        return f"held: {rank}" if held else f"not held: {rank}, and {self.top} are held"
