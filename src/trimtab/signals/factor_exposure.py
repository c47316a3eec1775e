"""Exposure of an asset or a sleeve to a factor, by rolling regression on factor returns (METHODS 3.1).

Value (hml), size (smb), profitability (rmw): Fama and French (1993, 2015); momentum (umd): Carhart (1997); quality
(qmj), low volatility (bab): Asness, Frazzini and Pedersen (2019), Frazzini and Pedersen (2014). A tilt towards one of
them among ETFs or sleeves is this signal with that factor, the market and the others in `among`, so that a value
fund is not called one for its beta alone: `factor: hml, among: [mkt_rf, smb]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Reads, Span, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.numerics.periods import by_period
from trimtab.numerics.regression import Fit, least_squares
from trimtab.signals.algebra import Term
from trimtab.signals.pairing import behind, ended_at
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.variation import stepped

MOST_T = 3.0  # a t-statistic beyond this says no more


class Show(Enum):
    """What the score is: how sure the exposure is, or how large."""

    BETA = "beta"
    T = "t"


class SeriesAre(Enum):
    """What the rows of `factor` and `among` are."""

    RETURNS = "returns"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class FactorExposure(Term):
    """t-statistic (clipped to +-3) or slope on `factor` in a regression of returns over `window`. Shape (D, A).

    Ordinary least squares with an intercept, the series `among` held constant. `factor` and `among` name series of SIMPLE
    RETURNS PER STEP in decimals (0.01 is 1 %), or indices of them (`series_are: index`), with a row for every step of
    `window`: monthly returns for a window of months. `bills` names a total-return index; its return is taken off the
    asset's, but not off the factors', which are differences or excess returns already.

    Returns are paired by period. Factor returns come late, so the regression ends at the latest step for which all series
    are known, and prices after it are left out. NaN where that lies more than `most_late` steps before the decision's own
    step: stale data give no answer, and never a shifted one. Windows of sessions count no calendar and take series of the
    decision date alone. NaN too where any return is unknown (warm-up: window + 1 rows, and as many as the series are
    late), where the asset or a series has not varied, and where the series are collinear.
    """

    factor: str
    among: tuple[str, ...] = ()
    bills: str = ""
    window: Span = months(36)
    show: Show = Show.T
    series_are: SeriesAre = SeriesAre.RETURNS
    most_late: Annotated[int, Ge(0)] = 3
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if not self.factor:
            raise ParameterError("factor is empty", field="factor", remedy="Give the name of a loaded series.")
        names = (self.factor, *self.among)
        if len(set(names)) < len(names) or not all(names):
            what = f"among holds {', '.join(self.among)} beside factor {self.factor}"
            raise ParameterError(what, field="among", remedy="Give each series once.")
        if self.window.count < len(names) + 2:
            what = f"window {self.window} is too short for {len(names)} series and an intercept"
            raise ParameterError(what, field="window", remedy=f"Give at least {len(names) + 2} steps, better 36M.")

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        kind = Reads.INDEX if self.series_are is SeriesAre.INDEX else Reads.RETURN
        bills = {self.bills: Reads.INDEX} if self.bills else {}
        return dict.fromkeys((self.factor, *self.among), kind) | bills

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return tuple(name for name in (self.factor, *self.among, self.bills) if name)

    def __call__(self, view: View) -> Scores:
        """(D, A) t-statistics or slopes."""
        fit = self.fit(view)
        values = np.clip(fit.t[..., 0, :], -MOST_T, MOST_T) if self.show is Show.T else fit.slopes[..., 0, :]
        return chosen(view, self.assets, values)

    def fit(self, view: View) -> Fit:
        """The regression: slopes and t-statistics (D, k, A), `factor` first."""
        late = self._late(view)
        n, every = self.window.count, self.window.every
        prices = view.window(TOTAL_RETURN, n + 1 + self.most_late, every=every)
        y = stepped(ended_at(prices, late, n + 1))
        if self.bills:
            y = y - stepped(self._ended(view, self.bills, late, n + 1))
        x = np.concatenate([self._moves(view, name, late) for name in (self.factor, *self.among)], axis=2)
        return least_squares(y, x)

    def measure(self, view: View) -> Measure:
        """(D, A) the slope."""
        return measured(view, self.assets, f"exposure to {self.factor}", self.fit(view).slopes[..., 0, :], percent=False)

    def sentence(self, view: View, asset: int) -> str:
        """The slope and how sure it is, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        what = f"exposure to {self.factor}"
        fit, late = self.fit(view), self._late(view)
        if len(late) == 0 or late[-1] < 0:
            return f"{what} unknown: {self._stale(view)}"
        slope, t = fit.slopes[-1, 0, asset], fit.t[-1, 0, asset]
        if np.isnan(slope):
            return f"{what} unknown: a return of its {self.window.words} window is, or nothing varied apart from the others"
        until = f", up to {late[-1]} {'step' if late[-1] == 1 else 'steps'} ago" if late[-1] else ""
        return f"{what} {slope:+.3g} (t {np.clip(t, -99.9, 99.9):+.1f}) in a {self.window.words} window{until}"

    def flip(self, view: View, asset: int) -> str:
        """Nothing: it depends on the next return of the factor too."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        others = f", {', '.join(self.among)} held constant" if self.among else ""
        kind = "t-statistic of the exposure" if self.show is Show.T else "exposure"
        return f"{kind} to {self.factor} in a {self.window.words} window{others}"

    def _late(self, view: View) -> Index:
        """(D,) steps from the latest period that all series know to the decision's own; -1 where that is too many."""
        latest = np.max([behind(view, name, self.window.every) for name in self.needs], axis=0)
        return np.where(latest <= self.most_late, latest, -1.0).astype(np.intp)  # NaN compares false

    def _moves(self, view: View, name: str, late: Index) -> Array:
        """(D, n, 1) returns of a factor."""
        if self.series_are is SeriesAre.INDEX:
            return stepped(self._ended(view, name, late, self.window.count + 1))
        return self._ended(view, name, late, self.window.count)

    def _ended(self, view: View, name: str, late: Index, n: int) -> Array:
        """(D, n, 1) the rows of a series that end `late` steps before the decision's own."""
        own = behind(view, name, self.window.every)
        count, every = n + self.most_late, self.window.every
        back = np.where(late < 0, -1, late - np.nan_to_num(own).astype(np.intp))
        rows = by_period(view.series(name, count, every=every), view.stamps(name, count, every=every), every)
        return ended_at(rows[..., None], back, n)

    def _stale(self, view: View) -> str:
        """Which series has no value recent enough."""
        if len(view.days) == 0:
            return "no date"
        ages = {name: float(view.age(name)[-1]) for name in self.needs}
        name = max(ages, key=lambda one: np.inf if np.isnan(ages[one]) else ages[one])
        return f"{name} is not known yet" if np.isnan(ages[name]) else f"the latest {name} is {ages[name]:.0f} days old"
