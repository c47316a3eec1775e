"""Policies and markets for possible futures, and each path run alone through the exact backtest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.months import last_weekdays
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.resampled import resample
from trimtab.desk.resampled_calendar import month_ends
from trimtab.desk.resampled_world import World
from trimtab.numerics.resampling import Futures, Model, block_of, drawn

NAMES = ("A", "B", "C")


def policy(**changes: Any) -> Policy:
    """Ten-month timing of three assets with cash in bills, month by month, money unrounded."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "futures",
        "since": "2001-01-31",
        "universe": {"A": {"class": "equity"}, "B": {"class": "equity"}, "C": {"class": "bonds"}},
        "benchmark": {"A": 0.4, "B": 0.2, "C": 0.3},
        "signals": {"average": {"use": "trend", "window": "10M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "costs": {"use": "linear", "bps": 10},
        "cash": {"series": "bills"},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none", "digits": 10},
    }
    values.update(changes)
    return policy_from({key: value for key, value in values.items() if value is not None})


def market(held: Policy, *, count: int = 120, seed: int = 0, bills: Kind = Kind.TOTAL_RETURN) -> Market:
    """Monthly total returns of the assets, bills as an index or as a yield, and a rate that goes up and down."""
    rng = np.random.default_rng(seed)
    dates = last_weekdays(np.arange(count) + np.datetime64("2001-01", "M"))
    histories = {}
    for asset in held.universe:
        histories[asset.series] = _history(
            asset.series, dates, np.exp(np.cumsum(rng.normal(0.005, 0.04, count))), Kind.TOTAL_RETURN
        )
    yields = 0.03 + 0.01 * np.sin(np.arange(count) / 9.0)
    index = yields if bills is Kind.YIELD else np.cumprod(1.0 + yields / 12.0)
    series = {
        "bills": _history("bills", dates, index, bills),
        "rates": _history("rates", dates, yields + rng.normal(0.0, 0.004, count), Kind.YIELD),
    }
    return assemble(held.universe, histories | series, series=held.series)


def gap(held: Policy, world: Market, futures: Futures, some: tuple[int, ...] = (0, 1)) -> tuple[float, int]:
    """The largest relative difference of wealth to that of a path run alone, benchmark included; how many were run alone."""
    found = resample(held, world, futures)
    own, rows = paths_of(held, world, found.futures)
    ends = month_ends(own.sessions)
    worst = 0.0
    for b in some:
        alone = own.path(rows[b])
        for one, wealth in ((own.policy, found.wealth[b]), (own.benchmark, found.benchmark[b])):
            result = backtest(one, alone)
            at = np.searchsorted(result.dates, alone.sessions[ends[ends >= own.launch]])
            worst = max(worst, float(np.abs(wealth / result.wealth[at] - 1.0).max()))
    return worst, found.alone


def paths_of(held: Policy, world: Market, futures: Futures) -> tuple[World, Array]:
    """The world, and its drawn rows (B, L, C)."""
    own = World.of(held, world, futures.years, stated=futures.model is not Model.BOOTSTRAP)
    futures = replace(futures, block=block_of(own.rows.growth, futures))
    return own, np.concatenate(list(drawn(own.rows.table, own.rows.positive, len(own.sessions), futures, at_once=3)))


def _history(name: str, dates: Any, values: Array, kind: Kind) -> History:
    return History(About(name, name, kind, "generated"), dates, {CLOSE: values})
