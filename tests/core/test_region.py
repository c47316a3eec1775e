"""What limits allow: membership by the definition, feasibility against a linear programme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from trimtab.core.arrays import Array
from trimtab.core.region import Group, Region, RiskBound

grid = st.integers(-4, 8).map(lambda n: n / 8)  # eighths: sums are exact, so touching is touching


def group(names: list[int], number: int, floor: float, cap: float) -> Group:
    return Group(np.array(names) == number, floor, cap)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    count = draw(st.integers(1, 6))
    low = np.array(draw(st.lists(grid, min_size=count, max_size=count)))
    wide = np.array(draw(st.lists(st.integers(0, 8), min_size=count, max_size=count))) / 8
    names = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    groups = tuple(
        group(names, number, draw(st.one_of(st.just(-np.inf), grid)), draw(st.one_of(st.just(np.inf), grid)))
        for number in draw(st.sets(st.integers(0, 1)))
        if number in names
    )
    low_cash, high_cash = sorted([draw(grid), draw(st.one_of(grid, st.just(np.inf)))])
    return Region(low, low + wide, low_cash, high_cash, groups)


def feasible_by_simplex(region: Region) -> bool:
    """Whether a linear programme finds any portfolio: weights and cash, no objective."""
    count = len(region.low)
    rows, limits = [], []
    for part in region.groups:
        row = np.append(part.members.astype(float), 0.0)
        for sign, limit in ((1.0, part.cap), (-1.0, -part.floor)):
            if np.isfinite(limit):
                rows.append(sign * row)
                limits.append(limit)
    bounds = [*zip(region.low, region.high, strict=True), (region.low_cash, region.high_cash)]
    answer = linprog(
        np.zeros(count + 1),
        A_ub=np.array(rows) if rows else None,
        b_ub=limits or None,
        A_eq=np.ones((1, count + 1)),
        b_eq=[1.0],
        bounds=bounds,
    )
    return bool(answer.status == 0)


@given(regions())
@settings(max_examples=80)
def test_feasible_is_what_a_linear_programme_says(region: Region) -> None:
    assume((region.low <= region.high).all())
    assert region.feasible == feasible_by_simplex(region)


@given(regions(), regions(), st.integers(0, 2**32 - 1))
def test_both_regions_hold_exactly_where_each_does(one: Region, two: Region, seed: int) -> None:
    count = min(len(one.low), len(two.low))
    one, two = (Region(r.low[:count], r.high[:count], r.low_cash, r.high_cash) for r in (one, two))
    weights = np.random.default_rng(seed).integers(-4, 9, (40, count)) / 8
    assert ((one & two).contains(weights) == (one.contains(weights) & two.contains(weights))).all()


def inside(region: Region, weights: Array) -> bool:
    """The definition, line by line."""
    cash = 1.0 - sum(weights)
    checks = [low - 1e-12 <= w <= high + 1e-12 for low, w, high in zip(region.low, weights, region.high, strict=True)]
    checks.append(region.low_cash - 1e-12 <= cash <= region.high_cash + 1e-12)
    for part in region.groups:
        total = sum(w for w, member in zip(weights, part.members, strict=True) if member)
        checks.append(part.floor - 1e-12 <= total <= part.cap + 1e-12)
    return all(checks)


@given(regions(), st.integers(0, 2**32 - 1))
def test_contains_is_the_definition(region: Region, seed: int) -> None:
    weights = np.random.default_rng(seed).integers(-4, 9, (3, 10, len(region.low))) / 8
    found = region.contains(weights)
    assert found.shape == (3, 10)
    assert found.ravel().tolist() == [inside(region, row) for row in weights.reshape(30, -1)]


def test_the_same_members_merge_and_keep_the_tighter_ends() -> None:
    equity = np.array([True, True, False])
    one = Region(np.zeros(3), np.ones(3), 0.0, groups=(Group(equity, 0.2, 0.8),))
    two = Region(np.zeros(3), np.ones(3), 0.1, groups=(Group(equity, 0.3, np.inf), Group(~equity, cap=0.4)))
    both = one & two
    assert [(g.floor, g.cap) for g in both.groups] == [(0.3, 0.8), (-np.inf, 0.4)]
    assert both.low_cash == 0.1
    # equity 0.3..0.8, bonds 0..0.4, cash 0.1..inf: 0.3 of equity and the rest in cash will do.
    assert both.feasible
    assert both.contains(np.array([[0.3, 0.0, 0.0], [0.9, 0.0, 0.0], [0.4, 0.4, 0.2]])).tolist() == [True, False, False]


def test_a_floor_that_the_members_cannot_reach() -> None:
    # Two assets of at most 0.2 each cannot make a class of 0.5.
    members = np.array([True, True])
    assert not Region(np.zeros(2), np.full(2, 0.2), 0.0, groups=(Group(members, floor=0.5),)).feasible
    assert Region(np.zeros(2), np.full(2, 0.25), 0.0, groups=(Group(members, floor=0.5),)).feasible


def test_groups_that_overlap_are_told_from_those_that_do_not() -> None:
    both, first = Group(np.array([True, True]), cap=0.5), Group(np.array([True, False]), floor=0.6)
    assert Region(np.zeros(2), np.ones(2), groups=(both,)).disjoint
    overlapping = Region(np.zeros(2), np.ones(2), groups=(both, first))
    assert not overlapping.disjoint
    assert overlapping.feasible  # each alone is; that they are not together is for a solver to find


def test_bounds_on_risk_look_at_their_members_alone() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    whole = RiskBound(np.array([0.5, 0.5]), np.array([True, True]), 0.05)
    part = RiskBound(np.array([0.5, 0.5]), np.array([True, False]), 0.05)
    tilt = np.array([0.6, 0.4])  # 0.01 * 0.04 - 2 * 0.01 * 0.01 + 0.01 * 0.09 = 0.0011
    assert whole.risk(tilt, covariance) == pytest.approx(np.sqrt(0.0011))
    assert part.risk(tilt, np.where(covariance == 0.09, np.nan, covariance)) == pytest.approx(0.1 * 0.2)
    assert np.isnan(whole.risk(tilt, np.where(covariance == 0.09, np.nan, covariance)))


def test_everything_is_allowed_where_nothing_is_limited() -> None:
    assert Region.everything(3).contains(np.array([5.0, -7.0, 0.0]))
    assert Region.everything(3).feasible
    assert not Region.everything(2).low.flags.writeable


# What holdings that cannot move force.


@given(regions(), st.integers(0, 2**32 - 1))
@settings(max_examples=80)
def test_widened_by_what_is_forced_and_by_no_more(region: Region, seed: int) -> None:
    """Each limit alone can be met by holdings within the window; and where it could before, it is as it was."""
    rng, count = np.random.default_rng(seed), len(region.low)
    held, fixed = rng.integers(0, 5, count) / 8, rng.random(count) < 0.5
    low, high = np.where(fixed, held, -np.inf), np.where(fixed, held, np.inf)
    wide = region.widened(low, high)
    least = np.maximum(low, 0.0)
    gaps = [*(wide.low - high), *(low - wide.high), wide.low_cash - (1 - least.sum()), (1 - high.sum()) - wide.high_cash]
    for part in wide.groups:
        gaps += [part.floor - high[part.members].sum(), least[part.members].sum() - part.cap]
    assert max(gaps) <= 0.0
    assert wide.forced(low, high) <= 0.0
    if region.forced(low, high) <= 0.0:
        assert wide.low.tolist() == region.low.tolist()
        assert wide.high.tolist() == region.high.tolist()
        assert (wide.low_cash, wide.high_cash) == (region.low_cash, region.high_cash)
        assert [(g.floor, g.cap) for g in wide.groups] == [(g.floor, g.cap) for g in region.groups]


def test_a_locked_holding_forces_its_box_its_class_and_cash() -> None:
    equity = np.array([True, True, False])
    region = Region(np.zeros(3), np.array([0.3, 1.0, 1.0]), 0.7, groups=(Group(equity, cap=0.35),))
    low, high = np.array([0.4, -np.inf, -np.inf]), np.array([0.4, np.inf, np.inf])
    wide = region.widened(low, high)
    assert (wide.high[0], wide.groups[0].cap, wide.low_cash) == (0.4, 0.4, 0.6)
    assert region.forced(low, high) == pytest.approx(0.1)  # .4 against .3, .4 against .35, cash .6 against .7


def test_a_holding_that_may_not_grow_lowers_floors_alone() -> None:
    region = Region(np.array([0.2, 0.0]), np.ones(2), groups=(Group(np.array([True, False]), floor=0.3),))
    low, high = np.full(2, -np.inf), np.array([0.05, np.inf])
    wide = region.widened(low, high)
    assert (wide.low[0], wide.groups[0].floor) == (0.05, 0.05)
    assert region.forced(low, high) == pytest.approx(0.25)
