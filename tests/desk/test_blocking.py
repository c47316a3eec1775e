"""Gathering into blocks: all of it or none; crosses only of what is approved and nobody taxes, booked as any order leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import DAY, Desk, desk
from tests.promoted import moved
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import ApprovalRequired, BreachError, DataError, Halted, InvariantError, TrimtabError
from trimtab.core.households import Account
from trimtab.core.orders import MANUAL, Standing, Status, Ticket
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.blocking import CROSSED, _cross_note, crossed, crosses, gather
from trimtab.desk.crossing import Crossed, book_crosses
from trimtab.desk.proposing import keep_policies
from trimtab.desk.version import code_version
from trimtab.execution.netting import Crossing, blocks
from trimtab.governance.promotion import Stage

IRA = Account("A", "Mueller", Wrapper.EXEMPT)


def planned(one: Desk, *rows: tuple[str, str, int]) -> tuple[Standing, ...]:
    """Orders of the places of A and B: place, instrument, units."""
    price = {"SPY": 100, "TLT": 50, "GLD": 200}
    keep_policies(one.book, {one.policy.sha256: one.policy}, one.by)
    tickets = [
        Ticket(f"{n:032x}", place.partition("/")[0], name, Decimal(units), Decimal(price[name]),
               place=place if "/" in place else "", batch="2026-11-02/1", as_of=DAY,
               policy=one.policy.sha256, code=code_version())
        for n, (place, name, units) in enumerate(rows, 1)
    ]  # fmt: skip
    return one.orders.add(tickets)


def signed(one: Desk, *rows: tuple[str, str, int]) -> tuple[Standing, ...]:
    """The same, approved."""
    return one.orders.approve([order.id for order in planned(one, *rows)], "bob")


def books(one: Desk, **prices: float) -> Crossed:
    return book_crosses(one.orders, one.judge(), DAY, {name: Decimal(str(price)) for name, price in prices.items()})


def sleeves(one: Desk) -> None:
    one.holds("A/core", 10_000, SPY=100)
    one.holds("A/sat", 10_000, SPY=100)


def filled(one: Desk, order: Standing, price: str) -> None:
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
        found = signed(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50))
        made = gather(one.orders, found)
        assert states(one.orders, found) == [("cancelled", -30), ("approved", 20)]
        assert made.uncrossed == ()
        assert books(one) == Crossed(), "its price is not known yet"
        assert crossed(one.orders) == ()
        filled(one, one.orders.standing(found[1].id), "101")
        ((cross, price),) = books(one).booked
        assert (cross.units, price) == (30, Decimal(101))
        assert [one.book.holdings(place)[0] for place in ("A/core", "A/sat")] == [70, 150]
        assert [one.book.purses(place)["USD"] for place in ("A/core", "A/sat")] == [13_030, 10_000 - 5_050]
        assert books(one) == Crossed(), "a cross is booked once"
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
        found = signed(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 31))
        made = gather(one.orders, found, minimum=Decimal(500))
        assert [status for status, _ in states(one.orders, found)] == ["cancelled"] * 2
        assert made.blocks == ()
        assert books(one) == Crossed(), "nothing was sent, nobody gave a price"
        assert books(one, SPY=99).booked[0][1] == 99


def test_gathering_is_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that cannot be leaves no cross, no cancelled and no edited order behind."""
    with desk(tmp_path, [IRA, Account("B", "Meier")], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50), ("A/sat", "TLT", 10), ("B", "TLT", 10))
        one.orders.approve([order.id for order in found[:2]], "bob")
        before, last = states(one.orders, found), one.book.last()
        regroup = OrderBook.regroup

        def broken(self: OrderBook, cancels, edits, blocks, notes):  # type: ignore[no-untyped-def]
            return regroup(self, cancels, edits, [replace(block, units=block.units + 1) for block in blocks], notes)

        found = tuple(one.orders.standing(order.id) for order in found)
        with monkeypatch.context() as patch:
            patch.setattr(OrderBook, "regroup", broken)
            with pytest.raises((DataError, InvariantError), match="do not come to it"):
                gather(one.orders, found)
        assert (states(one.orders, found), one.book.last()) == (before, last)
        (block,) = gather(one.orders, found).blocks
        assert dict(block.ticket.parts) == {found[2].id: 10, found[3].id: 10}
        assert crosses(one.orders)[0][0].units == 30


def test_crosses_of_a_batch_that_does_not_come_about_are_never_booked(tmp_path: Path) -> None:
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = signed(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 50))
        gather(one.orders, found)
        one.orders.cancel_waiting([found[1].id], "not today")
        assert books(one, SPY=99) == Crossed()
        assert one.book.holdings("A/core")[0] == 100


