"""Exchange calendars in decisions: a month that ends before a holiday is over, and a price missing on one is not stale."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.desk.test_events import history, policy
from trimtab.accounting.charging import following
from trimtab.core.calendar import Frequency
from trimtab.data.assembly import assemble
from trimtab.data.market import Market
from trimtab.data.months import last_weekdays
from trimtab.data.sessions import expected
from trimtab.desk.coming import next_decision
from trimtab.desk.dates import decision_rows
from trimtab.desk.duty_calendar import duty_calendar
from trimtab.desk.propose import stale


def world(last: str, market: str = "XNYS") -> Market:
    """Two assets on the sessions of a market from 2023-12-01 to `last`."""
    days = expected("XNYS", np.datetime64("2023-12-01"), np.datetime64(last))
    held = {name: history(name, np.ones(len(days)), dates=days, market=market) for name in ("A", "B")}
    return assemble(policy().universe, held)


def test_the_last_session_before_a_long_weekend_ends_the_month():
    """Thursday 28 March 2024: Good Friday is no session, so March is over, whether or not the prices name their market."""
    for market in ("XNYS", ""):
        seen = world("2024-03-28", market)
        assert decision_rows(policy(), seen)[-1] == len(seen.sessions) - 1


def weekdays(last: str, first: str = "2023-12-01") -> Market:
    """Two assets that name no market on all weekdays to `last`, Christmas too."""
    days = np.arange(first, np.datetime64(last) + 1, dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    return assemble(policy().universe, {name: history(name, np.ones(len(days)), dates=days, market="") for name in ("A", "B")})


def test_prices_that_keep_to_no_calendar_go_by_weekdays():
    """They have a price of Christmas: Good Friday may be a session of theirs, and a Monday is late where it has no price."""
    seen = weekdays("2024-03-28")
    assert decision_rows(policy(), seen)[-1] < len(seen.sessions) - 1
    assert str(next_decision(policy(), seen, seen.sessions[-1])) == "2024-03-29"
    assert str(duty_calendar(policy(), seen, date(2024, 4, 2)).following(date(2024, 3, 1))) == "2024-03-29"
    assert len(stale(policy(), weekdays("2024-05-24"), np.datetime64("2024-05-27"))) == 2


@pytest.mark.parametrize("market", ["XNYS", ""])
def test_one_calendar_is_behind_schedules_duties_and_what_comes_next(market: str):
    """Regression: prices without a market took weekdays for the schedule and New York for duties: 28 March 2024 was lost."""
    for last in ("2024-03-26", "2024-03-27"):
        seen = world(last, market)
        assert str(next_decision(policy(), seen, seen.sessions[-1])) == "2024-03-28"
        assert str(duty_calendar(policy(), seen, date(2024, 4, 2)).following(date(2024, 3, 1))) == "2024-03-28"
    assert stale(policy(), world("2024-03-28", market), np.datetime64("2024-03-29")) == ()


def test_duties_of_monthly_prices_fall_on_month_ends_alone():
    """Regression: behind the last month sessions were daily, so that trades of February fell due on the first of it."""
    ends = last_weekdays(np.arange("2016-01", "2018-02", dtype="datetime64[M]"))
    held = {name: history(name, np.ones(len(ends)), dates=ends, market="") for name in ("A", "B")}
    calendar = duty_calendar(policy(), assemble(policy().universe, held), date(2018, 1, 31))
    assert str(calendar.following(date(2018, 1, 31))) == "2018-02-28"
    assert str(calendar.after(date(2018, 1, 31), 1)) == "2018-02-28"
    assert str(calendar.fill_by(date(2018, 1, 31))) == "2018-03-30"


def test_a_month_that_goes_on_is_not_over():
    market = world("2024-03-27")
    assert decision_rows(policy(), market)[-1] < len(market.sessions) - 1


def test_a_holiday_makes_no_price_stale():
    """On Monday 27 May 2024, Memorial Day, the price of Friday is the latest there can be."""
    for market in ("XNYS", ""):
        assert stale(policy(), world("2024-05-24", market), np.datetime64("2024-05-27")) == ()


def test_a_missing_session_is_named():
    (line, _) = stale(policy(), world("2024-05-22"), np.datetime64("2024-05-27"))
    assert line == "A has no price for 2024-05-24; its last one is of 2024-05-22"
    allowed = policy(stale_days=2)
    assert stale(allowed, world("2024-05-22"), np.datetime64("2024-05-27")) == ()
    assert Frequency.MONTH_END is policy().schedule.decide


def test_where_weekends_are_sessions_a_month_ends_on_its_last_day():
    """August 2024 ends on a Saturday: on Friday the 30th a session is still to come."""
    for last, over in (("2024-08-30", False), ("2024-08-31", True)):
        days = np.arange("2024-06-01", np.datetime64(last) + 1, dtype="datetime64[D]")
        held = {name: history(name, np.ones(len(days)), dates=days, market="") for name in ("A", "B")}
        assert (decision_rows(policy(), assemble(policy().universe, held))[-1] == len(days) - 1) == over
        assert following(days) == days[-1] + 1
