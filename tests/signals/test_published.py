"""The ten-month rule on the US market, 1927 to 2012, against the figures of the method's description (section 1.1).

Monthly factors of Kenneth French as bundled with `arch`; only the file is read.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.signals.array_view import panel
from tests.signals.laws import walked
from trimtab.signals.trend import Trend


@pytest.fixture(scope="module")
def factors() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Months, and monthly simple returns of the market and of bills."""
    found = importlib.util.find_spec("arch")
    if found is None or found.origin is None:
        pytest.skip("the package `arch`, which bundles the factors, is not installed")
    path = Path(found.origin).parent / "data" / "frenchdata" / "frenchdata.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    month = np.array([f"{row['Date'][:4]}-{row['Date'][4:]}" for row in rows], dtype="datetime64[M]")
    excess, bills = (np.array([float(row[name]) for row in rows]) / 100.0 for name in ("Mkt-RF", "RF"))
    return month, excess + bills, bills


def figures(returns: np.ndarray, bills: np.ndarray) -> tuple[float, float, float, float]:
    """CAGR, volatility and maximum drawdown in percent, and Sharpe (arithmetic)."""
    wealth = np.cumprod(np.append(1.0, 1.0 + returns))
    over = returns - bills
    return (
        100.0 * (wealth[-1] ** (12.0 / len(returns)) - 1.0),
        100.0 * returns.std(ddof=1) * np.sqrt(12.0),
        over.mean() / over.std(ddof=1) * np.sqrt(12.0),
        100.0 * (wealth / np.maximum.accumulate(wealth) - 1.0).min(),
    )


def test_ten_month_rule(factors: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    month, market, bills = factors
    index = np.cumprod(1.0 + market)
    view = panel(index, first=str(month[0]))
    state = walked(Trend(), Trend()(view).values)[:, 0]
    inside = (month >= np.datetime64("1927-06")) & (month <= np.datetime64("2012-12"))
    earned = np.flatnonzero(inside)
    held = state[earned - 1] > 0.0  # the state at a month's end earns the next month
    switches = int((held[1:] != held[:-1]).sum())
    assert len(earned) == 1027
    assert figures(market[earned], bills[earned]) == pytest.approx((9.50, 18.93, 0.391, -83.71), abs=0.0051)
    got = figures(np.where(held, market[earned], bills[earned]), bills[earned])
    assert got[:2] == pytest.approx((9.55, 12.73), abs=0.005)
    assert got[2] == pytest.approx(0.508, abs=0.0005)
    assert got[3] == pytest.approx(-42.97, abs=0.005)
    assert 100.0 * held.mean() == pytest.approx(71.4, abs=0.05)
    assert switches == 124
