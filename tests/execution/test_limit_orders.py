"""Limit orders: fill probability and runaway in closed form against simulated paths, and the best distance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.execution.limit_orders import LimitOrder

DISTANCES = np.array([0.0005, 0.002, 0.005, 0.01, 0.03])
orders = st.builds(
    LimitOrder,
    volatility=st.floats(0.001, 0.05),
    horizon=st.floats(0.05, 5.0),
    market=st.floats(0.0, 0.01),
    adverse=st.floats(0.0, 0.01),
    chase=st.floats(0.0, 2.0),
)


def simulated(order: LimitOrder, distance: float, paths: int = 200_000) -> tuple[float, float, float]:
    """Fill probability, mean price where it was not filled, and mean cost of a buyer, from paths drawn exactly.

    The end of a Brownian path is normal, and its minimum given the end is drawn from the law of the Brownian bridge:
    (x - sqrt(x^2 - 2 s^2 ln U)) / 2.
    """
    rng = np.random.default_rng(7)
    end = order.deviation * rng.standard_normal(paths)
    low = (end - np.sqrt(end**2 - 2.0 * order.deviation**2 * np.log(rng.uniform(size=paths)))) / 2.0
    filled = low <= -distance
    cost = np.where(filled, order.adverse - distance, order.market + order.chase * end)
    return float(filled.mean()), float(end[~filled].mean()), float(cost.mean())


@given(orders, st.floats(0.0, 0.2), st.floats(0.0, 0.2))
@settings(max_examples=100)
def test_farther_limits_are_filled_less_often_and_the_game_is_fair(order: LimitOrder, one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert 1.0 >= order.probability(near) >= order.probability(far) >= 0.0
    p = float(order.probability(far))
    if p < 1.0:  # optional stopping: -d p + (1 - p) runaway = 0
        assert (1.0 - p) * float(order.runaway(far)) == pytest.approx(far * p, rel=1e-6, abs=1e-15)


@given(orders)
@settings(max_examples=100)
def test_no_distance_of_a_fine_grid_is_better_than_the_best(order: LimitOrder) -> None:
    best = order.best()
    grid = np.concatenate([[0.0, order.tick], np.linspace(order.tick, 8.0 * order.deviation, 2001)])
    assert best.cost <= float(order.cost(grid).min()) + 1e-12
    assert best.cost == pytest.approx(float(order.cost(best.distance)), abs=1e-15)
    assert best.probability == pytest.approx(float(order.probability(best.distance)), abs=1e-15)


@given(orders)
@settings(max_examples=30)
def test_distances_are_answered_one_by_one(order: LimitOrder) -> None:
    for answer in (order.probability, order.runaway, order.cost):
        assert np.array_equal(answer(DISTANCES), [float(answer(d)) for d in DISTANCES])


@pytest.mark.parametrize("distance", DISTANCES[:4])
@pytest.mark.parametrize("chase", [0.0, 1.0])
def test_simulated_paths_agree(distance: float, chase: float) -> None:
    order = LimitOrder(0.01, 1.0, market=0.0008, adverse=0.0003, chase=chase)
    probability, runaway, cost = simulated(order, distance)
    assert float(order.probability(distance)) == pytest.approx(probability, abs=0.004)  # 3 standard errors of 200 000 paths
    assert float(order.runaway(distance)) == pytest.approx(runaway, rel=0.03)
    assert float(order.cost(distance)) == pytest.approx(cost, abs=8e-5)


def test_the_simulation_catches_a_probability_without_reflection() -> None:
    """A fault: the chance that the price ENDS beyond the limit, half of the right one."""
    order = LimitOrder(0.01)
    ends = 0.5 * math.erfc(0.005 / 0.01 / math.sqrt(2.0))
    assert abs(ends - simulated(order, 0.005)[0]) > 0.2


def test_a_limit_one_deviation_away_by_hand() -> None:
    # s = .02 * sqrt(.25) = .01. P(fill) = 2 Phi(-1) = 2 * .158655 = .317311. Runaway = .01 * .317311 / .682689 = .0046480.
    # Cost with market 10 bp, adverse 2 bp, chase 0: .317311 * (.0002 - .01) + .682689 * .001 = -.00310964 + .00068269.
    order = LimitOrder(0.02, 0.25, market=0.001, adverse=0.0002, chase=0.0)
    assert float(order.probability(0.01)) == pytest.approx(0.317311, abs=5e-7)
    assert float(order.runaway(0.01)) == pytest.approx(0.0046480, abs=5e-7)
    assert float(order.cost(0.01)) == pytest.approx(-0.00242695, abs=5e-8)


def test_no_distance_is_a_market_order_and_an_infinite_one_is_never_filled() -> None:
    order = LimitOrder(0.01, market=0.0008, adverse=0.0003)
    assert order.probability([0.0, np.inf]).tolist() == [1.0, 0.0]
    assert order.cost([0.0, np.inf]).tolist() == [0.0008, 0.0008]  # it trades at the market now, or in the end
    assert float(order.runaway(np.inf)) == 0.0
    assert float(order.runaway(0.0)) == pytest.approx(0.01 * math.sqrt(math.pi / 2), rel=1e-15)  # mean of a Brownian meander
    assert float(order.runaway(1e-9)) == pytest.approx(float(order.runaway(0.0)), rel=1e-6)


def test_what_must_trade_in_the_end_wins_nothing_by_distance_only_the_cost_of_crossing() -> None:
    # chase 1: cost = p adverse + (1 - p) market. Where being picked off is cheaper than crossing, the nearest limit is best;
    # where it is dearer, no limit is.
    near = LimitOrder(0.01, market=0.0008, adverse=0.0003, tick=0.0001).best()
    assert near.distance == 0.0001
    assert LimitOrder(0.01, market=0.0003, adverse=0.0008).best() == (0.0, 1.0, 0.0003)
    assert LimitOrder(0.01, market=0.0003, adverse=0.0003).best() == (0.0, 1.0, 0.0003)


def test_the_best_distance_without_chase_solves_its_first_order_condition() -> None:
    # market = adverse = 0, chase 0: maximise d * 2 Phi(-d / s), so Phi(-z) = z phi(z): z = 0.7518 (tables of Mills' ratio).
    best = LimitOrder(0.01, chase=0.0).best()
    z = best.distance / 0.01
    assert 0.5 * math.erfc(z / math.sqrt(2)) == pytest.approx(z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), rel=1e-6)
    assert z == pytest.approx(0.7518, abs=5e-5)


def test_unknown_distances_stay_unknown() -> None:
    order = LimitOrder(0.01)
    for answer in (order.probability, order.runaway, order.cost):
        assert np.isnan(answer(np.array([np.nan, 0.01]))).tolist() == [True, False]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ParameterError, match="market order"):
        LimitOrder(0.01).probability(-0.01)
    for wrong in ({"volatility": 0.0}, {"volatility": 0.01, "horizon": 0.0}, {"volatility": 0.01, "adverse": -0.1}):
        with pytest.raises(ParameterError):
            LimitOrder(**wrong)
    with pytest.raises(ParameterError, match="volatility is inf"):
        LimitOrder(math.inf)
