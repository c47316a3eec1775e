"""Costs add: a commission schedule and an impact, a roll and a fee."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import ACost, AHolding
from trimtab.core.money import ZERO
from trimtab.core.saying import words_of
from trimtab.core.trades import Power
from trimtab.core.values import Dealing


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of several costs of trading; unknown where any of them is."""

    of: tuple[ACost, ...]

    def __post_init__(self) -> None:
        _require_some(self.of)

    @property
    def members(self) -> tuple[ACost, ...]:
        """The costs that it adds."""
        return self.of

    @property
    def deals(self) -> bool:
        """Whether any of them reads the dealing."""
        return any(getattr(part, "deals", False) for part in self.of)

    def charge(self, notional: Array, dealing: Dealing | None = None) -> Array:
        """(..., A) cost in currency of trades of signed `notional` (..., A); NaN where any part is."""
        total = self.of[0].charge(notional, dealing)
        for part in self.of[1:]:
            total = total + part.charge(notional, dealing)
        return np.asarray(total)

    def ticket(self, notional: Decimal, asset: int = 0, dealing: Dealing | None = None) -> Decimal:
        """Exact cost of one trade of signed `notional`, unrounded. Raises DataError where a part does."""
        return sum([part.ticket(notional, asset, dealing) for part in self.of], ZERO)

    def curve(self, count: int, dealing: Dealing | None = None) -> tuple[Power, ...]:
        """The convex voice: the curves of all parts, powers of one exponent added up, in order of their exponents."""
        rates: dict[float, Array] = {}
        for power in (power for part in self.of for power in part.curve(count, dealing)):
            rates[power.exponent] = rates[power.exponent] + power.rate if power.exponent in rates else power.rate
        return tuple(Power(rates[exponent], exponent) for exponent in sorted(rates))

    @property
    def words(self) -> str:
        """The costs in a sentence."""
        return "; ".join(words_of(part) for part in self.of)


@dataclass(frozen=True, slots=True)
class TotalHolding:
    """The sum of several costs of holding."""

    of: tuple[AHolding, ...]

    def __post_init__(self) -> None:
        _require_some(self.of)

    @property
    def members(self) -> tuple[AHolding, ...]:
        """The costs that it adds."""
        return self.of

    @property
    def rates(self) -> Array:
        """(A,) what all of them charge, as a fraction per year."""
        total = self.of[0].rates
        for part in self.of[1:]:
            total = total + part.rates
        return total

    def accrue(self, values: Array, years: Array) -> Array:
        """(..., A) currency to pay on positions worth `values` (..., A) held for `years`."""
        total = self.of[0].accrue(values, years)
        for part in self.of[1:]:
            total = total + part.accrue(values, years)
        return total

    @property
    def words(self) -> str:
        """The costs in a sentence."""
        return "; ".join(words_of(part) for part in self.of)


def _require_some(parts: tuple[object, ...]) -> None:
    if not parts:
        raise ParameterError("of is empty", field="of", remedy="Give at least one cost.")
