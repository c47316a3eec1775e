"""Controls at their edges: what they refuse to be made of, and what they measure where little is known. Found by mutants."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.execution.controls.control_words import CUT_OFF, NOW, line, moment, sent
from tests.execution.desk_words import book, order
from trimtab.core.errors import ParameterError
from trimtab.core.money import Money
from trimtab.core.values import Asset
from trimtab.execution.controls.day_count import DayCount
from trimtab.execution.controls.day_notional import DayNotional
from trimtab.execution.controls.day_turnover import DayTurnover
from trimtab.execution.controls.duplicates import Duplicates
from trimtab.execution.controls.measures import seconds, sent_today, span_of
from trimtab.execution.controls.minute_count import MinuteCount
from trimtab.execution.controls.order_notional import OrderNotional
from trimtab.execution.controls.order_units import OrderUnits
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.controls.quote_age import QuoteAge
from trimtab.execution.controls.restricted import RestrictedList
from trimtab.execution.controls.trading_window import TradingWindow
from trimtab.execution.controls.volume_share import VolumeShare

D = Decimal
NAT = np.datetime64("NaT", "s")
MONEY, NOTHING = Money(D(100)), Money(D(0))
SECOND = np.timedelta64(1, "s")

WRONG: list[tuple[type, dict[str, Any], str]] = [
    (OrderUnits, {"at_most": 0.0}, "at_most"),
    (OrderNotional, {"at_most": NOTHING}, "at_most"),
    (DayNotional, {"at_most": NOTHING}, "at_most"),
    (DayNotional, {"at_most": MONEY, "zone": "Mars/Olympus"}, "zone"),
    (DayTurnover, {"at_most": 0.0}, "at_most"),
    (DayTurnover, {"at_most": 0.1, "zone": "Mars/Olympus"}, "zone"),
    (DayCount, {"at_most": 0}, "at_most"),
    (DayCount, {"at_most": 1, "zone": "Mars/Olympus"}, "zone"),
    (MinuteCount, {"at_most": 0}, "at_most"),
    (Duplicates, {"minutes": 0.0}, "minutes"),
    (PriceCollar, {"at_most": 0.0}, "at_most"),
    (QuoteAge, {}, "days"),
    (QuoteAge, {"days": -1.0, "minutes": 2000.0}, "days"),
    (VolumeShare, {"at_most": 0.0}, "at_most"),
    (VolumeShare, {"at_most": 0.1, "zone": "Mars/Olympus"}, "zone"),
    (RestrictedList, {"only": ()}, "only"),
    (RestrictedList, {"only": ("X",), "universe": (Asset("A", "A", "equity"),)}, "only"),
    (TradingWindow, {"opens": "9:45"}, "opens"),
    (TradingWindow, {"closes": "24:00"}, "closes"),
    (TradingWindow, {"opens": "15:30"}, "closes"),
    (TradingWindow, {"zone": "Mars/Olympus"}, "zone"),
]


@pytest.mark.parametrize(("control", "parts", "field"), WRONG)
def test_a_control_that_would_let_all_or_nothing_through_is_not_made(control: type, parts: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        control(**parts)
    assert caught.value.field == field


def test_sums_of_a_day_are_of_the_batch_and_sizes_of_each_order() -> None:
    batch = {DayCount, DayNotional, DayTurnover, MinuteCount, TradingWindow}
    each = {OrderUnits, OrderNotional, Duplicates, PriceCollar, QuoteAge, VolumeShare, RestrictedList}
    assert {control for control in batch | each if control.batch} == batch


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"opens": "9:45"}, "opens is '9:45'"),
        ({"closes": "x"}, "closes is 'x'"),
        ({"opens": "16:00"}, "closes at 15:30, before"),
    ],
)
def test_a_window_that_is_none_is_refused_by_its_name(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        TradingWindow(**parts)


def test_the_turnover_of_a_day_is_the_larger_side_and_a_single_unit_or_less_counts() -> None:
    # 0.5 and 1 units bought at 20, 0.5 sold: 30 of 1000
    lines = [line("0.5", id="a"), line("1", id="b"), line("-0.5", id="c")]
    assert DayTurnover(0.1).values(lines, moment()) == [D("0.03")]
    assert DayTurnover(0.1).values([line("-0.5"), line("0.25", id="x")], moment()) == [D("0.01")]
    assert DayTurnover(0.1).values([line("0.5")], moment(nav=D("0.5"))) == [D(20)]
    assert [DayTurnover(0.1).values([line()], moment(nav=D(nav))) for nav in (0, -1)] == [[None], [None]]


def test_an_equal_order_counts_just_as_long_as_it_is_said_to() -> None:
    def seen(minutes: float, ago: int) -> list[Decimal | None]:
        return Duplicates(minutes).values([line()], moment(sent(at=NOW - ago * SECOND)))

    assert [seen(10.0, 600), seen(10.0, 601), seen(1.0, 60), seen(1.0, 61)] == [[1], [0], [1], [0]]
    assert Duplicates(10.0).values([line()], moment(sent(at=NAT))) == [1]
    assert Duplicates(10.0).values([line()], moment()) == [0]


@pytest.mark.parametrize("at_most", [0.05, 0.5])
@pytest.mark.parametrize("last", [0.5, 20.0, 1000.0])
def test_the_quick_look_clears_what_is_inside_and_nothing_else(last: float, at_most: float) -> None:
    """At every price around the boundary it agrees with what is measured, except within a hair."""
    collar, held = PriceCollar(at_most), book(1e6, [1.0, 1.0], [last, 20.0])
    for part in np.arange(-2.0, 2.01, 0.125):
        price = last * (1.0 + at_most * part)
        if price <= 0.0:
            continue
        made = [order(1, 1.0, 20.0), order(0, 1.0, round(price, 6)), order(1, 1.0, 20.0)]
        (measured,) = collar.values([line(price=str(made[1].reference))], moment(prices=np.array([last, 20.0])))
        assert measured is not None
        if collar.clears(made, held):
            assert measured <= collar.most
        elif abs(part) < 1.0:
            pytest.fail(f"{price} is inside and not cleared")
    assert collar.clears([], held)


def test_one_wild_price_after_good_ones_is_not_cleared() -> None:
    held = book(1e6, [1.0, 1.0], [20.0, 20.0])
    assert not PriceCollar(0.05).clears([order(0, 1.0, 20.0), order(1, 1.0, 30.0)], held)
    assert not PriceCollar(0.05).clears([order(0, 1.0, 10.0)], held)
    dear = book(1e6, [1.0, 1.0], [1000.0, 20.0])  # half a hair beyond is not inside
    assert not PriceCollar(0.05).clears([order(0, 1.0, 1050.0000005)], dear)


def test_a_share_of_a_volume_that_nobody_knows_is_unknown_and_the_next_line_is_measured() -> None:
    share = VolumeShare(0.1)
    lines = [line("1", asset=0), line("1", asset=1)]
    assert share.values(lines, moment(adv=None)) == [None, None]
    assert share.values(lines, moment(adv=np.array([0.0, 200.0]))) == [None, D("0.1")]
    assert share.values(lines, moment(adv=np.array([np.nan, np.inf]))) == [None, None]
    assert share.values(lines[:1], moment(adv=np.array([0.5, 1.0]))) == [D(40)]


def test_lengths_of_time_are_exact_to_the_microsecond() -> None:
    assert span_of(1.5) == np.timedelta64(1_500_000, "us")
    assert span_of(600.0) == np.timedelta64(600, "s")
    assert seconds(np.timedelta64(1_500_001, "us")) == D("1.500001")
    assert seconds(np.timedelta64("NaT", "s")) is None


def test_what_has_no_date_counts_on_every_day_and_on_a_day_that_nobody_knows_all_counts() -> None:
    yesterday, undated = sent(at=NOW - 86_400 * SECOND, order="y"), sent(at=NAT, order="u")
    today = sent(at=NOW, order="t")
    every = (yesterday, undated, today)

    def counted(**rest: Any) -> list[str]:
        return [one.id for one in sent_today([line()], moment(*every, **rest), "America/New_York")]

    assert counted() == ["u", "t"]
    assert counted(now=NAT) == ["y", "u", "t"]
    assert counted(day=date(2026, 1, 5)) == ["y", "u"]
    assert list(sent_today([line()], moment(), "America/New_York")) == []
    assert [one.id for one in sent_today([line(id="t")], moment(*every), "America/New_York")] == ["u"]  # itself is no other


def test_a_name_that_is_empty_is_no_asset() -> None:
    bare = (Asset("A", "A", ""),)
    with pytest.raises(ParameterError, match="Known are A"):
        RestrictedList(("x",), bare)
    assert RestrictedList(("A",), bare).values([line()], moment()) == [1]
    assert RestrictedList(("A",)).values([line()], moment()) == [None]


def test_prices_are_as_old_as_they_are_and_none_comes_from_the_future() -> None:
    age = QuoteAge(days=1.0, minutes=30.0)
    assert age.most == 86_400 + 1_800
    assert age.values([line()], moment()) == [D(int((NOW - CUT_OFF).astype(int)))]
    assert age.values([line()], moment(quoted=np.array([NOW, NOW]))) == [0]
    assert age.values([line()], moment(quoted=np.array([NOW + SECOND, NOW]))) == [None]
    assert age.values([line(), line(asset=1)], moment(quoted=np.array([NAT, NOW - SECOND]))) == [None, 1]
