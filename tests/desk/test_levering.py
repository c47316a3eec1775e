"""Allocators that scale others, walked by the desk: laws, factors kept, step and deleveraging through whole backtests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_laws import same_decision
from trimtab.construction.volatility_target import ACTS, FACTOR, VOLATILITY, VolatilityTarget
from trimtab.core.arrays import Array
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.counterparts import counterparts
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.propose import propose
from trimtab.desk.why import explain

CALM = {"use": "volatility", "window": "20D", "history": "60D", "enter": 0.7, "exit": 0.5}
RULES = [{"use": "max_leverage", "at_most": 2.0}]


def target(of: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {"use": "volatility_target", "target": 0.2, "most": 1.8, "of": of or {"use": "risk_parity"}, **changes}


def levered(allocator: dict[str, Any], **changes: Any) -> Policy:
    values: dict[str, Any] = {
        "signals": {},
        "combine": None,
        "rules": RULES,
        "reacher": {"use": "pace"},
        "costs": {"use": "linear", "bps": 5},
        "forecast": {"use": "ewma", "window": "40D"},
        "allocator": allocator,
        "schedule": {"decide": "week-end", "trade": "next_close"},
    }
    return worlds.policy(**(values | changes))


def changing(policy: Policy, seed: int = 0, count: int = 320) -> Market:
    """A market that is calm, then wild, then calm again."""
    world = worlds.market(policy, seed, count=count, volatility=0.008)
    wild = np.where((np.arange(count) > 120) & (np.arange(count) < 200), 4.0, 1.0)[:, None]
    fields = {}
    for name, values in world.fields.items():
        if values.ndim == 2 and np.nanmin(values) > 0.0:  # prices; what is paid out stays
            steps = np.diff(np.log(values), axis=0, prepend=np.log(values[:1]))
            fields[name] = values[:1] * np.exp(np.cumsum(steps * wild, axis=0))
    return replace(world, fields={**world.fields, **fields})


def factors(policy: Policy, world: Market) -> tuple[Array, Any]:
    """The factors (D, 3) on dates where they are known, and all aims."""
    found = aims(policy, decision_view(policy, world))
    assert found.factors is not None
    return found.factors[np.isfinite(found.factors).all(axis=1)], found


CASES: dict[str, dict[str, Any]] = {
    "plain": target(),
    "step": target(step=0.1),
    "rule": target(step=0.2, deleverage={"above": 0.25, "to": 0.6}),
    "inverse": target({"use": "inverse_volatility"}, step=0.15),
    "nested": target(target({"use": "static"}, target=0.1, step=0.05), step=0.1),
}


@pytest.mark.parametrize("name", CASES)
def test_live_decides_as_the_backtest_did(name: str) -> None:
    policy = levered(CASES[name], schedule={"decide": "month-end", "trade": "next_close"})
    world = changing(policy, 3)
    batched = backtest(policy, world)
    assert len(batched.decisions) >= 10
    for decision in batched.decisions:
        live = propose(policy, world, decision.today.when).decision
        assert same_decision(live, decision)
        one, two = live.today, decision.today
        np.testing.assert_array_equal(one.aims.factors[one.d], two.aims.factors[two.d])


@pytest.mark.parametrize("name", CASES)
def test_the_future_changes_no_factor(name: str) -> None:
    policy = levered(CASES[name])
    world = changing(policy, 4)
    whole = aims(policy, decision_view(policy, world))
    for row in (100, 125, 150, 190, 220, 300):
        early = aims(policy, decision_view(policy, worlds.cut(world, row)))
        np.testing.assert_array_equal(early.factors, whole.factors[: len(early)])
        np.testing.assert_array_equal(early.aim, whole.aim[: len(early)])
        bent = aims(policy, decision_view(policy, worlds.corrupted(world, row, 1000.0)))
        same = whole.days.dates <= world.sessions[row]
        np.testing.assert_array_equal(bent.aim[same], whole.aim[same])


def test_the_aim_is_what_is_scaled_times_the_factor() -> None:
    policy = levered(CASES["step"])
    world = changing(policy)
    known, found = factors(policy, world)
    bare = aims(levered({"use": "risk_parity"}), decision_view(policy, world))
    np.testing.assert_array_equal(found.aim, bare.aim * found.factors[:, :1])
    assert (np.abs(np.diff(known[:, FACTOR])) <= 0.1 * (1 + 1e-12)).all()
    volatility = np.sqrt(np.einsum("di,dij,dj->d", bare.aim, found.forecast.covariance, bare.aim))
    rows = np.isfinite(found.factors).all(axis=1)
    np.testing.assert_allclose(known[:, VOLATILITY], volatility[rows], rtol=1e-9)


def test_without_memory_the_factor_is_the_target_over_the_volatility() -> None:
    policy = levered(CASES["plain"])
    known, _ = factors(policy, changing(policy))
    np.testing.assert_array_equal(known[:, FACTOR], np.minimum(0.2 / known[:, VOLATILITY], 1.8))
    assert known[:, FACTOR].max() == 1.8
    assert known[:, FACTOR].min() < 0.9


def test_the_rule_cuts_at_once_and_leverage_comes_back_by_steps_through_a_whole_backtest() -> None:
    policy = levered(CASES["rule"])
    world = changing(policy)
    result = backtest(policy, world)
    found = result.aims
    first = len(found) - len(result.decisions)
    rows = found.factors[first:]
    acts = rows[:, ACTS] > 0.0
    assert 3 < acts.sum() < len(acts) / 2
    assert (rows[acts, FACTOR] <= 0.6).all()
    np.testing.assert_array_equal(acts, rows[:, VOLATILITY] > 0.25)
    begin = int(np.flatnonzero(acts)[0])
    assert rows[begin - 1, FACTOR] - rows[begin, FACTOR] > 0.2  # faster than the step
    end = int(np.flatnonzero(acts)[-1])
    back = np.diff(rows[end:, FACTOR])
    assert (back <= 0.2 * (1 + 1e-12)).all()
    assert rows[end:, FACTOR].max() > 1.2
    gross = np.array([decision.target.sum() for decision in result.decisions])
    np.testing.assert_allclose(gross, rows[:, FACTOR], rtol=1e-9)  # parity is fully invested
    assert not result.blocked
    assert result.account.interest < 0  # what is borrowed is paid for


def test_a_rule_on_the_regime_reads_it_and_the_counterpart_knows_none() -> None:
    """Regression: the same policy without its regime asked for a state that nobody told apart, and could not run."""
    allocator = target(step=0.2, deleverage={"states": ["stressed"], "to": 0.5})
    policy = levered(allocator, regime=CALM)
    world = changing(policy)
    _, found = factors(policy, world)
    stressed = found.regime.probabilities[:, found.regime.states.index("stressed")]
    known = np.isfinite(found.factors).all(axis=1)
    np.testing.assert_array_equal(found.factors[known, ACTS] > 0.0, stressed[known] > 0.5)
    assert 0 < (found.factors[known, ACTS] > 0.0).sum() < known.sum()
    (deaf,) = counterparts(policy)
    assert isinstance(deaf.allocator, VolatilityTarget)
    assert deaf.allocator.deleverage.states == ()
    assert deaf.allocator.deleverage.to == 0.5
    result = backtest(deaf, world)
    assert not (result.aims.factors[np.isfinite(result.aims.factors).all(axis=1)][:, ACTS] > 0.0).any()


def test_the_counterpart_of_a_levered_blend_is_deaf_all_the_way_down() -> None:
    """Regression: only the mix of a blend was made deaf, not the sleeves in it."""
    inner = target({"use": "static"}, deleverage={"states": ["stressed"], "to": 0.5})
    by_state = {"use": "by_state", "shares": {"stressed": {"b": 1.0}}, "otherwise": {"a": 0.5, "b": 0.5}}
    sleeves = {"a": {"allocator": inner}, "b": {"holds": {"C": 1.0}}}
    blend = {"use": "blend", "mix": by_state, "sleeves": sleeves}
    policy = levered(target(blend, deleverage={"states": ["stressed"], "to": 1.0}), regime=CALM)
    (deaf,) = counterparts(policy)
    world = changing(policy)
    assert np.isfinite(backtest(deaf, world).wealth).all()
    assert np.isfinite(backtest(policy, world).wealth).all()
    sleeves["a"]["regime"] = CALM  # a regime of its own is the sleeve's, and stays
    policy = levered(blend, regime=CALM)
    (own,) = counterparts(policy)
    assert own.allocator.sleeves["a"].allocator.deleverage.states == ("stressed",)
    assert np.isfinite(backtest(own, world).wealth).all()


def test_a_blend_is_scaled_with_its_sleeves() -> None:
    sleeves = {"a": {"holds": {"A": 0.6, "B": 0.4}}, "b": {"allocator": {"use": "risk_parity"}, "decide": "month-end"}}
    blend = {"use": "blend", "mix": {"use": "fixed", "shares": {"a": 0.4, "b": 0.6}}, "sleeves": sleeves}
    policy = levered(target(blend, step=0.1))
    world = changing(policy)
    found = aims(policy, decision_view(policy, world))
    bare = aims(levered(blend), decision_view(policy, world))
    np.testing.assert_array_equal(found.aim, bare.aim * found.factors[:, :1])
    np.testing.assert_allclose(found.sleeves.contributions.sum(axis=0), found.aim, rtol=1e-12)
    result = backtest(policy, world)
    assert not result.blocked


def test_why_tells_the_factor() -> None:
    policy = levered(CASES["rule"])
    world = changing(policy)
    decision = backtest(policy, world).decisions[-1]
    said = " ".join(explain(policy, world, decision, 0))
    factor = decision.today.aims.factors[decision.today.d, FACTOR]
    assert f"times {factor:.2f}: target 20 % over estimated volatility" in said


def test_all_that_scales_needs_its_covariance_and_borrows_no_more_than_rules_allow() -> None:
    policy = levered(CASES["plain"], rules=[{"use": "max_leverage", "at_most": 1.3}])
    result = backtest(policy, changing(policy))
    gross = np.array([decision.target.sum() for decision in result.decisions])
    assert gross.max() == pytest.approx(1.3)
    assert not result.blocked
    tight = levered(CASES["plain"], rules=[])
    without = backtest(tight, changing(tight))
    assert max(decision.target.sum() for decision in without.decisions) <= 1.0 + 1e-12
