"""Correlation over a moving window: pandas agrees, a path that stands still has none, and scale and sign are what they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.numerics.rolling import rolling_correlation

seeds = st.integers(0, 10_000)


def paths(seed: int, count: int = 60) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    first = rng.normal(size=count)
    return first, 0.5 * first + rng.normal(size=count)


@given(seeds, st.integers(2, 20))
@settings(max_examples=20, deadline=None)
def test_a_path_goes_with_itself_and_against_its_opposite(seed: int, window: int) -> None:
    first, second = paths(seed)
    np.testing.assert_allclose(rolling_correlation(first, 3.0 * first + 7.0, window)[window - 1 :], 1.0, atol=1e-12)
    np.testing.assert_allclose(rolling_correlation(first, -first, window)[window - 1 :], -1.0, atol=1e-12)
    found = rolling_correlation(first, second, window)
    np.testing.assert_allclose(rolling_correlation(1e-3 * first, 1e4 * second - 5.0, window), found, atol=1e-9)
    assert (np.abs(found[window - 1 :]) <= 1.0).all()


@given(seeds, st.integers(2, 20))
@settings(max_examples=10, deadline=None)
def test_the_future_changes_nothing(seed: int, window: int) -> None:
    first, second = paths(seed)
    whole = rolling_correlation(first, second, window)
    for cut in (window, 40, 59):
        np.testing.assert_array_equal(rolling_correlation(first[:cut], second[:cut], window), whole[:cut])


def test_three_pairs_by_hand() -> None:
    # 1, 2, 3 against 1, 3, 2: deviations -1 0 1 and -1 1 0, products sum to 1, squares to 2 and 2: 1/2
    found = rolling_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]), 3)
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("window", [2, 3, 36, 60])
def test_pandas_agrees(window: int) -> None:
    first, second = paths(3, 200)
    expected = pd.Series(first).rolling(window).corr(pd.Series(second)).to_numpy()
    np.testing.assert_allclose(rolling_correlation(first, second, window), expected, atol=1e-9)


def test_what_is_too_short_is_unknown() -> None:
    first, second = paths(1, 10)
    for window in (0, 1, 11):
        assert np.isnan(rolling_correlation(first, second, window)).all()
    assert len(rolling_correlation(first[:0], second[:0], 5)) == 0


def test_an_unknown_value_makes_its_windows_unknown_and_no_others() -> None:
    first, second = paths(1, 30)
    first[12] = np.nan
    found = rolling_correlation(first, second, 5)
    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 1, 2, 3, 12, 13, 14, 15, 16]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 / 3.0])
def test_a_path_that_stands_still_goes_with_nothing(value: float) -> None:
    """Regression: a constant differs from its own mean in the last bits, which made a correlation out of rounding."""
    _, second = paths(1, 60)
    assert np.isnan(rolling_correlation(np.full(60, value), second, 7)).all()
    assert np.isnan(rolling_correlation(second, np.full(60, value), 36)).all()
