"""Labels, purging and embargo beside the definition, row by row; histories put together from splits."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.validation.splits import Labels, Split, apart, edges, spanning, stitched

ROWS = st.integers(1, 25)


def drawn_labels(data: st.DataObject, count: int) -> Labels:
    """Labels of any length that start on their own row, or before or after it."""
    shift = data.draw(st.lists(st.integers(-3, 3), min_size=count, max_size=count))
    length = data.draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    start = np.arange(count) + shift
    return Labels(start, start + length)


@settings(max_examples=40)
@given(ROWS, st.integers(0, 5), st.data())
def test_purging_and_embargo_are_what_their_definition_says(count, embargo, data):
    labels = drawn_labels(data, count)
    side = np.array(data.draw(st.lists(st.sampled_from([0, 1, 2]), min_size=count, max_size=count)))
    train, test = np.flatnonzero(side == 0), np.flatnonzero(side == 1)
    want = []
    for row in train:
        overlaps = any(labels.start[j] <= labels.end[row] and labels.start[row] <= labels.end[j] for j in test)
        echoes = any(labels.end[j] < labels.start[row] <= labels.end[j] + embargo for j in test)
        if not overlaps and not echoes:
            want.append(row)
    assert apart(labels, train, test, embargo=embargo).tolist() == want


def test_one_month_ahead():
    # Rows 0 to 9, each resting on itself and the next two. Judged on 4 and 5: their labels cover rows 4 to 7.
    # Rows 2 and 3 look into row 4; 6 and 7 begin inside; an embargo of one row takes 8 too.
    labels, test = spanning(10, ahead=2), np.array([4, 5])
    train = np.array([0, 1, 2, 3, 6, 7, 8, 9])
    assert apart(labels, train, test).tolist() == [0, 1, 8, 9]
    assert apart(labels, train, test, embargo=1).tolist() == [0, 1, 9]
    assert apart(labels, train, np.array([], dtype=int), embargo=9).tolist() == train.tolist()


def test_a_long_label_that_began_before_the_others_still_counts():
    labels = Labels(np.array([0, 1, 5, 12]), np.array([9, 1, 5, 12]))
    assert apart(labels, np.array([2, 3]), np.array([0, 1])).tolist() == [3]


@settings(max_examples=30)
@given(st.integers(0, 200), st.integers(1, 20))
def test_runs_are_as_equal_as_possible_and_the_first_are_longer(count, parts):
    want = [len(one) for one in np.array_split(np.arange(count), parts)]
    assert np.diff(edges(count, parts)).tolist() == want


def test_a_history_is_put_together():
    splits = (Split(np.arange(2), np.array([2, 3])), Split(np.arange(4), np.array([4])))
    whole = stitched(splits, [np.array([0.1, 0.2]), np.array([0.3])], 6)
    np.testing.assert_array_equal(whole, [np.nan, np.nan, 0.1, 0.2, 0.3, np.nan])
    with pytest.raises(ParameterError, match=r"split 1 has outcomes of shape \(2,\) for 1 test rows"):
        stitched(splits, [np.zeros(2), np.zeros(2)], 6)
    with pytest.raises(ParameterError, match="1 outcomes of 2 splits"):
        stitched(splits, [np.zeros(2)], 6)
    with pytest.raises(ParameterError, match="row 2 is judged by more than one split"):
        stitched((splits[0], splits[0]), [np.zeros(2), np.zeros(2)], 6)


def test_the_door():
    with pytest.raises(ParameterError, match="label of row 1 ends at row 0 before it starts at 1"):
        Labels(np.array([0, 1]), np.array([0, 0]))
    with pytest.raises(ParameterError, match="differ in shape"):
        Labels(np.array([0, 1]), np.array([0]))
    with pytest.raises(ParameterError, match="no rows to learn from"):
        Split(np.array([], dtype=int), np.array([1]))
    with pytest.raises(ParameterError, match="no rows to be judged on"):
        Split(np.array([1]), np.array([], dtype=int))
    with pytest.raises(ParameterError, match="an embargo of -1 rows"):
        apart(spanning(3), np.array([0]), np.array([2]), embargo=-1)
    for count, ahead in ((-1, 0), (3, -1)):
        with pytest.raises(ParameterError, match="labels over the next"):
            spanning(count, ahead=ahead)
    labels = spanning(4)
    assert len(labels) == 4
    assert not labels.start.flags.writeable


@pytest.mark.parametrize("embargo", [sys.maxsize, sys.maxsize - 5, 10**30])
def test_an_embargo_without_end_drops_all_that_comes_after(embargo):
    """It must not run over the end of the numbers: purging would then be off. Row 3 is judged on, its label ends at row 5."""
    labels, rows = spanning(20, ahead=2), np.arange(20)
    assert apart(labels, np.delete(rows, 3), rows[3:4], embargo=embargo).tolist() == [0]
    assert apart(labels, rows[:0], rows[3:4], embargo=embargo).tolist() == []
    assert apart(labels, rows[4:], rows[:0], embargo=embargo).tolist() == rows[4:].tolist()
