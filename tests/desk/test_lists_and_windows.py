"""Limits on trading through whole backtests: what is locked, resting sleeves, lists, holding periods, participation, risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.entries import Fill, Split
from trimtab.core.errors import PolicyError
from trimtab.core.terms import TOTAL_RETURN, TRADED
from trimtab.desk.backtest import backtest
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result

TIMING: dict[str, Any] = {
    "signals": {"average": {"use": "trend", "window": "2M"}},
    "combine": {"use": "vote"},
    "allocator": {"use": "overlay", "tilt": 0.15},
    "benchmark": {"A": 0.4, "B": 0.2, "C": 0.4},
    "reacher": {"use": "pace"},
    "costs": {"use": "linear", "bps": 20, "half_spread_bps": 5},
    "execution": {"dividends": "pay"},
    "forecast": {"use": "ewma", "window": "30D"},
}
several = pytest.mark.parametrize("seed", [0, 1, 94678])


def run(seed: int, rules: Sequence[dict[str, Any]], *, traded: float = 5e6, count: int = 320, **changes: Any) -> Result:
    policy = worlds.policy(**(TIMING | {"rules": list(rules)} | changes))
    return backtest(policy, worlds.market(policy, seed, count=count, volatility=0.025, traded=traded))


def trades(outcome: Result, asset: int) -> list[Fill]:
    """The fills in one asset after first funding."""
    first = f"{outcome.decisions[0].today.when}:"
    return [fill for fill in outcome.fills if fill.asset == asset and not fill.order.startswith(first)]


def unbroken(outcome: Result) -> None:
    """The gate never blocked, nothing was refused, and a rule is broken only where its kind is said to be relaxed."""
    assert not outcome.blocked
    for decision in outcome.decisions:
        book = replace(decision.book, base=decision.reach.base)
        for breach in outcome.policy.rules.breaches(decision.target, book, tolerance=1e-6):
            assert breach.rule.limit.kind.value in decision.relaxed or not breach.curable, decision.today.when


# What is locked.


@several
def test_what_is_locked_is_bought_once_and_never_traded_again(seed: int) -> None:
    rules = [{"use": "locked", "only": ["C"]}, {"use": "max_weight", "at_most": 0.5}, {"use": "max_tilt", "at_most": 0.2}]
    outcome = run(seed, rules)
    assert trades(outcome, 2) == []
    assert trades(outcome, 0)
    assert outcome.decisions[0].orders[-1].asset == 2  # the commitment is made by first funding
    unbroken(outcome)
    assert outcome.account.residual == 0


@pytest.mark.parametrize("whole", [False, True])
@several
def test_a_locked_class_leaves_cash_enough_for_the_costs_of_the_others(seed: int, whole: bool) -> None:
    execution = {"dividends": "pay", "units": "whole" if whole else "fractional"}
    outcome = run(seed, [{"use": "locked", "only": ["bonds"]}], execution=execution, capital="20000 USD")
    assert trades(outcome, 2) == []
    unbroken(outcome)
    cash = 1.0 - outcome.weights.sum(axis=1)
    assert cash.min() > -1e-9


def test_a_locked_asset_past_its_cap_is_a_breach_that_nobody_can_cure() -> None:
    outcome = run(5, [{"use": "locked", "only": ["C"]}, {"use": "max_weight", "at_most": 0.4}])
    drifted = [d for d in outcome.decisions if d.book.funded and d.book.held[2] > 0.4 + 1e-6]
    assert drifted
    for decision in drifted:
        (breach,) = outcome.policy.rules.breaches(decision.target, decision.book)
        assert not breach.curable
        assert decision.target[2] == decision.book.held[2]
    unbroken(outcome)


# Sleeves that do not decide.


@several
def test_a_sleeve_that_rests_is_never_traded_and_the_others_pay_the_costs(seed: int) -> None:
    sleeves = {"fast": {"holds": {"A": 0.6, "B": 0.4}}, "slow": {"holds": {"C": 1.0}, "decide": "quarter-end"}}
    blend = {"use": "blend", "mix": {"use": "fixed", "shares": {"fast": 0.6, "slow": 0.4}}, "sleeves": sleeves}
    outcome = run(seed, [], signals={}, combine=None, allocator=blend, count=420)
    resting = [d for d in outcome.decisions[1:] if not d.today.aims.sleeves.decides[1, d.today.d]]
    assert len(resting) > 6
    when = {str(d.today.when) for d in resting}
    assert not any(fill.asset == 2 and fill.order.rpartition(":")[0] in when for fill in outcome.fills)
    assert any(fill.asset == 0 and fill.order.rpartition(":")[0] in when for fill in outcome.fills)
    unbroken(outcome)
    assert (1.0 - outcome.weights.sum(axis=1)).min() > -1e-9


# Lists.


@several
def test_what_is_on_the_list_is_never_bought_not_even_at_first(seed: int) -> None:
    outcome = run(seed, [{"use": "restricted", "only": ["B"]}])
    assert not any(fill.asset == 1 for fill in outcome.fills)
    unbroken(outcome)


# Holding periods.


@pytest.mark.parametrize("pay", [False, True])
@several
def test_what_was_bought_within_the_period_is_not_sold(seed: int, pay: bool) -> None:
    rules = [{"use": "min_holding", "period": "45D"}]
    execution = {"dividends": "pay" if pay else "reinvest"}
    outcome = run(seed, rules, execution=execution, schedule={"decide": "week-end", "trade": "next_close"})
    unbroken(outcome)
    assert not any(decision.relaxed for decision in outcome.decisions)
    assert sold_young(outcome, 45) == []
    free = run(seed, [], execution=execution, schedule={"decide": "week-end", "trade": "next_close"})
    assert sold_young(free, 45)


def sold_young(outcome: Result, days: int) -> list[Fill]:
    """Sales that reach into what was bought in the `days` up to the decision; older units go first."""
    found = []
    for fill in outcome.fills:
        if fill.units < 0:
            decided = np.datetime64(fill.order.rpartition(":")[0])
            before = [one for one in outcome.fills if one.asset == fill.asset and np.datetime64(one.when) <= decided]
            held = float(sum(one.units for one in before))
            young = sum(float(one.units) for one in before if one.units > 0 and np.datetime64(one.when) > decided - days)
            if held + float(fill.units) < min(held, young) - 1e-7:
                found.append(fill)
    return found


def test_a_split_does_not_free_what_must_be_held() -> None:
    policy: Policy = worlds.policy(
        **TIMING | {"rules": [{"use": "min_holding", "period": "90D"}], "signals": {}, "combine": None,
                    "allocator": {"use": "static"}, "execution": {"rounding": "none"}},
    )  # fmt: skip
    plain = worlds.market(policy, 5, count=200, traded=5e6)
    split = np.ones((200, 3))
    split[60, 0] = 2.0
    fields = {}
    for name, values in plain.fields.items():
        halved = values.copy()
        if name not in (TRADED, TOTAL_RETURN):
            halved[60:, 0] = halved[60:, 0] / 2.0
        fields[name] = halved
    world = replace(plain, fields=fields, splits=split)
    one, two = backtest(policy, plain), backtest(policy, world)
    assert any(isinstance(entry, Split) for entry in two.entries)
    for a, b in zip(one.decisions, two.decisions, strict=True):
        np.testing.assert_allclose(a.target, b.target, atol=1e-6)


# Participation.


@several
def test_no_order_takes_more_of_its_market_than_allowed_first_funding_included(seed: int) -> None:
    liquidity = {"volume": "20D", "volatility": "20D"}
    outcome = run(seed, [{"use": "max_participation", "share": 0.05}], traded=1e6, liquidity=liquidity)
    unbroken(outcome)
    biting = 0
    for decision in outcome.decisions:
        row = int(np.searchsorted(outcome.market.sessions, decision.today.when))
        most = 0.05 * np.median(outcome.market.fields[TRADED][row - 19 : row + 1], axis=0)
        moved = np.abs(decision.target - decision.book.held) * decision.book.nav
        assert (moved <= most * (1.0 + 1e-6) + 1e-3).all()
        biting += int((moved > most * 0.999).any())
        for order in decision.orders:
            assert abs(float(order.units * order.reference)) <= most[order.asset] * (1.0 + 1e-6) + 1e-3
    assert biting > 3


# Risk.


@several
def test_tracking_error_stays_within_its_bound_or_its_relaxation_is_recorded(seed: int) -> None:
    outcome = run(seed, [{"use": "tracking_error", "at_most": 0.015}])
    unbroken(outcome)
    risks = []
    for decision in outcome.decisions:
        active = decision.target - outcome.benchmark_weights
        risks.append(float(np.sqrt(active @ decision.today.forecast.covariance @ active)))
        assert risks[-1] <= 0.015 + 1e-6 or "tilt" in decision.relaxed
    assert max(risks) > 0.0149  # and it bites


def test_all_together_with_what_is_locked() -> None:
    rules = [
        {"use": "locked", "only": ["C"]}, {"use": "tracking_error", "at_most": 0.03},
        {"use": "max_participation", "share": 0.1}, {"use": "min_holding", "period": "30D"},
        {"use": "max_turnover", "at_most": 0.1},
    ]  # fmt: skip
    for seed in range(4):
        outcome = run(seed, rules, traded=2e6)
        unbroken(outcome)
        assert trades(outcome, 2) == [] or not outcome.decisions[0].orders
        assert outcome.account.residual == 0


@pytest.mark.parametrize("rule", [{"use": "locked", "only": ["Z"]}, {"use": "restricted", "only": []}])
def test_names_on_lists_are_checked(rule: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=r"'Z'|the list is empty"):
        worlds.policy(rules=[rule])
