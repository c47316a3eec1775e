"""Volatility-managed signals: what another signal says, smaller while the asset, or a factor, is volatile (METHODS 3.2, 3.3).

Score x min((target / volatility)^power, at_most): power 2 is that of Moreira and Muir (2017, "Volatility-Managed
Portfolios"; a month of days), power 1 that of Barroso and Santa-Clara (2015, "Momentum Has Its Moments"; 126 days,
target 12 % a year). Target and cap are fixed beforehand: a factor fitted to the whole sample would look ahead. Cederburg
et al. (2020) find no gain out of sample and Barroso and Detzel (2021) none after costs: keep the unmanaged signal beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import ASignal, Signal, View
from trimtab.core.saying import sentence_of, words_of
from trimtab.core.terms import TIE, TOTAL_RETURN, Positive, Reads, Span, check_ranges, sessions
from trimtab.core.values import Measure, Scores
from trimtab.numerics.volatility import realised
from trimtab.signals.algebra import Term
from trimtab.signals.levels import fresh
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.variation import stepped, unvaried
from trimtab.signals.wording import prices


class Power(Enum):
    """What the scale falls with."""

    VOLATILITY = "volatility"
    VARIANCE = "variance"


@dataclass(frozen=True, slots=True)
class InverseVolatilityScale(Term):
    """min(target / volatility, at_most), or with its square (`power: variance`), never below 0. Shape (D, A).

    Volatility per year, mean zero: the root of the mean squared simple return over `window`, of each asset (warm-up:
    window + 1 rows) or, the same for all, of the series `of_factor`, simple returns per step in decimals (warm-up: window
    rows). NaN where any of the returns is unknown or they have not varied, where the latest of the factor is more than
    `max_age` days old, and on assets that are not listed (all are where `assets` is empty).
    """

    target: Positive = 0.12
    window: Span = sessions(126)
    power: Power = Power.VOLATILITY
    at_most: Positive = 2.0
    of_factor: str = ""
    max_age: Annotated[int, Ge(1)] = 100
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.window.count < 2:
            raise ParameterError(f"window {self.window} is too short", field="window", remedy="Give at least 2D, such as 126D.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.of_factor,) if self.of_factor else ()

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series is taken for."""
        return dict.fromkeys(self.needs, Reads.RETURN)

    def __call__(self, view: View) -> Scores:
        """(D, A) multiples, in (0, at_most]."""
        return chosen(view, self.assets, self._scaled(self.volatility(view)))

    def volatility(self, view: View) -> Array:
        """(D, A) per year; NaN where unknown or nothing."""
        found = realised(self._returns(view), view.per_year(self.window.every))
        found = np.where(found > TIE, found, np.nan)
        return spread_over(view, found[:, 0] * fresh(view, self.of_factor, self.max_age)) if self.of_factor else found

    def measure(self, view: View) -> Measure:
        """(D, A) the volatility, per year."""
        return measured(view, self.assets, self._title, self.volatility(view))

    def sentence(self, view: View, asset: int) -> str:
        """The volatility and the multiple, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        found = self.volatility(view)
        if len(found) == 0 or np.isnan(found[-1, asset]):
            return f"{self._title} {self._why(view, asset)}"
        size = float(self._scaled(found[-1, asset]))
        return f"{size:.2f} times at a {self._title} of {100.0 * found[-1, asset]:.1f} % a year"

    def flip(self, view: View, asset: int) -> str:
        """Nothing: a multiple has no other side."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        square = "the square of " if self.power is Power.VARIANCE else ""
        return f"{square}{100.0 * self.target:g} % over the {self._title}, at most {self.at_most:g}"

    @property
    def _title(self) -> str:
        return f"{self.window.words} volatility{f' of {self.of_factor}' if self.of_factor else ''}"

    def _scaled(self, found: Array) -> Array:
        size = self.target / found
        return np.minimum(np.square(size) if self.power is Power.VARIANCE else size, self.at_most)

    def _returns(self, view: View) -> Array:
        """(D, n, A) simple returns of the assets, or (D, n, 1) of the factor."""
        n, every = self.window.count, self.window.every
        if self.of_factor:
            return view.series(self.of_factor, n, every=every)[..., None]
        return stepped(view.window(TOTAL_RETURN, n + 1, every=every))

    def _why(self, view: View, asset: int) -> str:
        """Why the volatility of the last date is unknown."""
        if len(view.days) == 0:
            return "unknown: no date is looked at"
        if not self.of_factor:
            return unvaried(prices(view, self.window + 1, asset))
        age, rows = float(view.age(self.of_factor)[-1]), self._returns(view)[-1, :, 0]
        if not age <= self.max_age:
            return "unknown: it has no value yet" if np.isnan(age) else f"unknown: its latest value is {age:.0f} days old"
        known = int(np.isfinite(rows).sum())
        return "is nothing" if known == len(rows) else f"unknown: {known} of {len(rows)} returns are known"


@dataclass(frozen=True, slots=True)
class VolatilityManaged(Term):
    """The signal `of`, times min((target / volatility)^power, at_most). Shape (D, A); see `InverseVolatilityScale`.

    NaN where either is unknown (warm-up: the longer of theirs). `of` keeps the memory that it has; the scale has none.
    """

    of: ASignal
    target: Positive = 0.12
    window: Span = sessions(126)
    power: Power = Power.VOLATILITY
    at_most: Positive = 2.0
    of_factor: str = ""
    max_age: Annotated[int, Ge(1)] = 100

    def __post_init__(self) -> None:
        check_ranges(self)
        _ = self.scale  # refuses a window that has no volatility

    @property
    def scale(self) -> InverseVolatilityScale:
        """What `of` is multiplied by."""
        return InverseVolatilityScale(self.target, self.window, self.power, self.at_most, self.of_factor, self.max_age)

    @property
    def members(self) -> tuple[Signal, ...]:
        """The signal, and its scale."""
        return (self.of, self.scale)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that both read."""
        return tuple(dict.fromkeys((*getattr(self.of, "needs", ()), *self.scale.needs)))

    def gather(self, values: Array) -> Array:
        """(..., A) the product of the answers (2, ..., A) of the members."""
        return np.asarray(values[0] * values[1])

    def __call__(self, view: View) -> Scores:
        """(D, A) the product before memory."""
        return Scores(view.assets, self.gather(np.stack([member(view).values for member in self.members])))

    def measure(self, view: View) -> Measure:
        """(D, A) the volatility, per year."""
        return self.scale.measure(view)

    def sentence(self, view: View, asset: int) -> str:
        """What the signal says and how much of it counts; the volatility alone where that is unknown."""
        if len(view.days) and np.isnan(self.of(view).values[-1, asset]):
            return sentence_of(self.of, view, asset)
        scale = self.scale.sentence(view, asset)
        if len(view.days) == 0 or np.isnan(self.scale(view).values[-1, asset]):
            return scale
        return f"{sentence_of(self.of, view, asset)}; {scale}"

    def flip(self, view: View, asset: int) -> str:
        """What turns the signal around; empty where the score is unknown."""
        flip = getattr(self.of, "flip", None)
        if flip is None or len(view.days) == 0 or np.isnan(self(view).values[-1, asset]):
            return ""
        return str(flip(view, asset))

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{words_of(self.of)}, times {self.scale.words}"
