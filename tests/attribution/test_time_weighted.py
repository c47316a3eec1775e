"""Time-weighted and modified Dietz returns: laws, the oracles of METHODS 8, conventions, and flows that are awkward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trimtab.attribution.dietz import modified_dietz, weights
from trimtab.attribution.flows import Linked, Statement, Timing, annualised
from trimtab.attribution.time_weighted import time_weighted
from trimtab.core.calendar import Frequency
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.definitions import Reason

START = np.datetime64("2023-01-01")
RETURNS = arrays(float, 40, elements=st.floats(-0.2, 0.25))
FLOWS = arrays(float, 40, elements=st.floats(-40.0, 400.0))


def days(*numbers: int) -> np.ndarray:
    return START + np.array(numbers, dtype=int)


def statement(values, at, flows=(), on=(), timing: Timing = Timing.END) -> Statement:
    return Statement(np.array(values, dtype=float), days(*at), np.array(flows, dtype=float), days(*on), timing)


def account(returns: np.ndarray, flows: np.ndarray, timing: Timing) -> Statement:
    """An account of 1,000 that earns `returns` (T,) a day with `flows` (T,) on each, valued every day."""
    values = [1000.0]
    for r, flow in zip(returns, flows, strict=True):
        before = values[-1] + (flow if timing is Timing.START else 0.0)
        values.append(before * (1.0 + r) + (flow if timing is Timing.END else 0.0))
    n = len(returns)
    return Statement(np.array(values), days(*range(n + 1)), flows, days(*range(1, n + 1)), timing)


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(RETURNS, FLOWS, st.sampled_from(Timing))
def test_flows_do_not_change_what_the_manager_did(returns, flows, timing):
    flows = np.maximum(flows, 0.0)  # money taken out may be more than there is: that is a case of its own
    found = time_weighted(account(returns, flows, timing))
    np.testing.assert_allclose(found.returns, returns, atol=1e-11)
    assert found.total == pytest.approx(np.prod(1.0 + returns) - 1.0, rel=1e-10, abs=1e-10)


@settings(max_examples=20)
@given(RETURNS, FLOWS, st.sampled_from(Timing), st.floats(1e-3, 1e6))
def test_another_currency_changes_no_return(returns, flows, timing, rate):
    one = account(returns, np.maximum(flows, 0.0), timing)
    other = replace(one, values=one.values * rate, flows=one.flows * rate)
    for figure in (time_weighted, modified_dietz):
        assert figure(other).total == pytest.approx(float(figure(one).total), rel=1e-8, abs=1e-8, nan_ok=True)


@settings(max_examples=20)
@given(RETURNS)
def test_without_flows_all_three_are_the_growth(returns):
    one = account(returns, np.zeros(40), Timing.END)
    growth = one.values[-1] / one.values[0] - 1.0
    for total in (time_weighted(one).total, modified_dietz(one).total, modified_dietz(one, every=None).total):
        assert total == pytest.approx(growth, abs=1e-11)


@settings(max_examples=20)
@given(RETURNS, FLOWS, st.sampled_from(Timing))
def test_dietz_by_the_day_is_time_weighting(returns, flows, timing):
    one = account(returns, np.maximum(flows, 0.0), timing)  # a day is 1 long: the weight is 0 at its end and 1 at its start
    np.testing.assert_allclose(modified_dietz(one, every=None).returns, time_weighted(one).returns, atol=1e-12)


def test_many_accounts_answer_as_each_alone():
    rng = np.random.default_rng(5)
    values, flows = rng.uniform(50, 150, (3, 2, 90)), rng.uniform(-10, 30, (3, 2, 89))
    all_of_them = Statement(values, days(*range(90)), flows, days(*range(1, 90)))
    alone = Statement(values[1, 1], all_of_them.dates, flows[1, 1], all_of_them.flow_dates)
    for figure in (time_weighted, modified_dietz):
        assert figure(all_of_them).total.shape == (3, 2)
        np.testing.assert_allclose(figure(all_of_them).total[1, 1], figure(alone).total, rtol=1e-14)


# --- oracles of METHODS 8 ---------------------------------------------------------------------------------------------

OWN_CASE = ([100.0, 220.0, 176.0], (0, 182, 365), (100.0,), (182,))


def test_a_year_with_money_put_in_at_the_top():
    one = statement(*OWN_CASE)
    found = time_weighted(one)  # (220 - 100) / 100 = 1.2; 176 / 220 = 0.8; 1.2 * 0.8 = 0.96
    np.testing.assert_allclose(found.returns, [0.2, -0.2], atol=1e-15)
    assert found.total == pytest.approx(-0.04, abs=1e-15)
    ends = statement([100.0, 176.0], (0, 365), (100.0,), (182,))
    # (176 - 100 - 100) / (100 + 100 * (365 - 182) / 365) = -24 / 150.13699
    assert modified_dietz(ends).total == pytest.approx(-0.159854, abs=5e-7)


def test_the_published_month():
    base = np.datetime64("2023-12-31")
    one = Statement(
        np.array([585.60, 602.34]), base + np.array([0, 31]), [-15.05, 19.82, 16.42, -18.96], base + np.array([5, 9, 15, 24])
    )
    assert modified_dietz(one).total == pytest.approx(0.02454178, abs=5e-9)


# --- conventions ------------------------------------------------------------------------------------------------------


def test_timing_moves_a_flow_across_its_day():
    end = statement([100.0, 220.0], (0, 1), (100.0,), (1,))
    assert time_weighted(end).total == pytest.approx(0.2)  # 120 / 100
    assert time_weighted(replace(end, timing=Timing.START)).total == pytest.approx(0.1)  # 220 / 200
    month = statement([100.0, 210.0], (0, 31), (100.0,), (5,))
    np.testing.assert_allclose(weights(month), [26 / 31])
    np.testing.assert_allclose(weights(replace(month, timing=Timing.START)), [27 / 31])


def test_at_the_start_of_a_day_is_at_the_end_of_the_day_before():
    end = statement([100.0, 220.0, 176.0], (0, 182, 365), (100.0,), (182,))
    start = statement([100.0, 120.0, 176.0], (0, 182, 365), (100.0,), (183,), Timing.START)
    assert time_weighted(start).total == pytest.approx(float(time_weighted(end).total), abs=1e-15)
    for whole in (end, start):
        assert modified_dietz(whole.at(np.array([0, 2])), every=None).total == pytest.approx(-0.159854, abs=5e-7)


def test_dietz_links_months():
    one = statement([100.0, 105.0, 160.0, 170.0], (0, 30, 40, 58), (50.0,), (40,))
    # January 5 %; February, days 30 to 58: (170 - 105 - 50) / (105 + 50 * 18 / 28) = 15 / 137.142857 = 0.109375
    assert modified_dietz(one).total == pytest.approx(1.05 * 1.109375 - 1.0, abs=1e-14)
    whole = (170.0 - 100.0 - 50.0) / (100.0 + 50.0 * 18.0 / 58.0)
    assert modified_dietz(one, every=Frequency.YEAR_END).total == pytest.approx(whole, abs=1e-14)


def test_a_flow_on_the_first_day_is_inside_the_first_value_and_one_on_the_last_counts():
    bare = statement([100.0, 110.0], (0, 31))
    first = statement([100.0, 110.0], (0, 31), (100.0,), (0,))
    last = statement([100.0, 210.0], (0, 31), (100.0,), (31,))
    for one in (bare, first, last):
        for timing in Timing if one is not last else (Timing.END,):
            assert modified_dietz(replace(one, timing=timing)).total == pytest.approx(0.1, abs=1e-15)
            assert time_weighted(replace(one, timing=timing)).total == pytest.approx(0.1, abs=1e-15)


def test_nothing_under_a_year_is_put_on_a_year():
    assert np.isnan(annualised(0.1, 364))
    assert annualised(0.1, 365) == pytest.approx(0.1)
    assert annualised(0.21, 730) == pytest.approx(0.1)
    assert annualised(-1.0, 730) == -1.0
    assert np.isnan(annualised(-1.5, 730))


# --- awkward flows ----------------------------------------------------------------------------------------------------


def test_empty_in_between_is_idle_and_passed_over():
    one = statement([100.0, 0.0, 0.0, 55.0], (0, 10, 20, 30), (-110.0, 50.0), (10, 30))
    found = time_weighted(one)  # out with 110 at +10 %; idle; 50 come in at the end of the day on which 55 are there
    assert found.idle.tolist() == [False, True, False]
    assert found.why_not() is Reason.NO_CAPITAL
    calm = statement([100.0, 0.0, 0.0, 50.0, 55.0], (0, 10, 20, 30, 40), (-110.0, 50.0), (10, 30))
    assert time_weighted(calm).idle.tolist() == [False, True, True, False]
    assert time_weighted(calm).total == pytest.approx(1.1 * 1.1 - 1.0, abs=1e-14)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (statement([], ()), Reason.EMPTY),
        (statement([100.0], (0,)), Reason.EMPTY),
        (statement([100.0, np.nan], (0, 1)), Reason.UNKNOWN_FLOW),
        (statement([100.0, np.inf], (0, 1)), Reason.UNKNOWN_FLOW),
        (statement([100.0, 50.0], (0, 1), (np.nan,), (1,)), Reason.UNKNOWN_FLOW),
        (statement([0.0, 0.0], (0, 1)), Reason.NO_CAPITAL),
        (statement([0.0, 5.0], (0, 1)), Reason.NO_CAPITAL),
        (statement([-5.0, 5.0], (0, 1)), Reason.NO_CAPITAL),
        (statement([-100.0, -110.0], (0, 1)), Reason.NO_CAPITAL),  # a debt that grows is no gain of 10 %
        (statement([100.0, 5.0], (0, 1), (-120.0,), (1,), Timing.START), Reason.NO_CAPITAL),  # more taken out than was there
        (statement([100.0, -5.0], (0, 1)), Reason.RUIN),
    ],
)
def test_why_there_is_no_return(one, reason):
    for figure in (time_weighted, modified_dietz):
        found = figure(one)
        assert np.isnan(found.total)
        assert found.why_not() is reason


def test_all_lost_is_all_lost_whatever_comes_in_later():
    one = statement([100.0, 0.0, 50.0, 60.0], (0, 10, 11, 20), (50.0,), (11,))
    assert time_weighted(one).total == -1.0
    assert time_weighted(one).why_not() is None


def test_a_flow_many_times_the_portfolio():
    one = statement([1.0, 1_000_001.1, 1_100_001.21], (0, 10, 20), (1e6,), (10,))
    assert time_weighted(one).total == pytest.approx(1.1 * 1.1 - 1.0, rel=1e-6)


def test_dust_of_subtraction_is_no_capital():
    one = statement([0.3, 0.0], (0, 1), (-0.1, -0.2), (1, 1), Timing.START)  # 0.3 - 0.1 - 0.2 is 2.8e-17 in doubles
    assert time_weighted(one).idle.all()
    assert time_weighted(one).why_not() is Reason.NO_CAPITAL


def test_a_flow_without_a_value_is_named():
    with pytest.raises(DataError, match=r"flow of 2023-01-06 has no value at its date.*modified Dietz"):
        time_weighted(statement([100.0, 110.0], (0, 31), (5.0,), (5,)))
    with pytest.raises(DataError, match="no value at the close before it"):
        time_weighted(statement([100.0, 110.0], (0, 31), (5.0,), (5,), Timing.START))
    assert time_weighted(statement([100.0, 110.0], (0, 31), (0.0,), (5,))).total == pytest.approx(0.1)  # nothing moved
    after_weekend = statement([100.0, 165.0], (0, 3), (50.0,), (3,), Timing.START)
    assert time_weighted(after_weekend).total == pytest.approx(0.1)


def test_the_door():
    with pytest.raises(DataError, match="do not rise"):
        statement([1.0, 2.0], (1, 0))
    with pytest.raises(DataError, match="do not rise"):
        statement([1.0, 2.0], (1, 1))
    for on in (-1, 32):
        with pytest.raises(DataError, match="outside the dates"):
            statement([1.0, 2.0], (0, 31), (1.0,), (on,))
    with pytest.raises(DataError, match="outside the dates"):
        statement([], (), (1.0,), (0,))
    with pytest.raises(ParameterError, match="3 values stand against 2 dates"):
        statement([1.0, 2.0, 3.0], (0, 1))
    with pytest.raises(ParameterError, match="1 flows stand against 2 flow_dates"):
        statement([1.0, 2.0], (0, 1), (1.0,), (0, 1))


def test_a_total_too_large_says_so():
    huge = Linked(np.full(400, 1e300), np.full(400, 1.0))
    assert huge.why_not() is Reason.TOO_LARGE
