"""Equal weight: the same in every asset (DeMiguel, Garlappi and Uppal 2009, "Optimal Versus Naive Diversification")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.taking_part import members, spread
from trimtab.core.arrays import Array
from trimtab.core.values import Asset, Forecast, Regime, Scores


@dataclass(frozen=True, slots=True)
class EqualWeight:
    """1/n in each of the n assets that take part, whatever the scores: those that `only` names by id or class, or all."""

    only: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        members(self.universe, self.only if self.universe else ())

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        some = members(self.universe or scores.assets, self.only)
        shape = scores.values.shape
        return spread(np.full((*shape[:-1], len(some)), 1.0 / max(len(some), 1)), some, shape[-1])

    @property
    def words(self) -> str:
        """Where the weights come from."""
        return f"the same weight in {', '.join(self.only) if self.only else 'every asset'}"
