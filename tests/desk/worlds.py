"""Random markets and policies for the laws: daily prices with opens and dividends, bills, gaps between close and open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, VOLUME
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy

ASSETS = ("A", "B", "C")
CLASSES = ("equity", "equity", "bonds")
CUT_OFF = np.timedelta64(7200, "s")  # after the close, as a policy has it that says nothing


def dates(count: int) -> Any:
    """`count` weekdays from 2001-01-02."""
    return np.busday_offset("2001-01-02", np.arange(count))


def history(name: str, values: dict[Any, Array], kind: Kind = Kind.PRICE_AND_DIVIDENDS) -> History:
    """One series on consecutive weekdays."""
    return History(About(name, name, kind, "generated"), dates(len(values[CLOSE])), values)


def prices(rng: np.random.Generator, count: int, *, volatility: float = 0.02) -> dict[Any, Array]:
    """Close, open (with a gap against the close before) and rare dividends."""
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0003, volatility, count)))
    opening = close * np.exp(rng.normal(0.0, volatility, count))
    dividend = np.where(rng.random(count) < 0.02, close * rng.uniform(0.001, 0.02, count), 0.0)
    return {CLOSE: close.round(4), OPEN: opening.round(4), DIVIDEND: dividend.round(4)}


def market(policy: Policy, seed: int = 0, *, count: int = 320, volatility: float = 0.02, traded: float | None = None) -> Market:
    """A market for the assets of `policy`, with a series `bills` and one `rates` that goes up and down.

    With `traded` there are volumes too: units a session, worth about so much currency a session.
    """
    rng = np.random.default_rng(seed)
    held = {asset.series: history(asset.series, prices(rng, count, volatility=volatility)) for asset in policy.universe}
    if traded is not None:
        held = {name: with_volumes(one, np.random.default_rng(seed + 1), traded) for name, one in held.items()}
    bills = np.cumprod(1.0 + rng.uniform(0.0, 0.0003, count))
    rates = 0.03 + 0.01 * np.sin(np.arange(count) / 15.0) + rng.normal(0.0, 0.002, count)
    series = {
        "bills": history("bills", {CLOSE: bills}, Kind.TOTAL_RETURN),
        "rates": history("rates", {CLOSE: rates}, Kind.YIELD),
    }
    return assemble(policy.universe, held | series, series=policy.series)


def with_volumes(past: History, rng: np.random.Generator, traded: float) -> History:
    """The history with whole units traded a session, worth about `traded` in currency."""
    units = traded / past.fields[CLOSE] * rng.uniform(0.5, 2.0, len(past.dates))
    return replace(past, fields={**past.fields, VOLUME: units.round()})


def policy(**changes: Any) -> Policy:
    """An overlay on three assets: average, momentum and vote; limits of every kind; costs, bills, next open."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "law",
        "since": "2001-01-02",
        "universe": {a: {"class": c} for a, c in zip(ASSETS, CLASSES, strict=True)},
        "benchmark": {"A": 0.4, "B": 0.2, "C": 0.3},
        "signals": {
            "trend": {"use": "trend", "window": "3M", "band": 0.01},
            "momentum": {"use": "momentum", "lookback": "40D", "skip": "5D"},
        },
        "combine": {"use": "vote", "hysteresis": 0.4},
        "allocator": {"use": "overlay", "tilt": 0.1},
        "reacher": {"use": "pace", "band": 0.002},
        "rules": [
            {"use": "long_only"},
            {"use": "max_tilt", "at_most": 0.12},
            {"use": "max_weight", "at_most": 0.45},
            {"use": "max_weight", "of": "class", "at_most": 0.62},
            {"use": "max_turnover", "at_most": 0.2, "per": "quarter"},
            {"use": "max_turnover", "at_most": 0.15, "window": "30D"},
        ],
        "costs": {"use": "linear", "bps": 10, "half_spread_bps": 3, "minimum_ticket": "1 USD"},
        "cash": {"series": "bills", "borrow_spread": 0.02},
        "schedule": {"decide": "month-end", "trade": "next_open"},
    }
    values.update(changes)
    return policy_from({key: value for key, value in values.items() if value is not None})


def cut(world: Market, row: int) -> Market:
    """The market without the sessions after `row`."""
    from trimtab.desk.prepare import until

    return until(world, world.sessions[row])


def corrupted(world: Market, row: int, factor: float) -> Market:
    """The market with every value after `row` multiplied by `factor` (NaN: forgotten), and every later view turned around."""
    fields = {
        name: np.where(np.arange(len(values))[:, None] > row, values * factor, values) for name, values in world.fields.items()
    }
    series = {}
    for name, past in world.series.items():
        late = past.dates > world.sessions[row]
        series[name] = replace(
            past, fields={key: np.where(late, values * factor, values) for key, values in past.fields.items()}
        )
    latest = world.closes_at(np.array([row]))[0] + CUT_OFF
    early = tuple(one for one in world.opinions if one.stated <= latest)
    late = () if np.isnan(factor) else tuple(replace(one, gain=-one.gain) for one in world.opinions if one.stated > latest)
    return replace(world, fields=fields, series=series, opinions=early + late)
