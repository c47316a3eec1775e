"""After-tax returns as funds disclose them (SEC Form N-1A, Item 26(b)(2) and (3); adopted 2001), and those of an account.

`P (1 + T)^n = ATV`: P invested, n years, ATV what is left. Distributions are taxed on their dates at the rates then in force,
the tax comes out of them, and the rest buys units at the price of that date. ATV_D stops there; ATV_DR also redeems: gain and
term by lot, the reinvested ones among them, netted as the law does, and a net loss saves tax on gains of its kind in full.
No state tax.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from trimtab.accounting.taxes.netting import across
from trimtab.core.arrays import Array
from trimtab.core.entries import Payout
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import TaxRates, Term

RatesOn = Callable[[date], TaxRates]
TermOf = Callable[[date, date], Term]


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a fund paid on a unit, by kind, and the `price` at which it could be reinvested. `returned` gives cost back."""

    when: date
    price: Decimal
    paid: Mapping[Payout, Decimal] = field(default_factory=dict)
    returned: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Fund:
    """Net asset value a unit on the first and the last date, and the distributions between them, by date.

    A distribution on the first date belongs to the year before, one on the last date to this one.
    """

    begins: date
    opening: Decimal
    ends: date
    closing: Decimal
    distributions: tuple[Distribution, ...] = ()

    def __post_init__(self) -> None:
        dates = [self.begins, *(one.when for one in self.distributions)]
        if dates != sorted(set(dates)) or dates[-1] > self.ends or self.begins >= self.ends:
            what = f"distributions are not in order of date between {self.begins} and {self.ends}"
            raise DataError(what, remedy="Sort them; add up those of one date.")
        prices = (self.opening, self.closing, *(one.price for one in self.distributions))
        if not all(price.is_finite() and price > 0 for price in prices):
            raise DataError("a price of the fund is not above 0", remedy="Correct the net asset values.")

    @property
    def years(self) -> float:
        """Length in years of 365.25 days; a whole number from a date to the same date of another year."""
        first, last = self.begins, self.ends
        if (first.month, first.day) == (last.month, last.day):
            return float(last.year - first.year)
        return (last - first).days / 365.25


@dataclass(frozen=True, slots=True)
class AfterTax:
    """Average annual total returns as fractions: before tax, after tax on distributions (D), after redemption too (DR)."""

    before: float
    distributions: float
    redemption: float
    years: float

    @property
    def lines(self) -> tuple[tuple[str, float], ...]:
        """As the table of a prospectus words them."""
        return (
            ("return before taxes", self.before),
            ("return after taxes on distributions", self.distributions),
            ("return after taxes on distributions and sale", self.redemption),
        )


def more_than_a_year(acquired: date, sold: date) -> Term:
    """Long-term: held more than one year, the day of acquisition excluded (26 U.S.C. 1222; Rev. Rul. 66-7)."""
    first = acquired + timedelta(days=1)
    long = (sold.year, sold.month, sold.day) >= (first.year + 1, first.month, first.day)
    return Term.LONG if long else Term.SHORT


def fund_returns(fund: Fund, rates: RatesOn, *, term: TermOf = more_than_a_year) -> AfterTax:
    """The three returns of a fund, at `rates(date)`: the highest of individuals, the tax on net investment income in them."""
    with exact():
        plain = _Investment(fund, lambda _: _UNTAXED, term)
        taxed = _Investment(fund, rates, term)
        values = (plain.value, taxed.value, taxed.value - taxed.tax_on_sale)
    before, paid, sold = (annual(float(value / fund.opening), fund.years) for value in values)
    return AfterTax(before, paid, sold, fund.years)


_UNTAXED = TaxRates(ZERO, ZERO, ZERO, ZERO)


@dataclass(slots=True)
class _Lot:
    acquired: date
    units: Decimal
    cost: Decimal


