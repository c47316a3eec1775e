"""The shared files as pandas reads them, for oracles: nothing here uses a line of the package.

Month-ends are the last sessions of each month; what was known at one is told from the calendar alone, in the same words
as `real_world` states it: CAPE and yields on shares four months after the first of their month, bills and government
bonds one, factor returns two, a FRED-MD file from the month after its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from tests.real_world import FUNDS
from tests.shared_data import shared


@cache
def closes(column: str = "adj_close") -> pd.DataFrame:
    """Sessions by funds; NaN before a fund began."""
    frame = pd.read_parquet(shared("etf_daily.parquet")).pivot(index="date", columns="ticker", values=column)
    frame = frame[list(FUNDS)].dropna(how="all")
    frame.index = pd.DatetimeIndex(frame.index)
    return frame


@cache
def months() -> pd.PeriodIndex:
    """The months of the market."""
    return pd.PeriodIndex(closes().index, freq="M").unique()


@cache
def ends() -> pd.DatetimeIndex:
    """The last session of each month."""
    days = closes().index.to_series()
    return pd.DatetimeIndex(days.groupby(pd.PeriodIndex(days, freq="M")).last())


@cache
def monthly(column: str = "adj_close") -> pd.DataFrame:
    """Month-ends by funds."""
    return closes(column).loc[ends()]


def read(file: str) -> pd.DataFrame:
    """A shared CSV by date."""
    return pd.read_csv(shared(file), parse_dates=["date"]).set_index("date")


def late(values: pd.Series, count: int) -> pd.Series:
    """At each month-end the value of `count` months before; `values` are stamped with days of their months."""
    values = values.dropna()
    by_month = pd.Series(values.to_numpy(), pd.PeriodIndex(values.index, freq="M"))
    return pd.Series(by_month.reindex(months() - count).to_numpy(), ends())


def latest(values: pd.Series, *, after: int = 0) -> pd.Series:
    """At each month-end the last daily value published by then, `after` business days after its date."""
    values = values.dropna()
    published = pd.Series(values.to_numpy(), values.index + pd.offsets.BDay(after))
    return published.groupby(level=0).last().reindex(ends(), method="ffill")


@cache
def cape() -> pd.Series:
    """The CAPE by its own month."""
    return read("shiller_monthly.csv.gz")["cape"].dropna()


@cache
def slope() -> pd.Series:
    """Ten years less three months, decimal, by its own date."""
    return read("term_spreads_daily.csv.gz")["t10y3m"].dropna() / 100.0


@cache
def vix() -> pd.Series:
    """The VIX at the close."""
    return read("vix_daily.csv.gz")["close"]


@cache
def bills() -> pd.Series:
    """What one unit in bills has grown to by the end of each month: a twelfth of the rate of each."""
    return (1.0 + read("tb3ms_monthly.csv.gz")["tb3ms"] / 1200.0).cumprod()


@cache
def factors() -> pd.DataFrame:
    """French's five factors by month, decimal."""
    frame = read("french_ff5_monthly.csv.gz") / 100.0
    return frame.set_axis(pd.PeriodIndex(frame.index, freq="M"))


@cache
def changes(name: str) -> pd.DataFrame:
    """Months of a FRED-MD series by the files that were out, each with all that had been printed until then."""
    frame = pd.read_csv(shared("fredmd_vintages_changes.csv.gz"))
    table = (
        frame[frame["series"] == name].pivot(index="obs", columns="vintage", values="value").sort_index(axis=1).ffill(axis=1)
    )
    return table.set_axis(pd.PeriodIndex(table.index, freq="M"))


def printed(name: str, month: str) -> pd.Series:
    """A FRED-MD series by its months as the last file before `month` has it; empty while none is out."""
    table = changes(name)
    count = int((table.columns < month).sum())
    return table.iloc[:, count - 1].dropna() if count else pd.Series(dtype=float)


def in_print(name: str, how: Callable[[pd.Series], float], *, oldest: int = 10_000) -> pd.Series:
    """At each month-end `how(series as printed by then)`; NaN while no file is out, or its last month is too old in days."""
    found = []
    for month, end in zip(months(), ends(), strict=True):
        seen = printed(name, str(month))
        fresh = len(seen) > 0 and (end - seen.index[-1].start_time).days <= oldest
        found.append(float(how(seen)) if fresh else np.nan)
    return pd.Series(found, ends())
