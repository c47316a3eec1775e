"""What is locked, through the desk: the first funding commits to it, and nothing trades it from then on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import trimtab

POLICY: dict[str, Any] = {
    "trimtab": 1,
    "name": "locked",
    "universe": {"SHARES": {"class": "equity"}, "BONDS": {"class": "bonds"}, "PRIVATE": {"class": "equity"}},
    "benchmark": {"SHARES": 0.5, "BONDS": 0.3, "PRIVATE": 0.2},
}


def prices(growth: float = 0.001) -> pd.DataFrame:
    """Two years of sessions: two assets that move, and one that grows evenly."""
    days = pd.bdate_range("2010-01-04", periods=520)
    walk = np.exp(np.random.default_rng(3).normal(0.0, 0.008, (len(days), 2)).cumsum(axis=0))
    steady = np.exp(growth * np.arange(len(days)))
    return pd.DataFrame(100.0 * np.column_stack([walk, steady]), days, ["SHARES", "BONDS", "PRIVATE"])


def test_the_first_funding_buys_what_is_locked_and_no_trade_follows() -> None:
    """Regression: what was locked was held still before anything was held, and so never bought."""
    rules = [{"use": "locked", "only": ["PRIVATE"]}]
    test = trimtab.backtest(POLICY | {"rules": rules}, prices(), vs=[])
    traded = test.trades.query("asset == 'PRIVATE'")["date"]
    assert traded.tolist() == [test.trades["date"].min()]
    assert abs(test.weights["PRIVATE"].loc[traded.iloc[0]] - 0.2) < 0.01
    assert test.trades.query("asset == 'SHARES'")["date"].nunique() > 10


def test_a_limit_that_it_drifts_past_gives_way_and_the_others_make_room() -> None:
    """A fifth of the whole times e^.52 in two years is past a cap of 25 %; equity stays at 60 %, since shares make room."""
    rules = [
        {"use": "locked", "only": ["PRIVATE"]},
        {"use": "max_weight", "at_most": 0.25, "only": ["PRIVATE"]},
        {"use": "max_weight", "at_most": 0.60, "of": "class", "only": ["equity"]},
    ]
    benchmark = {"SHARES": 0.4, "BONDS": 0.4, "PRIVATE": 0.2}
    last = trimtab.backtest(POLICY | {"benchmark": benchmark, "rules": rules}, prices(), vs=[]).decisions[-1]
    assert last.target[2] > 0.25
    assert last.target[0] + last.target[2] <= 0.60 + 1e-9
    assert last.orders
    assert not last.refused
