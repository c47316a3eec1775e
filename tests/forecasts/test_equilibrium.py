"""Equilibrium returns: He and Litterman's table, the portfolio that they imply, and what an unknown asset spoils."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forecasts import he_litterman
from tests.forecasts.fixed import ask, fixed
from tests.signals.array_view import panel
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.forecasts.equilibrium import Equilibrium


def implied(matrix: Any, weights: Any, delta: float = 2.5) -> Array:
    view = panel(np.ones((2, len(weights))))
    return ask(Equilibrium(fixed(matrix), delta, tuple(weights)), view).mean[-1]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_benchmark_is_the_portfolio_that_its_returns_call_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factor = rng.normal(0.0, 0.2, (8, 5))
    weights, delta = rng.dirichlet(np.ones(5)), rng.uniform(1.0, 5.0)
    matrix = factor.T @ factor
    assert np.linalg.solve(delta * matrix, implied(matrix, weights, delta)) == pytest.approx(weights, abs=1e-8)


def test_two_assets_by_hand() -> None:
    # 60/40, volatilities 20 % and 10 %, covariance 0.005: 2.5 (0.04 * 0.6 + 0.005 * 0.4) = 0.065, 2.5 (0.003 + 0.004)
    assert implied([[0.04, 0.005], [0.005, 0.01]], (0.6, 0.4)) == pytest.approx([0.065, 0.0175])


def test_the_table_of_he_and_litterman() -> None:
    found = implied(he_litterman.SIGMA, he_litterman.WEIGHTS)
    assert (100.0 * found).round(1).tolist() == [3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6]


def test_pypfopt_agrees() -> None:
    black_litterman = import_module("pypfopt.black_litterman")
    caps, matrix = pd.Series(he_litterman.WEIGHTS, he_litterman.COUNTRIES), pd.DataFrame(he_litterman.SIGMA)
    matrix = matrix.set_axis(he_litterman.COUNTRIES).set_axis(he_litterman.COUNTRIES, axis=1)
    other = black_litterman.market_implied_prior_returns(caps, 2.5, matrix)
    assert implied(he_litterman.SIGMA, he_litterman.WEIGHTS) == pytest.approx(other.to_numpy(), rel=1e-12)


def test_an_unknown_asset_without_weight_spoils_no_other() -> None:
    matrix = np.array([[0.04, np.nan], [np.nan, np.nan]])
    assert implied(matrix, (0.5, 0.0)) == pytest.approx([0.05, np.nan], nan_ok=True)
    assert np.isnan(implied(matrix, (0.5, 0.1))).all()  # the benchmark holds it: nothing is implied


def test_one_unknown_covariance_is_unknown_where_it_counts() -> None:
    matrix = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, np.nan], [0.0, np.nan, 0.01]])
    assert implied(matrix, (1.0, 0.0, 0.0)) == pytest.approx([0.1, 0.025, 0.0])
    assert implied(matrix, (0.5, 0.0, 0.5)) == pytest.approx([0.05, np.nan, 0.0125], nan_ok=True)


def test_a_benchmark_of_cash_implies_nothing_above_it() -> None:
    assert implied([[0.04, np.nan], [np.nan, np.nan]], (0.0, 0.0)) == pytest.approx([0.0, np.nan], nan_ok=True)


def test_the_sentence_and_the_words() -> None:
    one = Equilibrium(fixed([[0.04, np.nan], [np.nan, np.nan]]), benchmark=(0.5, 0.0))
    said = "excess returns implied by the benchmark, per year: A0 +5.0 %, A1 unknown; a covariance that never changes"
    assert one.sentence(panel(np.ones((2, 2)))) == said
    assert one.words == "excess returns that make the benchmark optimal at a risk aversion of 2.5, covariance: always the same"


def test_a_benchmark_of_another_universe_is_refused() -> None:
    with pytest.raises(ParameterError, match="benchmark has 0 weights for 1 assets"):
        ask(Equilibrium(fixed([[0.04]])), panel([1.0, 2.0]))


@pytest.mark.parametrize("delta", [0.0, -1.0])
def test_an_aversion_to_risk_is_above_zero(delta: float) -> None:
    with pytest.raises(ParameterError, match="delta is"):
        Equilibrium(fixed([[0.04]]), delta)
