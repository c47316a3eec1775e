"""The algebra of terms: laws, impact by hand, cvxpy beside the standard form, terms of others, what is refused."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.programmes import covariance_of, kept, region_of, today_of
from tests.construction.reference import book_of
from trimtab.construction.conic import nearest
from trimtab.construction.optimum import Within, best
from trimtab.construction.other_terms import best_of_all
from trimtab.construction.terms import ActiveRisk, Algebra, Cost, Objective, Return, Risk, Scene
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError, UsageError
from trimtab.core.region import Region, RiskBound
from trimtab.core.trades import Power

few = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 100_000)


def anywhere(base: Array) -> Within:
    return Within(base, Region.everything(len(base)))


def scene_of(rng: np.random.Generator, count: int, held: Array, *powers: float) -> Scene:
    rates = [Power(rng.uniform(0.0005, 0.01, count), exponent) for exponent in powers]
    return Scene(0.08 * rng.normal(size=count), covariance_of(rng, count), held, tuple(rates))


# Laws.


@few
@given(seeds, st.floats(0.1, 50.0), st.floats(0.1, 5.0))
def test_terms_add_subtract_and_scale(seed: int, gamma: float, factor: float):
    rng = np.random.default_rng(seed)
    scene, w = scene_of(rng, 4, np.full(4, 0.25), 1.0, 1.5), rng.dirichlet(np.ones(4))
    mean, risk, cost = (term.value(w, scene) for term in (Return(), Risk(), Cost()))
    objective = Return() - gamma * Risk() - Cost() * factor
    assert objective.value(w, scene) == pytest.approx(mean - gamma * risk - factor * cost, abs=1e-12)
    assert (-(2.0 * objective)).value(w, scene) == pytest.approx(-2.0 * objective.value(w, scene), abs=1e-12)
    assert (objective + Cost() * factor - Return()).value(w, scene) == pytest.approx(-gamma * risk, abs=1e-12)
    assert [type(term) for _, term in objective.parts] == [Return, Risk, Cost]


@few
@given(seeds, st.integers(1, 10), st.floats(0.5, 20.0))
def test_without_costs_and_limits_it_is_the_textbook(seed: int, count: int, gamma: float):
    rng = np.random.default_rng(seed)
    scene = scene_of(rng, count, np.zeros(count))
    found = best(Return() - gamma * Risk(), scene, anywhere(np.zeros(count)))
    want = np.linalg.solve(scene.covariance, scene.mean) / gamma
    np.testing.assert_allclose(found, want, atol=1e-6 * max(1.0, np.abs(want).max()))


@few
@given(seeds, st.integers(2, 8))
def test_a_cost_beyond_all_gain_keeps_what_is_held(seed: int, count: int):
    rng = np.random.default_rng(seed)
    held = rng.dirichlet(np.ones(count))
    scene = scene_of(rng, count, held)
    dear = Scene(scene.mean, scene.covariance, held, (Power(np.full(count, 100.0)),))
    np.testing.assert_array_equal(best(Return() - 5.0 * Risk() - Cost(), dear, anywhere(held)), held)


def test_active_risk_alone_leads_to_the_benchmark():
    rng = np.random.default_rng(3)
    benchmark = (0.5, 0.3, 0.2)
    scene = scene_of(rng, 3, np.full(3, 1.0 / 3.0))
    np.testing.assert_allclose(best(-1.0 * ActiveRisk(benchmark), scene, anywhere(scene.held)), benchmark, atol=1e-7)
    assert ActiveRisk(benchmark).value(np.array(benchmark), scene) == 0.0


# By hand: mean 6 %, no risk, from 0: mean - 1.5 k sqrt(w) = 0, so w = (0.06 / (1.5 k))^2; k = 0.08 gives 0.25. With the
# exponent 1.6 and k = 0.1: 0.06 = 0.16 w^0.6, w = 0.375^(5/3) = 0.195. Squared: 0.06 = 2 k w, k = 0.1 gives 0.3.


@pytest.mark.parametrize(("exponent", "rate", "want"), [(1.5, 0.08, 0.25), (1.6, 0.1, 0.375 ** (5.0 / 3.0)), (2.0, 0.1, 0.3)])
def test_impact_of_one_asset(exponent: float, rate: float, want: float):
    scene = Scene(np.array([0.06]), np.array([[0.04]]), np.zeros(1), (Power(np.array([rate]), exponent),))
    region = Region(np.zeros(1), np.ones(1))
    assert best(Return() - Cost(), scene, Within(np.zeros(1), region))[0] == pytest.approx(want, abs=1e-6)
    assert Cost().value(np.array([0.5]), scene) == pytest.approx(rate * 0.5**exponent)


def test_a_linear_cost_leaves_a_band():
    # One asset, variance 0.04, aversion 5: without cost w = 0.06 / 0.2 = 0.3; a cost of 1 % trades up to where the
    # marginal gain is 1 %: 0.06 - 0.2 w = +-0.01, w = 0.25 from below and 0.35 from above; between them nothing.
    for held, want in ((0.0, 0.25), (1.0, 0.35), (0.27, 0.27)):
        scene = Scene(np.array([0.06]), np.array([[0.04]]), np.array([held]), (Power(np.array([0.01])),))
        found = best(Return() - 5.0 * Risk() - Cost(), scene, anywhere(scene.held))
        np.testing.assert_allclose(found, want, atol=1e-9)


# Outside oracle.


@pytest.mark.parametrize("seed", range(60))
def test_cvxpy_finds_the_same(seed: int):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 10))
    region, sigma = region_of(rng, count), covariance_of(rng, count)
    bounds = [RiskBound(np.full(count, 1.0 / count), np.ones(count, dtype=bool), 0.08)] if seed % 3 == 0 else []
    held = rng.dirichlet(np.ones(count))
    base = nearest(held, region, bounds, sigma)
    if base is None:
        return
    exponents = [(), (1.0,), (1.0, 1.5), (1.6,), (1.0, 2.0)][seed % 5]
    scene = Scene(0.05 * rng.normal(size=count), sigma, held, scene_of(rng, count, held, *exponents).powers)
    left = float(rng.choice([np.inf, 0.05, 0.3]))
    gamma, factor = float(rng.uniform(1.0, 10.0)), float(rng.choice([1.0, 12.0]))
    objective = Return() - gamma * Risk() - factor * Cost()
    found = best(objective, scene, Within(base, region, bounds, sigma, left))
    w = cp.Variable(count)
    wanted = scene.mean @ w - 0.5 * gamma * cp.quad_form(w, cp.psd_wrap(sigma))
    for power in scene.powers:
        wanted -= factor * cp.sum(cp.multiply(power.rate, cp.power(cp.abs(w - held), power.exponent)))
    limits = kept(w, region, bounds, sigma)
    if left < np.inf:
        limits.append(0.5 * (cp.norm1(w - base) + cp.abs(cp.sum(w - base))) <= left)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what cvxpy makes of odd powers it solves to about 1e-8
        cp.Problem(cp.Maximize(wanted), limits).solve(solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10)
    assert objective.value(found, scene) >= objective.value(w.value, scene) - 1e-8
    np.testing.assert_allclose(found, w.value, atol=1e-4 if bounds or exponents[-1:] not in {(), (1.0,)} else 1e-6)


# Terms of others.


@dataclass(frozen=True, slots=True)
class Ridge:
    """Dislikes concentration."""

    strength: float = 1.0

    def expression(self, weights: Any, today: Any, book: Any) -> Any:
        return -self.strength * cp.sum_squares(weights)


@dataclass(frozen=True, slots=True)
class Daring(Algebra):
    """Not concave."""

    def expression(self, weights: Any, today: Any, book: Any) -> Any:
        return cp.sum_squares(weights)


@few
@given(seeds, st.integers(2, 6))
def test_a_term_of_others_is_worth_what_it_says(seed: int, count: int):
    # strength * w'w is half of (2 strength I) w'w: the same as adding 2 strength / gamma to the variances.
    rng = np.random.default_rng(seed)
    held = rng.dirichlet(np.ones(count))
    scene = scene_of(rng, count, held, 1.0)
    within = Within(held, Region(np.zeros(count), np.ones(count), 0.0, 0.0), left=0.4)
    objective = Return() - 4.0 * Risk() - Cost() + Ridge(0.1)
    assert not objective.standard
    found = best_of_all(objective, scene, within, today_of(scene.mean, scene.covariance), book_of(held))
    firmer = Scene(scene.mean, scene.covariance + 0.05 * np.eye(count), held, scene.powers)
    np.testing.assert_allclose(found, best(Return() - 4.0 * Risk() - Cost(), firmer, within), atol=1e-4)


def test_the_standard_terms_say_the_same_to_cvxpy():
    rng = np.random.default_rng(11)
    scene = scene_of(rng, 5, rng.dirichlet(np.ones(5)), 1.0, 1.5)
    point = rng.dirichlet(np.ones(5))
    w = cp.Variable(5, value=point)
    for term in (Return(), Risk(), ActiveRisk((0.2,) * 5), Cost()):
        assert float(term.spoken(w, scene, cp).value) == pytest.approx(term.value(point, scene), abs=1e-12)


# Refused.


def test_what_would_be_better_without_end_is_refused():
    scene = Scene(np.array([0.06]), np.array([[0.04]]), np.zeros(1), (Power(np.array([0.01])),))
    for objective in (Return() + Risk(), Return() + Cost(), Return() + ActiveRisk((1.0,))):
        with pytest.raises(ParameterError, match="better without end"):
            best(objective, scene, anywhere(np.zeros(1)))
    with pytest.raises(InvariantError, match="no answer"):
        best(Objective(((1.0, Return()),)), scene, anywhere(np.zeros(1)))


def test_terms_of_others_must_be_concave_and_bounded():
    held = np.full(2, 0.5)
    scene = Scene(np.full(2, 0.05), 0.04 * np.eye(2), held)
    today, book = today_of(scene.mean, scene.covariance), book_of(held)
    with pytest.raises(ParameterError, match="Daring is not a concave number"):
        best_of_all(Return() + Daring(), scene, anywhere(held), today, book)
    with pytest.raises(InvariantError, match="unbounded"):
        best_of_all(Return() + Ridge(0.0), scene, anywhere(held), today, book)


def test_without_cvxpy_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    from trimtab.construction import packages

    def missing(name: str) -> Any:
        raise ImportError(name)

    packages.package.cache_clear()
    monkeypatch.setattr("trimtab.core.packages.import_module", missing)
    held = np.full(2, 0.5)
    scene = Scene(np.full(2, 0.05), 0.04 * np.eye(2), held)
    with pytest.raises(UsageError, match=r"needs cvxpy.*trimtab\[terms\]"):
        best_of_all(Return() + Ridge(), scene, anywhere(held), today_of(scene.mean, scene.covariance), book_of(held))
    packages.package.cache_clear()
