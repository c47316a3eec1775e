"""Views as bounded tilts: He and Litterman's table, the invariances of METHODS 5.4, laws, awkward forecasts, faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import aims_of, universe
from tests.desk import worlds
from tests.forecasts.he_litterman import COUNTRIES, GAIN, SIGMA, VIEW, WEIGHTS
from trimtab.construction.forecast_overlay import ForecastOverlay
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.opinions import Opinion
from trimtab.core.values import Aims, Asset, Forecast, Regime, Scores
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims

NAN = float("nan")
WORLD = tuple(Asset(name, asset_class="europe" if name in ("FRA", "GER", "UK") else "other") for name in COUNTRIES)
DELTA, TAU = 2.5, 0.05
P = np.array([VIEW.get(name, 0.0) for name in COUNTRIES])


def posterior(sigma: Array, weights: Array, views: Array, gains: Array, tau: float = TAU) -> Forecast:
    """Black-Litterman as METHODS 5.4 prints it, with Omega in proportion; one date."""
    prior = DELTA * sigma @ weights
    if not len(views):
        return Forecast(prior[None], (1.0 + tau) * sigma[None])
    spread = tau * sigma @ views.T
    gain = spread @ np.linalg.inv(views @ spread + np.diag(np.diag(views @ spread)))
    mean = prior + gain @ (gains - views @ prior)
    return Forecast(mean[None], (sigma + tau * sigma - gain @ spread.T)[None])


def ours(overlay: ForecastOverlay, forecast: Forecast) -> Array:
    rows = len(forecast.mean)
    unknown = Scores(universe(forecast.mean.shape[-1]), np.full(forecast.mean.shape, NAN))
    return overlay(unknown, Regime((), np.empty((rows, 0))), forecast)


def overlay(weights: Array = WEIGHTS, **changes: Any) -> ForecastOverlay:
    assets = WORLD if len(weights) == len(WORLD) else universe(len(weights))
    return ForecastOverlay(**{"benchmark": tuple(weights), "universe": assets, **changes})


def market(seed: int, count: int) -> tuple[Array, Array]:
    """A covariance and benchmark weights."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(count, count + 2)) * 0.08
    return factors @ factors.T + 0.001 * np.eye(count), rng.dirichlet(np.ones(count))


# The published table.


def test_he_and_litterman() -> None:
    # Their w* in percent of table 4, and Lambda .317 per year on the view's portfolio. They print FRA -4.0: P was rounded.
    forecast = posterior(SIGMA, WEIGHTS, P[None], np.array([GAIN]))
    published = np.array([1.5, 2.1, -3.9, 35.4, 11.0, -9.5, 58.6])
    free = ours(overlay(tilt=1.0), forecast)[0]
    np.testing.assert_allclose(100.0 * free / (1.0 + TAU), published, atol=0.051)
    np.testing.assert_allclose((free - WEIGHTS)[3], 0.317, atol=0.0006)
    np.testing.assert_allclose(free - WEIGHTS, 0.317 * P, atol=0.0006)


def test_he_and_litterman_within_bounds() -> None:
    # P'L pulls FRA by -9.3 %, GER by +31.7 % and UK by -22.4 %. Within 10 %: -9.3, +10 and -10, in sum -9.3, which the four
    # countries that no view mentions get in proportion to 1.6, 2.2, 11.6 and 61.5.
    forecast = posterior(SIGMA, WEIGHTS, P[None], np.array([GAIN]))
    found = ours(overlay(), forecast)[0]
    france = -0.295 * 0.317
    expected = WEIGHTS + np.array([0, 0, france, 0.10, 0, -0.10, 0])
    others = np.array([0, 1, 4, 6])
    expected[others] -= france * WEIGHTS[others] / WEIGHTS[others].sum()
    np.testing.assert_allclose(found, expected, atol=2e-4)
    # Half as strong, nothing but GER is cut; cash pays where it is named, and there is none.
    half = ours(overlay(strength=0.5, funding=("cash",)), forecast)[0]
    np.testing.assert_allclose(half - WEIGHTS, np.clip(0.5 * 0.317 * P, -0.10, 0.10), atol=5e-4)


# Laws.

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)


@few
@given(seeds, st.integers(1, 8), st.sampled_from([0.0, 0.05, 1.0]))
def test_no_views_are_the_benchmark_itself(seed: int, count: int, tau: float) -> None:
    sigma, weights = market(seed, count)
    forecast = posterior(sigma, weights, np.empty((0, count)), np.empty(0), tau)
    assert ours(overlay(weights, tau=tau), forecast)[0].tolist() == weights.tolist()


