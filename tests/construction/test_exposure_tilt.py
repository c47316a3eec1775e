"""Tilts to an active exposure: laws, hand-worked cases, a solver as oracle, edge cases, planted faults."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import portfolios, scores_of, universe
from tests.construction.test_factor_tilt import covariances, ours, today
from trimtab.construction.exposure_tilt import ExposureTilt
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.values import Scores
from trimtab.numerics import least_risk as module
from trimtab.numerics.active_set import Box, optimum
from trimtab.numerics.least_risk import Bounds, least_risk

some = settings(max_examples=40, deadline=None)
NAN = float("nan")
BETA = st.one_of(st.just(NAN), st.sampled_from([0.0, 0.5, 1.0]), st.floats(-1.0, 2.0).map(lambda x: round(x, 3)))


@st.composite
def settings_of(draw) -> tuple[ExposureTilt, Scores, Array]:
    count = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(BETA, min_size=count, max_size=count), min_size=1, max_size=4))
    target = draw(st.sampled_from([0.0, 0.02, 0.1, 0.5, -0.2]))
    budget, most = draw(st.sampled_from([0.0, 0.005, 0.03])), draw(st.sampled_from([1.0, 0.1]))
    tilt = ExposureTilt(target, budget, most, tuple(draw(portfolios(count))), universe(count))
    return tilt, scores_of(*rows), covariances(draw(st.integers(0, 99)), len(rows), count)


def exposure(scores: Scores, active: Array) -> Array:
    return np.where(np.isfinite(scores.values), scores.values * active, 0.0).sum(-1)


# Laws.


@some
@given(settings_of())
def test_bounds_sums_budget_and_target_are_kept(case: tuple[ExposureTilt, Scores, Array]) -> None:
    tilt, scores, covariance = case
    weights = ours(tilt, scores, covariance)
    active = weights - np.array(tilt.benchmark)
    assert np.isfinite(weights).all()
    assert (np.abs(active.sum(-1)) < 1e-10).all()
    assert (weights >= -1e-10).all()
    assert (np.abs(active) <= tilt.tilt + 1e-10).all()
    assert (active[np.isnan(scores.values)] == 0.0).all()
    reached = exposure(scores, active) * np.sign(tilt.target or 1.0)
    assert (reached >= -1e-10).all()
    assert (reached <= abs(tilt.target) + 1e-9).all()
    taken = np.sqrt(np.maximum(np.einsum("di,dij,dj->d", active, covariance, active), 0.0))
    assert not tilt.tracking_error or (taken <= tilt.tracking_error * (1.0 + 1e-9)).all()


@some
@given(settings_of(), st.randoms(use_true_random=False))
def test_a_date_alone_and_permuted_assets(case: tuple[ExposureTilt, Scores, Array], random) -> None:
    tilt, scores, covariance = case
    together = ours(tilt, scores, covariance)
    tiled = Scores(scores.assets, np.asfortranarray(np.tile(scores.values, (9, 1))))
    wide = np.asfortranarray(np.tile(covariance, (9, 1, 1)))
    assert ours(tilt, tiled, wide).tobytes() == np.tile(together, (9, 1)).tobytes()
    for d in range(len(together)):
        one = Scores(scores.assets, scores.values[d : d + 1])
        assert ours(tilt, one, covariance[d : d + 1])[0].tobytes() == together[d].tobytes()
    order = random.sample(range(len(tilt.benchmark)), len(tilt.benchmark))
    assets, benchmark = tuple(tilt.universe[i] for i in order), tuple(tilt.benchmark[i] for i in order)
    moved = ExposureTilt(tilt.target, tilt.tracking_error, tilt.tilt, benchmark, assets)
    found = ours(moved, Scores(assets, scores.values[:, order]), covariance[:, order][:, :, order])
    np.testing.assert_allclose(found, together[:, order], atol=1e-6)


@some
@given(settings_of(), st.sampled_from([1e-4, 1e4]))
def test_the_scale_of_risk_changes_nothing_without_a_budget(case: tuple[ExposureTilt, Scores, Array], factor: float) -> None:
    tilt, scores, covariance = case
    free = ExposureTilt(tilt.target, 0.0, tilt.tilt, tilt.benchmark, tilt.universe)
    first, second = (ours(free, scores, scale * covariance) for scale in (1.0, factor))
    np.testing.assert_allclose(first, second, atol=1e-7)


# Worked by hand.


def test_two_assets_by_hand() -> None:
    # Betas 1.2 and .7: x more of the first and x less of the second gives .5 x: .1 takes x = .2, whatever the covariance.
    tilt = ExposureTilt(0.1, benchmark=(0.6, 0.4), universe=universe(2))
    found = ours(tilt, scores_of([1.2, 0.7]), np.array([[[0.04, 0.01], [0.01, 0.09]]]))
    np.testing.assert_allclose(found, [[0.8, 0.2]], atol=1e-12)
    # .3 would take x = .6, and only .4 can be sold: as far as possible, .2.
    far = ExposureTilt(0.3, benchmark=(0.6, 0.4), universe=universe(2))
    found = ours(far, scores_of([1.2, 0.7]), np.array([[[0.04, 0.01], [0.01, 0.09]]]))
    np.testing.assert_allclose(found, [[1.0, 0.0]], atol=1e-12)
    # A budget of 1.1 %: variance of the difference .04 + .09 - .02 = .11: x = .011 / sqrt(.11) = .0331662.
    kept = ExposureTilt(0.1, 0.011, benchmark=(0.6, 0.4), universe=universe(2))
    found = ours(kept, scores_of([1.2, 0.7]), np.array([[[0.04, 0.01], [0.01, 0.09]]]))
    np.testing.assert_allclose(found, [[0.6331662, 0.3668338]], atol=5e-8)


def test_three_assets_by_hand() -> None:
    # Variances .04, .02, .04, uncorrelated, betas 1, 0, -1: by symmetry the second stays; a = (x, 0, -x), 2 x = .2, x = .1.
    three = {"universe": universe(3)}
    covariance = np.diag([0.04, 0.02, 0.04])[None]
    found = ours(ExposureTilt(0.2, benchmark=(0.4, 0.3, 0.3), **three), scores_of([1.0, 0.0, -1.0]), covariance)
    np.testing.assert_allclose(found, [[0.5, 0.3, 0.2]], atol=1e-12)
    # Only .05 of the third to sell: a = (x, .05 - x, -.05) with exposure x + .05 = .2: x = .15, the second pays .10.
    found = ours(ExposureTilt(0.2, benchmark=(0.4, 0.55, 0.05), **three), scores_of([1.0, 0.0, -1.0]), covariance)
    np.testing.assert_allclose(found, [[0.55, 0.45, 0.0]], atol=1e-12)
    # The other way round: .1 of exposure down.
    found = ours(ExposureTilt(-0.1, benchmark=(0.4, 0.3, 0.3), **three), scores_of([1.0, 0.0, -1.0]), covariance)
    np.testing.assert_allclose(found, [[0.35, 0.3, 0.35]], atol=1e-12)


def test_among_assets_of_the_same_exposure_the_farthest_corner_takes_the_least_risk() -> None:
    # All money of the first (beta 0) goes to the two with beta 1, of variance .01 and .03: three to one. .4 in .3 and .1.
    tilt = ExposureTilt(9.0, benchmark=(0.4, 0.3, 0.3), universe=universe(3))
    found = ours(tilt, scores_of([0.0, 1.0, 1.0]), np.diag([0.04, 0.01, 0.03])[None])
    np.testing.assert_allclose(found, [[0.0, 0.6, 0.4]], atol=1e-9)


# A solver.


def solved(beta: Array, covariance: Array, target: float, bounds: Bounds) -> tuple[float, Array]:
    """The exposure that can be had, and the weights of least risk that have it."""
    root, active = np.linalg.cholesky(covariance).T, cp.Variable(len(beta))
    limits = [cp.sum(active) == 0, active >= bounds.low, active <= bounds.high]
    risk = [cp.norm(root @ active) <= bounds.most] if np.isfinite(bounds.most) else []
    top = cp.Problem(cp.Maximize(np.sign(target) * beta @ active), limits + risk).solve(solver="CLARABEL")
    want = np.sign(target) * min(abs(target), top * (1.0 - 1e-9))
    cp.Problem(cp.Minimize(cp.sum_squares(10.0 * root @ active)), [*limits, beta @ active == want]).solve(solver="CLARABEL")
    return float(top), np.asarray(active.value)


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
def test_against_cvxpy() -> None:
    rng = np.random.default_rng(5)
    for k in range(60):
        n = int(rng.integers(2, 9))
        covariance, beta = covariances(k, 1, n)[0], np.round(rng.normal(1.0, 0.5, n), int(rng.choice([1, 6])))
        benchmark, most = rng.dirichlet(np.ones(n)), float(rng.choice([np.inf, 0.02, 0.005]))
        benchmark[0] *= float(rng.choice([0.0, 1.0]))
        high, target = float(rng.choice([1.0, 0.1])), float(rng.choice([0.02, 0.1, 0.5, -0.2]))
        bounds = Bounds(np.maximum(-benchmark, -high), np.full(n, high), most)
        found = least_risk(beta[None], covariance[None], target, bounds)[0]
        top, wanted = solved(beta, covariance, target, bounds)
        reached = np.sign(target) * beta @ found
        assert reached == pytest.approx(min(abs(target), top), abs=1e-6)
        assert np.sqrt(found @ covariance @ found) <= np.sqrt(wanted @ covariance @ wanted) + 1e-6
        if abs(target) < 0.99 * top:  # else all of the way is used, and the solver's own tolerance moves its weights
            np.testing.assert_allclose(found, wanted, atol=2e-5)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_optimum_meets_the_conditions_of_karush_kuhn_and_tucker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 12))
    quadratic = covariances(seed, 1, n)[0]
    deviation = np.sqrt(np.diag(quadratic))
    quadratic /= deviation[:, None] * deviation
    rows = rng.standard_normal((2, n))
    inside = rng.uniform(-1.0, 1.0, n)
    problem = Box(quadratic, rows, rows @ inside, inside - rng.uniform(0.0, 0.5, n), inside + rng.uniform(0.0, 0.5, n))
    found = optimum(problem)
    assert found is not None
    x, free = found.point, found.side == 0
    assert ((x >= problem.low) & (x <= problem.high)).all()
    np.testing.assert_allclose(rows @ x, problem.ends, atol=1e-9)
    slope = quadratic @ x
    prices = np.linalg.lstsq(rows[:, free].T, slope[free], rcond=None)[0]
    left = slope - rows.T @ prices
    assert np.abs(left[free]).max(initial=0.0) < 1e-8
    if free.sum() >= 2:  # else prices are not determined
        assert (left[found.side < 0] >= -1e-8).all()
        assert (left[found.side > 0] <= 1e-8).all()


def test_where_no_point_satisfies_all_bounds_there_is_no_optimum() -> None:
    assert optimum(Box(np.eye(2), np.ones((1, 2)), np.array([3.0]), np.zeros(2), np.ones(2))) is None


def test_a_wrong_optimum_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "optimum", lambda _: None)
    tilt = ExposureTilt(0.2, benchmark=(0.4, 0.55, 0.05), universe=universe(3))
    found = ours(tilt, scores_of([1.0, 0.0, -1.0]), np.diag([0.04, 0.02, 0.04])[None])
    assert np.isnan(found).all()


# What cannot be worked out.


@pytest.mark.parametrize("what", ["unknown", "riskless", "twins", "negative"])
def test_without_a_usable_covariance_it_says_nothing(what: str) -> None:
    tilt = ExposureTilt(0.1, benchmark=(0.5, 0.3, 0.2), universe=universe(3))
    good, ones = np.diag([0.04, 0.01, 0.09]), np.full((3, 3), 0.04)
    bad = {"unknown": np.full((3, 3), NAN), "riskless": np.diag([0.04, 0.0, 0.09]), "twins": ones, "negative": -good}[what]
    scores = scores_of([1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [NAN, NAN, NAN])
    found = ours(tilt, scores, np.stack([bad, good, bad]))
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()
    np.testing.assert_allclose(found[2], tilt.benchmark, atol=1e-15)
    assert tilt.sentence(today(tilt, [1.0, 0.0, -1.0], bad), 0).startswith("unknown: the covariances")


@pytest.mark.parametrize("betas", [[0.3, 0.3, 0.3], [NAN, NAN, 0.3], [0.0, 0.0, 0.0], [float("inf"), 0.1, NAN]])
def test_without_a_spread_of_exposures_the_benchmark_is_held(betas: list[float]) -> None:
    tilt = ExposureTilt(0.1, benchmark=(0.5, 0.3, 0.2), universe=universe(3))
    found = ours(tilt, scores_of(betas), np.diag([0.04, 0.01, 0.09])[None])
    np.testing.assert_allclose(found, [[0.5, 0.3, 0.2]], atol=1e-15)


def test_a_covariance_of_what_has_no_exposure_is_not_needed() -> None:
    covariance = np.diag([0.04, 0.01, NAN])
    covariance[2] = covariance[:, 2] = NAN
    tilt = ExposureTilt(0.1, benchmark=(0.5, 0.3, 0.2), universe=universe(3))
    found = ours(tilt, scores_of([1.0, 0.5, NAN]), covariance[None])
    np.testing.assert_allclose(found, [[0.7, 0.1, 0.2]], atol=1e-12)


def test_no_dates() -> None:
    tilt = ExposureTilt(0.1, benchmark=(0.5, 0.3, 0.2), universe=universe(3))
    assert ours(tilt, Scores(universe(3), np.empty((0, 3)))).shape == (0, 3)


# Words.


def test_words_and_sentences() -> None:
    covariance = np.diag([0.04, 0.02, 0.04])
    tilt = ExposureTilt(0.2, benchmark=(0.4, 0.3, 0.3), universe=universe(3))
    assert tilt.reads_covariance
    assert tilt.words == (
        "the benchmark, tilted to an active exposure of +0.2 in the scores with the least tracking error, long only"
    )
    now = today(tilt, [1.0, 0.0, -1.0], covariance)
    # .1 x sqrt(.04 + .04) = 2.8 %.
    assert tilt.sentence(now, 0) == (
        "50.0 %: 40.0 % in the benchmark, +10.0 % at an exposure of +1.00; "
        "active exposure +0.2 with the least tracking error, 2.8 % a year"
    )
    assert tilt.sentence(now, 1).startswith("30.0 %, as in the benchmark at an exposure of +0.00")
    assert tilt.sentence(today(tilt, [1.0, NAN, -1.0], covariance), 1).endswith("its exposure is unknown")
    far = ExposureTilt(2.0, benchmark=(0.4, 0.3, 0.3), universe=universe(3))
    said = far.sentence(today(far, [1.0, 0.0, -1.0], covariance), 0)
    # All in the first: .6 x 1 + .3 x 1 = .9; risk sqrt(.36 x .04 + .09 x .02 + .09 x .04) = 14.1 %.
    assert said.endswith(
        "active exposure +0.9 of the +2 wanted: the most that long-only weights allow, tracking error 14.1 % a year"
    )
    kept = ExposureTilt(0.2, 0.01, 0.5, (0.4, 0.3, 0.3), universe(3))
    said = kept.sentence(today(kept, [1.0, 0.0, -1.0], covariance), 0)
    # 2.8284 % a year for .2: 1 % buys .0707.
    assert said.endswith("active exposure +0.0707 of the +0.2 wanted: the most at a tracking error of 1.0 % a year")
    assert kept.words.endswith("long only, each by up to 50 %, within a tracking error of 1 % a year")


# At the door.


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(ParameterError, match="target is nan"):
        ExposureTilt(NAN)
    with pytest.raises(ParameterError, match=r"did you mean 0\.02"):
        ExposureTilt(0.1, 2.0)
    with pytest.raises(ParameterError, match="1 weights for 2 assets"):
        ExposureTilt(benchmark=(1.0,), universe=universe(2))
    with pytest.raises(InvariantError, match="benchmark"):
        ours(ExposureTilt(benchmark=(0.6, 0.4)), scores_of([1.0, 1.0, 1.0]))


# Planted faults.


def test_planted_faults_are_caught() -> None:
    """A clipped closed form has not the exposure, a scaled one not the most of it: the oracle sees both."""
    covariance, beta = np.diag([0.04, 0.02, 0.04])[None], np.array([[1.0, 0.0, -1.0]])
    bounds = Bounds(np.array([-0.4, -0.55, -0.05]), np.ones(3))
    wanted = solved(beta[0], covariance[0], 0.2, bounds)[1]
    right = least_risk(beta, covariance, 0.2, bounds)[0]
    np.testing.assert_allclose(right, wanted, atol=2e-5)
    free = least_risk(beta, covariance, 0.2, Bounds(np.full(3, -9.0), np.full(3, 9.0)))[0]
    for fault in (np.maximum(free, bounds.low), free * bounds.low[2] / free[2]):
        assert np.abs(fault - wanted).max() > 0.01
