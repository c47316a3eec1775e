"""Costs of holding: rolling futures, carrying costs, and the roll yield, which is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.costs.cost_laws import UNIVERSE
from trimtab.core.errors import ParameterError
from trimtab.costs.carrying import Carrying
from trimtab.costs.rolling import FuturesRoll, roll_yield
from trimtab.costs.total import TotalHolding

ROLL = FuturesRoll({"equity": 4.0, "HY": 12.0}, 1.0, 0.5, 1.0, UNIVERSE)
FEE = Carrying(0.002, {"credit": 0.004}, UNIVERSE)
BOTH = TotalHolding((ROLL, FEE))

amounts = st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)), min_size=3, max_size=3).map(np.array)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)), min_size=3, max_size=3).map(np.array),
    years=st.floats(0.001, 5.0),
)
def test_the_voices_agree_and_cost_takes_money_on_either_side(values: np.ndarray, years: float) -> None:
    for costs in (ROLL, FEE, BOTH):
        paid = costs.accrue(values, np.array(years))
        assert paid == pytest.approx(np.abs(values) * costs.rates * years, rel=1e-12, abs=0.0)
        assert paid.tolist() == costs.accrue(-values, np.array(years)).tolist()
        assert (paid >= 0.0).all()
    assert BOTH.rates == pytest.approx(ROLL.rates + FEE.rates)


def test_by_hand() -> None:
    # 2.5 bps a roll: four times a year 10 bps, twelve times 30 bps. 1 m for half a year: 500 and 1 500.
    assert ROLL.rates == pytest.approx([1e-3, 1e-3, 3e-3])
    assert ROLL.accrue(np.array([1e6, 0.0, -1e6]), np.array(0.5)) == pytest.approx([500.0, 0.0, 1500.0])
    # .2 % of 1 m in a quarter is 500, .4 % is 1 000
    assert FEE.accrue(np.full(3, 1e6), np.array(0.25)) == pytest.approx([500.0, 500.0, 1000.0])


def test_time_runs_along_the_rows() -> None:
    paid = FEE.accrue(np.full((4, 3), 1e6), np.linspace(0.0, 1.0, 4)[:, np.newaxis])
    assert paid.shape == (4, 3)
    assert paid[-1] == pytest.approx([2000.0, 2000.0, 4000.0])


def test_what_is_not_named_never_rolls() -> None:
    assert FuturesRoll({"HY": 12.0}, 2.0, universe=UNIVERSE).rates == pytest.approx([0.0, 0.0, 24e-4])


def test_unknown_values_have_unknown_costs() -> None:
    assert np.isnan(FEE.accrue(np.array([np.nan, 1.0, 1.0]), np.array(1.0))).tolist() == [True, False, False]


def test_one_rate_needs_no_names_for_its_cost_but_does_for_its_line() -> None:
    assert Carrying(0.01).accrue(np.array([100.0, 200.0]), np.array(1.0)) == pytest.approx([1.0, 2.0])
    assert Carrying(0.01, universe=UNIVERSE).rates.tolist() == [0.01] * 3
    assert Carrying(universe=UNIVERSE).rates.tolist() == [0.0] * 3


def test_the_roll_yield_of_a_rising_curve() -> None:
    # METHODS 6.4, exact: 100 near, 102 a month later: -2 / 100 x 12 = -24 % a year.
    assert float(roll_yield(100.0, 102.0, 1.0)) == pytest.approx(-0.24, abs=1e-15)
    # 100 and 98 three months apart: 2 / 100 x 4 = 8 %.
    assert roll_yield(np.array([100.0, 100.0]), np.array([98.0, 100.0]), 3.0) == pytest.approx([0.08, 0.0])


def test_a_roll_yield_without_prices_or_months_is_unknown() -> None:
    near, far, months = (
        np.array([0.0, np.nan, 100.0, 100.0, -1.0]),
        np.array([1.0, 1.0, 0.0, 102.0, 1.0]),
        np.array([1, 1, 1, 0, 1]),
    )
    assert np.isnan(roll_yield(near, far, months)).all()


def test_words() -> None:
    assert ROLL.words == "rolling futures costs 2.5 bps a roll (rolls a year: equity 4, HY 12)"
    assert FEE.words == "holding costs 0.2 % a year (credit 0.4 %)"
    assert Carrying().words == "holding costs nothing"
    assert BOTH.words == f"{ROLL.words}; {FEE.words}"
    assert BOTH.members == (ROLL, FEE)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: FuturesRoll({}), "rolls"),
        (lambda: FuturesRoll({"EM": 367.0}), "rolls"),
        (lambda: FuturesRoll({"EM": -1.0}), "rolls"),
        (lambda: FuturesRoll({"MARS": 4.0}, universe=UNIVERSE), "rolls"),
        (lambda: FuturesRoll({"EM": 4.0}, -1.0), "spread_bps"),
        (lambda: Carrying(-0.1), "per_year"),
        (lambda: Carrying(0.1, {"EM": 1.1}), "named"),
        (lambda: Carrying(0.1).rates, "universe"),
        (lambda: FuturesRoll({"EM": 4.0}).accrue(np.ones(3), np.array(1.0)), "universe"),
        (lambda: TotalHolding(()), "of"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
