"""Purged k-fold and combinatorial cross-validation: counts, laws of splits and paths, and two second opinions."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purgedcv import CombinatorialPurgedCV, PurgedKFold

from trimtab.core.errors import ParameterError
from trimtab.validation.cross_validation import combinatorial, paths, purged_kfold
from trimtab.validation.splits import Labels, spanning


@settings(max_examples=30)
@given(st.integers(2, 7), st.integers(1, 6), st.integers(0, 2), st.integers(0, 2), st.integers(30, 60))
def test_every_path_judges_every_row_once_by_what_does_not_know_it(groups, tested, ahead, embargo, count):
    tested = min(tested, groups - 1)
    labels = spanning(count, ahead=ahead)
    plan = combinatorial(labels, groups=groups, tested=tested, embargo=embargo)
    assert len(plan) == comb(groups, tested)
    assert plan.paths == comb(groups, tested) * tested // groups == comb(groups - 1, tested - 1)
    by = paths(plan, [np.full(len(plan.test(number)), float(number)) for number in range(len(plan))])
    rows = paths(plan, [plan.test(number).astype(float) for number in range(len(plan))])
    assert not np.isnan(by).any()  # every path judges every row
    np.testing.assert_array_equal(rows, np.tile(np.arange(count), (plan.paths, 1)))  # and each row by its own outcome
    for row in (0, count // 2, count - 1):
        assert len(set(by[:, row])) == plan.paths  # by another split in every path
    for row, number in [(0, int(by[0, 0])), (count - 1, int(by[-1, -1]))]:
        try:
            split = plan.split(number)
        except ParameterError:  # long labels and few rows leave nothing to learn from
            continue
        assert row in split.test
        assert not set(split.train) & set(split.test)
        assert all(abs(row - other) > ahead for other in split.train)


@pytest.mark.parametrize(("groups", "tested", "splits", "count"), [(6, 2, 15, 5), (10, 2, 45, 9), (5, 1, 5, 1), (4, 3, 4, 3)])
def test_numbers_of_splits_and_paths(groups, tested, splits, count):
    plan = combinatorial(spanning(60), groups=groups, tested=tested)
    assert (len(plan), plan.paths) == (splits, count)


def test_four_groups_of_which_two_are_tested():
    # Splits 01 02 03 12 13 23. Group 0 is first judged by split 0, then 1, then 2; group 3 by splits 2, 4, 5.
    # Path 0: group 0 by split 0, group 1 by split 0, group 2 by split 1, group 3 by split 2.
    plan = combinatorial(spanning(9), groups=4, tested=2)  # rows 012 34 56 78
    assert plan.tested.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    by = paths(plan, [np.full(len(plan.test(number)), float(number)) for number in range(6)])
    assert by.tolist() == [
        [0, 0, 0, 0, 0, 1, 1, 2, 2],
        [1, 1, 1, 3, 3, 3, 3, 4, 4],
        [2, 2, 2, 4, 4, 5, 5, 5, 5],
    ]
    assert plan.split(1).test.tolist() == [0, 1, 2, 5, 6]
    assert plan.split(1).train.tolist() == [3, 4, 7, 8]


def test_skfolio_cuts_and_joins_the_same():
    from skfolio.model_selection import CombinatorialPurgedCV as Theirs

    count, ahead, embargo = 120, 3, 4
    for groups, tested in ((6, 2), (5, 3)):
        theirs = Theirs(n_folds=groups, n_test_folds=tested, purged_size=ahead, embargo_size=embargo)
        plan = combinatorial(spanning(count, ahead=ahead), groups=groups, tested=tested, embargo=embargo)
        assert plan.paths == theirs.n_test_paths
        np.testing.assert_array_equal(plan.path, theirs.get_path_ids())
        for split, (train, tests) in zip(plan.splits(), theirs.split(np.zeros((count, 1))), strict=True):
            np.testing.assert_array_equal(split.train, train)
            np.testing.assert_array_equal(split.test, np.concatenate(tests))


def test_purgedcv_cuts_and_joins_the_same_with_labels_of_any_length():
    rng = np.random.default_rng(3)
    count, embargo = 83, 2
    length = rng.integers(0, 6, count)
    days = pd.Series(pd.date_range("2001-01-01", periods=count, freq="D"))
    known = {
        "prediction_times": days,
        "evaluation_times": days + pd.to_timedelta(length + 1, unit="D"),  # its labels leave out their end
        "embargo": pd.Timedelta(days=embargo - 1),  # it counts from the day after the label on
    }
    labels = Labels(np.arange(count), np.arange(count) + length)
    theirs = CombinatorialPurgedCV(6, 2, **known)
    plan = combinatorial(labels, groups=6, tested=2, embargo=embargo)
    outcomes = []
    for split, (train, test) in zip(plan.splits(), theirs.split(np.zeros((count, 1))), strict=True):
        np.testing.assert_array_equal(split.train, train)
        np.testing.assert_array_equal(split.test, test)
        outcomes.append(rng.normal(size=len(test)))
    np.testing.assert_array_equal(paths(plan, outcomes), theirs.reconstruct_paths(outcomes))
    folds = PurgedKFold(4, **known)
    for split, (train, test) in zip(purged_kfold(labels, folds=4, embargo=2), folds.split(np.zeros((count, 1))), strict=True):
        np.testing.assert_array_equal(split.train, train)
        np.testing.assert_array_equal(split.test, test)


def test_the_door():
    labels = spanning(12, ahead=1)
    for groups, tested in ((1, 1), (13, 1), (4, 0), (4, 4), (0, 0)):
        with pytest.raises(ParameterError, match=f"{tested} of {groups} groups of 12 rows"):
            combinatorial(labels, groups=groups, tested=tested)
    with pytest.raises(ParameterError, match="an embargo of -2 rows"):
        combinatorial(labels, embargo=-2)
    with pytest.raises(ParameterError, match="make 184,756 splits, more than 100,000"):
        combinatorial(spanning(20), groups=20, tested=10)
    with pytest.raises(ParameterError, match="no rows to learn from"):
        purged_kfold(labels, folds=3, embargo=99)[0]
    plan = combinatorial(labels, groups=3, tested=1)
    with pytest.raises(ParameterError, match="2 outcomes of 3 splits"):
        paths(plan, [np.zeros(4), np.zeros(4)])
    with pytest.raises(ParameterError, match=r"split 2 has outcomes of shape \(3,\) for 4 test rows"):
        paths(plan, [np.zeros(4), np.zeros(4), np.zeros(3)])
    assert [len(one.test) for one in purged_kfold(spanning(11), folds=3)] == [4, 4, 3]
