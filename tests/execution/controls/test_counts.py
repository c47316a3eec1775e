"""What was sent today and in the last minute, with what is to be: counts, money, turnover, duplicates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.execution.controls.control_words import NOW, line, moment, sent
from trimtab.core.errors import ParameterError
from trimtab.core.money import Money
from trimtab.core.rules import one_way
from trimtab.execution.controls.day_count import DayCount
from trimtab.execution.controls.day_notional import DayNotional
from trimtab.execution.controls.day_turnover import DayTurnover
from trimtab.execution.controls.duplicates import Duplicates
from trimtab.execution.controls.minute_count import MinuteCount

MONEY = Money(Decimal(1000))
UNDATED = np.datetime64("NaT", "s")


@given(st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=6))
def test_turnover_of_a_day_is_one_way_turnover_of_the_weights(units: list[int]) -> None:
    lines = [line(str(count), "2", asset) for asset, count in enumerate(units)]
    (found,) = DayTurnover(1.0).values(lines, moment())
    assert float(found or 0) == pytest.approx(one_way(np.array(units) * 2.0 / 1000.0), abs=1e-15)


def test_money_counts_both_ways_and_turnover_the_larger_one() -> None:
    # 200 bought now and 300 sold, 100 bought before: 600 moved; 300 each way are 30 % of 1000.
    lines, now = [line("10"), line("-6", "50", 1)], moment(sent("5"))
    assert DayNotional(MONEY).values(lines, now) == [Decimal(600)]
    assert DayTurnover(0.3).values(lines, now) == [Decimal("0.3")]
    assert DayTurnover(0.3).values(lines, moment(nav=Decimal(0))) == [None]


@pytest.mark.parametrize(
    ("at", "zone", "day", "counts"),
    [
        ("2026-01-06T05:00:00", "America/New_York", None, True),  # midnight in New York
        ("2026-01-06T04:59:59", "America/New_York", None, False),
        ("2026-01-06T04:59:59", "UTC", None, True),
        ("2026-01-05T15:00:00", "Asia/Tokyo", None, True),  # midnight in Tokyo
        ("2026-01-05T15:00:00", "America/New_York", date(2026, 1, 5), True),  # the trading day is what the desk says
        ("2026-01-06T15:00:00", "America/New_York", date(2026, 1, 5), False),
    ],
)
def test_a_day_is_one_by_the_clocks_of_its_zone(at: str, zone: str, day: date | None, counts: bool) -> None:
    rest: dict[str, Any] = {} if day is None else {"day": day}
    now = moment(sent(at=at), now="2026-01-06T14:00", **rest)
    assert DayCount(5, zone).values([line()], now) == [Decimal(1 + counts)]
    assert DayNotional(MONEY, zone).values([line()], now) == [Decimal(200 * (1 + counts))]


def test_an_order_that_is_sent_again_counts_once_and_one_without_a_date_counts() -> None:
    again, undated = moment(sent(order="l0")), moment(sent(at=UNDATED))
    for control in (DayCount(5), MinuteCount(5)):
        assert control.values([line()], again) == [Decimal(1)]
        assert control.values([line()], undated) == [Decimal(2)]
    assert Duplicates().values([line()], again) == [Decimal(0)]
    assert Duplicates().values([line()], undated) == [Decimal(1)]


def test_a_minute_is_the_sixty_seconds_that_end_now() -> None:
    before = [sent(at=NOW - np.timedelta64(ago, "s"), order=str(ago)) for ago in (59, 60, 61)]
    assert MinuteCount(5).values([line(), line(asset=1)], moment(*before)) == [Decimal(3)]


def test_equal_is_the_same_asset_side_and_units() -> None:
    now = moment(sent("10"), sent("-10", order="b"), sent("10", asset=1, order="c"), sent("10.0", order="d"))
    assert Duplicates().values([line("10"), line("-10"), line("11")], now) == [Decimal(2), Decimal(1), Decimal(0)]


def test_slices_are_alike_by_intent() -> None:
    assert Duplicates().values([line("10", parent="p")], moment(sent("10"))) == [Decimal(0)]


def test_quick_looks_count_the_orders_at_hand() -> None:
    held: Any = None
    for control in (DayCount(2), MinuteCount(2)):
        assert control.clears([1, 2], held)
        assert not control.clears([1, 2, 3], held)


def test_parameters_are_checked() -> None:
    with pytest.raises(ParameterError, match="no time zone"):
        DayCount(5, "New York")
    with pytest.raises(ParameterError, match="not above 0"):
        DayNotional(Money(Decimal(0)))
    with pytest.raises(ParameterError, match="below 1"):
        MinuteCount(0)


def test_they_speak_in_sentences() -> None:
    assert DayNotional(MONEY).words == "No more than 1000 USD a day"
    assert DayTurnover(0.25).words == "One-way turnover of at most 25 % a day"
    assert DayCount(5000).words == "No more than 5,000 orders a day"
    assert MinuteCount(1000).words == "No more than 1,000 orders a minute"
    assert Duplicates().words == "No order equal to one of the last 10 minutes"
