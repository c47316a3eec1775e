"""United Kingdom tax on an investor: capital gains, dividends and interest, by tax years that end on 5 April.

Gains are matched in a pool (TCGA 1992 s.104 to s.106A; see `pool`), so that there are no terms, no choice of lots and no
rule on wash sales beside it. Losses of the year come first, then those brought forward, but only down to the annual exempt
amount (s.1E, s.1K); what is left is carried on without end. Gains of futures count as gains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import ClassVar, NamedTuple

from trimtab.accounting.taxes.rates import RateTable, Row
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import ZERO, Money, currency, decimal_of, exact
from trimtab.core.taxes import Assessment, Carried, LotMethod, TaxRates, TaxYear, Term
from trimtab.core.terms import Fraction

Line = tuple[str, Decimal]


class Band(Enum):
    """The band of income tax that the last pound of the owner falls into; each is a bracket of the file of rates."""

    BASIC = "basic"
    HIGHER = "higher"
    HIGHEST = "highest"  # the additional rate


class _Netted(NamedTuple):
    """What a year's gains come to: `taxable`, what of the exempt amount and of old losses was used, losses carried on."""

    taxable: Decimal
    exempt: Decimal
    used: Decimal
    carried: Decimal


@dataclass(frozen=True, slots=True)
class Uk:
    """United Kingdom tax at the rates of one `band`: all gains, dividends and interest of a year lie in it.

    `gains`, `dividends` and `interest` are rates as fractions, `exempt` the annual exempt amount and `allowance` that of
    dividends, in pounds; each stands in place of that of the table. `table` holds the file of rates. A year is taxed at
    the rates of its last day, also where they changed within it.
    """

    band: Band = Band.HIGHER
    gains: Fraction | None = None
    dividends: Fraction | None = None
    interest: Fraction | None = None
    exempt: Money | None = None
    allowance: Money | None = None
    table: RateTable | None = None

    pools: ClassVar[bool] = True
    window: ClassVar[int] = 0
    methods: ClassVar[tuple[LotMethod, ...]] = ()

    def __post_init__(self) -> None:
        for name in ("gains", "dividends", "interest"):
            rate = getattr(self, name)
            if rate is not None and not 0.0 <= rate <= 1.0:
                raise ParameterError(f"{name} is {rate}", field=name, remedy="Rates are fractions, such as 0.24.")
        for name in ("exempt", "allowance"):
            money = getattr(self, name)
            if money is not None and (money.currency != "GBP" or not money.amount >= 0):
                raise ParameterError(f"{name} is {money}", field=name, remedy="Give pounds of at least 0, such as 3000 GBP.")
        if self.table is not None and (self.table.currency != "GBP" or self.band.value not in self.table.names):
            what = f"the file of rates has no bracket {self.band.value!r} in pounds"
            raise ParameterError(what, field="band", remedy=f"It has {', '.join(self.table.names)} in {self.table.currency}.")

    @property
    def words(self) -> str:
        """For sentences."""
        return f"United Kingdom tax at the {self.band.value} rate"

    def year(self, on: date) -> int:
        """The tax year, named by the year in which it ends: 6 April 2025 begins 2026."""
        return on.year + (on >= date(on.year, 4, 6))

    def due(self, year: int) -> date:
        """31 January after the end of the year."""
        return date(year + 1, 1, 31)

    def term(self, acquired: date, sold: date) -> Term:
        """Long, always: the law knows one rate."""
        return Term.LONG

    def turns(self, acquired: date) -> date:
        """The day of the purchase."""
        return acquired

    def rates(self, on: date) -> TaxRates:
        """The rates in force. Raises DataError where one is given neither here nor, for that date, in the table."""
        gains = self._rate("gains", "long", on)
        return TaxRates(gains, gains, self._rate("interest", "ordinary", on), self._rate("dividends", "qualified", on))

    def _rate(self, name: str, column: str, on: date) -> Decimal:
        own: float | None = getattr(self, name)
        if own is not None:
            return decimal_of(own)
        rate: Decimal = getattr(self._row(name, on).rates, column)
        return rate

    def _amount(self, name: str, on: date) -> Decimal:
        own: Money | None = getattr(self, name)
        if own is not None:
            return own.amount
        amount: Decimal = getattr(self._row(name, on), name)
        return amount

    def _row(self, name: str, on: date) -> Row:
        """What the table says; it is not asked for what the fields say themselves."""
        if self.table is None:
            raise DataError(f"no {name} is given for the tax", remedy=f"Name a file of rates, or give {name}.")
        return self.table.row(on, self.band.value)

    def assess(self, year: TaxYear, carried: Carried = Carried()) -> Assessment:
        """The tax of a year in pence, and losses carried on (as long-term: there is one kind).

        A loss never meets income. The allowance of dividends is used on dividends alone.
        """
        last = date(year.year, 4, 5)
        rates = self.rates(last)
        with exact():
            before = carried.short + carried.long
            gains = year.short + year.long + year.handed + year.marked
            netted = _net(gains, before, self._amount("exempt", last))
            dividends = max(year.qualified, ZERO)
            free = min(dividends, self._amount("allowance", last))
            taxes = (
                ("tax on gains", netted.taxable * rates.long),
                ("tax on dividends", (dividends - free) * rates.qualified),
                ("tax on interest", max(year.ordinary, ZERO) * rates.ordinary),
            )
            tax = currency("GBP").round(sum((amount for _, amount in taxes), ZERO))
            lines = _said(gains, before, netted), (("dividends", dividends), ("dividend allowance", -free)), taxes
        return Assessment(year.year, tax, Carried(long=netted.carried), (*lines[0], *lines[1], *lines[2], ("tax", tax)))


def _net(gains: Decimal, before: Decimal, exempt: Decimal) -> _Netted:
    """Gains less losses of the year; losses from `before` take off what is above the exempt amount, and no more."""
    above = max(gains - exempt, ZERO)
    used = min(before, above)
    return _Netted(above - used, min(max(gains, ZERO), exempt), used, before - used + max(-gains, ZERO))


def _said(gains: Decimal, before: Decimal, netted: _Netted) -> tuple[Line, ...]:
    return (
        ("gains less losses", gains),
        ("annual exempt amount used", -netted.exempt),
        ("losses brought forward", -before),
        ("losses brought forward and used", -netted.used),
        ("taxable gains", netted.taxable),
        ("losses carried forward", -netted.carried),
    )
