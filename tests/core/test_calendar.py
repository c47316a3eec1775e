"""Sessions and decision dates against obvious loops; closes against zoneinfo, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core import calendar
from trimtab.core.arrays import Dates
from trimtab.core.calendar import (
    Frequency,
    change_of_frequency,
    closes,
    day,
    decision_ends,
    is_complete,
    is_monthly,
    period_ends,
    quarter,
    steps_per_year,
)
from trimtab.core.errors import ParameterError
from trimtab.core.schedule import LATEST, CutOff
from trimtab.core.terms import DAY, MONTH, WEEK, Step

ragged = st.lists(st.dates(date(1990, 1, 1), date(1993, 12, 31)), min_size=1, max_size=120, unique=True).map(sorted)
SAME = {
    Frequency.DAILY: lambda d: d,
    Frequency.WEEK_END: lambda d: d.isocalendar()[:2],
    Frequency.MONTH_END: lambda d: (d.year, d.month),
    Frequency.TWO_MONTH_END: lambda d: (d.year, (d.month - 1) // 2),
    Frequency.QUARTER_END: lambda d: (d.year, (d.month - 1) // 3),
    Frequency.HALF_YEAR_END: lambda d: (d.year, d.month > 6),
    Frequency.YEAR_END: lambda d: d.year,
}
STEPS = {DAY: Frequency.DAILY, WEEK: Frequency.WEEK_END, MONTH: Frequency.MONTH_END}


def array(dates: list[date]) -> Dates:
    return np.array(dates, dtype="datetime64[D]")


def ends_by_loop(dates: list[date], every: Frequency) -> list[int]:
    """A row is an end where the next date lies in another period."""
    name = SAME[every]
    return [k for k in range(len(dates)) if k + 1 == len(dates) or name(dates[k]) != name(dates[k + 1])]


@given(ragged, st.sampled_from(list(Frequency)))
def test_period_ends_are_those_of_an_obvious_loop(dates: list[date], every: Frequency) -> None:
    assert period_ends(array(dates), every).tolist() == ends_by_loop(dates, every)


@given(ragged, st.sampled_from(list(STEPS)))
def test_steps_are_the_periods_of_the_same_name(dates: list[date], every: Step) -> None:
    assert period_ends(array(dates), every).tolist() == ends_by_loop(dates, STEPS[every])


def test_no_dates_have_no_ends() -> None:
    assert period_ends(array([]), MONTH).tolist() == []


def decisions_by_loop(dates: list[date], every: Frequency, offset: int, *, complete: bool) -> list[int]:
    """Session by session: how many have gone by since a period ended; the next one's last session is the latest."""
    name, found, since = SAME[every], [], None
    for k, when in enumerate(dates):
        known = k + 1 < len(dates) or complete
        over = known and (k + 1 == len(dates) or name(when) != name(dates[k + 1]))
        since = None if since is None else since + 1
        if since == offset or (since is not None and since < offset and over):
            found.append(k)
            since = None
        if over:
            found += [k] if offset == 0 else []
            since = 0
    return found


@given(ragged, st.sampled_from(list(Frequency)), st.integers(0, 25), st.booleans())
def test_decisions_so_many_sessions_later_are_those_of_an_obvious_loop(
    dates: list[date], every: Frequency, offset: int, complete: bool
) -> None:
    found = decision_ends(period_ends(array(dates), every), offset=offset, complete=complete)
    assert found.tolist() == decisions_by_loop(dates, every, offset, complete=complete)
    assert (np.diff(found) > 0).all()


@given(ragged, st.sampled_from(list(Frequency)), st.integers(0, 25), st.data())
def test_later_sessions_change_no_decision(dates: list[date], every: Frequency, offset: int, data: st.DataObject) -> None:
    """Law 2: what is known to be a decision on a day stays one; and none is found late once its period is known to be over."""
    cut = data.draw(st.integers(1, len(dates)))
    whole = decision_ends(period_ends(array(dates), every), offset=offset)
    seen = decision_ends(period_ends(array(dates[:cut]), every), offset=offset)
    assert seen.tolist() == whole[: len(seen)].tolist()
    over = decision_ends(
        period_ends(array(dates[:cut]), every), offset=offset, complete=cut in period_ends(array(dates), every) + 1
    )
    assert over[over < min(cut, len(dates) - 1)].tolist() == whole[whole < min(cut, len(dates) - 1)].tolist()


