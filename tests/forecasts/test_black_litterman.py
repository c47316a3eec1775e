"""Views on top of equilibrium: the invariances, He and Litterman's table, PyPortfolioOpt, skfolio, and awkward views."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forecasts import he_litterman
from tests.forecasts.fixed import ask, fixed
from tests.forecasts.roster_means import opinion
from tests.signals.array_view import ArrayView, panel
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.opinions import Opinion
from trimtab.core.values import Forecast
from trimtab.forecasts.black_litterman import BlackLitterman, Uncertainty
from trimtab.forecasts.equilibrium import Equilibrium

ALWAYS = "2000-01-01/2030-12-31"
CONFIDENCE = Uncertainty.CONFIDENCE
WHOLE: dict[str, Any] = {"delta": 2.5, "tau": 0.05, "uncertainty": Uncertainty.PROPORTIONAL}
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15, deadline=None)
VIEW1 = opinion(ALWAYS, he_litterman.GAIN, **he_litterman.VIEW)


def seen(count: int, *said: Opinion, ids: tuple[str, ...] = ()) -> ArrayView:
    """Two month-ends on which `count` assets are looked at and `said` is held."""
    return dataclasses.replace(panel(np.ones((2, count))), said=said, ids=ids)


def posterior(matrix: Any, weights: Any, *said: Opinion, ids: tuple[str, ...] = (), **changes: Any) -> Forecast:
    """Mean and covariance of the last date."""
    model = BlackLitterman(fixed(matrix), benchmark=tuple(weights), **{**WHOLE, **changes})
    forecast = ask(model, seen(len(weights), *said, ids=ids))
    return Forecast(forecast.mean[-1], forecast.covariance[-1])


def optimum(found: Forecast, delta: float = 2.5) -> Array:
    """(delta Sigma)^-1 mu."""
    return np.linalg.solve(delta * found.covariance, found.mean)


def world(seed: int) -> tuple[Array, Array, tuple[Opinion, ...]]:
    """A covariance of five assets, benchmark weights, and up to four views, of which one may be certain."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(0.0, 0.1, (9, 5))
    said = []
    for k in range(int(rng.integers(1, 5))):
        row = rng.choice([-1.0, 0.0, 0.0, 0.5, 1.0], 5)
        row[k] = 1.0
        assets = {f"A{a}": float(x) for a, x in enumerate(row) if x}
        said.append(opinion(ALWAYS, rng.normal(0.03, 0.05), by=f"author {k}", confidence=rng.uniform(0.05, 1.0), **assets))
    return factor.T @ factor, rng.dirichlet(np.ones(5)), tuple(said)


def matrices(said: tuple[Opinion, ...]) -> tuple[Array, Array, Array]:
    """P, Q and confidences."""
    P = np.array([[one.assets.get(f"A{a}", 0.0) for a in range(5)] for one in said])
    return P, np.array([one.gain for one in said]), np.array([one.confidence for one in said])


# Laws.


@few
@given(seeds)
def test_without_views_the_mean_is_that_of_equilibrium_to_the_bit(seed: int) -> None:
    matrix, weights, _ = world(seed)
    found = posterior(matrix, weights)
    assert (found.mean == ask(Equilibrium(fixed(matrix), benchmark=tuple(weights)), seen(5)).mean[-1]).all()
    assert optimum(found) == pytest.approx(weights / 1.05, abs=1e-9)


@few
@given(seeds, st.floats(0.001, 2.0), st.sampled_from(list(Uncertainty)))
def test_the_mean_does_not_depend_on_tau(seed: int, tau: float, uncertainty: Uncertainty) -> None:
    matrix, weights, said = world(seed)
    one, other = (posterior(matrix, weights, *said, tau=t, uncertainty=uncertainty) for t in (tau, 0.05))
    assert one.mean == pytest.approx(other.mean, abs=1e-10)


@few
@given(seeds, st.sampled_from(list(Uncertainty)))
def test_an_asset_that_no_view_mentions_keeps_its_weight_but_for_tau(seed: int, uncertainty: Uncertainty) -> None:
    matrix, weights, said = world(seed)
    found = optimum(posterior(matrix, weights, *said, uncertainty=uncertainty))
    untouched = ~matrices(said)[0].any(axis=0)
    assert found[untouched] == pytest.approx(weights[untouched] / 1.05, abs=1e-7)


