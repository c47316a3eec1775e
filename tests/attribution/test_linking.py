"""Linking over time: laws on random periods, limits, and periods that cannot be linked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.attribution.bacon_quarters import BENCHMARK, PORTFOLIO, QUARTERS
from trimtab.attribution.brinson import Effects, brinson
from trimtab.attribution.coefficients import carino, menchero
from trimtab.attribution.linking import Linking, link, link_effects
from trimtab.core.errors import ParameterError

EVERY = list(Linking)
METHODS = st.sampled_from(EVERY)
ANY_ORDER = [Linking.CARINO, Linking.MENCHERO]


@st.composite
def histories(draw, *, least: int = 1):
    """Effects (T, A) of random periods, and returns (T,) of portfolio and benchmark whose differences they sum to."""
    count, wide = draw(st.integers(least, 30)), draw(st.integers(1, 5))
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    benchmark = source.uniform(-0.4, 0.5, count)
    returns = np.maximum(benchmark + source.normal(0.0, 10.0 ** draw(st.integers(-12, -1)), count), -0.9)
    effects = source.normal(0.0, 0.02, (count, wide))
    effects[:, 0] += (returns - benchmark) - effects.sum(-1)
    return effects, returns, benchmark


def excess(returns: np.ndarray, benchmark: np.ndarray) -> float:
    return float(np.prod(1 + returns) - np.prod(1 + benchmark))


@settings(max_examples=120)
@given(histories(), METHODS)
def test_linked_effects_sum_to_the_excess_return(history, method):
    _, returns, benchmark = history
    scale = max(1.0, np.prod(1 + np.maximum(returns, benchmark)), np.abs(link(*history, method=method).effects).sum())
    total = link(*history, method=method).total.sum()
    assert abs(total - excess(returns, benchmark)) <= 1e-14 * scale


@settings(max_examples=30)
@given(histories(), st.floats(-3.0, 3.0), METHODS)
def test_linking_is_linear_in_effects(history, factor, method):
    effects, returns, benchmark = history
    once = link(effects, returns, benchmark, method=method).effects
    scaled = link(factor * effects, returns, benchmark, method=method).effects
    np.testing.assert_allclose(scaled, factor * once, rtol=1e-12, atol=1e-14)
    shaped = link(effects[:, :, None], returns, benchmark, method=method).effects
    np.testing.assert_array_equal(shaped[..., 0], once)


@settings(max_examples=40)
@given(histories(), st.integers(0, 99), st.sampled_from(ANY_ORDER))
def test_carino_and_menchero_do_not_know_the_order_of_periods(history, seed, method):
    order = np.random.default_rng(seed).permutation(len(history[0]))
    before, after = link(*history, method=method), link(*(part[order] for part in history), method=method)
    # Of a spread of 1e-12 a rounding of 1e-16 is a ten-thousandth, and Menchero's corrections are quotients of spreads.
    spread = np.abs(history[1] - history[2]).max()
    assume(spread > 1e-9 or method is Linking.CARINO)
    np.testing.assert_allclose(after.effects, before.effects[order], rtol=1e-9, atol=1e-14)


def test_grap_and_frongello_do_know_the_order():
    effects = brinson(QUARTERS).by_segment
    for method in (Linking.GRAP, Linking.FRONGELLO):
        before = link(effects, PORTFOLIO, BENCHMARK, method=method).total
        after = link(effects[::-1], PORTFOLIO[::-1], BENCHMARK[::-1], method=method).total
        assert np.abs(before - after).max() > 1e-4


@settings(max_examples=40)
@given(histories())
def test_grap_and_frongello_have_the_same_totals(history):
    grap, frongello = (link(*history, method=method).total for method in (Linking.GRAP, Linking.FRONGELLO))
    np.testing.assert_allclose(grap, frongello, rtol=1e-11, atol=1e-13)


@settings(max_examples=30)
@given(histories(), METHODS)
def test_one_period_links_to_itself(history, method):
    effects, returns, benchmark = (part[:1] for part in history)
    np.testing.assert_allclose(link(effects, returns, benchmark, method=method).total, effects[0], rtol=1e-15)


@settings(max_examples=30)
@given(histories(), METHODS)
def test_segments_in_another_order_have_the_same_links(history, method):
    effects, returns, benchmark = history
    backwards = link(effects[:, ::-1], returns, benchmark, method=method).effects
    np.testing.assert_array_equal(backwards[:, ::-1], link(effects, returns, benchmark, method=method).effects)


# --- limits: the quotients are continuous where they read 0 / 0 -----------------------------------------------------


@settings(max_examples=40)
@given(st.floats(-0.95, 3.0), st.sampled_from([0.0, 1e-17, 1e-16, 1e-14, 1e-12, 1e-11, 1e-10]), st.sampled_from([-1, 1]))
def test_carino_of_a_period_is_continuous_where_portfolio_and_benchmark_meet(base, gap, sign):
    near = carino(np.array([base + sign * gap * (1 + base), 0.1]), np.array([base, 0.2]))
    assert near.period[0] * (1 + base) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=40)
@given(st.floats(0.01, 0.3), st.sampled_from([0.0, 1e-16, 1e-14, 1e-12, 1e-10]))
def test_both_are_continuous_where_the_whole_times_meet(step, gap):
    # The benchmark gains what the portfolio gains, in the other order: R = B but for the gap.
    returns, benchmark = np.array([step, -step / 2]), np.array([-step / 2, step])
    whole = (1 + step) * (1 - step / 2)
    returns[1] += gap
    assert carino(returns, benchmark).whole == pytest.approx(1 / whole, abs=1e-9)
    assert menchero(returns, benchmark).whole == pytest.approx(math.sqrt(whole), abs=1e-9)
    exact = menchero(np.array([step, -step / 2]), benchmark)
    np.testing.assert_allclose(menchero(returns, benchmark).factors, exact.factors, atol=1e-8)


@settings(max_examples=40)
@given(histories(least=2))
def test_coefficients_are_those_of_the_textbook_where_that_can_be_computed(history):
    _, r, b = history
    assume(np.abs(r - b).min() > 1e-6)
    R, B, n = np.prod(1 + r) - 1, np.prod(1 + b) - 1, len(r)
    assume(abs(R - B) > 1e-6)
    k = (np.log1p(R) - np.log1p(B)) / (R - B)
    assert carino(r, b).whole == pytest.approx(k, rel=1e-7)
    np.testing.assert_allclose(carino(r, b).period, (np.log1p(r) - np.log1p(b)) / (r - b), rtol=1e-7)
    M = ((R - B) / n) / ((1 + R) ** (1 / n) - (1 + B) ** (1 / n))
    a_t = (r - b) * (R - B - M * (r - b).sum()) / ((r - b) ** 2).sum()
    assert menchero(r, b).whole == pytest.approx(M, rel=1e-6)
    np.testing.assert_allclose(menchero(r, b).period, a_t, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", EVERY)
def test_effects_that_cancel_while_no_period_differs_are_linked(method):
    # r = b in both periods, yet a bet won what another lost: linked, they still cancel.
    effects, returns = np.array([[0.01, -0.01], [0.02, -0.02]]), np.array([0.1, -0.2])
    linked = link(effects, returns, returns, method=method)
    assert np.isfinite(linked.effects).all()
    assert linked.total[0] == pytest.approx(-linked.total[1], abs=1e-16)
    assert 0.02 < linked.total[0] < 0.04


def test_mencheros_corrections_have_no_limit_at_no_spread():
    # As the docstring says: a tiny spread is corrected by the period it lies in, not by its size.
    first = menchero(np.array([1e-7, 0.5]), np.array([0.0, 0.5]))
    second = menchero(np.array([0.0, 0.5 + 1e-7]), np.array([0.0, 0.5]))
    assert first.factors[0] == pytest.approx(1.5, abs=1e-6)  # what is won first grows by 50 %
    assert second.factors[1] == pytest.approx(1.0, abs=1e-6)
    assert menchero(np.array([0.0, 0.5]), np.array([0.0, 0.5])).factors.tolist() == pytest.approx([1.5**0.5] * 2)


def test_tiny_spreads_keep_their_digits():
    returns, benchmark = np.array([1e-9, 0.0, 0.1]), np.array([0.0, 1e-9, 0.1])
    effects = (returns - benchmark)[:, None]
    for method in EVERY:
        total = link(effects, returns, benchmark, method=method).total[0]
        assert abs(total) < 1e-17  # (1 + 1e-9)(1.1) - (1 + 1e-9)(1.1)


# --- ruin, unknown, empty, refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Linking.MENCHERO, Linking.GRAP, Linking.FRONGELLO])
@pytest.mark.parametrize(
    ("returns", "benchmark"),
    [([0.1, -1.0, 0.2], [0.0, -0.5, 0.1]), ([0.1, -0.2, 0.2], [-1.0, 0.0, 0.1]), ([-1.0], [-1.0]), ([-1.0, 0.3], [0.1, -1.0])],
)
def test_total_loss_is_linked_by_all_but_carino(method, returns, benchmark):
    r, b = np.array(returns), np.array(benchmark)
    linked = link((r - b)[:, None], r, b, method=method)
    assert linked.total[0] == pytest.approx(excess(r, b), abs=1e-14)
    with pytest.raises(ParameterError, match=r"lost everything in period \d, and -100 % has no log\. Link by GRAP"):
        link((r - b)[:, None], r, b, method=Linking.CARINO)


@pytest.mark.parametrize("method", EVERY)
def test_an_unknown_return_leaves_the_total_unknown(method):
    linked = link(np.array([[0.1], [math.nan]]), np.array([0.1, math.nan]), np.array([0.0, 0.1]), method=method)
    assert np.isnan(linked.total).all()


@pytest.mark.parametrize("method", EVERY)
def test_wealth_beyond_numbers_is_unknown_and_never_infinite(method):
    r = np.full(60, 1e9)
    for benchmark in (r - 1.0, r):
        linked = link(np.full((60, 1), 1.0), r, benchmark, method=method)
        assert not np.isinf(linked.effects).any()


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize(
    ("effects", "returns", "benchmark", "message"),
    [
        (np.zeros((0, 2)), [], [], "at least one"),
        (np.zeros((2, 2)), [0.1, 0.1], [0.1], r"returns of shape \(2,\) stand against those of the benchmark of shape \(1,\)"),
        (np.zeros((3, 2)), [0.1, 0.1], [0.1, 0.1], r"effects of shape \(3, 2\) stand against 2 returns"),
        (np.zeros((2, 2)), [0.1, -1.2], [0.1, 0.1], r"the portfolio returned -1\.2 in period 1, which does not compound"),
        (np.zeros((2, 2)), [0.1, 0.1], [math.inf, 0.1], r"the benchmark returned inf in period 0"),
        (np.zeros((2, 2)), [[0.1, 0.1]], [[0.1, 0.1]], r"returns of shape \(1, 2\)"),
    ],
)
def test_what_cannot_be_linked_is_refused(effects, returns, benchmark, message, method):
    with pytest.raises(ParameterError, match=message):
        link(effects, np.array(returns), np.array(benchmark), method=method)


def test_next_to_ruin_carinos_coefficients_keep_their_digits():
    left = 2.0**-40  # of 1, after the first period
    r, b = np.array([left - 1.0, 0.25]), np.array([0.5, 0.0])
    expected = (math.log(left) - math.log(1.5)) / (left - 1.5), math.log(1.25) / 0.25
    assert carino(r, b).period == pytest.approx(expected, rel=1e-14)


def test_effects_that_do_not_belong_to_the_returns_are_refused():
    effects = brinson(QUARTERS)
    with pytest.raises(ParameterError, match=r"effects of period 2 miss r - b by 0\.001"):
        link_effects(effects, PORTFOLIO + np.array([0, 0, 0.001, 0]), BENCHMARK)
    wrong = Effects(effects.allocation, effects.selection, 0.0 * effects.interaction)
    with pytest.raises(ParameterError, match="effects of period 0 miss"):
        link_effects(wrong, PORTFOLIO, BENCHMARK)
