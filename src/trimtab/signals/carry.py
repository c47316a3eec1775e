"""Carry: what an asset earns beyond its financing if prices stand still (Koijen, Moskowitz, Pedersen and Vrugt 2018).

For a bond its yield, for a currency the foreign short rate, for equities a dividend yield, each less the short rate at
home at which the position is financed. Roll-down and expected dividends are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import NonNegative, Reads, check_ranges
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.levels import crossing, latest, require_finite, require_names
from trimtab.signals.selection import listed, silence
from trimtab.signals.sides import side
from trimtab.signals.wording import above_or_below, percent


@dataclass(frozen=True, slots=True)
class Carry(Term):
    """Sign of an asset's yield less the `financing` rate against `threshold`, all per year in decimals. Shape (D, A).

    `yields` maps the id of an asset to the name of its yield. In {-1, 0, 1}; 0 at a tie within 1e-12 relatively, without
    memory. With a `scale` above zero, the distance from the threshold over it, clipped to +-1. NaN where either rate is
    unknown (warm-up: one value of each), and on assets that `yields` does not name.
    """

    yields: Mapping[str, str] = field(hash=False)
    financing: str
    threshold: float = 0.0
    scale: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)
        require_names(financing=self.financing)
        require_finite(threshold=self.threshold, scale=self.scale)
        if not self.yields:
            raise ParameterError("yields is empty", field="yields", remedy="Give ids and yields, such as {BONDS: gs10}.")
        for one, name in self.yields.items():
            if not name:
                raise ParameterError(f"yields names no series for {one}", field="yields", remedy="Give that of its yield.")
        object.__setattr__(self, "yields", dict(self.yields))  # the caller's own may change later

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return dict.fromkeys(self.needs, Reads.RATE)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return tuple(dict.fromkeys((*self.yields.values(), self.financing)))

    def __call__(self, view: View) -> Scores:
        """(D, A) signs, or distances."""
        yields, rate = self._rates(view)
        if self.scale > 0.0:
            return Scores(view.assets, np.clip((yields - rate - self.threshold) / self.scale, -1.0, 1.0))
        return Scores(view.assets, side(yields, rate + self.threshold))

    def measure(self, view: View) -> Measure:
        """(D, A) the carry, per year."""
        yields, rate = self._rates(view)
        return Measure(f"yield less {self.financing}", yields - rate)

    def sentence(self, view: View, asset: int) -> str:
        """Both rates and their difference, in words."""
        name = self._name(view, asset)
        if not name:
            return silence(view.assets[asset])
        earned, rate = self._now(view, asset)
        if np.isnan(earned - rate):
            return f"carry unknown: {name} or {self.financing} is not known yet"
        place = above_or_below(float(side(np.asarray(earned), np.asarray(rate + self.threshold))))
        rates = f"{name} {100.0 * earned:.2f} % less {self.financing} {100.0 * rate:.2f} %"
        return f"{rates} is a carry of {percent(earned - rate, digits=2)}, {place} {percent(self.threshold, digits=2)}"

    def flip(self, view: View, asset: int) -> str:
        """The carry at which the sign changes; empty where it is unknown."""
        name = self._name(view, asset)
        if not name:
            return ""
        earned, rate = self._now(view, asset)
        where = float(side(np.asarray(earned), np.asarray(rate + self.threshold)))
        return crossing(f"{name} less {self.financing}", where, percent(self.threshold, digits=2))

    @property
    def words(self) -> str:
        """What it looks at."""
        names = ", ".join(dict.fromkeys(self.yields.values()))
        return f"{names} less {self.financing} against {percent(self.threshold, digits=2)}"

    def _rates(self, view: View) -> tuple[Array, Array]:
        """(D, A) yields, NaN on assets without one, and (D, 1) the financing rate."""
        listed(view.assets, tuple(self.yields), field="yields")
        yields = np.full((len(view.days), len(view.assets)), np.nan)
        for a, asset in enumerate(view.assets):  # each asset has a series of its own
            if asset.id in self.yields:
                yields[:, a] = latest(view, self.yields[asset.id])
        return yields, latest(view, self.financing)[:, None]

    def _now(self, view: View, asset: int) -> tuple[float, float]:
        if len(view.days) == 0:
            return np.nan, np.nan
        yields, rate = self._rates(view)
        return float(yields[-1, asset]), float(rate[-1, 0])

    def _name(self, view: View, asset: int) -> str:
        """The yield of an asset; empty where it has none."""
        return self.yields.get(view.assets[asset].id, "")
