"""Is it worth its cost? Expected benefit less data, software, trading, taxes and management, for so much money (METHODS 11).

What is fixed in money a year weighs less the more assets it serves: the assets at which the benefit just pays for all are
fixed cost / (benefit - variable cost - hurdle). A benefit below 1 % a year at a cost above 0.5 % is marginal. Amounts and
rates are exact: a benefit of exactly 1 % is not below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from trimtab.core.errors import ParameterError
from trimtab.core.money import Money

SMALL = Fraction(1, 100)  # benefit a year below which an approach has to be cheap
DEAR = Fraction(1, 200)  # cost a year above which a small benefit is not worth the effort
EXCESS = Fraction(5, 4)  # realised over assumed cost
QUARTERS = 4  # in a row


@dataclass(frozen=True, slots=True)
class Economics:
    """What an approach is expected to bring over its benchmark, gross, and what it takes, for `assets` of money.

    `benefit` is a fraction a year, `low` to `high` its interval; `fixed` are amounts a year by name in the currency of the
    assets, `rates` fractions of assets a year by name, and `hurdle` is what must be left over, a fraction a year. Raises
    ParameterError for assets of 0 or less, a cost below 0, another currency, an interval that leaves the benefit out.
    """

    assets: Money
    benefit: Decimal
    low: Decimal
    high: Decimal
    fixed: Mapping[str, Money] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    hurdle: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed", MappingProxyType(dict(self.fixed)))
        object.__setattr__(self, "rates", MappingProxyType(dict(self.rates)))
        numbers = (self.assets.amount, self.benefit, self.low, self.high, self.hurdle, *self.rates.values())
        if not all(number.is_finite() for number in (*numbers, *(cost.amount for cost in self.fixed.values()))):
            raise ParameterError("a benefit or a cost is not a number", remedy="Give fractions such as 0.008.")
        if self.assets.amount <= 0:
            raise ParameterError(
                f"assets are {self.assets}, not above 0", field="assets", remedy="Give an amount, 50 million USD."
            )
        if not self.low <= self.benefit <= self.high:
            raise ParameterError(f"the benefit {self.benefit} lies outside {self.low} to {self.high}", field="benefit")
        for name, cost in self.fixed.items():
            if cost.currency != self.assets.currency or cost.amount < 0:
                what = f"{name} costs {cost}, below 0 or in another currency than the assets"
                raise ParameterError(what, field=name, remedy=f"Give an amount a year in {self.assets.currency}.")
        if below := [name for name, rate in (*self.rates.items(), ("hurdle", self.hurdle)) if rate < 0]:
            raise ParameterError(f"{below[0]} is below 0", field=below[0], remedy="Costs are fractions above 0, such as 0.002.")

    @property
    def fixed_amount(self) -> Decimal:
        """Fixed cost a year in money."""
        return sum((cost.amount for cost in self.fixed.values()), Decimal(0))

    @property
    def fixed_rate(self) -> Fraction:
        """Fixed cost as a fraction of the assets."""
        return Fraction(self.fixed_amount) / Fraction(self.assets.amount)

    @property
    def variable(self) -> Fraction:
        """What grows with the assets, as a fraction of them."""
        return sum(map(Fraction, self.rates.values()), Fraction(0))

    @property
    def cost(self) -> Fraction:
        """All cost a year, as a fraction of the assets."""
        return self.fixed_rate + self.variable

    @property
    def fixed_share(self) -> Fraction:
        """The part of the cost that is fixed; 0 where there is no cost."""
        return self.fixed_rate / self.cost if self.cost else Fraction(0)

    @property
    def net(self) -> Fraction:
        """Benefit less cost, a fraction a year."""
        return Fraction(self.benefit) - self.cost

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """Of the net benefit."""
        return Fraction(self.low) - self.cost, Fraction(self.high) - self.cost

    @property
    def marginal(self) -> bool:
        """Whether a benefit this small is not worth a cost this high."""
        return marginal(Fraction(self.benefit), self.cost)

    @property
    def break_even(self) -> Fraction | None:
        """The assets from which on the benefit pays for cost and hurdle; None where no size does, 0 where every size does."""
        left = Fraction(self.benefit) - self.variable - Fraction(self.hurdle)
        if not self.fixed_amount:
            return Fraction(0) if left >= 0 else None
        return Fraction(self.fixed_amount) / left if left > 0 else None

    def gross_for(self, net: Decimal) -> Fraction:
        """The benefit before cost that leaves `net`."""
        return Fraction(net) + self.cost


def marginal(benefit: Fraction, cost: Fraction) -> bool:
    """Benefit below 1 % a year and cost above 0.5 %, both strictly."""
    return benefit < SMALL and cost > DEAR


def overrun(realised: Sequence[float], assumed: Sequence[float]) -> bool:
    """Whether each of the last four quarters cost more than 1.25 times what was assumed for it; costs in one currency.

    A quarter whose costs are unknown (NaN) exceeds nothing; one for which nothing was assumed is exceeded by any cost.
    """
    if len(realised) != len(assumed):
        raise ParameterError(f"{len(realised)} quarters of cost stand against {len(assumed)} of assumptions")
    last = list(zip(realised, assumed, strict=True))[-QUARTERS:]
    return len(last) == QUARTERS and all(real > float(EXCESS) * assume for real, assume in last)
