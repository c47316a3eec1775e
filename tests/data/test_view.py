"""The view against a slow, obvious reference: every window, series and statistic, date by date, from nothing but the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.core.calendar import closes, period_ends
from trimtab.core.errors import DataError, PolicyError
from trimtab.core.terms import CLOSE, DAY, MONTH, OPEN, TOTAL_RETURN, WEEK, Stat, Step
from trimtab.core.values import Asset
from trimtab.data import view as module
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look, require_known
from trimtab.data.vintages import instants_of

HOURS_2 = np.timedelta64(7200, "s")
SINCE = np.datetime64("2001-01-01")
SAME: dict[Step, Callable[[date], object]] = {
    DAY: lambda d: d,
    WEEK: lambda d: d.isocalendar()[:2],
    MONTH: lambda d: (d.year, d.month),
}
steps = st.sampled_from([DAY, WEEK, MONTH])
seeds = st.integers(0, 2**32 - 1)


def world(seed: int, *, count: int = 120, assets: int = 3, gaps: float = 0.1, calendar: float = 0.7) -> Market:
    """A ragged calendar (holes of weeks among the weekdays), ragged prices, and a macro series with late publication."""
    rng = np.random.default_rng(seed)
    weekdays = np.busday_offset("2001-01-01", np.arange(2 * count))
    sessions = weekdays[np.sort(rng.choice(2 * count, int(2 * count * calendar), replace=False))][:count]
    values = np.where(rng.random((len(sessions), assets)) < gaps, np.nan, rng.uniform(1, 100, (len(sessions), assets)))
    effective = np.sort(rng.choice(weekdays, 12, replace=False))
    published = closes(effective) + rng.integers(0, 40 * 86400, 12).astype("timedelta64[s]")
    macro = History(About("macro", "macro", Kind.LEVEL, "test"), effective, {CLOSE: rng.random(12)}, published)
    names = tuple(Asset(f"A{k}") for k in range(assets))
    abouts = tuple(About(a.id, a.id, Kind.PRICE, "test") for a in names)
    return Market(names, sessions, {CLOSE: values, TOTAL_RETURN: values * 2.0}, abouts, {"macro": macro})


def chosen_rows(market: Market, seed: int) -> Array:
    """Decision rows: all, month-ends, every third, one, or any."""
    count = len(market.sessions)
    rng = np.random.default_rng(seed)
    ways = [
        np.arange(count),
        period_ends(market.sessions, MONTH),
        np.arange(1, count, 3),
        np.array([count - 1]),
        np.sort(rng.choice(count, rng.integers(1, count), replace=False)),
    ]
    return ways[seed % len(ways)]


def rows_back(dates: list[date], row: int, n: int, every: Step) -> list[int]:
    """Rows oldest first: `row` itself, and before it the last row of each earlier period; -1 before the start."""
    found = [row]
    for k in range(row - 1, -1, -1):
        if len(found) < n and SAME[every](dates[k]) != SAME[every](dates[found[-1]]):
            found.append(k)
    return [-1] * (n - len(found)) + found[::-1]


def values_at(values: Array, rows: list[int]) -> Array:
    return np.array([values[row] if row >= 0 else np.full(values.shape[1:], np.nan) for row in rows])


def as_view(market: Market, rows: Array) -> MarketView:
    return look(market, rows, cut_off=HOURS_2, since=SINCE)


def same(one: Array, two: Array) -> bool:
    """Bit for bit, NaN being NaN."""
    return bool(np.array_equal(one, two, equal_nan=True))


# Windows.


@given(seeds, st.integers(1, 12), steps, st.integers(1, 4))
@settings(max_examples=80)
def test_windows_are_those_of_the_obvious_loop(seed: int, n: int, every: Step, assets: int) -> None:
    market = world(seed, assets=assets)
    rows = chosen_rows(market, seed)
    found = as_view(market, rows).window(CLOSE, n, every=every)
    dates = market.sessions.tolist()
    expected = [values_at(market.fields[CLOSE], rows_back(dates, row, n, every)) for row in rows.tolist()]
    assert found.shape == (len(rows), n, assets)
    assert same(found, np.array(expected))


@given(seeds, st.integers(1, 12), steps, st.integers(1, 3))
@settings(max_examples=40)
def test_one_date_alone_gets_the_row_of_the_batch(seed: int, n: int, every: Step, assets: int) -> None:
    """Bit for bit, in the window itself and in everything that is summed over it."""
    market = world(seed, assets=assets, gaps=0.0)
    rows = chosen_rows(market, seed)
    batch = as_view(market, rows).window(CLOSE, n, every=every)
    for d in {0, len(rows) // 2, len(rows) - 1}:
        alone = as_view(market, rows[d : d + 1]).window(CLOSE, n, every=every)
        assert same(alone[0], batch[d])
        for reduce in (np.mean, np.std, np.median, np.sum):
            assert same(reduce(alone, axis=1)[0], reduce(batch, axis=1)[d]), reduce


def long_world(assets: int) -> Market:
    market = world(7, count=400, assets=assets, gaps=0.0, calendar=1.0)
    assert len(market.sessions) == 400
    return market


def bits_of_means_agree(assets: int) -> bool:
    """Means over long windows (where NumPy's pairwise sums set in) of one date and of the batch, at every tenth date."""
    market = long_world(assets)
    agree = True
    for n in (3, 10, 130, 260):
        means = as_view(market, np.arange(400)).window(CLOSE, n).mean(axis=1)
        for row in range(0, 400, 10):
            agree &= same(as_view(market, np.array([row])).window(CLOSE, n).mean(axis=1)[0], means[row])
    return agree


@pytest.mark.parametrize("assets", [1, 2, 3, 9])
def test_means_of_long_windows_keep_their_bits(assets: int) -> None:
    assert bits_of_means_agree(assets)


def test_the_check_of_bits_catches_a_batch_in_another_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates side by side in memory: NumPy then sums a batch row by row, and a single date pairwise."""

    def sideways(values: Array, at: Array, n: int) -> Array:
        rows = at[:, None] - np.arange(n - 1, -1, -1)
        return np.asfortranarray(np.where((rows >= 0)[..., None], values[rows], np.nan))

    monkeypatch.setattr(module, "strided", sideways)
    assert not bits_of_means_agree(1)


def test_evenly_spaced_windows_share_the_memory_of_the_market() -> None:
    market = long_world(3)
    found = as_view(market, np.arange(300, 400)).window(CLOSE, 260)
    assert found.strides[0] == found.strides[1]  # each date starts one row after the one before: nothing is copied


@pytest.mark.parametrize("every", [DAY, WEEK, MONTH])
def test_windows_are_read_only(every: Step) -> None:
    market = world(1)
    for rows in (np.arange(len(market.sessions)), np.array([5, 6, 50])):
        found = as_view(market, rows).window(CLOSE, 3, every=every)
        with pytest.raises(ValueError, match="read-only"):
            found[0, 0, 0] = 1.0


def test_the_middle_of_a_month_by_hand() -> None:
    # Decided on 14 February with 3 months: the 14th itself, and the last sessions of January and December.
    sessions = np.array(["2019-12-30", "2019-12-31", "2020-01-02", "2020-01-31", "2020-02-03", "2020-02-14", "2020-02-28"])
    values = np.arange(7.0)[:, None] + 1.0
    market = Market((Asset("A"),), sessions.astype("datetime64[D]"), {CLOSE: values}, (About("A", "A", Kind.PRICE, ""),))
    found = as_view(market, np.array([5])).window(CLOSE, 4, every=MONTH)
    assert same(found[0, :, 0], np.array([np.nan, 2.0, 4.0, 6.0]))
    # ... and in weeks: the 14th, the 3rd of February, the 31st and the 2nd of January, each the last of its week
    assert as_view(market, np.array([5])).window(CLOSE, 4, every=WEEK)[0, :, 0].tolist() == [3.0, 4.0, 5.0, 6.0]


def test_a_field_that_is_not_there_is_unknown() -> None:
    assert np.isnan(as_view(world(1), np.array([3, 4])).window(OPEN, 2)).all()


def test_nothing_known_is_an_error_and_something_known_is_none() -> None:
    market = world(1, gaps=0.0)
    blank = replace(market, fields={CLOSE: np.full_like(market.fields[CLOSE], np.nan)})
    require_known(as_view(market, np.array([3])))
    with pytest.raises(DataError, match="nothing is known on"):
        require_known(as_view(blank, np.array([3])))


# Named series.


def known_by_loop(known: Array, cutoff: np.datetime64) -> list[int]:
    """The rows that were known at the cut-off."""
    return [k for k in range(len(known)) if known[k] <= cutoff]


@given(seeds, st.integers(1, 5), steps)
@settings(max_examples=60)
def test_series_hold_what_was_published_by_the_cut_off(seed: int, n: int, every: Step) -> None:
    market = world(seed)
    rows = chosen_rows(market, seed)
    view = as_view(market, rows)
    history = market.series["macro"]
    found, age = view.series("macro", n, every=every), view.age("macro")
    for d, cutoff in enumerate(view.days.cutoffs):
        seen = known_by_loop(instants_of(history), cutoff)  # what is printed later is not there yet
        back = rows_back(history.dates[seen].tolist(), len(seen) - 1, n, every) if seen else [-1] * n
        assert same(found[d], values_at(history.values[seen] if seen else history.values, back))
        days = (view.days.dates[d] - history.dates[seen[-1]]).astype(int) if seen else np.nan
        assert same(age[d], np.asarray(float(days)))


def test_a_lag_of_one_business_day_by_hand() -> None:
    # Yields of Thursday 2 and Friday 3 January 2020, known at the close a business day later. On Friday evening Thursday's
    # is known and a day old; on Monday evening Friday's, three days old; on Thursday evening none.
    dates = np.array(["2020-01-02", "2020-01-03"], dtype="datetime64[D]")
    rate = History(About("rate", "rate", Kind.YIELD, "", lag_days=1), dates, {CLOSE: np.array([0.01, 0.02])})
    sessions = np.array(["2020-01-02", "2020-01-03", "2020-01-06"], dtype="datetime64[D]")
    market = Market((Asset("A"),), sessions, {CLOSE: np.ones((3, 1))}, (About("A", "A", Kind.PRICE, ""),), {"rate": rate})
    view = as_view(market, np.arange(3))
    assert same(view.series("rate", 1)[:, 0], np.array([np.nan, 0.01, 0.02]))
    assert same(view.series("rate", 2), np.array([[np.nan, np.nan], [np.nan, 0.01], [0.01, 0.02]]))
    assert same(view.age("rate"), np.array([np.nan, 1.0, 3.0]))


def test_what_is_published_at_the_cut_off_itself_is_known_and_a_second_later_is_not() -> None:
    market = world(3)
    sessions = market.sessions[[30, 31]]
    cutoffs = closes(sessions) + HOURS_2
    about = market.series["macro"].about
    for late, value in ((0, 1.0), (1, np.nan)):
        known = cutoffs[:1] + np.timedelta64(late, "s")
        macro = History(about, sessions[:1], {CLOSE: np.array([1.0])}, known)
        view = as_view(replace(market, series={"macro": macro}), np.array([30]))
        assert same(view.series("macro", 1), np.array([[value]]))


@given(seeds, steps, st.integers(1, 6))
@settings(max_examples=20)
def test_stamps_are_the_dates_of_what_series_hands_out(seed: int, every: Step, n: int) -> None:
    market = world(seed)
    view = as_view(market, chosen_rows(market, seed))
    values, dates = view.series("macro", n, every=every), view.stamps("macro", n, every=every)
    history = market.series["macro"]
    for value, stamp in zip(values.ravel(), dates.ravel(), strict=True):
        assert np.isnan(value) == np.isnat(stamp)
        if not np.isnat(stamp):
            assert value == history.values[history.dates == stamp][0]
    known = ~np.isnat(dates[:, -1])
    assert np.array_equal((view.days.dates - dates[:, -1])[known].astype(float), view.age("macro")[known])


def test_a_series_that_begins_later_is_unknown_before() -> None:
    """Regression: cut before its first value, a series has no row at all."""
    market = world(3)
    none = History(market.series["macro"].about, np.empty(0, dtype="datetime64[D]"), {CLOSE: np.empty(0)})
    view = as_view(replace(market, series={"macro": none}), np.array([3, 9]))
    assert np.isnan(view.series("macro", 2)).all()
    assert np.isnan(view.age("macro")).all()
    assert np.isnan(view.expanding("macro", Stat.MEAN)).all()
    assert view.expanding("macro", Stat.COUNT).tolist() == [0.0, 0.0]


def test_a_series_that_was_not_loaded_is_named() -> None:
    with pytest.raises(PolicyError, match=r"no series 'cpi' was loaded\. Loaded series: macro\."):
        as_view(world(1), np.array([3])).series("cpi", 1)


# Expanding statistics.

PANDAS = {
    Stat.MEAN: lambda s: s.expanding().mean(),
    Stat.STD: lambda s: s.expanding(2).std(),
    Stat.MIN: lambda s: s.expanding().min(),
    Stat.MAX: lambda s: s.expanding().max(),
    Stat.COUNT: lambda s: s.expanding(0).count(),
    Stat.LOG_MEAN: lambda s: np.log(s).expanding().mean(),
    Stat.LOG_STD: lambda s: np.log(s).expanding(2).std(),
    Stat.POSITIVE_COUNT: lambda s: s.where(s > 0.0).expanding(0).count(),
    Stat.POSITIVE_MEAN: lambda s: s.where(s > 0.0).expanding().mean(),
    Stat.POSITIVE_STD: lambda s: s.where(s > 0.0).expanding(2).std(),
    Stat.RANK: lambda s: s.expanding().rank(pct=True) - 0.5 / s.expanding().count(),  # half of itself, not all of it
}
COUNTS = (Stat.COUNT, Stat.POSITIVE_COUNT)


@given(seeds, st.sampled_from(list(Stat)), steps, st.integers(0, 119))
@settings(max_examples=30)
def test_expanding_statistics_are_those_of_pandas(seed: int, stat: Stat, every: Step, first: int) -> None:
    market = world(seed)
    rows = chosen_rows(market, seed)
    view = replace(as_view(market, rows), since=market.sessions[first])
    found = view.expanding(CLOSE, stat, every=every)
    dates = market.sessions.tolist()
    for d, row in enumerate(rows.tolist()):
        picks = [pick for pick in rows_back(dates, row, len(dates), every) if pick >= first]
        frame = pd.DataFrame(market.fields[CLOSE][picks])
        expected = PANDAS[stat](frame).iloc[-1].to_numpy() if picks else np.full(3, 0.0 if stat in COUNTS else np.nan)
        assert np.allclose(found[d], expected, rtol=1e-9, atol=1e-9, equal_nan=True)


@given(seeds, st.sampled_from(list(Stat)), steps)
@settings(max_examples=40)
def test_expanding_statistics_keep_their_bits(seed: int, stat: Stat, every: Step) -> None:
    """One date alone, the batch, and the batch before later rows came in: the same bits, held or named."""
    market = world(seed)
    rows = chosen_rows(market, seed)
    batch, named = (as_view(market, rows).expanding(what, stat, every=every) for what in (CLOSE, "macro"))
    for d in {0, len(rows) // 2, len(rows) - 1}:
        row = int(rows[d])
        shorter = replace(
            market,
            sessions=market.sessions[: row + 1],
            fields={key: values[: row + 1] for key, values in market.fields.items()},
        )
        for seen in (market, shorter):
            alone = as_view(seen, rows[d : d + 1])
            assert same(alone.expanding(CLOSE, stat, every=every)[0], batch[d])
            assert same(alone.expanding("macro", stat, every=every)[0], named[d])


def test_expanding_statistics_by_hand() -> None:
    # 2, 4, unknown, 9: mean 5, sd sqrt((9 + 1 + 16) / 2) = sqrt(13), least 2, most 9, three of them
    values = np.array([[2.0], [4.0], [np.nan], [9.0]])
    sessions = np.busday_offset("2001-01-01", np.arange(4))
    market = Market((Asset("A"),), sessions, {CLOSE: values}, (About("A", "A", Kind.PRICE, ""),))
    view = as_view(market, np.array([3]))
    found = [float(view.expanding(CLOSE, stat)[0, 0]) for stat in (Stat.MEAN, Stat.STD, Stat.MIN, Stat.MAX, Stat.COUNT)]
    assert found == pytest.approx([5.0, np.sqrt(13.0), 2.0, 9.0, 3.0])
    assert np.isnan(as_view(market, np.array([0])).expanding(CLOSE, Stat.STD)[0, 0])  # one value has no spread


def test_what_is_not_above_zero_counts_as_missing_where_asked() -> None:
    # 0 and -3 are left out of 0, 2, 4, -3, 9: three values, mean 5, sd sqrt(13)
    values = np.array([[0.0], [2.0], [4.0], [-3.0], [9.0]])
    sessions = np.busday_offset("2001-01-01", np.arange(5))
    market = Market((Asset("A"),), sessions, {CLOSE: values}, (About("A", "A", Kind.PRICE, ""),))
    stats = (Stat.POSITIVE_COUNT, Stat.POSITIVE_MEAN, Stat.POSITIVE_STD)
    found = [float(as_view(market, np.array([4])).expanding(CLOSE, stat)[0, 0]) for stat in stats]
    assert found == pytest.approx([3.0, 5.0, np.sqrt(13.0)])
    first = [float(as_view(market, np.array([0])).expanding(CLOSE, stat)[0, 0]) for stat in stats]
    assert same(np.array(first), np.array([0.0, np.nan, np.nan]))


# Assets whose prices become known late.


def lagged(seed: int) -> Market:
    """Each row of each asset known up to five days after its session; no instant where there is no price."""
    market = world(seed, gaps=0.4)
    rng = np.random.default_rng(seed)
    shape = market.fields[CLOSE].shape
    known = closes(market.sessions)[:, None] + rng.choice([0, 0, 5 * 86400], shape).astype("timedelta64[s]")
    known[np.isnan(market.fields[CLOSE])] = np.datetime64("NaT")
    return replace(market, known=known)


@given(seeds, st.integers(1, 8), steps)
@settings(max_examples=40)
def test_what_became_known_after_the_cut_off_is_unknown(seed: int, n: int, every: Step) -> None:
    market = lagged(seed)
    rows = chosen_rows(market, seed)
    view = as_view(market, rows)
    found = view.window(CLOSE, n, every=every)
    assert market.known is not None
    for d, row in enumerate(rows.tolist()):
        for k, pick in enumerate(rows_back(market.sessions.tolist(), row, n, every)):
            for a in range(3):
                late = pick < 0 or market.known[pick, a] > view.days.cutoffs[d]
                expected = np.nan if late else market.fields[CLOSE][pick, a]
                assert same(found[d, k, a], np.asarray(expected))


@given(seeds, st.sampled_from(list(Stat)), steps)
@settings(max_examples=60)
def test_statistics_of_late_prices_depend_on_the_past_alone(seed: int, stat: Stat, every: Step) -> None:
    """Regression: whether a LATER session had an observation changed which row counted as the current one."""
    market = lagged(seed)
    rows = chosen_rows(market, seed)
    batch = as_view(market, rows).expanding(CLOSE, stat, every=every)
    assert market.known is not None
    for d in {0, len(rows) // 2, len(rows) - 1}:
        end = int(rows[d]) + 1
        fields = {key: values[:end] for key, values in market.fields.items()}
        shorter = replace(market, sessions=market.sessions[:end], fields=fields, known=market.known[:end])
        assert same(as_view(shorter, rows[d : d + 1]).expanding(CLOSE, stat, every=every)[0], batch[d])


def test_the_newest_price_counts_where_the_next_session_has_none() -> None:
    """The same regression by hand: 1, 3 known at once, then a session without an observation."""
    sessions = np.array(["2001-01-03", "2001-01-04", "2001-01-05"], dtype="datetime64[D]")
    values = np.array([[1.0], [3.0], [np.nan]])
    known = np.where(np.isnan(values), np.datetime64("NaT"), closes(sessions)[:, None])
    market = Market((Asset("A"),), sessions, {CLOSE: values}, (About("A", "A", Kind.PRICE, ""),), known=known)
    found = as_view(market, np.array([1])).expanding(CLOSE, Stat.MAX, every=MONTH)
    assert found.tolist() == [[3.0]]  # the month so far: the decision date itself


# What was known.


@given(seeds, st.sampled_from(["window", "series", "expanding", "both"]))
@settings(max_examples=60)
def test_nothing_handed_out_became_known_after_the_cut_off(seed: int, what: str) -> None:
    market = lagged(seed) if seed % 2 else world(seed)
    view = as_view(market, chosen_rows(market, seed))
    assert (view.known < SINCE).all()  # nothing was handed out yet
    if what in ("window", "both"):
        view.window(CLOSE, 3, every=MONTH)
    if what in ("series", "both"):
        view.series("macro", 2)
    if what == "expanding":
        view.expanding(CLOSE, Stat.MEAN)
    assert (view.known <= view.days.cutoffs).all()


def test_the_latest_known_instant_is_that_of_the_close_or_of_a_later_publication() -> None:
    market = world(5, gaps=0.0)
    view = as_view(market, np.array([50, 80]))
    view.window(CLOSE, 2)
    assert view.known.tolist() == closes(market.sessions[[50, 80]]).tolist()
    late = market.series["macro"]
    evening = closes(market.sessions[[80]]) + np.timedelta64(3600, "s")  # an hour after the close, before the cut-off
    known = np.where(late.dates <= market.sessions[80], evening, late.known)
    fresh = as_view(replace(market, series={"macro": replace(late, known=known)}), np.array([80]))
    fresh.window(CLOSE, 2)
    fresh.series("macro", 1)
    assert fresh.known.tolist() == evening.tolist()
