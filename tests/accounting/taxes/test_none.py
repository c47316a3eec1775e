"""No tax: nothing is taxed, whatever happened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.none import NoTax
from trimtab.core.taxes import Assessment, Carried, LotMethod, TaxRates, TaxRegime, TaxYear, Term

REGIME: TaxRegime = NoTax()
money = st.decimals(-(10**9), 10**9, places=2)


@given(money, money, money, money, st.integers(1900, 2100))
def test_nothing_is_taxed_and_nothing_carried(short: Decimal, long: Decimal, income: Decimal, loss: Decimal, year: int) -> None:
    found = REGIME.assess(TaxYear(year, short, long, income, income, income, income), Carried(abs(loss), abs(loss)))
    assert found == Assessment(year, Decimal(0))


def test_what_a_regime_must_answer() -> None:
    assert REGIME.rates(date(1900, 1, 1)) == TaxRates(Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    assert (REGIME.pools, REGIME.window, REGIME.methods) == (False, 0, tuple(LotMethod))
    assert (REGIME.year(date(2025, 4, 6)), REGIME.due(2025)) == (2025, date(2025, 12, 31))
    assert REGIME.term(date(2025, 1, 1), date(2025, 1, 1)) is Term.LONG
    assert REGIME.turns(date(2025, 1, 1)) == date(2025, 1, 1)
    assert NoTax().words == "no tax"
