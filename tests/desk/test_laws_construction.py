"""The laws on the whole path for what is held: parity levered, a blend with two schedules, breadth, all limits at once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.test_laws import future_proof, same_decision
from trimtab.accounting.journal import MemoryJournal
from trimtab.accounting.ledger import replay
from trimtab.core.arrays import Array
from trimtab.core.entries import Fill
from trimtab.core.money import exact
from trimtab.core.terms import CLOSE
from trimtab.core.trades import Purchases
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.policy import Policy
from trimtab.desk.propose import propose
from trimtab.desk.result import Result

PLAIN: dict[str, Any] = {
    "signals": {}, "combine": None, "rules": None, "reacher": {"use": "pace"}, "costs": {"use": "linear", "bps": 5},
    "forecast": {"use": "ewma", "window": "30D"},
}  # fmt: skip
TIMING = {"signals": {"average": {"use": "trend", "window": "2M"}}, "combine": {"use": "vote"}, "allocator": {"use": "timing"}}
KINDS: dict[str, dict[str, Any]] = {
    "levered": PLAIN | {
        "rules": [{"use": "max_leverage", "at_most": 1.6}],
        "allocator": {
            "use": "volatility_target", "target": 0.25, "most": 1.5, "step": 0.2,
            "deleverage": {"above": 0.19, "to": 0.9}, "of": {"use": "risk_parity"},
        },
    },
    "blend": PLAIN | {
        "allocator": {
            "use": "blend", "mix": {"use": "inverse_risk"},
            "sleeves": {"fast": TIMING, "slow": {"allocator": {"use": "risk_parity"}, "decide": "quarter-end"}},
        },
    },
    "breadth": PLAIN | {
        "signals": {"momentum": {"use": "momentum", "lookback": "30D"}}, "combine": {"use": "weighted"},
        "allocator": {"use": "breadth", "offensive": ["A", "B"], "defensive": ["C"], "top": 1, "protect": 1},
    },
    "limits": {
        "forecast": {"use": "ewma", "window": "30D"}, "benchmark": {"A": 0.4, "B": 0.2, "C": 0.2},
        "costs": {"use": "impact", "bps": 5}, "liquidity": {"volume": "20D", "volatility": "20D"},
        "rules": [
            {"use": "long_only"}, {"use": "max_tilt", "at_most": 0.12}, {"use": "max_weight", "at_most": 0.45},
            {"use": "max_weight", "of": "class", "at_most": 0.62}, {"use": "min_weight", "at_least": 0.05, "only": ["B"]},
            {"use": "min_cash", "at_least": 0.05},
            {"use": "max_turnover", "at_most": 0.2, "per": "quarter"}, {"use": "tracking_error", "at_most": 0.03},
            {"use": "max_participation", "share": 0.1}, {"use": "min_holding", "period": "40D"},
        ],
    },
}  # fmt: skip
every = pytest.mark.parametrize("name", KINDS)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=3, deadline=None)


def made(name: str, seed: int, *, count: int = 260, **changes: Any) -> tuple[Policy, Market]:
    """A policy of that kind, and a market with volumes in which its limits bind now and then."""
    policy = worlds.policy(**(KINDS[name] | changes))
    return policy, worlds.market(policy, seed, count=count, volatility=0.02, traded=1.5e6)


# Law 1.


@every
def test_stepping_day_by_day_holds_as_the_batched_run(name: str) -> None:
    policy, world = made(name, 11)
    batched = backtest(policy, world)
    assert len(batched.decisions) >= 7
    assert any(decision.orders for decision in batched.decisions[1:])
    for decision in batched.decisions:
        live = propose(policy, world, decision.today.when).decision
        assert same_decision(live, decision), decision.today.when


# Law 2.


@every
def test_the_future_changes_no_belief_and_no_goal(name: str) -> None:
    policy, world = made(name, 3, count=130, schedule={"decide": "daily", "trade": "next_open"})
    assert all(future_proof(policy, world, rows=range(40, 130, 15)))


@every
def test_the_future_changes_no_decision(name: str) -> None:
    policy, world = made(name, 5)
    truth = backtest(policy, world).decisions
    rows = np.searchsorted(world.sessions, [decision.today.when for decision in truth])
    for number in range(0, len(truth), 2):
        for factor in (np.nan, 1000.0):
            seen = backtest(policy, worlds.corrupted(world, int(rows[number]), factor)).decisions[: number + 1]
            assert len(seen) == number + 1
            assert all(same_decision(a, b) for a, b in zip(seen, truth, strict=False))


# Law 3.


@every
def test_history_before_since_and_warm_up_changes_nothing(name: str) -> None:
    policy, world = made(name, 7, since="2001-07-02", count=320)
    truth = backtest(policy, world).decisions
    start = int(np.searchsorted(world.sessions, np.datetime64("2001-04-02")))
    rng = np.random.default_rng(1)
    fields = {key: values.copy() for key, values in world.fields.items()}
    for values in fields.values():
        values[:start] *= rng.uniform(0.5, 2.0, values[:start].shape)
    shorter = {key: values[start:] for key, values in world.fields.items()}
    for other in (replace(world, fields=fields), replace(world, fields=shorter, sessions=world.sessions[start:])):
        seen = backtest(policy, other).decisions
        assert len(seen) == len(truth) > 4
        assert all(same_decision(a, b) for a, b in zip(seen, truth, strict=True))


# Law 7.


@every
@given(seed=seeds)
@few
def test_no_target_breaches_a_limit_and_the_gate_never_blocks(name: str, seed: int) -> None:
    outcome = backtest(*made(name, seed))
    assert not outcome.blocked
    assert breached(outcome) == []
    assert outcome.account.residual == 0


def breached(outcome: Result) -> list[tuple[Any, str]]:
    """Date and words of each rule that a target breaks, unless the decision says that its kind was relaxed."""
    rules = outcome.policy.rules
    return [
        (decision.today.when, breach.rule.limit.words)
        for decision in outcome.decisions
        for breach in rules.breaches(decision.target, replace(decision.book, base=decision.reach.base), tolerance=1e-6)
        if breach.rule.limit.kind.value not in decision.relaxed and breach.curable
    ]


def test_law_7_is_no_empty_one() -> None:
    """Each of the limits binds somewhere, or is broken by an account that does not ask for it."""
    policy, world = made("limits", 4)
    free = backtest(worlds.policy(**(KINDS["limits"] | {"rules": None})), world)
    broken = {
        type(breach.rule.limit).__name__
        for decision in free.decisions
        if decision.book.funded
        for breach in policy.rules.breaches(
            decision.target, replace(decision.book, bought=bought_in(free, decision.today.when))
        )
    }
    assert {"MaxParticipation", "MinHolding", "TrackingError"} <= broken


def bought_in(outcome: Result, when: np.datetime64) -> Any:
    """What was bought before a date, by the entries."""
    fills = [entry for entry in outcome.entries if isinstance(entry, Fill) and entry.units > 0 and entry.when <= when.item()]
    units = np.zeros((len(fills), 3))
    for row, fill in enumerate(fills):
        units[row, fill.asset] = float(fill.units)
    return Purchases(np.array([fill.when for fill in fills], dtype="datetime64[D]"), units)


# Law 9.


@every
@given(seed=seeds)
@few
def test_permuting_the_assets_permutes_the_answer(name: str, seed: int) -> None:
    policy, world = made(name, seed)
    order = ("C", "A", "B")
    classes = dict(zip(worlds.ASSETS, worlds.CLASSES, strict=True))
    turned = worlds.policy(**(KINDS[name] | {"universe": {a: {"class": classes[a]} for a in order}}))
    index = [worlds.ASSETS.index(a) for a in order]
    other = replace(world, assets=turned.universe, fields={key: values[:, index] for key, values in world.fields.items()})
    assert turned.sha256 == policy.sha256
    one, two = backtest(policy, world), backtest(turned, other)
    atol = 2e-6 if name == "limits" else 1e-8  # a solver stops where it is near enough
    assert np.allclose(one.weights[:, index], two.weights, rtol=0, atol=atol)


@every
@given(seed=seeds, scale=st.sampled_from([0.001, 1000.0]))
@few
def test_another_currency_changes_no_weight(name: str, seed: int, scale: float) -> None:
    costs = {"use": "impact", "bps": 5} if name == "limits" else {"use": "linear", "bps": 5}
    plain = {"costs": costs, "execution": {"rounding": "none", "digits": 12}}
    policy, world = made(name, seed, **plain)
    richer = worlds.policy(**(KINDS[name] | plain), capital=f"{Decimal(10**6) * Decimal(repr(scale)):f} USD")
    fields = {key: values * scale for key, values in world.fields.items()}
    one, two = backtest(policy, world), backtest(richer, replace(world, fields=fields))
    atol = 2e-6 if name == "limits" else 1e-8
    assert np.allclose(one.weights, two.weights, rtol=0, atol=atol)


# Law 10.


@every
def test_the_journal_replays_to_the_same_books(name: str) -> None:
    policy, world = made(name, 9)
    one, two = backtest(policy, world), backtest(policy, world)
    assert one.journal_head == two.journal_head
    with exact():
        held = replay(one.entries, 3)
    worth = float(held.cash) + float((units_of(held.units) * world.fields[CLOSE][-1]).sum())
    assert worth == pytest.approx(one.wealth[-1], abs=0.02)
    kept = one.decisions[3]
    aim = np.array(kept.today.aims.aim)
    aim[kept.today.d] = np.nextafter(aim[kept.today.d], 2.0)  # the last bit of each weight
    bent = replace(kept, today=replace(kept.today.aims, aim=aim).row(kept.today.d))
    heads = set()
    for decision in (kept, bent):
        journal = MemoryJournal()
        journal.append("decision", decision.today.when, decision)
        heads.add(journal.head())
    assert len(heads) == 2


def units_of(units: Any) -> Array:
    return np.array([float(one) for one in units])


def test_all_kinds_have_something_to_say() -> None:
    """Leverage moves, the slow sleeve rests, the defence is called, and limits bite: the laws are tested on all of it."""
    policy, world = made("levered", 11)
    rows = backtest(policy, world).aims.factors
    assert (rows[np.isfinite(rows[:, 1]), 1] > 0.0).any()
    assert np.nanmax(rows[:, 0]) > 1.0
    policy, world = made("blend", 11)
    decides = backtest(policy, world).aims.sleeves.decides
    assert decides[1].any()
    assert not decides[1].all()
    policy, world = made("breadth", 11)
    held = np.array([decision.target for decision in backtest(policy, world).decisions])
    assert (held[:, 2] > 0.5).any()
    assert (held[:, :2].sum(axis=1) > 0.5).any()
    policy, world = made("limits", 11)
    found = backtest(policy, world)
    assert any(np.abs(decision.today.aim - decision.today.goal).max() > 1e-3 for decision in found.decisions)
