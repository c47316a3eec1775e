"""Long-term reversal: what fell over five years is cheap (De Bondt and Thaler 1985).

As the value measure of assets without book values (Asness, Moskowitz and Pedersen 2013): the price five years ago, taken
as an average from 5.5 to 4.5 years ago, beside the price today, in logarithms. Here of the total-return index, nominal,
and per year of `lookback`: an index with dividends in it rises, so most assets look dear most of the time. The measure
is for comparing assets, or for holding one against its own past (`rank`, `zscore`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TIE, TOTAL_RETURN, Positive, Span, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.levels import positive
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.sums import averaged
from trimtab.signals.wording import above_or_below, amount, close_next, percent, prices, upcoming


@dataclass(frozen=True, slots=True)
class Reversal(Term):
    """Minus the log return per year over `lookback`, over `scale`, clipped to +-1. Shape (D, A); no memory.

    The return starts at the mean log index from `lookback + smoothing / 2` to `lookback - smoothing / 2` ago, both ends
    included: months 66 to 54 by default. It scores +1 where the asset lost `scale` a year in logarithms, -1 where it
    gained that, and 0 within 1e-12 of no return. NaN where any of those values or the last is unknown or not above zero
    (warm-up: lookback + smoothing / 2 + 1 rows), and on assets that are not listed (all are where `assets` is empty).
    """

    lookback: Span = months(60)
    smoothing: Span = months(12)
    scale: Positive = 0.10
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.smoothing.count and self.smoothing.every is not self.lookback.every:
            what = f"smoothing {self.smoothing} has another step than lookback {self.lookback}"
            raise ParameterError(what, field="smoothing", remedy="Use the same unit for both.")
        if self.smoothing.count % 2:
            remedy = "Give an even number: it lies half before and half after the start."
            raise ParameterError(f"smoothing {self.smoothing} has no middle", field="smoothing", remedy=remedy)
        if self.lookback.count <= self._half:
            what = f"lookback {self.lookback} does not reach past half of smoothing {self.smoothing}"
            raise ParameterError(what, field="lookback", remedy="Give a lookback such as 60M with a smoothing of 12M.")

    @property
    def rows(self) -> Span:
        """How many rows it looks at."""
        return self.lookback + self._half + 1

    def __call__(self, view: View) -> Scores:
        """(D, A) scores, above zero where the asset lost."""
        return chosen(view, self.assets, np.clip(self._value(view) / self.scale, -1.0, 1.0))

    def measure(self, view: View) -> Measure:
        """(D, A) minus the log return per year."""
        return measured(view, self.assets, f"minus the {self.lookback.words} log return a year", self._value(view))

    def sentence(self, view: View, asset: int) -> str:
        """The number, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        what = f"minus the {self.lookback.words} log return"
        value = float(self._value(view)[-1, asset]) if len(view.days) else np.nan
        if np.isnan(value):
            return f"{what} unknown: {self._trouble(prices(view, self.rows, asset))}"
        return f"{what} is {percent(value)} a year, {above_or_below(value)} zero"

    def flip(self, view: View, asset: int) -> str:
        """The next close at which the sign changes, exactly; empty where the sign or that level is unknown."""
        if len(view.days) == 0 or not listed(view.assets, self.assets)[asset]:
            return ""
        value = float(self._value(view)[-1, asset])
        known = upcoming(view, self.rows.every, positive(prices(view, self.rows, asset)))
        edge = float(np.exp(averaged(np.log(known[None, : 2 * self._half + 1]))[0]))
        if np.isnan(value) or np.isnan(edge):
            return ""
        when = close_next(view, self.rows.every)
        if value == 0.0:
            return f"turns up below {amount(edge)}, down above {amount(edge)} at {when}"
        return f"flips {'above' if value > 0.0 else 'below'} {amount(edge)} at {when}"

    @property
    def words(self) -> str:
        """What it looks at."""
        smooth = f", its start averaged over {self.smoothing.words.replace('-', ' ')}s" if self.smoothing.count else ""
        return f"minus the {self.lookback.words} log return{smooth}"

    @property
    def _half(self) -> int:
        return self.smoothing.count // 2

    def _value(self, view: View) -> Array:
        """(D, A) minus the log return per year; exactly 0 at a tie."""
        index = np.log(positive(view.window(TOTAL_RETURN, self.rows.count, every=self.rows.every)))
        fallen = averaged(index[:, : 2 * self._half + 1]) - index[:, -1]
        years = self.lookback.count / view.per_year(self.lookback.every)
        return np.where(np.abs(fallen) <= TIE, 0.0, fallen) / years

    def _trouble(self, rows: Array) -> str:
        start = positive(rows[: 2 * self._half + 1])
        if np.isfinite(start).all():
            return "the last close is not known"
        return f"{int(np.isfinite(start).sum())} of {len(start)} closes at its start are known"
