"""Standing: against pandas, by hand, and why a z is unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from trimtab.signals.standing import standing

nan = np.nan


@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
@settings(max_examples=20, deadline=None)
def test_it_is_what_pandas_says_of_the_known_values(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 5.0 + rng.standard_normal((4, n, 2))
    rows[rng.random(rows.shape) < 0.2] = nan
    found = standing(rows)
    for d in range(4):
        frame = pd.DataFrame(rows[d])
        assert np.array_equal(found.count[d], frame.count())
        assert np.allclose(found.mean[d], frame.mean(), equal_nan=True)
        assert np.allclose(found.sd[d], frame.std(), equal_nan=True)
        want = (frame.iloc[-1] - frame.mean()) / frame.std()
        assert np.allclose(found.z(2)[d], want.where(frame.count() >= 2), equal_nan=True)


def test_the_layout_of_a_window_changes_no_bit() -> None:
    rows = np.random.default_rng(1).standard_normal((7, 40, 3))
    batch = standing(np.asfortranarray(rows)).z(2)
    for d in range(7):
        assert same(standing(rows[d : d + 1]).z(2)[0], batch[d])


def test_by_hand() -> None:
    # 1, 2, 6: mean 3, deviations -2, -1, 3, sd sqrt(14 / 2) = 2.646, z = 3 / 2.646 = 1.134
    assert standing(np.array([[1.0, 2.0, 6.0]])).z(3)[0] == pytest.approx(3.0 / np.sqrt(7.0))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ([nan, nan, 2.0], "1 of at least 2 values are known"),
        ([nan, nan, nan], "0 of at least 2 values are known"),
        ([0.1 + 0.2, 0.3, 0.3], "has not varied"),  # the first two differ in the last bit
        ([1.0, 2.0, nan], "its latest value is missing"),
    ],
)
def test_what_has_no_z_says_why(row: list[float], why: str) -> None:
    found = standing(np.array([row]))
    assert np.isnan(found.z(2)[0])
    assert found.only(0).trouble(2) == why


def test_rounding_of_logarithms_and_returns_is_no_variation() -> None:
    row = np.array([[1e-16, -1e-16, 2e-16]])
    assert np.isfinite(standing(row).z(2)[0])  # as a level it may be a real series
    assert np.isnan(standing(row, unit=1.0).z(2)[0])
