"""Law 8 for sweeps: each variant has the wealth and the figures of its own backtest, through whichever engine it went."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import law_8_worlds as made
from tests.desk import worlds
from tests.desk.twin_worlds import Dice
from trimtab.core.errors import UsageError
from trimtab.core.values import Parts
from trimtab.desk import swept_aims, variants
from trimtab.desk.asking import walk
from trimtab.desk.policy import Policy
from trimtab.desk.swept import FIGURES
from trimtab.desk.swept_aims import Memory
from trimtab.numerics.lanes_running import Engine
from trimtab.signals.vote import Vote

NUMPY, NUMBA = Engine.NUMPY, Engine.NUMBA
AXES = ("signals.trend.window=2M..4M", "allocator.tilt=0.1,0.3", "costs.bps=0,25", "schedule.offset=0,3")
CLASS = {"use": "max_weight", "of": "class", "at_most": 0.55}
BUDGET = {"use": "max_turnover", "at_most": 0.15, "per": "quarter"}
LIMITS = [{"use": "long_only"}, CLASS, BUDGET]
BLEND = (
    "{use: blend, mix: {use: fixed, shares: {fast: 0.6, slow: 0.4}}, "
    "sleeves: {fast: {holds: {A: 0.6, B: 0.4}}, slow: {holds: {C: 1.0}, decide: quarter-end}}}"
)


def random_faults(seed: int, engine: Engine) -> list[str]:
    """What is wrong with four variants of a random policy."""
    said = made.settings(Dice(np.random.default_rng(seed)))
    one = made.policy(**said)
    world, axes = made.market(one, seed), ["costs.bps=0,25"]
    if one.signals:
        monthly = said["signals"]["trend"]["window"].endswith("M")
        axes.append(f"signals.trend.window={'2M,3M' if monthly else '20D,60D'}")
    found = made.swept(one, world, *axes, engine=engine)
    assert set(found.engines) == {engine.value}
    return [*found.failed.values(), *made.law_8(found, made.variants(one, *axes), world, range(4))]


@given(seed=st.integers(0, 2**32 - 1), engine=st.sampled_from([NUMPY, NUMBA]))
@settings(max_examples=6)
def test_plain_variants_have_the_wealth_and_figures_of_their_backtests(seed: int, engine: Engine) -> None:
    assert random_faults(seed, engine) == []


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20))
def test_many_plain_policies_have_the_wealth_of_their_backtests(block: int) -> None:
    start = int(os.environ.get("TRIMTAB_SOAK_SEED", "0")) + 1000 * block
    assert [(seed, faults) for seed in range(start, start + 25) if (faults := random_faults(seed, NUMBA))] == []


@pytest.mark.soak
def test_ten_thousand_variants_agree_with_the_ledger_on_fifty_of_them() -> None:
    axes = ("signals.trend.window=30D..129D", "allocator.tilt=0.05,0.1,0.2,0.3,0.4", "costs.bps=0,5,10,25,50", *AXES[3:],
            "schedule.decide=month-end,quarter-end")  # fmt: skip
    one = made.policy(rules=LIMITS)
    world, every = made.market(one, 9, count=600), made.variants(one, *axes)
    assert len(every) == 10_000
    found = made.swept(one, world, *axes)
    some = np.random.default_rng(9).choice(len(every), 50, replace=False).tolist()
    assert (dict(found.failed), made.law_8(found, every, world, some)) == ({}, [])
    assert set(found.engines) == {"numba"}


# What is put together how.


@pytest.fixture(scope="module")
def grid() -> tuple[Policy, Any]:
    one = made.policy(rules=LIMITS, schedule={"trade": "next_close", "lag": 1})
    return one, made.market(one, 4)


def test_a_grid_over_knowledge_dates_and_books(grid: tuple[Policy, Any]) -> None:
    one, world = grid
    found = made.swept(one, world, *AXES)
    assert made.law_8(found, made.variants(one, *AXES), world, [0, 5, 11, 18, 23]) == []
    assert len(np.unique(found.figures["end_value"])) == 24
    plain = made.swept(one, world, *AXES, engine=NUMPY)
    np.testing.assert_allclose(found.wealth, plain.wealth, rtol=1e-12)
    for name in FIGURES:
        np.testing.assert_allclose(found.figures[name], plain.figures[name], rtol=1e-9)
    assert (set(found.engines), set(plain.engines)) == ({"numba"}, {"numpy"})


@pytest.mark.parametrize("engine", [NUMPY, NUMBA])
def test_a_variant_is_the_same_alone_and_in_any_part_and_order(grid: tuple[Policy, Any], engine: Engine) -> None:
    one, world = grid
    whole = made.swept(one, world, *AXES, engine=engine)
    for some in ([17], [23, 2, 9], list(range(12, 24))):
        part = made.swept(one, world, *AXES, engine=engine, numbers=some)
        assert part.numbers.tolist() == some
        np.testing.assert_allclose(part.wealth, whole.wealth[some], rtol=1e-13)
        np.testing.assert_allclose(part.months, whole.months[some], rtol=1e-13)
        assert part.first.tolist() == whole.first[some].tolist()


def test_months_are_wealth_at_their_ends(grid: tuple[Policy, Any]) -> None:
    one, world = grid
    found = made.swept(one, world, AXES[0])
    rows = np.searchsorted(world.sessions, found.dates)
    begun = rows > found.first[:, np.newaxis]
    np.testing.assert_array_equal(found.months[begun], found.wealth[:, rows][begun])
    assert np.isnan(found.months[~begun]).all()
    assert found.returns.shape == (len(rows) - 1, 3)
    assert found.returns[-1] == pytest.approx(found.months[:, -1] / found.months[:, -2] - 1.0)


# Through which engine.

ENGINES: dict[str, tuple[dict[str, Any], str, set[str]]] = {
    "taxes, through the ledger": ({}, "tax={use: us_federal},{use: us_federal, account: deferred}", {"ledger", "numba"}),
    "a band": ({}, "reacher.band=0.0,0.01", {"numba", "twin"}),
    "whole shares": ({"execution": {"rounding": "none"}}, "execution.units=whole,fractional", {"numba", "twin"}),
    "coarse fractions": ({}, "execution.digits=4,9", {"numba", "twin"}),
    "a blend whose sleeves rest": ({}, f"allocator={{use: static}},{BLEND}", {"numba", "twin"}),
    "a ticket": ({}, "costs.minimum_ticket=0 USD,3 USD", {"numba", "twin"}),
    "a rolling budget": ({}, f"rules=[],[{{use: max_turnover, at_most: 0.1, window: 30D}}],[{BUDGET}]".replace("'", ""),
                         {"numba", "twin"}),
    "cut-offs": ({}, "schedule.cut_off=1h,16h", {"numba"}),
    "starts and capitals": ({}, "start=2001-03-01,2001-08-15", {"numba"}),
    "groups of rules": ({"rules": LIMITS}, "rules.1.at_most=0.45,0.9", {"numba"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
def test_law_8_holds_through(name: str) -> None:
    changes, axis, engines = ENGINES[name]
    one = made.policy(**changes)
    world = made.market(one, 6)
    found = made.swept(one, world, axis)
    assert (dict(found.failed), set(found.engines)) == ({}, engines)
    assert made.law_8(found, made.variants(one, axis), world, range(3)) == []


# Where trades move prices, accounts ask for more than their goals: a run of the twin must not ask that of one for all.
DEALT = {
    "signals": "signals.trend.window=2M,3M",
    "combine": "combine={use: vote},{use: mean}",
    "regime": "regime={use: none},{use: volatility}",
    "forecast": "forecast={use: none},{use: ewma}",
    "allocator": "allocator.tilt=0.1,0.3",
    "averages": "averages=refused,allowed",
    "liquidity": "liquidity.volume=5D,20D,60D",
    "rules": "rules=[],[{use: max_participation, share: 0.02}]",
    "cash": "cash.series='',bills",
    "benchmark": "benchmark={A: 0.5, B: 0.2, C: 0.2},{A: 0.2, B: 0.3, C: 0.3}",
}


def test_every_key_of_knowledge_is_tried_where_trades_move_prices() -> None:
    assert set(DEALT) == {key for key, aspects in variants._ASPECTS.items() if variants.Aspect.KNOWLEDGE in aspects}


@pytest.mark.parametrize("axis", [*DEALT.values(), "liquidity.volatility=5D,60D"])
def test_variants_side_by_side_have_the_costs_of_each_alone(axis: str) -> None:
    one = made.policy(costs={"use": "impact", "bps": 5}, liquidity={"volume": "10D"})
    world = worlds.market(one, 3, count=120, traded=1e6)
    found = made.swept(one, world, axis)
    assert (dict(found.failed), set(found.engines)) == ({}, {"twin"})
    assert made.law_8(found, made.variants(one, axis), world, range(3)) == []
    for number in found.numbers.tolist():
        alone = made.swept(one, world, axis, numbers=[number])
        np.testing.assert_allclose(alone.wealth[0], found.wealth[number], rtol=1e-13)


def test_dearer_trades_are_seen() -> None:
    """The control: one basis point more is far more than what is tolerated."""
    one = made.policy()
    world = made.market(one, 6)
    found = made.swept(one, world, "costs.bps=11")
    assert made.gap(found, 0, made.backtest(one, world)) > 1e-6
    assert not made.figures_agree(found, 0, made.backtest(one, world))


# Memory.

TIED: dict[str, Any] = {
    "signals": {"trend": {"use": "trend", "window": "30D"}, "momentum": {"use": "momentum", "lookback": "25D", "skip": "0D"}},
    "combine": {"use": "vote", "hysteresis": 0.6},
}
SCHEDULES = "schedule.decide=month-end,week-end,quarter-end"


class Deaf(Memory):
    """The fault: a memory that never says that it mattered."""

    def __call__(self, component: Any, rows: Any) -> Any:
        return walk(component, rows)


@pytest.mark.parametrize("changes", [TIED, {}], ids=["hysteresis", "ties"])
def test_where_memory_matters_each_schedule_is_asked_by_itself(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made.policy(**changes)
    world = made.stuck(made.market(one, 3), 2)
    found = made.swept(one, world, SCHEDULES)
    assert made.law_8(found, made.variants(one, SCHEDULES), world, range(3)) == []
    if changes:
        monkeypatch.setattr(swept_aims, "Memory", Deaf)
        assert made.law_8(made.swept(one, world, SCHEDULES), made.variants(one, SCHEDULES), world, range(3)) != []


def test_memory_hears_ties_and_hysteresis_and_nothing_else() -> None:
    clear, tied = np.array([[1.0, -1.0], [np.nan, 0.5]]), np.array([[1.0, -1.0], [0.0, 0.5]])
    for component, rows, mattered in (
        (Vote(), clear, False), (Vote(), tied, True), (Vote(), tied[:0], False), (Vote(hysteresis=0.6), clear, True),
        (Parts, tied, False), (None, tied, False),
    ):  # fmt: skip
        memory = Memory()
        np.testing.assert_array_equal(memory(component, rows), walk(component, rows))
        assert memory.mattered is mattered


# What cannot be run.


def test_variants_that_cannot_be_read_or_begin_are_told_and_the_others_run() -> None:
    one = made.policy(since="2001-01-02")
    world, axes = made.market(one, 2), ("signals.trend.window=1M,2M,36M", "costs.bps=0,10")
    found = made.swept(one, world, *axes)
    assert list(found.failed) == [0, 1, 4, 5]
    assert "1M is the price itself" in found.failed[0]
    assert "signals.trend.window=1M" in found.failed[0]
    assert found.failed[4] == "no decision date has all prices, signals and weights"
    for name in FIGURES:
        assert np.isfinite(found.figures[name]).tolist() == [False, False, True, True, False, False]
    assert np.isnan(found.wealth[[0, 1, 4, 5]]).all()
    assert made.law_8(found, made.variants(one, *axes), world, range(6)) == []


def test_dates_that_the_market_does_not_have_are_told() -> None:
    one = made.policy(universe=dict.fromkeys(made.ASSETS), since="2001-01-02")
    world = made.market(one, 2, count=30)
    found = made.swept(one, world, "schedule.decide=quarter-end,week-end", "signals.trend.window=10D")
    assert dict(found.failed) == {0: "the data hold no decision date"}
    banded = made.swept(one, world, "schedule.decide=quarter-end,week-end", "signals.trend.window=10D", "reacher.band=0.01")
    assert list(banded.failed) == [0]
    assert banded.engines == ("", "twin")


def test_a_schedule_that_monthly_data_have_no_sessions_for_fails_alone() -> None:
    one, world = made.monthly()
    axis = "schedule.trade=same_close,next_close,next_observation"
    found = made.swept(one, world, axis)
    assert list(found.failed) == [1]
    assert "monthly data hold no next session" in found.failed[1]
    assert made.law_8(found, made.variants(one, axis), world, range(3)) == []


def test_another_market_is_refused() -> None:
    one = made.policy()
    other = worlds.policy()
    with pytest.raises(UsageError, match="the market at hand is not that of the policy swept"):
        made.swept(one, worlds.market(other), "costs.bps=1,2")


def test_parts_that_do_not_go_together_fail_alone() -> None:
    """Sleeves that decide weekly leave no room for an offset that the others have."""
    one = made.policy()
    axes = (f"allocator={{use: static}},{BLEND.replace('quarter-end', 'week-end')}", "schedule.offset=0,7")
    found = made.swept(one, made.market(one, 2), *axes)
    assert list(found.failed) == [3]
    assert "from one week-end to the next there are not so many sessions" in found.failed[3]


def test_numbers_that_there_are_not_are_refused() -> None:
    one = made.policy()
    for number in (2, -1):
        with pytest.raises(UsageError, match="of 2"):
            made.swept(one, made.market(one, 2), "costs.bps=1,2", numbers=[number])


def test_an_account_that_starts_after_the_data_end_never_does() -> None:
    one = made.policy()
    found = made.swept(one, made.market(one, 2), "start=2030-01-01")
    assert found.failed == {0: "no decision date has all prices, signals and weights"}


@pytest.mark.parametrize(("rows", "engine"), [(slice(120, 123), "twin"), (slice(0, 60), "numba"), (slice(150, None), "twin")])
def test_prices_that_are_missing_on_the_way_are_what_a_backtest_makes_of_them(rows: slice, engine: str) -> None:
    one, axis = made.policy(), "signals.trend.window=2M,3M"
    world = made.market(one, 3)
    fields = {key: values.copy() for key, values in world.fields.items()}
    for values in fields.values():
        values[rows, 1] = np.nan
    world = replace(world, fields=fields)
    found = made.swept(one, world, axis)
    assert (dict(found.failed), set(found.engines)) == ({}, {engine})
    assert made.law_8(found, made.variants(one, axis), world, range(2)) == []


def test_a_series_that_is_not_there_fails_alone() -> None:
    one = made.policy()
    found = made.swept(one, made.market(one, 2), "cash.series=bills,rates")
    assert list(found.failed) == [1]
    assert np.isfinite(found.figures["sharpe"]).tolist() == [True, False]


def test_no_variants_at_all() -> None:
    one = made.policy()
    found = made.swept(one, made.market(one, 2), "costs.bps=1,2", numbers=[])
    assert (found.wealth.shape[0], found.failed, found.engines) == (0, {}, ())
