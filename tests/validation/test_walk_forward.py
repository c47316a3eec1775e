"""Walk-forward splits: nothing learnt was unknown at the refit, every later row is judged once, and `purgedcv` agrees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purgedcv import WalkForwardSplit

from trimtab.core.errors import ParameterError
from trimtab.validation.splits import spanning
from trimtab.validation.walk_forward import refits_every, refits_on, walk_forward


@settings(max_examples=40)
@given(st.integers(20, 80), st.integers(0, 5), st.integers(1, 9), st.integers(8, 15), st.none() | st.integers(1, 3))
def test_what_is_learnt_was_known_and_every_row_is_judged_once(count, ahead, every, first, window):
    labels = spanning(count, ahead=ahead)
    splits = walk_forward(labels, refits_every(count, first=first, every=every), window=window)
    np.testing.assert_array_equal(np.concatenate([split.test for split in splits]), np.arange(first, count))
    for split in splits:
        refit = split.test[0]
        assert (labels.end[split.train] < refit).all()
        assert split.train[-1] == refit - 1 - ahead
        assert len(split.train) == (refit - ahead if window is None else window)
        assert (np.diff(split.train) == 1).all()


def test_later_history_changes_no_earlier_split():
    short, long = (walk_forward(spanning(n, ahead=2), refits_every(n, first=10, every=5)) for n in (30, 60))
    for one, other in zip(short, long, strict=False):
        np.testing.assert_array_equal(one.train, other.train)
        np.testing.assert_array_equal(one.test, other.test)


def test_ten_rows_refitted_every_third():
    # Refits at rows 4 and 7; a label of one row more: row 3 is not over at row 4, row 6 not at row 7.
    anchored = walk_forward(spanning(10, ahead=1), refits_every(10, first=4, every=3))
    assert [(one.train.tolist(), one.test.tolist()) for one in anchored] == [
        ([0, 1, 2], [4, 5, 6]),
        ([0, 1, 2, 3, 4, 5], [7, 8, 9]),
    ]
    rolling = walk_forward(spanning(10, ahead=1), np.array([4, 7]), window=2)
    assert [one.train.tolist() for one in rolling] == [[1, 2], [4, 5]]


@pytest.mark.parametrize(("ahead", "window"), [(0, None), (3, None), (3, 12)])
def test_purgedcv_cuts_the_same(ahead, window):
    days = pd.Series(pd.date_range("2001-01-01", periods=50, freq="D"))
    theirs = WalkForwardSplit(
        n_splits=5,
        test_size=6,
        train_size=window,
        window="expanding" if window is None else "sliding",
        prediction_times=days,
        evaluation_times=days + pd.Timedelta(days=ahead + 1),  # its labels leave out their end
    )
    ours = walk_forward(spanning(50, ahead=ahead), refits_every(50, first=20, every=6), window=window)
    for split, (train, test) in zip(ours, theirs.split(np.zeros((50, 1))), strict=True):
        np.testing.assert_array_equal(split.train, train)
        np.testing.assert_array_equal(split.test, test)


def test_refits_by_the_calendar():
    dates = np.array(
        ["2001-11-30", "2001-12-31", "2002-01-02", "2002-04-30", "2002-07-01", "2003-01-31"], dtype="datetime64[D]"
    )
    assert refits_on(dates, first=1).tolist() == [2, 5]
    assert refits_on(dates, first=2).tolist() == [2, 5]
    assert refits_on(dates, first=3).tolist() == [5]
    assert refits_on(dates, first=0, months=6).tolist() == [2, 4, 5]
    assert refits_on(dates, first=0, months=3).tolist() == [2, 3, 4, 5]
    assert refits_on(dates, first=0, months=1).tolist() == [1, 2, 3, 4, 5]


def test_the_door():
    labels = spanning(10, ahead=2)
    for refits in ([], [5, 5], [6, 5], [-1, 3], [10]):
        with pytest.raises(ParameterError, match="do not rise, or lie outside rows 0 to 9"):
            walk_forward(labels, np.array(refits, dtype=int))
    with pytest.raises(ParameterError, match="a window of 0 rows"):
        walk_forward(labels, np.array([5]), window=0)
    with pytest.raises(ParameterError, match="the refit at row 5 has 3 rows with known outcomes, fewer than the window of 4"):
        walk_forward(labels, np.array([5]), window=4)
    with pytest.raises(ParameterError, match="no rows to learn from"):
        walk_forward(labels, np.array([2]))
    for first, every in ((0, 0), (-1, 1), (10, 1)):
        with pytest.raises(ParameterError, match="in a history of 10"):
            refits_every(10, first=first, every=every)
    dates = np.array(["2001-01-31", "2001-02-28"], dtype="datetime64[D]")
    with pytest.raises(ParameterError, match="no period of 12 months begins"):
        refits_on(dates, first=0)
    for days, first, months in ((dates[::-1], 0, 1), (dates, -1, 1), (dates, 0, 0)):
        with pytest.raises(ParameterError, match="dates that do not rise"):
            refits_on(days, first=first, months=months)
