"""The adviser's fee: a part of net asset value by tier, charged with the period.

Graduated, as a marginal tax: each band of the value pays its own rate. Whole: all of it pays the rate of the tier that it
reaches, and crossing a tier may lower the fee.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction as Ratio
from itertools import pairwise
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Billing, FeeValue
from trimtab.core.money import ZERO, Money, decimal_of, exact
from trimtab.core.terms import Fraction, Span, check_ranges, months
from trimtab.costs.periods import require_months, said

_Band = tuple[Decimal, Decimal | None, Decimal]  # from, to (None: without end), rate


@dataclass(frozen=True, slots=True)
class Tier:
    """`rate` a year, as a fraction, on the value up to `up_to`, which belongs to it; the last tier has no end."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}  # a misspelt end would make a tier without one

    rate: Fraction
    up_to: Money | None = None

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, slots=True)
class Adviser:
    """A fee by `tiers`, each band of the value at its own rate; with `whole` all of it at the rate of the tier reached.

    Charged on the last session of each `every` (calendar months), on net asset value then or on its average since the
    last charge, for the period that ends (`arrears`) or the next one (`advance`). A first period is charged by its days.
    Nothing is due on a value at or below zero. Raises ParameterError for tiers that do not rise to one without end.
    """

    tiers: tuple[Tier, ...]
    every: Span = months(3)
    base: FeeValue = FeeValue.ENDING
    billed: Billing = Billing.ARREARS
    whole: bool = False
    _bands: tuple[_Band, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_months(self.every)
        if self.billed is Billing.ADVANCE and self.base is FeeValue.AVERAGE:
            remedy = "What is paid in advance is paid on the ending value."
            raise ParameterError("base is average, of a period that has not begun", field="base", remedy=remedy)
        ends = [tier.up_to.amount for tier in self.tiers[:-1] if tier.up_to is not None]
        self._require_rising(ends)
        rates = [decimal_of(tier.rate) for tier in self.tiers]
        object.__setattr__(self, "_bands", tuple(zip([ZERO, *ends], [*ends, None], rates, strict=True)))

    def _require_rising(self, ends: list[Decimal]) -> None:
        """Raise ParameterError where a value would belong to no tier, or to two."""
        remedy = "Write them from the smallest up, such as [{up_to: 1000000 USD, rate: 0.01}, {rate: 0.005}]."
        if not self.tiers or self.tiers[-1].up_to is not None or len(ends) != len(self.tiers) - 1:
            what = "tiers must each have an up_to, but for the last, which has none"
            raise ParameterError(what, field="tiers", remedy=remedy)
        if any(not two > one for one, two in pairwise([ZERO, *ends])):
            raise ParameterError("tiers do not rise", field="tiers", remedy=remedy)
        if len({tier.up_to.currency for tier in self.tiers if tier.up_to is not None}) > 1:
            raise ParameterError("tiers are in several currencies", field="tiers", remedy="Write all in the base currency.")

    @property
    def why(self) -> str:
        """What its entries say."""
        return "adviser"

    @property
    def currency(self) -> str:
        """That of the tiers; empty where there is one rate for all."""
        first = self.tiers[0].up_to
        return first.currency if first is not None else ""

    def due(self, value: Decimal, years: Ratio) -> Decimal:
        """The exact fee for `years` at `value`, not rounded to cents: one division, so that no half cent is lost before it."""
        if not value > 0 or not years > 0:
            return ZERO
        with exact():
            return self._yearly(value) * years.numerator / years.denominator

    def _yearly(self, value: Decimal) -> Decimal:
        if self.whole:
            return value * next(rate for _, high, rate in self._bands if high is None or value <= high)
        parts = ((value if high is None else min(value, high)) - low for low, high, _ in self._bands)
        return sum([max(part, ZERO) * rate for part, (_, _, rate) in zip(parts, self._bands, strict=True)], ZERO)

    def charge(self, value: Array, years: Array) -> Array:
        """The same in floats, for values and years (...) that broadcast; NaN where the value is."""
        low = np.array([float(one) for one, _, _ in self._bands])
        high = np.array([np.inf if one is None else float(one) for _, one, _ in self._bands])
        rates = np.array([float(rate) for _, _, rate in self._bands])
        worth = np.maximum(np.asarray(value, dtype=float), 0.0)
        if self.whole:
            yearly = worth * rates[np.minimum(np.searchsorted(high, worth), len(high) - 1)]
        else:
            yearly = ((np.clip(worth[..., np.newaxis], low, high) - low) * rates).sum(axis=-1)
        return np.asarray(yearly * years)

    def rate(self, value: Array) -> Array:
        """(...) what it comes to a year as a part of `value`; the first rate where that is not above zero."""
        worth = np.asarray(value, dtype=float)
        above = np.where(worth > 0.0, worth, np.nan)
        return np.where(worth <= 0.0, self.tiers[0].rate, self.charge(above, np.asarray(1.0)) / above)

    @property
    def words(self) -> str:
        """The fee in a sentence."""
        bands = [f"{100 * t.rate:g} % {f'up to {t.up_to}' if t.up_to else 'above'}" for t in self.tiers]
        how = "of all of it by the tier it reaches, " if self.whole else ""
        rates = f"{100 * self.tiers[0].rate:g} %" if len(self.tiers) == 1 else how + ", ".join(bands)
        on = "average value" if self.base is FeeValue.AVERAGE else "value"
        return f"the adviser takes {rates} a year of the {on}, {said(self.every, self.billed)}"
