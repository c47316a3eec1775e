"""Accounts with prices of their own: each as the lanes of one market have it, by hand, and the same alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.numerics import lanes_stepped
from trimtab.numerics.lanes import Fence, Ground, Lanes, Timetable, Trails
from trimtab.numerics.lanes_apart import Apart, Bands, Grounds, Steps

ROWS, CAPITAL = 40, 1000.0
NONE = np.empty(0)


def fence(assets: int, budgets: Array = NONE) -> Fence:
    whole = np.zeros(assets), np.ones(assets)
    group = np.zeros(assets, dtype=np.intp)
    return Fence(*whole, 0.0, 1.0, group - 1, NONE, NONE, budgets)


def prices(rng: np.random.Generator, lanes: int, assets: int) -> Grounds:
    closes = np.exp(np.cumsum(rng.normal(0.0, 0.05, (ROWS, assets, lanes)), axis=0))
    fills = closes * np.exp(rng.normal(0.0, 0.01, closes.shape))
    bank = np.cumprod(1.0 + rng.uniform(0.0, 0.004, (ROWS, lanes)), axis=0)
    return Grounds(closes, fills, bank, CAPITAL)


def steps(lag: int = 0, budgets: int = 0, *, every: int = 3) -> Steps:
    decided = np.arange(0, ROWS, every)
    periods = np.tile(decided // 9, (budgets, 1))
    return Steps(decided, decided + lag, np.arange(ROWS), periods)


def goals(rng: np.random.Generator, count: int, assets: int, lanes: int) -> Array:
    return rng.dirichlet(np.ones(assets + 1), (count, lanes))[..., :-1].transpose(0, 2, 1)


@given(st.integers(0, 10**6), st.integers(0, 2), st.integers(0, 2), st.integers(1, 4), st.sampled_from((0.0, 0.001, 0.02)))
@settings(max_examples=25, deadline=None)
def test_each_is_the_lane_of_a_market_with_its_prices(seed: int, lag: int, budgets: int, assets: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    ground, plan = prices(rng, 3, assets), steps(lag, budgets)
    wanted = goals(rng, len(plan.decided), assets, 3)
    around = fence(assets, rng.uniform(0.02, 0.6, budgets))
    found = Apart(ground, plan, around, rate).wealth(wanted)
    times = Timetable(plan.decided, plan.filled, np.arange(len(plan.decided)), plan.periods)
    for k in range(3):
        own = Ground(
            ground.closes[..., k].copy(), ground.fills[..., k].copy(), ground.bank[:, k].copy(), np.zeros(ROWS), CAPITAL
        )
        if lag == 0:  # a market that trades at the close that it decides at has one price
            own = Ground(own.closes, own.closes, own.bank, own.riskfree, CAPITAL)
        here = Apart(
            Grounds(ground.closes, ground.closes if lag == 0 else ground.fills, ground.bank, CAPITAL), plan, around, rate
        )
        found = here.wealth(wanted)
        trails = Trails.blank(1, ROWS, np.arange(ROWS), whole=True)
        one = np.zeros(1, dtype=np.intp)
        lanes_stepped.run(own, around, wanted[..., k][np.newaxis], [Lanes(times, one, one, one, np.full(1, rate))], trails)
        first = int(plan.filled[0])
        assert found[first + 1 :, k] == pytest.approx(trails.wealth[0, first + 1 :], rel=1e-12)


@given(st.integers(0, 10**6), st.integers(0, 1))
@settings(max_examples=15, deadline=None)
def test_an_account_is_the_same_alone(seed: int, budgets: int) -> None:
    rng = np.random.default_rng(seed)
    ground, plan = prices(rng, 7, 3), steps(1, budgets)
    wanted, around = goals(rng, len(plan.decided), 3, 7), fence(3, np.full(budgets, 0.1))
    found = Apart(ground, plan, around, 0.001, Bands(0.03)).wealth(wanted)
    for k in (0, 6):
        part = Grounds(*(getattr(ground, name)[..., [k]] for name in ("closes", "fills", "bank")), CAPITAL)
        alone = Apart(part, plan, around, 0.001, Bands(0.03)).wealth(wanted[..., [k]])
        assert alone[:, 0] == pytest.approx(found[:, k], rel=1e-13)


def test_by_hand() -> None:
    """Half of 1000 at 10, cash that grows by 1 % a row, 1 % of what is traded.

    V = 1000 - .01 * V/2, so V = 1000/1.005 = 995.0249; 49.7512 units and 497.5124 in cash. At a price of 12 a row later:
    49.7512 * 12 + 497.5124 * 1.01 = 597.0149 + 502.4876 = 1099.5025. Then half again: V + .01 * |V/2 - 597.0149| = 1099.5025,
    so V - .005 V = 1099.5025 - 5.970149, V = 1099.0275.
    """
    closes = np.array([10.0, 12.0])[:, np.newaxis, np.newaxis]
    ground = Grounds(closes, closes, np.array([[1.0], [1.01]]), CAPITAL)
    plan = Steps(np.array([0, 1]), np.array([0, 1]), np.array([0, 1]), np.empty((0, 2), dtype=np.intp))
    found = Apart(ground, plan, fence(1), 0.01).wealth(np.full((2, 1, 1), 0.5))
    assert found[:, 0] == pytest.approx([1000.0, 1099.0275], abs=1e-4)


@pytest.mark.parametrize(
    ("bands", "trades"), [(Bands(0.05), False), (Bands(0.04), True), (Bands(each=0.05), False), (Bands(each=0.04), True)]
)
def test_a_drift_within_its_band_is_left_alone(bands: Bands, trades: bool) -> None:
    """Half at 10, then at 12: 600 of 1100 are 54.55 %, 4.55 % off. Held: at 15 it is 750 + 500. Traded: 550 * 1.25 + 550."""
    closes = np.array([10.0, 12.0, 15.0])[:, np.newaxis, np.newaxis]
    ground = Grounds(closes, closes, np.ones((3, 1)), CAPITAL)
    plan = Steps(np.array([0, 1]), np.array([0, 1]), np.array([2]), np.empty((0, 2), dtype=np.intp))
    found = Apart(ground, plan, fence(1), 0.0, bands).wealth(np.full((2, 1, 1), 0.5))
    assert found[0, 0] == pytest.approx(1237.5 if trades else 1250.0)


def test_the_narrower_band_counts() -> None:
    base, goal = np.array([[0.25], [0.6]]), np.array([[0.22], [0.6]])
    drift = np.array([0.03])
    assert Bands(each=0.05).stay(base, goal, drift).all()
    assert not Bands(each=0.05, relative=0.1).stay(base, goal, drift).any()  # a tenth of .22 is .022
    assert Bands(relative=0.2).stay(base, goal, drift).all()
    assert not Bands(relative=0.2).stay(goal, goal, np.zeros(1)).any()  # at its goal it does not stay: it is there


def test_nothing_is_filled_beyond_the_last_row() -> None:
    rng = np.random.default_rng(0)
    ground = prices(rng, 2, 2)
    late = Steps(np.array([ROWS - 1]), np.array([ROWS]), np.array([0, ROWS - 1]), np.empty((0, 1), dtype=np.intp))
    assert (Apart(ground, late, fence(2), 0.0).wealth(np.full((1, 2, 2), 0.4)) == CAPITAL).all()
    never = Steps(*(np.empty(0, dtype=np.intp),) * 2, np.array([3]), np.empty((0, 0), dtype=np.intp))
    assert (Apart(ground, never, fence(2), 0.0).wealth(np.empty((0, 2, 2))) == CAPITAL).all()


def test_between_decision_and_first_fill_cash_earns() -> None:
    ground = Grounds(np.ones((3, 1, 1)), np.ones((3, 1, 1)), np.array([[1.0], [1.1], [1.21]]), CAPITAL)
    plan = Steps(np.array([0]), np.array([2]), np.array([0, 1, 2]), np.empty((0, 1), dtype=np.intp))
    found = Apart(ground, plan, fence(1), 0.0).wealth(np.ones((1, 1, 1)))
    assert found[:, 0] == pytest.approx([1000.0, 1100.0, 1210.0 - 210.0 + 210.0])
