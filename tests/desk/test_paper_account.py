"""Law 1 on real days: a paper account over a year is what the backtest of the same policy says, fill by fill."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.desk.paper_year import lived, traded
from tests.shared_data import shared
from trimtab.core.orders import Status
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market

FUNDS = ("SPY", "TLT", "GLD", "EFA")
RULES = [
    {"use": "max_weight", "at_most": 0.45},
    {"use": "max_turnover", "at_most": 0.2, "window": "3M"},
]


def written(folder: Path, frame: pd.DataFrame) -> Path:
    """A folder of prices, a file a fund."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FUNDS:
        part = frame[frame["ticker"] == name][["date", "open", "high", "low", "close", "volume"]].dropna()
        part.to_csv(folder / f"{name}.csv", index=False)
    return folder


def generated(seed: int) -> pd.DataFrame:
    """Two years of made-up sessions."""
    draw = np.random.default_rng(seed)
    days = pd.bdate_range("2021-01-04", "2022-12-30")
    parts = []
    for name in FUNDS:
        close = np.round(100.0 * np.exp(np.cumsum(draw.normal(0.0002, 0.01, len(days)))), 2)
        opening = np.round(close * np.exp(draw.normal(0.0, 0.002, len(days))), 2)
        high, low = np.maximum(opening, close) + 0.25, np.minimum(opening, close) - 0.25
        table = {"date": days, "ticker": name, "open": opening, "high": high, "low": low, "close": close, "volume": 1e7}
        parts.append(pd.DataFrame(table))
    return pd.concat(parts)


def policy(place: Path, trade: str, **changes: object) -> Policy:
    """A trend overlay that keeps some cash, so that no purchase is cut: brokers cut otherwise than backtests do."""
    return policy_from(
        {
            "trimtab": 1,
            "name": "paper",
            "data": {"use": "folder", "path": str(place)},
            "since": "2021-01-04",
            "start": "2021-12-31",
            "end": "2022-12-30",
            "capital": "1000000 USD",
            "universe": {name: {"series": name, "class": "fund"} for name in FUNDS},
            "benchmark": {"SPY": 0.35, "TLT": 0.2, "GLD": 0.15, "EFA": 0.2},
            "signals": {"trend": {"use": "trend", "window": "6M"}},
            "allocator": {"use": "overlay", "tilt": 0.05},
            "rules": RULES,
            "costs": {"use": "linear", "bps": 5},
            "schedule": {"decide": "month-end", "trade": trade},
            "execution": {"units": "whole", "minimum": "500 USD", "dividends": "pay"},
            **changes,
        }
    )


def agree(made: Policy, folder: Path) -> None:
    market = load_market(made)
    account, result = lived(made, market, folder)
    assert len(result.fills) > 20
    assert account.fills == traded(result)
    last = max(one.ticket.as_of for one in account.orders)  # on the last session: it waits for one that is not there
    assert {one.status for one in account.orders if one.ticket.as_of < last} == {Status.FILLED}
    assert {one.status for one in account.orders if one.ticket.as_of == last} == {Status.ACKED}


@pytest.mark.parametrize("trade", ["next_open", "next_close"])
def test_a_paper_account_over_a_year_of_real_etf_days_equals_the_backtest(trade: str, tmp_path: Path) -> None:
    frame = pd.read_parquet(shared("etf_daily.parquet"))
    frame = frame.assign(date=pd.to_datetime(frame["date"]))
    frame = frame[frame["date"].between("2021-01-04", "2022-12-30")]
    agree(policy(written(tmp_path / "prices", frame), trade), tmp_path / "desk")


def test_a_paper_account_over_generated_days_equals_the_backtest(tmp_path: Path) -> None:
    agree(policy(written(tmp_path / "prices", generated(7)), "next_open"), tmp_path / "desk")
