"""What comes next by the calendars: decision dates of tomorrow are those that a later look finds; orders wait for a market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.worlds import market, policy
from trimtab.core.calendar import Frequency
from trimtab.core.orders import OrderKind
from trimtab.core.schedule import Schedule
from trimtab.data.sessions import sessions
from trimtab.desk.coming import next_decision, next_opening
from trimtab.desk.dates import decision_rows
from trimtab.desk.prepare import until


@given(st.integers(30, 400), st.sampled_from(list(Frequency)), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_the_next_decision_date_is_the_one_that_the_whole_data_have(row: int, every: Frequency, offset: int) -> None:
    """Law: what the calendar says of sessions to come is what the schedule finds once they are there."""
    made = policy()
    made = replace(made, schedule=Schedule(decide=every, offset=0 if every is Frequency.DAILY else offset))
    world = market(made, count=900)
    seen = until(world, world.sessions[row])
    whole = world.sessions[decision_rows(made, world)]
    after = whole[whole > world.sessions[row]]
    if len(after):
        assert next_decision(made, seen, world.sessions[row]) == after[0]


def test_orders_for_the_opening_leave_while_the_market_is_closed_and_others_while_it_is_open() -> None:
    """New York opens at 14:30 UTC on Monday 3 January 2011 and closes at 21:00; the instant is a minute later."""
    world = market(policy(), count=30)
    at = np.datetime64("2011-01-03T12:00:00")
    assert next_opening(world, {0: {OrderKind.ON_OPEN}}, at) == at
    assert next_opening(world, {0: {OrderKind.MARKET}}, at) == np.datetime64("2011-01-03T14:31:00")
    noon = np.datetime64("2011-01-03T16:00:00")
    assert next_opening(world, {0: {OrderKind.MARKET}}, noon) == noon
    assert next_opening(world, {0: {OrderKind.ON_OPEN}}, noon) == np.datetime64("2011-01-03T21:01:00")
    assert np.isnat(next_opening(world, {0: {OrderKind.MARKET, OrderKind.ON_OPEN}}, at))


def test_a_weekend_is_waited_through() -> None:
    friday = np.datetime64("2011-01-07T22:00:00")
    opened = next_opening(market(policy(), count=30), {0: {OrderKind.LIMIT}}, friday)
    assert opened == sessions("", "2011-01-10", "2011-01-10").opens[0] + np.timedelta64(60, "s")


@pytest.mark.parametrize("count", [5, 40])
def test_whoever_has_no_decision_yet_is_told_the_first(count: int) -> None:
    made = policy()
    world = market(made, count=count)
    found = next_decision(made, world, world.sessions[-1])
    assert found > world.sessions[-1]
