"""Realised volatility: by hand, against pandas, and with the same bits in any layout."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from trimtab.numerics.volatility import realised, rolling_realised


def test_by_hand() -> None:
    # sqrt(252 / 2 * (.01^2 + .02^2)) = sqrt(126 * .0005) = .2510
    assert realised(np.array([[0.01], [-0.02]]), 252) == pytest.approx([0.25099800796])


def test_a_steady_rise_is_volatile_too() -> None:
    assert realised(np.full((21, 1), 0.01), 252) == pytest.approx(0.01 * np.sqrt(252))  # the mean is taken as 0


def test_against_pandas_with_gaps() -> None:
    moves = 0.01 * np.random.default_rng(1).standard_normal((60, 3))
    moves[20, 1] = np.nan
    want = np.sqrt(252 * pd.DataFrame(moves**2).rolling(21).mean())
    assert np.allclose(rolling_realised(moves, 21, 252), want.to_numpy()[20:], rtol=1e-12, equal_nan=True)


def test_the_layout_changes_no_bit() -> None:
    moves = 0.01 * np.random.default_rng(2).standard_normal((80, 3))
    windows = np.moveaxis(sliding_window_view(moves, 40, axis=0), -1, 1)  # strided: windows on the rows themselves
    batch = rolling_realised(windows, 21, 252)
    for d in range(len(windows)):
        assert (rolling_realised(np.array(windows[d : d + 1]), 21, 252)[0] == batch[d]).all()
        assert (realised(windows[d, -21:], 252) == batch[d, -1]).all()


@pytest.mark.parametrize("rows", [0, 1, 20])
def test_too_few_rows_are_no_rows(rows: int) -> None:
    assert rolling_realised(np.zeros((rows, 2)), 21, 252).shape == (0, 2)
    assert np.isnan(realised(np.zeros((0, 2)), 252)).all()
