"""Layers from benchmark to target: steps add up, a tilt into an equal brings nothing, waiting is the path that was taken."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.attribution.layers import Periods, Waits, drifted, moved, returns_of, waited
from trimtab.core.errors import InvariantError

seeds = st.integers(0, 2**32 - 1)


def world(seed: int, count: int = 6, assets: int = 3) -> tuple[np.random.Generator, Periods]:
    rng = np.random.default_rng(seed)
    benchmark = rng.dirichlet(np.ones(assets)) * rng.uniform(0.5, 1.2)
    return rng, Periods(rng.normal(0.0, 0.1, (count, assets)), rng.normal(0.002, 0.001, count), benchmark)


@given(seeds)
def test_steps_add_up_to_the_difference_from_the_benchmark(seed: int) -> None:
    rng, periods = world(seed)
    layers = np.concatenate([np.broadcast_to(periods.benchmark, (1, 6, 3)), rng.normal(0.3, 0.3, (4, 6, 3))])
    effects = sum(moved(a, b, periods) for a, b in pairwise(layers))
    ahead = returns_of(layers[-1], periods) - periods.benchmark_returns
    np.testing.assert_allclose(np.asarray(effects).sum(axis=-1), ahead, atol=1e-14)


@given(seeds)
def test_waiting_is_what_the_path_through_the_fill_made_less_the_target(seed: int) -> None:
    """By hand, of 1: T - h is traded at q; held units made R, bought ones (1 + R) / (1 + g) - 1 of what they cost."""
    rng, periods = world(seed)
    growth = rng.normal(0.0, 0.05, (6, 3))
    waits = Waits(rng.dirichlet(np.ones(3), 6), growth, growth - 0.01, rng.normal(0.0, 0.001, 6), np.ones(6, bool))
    target = rng.dirichlet(np.ones(3), 6) * 0.9
    paid = (target - waits.held) * (1.0 + waits.price)
    worth = waits.held * (1.0 + periods.growth) + paid * (1.0 + periods.growth) / (1.0 + growth)
    cash = (1.0 - waits.held.sum(axis=1)) * (1.0 + periods.cash)
    cash -= paid.sum(axis=1) * (1.0 + periods.cash) / (1.0 + waits.cash)
    found = waited(target, waits, periods).sum(axis=1)
    np.testing.assert_allclose(found, worth.sum(axis=1) + cash - 1.0 - returns_of(target, periods), atol=1e-13)


def test_a_fill_at_once_and_no_fill_wait_for_nothing() -> None:
    rng, periods = world(3)
    target, still = rng.dirichlet(np.ones(3), 6), np.zeros((6, 3))
    at_once = waited(target, Waits(target[::-1], still, still, np.zeros(6), np.ones(6, bool)), periods)
    np.testing.assert_allclose(at_once, 0.0, atol=1e-15)
    moves = rng.normal(size=(6, 3))
    assert not waited(target, Waits(target[::-1], moves, moves, np.zeros(6), np.zeros(6, bool)), periods).any()


def test_a_buy_that_became_dearer_costs_the_rise() -> None:
    """A tenth bought 2 % dearer, with no more move after it: .1 * 2 % = 20 bp."""
    periods = Periods(np.array([[0.02]]), np.zeros(1), np.array([0.5]))
    waits = Waits(np.array([[0.5]]), np.array([[0.02]]), np.array([[0.02]]), np.zeros(1), np.ones(1, bool))
    assert waited(np.array([[0.6]]), waits, periods).sum() == pytest.approx(-0.002, abs=1e-15)


def test_an_asset_that_is_lost_before_the_fill_makes_nothing_after_it() -> None:
    """All of it was to be sold, and is worth nothing by then: -100 % against the target's 0."""
    periods = Periods(np.array([[-1.0]]), np.zeros(1), np.array([0.5]))
    waits = Waits(np.array([[1.0]]), np.array([[-1.0]]), np.array([[-1.0]]), np.zeros(1), np.ones(1, bool))
    assert waited(np.array([[0.0]]), waits, periods).sum() == pytest.approx(-1.0, abs=1e-15)


def test_worked() -> None:
    """60/40, equity +10 %, bonds +2 %: 6.8 %. Ten points more equity: .1 (10 - 6.8) - .1 (2 - 6.8) = .8 %."""
    periods = Periods(np.array([[0.10, 0.02]]), np.zeros(1), np.array([0.6, 0.4]))
    assert periods.benchmark_returns[0] == pytest.approx(0.068)
    found = moved(np.array([[0.6, 0.4]]), np.array([[0.7, 0.3]]), periods)
    np.testing.assert_allclose(found, [[0.0032, 0.0048, 0.0]], atol=1e-15)


@given(seeds)
def test_a_portfolio_cut_in_two_periods_compounds_to_what_it_makes_in_one(seed: int) -> None:
    rng, first = world(seed)
    _, second = world(seed + 1)
    both = Periods(*((1 + getattr(first, n)) * (1 + getattr(second, n)) - 1 for n in ("growth", "cash")), first.benchmark)
    later = Periods(second.growth, second.cash, drifted(np.broadcast_to(first.benchmark, (6, 3)), first.growth, first.cash))
    made = (1 + first.benchmark_returns) * (1 + later.benchmark_returns) - 1
    np.testing.assert_allclose(made, both.benchmark_returns, atol=1e-14)
    weights = rng.dirichlet(np.ones(3), (2, 6)) * 1.3
    halves = [returns_of(weights, first), returns_of(drifted(weights, first.growth, first.cash), second)]
    np.testing.assert_allclose(np.prod(1 + np.array(halves), axis=0) - 1, returns_of(weights, both), atol=1e-13)


def test_what_lost_everything_has_no_weights_to_drift() -> None:
    assert drifted(np.array([[2.0]]), np.array([[-0.6]]), np.zeros(1)).tolist() == [[2.0]]


def test_shapes_must_fit() -> None:
    with pytest.raises(InvariantError, match="cash of periods"):
        Periods(np.zeros((2, 3)), np.zeros(3), np.zeros(3))
    with pytest.raises(InvariantError, match="benchmark of periods"):
        Periods(np.zeros((2, 3)), np.zeros(2), np.zeros((3, 3)))
