"""Random policies and markets with everything that a policy can say of trading, run exactly and by the float twin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tests.desk import worlds
from tests.desk.test_events import with_splits
from trimtab.core.arrays import Array
from trimtab.core.money import exact
from trimtab.core.schedule import Rounding
from trimtab.core.terms import CLOSE, Span, Step
from trimtab.core.values import Aims
from trimtab.data.assembly import assemble
from trimtab.data.history import Action, ActionKind, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.backtest import Run
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.result import Result
from trimtab.desk.twin import Paths, twin

Settings = dict[str, Any]
COSTS: tuple[Settings, ...] = (
    {"use": "linear"},
    {"use": "linear", "bps": 10},
    {"use": "linear", "bps": 10, "half_spread_bps": 3, "minimum_ticket": "1 USD"},
    {"use": "impact", "bps": 5},
    {"use": "commission", "bps": 8, "tiers": [[50000, 3]], "minimum_ticket": "2 USD", "maximum_ticket": "300 USD"},
)
BLEND: Settings = {
    "use": "blend",
    "mix": {"use": "fixed", "shares": {"fast": 0.6, "slow": 0.4}},
    "sleeves": {"fast": {"holds": {"A": 0.6, "B": 0.4}}, "slow": {"holds": {"C": 1.0}, "decide": "quarter-end"}},
}
REACHERS: tuple[Settings, ...] = (
    {"use": "pace"},
    {"use": "pace", "band": 0.01},
    {"use": "pace", "each": 0.02},
    {"use": "pace", "each": 0.02, "to": "edge"},
    {"use": "pace", "relative": 0.1, "to": "half"},
)
FEES: tuple[list[Settings], ...] = (
    [{"use": "adviser", "tiers": [{"rate": 0.01}], "base": "average"}],
    [
        {"use": "adviser", "tiers": [{"rate": 0.01, "up_to": "500000 USD"}, {"rate": 0.005}], "billed": "advance"},
        {"use": "data", "per_year": "400 USD", "every": "1M"},
    ],
)


@dataclass(frozen=True)
class Dice:
    """Random choices from one seed."""

    rng: np.random.Generator

    def of(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def rarely(self, odds: float) -> bool:
        return bool(self.rng.random() < odds)

    def number(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))


def limits(dice: Dice) -> list[Settings]:
    """Rules of every kind, each sometimes."""
    some = [
        (0.4, {"use": "max_weight", "at_most": dice.number(0.4, 0.7)}),
        (0.4, {"use": "max_weight", "of": "class", "at_most": dice.number(0.5, 0.9)}),
        (0.4, {"use": "max_turnover", "at_most": dice.number(0.02, 0.3), "per": dice.of("month", "quarter", "year")}),
        (0.2, {"use": "max_turnover", "at_most": dice.number(0.02, 0.3), "window": "30D"}),
        (0.2, {"use": "max_turnover", "at_most": dice.number(0.02, 0.3), "per": "quarter", "only": ["A"]}),
        (0.2, {"use": "max_tilt", "at_most": dice.number(0.05, 0.2)}),
        (0.2, {"use": "max_leverage", "at_most": 1.5}),
        (0.1, {"use": "max_participation", "share": 0.05}),
        (0.1, {"use": "min_holding", "period": "30D"}),
        (0.1, {"use": "locked", "only": ["C"]}),
        (0.1, {"use": "restricted", "only": ["B"]}),
    ]
    return [{"use": "long_only"}, *(rule for odds, rule in some if dice.rarely(odds))]


def settings(dice: Dice) -> Settings:
    """A policy: an overlay, a timing, a mix that is put back, or a blend with a sleeve that rests."""
    rules = dice.of(limits(dice), limits(dice), None)
    allocator = dice.of({"use": "overlay", "tilt": dice.number(0.02, 0.3)}, {"use": "timing"}, {"use": "static"}, BLEND)
    speaks = allocator["use"] in ("overlay", "timing")
    if allocator["use"] == "overlay" and "max_leverage" in str(rules):
        allocator["funding"] = ["cash"]
    found: Settings = {
        "rules": rules,
        "benchmark": dice.of({"A": 0.4, "B": 0.2, "C": 0.3}, {"A": 0.5, "B": 0.1, "C": 0.4}),
        "signals": {"trend": {"use": "trend", "window": "2M"}} if speaks else {},
        "combine": {"use": "vote"} if speaks else None,
        "allocator": allocator,
        "reacher": dice.of(*REACHERS),
        "costs": dice.of(*COSTS),
        "liquidity": {"volume": "20D", "volatility": "20D"},
        "cash": dice.of({"series": "bills", "borrow_spread": 0.02}, {"borrow_spread": 0.03}),
        "schedule": schedule(dice),
        "capital": dice.of("1000000 USD", "100000 USD"),
    }
    execution: Settings = {"dividends": dice.of("pay", "reinvest"), "rounding": "none", "digits": dice.of(8, 9, 10, 12)}
    execution |= {"minimum": dice.of("200 USD", "2000 USD")} if dice.rarely(0.2) else {}
    found |= {"execution": execution}
    found |= {"holding": {"use": "carrying", "named": {"A": 0.012, "B": 0.0, "C": 0.005}}} if dice.rarely(0.25) else {}
    found |= {"fees": dice.of(*FEES)} if dice.rarely(0.3) else {}
    found |= {"controls": [{"use": "day_turnover", "at_most": 0.3}]} if dice.rarely(0.1) else {}
    return found


def schedule(dice: Dice) -> Settings:
    """When it decides and trades."""
    trade, decide = dice.of("next_open", "next_close", "same_close", "next_observation"), dice.of("month-end", "week-end")
    lags = trade != "next_observation" and decide == "month-end" and dice.rarely(0.25)
    return {"decide": decide, "trade": trade} | ({"lag": int(dice.rng.integers(1, 8))} if lags else {})


def market(policy: Policy, dice: Dice, *, count: int = 160) -> Market:
    """Prices with opens, dividends and volumes; sometimes with splits, gaps, an ending, and days on which a market is shut."""
    held = {asset.series: _lived(asset.series, dice, count) for asset in policy.universe}
    bills = np.cumprod(1.0 + dice.rng.uniform(0.0, 0.0003, count))
    series = {"bills": worlds.history("bills", {CLOSE: bills}, Kind.TOTAL_RETURN)}
    world = assemble(policy.universe, held | series, series=policy.series)
    if not dice.rarely(0.2):
        return world
    closes = world.fields[CLOSE]
    return replace(world, closed=(dice.rng.random(closes.shape) < 0.05) & np.isfinite(closes))


def _lived(name: str, dice: Dice, count: int) -> History:
    fields = worlds.prices(dice.rng, count, volatility=dice.of(0.01, 0.02, 0.05))
    if dice.rarely(0.3):
        fields = with_splits(fields, dice.rng, share=0.02)
    past = worlds.with_volumes(worlds.history(name, fields), dice.rng, dice.of(1e6, 1e8))
    if dice.rarely(0.2):
        keep = np.ones(count, dtype=bool)
        keep[dice.rng.integers(60, count, 5)] = False
        past = _kept(past, keep)
    if dice.rarely(0.12):
        past = _kept(past, past.dates <= past.dates[int(dice.rng.integers(70, count - 10))])
        paid = float(past.fields[CLOSE][-1] * 0.7)
        past = replace(past, actions=(Action(ActionKind.DELISTING, past.dates[-1], cash=paid),))
    return past


def _kept(past: History, keep: Array) -> History:
    return replace(past, dates=past.dates[keep], fields={name: values[keep] for name, values in past.fields.items()})


def case(seed: int, **changes: Any) -> tuple[Policy, Market]:
    """A policy and a market for it."""
    dice = Dice(np.random.default_rng(seed))
    policy = worlds.policy(**(settings(dice) | changes))
    return policy, market(policy, dice)


def looked(policy: Policy, world: Market) -> tuple[MarketView, Aims]:
    """The view of a backtest, and what it tells."""
    view = decision_view(policy, world)
    return view, aims(policy, view)


def variants(policy: Policy, world: Market) -> tuple[MarketView, list[Aims]]:
    """Aims by trends over several windows: they begin on different dates. One is unknown for ever."""
    view, own = looked(policy, world)
    found = [own]
    for count in (15, 45, 70) if policy.signals else ():
        trend = replace(policy.signals["trend"], window=Span(count, Step.DAY))  # type: ignore[type-var]
        found.append(aims(replace(policy, signals={"trend": trend}), view))
    return view, [*found, replace(own, goal=np.full(own.goal.shape, np.nan))]


def exactly(policy: Policy, world: Market, view: MarketView, knowledge: Aims) -> Result:
    """The run in exact money."""
    with exact():
        return Run(policy, world, view, knowledge).over(None)


def unrounded(policy: Policy, *, digits: int = 10) -> Policy:
    """The policy without cents, in fine fractions of units."""
    return replace(policy, execution=replace(policy.execution, rounding=Rounding.NONE, digits=digits))


def gap(paths: Paths, result: Result, number: int = 0) -> float:
    """The largest relative difference of wealth at any session; infinite where the sessions differ or wealth is unknown."""
    offset = len(paths.sessions) - len(result.dates)
    if offset < 0 or not np.array_equal(paths.sessions[offset:], result.dates):
        return np.inf
    worst = np.abs(paths.wealth[number, offset:] / result.wealth - 1.0).max()
    return float(worst) if np.isfinite(worst) and np.isnan(paths.wealth[number, :offset]).all() else np.inf


def compared(policy: Policy, world: Market) -> tuple[Paths, Result]:
    """One policy by both."""
    world = until(world, policy.horizon.end)
    view, knowledge = looked(policy, world)
    return twin(policy, world, view, [knowledge], weights=True), exactly(policy, world, view, knowledge)
