"""Time-series momentum on a volatility target (Moskowitz, Ooi and Pedersen 2012, "Time Series Momentum").

sign(excess return over the last 12 months) x (target / volatility of the day before), target 40 % on each instrument.
The variance is per_year x sum of w_i (r_{t-1-i} - mean)^2, mean with the same weights, w exponential with its centre of
mass `centre` days back (not a half-life). Kim, Tse and Wald (2016, "Time Series Momentum and Volatility Scaling") find
that much of the published alpha comes from the scaling: look at `Momentum`, the same sign unscaled, beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Positive, Reads, Span, check_ranges, months, sessions
from trimtab.core.values import Measure, Scores
from trimtab.numerics.exponential import decay_of_centre, exponential_weights, rows_for
from trimtab.signals.algebra import Term
from trimtab.signals.momentum import Momentum
from trimtab.signals.selection import chosen, listed, silence
from trimtab.signals.variation import deviation, unvaried
from trimtab.signals.wording import prices


@dataclass(frozen=True, slots=True)
class ScaledMomentum(Term):
    """Sign of the total return over `lookback`, times `target` / volatility but no more than `at_most`. Shape (D, A).

    The sign is that of `Momentum`, over `excess_of` where it is named (an index, such as bills). `target` and volatility
    are fractions per year. The volatility is read from sessions, the latest left out: the returns that hold 99 % of the
    weight of an endless history (279 for a `centre` of 60), weights adding up to 1 over them. `per_year` rows make a
    year: 261 weekdays as in the paper, 12 where sessions are month-ends. NaN where the sign is (warm-up: lookback + 1
    rows), where any of those returns is unknown (warm-up: 281 sessions) or where they have not varied.
    """

    lookback: Span = months(12)
    target: Positive = 0.40
    centre: Positive = 60.0
    per_year: Positive = 261.0
    at_most: Positive = 10.0
    excess_of: str = ""
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        _ = self.sign  # refuses a lookback of no length

    @property
    def sign(self) -> Momentum:
        """The same signal unscaled."""
        return Momentum(self.lookback, assets=self.assets, excess_of=self.excess_of)

    @property
    def returns(self) -> int:
        """How many returns the volatility is read from."""
        return max(2, rows_for(decay_of_centre(self.centre)))

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return dict.fromkeys(self.needs, Reads.INDEX)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return self.sign.needs

    def __call__(self, view: View) -> Scores:
        """(D, A) signed multiples."""
        return chosen(view, self.assets, self.sign(view).values * self.multiple(view))

    def multiple(self, view: View) -> Array:
        """(D, A) target over volatility, capped; NaN where that is unknown."""
        return np.minimum(self.target / self.volatility(view), self.at_most)

    def volatility(self, view: View) -> Array:
        """(D, A) exponentially weighted, per year, up to the session before."""
        index = view.window(TOTAL_RETURN, self.returns + 2)[:, :-1]
        weights = exponential_weights(self.returns, decay_of_centre(self.centre))
        return np.asarray(deviation(index, weights) * np.sqrt(self.per_year))

    def measure(self, view: View) -> Measure:
        """(D, A) the return, over that of bills where they are named."""
        return self.sign.measure(view)

    def sentence(self, view: View, asset: int) -> str:
        """The return, the volatility and the multiple, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        signed, found = self.sign(view).values, self.volatility(view)
        if len(found) == 0 or np.isnan(signed[-1, asset]):
            return self.sign.sentence(view, asset)
        if np.isnan(found[-1, asset]):
            return f"volatility {unvaried(prices(view, sessions(self.returns + 2), asset)[:-1])}"
        size = min(self.target / found[-1, asset], self.at_most)
        scale = f"{size:.2f} times at a volatility of {100.0 * found[-1, asset]:.1f} % a year"
        return f"{self.sign.sentence(view, asset)}; {scale}"

    def flip(self, view: View, asset: int) -> str:
        """What changes the sign next, as with `Momentum`; empty where the score is unknown."""
        if len(view.days) == 0 or np.isnan(self(view).values[-1, asset]):
            return ""
        return self.sign.flip(view, asset)

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{self.sign.words}, scaled to a volatility of {100.0 * self.target:g} % a year"
