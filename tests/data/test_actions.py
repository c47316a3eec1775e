"""What a unit turns into: nobody gains or loses by an action itself, its cost goes somewhere, and the cases by hand."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.data.actions import (
    Outcome,
    closure,
    merger,
    outcome,
    return_of_capital,
    rights,
    settle,
    special_dividend,
    spin_off,
    split,
    symbol_change,
    terp,
)
from trimtab.data.history import Action, ActionKind

prices = st.floats(1.0, 1000.0)
shares = st.floats(0.01, 0.95)
ratios = st.floats(0.05, 20.0)


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[float, Outcome]:
    """Any action of a unit at a price, at fair terms."""
    price, part, ratio = draw(prices), draw(shares), draw(ratios)
    paid = price * part
    made = [
        split(ratio, price=price),
        special_dividend(paid, price=price),
        spin_off(ratio, paid / ratio, parent=price, other="S"),
        merger(price),
        merger(0.0, ratio, price / ratio, other="M"),
        merger(paid, ratio, (price - paid) / ratio, other="M"),
        rights(ratio, paid, price=price),
        rights(ratio, paid, price=price, exercise=True),
        return_of_capital(paid, price=price),
        symbol_change("NEW", price=price),
        closure(price),
    ]
    return price, draw(st.sampled_from(made))


# Laws.


def worth_is_kept(price: float, result: Outcome) -> bool:
    return result.worth == pytest.approx(price, rel=1e-12)


@given(outcomes())
def test_a_holder_is_as_rich_after_an_action_as_before(case: tuple[float, Outcome]) -> None:
    assert worth_is_kept(*case)


@given(outcomes())
def test_the_shares_of_the_cost_sum_to_one(case: tuple[float, Outcome]) -> None:
    result = case[1]
    assert result.basis_kept + result.basis_moved + result.basis_closed == pytest.approx(1.0, abs=1e-12)
    assert min(result.basis_kept, result.basis_moved, result.basis_closed) >= 0.0


@given(outcomes(), st.sampled_from([0.125, 0.5, 2.0, 64.0]))
def test_another_currency_changes_amounts_and_no_ratio(case: tuple[float, Outcome], by: float) -> None:
    price, result = case
    if result.received or result.units != 1.0 or result.basis_closed:
        return  # those are rebuilt below from their own terms
    again = replace(result, cash=result.cash * by, price_after=result.price_after * by)
    assert again.worth == price * by or again.worth == pytest.approx(price * by, rel=1e-12)
    assert again.factor == pytest.approx(result.factor, rel=1e-12)


@given(outcomes(), st.integers(1, 100_000), st.sampled_from([1.0, 0.001]))
def test_whole_units_and_cash_in_lieu_keep_the_worth_to_a_cent(case: tuple[float, Outcome], units: int, step: float) -> None:
    price, result = case
    got = settle(result, units, step=step)
    for count in (got.units, got.received):
        assert abs(count / step - round(count / step)) < 1e-6
    after = got.units * (0.0 if isnan(result.price_after) else result.price_after)
    other = got.received * (0.0 if isnan(result.price_received) else result.price_received)
    assert after + other + got.cash == pytest.approx(units * price, abs=0.01, rel=1e-9)


def test_the_law_of_worth_catches_a_spin_off_valued_at_a_whole_unit() -> None:
    honest = spin_off(0.5, 30.0, parent=100.0)
    assert worth_is_kept(100.0, honest)
    assert not worth_is_kept(100.0, replace(honest, received=1.0))  # the planted fault: half a unit counted as one


# By hand.


def test_spin_off_by_hand() -> None:
    # Parent 100, half a unit worth 30 for each: value .5 * 30 = 15, parent 100 - 15 = 85, factor .85, cost 85 / 15.
    result = spin_off(0.5, 30.0, parent=100.0, other="CHILD")
    assert (result.value, result.price_after, result.factor) == (15.0, 85.0, 0.85)
    assert (result.basis_kept, result.basis_moved, result.other) == (0.85, 0.15, "CHILD")


def test_split_and_reverse_split_by_hand() -> None:
    assert split(2.0, price=100.0).price_after == 50.0
    assert split(2.0, price=100.0).factor == 0.5
    # Ten into one: 25 units at 4.00 become 2.5 at 40.00; 2 are kept and half a unit is paid: 20.00.
    got = settle(split(0.1, price=4.0), 25)
    assert (got.units, got.in_lieu) == (2.0, 20.0)
    short = settle(split(0.1, price=4.0), -25)
    assert (short.units, short.in_lieu) == (-2.0, -20.0)
    assert settle(split(0.1, price=4.0), 30).units == 3.0  # 30 * .1 is 3.0000000000000004 in floats
    assert settle(split(0.1, price=4.0), 30).in_lieu == 0.0


def test_merger_by_hand() -> None:
    assert repr(merger(55.0)) == repr(Outcome(units=0.0, cash=55.0, basis_kept=0.0, basis_closed=1.0))  # NaN is unlike itself
    stock = merger(0.0, 1.5, 40.0, other="ACQ")  # 1.5 units at 40: the cost of one unit is spread over 1.5
    assert (stock.value, stock.basis_moved, stock.basis_closed) == (60.0, 1.0, 0.0)
    mixed = merger(20.0, 1.0, 60.0, other="ACQ")  # 20 of 80 in cash: a quarter of the cost is closed
    assert (mixed.value, mixed.basis_moved, mixed.basis_closed) == (80.0, 0.75, 0.25)
    # 7 units at 1.5 are 10.5: 10 units and half a unit at 40 in cash.
    got = settle(stock, 7)
    assert (got.units, got.received, got.cash) == (0.0, 10.0, 20.0)


def test_rights_by_hand() -> None:
    # One new for four old at 80, price 100: (4 * 100 + 80) / 5 = 96; the right is worth 4 a unit.
    assert terp(100.0, 80.0, 4.0) == 96.0
    sold = rights(0.25, 80.0, price=100.0)
    assert (sold.cash, sold.price_after, sold.factor) == (4.0, 96.0, 0.96)
    used = rights(0.25, 80.0, price=100.0, exercise=True)
    assert (used.units, used.cash) == (1.25, -20.0)  # 1.25 * 96 - 20 = 100
    assert repr(rights(0.25, 120.0, price=100.0)) == repr(Outcome(price_after=100.0))  # nobody buys at 120 what costs 100


def test_dividends_capital_names_and_closures_by_hand() -> None:
    assert special_dividend(1.0, price=40.0).factor == 0.975  # 39 / 40
    capital = return_of_capital(2.0, price=10.0)
    assert (capital.lowers_cost, capital.basis_kept, capital.price_after) == (2.0, 1.0, 8.0)
    assert repr(symbol_change("META", price=196.0)) == repr(Outcome(other="META", price_after=196.0))
    assert repr(closure(24.87)) == repr(Outcome(units=0.0, cash=24.87, basis_kept=0.0, basis_closed=1.0))


def test_a_recorded_action_has_the_outcome_of_its_kind() -> None:
    on = np.datetime64("2024-01-02")
    kinds = {
        ActionKind.SPIN_OFF: (Action(ActionKind.SPIN_OFF, on, ratio=0.5, price=30.0, other="C"), 15.0),
        ActionKind.MERGER: (Action(ActionKind.MERGER, on, cash=5.0, ratio=1.0, price=30.0, other="C"), 35.0),
        ActionKind.RIGHTS: (Action(ActionKind.RIGHTS, on, ratio=0.25, price=80.0), 4.0),
        ActionKind.RETURN_OF_CAPITAL: (Action(ActionKind.RETURN_OF_CAPITAL, on, cash=2.0), 2.0),
        ActionKind.DELISTING: (Action(ActionKind.DELISTING, on, cash=3.0), 3.0),
    }
    assert set(kinds) == set(ActionKind)
    for action, value in kinds.values():
        assert outcome(action, 100.0).value == value
    assert outcome(Action(ActionKind.MERGER, on, ratio=2.0, price=30.0), 100.0).value == 60.0  # cash unsaid: none


# What is refused.


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (Action(ActionKind.SPIN_OFF, np.datetime64("2024-01-02"), ratio=0.5, other="C"), "the price of C is nan"),
        (Action(ActionKind.SPIN_OFF, np.datetime64("2024-01-02"), ratio=4.0, price=30.0), "not below the price of 100"),
        (Action(ActionKind.SPIN_OFF, np.datetime64("2024-01-02"), price=30.0), "ratio of a spin-off is 0"),
        (Action(ActionKind.MERGER, np.datetime64("2024-01-02")), "cash of a merger is nan"),
        (Action(ActionKind.MERGER, np.datetime64("2024-01-02"), cash=1.0, ratio=1.0, other="Z"), "the price of Z is nan"),
        (Action(ActionKind.RIGHTS, np.datetime64("2024-01-02"), ratio=0.25), "subscription price is nan"),
        (Action(ActionKind.RETURN_OF_CAPITAL, np.datetime64("2024-01-02"), cash=-1.0), "is -1"),
        (Action(ActionKind.DELISTING, np.datetime64("2024-01-02")), "liquidation value is nan"),
    ],
)
def test_an_action_without_its_numbers_is_refused(action: Action, says: str) -> None:
    with pytest.raises(DataError, match=says):
        outcome(action, 100.0)


def test_a_fraction_without_a_price_is_refused() -> None:
    with pytest.raises(DataError, match="price of ACQ is nan"):
        settle(merger(0.0, 1.5, nan, other="ACQ"), 7)
    with pytest.raises(DataError, match="ratio of a split is 0"):
        split(0.0)
    with pytest.raises(DataError, match="step of units"):
        settle(split(2.0), 1.0, step=0.0)
