"""Blocks: what is sent for several accounts at once; members stand where their block stands, and share what it filled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.database.order_books import approved, execution, order_book, planned, report, ticket
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.entries import Fill
from trimtab.core.errors import ApprovalRequired, DataError, Halted
from trimtab.core.orders import WORKING, Cause, IllegalMove, Status, Ticket, TradingState

S = Status
both = pytest.mark.parametrize("orders", ["file", "server"], indirect=True)


@pytest.fixture
def orders(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderBook]:
    where = getattr(request, "param", "memory")
    with order_book(where, tmp_path, request.getfixturevalue("server") if where == "server" else None) as one:
        yield one


def members(orders: OrderBook, *units: object, **more: Any) -> list[Ticket]:
    """Approved orders of A, B, C for so many units each."""
    ids = [approved(orders, ticket(some, account, **more))[0] for account, some in zip("ABC", units, strict=False)]
    return [orders.standing(one).ticket for one in ids]


def block_of(tickets: list[Ticket], name: str = "block") -> Ticket:
    """The block order of these."""
    units = sum((one.units for one in tickets), Decimal(0))
    parts = tuple((one.id, one.units) for one in tickets)
    return replace(
        tickets[0], id=name, account="", place="", units=units, parts=parts, block="", lots=(), four_eyes=False, warnings=()
    )


def under_way(orders: OrderBook, tickets: list[Ticket]) -> str:
    """A block of these that has left."""
    orders.add([block_of(tickets)])
    orders.approve(["block"], "bob")
    orders.intend("block", "paper", Decimal(101))
    orders.move("block", S.SENT)
    return "block"


def standings_of(orders: OrderBook, tickets: list[Ticket]) -> list[Status]:
    return [orders.standing(one.id).status for one in tickets]


@both
def test_a_block_that_fills_partly_is_allotted_by_hand(orders: OrderBook) -> None:
    """A 10, B 5, C 5 bought in a block of 20; 7 are filled: 3 at 100.01 and 4 at 100.03, fees of 0.10 and 0.11.

    Due 3.5, 1.75 and 1.75 units: 3, 1, 1 and the two left go to the largest remainders, B and C: 3, 2, 2. Cash is 300.03
    + 400.12 = 700.15 by 3 : 2 : 2: 300.064.., 200.042.., 200.042..: 300.06, 200.04, 200.04, and the cent left goes to A,
    whose remainder is largest: 300.07. Fees of 0.21: 0.09, 0.06, 0.06. The price is 700.15 / 7 = 100.02142857.
    """
    some = members(orders, 10, 5, 5)
    block = under_way(orders, some)
    fills = (execution(block, "e1", 3, "100.01", "0.10"), execution(block, "e2", 4, "100.03", "0.11"))
    orders.record(report(block, S.PARTIAL, *fills), "paper")
    assert standings_of(orders, some) == [S.PARTIAL] * 3
    assert orders.store.holdings("A") == {}  # kept on the block until that is done
    done = orders.record(report(block, S.CANCELLED, filled=7), "paper").standing
    assert (done.status, done.filled, done.cost) == (S.CANCELLED, Decimal(7), Decimal("0.21"))
    assert standings_of(orders, some) == [S.CANCELLED] * 3
    entries = [orders.store.entries(account)[0][1] for account in "ABC"]
    assert [(e.units, e.price, e.amount, e.cost) for e in entries if isinstance(e, Fill)] == [
        (Decimal(3), Decimal("100.02142857"), Decimal("-300.07"), Decimal("0.09")),
        (Decimal(2), Decimal("100.02142857"), Decimal("-200.04"), Decimal("0.06")),
        (Decimal(2), Decimal("100.02142857"), Decimal("-200.04"), Decimal("0.06")),
    ]
    assert [orders.standing(one.id).filled for one in some] == [Decimal(3), Decimal(2), Decimal(2)]
    assert [one.order for one in orders.executions(some[0].id)] == [some[0].id]
    assert orders.state("A") is TradingState.ACTIVE


@both
def test_a_full_block_gives_each_member_what_it_ordered(orders: OrderBook) -> None:
    some = members(orders, "1.25", "0.5", 3)
    block = under_way(orders, some)
    orders.record(report(block, S.FILLED, execution(block, "e", "4.75")), "paper")
    assert [orders.standing(one.id).left for one in some] == [Decimal(0)] * 3
    assert standings_of(orders, some) == [S.FILLED] * 3


units = st.decimals(min_value="0.001", max_value=500, places=3)
fill = st.tuples(
    st.integers(1, 100),
    st.decimals(min_value=1, max_value=900, places=4),
    st.decimals(min_value=0, max_value=3, places=4),
)


@given(st.lists(units, min_size=1, max_size=3), st.lists(fill, min_size=1, max_size=4), st.sampled_from([1, -1]))
@settings(max_examples=12, deadline=None)
def test_members_get_all_of_a_block_and_nothing_else(parts: list[Decimal], fills: list[tuple[Any, ...]], sign: int) -> None:
    """Units, cash and fees of the members sum to those of the block, and nobody gets more than ordered."""
    with order_book("memory", Path(), None) as orders:
        some = members(orders, *(sign * part for part in parts))
        block = under_way(orders, some)
        whole, left, told = orders.standing(block).ticket.units, orders.standing(block).ticket.units, []
        for n, (percent, price, cost) in enumerate(fills):
            part = min((whole * percent / 100).quantize(Decimal("0.001")), left, key=abs)
            if part:
                told.append(execution(block, f"e{n}", part, price, cost))
                left -= part
        orders.record(report(block, S.FILLED if not left else S.EXPIRED, *told), "paper")
        entries = [entry for account in "ABC" for _, entry in orders.store.entries(account) if isinstance(entry, Fill)]
        assert sum((one.units for one in entries), Decimal(0)) == whole - left
        cents = Decimal("0.01")
        assert sum((one.amount for one in entries), Decimal(0)) == sum(
            ((-one.units * one.price).quantize(cents) for one in told), Decimal(0)
        )
        assert sum((one.cost for one in entries), Decimal(0)) == sum((one.cost.quantize(cents) for one in told), Decimal(0))
        assert all(0 <= standing.filled * sign <= standing.ticket.units * sign for standing in orders.standings())
        assert standings_of(orders, some) == [orders.standing(block).status] * len(some)


def test_lots_of_a_member_are_taken_as_far_as_it_sold(orders: OrderBook) -> None:
    some = members(orders, -10, lots=(("1", Decimal(4)), ("2", Decimal(6))))
    block = under_way(orders, some)
    orders.record(report(block, S.EXPIRED, execution(block, "e", -5)), "paper")
    ((_, entry),) = orders.store.entries("A")
    assert isinstance(entry, Fill)
    assert entry.lots == (("1", Decimal(4)), ("2", Decimal(1)))


def test_a_late_fill_of_a_block_is_allotted_too_and_halts_every_member(orders: OrderBook) -> None:
    some = members(orders, 10, 5)
    block = under_way(orders, some)
    orders.record(report(block, S.CANCELLED, execution(block, "e1", 3)), "paper")
    found = orders.record(report(block, S.CANCELLED, execution(block, "e2", 6)), "paper")
    assert found.contradictions
    assert orders.store.holdings("A") == {0: Decimal(6)}
    assert orders.store.holdings("B") == {0: Decimal(3)}
    assert [orders.state(account) for account in "ABC"] == [TradingState.HALTED, TradingState.HALTED, TradingState.ACTIVE]
    assert len(orders.executions(some[0].id)) == 2


def test_a_block_leaves_only_where_every_member_may(orders: OrderBook) -> None:
    some = members(orders, 10, 5)
    orders.add([block_of(some)])
    with pytest.raises(IllegalMove):
        orders.intend("block", "paper", Decimal(100))  # nobody has approved it
    orders.approve(["block"], "bob")
    orders.halt("B", Cause.PERSON, "no")
    with pytest.raises(Halted, match="account B is halted"):
        orders.intend("block", "paper", Decimal(100))
    assert standings_of(orders, some) == [S.APPROVED] * 2
    orders.release("B", "yes")
    assert orders.accounts_of(orders.standing("block")) == ("A", "B")
    orders.intend("block", "paper", Decimal(100))
    assert standings_of(orders, some) == [S.INTENT] * 2
    assert [one.id for one in orders.earlier("B", orders._clock.now())] == [some[1].id]
    orders.move("block", S.UNKNOWN, "timeout")
    assert standings_of(orders, some) == [S.UNKNOWN] * 2
    assert [orders.state(account) for account in "ABC"] == [TradingState.HALTED, TradingState.HALTED, TradingState.ACTIVE]


def test_a_member_is_not_moved_edited_or_sent_by_itself(orders: OrderBook) -> None:
    (one,), (other,) = (planned(orders, ticket(units, account)).standings for units, account in ((10, "A"), (5, "B")))
    orders.add([block_of([one.ticket, other.ticket])])
    for act in (
        lambda: orders.hold(one.id),
        lambda: orders.decline(one.id, "no"),
        lambda: orders.edit(one.id, units=Decimal(1), reason="less"),
        lambda: orders.edit("block", units=Decimal(1), reason="less"),
        lambda: orders.cancel_waiting([one.id], "no"),
    ):
        with pytest.raises(IllegalMove):
            act()
    orders.approve([one.id], "bob")  # each account's own adviser may
    with pytest.raises(IllegalMove, match="is not sent itself"):
        orders.intend(one.id, "paper", Decimal(100))
    orders.approve(["block"], "bob")
    assert standings_of(orders, [one.ticket, other.ticket]) == [S.APPROVED] * 2
    orders.cancel_waiting([one.id, "block"], "stop")
    assert standings_of(orders, [one.ticket, other.ticket]) == [S.CANCELLED] * 2


def test_a_report_of_a_member_halts(orders: OrderBook) -> None:
    some = members(orders, 10, 5)
    under_way(orders, some)
    found = orders.record(report(some[0].id, S.FILLED, execution(some[0].id, "e", 10)), "paper")
    assert "was never sent" in found.contradictions[0]
    assert (orders.state("A"), found.standing.status) == (TradingState.HALTED, S.SENT)


def test_four_eyes_and_warnings_of_members_hold_for_the_block(orders: OrderBook) -> None:
    (one,) = planned(orders, ticket(10, four_eyes=True, by="carl", warnings=("size",))).standings
    orders.add([block_of([one.ticket])])
    with pytest.raises(ApprovalRequired, match="carl"):
        orders.approve(["block"], "carl", "yes")
    with pytest.raises(ApprovalRequired, match="size"):
        orders.approve(["block"], "bob")
    orders.approve(["block"], "bob", "it is small")


BAD: dict[str, dict[str, Any]] = {
    "parts that do not come to it": {"units": Decimal(16)},
    "another instrument": {"instrument": "BND"},
    "other units than its member": {"units": Decimal(14), "parts": None},
    "an account": {"account": "A"},
    "a block of a block": {"block": "other"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_what_is_no_block_is_refused(orders: OrderBook, change: dict[str, Any]) -> None:
    some = members(orders, 10, 5)
    if "parts" in change:
        change = change | {"parts": ((some[0].id, Decimal(10)), (some[1].id, Decimal(4)))}
    with pytest.raises(DataError):
        orders.add([replace(block_of(some), **change)])
    assert [one.ticket.block for one in orders.standings()] == ["", ""]


def test_an_order_goes_with_one_block_while_it_waits(orders: OrderBook) -> None:
    some = members(orders, 10, 5)
    orders.add([block_of(some)])
    with pytest.raises(DataError, match="cannot go with block"):
        orders.add([block_of([orders.standing(some[0].id).ticket], "second")])
    with pytest.raises(DataError, match="no order"):
        orders.add([replace(block_of(some), id="third", parts=(("nobody", Decimal(15)),))])
    orders.approve(["block"], "bob")
    orders.intend("block", "paper", Decimal(100))
    assert {one.status for one in orders.standings()} <= WORKING


def test_an_order_that_has_left_or_is_done_goes_with_no_block(orders: OrderBook) -> None:
    some = members(orders, 10, 5)
    orders.cancel_waiting([some[0].id], "stop")
    orders.intend(some[1].id, "paper", Decimal(100))
    for one in some:
        with pytest.raises(DataError, match="cannot go with block"):
            orders.add([block_of([one])])


def test_a_block_of_futures_moves_no_cash_but_its_cost(orders: OrderBook) -> None:
    some = members(orders, 2, 1, instrument="ESH6", reference=Decimal(5000))
    block = under_way(orders, some)
    orders.record(report(block, S.FILLED, execution(block, "e", 3, 5000, "6.75")), "paper")
    assert [orders.store.purses(account) for account in "AB"] == [{"USD": Decimal("-4.50")}, {"USD": Decimal("-2.25")}]
    assert [orders.store.holdings(account) for account in "AB"] == [{2: Decimal(2)}, {2: Decimal(1)}]


def test_members_and_their_block_are_planned_together(orders: OrderBook) -> None:
    """Planned in one call they may name it already; named by an order, a block must be there and know of it."""
    one = replace(ticket(10), id="m1", block="b")
    orders.add([one, replace(block_of([one]), id="b", block="")])
    assert orders.standing("m1").ticket.block == "b"
    with pytest.raises(DataError, match="no part of it"):
        orders.add([replace(ticket(3), id="m2", block="b")])
