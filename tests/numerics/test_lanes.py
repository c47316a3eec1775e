"""Lanes: both engines and a plain account walk the same way, and a lane is the same in whatever company it goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numerics import lane_worlds as made
from trimtab.core.arrays import Array
from trimtab.core.region import Group, Region
from trimtab.numerics import lanes_running, lanes_stepped
from trimtab.numerics.lanes import TALLIES, Fence, Ground, Lanes, Timetable, Trails, deepest, tally
from trimtab.numerics.lanes_running import Engine, chosen

NUMPY, NUMBA = Engine.NUMPY, Engine.NUMBA
seeds = st.integers(0, 2**32 - 1)
both = pytest.mark.parametrize("engine", [NUMPY, NUMBA], ids=["numpy", "numba"])


def close(one: Trails, other: Trails, tolerance: float = 1e-12) -> None:
    """Whether two trails say the same, relatively; sums of returns to that of a return."""
    np.testing.assert_allclose(one.wealth, other.wealth, rtol=tolerance)
    np.testing.assert_allclose(one.marks, other.marks, rtol=tolerance)
    np.testing.assert_allclose(one.tallies, other.tallies, rtol=tolerance, atol=100 * tolerance)
    np.testing.assert_allclose(one.tallies[:, 0], other.tallies[:, 0], rtol=tolerance)


# Laws.


@given(seed=seeds, lanes=st.sampled_from([1, 2, 17]), assets=st.integers(1, 9))
@settings(max_examples=30)
def test_compiled_is_stepped(seed: int, lanes: int, assets: int) -> None:
    one = made.world(seed, lanes=lanes, assets=assets)
    close(made.walked(one, NUMBA), made.walked(one, NUMPY))


@given(seed=seeds, assets=st.integers(1, 6))
@settings(max_examples=25)
def test_both_are_the_plain_account(seed: int, assets: int) -> None:
    one = made.world(seed, lanes=1, assets=assets)
    tallies, wealth = made.tallied(one)
    for engine in (NUMPY, NUMBA):
        trails = made.walked(one, engine)
        np.testing.assert_allclose(trails.wealth[0], wealth, rtol=1e-12)
        np.testing.assert_allclose(trails.tallies[0], tallies, rtol=1e-11, atol=1e-10)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(6))
def test_many_worlds_are_the_plain_account(block: int) -> None:
    for seed in range(1000 * block, 1000 * block + 100):
        one = made.world(seed, lanes=9, assets=1 + seed % 12, sessions=120)
        trails = made.walked(one, NUMBA)
        close(trails, made.walked(one, NUMPY))
        for number in range(one.count):
            _, wealth = made.tallied(made.alone(one, number))
            np.testing.assert_allclose(trails.wealth[number], wealth, rtol=1e-11)


@both
@given(seed=seeds)
@settings(max_examples=6)
def test_a_lane_alone_is_the_same_in_any_bundle(engine: Engine, seed: int) -> None:
    one = made.world(seed, lanes=23, assets=4)
    together = made.walked(one, engine)
    for number in (0, 9, 22):
        lonely = made.walked(made.alone(one, number), engine)
        np.testing.assert_allclose(together.wealth[number], lonely.wealth[0], rtol=1e-13)
        np.testing.assert_allclose(together.tallies[number], lonely.tallies[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("lanes", [200, 129])
def test_more_lanes_than_a_bundle_holds(lanes: int) -> None:
    one = made.world(7, lanes=lanes, assets=5, sessions=40)
    compiled = made.walked(one, NUMBA)
    close(compiled, made.walked(one, NUMPY))
    lonely = made.walked(made.alone(one, lanes - 1), NUMBA)
    np.testing.assert_allclose(compiled.wealth[-1], lonely.wealth[0], rtol=1e-13)


def test_more_lanes_than_step_together(monkeypatch: pytest.MonkeyPatch) -> None:
    one = made.world(8, lanes=60, assets=3)
    whole = made.walked(one, NUMPY)
    monkeypatch.setattr(lanes_stepped, "_TOGETHER", 7)
    close(made.walked(one, NUMPY), whole, 1e-13)


@both
@given(seed=seeds)
@settings(max_examples=6)
def test_the_order_of_assets_and_of_lanes_does_not_matter(engine: Engine, seed: int) -> None:
    one, rng = made.world(seed, lanes=11, assets=5), np.random.default_rng(seed)
    turn, shuffle = rng.permutation(5), rng.permutation(11)
    market, limits = one.ground, one.fence
    ground = replace(market, closes=_columns(market.closes, turn), fills=_columns(market.fills, turn))
    groups = tuple(Group(group.members[turn], group.floor, group.cap) for group in limits.groups)
    fence = replace(limits, low=limits.low[turn], high=limits.high[turn], group=limits.group[turn], groups=groups)
    lanes = tuple(replace(own, numbers=shuffle[own.numbers]) for own in reversed(one.groups))
    other = made.World(ground, fence, np.ascontiguousarray(one.goals[..., turn]), lanes)
    np.testing.assert_allclose(made.walked(other, engine).wealth[shuffle], made.walked(one, engine).wealth, rtol=1e-11)


def _columns(table: Array, turn: Array) -> Array:
    return np.ascontiguousarray(table[:, turn])


@both
@given(seed=seeds, scale=st.sampled_from([1e-3, 3.7, 1e9]))
@settings(max_examples=6)
def test_capital_scales(engine: Engine, seed: int, scale: float) -> None:
    one = made.world(seed, lanes=5, assets=4)
    rich = replace(one, ground=replace(one.ground, capital=one.ground.capital * scale))
    small, large = made.walked(one, engine), made.walked(rich, engine)
    np.testing.assert_allclose(large.wealth, small.wealth * scale, rtol=1e-11)
    amounts = [TALLIES.index("end"), TALLIES.index("cost")]
    scaled = small.tallies.copy()
    scaled[:, amounts] *= scale
    np.testing.assert_allclose(large.tallies, scaled, rtol=1e-10, atol=1e-11)


@given(seed=seeds, assets=st.integers(1, 10))
@settings(max_examples=40)
def test_the_way_inside_the_fence_is_the_projection(seed: int, assets: int) -> None:
    nearest = pytest.importorskip("trimtab.numerics.lanes_fence").nearest
    rng = np.random.default_rng(seed)
    fence = made.fence(rng, assets)
    points = rng.dirichlet(np.ones(assets + 1), 6) + rng.normal(0.0, 0.3, (6, 1)) * rng.random((6, assets + 1))
    points[:, -1] += 1.0 - points.sum(axis=1)
    want = made.polytope(fence).nearest(points)[:, :-1]
    np.testing.assert_allclose(nearest(np.ascontiguousarray(points[:, :-1]), fence), want, rtol=0, atol=1e-14)


# By hand.


def hand(closes: list[float], decided: list[int], filled: list[int], goals: list[float], **more: float) -> made.World:
    """One asset, one lane, 1,000 of capital; `budget` and `rate` where they are given."""
    prices = np.array(closes)[:, np.newaxis]
    flat = np.ones(len(prices))
    budgets = np.array([more["budget"]]) if "budget" in more else np.empty(0)
    fence = Fence.around(Region(np.zeros(1), np.full(1, np.inf), 0.0), budgets)
    count = len(decided)
    times = Timetable(np.array(decided), np.array(filled), np.arange(count), np.zeros((len(budgets), count), dtype=np.intp))
    zero = np.zeros(1, dtype=np.intp)
    lanes = Lanes(times, zero, zero, zero, np.array([more.get("rate", 0.0)]))
    table = np.array(goals, dtype=float).reshape(1, -1, 1)
    return made.World(Ground(prices, prices, flat, np.zeros(len(flat)), 1000.0), fence, table, (lanes,))


@both
def test_a_purchase_that_the_price_has_outrun_is_cut_to_the_cash(engine: Engine) -> None:
    # All of 1,000 is to buy at 10: 100 units. They cost 12.50 at the fill, and cash pays for 80. At 15 they are worth 1,200.
    trails = made.walked(hand([10.0, 12.5, 15.0], [0], [1], [1.0]), engine)
    assert trails.wealth[0] == pytest.approx([1000.0, 1000.0, 1200.0])


@both
def test_costs_come_out_of_the_purchase(engine: Engine) -> None:
    # V + 1 % of V = 1,000, so V = 990.0990 is bought at 10 and doubles. The cost is 9.9010.
    trails = made.walked(hand([10.0, 20.0], [0], [0], [1.0], rate=0.01), engine)
    assert trails.wealth[0] == pytest.approx([1000.0, 2000.0 / 1.01])
    assert trails.tallies[0, -2:] == pytest.approx([10.0 / 1.01, 0.01 / 1.01])
    assert trails.tallies[0, TALLIES.index("turnover")] == 0.0  # first funding is left out


@both
def test_first_funding_is_free_of_budgets_whenever_it_comes(engine: Engine) -> None:
    # Cash at first, then 80 %: nothing was bought before, so a budget of 10 % does not bind. Back to 20 % is a way of
    # 60 %, of which 10 % is gone: 70 %, and nothing is left for the last decision.
    trails = made.walked(hand([10.0] * 5 + [20.0], [0, 1, 2, 3], [0, 1, 2, 3], [0.0, 0.8, 0.2, 0.0], budget=0.1), engine)
    assert trails.wealth[0, -1] == pytest.approx(1700.0)
    assert trails.tallies[0, TALLIES.index("turnover")] == pytest.approx(0.1)


@both
def test_cash_waits_for_its_first_fill_at_the_rate_of_bills(engine: Engine) -> None:
    one = hand([10.0] * 4, [1], [3], [1.0])
    bank = np.array([1.0, 1.1, 1.21, 1.331])
    trails = made.walked(replace(one, ground=replace(one.ground, bank=bank)), engine)
    assert trails.wealth[0] == pytest.approx([1000.0, 1000.0, 1100.0, 1210.0])


# Edges.


@both
def test_a_decision_that_is_never_filled_leaves_the_cash(engine: Engine) -> None:
    for filled in (3, 99):
        trails = made.walked(hand([10.0, 20.0, 40.0], [2], [filled], [1.0]), engine)
        assert trails.wealth[0].tolist() == [1000.0] * 3
        assert trails.tallies[0, 1:].tolist() == [0.0] * 6 + [1.0] + [0.0] * 3


@both
def test_one_decision_on_the_last_session(engine: Engine) -> None:
    trails = made.walked(hand([10.0, 20.0, 40.0], [2], [2], [1.0]), engine)
    assert trails.wealth[0].tolist() == [1000.0] * 3
    assert trails.marks.shape == (1, 0)


@both
def test_a_timetable_whose_last_fill_lies_beyond_the_end_beside_one_whose_does_not(engine: Engine) -> None:
    slow, quick = hand([10.0, 20.0, 40.0], [0, 2], [1, 4], [1.0, 0.0]), hand([10.0, 20.0, 40.0], [0, 2], [0, 2], [1.0, 0.0])
    second = replace(quick.groups[0], numbers=np.ones(1, dtype=np.intp))
    trails = made.walked(replace(slow, groups=(slow.groups[0], second)), engine)
    for number, one in enumerate((slow, quick)):
        assert trails.wealth[number].tolist() == made.walked(one, engine).wealth[0].tolist()


@both
@pytest.mark.parametrize("begin", [5, 17, 28, 29])
@pytest.mark.parametrize("wait", [0, 1, 99])
def test_one_that_begins_late_beside_others(engine: Engine, begin: int, wait: int) -> None:
    one = made.world(11, lanes=9, assets=3, sessions=30)
    bank = np.cumprod(np.full(30, 1.01))
    early = one.groups[0]
    rows = np.arange(begin, 30, 3)
    periods = np.zeros((len(one.fence.budgets), len(rows)), dtype=np.intp)
    times = Timetable(rows, rows + wait, np.zeros(len(rows), dtype=np.intp), periods)
    here = np.array([one.count])
    late = Lanes(times, here, np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp), np.array([0.001]))
    world = replace(one, ground=replace(one.ground, bank=bank, riskfree=np.full(30, 0.01)), groups=(early, late))
    everyone = (*one.groups[1:], late)
    together = made.walked(replace(world, groups=(early, *everyone)), engine)
    lonely = made.walked(made.alone(world, one.count), engine)
    np.testing.assert_allclose(together.wealth[one.count], lonely.wealth[0], rtol=1e-13)
    np.testing.assert_allclose(together.marks[one.count], lonely.marks[0], rtol=1e-13)
    np.testing.assert_allclose(together.tallies[one.count], lonely.tallies[0], rtol=1e-12, atol=1e-13)
    assert together.wealth[one.count, : begin + 1].tolist() == [1e6] * (begin + 1)
    if wait == 99:
        assert together.wealth[one.count, -1] == pytest.approx(1e6 * 1.01 ** (29 - begin))


@given(seed=seeds, sessions=st.integers(1, 400), lanes=st.integers(1, 5), drift=st.sampled_from([-0.02, 0.0, 0.02]))
def test_the_deepest_fall_is_the_one_of_every_session(seed: int, sessions: int, lanes: int, drift: float) -> None:
    rng = np.random.default_rng(seed)
    wealth = np.exp(np.cumsum(rng.normal(drift, 0.05, (sessions, lanes)), axis=0))
    if seed % 5 == 0:
        wealth[rng.random(wealth.shape) < 0.01] *= -1.0  # debt
        wealth[0] = 1.0
    want = (wealth / np.maximum.accumulate(wealth, axis=0)).min(axis=0)
    assert deepest(wealth).tolist() == want.tolist()


@both
def test_no_lanes_leave_nothing(engine: Engine) -> None:
    one = hand([10.0, 20.0], [0], [0], [1.0])
    trails = Trails.blank(0, 2, np.array([1]))
    lanes_running.run(one.ground, one.fence, one.goals, (), trails, engine=engine)
    assert trails.tallies.shape == (0, len(TALLIES))
    none = np.empty(0, dtype=np.intp)
    empty = replace(one.groups[0], numbers=none, whose=none, first=none, rate=np.empty(0))
    lanes_running.run(one.ground, one.fence, one.goals, (empty,), trails, engine=engine)


def test_tallies_of_one_session_are_nothing_but_its_wealth() -> None:
    assert tally(np.array([[5.0]]), np.zeros(1))[:, 0].tolist() == [5.0] + [0.0] * 6 + [1.0]


# The choice of an engine.


def test_the_engine_that_is_asked_for_runs_and_numpy_where_numba_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(NUMPY, 1e12) is NUMPY
    assert chosen(NUMBA, 1.0) is NUMBA
    assert chosen(Engine.AUTO, 1e12) is NUMBA
    monkeypatch.setattr(lanes_running, "warm", lambda: False)
    assert chosen(Engine.AUTO, 1.0) is NUMPY
    monkeypatch.setattr(lanes_running, "warm", lambda: True)
    assert chosen(Engine.AUTO, 1.0) is NUMBA
    monkeypatch.setattr(lanes_running, "find_spec", lambda _: None)
    assert chosen(Engine.AUTO, 1e12) is NUMPY


def test_what_has_been_compiled_is_warm() -> None:
    made.walked(made.world(1, lanes=1, assets=2), NUMBA)
    assert lanes_running.warm()


def test_what_is_compiled_is_what_is_written() -> None:
    names = ("compiled", "days", "trading", "fence")
    modules = [pytest.importorskip(f"trimtab.numerics.lanes_{name}") for name in names]
    worlds = [made.world(seed, lanes=3, assets=5, sessions=30) for seed in (0, 4, 6)]
    want = [made.walked(one, NUMBA) for one in worlds]
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            for name, work in list(vars(module).items()):
                if hasattr(work, "py_func"):
                    patch.setattr(module, name, work.py_func)
        for one, trails in zip(worlds, want, strict=True):
            close(made.walked(one, NUMBA), trails)


def test_whoever_hands_in_arrays_gets_what_was_compiled_before() -> None:
    walk = pytest.importorskip("trimtab.numerics.lanes_compiled")._walk
    one = made.world(5, lanes=2, assets=3)
    made.walked(one, NUMBA)
    before = len(walk.signatures)
    closes = np.asfortranarray(one.ground.closes)
    closes.flags.writeable = False
    made.walked(replace(one, ground=replace(one.ground, closes=closes), goals=one.goals.view()), NUMBA)
    assert len(walk.signatures) == before
