"""Overlay: tilts around a benchmark, sized by the scores and paid for by other assets or by cash (METHODS 5.1).

The classical tactical overlay on a strategic allocation: w = b + tilt, with the tilts of a date adding up to zero over
assets and cash.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Mask, frozen, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.terms import Fraction, Positive, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores

CASH = "cash"


_DUST = 1e-12  # what rounding leaves of a weight of nothing pays for nothing


@dataclass(frozen=True, slots=True)
class Overlay:
    """Benchmark weight plus clip(tilt * strength * score, -tilt, tilt) for each asset with a score.

    An asset without one (NaN) has no view: it keeps its benchmark weight, but may serve as funding. What the tilts of
    a date add up to is taken from the funding, pro rata to benchmark weights:

    * `funding` names asset ids, asset classes, or `cash` (whose benchmark weight is what the others leave of 1);
    * without names, the assets without a view on that date; where all have one, all assets. (Pro rata to the benchmark:
      the same tilt on everything makes large assets smaller, 60/40 with two full tilts becomes 58/42.)

    Where the funding has no benchmark weight, cash pays. Funding may move an asset by more than `tilt`, or below zero:
    limits are for the rules.
    """

    tilt: Fraction = 0.10
    strength: Positive = 1.0  # tilts, in units of `tilt`, for a score of 1
    funding: tuple[str, ...] = ()
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()
    _funds: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.universe and self.benchmark and len(self.universe) != len(self.benchmark):
            what = f"the benchmark has {len(self.benchmark)} weights for {len(self.universe)} assets"
            raise ParameterError(what, field="benchmark", remedy="Give one weight for each asset of the universe.")
        words = [word for asset in self.universe for word in (asset.id, asset.asset_class)]
        if CASH in self.funding and CASH in words:
            remedy = "Rename the asset or class: in funding, cash means what the weights leave of 1."
            raise ParameterError("an asset or class is called cash", field="funding", remedy=remedy)
        known = {CASH, *words}
        for name in self.funding if self.universe else ():
            if name not in known:
                remedy = f"Known are {', '.join(sorted(filter(None, known)))}."
                raise ParameterError(f"{name!r} is no asset or class of the universe", field="funding", remedy=remedy)
        named = [asset.id in self.funding or asset.asset_class in self.funding for asset in self.universe]
        object.__setattr__(self, "_funds", frozen(np.array(named, dtype=bool)))

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A). A date on which nothing has a score gets the benchmark."""
        views = np.ascontiguousarray(scores.values)
        benchmark = np.array(self.benchmark)
        require_shape("the benchmark of an overlay", benchmark, views.shape[-1:])
        silent = np.isnan(views)
        tilts = np.where(silent, 0.0, self.tilt * np.clip(self.strength * views, -1.0, 1.0))
        weights = np.where(benchmark > _DUST, benchmark, 0.0) * self._payers(silent)
        rest = 1.0 - float(benchmark.sum())
        cash = rest if CASH in self.funding and rest > _DUST else 0.0
        pool = weights.sum(-1, keepdims=True) + cash
        shares = weights / np.where(pool > 0.0, pool, 1.0)  # what they leave of 1 is the share of cash
        return benchmark + tilts - shares * tilts.sum(-1, keepdims=True)  # type: ignore[no-any-return]

    @property
    def words(self) -> str:
        """Where the weights come from."""
        much = f" ({self.strength:g} tilts for a score of 1)" if self.strength != 1.0 else ""
        payers = ", ".join(self.funding) or "the assets without a score"
        return f"the benchmark, each asset tilted by its score, by up to {100.0 * self.tilt:g} %{much}, paid for by {payers}"

    def _payers(self, silent: Mask) -> Mask:
        """Which assets pay for the tilts, (D, A)."""
        if self.funding:
            require_shape("the universe of an overlay", self._funds, silent.shape[-1:])
            return np.broadcast_to(self._funds, silent.shape).copy()
        return silent | ~silent.any(-1, keepdims=True)
