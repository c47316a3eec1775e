"""Drawdown rule: out when too much has been lost since the highest value, in again when most of it has been won back.

A stop with a way back; Grossman and Zhou (1993, "Optimal Investment Strategies for Controlling Drawdowns") give the
theory of acting on the distance from the running maximum. It sells after losses by design, so hold it against the same
portfolio without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Gt, Le

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Fraction, Span, Stat, check_ranges, sessions
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.holding import Holding
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.sides import apart, side
from trimtab.signals.wording import close_next, ended, prices, turning, upcoming


@dataclass(frozen=True, slots=True)
class Drawdown(Holding, Term):
    """Out (-1) below -`out` from the highest value, in (1) above -`back`, 0 between. Shape (D, A), in {-1, 0, 1}.

    The highest of the total-return index over `window`, today included, or, where that is 0 steps long (the default
    `0D`), of everything since the policy's `since`: every session for 0D, week-ends for 0W, month-ends for 0M. `out` and
    `back` are fractions, `back` at most `out`; with `back` 0 only a new high lets in again. 0 at a tie with either level
    (1e-12 relatively). NaN where today's value is unknown, where any of `window` is, and on assets that are not listed
    (all are where `assets` is empty). A fold: 0 keeps the side before.
    """

    window: Span = sessions(0)
    out: Annotated[float, Gt(0.0), Le(1.0)] = 0.10
    back: Fraction = 0.05
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.window.count == 1:
            remedy = "Give at least two rows, such as 12M, or 0D for everything since the policy's `since`."
            raise ParameterError(f"window {self.window} is the price itself", field="window", remedy=remedy)
        if self.back > self.out:
            what = f"back {self.back:g} is above out {self.out:g}"
            raise ParameterError(what, field="back", remedy="What lets in must lie nearer to the highest value.")

    @property
    def expands(self) -> bool:
        """Whether it reads everything since the policy's `since`."""
        return self.window.count == 0

    def __call__(self, view: View) -> Scores:
        """(D, A) sides before memory."""
        return chosen(view, self.assets, self._sides(*self._ends(view)))

    def measure(self, view: View) -> Measure:
        """(D, A) the drawdown, a negative fraction."""
        return measured(view, self.assets, f"drawdown from the highest value {self._since}", apart(*self._ends(view)))

    def sentence(self, view: View, asset: int) -> str:
        """The drawdown and where it lies to the levels, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        last, most = (one[-1:, asset] for one in self._ends(view))
        if len(last) == 0 or np.isnan(last[0]) or np.isnan(most[0]):
            return f"the highest value {self._since} is unknown: {self._known(view, asset)}"
        where = float(self._sides(last, most)[0])
        place = "below" if where < 0.0 else "above" if where > 0.0 else "between"
        levels = f"{_percent(self.out)} (out)" if where < 0.0 else f"{_percent(self.back)} (in)"
        levels = levels if where else f"{_percent(self.out)} and {_percent(self.back)}"
        return f"{_percent(1.0 - last[0] / most[0])} from the highest value {self._since}, {place} {levels}"

    def flip(self, view: View, asset: int) -> str:
        """At which next close the side changes, exactly; empty where it is unknown, or the highest value may be replaced.

        That is so within a step, where today's value is itself the highest of those since the policy's `since`.
        """
        last, most = (one[-1:, asset] for one in self._ends(view))
        where = float(self._sides(last, most)[0]) if len(last) else np.nan
        if np.isnan(where) or not listed(view.assets, self.assets)[asset]:
            return ""
        every, rows = self.window.every, prices(view, self.window if self.window.count else sessions(1), asset)
        if self.window.count:
            high = float(upcoming(view, every, rows).max())
        elif ended(view, every) or last[0] < most[0]:
            high = float(rows[-1] * (most[0] / last[0]))
        else:
            return ""
        return turning(where, high * (1.0 - self.out), high * (1.0 - self.back), close_next(view, every))

    @property
    def words(self) -> str:
        """What it looks at."""
        levels = f"out below {_percent(self.out)}, in again above {_percent(self.back)}"
        return f"distance from the highest value {self._since}, {levels}"

    def _ends(self, view: View) -> tuple[Array, Array]:
        """(D, A) each: today's value and the highest."""
        every = self.window.every
        if self.expands:
            return view.window(TOTAL_RETURN, 1)[:, -1], view.expanding(TOTAL_RETURN, Stat.MAX, every=every)
        index = view.window(TOTAL_RETURN, self.window.count, every=every)
        return index[:, -1], np.asarray(index.max(axis=1))

    def _sides(self, last: Array, most: Array) -> Array:
        """The side of each; at the highest value itself it is in, whatever `back`."""
        inside = (side(last, most * (1.0 - self.back)) > 0.0) | (side(last, most) >= 0.0)
        below = side(last, most * (1.0 - self.out))
        return np.where(np.isnan(below), np.nan, np.where(inside, 1.0, np.where(below < 0.0, -1.0, 0.0)))

    def _known(self, view: View, asset: int) -> str:
        if self.expands:
            return "no value today"
        known = int(np.isfinite(prices(view, self.window, asset)).sum())
        return f"{known} of {self.window.count} values are known"

    @property
    def _since(self) -> str:
        return "since the start" if self.expands else f"of the {self.window.words} window"


def _percent(loss: float) -> str:
    """A loss as people write a drawdown."""
    return f"{-100.0 * loss + 0.0:.4g} %"
