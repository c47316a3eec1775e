"""Why a weight is what it is: the price, its average, the side, the limit that bit, the budget that held back, the order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.why import explain, reasons

MONTHS = np.busday_offset(np.arange("2020-02", "2020-08", dtype="datetime64[M]").astype("datetime64[D]"), -1, roll="forward")
RISING, FALLING = [100.0, 102.0, 104.0, 106.0, 108.0, 120.0], [100.0, 99.0, 98.0, 97.0, 96.0, 90.0]


def case(**changes: Any) -> tuple[Policy, Market]:
    """UP rises and DOWN falls over six month-ends; a three-month average on both."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "why",
        "since": "2020-01-31",
        "universe": {"UP": {"class": "equity", "name": "The riser"}, "DOWN": {"class": "equity"}},
        "benchmark": {"UP": 0.5, "DOWN": 0.4},
        "signals": {"average": {"use": "trend", "window": "3M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "overlay", "tilt": 0.1, "funding": ["cash"]},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none"},
    }
    policy = policy_from(values | changes)
    held = {
        name: History(About(name, name, Kind.PRICE, "test", "monthly"), MONTHS, {CLOSE: np.array(prices)})
        for name, prices in (("UP", RISING), ("DOWN", FALLING))
    }
    return policy, assemble(policy.universe, held)


def last(**changes: Any) -> tuple[Result, tuple[str, ...]]:
    policy, market = case(**changes)
    result = backtest(policy, market)
    return result, explain(policy, market, result.decisions[-1], 0)


def test_one_asset_from_price_to_order_by_hand() -> None:
    # The last month-ends of UP are 106, 108, 120: mean 111.33, the price is above it. Score +1, aim 0.5 + 0.1 = 60 %.
    # It flips where the next close p < (108 + 120 + p) / 3, so p < 114.
    result, lines = last()
    text = "\n".join(lines)
    assert lines[0].startswith("The riser: benchmark 50.0%, held ")
    assert "+1.00  average on The riser: month-end close 120.00 above its 3-month average 111.33 (2020-06-30, known by" in text
    assert "2020-06-30 22:00Z" in text  # 16:00 in New York and two hours, in summer
    assert "score +1.00, so the aim is 60.0%" in text
    assert "target 60.0%: sell" in text  # it grew beyond 60 %
    assert "flips if: average flips below 114.00 at the next month-end close" in text
    assert result.reason(result.decisions[-1]) == reasons(result.policy, result.market, result.decisions[-1])


def test_the_numbers_in_the_sentence_are_those_of_the_data() -> None:
    _, lines = last()
    average = np.mean(RISING[-3:])
    assert any(f"{average:.2f}" in line and f"{RISING[-1]:.2f}" in line for line in lines)


def test_a_limit_that_bit_is_named_with_what_was_wanted_and_allowed() -> None:
    rule = {"limit": {"use": "max_weight", "at_most": 0.55}, "id": "IPS-7"}
    _, lines = last(rules=[rule])
    assert "limit on The riser: wanted 60.0%, allowed 55.0% (IPS-7)" in lines
    _, bare = last(rules=[rule["limit"]])
    assert any(line.startswith("limit on The riser: wanted 60.0%, allowed 55.0% (Each asset at most 55 %)") for line in bare)


def test_a_budget_that_held_back_says_how_far_it_went() -> None:
    # The second quarter begins in April: of 3 % a part is used by its first two decisions, the last one takes the rest.
    result, lines = last(rules=[{"use": "max_turnover", "at_most": 0.03}])
    reach = result.decisions[-1].reach
    share, left = float(reach.share), float(reach.left)
    assert 0.0 < share < 1.0
    assert any(f"{left:.1%} left: the trade goes {share:.0%} of the way" in line for line in lines)
    _, spent = last(rules=[{"use": "max_turnover", "at_most": 0.0}])
    assert any("stays: the turnover budget is spent" in line for line in spent)


def test_a_band_that_held_says_so() -> None:
    _, lines = last(reacher={"use": "pace", "band": 0.5})
    assert any("lies inside the band: nothing is traded" in line for line in lines)
    assert any(line.startswith("target ") and line.endswith(": no order") for line in lines)


def test_a_trade_below_the_minimum_is_said() -> None:
    policy, market = case(execution={"minimum": "100000 USD"})
    result = backtest(policy, market)
    small = [d for d in result.decisions if d.below_minimum]
    assert small
    asset = policy.universe[small[0].below_minimum[0]].title
    assert f"{asset}: the trade was below the minimum and not placed." in reasons(policy, market, small[0])


def test_a_relaxed_tilt_is_said() -> None:
    rules = [{"use": "max_tilt", "at_most": 0.02}, {"use": "max_weight", "at_most": 0.35}]
    _, lines = last(rules=rules)
    assert "the tilt limit could not be met together with the others and was relaxed" in lines


def test_an_asset_on_which_no_signal_speaks_says_so() -> None:
    policy, market = case(signals={"average": {"use": "trend", "window": "3M", "assets": ["UP"]}})
    result = backtest(policy, market)
    lines = explain(policy, market, result.decisions[-1], 1)
    assert "no signal speaks on it: the aim is 40.0%" in lines
    assert not any(line.startswith("score") for line in lines)


def test_every_decision_of_a_long_run_explains_itself() -> None:
    policy = worlds.policy()
    market = worlds.market(policy, 12, volatility=0.04)
    result = backtest(policy, market)
    assert {OPEN, CLOSE, DIVIDEND} <= set(market.fields)
    for decision in result.decisions:
        assert reasons(policy, market, decision)
        for asset in range(3):
            lines = explain(policy, market, decision, asset)
            assert any(line.startswith("target ") for line in lines)
            assert not any("nan" in line for line in lines)


@pytest.mark.parametrize("number", [0, -1])
def test_the_target_in_the_words_is_the_target(number: int) -> None:
    policy, market = case()
    result = backtest(policy, market)
    decision = result.decisions[number]
    lines = explain(policy, market, decision, 1)
    assert any(line.startswith(f"target {decision.target[1]:.1%}") for line in lines)
