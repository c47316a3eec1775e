"""The laws of the design on the whole path, each with a planted fault that the same check must catch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.accounting.ledger import replay
from trimtab.accounting.moves import cash_of
from trimtab.accounting.result import result
from trimtab.core.entries import Dividend, Fill
from trimtab.core.money import ZERO, exact
from trimtab.core.region import Region
from trimtab.core.roles import View
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE, MONTH, TOTAL_RETURN
from trimtab.core.trades import Decision
from trimtab.core.values import Scores
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_rows, view_at
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.propose import propose
from trimtab.desk.result import Result
from trimtab.execution.gate import Stamped
from trimtab.execution.simulated import SimulatedBroker

seeds = st.integers(0, 2**32 - 1)
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {
        "allocator": {"use": "timing"},
        "combine": {"use": "mean", "minimum_history": 3},
        "signals": {
            "trend": {"use": "trend", "window": "3M", "band": 0.01, "skip": "1M"},
            "momentum": {"use": "momentum", "lookback": "40D", "skip": "5D"},
        },
        "schedule": {"decide": "month-end", "trade": "next_open", "offset": 4, "lag": 3},
    },
    {"schedule": {"decide": "week-end", "trade": "same_close"}, "execution": {"units": "whole", "dividends": "pay"}},
    {"signals": None, "allocator": {"use": "static"}, "schedule": {"decide": "month-end", "trade": "next_close"}},
)


def same_decision(one: Decision, two: Decision) -> bool:
    """Bit for bit in signals, regime, scores, forecast, aim, goal, target and orders."""
    arrays = [
        (one.today.parts.values, two.today.parts.values),
        (one.today.regime.probabilities, two.today.regime.probabilities),
        (one.today.forecast.mean, two.today.forecast.mean),
        (one.today.forecast.covariance, two.today.forecast.covariance),
        (one.today.scores.values, two.today.scores.values),
        (one.today.aim, two.today.aim),
        (one.today.goal, two.today.goal),
        (one.target, two.target),
    ]
    return one.orders == two.orders and all(np.array_equal(a, b, equal_nan=True) for a, b in arrays)


# Law 1: live decides as the backtest did.


@pytest.mark.parametrize("changes", VARIANTS)
def test_stepping_day_by_day_decides_as_the_batched_run(changes: dict[str, Any]) -> None:
    policy = worlds.policy(**changes)
    world = worlds.market(policy, seed=11)
    batched = backtest(policy, world)
    for decision in batched.decisions:
        live = propose(policy, world, decision.today.when)
        assert same_decision(live.decision, decision), decision.today.when


def test_law_1_catches_a_signal_that_reads_along_the_dates() -> None:
    policy = replace(worlds.policy(), signals={"leak": AlongDates()})
    world = worlds.market(policy, seed=11)
    batched = backtest(policy, world)
    live = [propose(policy, world, decision.today.when).decision for decision in batched.decisions[:-1]]
    assert not all(same_decision(a, b) for a, b in zip(live, batched.decisions, strict=False))


# Law 2: the future changes nothing, at every cut date.


def knowledge(policy: Policy, world: Market, count: int) -> Any:
    """Signals, scores, goals, regime and forecast (D, (K + 3 + A) A + S) of the first `count` sessions."""
    found = aims(policy, view_at(policy, world, np.arange(count)))
    beliefs = [found.regime.probabilities, found.forecast.mean, found.forecast.covariance.reshape(count, -1)]
    return np.concatenate([*found.parts.values, found.scores.values, found.goal, *beliefs], axis=1)


def future_proof(policy: Policy, world: Market, rows: Sequence[int] = ()) -> Iterator[bool]:
    """Whether each session's beliefs and goals stay what they were when everything later is corrupted.

    Cut at every session, or at `rows` alone.
    """
    truth = knowledge(policy, world, len(world.sessions))
    for row in rows or range(len(world.sessions)):
        for factor in (np.nan, 1000.0):
            seen = knowledge(policy, worlds.corrupted(world, row, factor), row + 1)
            yield bool(np.array_equal(truth[: row + 1], seen, equal_nan=True))


SIGNALS: dict[str, dict[str, Any]] = {
    "trend": {"use": "trend", "window": "2M"},
    "crossover": {"use": "crossover", "fast": "5D", "slow": "20D"},
    "momentum": {"use": "momentum", "lookback": "2M", "skip": "1M"},
    "excess": {"use": "momentum", "lookback": "20D", "excess_of": "bills"},
    "spread": {"use": "spread", "long": "bills", "short": "rates"},
}


def with_signal(signal: dict[str, Any]) -> Policy:
    """The policy with one signal."""
    return worlds.policy(signals={"one": signal}, schedule={"decide": "daily", "trade": "next_open"})


@pytest.mark.parametrize("name", SIGNALS)
def test_the_future_changes_no_signal_at_any_cut_date(name: str) -> None:
    policy = with_signal(SIGNALS[name])
    world = add_rates(worlds.market(replace(policy, series=("bills",)), seed=5, count=90))
    assert all(future_proof(policy, world))


def add_rates(world: Market) -> Market:
    """A second named series beside the bills."""
    rng = np.random.default_rng(1)
    rates = worlds.history("rates", {CLOSE: rng.uniform(0.9, 1.1, len(world.sessions))})
    return replace(world, series={**world.series, "rates": rates})


@pytest.mark.parametrize("changes", VARIANTS)
def test_the_future_changes_no_decision(changes: dict[str, Any]) -> None:
    policy = worlds.policy(**changes)
    world = worlds.market(policy, seed=3)
    truth = backtest(policy, world).decisions
    for number, row in enumerate(np.searchsorted(world.sessions, [d.today.when for d in truth]).tolist()):
        for factor in (np.nan, 1000.0):
            seen = backtest(policy, worlds.corrupted(world, row, factor)).decisions[: number + 1]
            assert len(seen) == number + 1
            assert all(same_decision(a, b) for a, b in zip(seen, truth, strict=False))


@pytest.mark.parametrize("leak", ["along", "base"])
def test_law_2_catches_leaks(leak: str) -> None:
    signal = AlongDates() if leak == "along" else PastTheWindow()
    policy = replace(with_signal(SIGNALS["trend"]), signals={"leak": signal})
    world = worlds.market(policy, seed=5, count=90)
    assert not all(future_proof(policy, world))


@dataclass(frozen=True, slots=True)
class AlongDates:
    """A fault: compares with the mean of all decision dates."""

    def __call__(self, view: View) -> Scores:
        price = view.window(CLOSE, 1)[:, -1]
        return Scores(view.assets, np.sign(price - np.nanmean(price, axis=0)))

    def sentence(self, view: View, asset: int) -> str:
        return "leak"


@dataclass(frozen=True, slots=True)
class PastTheWindow:
    """A fault: reaches through the window into the array behind it, and sees tomorrow."""

    def __call__(self, view: View) -> Scores:
        market = view.market  # type: ignore[attr-defined]
        rows = np.minimum(view.rows + 1, len(market.sessions) - 1)  # type: ignore[attr-defined]
        change = market.fields[CLOSE][rows] - view.window(CLOSE, 1)[:, -1]
        return Scores(view.assets, np.sign(change))

    def sentence(self, view: View, asset: int) -> str:
        return "leak"


# Law 3: older history changes nothing.


@given(seed=seeds, changes=st.sampled_from([{}, {name: VARIANTS[1][name] for name in ("signals", "schedule")}]))
@settings(max_examples=10, deadline=None)
def test_history_before_since_and_warm_up_changes_nothing(seed: int, changes: dict[str, Any]) -> None:
    policy = worlds.policy(since="2001-09-03", **changes)
    world = worlds.market(policy, seed=seed)
    truth = backtest(policy, world).decisions
    start = int(np.searchsorted(world.sessions, np.datetime64("2001-06-01")))  # three month-ends and 46 sessions before
    rng = np.random.default_rng(seed)
    fields = {name: values.copy() for name, values in world.fields.items()}
    for values in fields.values():
        values[:start] *= rng.uniform(0.5, 2.0, values[:start].shape)
    shorter = {name: values[start:] for name, values in world.fields.items()}
    for other in (replace(world, fields=fields), replace(world, fields=shorter, sessions=world.sessions[start:])):
        seen = backtest(policy, other).decisions
        assert len(seen) == len(truth)
        assert all(same_decision(a, b) for a, b in zip(seen, truth, strict=True))


def test_law_3_catches_a_sum_over_the_whole_history() -> None:
    policy = replace(worlds.policy(since="2001-09-03"), signals={"fault": WholeHistory()})
    world = worlds.market(policy, seed=1)
    fields = {name: np.concatenate([values[:50] * 3.0, values[50:]]) for name, values in world.fields.items()}
    truth, seen = backtest(policy, world).decisions, backtest(policy, replace(world, fields=fields)).decisions
    assert not all(same_decision(a, b) for a, b in zip(seen, truth, strict=True))


@dataclass(frozen=True, slots=True)
class WholeHistory:
    """A fault: the mean of everything there is, however old."""

    def __call__(self, view: View) -> Scores:
        price = view.window(CLOSE, 1000)
        return Scores(view.assets, np.sign(price[:, -1] - np.nanmean(price, axis=1)))

    def sentence(self, view: View, asset: int) -> str:
        return "fault"


# Law 4, in its ledger form: results by asset add up to the change in net asset value less flows, to the cent.


@given(seed=seeds, pay=st.booleans(), whole=st.booleans(), leverage=st.booleans())
@settings(max_examples=15, deadline=None)
def test_results_by_asset_add_up_to_the_cent(seed: int, pay: bool, whole: bool, leverage: bool) -> None:
    outcome = backtest(*varied(seed, pay=pay, whole=whole, leverage=leverage))
    account = outcome.account
    assert account.residual == 0
    assert abs(float(account.nav) - outcome.wealth[-1]) <= 0.01 * (2 + len(outcome.entries))
    with exact():
        held = replay(outcome.entries, len(outcome.assets))
        last = outcome.wealth[-1] * outcome.weights[-1]
    prices = outcome.market.fields[CLOSE][-1]
    assert np.allclose([float(u) for u in held.units] * prices, last, atol=0.02)


def varied(seed: int, *, pay: bool, whole: bool, leverage: bool) -> tuple[Policy, Market]:
    """A policy with those settings, and a market for it."""
    changes: dict[str, Any] = {
        "execution": {"dividends": "pay" if pay else "reinvest", "units": "whole" if whole else "fractional"},
    }
    if leverage:
        changes["rules"] = [{"use": "max_leverage", "at_most": 1.5}]
        changes["benchmark"] = {"A": 0.5, "B": 0.3, "C": 0.2}
        changes["allocator"] = {"use": "overlay", "tilt": 0.25, "funding": ["cash"]}
    policy = worlds.policy(**changes)
    return policy, worlds.market(policy, seed, volatility=0.04)


def test_law_4_catches_a_dividend_that_is_dropped() -> None:
    outcome = backtest(*varied(7, pay=True, whole=False, leverage=False))
    dropped = next(entry for entry in outcome.entries if isinstance(entry, Dividend))
    kept = tuple(entry for entry in outcome.entries if entry is not dropped)
    closing = [Decimal(repr(price)) for price in outcome.market.fields[CLOSE][-1].tolist()]
    with exact():
        assert result(kept, closing).nav != outcome.account.nav


# Law 6: cash never goes below zero unless the policy borrows.


def least_cash(outcome: Result) -> Decimal:
    """The lowest cash after any entry."""
    cash, least = ZERO, ZERO
    with exact():
        for entry in outcome.entries:
            cash += cash_of(entry)
            least = min(least, cash)
    return least


@given(seed=seeds, pay=st.booleans(), whole=st.booleans(), trade=st.sampled_from(["next_open", "next_close", "same_close"]))
@settings(max_examples=20, deadline=None)
def test_cash_never_goes_below_zero(seed: int, pay: bool, whole: bool, trade: str) -> None:
    policy, _ = varied(seed, pay=pay, whole=whole, leverage=False)
    policy = worlds.policy(
        execution={"dividends": "pay" if pay else "reinvest", "units": "whole" if whole else "fractional"},
        benchmark={"A": 0.5, "B": 0.1, "C": 0.4},  # fully invested: nothing in reserve
        schedule={"decide": "week-end", "trade": trade},
        rules=None,
        capital="10000 USD",
    )
    assert least_cash(backtest(policy, worlds.market(policy, seed, volatility=0.05))) >= 0


def test_borrowing_is_charged() -> None:
    policy, world = varied(3, pay=True, whole=False, leverage=True)
    outcome = backtest(policy, world)
    assert least_cash(outcome) < 0
    assert outcome.account.interest < 0


def test_law_6_catches_a_broker_that_does_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = worlds.policy(benchmark={"A": 0.5, "B": 0.1, "C": 0.4}, rules=None, capital="10000 USD")
    world = worlds.market(policy, 2, volatility=0.05)
    assert least_cash(backtest(policy, world)) >= 0
    monkeypatch.setattr(SimulatedBroker, "trade", careless)
    assert least_cash(backtest(policy, world)) < 0


def careless(self: SimulatedBroker, stamped: Stamped, when: Any, prices: Any, power: Decimal) -> tuple[Fill, ...]:
    """A fault: buys whatever was ordered, whether it can be paid or not."""
    return tuple(self._fills(stamped, [(order, order.units) for order in stamped.orders], when, prices))


# Law 7: no accepted target breaches a limit.


@given(seed=seeds, variant=st.sampled_from(VARIANTS))
@settings(max_examples=15, deadline=None)
def test_no_target_breaches_a_limit(seed: int, variant: dict[str, Any]) -> None:
    policy = worlds.policy(**variant)
    outcome = backtest(policy, worlds.market(policy, seed, volatility=0.04))
    assert breached(outcome) == 0
    assert not outcome.blocked


def breached(outcome: Result) -> int:
    """How many decisions break a rule: limits by themselves, in plain arithmetic, and turnover by its definition."""
    bad = 0
    for decision in outcome.decisions:
        w = decision.target
        cash = 1.0 - w.sum()
        limits = [
            (w >= -1e-9).all(),
            cash >= -1e-9,
            (np.abs(w - outcome.benchmark_weights) <= 0.12 + 1e-9).all() or decision.relaxed,
            (w <= 0.45 + 1e-9).all(),
            w[:2].sum() <= 0.62 + 1e-9,
            w[2] <= 0.62 + 1e-9,
        ]
        bad += not all(limits)
    return bad


def test_turnover_of_a_quarter_stays_within_the_budget() -> None:
    policy = worlds.policy(rules=[{"use": "max_turnover", "at_most": 0.05}], reacher={"use": "pace"}, costs={"use": "linear"})
    policy = replace(policy, schedule=replace(policy.schedule, trade=TradeAt.SAME_CLOSE))
    outcome = backtest(policy, worlds.market(policy, 8, volatility=0.05))
    used: dict[int, float] = {}
    for decision in outcome.decisions:
        if decision.book.funded:
            amounts = [0.0] * len(outcome.assets)
            for fill in outcome.fills:
                if fill.order.startswith(f"{decision.today.when}:"):
                    amounts[fill.asset] = float(fill.amount) / decision.book.nav
            quarter = int(decision.today.when.astype("datetime64[M]").astype(int)) // 3
            used[quarter] = used.get(quarter, 0.0) + 0.5 * (sum(map(abs, amounts)) + abs(sum(amounts)))
    assert max(used.values()) <= 0.05 * (1 + 1e-6)
    assert max(used.values()) > 0.049  # and the budget did bind


def test_law_7_catches_a_region_that_forgets_the_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = worlds.policy(benchmark={"A": 0.42, "B": 0.2, "C": 0.3})
    world = worlds.market(policy, 4, volatility=0.04)
    assert breached(backtest(policy, world)) == 0
    loose = replace(policy.rules)
    object.__setattr__(loose, "region", Region(loose.region.low, loose.region.high, 0.0))
    object.__setattr__(loose, "rules", ())
    assert breached(backtest(replace(policy, rules=loose), world)) > 0


# Law 9: assets have no order, money has no unit.


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_permuting_the_assets_permutes_the_answer(seed: int) -> None:
    policy = worlds.policy()
    world = worlds.market(policy, seed)
    order = ("C", "A", "B")
    turned = worlds.policy(
        universe={a: {"class": dict(zip(worlds.ASSETS, worlds.CLASSES, strict=True))[a]} for a in order},
    )
    index = [worlds.ASSETS.index(a) for a in order]
    fields = {name: values[:, index] for name, values in world.fields.items()}
    other = replace(world, assets=turned.universe, fields=fields)
    assert turned.sha256 == policy.sha256
    one, two = backtest(policy, world), backtest(turned, other)
    assert np.allclose(one.weights[:, index], two.weights, rtol=0, atol=1e-9)
    assert one.wealth[-1] == pytest.approx(two.wealth[-1], rel=1e-9)


@given(seed=seeds, scale=st.sampled_from([0.001, 7.0, 1000.0]))
@settings(max_examples=10, deadline=None)
def test_another_currency_changes_no_weight(seed: int, scale: float) -> None:
    plain = {"costs": {"use": "linear", "bps": 10}, "execution": {"rounding": "none", "digits": 12}}
    policy, richer = worlds.policy(**plain), worlds.policy(**plain, capital=f"{Decimal(10**6) * Decimal(repr(scale)):f} USD")
    world = worlds.market(policy, seed)
    fields = {name: values * scale for name, values in world.fields.items()}
    one, two = backtest(policy, world), backtest(richer, replace(world, fields=fields))
    assert np.allclose(one.weights, two.weights, rtol=0, atol=1e-9)
    assert two.wealth[-1] / one.wealth[-1] == pytest.approx(scale, rel=1e-8)


def test_law_9_catches_a_signal_that_counts_its_columns() -> None:
    policy = replace(worlds.policy(), signals={"fault": ByColumn()})
    world = worlds.market(policy, 1)
    index = [2, 0, 1]
    fields = {name: values[:, index] for name, values in world.fields.items()}
    other = replace(world, fields=fields, assets=tuple(world.assets[k] for k in index))
    view, turned = (view_at(policy, m, decision_rows(policy, m)) for m in (world, other))
    assert not np.array_equal(policy.signals["fault"](view).values[:, index], policy.signals["fault"](turned).values)


@dataclass(frozen=True, slots=True)
class ByColumn:
    """A fault: likes the first column best."""

    def __call__(self, view: View) -> Scores:
        window = view.window(TOTAL_RETURN, 2, every=MONTH)[:, -1]
        return Scores(view.assets, np.where(np.isfinite(window), np.arange(window.shape[1]) - 1.0, np.nan))

    def sentence(self, view: View, asset: int) -> str:
        return "fault"
