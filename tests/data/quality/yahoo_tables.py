"""Yahoo's tables as histories: closes adjusted for splits, splits and adjusted closes beside them, in any order of rows."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np

from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import About, History, Kind
from trimtab.data.quality.settings import Settings

COLUMNS = {
    "Open": OPEN,
    "High": HIGH,
    "Low": LOW,
    "Close": CLOSE,
    "Adj Close": ADJUSTED,
    "Volume": VOLUME,
    "Dividends": DIVIDEND,
    "Stock Splits": SPLIT,
    "Capital Gains": CAPITAL_GAINS,
}


def table(path: Path) -> History:
    """The history in one gzipped table, named by the file."""
    with gzip.open(path, "rt") as stream:
        return parsed(stream.read(), path.name.removesuffix(".csv.gz"))


def parsed(text: str, name: str) -> History:
    rows = list(csv.DictReader(io.StringIO(text)))
    first = next(iter(rows[0]))
    dates = np.array([row[first][:10] for row in rows], dtype="datetime64[D]")
    order = np.argsort(dates, kind="stable")
    fields = {
        field: np.array([float(row[column]) if row[column] else np.nan for row in rows])[order]
        for column, field in COLUMNS.items()
        if column in rows[0]
    }
    return History(About(name, name, Kind.PRICE_AND_DIVIDENDS, "Yahoo's table"), dates[order], fields)


def adjusted(*histories: History) -> Settings:
    """Settings that say that the prices of these are divided by later splits."""
    return Settings(split_adjusted=frozenset(history.about.name for history in histories))
