"""A market of real data for tests and pictures: ETFs, VIX, term spread, CAPE, yields, FRED-MD vintages, French factors.

Read from the shared data; tests are skipped where they are absent. Everything carries the instant at which it was known.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from tests.shared_data import shared
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look

FUNDS = {
    "SPY": "equity", "QQQ": "equity", "IWM": "equity", "EFA": "equity", "EEM": "equity", "VNQ": "property", "SHY": "bonds",
    "IEF": "bonds", "TLT": "bonds", "TIP": "bonds", "LQD": "credit", "HYG": "credit", "GLD": "commodities",
}  # fmt: skip
BENCHMARK = {"SPY": 0.40, "EFA": 0.10, "IEF": 0.30, "LQD": 0.10, "GLD": 0.10}
DATES = ("2008-10-31", "2013-06-28", "2020-03-31", "2021-12-31", "2022-06-30")
HOURS_2 = np.timedelta64(7200, "s")


def fund(name: str, frame: pd.DataFrame) -> History:
    """One ETF: closes, and the adjusted close as its total-return index."""
    about = About(name, name, Kind.TOTAL_RETURN, "Yahoo")
    fields = {CLOSE: frame["close"].to_numpy(), TOTAL_RETURN: frame["adj_close"].to_numpy()}
    return History(about, frame["date"].to_numpy().astype("datetime64[D]"), fields)


def daily(name: str, values: pd.Series, *, lag: int = 0) -> History:
    """A daily series that was known `lag` business days later."""
    about = About(name, name, Kind.LEVEL, "shared data", lag_days=lag)
    values = values.dropna()
    return History(about, values.index.to_numpy().astype("datetime64[D]"), {CLOSE: values.to_numpy(dtype=float)})


def monthly(name: str, values: pd.Series, *, months: int, average: bool = True) -> History:
    """A monthly series, stamped with the first day of its month, known on the first day `months` months later."""
    values = values.dropna()
    first = values.index.to_numpy().astype("datetime64[M]")
    known = (first + months).astype("datetime64[D]").astype("datetime64[s]")
    about = About(name, name, Kind.LEVEL, "shared data", "monthly", is_average=average)
    return History(about, first.astype("datetime64[D]"), {CLOSE: values.to_numpy(dtype=float)}, known)


def vintages(name: str, *, scale: float = 1.0) -> History:
    """A FRED-MD series as it was printed: a vintage counts from the first day of the month after its own."""
    frame = pd.read_csv(shared("fredmd_vintages_changes.csv.gz"))
    part = frame[frame["series"] == name].copy()
    part["known"] = (pd.PeriodIndex(part["vintage"], freq="M") + 1).to_timestamp()
    part = part.sort_values(["obs", "known"])
    about = About(name, name, Kind.LEVEL, "FRED-MD", "monthly", restates=True)
    known = part["known"].to_numpy().astype("datetime64[s]")
    return History(about, part["obs"].to_numpy().astype("datetime64[D]"), {CLOSE: scale * part["value"].to_numpy()}, known)


def column(file: str, name: str) -> pd.Series:
    """One column of a shared CSV by date."""
    return pd.read_csv(shared(file), parse_dates=["date"]).set_index("date")[name]


def factors() -> dict[str, History]:
    """Simple monthly returns of French's factors in decimals: each is known when the month after its own has ended."""
    frame = pd.read_csv(shared("french_ff5_monthly.csv.gz"), parse_dates=["date"]).set_index("date") / 100.0
    daily_returns = column("french_ff3_mom_daily.csv.gz", "mom").dropna() / 100.0
    by_month = daily_returns.groupby(daily_returns.index.to_numpy().astype("datetime64[M]"))
    found = {"mkt": frame["mkt_rf"], **{name: frame[name] for name in ("smb", "hml", "rmw", "cma")}}
    found["mom"] = by_month.apply(lambda gains: float((1.0 + gains).prod() - 1.0))
    return {name: monthly(name, values, months=2, average=False) for name, values in found.items()}


@cache
def series() -> dict[str, History]:
    """The named series: levels, rates in decimals per year, and factor returns in decimals per month."""
    shiller = pd.read_csv(shared("shiller_monthly.csv.gz"), parse_dates=["date"]).set_index("date")
    bills = column("tb3ms_monthly.csv.gz", "tb3ms") / 100.0
    return {
        "vix": daily("vix", column("vix_daily.csv.gz", "close")),
        "slope": daily("slope", column("term_spreads_daily.csv.gz", "t10y3m") / 100.0, lag=1),
        "cape": monthly("cape", shiller["cape"], months=4),  # three months after its own has ended
        "gs10": monthly("gs10", shiller["gs10"] / 100.0, months=1),
        "tb3ms": monthly("tb3ms", bills, months=1),
        "bills": monthly("bills", (1.0 + bills / 12.0).cumprod(), months=1),
        "cpi": vintages("CPIAUCSL"),
        "indpro": vintages("INDPRO"),
        "aaa": vintages("AAA", scale=0.01),  # Moody's yields, averages of the month
        "baa": vintages("BAA", scale=0.01),
        "dividends": monthly("dividends", shiller["dividend"] / shiller["price"], months=4),
        "earnings": monthly("earnings", shiller["earnings"] / shiller["price"], months=4),
        **factors(),
    }


@cache
def market(names: tuple[str, ...] = tuple(FUNDS)) -> Market:
    """The named funds on their shared sessions, with every series beside them."""
    frame = pd.read_parquet(shared("etf_daily.parquet"))
    held = {name: fund(name, frame[frame["ticker"] == name]) for name in names}
    assets = tuple(Asset(name, name, FUNDS[name]) for name in names)
    return assemble(assets, held | series(), series=tuple(series()))


def view(rows: np.ndarray, names: tuple[str, ...] = tuple(FUNDS), since: str = "1993-01-29") -> MarketView:
    """The view from the sessions `rows`, two hours after the close."""
    return look(market(names), rows, cut_off=HOURS_2, since=np.datetime64(since, "D"))


def month_ends(names: tuple[str, ...] = tuple(FUNDS)) -> np.ndarray:
    """Rows of the last session of each month."""
    sessions = market(names).sessions
    months = sessions.astype("datetime64[M]")
    return np.flatnonzero(np.append(months[1:] != months[:-1], True))


def at(view: MarketView, date: str) -> int:
    """Number of the decision date."""
    return int(np.flatnonzero(view.days.dates == np.datetime64(date, "D"))[0])
