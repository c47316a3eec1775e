"""What a report makes of an order, one unit to either side of each rule. Found by mutants that lived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from trimtab.core.orders import Standing, Status, Ticket
from trimtab.core.settling import settle
from trimtab.core.venues import Execution, Report

D = Decimal


def sent(units: int, status: Status = Status.SENT) -> Standing:
    return Standing(Ticket("o", "A1", "SPY", D(units), D(100)), status)


def execution(units: int, name: str = "f") -> Execution:
    return Execution(name, "o", D(units), D(100), D("0.35"), date(2026, 1, 5), "2026-01-05T15:00:00Z")


@pytest.mark.parametrize("side", [1, -1])
def test_a_count_of_the_venue_may_reach_the_order_and_not_pass_it(side: int) -> None:
    fair = settle(sent(10 * side), {}, Report("o", Status.PARTIAL, filled=D(10 * side)))
    assert (fair.contradictions, fair.missing) == ((), D(10 * side))
    over = settle(sent(10 * side), {}, Report("o", Status.PARTIAL, filled=D(11 * side)))
    assert over.contradictions == (f"order o of {10 * side} has {11 * side} filled by the venue's count",)
    other = settle(sent(10 * side), {}, Report("o", Status.PARTIAL, filled=D(-side)))
    assert other.contradictions == (f"order o of {10 * side} has {-side} filled by the venue's count",)


@pytest.mark.parametrize("side", [1, -1])
def test_fills_may_reach_the_order_and_not_pass_it(side: int) -> None:
    fair = settle(sent(10 * side), {}, Report("o", Status.FILLED, filled=D(10 * side), executions=(execution(10 * side),)))
    assert (fair.contradictions, fair.standing.status, fair.standing.left) == ((), Status.FILLED, 0)
    over = settle(sent(10 * side), {}, Report("o", Status.FILLED, filled=D(10 * side), executions=(execution(11 * side),)))
    assert over.contradictions == (f"order o of {10 * side} has {11 * side} filled",)
    assert over.standing.filled == 11 * side  # a fill is always counted


def test_an_execution_of_nought_is_said() -> None:
    found = settle(sent(10), {}, Report("o", Status.PARTIAL, executions=(execution(0),)))
    assert found.contradictions == ("execution f goes the other way: 0 of an order of 10",)


def test_what_fills_come_to_is_added_up_from_nought() -> None:
    # 3 and 4 at 100: 7 units, 700 of money, 0.70 of cost
    found = settle(sent(10), {}, Report("o", Status.PARTIAL, filled=D(7), executions=(execution(3, "f"), execution(4, "g"))))
    after = found.standing
    assert (after.filled, after.spent, after.cost, after.claimed, found.missing) == (7, 700, D("0.70"), 7, 0)
    assert (after.left, after.average) == (3, 100)


@pytest.mark.parametrize("side", [1, -1])
def test_a_fill_makes_a_working_order_partial_whatever_the_report_calls_it(side: int) -> None:
    found = settle(sent(10 * side), {}, Report("o", Status.ACKED, filled=D(3 * side), executions=(execution(3 * side),)))
    assert (found.standing.status, found.steps, found.contradictions) == (Status.PARTIAL, (Status.PARTIAL,), ())


@pytest.mark.parametrize("side", [1, -1])
def test_more_filled_of_a_final_order_is_a_contradiction_on_either_side(side: int) -> None:
    ended = replace(sent(10 * side, Status.CANCELLED), filled=D(5 * side), claimed=D(5 * side))
    assert settle(ended, {}, Report("o", Status.CANCELLED, filled=D(5 * side))).contradictions == ()
    more = settle(ended, {}, Report("o", Status.CANCELLED, filled=D(8 * side)))
    assert more.contradictions == (f"order o is cancelled, and more of it was filled: {8 * side}, after {5 * side}",)


def test_before_any_fill_the_average_price_is_nought() -> None:
    assert (sent(10).average, sent(10).left) == (0, 10)