@few
@given(seeds)
def test_the_inverse_form_agrees(seed: int) -> None:
    """The posterior as precisions that add: ((tau Sigma)^-1 + P' Omega^-1 P)^-1, slower and as in the book."""
    matrix, weights, said = world(seed)
    P, Q, _ = matrices(said)
    omega = np.diag(0.05 * np.diag(P @ matrix @ P.T))
    M = np.linalg.inv(np.linalg.inv(0.05 * matrix) + P.T @ np.linalg.inv(omega) @ P)
    mean = M @ (np.linalg.solve(0.05 * matrix, 2.5 * matrix @ weights) + P.T @ np.linalg.solve(omega, Q))
    found = posterior(matrix, weights, *said)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.covariance == pytest.approx(matrix + M, abs=1e-11)
    assert (found.covariance == found.covariance.T).all()


@few
@given(seeds)
def test_a_certain_view_comes_true(seed: int) -> None:
    matrix, weights, said = world(seed)
    sure = [dataclasses.replace(one, confidence=1.0) for one in said]
    P, Q, _ = matrices(said)
    assert P @ posterior(matrix, weights, *sure, uncertainty=CONFIDENCE).mean == pytest.approx(Q, abs=1e-8)


def test_half_sure_is_in_proportion() -> None:
    half = dataclasses.replace(VIEW1, confidence=0.5)
    one, other = (
        posterior(he_litterman.SIGMA, he_litterman.WEIGHTS, half, ids=he_litterman.COUNTRIES, uncertainty=how)
        for how in Uncertainty
    )
    assert one.mean == pytest.approx(other.mean, rel=1e-13)


# By hand.


def test_one_asset_by_hand() -> None:
    # Pi = 2.5 * 0.04 * 0.5 = 5 %. A view of 8 % as uncertain as the prior moves it half-way: 6.5 %. M = 0.05 * 0.04 / 2.
    found = posterior([[0.04]], [0.5], opinion(ALWAYS, 0.08, A0=1.0))
    assert found.mean[0] == pytest.approx(0.065)
    assert found.covariance[0, 0] == pytest.approx(0.04 + 0.001)
    # A quarter sure moves it by a quarter: 0.05 + 0.25 * 0.03.
    quarter = posterior([[0.04]], [0.5], opinion(ALWAYS, 0.08, confidence=0.25, A0=1.0), uncertainty=CONFIDENCE)
    assert quarter.mean[0] == pytest.approx(0.0575)


# Outside.


def test_the_table_of_he_and_litterman() -> None:
    found = posterior(he_litterman.SIGMA, he_litterman.WEIGHTS, VIEW1, ids=he_litterman.COUNTRIES)
    assert (100.0 * found.mean).round(1).tolist() == [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1]
    weights = optimum(found)
    # France is -4.0 in print: there P is not rounded to three digits
    assert (100.0 * weights).round(1).tolist() == [1.5, 2.1, -3.9, 35.4, 11.0, -9.5, 58.6]
    row = np.array([he_litterman.VIEW.get(country, 0.0) for country in he_litterman.COUNTRIES])
    moved = row != 0.0
    tilt = (1.05 * weights - he_litterman.WEIGHTS)[moved] / row[moved]
    assert tilt == pytest.approx([0.317] * 3, abs=5e-4)
    assert row @ he_litterman.SIGMA @ row == pytest.approx(0.0213, abs=5e-5)  # omega over tau


