"""A plain law for tests: calendar years, long-term after more than one year, rates and a wash-sale window as given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from trimtab.core.taxes import Assessment, Carried, Lot, LotMethod, TaxRates, TaxYear, Term

_NOTHING = Carried()


@dataclass(frozen=True, slots=True)
class Plain:
    """40.8 % and 23.8 %, as in METHODS 10."""

    short: str = "0.408"
    long: str = "0.238"
    pools: bool = False
    window: int = 30
    first: tuple[int, int] = (1, 1)  # month and day on which a tax year begins
    methods: tuple[LotMethod, ...] = tuple(LotMethod)

    def year(self, on: date) -> int:
        return on.year if self.first == (1, 1) else on.year + ((on.month, on.day) >= self.first)

    def due(self, year: int) -> date:
        return date(year + 1, 4, 15)

    def turns(self, acquired: date) -> date:
        later = acquired + timedelta(days=1)
        return later.replace(year=later.year + 1) if (later.month, later.day) != (2, 29) else date(later.year + 1, 3, 1)

    def term(self, acquired: date, sold: date) -> Term:
        return Term.LONG if sold >= self.turns(acquired) else Term.SHORT

    def rates(self, on: date) -> TaxRates:
        short, long = Decimal(self.short), Decimal(self.long)
        return TaxRates(short, long, short, long)

    def assess(self, year: TaxYear, carried: Carried = _NOTHING) -> Assessment:
        raise NotImplementedError


def lot(name: str, acquired: str, units: str, cost: str, *, asset: int = 0) -> Lot:
    """Bought on `acquired` for `cost` in all."""
    day = date.fromisoformat(acquired)
    return Lot(name, asset, day, day, Decimal(units), Decimal(cost))
