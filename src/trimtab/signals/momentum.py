"""Time-series (absolute) momentum: the sign of an asset's own past return (Moskowitz, Ooi and Pedersen 2012).

Against zero, or against bills: then it is the sign of the excess return, as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Reads, Span, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.sides import apart, side
from trimtab.signals.wording import above_or_below, close_next, left_out, percent, prices, turning, upcoming


@dataclass(frozen=True, slots=True)
class Momentum(Term):
    """Sign of the total return over `lookback`, leaving out the last `skip`. Shape (D, A), in {-1, 0, 1}.

    0 (a tie within 1e-12 relatively) is no opinion and has no memory. `excess_of` names a total-return series, such as
    bills: its return over the same rows is taken off. NaN where the value at either end is unknown (warm-up: lookback +
    skip + 1 rows) and on assets that are not listed (all are where `assets` is empty). The "12-1" of the literature,
    from twelve months ago to one month ago, is lookback 11M, skip 1M.
    """

    lookback: Span = months(12)
    skip: Span = months(0)
    assets: tuple[str, ...] = ()
    excess_of: str = ""

    def __post_init__(self) -> None:
        if self.lookback.count < 1:
            raise ParameterError("lookback is 0 steps long", field="lookback", remedy="Give at least 1M, 1W or 1D.")
        if self.skip.count and self.skip.every is not self.lookback.every:
            what = f"skip {self.skip} has another step than lookback {self.lookback}"
            raise ParameterError(what, field="skip", remedy="Use the same unit for both.")

    @property
    def rows(self) -> Span:
        """How many rows it looks at."""
        return self.lookback + self.skip.count + 1

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return dict.fromkeys(self.needs, Reads.INDEX)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.excess_of,) if self.excess_of else ()

    def __call__(self, view: View) -> Scores:
        """(D, A) signs of the return."""
        return chosen(view, self.assets, side(*self._ends(view)))

    def measure(self, view: View) -> Measure:
        """(D, A) the return, over that of bills where they are named."""
        return measured(view, self.assets, f"{self.lookback.words} return{left_out(self.skip)}", apart(*self._ends(view)))

    def sentence(self, view: View, asset: int) -> str:
        """The return and what it is held against, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        gained = self._gain(prices(view, self.rows, asset))
        rival = self._rival(view)
        what = f"{self.lookback.words} total return{left_out(self.skip)}"
        if np.isnan(gained) or np.isnan(rival):
            return f"{what} unknown: history is too short"
        against = f"{percent(rival)} of {self.excess_of}" if self.excess_of else "zero"
        where = float(side(np.asarray(1.0 + gained), np.asarray(1.0 + rival)))
        return f"{what} {percent(gained)}, {above_or_below(where)} {against}"

    def flip(self, view: View, asset: int) -> str:
        """What changes the sign next, exactly; empty where it is unknown, or depends on what bills earn until then."""
        rows = prices(view, self.rows, asset)
        where = float(side(rows[-1 - self.skip.count], rows[0]))
        if self.excess_of or np.isnan(where) or not listed(view.assets, self.assets)[asset]:
            return ""
        known, when = upcoming(view, self.rows.every, rows), close_next(view, self.rows.every)
        if not self.skip.count:
            return turning(where, float(known[0]), float(known[0]), when)
        coming = float(side(known[-self.skip.count], known[0]))  # both ends of the next return are known already
        if np.isnan(coming):
            return ""
        return f"no close flips it at {when}" if coming == where else f"turns to {coming:+.0f} at {when}, whatever it is"

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"sign of the {self.lookback.words} total return{left_out(self.skip)} against {self.excess_of or 'zero'}"

    def _ends(self, view: View) -> tuple[Array, Array]:
        """(D, A) each: what the end of the return is held against its start by; growth against growth, undivided."""
        index = view.window(TOTAL_RETURN, self.rows.count, every=self.rows.every)
        start, end = index[:, 0], index[:, -1 - self.skip.count]
        if self.excess_of:
            bills = view.series(self.excess_of, self.rows.count, every=self.rows.every)[..., None]
            start, end = start * bills[:, -1 - self.skip.count], end * bills[:, 0]
        return end, start

    def _gain(self, rows: Array) -> float:
        return float(rows[-1 - self.skip.count] / rows[0] - 1.0) if rows[0] > 0.0 else np.nan

    def _rival(self, view: View) -> float:
        if not self.excess_of:
            return 0.0
        if len(view.days) == 0:
            return np.nan
        return self._gain(view.series(self.excess_of, self.rows.count, every=self.rows.every)[-1])