@few
@given(seeds)
def test_pypfopt_agrees(seed: int) -> None:
    outside = import_module("pypfopt.black_litterman")
    matrix, weights, said = world(seed)
    P, Q, confidence = matrices(said)
    for how, extra in (("default", {}), ("idzorek", {"view_confidences": confidence})):
        prior = 2.5 * matrix @ weights
        other = outside.BlackLittermanModel(matrix, pi=prior, P=P, Q=Q, omega=how, tau=0.05, **extra)
        uncertainty = CONFIDENCE if extra else Uncertainty.PROPORTIONAL
        found = posterior(matrix, weights, *said, uncertainty=uncertainty)
        assert found.mean == pytest.approx(other.bl_returns().to_numpy(), abs=1e-10)
        assert found.covariance == pytest.approx(other.bl_cov().to_numpy(), abs=1e-10)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_skfolio_agrees(seed: int) -> None:
    prior = import_module("skfolio.prior")
    rng = np.random.default_rng(seed)
    names = ["A0", "A1", "A2", "A3"]
    returns = pd.DataFrame(rng.normal(0.0, 0.02, (80, 4)), columns=names)
    said = (opinion(ALWAYS, 0.02, confidence=0.3, A0=1.0, A1=-1.0), opinion(ALWAYS, 0.01, confidence=0.9, A2=1.0))
    for confidences in (None, [0.3, 0.9]):
        other = prior.BlackLitterman(["A0 - A1 == 0.02", "A2 == 0.01"], view_confidences=confidences)
        other.fit(returns)
        result, base = other.return_distribution_, other.prior_estimator_.return_distribution_
        weights = np.linalg.solve(2.5 * base.covariance, base.mu)  # whatever its prior holds
        uncertainty = CONFIDENCE if confidences else Uncertainty.PROPORTIONAL
        found = posterior(base.covariance, weights, *said, uncertainty=uncertainty)
        assert found.mean == pytest.approx(result.mu, abs=1e-9)
        assert found.covariance == pytest.approx(result.covariance, abs=1e-9)


# Degenerate.


def test_views_count_from_when_they_are_stated_until_they_expire() -> None:
    early = opinion("2000-02-29T22:00:00/2000-04-28", A0=1.0)
    late = opinion("2000-06-30T22:00:01/2000-07-31", 0.2, by="other", A0=1.0)
    view = dataclasses.replace(panel(np.ones((8, 1))), said=(early, late))  # decided at 22:00 on the last weekday of a month
    mean = ask(BlackLitterman(fixed([[0.04]]), uncertainty=Uncertainty.PROPORTIONAL, benchmark=(0.8,)), view).mean[:, 0]
    # 8 % from equilibrium, half-way to 5 % from February to April, half-way to 20 % in July
    assert mean == pytest.approx([0.08, 0.065, 0.065, 0.065, 0.08, 0.08, 0.14, 0.08])


def test_a_later_view_of_the_same_author_replaces_the_earlier() -> None:
    first = opinion("2000-01-01/2030-12-31", 0.20, A0=1.0, A1=-1.0)
    later = opinion("2000-01-02/2030-12-31", 0.01, A0=-1.0, A1=1.0)  # the same subject, turned around
    matrix, weights = np.diag([0.04, 0.04]), (0.5, 0.5)
    both, alone = posterior(matrix, weights, first, later).mean, posterior(matrix, weights, later).mean
    assert (both == alone).all()
    other = dataclasses.replace(later, author="somebody else")
    assert not np.allclose(posterior(matrix, weights, first, other).mean, alone)


def test_certain_views_that_contradict_each_other_meet_in_the_middle() -> None:
    said = [opinion(ALWAYS, gain, by=f"{gain}", confidence=1.0, A0=1.0) for gain in (0.02, 0.10)]
    found = posterior([[0.04]], [0.5], *said, uncertainty=CONFIDENCE)
    assert found.mean[0] == pytest.approx(0.06)
    assert found.covariance[0, 0] == pytest.approx(0.04)


@few
@given(seeds)
def test_certain_views_that_cannot_all_be_true_stay_within_reason(seed: int) -> None:
    """Regression: a third view that follows from two others, but for its gain, divides by almost nothing."""
    matrix, weights, _ = world(seed)
    sure = {"confidence": 1.0}
    two = [opinion(ALWAYS, 0.01, by="x", **sure, A0=1.0, A1=-0.3), opinion(ALWAYS, 0.02, by="y", **sure, A1=0.7, A2=-0.1)]
    third = opinion(ALWAYS, 0.09, by="z", **sure, A0=1.0, A1=0.4, A2=-0.1)
    found = posterior(matrix, weights, *two, third, uncertainty=CONFIDENCE).mean
    P, Q, _ = matrices((*two, third))
    assert np.abs(P @ found - Q).max() < 0.06  # they miss by 0.06 together, and share it


