"""Gathering into blocks: all of it or none, crosses only where nobody is taxed, and booked only if they come about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import DAY, Desk, buy, desk
from trimtab.accounting.database.events import InstrumentListed
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.entries import Flow
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.orders import Standing, Status, Ticket
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.blocking import book_crosses, crossed, crosses, gather
from trimtab.execution.netting import Crossing

IRA = Account("A", "Mueller", Wrapper.EXEMPT)


def planned(one: Desk, *rows: tuple[str, str, int]) -> tuple[Standing, ...]:
    """Orders of the places of A and B: place, instrument, units."""
    price = {"SPY": 100, "TLT": 50, "GLD": 200, "ESZ6": 5000}
    tickets = [
        Ticket(f"{n:032x}", place.partition("/")[0], name, Decimal(units), Decimal(price[name]),
               place=place if "/" in place else "", batch="2026-11-02/1", as_of=DAY)
        for n, (place, name, units) in enumerate(rows, 1)
    ]  # fmt: skip
    return one.orders.add(tickets)


def sleeves(one: Desk) -> None:
    one.holds("A/core", 10_000, SPY=100)
    one.holds("A/sat", 10_000, SPY=100)


def filled(one: Desk, order: Standing, price: str) -> None:
    one.orders.approve([order.id], "bob")
    one.orders.intend(order.id, "file", Decimal(price))
    units = order.ticket.units
    execution = Execution(f"e-{order.id}", order.id, units, Decimal(price), Decimal(0), DAY, "")
    one.orders.record(Report(order.id, Status.FILLED, "v", units, (execution,)), "file")


def states(orders: OrderBook, found: Sequence[Standing]) -> list[tuple[str, int]]:
    now = [orders.standing(one.id) for one in found]
    return [(one.status.value, int(one.ticket.units)) for one in now]


def test_sleeves_of_an_untaxed_account_are_crossed_at_the_price_of_the_rest(tmp_path: Path) -> None:
    """Core sells 30, sat buys 50: 30 cross, 20 are bought at 101; both sides get 101 for 30 units: 3,030 change hands."""
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50))
        made = gather(one.orders, found)
        assert states(one.orders, found) == [("cancelled", -30), ("planned", 20)]
        assert made.uncrossed == ()
        assert book_crosses(one.orders, one.by, DAY) == (), "its price is not known yet"
        assert crossed(one.orders) == ()
        filled(one, one.orders.standing(found[1].id), "101")
        ((cross, price),) = book_crosses(one.orders, one.by, DAY)
        assert (cross.units, price) == (30, Decimal(101))
        assert [one.book.holdings(place)[0] for place in ("A/core", "A/sat")] == [70, 150]
        assert [one.book.purses(place)["USD"] for place in ("A/core", "A/sat")] == [13_030, 10_000 - 5_050]
        assert book_crosses(one.orders, one.by, DAY) == (), "a cross is booked once"
        sides = [(side.ticket.booked, side.filled, side.spent, side.ticket.parent) for side in crossed(one.orders)]
        assert sides == [("A/core", -30, -3_030, found[0].id), ("A/sat", 30, 3_030, "")], "the order of core has its 30 still"


def test_a_taxable_account_is_never_crossed_and_is_told_so(tmp_path: Path) -> None:
    with desk(tmp_path, [Account("A", "Mueller")], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50))
        made = gather(one.orders, found, crossing=Crossing.HOUSEHOLD)
        assert states(one.orders, found) == [("planned", -30), ("planned", 50)]
        assert made.netted.crosses == ()
        assert made.uncrossed == ("A",)
        assert crosses(one.orders) == ()


def test_purchases_of_taxable_accounts_go_out_in_one_block(tmp_path: Path) -> None:
    with desk(tmp_path, [Account("A", "Mueller"), Account("B", "Meier")]) as one:
        found = planned(one, ("A", "SPY", 30), ("B", "SPY", 50))
        (block,) = gather(one.orders, found).blocks
        assert block.ticket.units == 80
        assert dict(block.ticket.parts) == {found[0].id: 30, found[1].id: 50}


def test_what_is_left_of_a_crossed_order_and_too_small_is_cancelled_at_once(tmp_path: Path) -> None:
    """30 against 31: the one unit that is left comes to 100, below the minimum of 500."""
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 31))
        made = gather(one.orders, found, minimum=Decimal(500))
        assert [status for status, _ in states(one.orders, found)] == ["cancelled"] * 2
        assert made.blocks == ()
        assert book_crosses(one.orders, one.by, DAY) == (), "nothing was sent, nobody gave a price"
        assert book_crosses(one.orders, one.by, DAY, {"SPY": Decimal(99)})[0][1] == 99


def test_gathering_is_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that cannot be leaves no cross, no cancelled and no edited order behind."""
    with desk(tmp_path, [IRA, Account("B", "Meier")], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50), ("B", "SPY", 10))
        before, last = states(one.orders, found), one.book.last()
        regroup = OrderBook.regroup

        def broken(self: OrderBook, cancels, edits, blocks, notes):  # type: ignore[no-untyped-def]
            return regroup(self, cancels, edits, [replace(block, units=block.units + 1) for block in blocks], notes)

        with monkeypatch.context() as patch:
            patch.setattr(OrderBook, "regroup", broken)
            with pytest.raises((DataError, InvariantError), match="do not come to it"):
                gather(one.orders, found)
        assert (states(one.orders, found), one.book.last()) == (before, last)
        (block,) = gather(one.orders, found).blocks
        assert dict(block.ticket.parts) == {found[1].id: 20, found[2].id: 10}
        assert crosses(one.orders)[0][0].units == 30


