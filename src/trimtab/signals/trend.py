"""Trend: a price against its own moving average (Faber 2007, "A Quantitative Approach to Tactical Asset Allocation").

SMA_t = mean of the last n values, the current one included; in above it, out below it, and a tie keeps the state
before. A band b asks for more: in above SMA (1 + b), out below SMA (1 - b). The next close p flips a holder where it is
below the mean of the n - 1 values before it: p < (S + p) / n is the same as p < S / (n - 1), S being their sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.slots import later
from trimtab.core.terms import TOTAL_RETURN, Fraction, Span, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.holding import Holding
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.sides import apart, beyond
from trimtab.signals.sums import averaged, averages
from trimtab.signals.wording import (
    above_or_below,
    amount,
    close_next,
    close_now,
    left_out,
    period_close,
    prices,
    turning,
    upcoming,
)


@dataclass(frozen=True, slots=True)
class Trend(Holding, Term):
    """Side of the total-return index against its average over `window`. Shape (D, A), in {-1, 0, 1}; 0 holds.

    0 at a tie (1e-12 relatively) or inside the band of `band` around the average (a fraction of it). Price and average both
    end `skip` rows earlier. NaN where any of the `window` values is unknown (warm-up: `window` + `skip` rows), and on assets
    that are not listed (all are where `assets` is empty). A fold: 0 keeps the side before.
    """

    window: Span = months(10)
    band: Fraction = 0.0
    assets: tuple[str, ...] = ()
    skip: Span = later(months(0))

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.window.count < 2:
            remedy = "Give a window of at least two rows, such as 10M or 200D."
            raise ParameterError(f"window {self.window} is the price itself", field="window", remedy=remedy)
        if not self.skip.count:
            object.__setattr__(self, "skip", months(0))  # 0D is no other policy than 0M
        elif self.skip.every is not self.window.every:
            what = f"skip {self.skip} has another step than window {self.window}"
            raise ParameterError(what, field="skip", remedy="Use the same unit for both.")

    @property
    def rows(self) -> Span:
        """How many rows it looks at."""
        return self.window + self.skip.count

    def __call__(self, view: View) -> Scores:
        """(D, A) sides before memory."""
        return chosen(view, self.assets, beyond(*self._compared(view), self.band))

    def measure(self, view: View) -> Measure:
        """(D, A) how far the price stands above its average, as a fraction of it."""
        name = f"above its {self.window.words} average{left_out(self.skip)}"
        return measured(view, self.assets, name, apart(*self._compared(view)))

    def sentence(self, view: View, asset: int) -> str:
        """The last close and its average, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        rows = prices(view, self.rows, asset)[: self.window.count]
        close, average = rows[-1], averaged(rows[None, :, None])[0, 0]
        if np.isnan(average):
            return f"{_unknown(rows, self.window)}{left_out(self.skip)}"
        name = period_close(self.window.every) if self.skip.count else close_now(view, self.window.every)
        where = float(beyond(close, average, self.band))
        said = f"{name} {amount(close)} {_place(where, self.band)} its {self.window.words} average {amount(average)}"
        return f"{said}{left_out(self.skip)}"

    def flip(self, view: View, asset: int) -> str:
        """At which next close the side changes, exactly; empty where the side is unknown."""
        rows, n = prices(view, self.rows, asset), self.window.count
        where = self._side(rows[:n])
        if np.isnan(where) or not listed(view.assets, self.assets)[asset]:
            return ""
        known, when = upcoming(view, self.window.every, rows), close_next(view, self.window.every)
        if self.skip.count:
            return _settled(where, self._side(known[:n]), when)  # all that it will look at is known already
        total, rest, band = float(known.sum()), n - 1, self.band
        up = total * (1.0 + band) / (rest - band) if rest > band else np.inf
        return turning(where, total * (1.0 - band) / (rest + band), up, when)

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"price against its {self.window.words} average{_banded(self.band)}{left_out(self.skip)}"

    def _compared(self, view: View) -> tuple[Array, Array]:
        """(D, A) each: the price and its average."""
        skip, price = self.skip.count, Span(1, self.window.every)
        return averages(view, TOTAL_RETURN, price, skip=skip), averages(view, TOTAL_RETURN, self.window, skip=skip)

    def _side(self, rows: Array) -> float:
        """The side of the last of some rows (n,) against their mean."""
        return float(beyond(rows[-1], averaged(rows[None, :, None])[0, 0], self.band))


