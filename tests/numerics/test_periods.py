"""Rows laid on the calendar: each value in the cell of its own period, or in none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.terms import DAY, MONTH, WEEK
from trimtab.numerics.periods import by_period

NAN, NAT = np.nan, np.datetime64("NaT", "D")


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_each_value_stands_as_many_cells_back_as_its_month(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, wanted = 40, 12
    kept = np.sort(rng.choice(count, int(rng.integers(1, count)), replace=False))
    months = np.datetime64("1999-11", "M") + kept
    values = rng.normal(size=len(kept))
    rows, dates = np.full(wanted, NAN), np.full(wanted, NAT)
    shown = min(wanted, len(kept))
    rows[wanted - shown :] = values[-shown:]
    dates[wanted - shown :] = months[-shown:].astype("datetime64[D]") + rng.integers(0, 28)
    expected = [values[kept == kept[-1] - back] for back in range(wanted - 1, -1, -1)]
    found = by_period(rows[None], dates[None], MONTH)[0]
    assert np.array_equal(found, [cell[0] if len(cell) else NAN for cell in expected], equal_nan=True)


def test_by_hand() -> None:
    # January, February and April: March is a hole, and what lay before January has no cell left.
    dates = np.array([["1999-12-15", "2000-01-31", "2000-02-29", "2000-04-28"]], dtype="datetime64[D]")
    assert np.array_equal(by_period(np.array([[0.0, 1.0, 2.0, 4.0]]), dates, MONTH), [[1.0, 2.0, NAN, 4.0]], equal_nan=True)
    # Weeks run from Monday to Sunday: Friday the 7th and Monday the 10th of January 2000 are two of them.
    weeks = np.array([["2000-01-07", "2000-01-10"]], dtype="datetime64[D]")
    assert by_period(np.array([[1.0, 2.0]]), weeks, WEEK).tolist() == [[1.0, 2.0]]


def test_days_and_nothing_stay_as_they_are() -> None:
    dates = np.array([["2000-01-07", "2000-03-10"]], dtype="datetime64[D]")
    assert by_period(np.array([[1.0, 2.0]]), dates, DAY).tolist() == [[1.0, 2.0]]
    assert by_period(np.empty((3, 0)), np.empty((3, 0), dtype="datetime64[D]"), MONTH).shape == (3, 0)
    assert by_period(np.empty((0, 4)), np.empty((0, 4), dtype="datetime64[D]"), MONTH).shape == (0, 4)
    assert np.isnan(by_period(np.array([[NAN, NAN]]), np.array([[NAT, NAT]]), MONTH)).all()
