"""Costs that do not depend on trading or value: data, and what funds take inside their prices."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as Ratio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.costs.cost_laws import UNIVERSE
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Billing, FeeValue
from trimtab.core.money import ZERO, Money
from trimtab.core.terms import months
from trimtab.costs.data_cost import DataCost
from trimtab.costs.expenses import Expenses

DATA = DataCost(Money(Decimal(24_000)))
FUNDS = Expenses(0.001, {"credit": 0.004}, UNIVERSE)


@given(st.decimals(0, 10**9, places=2), st.fractions(Ratio(1, 366), Ratio(3), max_denominator=1200))
@settings(max_examples=40, deadline=None)
def test_both_voices_of_data_agree_whatever_the_account_is_worth(value: Decimal, years: Ratio) -> None:
    due = DATA.due(value, years)
    assert float(due) == pytest.approx(float(DATA.charge(np.asarray(float(value)), np.asarray(float(years)))), rel=1e-12)
    assert due == DATA.due(ZERO, years)


def test_data_by_hand() -> None:
    # 24 000 a year: 6 000 a quarter, 46 of 92 days of one 3 000; .8 % of 3 m
    assert DATA.due(ZERO, Ratio(1, 4)) == 6000
    assert DATA.due(ZERO, Ratio(1, 4) * Ratio(46, 92)) == 3000
    assert float(DATA.rate(np.asarray(3e6))) == pytest.approx(0.008)
    assert np.isnan(DATA.rate(np.array([0.0, np.nan]))).all()
    assert DATA.due(Decimal(5), Ratio(0)) == 0


def test_funds_take_their_ratio_of_what_is_held_and_nothing_is_due() -> None:
    # .1 % of 1 m of equity and .4 % of 500 000 of credit, for half a year: 500 and 1 000; a short position earns it
    rates = dict(zip((asset.id for asset in UNIVERSE), FUNDS.rates.tolist(), strict=True))
    held = np.array([1e6 if rate == 0.001 else 5e5 for rate in rates.values()])
    assert FUNDS.taken(held, np.asarray(0.5)) == pytest.approx([500.0 if rate == 0.001 else 1000.0 for rate in rates.values()])
    assert FUNDS.taken(-held, np.asarray(0.5)).tolist() == (-FUNDS.taken(held, np.asarray(0.5))).tolist()
    assert FUNDS.taken(np.ones((4, 3)), np.ones((4, 1))).shape == (4, 3)
    assert FUNDS.due(Decimal(10**9), Ratio(1)) == 0
    assert FUNDS.charge(np.array([1e9, np.nan]), np.asarray(1.0))[0] == 0.0


def test_what_the_components_say_of_themselves() -> None:
    assert DATA.words == "data cost 24000 USD a year, each quarter in arrears"
    assert (DATA.why, DATA.currency, DATA.base, DATA.billed) == ("data", "USD", FeeValue.ENDING, Billing.ARREARS)
    assert FUNDS.words == "funds take 0.1 % a year (credit 0.4 %) inside their prices, which is not charged again"
    assert (FUNDS.why, FUNDS.every, FUNDS.base, FUNDS.billed) == ("expenses", months(12), FeeValue.ENDING, Billing.ARREARS)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: DataCost(Money(Decimal(-1))), "per_year"),
        (lambda: DataCost(Money(Decimal("NaN"))), "per_year"),
        (lambda: DataCost(Money(Decimal(1)), months(7)), "every"),
        (lambda: Expenses(1.5), "per_year"),
        (lambda: Expenses(0.0, {"MARS": 0.1}, UNIVERSE), "named"),
        (lambda: Expenses(0.0, {"credit": 1.1}), "named"),
        (lambda: Expenses(0.1).rates, "universe"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
