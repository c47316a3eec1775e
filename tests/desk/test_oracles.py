"""Faber's ten-month average on US equity since 1927, against two published computations, through the whole desk.

Both rows: US market total return, decided on each month-end close and filled there (same_close), in bills while out, no
costs, June 1927 to December 2012, 1027 months.

The rows differ in their data alone. The MONTHLY row uses monthly factors, rounded to 0.01 % each, as one older edition of
the library states them; the DAILY row compounds daily factors of a newer edition to months (edition 202407; the file at
hand is edition 202412 and gives the same printed digits). A month's return differs by 0.03 % on average and by 0.5 % at
most (August 1932). That decides one single month: at the end of July 2000 the market stood within a hair of its average,
above it by the monthly factors and below by the daily ones. August 2000 brought 7 %: hence 9.55 against 9.46 % a year, two
switches less, and one month in 1027 (0.1 %) more in the market. The other digits differ by rounding alone.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE, months
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.months import compounded
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.result import Result
from trimtab.desk.rivals import static
from trimtab.desk.summary import summary
from trimtab.signals.trend import Trend

DAILY = Path(__file__).parents[3] / "shared" / "data" / "french_ff3_mom_daily.csv.gz"
START = date(1927, 5, 31)

POLICY = policy_from(
    {
        "trimtab": 1,
        "name": "faber",
        "since": "1926-06-30",
        "start": str(START),
        "end": "2012-12-31",
        "universe": {"US": {"series": "us_equity"}},
        "benchmark": {"US": 1.0},
        "signals": {"average": {"use": "trend", "window": "10M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "cash": {"series": "bills"},
        "costs": {"use": "linear", "bps": 0},
        "schedule": {"decide": "month-end", "trade": "same_close"},
    }
)

Row = dict[str, float | int]
_FIGURES = ("cagr", "volatility", "sharpe", "max_drawdown", "in_market", "switches")
MONTHLY_HOLD: Row = dict(zip(_FIGURES, (9.50, 18.93, 0.391, -83.71, 100.0, 0), strict=True))
MONTHLY_TIMED: Row = dict(zip(_FIGURES, (9.55, 12.73, 0.508, -42.97, 71.4, 124), strict=True))
DAILY_HOLD: Row = dict(zip(_FIGURES, (9.51, 18.96, 0.391, -83.72, 100.0, 0), strict=True))
DAILY_TIMED: Row = dict(zip(_FIGURES, (9.46, 12.73, 0.503, -43.01, 71.3, 126), strict=True))


def inside(result: Result) -> Any:
    """(T - 1,) whether each month began in the market."""
    return result.weights[:-1, 0] > 0.5


def printed(result: Result) -> Row:
    """The figures of a row, rounded as it prints them."""
    figures, state = summary(result), inside(result)
    assert len(result.returns) == 1027
    assert (str(result.dates[0]), str(result.dates[-1])) == ("1927-05-31", "2012-12-31")
    return {
        **{key: round(100 * figures[key], 2) for key in ("cagr", "volatility", "max_drawdown")},
        "sharpe": round(figures["sharpe"], 3),
        "in_market": round(100 * float(state.mean()), 1),
        "switches": int((state[1:] != state[:-1]).sum()),
    }


def hold() -> Policy:
    return static(POLICY).with_horizon(start=START)


@pytest.fixture(scope="module")
def monthly() -> Market:
    """The monthly factors that come with the samples."""
    return load_market(POLICY)


@pytest.fixture(scope="module")
def daily() -> Market:
    """The daily factors compounded to months, market and bills each by itself."""
    if not DAILY.exists():
        pytest.skip("the daily factor file (tests only, never redistributed) is not on this machine")
    with gzip.open(DAILY, "rt", encoding="utf-8") as file:
        rows = [(row["date"], float(row["mkt_rf"]), float(row["rf"])) for row in csv.DictReader(file)]
    days = np.array([row[0] for row in rows], dtype="datetime64[D]")
    each, first = np.unique(days.astype("datetime64[M]"), return_index=True)
    bills = np.array([row[2] for row in rows]) / 100.0
    market = np.array([row[1] for row in rows]) / 100.0 + bills
    held = {}
    for name, returns in (("us_equity", market), ("bills", bills)):
        dates, levels = compounded(each, np.multiply.reduceat(1.0 + returns, first) - 1.0)
        held[name] = History(About(name, name, Kind.TOTAL_RETURN, "daily", "monthly"), dates, {CLOSE: levels})
    return assemble(POLICY.universe, held, series=POLICY.series)


def test_the_monthly_row_to_the_printed_digits(monthly: Market) -> None:
    assert printed(backtest(hold(), monthly)) == MONTHLY_HOLD
    assert printed(backtest(POLICY, monthly)) == MONTHLY_TIMED


def test_the_daily_row_to_the_printed_digits(daily: Market) -> None:
    assert printed(backtest(hold(), daily)) == DAILY_HOLD
    assert printed(backtest(POLICY, daily)) == DAILY_TIMED


def test_one_month_explains_the_distance_between_the_rows(monthly: Market, daily: Market) -> None:
    one, two = backtest(POLICY, monthly), backtest(POLICY, daily)
    (at,) = np.flatnonzero(inside(one) != inside(two))
    assert str(one.dates[at]) == "2000-07-31"
    assert inside(one)[at]  # above its average by the monthly factors only
    # Taking that month's return out of the first run brings it to the second: (1 + r_bills) / (1 + r_market) once.
    returns = one.returns.copy()
    returns[at] = two.returns[at]
    assert float(np.prod(1.0 + returns)) ** (12 / 1027) - 1.0 == pytest.approx(0.0946, abs=0.00015)


@pytest.mark.parametrize("fault", ["nine months", "the month after", "no bills"])
def test_the_rows_catch_a_fault(monthly: Market, fault: str) -> None:
    """A window of nine months, a fill a month later, cash that earns nothing: each misses the row."""
    policy = {
        "nine months": replace(POLICY, signals={"average": Trend(months(9))}),
        "the month after": replace(POLICY, schedule=replace(POLICY.schedule, trade=TradeAt.NEXT_OBSERVATION)),
        "no bills": replace(POLICY, cash=replace(POLICY.cash, series="")),
    }[fault]
    figures = summary(backtest(policy, monthly))
    assert round(100 * figures["cagr"], 2) != MONTHLY_TIMED["cagr"]
