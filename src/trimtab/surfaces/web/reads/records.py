"""What a record of wealth comes to: over the usual periods up to its end, by year and month, and in its deepest falls.

Returns are compounded; under a year nothing is put on a year. A benchmark that nobody knows is NaN, and told as none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.calendar import period_ends
from trimtab.core.terms import Step
from trimtab.desk.own_record import SLACK, OwnRecord
from trimtab.numerics.calendar_returns import year_table
from trimtab.numerics.drawdown import drawdown_table, drawdowns
from trimtab.surfaces.report.trailing import starts

PERIODS: Mapping[str, str] = MappingProxyType(
    {
        "MTD": "Month to date",
        "3M": "3 months",
        "YTD": "Year to date",
        "1Y": "1 year",
        "3Y": "3 years",
        "5Y": "5 years",
        "10Y": "10 years",
        "full": "Full window",
    }
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DRAWN = 1200  # points of a line that are drawn one by one; a longer one by week or month, with its highs and lows
YEAR, ALMOST = 365.25, 366  # days of a year; up to how many days nothing is put on a year


def plain(value: float, digits: int = 0) -> float | None:
    """A number, None where there is none; to significant `digits` where they are given."""
    number = float(value)
    if not math.isfinite(number):
        return None
    return float(f"{number:.{digits}g}") if digits else number


def returns_of(path: Array) -> Array:
    """(T - 1,) simple returns of a path of wealth (T,)."""
    return np.asarray(path[1:] / path[:-1] - 1.0)


def period_rows(record: OwnRecord) -> list[dict[str, Any]]:
    """A row a period: what the record and its benchmark made from its start to the end of the record."""
    known = starts(record.dates[-1], record.dates[0])
    return [_period(record, short, name, known[name]) for short, name in PERIODS.items()]


def _period(record: OwnRecord, short: str, name: str, start: np.datetime64) -> dict[str, Any]:
    row = _row(record, start)
    known = row is not None and row < len(record.dates) - 1
    made = growth(record, row or 0) if known else {"mine": None, "theirs": None, "ahead": None, "a_year": False}
    first = str(record.dates[row or 0]) if known else str(start)
    return {"period": short, "name": name, "from": first, "to": str(record.dates[-1]), "reached": known, **made}


def _row(record: OwnRecord, start: np.datetime64) -> int | None:
    """The last date up to `start`; the first one where it lies little after it; None where the record does not reach."""
    row = int(np.searchsorted(record.dates, start, side="right")) - 1
    if row >= 0:
        return row
    return 0 if record.dates[0] - start <= np.timedelta64(SLACK, "D") else None


def growth(record: OwnRecord, row: int = 0) -> dict[str, Any]:
    """Return of record and benchmark from a row on, and their difference; a year where that is longer than one."""
    days = int((record.dates[-1] - record.dates[row]).astype(int))
    power = YEAR / days if days > ALMOST else 1.0
    mine, theirs = (float((path[-1] / path[row]) ** power - 1.0) for path in (record.wealth, record.benchmark))
    return {"mine": plain(mine), "theirs": plain(theirs), "ahead": plain(mine - theirs), "a_year": days > ALMOST}


def window(record: OwnRecord, period: str) -> OwnRecord:
    """The record over a period by its short name; all of it where it does not reach back so far."""
    start = starts(record.dates[-1], record.dates[0])[PERIODS[period]]
    row = _row(record, start) or 0
    row = min(row, len(record.dates) - 2)
    return OwnRecord(record.dates[row:], record.wealth[row:], record.benchmark[row:], record.value)


def year_rows(record: OwnRecord) -> list[dict[str, Any]]:
    """A row a year, the latest first: its months, its total, that of the benchmark, and whether it is whole."""
    dates = record.dates[1:]
    mine, theirs = (year_table(returns_of(path), dates) for path in (record.wealth, record.benchmark))
    rows = []
    for at in range(len(mine.years)):
        months = {name: plain(value) for name, value in zip(MONTHS, mine.months[at].tolist(), strict=True)}
        total, other = plain(mine.totals[at]), plain(theirs.totals[at])
        rows.append({"year": int(mine.years[at]), **months, "total": total, "benchmark": other, "whole": bool(mine.whole[at])})
    return rows[::-1]


def fall_rows(record: OwnRecord, count: int = 5) -> list[dict[str, Any]]:
    """The deepest falls: how deep, from which day to which, when made good, and how many days it took or has taken."""
    rows = []
    for fall in drawdown_table(returns_of(record.wealth), count=count):
        days = int((record.dates[fall.end] - record.dates[fall.peak]).astype(int))
        recovered = None if fall.recovery is None else str(record.dates[fall.recovery])
        dates = {"peak": str(record.dates[fall.peak]), "trough": str(record.dates[fall.trough]), "recovered": recovered}
        rows.append({"depth": fall.depth, **dates, "days": days})
    return rows


def vitals(record: OwnRecord) -> dict[str, Any]:
    """Return, volatility a year, deepest fall, and the days and dates that they speak of."""
    returns = returns_of(record.wealth)
    days = int((record.dates[-1] - record.dates[0]).astype(int))
    per_year = len(returns) * YEAR / days
    swing = float(returns.std(ddof=1)) * math.sqrt(per_year) if len(returns) > 2 else math.nan
    span = {"from": str(record.dates[0]), "to": str(record.dates[-1]), "days": days}
    return span | growth(record) | {"volatility": plain(swing), "fall": plain(drawdowns(returns).min())}


def drawn(record: OwnRecord) -> Index:
    """Rows of a record that are drawn: all, or the ends of weeks or months and the highs and lows of its falls."""
    if len(record.dates) <= DRAWN:
        return np.arange(len(record.dates))
    ends = period_ends(record.dates, Step.WEEK)
    if len(ends) > DRAWN:
        ends = period_ends(record.dates, Step.MONTH)
    falls = [row for fall in drawdown_table(returns_of(record.wealth)) for row in (fall.peak, fall.trough, fall.end)]
    return np.unique(np.concatenate([[0, len(record.dates) - 1], ends, falls])).astype(np.intp)


def points(record: OwnRecord, stake: float = 10_000.0) -> dict[str, Any]:
    """What is drawn of a record: dates, what a stake became in it and in its benchmark, and how far below their highs."""
    rows = drawn(record)
    found: dict[str, Any] = {"dates": [str(one) for one in record.dates[rows]]}
    for name, path in (("wealth", record.wealth), ("benchmark", record.benchmark)):
        below = path / np.maximum.accumulate(path) - 1.0
        found[name] = [plain(one, 5) for one in (stake * path / path[0])[rows].tolist()]
        found[f"{name}_below"] = [plain(one, 4) for one in below[rows].tolist()]
    return found
