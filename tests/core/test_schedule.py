"""Schedules: what there is room for between one decision and the next, and how long a fill waits."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.core.calendar import Frequency
from trimtab.core.errors import ParameterError
from trimtab.core.schedule import Schedule, TradeAt

DAILY, WEEKLY, MONTHLY = Frequency.DAILY, Frequency.WEEK_END, Frequency.MONTH_END


@pytest.mark.parametrize(
    ("trade", "lag", "wait"),
    [
        (TradeAt.SAME_CLOSE, 0, 0),
        (TradeAt.SAME_CLOSE, 2, 2),
        (TradeAt.NEXT_OPEN, 0, 1),
        (TradeAt.NEXT_CLOSE, 20, 21),
        (TradeAt.NEXT_OBSERVATION, 0, 1),
    ],
)
def test_a_fill_waits_its_lag_longer(trade: TradeAt, lag: int, wait: int) -> None:
    assert Schedule(trade=trade, lag=lag).wait == wait


@pytest.mark.parametrize(
    "chosen",
    [
        {"decide": MONTHLY, "offset": 20, "lag": 20},
        {"decide": WEEKLY, "offset": 4, "lag": 4},
        {"decide": WEEKLY, "trade": TradeAt.SAME_CLOSE, "lag": 5},
        {"decide": DAILY, "trade": TradeAt.SAME_CLOSE, "lag": 1},
        {"decide": Frequency.YEAR_END, "offset": 20, "lag": 20},
    ],
    ids=str,
)
def test_what_there_is_room_for_is_taken(chosen: dict[str, Any]) -> None:
    Schedule(**chosen)


@pytest.mark.parametrize(
    ("chosen", "field", "said"),
    [
        ({"offset": -1}, "offset", "offset is -1, below 0"),
        ({"offset": 21}, "offset", "offset is 21, above 20"),
        ({"lag": 21}, "lag", "lag is 21, above 20"),
        ({"lag": -1}, "lag", "lag is -1, below 0"),
        ({"decide": WEEKLY, "offset": 5}, "offset", "Give at most 4, or decide less often."),
        ({"decide": WEEKLY, "lag": 5}, "lag", "Give at most 4, or decide less often."),
        ({"decide": DAILY, "offset": 1}, "offset", "every day has a decision of its own. Leave offset out"),
        ({"decide": DAILY, "lag": 1}, "lag", "every day has a decision of its own. Leave lag out"),
        ({"decide": DAILY, "trade": TradeAt.SAME_CLOSE, "lag": 2}, "lag", "Give at most 1"),
        ({"trade": TradeAt.NEXT_OBSERVATION, "lag": 1}, "lag", "lag is 1 with trade: next_observation"),
    ],
    ids=str,
)
def test_what_there_is_no_room_for_is_refused(chosen: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Schedule(**chosen)
    assert caught.value.field == field
    assert said in str(caught.value)


def test_data_with_fewer_sessions_leave_less_room() -> None:
    """Monthly data: a quarter holds three sessions, and decisions move by one or two; 52 weeks: a month holds five."""
    Schedule(decide=Frequency.QUARTER_END, offset=2).require_room(Frequency.QUARTER_END, 12)
    with pytest.raises(ParameterError, match="Give at most 2"):
        Schedule(decide=Frequency.QUARTER_END, offset=3).require_room(Frequency.QUARTER_END, 12)
    with pytest.raises(ParameterError, match="Leave offset out"):
        Schedule(offset=1).require_room(MONTHLY, 12)
    Schedule(offset=4, lag=4).require_room(MONTHLY, 52)
    with pytest.raises(ParameterError, match="Give at most 4"):
        Schedule(offset=5).require_room(MONTHLY, 52)


def test_the_words() -> None:
    assert Schedule().when == "month-end"
    assert Schedule(offset=1).when == "1 session after month-end"
    assert Schedule(offset=5).when == "5 sessions after month-end"
