"""Breadth momentum: how many canaries are down says how much is defensive (Keller and Keuning 2017 and 2018).

"Breadth Momentum and Vigilant Asset Allocation (VAA)", 2017: the offensive assets are their own canaries; VAA-G4 holds one
of four and leaves them all when one is bad. "Breadth Momentum and the Canary Universe: Defensive Asset Allocation (DAA)",
2018: two canaries, 50 % defensive for each that is bad. Scores there are the mean annualised return over 1, 3, 6 and 12
months (`WeightedMomentum`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.construction.meant import named
from trimtab.construction.picking import above, best
from trimtab.core.arrays import Array, Mask, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.terms import check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today

_ROUNDING = 1e-9  # 2/3 of 3 places are 2 places


@dataclass(frozen=True, slots=True)
class Breadth:
    """The fraction min(1, bad / protect) stands in the best defensive asset, the rest in the `top` offensive ones.

    Bad is a canary whose score is not above 0. One with an unknown score is bad too: it cannot say that all is well.
    `canary` are the offensive assets where none are named. The offensive part is held in equal parts, the `best`
    defensive assets likewise, both by score whatever its sign; assets level at the last place share it. An asset with an
    unknown score is never held: offensive places that nothing fills are defensive, defensive ones cash. With
    `easy_trading` the fraction is rounded down to a multiple of 1/top, and the (1 - fraction) x top best offensive assets
    are held at 1/top each, so that whole places change hands. Names are asset ids or classes; an asset may be offensive,
    defensive and a canary at once.
    """

    reads_scores = True

    offensive: tuple[str, ...]
    defensive: tuple[str, ...]
    canary: tuple[str, ...] = ()
    top: Annotated[int, Ge(1)] = 1
    protect: Annotated[int, Ge(1)] = 1
    best: Annotated[int, Ge(1)] = 1
    easy_trading: bool = False
    universe: tuple[Asset, ...] = ()
    _groups: tuple[Mask, Mask, Mask] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        for name in ("offensive", "defensive"):
            if not getattr(self, name):
                raise ParameterError(f"{name} is empty", field=name, remedy="Name assets or classes.")
        offensive, defensive, canary = (
            named(self.universe, getattr(self, name), name) for name in ("offensive", "defensive", "canary")
        )
        canary = canary if self.canary else offensive
        object.__setattr__(self, "_groups", (offensive, defensive, canary))
        parts = (("top", self.top, offensive), ("best", self.best, defensive), ("protect", self.protect, canary))
        for name, number, members in parts if self.universe else ():
            if number > int(members.sum()):
                what = f"{name} is {number}, of {int(members.sum())} assets"
                raise ParameterError(what, field=name, remedy=f"Give at most {int(members.sum())}.")

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A); what they leave is cash."""
        values = np.ascontiguousarray(scores.values)
        offensive, defensive, _ = self._groups
        require_shape("the universe of a breadth allocation", offensive, values.shape[-1:])
        safe = self.defended(values)
        places = np.floor((1.0 - safe) * self.top + _ROUNDING) if self.easy_trading else np.full(safe.shape, self.top)
        held = best(values, places, offensive) * ((1.0 - safe) / np.maximum(places, 1.0))[:, np.newaxis]
        rest = np.maximum(1.0 - held.sum(-1, keepdims=True), 0.0)
        return np.asarray(held + rest * best(values, self.best, defensive) / self.best)

    def defended(self, values: Array) -> Array:
        """(D,) the fraction that the canaries put into the defensive assets, out of scores (D, A)."""
        share = np.minimum(self._bad(values).sum(-1) / self.protect, 1.0)
        return np.floor(share * self.top + _ROUNDING) / self.top if self.easy_trading else np.asarray(share)

    def _bad(self, values: Array) -> Mask:
        """(..., A) the canaries that are not known to be above 0."""
        return np.asarray(self._groups[2] & ~above(values, 0.0))

    @property
    def words(self) -> str:
        """Where the weights come from."""
        canaries = ", ".join(self.canary) or "the offensive assets themselves"
        rounded = f", rounded down to a multiple of 1/{self.top}" if self.easy_trading and self.protect > 1 else ""
        held = f"the best{'' if self.top == 1 else f' {self.top}'} of {', '.join(self.offensive)} by score"
        safe = f"in the best{'' if self.best == 1 else f' {self.best}'} of {', '.join(self.defensive)}"
        if self.protect == 1:
            return f"{held}; all {safe} as soon as the score of one canary ({canaries}) is not above 0"
        return f"{held}; 1/{self.protect} {safe} for each canary ({canaries}) whose score is not above 0{rounded}"

    def sentence(self, today: Today, asset: int) -> str:
        """How many canaries are bad, and the place of one asset."""
        values = today.scores.values
        bad, canary = self._bad(values), self._groups[2]
        names = ", ".join(one.title for one, is_bad in zip(today.aims.assets, bad.tolist(), strict=True) if is_bad)
        state = f"{int(bad.sum())} of {int(canary.sum())} canaries are bad{f' ({names})' if names else ''}"
        share = f"{state}: {100.0 * float(self.defended(values[np.newaxis])[0]):.0f} % is defensive"
        ranks = [
            f"place {1 + int((values[members] > values[asset]).sum())} of {int(members.sum())} {group}"
            for group, members in zip(("offensive", "defensive"), self._groups, strict=False)
            if members[asset] and np.isfinite(values[asset])
        ]
        silent = [] if np.isfinite(values[asset]) else ["its score is unknown"]
        return "; ".join((share, *ranks, *silent))
