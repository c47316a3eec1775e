"""Small monthly worlds in which it is known what a validation must find: a real effect, noise, a leak; and evidence by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.desk import worlds
from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.evidence import Evidence
from trimtab.desk.policy import Policy

MONTHS = 240


def month_ends(count: int = MONTHS) -> Any:
    """The last weekdays of `count` months from January 1991."""
    firsts = np.datetime64("1991-02") + np.arange(count)
    return np.busday_offset(firsts.astype("datetime64[D]"), -1, roll="forward")


def monthly(policy: Policy, seed: int = 0, *, persistent: float = 0.0, count: int = MONTHS) -> Market:
    """Prices of three assets by month; with `persistent` each has a drift a month that seldom changes its sign."""
    rng = np.random.default_rng(seed)
    held = {}
    for asset in policy.universe:
        state = np.where(np.cumsum(rng.random(count) < 1.0 / 24.0) % 2 == 0, 1.0, -1.0)
        returns = 0.004 + persistent * state + rng.normal(0.0, 0.03, count)
        held[asset.series] = _history(asset.series, 100.0 * np.cumprod(1.0 + returns))
    bills = _history("bills", np.cumprod(np.full(count, 1.002)))
    return assemble(policy.universe, held | {"bills": bills}, series=policy.series)


def _history(name: str, closes: Array) -> History:
    return History(About(name, name, Kind.TOTAL_RETURN, "generated"), month_ends(len(closes)), {CLOSE: closes})


def trend(**changes: Any) -> Policy:
    """A timing of three assets by their average, on monthly data."""
    values: dict[str, Any] = {
        "name": "timed",
        "since": "1991-01-31",
        "signals": {"trend": {"use": "trend", "window": "8M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "benchmark": {"A": 0.3, "B": 0.3, "C": 0.4},
        "reacher": {"use": "pace"},
        "rules": [{"use": "long_only"}],
        "costs": {"use": "linear", "bps": 5},
        "cash": {"series": "bills"},
        "schedule": {"decide": "month-end", "trade": "same_close"},
    }
    return worlds.policy(**(values | changes))


def compared(mine: Array, other: Array) -> Evidence:
    """Evidence of a policy with these returns a month (T,) beside its benchmark's (T,), from January 1999 on."""
    dates = month_ends(len(mine) + 1 + 96)[96:]
    wealth = [np.concatenate([[1.0], np.cumprod(1.0 + one)]) for one in (mine, other)]
    rf = np.zeros(len(mine))
    policy, still = (SimpleNamespace(dates=dates, wealth=one, periods_per_year=12, riskfree=rf) for one in wealth)
    rows = np.stack([mine], axis=1)
    active = (mine - other)[:, np.newaxis]
    return Evidence(policy, still, None, np.arange(1), dates, rows, other, rf, active, 1)  # type: ignore[arg-type]


def by_hand(active: Array, *, seed: int = 1) -> Evidence:
    """Evidence with these returns over the benchmark (T, N) and nothing else; the first column is the policy."""
    dates = month_ends(len(active) + 1)
    still = np.zeros(len(active))
    places = np.arange(active.shape[1])
    return Evidence(None, None, None, places, dates, active, still, still, active, seed)  # type: ignore[arg-type]
