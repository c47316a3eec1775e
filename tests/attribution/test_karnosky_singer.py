"""Currency attribution (Karnosky and Singer): laws, the worked case, hedges that leave markets alone, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trimtab.attribution.brinson import brinson
from trimtab.attribution.karnosky_singer import Abroad, continuous, currency_return, karnosky_singer, simple
from trimtab.attribution.segments import Segments
from trimtab.core.errors import ParameterError

EXACT = {"rtol": 0.0, "atol": 1e-14}


@st.composite
def worlds(draw):
    """Portfolio, benchmark, cash and spot over (T, A); weights and exposures sum to 1, some exposures are short."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 5)))
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = [raw / raw.sum(-1, keepdims=True) for raw in source.uniform(0.05, 1.0, (4, *shape))]
    weights[2] = weights[2] + 0.5 * (weights[0] - weights[3])
    local, base = source.normal(0.01, 0.05, (2, *shape))
    return (
        Abroad(weights[0], local, weights[2]),
        Abroad(weights[1], base, weights[3]),
        {"cash": source.uniform(0.0, 0.02, shape), "spot": source.normal(0.0, 0.03, shape)},
    )


@settings(max_examples=40)
@given(worlds())
def test_the_parts_sum_to_the_active_return(world):
    held, benchmark, rates = world
    effects = karnosky_singer(held, benchmark, **rates)
    active = currency_return(held, **rates) - currency_return(benchmark, **rates)
    np.testing.assert_allclose(effects.active, active, **EXACT)
    np.testing.assert_allclose(effects.total.by_market, active, **EXACT)
    for name in ("market", "security", "currency"):
        np.testing.assert_allclose(getattr(effects.total, name), getattr(effects, name).sum(-1), **EXACT)


@settings(max_examples=30)
@given(worlds(), st.integers(0, 99))
def test_hedging_changes_nothing_but_the_currency_effect(world, seed):
    held, benchmark, rates = world
    move = np.random.default_rng(seed).normal(0, 0.1, held.exposure.shape)
    hedged = Abroad(held.weights, held.local, held.exposure + move - move.mean(-1, keepdims=True))
    before, after = karnosky_singer(held, benchmark, **rates), karnosky_singer(hedged, benchmark, **rates)
    np.testing.assert_array_equal(before.market, after.market)
    np.testing.assert_array_equal(before.security, after.security)


@settings(max_examples=30)
@given(worlds(), st.integers(0, 99))
def test_markets_in_another_order_have_the_same_effects(world, seed):
    held, benchmark, rates = world
    order = np.random.default_rng(seed).permutation(held.weights.shape[-1])
    sides = [Abroad(s.weights[:, order], s.local[:, order], s.exposure[:, order]) for s in (held, benchmark)]
    after = karnosky_singer(*sides, **{name: rate[:, order] for name, rate in rates.items()})
    np.testing.assert_allclose(after.by_market, karnosky_singer(held, benchmark, **rates).by_market[:, order], **EXACT)


@settings(max_examples=30)
@given(worlds())
def test_in_one_currency_it_is_brinson_with_interaction_folded(world):
    held, benchmark, _ = world
    home = karnosky_singer(held, benchmark, cash=np.array(0.01), spot=np.array(0.0))
    folded = brinson(Segments(held.weights, held.local, benchmark.weights, benchmark.local)).folded
    np.testing.assert_allclose(home.market, folded.allocation, **EXACT)
    np.testing.assert_allclose(home.security, folded.selection, **EXACT)
    np.testing.assert_allclose(home.currency, 0.0, **EXACT)


@given(arrays(float, 5, elements=st.floats(-0.99, 5.0)))
def test_simple_and_continuous_are_each_others_inverse(returns):
    np.testing.assert_allclose(simple(continuous(returns)), returns, rtol=1e-12, atol=1e-15)


