"""Worse worlds: each is the policy with one key changed, and gives what a backtest of that policy gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.validation_worlds import monthly, trend
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.desk.backtest import backtest
from trimtab.desk.evidence import Evidence, evidence, sharpe_of
from trimtab.desk.grid import Grid
from trimtab.desk.policy import Policy
from trimtab.desk.stress_checks import LATER, Stress
from trimtab.desk.tried import month_wealth, tried
from trimtab.validation.checks import Check, Light

SIGNALS = {"trend": {"use": "trend", "window": "40D"}}
COMMON = {"signals": SIGNALS, "combine": {"use": "vote"}, "allocator": {"use": "timing"}, "rules": [{"use": "long_only"}]}


def daily(**changes: object) -> Policy:
    return worlds.policy(**(COMMON | {"costs": {"use": "linear", "bps": 30}} | changes))


@pytest.fixture(scope="module")
def found() -> Evidence:
    result = backtest(daily(), worlds.market(daily(), 4, count=700))
    return evidence(result, tried(result, Grid(())), seed=1)


@pytest.fixture(scope="module")
def stress(found: Evidence) -> tuple[Stress, dict[str, Check]]:
    made = Stress.of(found)
    return made, {check.name: check for check in made.checks(lambda _: None)}


def ahead(found: Evidence, **changes: object) -> np.ndarray:
    """Returns over the benchmark of the policy with other keys, through the exact ledger, in the months that it has."""
    other = backtest(daily(**changes), found.result.market)
    return found.shared(np.array([month_wealth(found.result), month_wealth(other)]))[1][:, 1]


def test_each_world_is_what_the_exact_ledger_gives(found: Evidence, stress: tuple[Stress, dict[str, Check]]) -> None:
    checks = stress[1]
    assert checks["costs x2"].value == pytest.approx(
        float(sharpe_of(ahead(found, costs={"use": "linear", "bps": 60}))), rel=1e-4
    )
    late = {"decide": "month-end", "trade": "next_open", "lag": 1}
    assert checks["lag +1"].value == pytest.approx(float(sharpe_of(ahead(found, schedule=late))), rel=1e-4)
    assert checks["costs x2"].value < float(sharpe_of(found.active[:, 0]))


def test_the_worst_rebalance_day_is_the_worst_of_all(found: Evidence, stress: tuple[Stress, dict[str, Check]]) -> None:
    days = [{"decide": "month-end", "trade": "next_open", "offset": offset} for offset in LATER]
    alphas = [float(ahead(found, schedule=day)[-20:].mean()) for day in days]
    assert len(set(alphas)) > 1
    wealth = np.array([month_wealth(backtest(daily(schedule=day), found.result.market)) for day in days])
    together = found.shared(np.array([month_wealth(found.result), *wealth]))[1].mean(axis=0) * 12.0
    assert len(together) == 1 + len(days)
    assert stress[1]["rebalance day"].value == pytest.approx(float(together.min()), rel=1e-4)


def test_every_world_is_counted_with_a_hash_of_its_own(stress: tuple[Stress, dict[str, Check]]) -> None:
    made, _ = stress
    assert len(made.tried) == 1 + len(LATER) + 3  # days, quarterly, costs, lag
    assert len(set(made.tried.hashes)) == len(made.tried)
    assert np.isfinite(made.tried.sharpes).all()


def test_the_slower_schedule_is_compared_net_of_costs(found: Evidence, stress: tuple[Stress, dict[str, Check]]) -> None:
    check = stress[1]["trading less often"]
    assert check.words.startswith("month-end against quarter-end: Keep the ")
    traded = stress[0]._traded(found.result, 0)
    np.testing.assert_allclose(traded.returns - traded.costs, found.returns[:, 0], atol=1e-12)
    paid = float((traded.costs * found.result.wealth[np.searchsorted(found.result.dates, found.dates[:-1])]).sum())
    inside = found.result.turnover[0] > found.dates[0]
    assert paid == pytest.approx(float(found.result.costs[inside].sum()), rel=1e-9)


def test_schedules_are_compared_from_where_both_are_invested() -> None:
    """A regression: the slower one's months in cash and its first purchase lay in the comparison, at 50 points once.

    With a band of 0.9 both buy once and never again, so between them lies next to nothing, and no cost at all.
    """
    policy = trend(
        signals={},
        combine=None,
        allocator={"use": "static"},
        reacher={"use": "pace", "band": 0.9},
        costs={"use": "linear", "bps": 50},
        start="1991-01-31",
        schedule={"decide": "month-end", "trade": "next_observation"},
    )
    result = backtest(policy, monthly(policy, 1, count=60))
    check = Stress.of(evidence(result, tried(result, Grid(())), seed=1))._schedules()
    assert float(result.costs.sum()) > 0.0
    assert "+0.00 % cost" in check.words or "-0.00 % cost" in check.words
    assert abs(check.value) < 0.0015


@pytest.mark.parametrize(("seed", "light"), [(5, Light.FAIL), (14, Light.WARN)])
def test_what_keeps_next_to_nothing_a_session_later_fails(seed: int, light: Light) -> None:
    """A regression: a ratio of 16.6 of which 0.03 was left had a warning, for it was not below 0."""
    policy = daily(
        universe={"A": {}},
        benchmark={"A": 0.5},
        signals={"move": {"use": "momentum", "lookback": "1D"}},
        costs={"use": "linear", "bps": 0},
        cash=None,
        schedule={"decide": "daily", "trade": "same_close"},
    )
    market = worlds.market(policy, seed, count=700)
    shocks = np.random.default_rng(seed).normal(0.0, 0.01, 700)
    index = np.exp(np.cumsum(shocks + 0.9 * np.append(0.0, shocks[:-1])))[:, np.newaxis]  # a day is like the one before only
    market = replace(market, fields={CLOSE: 100.0 * index, TOTAL_RETURN: index})
    result = backtest(policy, market)
    check = Stress.of(evidence(result, tried(result, Grid(())), seed=1))._lag()
    assert check.light is light
    assert 0.0 < check.value < 1.0  # of 7.3 and 7.0


def test_the_days_of_what_is_always_its_benchmark_have_no_answer() -> None:
    """Regression: a policy in cash, beside cash, had a warning for an alpha of exactly 0."""
    policy = worlds.policy(
        signals={}, combine=None, allocator={"use": "static"}, rules=[{"use": "long_only"}], benchmark={"A": 0, "B": 0, "C": 0}
    )
    result = backtest(policy, worlds.market(policy, 4, count=700))
    found = Stress.of(evidence(result, tried(result, Grid(())), seed=1))._days()
    assert (found.light, found.words) == (Light.UNKNOWN, "no answer: it never differs from the benchmark")


def test_what_a_world_cannot_be_says_why() -> None:
    policy = trend(costs={"use": "linear"}, schedule={"decide": "month-end", "trade": "next_observation"})
    result = backtest(policy, monthly(policy, 1, count=80))
    made = Stress.of(evidence(result, tried(result, Grid(())), seed=1))
    checks = {check.name: check for check in made.checks(lambda _: None)}
    assert checks["rebalance day"].words == "no answer: monthly data hold no other days"
    assert checks["costs x2"].words == "no answer: trading is free in this policy"
    assert checks["lag +1"].words.startswith("no answer: it already trades an observation later")
    assert all(checks[name].light is Light.UNKNOWN for name in ("rebalance day", "costs x2", "lag +1"))
