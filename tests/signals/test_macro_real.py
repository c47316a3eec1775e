"""VIX and the 10-year less 3-month spread through the desk's own view, against pandas.

Real data, published as they are: the VIX at the close, the spread on the next business day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.shared_data import shared
from trimtab.core.calendar import period_ends
from trimtab.core.terms import CLOSE, MONTH, months, sessions
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look
from trimtab.desk.asking import heard
from trimtab.signals.implied_volatility import ImpliedVolatility
from trimtab.signals.macro import Spread

MONTHS = ["2008-10", "2013-06", "2020-03", "2022-06"]


@pytest.fixture(scope="module")
def vix() -> pd.Series:
    return pd.read_csv(shared("vix_daily.csv.gz"), parse_dates=["date"]).set_index("date")["close"]


@pytest.fixture(scope="module")
def slope() -> pd.Series:
    """Decimals; percentage points in the file."""
    return pd.read_csv(shared("term_spreads_daily.csv.gz"), parse_dates=["date"]).set_index("date")["t10y3m"] / 100.0


def history(name: str, kind: Kind, values: pd.Series, lag: int = 0) -> History:
    about = About(name, name, kind, "test", lag_days=lag)
    return History(about, values.index.to_numpy(dtype="datetime64[D]"), {CLOSE: values.to_numpy(dtype=float)})


@pytest.fixture(scope="module")
def market(vix: pd.Series, slope: pd.Series) -> Market:
    """A single asset, traded on the days of the VIX."""
    held = history("fund", Kind.TOTAL_RETURN, 0.0 * vix + 100.0)
    histories = {"fund": held, "vix": history("vix", Kind.LEVEL, vix), "t10y3m": history("t10y3m", Kind.YIELD, slope, 1)}
    return assemble([Asset("FUND", "fund")], histories, series=("vix", "t10y3m"))


def view_at(market: Market, rows: np.ndarray) -> MarketView:
    return look(market, rows, cut_off=np.timedelta64(7200, "s"), since=market.sessions[0])


def remembered(sides: pd.Series) -> pd.Series:
    """0 shows the side before, 0 before the first; NaN stays."""
    return sides.where(sides != 0.0).ffill().fillna(0.0).where(sides.notna())


def at_month_ends(states: pd.Series) -> list[float]:
    return [float(states[month].iloc[-1]) for month in MONTHS]


def test_the_vix_in_percentiles_of_its_own_past(market: Market, vix: pd.Series) -> None:
    view = view_at(market, np.arange(len(market.sessions)))
    signal = ImpliedVolatility("vix")
    ranks = signal.measure(view).values[:, 0]
    grown = vix.expanding(252)
    expected = (grown.rank(pct=True) - 0.5 / grown.count()).to_numpy()
    np.testing.assert_allclose(ranks, expected, rtol=1e-12)
    first = int(np.flatnonzero(np.isfinite(ranks))[0])
    assert (first, str(view.days.dates[first])) == (251, "1990-12-28")
    assert float(np.nanmin(ranks)) > 0.0
    assert float(np.nanmax(ranks)) < 1.0
    states = pd.Series(heard(signal, view)[:, 0], vix.index)
    sides = pd.Series(np.where(expected > 0.8, -1.0, np.where(expected < 0.6, 1.0, 0.0)), vix.index).where(
        np.isfinite(expected)
    )
    pd.testing.assert_series_equal(states, remembered(sides))
    # 59.9 in October 2008, 16.9 in June 2013, 53.5 in March 2020, 28.7 in June 2022: off, on, off, off.
    assert at_month_ends(states) == [-1.0, 1.0, -1.0, -1.0]


def test_the_vix_in_percentiles_of_five_years(market: Market, vix: pd.Series) -> None:
    rows = period_ends(market.sessions, MONTH)
    signal = ImpliedVolatility("vix", sessions(1260))
    rolled = vix.rolling(1260, min_periods=252)
    expected = (rolled.rank(pct=True) - 0.5 / rolled.count()).to_numpy()[rows]
    np.testing.assert_allclose(signal.measure(view_at(market, rows)).values[:, 0], expected, rtol=1e-12)


def test_the_slope_with_three_months_of_confirmation(market: Market, slope: pd.Series) -> None:
    rows = period_ends(market.sessions, MONTH)
    view, signal = view_at(market, rows), Spread("t10y3m", confirm=months(3))
    published = slope.index + pd.offsets.BDay(1)
    sides = []
    for date in pd.DatetimeIndex(view.days.dates):
        seen = slope[published <= date]
        last = np.sign(seen.groupby(seen.index.to_period("M")).last().iloc[-3:].to_numpy())
        sides.append(np.nan if len(last) < 3 else float(last[0]) if abs(last.sum()) == 3.0 else 0.0)
    expected = remembered(pd.Series(sides, pd.DatetimeIndex(view.days.dates)))
    states = pd.Series(heard(signal, view)[:, 0], pd.DatetimeIndex(view.days.dates))
    pd.testing.assert_series_equal(states, expected, check_freq=False)
    assert str(view.days.dates[np.flatnonzero(states.notna())[0]]) == "1990-03-30"
    spread = signal.measure(view).values[:, 0]
    assert float(np.nanmin(spread)) > -0.02
    assert float(np.nanmax(spread)) < 0.04  # decimals: the curve was never inverted by 2 points, nor 4 points steep
    # Negative in January and February 2020 alone: two months are no confirmation. Negative from October 2022 on.
    assert at_month_ends(states) == [1.0, 1.0, 1.0, 1.0]
    turns = states[states.diff().abs() == 2.0]
    assert turns.index.strftime("%Y-%m").tolist() == [
        "2000-09",
        "2001-03",
        "2006-09",
        "2007-10",
        "2019-07",
        "2019-12",
        "2022-12",
    ]
