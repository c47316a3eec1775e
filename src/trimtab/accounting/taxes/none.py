"""No tax: for accounts in which nothing is taxed, and for results before tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from trimtab.core.money import ZERO
from trimtab.core.taxes import Assessment, Carried, LotMethod, TaxRates, TaxYear, Term

_NOTHING = TaxRates(ZERO, ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class NoTax:
    """Nothing is taxed, and no loss is carried on. Years are calendar years; lots are chosen as the owner likes."""

    pools: ClassVar[bool] = False
    window: ClassVar[int] = 0
    methods: ClassVar[tuple[LotMethod, ...]] = tuple(LotMethod)

    @property
    def words(self) -> str:
        """For sentences."""
        return "no tax"

    def year(self, on: date) -> int:
        """The calendar year."""
        return on.year

    def due(self, year: int) -> date:
        """The last day of the year: nothing is due on it."""
        return date(year, 12, 31)

    def term(self, acquired: date, sold: date) -> Term:
        """Long, always: nothing hangs on it."""
        return Term.LONG

    def turns(self, acquired: date) -> date:
        """The day of the purchase."""
        return acquired

    def rates(self, on: date) -> TaxRates:
        """Zero, at any time."""
        return _NOTHING

    def assess(self, year: TaxYear, carried: Carried = Carried()) -> Assessment:
        """No tax, whatever the year brought."""
        return Assessment(year.year, ZERO)
