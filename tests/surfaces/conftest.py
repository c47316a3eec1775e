"""Real results to report on, a monthly and a daily one, both against a static rival, and their pages as they are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.surfaces.reading import Element, written
from trimtab.data.synthetic import Synthetic
from trimtab.desk import gallery
from trimtab.surfaces.python import Backtest, backtest

CLASSES = ("equity", "bonds", "commodities")


@pytest.fixture(scope="session")
def monthly() -> Backtest:
    """60/40 with a trend overlay on generated monthly data, about 24 years."""
    policy = replace(gallery.named("trend-overlay"), data=Synthetic())
    return backtest(policy.with_horizon(end=date(1951, 6, 30)))


@pytest.fixture(scope="session")
def daily() -> Backtest:
    """Twelve assets, 25 years of sessions, a tilt limit and a turnover budget that both bite."""
    ids = [f"A{k:02d}" for k in range(12)]
    policy = {
        "trimtab": 1,
        "name": "twelve",
        "title": "Twelve assets",
        "base_currency": "USD",
        "since": "1998-01-02",
        "universe": {a: {"series": a, "class": CLASSES[k % 3], "name": f"Asset {k + 1}"} for k, a in enumerate(ids)},
        "benchmark": dict.fromkeys(ids, 1.0 / 12.0),
        "signals": {"average": {"use": "trend", "window": "10M"}, "momentum": {"use": "momentum", "lookback": "12M"}},
        "allocator": {"use": "overlay", "tilt": 0.05},
        "rules": [
            {"limit": {"use": "max_tilt", "at_most": 0.04}, "id": "IPS-4.1", "severity": "block"},
            {"limit": {"use": "max_turnover", "at_most": 0.10, "per": "quarter"}, "id": "IPS-5.1", "severity": "block"},
        ],
        "costs": {"use": "linear", "bps": 5},
        "schedule": {"decide": "month-end", "trade": "next_close"},
    }
    return backtest(policy, prices(ids))


def prices(ids: list[str]) -> pd.DataFrame:
    """Random walks with one shared factor, one column an asset."""
    rng = np.random.default_rng(11)
    dates = pd.bdate_range("1998-01-02", "2024-12-31")
    market = rng.normal(0.0002, 0.006, (len(dates), 1))
    steps = market + rng.normal(0.0001, 0.006, (len(dates), len(ids)))
    return pd.DataFrame(100.0 * np.cumprod(1.0 + steps, axis=0), index=dates, columns=ids)


@pytest.fixture(scope="session")
def shown(monthly: Backtest, tmp_path_factory: pytest.TempPathFactory) -> Element:
    """The page of the monthly result."""
    return written(monthly, tmp_path_factory.mktemp("monthly"))[1]


@pytest.fixture(scope="session")
def shown_daily(daily: Backtest, tmp_path_factory: pytest.TempPathFactory) -> Element:
    """The page of the daily result."""
    return written(daily, tmp_path_factory.mktemp("daily"))[1]
