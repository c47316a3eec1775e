"""What an account's trades cost by quarter against the estimates on their tickets: by hand, and beside the shortfall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import DAY, Desk, desk
from trimtab.core.households import Account
from trimtab.core.orders import Status, Ticket
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.cost_alarm import cost_alarm
from trimtab.desk.settlement import shortfalls
from trimtab.execution.shortfall import by_quarter

A, B = Account("A", "Mueller", Wrapper.EXEMPT), Account("B", "Meier", Wrapper.EXEMPT)
QUARTERS = [date(2026, 2, 3), date(2026, 5, 4), date(2026, 8, 3), date(2026, 11, 3)]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, [A, B]) as made:
        made.holds("A", 500_000)
        made.holds("B", 500_000)
        yield made


def trade(one: Desk, name: str, fills: Sequence[tuple[date, int, str, str]], *, account: str = "A", edited: int = 100) -> str:
    """100 units at 100 when decided, 100.10 when it left; fills are day, units, price and fee. What is left is cancelled.

    It is `edited` to so many units before it is approved.
    """
    sign = -1 if fills[0][1] < 0 else 1
    bare = Ticket(name * 32, account, "SPY", Decimal(100 * sign), Decimal(100), as_of=DAY, estimate=Decimal(20))
    one.orders.add([bare])
    if edited != 100:
        one.orders.edit(bare.id, units=Decimal(edited * sign), reason="other units")
    one.orders.approve([bare.id], "bob")
    one.orders.intend(bare.id, "file", Decimal("100.10"))
    one.orders.move(bare.id, Status.SENT)
    done = tuple(
        Execution(f"{name}{k}", bare.id, Decimal(units), Decimal(price), Decimal(fee), day, "")
        for k, (day, units, price, fee) in enumerate(fills)
    )
    left = edited * sign - sum(fill[1] for fill in fills)
    status = Status.CANCELLED if left else Status.FILLED
    one.orders.record(Report(bare.id, status, filled=Decimal(edited * sign - left), executions=done), "file")
    return bare.id


def test_realised_and_assumed_by_hand(one: Desk) -> None:
    """100 at 100.30 where 100 was decided, and a fee of 5: 30 + 5 = 35 against 20. Of a half, half of the estimate."""
    trade(one, "a", [(QUARTERS[0], 100, "100.30", "5")])
    trade(one, "b", [(QUARTERS[1], 50, "100.30", "5")])  # the other 50 were never filled: they cost nothing here
    found = cost_alarm(one.orders, "A")
    assert found.quarters is not None
    rows = found.quarters.quarters
    assert [row.quarter for row in rows] == ["2026 Q1", "2026 Q2"]
    earlier = cost_alarm(one.orders, "A", QUARTERS[0]).quarters
    assert earlier is not None
    assert [row.quarter for row in earlier.quarters] == ["2026 Q1"]
    assert [(row.realised, row.assumed) for row in rows] == [(pytest.approx(35.0), 20.0), (pytest.approx(20.0), 10.0)]
    assert rows[0].traded == pytest.approx(10_030.0)
    assert found.currency == "USD"
    assert not found.untold


@pytest.mark.parametrize(("units", "realised", "assumed"), [(50, 15.0, 10.0), (190, 57.0, 38.0)])
def test_of_an_order_that_was_edited_the_estimate_of_its_new_units_is_assumed(
    one: Desk, units: int, realised: float, assumed: float
) -> None:
    """Regression: the estimate of the 100 that were planned was assumed for 50, and for 190."""
    trade(one, "a", [(QUARTERS[0], units, "100.30", "0")], edited=units)
    found = cost_alarm(one.orders, "A")
    assert found.quarters is not None
    assert [(row.realised, row.assumed) for row in found.quarters.quarters] == [(pytest.approx(realised), assumed)]


def test_a_sale_that_gets_less_costs_too_and_one_that_gets_more_gains(one: Desk) -> None:
    trade(one, "a", [(QUARTERS[0], -100, "99.80", "1")])
    trade(one, "b", [(QUARTERS[1], -100, "100.20", "1")])
    found = cost_alarm(one.orders, "A")
    assert found.quarters is not None
    assert [row.realised for row in found.quarters.quarters] == [pytest.approx(21.0), pytest.approx(-19.0)]


def test_it_is_the_shortfall_without_what_was_never_filled(one: Desk) -> None:
    for name, day in zip("abcd", QUARTERS, strict=True):
        trade(one, name, [(day, 60, "100.25", "2"), (day, 20, "100.40", "1")])
    parts, untold = shortfalls(one.orders, one.orders.standings("A"), lambda _: (Decimal(104), QUARTERS[3]))
    assert not untold
    found = cost_alarm(one.orders, "A")
    assert found.quarters is not None
    wanted = {name: float(part.explicit + part.delay + part.execution) for name, part in by_quarter(parts).items()}
    assert {row.quarter: row.realised for row in found.quarters.quarters} == pytest.approx(wanted)
    assert sum(float(part.shortfall.opportunity) for part in parts) > 0


@pytest.mark.parametrize(("price", "alarm"), [("100.25", False), ("100.26", True)])
def test_four_quarters_above_the_estimate_by_a_quarter_are_an_alarm(one: Desk, price: str, alarm: bool) -> None:
    """25 against 20 is 1.25 times, and not more; 26 is."""
    for name, day in zip("abc", QUARTERS[:3], strict=True):
        trade(one, name, [(day, 100, "100.26", "0")])
    assert not cost_alarm(one.orders, "A").alarm  # three are none
    trade(one, "d", [(QUARTERS[3], 100, price, "0")])
    found = cost_alarm(one.orders, "A")
    assert found.alarm is alarm
    assert found.words.startswith("A: trading cost more than 1.25 times what was assumed in each quarter from 2026 Q1") is alarm


def test_only_the_account_that_is_asked_for_counts_and_none_is_no_alarm(one: Desk) -> None:
    for name, day in zip("abcd", QUARTERS, strict=True):
        trade(one, name, [(day, 100, "101", "0")], account="B")
    assert cost_alarm(one.orders, "B").alarm
    assert cost_alarm(one.orders, "").alarm
    nothing = cost_alarm(one.orders, "A")
    assert not nothing.alarm
    assert nothing.quarters is None
    assert not nothing.words