@pytest.mark.parametrize("uncertainty", list(Uncertainty))
def test_a_view_on_an_unknown_asset_waits(uncertainty: Uncertainty) -> None:
    matrix = np.array([[0.04, 0.01, np.nan], [0.01, 0.09, np.nan], [np.nan, np.nan, np.nan]])
    relative, other = opinion(ALWAYS, 0.05, A0=1.0, A2=-1.0), opinion(ALWAYS, 0.02, by="other", A1=1.0)
    found = posterior(matrix, (0.6, 0.4, 0.0), relative, other, uncertainty=uncertainty)
    two = posterior(matrix[:2, :2], (0.6, 0.4), other, uncertainty=uncertainty)
    assert found.mean == pytest.approx([*two.mean, np.nan], nan_ok=True)
    assert found.covariance[:2, :2] == pytest.approx(two.covariance)
    assert np.isnan(found.covariance[2]).all()


def test_all_views_wait_where_known_assets_have_an_unknown_covariance() -> None:
    matrix = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, np.nan], [0.0, np.nan, 0.01]])
    view = opinion(ALWAYS, 0.5, A0=1.0)
    found = posterior(matrix, (1.0, 0.0, 0.0), view)
    assert found.mean == pytest.approx([0.1, 0.025, 0.0])
    assert "which waits" in BlackLitterman(fixed(matrix), benchmark=(1.0, 0.0, 0.0)).sentence(seen(3, view))


def test_where_the_benchmark_is_unknown_so_is_everything() -> None:
    matrix = np.array([[0.04, np.nan], [np.nan, np.nan]])
    assert np.isnan(posterior(matrix, (0.6, 0.4), opinion(ALWAYS, A0=1.0)).mean).all()


def test_a_portfolio_that_does_not_vary_moves_nothing() -> None:
    same = np.full((2, 2), 0.04)
    view = opinion(ALWAYS, 0.05, A0=1.0, A1=-1.0)
    assert posterior(same, (0.5, 0.5), view).mean == pytest.approx([0.1, 0.1])
    assert "which waits" in BlackLitterman(fixed(same), benchmark=(0.5, 0.5)).sentence(seen(2, view))
    still = posterior(np.zeros((2, 2)), (0.5, 0.5), view)
    assert still.mean.tolist() == [0.0, 0.0]


def test_an_asset_outside_the_universe_is_named() -> None:
    with pytest.raises(ParameterError, match="a view of desk names 'US_EC', not in the universe") as caught:
        posterior([[0.04]], [1.0], opinion(ALWAYS, US_EC=1.0), ids=("US_EQ",))
    assert caught.value.remedy == "Did you mean US_EQ?"
    with pytest.raises(ParameterError) as caught:
        posterior([[0.04]], [1.0], opinion(ALWAYS, GOLD=1.0))
    assert caught.value.remedy == "The universe holds A0."


@pytest.mark.parametrize("field", ["delta", "tau"])
def test_factors_are_above_zero(field: str) -> None:
    with pytest.raises(ParameterError, match=f"{field} is 0"):
        BlackLitterman(fixed([[0.04]]), **{field: 0.0})  # type: ignore[arg-type]


def test_the_sentence_names_each_view() -> None:
    one = BlackLitterman(fixed(np.diag([0.04, 0.01])), benchmark=(0.5, 0.5))
    said = one.sentence(seen(2, opinion(ALWAYS, 0.03, A0=1.0, A1=-1.0)))
    view = "desk expects +1 A0 -1 A1 to gain +3.0 % a year (confidence 60%)"
    implied = "excess returns implied by the benchmark, per year: A0 +5.0 %, A1 +1.2 %"
    assert said == f"{implied}; {view}; a covariance that never changes"
    assert "no view is held" in one.sentence(seen(2))
    assert one.reads_views


def test_the_words() -> None:
    one = BlackLitterman(fixed([[1.0]]))
    assert "moved by views weighed by their confidence (tau 0.05)" in one.words
    plain = dataclasses.replace(one, uncertainty=Uncertainty.PROPORTIONAL)
    assert "weighed by how far their portfolios vary" in plain.words
