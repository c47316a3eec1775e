"""The shared market data as histories."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.shared_data import shared
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, TOTAL_RETURN, VOLUME
from trimtab.data.history import About, History, Kind

_ETF = {
    OPEN: "open",
    HIGH: "high",
    LOW: "low",
    CLOSE: "close",
    VOLUME: "volume",
    ADJUSTED: "adj_close",
    DIVIDEND: "dividend_implied",
}


def _dates(column: pd.Series) -> np.ndarray:
    return column.to_numpy().astype("datetime64[D]")


def etfs(first: str = "1990-01-01", last: str = "2030-01-01") -> tuple[History, ...]:
    """The 21 funds between two dates: closes adjusted for splits, dividends, adjusted closes."""
    frame = pd.read_parquet(shared("etf_daily.parquet"))
    frame["date"] = pd.to_datetime(frame["date"])
    frame = frame[(frame["date"] >= first) & (frame["date"] <= last)]
    return tuple(
        History(
            About(str(name), str(name), Kind.PRICE_AND_DIVIDENDS, "split-adjusted"),
            _dates(part["date"]),
            {field: part[column].to_numpy(dtype=float) for field, column in _ETF.items()},
        )
        for name, part in frame.groupby("ticker")
    )


def as_traded() -> tuple[History, ...]:
    """Five funds as they traded, with their splits."""
    frame = pd.read_csv(shared("etf_as_traded.csv.gz"), parse_dates=["date"])
    actions = pd.read_csv(shared("corporate_actions.csv"), parse_dates=["ex_date"])
    made = []
    for name, part in frame.groupby("ticker"):
        split = np.full(len(part), np.nan)
        for action in actions[actions["ticker"] == name].itertuples():
            split[(part["date"] == action.ex_date).to_numpy()] = action.new_shares / action.old_shares
        fields = {CLOSE: part["close"].to_numpy(dtype=float), SPLIT: split}
        made.append(History(About(str(name), str(name), Kind.PRICE, "as traded"), _dates(part["date"]), fields))
    return tuple(made)


def us_market(first: str, last: str) -> History:
    """An index of the American market: each day grows by mkt_rf + rf, in percent."""
    frame = pd.read_csv(shared("french_ff3_mom_daily.csv.gz"), parse_dates=["date"])
    frame = frame[(frame["date"] >= first) & (frame["date"] <= last)]
    index = 100.0 * np.cumprod(1.0 + (frame["mkt_rf"] + frame["rf"]).to_numpy() / 100.0)
    about = About("market", "market", Kind.TOTAL_RETURN, "Fama and French")
    return History(about, _dates(frame["date"]), {CLOSE: index, TOTAL_RETURN: index})


def stocks() -> tuple[History, ...]:
    """Twenty stocks, adjusted."""
    frame = pd.read_csv(shared("stocks20_adj_close_daily.csv.gz"), parse_dates=["date"])
    made = []
    for name, part in frame.groupby("ticker"):
        price = part["adj_close"].to_numpy(dtype=float)
        about = About(str(name), str(name), Kind.TOTAL_RETURN, "adjusted")
        made.append(History(about, _dates(part["date"]), {CLOSE: price, TOTAL_RETURN: price}))
    return tuple(made)


def levels(file: str, *, monthly: bool = False) -> Iterator[History]:
    """Every column of a file as a level that nobody holds."""
    frame = pd.read_csv(shared(file), parse_dates=["date"])
    for name in frame.columns[1:]:
        about = About(str(name), str(name), Kind.LEVEL, file, "monthly" if monthly else "daily")
        yield History(about, _dates(frame["date"]), {CLOSE: frame[name].to_numpy(dtype=float)})
