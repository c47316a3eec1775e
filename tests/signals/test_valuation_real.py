"""Valuation and real yields on what was published: the figures of the method's description (section 1.4), and pandas.

Two editions of Shiller's sheet and the vintages of FRED-MD, through the desk's own view. What pandas says is worked out
from the files, date by date, without any of the code under test.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.shared_data import shared
from tests.signals.array_view import month_ends
from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import CLOSE, months
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.view import MarketView, look
from trimtab.signals.real_yield import RealYield
from trimtab.signals.valuation import Valuation
from trimtab.signals.valuation_rule import ValuationRule

STATES = ("2008-10", "2013-06", "2020-03", "2022-06")
EARNINGS_LATE = 4  # months from the first of a month until its CAPE counts as known: three after the month is over


def series(name: str, dates: Dates, values: Array, known: np.ndarray) -> History:
    about = About(name, name, Kind.LEVEL, "test", "monthly", is_average=True, restates=True)
    return History(about, dates.astype("datetime64[D]"), {CLOSE: values}, known.astype("datetime64[s]"))


def at_month_ends(first: str, last: str, *beside: History) -> MarketView:
    """The desk's view from every month's last weekday, with named series beside one asset."""
    count = int((np.datetime64(last, "M") - np.datetime64(first, "M")).astype(int)) + 1
    days = month_ends(first, count)
    asset = History(About("X", "X", Kind.PRICE, "test"), days, {CLOSE: np.ones(count)})
    names = [one.about.name for one in beside]
    histories = {"X": asset, **{one.about.name: one for one in beside}}
    market = assemble((Asset("X", "X"),), histories, series=names)
    return look(market, np.arange(count), cut_off=np.timedelta64(2, "h"), since=days[0].astype("datetime64[M]").astype("M8[D]"))


def row_of(view: MarketView, month: str) -> int:
    return view.days.dates.astype("datetime64[M]").tolist().index(np.datetime64(month, "M").item())


def after(stamps: Dates, count: int) -> np.ndarray:
    """The first day of the month `count` months after that of each stamp."""
    return (stamps.astype("datetime64[M]") + count).astype("datetime64[s]")


@pytest.fixture(scope="module")
def zeros() -> pd.Series:
    """PE10 by month, with the zeros that the edition prints for what is missing."""
    frame = pd.read_csv(shared("sp500_monthly_zero_gaps.csv.gz"), parse_dates=["date"])
    return frame.set_index("date")["pe10"]


@pytest.fixture(scope="module")
def unlagged(zeros: pd.Series) -> MarketView:
    """Each PE10 known in its own month, as the published figures have it."""
    stamps = zeros.index.to_numpy()
    return at_month_ends("1871-01", "2024-06", series("cape", stamps, zeros.to_numpy(), after(stamps, 0)))


def test_published_levels(unlagged: MarketView) -> None:
    levels = ValuationRule("cape").measure(unlagged).values[:, 0]
    for month, level in (("1881-01", 18.47), ("1920-12", 4.78), ("1999-12", 44.20)):
        assert levels[row_of(unlagged, month)] == pytest.approx(level, abs=0.005)
    first, last = row_of(unlagged, "1881-01"), row_of(unlagged, "2023-06")
    inside = levels[first : last + 1]
    assert np.isnan(levels[:first]).all()
    assert inside.max() == levels[row_of(unlagged, "1999-12")]
    assert levels[first : row_of(unlagged, "2012-12") + 1].mean() == pytest.approx(16.46, abs=0.005)
    assert inside.mean() == pytest.approx(17.38, abs=0.005)
    assert inside.std(ddof=1) == pytest.approx(7.18, abs=0.005)


@pytest.mark.parametrize(
    ("month", "z"), [("1929-09", 3.68), ("1982-08", -1.74), ("1999-12", 4.95), ("2009-03", -0.46), ("2021-12", 2.97)]
)
def test_published_z_scores(unlagged: MarketView, month: str, z: float) -> None:
    signal = Valuation("cape", log=False)
    row = row_of(unlagged, month)
    assert signal.measure(unlagged).values[row, 0] == pytest.approx(z, abs=0.005)
    assert signal(unlagged).values[row, 0] == pytest.approx(-np.clip(z, -3.0, 3.0), abs=0.005)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("window", [0, 360])
def test_every_z_score_is_that_of_pandas(zeros: pd.Series, unlagged: MarketView, log: bool, window: int) -> None:
    """The zeros before 1881 and after 2023-09 are missing: they start no count and enter no mean."""
    known = zeros.where(zeros > 0.0)
    x = np.log(known) if log else known
    past = x.rolling(window, min_periods=120) if window else x.expanding(120)
    want = ((x - past.mean()) / past.std()).to_numpy()[: len(unlagged.days)]
    found = Valuation("cape", log=log, window=months(window)).measure(unlagged).values[:, 0]
    assert np.allclose(found, want, rtol=0.0, atol=1e-9, equal_nan=True)
    spoken = np.flatnonzero(np.isfinite(found))
    assert spoken[0] == row_of(unlagged, "1890-12")  # the 120th value
    assert spoken[-1] == row_of(unlagged, "2023-09")


def test_the_step_rule_counts_months_as_the_file_does(zeros: pd.Series, unlagged: MarketView) -> None:
    levels = zeros.to_numpy()[: len(unlagged.days)]
    steps = ValuationRule("cape")(unlagged).values[:, 0]
    assert (steps == -1.0).sum() == (levels >= 22.0).sum()
    assert (steps == 1.0).sum() == ((levels > 0.0) & (levels < 14.0)).sum()
    assert np.isnan(steps).sum() == (levels == 0.0).sum()


def test_the_cape_as_it_could_be_known() -> None:
    """Three months after its month: each decision sees the CAPE of four months before."""
    frame = pd.read_csv(shared("shiller_monthly.csv.gz"), parse_dates=["date"]).set_index("date")
    stamps = frame.index.to_numpy()
    view = at_month_ends("1881-01", "2025-12", series("cape", stamps, frame["cape"].to_numpy(), after(stamps, EARNINGS_LATE)))
    signal = Valuation("cape")
    z, scores = signal.measure(view).values[:, 0], signal(view).values[:, 0]
    x = np.log(frame["cape"].loc["1881-01":])
    lagged = ((x - x.expanding(120).mean()) / x.expanding(120).std()).shift(EARNINGS_LATE).loc[:"2025-12"]
    assert np.allclose(z, lagged, rtol=0.0, atol=1e-9, equal_nan=True)
    assert np.flatnonzero(np.isfinite(z))[0] == row_of(view, "1891-04")  # ten years to 1890-12, and four months
    assert (np.nanmin(z), np.nanmax(z)) == pytest.approx((lagged.min(), lagged.max()))
    assert np.nanmin(scores) >= -3.0
    for month in STATES:
        row, want = row_of(view, month), float(lagged.loc[f"{month}-01"])
        assert want > 0.0  # dear in all four, in 2008-10 on the CAPE of June
        assert scores[row] == pytest.approx(-want)
        then = pd.Period(month) - EARNINGS_LATE
        alone = look(view.market, np.array([row]), cut_off=np.timedelta64(2, "h"), since=view.since)
        said, turn = signal.sentence(alone, 0), signal.flip(alone, 0)
        assert said.startswith(f"cape {frame.loc[str(then), 'cape'].iloc[0]:.2f} is +{want:.2f} standard deviations")
        assert said.endswith(": dear")
        assert turn == f"flips when cape falls below {np.exp(x.loc[: str(then)].mean()):.2f}"


# Real yields: the ten-year yield less what the consumer price index of the day had risen by.


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    """Each CPI that was new or revised, with the day it counts as known from: file month v is out after v."""
    frame = pd.read_csv(shared("fredmd_vintages_changes.csv.gz"))
    frame = frame[frame["series"] == "CPIAUCSL"].copy()
    frame["known"] = (pd.PeriodIndex(frame["vintage"], freq="M") + 1).to_timestamp()
    frame["obs"] = pd.to_datetime(frame["obs"])
    return frame.sort_values(["obs", "known"])


@pytest.fixture(scope="module")
def gs10() -> pd.Series:
    """Monthly averages of the ten-year yield, decimal."""
    frame = pd.read_csv(shared("shiller_monthly.csv.gz"), parse_dates=["date"])
    return frame.set_index("date")["gs10"] / 100.0


@pytest.fixture(scope="module")
def bonds(printed: pd.DataFrame, gs10: pd.Series) -> MarketView:
    cpi = series("cpi", printed["obs"].to_numpy(), printed["value"].to_numpy(), printed["known"].to_numpy())
    stamps = gs10.index.to_numpy()
    return at_month_ends("1999-01", "2024-04", cpi, series("gs10", stamps, gs10.to_numpy(), after(stamps, 1)))


def worked_out(printed: pd.DataFrame, gs10: pd.Series, when: pd.Timestamp) -> float:
    """The real yield on a date: filter by what was known, take the last print of each month, divide; NaN if none."""
    seen = printed[printed["known"] <= when].groupby("obs")["value"].last()
    if seen.empty:
        return np.nan
    rise = seen.iloc[-1] / seen.loc[seen.index[-1] - pd.DateOffset(years=1)] - 1.0
    return float(gs10.loc[: when.to_period("M").to_timestamp() - pd.DateOffset(months=1)].iloc[-1] - rise)


def test_every_real_yield_is_what_was_known_on_the_day(printed: pd.DataFrame, gs10: pd.Series, bonds: MarketView) -> None:
    signal = RealYield("gs10", "cpi")
    want = np.array([worked_out(printed, gs10, pd.Timestamp(day)) for day in bonds.days.dates])
    found = signal.measure(bonds).values[:, 0]
    assert np.allclose(found, want, rtol=0.0, atol=1e-12, equal_nan=True)
    assert np.array_equal(signal(bonds).values[:, 0], np.sign(want), equal_nan=True)
    assert np.flatnonzero(np.isfinite(found))[0] == row_of(bonds, "1999-09")  # the first file is of 1999-08
    assert np.isfinite(found[row_of(bonds, "1999-09") :]).all()
    assert (np.nanmin(found), np.nanmax(found)) == pytest.approx((np.nanmin(want), np.nanmax(want)))
    assert -0.08 < np.nanmin(found) < -0.05  # 2022: prices rose by more than 8 %, the bond paid 2 %
    assert 0.03 < np.nanmax(found) < 0.06
    assert (bonds.known <= bonds.days.cutoffs).all()


@pytest.mark.parametrize(("month", "sign"), list(zip(STATES, (-1.0, 1.0, -1.0, -1.0), strict=True)))
def test_real_yields_of_four_months(printed: pd.DataFrame, gs10: pd.Series, bonds: MarketView, month: str, sign: float) -> None:
    """In 2013 prices rose by about 1 % and the bond paid 2 %; in the others prices rose by more than it paid."""
    row = row_of(bonds, month)
    want = worked_out(printed, gs10, pd.Timestamp(bonds.days.dates[row]))
    assert np.sign(want) == sign
    assert RealYield("gs10", "cpi")(bonds).values[row, 0] == sign
    assert RealYield("gs10", "cpi").measure(bonds).values[row, 0] == pytest.approx(want)


def test_the_last_vintage_would_have_said_something_else(printed: pd.DataFrame, gs10: pd.Series, bonds: MarketView) -> None:
    """The control: seasonal factors are revised, and a series without vintages looks ahead."""
    final = printed.groupby("obs")["value"].last()
    stamps = final.index.to_numpy()
    late = series("cpi", stamps, final.to_numpy(), after(stamps, 2))
    of_yields = series("gs10", gs10.index.to_numpy(), gs10.to_numpy(), after(gs10.index.to_numpy(), 1))
    hindsight = at_month_ends("1999-01", "2024-04", late, of_yields)
    signal = RealYield("gs10", "cpi")
    apart = signal.measure(hindsight).values[:, 0] - signal.measure(bonds).values[:, 0]
    assert np.nanmax(np.abs(apart)) > 0.001