class _Investment:
    """One unit bought at the beginning, and what became of it."""

    __slots__ = ("_fund", "_lots", "_rates", "_term")

    def __init__(self, fund: Fund, rates: RatesOn, term: TermOf) -> None:
        self._fund, self._rates, self._term = fund, rates, term
        self._lots = [_Lot(fund.begins, Decimal(1), fund.opening)]
        for one in fund.distributions:
            self._receive(one)

    @property
    def units(self) -> Decimal:
        return sum((lot.units for lot in self._lots), ZERO)

    @property
    def value(self) -> Decimal:
        """What all units are worth at the end."""
        return self.units * self._fund.closing

    @property
    def tax_on_sale(self) -> Decimal:
        """Tax on selling all at the end; below zero a saving."""
        end = self._fund.ends
        return self._tax([(lot, lot.units * self._fund.closing - lot.cost) for lot in self._lots], end)

    def _receive(self, one: Distribution) -> None:
        rates, held = self._rates(one.when), self.units
        cash = held * (sum(one.paid.values(), ZERO) + one.returned)
        tax = held * sum((amount * _rate(kind, rates) for kind, amount in one.paid.items()), ZERO)
        tax += self._tax([(lot, _give_back(lot, one.returned)) for lot in self._lots], one.when)
        spent = cash - tax
        if spent:
            self._lots.append(_Lot(one.when, spent / one.price, spent))

    def _tax(self, gains: Sequence[tuple[_Lot, Decimal]], when: date) -> Decimal:
        """Tax on gains of lots, netted by term and then across."""
        rates = self._rates(when)
        by_term = {Term.SHORT: ZERO, Term.LONG: ZERO}
        for lot, gain in gains:
            by_term[self._term(lot.acquired, when)] += gain
        short, long = across(by_term[Term.SHORT], by_term[Term.LONG])
        return short * rates.short + long * rates.long


def _give_back(lot: _Lot, each: Decimal) -> Decimal:
    """Capital returned on a unit lowers the cost of a lot; what is above it is a gain."""
    amount = lot.units * each
    used = min(amount, lot.cost)
    lot.cost -= used
    return amount - used


def _rate(kind: Payout, rates: TaxRates) -> Decimal:
    return {
        Payout.QUALIFIED: rates.qualified,
        Payout.ORDINARY: rates.ordinary,
        Payout.GAIN: rates.long,
        Payout.EXEMPT: ZERO,
    }[kind]


def after_tax(
    wealth: Sequence[float] | Array,
    paid: Sequence[float] | Array,
    years: float,
    *,
    accrued: float = 0.0,
    liquidation: float = 0.0,
    flows: Sequence[float] | Array | None = None,
) -> AfterTax:
    """The three returns of an account, time-weighted, from its `wealth` (T,) in currency after what was paid.

    `paid` (T,) are taxes that left the account, below zero refunds, and `flows` (T,) money brought in or taken out, each
    since the value before: they are in the wealth of the same place, and those of the first count for nothing. At the end,
    `accrued` tax is owed and not paid yet (D is after it), and selling all would cost `liquidation` (below zero it saves;
    DR is after it too). NaN where wealth is not above zero on the way. Raises ParameterError for shapes and lengths.
    """
    value, tax = np.asarray(wealth, dtype=float), np.asarray(paid, dtype=float)
    moved = np.zeros(value.shape) if flows is None else np.asarray(flows, dtype=float)
    if value.ndim != 1 or len(value) < 2 or tax.shape != value.shape or moved.shape != value.shape:
        what = f"wealth {value.shape}, taxes {tax.shape} and flows {moved.shape} do not fit"
        raise ParameterError(what, remedy="Give two or more values, and a tax and a flow for each.")
    if not years > 0.0:
        raise ParameterError(f"{years} years", field="years", remedy="Give the length of the path in years, above 0.")
    last = np.zeros(value.shape)
    last[-1] = 1.0
    added = (tax, -accrued * last, -(accrued + liquidation) * last)
    before, owed, sold = (annual(_growth(value, value - moved + more), years) for more in added)
    return AfterTax(before, owed, sold, years)


def _growth(value: Array, after: Array) -> float:
    """Chained growth of `value` (T,), where `after` (T,) is what each value became before flows."""
    base = value[:-1]
    return float(np.prod(after[1:] / base)) if (base > 0.0).all() else float("nan")


def annual(growth: float, years: float) -> float:
    """Growth by a factor over `years` as a return a year. Nothing left is -1; NaN where more was lost than there was."""
    if not growth >= 0.0:
        return float("nan")
    return float(growth ** (1.0 / years) - 1.0)
