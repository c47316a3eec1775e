"""Sessions and closes: known dates by hand, other markets' hours, cut-offs, and what lies outside the calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Dates, Instants
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, UsageError
from trimtab.data import session_tables
from trimtab.data.session_tables import table
from trimtab.data.sessions import (
    assumptions,
    closing,
    expected,
    known_at,
    sessions,
    trading_date,
    trading_dates,
)
from trimtab.data.store.instants import instant

pytest.importorskip("exchange_calendars")

MARKETS = ("XNYS", "XTKS", "XLON", "XHKG", "24/7")


def days(*texts: str) -> Dates:
    return np.array(texts, dtype="datetime64[D]")


def shown(instants: Instants) -> list[str]:
    return [str(value)[:16] for value in instants]


# By hand, from the exchanges' published hours.


def test_new_york_across_daylight_saving_and_on_a_half_day() -> None:
    # 16:00 in New York: 21:00Z in winter, 20:00Z from 2024-03-10 on; 13:00 (18:00Z) on the day after Thanksgiving.
    found = closing(("XNYS",), days("2024-03-08", "2024-03-11", "2024-11-01", "2024-11-04", "2023-11-24"))
    assert shown(found) == ["2024-03-08T21:00", "2024-03-11T20:00", "2024-11-01T20:00", "2024-11-04T21:00", "2023-11-24T18:00"]


def test_tokyo_has_no_daylight_saving_and_closes_later_since_november_2024() -> None:
    # 15:00 in Tokyo until 2024-11-04, 15:30 since 2024-11-05.
    found = closing(("XTKS",), days("2024-03-08", "2024-07-01", "2024-11-01", "2024-11-05"))
    assert shown(found) == ["2024-03-08T06:00", "2024-07-01T06:00", "2024-11-01T06:00", "2024-11-05T06:30"]


def test_new_year_in_tokyo() -> None:
    # 2024-01-01 to 03 are holidays: the year begins on the 4th (and ended on 2023-12-29).
    assert [str(d) for d in expected("XTKS", "2023-12-28", "2024-01-05")] == [
        "2023-12-28",
        "2023-12-29",
        "2024-01-04",
        "2024-01-05",
    ]
    found = closing(("XTKS", "XNYS"), days("2024-01-01", "2024-01-02", "2024-01-04"))
    assert shown(found) == ["NaT", "2024-01-02T21:00", "2024-01-04T21:00"]


def test_the_last_close_among_member_markets() -> None:
    # 4 July 2024: New York is closed, Tokyo's 06:00Z is the last close; on the 5th it is New York's 20:00Z.
    found = closing(("XNYS", "XTKS"), days("2024-07-04", "2024-07-05", "2024-07-06"))
    assert shown(found) == ["2024-07-04T06:00", "2024-07-05T20:00", "NaT"]


def test_a_next_day_publication_waits_for_the_next_session() -> None:
    # Wednesday 2024-07-03: the 4th is a holiday, so the next session is Friday; a Saturday's value waits for Monday.
    assert shown(known_at("XNYS", days("2024-07-03", "2024-07-05", "2024-07-06"), lag=1)) == [
        "2024-07-05T20:00",
        "2024-07-08T20:00",
        "2024-07-08T20:00",
    ]
    assert shown(known_at("XNYS", days("2024-07-03", "2024-07-06"))) == ["2024-07-03T17:00", "2024-07-08T20:00"]
    assert len(known_at("XNYS", days())) == 0


def test_markets_that_never_close_and_codes_that_share_hours() -> None:
    assert shown(closing(("24/7",), days("2024-01-06"))) == ["2024-01-07T00:00"]  # a Saturday ends at midnight
    for code in ("XNAS", "ARCX", "XASE", "BATS", "XNGS", "IEXG", ""):
        assert shown(closing((code,), days("2023-11-24"))) == ["2023-11-24T18:00"]
    assert shown(closing(("XCME",), days("2024-01-03"))) == shown(closing(("CMES",), days("2024-01-03")))


def test_opens_belong_to_their_sessions() -> None:
    found = sessions("XNYS", "2024-03-08", "2024-03-11")
    assert [str(d) for d in found.dates] == ["2024-03-08", "2024-03-11"]
    assert shown(found.opens) == ["2024-03-08T14:30", "2024-03-11T13:30"]
    assert found.issues == ()
    with pytest.raises(ValueError, match="read-only"):
        found.closes[0] = found.closes[1]


# Laws.

spans = st.tuples(st.integers(0, 9000), st.integers(0, 60))
START = np.datetime64("1999-01-04")


@given(st.sampled_from(MARKETS), spans)
@settings(max_examples=50)
def test_sessions_rise_and_open_before_they_close(market: str, span: tuple[int, int]) -> None:
    first = START + span[0]
    found = sessions(market, first, first + span[1])
    assert (np.diff(found.dates) > np.timedelta64(0, "D")).all()
    assert (found.opens < found.closes).all()
    assert (np.diff(found.closes) > np.timedelta64(0, "s")).all()
    assert (found.dates >= first).all()
    assert (found.dates <= first + span[1]).all()


def latest_of(markets: list[str], dates: Dates) -> list[object]:
    """The rule one date and one market at a time."""
    out = []
    for on in dates:
        held = [s.closes[0] for s in (sessions(m, on, on) for m in markets) if len(s.dates)]
        out.append(max(held) if held else np.datetime64("NaT"))
    return [str(value) for value in out]


@given(st.lists(st.sampled_from(MARKETS[:4]), min_size=1, max_size=3), spans, st.randoms())
@settings(max_examples=25)
def test_the_latest_close_is_that_of_the_rule_in_any_order(markets: list[str], span: tuple[int, int], random: object) -> None:
    dates = START + span[0] + np.arange(min(span[1], 12))
    found = closing(tuple(markets), dates)
    assert [str(v) for v in found] == latest_of(markets, dates)
    order = np.array(sorted(range(len(dates)), key=lambda _: random.random()), dtype=int)  # type: ignore[attr-defined]
    mixed = closing(tuple(reversed(markets)), dates[order])
    assert np.array_equal(mixed.view(np.int64), found[order].view(np.int64))


@given(st.sampled_from(MARKETS), spans, st.integers(0, 5))
@settings(max_examples=50)
def test_nothing_is_known_before_its_date_and_longer_lags_are_later(market: str, span: tuple[int, int], lag: int) -> None:
    dates = START + span[0] + np.arange(min(span[1], 12))
    now, later = known_at(market, dates, lag=lag), known_at(market, dates, lag=lag + 1)
    assert (now > dates.astype("datetime64[s]")).all()
    assert (later >= now).all()
    held = np.isin(dates, expected(market, START + span[0], START + span[0] + 60))
    assert (later[held] > now[held]).all()


@given(st.sampled_from(MARKETS), spans)
@settings(max_examples=25)
def test_more_dates_change_no_close(market: str, span: tuple[int, int]) -> None:
    dates = START + span[0] + np.arange(30)
    part = closing((market,), dates[:10])
    assert np.array_equal(part.view(np.int64), closing((market,), dates)[:10].view(np.int64))


def test_the_rule_catches_a_close_taken_from_new_york_alone() -> None:
    dates = days("2024-01-04", "2024-07-04")
    wrong = [str(v) for v in closes(dates)]  # the planted fault: 16:00 in New York, holiday or not
    assert wrong != latest_of(["XTKS", "XNYS"], dates)


# With regular hours where no session is held.


def test_regular_hours_stand_in_where_they_are_asked_for() -> None:
    found = closing(("XNYS",), days("2024-07-04", "2024-07-05", "2023-11-24"), regular=True)
    assert shown(found) == ["2024-07-04T20:00", "2024-07-05T20:00", "2023-11-24T18:00"]
    assert shown(closing(("XTKS",), days("2024-01-01"), regular=True)) == ["2024-01-01T06:30"]


# Outside the calendars.


def test_outside_its_calendar_a_market_has_weekdays_and_regular_hours_and_says_so() -> None:
    # The calendar of Shanghai ends where its holidays are not yet decreed; it closes at 15:00 (07:00Z).
    last = table("XSHG").last
    found = sessions("XSHG", last - 6, last + 7)
    after = found.dates > last
    assert np.is_busday(found.dates[after]).all()
    assert after.sum() == np.busday_count(last + 1, last + 8)
    assert {str(c)[11:16] for c in found.closes[after]} == {"07:00"}
    (issue,) = found.issues
    assert f"covers 1990-12-03 to {last}" in issue.what
    assert issue.action.startswith("DEGRADE")
    assert assumptions(("XNYS", "XSHG"), last, last + 7)[0].where == "XSHG"
    assert assumptions(("XNYS", "XSHG"), last - 7, last) == ()


def test_before_its_calendar_tokyo_closed_at_three() -> None:
    found = sessions("XTKS", "1995-01-02", "1995-01-06")
    assert shown(found.closes)[0] == "1995-01-02T06:00"
    assert len(found.issues) == 1
    assert shown(closing(("XTKS",), days("1995-01-02", "2024-11-05"))) == ["1995-01-02T06:00", "2024-11-05T06:30"]
    assert len(sessions("XNYS", "2060-01-01", "2060-01-31").dates) == 22  # weekdays of January 2060
    assert shown(sessions("XNYS", "2060-07-01", "2060-07-01").closes) == ["2060-07-01T20:00"]


def test_an_empty_span_has_no_sessions() -> None:
    assert len(sessions("XNYS", "2024-01-06", "2024-01-07").dates) == 0
    assert len(sessions("XNYS", "2024-01-08", "2024-01-05").dates) == 0
    assert len(closing(("XNYS",), days())) == 0


# What is refused.


@pytest.mark.parametrize(
    ("market", "near"),
    [("XNYX", "XNYS"), ("xtks", "XTKS"), ("XLOM", "XLON"), ("??", "24/7")],
)
def test_an_unknown_market_is_refused_with_near_codes(market: str, near: str) -> None:
    with pytest.raises(DataError, match="no calendar of the market") as caught:
        sessions(market, "2024-01-01", "2024-01-31")
    assert near in caught.value.remedy


def test_times_are_no_dates_and_naive_times_no_instants() -> None:
    naive = datetime(2024, 1, 2, 9, 30)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValueError, match="has no time zone"):
        instant(naive)
    with pytest.raises(UsageError, match="a time with no zone, not a trading date"):
        sessions("XNYS", naive, "2024-01-31")
    with pytest.raises(UsageError, match="a time with the zone UTC"):
        trading_date(datetime(2024, 1, 2, tzinfo=UTC))
    with pytest.raises(UsageError, match="is no trading date"):
        closing(("XNYS",), np.array(["2024-01-02T09:30"], dtype="datetime64[s]"))
    with pytest.raises(UsageError, match="is no trading date"):
        trading_dates(days("2024-01-02", "NaT"))
    assert str(trading_date("2024-01-02")) == "2024-01-02"
    tokyo = datetime(2024, 11, 5, 15, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert instant(tokyo) == closing(("XTKS",), days("2024-11-05"))[0]


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    table.cache_clear()
    monkeypatch.setattr(session_tables, "import_module", missing)
    with pytest.raises(UsageError, match=r"pip install 'trimtab\[store\]'"):
        sessions("XNYS", "2024-01-01", "2024-01-31")


def test_a_calendar_that_cannot_be_built_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(code: str, **span: str) -> object:
        raise ValueError(f"a long list of dates of {code} {span}")

    library = SimpleNamespace(
        __version__="9.9", get_calendar_names=lambda **_: ["XTAE"], resolve_alias=str, get_calendar=broken
    )
    table.cache_clear()
    monkeypatch.setattr(session_tables, "import_module", lambda _: library)
    with pytest.raises(DataError, match=r"exchange-calendars 9\.9 cannot build the calendar of XTAE \(ValueError\)"):
        sessions("XTAE", "2024-01-01", "2024-01-31")
