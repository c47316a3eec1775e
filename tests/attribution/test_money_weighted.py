"""XIRR: laws, the oracles of METHODS 8, pyxirr on random flows, and flows with several rates or none."""

from __future__ import annotations

import math

import numpy as np
import pytest
import pyxirr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trimtab.attribution.flows import Statement, Timing
from trimtab.attribution.money_weighted import HIGHEST, LOWEST, Rate, money_weighted, xirr
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.definitions import Reason

DAY = np.datetime64("2020-01-01")
CENTS = st.integers(-(10**7), 10**7).map(lambda cents: cents / 100.0)
CASH = st.lists(st.tuples(CENTS, st.integers(0, 12_000)), min_size=2, max_size=12)


def after(*days: int) -> np.ndarray:
    return DAY + np.array(days, dtype=int)


def flows(pairs) -> tuple[np.ndarray, np.ndarray]:
    return np.array([amount for amount, _ in pairs]), after(*(day for _, day in pairs))


def miss(rate: float, amounts: np.ndarray, dates: np.ndarray) -> float:
    """Present value at a rate over the sum of its parts without sign, by logarithms: 0 at a root, 1 where all have one sign."""
    years = (dates - dates.min()).astype(float) / 365.0
    logs = -math.log1p(rate) * years
    terms = amounts * np.exp(logs - logs[amounts != 0.0].max())
    return abs(math.fsum(terms)) / math.fsum(abs(terms))


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(CASH)
def test_every_rate_solves_the_flows(pairs):
    amounts, dates = flows(pairs)
    found = xirr(amounts, dates)
    assert math.isfinite(found.value) == (found.reason is None) == bool(found.rates)
    assert list(found.rates) == sorted(found.rates)
    for rate in found.rates:
        assert LOWEST * (1 + 1e-9) <= rate <= HIGHEST * (1 + 1e-9)
        assert miss(rate, amounts, dates) < 1e-11
    if found.rates:
        assert abs(math.log1p(found.value)) == min(abs(math.log1p(rate)) for rate in found.rates)


@settings(max_examples=40)
@given(CASH, st.randoms(use_true_random=False), st.floats(0.01, 100.0))
def test_order_currency_and_side_do_not_matter(pairs, random, scale):
    first = xirr(*flows(pairs))
    assume(len(first.rates) == 1)  # nearly double roots move by more than rounding
    random.shuffle(pairs)
    amounts, dates = flows(pairs)
    for other in (xirr(amounts, dates), xirr(-scale * amounts, dates), xirr(amounts, dates + 500)):
        assume(len(other.rates) == 1)
        assert math.log1p(other.value) == pytest.approx(math.log1p(first.value), abs=1e-6)


@settings(max_examples=40)
@given(st.floats(LOWEST * 0.9999, HIGHEST * 0.999), st.integers(1, 400), st.floats(1e-3, 1e9))
def test_one_payment_there_and_back(rate, days, amount):
    years = days / 365.0
    assume(abs(math.log1p(rate)) * years < 600.0)
    found = xirr([-amount, amount * (1.0 + rate) ** years], after(0, days))
    assert math.log1p(found.value) == pytest.approx(math.log1p(rate), abs=1e-12 + 1e-13 / years)


@settings(max_examples=40)
@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=30), st.floats(-0.9, 5.0))
def test_a_fund_that_grows_at_one_rate_earns_it(paid, rate):
    days = 37 * np.arange(len(paid) + 1)
    end = sum(amount * (1.0 + rate) ** ((days[-1] - day) / 365.0) for amount, day in zip(paid, days, strict=False))
    found = xirr([*(-amount for amount in paid), end], after(*days))
    assert found.rates == (found.value,)
    assert found.value == pytest.approx(rate, rel=1e-8, abs=1e-8)


# --- oracles --------------------------------------------------------------------------------------------------------


def test_the_example_of_excel():
    dates = np.array(["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"], dtype="datetime64[D]")
    found = xirr([-10000, 2750, 4250, 3250, 2750], dates).value
    assert found == pytest.approx(0.373362535, abs=2e-9)  # Excel stops when it is within 0.000001 %
    assert found == pytest.approx(0.3733625335, abs=5e-11)  # pyxirr


