"""Carrying costs: a fraction per year of what is held, such as custody or a platform's fee.

The expense ratio of a fund is NOT to be written here: it has been taken out of the fund's price, and so of its returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.values import Asset
from trimtab.costs.by_asset import by_asset, listed, unbound


class Held:
    """The two voices of a cost of holding, out of its yearly rates: what is to be paid, and the line for optimisers."""

    __slots__ = ()
    universe: tuple[Asset, ...]
    _rates: tuple[float, ...]

    @property
    def rates(self) -> Array:
        """(A,) cost of holding, as a fraction per year of the absolute value held: linear, and so convex."""
        if not self.universe:
            raise unbound(self)
        return np.array(np.broadcast_to(np.array(self._rates), (len(self.universe),)))

    def accrue(self, values: Array, years: Array) -> Array:
        """(..., A) currency to pay on positions worth `values` (..., A) held for `years`, which broadcasts against them.

        At least 0, short positions pay too; simple interest; NaN where the value is.
        """
        if not self._rates:
            raise unbound(self)
        return np.asarray(np.abs(values) * (np.array(self._rates) * years))


@dataclass(frozen=True, slots=True)
class Carrying(Held):
    """`per_year` of the value held, as a fraction; `named` gives it by asset or class, in place of the one for all.

    What a fund charges its holders is in its prices already.
    """

    per_year: Fraction = 0.0
    named: Mapping[str, Fraction] = field(default_factory=dict, hash=False)
    universe: tuple[Asset, ...] = ()
    _rates: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        object.__setattr__(self, "named", dict(self.named))  # the caller's own may change later
        object.__setattr__(self, "_rates", by_asset(self.named, self.per_year, self.universe, field="named", most=1.0))

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        percents = {name: 100.0 * rate for name, rate in self.named.items()}
        named = f" ({listed(percents, '{:g} %')})" if percents else ""
        return f"holding costs {100.0 * self.per_year:g} % a year{named}" if self.per_year or named else "holding costs nothing"