def test_sessions_after_the_month_by_hand() -> None:
    # January 2024 ends on Wednesday the 31st, February on Thursday the 29th (21 and 20 sessions). The first session after
    # January is 1 February, the fifth the 7th; the twentieth is the month's own last; twenty-one would be in March.
    dates = np.busday_offset("2024-01-02", np.arange(63))

    def said(every: Frequency, offset: int) -> list[str]:
        return dates[decision_ends(period_ends(dates, every), offset=offset)].astype(str).tolist()

    assert said(Frequency.MONTH_END, 0) == ["2024-01-31", "2024-02-29"]
    assert said(Frequency.MONTH_END, 1) == ["2024-02-01", "2024-03-01"]
    assert said(Frequency.MONTH_END, 5) == ["2024-02-07", "2024-03-07"]
    assert said(Frequency.MONTH_END, 21)[0] == "2024-02-29"
    assert said(Frequency.TWO_MONTH_END, 5) == ["2024-03-07"]
    assert said(Frequency.WEEK_END, 4)[:2] == ["2024-01-11", "2024-01-18"]  # Thursdays


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.sampled_from(list(Frequency)))
def test_a_period_is_complete_where_no_weekday_is_left_in_it(last: date, every: Frequency) -> None:
    following = last + timedelta(days=1)
    while following.weekday() > 4:
        following += timedelta(days=1)
    assert is_complete(array([last]), every) == (SAME[every](last) != SAME[every](following))


def test_two_months_end_in_even_months_and_half_years_in_june_and_december() -> None:
    months = np.arange("1969-01", "1972-01", dtype="datetime64[M]").astype("datetime64[D]")
    ends = {every: months[period_ends(months, every)].astype("datetime64[M]").astype(int) % 12 + 1 for every in Frequency}
    assert ends[Frequency.TWO_MONTH_END].tolist() == [2, 4, 6, 8, 10, 12] * 3
    assert ends[Frequency.HALF_YEAR_END].tolist() == [6, 12] * 3
    assert [every.per_year for every in Frequency] == [252, 52, 12, 6, 4, 2, 1]


def test_a_weekend_session_leaves_the_monday_after_it() -> None:
    # Saturday 29 January 2022: Monday the 31st may still trade. (Counting from the Monday would say February.)
    assert not is_complete(array([date(2022, 1, 29)]), Frequency.MONTH_END)
    assert is_complete(array([date(2022, 1, 31)]), Frequency.MONTH_END)
    assert not is_complete(array([date(2024, 3, 28)]), Frequency.MONTH_END)  # Good Friday the 29th: holidays are not known


def test_the_calendar_of_1999_by_hand() -> None:
    # 31 December 1999 is a Friday; 3 January 2000 the Monday after it. The week, month, quarter and year all end there.
    dates = array([date(1999, 9, 30), date(1999, 12, 30), date(1999, 12, 31), date(2000, 1, 3)])
    assert period_ends(dates, WEEK).tolist() == [0, 2, 3]
    assert period_ends(dates, MONTH).tolist() == [0, 2, 3]
    assert period_ends(dates, Frequency.QUARTER_END).tolist() == [0, 2, 3]
    assert period_ends(dates, Frequency.TWO_MONTH_END).tolist() == [0, 2, 3]  # September is with October
    assert period_ends(dates, Frequency.HALF_YEAR_END).tolist() == [2, 3]
    assert period_ends(dates, Frequency.YEAR_END).tolist() == [2, 3]
    assert np.diff(quarter(dates)).tolist() == [1, 0, 1]


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", 16), ("Europe/Zurich", 17), ("Asia/Tokyo", 15), ("UTC", 0)])
@pytest.mark.parametrize("first", [1926, 1967, 2007, 2020])
def test_closes_are_those_of_zoneinfo_date_by_date(zone: str, hour: int, first: int) -> None:
    """Daylight saving of the war years, of 1967, of 2007 and of today; a leap year in each span."""
    dates = [date(first, 1, 1) + timedelta(days=k) for k in range(3 * 365 + 2)]
    local = [datetime(d.year, d.month, d.day, hour, tzinfo=ZoneInfo(zone)) for d in dates]
    expected = np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in local], dtype="datetime64[s]")
    assert (closes(array(dates), hour=hour, zone=zone) == expected).all()


