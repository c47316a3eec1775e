"""Tilts by score: laws, hand-worked cases, a solver as oracle, edge cases, planted faults."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import aims_of, nothing_known, portfolios, scores_of, universe
from trimtab.construction.active import risk, room
from trimtab.construction.factor_tilt import FactorTilt, Sized
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.roles import Allocator
from trimtab.core.values import Asset, Forecast, Scores, Today

some = settings(max_examples=40, deadline=None)
NAN = float("nan")
SCORE = st.one_of(st.just(NAN), st.sampled_from([-1.0, 0.0, 1.0, 3.0]), st.floats(-3.0, 3.0))


def covariances(seed: int, days: int, count: int) -> Array:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((days, count + 5, count)) * np.exp(rng.normal(-2.0, 0.4, count))
    return np.ascontiguousarray(np.swapaxes(rows, 1, 2) @ rows) / (count + 5)


def ours(tilt: Allocator, scores: Scores, covariance: Array | None = None) -> Array:
    regime, forecast = nothing_known(scores)
    return tilt(scores, regime, forecast if covariance is None else Forecast(forecast.mean, covariance))


def today(tilt: Allocator, scores: list[float], covariance: Array | None = None) -> Today:
    """One date of aims, for a sentence."""
    one = scores_of(scores)
    regime, forecast = nothing_known(one)
    forecast = forecast if covariance is None else Forecast(forecast.mean, covariance[None])
    whole = aims_of(ours(tilt, one, None if covariance is None else covariance[None]))
    return replace(whole, scores=one, regime=regime, forecast=forecast).row(0)


@st.composite
def settings_of(draw) -> tuple[FactorTilt, Scores, Array]:
    count = draw(st.integers(1, 6))
    benchmark = tuple(draw(portfolios(count)))
    rows = draw(st.lists(st.lists(SCORE, min_size=count, max_size=count), min_size=1, max_size=4))
    strength, sized = draw(st.sampled_from([0.2, 1.0, 5.0])), draw(st.sampled_from(Sized))
    budget = draw(st.sampled_from([0.0, 0.01]))
    tilt = FactorTilt(draw(st.floats(0.0, 0.5)), strength, sized, budget, benchmark, universe(count))
    return tilt, scores_of(*rows), covariances(draw(st.integers(0, 99)), len(rows), count)


# Laws.


@some
@given(settings_of())
def test_bounds_sums_and_the_budget_are_kept(case: tuple[FactorTilt, Scores, Array]) -> None:
    tilt, scores, covariance = case
    weights, benchmark = ours(tilt, scores, covariance), np.array(tilt.benchmark)
    active = weights - benchmark
    assert np.isfinite(weights).all()
    assert (np.abs(active.sum(-1)) < 1e-12).all()
    assert (weights >= -1e-12).all()
    assert (np.abs(active) <= tilt.tilt + 1e-12).all()
    assert (active[np.isnan(scores.values)] == 0.0).all()
    if tilt.tracking_error:
        taken = np.sqrt(np.maximum(np.einsum("di,dij,dj->d", active, covariance, active), 0.0))
        assert (taken <= tilt.tracking_error * (1.0 + 1e-9)).all()


@some
@given(settings_of(), st.randoms(use_true_random=False))
def test_a_date_alone_and_permuted_assets(case: tuple[FactorTilt, Scores, Array], random) -> None:
    tilt, scores, covariance = case
    together = ours(tilt, scores, covariance)
    tiled = Scores(scores.assets, np.asfortranarray(np.tile(scores.values, (20, 1))))
    assert ours(tilt, tiled, np.tile(covariance, (20, 1, 1))).tobytes() == np.tile(together, (20, 1)).tobytes()
    for d in range(len(together)):
        one = Scores(scores.assets, scores.values[d : d + 1])
        assert ours(tilt, one, covariance[d : d + 1])[0].tobytes() == together[d].tobytes()
    order = random.sample(range(len(tilt.benchmark)), len(tilt.benchmark))
    assets = tuple(tilt.universe[i] for i in order)
    moved = FactorTilt(
        tilt.tilt, tilt.strength, tilt.sized, tilt.tracking_error, tuple(tilt.benchmark[i] for i in order), assets
    )
    found = ours(moved, Scores(assets, scores.values[:, order]), covariance[:, order][:, :, order])
    np.testing.assert_allclose(found, together[:, order], atol=1e-10)


@some
@given(settings_of(), st.floats(-5.0, 5.0))
def test_only_differences_of_scores_count(case: tuple[FactorTilt, Scores, Array], level: float) -> None:
    tilt, scores, covariance = case
    moved = Scores(scores.assets, scores.values + level)
    np.testing.assert_allclose(ours(tilt, moved, covariance), ours(tilt, scores, covariance), atol=1e-6)


# Worked by hand.

HALVES = {"benchmark": (0.5, 0.3, 0.2), "universe": universe(3)}

BY_HAND = [
    # Mean .5 x 1 + .3 x 0 + .2 x (-1) = .3; active .5 x .7, .3 x (-.3), .2 x (-1.3), a tenth of it.
    (FactorTilt(0.5, 0.1, **HALVES), [1.0, 0.0, -1.0], [0.535, 0.291, 0.174]),
    # Without the second the mean is (.5 - .2) / .7 = 3/7: .1 x .5 x 4/7 = .2/7 to the first, from the third.
    (FactorTilt(0.5, 0.1, **HALVES), [1.0, NAN, -1.0], [0.5 + 0.2 / 7, 0.3, 0.2 - 0.2 / 7]),
    # The same size for all, a third: mean 0, active a thirtieth each way.
    (FactorTilt(0.5, 0.1, Sized.EQUAL, **HALVES), [1.0, 0.0, -1.0], [0.5 + 1 / 30, 0.3, 0.2 - 1 / 30]),
    # Full strength wants .35, -.09, -.26: the third has .20 to sell, and the .06 left over is 3 points off each other.
    (FactorTilt(1.0, 1.0, **HALVES), [1.0, 0.0, -1.0], [0.82, 0.18, 0.0]),
    # No more than .10 each: first .10; the others share -.10. They want -.09 and -.26, apart by .17: the third at its
    # bound -.10, nothing left for the second.
    (FactorTilt(0.1, 1.0, **HALVES), [1.0, 0.0, -1.0], [0.6, 0.3, 0.1]),
    (FactorTilt(0.5, 1.0, **HALVES), [2.0, 2.0, 2.0], [0.5, 0.3, 0.2]),  # all the same
    (FactorTilt(0.5, 1.0, **HALVES), [NAN, NAN, 2.0], [0.5, 0.3, 0.2]),  # one alone has nobody to trade with
    (FactorTilt(0.5, 1.0, **HALVES), [NAN, NAN, NAN], [0.5, 0.3, 0.2]),
    (FactorTilt(0.5, 1.0, **HALVES), [float("inf"), 1.0, NAN], [0.5, 0.3, 0.2]),  # infinite is no score
    (FactorTilt(0.0, 1.0, **HALVES), [1.0, 0.0, -1.0], [0.5, 0.3, 0.2]),
    (FactorTilt(0.5, 1.0, benchmark=(1.0, 0.0), universe=universe(2)), [0.0, 1.0], [1.0, 0.0]),  # not held: nothing
    # The same size for all, one half: mean .5, active .25 into what the benchmark does not hold.
    (FactorTilt(0.5, 1.0, Sized.EQUAL, benchmark=(1.0, 0.0), universe=universe(2)), [0.0, 1.0], [0.75, 0.25]),
]


@pytest.mark.parametrize(("tilt", "scores", "weights"), BY_HAND)
def test_by_hand(tilt: FactorTilt, scores: list[float], weights: list[float]) -> None:
    np.testing.assert_allclose(ours(tilt, scores_of(scores)), [weights], atol=1e-14)


def test_a_budget_by_hand() -> None:
    # Halves, score 1 against 0: active +-.25, volatility 20 % each, uncorrelated: .25 x sqrt(.08) = 7.07 % a year. A budget
    # of 1 % leaves 1 / 7.0711 of it: .01 / sqrt(.08) = .035355. One of 10 % leaves all.
    two = {"benchmark": (0.5, 0.5), "universe": universe(2)}
    covariance = np.diag([0.04, 0.04])[None]
    found = ours(FactorTilt(1.0, 1.0, tracking_error=0.01, **two), scores_of([1.0, 0.0]), covariance)
    np.testing.assert_allclose(found, [[0.535355, 0.464645]], atol=5e-7)
    found = ours(FactorTilt(1.0, 1.0, tracking_error=0.1, **two), scores_of([1.0, 0.0]), covariance)
    np.testing.assert_allclose(found, [[0.75, 0.25]], atol=1e-15)


# A solver.


@settings(max_examples=15, deadline=None)
@given(settings_of())
def test_against_cvxpy(case: tuple[FactorTilt, Scores, Array]) -> None:
    tilt, scores, _ = case
    plain = FactorTilt(tilt.tilt, tilt.strength, tilt.sized, 0.0, tilt.benchmark, tilt.universe)
    benchmark, row = np.array(tilt.benchmark), scores.values[0]
    size = benchmark if tilt.sized is Sized.BENCHMARK else np.full(len(row), benchmark.sum() / len(row))
    known = np.isfinite(row) & (size > 0.0)
    if not known.any():
        return
    mean = np.average(row[known], weights=size[known])
    wanted = np.where(known, tilt.strength * size * (np.where(known, row, 0.0) - mean), 0.0)
    active = cp.Variable(len(row))
    bounds = [cp.sum(active) == 0, active >= np.maximum(-benchmark, -tilt.tilt), active <= tilt.tilt]
    still = [active[i] == 0 for i in np.flatnonzero(~known)]
    cp.Problem(cp.Minimize(cp.sum_squares(active - wanted)), bounds + still).solve(
        solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11
    )
    np.testing.assert_allclose(ours(plain, scores)[0], benchmark + active.value, atol=2e-5)


# What cannot be worked out.


@pytest.mark.parametrize("what", ["unknown", "riskless", "negative"])
def test_a_budget_without_a_usable_covariance_says_nothing(what: str) -> None:
    tilt = FactorTilt(0.5, 1.0, tracking_error=0.01, **HALVES)
    bad = {"unknown": np.full((3, 3), NAN), "riskless": np.zeros((3, 3)), "negative": -np.eye(3)}[what]
    good = np.diag([0.04, 0.01, 0.09])
    found = ours(tilt, scores_of([1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 1.0, NAN]), np.stack([bad, good, bad]))
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()
    np.testing.assert_allclose(found[2], HALVES["benchmark"], atol=1e-15)  # nothing is tilted: no covariance is needed
    assert tilt.sentence(today(tilt, [1.0, 0.0, -1.0], bad), 0).startswith("unknown: the tracking error")


def test_a_covariance_of_what_is_not_tilted_is_not_needed() -> None:
    covariance = np.diag([0.04, 0.01, NAN])
    covariance[2] = covariance[:, 2] = NAN
    found = ours(FactorTilt(0.5, 1.0, tracking_error=0.01, **HALVES), scores_of([1.0, 0.0, NAN]), covariance[None])
    assert np.isfinite(found).all()
    assert found[0, 2] == 0.2


def test_short_benchmarks_are_not_made_shorter() -> None:
    low, high = room(np.array([-0.1, 0.05, 0.5]), 0.2)
    assert low.tolist() == [0.0, -0.05, -0.2]
    assert high.tolist() == [0.2] * 3


def test_risk_of_nothing_is_nothing() -> None:
    assert risk(np.zeros((2, 3)), np.full((2, 3, 3), NAN)).tolist() == [0.0, 0.0]


def test_rounding_of_equal_scores_and_weights_of_nothing_are_no_tilt() -> None:
    covariance = np.diag([0.04, 0.01, 0.09])[None]
    nearly = FactorTilt(0.5, 1.0, tracking_error=0.01, **HALVES)
    assert ours(nearly, scores_of([0.1, 0.1 + 1e-16, 0.1]), covariance).tolist() == [[0.5, 0.3, 0.2]]
    dust = FactorTilt(0.5, 1.0, Sized.EQUAL, 0.01, (1.0, 1e-298, 0.0), universe(3))
    assert ours(dust, scores_of([NAN, 0.0, -1.0]), covariance).tolist() == [[1.0, 1e-298, 0.0]]


def test_no_dates() -> None:
    assert ours(FactorTilt(tracking_error=0.01, **HALVES), Scores(universe(3), np.empty((0, 3)))).shape == (0, 3)


# Words.


def test_words_and_sentences() -> None:
    tilt = FactorTilt(0.5, 0.1, **HALVES)
    assert not tilt.reads_covariance
    assert tilt.words == (
        "the benchmark, each asset tilted by 0.1 x its benchmark weight for a score of 1 above the mean, "
        "by up to 50 %, long only"
    )
    said = tilt.sentence(today(tilt, [1.0, NAN, -1.0]), 0)
    assert said == "52.9 %: 50.0 % in the benchmark, +2.9 % for a score of +1.00 against a mean of +0.43"
    assert tilt.sentence(today(tilt, [1.0, NAN, -1.0]), 1) == "30.0 %, as in the benchmark: it has no score"
    kept = FactorTilt(1.0, 1.0, Sized.EQUAL, 0.01, (0.5, 0.5), universe(2))
    assert kept.reads_covariance
    assert kept.words.endswith(
        "1 x the average benchmark weight for a score of 1 above the mean, by up to 100 %, "
        "long only, within a tracking error of 1 % a year"
    )
    assert kept.sentence(today(kept, [1.0, 0.0], np.diag([0.04, 0.04])), 1) == (
        "46.5 %: 50.0 % in the benchmark, -3.5 % for a score of +0.00 against a mean of +0.50; "
        "tracking error 1.0 % a year, at most 1 %"
    )


# At the door.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: FactorTilt(tilt=10), "tilt", r"did you mean 0\.10\?"),
        (lambda: FactorTilt(strength=0.0), "strength", "not above 0"),
        (lambda: FactorTilt(tracking_error=2.0), "tracking_error", r"did you mean 0\.02\?"),
        (lambda: FactorTilt(benchmark=(1.0,), universe=(Asset("a"), Asset("b"))), "benchmark", "1 weights for 2 assets"),
    ],
)
def test_wrong_parameters_are_refused(make, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_a_benchmark_of_other_assets_stops() -> None:
    with pytest.raises(InvariantError, match="benchmark"):
        ours(FactorTilt(benchmark=(0.6, 0.4)), scores_of([1.0, 1.0, 1.0]))


def test_it_is_built_from_a_policy_file() -> None:
    from pydantic import TypeAdapter

    made = TypeAdapter(FactorTilt).validate_python({"tilt": 0.05, "sized": "equal", "tracking_error": 0.02})
    assert made == FactorTilt(0.05, sized=Sized.EQUAL, tracking_error=0.02)