def test_crosses_of_a_superseded_run_are_never_booked(tmp_path: Path) -> None:
    """Both sleeves trade only what they cross: nothing of the batch is left, and the run is superseded."""
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        one.holds("A/core", 10, SPY=300, TLT=200, GLD=20)
        one.holds("A/sat", 10, SPY=100, TLT=300, GLD=20)
        made = [*one.proposes("A/core"), *one.proposes("A/sat")]
        assert gather(one.orders, one.approved(*made)).netted.crosses
        (again,) = one.proposes("A/core", supersede="a mistake")
        assert again.orders
        assert books(one, SPY=100, TLT=50, GLD=200) == Crossed()


def crossed_by_two(one: Desk, first: str, second: str) -> None:
    """30 SPY that one place sells to another, all approved, and nothing sent."""
    found = signed(one, (first, "SPY", -30), (second, "SPY", 30))
    assert len(gather(one.orders, found, crossing=Crossing.HOUSEHOLD).netted.crosses) == 1


def test_what_nobody_approved_is_not_crossed_and_stays_out_of_the_blocks_until_then(tmp_path: Path) -> None:
    """A regression: planned orders were crossed and booked without anybody's approval."""
    with desk(tmp_path, [IRA, Account("B", "Meier", Wrapper.EXEMPT)], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 30), ("A/sat", "TLT", 10), ("B", "TLT", 10))
        made = gather(one.orders, found)
        assert (made.netted.crosses, [cross.units for cross in made.unsigned]) == ((), [30])
        assert states(one.orders, found[:2]) == [("planned", -30), ("planned", 30)]
        assert [block.ticket.instrument for block in made.blocks] == ["TLT"]
        assert books(one, SPY=100) == Crossed()
        again = gather(one.orders, one.orders.approve([order.id for order in found[:2]], "bob"))
        assert [cross.units for cross in again.netted.crosses] == [30]
        assert len(books(one, SPY=100).booked) == 1


def test_a_cross_of_orders_that_an_earlier_version_crossed_unapproved_is_refused(tmp_path: Path) -> None:
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30), ("A/sat", "SPY", 30))
        (cross,) = blocks([order.ticket for order in found]).crosses
        note = Note("cross", _cross_note(cross), "A", f"cross:{cross.id}")
        one.orders.regroup({order.id: CROSSED for order in found}, {}, (), [note])
        assert refusal(books(one, SPY=100), ApprovalRequired)
        assert one.book.holdings("A/core")[0] == 100


def refusal(made: Crossed, kind: type[TrimtabError]) -> str:
    """What the one cross was refused with."""
    ((_, error),) = made.refused
    assert (made.booked, isinstance(error, kind)) == ((), True), str(error)
    return str(error)


def test_a_cross_is_not_booked_where_its_orders_could_not_leave(tmp_path: Path) -> None:
    """A regression: of a draft policy, in a halted account, or at any price that somebody typed."""
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        crossed_by_two(one, "A/core", "A/sat")
        assert "price-collar would be broken: 0.99" in refusal(books(one, SPY=1), BreachError)
        one.orders.kill(["A"], "stop")
        assert "account A is halted" in refusal(made := books(one, SPY=100), Halted)
        assert made.exit_code == 6
        one.orders.release("A", "all is well")
        moved(one.book, one.policy, Stage.LIVE, Stage.DRAFT, at=one.clock.at)
        assert refusal(made := books(one, SPY=100), ApprovalRequired)
        assert made.exit_code == 5
        assert one.book.holdings("A/core")[0] == 100


def test_a_cross_is_not_booked_where_the_seller_holds_too_little_or_the_buyer_cannot_pay(tmp_path: Path) -> None:
    """A regression: 30 units left a place that held 20, and the book did not fold any more."""
    accounts = [IRA, Account("B", "Mueller", Wrapper.EXEMPT)]
    with desk(tmp_path, accounts, {"core": "A", "sat": "A"}) as one:
        one.holds("A/core", 0, SPY=20)
        one.holds("A/sat", 0, SPY=100)
        one.holds("B", 2_900)
        crossed_by_two(one, "A/core", "B")
        assert "A/core, which holds 20" in refusal(books(one, SPY=100), BreachError)
        one.holds("A/core", 0, SPY=10)
        assert "the cross costs 3000.00, B has 2900.00" in refusal(books(one, SPY=100), BreachError)
        assert len(books(one, SPY=95).booked) == 1


def test_what_people_wrote_by_hand_is_not_crossed(tmp_path: Path) -> None:
    """The bounds of overrides count what was filled of it, and of what is crossed nothing is filled."""
    with desk(tmp_path, [IRA], {"core": "A", "sat": "A"}) as one:
        sleeves(one)
        found = planned(one, ("A/core", "SPY", -30))
        ticket = replace(found[0].ticket, id="f" * 32, place="A/sat", units=Decimal(30), strategy=MANUAL, reason="a wish")
        made = gather(one.orders, [*found, *one.orders.add([ticket])])
        assert (made.unsigned, len(made.netted.singles)) == ((), 2)
