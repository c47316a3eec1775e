"""Geometric attribution: factors multiply to the geometric excess return, in a period and over time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attribution.bacon_quarters import FIRST, QUARTERS
from tests.attribution.random_segments import chosen, segments
from trimtab.attribution.brinson import brinson
from trimtab.attribution.geometric import Factors, compounded, geometric
from trimtab.attribution.segments import Segments

EXACT = {"rtol": 0.0, "atol": 1e-14}


@settings(max_examples=40)
@given(segments(periods=True))
def test_factors_multiply_to_the_ratio_of_wealth(given_segments):
    total = geometric(given_segments).total
    ratio = (1 + given_segments.portfolio_return) / (1 + given_segments.benchmark_return)
    np.testing.assert_allclose((1 + total.allocation) * (1 + total.selection), ratio, **EXACT)
    np.testing.assert_allclose(total.active, ratio - 1, **EXACT)


@settings(max_examples=40)
@given(segments(periods=True))
def test_factors_compound_over_time(given_segments):
    whole = compounded(geometric(given_segments).total)
    ratio = np.prod(1 + given_segments.portfolio_return) / np.prod(1 + given_segments.benchmark_return)
    assert whole.active == pytest.approx(ratio - 1, abs=1e-13)


@settings(max_examples=30)
@given(segments(periods=True))
def test_allocation_is_the_arithmetic_one_as_a_fraction_of_the_benchmark(given_segments):
    arithmetic = brinson(given_segments).allocation / (1 + given_segments.benchmark_return)[..., None]
    np.testing.assert_allclose(geometric(given_segments).allocation, arithmetic, **EXACT)


@settings(max_examples=30)
@given(segments(periods=True), st.integers(0, 99))
def test_segments_in_another_order_have_the_same_effects(given_segments, seed):
    order = np.random.default_rng(seed).permutation(given_segments.weights.shape[-1])
    before, after = geometric(given_segments), geometric(chosen(given_segments, order))
    np.testing.assert_allclose(after.allocation, before.allocation[..., order], **EXACT)
    np.testing.assert_allclose(after.selection, before.selection[..., order], **EXACT)


def test_bacon_one_quarter():
    # Table 5.5. Japan: A = 10 % * (.96 / 1.064 - 1) = -.977 %; S = 30 % * (.95 / .96 - 1) * .96 / 1.052 = -.285 %
    effects = geometric(FIRST)
    assert 100 * FIRST.semi_notional_return == pytest.approx(5.2)
    np.testing.assert_allclose(100 * effects.allocation, (0.0, -0.977, -0.150), atol=5e-4)
    np.testing.assert_allclose(100 * effects.selection, (3.802, -0.285, -0.570), atol=5e-4)
    assert 100 * effects.total.allocation == pytest.approx(-1.128, abs=5e-4)
    assert 100 * effects.total.selection == pytest.approx(2.947, abs=5e-4)
    assert 100 * effects.total.active == pytest.approx(1.7857, abs=5e-5)


def test_bacon_four_quarters():
    # Table 8.6, published; to half a unit of the last printed digit (of a percent)
    effects = geometric(QUARTERS)
    allocation = [(0, -0.98, -0.15), (-0.75, -0.90, 1.13), (2.86, 2.00, -0.86), (-0.29, -0.69, 0)]
    selection = [(3.80, -0.29, -0.57), (1.48, -0.21, 0.53), (1.65, 1.65, 1.10), (1.49, -0.99, 2.97)]
    np.testing.assert_allclose(100 * effects.allocation, allocation, rtol=0, atol=5e-3)
    np.testing.assert_allclose(100 * effects.selection, selection, rtol=0, atol=5e-3)
    whole = compounded(effects.total)
    assert 100 * whole.allocation == pytest.approx(1.29, abs=5e-3)
    assert 100 * whole.selection == pytest.approx(13.19, abs=5e-3)
    assert 100 * whole.active == pytest.approx(14.64, abs=5e-3)


def test_total_losses():
    one = geometric(Segments([0.5, 0.5], [-1.0, 0.2], [0.5, 0.5], [-1.0, 0.0]))  # one segment: 1 + R_b = 0 is no divisor
    np.testing.assert_allclose(one.selection, (0.0, 0.5 * 0.2 / 0.5))
    ruined = geometric(Segments([0.5, 0.5], [0.1, 0.1], [0.5, 0.5], [-1.0, -1.0]))
    assert np.isnan(ruined.allocation).all()
    assert np.isnan(ruined.selection).all()
    portfolio = geometric(Segments([1.0, 0.0], [-1.0, 0.0], [0.5, 0.5], [0.0, 0.0]))
    assert portfolio.total.active == -1.0
    past = compounded(Factors(np.array([0.0, 0.1]), np.array([-1.0, 0.3])))
    assert past.active == -1.0


def test_no_periods_and_unknown_ones():
    assert math.isnan(compounded(Factors(np.array([]), np.array([]))).active)
    assert math.isnan(compounded(Factors(np.array([0.1, math.nan]), np.array([0.0, 0.0]))).active)
    assert compounded(Factors(np.array([0.1]), np.array([0.2]))).active == pytest.approx(0.32)
