"""The memory of states: hand-made sequences, and that each element has a memory of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same, walked
from trimtab.core.roles import Fold
from trimtab.regimes.dwelling import Dwelling, evidence
from trimtab.regimes.levels import two_states

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Dwell(Dwelling):
    dwell: int = 1


def states(rows: list[list[float]], dwell: int = 1) -> list[int]:
    """The number of the state held at each date, -1 where unknown."""
    out = walked(Dwell(dwell), np.array(rows, dtype=float))
    return [-1 if np.isnan(row).any() else int(np.argmax(row)) for row in out]


def by_levels(values: list[float], enter: float = 0.8, leave: float = 0.6, dwell: int = 1) -> list[int]:
    return states(two_states(np.array(values), enter, leave).tolist(), dwell)


def by_loop(rows: list[list[float]], dwell: int) -> list[int]:
    """The rule once more, one element and one date at a time."""
    out, held, since = [], None, dwell
    for row in rows:
        if any(np.isnan(row)):
            out.append(-1)
            continue
        since += 1
        if any(x > 0 for x in row) and (held is None or not row[held] > 0) and since >= dwell:
            new = row.index(max(row))
            if new != (held or 0):
                since = 0
            held = new
        out.append(held or 0)
    return out


UNSURE = [[2 / 3, 1 / 3, 0.0], [0.0, 1 / 3, 2 / 3], [0.0] * 3, [NAN] * 3]
rows_of = st.lists(st.sampled_from([*np.eye(3).tolist(), *UNSURE]), max_size=25)


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(1, 4))
def test_the_memory_is_what_a_loop_finds(rows: list[list[float]], dwell: int) -> None:
    if rows:
        assert states(rows, dwell) == by_loop(rows, dwell)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_stack_is_the_stack_of_the_folds_and_a_start_is_a_start(seed: int, dwell: int) -> None:
    fold, picks = Dwell(dwell), np.vstack([np.eye(3), np.zeros(3), np.full(3, np.nan)])
    rows = picks[np.random.default_rng(seed).integers(0, 5, (12, 4, 2))]
    whole = walked(fold, rows)
    for v in range(4):
        assert same(walked(fold, rows[:, v]), whole[:, v])
        assert same(walked(fold, rows[:, v, 1]), whole[:, v, 1])
    for d in range(12):
        assert same(walked(fold, rows[: d + 1]), whole[: d + 1])


@settings(max_examples=40, deadline=None)
@given(rows_of, st.integers(1, 5))
def test_changes_are_at_least_dwell_dates_apart(rows: list[list[float]], dwell: int) -> None:
    known = [one for one in states(rows, dwell) if one >= 0] if rows else []
    turns = [d for d in range(1, len(known)) if known[d] != known[d - 1]]
    assert all(b - a >= dwell for a, b in pairwise(turns))


def test_enter_above_the_80th_and_leave_below_the_60th_percentile() -> None:
    # .70 calm (before any evidence, the first); .85 > .8 enters; .70 and .60 hold (at .6 it is not below); .59 leaves;
    # .79 and .80 hold (at .8 it is not above); .81 enters
    assert by_levels([0.70, 0.85, 0.70, 0.60, 0.59, 0.79, 0.80, 0.81]) == [0, 1, 1, 1, 0, 0, 0, 1]


def test_a_low_state_is_entered_below() -> None:
    # enter .2 below exit .4: stressed below .2 until above .4
    assert by_levels([0.3, 0.1, 0.3, 0.4, 0.41, 0.2], 0.2, 0.4) == [0, 1, 1, 1, 0, 0]


def test_dwell_counts_decision_dates_since_the_last_change() -> None:
    up, down = 0.9, 0.5
    # dwell 3: changed on date 1; dates 2 and 3 are one and two later, date 4 is three later and may change
    assert by_levels([down, up, down, down, down], dwell=3) == [0, 1, 1, 1, 0]
    assert by_levels([down, up, down, down, down], dwell=1) == [0, 1, 0, 0, 0]
    # what speaks while it must wait is not remembered: back up on date 4, and nothing happens
    assert by_levels([down, up, down, down, up], dwell=3) == [0, 1, 1, 1, 1]


def test_the_first_change_waits_for_nothing() -> None:
    assert by_levels([0.9, 0.5, 0.5], dwell=2) == [1, 1, 0]


def test_the_unknown_is_answered_by_the_unknown_and_does_not_count() -> None:
    up, down = 0.9, 0.5
    assert by_levels([up, NAN, 0.7, down], dwell=1) == [1, -1, 1, 0]
    # dwell 2: the unknown date is not one of the two
    assert by_levels([up, NAN, down, down], dwell=2) == [1, -1, 1, 0]


def test_between_two_of_three_states_one_of_these_two_is_held() -> None:
    middle_or_high = evidence(np.array([False, True, False]), np.array([False, True, True])).tolist()
    assert middle_or_high == pytest.approx([0.0, 2 / 3, 1 / 3])
    low, high = [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]
    assert states([high, middle_or_high]) == [2, 2]  # stays
    assert states([low, middle_or_high]) == [0, 1]  # from the far side it goes to the middle, and no further
    assert states([middle_or_high]) == [1]


def test_it_is_a_fold_that_changes_no_argument() -> None:
    fold, row = Dwell(2), np.array([0.0, 1.0])
    assert isinstance(fold, Fold)
    state = fold.start(row)
    kept = [part.copy() for part in state]
    fold.advance(state, row)
    assert all(same(one, other) for one, other in zip(state, kept, strict=True))
    assert row.tolist() == [0.0, 1.0]
