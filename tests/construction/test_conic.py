"""The closest portfolio within limits: laws, a circle by hand, cvxpy, degenerate limits, solvers that may not be trusted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.programmes import covariance_of, kept, region_of
from trimtab.construction import conic, form, packages
from trimtab.construction.conic import KEPT, excess, factor, feasible, nearest, settled
from trimtab.construction.form import Form
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, UsageError
from trimtab.core.region import Group, Region, RiskBound
from trimtab.numerics.projection import Polytope

few = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 100_000)


def bounds_of(rng: np.random.Generator, count: int) -> list[RiskBound]:
    centre = rng.dirichlet(np.ones(count))
    return [RiskBound(centre, rng.random(count) < 0.7, float(rng.uniform(0.005, 0.08))) for _ in range(rng.integers(1, 3))]


def far(weights: Array, point: Array) -> float:
    """Squared distance, cash being one more coordinate."""
    return float(((weights - point) ** 2).sum() + (weights.sum() - point.sum()) ** 2)


# Laws.


@few
@given(seeds, st.integers(2, 20))
def test_the_solver_and_the_closed_form_agree(seed: int, count: int):
    rng = np.random.default_rng(seed)
    half = np.arange(count) < count // 2
    low = np.where(rng.random(count) < 0.3, rng.uniform(0.0, 0.5 / count, count), 0.0)
    groups = (Group(half, -np.inf, float(rng.uniform(0.3, 1.0))), Group(~half, 0.1, np.inf))
    region = Region(low, low + rng.uniform(0.3, 1.0, count), 0.0, np.inf, groups)
    if not region.feasible:
        return
    point = rng.normal(size=count) * rng.choice([0.1, 1.0, 10.0])
    own = tuple(Group(np.append(group.members, False), group.floor, group.cap) for group in groups)
    whole = Polytope(np.append(region.low, 0.0), np.append(region.high, np.inf), 1.0, own)
    want = whole.nearest(np.append(point, 1.0 - point.sum()))[:-1]
    np.testing.assert_array_equal(nearest(point, region), want)
    everything = Group(np.ones(count, dtype=bool), -np.inf, 5.0)  # it overlaps, and never binds
    found = nearest(point, region & Region(region.low, region.high, groups=(everything,)))
    assert found is not None
    np.testing.assert_allclose(found, want, atol=1e-6)


@few
@given(seeds, st.integers(2, 12))
def test_an_answer_keeps_every_limit_and_nothing_allowed_is_nearer(seed: int, count: int):
    rng = np.random.default_rng(seed)
    region, bounds, sigma = region_of(rng, count), bounds_of(rng, count), covariance_of(rng, count)
    point = rng.normal(size=count)
    found = nearest(point, region, bounds, sigma)
    if found is None:
        return
    assert region.contains(found, tolerance=1e-9)
    assert excess(found, bounds, sigma) <= KEPT
    for _ in range(20):
        other = nearest(rng.normal(size=count), region, bounds, sigma)
        assert other is not None
        assert far(other, point) >= far(found, point) - 1e-7


@few
@given(seeds, st.integers(3, 8))
def test_permuting_assets_permutes_the_answer(seed: int, count: int):
    rng = np.random.default_rng(seed)
    region, bounds, sigma = region_of(rng, count), bounds_of(rng, count), covariance_of(rng, count)
    point, order = rng.normal(size=count), rng.permutation(count)
    groups = tuple(Group(group.members[order], group.floor, group.cap) for group in region.groups)
    other = Region(region.low[order], region.high[order], region.low_cash, region.high_cash, groups)
    moved = [RiskBound(bound.centre[order], bound.members[order], bound.most) for bound in bounds]
    found, mirrored = nearest(point, region, bounds, sigma), nearest(point[order], other, moved, sigma[np.ix_(order, order)])
    assert (found is None) == (mirrored is None)
    if found is not None and mirrored is not None:
        np.testing.assert_allclose(mirrored, found[order], atol=2e-5)  # the solver ends at 1e-9 of the gap: its root


# By hand.


def test_a_bound_on_risk_is_a_circle():
    # Two assets of 20 % volatility without correlation: active risk is 0.2 |d|, so 2 % lets d be 0.1 long. No cash: d
    # points along (1, -1), from (0.5, 0.5) towards (1, 0): 0.5 +- 0.1 / sqrt(2).
    bound = RiskBound(np.array([0.5, 0.5]), np.ones(2, dtype=bool), 0.02)
    region = Region(np.zeros(2), np.ones(2), 0.0, 0.0)
    found = nearest(np.array([1.0, 0.0]), region, [bound], 0.04 * np.eye(2))
    np.testing.assert_allclose(found, [0.5 + 0.1 / np.sqrt(2), 0.5 - 0.1 / np.sqrt(2)], atol=1e-9)


def test_two_overlapping_groups_share_the_way():
    # (1, 1, 1) - cash -2 - with A + B at most 0.5, B + C at most 0.5, and cash free: by symmetry A = C, B = 0.5 - A and
    # the sum is 0.5 + A: minimise 2 (1 - A)^2 + (0.5 + A)^2 + (2.5 - A)^2: -4 (1 - A) + 1 + 2 A - 5 + 2 A = 0, A = 1,
    # which leaves B = -0.5: with B at least 0, A = C = 0.5 and B = 0.
    groups = (Group(np.array([True, True, False]), cap=0.5), Group(np.array([False, True, True]), cap=0.5))
    free = Region(np.full(3, -np.inf), np.full(3, np.inf), groups=groups)
    np.testing.assert_allclose(nearest(np.ones(3), free), [1.0, -0.5, 1.0], atol=1e-8)
    long_only = Region(np.zeros(3), np.full(3, np.inf), groups=groups)
    np.testing.assert_allclose(nearest(np.ones(3), long_only), [0.5, 0.0, 0.5], atol=1e-8)


# Outside oracle.


@pytest.mark.parametrize("seed", range(40))
def test_cvxpy_finds_the_same(seed: int):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 12))
    region, bounds, sigma = region_of(rng, count), bounds_of(rng, count), covariance_of(rng, count)
    centre = bounds[0].centre
    box = (centre - rng.uniform(0.0, 0.3, count), centre + rng.uniform(0.0, 0.3, count))
    point = 0.3 * rng.normal(size=count)
    found = nearest(point, region, bounds, sigma, box)
    w = cp.Variable(count)
    limits = [*kept(w, region, bounds, sigma), w >= box[0], w <= box[1]]
    problem = cp.Problem(cp.Minimize(cp.sum_squares(w - point) + cp.square(cp.sum(w) - point.sum())), limits)
    problem.solve(solver="CLARABEL")
    assert (found is None) == (problem.status == "infeasible")
    assert feasible(region, bounds, sigma, box) == (found is not None)
    if found is not None:
        assert far(found, point) <= problem.value + 1e-6
        np.testing.assert_allclose(found, w.value, atol=1e-4)  # its default precision


# Degenerate.


def test_what_cannot_be_met_is_none():
    square = Region(np.zeros(2), np.ones(2), 0.0, 0.0)
    bound = RiskBound(np.array([2.0, 2.0]), np.ones(2, dtype=bool), 0.01)
    assert nearest(np.zeros(2), square, [bound], np.eye(2)) is None
    assert not feasible(square, [bound], np.eye(2))
    assert nearest(np.zeros(2), square, box=(np.full(2, 0.7), np.ones(2))) is None
    assert feasible(square, box=(np.zeros(2), np.full(2, 0.5)))
    crossing = (Group(np.array([True, True, False]), 0.8), Group(np.array([False, True, True]), cap=0.1))
    assert nearest(np.zeros(3), Region(np.zeros(3), np.full(3, 0.5), groups=crossing)) is None


def test_a_bound_of_no_risk_leaves_the_centre():
    centre = np.array([0.2, 0.3, 0.5])
    bound = RiskBound(centre, np.ones(3, dtype=bool), 0.0)
    region = Region(np.zeros(3), np.ones(3), 0.0, 0.0)
    found = nearest(np.array([1.0, 0.0, 0.0]), region, [bound], np.diag([0.01, 0.04, 0.09]))
    np.testing.assert_allclose(found, centre, atol=1e-9)


@pytest.mark.parametrize("spread", [1e-5, 1e-3, 1.0])
def test_badly_scaled_and_singular_covariances(spread: float):
    volatility = np.array([0.2, 0.2 * spread, 0.1])
    load = np.array([[1.0, 1.0, 0.5]]) * volatility
    sigma = load.T @ load  # one factor: rank 1
    bound = RiskBound(np.full(3, 1.0 / 3.0), np.ones(3, dtype=bool), 0.01)
    region = Region(np.zeros(3), np.ones(3), 0.0, 0.0)
    found = nearest(np.array([1.0, 0.0, 0.0]), region, [bound], sigma)
    assert found is not None
    assert region.contains(found)
    assert excess(found, [bound], sigma) <= KEPT
    np.testing.assert_allclose(factor(sigma).T @ factor(sigma), sigma, atol=1e-12)


def test_what_is_not_known_is_refused():
    region = Region(np.zeros(2), np.ones(2), 0.0, 0.0)
    bound = RiskBound(np.full(2, 0.5), np.ones(2, dtype=bool), 0.01)
    outside = np.array([1.0, 0.0])
    with pytest.raises(InvariantError, match="finite numbers"):
        nearest(np.array([np.nan, 0.5]), region)
    with pytest.raises(InvariantError, match="needs the covariance"):
        nearest(outside, region, [bound])
    with pytest.raises(InvariantError, match="needs the covariance"):
        nearest(outside, region, [bound], np.full((2, 2), np.nan))
    with pytest.raises(InvariantError, match="not positive semidefinite"):
        nearest(outside, region, [bound], np.array([[0.04, 0.08], [0.08, 0.04]]))


def test_an_asset_that_is_not_meant_may_be_unknown():
    sigma = np.array([[0.04, np.nan], [np.nan, np.nan]])
    bound = RiskBound(np.full(2, 0.5), np.array([True, False]), 0.02)
    found = nearest(np.array([1.0, 0.0]), Region(np.zeros(2), np.ones(2), 0.0, 0.0), [bound], sigma)
    np.testing.assert_allclose(found, [0.6, 0.4], atol=1e-9)  # 0.2 * 0.1 is 2 %


# Solvers are not trusted.


class Stubborn:
    """A solver that stops short whatever it is asked."""

    def __init__(self, *_: Any) -> None: ...

    def solve(self) -> Any:
        return SimpleNamespace(status="AlmostSolved", x=[0.5, 0.5, 0.0])


OVERLAP = (Group(np.array([True, False]), cap=0.5), Group(np.ones(2, dtype=bool), cap=0.9))


def test_almost_solved_is_not_solved(monkeypatch: pytest.MonkeyPatch):
    import clarabel

    fake = SimpleNamespace(**{name: getattr(clarabel, name) for name in dir(clarabel) if name[0] != "_"})
    fake.DefaultSolver = Stubborn
    real = packages.package
    monkeypatch.setattr(form, "package", lambda name: fake if name == "clarabel" else real(name))
    with pytest.raises(InvariantError, match="AlmostSolved"):
        nearest(np.ones(2), Region(np.zeros(2), np.ones(2), groups=OVERLAP))


def test_an_answer_outside_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Form, "solve", lambda self: np.full(self.count, 0.7))
    with pytest.raises(InvariantError, match="breaks a limit"):
        nearest(np.ones(2), Region(np.zeros(2), np.ones(2), groups=OVERLAP))


def test_an_answer_a_trace_above_a_bound_on_risk_is_brought_below(monkeypatch: pytest.MonkeyPatch):
    bound = RiskBound(np.full(2, 0.5), np.ones(2, dtype=bool), 0.02)
    region, sigma = Region(np.zeros(2), np.ones(2), 0.0, 0.0), 0.04 * np.eye(2)
    edge = 0.1 / np.sqrt(2) * (1.0 + 1e-6)
    near = settled(np.array([0.5 + edge, 0.5 - edge]), region, [bound], sigma)
    assert excess(near, [bound], sigma) <= KEPT
    with pytest.raises(InvariantError, match="breaks a limit"):
        settled(np.array([0.9, 0.1]), region, [bound], sigma)


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> Any:
        raise ImportError(name)

    packages.package.cache_clear()
    monkeypatch.setattr("trimtab.core.packages.import_module", missing)
    region = Region(np.zeros(2), np.ones(2), groups=OVERLAP)
    with pytest.raises(UsageError, match=r"needs clarabel.*pip install 'trimtab\[solver\]'"):
        nearest(np.ones(2), region)
    assert conic.nearest(np.ones(2), Region(np.zeros(2), np.ones(2))) is not None  # the closed form needs nothing
    packages.package.cache_clear()


def test_entries_at_the_same_place_add_up():
    # (x - 1)^2 + (y - 1)^2 in two halves, on x + x + y = 1: (1, 1) - t (2, 1) with 3 - 5 t = 1, so (0.2, 0.6)
    one = Form()
    both = one.variables(2)
    one.square(both)
    one.square(both)
    one.charge(both, -1.0)
    one.charge(both, np.array([-1.0, -1.0]))
    one.equal(np.ones(1), ([0, 0, 0], [0, 0, 1], 1.0))
    np.testing.assert_allclose(one.solve(), [0.2, 0.6], atol=1e-9)
