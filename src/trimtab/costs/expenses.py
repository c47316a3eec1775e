"""What funds take inside their prices, their expense ratios: reported, never charged.

A fund's price, and so its return, is after its expenses. Charging them again would count them twice; a result gross of
them adds back what the funds took.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction as Ratio

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.frictions import Billing, FeeValue
from trimtab.core.money import ZERO
from trimtab.core.terms import Fraction, Span, check_ranges, months
from trimtab.core.values import Asset
from trimtab.costs.by_asset import by_asset, listed, unbound


@dataclass(frozen=True, slots=True)
class Expenses:
    """Expense ratios a year, as fractions: `per_year` for all, `named` by asset or class in place of it. Nothing is due."""

    per_year: Fraction = 0.0
    named: Mapping[str, Fraction] = field(default_factory=dict, hash=False)
    universe: tuple[Asset, ...] = ()
    _rates: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        object.__setattr__(self, "named", dict(self.named))  # the caller's own may change later
        object.__setattr__(self, "_rates", by_asset(self.named, self.per_year, self.universe, field="named", most=1.0))

    @property
    def rates(self) -> Array:
        """(A,) expense ratios a year."""
        if not self.universe:
            raise unbound(self)
        return np.array(np.broadcast_to(np.array(self._rates), (len(self.universe),)))

    @property
    def why(self) -> str:
        """What it is called in reports; there are no entries."""
        return "expenses"

    @property
    def every(self) -> Span:
        """A year: nothing is charged at its end."""
        return months(12)

    @property
    def base(self) -> FeeValue:
        """None is needed."""
        return FeeValue.ENDING

    @property
    def billed(self) -> Billing:
        """Nothing is billed."""
        return Billing.ARREARS

    def due(self, value: Decimal, years: Ratio) -> Decimal:
        """Zero: the prices are after it already."""
        return ZERO

    def charge(self, value: Array, years: Array) -> Array:
        """Zero, in the shape (...) of `value` and `years` together; NaN where the value is."""
        return np.asarray(0.0 * np.asarray(value, dtype=float) * years)

    def taken(self, values: Array, years: Array) -> Array:
        """(..., A) what the funds took of positions worth `values` (..., A) in `years`, which broadcasts against them.

        In whatever `values` are in: currency, or weights. Who is short of a fund earns its expenses: below zero.
        """
        return np.asarray(values * (self.rates * years))

    @property
    def words(self) -> str:
        """What the funds take, in a sentence."""
        percents = {name: 100.0 * rate for name, rate in self.named.items()}
        named = f" ({listed(percents, '{:g} %')})" if percents else ""
        return f"funds take {100.0 * self.per_year:g} % a year{named} inside their prices, which is not charged again"
