"""What the page of a month says of its orders, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from trimtab.core.orders import Standing, Status, Ticket
from trimtab.desk.episodes import Episode
from trimtab.desk.month_record import MonthRecord

D = Decimal
DAY = date(2026, 10, 30)
AGG = Ticket("a" * 32, "A", "AGG", D(2_000), D(100), estimate=D(200), batch="2026-10-30/1", as_of=DAY)
FILLED = Standing(AGG, Status.CANCELLED, filled=D(150), spent=D(15_000), cost=D("15.50"))


def record(*orders: Standing, slices: tuple[Standing, ...] = ()) -> MonthRecord:
    episode = Episode("A", "0" * 64, DAY, "2026-10-30/1", orders, slices)
    return MonthRecord(episode, "mine", "live", "USD", {}, (), 0.0, D(100_000), DAY, 0.0)


def test_beside_the_fees_stands_the_estimate_of_the_units_that_were_filled() -> None:
    """Regression: all 200 of an order of which 150 units of 2,000 were filled: 200 x 150 / 2,000 is 15. Sales count too."""
    sold = replace(FILLED, ticket=replace(AGG, units=D(-1_000)), filled=D(-1_000))
    never = replace(FILLED, filled=D(0), spent=D(0), cost=D(0))
    assert record(FILLED, never).estimate == D(15)
    assert record(FILLED, sold).estimate == D(215)


def test_of_what_was_cut_the_slices_bring_the_estimate() -> None:
    part = replace(AGG, id="b" * 32, parent=AGG.id, units=D(500), estimate=D(50))
    cut = replace(FILLED, filled=D(0), spent=D(0), cost=D(0))
    assert record(cut, slices=(replace(FILLED, ticket=part, filled=D(100)),)).estimate == D(10)
