"""What is left over a benchmark, and by how much autocorrelation flatters it."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.validation.hedged import hedged
from trimtab.validation.persistence import persistence


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.floats(-2.0, 3.0))
def test_a_mix_with_cash_is_worth_nothing_and_adds_nothing(seed, share):
    rng = np.random.default_rng(seed)
    benchmark, bills = 0.01 + 0.04 * rng.standard_normal(60), 0.003 * rng.random(60)
    mix = bills + share * (benchmark - bills)
    other = 0.02 * rng.standard_normal(60)
    left = hedged(np.stack([mix, other, other + share * (benchmark - bills)], axis=1), benchmark, rf=bills)
    np.testing.assert_allclose(left[:, 0], 0.0, atol=1e-12)
    np.testing.assert_allclose(left[:, 2], left[:, 1], atol=1e-12)


def test_alpha_and_residual_are_those_of_least_squares():
    rng = np.random.default_rng(1)
    benchmark = 0.005 + 0.04 * rng.standard_normal(120)
    rule = 0.004 + 0.6 * benchmark + 0.01 * rng.standard_normal(120)
    fit = sm.OLS(rule, sm.add_constant(benchmark)).fit()
    np.testing.assert_allclose(hedged(rule[:, None], benchmark)[:, 0], fit.params[0] + fit.resid, atol=1e-14)


def test_by_hand_and_against_a_benchmark_that_stands_still():
    """Benchmark 1, 3 %, rule 2, 6 %: slope 2, alpha 0. Against cash at 1 %, what is left is the difference."""
    left = hedged(np.array([[0.02], [0.06]]), np.array([0.01, 0.03]))
    np.testing.assert_allclose(left, 0.0, atol=1e-15)
    np.testing.assert_allclose(hedged(np.array([[0.02], [0.06]]), np.array([0.01, 0.01])), [[0.01], [0.05]])


def test_unknown_returns_and_other_lengths_are_refused():
    rows, good = np.ones((5, 2)), np.arange(5.0)
    with pytest.raises(DataError, match="nan"):
        hedged(np.full((5, 2), np.nan), good)
    with pytest.raises(DataError, match="nan"):
        hedged(rows, np.full(5, np.nan))
    with pytest.raises(DataError, match="0 periods"):
        hedged(np.empty((0, 2)), np.empty(0))
    with pytest.raises(ParameterError, match="stand against"):
        hedged(rows, np.arange(4.0))


def followed(rng: np.random.Generator, shape: tuple[int, int], by: float) -> np.ndarray:
    rows = rng.standard_normal((shape[0] + 100, shape[1]))
    for t in range(1, len(rows)):
        rows[t] += by * rows[t - 1]
    return rows[100:]


@pytest.mark.parametrize(("by", "truth"), [(0.0, 1.0), (0.2, 1.5), (0.4, 7.0 / 3.0), (0.6, 4.0)])
def test_persistence_is_the_variance_of_a_mean(by, truth):
    """(1 + r) / (1 - r), and as means of many histories show it."""
    rows = followed(np.random.default_rng(3), (240, 300), by)
    assert np.median(persistence(rows)) == pytest.approx(truth, rel=0.06)
    means = followed(np.random.default_rng(4), (240, 4000), by).mean(axis=0)
    assert 240.0 * means.var() * (1.0 - by**2) == pytest.approx(truth, rel=0.1)


def test_overlapping_returns_are_found_out():
    """Means of 12 months, taken each month: 12 months are one, where 11 lags with falling weights see 8."""
    steps = np.cumsum(np.random.default_rng(5).standard_normal((252, 200)), axis=0)
    assert persistence((steps[12:] - steps[:-12]) / 12.0).min() > 7.0


def test_one_that_follows_itself_is_taken_at_its_own():
    rng = np.random.default_rng(6)
    rows = rng.standard_normal((240, 100))
    rows[:, 7] = followed(rng, (240, 1), 0.6)[:, 0]
    found = persistence(rows)
    assert found[7] > 2.5
    assert np.median(found) < 1.2


def test_returns_that_alternate_or_stand_still_are_no_surer():
    assert persistence(np.tile([[0.01], [-0.01]], (50, 3))).tolist() == [1.0, 1.0, 1.0]
    assert persistence(np.full((50, 2), 0.01)).tolist() == [1.0, 1.0]
    assert persistence(np.ones((1, 2))).tolist() == [1.0, 1.0]
    with pytest.raises(DataError):
        persistence(np.full((5, 1), np.nan))