def test_no_views_on_assets_that_can_hardly_be_told_apart() -> None:
    # Correlation 1 - 1e-9: solving multiplies rounding by 1e9, which would look like views.
    for seed in range(20):
        rng = np.random.default_rng(seed)
        weights = rng.dirichlet(np.ones(3))
        alike = np.full((3, 3), 1.0 - 1e-9) + 1e-9 * np.eye(3)
        sigma = alike * np.outer(*[rng.uniform(0.05, 0.3, 3)] * 2)
        assert ours(overlay(weights), posterior(sigma, weights, np.empty((0, 3)), np.empty(0)))[0].tolist() == weights.tolist()


@few
@given(seeds, st.integers(3, 8), st.sampled_from([0.025, 0.05, 1.0]))
def test_an_asset_that_no_view_mentions_is_not_tilted(seed: int, count: int, tau: float) -> None:
    sigma, weights = market(seed, count)
    views = np.zeros((1, count))
    views[0, :2] = 1.0, -1.0
    forecast = posterior(sigma, weights, views, np.array([0.04]), tau)
    one = overlay(weights, tau=tau)
    wanted = one.wanted(forecast)[0]
    assert (wanted[2:] == 0.0).all()
    np.testing.assert_allclose(wanted[0], -wanted[1], rtol=1e-9)  # P'L: against each other, and nothing to be paid for
    if abs(wanted[0]) > 1e-6:
        np.testing.assert_allclose(ours(one, forecast)[0, 2:], weights[2:], atol=1e-15)


@few
@given(seeds, st.integers(2, 6))
def test_tilts_stay_within_bounds_and_add_up_to_nothing(seed: int, count: int) -> None:
    sigma, weights = market(seed, count)
    rng = np.random.default_rng(seed)
    forecast = posterior(sigma, weights, rng.normal(size=(2, count)), rng.normal(0.0, 0.1, 2))
    one = overlay(weights, tilt=0.07)
    np.testing.assert_allclose(ours(one, forecast).sum(), weights.sum(), atol=1e-12)
    by_cash = ours(replace(one, funding=("cash",)), forecast)[0] - weights
    assert (np.abs(by_cash) <= 0.07 + 1e-12).all()


@few
@given(seeds, st.integers(2, 24))
def test_a_date_alone_has_the_bits_it_has_among_many(seed: int, count: int) -> None:
    sigma, weights = market(seed, count)
    one = overlay(weights, tilt=1.0, strength=1e-3)  # nothing is cut, so that every bit counts
    rng = np.random.default_rng(seed)
    means = rng.normal(0.05, 0.05, (6, count))
    covariances = np.stack([sigma * (1.0 + 0.1 * k) for k in range(6)])
    means[2, 0] = NAN
    covariances[4, 1, 1] = NAN
    together = ours(one, Forecast(means, covariances))
    odd = Forecast(np.asfortranarray(means), np.asfortranarray(covariances))
    assert ours(one, odd).tobytes() == together.tobytes()
    for d in range(6):
        assert ours(one, Forecast(means[d : d + 1], covariances[d : d + 1]))[0].tobytes() == together[d].tobytes()


@few
@given(seeds, st.integers(2, 6), st.randoms(use_true_random=False))
def test_permuting_assets_permutes_the_answer(seed: int, count: int, random: Any) -> None:
    sigma, weights = market(seed, count)
    mean = np.random.default_rng(seed).normal(0.05, 0.05, count)
    order = random.sample(range(count), count)
    moved = ours(overlay(weights[order]), Forecast(mean[order][None], sigma[np.ix_(order, order)][None]))
    np.testing.assert_allclose(moved[0], ours(overlay(weights), Forecast(mean[None], sigma[None]))[0][order], atol=1e-9)


# Through the desk.