def test_closes_in_new_york_by_hand() -> None:
    # Clocks went forward on 10 March 2024: 16:00 is 21:00 UTC on the Friday before, 20:00 UTC on the Monday after.
    found = closes(array([date(2024, 3, 8), date(2024, 3, 11)]))
    assert found.astype(str).tolist() == ["2024-03-08T21:00:00", "2024-03-11T20:00:00"]
    assert not found.flags.writeable


def test_the_check_of_closes_catches_a_clock_that_never_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "_offsets", lambda *_: np.full(366, -5 * 3600))
    with pytest.raises(AssertionError):
        test_closes_in_new_york_by_hand()


def test_monthly_data_lie_weeks_apart() -> None:
    months = array([date(2000, m, 28) for m in range(1, 13)])
    assert is_monthly(months)
    assert not is_monthly(np.arange("2000-01-01", "2000-03-01", dtype="datetime64[D]"))
    assert not is_monthly(np.arange("2000-01-01", "2001-01-01", 7, dtype="datetime64[D]"))
    assert not is_monthly(months[:1])


WEEKDAYS = np.busday_offset("2000-01-03", np.arange(600))
FORTNIGHTS = np.arange("2000-01-03", "2003-01-01", 14, dtype="datetime64[D]")


def month_ends(step: int, count: int) -> Dates:
    return np.asarray((np.arange(count) * step + np.datetime64("2000-01", "M") + 1).astype("datetime64[D]") - 1)


@pytest.mark.parametrize(
    ("dates", "f"),
    [
        (WEEKDAYS, 252),
        (np.delete(WEEKDAYS, np.s_[100:180]), 252),
        (np.arange("2000-01-01", "2001-01-01", dtype="datetime64[D]"), 365),
        (np.arange("2000-01-07", "2003-01-01", 7, dtype="datetime64[D]"), 52),
        (FORTNIGHTS, 52),
        (month_ends(1, 40), 12),
        (month_ends(3, 30), 4),
        (month_ends(12, 20), 1),
        (WEEKDAYS[:1], 252),
    ],
)
def test_the_frequency_is_read_off_the_dates(dates: Dates, f: int) -> None:
    assert steps_per_year(dates) == f
    assert is_monthly(dates) == (f <= 12)
    assert change_of_frequency(dates) is None


def test_a_frequency_that_changes_on_the_way_is_found() -> None:
    """Months until the end of 2001, weekdays from 2002 on; eleven distances in a row are mostly days from 2002-01-08 on."""
    months, days = month_ends(1, 24), np.busday_offset("2002-01-01", np.arange(400))
    assert change_of_frequency(np.append(months, days)) == (np.datetime64("2002-01-01"), 12, 252)
    assert change_of_frequency(np.append(np.busday_offset("1998-01-01", np.arange(300)), months[:10]))[1:] == (252, 12)  # type: ignore[index]
    assert change_of_frequency(np.append(month_ends(12, 14), days + np.timedelta64(12 * 366, "D")))[1:] == (1, 252)  # type: ignore[index]


def test_a_date_of_any_kind_is_a_day() -> None:
    assert day("2020-02-29") == day(date(2020, 2, 29)) == day(np.datetime64("2020-02-29T13", "h"))


@given(st.integers(0, 17 * 60))
def test_a_cut_off_is_read_as_it_is_written(minutes: int) -> None:
    cut_off = CutOff(timedelta(minutes=minutes))
    assert CutOff.parse(str(cut_off)) == cut_off


@pytest.mark.parametrize("text", ["2", "h", "-1h", "2.5h", "2 h", "2h30min", ""])
def test_what_is_no_cut_off_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is not a cut-off\. Write for example 2h"):
        CutOff.parse(text)


@pytest.mark.parametrize("text", ["18h", "48h", "1021min", "9999h"])
def test_a_cut_off_after_the_next_open_is_refused(text: str) -> None:
    """It would decide with what was published after the open at which its orders fill."""
    with pytest.raises(ParameterError, match="Decide before the next session opens"):
        CutOff.parse(text)
    assert CutOff.parse("17h").delay == LATEST
