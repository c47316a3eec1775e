"""Margin calls: laws, hand-worked paths, ruin, what is unknown, real data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.real_files import closes
from trimtab.core.errors import ParameterError
from trimtab.numerics.margin import Margin, fall_to_call, hold_levered, margin_calls

few = settings(max_examples=60, deadline=None)
NAN = float("nan")
T = Margin()  # 50 % and 25 %


def paths(seed: int, sessions: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.06, (sessions, count))


# Laws.


@few
@given(st.floats(1.001, 5.0), st.floats(0.01, 0.6))
def test_the_fall_to_a_call_brings_the_ratio_to_the_requirement(leverage: float, requirement: float) -> None:
    fall = float(fall_to_call(leverage, requirement))
    if leverage * requirement >= 1.0:
        assert fall == 0.0
        return
    equity, gross = 1.0 - leverage * fall, leverage * (1.0 - fall)
    assert equity == pytest.approx(requirement * gross, abs=1e-12)


@few
@given(st.integers(0, 10_000), st.floats(1.0, 1.9), st.floats(0.0, 0.001))
def test_equity_is_gross_less_debt_and_all_that_was_paid_adds_up(seed: int, leverage: float, rate: float) -> None:
    returns = paths(seed, 40, 3)
    path = hold_levered(returns, leverage, T, borrowing=rate)
    alive = path.equity[:-1] > 0.0
    gain = np.where(alive, path.gross[:-1] * returns, 0.0) - path.interest
    np.testing.assert_allclose(np.diff(path.equity, axis=0), gain, atol=1e-12)
    held = path.gross[1:] > 0.0
    ratio = path.equity[1:][held] / path.gross[1:][held]
    assert (ratio >= 0.25 - 1e-12).all()
    np.testing.assert_allclose(path.gross[1:], np.where(alive, path.gross[:-1] * (1.0 + returns), 0.0) - path.sold, atol=1e-12)
    assert np.isfinite([path.equity[1:], path.gross[1:], path.sold, path.interest]).all()


@few
@given(st.integers(0, 10_000))
def test_a_stack_of_paths_is_the_paths_of_the_stack(seed: int) -> None:
    returns, leverage = paths(seed, 30, 4), np.array([0.0, 1.0, 1.5, 2.0])
    whole = hold_levered(returns, leverage, T, borrowing=0.0002)
    for k in range(4):
        alone = hold_levered(returns[:, k], float(leverage[k]), T, borrowing=0.0002)
        assert alone.equity.tobytes() == whole.equity[:, k].tobytes()
        assert (alone.count, alone.first, alone.ruined) == (whole.count[k], whole.first[k], whole.ruined[k])


def test_without_calls_units_are_kept() -> None:
    returns = np.array([0.02, -0.05, 0.03])
    path = hold_levered(returns, 1.5, T)
    np.testing.assert_allclose(path.equity[1:], 1.5 * np.cumprod(1.0 + returns) - 0.5, rtol=1e-14)
    assert path.count == 0
    assert path.first == -1
    assert path.ruined == -1


# By hand.


@pytest.mark.parametrize(
    ("leverage", "requirement", "fall"),
    [
        (2.0, 0.25, 1.0 / 3.0),  # (1 - .5) / (2 * .75)
        (1.5, 0.25, 0.625 / 1.125),  # (1 - .375) / (1.5 * .75) = .5556
        (1.5, 0.40, 0.40 / 0.90),  # (1 - .6) / (1.5 * .6) = .4444
        (4.0, 0.25, 0.0),  # the ratio stands at the requirement
        (5.0, 0.25, 0.0),  # and here the call has come
        (1.0, 0.25, 1.0),  # nothing borrowed
        (0.6, 0.25, 1.0),
        (0.0, 0.25, 1.0),
        (-3.0, 0.25, 0.0),  # equity is gone
        (NAN, 0.25, NAN),
    ],
)
def test_the_fall_that_brings_a_call_by_hand(leverage: float, requirement: float, fall: float) -> None:
    np.testing.assert_allclose(fall_to_call(leverage, requirement), fall, atol=1e-15)


def test_a_call_and_what_it_costs_by_hand() -> None:
    # Twice levered: gross 2, debt 1. A fall of 40 % leaves gross 1.2, equity .2, ratio 1/6 < .25. A sale of .8 leaves gross
    # .4 (50 % equity), debt .2. A rise of 50 % makes that .6, equity .4. Without the call equity would be 1.8 - 1 = .8.
    path = hold_levered(np.array([-0.4, 0.5]), 2.0, T)
    np.testing.assert_allclose(path.equity, [1.0, 0.2, 0.4], atol=1e-15)
    np.testing.assert_allclose(path.gross, [2.0, 0.4, 0.6], atol=1e-15)
    np.testing.assert_allclose(path.sold, [0.8, 0.0], atol=1e-15)
    np.testing.assert_allclose(path.ratio, [1.0 / 6.0, 2.0 / 3.0], atol=1e-15)
    assert path.called.tolist() == [True, False]
    assert (path.count, path.first, path.ruined) == (1, 0, -1)


def test_interest_is_paid_on_what_is_owed_by_hand() -> None:
    # Debt 1 at 1 % a session: .01; then 1.01 at 1 %: .0101. Gross 2 throughout: equity .99 and .9799.
    path = hold_levered(np.zeros(2), 2.0, T, borrowing=0.01)
    np.testing.assert_allclose(path.interest, [0.01, 0.0101], atol=1e-15)
    np.testing.assert_allclose(path.equity, [1.0, 0.99, 0.9799], atol=1e-15)
    unlevered = hold_levered(np.zeros(2), 0.8, T, borrowing=0.01)
    assert unlevered.interest.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(unlevered.equity, 1.0)


def test_rates_may_differ_by_session() -> None:
    path = hold_levered(np.zeros(2), 2.0, T, borrowing=np.array([0.0, 0.02]))
    np.testing.assert_allclose(path.equity, [1.0, 1.0, 0.98], atol=1e-15)


def test_a_ratio_at_the_requirement_is_no_call() -> None:
    # A fall of a third: gross 4/3, equity 1/3, ratio exactly a quarter. So with any leverage, whatever rounding does.
    assert hold_levered(np.array([-1.0 / 3.0]), 2.0, T).count == 0
    assert hold_levered(np.array([-1.0 / 3.0 - 1e-9]), 2.0, T).count == 1
    leverage = np.linspace(1.01, 1.99, 99)
    assert not hold_levered(-fall_to_call(leverage, 0.25)[None], leverage, T).called.any()
    gross = np.linspace(0.1, 9.9, 99)
    assert not margin_calls(gross, 0.3 * gross, 0.3).below.any()


def test_ruin_is_told_and_is_the_end() -> None:
    # A fall of 60 %: gross .8, equity -.2: all is sold, and .2 is owed whatever comes, an unknown return included.
    path = hold_levered(np.array([-0.6, 1.0, NAN, -0.5]), 2.0, T, borrowing=0.01)
    np.testing.assert_allclose(path.equity, [1.0, -0.21, -0.21, -0.21, -0.21], atol=1e-15)
    assert path.gross.tolist()[1:] == [0.0] * 4
    assert (path.ruined, path.first, path.count) == (0, 0, 1)
    np.testing.assert_allclose(path.sold[0], 0.8, atol=1e-15)


def test_a_loss_of_everything_is_ruin_with_a_ratio_of_nothing() -> None:
    path = hold_levered(np.array([0.1, -1.0, 0.1]), 1.5, T)
    np.testing.assert_allclose(path.equity, [1.0, 1.15, -0.5, -0.5], atol=1e-15)
    assert path.ratio[1] == 0.0
    assert (path.ruined, path.count) == (1, 1)


def test_what_follows_an_unknown_or_impossible_return_is_unknown() -> None:
    for bad in (NAN, -1.5, float("inf")):
        path = hold_levered(np.array([-0.4, bad, -0.9]), 2.0, T)
        assert np.isnan(path.equity[2:]).all()
        assert (path.count, path.first, path.ruined) == (1, 0, -1)


def test_calls_on_an_account_by_hand() -> None:
    # .30, .20 (call), unknown and .22 (still the same), .26 (met), .24 (a second call), nothing held, .10 (a third).
    gross = np.array([100.0, 100.0, NAN, 100.0, 100.0, 100.0, 0.0, 100.0])
    value = np.array([30.0, 20.0, 25.0, 22.0, 26.0, 24.0, 10.0, 10.0])
    found = margin_calls(gross, value, 0.25)
    np.testing.assert_allclose(found.ratio, [0.3, 0.2, NAN, 0.22, 0.26, 0.24, NAN, 0.1])
    assert found.below.tolist() == [False, True, False, True, False, True, False, True]
    assert found.called.tolist() == [False, True, False, False, False, True, False, True]
    assert (found.count, found.first) == (3, 1)


def test_debt_without_anything_held_is_a_call() -> None:
    found = margin_calls(np.array([100.0, 0.0]), np.array([50.0, -5.0]), 0.25)
    assert found.called.tolist() == [False, True]


@pytest.mark.parametrize("count", [0, 1])
def test_short_paths(count: int) -> None:
    path = hold_levered(np.zeros(count), 1.5, T)
    assert path.equity.tolist() == [1.0] * (count + 1)
    assert (path.count, path.first, path.ruined) == (0, -1, -1)
    calls = margin_calls(np.ones(count), np.ones(count), 0.25)
    assert (calls.count, calls.first) == (0, -1)


# At the door.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: Margin(0.2, 0.3), "maintenance", "above the initial requirement of 0.2"),
        (lambda: Margin(1.0), "initial", "not below 1"),
        (lambda: hold_levered(np.zeros(2), 2.5, T), "leverage", r"leverage 2.5 cannot be had"),
        (lambda: hold_levered(np.zeros(2), -0.5, T), "leverage", "cannot be had"),
        (lambda: hold_levered(np.zeros(2), NAN, T), "leverage", "cannot be had"),
    ],
)
def test_wrong_parameters_are_refused(make, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


# Real data.


def test_twice_levered_shares_were_called_in_2008_as_a_plain_loop_says() -> None:
    index = closes()["SPY"].loc["2007-10-09":"2009-12-31"]
    returns = index.pct_change().dropna()
    owned, owed, calls = 2.0, 1.0, []
    for day, gain in returns.items():
        owned, owed = owned * (1.0 + gain), owed * 1.0001
        if owned - owed < 0.30 * owned:
            calls.append(day)
            equity = owned - owed
            owned, owed = 2.0 * equity, equity
    path = hold_levered(returns.to_numpy(), 2.0, Margin(0.5, 0.30), borrowing=0.0001)
    assert list(returns.index[path.called]) == calls
    assert str(calls[0].date()) == "2008-09-29"
    assert path.equity[-1] == pytest.approx(owned - owed, rel=1e-12)
    assert path.ruined == -1
