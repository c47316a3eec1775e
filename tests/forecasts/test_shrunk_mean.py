"""Bayes-Stein means: between the historical mean and that of the minimum-variance portfolio; by hand and by skfolio."""

from __future__ import annotations

import dataclasses
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forecasts.fixed import Sampled, ask, fixed
from tests.signals.array_view import panel, random_panel
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, months
from trimtab.forecasts.historical import Historical
from trimtab.forecasts.shrunk_mean import BayesStein, shrinkage

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_means_are_drawn_together_around_that_of_the_minimum_variance_portfolio(seed: int) -> None:
    view = random_panel(seed, 40, 4)
    inner = Sampled(months(24))
    raw, shrunk = ask(Historical(inner, months(24)), view), ask(BayesStein(inner, months(24)), view)
    known = np.isfinite(shrunk.mean).all(axis=1)
    assert known[24:].all()
    for m, mu, sigma in zip(raw.mean[known], shrunk.mean[known], raw.covariance[known], strict=True):
        minimum = np.linalg.solve(sigma, np.ones(4))
        minimum /= minimum.sum()
        assert minimum @ mu == pytest.approx(minimum @ m)  # that portfolio's own mean stays
        kept = np.ptp(mu) / np.ptp(m)
        assert 0.0 < kept < 1.0
        assert mu == pytest.approx((1.0 - kept) * (minimum @ m) + kept * m)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_skfolio_agrees(seed: int) -> None:
    moments = import_module("skfolio.moments")
    view = random_panel(seed, 49, 5)
    index = view.fields[TOTAL_RETURN]
    other = moments.ShrunkMu(method=moments.ShrunkMuMethods.BAYES_STEIN, vol_weighted_target=True)
    other.fit(pd.DataFrame(index, columns=list("ABCDE")).pct_change().dropna())
    found = ask(BayesStein(Sampled(months(48)), months(48)), view).mean[-1]
    assert found == pytest.approx(12.0 * other.mu_, rel=1e-9)


def test_two_assets_by_hand() -> None:
    # Two years of means 10 % and 4 %; volatilities 20 % and 10 %, uncorrelated. Minimum variance: 0.2 and 0.8, so m0 is
    # 5.2 %. Distance: 0.048^2 / 0.04 + 0.012^2 / 0.01 = 0.072. phi = 4 / (4 + 2 * 0.072) = 0.96525.
    phi, target = shrinkage(np.array([[0.10, 0.04]]), np.diag([0.04, 0.01])[None], 2.0)
    assert target[0] == pytest.approx(0.052)
    assert phi[0] == pytest.approx(4.0 / 4.144)


def test_equal_means_are_drawn_all_the_way() -> None:
    phi, target = shrinkage(np.array([[0.05, 0.05]]), np.diag([0.04, 0.01])[None], 5.0)
    assert (phi[0], target[0]) == (pytest.approx(1.0), pytest.approx(0.05))


def test_an_unknown_asset_is_left_out_of_the_count() -> None:
    two = shrinkage(np.array([[0.10, 0.04]]), np.diag([0.04, 0.01])[None], 2.0)
    for mean, variance in ((np.nan, 0.04), (0.08, np.nan), (0.08, 0.0)):
        matrix = np.diag([0.04, variance, 0.01])
        matrix[1] = matrix[:, 1] = variance if np.isnan(variance) else 0.0
        matrix[1, 1] = variance
        three = shrinkage(np.array([[0.10, mean, 0.04]]), matrix[None], 2.0)
        assert three == (pytest.approx(two[0]), pytest.approx(two[1]))


def unknown_matrices() -> list[Array]:
    same = np.full((3, 3), 0.04)  # three times the same asset
    holed = np.diag([0.04, 0.01, 0.09])
    holed[0, 1] = holed[1, 0] = np.nan
    indefinite = np.full((3, 3), -0.03) + np.diag([0.07, 0.07, 0.07])
    return [same, holed, indefinite]


@pytest.mark.parametrize("matrix", unknown_matrices(), ids=["singular", "holed", "indefinite"])
def test_a_covariance_that_cannot_be_inverted_is_no_ground_to_shrink_on(matrix: Array) -> None:
    view = random_panel(3, 30, 3)
    one = BayesStein(fixed(matrix), months(12))
    assert np.isnan(ask(one, view).mean).all()
    assert "their covariance has to be one that can be inverted" in one.sentence(view)


def test_a_small_asset_is_no_singular_one() -> None:
    """Regression: eigenvalues are looked at in correlations, so that cash-like volatilities do not count as none."""
    matrix = np.diag([0.04, 1e-14, 0.09])
    assert np.isfinite(ask(BayesStein(fixed(matrix), months(12)), random_panel(3, 30, 3)).mean[-1]).all()


def test_an_asset_that_does_not_vary_is_unknown_and_the_others_are_not() -> None:
    view = random_panel(4, 40, 3)
    still = {name: np.column_stack([values[:, :2], np.full(40, 100.0)]) for name, values in view.fields.items()}
    mean = ask(BayesStein(Sampled(months(12)), months(12)), dataclasses.replace(view, fields=still)).mean[-1]
    assert np.isfinite(mean).tolist() == [True, True, False]


def test_the_sentence_and_the_words() -> None:
    one = BayesStein(fixed(np.diag([0.04, 0.01])), months(2))
    steady = 100.0 * np.cumprod(np.vstack([[1.0, 1.0], np.full((2, 2), 1.01)]), axis=0)
    said = "means of the last 2-month returns of 2 of 2 assets, drawn by 100 % to +12.0 % a year"
    assert one.sentence(panel(steady)) == f"{said}; a covariance that never changes"
    assert one.sentence(panel(steady).at(1)).startswith("means of the last 2-month returns unknown: 0 of 2 are known")
    assert "(Bayes-Stein), covariance: always the same" in one.words


def test_one_return_is_no_mean() -> None:
    with pytest.raises(ParameterError, match="window 1M is too short"):
        BayesStein(Sampled(), months(1))
