"""What data cost: a fixed amount a year, charged with the period whatever the account is worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction as Ratio

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Billing, FeeValue
from trimtab.core.money import ZERO, Money, exact
from trimtab.core.terms import Span, months
from trimtab.costs.periods import require_months, said


@dataclass(frozen=True, slots=True)
class DataCost:
    """`per_year` for data and tools, on the last session of each `every` (calendar months); a first period by its days."""

    per_year: Money
    every: Span = months(3)
    billed: Billing = Billing.ARREARS

    def __post_init__(self) -> None:
        require_months(self.every)
        if not (self.per_year.amount.is_finite() and self.per_year.amount >= 0):
            what = f"per_year is {self.per_year}, below 0"
            raise ParameterError(what, field="per_year", remedy="Give an amount such as 24000 USD.")

    @property
    def why(self) -> str:
        """What its entries say."""
        return "data"

    @property
    def currency(self) -> str:
        """That of the amount."""
        return self.per_year.currency

    @property
    def base(self) -> FeeValue:
        """It depends on no value: the one that is at hand."""
        return FeeValue.ENDING

    def due(self, value: Decimal, years: Ratio) -> Decimal:
        """The exact amount for `years`, not rounded to cents."""
        if not years > 0:
            return ZERO
        with exact():
            return self.per_year.amount * years.numerator / years.denominator

    def charge(self, value: Array, years: Array) -> Array:
        """The same in floats; `value` and `years` (...) broadcast. NaN where the value is."""
        return np.asarray(np.where(np.isnan(value), np.nan, float(self.per_year.amount)) * years)

    def rate(self, value: Array) -> Array:
        """(...) what it comes to a year as a part of `value`; NaN where that is not above zero."""
        worth = np.asarray(value, dtype=float)
        return np.asarray(float(self.per_year.amount) / np.where(worth > 0.0, worth, np.nan))

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        return f"data cost {self.per_year} a year, {said(self.every, self.billed)}"
