"""The vendors' adjusted close: rebuilt from their own closes and dividends, and what does not fit is named."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.data.adjust import total_return
from trimtab.data.backward import backward_adjusted

nan = float("nan")


def array(*values: float) -> Array:
    return np.array(values, dtype=float)


def days(count: int) -> np.ndarray:
    return np.busday_offset("2020-01-01", np.arange(count))


# Laws.


@given(st.lists(st.tuples(st.floats(10.0, 1000.0), st.one_of(st.just(nan), st.floats(0.0, 5.0))), min_size=1, max_size=25))
def test_the_last_row_is_the_close_and_levels_are_products_of_factors(rows: list[tuple[float, float]]) -> None:
    close, cash = array(*(r[0] for r in rows)), array(*(r[1] for r in rows))
    found = backward_adjusted(close, cash)
    assert found[-1] == close[-1]
    for t in range(len(rows)):
        factors = [1.0 - np.nan_to_num(cash[u]) / close[u - 1] for u in range(t + 1, len(rows))]
        assert found[t] == pytest.approx(close[t] * np.prod(factors), rel=1e-12)


def test_its_returns_are_those_of_reinvesting_at_the_close_before() -> None:
    # 40 to 39 with 1.00: factor 39 / 40 = .975; the vendor's return 39 / (40 * .975) - 1 = 0, as the index says here.
    close, cash = array(40.0, 39.0), array(nan, 1.0)
    assert backward_adjusted(close, cash).tolist() == [40.0 * 0.975, 39.0]
    assert total_return(days(2), close, dividend=cash).tolist() == [40.0, 40.0]


def test_closes_as_traded_need_their_splits() -> None:
    # 100, 2:1, 51 with .50 a new unit: on the new scale 50, .50: factor 1 - .50 / 50 = .99; 49.50 then 51.
    found = backward_adjusted(array(100.0, 51.0), array(nan, 0.5), split=array(nan, 2.0))
    assert found == pytest.approx([49.5, 51.0])


def test_gaps_stay_and_the_factor_takes_the_last_known_close() -> None:
    found = backward_adjusted(array(nan, 40.0, nan, 39.0), array(3.0, nan, nan, 1.0))
    assert np.allclose(found, [nan, 39.0, nan, 39.0], equal_nan=True)
    assert len(backward_adjusted(array(), array())) == 0


def test_a_dividend_as_large_as_the_price_is_refused() -> None:
    with pytest.raises(DataError, match="not below the close of 40"):
        backward_adjusted(array(40.0, 39.0), array(nan, 40.0))


# An outside oracle: what a vendor printed.


def printed(name: str) -> tuple[Array, Array, Array]:
    with gzip.open(shared("yfinance_tests") / f"{name}.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    at = np.argsort([r.get("Datetime") or r["Date"] for r in rows])
    close, adjusted, cash = (array(*(float(r[c]) for r in rows))[at] for c in ("Close", "Adj Close", "Dividends"))
    return close, adjusted, cash


@pytest.mark.parametrize("name", ["EWG", "IBE-MC", "CALM", "TISG-MI"])  # all four clean files; the worst is CALM, 2.7e-7
def test_clean_files_of_a_vendor_are_rebuilt(name: str) -> None:
    close, adjusted, cash = printed(f"{name}-1d-no-bad-divs")
    assert (cash > 0.0).sum() >= 2
    assert np.abs(backward_adjusted(close, cash) / adjusted - 1.0).max() < 1e-6
    assert np.abs(backward_adjusted(close, 2.0 * cash) / adjusted - 1.0).max() > 1e-3  # the control: counted twice
