"""Stock-bond correlation: whether bonds pay when shares fall, in three states (METHODS 4).

Below -0.2 bonds hedge shares, above 0.2 they fall together. A correlation of n returns is known to about
tanh(atanh(r) +- 1.96 / sqrt(n - 3)) (Fisher 1921): over 60 days that is some 0.2 to either side, hence the band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Lt

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import NonNegative, Span, check_ranges, sessions
from trimtab.core.values import Measure, Regime
from trimtab.numerics.covariance import correlation_of, covariance
from trimtab.numerics.exponential import decay_of_halflife, exponential_weights
from trimtab.regimes.dwelling import Dwelling, evidence
from trimtab.regimes.levels import above
from trimtab.regimes.windows import STILL, by_dates, known_of, numbers, require_length, returns

STATES = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class StockBond(Dwelling):
    """`negative`, `neutral` or `positive` correlation of the returns of two assets. Shape (D, 3); evidence, see `Dwelling`.

    Over the last `window` returns, weighted alike, or with a `halflife` in rows (0: alike). Beyond +- (`level` + `band`)
    the outer states are entered, and left for neutral within +- (`level` - `band`); between them, each of the two that
    meet there stays, and neutral comes from the far side. NaN where a return is unknown or one of the two has not
    varied. Warm-up: window + 1 rows.
    """

    stocks: str
    bonds: str
    window: Span = sessions(60)
    halflife: NonNegative = 0.0
    level: Annotated[float, Gt(0.0), Lt(1.0)] = 0.2
    band: NonNegative = 0.05
    dwell: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        require_length(self.window, 4, "window")
        if not self.band <= self.level < 1.0 - self.band:
            remedy = f"Give a band of at most {min(self.level, 1.0 - self.level):g}, less where it would reach 1."
            raise ParameterError(f"band {self.band:g} is too wide for level {self.level:g}", field="band", remedy=remedy)
        if not self.halflife < np.inf:
            remedy = "Give a number of rows, such as 20."
            raise ParameterError(f"halflife is {self.halflife}", field="halflife", remedy=remedy)
        if not self.stocks or not self.bonds or self.stocks == self.bonds:
            what = f"stocks is {self.stocks!r} and bonds {self.bonds!r}"
            raise ParameterError(what, field="bonds", remedy="Name two assets of the universe.")

    @property
    def words(self) -> str:
        """What it looks at."""
        weighted = f", with a half-life of {self.halflife:g}" if self.halflife else ""
        return f"{self.window.words} correlation of {self.stocks} and {self.bonds}{weighted}, against +-{self.level:g}"

    def __call__(self, view: View) -> Regime:
        """(D, 3) evidence."""
        return Regime(STATES, self._evidence(self._correlations(view)))

    def measure(self, view: View) -> Measure:
        """(D, 1) the correlation."""
        name = f"{self.window.words} correlation of {self.stocks} and {self.bonds}"
        return Measure(name, self._correlations(view)[:, None], percent=False)

    def sentence(self, view: View) -> str:
        """The correlation with its 95 % interval, and what it speaks for."""
        subject = f"{self.window.words} correlation of {self.stocks} and {self.bonds}"
        if len(view.days) == 0:
            return f"{subject} unknown: no date to look at"
        found = float(self._correlations(view)[-1])
        if np.isnan(found):
            return f"{subject} {self._unknown(view)}"
        low, high = interval(found, self.effective)
        row = self._evidence(np.array([found]))[0]
        speaks, stays = (STATES[int(np.argmax(row))], [STATES[k] for k in np.flatnonzero(row > 0.0)])
        where = speaks if len(stays) == 1 else f"between {stays[0]} and {stays[1]}, of which the state before stays"
        return f"{subject} {found:+.2f} (95 % interval {low:+.2f} to {high:+.2f}): {where}"

    @property
    def effective(self) -> float:
        """How many returns weighted alike would tell as much: 1 over the sum of squared weights."""
        return float(1.0 / np.square(self._weights).sum())

    @property
    def _weights(self) -> Array:
        decay = decay_of_halflife(self.halflife) if self.halflife else 1.0
        return exponential_weights(self.window.count, decay)

    def _pair(self, view: View) -> Array:
        """(D, n, 2) returns of the two."""
        both = numbers(view.assets, (self.stocks,), "stocks")[0], numbers(view.assets, (self.bonds,), "bonds")[0]
        return returns(view, self.window.count, self.window)[:, :, both]

    def _correlations(self, view: View) -> Array:
        """(D,) correlations."""
        pair = self._pair(view)
        return by_dates(self._correlated, pair, 4 * pair[:1].size)

    def _correlated(self, pair: Array) -> Array:
        moves = (pair.max(axis=1) - pair.min(axis=1) > STILL).all(axis=-1)
        found = correlation_of(covariance(pair, self._weights if self.halflife else None))[:, 0, 1]
        return np.where(moves, found, np.nan)

    def _evidence(self, found: Array) -> Array:
        """(D, 3) of correlations (D,)."""
        low, high = (above(side * found, self.level + self.band) for side in (-1.0, 1.0))
        speaks = np.stack([low, ~low & ~high, high], axis=-1)
        fewer, more = (above(side * found, self.level - self.band) for side in (-1.0, 1.0))
        within = ~above(np.abs(found), self.level + self.band)
        allows = np.stack([fewer & within, within, more & within], axis=-1)
        return np.where(np.isfinite(found)[:, None], evidence(speaks, allows), np.nan)

    def _unknown(self, view: View) -> str:
        """Why there is no correlation."""
        pair = self._pair(view)[-1]
        if not np.isfinite(pair).all():
            return known_of(pair, "returns")
        still = [name for name, rows in zip((self.stocks, self.bonds), pair.T, strict=True) if np.ptp(rows) <= STILL]
        return f"unknown: {' and '.join(still) or 'one of them'} has not varied"


def interval(correlation: float, count: float) -> tuple[float, float]:
    """95 % interval of a correlation of `count` returns, by Fisher's z; (-1, 1) for three returns or fewer."""
    if count <= 3.0:
        return -1.0, 1.0
    if abs(correlation) >= 1.0:
        return correlation, correlation
    half = 1.96 / np.sqrt(count - 3.0)
    return float(np.tanh(np.arctanh(correlation) - half)), float(np.tanh(np.arctanh(correlation) + half))
