"""Limits on how much is invested: net exposure and a cash floor.

Net exposure is the sum of all weights, 1 less cash. Nothing is sold short, so gross exposure is the same number: the two
limits differ in what they say, and in that net exposure may have a floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind
from trimtab.core.region import Region
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.trades import Book
from trimtab.core.values import Asset


class _OnCash:
    """Bounds on the invested fraction are bounds on cash."""

    __slots__ = ()

    def left(self, book: Book) -> Array:
        """Infinite: only limits on turnover have a budget."""
        return np.asarray(np.inf)


@dataclass(frozen=True, slots=True)
class NetExposure(_OnCash):
    """The invested fraction, the sum of all weights without cash, is at least `at_least` and at most `at_most`.

    An upper end above 1 allows borrowing, as a leverage limit does; without one, nothing is borrowed.
    """

    at_least: Annotated[float, Interval(ge=0.0, le=20.0)] = 0.0
    at_most: Annotated[float, Interval(ge=0.0, le=20.0)] | None = None
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.at_most is not None and not self.at_most >= self.at_least:
            what = f"net exposure of at least {self.at_least:g} and at most {self.at_most:g}"
            raise ParameterError(what, field="at_most", remedy="Give at_most a value that is not below at_least.")
        if self.at_most is None and self.at_least == 0.0:
            raise ParameterError("net exposure has no end", field="at_least", remedy="Give at_least, at_most or both.")

    @property
    def kind(self) -> LimitKind:
        """Leverage where it has an upper end, else position: neither is relaxed."""
        return LimitKind.POSITION if self.at_most is None else LimitKind.LEVERAGE

    @property
    def region(self) -> Region:
        """The portfolios with cash between 1 - at_most and 1 - at_least."""
        everything = Region.everything(len(self.universe))
        low_cash = -np.inf if self.at_most is None else 1.0 - self.at_most
        return Region(everything.low, everything.high, low_cash, 1.0 - self.at_least)

    def breach(self, target: Array, book: Book) -> float:
        """How far the invested fraction of `target` (A,) is outside; above 0 is bad, and NaN is infinitely far outside."""
        net = float(target.sum())
        amount = max(self.at_least - net, -np.inf if self.at_most is None else net - self.at_most)
        return math.inf if math.isnan(net) else amount

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        ends = [f"at least {100.0 * self.at_least:g} %"] if self.at_least or self.at_most is None else []
        ends += [] if self.at_most is None else [f"at most {100.0 * self.at_most:g} %"]
        return f"Net exposure {' and '.join(ends)}"


@dataclass(frozen=True, slots=True)
class MinCash(_OnCash):
    """Cash, what the weights leave of 1, is at least `at_least`."""

    at_least: Fraction
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def kind(self) -> LimitKind:
        """Position: never relaxed."""
        return LimitKind.POSITION

    @property
    def region(self) -> Region:
        """The portfolios with that much cash."""
        everything = Region.everything(len(self.universe))
        return Region(everything.low, everything.high, low_cash=self.at_least)

    def breach(self, target: Array, book: Book) -> float:
        """How much cash `target` (A,) lacks; above 0 is bad, and NaN is infinitely far outside."""
        amount = float(self.at_least - (1.0 - target.sum()))
        return math.inf if math.isnan(amount) else amount

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"Cash at least {100.0 * self.at_least:g} %"
