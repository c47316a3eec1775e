"""The closest point: laws, hand-worked cases, two oracles, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numerics.projection_reference import Case, by_bisection, by_solver, cases, random_case
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError
from trimtab.core.region import Group
from trimtab.numerics.projection import project

Way = Callable[[Case], Array]
many = settings(max_examples=50, deadline=None)
inf = np.inf


def ours(case: Case) -> Array:
    return project(case.point, case.low, case.high, total=case.total, groups=case.groups)


# Laws. Each is a function, so that planted faults meet the same law.


def check_allowed(way: Way, case: Case) -> None:
    w = way(case)
    assert (case.low <= w).all()
    assert (w <= case.high).all()
    assert case.excess(w) <= 1e-13


def check_closest(way: Way, case: Case) -> None:
    np.testing.assert_allclose(way(case), by_bisection(case), atol=1e-10)


@many
@given(cases())
def test_answer_is_allowed(case: Case) -> None:
    check_allowed(ours, case)


@many
@given(cases())
def test_answer_is_the_closest_by_bisection(case: Case) -> None:
    check_closest(ours, case)


@many
@given(cases(), st.floats(0.0, 1.0))
def test_every_allowed_point_lies_behind_the_answer(case: Case, share: float) -> None:
    """(a - w)·(v - w) <= 0 for every allowed v: what makes w the closest point of a convex set."""
    w = ours(case)
    v = w + share * (case.witness - w)
    assert (case.point - w) @ (v - w) <= 1e-11


@many
@given(cases())
def test_a_second_time_changes_nothing(case: Case) -> None:
    w = ours(case)
    again = project(w, case.low, case.high, total=case.total, groups=case.groups)
    np.testing.assert_allclose(again, w, atol=1e-14)


@many
@given(cases(), st.randoms(use_true_random=False))
def test_permuting_coordinates_permutes_the_answer(case: Case, random) -> None:
    order = np.array(random.sample(range(len(case.point)), len(case.point)))
    groups = [Group(group.members[order], group.floor, group.cap) for group in case.groups]
    moved = project(case.point[order], case.low[order], case.high[order], total=case.total, groups=groups)
    np.testing.assert_allclose(moved, ours(case)[order], atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 7, 12, 63, 65, 130])
@pytest.mark.parametrize("seed", range(4))
def test_a_row_alone_has_the_bits_it_has_in_a_batch(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    case = random_case(rng, count)
    points = np.round(rng.normal(1.0 / count, 0.5, (90, count)), rng.choice([1, 2, 17], (90, 1)).max())
    points[:30] *= rng.choice([1.0, 1e2, 1e4], (30, 1))  # some rows need the second pass
    points[40] = case.witness
    find = partial(project, low=case.low, high=case.high, total=case.total, groups=case.groups)
    batch = find(points)
    assert all(find(row).tobytes() == found.tobytes() for row, found in zip(points, batch, strict=True))
    assert find(np.asfortranarray(points)).tobytes() == batch.tobytes()
    assert find(points.reshape(3, 30, count)).tobytes() == batch.tobytes()
    assert find(points[:0]).shape == (0, count)


# Worked by hand.


def test_a_cap_moves_the_excess_to_the_others() -> None:
    # (.6, .3, .1) with .4 at most: the first is cut by .2; the others share it, .1 each, and the second stops at .4.
    found = project(np.array([0.6, 0.3, 0.1]), np.zeros(3), np.full(3, 0.4))
    np.testing.assert_allclose(found, [0.4, 0.4, 0.2], atol=1e-15)


def test_a_sum_that_is_too_large_is_shared_equally_until_one_is_empty() -> None:
    # (1, .5, .1) is .6 above 1; .2 each would leave -.1, so the third gives .1 and the others .25 each.
    found = project(np.array([1.0, 0.5, 0.1]), np.zeros(3), np.full(3, inf))
    np.testing.assert_allclose(found, [0.75, 0.25, 0.0], atol=1e-15)


def test_a_group_cap_binds() -> None:
    # Two stocks at .5 and .3, a bond at .2; stocks are capped at .6: each gives .1, the bond takes .2.
    stocks = Group(np.array([True, True, False]), cap=0.6)
    found = project(np.array([0.5, 0.3, 0.2]), np.zeros(3), np.ones(3), groups=[stocks])
    np.testing.assert_allclose(found, [0.4, 0.2, 0.4], atol=1e-15)


def test_a_group_floor_binds() -> None:
    # Bonds at .1 + .1 with a floor of .4 rise by .1 each, and the stock at .8 falls by .2.
    bonds = Group(np.array([False, True, True]), floor=0.4)
    found = project(np.array([0.8, 0.1, 0.1]), np.zeros(3), np.ones(3), groups=[bonds])
    np.testing.assert_allclose(found, [0.6, 0.2, 0.2], atol=1e-15)


def test_without_bounds_the_gap_is_shared_equally() -> None:
    found = project(np.array([0.9, 0.4, -0.6]), np.full(3, -inf), np.full(3, inf))  # the sum is .3 short of 1
    np.testing.assert_allclose(found, [1.0, 0.5, -0.5], atol=1e-15)


def test_one_coordinate_is_the_total() -> None:
    assert project(np.array([7.0]), np.zeros(1), np.ones(1)).tolist() == [1.0]


def test_what_lies_inside_comes_back_as_it_is() -> None:
    inside = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])
    groups = [Group(np.array([True, True, False]), 0.2, 0.6)]
    assert project(inside, np.zeros(3), np.ones(3), groups=groups).tobytes() == inside.tobytes()


@pytest.mark.parametrize("scale", [1e-18, 1.0, 1e6, 1e18])
@pytest.mark.parametrize("rows", [1, 50])
def test_numbers_of_any_size(scale: float, rows: int) -> None:
    """The order of the coordinates decides, and sums stay right (RELIABILITY C3)."""
    points = scale * np.tile([3.0, 1.0, 2.0, -4.0], (rows, 1))
    found = project(points, np.zeros(4), np.full(4, 0.5))
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-15)
    if scale >= 1.0:  # far apart: the largest two fill up
        np.testing.assert_allclose(found, np.tile([0.5, 0.0, 0.5, 0.0], (rows, 1)), atol=1e-15)


@pytest.mark.parametrize("bad", [np.nan, inf, -inf])
@pytest.mark.parametrize("rows", [1, 50])
def test_numbers_that_are_not_finite_stop(bad: float, rows: int) -> None:
    points = np.full((rows, 3), 0.3)
    points[-1, 1] = bad
    with pytest.raises(InvariantError, match="finite"):
        project(points, np.zeros(3), np.ones(3))


@pytest.mark.parametrize("rows", [1, 50])
def test_an_empty_set_stops(rows: int) -> None:
    points = np.full((rows, 3), 0.3)
    with pytest.raises(InvariantError, match="no point"):
        project(points, np.zeros(3), np.full(3, 0.2))
    with pytest.raises(InvariantError, match="no point"):
        project(points * [1e18, 1.0, -1e18], np.zeros(3), np.full(3, 0.2))
    with pytest.raises(InvariantError, match="no point"):
        project(points, np.full(3, 0.4), np.ones(3))
    with pytest.raises(InvariantError, match="no point"):
        project(points, np.full(3, 0.3), np.ones(3), groups=[Group(np.array([True, True, False]), cap=0.5)])


# An outside oracle.


@pytest.mark.parametrize("count", [2, 5, 12, 40])
def test_the_solver_agrees(count: int) -> None:
    rng = np.random.default_rng(count)
    for _ in range(60):
        case = random_case(rng, count)
        np.testing.assert_allclose(ours(case), by_solver(case), atol=2e-5)
        assert np.sum((ours(case) - case.point) ** 2) <= np.sum((by_solver(case) - case.point) ** 2) + 1e-7


# Planted faults, each of which the law named must catch.


def forgets_groups(case: Case) -> Array:
    return project(case.point, case.low, case.high, total=case.total)


def forgets_group_floors(case: Case) -> Array:
    groups = [Group(group.members, cap=group.cap) for group in case.groups]
    return project(case.point, case.low, case.high, total=case.total, groups=groups)


def normalises(case: Case) -> Array:
    """The usual shortcut: clip, then scale."""
    clipped = np.minimum(np.maximum(case.point, case.low), case.high)
    return clipped * case.total / clipped.sum()


def clips_then_shifts_once(case: Case) -> Array:
    """Share the gap among all without looking at the bounds again."""
    clipped = np.minimum(np.maximum(case.point, case.low), case.high)
    return clipped + (case.total - clipped.sum()) / len(clipped)


def groups_first_then_all(case: Case) -> Array:
    """Project onto each group and then onto the box alone: not what the identity says."""
    w = case.point.copy()
    for group in case.groups:
        own = group.members
        value = min(max(w[own].sum(), group.floor), group.cap)
        w[own] += (value - w[own].sum()) / own.sum()
    return project(w, case.low, case.high, total=case.total)


def stops_at_any_allowed_point(case: Case) -> Array:
    return case.witness


FAULTS = [
    (check_allowed, forgets_groups),
    (check_allowed, forgets_group_floors),
    (check_allowed, normalises),
    (check_allowed, clips_then_shifts_once),
    (check_allowed, groups_first_then_all),
    (check_closest, stops_at_any_allowed_point),
]


@pytest.mark.parametrize(("law", "fault"), FAULTS, ids=lambda f: f.__name__)
def test_planted_faults_are_caught(law: Callable[[Way, Case], None], fault: Way) -> None:
    rng = np.random.default_rng(0)
    found = [random_case(rng, 8) for _ in range(50)]
    for case in found:
        law(ours, case)
    with pytest.raises(AssertionError):
        _all(law, fault, found)


def _all(law: Callable[[Way, Case], None], way: Way, found: list[Case]) -> None:
    for case in found:
        law(way, case)
