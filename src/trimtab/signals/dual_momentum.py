"""Dual momentum (Antonacci 2014, "Dual Momentum Investing"): the better of two, if it beats bills, else bonds.

Global equities momentum, GEM: each month take the better 12-month total return of US and other equities and hold it if
the gate's return is above that of bills, else hold bonds. Two gates are in print: the winner's own return, and that of
the home market. They differ where one of the two has lost to bills and the other has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError
from trimtab.core.places import place_of
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Reads, Span, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.selection import chosen, measured, silence, spread_over
from trimtab.signals.sides import apart, side
from trimtab.signals.wording import above_or_below, percent


class Gate(Enum):
    """Whose return must beat bills."""

    WINNER = "winner"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class DualMomentum(Term):
    """1 for the asset to hold, -1 for the others involved, NaN on all that are not. Shape (D, A).

    The best of `among` (ids, the first is home) by total return over `lookback`; a tie (1e-12 relatively) goes to the one
    named first. It is held where the gate's return is above that of `bills`, a total-return series; otherwise, at a tie
    too, `refuge` is. NaN where the value at either end of any of `among` or of bills is unknown (warm-up: lookback + 1
    rows), or today's of the refuge. One lookback is a matter of luck (in 2010, ten months made 12 % and nine lost 9 %):
    hold several through `Ensemble`.
    """

    among: tuple[str, ...]
    refuge: str
    bills: str
    lookback: Span = months(12)
    gate: Gate = Gate.WINNER

    def __post_init__(self) -> None:
        if len(set(self.among)) < max(2, len(self.among)):
            what = f"among names {', '.join(self.among) or 'nothing'}"
            raise ParameterError(what, field="among", remedy="Give at least two different assets, home first.")
        for name in ("refuge", "bills"):
            if not getattr(self, name):
                remedy = "Give the id of an asset." if name == "refuge" else "Give the name of a loaded series."
                raise ParameterError(f"{name} is empty", field=name, remedy=remedy)
        if self.refuge in self.among:
            what = f"refuge {self.refuge} is one of those it is a refuge from"
            raise ParameterError(what, field="refuge", remedy="Give another asset, such as bonds.")
        if self.lookback.count < 1:
            raise ParameterError("lookback is 0 steps long", field="lookback", remedy="Give at least 1M, 1W or 1D.")

    @property
    def involved(self) -> tuple[str, ...]:
        """The ids of all that may be held."""
        return (*self.among, self.refuge)

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return {self.bills: Reads.INDEX}

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.bills,)

    def __call__(self, view: View) -> Scores:
        """(D, A) 1 for the asset to hold, -1 for the others."""
        winner, growth, bills = self._race(view)
        passed = side(self._gated(winner, growth), bills)
        refuge = place_of(view.assets, self.refuge, "refuge")
        ready = np.isfinite(passed) & np.isfinite(view.window(TOTAL_RETURN, 1)[:, -1, refuge])
        held = np.where(passed > 0.0, self._places(view)[winner], refuge)
        scores = np.where(held[:, None] == np.arange(len(view.assets)), 1.0, -1.0)
        return chosen(view, self.involved, np.where(ready[:, None], scores, np.nan))

    def measure(self, view: View) -> Measure:
        """(D, A) how far the gate's growth stands above that of bills, the same on every asset involved."""
        winner, growth, bills = self._race(view)
        name = f"{self.lookback.words} return of the {self.gate.value} over {self.bills}"
        return measured(view, self.involved, name, spread_over(view, apart(self._gated(winner, growth), bills)))

    def sentence(self, view: View, asset: int) -> str:
        """Who won, whether the gate lets it in, and what that means for the asset."""
        if view.assets[asset].id not in self.involved:
            return silence(view.assets[asset])
        what = f"{self.lookback.words} total return"
        scores = self(view).values
        if len(scores) == 0 or np.isnan(scores[-1, asset]):
            return f"{what} of {', '.join(self.among)} or of {self.bills}, or today's {self.refuge}, is not known"
        winner, growth, bills = (one[-1] for one in self._race(view))
        gate = 0 if self.gate is Gate.HOME else int(winner)
        place = above_or_below(float(side(growth[gate], bills)))
        verdict = "held" if scores[-1, asset] > 0.0 else "not held"
        led = f"{self.among[winner]} leads with a {what} of {percent(growth[winner] - 1.0)}"
        return f"{verdict}: {led}; {self.among[gate]} {percent(growth[gate] - 1.0)} is {place} {self._rival(bills)}"

    def flip(self, view: View, asset: int) -> str:
        """Nothing: it depends on the next closes of several assets, and on what bills earn until then."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        gate = self.among[0] if self.gate is Gate.HOME else "it"
        best = f"the best of {', '.join(self.among)} by {self.lookback.words} total return"
        return f"{best} where {gate} beats {self.bills}, else {self.refuge}"

    def _rival(self, bills: float) -> str:
        return f"{percent(bills - 1.0)} of {self.bills}"

    def _places(self, view: View) -> Index:
        """(E,) the columns of those it chooses among."""
        return np.array([place_of(view.assets, one, "among") for one in self.among], dtype=np.intp)

    def _race(self, view: View) -> tuple[Index, Array, Array]:
        """(D,) number of the winner among those it chooses among, (D, E) their growth and (D,) that of bills."""
        rows = self.lookback + 1
        index = view.window(TOTAL_RETURN, rows.count, every=rows.every)[:, :, self._places(view)]
        growth = 1.0 + apart(index[:, -1], index[:, 0])
        bills = view.series(self.bills, rows.count, every=rows.every)
        winner = np.zeros(len(growth), dtype=np.intp)
        for one in range(1, len(self.among)):  # in the order in which they are named: it settles ties
            best = np.take_along_axis(growth, winner[:, None], axis=1)[:, 0]
            winner = np.where(side(growth[:, one], best) > 0.0, one, winner)
        return winner, growth, 1.0 + apart(bills[:, -1], bills[:, 0])

    def _gated(self, winner: Index, growth: Array) -> Array:
        """(D,) growth of the gate; NaN where that of any is unknown."""
        known = np.isfinite(growth).all(axis=1)
        gate = growth[:, 0] if self.gate is Gate.HOME else np.take_along_axis(growth, winner[:, None], axis=1)[:, 0]
        return np.where(known, gate, np.nan)