@pytest.mark.parametrize("timing", Timing)
def test_a_year_with_money_put_in_at_the_top(timing):
    on = 182 + (timing is Timing.START)  # at the start of its day: one day later for the same money at work
    one = Statement([100.0, 176.0], after(0, 365), [100.0], after(on), timing)
    assert money_weighted(one).value == pytest.approx(-0.157605, abs=5e-7)
    assert money_weighted(one).over(365) == pytest.approx(money_weighted(one).value, abs=1e-15)


def agrees(amounts: np.ndarray, dates: np.ndarray) -> bool:
    """Whether pyxirr answers at all, after its rate was found among ours."""
    theirs = pyxirr.xirr(dates, amounts, silent=True)
    if theirs is None or not LOWEST < theirs < HIGHEST:
        return False
    ours = xirr(amounts, dates)
    distance = min((abs(math.log1p(rate) - math.log1p(theirs)) for rate in ours.rates), default=math.inf)
    # Near a double root, or where pyxirr has stopped short, its rate differs: then ours must solve the flows better.
    better = bool(ours.rates) and max(miss(r, amounts, dates) for r in ours.rates) <= miss(theirs, amounts, dates)
    assert distance < 1e-8 or (distance < 1e-4 and better), (theirs, ours)
    return True


def random_flows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """2 to 300 flows over a month to forty years, of one change of sign or many."""
    count = int(rng.choice([2, 4, 10, 40, 300]))
    amounts = rng.normal(0.0, 100.0, count) * np.exp(rng.normal(0.0, 2.0, count))
    dates = np.sort(after(*rng.integers(0, rng.choice([30, 400, 5000, 15_000]), count)))
    if rng.random() < 0.6:
        amounts = np.where(np.arange(count) < max(1, int(rng.random() * count)), -np.abs(amounts), np.abs(amounts))
    return amounts, dates


def test_pyxirr_on_a_seeded_batch():
    rng = np.random.default_rng(20260101)
    answered = sum(agrees(*random_flows(rng)) for _ in range(300))
    assert answered > 150


@settings(max_examples=40)
@given(CASH)
def test_pyxirr_on_any_flows(pairs):
    agrees(*flows(pairs))


@pytest.mark.soak
def test_pyxirr_on_ten_thousand():
    rng = np.random.default_rng(7)
    answered = sum(agrees(*random_flows(rng)) for _ in range(10_000))
    assert answered > 5_000


# --- several rates, none, and too far out ---------------------------------------------------------------------------


def test_several_rates_are_all_told():
    # -100 + 230 v - 132 v^2 = -(10 - 11 v)(10 - 12 v): v = 10/11 and 10/12, so 10 % and 20 %
    found = xirr([-100.0, 230.0, -132.0], after(0, 365, 730))
    assert found.rates == pytest.approx((0.1, 0.2), abs=1e-12)
    assert found.several
    assert found.value == found.rates[0]
    assert found.words == "2 rates solve these flows (10.00 %, 20.00 %); the nearest to zero is shown"


def test_four_rates_of_five_flows():
    rates = [-0.4, 0.05, 0.3, 2.0]
    amounts = np.poly([1.0 / (1.0 + rate) for rate in rates])[::-1]  # of powers of v, lowest first
    assert xirr(amounts, after(0, 365, 730, 1095, 1460)).rates == pytest.approx(rates, abs=1e-10)


@pytest.mark.parametrize("power", [2, 3, 4, 5, 6])
def test_a_root_of_many_is_told_once(power):
    amounts = [(-1.0) ** k * math.comb(power, k) * 1.1**k for k in range(power + 1)]  # (1 - 1.1 v)^power
    found = xirr(amounts, after(*(365 * k for k in range(power + 1))))
    assert len(found.rates) == 1
    assert found.value == pytest.approx(0.1, abs=2e-3)  # doubles know it to 1e-16 ** (1 / power)