def test_a_view_moves_what_it_mentions_from_when_it_is_stated() -> None:
    covariance = {"use": "sample", "window": "60D"}
    policy = worlds.policy(
        signals={},
        combine=None,
        rules=[{"use": "long_only"}],
        forecast={"use": "black_litterman", "covariance": covariance, "uncertainty": "proportional"},
        allocator={"use": "trimtab.construction.forecast_overlay:ForecastOverlay", "tilt": 0.05},
    )
    stated = np.datetime64("2001-10-01T12:00:00", "s")
    said = Opinion(stated, np.datetime64("2001-12-31"), "desk", {"A": 1.0, "C": -1.0}, 0.15, 0.5, "for the test")
    world = replace(worlds.market(policy, 3), opinions=(said,))
    view = decision_view(policy, world)
    found = aims(policy, view)
    known = np.isfinite(found.aim).all(axis=1)
    held = np.array([len(row) > 0 for row in view.opinions()])
    assert known[held].all()
    assert (known & ~held).any()
    benchmark = np.array([0.4, 0.2, 0.3])
    assert (found.aim[known & ~held] == benchmark).all()
    moved = found.aim[held] - benchmark
    np.testing.assert_allclose(moved[:, 1], 0.0, atol=1e-12)  # not mentioned
    np.testing.assert_allclose(moved[:, 0], -moved[:, 2], atol=1e-9)
    assert (np.abs(moved) <= 0.05 + 1e-12).all()
    assert (moved[:, 0] > 0.01).all()


# Awkward forecasts.


def test_what_cannot_be_worked_out_has_no_weights() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    good, _ = market(1, 3)
    hole, singular, still = good.copy(), np.ones((3, 3)) * 0.04, good.copy()
    hole[0, 1] = hole[1, 0] = NAN
    still[2], still[:, 2] = 0.0, 0.0
    bad = good.copy()
    bad[0, 1] = bad[1, 0] = 2.0 * np.sqrt(good[0, 0] * good[1, 1])
    nothing = np.full((3, 3), NAN)
    mean = DELTA * good @ weights
    covariances = np.stack([hole, singular, bad, nothing, good])
    found = ours(overlay(weights), Forecast(np.stack([mean] * 4 + [np.full(3, NAN)]), covariances))
    assert np.isnan(found).all()
    # An asset that does not vary, or whose mean is unknown, has no view: the others speak, it pays.
    part = mean.copy()
    part[2] = NAN
    one = replace(overlay(weights), tau=0.0)
    for forecast in (Forecast(mean[None], still[None]), Forecast(part[None], good[None])):
        assert np.isfinite(ours(one, forecast)).all()
        assert one.wanted(forecast)[0, 2] == 0.0


def test_an_empty_batch_is_one() -> None:
    assert ours(overlay(np.array([0.5, 0.5])), Forecast(np.empty((0, 2)), np.empty((0, 2, 2)))).shape == (0, 2)


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: overlay(tilt=10), "tilt", r"did you mean 0\.10\?"),
        (lambda: overlay(risk_aversion=0.0), "risk_aversion", "not above 0"),
        (lambda: overlay(tau=-0.1), "tau", "below 0"),
        (lambda: overlay(funding=("gold",)), "funding", "'gold' is no asset or class"),
        (lambda: overlay(universe=universe(2)), "benchmark", "7 weights for 2 assets"),
    ],
)
def test_wrong_parameters_are_refused(make: Any, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_other_assets_than_those_it_knows_stop() -> None:
    with pytest.raises(InvariantError, match="benchmark"):
        ours(overlay(), Forecast(np.zeros((1, 2)), np.eye(2)[None]))


def today(forecast: Forecast) -> Aims:
    return replace(aims_of(np.zeros((1, forecast.mean.shape[-1]))), forecast=forecast)


def test_words_and_sentences() -> None:
    one = overlay()
    assert one.reads_mean
    assert one.reads_covariance
    assert "at a risk aversion of 2.5, by up to 10 %, paid for by the assets that no view mentions" in one.words
    now = today(posterior(SIGMA, WEIGHTS, P[None], np.array([GAIN]))).row(0)
    assert one.sentence(now, 3) == "views pull it +31.7 % from its benchmark weight, of which 10 % are allowed"
    assert one.sentence(now, 2) == "views pull it -9.3 % from its benchmark weight"
    assert one.sentence(now, 0).startswith("no view pulls it")
    unknown = today(Forecast(np.full((1, 7), NAN), np.full((1, 7, 7), NAN))).row(0)
    assert one.sentence(unknown, 0).startswith("no weights")


def test_leaving_the_factor_in_is_caught() -> None:
    # A fault planted: without tau the benchmark is left by tau / (1 + tau) of itself on every date without views.
    forecast = posterior(SIGMA, WEIGHTS, np.empty((0, 7)), np.empty(0))
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(overlay(tau=0.0).wanted(forecast)[0], 0.0, atol=1e-6)
    np.testing.assert_allclose(overlay(tau=0.0).wanted(forecast)[0], -WEIGHTS * TAU / (1.0 + TAU), atol=1e-12)
