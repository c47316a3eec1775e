"""Exchange calendars in decisions: a month that ends before a holiday is over, and a price missing on one is not stale."""

from __future__ import annotations

import numpy as np

from tests.desk.test_events import history, policy
from trimtab.accounting.charging import following
from trimtab.core.calendar import Frequency
from trimtab.data.assembly import assemble
from trimtab.data.market import Market
from trimtab.data.sessions import expected
from trimtab.desk.dates import decision_rows
from trimtab.desk.propose import stale


def world(last: str, market: str = "XNYS") -> Market:
    """Two assets on the sessions of a market from 2023-12-01 to `last`."""
    days = expected("XNYS", np.datetime64("2023-12-01"), np.datetime64(last))
    held = {name: history(name, np.ones(len(days)), dates=days, market=market) for name in ("A", "B")}
    return assemble(policy().universe, held)


def test_the_last_session_before_a_long_weekend_ends_the_month():
    """Thursday 28 March 2024: Good Friday is no session, so March is over; by weekdays alone it would wait for Friday."""
    decided = decision_rows(policy(), world("2024-03-28"))
    assert decided[-1] == len(world("2024-03-28").sessions) - 1
    assert decision_rows(policy(), world("2024-03-28", market=""))[-1] != decided[-1]


def test_a_month_that_goes_on_is_not_over():
    market = world("2024-03-27")
    assert decision_rows(policy(), market)[-1] < len(market.sessions) - 1


def test_a_holiday_makes_no_price_stale():
    """On Monday 27 May 2024, Memorial Day, the price of Friday is the latest there can be."""
    assert stale(policy(), world("2024-05-24"), np.datetime64("2024-05-27")) == ()
    lines = stale(policy(), world("2024-05-24", market=""), np.datetime64("2024-05-27"))
    assert len(lines) == 2  # nobody said which market: weekdays count


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
