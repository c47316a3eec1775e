"""The memory of a factor: laws of the fold, and faults planted in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.levering import LEVERS, NAN, plain_walk, random_rows, target_of, walk
from trimtab.construction.volatility_target import Deleverage, VolatilityTarget, deleveraging
from trimtab.core.arrays import Array
from trimtab.core.roles import Fold, Levering

few = settings(max_examples=40, deadline=None)
Rows = Callable[[VolatilityTarget, Array], Array]


def check_memory(way: Rows) -> None:
    for lever in LEVERS:
        for seed in range(8):
            rows = random_rows(seed, lever)
            for k in range(rows.shape[1]):
                np.testing.assert_allclose(way(lever, rows[:, k])[:, 0], plain_walk(lever, rows[:, k]), atol=1e-14)


def test_the_memory_is_what_the_docstring_says() -> None:
    check_memory(walk)


@pytest.mark.parametrize("lever", LEVERS)
def test_a_stack_of_folds_is_the_fold_of_the_stack(lever: VolatilityTarget) -> None:
    rows = random_rows(3, lever)
    whole = walk(lever, rows)
    for k in range(rows.shape[1]):
        assert walk(lever, np.ascontiguousarray(rows[:, k])).tobytes() == np.ascontiguousarray(whole[:, k]).tobytes()
    for count in (1, 7, 20):
        assert walk(lever, rows[:count]).tobytes() == whole[:count].tobytes()


@pytest.mark.parametrize("lever", LEVERS)
def test_neither_state_nor_row_is_written_into(lever: VolatilityTarget) -> None:
    state = lever.start(np.full((2, 3), NAN))
    for row in random_rows(4, lever, stack=2):
        kept, before = row.copy(), [part.copy() for part in state]
        after, _ = lever.advance(state, row)
        assert row.tobytes() == kept.tobytes()
        assert all(one.tobytes() == part.tobytes() for one, part in zip(before, state, strict=True))
        state = after


@few
@given(st.integers(0, 10_000), st.sampled_from(LEVERS))
def test_the_factor_never_exceeds_what_is_allowed_nor_moves_faster_unless_forced(seed: int, lever: VolatilityTarget) -> None:
    rows = random_rows(seed, lever, stack=1)[:, 0]
    held = walk(lever, rows)
    seen = held[np.isfinite(held[:, 0])]
    assert (seen[:, 0] <= lever.most).all()
    assert (seen[:, 0] >= 0.0).all()
    acts = deleveraging(seen)
    assert (seen[acts, 0] <= lever.deleverage.to).all()
    if lever.step:
        moves = np.diff(seen[:, 0])
        assert (moves <= lever.step + 1e-12).all()
        assert (moves[~acts[1:]] >= -lever.step - 1e-12).all()


def test_it_is_a_levering_fold() -> None:
    lever = target_of()
    assert isinstance(lever, Levering)
    assert isinstance(lever, Fold)
    assert lever.members == (lever.of,)
    assert (lever.reads_mean, lever.reads_covariance, lever.reads_regime) == (False, True, False)
    assert target_of(deleverage=Deleverage(states=("crisis",))).reads_regime
    assert lever.budgets is None


# Planted faults.


def forgets(lever: VolatilityTarget, rows: Array) -> Array:
    return lever.advance(lever.start(rows), rows)[1]


def deleverages_by_steps(lever: VolatilityTarget, rows: Array) -> Array:
    eased = rows.copy()
    eased[:, 0] = np.where(rows[:, 1] > 0.0, np.minimum(rows[:, 0], lever.deleverage.to), rows[:, 0])
    return walk(replace(lever, deleverage=Deleverage(to=9.0)), eased)


def unknown_is_nothing(lever: VolatilityTarget, rows: Array) -> Array:
    found = walk(lever, np.where(np.isnan(rows), 0.0, rows))
    return np.where(np.isnan(rows), NAN, found)


@pytest.mark.parametrize("fault", [forgets, deleverages_by_steps, unknown_is_nothing], ids=lambda fault: fault.__name__)
def test_planted_faults_are_caught(fault: Rows) -> None:
    with pytest.raises(AssertionError):
        check_memory(fault)
