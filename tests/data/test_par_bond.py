"""The par bond: arithmetic by hand, an independent sum of cash flows, and what a yield does to a price."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.data.months import compounded, last_weekdays
from trimtab.data.par_bond import monthly_returns

YIELD = st.floats(0.001, 0.25)


@given(YIELD)
def test_an_unchanged_yield_earns_the_coupon(level: float) -> None:
    assert monthly_returns(np.array([level, level]))[0] == pytest.approx(level / 12.0, abs=1e-12)


@given(YIELD, YIELD)
def test_the_return_falls_as_the_new_yield_rises(start: float, end: float) -> None:
    low, high = sorted((end, end * 1.1))
    returns = [float(monthly_returns(np.array([start, now]))[0]) for now in (low, high)]
    assert returns[0] > returns[1]


def test_worked_by_hand() -> None:
    # 5.35 % to 5.39 %, 20 years: n = 40 - 1/6 = 39.83333 half-years, v = 1.02695 ** -39.83333 = 0.3467102
    # price = 5.35 / 5.39 * (1 - v) + v = 0.9925788 * 0.6532898 + 0.3467102 = 0.9951518; coupon 0.0535 / 12 = 0.0044583
    assert monthly_returns(np.array([0.0535, 0.0539]))[0] == pytest.approx(0.9951518 + 0.0044583 - 1.0, abs=2e-7)


@pytest.mark.parametrize(("start", "end"), [(0.05, 0.06), (0.12, 0.11), (0.03, 0.0301)])
def test_against_a_sum_of_cash_flows(start: float, end: float) -> None:
    # The full price of the 40 coupons and the principal, one month (1/6 half-year) into the first period. The formula
    # takes a clean price plus a month of simple interest: at 12 % that is 0.0100 against 1.06 ** (1/6) - 1 = 0.00976.
    times = np.arange(1, 41) - 1.0 / 6.0
    flows = np.full(40, start / 2.0)
    flows[-1] += 1.0
    full = float((flows / (1.0 + end / 2.0) ** times).sum())
    assert monthly_returns(np.array([start, end]))[0] == pytest.approx(full - 1.0, abs=1e-4 if start < 0.1 else 2.5e-4)


@pytest.mark.parametrize("bad", [0.0, -0.01, np.nan])
def test_a_yield_that_is_no_yield_is_refused(bad: float) -> None:
    with pytest.raises(ParameterError):
        monthly_returns(np.array([0.05, bad]))


def test_months_are_dated_by_their_last_weekday() -> None:
    months = np.array(["1926-07", "2020-05", "2024-02", "2024-06"], dtype="datetime64[M]")
    # 31 July 1926 was a Saturday, 31 May 2020 a Sunday, 29 February 2024 a Thursday, 30 June 2024 a Sunday
    assert last_weekdays(months).astype(str).tolist() == ["1926-07-30", "2020-05-29", "2024-02-29", "2024-06-28"]


def test_an_index_starts_at_one_a_month_before() -> None:
    dates, index = compounded(np.array(["2024-01", "2024-02"], dtype="datetime64[M]"), np.array([0.1, -0.5]))
    assert dates.astype(str).tolist() == ["2023-12-29", "2024-01-31", "2024-02-29"]
    assert index == pytest.approx([1.0, 1.1, 0.55])
