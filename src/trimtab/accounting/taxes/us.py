"""United States federal income tax on an investor, as far as gains, dividends and interest go.

Terms: more than one year, the day of acquisition excluded (26 U.S.C. 1222; in calendar months, Rev. Rul. 66-7). Gains are
netted as Schedule D does (see `netting`). Futures are marked to the market, 60 % long-term and 40 % short-term (section
1256). Qualified dividends have a rate of their own and never meet a loss (section 1(h)(11)). Wash sales are not worked out
here: see `wash`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from trimtab.accounting.taxes.netting import Netted, net
from trimtab.accounting.taxes.rates import RateTable, Row
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import ZERO, Money, currency, decimal_of, exact
from trimtab.core.taxes import Assessment, Carried, LotMethod, TaxRates, TaxYear, Term
from trimtab.core.terms import Fraction, check_ranges

_LONG_OF_MARKED = Decimal("0.6")
_DOLLARS = currency("USD")
_KINDS = ("short", "long", "ordinary", "qualified")


@dataclass(frozen=True, slots=True)
class UsFederal:
    """US federal tax at the rates of `bracket` (empty: the first of the table), and `state` added to every rate.

    `short`, `long`, `ordinary` and `qualified` stand in place of the federal rates of the table, as fractions. Of a net
    loss, `loss_limit` a year meets ordinary income: what the account brought, and `other_income` from elsewhere. `table`
    holds the file of rates.
    """

    state: Fraction = 0.0
    short: Fraction | None = None
    long: Fraction | None = None
    ordinary: Fraction | None = None
    qualified: Fraction | None = None
    bracket: str = ""
    loss_limit: Money = Money(Decimal(3000))
    other_income: Money = Money(ZERO)
    table: RateTable | None = None
    _constant: TaxRates | None = field(init=False, repr=False, compare=False)  # where all four are given

    pools: ClassVar[bool] = False
    window: ClassVar[int] = 30
    methods: ClassVar[tuple[LotMethod, ...]] = tuple(LotMethod)  # average cost is for shares of funds only

    def __post_init__(self) -> None:
        check_ranges(self)
        for name in _KINDS:
            rate = getattr(self, name)
            if rate is not None and not 0.0 <= rate <= 1.0:
                raise ParameterError(f"{name} is {rate}", field=name, remedy="Rates are fractions, such as 0.238.")
        for name in ("loss_limit", "other_income"):
            money = getattr(self, name)
            if money.currency != "USD" or not money.amount >= 0:
                raise ParameterError(f"{name} is {money}", field=name, remedy="Give dollars of at least 0, such as 3000 USD.")
        if self.bracket and self.table is not None and self.bracket not in self.table.names:
            remedy = f"The file of rates has {', '.join(self.table.names)}."
            raise ParameterError(f"bracket {self.bracket!r} has no rates", field="bracket", remedy=remedy)
        highest = max((max(row.rates.short, row.rates.ordinary) for row in self._rows()), default=ZERO)
        highest = max(highest, *(decimal_of(getattr(self, name) or 0.0) for name in _KINDS))
        if highest + decimal_of(self.state) > 1:
            remedy = "It is added to every federal rate: give the state's own rate, such as 0.05."
            raise ParameterError(f"state is {self.state}, which makes more than all of it", field="state", remedy=remedy)
        given = all(getattr(self, name) is not None for name in _KINDS)
        object.__setattr__(self, "_constant", self._rates(None) if given else None)

    def _rows(self) -> tuple[Row, ...]:
        return tuple(row for _, rows in self.table.brackets for row in rows) if self.table is not None else ()

    @property
    def words(self) -> str:
        """For sentences."""
        return "US federal tax" + (f" and a state tax of {self.state:.4g}" if self.state else "")

    def year(self, on: date) -> int:
        """The calendar year."""
        return on.year

    def due(self, year: int) -> date:
        """15 April of the next year."""
        return date(year + 1, 4, 15)

    def turns(self, acquired: date) -> date:
        """The first date on which a sale is long-term: one calendar year after the day after the purchase."""
        return _turns(acquired)

    def term(self, acquired: date, sold: date) -> Term:
        """Long-term: held more than one year, the day of acquisition excluded."""
        return Term.LONG if sold >= _turns(acquired) else Term.SHORT

    def rates(self, on: date) -> TaxRates:
        """The rates in force, state tax added.

        Raises DataError where a rate is given neither here nor, for that date, in the table.
        """
        if self._constant is not None:
            return self._constant
        if self.table is None:
            remedy = "Name a file of rates, or give short, long, ordinary, qualified."
            raise DataError("no tax rates are given", remedy=remedy)
        return self._rates(self.table.on(on, self.bracket))

    def _rates(self, table: TaxRates | None) -> TaxRates:
        """Own rates in the place of those of the table, state tax added."""
        own = [getattr(self, name) for name in _KINDS]
        federal = [getattr(table, name) if rate is None else decimal_of(rate) for name, rate in zip(_KINDS, own, strict=True)]
        state = decimal_of(self.state)
        with exact():
            return TaxRates(*(rate + state for rate in federal))

    def assess(self, year: TaxYear, carried: Carried = Carried()) -> Assessment:
        """The tax of a year at the rates of its last day, in cents.

        What a loss saves on other income is taken off the tax of the account, down to zero.
        """
        rates = self.rates(date(year.year, 12, 31))
        with exact():
            income = max(year.ordinary, ZERO)
            limit = min(self.loss_limit.amount, income + self.other_income.amount)
            marked_long = year.marked * _LONG_OF_MARKED
            netted = net(year.short + year.marked - marked_long, year.long + marked_long + year.handed, carried, limit)
            parts = (
                ("tax on short-term gains", netted.short * rates.short),
                ("tax on long-term gains", netted.long * rates.long),
                ("tax on interest and ordinary dividends", income * rates.ordinary),
                ("tax on qualified dividends", max(year.qualified, ZERO) * rates.qualified),
                ("tax saved by losses against ordinary income", -netted.used * rates.ordinary),
            )
            tax = _DOLLARS.round(max(sum((amount for _, amount in parts), ZERO), ZERO))
        lines = tuple(line for line in (*_said(year, carried, netted), *parts) if line[1])
        return Assessment(year.year, tax, netted.carried, (*lines, ("tax", tax)))


@lru_cache(maxsize=4096)
def _turns(acquired: date) -> date:
    first = acquired + timedelta(days=1)
    if (first.month, first.day) == (2, 29):
        return date(first.year + 1, 3, 1)
    return first.replace(year=first.year + 1)


def _said(year: TaxYear, carried: Carried, netted: Netted) -> tuple[tuple[str, Decimal], ...]:
    """What came in and what netting left of it, above the tax."""
    return (
        ("short-term gains less losses", year.short),
        ("long-term gains less losses", year.long),
        ("long-term gains that funds handed on", year.handed),
        ("futures, 60 % long-term and 40 % short-term", year.marked),
        ("short-term losses carried in", -carried.short),
        ("long-term losses carried in", -carried.long),
        ("short-term gains after netting", netted.short),
        ("long-term gains after netting", netted.long),
        ("losses against ordinary income", -netted.used),
        ("short-term losses carried on", -netted.carried.short),
        ("long-term losses carried on", -netted.carried.long),
    )
