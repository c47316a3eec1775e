"""Tracking error: the volatility of the return over the benchmark, per year, under the covariance of the day.

sqrt(d' C d) <= at_most with d the active weights, of all assets or of a group (ex-ante tracking error; Roll 1992).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from trimtab.construction.meant import meant
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind
from trimtab.core.region import Region, RiskBound
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.trades import Book
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class TrackingError:
    """Active risk of at most `at_most` per year (0.04 is 4 %), whole or of what `only` names (assets or classes).

    That of a group counts the active weights of its members alone. It needs a forecast of covariances: a date on which
    they are unknown has no goal.
    """

    at_most: Fraction
    only: tuple[str, ...] = ()
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()
    _meant: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.universe and self.benchmark and len(self.benchmark) != len(self.universe):
            what = f"the benchmark has {len(self.benchmark)} weights for {len(self.universe)} assets"
            raise ParameterError(what, field="benchmark", remedy="Give one weight for each asset of the universe.")
        object.__setattr__(self, "_meant", meant(self.universe, self.only))

    @property
    def kind(self) -> LimitKind:
        """Tilt: relaxed where not all limits can be met."""
        return LimitKind.TILT

    @property
    def region(self) -> Region:
        """Every portfolio: risk is no polytope. Raises ParameterError before the limit knows its benchmark."""
        if not (self.universe and self.benchmark):
            remedy = "Give universe and benchmark; a policy file fills them in."
            raise ParameterError("TrackingError does not know its benchmark yet", field="benchmark", remedy=remedy)
        return Region.everything(len(self.universe))

    @property
    def risk(self) -> RiskBound:
        """The bound on active risk."""
        return RiskBound(np.array(self.benchmark), self._meant, self.at_most)

    def left(self, book: Book) -> Array:
        """Infinite: only limits on turnover have a budget."""
        return np.asarray(np.inf)

    def breach(self, target: Array, book: Book) -> float:
        """Active risk per year of `target` (A,), less `at_most`. Above 0 is bad; unknown is infinitely far outside."""
        own = np.flatnonzero(self._meant)
        if book.covariance is None:
            return math.inf
        active = (target - np.array(self.benchmark))[own]
        variance = float(active @ book.covariance[np.ix_(own, own)] @ active)
        amount = math.sqrt(max(variance, 0.0)) - self.at_most
        return math.inf if math.isnan(variance + float(target.sum())) else amount

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        of = f" of {', '.join(self.only)}" if self.only else ""
        return f"Tracking error{of} at most {100.0 * self.at_most:g} % per year"
