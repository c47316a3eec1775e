"""Attribution on several levels: children sum to their parent, levels to the active return."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attribution.random_segments import chosen, parts, segments
from trimtab.attribution.brinson import brinson
from trimtab.attribution.levels import levels
from trimtab.attribution.segments import Segments
from trimtab.core.errors import ParameterError

EXACT = {"rtol": 0.0, "atol": 1e-13}


def groupings_of(count: int, seed: int) -> list[np.ndarray]:
    """Three random groupings, each inside the one before."""
    source = np.random.default_rng(seed)
    fine = source.integers(0, 5, count)
    middle = source.integers(0, 3, 5)
    coarse = source.integers(0, 2, 3)
    return [coarse[middle[fine]], middle[fine], fine]


@settings(max_examples=60)
@given(segments(periods=True), st.integers(0, 99))
def test_levels_sum_and_children_sum_to_their_parent(given_segments, seed):
    found = levels(given_segments, groupings_of(given_segments.weights.shape[-1], seed))
    assert len(found) == 4
    above = np.zeros(given_segments.active_return.shape)
    for number, level in enumerate(found):
        whole = above + level.by_group.sum(-1)
        np.testing.assert_allclose(whole, given_segments.active_return, **EXACT)
        if number:
            np.testing.assert_allclose(level.for_parents, found[number - 1].selection, **EXACT)
        above = above + level.allocation.sum(-1)


@settings(max_examples=40)
@given(segments(periods=True), st.integers(0, 99))
def test_each_level_alone_is_a_brinson_attribution_inside_its_parent(given_segments, seed):
    """The first level is that of classes as segments; the obvious loop over groups is the reference."""
    (grouping,) = groupings_of(given_segments.weights.shape[-1], seed)[:1]
    w, r, v, b = parts(given_segments)
    first = levels(given_segments, [grouping])[0]
    for place, label in enumerate(first.labels):
        inside = grouping == label
        W, V = w[:, inside].sum(-1), v[:, inside].sum(-1)
        mix = np.where((V == 0.0)[:, None], w[:, inside], v[:, inside])
        total = mix.sum(-1)
        mean = np.divide((mix * b[:, inside]).sum(-1), total, out=np.zeros(len(w)), where=total != 0.0)
        np.testing.assert_allclose(first.allocation[:, place], (W - V) * (mean - given_segments.benchmark_return), **EXACT)
        result = (w * r)[:, inside].sum(-1)
        np.testing.assert_allclose(first.selection[:, place], result - W * mean, **EXACT)


@settings(max_examples=20)
@given(segments(periods=True), st.integers(0, 99), st.floats(0.1, 0.9))
def test_a_part_of_a_portfolio_is_explained_as_it_would_be_alone(given_segments, seed, share):
    w, r, v, b = parts(given_segments)
    groupings = groupings_of(w.shape[-1], seed)
    part, alone = levels(Segments(share * w, r, share * v, b), groupings), levels(given_segments, groupings)
    for one, other in zip(part, alone, strict=True):
        np.testing.assert_allclose(one.allocation, share * other.allocation, **EXACT)
        np.testing.assert_allclose(one.selection, share * other.selection, **EXACT)


@settings(max_examples=30)
@given(segments(periods=True))
def test_instruments_alone_are_brinson_with_interaction_folded(given_segments):
    (only,) = levels(given_segments)
    folded = brinson(given_segments).folded
    np.testing.assert_allclose(only.allocation, folded.allocation, **EXACT)
    np.testing.assert_allclose(only.selection, folded.selection, **EXACT)


@settings(max_examples=30)
@given(segments(periods=True), st.integers(0, 99))
def test_instruments_in_another_order_have_the_same_effects(given_segments, seed):
    count = given_segments.weights.shape[-1]
    groupings, order = groupings_of(count, seed), np.random.default_rng(seed).permutation(count)
    before = levels(given_segments, groupings)
    after = levels(chosen(given_segments, order), [grouping[order] for grouping in groupings])
    for one, other in zip(before[:-1], after[:-1], strict=True):
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_allclose(other.by_group, one.by_group, **EXACT)
    np.testing.assert_allclose(after[-1].allocation, before[-1].allocation[..., order], **EXACT)


@settings(max_examples=30)
@given(segments(periods=True), st.integers(0, 99))
def test_holding_classes_as_the_benchmark_does_leaves_only_choices_within(given_segments, seed):
    grouping = groupings_of(given_segments.weights.shape[-1], seed)[0]
    w, r, v, b = parts(given_segments)
    sizes = np.ones_like(w)
    for label in np.unique(grouping):
        inside = grouping == label
        ours, theirs = w[:, inside].sum(-1), v[:, inside].sum(-1)
        sizes[:, inside] = np.divide(theirs, ours, out=np.ones_like(ours), where=ours > 0.0)[:, None]
    w = np.where((w * sizes).sum(-1, keepdims=True) > 1.0 - 1e-12, w * sizes, v)
    first = levels(Segments(w, r, v, b), [grouping])[0]
    np.testing.assert_allclose(first.allocation, 0.0, atol=1e-14)


def test_two_classes_of_two_funds_by_hand():
    # Shares A B, bonds C D. Benchmark .3 .3 .2 .2 at 10 % 6 %, 2 % 4 %: shares .6 at 8 %, bonds .4 at 3 %, b = 6 %.
    # Portfolio .5 .2 .3 .0, with its own funds at 11 % (A) and 6 % 2 %: r = 5.5 + 1.2 + .6 = 7.3 %, active 1.3 %.
    # Between: shares (.7 - .6)(8 - 6) % = .2 %, bonds (.3 - .4)(3 - 6) % = .3 %.
    # Within shares, of which .7 are held: A (.5 - .35)(10 - 8) % = .3 %, B (.2 - .35)(6 - 8) % = .3 %;
    # within bonds, .3: C (.3 - .15)(2 - 3) % = -.15 %, D (0 - .15)(4 - 3) % = -.15 %. Selection of A: .5 (11 - 10) % = .5 %.
    given_segments = Segments(
        [0.5, 0.2, 0.3, 0.0], [0.11, 0.06, 0.02, math.nan], [0.3, 0.3, 0.2, 0.2], [0.10, 0.06, 0.02, 0.04]
    )
    classes, funds = levels(given_segments, [["shares", "shares", "bonds", "bonds"]])
    assert classes.labels.tolist() == ["bonds", "shares"]
    np.testing.assert_allclose(100 * classes.allocation, (0.3, 0.2), atol=1e-12)
    np.testing.assert_allclose(100 * classes.selection, (-0.3, 1.1), atol=1e-12)
    np.testing.assert_allclose(100 * funds.allocation, (0.3, 0.3, -0.15, -0.15), atol=1e-12)
    np.testing.assert_allclose(100 * funds.selection, (0.5, 0, 0, 0), atol=1e-12)
    assert funds.parents.tolist() == [1, 1, 0, 0]
    assert classes.parents.tolist() == [0, 0]


def test_a_class_that_the_benchmark_does_not_hold_is_all_allocation():
    # Gold and silver (.1 each, 20 % and 10 %): the class is paid (.2 - 0)(15 - 5) % = 2 %, nothing within it.
    given_segments = Segments([0.8, 0.1, 0.1], [0.05, 0.2, 0.1], [1.0, 0.0, 0.0], [0.05, math.nan, math.nan])
    classes, instruments = levels(given_segments, [[0, 1, 1]])
    np.testing.assert_allclose(classes.allocation, (0.0, 0.02), atol=1e-15)
    np.testing.assert_allclose(classes.selection, (0.0, 0.0), atol=1e-15)
    np.testing.assert_allclose(instruments.by_group, (0.0, 0.0, 0.0), atol=1e-15)


def test_longs_against_shorts_in_a_class_the_benchmark_lacks_are_a_bet_within_it():
    given_segments = Segments([1.0, 0.1, -0.1], [0.05, 0.2, 0.1], [1.0, 0.0, 0.0], [0.05, 0.2, 0.1])
    classes, instruments = levels(given_segments, [[0, 1, 1]])
    np.testing.assert_allclose(classes.allocation, (0.0, 0.0), atol=1e-15)
    np.testing.assert_allclose(classes.selection, (0.0, 0.01), atol=1e-15)
    np.testing.assert_allclose(instruments.by_group, (0.0, 0.02, -0.01), atol=1e-15)


def test_where_the_benchmarks_own_shorts_cancel_a_class_has_no_return():
    given_segments = Segments([0.8, 0.1, 0.1], [0.05, 0.2, 0.1], [1.0, 0.1, -0.1], [0.05, 0.2, 0.1])
    classes, _ = levels(given_segments, [[0, 1, 1]])
    assert np.isnan(classes.by_group).tolist() == [False, True]


def test_an_overlay_and_an_unknown_return():
    overlay = levels(Segments([0.1, -0.1, 0.0], [0.05, 0.02, 0.0], [0.0] * 3, [0.05, 0.02, 0.0]), [[0, 1, 1]])
    np.testing.assert_allclose(overlay[0].allocation, (0.005, -0.002), atol=1e-15)
    np.testing.assert_allclose(overlay[1].by_group, 0.0, atol=1e-15)
    lost = Segments([[0.5, 0.5]] * 2, [[0.1, math.nan], [0.1, 0.1]], [0.5, 0.5], [0.1, 0.1])
    first = levels(lost, [["a", "b"]])[0]
    assert np.isnan(first.by_group).tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize(
    ("groupings", "message"),
    [
        ([[0, 0, 1, 1], ["x", "y", "y", "z"]], r"group y of groupings\[1\] lies in two groups of the grouping before\. Order"),
        ([[0, 1]], r"groupings\[0\] has shape \(2,\), expected \(4,\)"),
        ([[0.0, 1.0, math.nan, 1.0]], r"groupings\[0\] holds neither whole numbers nor text"),
        ([[None, "a", "b", "c"]], r"groupings\[0\] holds neither whole numbers nor text"),
    ],
)
def test_groupings_that_do_not_fit_are_refused(groupings, message):
    four = [0.25] * 4
    with pytest.raises(ParameterError, match=message):
        levels(Segments(four, four, four, four), groupings)