@pytest.mark.parametrize("end", ["declined", "cancelled"])
def test_crosses_of_a_batch_that_does_not_come_about_are_never_booked(end: str, tmp_path: Path) -> None:
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50))
        gather(one.orders, found)
        if end == "declined":
            one.orders.decline(found[1].id, "not today")
        else:
            one.orders.cancel_waiting([found[1].id], "not today")
        assert book_crosses(one.orders, one.by, DAY, {"SPY": Decimal(99)}) == ()
        assert one.book.holdings("A/core")[0] == 100


def test_crosses_of_a_superseded_run_are_never_booked(tmp_path: Path) -> None:
    """Both sleeves trade only what they cross: nothing of the batch is left, and the run is superseded."""
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        one.holds("A/core", 10, SPY=300, TLT=200, GLD=20)
        one.holds("A/sat", 10, SPY=100, TLT=300, GLD=20)
        made = [*one.proposes("A/core"), *one.proposes("A/sat")]
        assert gather(one.orders, [s for p in made for s in p.orders]).netted.crosses
        (again,) = one.proposes("A/core", supersede="a mistake")
        assert again.orders
        names = {"SPY": Decimal(100), "TLT": Decimal(50), "GLD": Decimal(200)}
        assert book_crosses(one.orders, one.by, DAY, names) == ()


def test_a_cross_of_futures_moves_no_cash(tmp_path: Path) -> None:
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        future = Instrument("ESZ6", Contract.FUTURE, multiplier=Decimal(50))
        one.book.append([InstrumentListed(future)], recorded=one.clock.at, author="ann")
        bought = buy(3, 5, "5000", date(2026, 10, 1))._replace(amount=Decimal(0))
        one.posts("A/core", Flow(date(2026, 10, 1), Decimal(1000)), bought)
        found = planned(one, ("A/core", "ESZ6", -2), ("A/sat", "ESZ6", 2))
        gather(one.orders, found)
        assert len(book_crosses(one.orders, one.by, DAY, {"ESZ6": Decimal(5100)})) == 1
        assert [one.book.holdings(place)[3] for place in ("A/core", "A/sat")] == [3, 2]
        assert one.book.purses("A/core")["USD"] == 1000
        assert one.book.purses("A/sat").get("USD", 0) == 0
