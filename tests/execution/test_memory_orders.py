"""The order store in memory: the machine, refusals before an order leaves, blocks, slices, and batches of a backtest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.faulty_venue import VirtualClock
from tests.execution.order_words import ZERO, A, B, block, ticket
from trimtab.core import orders as words
from trimtab.core.entries import Fill
from trimtab.core.errors import DataError, Halted, InvariantError
from trimtab.core.orders import TRANSITIONS, Cause, IllegalMove, Standing, Status, Ticket, TradingState
from trimtab.core.roles import OrderStore
from trimtab.core.trades import Order
from trimtab.core.venues import Execution, Report
from trimtab.execution import followed
from trimtab.execution.followed import Followed
from trimtab.execution.memory_orders import MemoryOrders

S, DAY, V = Status, date(2026, 11, 2), "paper"


def book(*tickets: Ticket, approve: bool = True) -> MemoryOrders:
    store = MemoryOrders(VirtualClock())
    store.plan(tickets)
    for one in tickets if approve else ():
        if not one.block:
            store.move(one.id, S.APPROVED)
    return store


def execution(one: Ticket, name: str, units: int, price: str = "100", cost: str = "1") -> Execution:
    return Execution(name, one.id, Decimal(units), Decimal(price), Decimal(cost), DAY, "2026-11-02T15:00:00Z")


def says(one: Ticket, status: Status, *fills: Execution, filled: int | None = None) -> Report:
    count = sum((fill.units for fill in fills), ZERO) if filled is None else Decimal(filled)
    return Report(one.id, status, "V1", count, fills)


# Laws


@given(st.lists(st.sampled_from(Status), max_size=12))
@settings(max_examples=200)
def test_an_order_moves_as_the_one_table_says_and_no_other_way(wanted: list[Status]) -> None:
    store = book(ticket(0, 10), approve=False)
    (one,) = store.standings()
    for to in wanted:
        before = store.standing(one.id)
        if to in TRANSITIONS[before.status]:
            assert store.move(one.id, to).edition == before.edition + 1
        else:
            with pytest.raises(IllegalMove):
                store.move(one.id, to)
            assert store.standing(one.id) == before


@st.composite
def backtest_batches(draw: st.DrawFn) -> tuple[list[Order], list[Fill], dict[str, Status]]:
    """Orders, fills of some of them as the simulated broker makes them, and how each must end by the machine itself."""
    units = draw(st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=8))
    orders = [Order(f"2026-11-02:{k}", k, Decimal(count), Decimal(10)) for k, count in enumerate(units)]
    fills, ends = [], {}
    for order in orders:
        got = draw(st.integers(0, int(abs(order.units)))) if draw(st.booleans()) else int(abs(order.units))
        count = Decimal(got).copy_sign(order.units)
        if got:
            fills.append(Fill(DAY, order.asset, count, Decimal(10), -count * 10, ZERO, order.id))
        ends[order.id] = S.FILLED if count == order.units else S.EXPIRED
    return orders, draw(st.permutations(fills)), ends


@given(backtest_batches())
@settings(max_examples=200)
def test_a_batch_ends_as_its_orders_would_one_by_one(batch: tuple[list[Order], list[Fill], dict[str, Status]]) -> None:
    orders, fills, ends = batch
    fast = MemoryOrders()
    fast.follow(orders, fills)
    slow = book(*(Ticket(one.id, A, str(one.asset), one.units, one.reference) for one in orders))
    got = {fill.order: fill for fill in fills}
    for one in orders:  # the obvious way: each order by itself
        slow.intend(one.id, V, one.reference)
        slow.record(Report(one.id, S.ACKED), V)
        if fill := got.get(one.id):
            done = Execution(f"X{one.id}", one.id, fill.units, fill.price, fill.cost, DAY, "")
            slow.record(Report(one.id, S.PARTIAL, "", fill.units, (done,)), V)
        if slow.standing(one.id).status is not S.FILLED:
            slow.record(Report(one.id, S.EXPIRED), V)
    assert fast.followed.statuses == ends == {one.id: one.status for one in slow.standings()}
    assert fast.followed.filled == {one.id: one.filled for one in slow.standings()}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.data())
def test_members_get_all_that_their_block_filled_and_no_more_than_they_asked(sizes: list[int], data: st.DataObject) -> None:
    members = [replace(ticket(0, units, f"member{k}"), id=f"member-{k}") for k, units in enumerate(sizes)]
    whole, *parts = block(0, *members)
    store = book(whole, *parts)
    store.intend(whole.id, V, Decimal(100))
    some = data.draw(st.integers(1, sum(sizes)))
    store.record(says(whole, S.EXPIRED, execution(whole, "X1", some, "100.01", "0.07")), V)
    got = [store.standing(one.id) for one in parts]
    assert sum(one.filled for one in got) == some
    assert sum(one.cost for one in got) == Decimal("0.07")
    assert abs(sum(one.spent for one in got) - some * Decimal("100.01")) < Decimal("1e-25")
    for one in got:
        assert 0 <= one.filled <= one.ticket.units
        assert one.status is store.standing(whole.id).status


# Worked examples


def test_two_fills_of_one_order_are_added_up_at_their_prices() -> None:
    one = ticket(0, 10)
    store = book(one)
    at = store.intend(one.id, V, Decimal("99.5"))
    assert (at.status, at.venue, at.arrival, at.sent_at) == (S.INTENT, V, Decimal("99.5"), "2026-11-02T15:00:00Z")
    store.record(says(one, S.PARTIAL, execution(one, "X1", 4, "100")), V)
    done = store.record(says(one, S.FILLED, execution(one, "X2", 6, "101"), filled=10), V)
    # 4 x 100 + 6 x 101 = 1006 for 10 units: 100.60 on average; 1 + 1 of cost
    assert (done.standing.average, done.standing.cost, done.standing.status) == (Decimal("100.6"), 2, S.FILLED)
    assert done.standing.done_at == "2026-11-02T15:00:00Z"
    assert store.units(A) == {"F0": Decimal(10)}
    assert store.state(A) is TradingState.ACTIVE


def test_a_block_of_seven_among_thirty_and_sixty_gives_two_and_five() -> None:
    whole, *parts = block(0, ticket(0, 30), ticket(0, 60, B))
    store = book(whole, *parts)
    store.intend(whole.id, V, ZERO)
    assert [store.standing(one.id).status for one in parts] == [S.INTENT, S.INTENT]
    store.record(says(whole, S.PARTIAL, execution(whole, "X1", 7)), V)
    assert store.units(A) == {}  # not before the block is final
    store.record(says(whole, S.CANCELLED, filled=7), V)
    # 7 x 30/90 = 2.33 and 7 x 60/90 = 4.67: 2 and 4, and the one left goes to the larger remainder
    assert (store.units(A), store.units(B)) == ({"F0": Decimal(2)}, {"F0": Decimal(5)})


def test_the_first_plan_of_an_id_counts_and_the_second_is_refused_whole() -> None:
    store = book(ticket(0, 10))
    with pytest.raises(DataError, match=f"{ticket(0, 1).id} was planned before and is approved"):
        store.plan([ticket(1, 5), ticket(0, 99)])
    assert [one.ticket for one in store.standings()] == [ticket(0, 10)]
    with pytest.raises(DataError, match="twice in this plan"):
        store.plan([ticket(2, 5), ticket(2, 5)])


# What must not leave


def test_a_halted_account_intends_nothing_and_a_reducing_one_sells_only() -> None:
    buy, sell, other = ticket(0, 10), ticket(1, -10), ticket(2, 10, B)
    store = book(buy, sell, other)
    store.reduce(A, "a drawdown of 20 %")
    with pytest.raises(Halted, match="a drawdown of 20 %"):
        store.intend(buy.id, V, ZERO)
    assert store.intend(sell.id, V, ZERO).status is S.INTENT
    store.halt(A, Cause.PERSON, "kill by ann")
    assert store.state(A) is TradingState.HALTED
    with pytest.raises(Halted, match="kill by ann"):
        store.intend(buy.id, V, ZERO)
    assert store.intend(other.id, V, ZERO).status is S.INTENT  # another account trades on
    store.release(A)
    assert store.intend(buy.id, V, ZERO).status is S.INTENT


def test_an_unknown_order_stops_its_account_even_after_a_person_released_it() -> None:
    first, second = ticket(0, 10), ticket(1, 10)
    store = book(first, second)
    store.intend(first.id, V, ZERO)
    store.move(first.id, S.UNKNOWN, "timeout")
    assert store.halts(A) == ((Cause.UNKNOWN, f"order {first.id} is unknown: timeout"),)
    store.lift(A)
    assert store.state(A) is TradingState.HALTED  # one is left
    store.release(A)
    with pytest.raises(Halted, match="nobody knows the fate"):
        store.intend(second.id, V, ZERO)
    store.record(says(first, S.ACKED), V)
    assert store.intend(second.id, V, ZERO).status is S.INTENT


def test_a_block_waits_for_each_of_its_accounts_and_halts_them_all() -> None:
    whole, *parts = block(0, ticket(0, 30), ticket(0, 60, B))
    store = book(whole, *parts)
    store.halt(B, Cause.PERSON, "kill")
    with pytest.raises(Halted, match="account bob is halted"):
        store.intend(whole.id, V, ZERO)
    store.release(B)
    store.intend(whole.id, V, ZERO)
    store.move(whole.id, S.UNKNOWN, "timeout")
    assert [store.state(one) for one in (A, B)] == [TradingState.HALTED] * 2
    with pytest.raises(IllegalMove, match="part of block"):
        store.move(parts[0].id, S.NEVER_ARRIVED)


def test_a_member_never_leaves_by_itself() -> None:
    whole, *parts = block(0, ticket(0, 30), ticket(0, 60, B))
    store = book(whole, *parts)
    assert store.standing(parts[0].id).status is S.APPROVED
    with pytest.raises(IllegalMove, match="part of block"):
        store.intend(parts[0].id, V, ZERO)


def test_one_reason_to_halt_is_said_once() -> None:
    store = MemoryOrders()
    for why in ("kill", "kill", "again"):
        store.halt(A, Cause.PERSON, why)
    assert store.halts(A) == ((Cause.PERSON, "kill"), (Cause.PERSON, "again"))


def test_slices_never_come_to_more_than_their_parent_and_what_one_left_may_go_again() -> None:
    parent = ticket(0, 100)
    slices = [replace(ticket(k, units), parent=parent.id) for k, units in ((1, 60), (2, 41), (3, 40), (4, 25), (5, -1))]
    store = book(parent, *slices)
    store.intend(slices[0].id, V, ZERO)
    with pytest.raises(InvariantError, match="come to 101 of 100"):
        store.intend(slices[1].id, V, ZERO)  # 60 + 41: one unit too many
    assert store.intend(slices[2].id, V, ZERO).status is S.INTENT  # 60 + 40: the boundary
    store.record(says(slices[0], S.EXPIRED, execution(slices[0], "X1", 35)), V)
    assert store.intend(slices[3].id, V, ZERO).status is S.INTENT  # 35 filled + 40 + 25
    gone = book(parent, slices[4], slices[0])
    with pytest.raises(InvariantError, match="come to -1 of 100"):
        gone.intend(slices[4].id, V, ZERO)
    gone.move(parent.id, S.CANCELLED)
    with pytest.raises(InvariantError, match="cancelled"):
        gone.intend(slices[0].id, V, ZERO)


# What cannot be, and what is missing


@pytest.mark.parametrize(
    ("status", "fills", "cause", "said"),
    [
        (S.FILLED, (("X1", 12),), Cause.CONTRADICTION, "of 10 has 12 filled"),
        (S.PARTIAL, (("X1", -2),), Cause.CONTRADICTION, "goes the other way"),
        (S.PARTIAL, (("X1", 3), ("X1", 4)), Cause.CONTRADICTION, "was 3 at 100, now it is 4 at 100"),
        (S.REJECTED, (("X1", 3),), Cause.CONTRADICTION, "reported as rejected, and 3 of it are filled"),
        (S.PLANNED, (), Cause.CONTRADICTION, "reports it as planned"),
    ],
)
def test_what_cannot_be_halts_the_account(status: Status, fills: tuple[tuple[str, int], ...], cause: Cause, said: str) -> None:
    one = ticket(0, 10)
    store = book(one)
    store.intend(one.id, V, ZERO)
    done = store.record(says(one, status, *(execution(one, *fill) for fill in fills)), V)
    assert any(said in what for what in done.contradictions)
    assert (cause, True) in [(halted, said in why) for halted, why in store.halts(A)]
    store.lift(A)
    assert store.state(A) is TradingState.HALTED  # a person alone lifts it


def test_a_fill_of_a_final_order_is_booked_and_halts() -> None:
    one = ticket(0, 10)
    store = book(one)
    store.intend(one.id, V, ZERO)
    store.record(says(one, S.CANCELLED), V)
    store.record(says(one, S.CANCELLED, execution(one, "X1", 4)), V)
    assert store.units(A) == {"F0": Decimal(4)}
    assert store.standing(one.id).status is S.CANCELLED
    assert [cause for cause, _ in store.halts(A)] == [Cause.CONTRADICTION]


def test_executions_that_are_missing_halt_with_the_exact_difference_until_a_clean_reconciliation() -> None:
    one = ticket(0, 10)
    store = book(one)
    store.intend(one.id, V, ZERO)
    store.record(says(one, S.PARTIAL, execution(one, "X1", 3), filled=7), V)
    assert store.halts(A)[0][1].endswith("the venue counts 7 filled, its executions come to 3: 4 are missing")
    store.record(says(one, S.PARTIAL, execution(one, "X2", 4), filled=7), V)
    store.lift(A)
    assert store.state(A) is TradingState.ACTIVE


def test_an_execution_id_of_another_order_of_the_venue_is_a_contradiction() -> None:
    one, two, three = ticket(0, 10), ticket(1, 10), ticket(2, 10)
    store = book(one, two, three)
    for each in (one, two):
        store.intend(each.id, V, ZERO)
    store.intend(three.id, "another", ZERO)
    store.record(says(one, S.PARTIAL, execution(one, "X1", 3)), V)
    assert store.record(says(two, S.PARTIAL, execution(two, "X1", 3)), V).contradictions
    assert store.units(A) == {"F0": Decimal(3)}
    other = store.record(says(three, S.PARTIAL, execution(three, "X1", 3)), "another")  # has ids of its own
    assert (other.booked, other.contradictions) == ((execution(three, "X1", 3),), ())
    with pytest.raises(DataError, match="went to another"):
        store.record(says(three, S.PARTIAL), V)


def test_there_is_no_order_that_nobody_planned() -> None:
    with pytest.raises(DataError, match="there is no order"):
        MemoryOrders().standing("nobody's")


# Batches of a backtest

ORDERS = (Order("d:0", 0, Decimal(-5), Decimal(10)), Order("d:1", 1, Decimal(5), Decimal(10)))


def fill(order: Order, units: int) -> Fill:
    return Fill(DAY, order.asset, Decimal(units), order.reference, ZERO, ZERO, order.id)


def test_a_batch_keeps_what_became_of_each_order() -> None:
    store = MemoryOrders()
    store.follow(ORDERS, [fill(ORDERS[1], 3), fill(ORDERS[1], 1)])
    store.follow((), ())
    assert store.followed.statuses == {"d:0": S.EXPIRED, "d:1": S.EXPIRED}
    assert store.followed.filled == {"d:0": ZERO, "d:1": Decimal(4)}
    with pytest.raises(TypeError):
        store.followed.statuses["d:0"] = S.FILLED  # type: ignore[index]


@pytest.mark.parametrize(
    ("fills", "said"),
    [
        ([fill(ORDERS[0], -6)], "of -5 has -6 filled"),
        ([fill(ORDERS[0], -5), fill(ORDERS[0], -1)], "of -5 has -6 filled"),
        ([fill(ORDERS[1], -1)], "of 5 has -1 filled"),
        ([fill(ORDERS[1]._replace(id="d:9"), 5)], "not sent: d:9"),
    ],
)
def test_a_batch_whose_fills_cannot_be_is_refused_whole(fills: list[Fill], said: str) -> None:
    store = MemoryOrders()
    with pytest.raises(InvariantError, match=said):
        store.follow(ORDERS, fills)
    assert (dict(store.followed.statuses), dict(store.followed.filled)) == ({}, {})


def test_a_batch_with_an_id_seen_before_is_refused() -> None:
    store = MemoryOrders()
    store.follow(ORDERS, [])
    for again in (ORDERS[:1], (ORDERS[0]._replace(id="d:7"),) * 2):
        with pytest.raises(InvariantError, match="planned before"):
            store.follow(again, [])
    with pytest.raises(InvariantError, match="not sent: d:0"):
        store.follow((), [fill(ORDERS[0], -5)])


def test_a_halted_account_follows_no_batch() -> None:
    store = MemoryOrders()
    store.halt(A, Cause.PERSON, "kill")
    with pytest.raises(Halted, match="kill"):
        store.follow(ORDERS, [], A)
    store.follow(ORDERS, [], B)


@pytest.mark.parametrize("at", [S.PLANNED, S.APPROVED, S.INTENT, S.SENT, S.ACKED, S.PARTIAL])
def test_a_batch_is_held_to_the_one_table(monkeypatch: pytest.MonkeyPatch, at: Status) -> None:
    """The control: with any row of the table emptied, no batch that needs it goes through."""
    shut: Mapping[Status, frozenset[Status]] = {**TRANSITIONS, at: frozenset()}
    monkeypatch.setattr(words, "TRANSITIONS", shut)
    with pytest.raises(IllegalMove):
        Followed().follow(ORDERS, [fill(ORDERS[1], 3)])
    assert followed.require_move is words.require_move


def test_the_store_in_memory_fills_the_role() -> None:
    store: OrderStore = MemoryOrders()
    assert store.standings() == ()
    assert isinstance(Standing(ticket(0, 1)), Standing)
