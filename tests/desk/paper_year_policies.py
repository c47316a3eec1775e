"""Policies that keep no reserve in cash, and one that does, on real and on made-up days.

Without a reserve, whatever opens dearer than it closed is not paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.shared_data import shared
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy

FUNDS = ("SPY", "TLT", "GLD", "EFA")
RULES = [
    {"use": "max_weight", "at_most": 0.45},
    {"use": "max_turnover", "at_most": 0.2, "window": "3M"},
]
FEATURES: Mapping[str, Mapping[str, Any]] = {
    "risk_parity": {
        "forecast": {"use": "ewma", "window": "120D", "decay": 0.97},
        "allocator": {"use": "risk_parity"},
    },
    "dual_momentum": {
        "signals": {
            "dual": {"use": "dual_momentum", "among": ["SPY", "EFA", "GLD"], "refuge": "TLT", "bills": "SHY", "lookback": "3M"}
        },
        "combine": {"use": "vote"},
        "allocator": {"use": "rotation", "top": 1},
    },
    "overlay": {
        "signals": {"trend": {"use": "trend", "window": "6M"}},
        "allocator": {"use": "overlay", "tilt": 0.15, "funding": ["TLT"]},
    },
    "levered": {
        "forecast": {"use": "ewma", "window": "120D", "decay": 0.97},
        "allocator": {"use": "volatility_target", "target": 0.2, "most": 1.5, "of": {"use": "risk_parity"}},
        "rules": [{"use": "max_leverage", "at_most": 1.5}],
        "cash": {"series": "SHY", "borrow_spread": 0.01},
    },
}
HOWS: Mapping[str, Mapping[str, Any]] = {
    "whole": {"execution": {"units": "whole", "minimum": "500 USD", "dividends": "pay"}},
    "fractions": {"execution": {"units": "fractional", "digits": 6, "dividends": "pay"}},
    "bands": {
        "execution": {"units": "whole", "minimum": "2000 USD", "dividends": "pay"},
        "reacher": {"use": "pace", "each": 0.01, "to": "edge"},
    },
    "tickets": {
        "execution": {"units": "fractional", "digits": 4, "dividends": "pay"},
        "costs": {"use": "linear", "bps": 10, "minimum_ticket": "25 USD"},
    },
}


def written(folder: Path, frame: pd.DataFrame) -> Path:
    """A folder of prices, a file a fund."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in frame.groupby("ticker"):
        columns = ["date", "open", "high", "low", "close", "volume", *({"dividend"} & set(part.columns))]
        part[columns].dropna().to_csv(folder / f"{name}.csv", index=False)
    return folder


def real(first: str, last: str) -> pd.DataFrame:
    """Real days of the funds, and of SHY, with their dividends."""
    frame = pd.read_parquet(shared("etf_daily.parquet"))
    frame = frame.assign(date=pd.to_datetime(frame["date"]), dividend=frame["dividend_implied"].round(6))
    return frame[frame["date"].between(first, last) & frame["ticker"].isin([*FUNDS, "SHY"])]


def gaps(seed: int, gap: float = 0.02) -> pd.DataFrame:
    """Two years of made-up sessions; `gap` is the deviation of an open from the close before it."""
    draw = np.random.default_rng(seed)
    days = pd.bdate_range("2021-01-04", "2022-12-30")
    parts = []
    for name in (*FUNDS, "SHY"):
        calm = 20.0 if name == "SHY" else 1.0
        close = np.round(100.0 * np.exp(np.cumsum(draw.normal(0.0002, 0.01 / calm, len(days)))), 2)
        opening = np.round(np.append(close[0], close[:-1]) * np.exp(draw.normal(0.0, gap / calm, len(days))), 2)
        high, low = np.maximum(opening, close) + 0.25, np.minimum(opening, close) - 0.25
        table = {"date": days, "ticker": name, "open": opening, "high": high, "low": low, "close": close, "volume": 1e7}
        parts.append(pd.DataFrame(table))
    return pd.concat(parts)


def year(name: str, place: Path) -> dict[str, Any]:
    """What all of them say: the funds of a folder over 2022, a million, five basis points."""
    return {
        "trimtab": 1,
        "name": name,
        "data": {"use": "folder", "path": str(place)},
        "since": "2021-01-04",
        "start": "2021-12-31",
        "end": "2022-12-30",
        "capital": "1000000 USD",
        "universe": {fund: {"series": fund, "class": "fund"} for fund in FUNDS},
        "costs": {"use": "linear", "bps": 5},
    }


def bare(place: Path, feature: str, how: str, trade: str = "next_open", **changes: Any) -> Policy:
    """A policy that is fully invested, or more than that."""
    return policy_from(
        {
            **year(f"paper-{feature}", place),
            "benchmark": {"SPY": 0.4, "TLT": 0.25, "GLD": 0.15, "EFA": 0.2},
            "schedule": {"decide": "month-end", "trade": trade},
            **FEATURES[feature],
            **HOWS[how],
            **changes,
        }
    )


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
    """A trend overlay that keeps some cash, so that hardly a purchase is cut."""
    return policy_from(
        {
            **year("paper", place),
            "benchmark": {"SPY": 0.35, "TLT": 0.2, "GLD": 0.15, "EFA": 0.2},
            "signals": {"trend": {"use": "trend", "window": "6M"}},
            "allocator": {"use": "overlay", "tilt": 0.05},
            "rules": RULES,
            "schedule": {"decide": "month-end", "trade": trade},
            "execution": {"units": "whole", "minimum": "500 USD", "dividends": "pay"},
            **changes,
        }
    )