def test_two_rates_near_each_other_are_two():
    found = xirr([-100.0, 200.0, -100.0 + 1e-6], after(0, 365, 730))  # v = 1 +- 1e-4
    assert found.rates == pytest.approx((-1e-4, 1e-4), abs=1e-7)


def test_no_rate():
    found = xirr([-100.0, 200.0, -101.0], after(0, 365, 730))  # 200^2 < 4 * 100 * 101
    assert math.isnan(found.value)
    assert found.reason is Reason.NO_RATE
    assert found.words == "no money-weighted return: no rate a year brings the flows to zero"


@pytest.mark.parametrize(
    ("amounts", "days", "reason"),
    [
        ([], (), Reason.EMPTY),
        ([0.0, 0.0], (0, 9), Reason.EMPTY),
        ([-5.0], (0,), Reason.ONE_SIGN),
        ([-5.0, -3.0, 0.0], (0, 9, 20), Reason.ONE_SIGN),
        ([-5.0, 5.0], (3, 3), Reason.EMPTY),
        ([-5.0, 6.0], (3, 3), Reason.ONE_SIGN),
        ([-0.3, 0.1, 0.2, -4.0], (3, 3, 3, 9), Reason.ONE_SIGN),  # 2.8e-17 is not money
        ([-5.0, np.nan], (0, 9), Reason.UNKNOWN_FLOW),
        ([-5.0, np.inf], (0, 9), Reason.UNKNOWN_FLOW),
        ([-1.0, 1e-6], (0, 365), Reason.EXTREME),
        ([-1.0, 2e6], (0, 365), Reason.EXTREME),
        ([-100.0, 101.0], (0, 0), Reason.ONE_SIGN),
    ],
)
def test_why_there_is_no_rate(amounts, days, reason):
    found = xirr(np.array(amounts), after(*days))
    assert math.isnan(found.value)
    assert found.reason is reason


@pytest.mark.parametrize("rate", [-0.9999, -0.99, 0.0, 1e6])
def test_the_ends_of_the_range(rate):
    assert xirr([-1.0, 1.0 + rate], after(0, 365)).value == pytest.approx(rate, rel=1e-9, abs=1e-12)


def test_a_century_does_not_overflow():
    found = xirr([-1.0, *[0.0] * 50, 1e300], after(*range(51), 365 * 300))
    assert found.value == pytest.approx(10.0 - 1.0, rel=1e-12)


# --- one account ----------------------------------------------------------------------------------------------------


def test_all_lost():
    gone = Statement([100.0, 0.0], after(0, 200), [50.0], after(90))
    assert money_weighted(gone) == Rate(-1.0, (-1.0,))
    assert money_weighted(gone).over(200) == -1.0
    saved = Statement([100.0, 0.0], after(0, 365), [-40.0], after(365))
    assert money_weighted(saved).value == pytest.approx(-0.6)


def test_edges_of_an_account():
    assert money_weighted(Statement([100.0], after(0), [], after())).reason is Reason.EMPTY
    assert money_weighted(Statement([0.0, 0.0], after(0, 9), [], after())).reason is Reason.EMPTY
    assert money_weighted(Statement([100.0, np.nan], after(0, 9), [], after())).reason is Reason.UNKNOWN_FLOW
    first = Statement([100.0, 110.0], after(0, 365), [100.0], after(0))  # is inside the first value
    assert money_weighted(first).value == pytest.approx(0.1)
    last = Statement([100.0, 210.0], after(0, 365), [100.0], after(365))
    assert money_weighted(last).value == pytest.approx(0.1)
    from_nothing = Statement([0.0, 110.0], after(0, 730), [100.0], after(365))
    assert money_weighted(from_nothing).value == pytest.approx(0.1)


def test_the_door():
    with pytest.raises(ParameterError, match="stand against"):
        xirr([1.0, 2.0], after(0))
    with pytest.raises(DataError, match="no date"):
        xirr([1.0, 2.0], np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"))
    with pytest.raises(ParameterError, match="many accounts"):
        money_weighted(Statement(np.ones((2, 2)), after(0, 9), np.ones((2, 0)), after()))