def test_the_worked_case():
    # R_p = .6 (8 - 2) + .4 (5 - 1) + .8 (2 + 0) + .2 (1 + 3) = 3.6 + 1.6 + 1.6 + .8 = 7.6; R_b = 2.5 + 1.5 + 1 + 2 = 7.0
    # m = .5 * 5 + .5 * 3 = 4: market .1 (5 - 4) - .1 (3 - 4) = .2; security .6 * 1 + .4 * 1 = 1;
    # q = .5 * 2 + .5 * 4 = 3: currency .3 (2 - 3) - .3 (4 - 3) = -.6
    held = Abroad([0.6, 0.4], [0.08, 0.05], [0.8, 0.2])
    benchmark = Abroad([0.5, 0.5], [0.07, 0.04], [0.5, 0.5])
    rates = {"cash": np.array([0.02, 0.01]), "spot": np.array([0.0, 0.03])}
    assert 100 * currency_return(held, **rates) == pytest.approx(7.6)
    assert 100 * currency_return(benchmark, **rates) == pytest.approx(7.0)
    effects = karnosky_singer(held, benchmark, **rates)
    np.testing.assert_allclose(100 * effects.market, (0.1, 0.1), atol=1e-12)
    np.testing.assert_allclose(100 * effects.security, (0.6, 0.4), atol=1e-12)
    np.testing.assert_allclose(100 * effects.currency, (-0.3, -0.3), atol=1e-12)
    assert 100 * effects.active == pytest.approx(0.6)


def test_what_nobody_holds_may_be_unknown():
    nan = math.nan
    held, benchmark = Abroad([1.0, 0.0], [0.05, nan], [1.0, 0.0]), Abroad([0.5, 0.5], [0.04, 0.03], [1.0, 0.0])
    rates = {"cash": np.array([0.01, 0.0]), "spot": np.array([0.0, nan])}
    effects = karnosky_singer(held, benchmark, **rates)
    # R_p = (5 - 1) + 1 = 5 %; R_b = .5 (4 - 1) + .5 (3 - 0) + 1 = 4 %
    assert effects.active == pytest.approx(0.01, abs=1e-15)
    assert currency_return(held, cash=np.array([0.01, nan]), spot=np.array([0.0, nan])) == pytest.approx(0.05)
    idle = [Abroad([1.0, 0.0], [0.05, nan], [1.0, 0.0]), Abroad([1.0, 0.0], [0.04, nan], [1.0, 0.0])]
    nowhere = karnosky_singer(*idle, cash=np.array([0.01, nan]), spot=np.array([0.0, nan]))
    np.testing.assert_allclose(nowhere.by_market, (0.01, 0.0), atol=1e-15)
    new = karnosky_singer(Abroad([0.5, 0.5], [0.05, 0.02], [1, 0]), Abroad([1.0, 0.0], [0.05, nan], [1, 0]), **rates)
    assert new.security.tolist() == [0.0, 0.0]
    unknown = karnosky_singer(held, Abroad([0.5, 0.5], [0.04, nan], [1.0, 0.0]), **rates)
    assert math.isnan(unknown.active)


def test_a_total_loss_has_no_log():
    assert np.isnan(continuous(np.array([-1.0, -2.0, math.nan, 0.0]))).tolist() == [True, True, True, False]
    assert continuous(np.array([])).shape == (0,)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (Abroad([0.6, 0.3], [0, 0], [0.5, 0.5]), r"weights sum to 0\.9 in the portfolio and to 1 in the benchmark"),
        (Abroad([0.5, 0.5], [0, 0], [0.5, 0.6]), r"exposure sum to 1\.1 in the portfolio and to 1 in the benchmark"),
        (Abroad([0.5, 0.5], [0, math.inf], [0.5, 0.5]), "local returns are infinite"),
        (Abroad([0.5, 0.5], [0, 0, 0], [0.5, 0.5]), "shapes do not fit: portfolio weights"),
    ],
)
def test_the_door_refuses(held, message):
    benchmark = Abroad([0.5, 0.5], [0.0, 0.0], [0.5, 0.5])
    with pytest.raises(ParameterError, match=message):
        karnosky_singer(held, benchmark, cash=np.array([0.0, 0.0]), spot=np.array([0.0, 0.0]))