@dataclass(frozen=True, slots=True)
class Crossover(Holding, Term):
    """Side of the average over `fast` against the one over `slow`. Shape (D, A), in {-1, 0, 1}; 0 holds.

    Ties, band, NaN and memory as in `Trend`; warm-up: the longer of the two. Fewer false starts than the price itself,
    later turns.
    """

    fast: Span = months(2)
    slow: Span = months(10)
    band: Fraction = 0.0
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.fast.count < 1:
            raise ParameterError("fast is 0 steps long", field="fast", remedy="Give at least 1M, 1W or 1D.")
        if self.slow.count < 2 or (self.fast.every is self.slow.every and self.fast.count >= self.slow.count):
            remedy = "Give a slow average longer than the fast one, such as 2M and 10M."
            raise ParameterError(f"slow {self.slow} is not longer than fast {self.fast}", field="slow", remedy=remedy)

    def __call__(self, view: View) -> Scores:
        """(D, A) sides before memory."""
        fast, slow = (averages(view, TOTAL_RETURN, span) for span in (self.fast, self.slow))
        return chosen(view, self.assets, beyond(fast, slow, self.band))

    def measure(self, view: View) -> Measure:
        """(D, A) how far the fast average stands above the slow one, as a fraction of it."""
        fast, slow = (averages(view, TOTAL_RETURN, span) for span in (self.fast, self.slow))
        return measured(view, self.assets, f"{self.fast.words} average above the {self.slow.words} one", apart(fast, slow))

    def sentence(self, view: View, asset: int) -> str:
        """Both averages, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        fast, slow = (averaged(prices(view, s, asset)[None, :, None])[0, 0] for s in (self.fast, self.slow))
        if np.isnan(fast) or np.isnan(slow):
            return _unknown(prices(view, self.slow, asset), self.slow)
        now = f"{self.fast.words} average {amount(fast)}"
        where = float(beyond(fast, slow, self.band))
        return f"{now} {_place(where, self.band)} its {self.slow.words} average {amount(slow)}"

    def flip(self, view: View, asset: int) -> str:
        """At which next close the side changes, exactly; empty where it is unknown or the averages' steps differ.

        With F and S the sums of all but the newest value, fast > c slow is p (1/f - c/s) > c S/s - F/f.
        """
        fast, slow = prices(view, self.fast, asset), prices(view, self.slow, asset)
        where = float(beyond(averaged(fast[None, :, None])[0, 0], averaged(slow[None, :, None])[0, 0], self.band))
        if np.isnan(where) or not listed(view.assets, self.assets)[asset] or self.fast.every is not self.slow.every:
            return ""
        known = [float(upcoming(view, self.slow.every, rows).sum()) / len(rows) for rows in (fast, slow)]
        down, up = (self._edge(1.0 + b, known[0], known[1]) for b in (-self.band, self.band))
        return turning(where, down, up, close_next(view, self.slow.every))

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{self.fast.words} average against the {self.slow.words} one{_banded(self.band)}"

    def _edge(self, factor: float, fast: float, slow: float) -> float:
        """The close at which the fast average reaches `factor` times the slow one; infinite where it never does."""
        slope = 1.0 / self.fast.count - factor / self.slow.count
        return (factor * slow - fast) / slope if slope > 0.0 else np.inf


def _settled(where: float, coming: float, when: str) -> str:
    """What happens to a side where the coming one is known already: 0 keeps the one before. Empty where it is unknown."""
    if np.isnan(coming):
        return ""
    if coming in (where, 0.0):
        return f"no close flips it at {when}"
    return f"turns to {coming:+.0f} at {when}, whatever it is"


def _place(where: float, band: float) -> str:
    """How a value lies to its average: above, below, or inside the band."""
    if not band:
        return above_or_below(where)
    return f"more than {100 * band:g} % {above_or_below(where)}" if where else f"within {100 * band:g} % of"


def _banded(band: float) -> str:
    return f", with a band of {100 * band:g} %" if band else ""


def _unknown(rows: Array, span: Span) -> str:
    """Why there is no average."""
    return f"{span.words} average unknown: {int(np.isfinite(rows).sum())} of {span.count} closes are known"
