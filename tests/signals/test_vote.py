"""Vote: the published example of hysteresis, and the cases around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same, walked
from tests.signals.rows_of_parts import parts_of, random_parts, regime
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months
from trimtab.core.values import Regime
from trimtab.desk.asking import walk
from trimtab.signals.trend import Crossover, Trend
from trimtab.signals.vote import Vote

nan = np.nan
SIDES = [nan, -1.0, -1 / 3, 0.0, 1e-14, 1 / 3, 1.0]


def vote(values: list[list[float]], combiner: Vote = Vote()) -> list[float]:  # noqa: B008 - a frozen value
    """Scores of K signals on one asset, before memory; values (K, D)."""
    parts = parts_of(np.array(values)[..., None])
    return combiner(parts, regime(parts.values.shape[1])).values[:, 0].tolist()


def held(scores: list[float], hysteresis: float) -> list[float]:
    return walked(Vote(hysteresis), np.array(scores)[:, None])[:, 0].tolist()


def test_the_published_example_of_hysteresis() -> None:
    # Start +. h = .5: -.33 is not enough, -1 is; -.33 agrees; .33 is not enough, 1 is.
    scores = [0.33, -0.33, -1.0, -0.33, 0.33, 1.0]
    assert np.sign(held(scores, 0.5)).tolist() == [1, 1, -1, -1, -1, 1]
    assert np.sign(held(scores, 0.0)).tolist() == [1, -1, -1, -1, 1, 1]
    assert held(scores, 0.5) == [0.33, 0.33, -1.0, -0.33, -0.33, 1.0]  # held: the last score that agreed


def test_zero_holds() -> None:
    assert held([0.0, 0.5, 0.0, -0.5, 0.0], 0.0) == [0.0, 0.5, 0.5, -0.5, -0.5]


def test_the_first_score_sets_the_state() -> None:
    assert held([0.0, -0.2, 0.6, 0.7], 0.7) == [0.0, -0.2, -0.2, 0.7]


def test_unknown_rows_leave_the_state_as_it_is() -> None:
    assert same(np.array(held([0.5, nan, -0.2, nan, -0.9], 0.5)), np.array([0.5, nan, 0.5, nan, -0.9]))


def test_a_score_at_the_threshold_counts_whatever_its_last_bits() -> None:
    third = (1.0 - 1.0 - 1.0) / 3.0
    assert held([1.0, third], 1 / 3) == [1.0, third]
    assert held([1.0, -(0.1 + 0.2)], 0.3) == [1.0, -(0.1 + 0.2)]
    assert held([1.0, -(0.3 - 1e-13)], 0.3)[1] < 0
    assert held([1.0, -(0.3 - 1e-9)], 0.3)[1] > 0
    assert held([1.0, -1e-17], 0.0) == [1.0, 1.0]  # a sum that should be 0 holds


def test_votes_by_hand() -> None:
    # (1 + 1 - 1) / 3; one absent: (1 - 1) / 2; 0 is present and neutral: (1 + 0 + 1) / 3; two absent: 1 / 1.
    values = [[1, 1, 1, nan], [1, nan, 0, nan], [-1, -1, 1, 1]]
    assert vote(values) == pytest.approx([1 / 3, 0.0, 2 / 3, 1.0], abs=1e-15)


def test_numbers_count_by_their_sign() -> None:
    assert vote([[2.5], [-0.1], [0.2]]) == pytest.approx([1 / 3], abs=1e-15)


def test_minimum_by_hand() -> None:
    values = [[1.0, 1.0, 1.0, nan], [1.0, 1.0, nan, nan], [1.0, nan, nan, nan]]
    assert same(np.array(vote(values, Vote(minimum=2))), np.array([1.0, 1.0, nan, nan]))
    assert same(np.array(vote(values, Vote(minimum=4))), np.full(4, nan))
    coverage = Vote().coverage(parts_of(np.array(values)[..., None]), regime(4))[:, 0]
    assert coverage.tolist() == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0])


def test_weighted_votes_by_hand() -> None:
    # Weights 2, 1, 0: (2 - 1) / 3; the first absent: -1 / 1; only the one without a vote speaks: nobody does.
    values = [[1.0, nan, nan], [-1.0, -1.0, nan], [-1.0, 1.0, 1.0]]
    weighted = Vote(weights={"s0": 2.0, "s1": 1.0, "s2": 0.0})
    assert vote(values, weighted) == pytest.approx([1 / 3, -1.0, nan], nan_ok=True)
    parts = parts_of(np.array(values)[..., None])
    assert weighted.coverage(parts, regime(3))[:, 0] == pytest.approx([1.0, 1 / 3, 0.0])
    two = Vote(minimum=2, weights={"s0": 2.0, "s1": 1.0, "s2": 0.0})
    assert vote(values, two) == pytest.approx([1 / 3, nan, nan], nan_ok=True)
    assert "weighted s0 2, s1 1, s2 0" in two.words


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_equal_weights_are_no_weights_to_the_bit(seed: int) -> None:
    parts = parts_of(random_parts(seed, (3, 12, 2)))
    plain, even = Vote(), Vote(weights={"s0": 1.0, "s1": 1.0, "s2": 1.0})
    counted = np.isfinite(parts.values).sum(0)
    sides = np.where(np.isfinite(parts.values), np.sign(parts.values), 0.0) / np.maximum(counted, 1)
    expected = np.where(counted > 0, sides[0] + sides[1] + sides[2], nan)
    assert same(plain(parts, regime(12)).values, expected)
    assert same(even(parts, regime(12)).values, expected)


def test_a_regime_silences_a_vote() -> None:
    # Calm: (1 + 1 - 1) / 3; stressed: the last alone; half and half: weights 1/6, 1/6, 2/3: (1 + 1 - 4) / 6.
    states = Regime(("calm", "stressed"), np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [nan, nan]]))
    parts = parts_of(np.array([1.0, 1.0, -1.0])[:, None, None] * np.ones((3, 4, 1)))
    gated = Vote(by_state={"stressed": {"s0": 0.0, "s1": 0.0, "s2": 1.0}})
    assert gated(parts, states).values[:, 0] == pytest.approx([1 / 3, -1.0, -1 / 3, 1 / 3])


def reference(scores: list[float], h: float) -> list[float]:
    """Hysteresis in words, one score after another."""
    state, agreed, out = 0.0, 0.0, []
    for score in scores:
        if np.isnan(score):
            out.append(nan)
            continue
        if (state == 0 and score) or (state > 0 and score <= -h and score < 0) or (state < 0 and score >= h and score > 0):
            state = np.sign(score)
        if state * score > 0:
            agreed = score
        out.append(agreed)
    return out


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.sampled_from([-1.0, -0.6, -0.2, 0.0, 0.2, 0.6, 1.0, nan]), min_size=1, max_size=15),
    h=st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]),
)
def test_against_the_obvious_reference(scores: list[float], h: float) -> None:
    assert same(np.array(held(scores, h)), np.array(reference(scores, h)))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_more_hysteresis_never_changes_sides_more_often(seed: int) -> None:
    rows = np.random.default_rng(seed).choice([-1.0, -1 / 3, 1 / 3, 1.0], (40, 6))
    flips = [int((np.diff(np.sign(walked(Vote(h), rows)), axis=0) != 0).sum()) for h in (0.0, 0.5)]
    assert flips[1] <= flips[0]


@pytest.mark.parametrize(
    ("make", "field"),
    [(lambda: Vote(1.5), "hysteresis"), (lambda: Vote(-0.1), "hysteresis"), (lambda: Vote(minimum=0), "minimum")],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field


@given(
    rows=st.lists(
        st.lists(st.sampled_from([np.nan, -1.0, -1 / 3, 0.0, 1e-14, 1 / 3, 1.0]), min_size=3, max_size=3), min_size=1
    ),
    component=st.sampled_from([Vote(), Trend(), Crossover(months(2), months(5))]),
)
def test_filling_all_rows_at_once_is_what_advancing_does(rows, component):
    """Law of a latch: the fast way of the desk has the bits of the fold."""
    table = np.array(rows)
    state, out = component.start(table[0]), []
    for row in table:
        state, read = component.advance(state, row)
        out.append(read)
    np.testing.assert_array_equal(walk(component, table), np.array(out))
    assert component.takes(table) is not None


def test_with_hysteresis_the_memory_decides_and_the_desk_walks():
    assert Vote(hysteresis=0.5).takes(np.array([[1.0]])) is None
