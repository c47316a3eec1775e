"""Lags of detection, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.numerics.detection import detection_lags

states = st.lists(st.integers(-1, 2), max_size=30)


@settings(max_examples=50, deadline=None)
@given(truth=states)
def test_the_truth_itself_is_never_late_and_never_a_false_alarm(truth: list[int]) -> None:
    found = detection_lags(np.array(truth, dtype=int), np.array(truth, dtype=int))
    assert (found.lags == 0.0).all()
    assert not len(found.false_alarms)


def test_lags_and_alarms_by_hand() -> None:
    #        row      0  1  2  3  4  5  6  7  8  9 10 11
    truth = np.array([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0])
    live = np.array([0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0])
    # Entered: 1 at row 3, shown at row 5, 2 late; 0 at row 6, shown at row 7, 1 late; 1 at row 10, not shown before it
    # ends: missed; 0 at row 11, shown at once. Live speaks of 1 at row 1 (the truth is 0: false), at rows 5 to 6 (they
    # share row 5 with the truth) and at row 9 (false: the truth turns at row 10 only).
    found = detection_lags(live, truth)
    assert found.onsets.tolist() == [3, 6, 10, 11]
    assert found.states.tolist() == [1, 0, 1, 0]
    assert np.array_equal(found.lags, [2.0, 1.0, np.nan, 0.0], equal_nan=True)
    assert found.false_alarms.tolist() == [1, 9]


def test_a_state_already_shown_when_it_comes_is_detected_at_once() -> None:
    found = detection_lags(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]))
    assert found.lags.tolist() == [0.0]
    assert not len(found.false_alarms)


def test_what_nobody_knew_is_neither_an_episode_nor_an_alarm() -> None:
    live, truth = np.array([-1, -1, 1, 1, 0]), np.array([0, 1, 1, -1, -1])
    found = detection_lags(live, truth)
    assert found.onsets.tolist() == [1]
    assert found.lags.tolist() == [1.0]  # unknown on its first row
    assert not len(found.false_alarms)  # the last live episode lies where the truth is unknown


def test_nothing_to_count() -> None:
    empty = np.array([], dtype=int)
    assert len(detection_lags(empty, empty).lags) == 0
    assert len(detection_lags(np.array([1]), np.array([0])).lags) == 0
    with pytest.raises(ValueError, match="not two rows of one length"):
        detection_lags(np.array([1]), empty)
