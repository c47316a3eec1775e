"""Markov switching: the probability of each state now, as Hamilton's filter sees it (Hamilton 1989).

Parameters are fitted by maximum likelihood to a rolling window that ends at a refit date, and stay until the next one;
the filter then runs from the first of those rows to the decision date. Nothing is smoothed: later rows never change what
was said. Telling states apart is hard, and can add risk: look at the same policy without it, and at its lag.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

import numpy as np
from annotated_types import Interval

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import DAY, MONTH, Span, check_ranges, months
from trimtab.core.values import Measure, Regime
from trimtab.numerics.markov_filter import filtered_states
from trimtab.numerics.markov_fit import fit_switching
from trimtab.numerics.markov_model import Switching, SwitchingModel, stacked, unknown
from trimtab.regimes.markov_rows import log_changes, portfolio_returns, refitted_to, rows_since_refit

_NAMES = {2: ("calm", "turbulent"), 3: ("calm", "uneasy", "turbulent")}
_ADVERBS = {DAY: "daily", MONTH: "monthly"}
_AT_ONCE = 4_000_000  # numbers in the filter at a time: memory, not the answer, depends on it


@dataclass(frozen=True, slots=True)
class MarkovSwitching:
    """Filtered probabilities (D, states) of calm and turbulent, or of calm, uneasy and turbulent. Pointwise.

    What switches are the simple returns, per step of `window`, of the benchmark portfolio, of one `asset` (id) or of a
    named `series` instead: its log changes, or its values themselves where `change` is false. A series is taken to have
    one value in every step. `order` lags, in Hamilton's mean-adjusted form. States are ordered at each refit by their
    variance, or from the best mean to the worst where `switching_variance` is false.

    Every `refit` the parameters are found anew from the `window` rows before the running one (see `markov_rows` for the
    dates). NaN where any row from the first of the fit on is unknown (warm-up: window + refit rows and the prices before
    them), and where there is no fit: `sentence` says why. Fits of the same rows are remembered within the process.
    """

    benchmark: tuple[float, ...] = ()
    asset: str = ""
    series: str = ""
    change: bool = True
    window: Span = months(240)
    refit: Span = months(12)
    states: Annotated[int, Interval(ge=2, le=3)] = 2
    order: Annotated[int, Interval(ge=0, le=4)] = 0
    switching_variance: bool = True

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.refit.count < 1 or self.refit.every is not self.window.every:
            remedy = "Give at least one step, in the unit of the window, such as 12M for a window of 240M."
            raise ParameterError(f"refit {self.refit} does not go with window {self.window}", field="refit", remedy=remedy)
        if self.window.count < self.model.fewest_rows:
            remedy = f"Give at least {self.model.fewest_rows} rows, better ten times as many as there are parameters."
            raise ParameterError(f"window {self.window} is too short for this model", field="window", remedy=remedy)
        if self.asset and self.series:
            raise ParameterError("asset and series are both given", field="series", remedy="Leave one of them out.")

    @property
    def model(self) -> SwitchingModel:
        """What is fitted."""
        return SwitchingModel(self.states, self.order, self.switching_variance)

    @property
    def names(self) -> tuple[str, ...]:
        """The states, the calmest first."""
        return _NAMES[self.states]

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.series,) if self.series else ()

    def __call__(self, view: View) -> Regime:
        """(D, states) filtered probabilities."""
        rows, back = self._rows(view)
        found = np.full((len(rows), self.states), np.nan)
        fits = self._fits(rows, back)
        good = np.flatnonzero([not fit.reason for fit in fits])
        size = max(1, _AT_ONCE // (rows.shape[1] * self.states ** (self.order + 1)))
        for first in range(0, len(good), size):
            some = good[first : first + size]
            found[some] = self._filtered(rows[some], back[some], [fits[d] for d in some.tolist()])
        return Regime(self.names, found)

    def measure(self, view: View) -> Measure:
        """(D, 1) the probability of the last state."""
        return Measure(f"probability of {self.names[-1]}", self(view).probabilities[:, -1:])

    def sentence(self, view: View) -> str:
        """The probability at the last date and the parameters behind it, or why there is none."""
        if len(view.days) == 0:
            return "unknown: there is no date"
        rows, back = self._rows(view)
        fit, known = self._fits(rows[-1:], back[-1:])[0], int(np.isfinite(rows[-1]).sum())
        which = f"the {self.window.count} {self._steps} to {refitted_to(self._ends(view)[-1], self.refit)}"
        if fit.reason:
            return f"unknown: {known} of {rows.shape[1]} rows of {self._what} are known; fit to {which}: {fit.reason}"
        chance = float(self._filtered(rows[-1:], back[-1:], [fit])[0, -1])
        said = "; ".join(self._state(fit, s, view.per_year(self.window.every)) for s in range(self.states))
        return f"{self.names[-1]} with a probability of {100.0 * chance:.0f} %, by a fit to {which}: {said}"

    @property
    def words(self) -> str:
        """What it looks at."""
        names = f"{', '.join(self.names[:-1])} or {self.names[-1]}"
        how = f"refitted every {self.refit.count} {self._steps} to {self.window.count}"
        return f"{names}, by Markov switching in {self._what}, {how}; filtered, never smoothed"

    # ----- rows and fits -----

    def _rows(self, view: View) -> tuple[Array, Index]:
        """(D, window + refit) rows up to each date, and how many of them (D,) lie after the last row of the fit."""
        count, every = self.window.count + self.refit.count, self.window.every
        if not self.series:
            rows = portfolio_returns(view, self._weights(view), count, every)
        elif self.change:
            rows = log_changes(view.series(self.series, count + 1, every=every))
        else:
            rows = np.array(view.series(self.series, count, every=every))
        return rows, rows_since_refit(self._ends(view), self.refit)

    def _ends(self, view: View) -> Dates:
        """(D,) the date on which each window ends."""
        if not self.series:
            return view.days.dates
        return np.asarray(view.days.dates - np.nan_to_num(view.age(self.series)).astype("timedelta64[D]"))

    def _weights(self, view: View) -> tuple[float, ...]:
        known = [asset.id for asset in view.assets]
        if not self.asset:
            if self.benchmark and len(self.benchmark) != len(known):
                what = f"the benchmark has {len(self.benchmark)} weights for {len(known)} assets"
                raise ParameterError(what, field="benchmark", remedy="Give one weight for each asset of the universe.")
            return self.benchmark
        if self.asset not in known:
            near = get_close_matches(self.asset, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"The universe holds {', '.join(known) or 'nothing'}."
            raise ParameterError(f"asset names {self.asset!r}, not in the universe", field="asset", remedy=remedy)
        return tuple(float(one == self.asset) for one in known)

    def _fits(self, rows: Array, back: Index) -> list[Switching]:
        """The parameters that hold at each date, states in order. Dates that share a fit share its rows, and the memo."""
        found = []
        for one, after in zip(rows, back.tolist(), strict=True):  # each date has a fit of its own: a look-up, mostly
            end = len(one) - after
            fit = fit_switching(one[end - self.window.count : end], self.model)
            if not fit.reason and not np.isfinite(one[end:]).all():
                fit = unknown(self.model, "a row since then is unknown")
            found.append(self._ordered(fit))
        return found

    def _ordered(self, fit: Switching) -> Switching:
        return fit.relabelled(np.argsort(fit.variances if self.switching_variance else -fit.means, kind="stable"))

    def _filtered(self, rows: Array, back: Index, fits: list[Switching]) -> Array:
        """(N, states) at the last of `rows` (N, n), each from the first row of its fit.

        What follows the last row is filler: the filter's answer at a row does not depend on later ones.
        """
        count = rows.shape[1]
        start = count - back - self.window.count
        at = np.minimum(start[:, None] + np.arange(count), count - 1)
        seen = np.take_along_axis(rows, at, axis=1)
        states = filtered_states(seen, self.model, stacked(fits)).probabilities
        return np.asarray(states[np.arange(len(rows)), count - 1 - start])

    # ----- words -----

    @property
    def _what(self) -> str:
        if self.series:
            return f"{'log changes of ' if self.change else ''}{self.series}"
        return f"{_ADVERBS.get(self.window.every, 'weekly')} returns of {self.asset or 'the benchmark'}"

    @property
    def _steps(self) -> str:
        return {DAY: "sessions", MONTH: "months"}.get(self.window.every, "weeks")

    def _state(self, fit: Switching, s: int, per_year: int) -> str:
        mean, sd = float(fit.means[s]), float(np.sqrt(fit.variances[s]))
        if self.series and not self.change:
            size = f"mean {mean:.4g}, standard deviation {sd:.4g}"
        else:
            size = f"{100.0 * per_year * mean:+.1f} % a year, volatility {100.0 * np.sqrt(per_year) * sd:.1f} %"
        return f"{self.names[s]} {size}, lasting {fit.durations[s]:.0f} {self._steps}"
