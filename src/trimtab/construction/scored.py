"""Scored: the scores are the weights, as those of a signal that is an optimiser itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from trimtab.construction.meant import named
from trimtab.core.arrays import Array, Mask, require_shape
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today

_DUST = 1e-9  # a solver's zero may be this far below 0


class Negative(Enum):
    """What a score below 0 means."""

    CLIP = "clip"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Scored:
    """Each asset at the weight that its score is; what they leave of 1 is cash.

    `among` names the asset ids or classes that are meant, all without names; the others get 0. A date on which the score
    of any that is meant is unknown (NaN or infinite) has no weights at all (NaN). Scores below 0 count as 0 (`negative:
    clip`), or leave the date without weights too (`refuse`, beyond a solver's rounding of 1e-9). With `scale`, weights
    that sum to more than 1 are scaled down to 1; without, they stand, and limits say how much may be borrowed.
    """

    reads_scores = True

    negative: Negative = Negative.CLIP
    scale: bool = False
    among: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()
    _among: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        among = named(self.universe, self.among, "among")
        object.__setattr__(self, "_among", among if self.among else np.ones(len(self.universe), dtype=bool))

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        values = np.ascontiguousarray(scores.values)
        if self.among:
            require_shape("the universe of scored weights", self._among, values.shape[-1:])
            values = np.where(self._among, values, 0.0)
        bad = ~np.isfinite(values)
        if self.negative is Negative.REFUSE:
            bad |= values < -_DUST
        weights = np.maximum(np.where(bad, 0.0, values), 0.0)
        if self.scale:
            weights = weights / np.maximum(weights.sum(-1, keepdims=True), 1.0)
        return np.where(bad.any(-1, keepdims=True), np.nan, weights)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        below = "those below 0 count as 0" if self.negative is Negative.CLIP else "none where any is below 0"
        names = f" of {', '.join(self.among)}" if self.among else ""
        return f"the scores{names} themselves, {below}{', scaled down to a sum of 1' if self.scale else ''}"

    def sentence(self, today: Today, asset: int) -> str:
        """The score that is the weight, or why there are no weights."""
        values = today.scores.values
        meant_ones = self._among if self.among else np.ones(len(values), dtype=bool)
        names = [one.title for one, value in zip(today.aims.assets, values.tolist(), strict=True) if not np.isfinite(value)]
        unknown = [name for name, own in zip(names, meant_ones[~np.isfinite(values)], strict=True) if own]
        if unknown:
            return f"no weights: the score of {', '.join(unknown)} is unknown"
        if self.negative is Negative.REFUSE and bool((values[meant_ones] < -_DUST).any()):
            return "no weights: a score is below 0"
        return f"its score is {values[asset]:+.4f}" if meant_ones[asset] else "not among those it weighs"
