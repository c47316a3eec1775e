"""Plain policies and markets for sweeps, and how a sweep is held against backtests of its variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tests.desk import worlds
from tests.desk.twin_worlds import Dice
from trimtab.core.terms import CLOSE, OPEN
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.grid import Grid
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.summary import summary
from trimtab.desk.sweep import sweep
from trimtab.desk.swept import FIGURES, Swept
from trimtab.desk.variants import Variants
from trimtab.numerics.lanes_running import Engine

Settings = dict[str, Any]
ASSETS = {"A": "equity", "B": "equity", "C": "bonds", "D": "gold"}
BENCHMARK = {"A": 0.3, "B": 0.2, "C": 0.3, "D": 0.1}
SUMMED = ("end_value", "cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year", "cost_per_year", "costs")
FINE = {"rounding": "none", "digits": 10, "dividends": "pay"}


def settings(dice: Dice) -> Settings:
    """What a plain policy may say."""
    allocator = dice.of({"use": "overlay", "tilt": dice.number(0.02, 0.3)}, {"use": "timing"}, {"use": "static"})
    speaks = allocator["use"] != "static"
    lookback = dice.of("40D", "2M")
    signals = {
        "trend": {"use": "trend", "window": dice.of("2M", "30D", "8W"), "band": dice.of(0.0, 0.02)},
        "momentum": {"use": "momentum", "lookback": lookback, "skip": "0M" if lookback == "2M" else dice.of("5D", "0D")},
    }
    rules = [
        (0.4, {"use": "max_weight", "at_most": dice.number(0.4, 0.7)}),
        (0.4, {"use": "max_weight", "of": "class", "at_most": dice.number(0.5, 0.9)}),
        (0.5, {"use": "max_turnover", "at_most": dice.number(0.02, 0.4), "per": dice.of("month", "quarter", "year")}),
        (0.2, {"use": "max_turnover", "at_most": dice.number(0.02, 0.4), "per": "year"}),
    ]
    return {
        "signals": signals if speaks else {},
        "combine": {"use": "vote", "hysteresis": dice.of(0.0, 0.0, 0.6)} if speaks else None,
        "allocator": allocator,
        "rules": [{"use": "long_only"}, *(rule for odds, rule in rules if dice.rarely(odds))],
        "costs": {"use": "linear", "bps": dice.of(0, 10, 50)},
        "cash": dice.of({"series": "bills"}, None),
        "start": dice.of(None, "2001-06-15"),
        "schedule": schedule(dice),
    }


def schedule(dice: Dice) -> Settings:
    """When it decides and trades."""
    trade, room = dice.of("same_close", "next_close", "next_open"), dice.rarely(0.4)
    decide = "month-end" if room else dice.of("month-end", "week-end", "quarter-end")
    later = {"lag": int(dice.rng.integers(0, 4)), "offset": int(dice.rng.integers(0, 5))} if room else {}
    return {"decide": decide, "trade": trade, **later}


def policy(**changes: Any) -> Policy:
    """A plain policy on four assets."""
    values: Settings = {
        "trimtab": 1,
        "name": "swept",
        "since": "2001-01-02",
        "universe": {name: {"class": kind} for name, kind in ASSETS.items()},
        "benchmark": BENCHMARK,
        "signals": {"trend": {"use": "trend", "window": "2M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "overlay", "tilt": 0.2},
        "reacher": {"use": "pace"},
        "rules": [{"use": "long_only"}],
        "costs": {"use": "linear", "bps": 10},
        "cash": {"series": "bills"},
        "schedule": {"decide": "month-end", "trade": "next_open"},
        "execution": FINE,
    }
    values.update(changes)
    return policy_from({key: value for key, value in values.items() if value is not None})


def market(one: Policy, seed: int = 0, *, count: int = 200) -> Market:
    """Total returns with opens that gap, without dividends; `bills` besides."""
    rng = np.random.default_rng(seed)
    fields = {name: worlds.prices(rng, count, volatility=0.03) for name in ASSETS}
    priced = {name: {key: own[key] for key in (CLOSE, OPEN)} for name, own in fields.items()}
    held = {name: worlds.history(name, own, Kind.TOTAL_RETURN) for name, own in priced.items()}
    bills = worlds.history("bills", {CLOSE: np.cumprod(1.0 + rng.uniform(0.0, 0.0003, count))}, Kind.TOTAL_RETURN)
    return assemble(one.universe, held | {"bills": bills}, series=one.series)


def stuck(world: Market, asset: int, value: float = 50.0) -> Market:
    """The market with one price that never moves: it lies on its own average, which is a tie."""
    fields = {key: values.copy() for key, values in world.fields.items()}
    for key in (CLOSE, OPEN):
        fields[key][:, asset] = value
    return replace(world, fields=fields)


def monthly() -> tuple[Policy, Market]:
    """A policy on total returns at the ends of 80 months."""
    one = policy(signals={"trend": {"use": "trend", "window": "6M"}}, cash=None, schedule={"trade": "same_close"})
    rng = np.random.default_rng(5)
    ends = (np.datetime64("2001-02", "M") + np.arange(80)).astype("datetime64[D]") - 1
    closes = {name: 50.0 * np.exp(np.cumsum(rng.normal(0.005, 0.05, 80))) for name in ASSETS}
    abouts = {name: About(name, name, Kind.TOTAL_RETURN, "generated", "monthly") for name in ASSETS}
    return one, assemble(one.universe, {name: History(abouts[name], ends, {CLOSE: closes[name]}) for name in ASSETS})


def swept(one: Policy, world: Market, *axes: str, engine: Engine = Engine.NUMBA, numbers: Sequence[int] | None = None) -> Swept:
    """The sweep with wealth at every session."""
    some = None if numbers is None else np.array(numbers, dtype=np.intp)
    return sweep(variants(one, *axes), world, some, engine=engine, whole=True)


def variants(one: Policy, *axes: str) -> Variants:
    """Of a policy, over axes as they are written."""
    return Variants.of(one, Grid.parse(axes))


def gap(found: Swept, place: int, result: Result) -> float:
    """The largest relative difference of wealth at any session; infinite where they begin on different ones."""
    begin = found.wealth.shape[1] - len(result.wealth)
    if begin != found.first[place]:
        return np.inf
    worst = np.abs(found.wealth[place, begin:] / result.wealth - 1.0).max()
    return float(worst) if np.isfinite(worst) else np.inf


def figures_agree(found: Swept, place: int, result: Result, tolerance: float = 1e-8) -> bool:
    """Whether the figures are those of the summary of a backtest; None there is NaN here."""
    told = summary(result)
    want = np.array([np.nan if told[name] is None else told[name] for name in SUMMED])
    got = np.array([found.figures[name][place] for name in SUMMED])
    return bool(np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)) and set(SUMMED) < set(FIGURES)


def law_8(found: Swept, every: Variants, world: Market, numbers: Sequence[int], *, closeness: float = 1e-9) -> list[str]:
    """What of some variants is not as their backtests have it."""
    faults = []
    for place, number in enumerate(found.numbers.tolist()):
        if number in numbers and number not in found.failed:
            result = backtest(every.policy(number), world)
            if (worst := gap(found, place, result)) > closeness:
                faults.append(f"{every.grid.point(number)}: wealth is {worst:.2e} away ({found.engines[place]})")
            elif not figures_agree(found, place, result, 10.0 * closeness):
                faults.append(f"{every.grid.point(number)}: figures ({found.engines[place]})")
    return faults
