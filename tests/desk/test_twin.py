"""Law 8: the float twin has the wealth of the exact ledger, whatever a policy says; and a batch has the bits of each alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import twin_worlds as made
from tests.desk import worlds
from tests.desk.test_events import history
from tests.desk.test_events import policy as plain_policy
from trimtab.construction.pace import Pace
from trimtab.core.errors import BreachError, DataError, InvariantError, UsageError
from trimtab.core.schedule import Rounding
from trimtab.core.terms import DIVIDEND
from trimtab.data.assembly import assemble
from trimtab.desk import twin_deciding, twin_sizing, twin_trading
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.twin import Paths, twin
from trimtab.desk.twin_marks import Marking
from trimtab.desk.twin_passing import Passing

CLOSE_ENOUGH = 1e-9  # law 8
seeds = st.integers(0, 2**32 - 1)


def agrees(seed: int, **changes: Any) -> bool:
    """Whether both have the same wealth at every session, and count the same refusals, or end for the same reason."""
    policy, world = made.case(seed, **changes)
    view, knowledge = made.looked(policy, world)
    paths = twin(policy, world, view, [knowledge], weights=True)
    try:
        result = made.exactly(policy, world, view, knowledge)
    except (DataError, InvariantError) as error:
        return paths.failed == {0: error.what}
    same = made.gap(paths, result) <= CLOSE_ENOUGH and int(paths.refused.sum()) == len(result.blocked)
    return same and bool(np.allclose(paths.weights[0], result.weights, rtol=0.0, atol=CLOSE_ENOUGH))  # type: ignore[index]


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_fast_equals_exact_for_random_policies_and_markets(seed: int) -> None:
    assert agrees(seed)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(40))
def test_fast_equals_exact_for_many_policies(block: int) -> None:
    start = int(os.environ.get("TRIMTAB_SOAK_SEED", "0")) + 1000 * block
    assert [seed for seed in range(start, start + 25) if not agrees(seed)] == []


@pytest.mark.parametrize("seed", [3, 21])
def test_a_batch_has_the_bits_of_each_variant_alone(seed: int) -> None:
    policy, world = made.case(seed, allocator={"use": "timing"}, signals={"trend": {"use": "trend", "window": "2M"}},
                              combine={"use": "vote"})  # fmt: skip
    view, knowledge = made.variants(policy, world)
    together = twin(policy, world, view, knowledge, weights=True)
    assert list(together.failed) == [len(knowledge) - 1]
    assert np.isnan(together.wealth[-1]).all()
    for number, one in enumerate(knowledge[:-1]):
        assert same_bits(together, number, twin(policy, world, view, [one], weights=True))
        assert made.gap(together, made.exactly(policy, world, view, one), number) <= CLOSE_ENOUGH


def same_bits(paths: Paths, number: int, alone: Paths) -> bool:
    """Whether one row of a batch is a run of its own, bit for bit."""
    late, dates = len(paths.sessions) - len(alone.sessions), len(paths.dates) - len(alone.dates)
    assert np.isnan(paths.wealth[number, :late]).all()
    assert paths.weights is not None
    assert alone.weights is not None
    pairs = [
        (paths.wealth[number, late:], alone.wealth[0]),
        (paths.weights[number, late:], alone.weights[0]),
        (paths.turnover[number, dates:], alone.turnover[0]),
        (paths.costs[number, dates:], alone.costs[0]),
        (paths.refused[number, dates:], alone.refused[0]),
    ]
    return paths.fills[number] == alone.fills[0] and all(np.array_equal(one, two) for one, two in pairs)


@pytest.mark.parametrize(("costs", "minimum"), list(zip(made.COSTS, ["2000 USD", "0 USD"] * 2 + ["2000 USD"], strict=True)))
def test_together_is_what_one_by_one_is(monkeypatch: pytest.MonkeyPatch, costs: dict[str, Any], minimum: str) -> None:
    """The orders of a batch are those of `decide`, which sizes each account in exact money."""
    execution = {"rounding": "none", "digits": 10, "minimum": minimum, "dividends": "pay"}
    policy, world = made.case(5, costs=costs, rules=None, reacher={"use": "pace"}, execution=execution, fees=[])
    assert twin_deciding.takes_a_batch(policy)
    view, knowledge = made.variants(policy, world)
    batched = twin(policy, world, view, knowledge)
    monkeypatch.setattr(twin_deciding, "takes_a_batch", lambda _: False)
    one_by_one = twin(policy, world, view, knowledge)
    np.testing.assert_allclose(batched.wealth, one_by_one.wealth, rtol=1e-12)
    np.testing.assert_array_equal(batched.fills, one_by_one.fills)
    np.testing.assert_allclose(batched.costs, one_by_one.costs, rtol=1e-9, atol=1e-6)


def test_turnover_costs_and_fills_are_those_of_the_ledger() -> None:
    policy, world = made.case(1, rules=None, costs=made.COSTS[2], controls=None)
    paths, result = made.compared(policy, world)
    np.testing.assert_allclose(paths.turnover[0], result.turnover[1], atol=1e-12)
    np.testing.assert_allclose(paths.costs[0], result.costs, rtol=1e-9)
    assert paths.fills[0] == sum(fill.order != "dividend" for fill in result.fills)
    assert list(paths.dates) == [decision.today.when for decision in result.decisions]


PLAIN: dict[str, Any] = {"rules": [{"use": "long_only"}], "reacher": {"use": "pace", "band": 0.01}}
ALONE: dict[str, dict[str, Any]] = {
    "edges of bands": {"reacher": {"use": "pace", "each": 0.02, "to": "edge"}},
    "a window": {"rules": [{"use": "restricted", "only": ["B"]}]},
    "a bound on risk": {
        "rules": [{"use": "tracking_error", "at_most": 0.02}],
        "forecast": {"use": "ewma", "window": "30D"},
    },
    "a holding period": {"rules": [{"use": "min_holding", "period": "30D"}]},
    "a check that may bite": {"controls": [{"use": "day_turnover", "at_most": 0.3}]},
    "a count that may bite": {"controls": [{"use": "day_count", "at_most": 2}]},
}


def test_plain_limits_take_a_batch() -> None:
    budgets = [{"use": "max_weight", "of": "class", "at_most": 0.6}, {"use": "max_turnover", "at_most": 0.2, "only": ["A"]}]
    assert twin_deciding.takes_a_batch(worlds.policy(**PLAIN))
    assert twin_deciding.takes_a_batch(worlds.policy(**(PLAIN | {"rules": budgets})))
    assert twin_deciding.takes_a_batch(worlds.policy(**(PLAIN | {"controls": [{"use": "day_count", "at_most": 3}]})))


@pytest.mark.parametrize("name", ALONE)
def test_accounts_are_decided_on_one_by_one_where_one_must_be_asked(name: str) -> None:
    assert not twin_deciding.takes_a_batch(worlds.policy(**(PLAIN | ALONE[name])))


# By hand.


def test_a_fall_a_dividend_and_a_purchase_by_hand() -> None:
    # All in one asset at 10 bps, 1,000 USD, decided on 31 January at 10 and filled there. V = 1000 - V / 1000, so V is
    # 1000 / 1.001 = 999.000999, 99.9000999 units and no cash. The price falls to 8, and 0.50 a unit is paid to cash:
    # wealth is 99.9000999 x 8.50 = 849.150849. On 28 February cash of 49.95005 buys: costs are 0.1 % of what is bought,
    # of W / 1.001 in new money, so that units grow by 49.95005 / 8.008 = 6.2375187, and wealth falls by 0.0499001.
    closes, paid = np.array([10.0] * 23 + [8.0] * 20), np.zeros(43)
    paid[30] = 0.5
    policy = plain_policy(
        universe={"A": None}, benchmark={"A": 1.0}, capital="1000 USD", costs={"use": "linear", "bps": 10},
        schedule={"trade": "same_close"}, execution={"rounding": "none", "digits": 10, "dividends": "pay"},
    )  # fmt: skip
    world = assemble(policy.universe, {"A": history("A", closes, fields={DIVIDEND: paid})})
    paths, result = made.compared(policy, world)
    assert made.gap(paths, result) <= CLOSE_ENOUGH
    assert str(paths.sessions[0]) == "2020-01-31"
    assert paths.wealth[0, :2] == pytest.approx([1000.0, 99.9000999 * 8.0])
    assert paths.wealth[0, -1] == pytest.approx(849.150849 - 0.0499001)
    assert paths.costs[0] == pytest.approx([0.999001, 0.0499001])
    assert paths.fills.tolist() == [2]


# What is rounded.


def test_with_cents_the_difference_is_half_a_cent_an_entry() -> None:
    policy, world = made.case(11, rules=None, fees=[], holding=None)
    policy = replace(policy, execution=replace(policy.execution, rounding=Rounding.MINOR))
    paths, result = made.compared(policy, world)
    assert np.abs(paths.wealth[0] - result.wealth).max() <= 0.005 * 2 * len(result.entries)
    assert paths.notes == ("amounts are not rounded to the smallest unit of money here: half of one an entry at most",)


@pytest.mark.parametrize("seed", [0, 6])
def test_whole_shares_are_whole_here_too(seed: int) -> None:
    execution = {"units": "whole", "rounding": "none", "dividends": "pay"}
    paths, result = made.compared(*made.case(seed, execution=execution, costs=made.COSTS[1], capital="100000 USD"))
    assert made.gap(paths, result) <= CLOSE_ENOUGH


# What cannot be answered.


def test_an_account_that_is_ruined_has_no_wealth_from_there_on_and_hurts_nobody() -> None:
    closes = np.array([100.0] * 40 + [20.0] * 40)
    policy = plain_policy(
        universe={"A": None}, benchmark={"A": 1.0}, rules=[{"use": "max_leverage", "at_most": 2.0}],
        allocator={"use": "static"}, schedule={"trade": "same_close"}, execution={"rounding": "none"},
    )  # fmt: skip
    world = assemble(policy.universe, {"A": history("A", closes)})
    view, calm = made.looked(policy, world)
    bold = replace(calm, goal=np.full(calm.goal.shape, 2.0))
    paths = twin(policy, world, view, [calm, bold, calm])
    assert list(paths.failed) == [1]
    assert paths.failed[1].startswith("the account is worth -600000.00 on 2020-02-28")
    end = int(np.searchsorted(paths.sessions, np.datetime64("2020-02-28")))
    assert np.isnan(paths.wealth[1, end:]).all()
    assert np.isfinite(paths.wealth[1, :end]).all()
    assert np.array_equal(paths.wealth[0], twin(policy, world, view, [calm]).wealth[0])
    assert np.array_equal(paths.wealth[0], paths.wealth[2])


def test_where_nothing_is_ever_known_there_are_no_sessions_and_a_reason() -> None:
    policy, world = made.case(0)
    view, own = made.looked(policy, world)
    paths = twin(policy, world, view, [replace(own, goal=np.full(own.goal.shape, np.nan))])
    assert paths.wealth.shape == (1, 0)
    assert "has all prices, signals and weights" in paths.failed[0]


def test_taxes_and_an_empty_batch_are_refused() -> None:
    policy, world = made.case(0)
    view, own = made.looked(policy, world)
    taxed = policy_from(
        {"trimtab": 1, "name": "taxed", "universe": {"A": None}, "benchmark": {"A": 1.0}, "tax": {"use": "us_federal"}}
    )
    with pytest.raises(UsageError, match="the float twin knows no taxes, and taxed pays some"):
        twin(taxed, world, view, [own])
    with pytest.raises(UsageError, match="no variant to run"):
        twin(policy, world, view, [])


def test_a_refusal_of_the_reacher_stops_one_date_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, world = made.case(4, rules=None, reacher={"use": "pace"}, controls=None)
    view, own = made.looked(policy, world)
    bad, calm = own.days.dates[4], Pace.__call__

    def stubborn(self: Pace, today: Any, *rest: Any) -> Any:
        if today.when == bad:
            raise BreachError("no portfolio keeps the rules")
        return calm(self, today, *rest)

    monkeypatch.setattr(Pace, "__call__", stubborn)
    paths, result = twin(policy, world, view, [own]), made.exactly(policy, world, view, own)
    assert [str(date) for date in paths.dates[paths.refused[0]]] == [line[:10] for line in result.blocked]
    assert made.gap(paths, result) <= CLOSE_ENOUGH


def test_what_would_end_an_exact_run_ends_one_account_and_not_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, world = made.case(3, rules=[{"use": "restricted", "only": ["B"]}], controls=None)
    view, own = made.looked(policy, world)
    other = replace(own)
    alone = twin(policy, world, view, [own]).wealth[0]
    bad, calm = own.days.dates[5], twin_deciding.decide

    def ends(policy: Policy, today: Any, book: Any) -> Any:
        if today.aims is other and today.when == bad:
            raise InvariantError("nobody knows what is held")
        return calm(policy, today, book)

    monkeypatch.setattr(twin_deciding, "decide", ends)
    paths = twin(policy, world, view, [other, own])
    assert paths.failed == {0: "nobody knows what is held"}
    assert np.array_equal(np.isnan(paths.wealth[0]), paths.sessions >= bad)
    assert np.array_equal(paths.wealth[1], alone)


# Faults, each of which the same comparison must catch.

RICH: dict[str, Any] = {
    "rules": [{"use": "max_leverage", "at_most": 1.5}, {"use": "max_turnover", "at_most": 0.1, "per": "quarter"}],
    "allocator": {"use": "overlay", "tilt": 0.3, "funding": ["cash"]},
    "benchmark": {"A": 0.5, "B": 0.3, "C": 0.2}, "reacher": {"use": "pace"},
    "signals": {"trend": {"use": "trend", "window": "2M"}}, "combine": {"use": "vote"},
    "costs": made.COSTS[2], "cash": {"series": "bills", "borrow_spread": 0.05}, "fees": made.FEES[0],
    "schedule": {"decide": "week-end", "trade": "next_open"},
    "holding": {"use": "carrying", "named": {"A": 0.012, "B": 0.0, "C": 0.005}},
    "execution": {"rounding": "none", "digits": 10, "dividends": "reinvest"}, "controls": None,
}  # fmt: skip
FAULTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "dividends": (Passing, "_dividends", lambda *_: None),
    "fees": (Passing, "_charge", lambda *_: None),
    "an interest that is paid where nobody stands": (Passing, "_stand", lambda *_: None),
    "notes": (Marking, "note", lambda self, row, *_: self.upto(row)),
    "turnover": (twin_trading, "_moved", lambda *_: 0.0),
    "costs in sizes": (twin_sizing, "_value_after", lambda wanted, *_: wanted.nav),
}


def rich(seed: int = 17) -> tuple[Policy, Any]:
    policy = worlds.policy(**RICH)
    return policy, worlds.market(policy, seed, count=160, volatility=0.04)


def test_the_policy_of_the_faults_agrees() -> None:
    assert made.gap(*made.compared(*rich())) <= CLOSE_ENOUGH


@pytest.mark.parametrize("name", FAULTS)
def test_the_law_catches_a_fault_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, what, fault = FAULTS[name]
    monkeypatch.setattr(where, what, fault)
    assert made.gap(*made.compared(*rich())) > CLOSE_ENOUGH


def test_cash_is_never_short_and_the_law_catches_a_twin_that_does_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    full = {"A": 0.5, "B": 0.1, "C": 0.4}
    changes = {"benchmark": full, "rules": None, "allocator": {"use": "static"}, "signals": {}, "combine": None}
    policy = worlds.policy(**(RICH | changes | {"fees": [], "holding": None}))
    world = worlds.market(policy, 2, count=120, volatility=0.05)
    paths, result = made.compared(policy, world)
    assert made.gap(paths, result) <= CLOSE_ENOUGH
    assert (paths.weights[0].sum(axis=-1) <= 1.0 + 1e-12).all()  # type: ignore[index]
    monkeypatch.setattr(twin_trading, "afforded", lambda orders, *_: orders)
    careless, _ = made.compared(policy, world)
    assert made.gap(careless, result) > CLOSE_ENOUGH
    assert (careless.weights[0].sum(axis=-1) > 1.0 + 1e-6).any()  # type: ignore[index]
