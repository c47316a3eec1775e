"""Series with vintages: what was printed by each date, against loops and pandas, and the FRED-MD revisions themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.store.worlds import NOW, macro
from tests.shared_data import shared
from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE, MONTH, Stat
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.store.store import Store
from trimtab.data.view import MarketView, look
from trimtab.data.vintages import in_force, panel

START = np.datetime64("2020-01-01", "D")

drawn = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 9), st.floats(0.1, 9.0) | st.just(float("nan"))), min_size=1, max_size=25
)


def history(rows: list[tuple[int, int, float]], name: str = "M") -> History:
    """Versions of periods; each known some days after, the last of the same period and day counts."""
    kept = {(period, known): value for period, known, value in rows}
    return macro(name, [(str(START + p), str(START + p + k), v) for (p, k), v in kept.items()])


def by_loop(found: History, cutoff: np.datetime64) -> dict[np.datetime64, float]:
    """Of each period the last version known by the cut-off."""
    assert found.known is not None
    rows = zip(found.dates, found.known, found.values, strict=True)
    return {day: value for day, known, value in rows if known <= cutoff}


@given(drawn, drawn, st.lists(st.integers(-2, 18), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_the_panel_is_what_a_loop_finds(one: list, two: list, days: list[int]):
    series = [history(one, "A"), history(two, "B")]
    instants = np.array([START + day for day in days]).astype("datetime64[s]")
    found = panel(series, instants)
    for d, instant in enumerate(instants):
        for s, single in enumerate(series):
            want = by_loop(single, instant)
            got = dict(zip(found.periods, found.values[d, :, s], strict=True))
            assert all(np.array_equal(got[period], want.get(period, np.nan), equal_nan=True) for period in got)


@given(drawn, st.lists(st.integers(-2, 18), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_windows_and_the_panel_agree(one: list, days: list[int]):
    single = history(one)
    instants = np.sort(np.array([START + day for day in days]).astype("datetime64[s]"))
    whole = panel([single], instants)
    periods = np.broadcast_to(np.arange(len(whole.periods)), (len(instants), len(whole.periods)))
    rows = in_force(single, periods, instants)
    assert np.array_equal(np.append(single.values, np.nan)[rows], whole.values[:, :, 0], equal_nan=True)


def market_of(single: History, count: int = 30) -> Market:
    dates = np.arange(START, START + count)
    asset = History(About("X", "X", Kind.PRICE, "invented"), dates, {CLOSE: np.arange(1.0, count + 1.0)})
    return assemble((Asset("X", "X"),), {"X": asset, "M": single}, series=("M",))


def view_of(single: History, rows: Array | None = None) -> MarketView:
    market = market_of(single)
    chosen = np.arange(len(market.sessions)) if rows is None else rows
    return look(market, chosen, cut_off=np.timedelta64(2, "h"), since=market.sessions[0])


@given(drawn, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_a_view_shows_the_vintage_of_each_date_and_one_date_is_the_batch(one: list, n: int):
    single = history([row for row in one if row[2] == row[2]] or [(0, 0, 1.0)])
    view = view_of(single)
    windows = view.series("M", n)
    means = view.expanding("M", Stat.MEAN)
    for d, cutoff in enumerate(view.days.cutoffs):
        want = by_loop(single, cutoff)
        periods = sorted(want)[-n:]
        tail = [want[p] for p in periods]
        assert np.array_equal(windows[d], np.concatenate([np.full(n - len(tail), np.nan), tail]), equal_nan=True)
        alone = view_of(single, np.array([d]))
        assert np.array_equal(alone.series("M", n)[0], windows[d], equal_nan=True)
        assert np.array_equal(alone.expanding("M", Stat.MEAN)[0], means[d], equal_nan=True)


@given(drawn, st.integers(0, 29))
@settings(max_examples=60, deadline=None)
def test_later_vintages_change_no_earlier_window(one: list, at: int):
    single = history(one)
    view = view_of(single)
    keep = single.known <= view.days.cutoffs[at]  # type: ignore[operator]
    if keep.any():
        early = replace(single, dates=single.dates[keep], known=single.known[keep], fields={CLOSE: single.values[keep]})  # type: ignore[index]
        for n in (1, 3):
            assert np.array_equal(view_of(early).series("M", n)[: at + 1], view.series("M", n)[: at + 1], equal_nan=True)
        means = view_of(early).expanding("M", Stat.MEAN)[: at + 1]
        assert np.array_equal(means, view.expanding("M", Stat.MEAN)[: at + 1], equal_nan=True)


def test_a_view_that_reads_the_last_vintage_is_caught():
    """The control: the final value of January was 2, but on 5 January people knew 1."""
    single = macro("M", [("2020-01-01", "2020-01-03", 1.0), ("2020-01-01", "2020-01-20", 2.0)])
    assert view_of(single).series("M", 1)[4, 0] == 1.0
    final = replace(single, dates=single.dates[1:], known=single.known[:1], fields={CLOSE: single.values[1:]})  # type: ignore[index]
    assert view_of(final).series("M", 1)[4, 0] == 2.0


def test_a_restated_price_is_seen_as_it_stood():
    about = About("X", "X", Kind.PRICE, "invented")
    dates = np.array(["2020-01-02", "2020-01-03", "2020-01-03", "2020-01-06"], dtype="datetime64[D]")
    known = np.array(["2020-01-02T21", "2020-01-03T21", "2020-01-08T12", "2020-01-06T21"], dtype="datetime64[s]")
    fixed = History(about, dates, {CLOSE: np.array([10.0, 99.0, 11.0, 12.0])}, known)
    other = History(
        About("Y", "Y", Kind.PRICE, "invented"),
        np.arange("2020-01-02", "2020-01-12", dtype="datetime64[D]"),
        {CLOSE: np.ones(10)},
    )
    market = assemble((Asset("X", "X"), Asset("Y", "Y")), {"X": fixed, "Y": other})
    view = look(market, np.arange(10), cut_off=np.timedelta64(2, "h"), since=market.sessions[0])
    shown = view.window(CLOSE, 5)[:, :, 0]
    assert shown[4].tolist()[:2] == [10.0, 99.0]  # on 6 January
    assert shown[6].tolist()[-5:][0] == 99.0 or np.isnan(shown[6][0])
    by_date = dict(zip(market.sessions.astype(str).tolist(), range(10), strict=True))
    late = view.window(CLOSE, 7)[by_date["2020-01-08"], :, 0]
    assert late[1] == 11.0
    assert view.expanding(CLOSE, Stat.MAX)[by_date["2020-01-07"], 0] == 99.0
    assert view.expanding(CLOSE, Stat.MAX)[by_date["2020-01-08"], 0] == 12.0
    assert market.fields[CLOSE][1, 0] == 11.0  # a fill is at what was traded


# The FRED-MD revisions: file month v holds data up to v - 1 and counts as known from the first day of the month after v.


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    frame = pd.read_csv(shared("fredmd_vintages_changes.csv.gz"))
    frame["known"] = (pd.PeriodIndex(frame["vintage"], freq="M") + 1).to_timestamp()
    return frame


def revised(frame: pd.DataFrame) -> list[History]:
    found = []
    for name, part in frame.sort_values(["obs", "known"]).groupby("series", sort=True):
        about = About(str(name), str(name), Kind.LEVEL, "FRED-MD", "monthly", restates=True)
        known = part["known"].to_numpy().astype("datetime64[s]")
        found.append(History(about, part["obs"].to_numpy().astype("datetime64[D]"), {CLOSE: part["value"].to_numpy()}, known))
    return found


def as_printed(frame: pd.DataFrame, instant: np.datetime64) -> dict[tuple[str, str], float]:
    """Filter and last: what had been printed by an instant."""
    seen = frame[frame["known"] <= pd.Timestamp(instant)].sort_values("known")
    return seen.groupby(["series", "obs"])["value"].last().to_dict()  # type: ignore[return-value]


def test_fred_md_as_of_fifty_dates_is_what_had_been_printed(printed: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory):
    store = Store.create(tmp_path_factory.mktemp("fredmd") / "market")
    store.append(revised(printed), source="fredmd", now=NOW)
    names = store.as_of().names()
    random = np.random.default_rng(12)
    first, last = np.datetime64("1999-08-15T00", "s"), np.datetime64("2024-05-15T00", "s")
    instants = first + (random.random(50) * (last - first).astype(float)).astype("timedelta64[s]")
    whole = store.as_of().panel(names, instants)
    for d, instant in enumerate(instants):
        want = as_printed(printed, instant)
        one = store.as_of(instant).load(names)
        got = {
            (h.about.name, str(day)): value for h in one for day, value in zip(h.dates, h.values, strict=True)
        }  # last version wins
        assert got == want
        cells = whole.values[d]
        known = {(names[s], str(whole.periods[t])): cells[t, s] for t, s in zip(*np.nonzero(np.isfinite(cells)), strict=True)}
        assert known == want


def test_appending_later_vintages_changes_no_earlier_answer(printed: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory):
    store = Store.create(tmp_path_factory.mktemp("later") / "market")
    cut = pd.Timestamp("2009-03-01")
    store.append(revised(printed[printed["known"] <= cut]), source="fredmd", now=NOW)
    instants = np.array(["2001-01-15", "2008-11-01", "2009-02-28"], dtype="datetime64[s]")
    names = store.as_of().names()
    before = store.as_of().panel(names, instants)
    store.append(revised(printed), source="fredmd", now=NOW + np.timedelta64(1, "h"))
    after = store.as_of().panel(names, instants)
    kept = np.isin(after.periods, before.periods)
    assert np.array_equal(after.values[:, kept], before.values, equal_nan=True)
    assert np.isnan(after.values[:, ~kept]).all()


def test_payrolls_of_september_2008_as_they_were_told(printed: pd.DataFrame):
    """README of the shared data: 137,318 in 2008-10, 136,732 in 2009-02, 136,283 in 2010-02."""
    (payrolls,) = revised(printed[printed["series"] == "PAYEMS"])
    instants = np.array(["2008-11-02", "2009-03-02", "2010-03-02"], dtype="datetime64[s]")
    shown = panel([payrolls], instants)
    at = int(np.searchsorted(shown.periods, np.datetime64("2008-09-01")))
    assert shown.values[:, at, 0].tolist() == [137318.0, 136732.0, 136283.0]


def test_a_month_window_of_a_restated_series(printed: pd.DataFrame):
    (payrolls,) = revised(printed[printed["series"] == "PAYEMS"])
    asset = History(
        About("X", "X", Kind.PRICE, "x"), np.arange("2008-01-01", "2010-06-01", dtype="datetime64[D]"), {CLOSE: np.ones(882)}
    )
    market = assemble((Asset("X", "X"),), {"X": asset, "PAYEMS": payrolls}, series=("PAYEMS",))
    row = int(np.searchsorted(market.sessions, np.datetime64("2008-11-03")))
    view = look(market, np.array([row]), cut_off=np.timedelta64(2, "h"), since=market.sessions[0])
    assert view.series("PAYEMS", 2, every=MONTH)[0, -1] == 137318.0
    assert view.age("PAYEMS")[0] == 63.0  # from 1 September to 3 November
    assert view.known[0] <= view.days.cutoffs[0]
