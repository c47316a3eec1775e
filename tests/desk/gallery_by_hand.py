"""Policies of the gallery in pandas, straight from the shared file: signals, weights, and the account, day by day.

Nothing here uses a line of the package. Decisions fall on the last session of each month, orders of so many units are
filled at the next open, dividends buy more at the close of their day, cash earns what bills do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd

from tests.shared_data import shared

START, CAPITAL = "2007-06-29", 1_000_000.0
Decide = Callable[[pd.Timestamp, pd.Series], pd.Series | None]  # what to hold, given what is held; None: as it is


@cache
def table(column: str) -> pd.DataFrame:
    """Sessions by funds; NaN before a fund began."""
    frame = pd.read_parquet(shared("etf_daily.parquet")).pivot(index="date", columns="ticker", values=column)
    return frame.set_axis(pd.DatetimeIndex(frame.index))


@cache
def returns() -> pd.DataFrame:
    """Total returns by session, dividends in."""
    closes = table("close")
    return (closes + table("dividend_implied")) / closes.shift() - 1.0


@cache
def index() -> pd.DataFrame:
    """What one unit of each fund has grown to."""
    grown = (1.0 + returns()).cumprod()
    return grown.where(table("close").notna())


@cache
def ends(every: str = "M") -> pd.DatetimeIndex:
    """The last session of each month (or quarter, or year)."""
    days = table("close").index.to_series()
    return pd.DatetimeIndex(days.groupby(pd.PeriodIndex(days, freq=every)).last())


def months(names: Sequence[str]) -> pd.DataFrame:
    """The index at month-ends."""
    return index().loc[ends(), list(names)]


def decisions(rows: pd.DataFrame) -> pd.DataFrame:
    """Those from the start on."""
    return rows.loc[START:]


# Signals and weights.


def trend(weights: dict[str, float]) -> pd.DataFrame:
    """Each weight while the month-end lies above the mean of the last ten, else nothing."""
    level = months(list(weights))
    return decisions((level > level.rolling(10).mean()) * pd.Series(weights))


def dual_momentum() -> pd.Series:
    """Which fund GEM holds: the better of SPY and EFA over a year where it beats SHY, else AGG."""
    year = decisions(months(["SPY", "EFA", "SHY", "AGG"]).pct_change(12, fill_method=None))
    shares = year[["SPY", "EFA"]]
    return shares.idxmax(axis=1).where(shares.max(axis=1) > year["SHY"], "AGG")


def scores_13612(names: Sequence[str]) -> pd.DataFrame:
    """Twelve times one month's return, four times three, twice six, once twelve."""
    level = months(names)
    return decisions(sum(12 / k * level.pct_change(k, fill_method=None) for k in (1, 3, 6, 12)) / 4.0)


def breadth(risky: list[str], safe: list[str], canary: list[str], top: int, protect: int) -> pd.DataFrame:
    """Weights by breadth momentum: 1 / protect in the best of `safe` for each canary that is not above 0."""
    scores = scores_13612(sorted({*risky, *safe, *canary}))
    rows = []
    for _, row in scores.iterrows():
        share = min(int((row[canary] <= 0.0).sum()) / protect, 1.0)
        weights = pd.Series(0.0, scores.columns)
        weights[row[risky].nlargest(top).index] += (1.0 - share) / top
        weights[row[safe].idxmax()] += share
        rows.append(weights)
    return pd.DataFrame(rows, scores.index)


def windows(names: Sequence[str], count: int) -> dict[pd.Timestamp, np.ndarray]:
    """The last `count` daily returns at each decision."""
    own = returns()[list(names)].dropna(how="any")
    places = own.index.get_indexer(decisions(index().loc[ends()]).index)
    return {own.index[at]: own.to_numpy()[at - count + 1 : at + 1] for at in places}


def ewma(rows: np.ndarray, decay: float) -> np.ndarray:
    """Exponentially weighted covariance per year, the mean taken as 0."""
    weights = decay ** np.arange(len(rows))[::-1]
    return 252.0 * (rows.T * (weights / weights.sum())) @ rows


def risk_budgets(covariance: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    """Weights whose shares of risk are the budgets: one coordinate after another, until nothing moves any more."""
    found = 1.0 / np.sqrt(np.diag(covariance))
    for _ in range(10_000):
        before = found.copy()
        for i, own in enumerate(np.diag(covariance)):
            rest = covariance[i] @ found - own * found[i]
            found[i] = (np.sqrt(rest * rest + 4.0 * own * budgets[i]) - rest) / (2.0 * own)
        if np.abs(found / before - 1.0).max() < 1e-14:
            break
    return found / found.sum()


# The account.


def account(names: Sequence[str], decide: Decide, *, bps: float, start: str = START) -> tuple[pd.Series, list[pd.Timestamp]]:
    """Wealth from `start` on, and the dates of decision on which something was traded. `decide` is asked on month-ends."""
    days = table("close").loc[start:].index
    opens, closes, paid = (table(one).loc[days, list(names)].to_numpy() for one in ("open", "close", "dividend_implied"))
    bills = index().loc[days, "BIL"].to_numpy()
    looks, units, cash, rate = set(ends()), np.zeros(len(names)), CAPITAL, bps * 1e-4
    orders: np.ndarray | None = None
    wealth, traded = [], []
    for t, today in enumerate(days):
        if t:
            cash *= bills[t] / bills[t - 1]
        income = units * paid[t]
        if orders is not None:
            units, cash = _filled(units, cash, orders, opens[t], rate)
            orders = None
        units = units + income / closes[t]
        value = cash + units @ closes[t]
        wealth.append(value)
        wanted = decide(today, pd.Series(units * closes[t] / value, list(names))) if today in looks else None
        if wanted is not None and t + 1 < len(days):
            orders = _sized(wanted[list(names)].to_numpy(), units, closes[t], value, rate)
            traded.append(today)
    return pd.Series(wealth, days), traded


def _sized(weights: np.ndarray, units: np.ndarray, prices: np.ndarray, value: float, rate: float) -> np.ndarray:
    """Units to trade, with costs paid out of the value that is left."""
    left = value
    for _ in range(50):
        left = value - rate * np.abs(weights * left - units * prices).sum()
    return weights * left / prices - units


def _filled(units: np.ndarray, cash: float, orders: np.ndarray, prices: np.ndarray, rate: float) -> tuple[np.ndarray, float]:
    """Units and cash after sales, and after as much of the purchases as the money allows."""
    sold, bought = np.minimum(orders, 0.0), np.maximum(orders, 0.0)
    cash -= (sold * prices).sum() * (1.0 - rate)
    need = (bought * prices).sum() * (1.0 + rate)
    share = min(1.0, cash / need) if need > 0.0 else 1.0
    return units + sold + share * bought, cash - share * need
