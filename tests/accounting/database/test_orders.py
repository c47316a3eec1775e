"""Orders on disk, on both databases: planned once with their run, decided on by persons, sent only where that is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.accounting.database.books import DAY, NOW
from tests.accounting.database.order_books import (
    KEY,
    MINUTE,
    approved,
    execution,
    order_book,
    planned,
    report,
    sent,
    ticket,
)
from trimtab.accounting.database.events import Note, RunKey
from trimtab.accounting.database.order_events import BatchOpened, OrderMoved, OrderPlanned
from trimtab.accounting.database.orders import OrderBook, Plan
from trimtab.accounting.database.refusals import Duplicate, Superseded
from trimtab.accounting.database.verify import verify
from trimtab.core.entries import Fill
from trimtab.core.errors import ApprovalRequired, DataError, Halted, InvariantError
from trimtab.core.orders import Cause, IllegalMove, Status, Ticket, TradingState, client_id

S = Status


both = pytest.mark.parametrize("orders", ["file", "server"], indirect=True)  # all others in memory: the code is the same


@pytest.fixture
def orders(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OrderBook]:
    where = getattr(request, "param", "memory")
    with order_book(where, tmp_path, request.getfixturevalue("server") if where == "server" else None) as one:
        yield one


@both
def test_an_order_from_plan_to_fill_by_hand(orders: OrderBook) -> None:
    """Bought 10 at 100.10 and 100.20 with fees of 0.35: 4 * 100.105 = 400.42 and 6 * 100.2 = 601.20, in cents half to even."""
    done = planned(orders, ticket(10, place="A/core", batch="2026-01-05/1"))
    assert (done.new, done.run.generation, len(done.standings)) == (True, 0, 1)
    order = done.standings[0].id
    orders.approve([order], "bob")
    assert orders.intend(order, "paper", Decimal("100.05")).status is S.INTENT
    part = orders.record(report(order, S.PARTIAL, execution(order, "e1", 4, "100.105", "0.35"), venue_id="v"), "paper")
    assert (part.standing.status, part.standing.left, part.contradictions) == (S.PARTIAL, Decimal(6), ())
    rest = orders.record(report(order, S.FILLED, execution(order, "e2", 6, "100.2"), filled=10), "paper")
    standing = rest.standing
    assert standing == orders.standing(order) == orders.standings("A", {S.FILLED})[0]
    assert (standing.status, standing.filled, standing.spent) == (S.FILLED, Decimal(10), Decimal("1001.62"))
    assert (standing.average, standing.cost) == (Decimal("100.162"), Decimal("0.35"))
    assert (standing.venue, standing.venue_id, standing.arrival) == ("paper", "v", Decimal("100.05"))
    assert standing.planned_at == standing.sent_at == standing.done_at == "2026-01-05T21:00:00Z"
    book = orders.store
    assert [entry for _, entry in book.entries("A/core")] == [
        Fill(DAY, 0, Decimal(4), Decimal("100.105"), Decimal("-400.42"), Decimal("0.35"), order),
        Fill(DAY, 0, Decimal(6), Decimal("100.2"), Decimal("-601.20"), Decimal(0), order),
    ]
    assert book.holdings("A/core") == {0: Decimal(10)}
    assert book.purses("A/core") == {"USD": Decimal("-1001.97")}
    assert [one.id for one in orders.executions(order)] == ["e1", "e2"]
    assert book.keyed(["exec:paper:e1"]).keys() == {"exec:paper:e1"}


@both
def test_everything_of_a_ticket_comes_back(orders: OrderBook) -> None:
    full = ticket(
        "-2.5",
        lots=(("1", Decimal(2)), ("7", Decimal("0.5"))),
        batch="2026-01-05/1",
        strategy="core",
        code="1.2",
        known="2026-01-05T20:00:00Z",
        cutoff="2026-01-05T23:00:00Z",
        reason="Über \u2028 10 %",
        estimate=Decimal("1.25"),
        tax=Decimal("-3.10"),
        warnings=("quote age",),
        four_eyes=True,
    )
    (standing,) = planned(orders, full).standings
    assert replace(standing.ticket, id="") == full
    assert orders.standing(standing.id).ticket == standing.ticket


def test_a_repeated_plan_answers_with_what_stands_and_asks_nothing(orders: OrderBook) -> None:
    first = planned(orders, ticket(10), ticket(-3))
    head = orders.store.head()
    again = orders.plan(KEY, lambda _: pytest.fail("asked"), claimant="other")
    assert (again.new, again.run, again.standings) == (False, first.run, first.standings)
    assert orders.store.head() == head
    assert [one.ticket.units for one in again.standings] == [Decimal(10), Decimal(-3)]
    assert orders.of_run(again.run) == again.standings


@both
def test_a_plan_is_whole_or_nothing(orders: OrderBook) -> None:
    """One order of an instrument that nobody knows: neither the run nor the other order nor the note stands."""
    head = orders.store.head()
    wrong = ticket(1, instrument="XYZ")
    plans = [
        Plan(KEY._replace(account="B"), lambda _: [replace(ticket(5, "B"), id="b")], [Note("gate", {"ok": 1}, "B")]),
        Plan(KEY, lambda _: [replace(ticket(5), id="a"), replace(wrong, id="x")]),
    ]
    with pytest.raises(DataError, match="no instrument 'XYZ'"):
        orders.plan_many(plans, claimant="test")
    assert (orders.store.head(), orders.standings(), orders.store.runs(KEY)) == (head, (), ())


BAD: dict[str, dict[str, Any]] = {
    "no units": {"units": Decimal(0)},
    "no number": {"units": Decimal("NaN")},
    "another currency than its instrument": {"currency": "EUR"},
    "no such sleeve": {"place": "A/growth"},
    "somebody else's place": {"place": "B"},
    "lots that do not come to it": {"units": Decimal(-2), "lots": (("1", Decimal(1)),)},
    "an account and members": {"parts": (("x", Decimal(1)),)},
    "neither": {"account": ""},
    "no parent": {"parent": "nobody"},
    "no block": {"block": "nobody"},
    "another day than its run": {"as_of": date(2026, 1, 6)},
    "a float": {"units": 1.5},
    "a price below zero": {"reference": Decimal(-1)},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_what_is_no_order_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with order_book("memory", tmp_path, None) as orders:
        bad = replace(ticket(10), id="x", **change)
        with pytest.raises((DataError, InvariantError)):
            orders.plan(KEY, lambda _: [bad], claimant="test")
        assert orders.standings() == ()


def test_an_id_stands_once(orders: OrderBook) -> None:
    (one,) = planned(orders, ticket(10)).standings
    with pytest.raises(DataError, match="already"):
        orders.add([replace(one.ticket, units=Decimal(3))])
    with pytest.raises(DataError, match="already"):
        orders.add([replace(ticket(1), id="x"), replace(ticket(2), id="x")])
    with pytest.raises(DataError, match="twice"):
        orders.plan_many([Plan(KEY, lambda _: []), Plan(KEY, lambda _: [])], claimant="test")


@both
def test_a_run_of_a_sleeve_is_its_own(orders: OrderBook) -> None:
    whole = planned(orders, ticket(10))
    sleeve = planned(orders, ticket(5, place="A/core"), key=KEY._replace(account="A/core"))
    assert (whole.new, sleeve.new) == (True, True)
    assert [one.ticket.place for one in orders.of_run(sleeve.run)] == ["A/core"]
    assert len(orders.standings("A")) == 2
    with pytest.raises(DataError, match="no account or sleeve"):
        orders.plan(KEY._replace(account="A/no"), lambda _: [], claimant="test")


@both
def test_a_second_run_needs_a_supersession_which_cancels_what_waits(orders: OrderBook) -> None:
    first = planned(orders, ticket(10), ticket(-3), ticket(4))
    held, gone, waiting = (one.id for one in first.standings)
    orders.hold(held, "later")
    orders.approve([gone], "bob")
    orders.intend(gone, "paper", Decimal(100))
    with pytest.raises(IllegalMove, match="is intent"):
        orders.supersede(first.run, "prices were restated")
    assert orders.standing(waiting).status is S.PLANNED
    orders.move(gone, S.CANCELLED, "proved unsent")
    orders.supersede(first.run, "prices were restated")
    assert {one.status for one in orders.of_run(first.run)} == {S.CANCELLED}
    assert orders.standing(waiting).why == "prices were restated"
    with pytest.raises(Superseded):
        orders.supersede(first.run, "again")
    second = planned(orders, ticket(10))
    assert (second.new, second.run.generation) == (True, 1)
    assert second.standings[0].id not in {held, gone, waiting}
    assert second.standings[0].id == client_id(f"A|{DAY}|{KEY.policy}|1", 0)


def test_editing_changes_units_limit_and_lots_and_after_approval_fewer_units_alone(orders: OrderBook) -> None:
    lots = (("1", Decimal(4)), ("2", Decimal(6)))
    (one,) = planned(orders, ticket(-10, lots=lots, limit=Decimal(99))).standings
    less = orders.edit(one.id, units=Decimal(-5), reason="half")
    assert less.ticket.lots == (("1", Decimal(4)), ("2", Decimal(1)))  # the first of them
    assert (less.edited_by, less.why, less.edition, less.ticket.limit) == ("ann", "half", 1, Decimal(99))
    more = orders.edit(one.id, units=Decimal(-7), limit=Decimal(98), reason="more")
    assert (more.ticket.lots, more.ticket.limit) == ((), Decimal(98))  # lots that are not there: the account's method
    for units in ("5", "0"):
        with pytest.raises(DataError, match="cannot become"):
            orders.edit(one.id, units=Decimal(units), reason="turned")
    with pytest.raises(DataError, match="without a reason"):
        orders.edit(one.id, units=Decimal(-1), reason=" ")
    orders.approve([one.id], "bob")
    for change in ({"units": Decimal(-8)}, {"units": Decimal(-7)}, {"units": Decimal(-1), "limit": Decimal(97)}):
        with pytest.raises(IllegalMove, match="is not edited"):
            orders.edit(one.id, reason="too late", **change)
    cut = orders.edit(one.id, units=Decimal(-6), reason="cut to the cash that is there")
    assert (cut.status, cut.ticket.units, cut.approved_by) == (S.APPROVED, Decimal(-6), "bob")


@both
def test_the_estimate_and_the_tax_of_an_order_follow_its_units(orders: OrderBook) -> None:
    """Regression: half of an order kept all of its estimate. 20 for 10 units are 10 for 5, and 14 for 7; 8.02 are 5.61."""
    (one,) = planned(orders, ticket(-10, estimate=Decimal(20), tax=Decimal("8.02"))).standings
    told = [orders.edit(one.id, units=Decimal(units), reason="other units").ticket for units in (-5, -7)]
    assert [(each.estimate, each.tax) for each in told] == [(Decimal(10), Decimal("4.01")), (Decimal(14), Decimal("5.61"))]
    same = orders.edit(one.id, limit=Decimal(98), reason="patience").ticket
    assert (same.estimate, same.tax) == (told[1].estimate, told[1].tax)
    assert verify(orders.store.session).sound


def test_four_eyes_keep_the_requester_and_every_editor_from_approving(orders: OrderBook) -> None:
    (one, other) = planned(orders, ticket(10, four_eyes=True, by="carl"), ticket(5)).standings
    orders.edit(one.id, units=Decimal(9), reason="less")  # by ann
    OrderBook(orders.store, orders._clock, "dora").edit(one.id, units=Decimal(8), reason="still less")
    for by in ("carl", "Carl ", "ann", "dora", "\uff43arl", "ca\u200brl"):
        with pytest.raises(ApprovalRequired, match="does not approve it"):
            orders.approve([other.id, one.id], by)
    with pytest.raises(ApprovalRequired, match="nobody"):
        orders.approve([one.id], " ")
    with pytest.raises(ApprovalRequired):
        orders.move(one.id, S.APPROVED)  # by the author, who edited it
    assert orders.standing(other.id).status is S.PLANNED  # all or none
    assert orders.approve([one.id], "bob")[0].approved_by == "bob"
    assert orders.approve([other.id], "ann")[0].approved_by == "ann"  # nobody asked for four eyes


def test_whoever_asked_for_an_order_or_edited_it_does_not_approve_a_slice_of_it(orders: OrderBook) -> None:
    (parent,) = planned(orders, ticket(10, four_eyes=True, by="carl")).standings
    OrderBook(orders.store, orders._clock, "dora").edit(parent.id, units=Decimal(9), reason="less")
    orders.add([replace(ticket(5, four_eyes=True, by="ann"), id="s", parent=parent.id)])
    for by in ("carl", "dora", "ann"):
        with pytest.raises(ApprovalRequired, match="does not approve it"):
            orders.approve(["s"], by)
    assert orders.approve(["s"], "bob")[0].approved_by == "bob"


def test_what_a_venue_has_reported_is_not_sent_again_by_a_book_that_forgot_that_it_left(orders: OrderBook) -> None:
    """A backup of before the sending was restored: the order is approved once more, and half of it is filled."""
    (one,) = approved(orders, ticket(10))
    orders.record(report(one, S.PARTIAL, execution(one, "e", 5)), "paper")
    orders.release("A", "the backup was of yesterday")
    with pytest.raises(IllegalMove, match="is not sent again"):
        orders.intend(one, "paper", Decimal(100))
    assert orders.cancel_waiting([one], "half of it is filled")[0].filled == 5


def test_an_order_that_warns_is_approved_with_a_reason(orders: OrderBook) -> None:
    (one,) = planned(orders, ticket(10, warnings=("quote age",))).standings
    with pytest.raises(ApprovalRequired, match="quote age"):
        orders.approve([one.id], "bob")
    (done,) = orders.approve([one.id], "bob", "the market is closed")
    assert (done.status, done.why) == (S.APPROVED, "the market is closed")


def test_persons_hold_decline_and_cancel(orders: OrderBook) -> None:
    one, two, three = (standing.id for standing in planned(orders, ticket(1), ticket(2), ticket(3)).standings)
    assert orders.hold(one, "later").status is S.HELD
    with pytest.raises(IllegalMove):
        orders.approve([one], "bob")
    with pytest.raises(IllegalMove):
        orders.decline(one, "no")
    assert orders.unhold(one).status is S.PLANNED
    with pytest.raises(DataError, match="without a reason"):
        orders.decline(two, "")
    assert orders.decline(two, "too large").status is S.DECLINED
    orders.approve([three], "bob")
    assert [one.status for one in orders.cancel_waiting([one, two, three], "stop")] == [S.CANCELLED, S.DECLINED, S.CANCELLED]
    with pytest.raises(DataError, match="no order 'nobody'"):
        orders.cancel_waiting(["nobody"], "stop")
    with pytest.raises(DataError, match="no order 'nobody'"):
        orders.standing("nobody")


@pytest.mark.parametrize("at", [S.PLANNED, S.HELD, S.INTENT, S.FILLED])
def test_only_what_is_approved_becomes_an_intent(orders: OrderBook, at: Status) -> None:
    (one,) = planned(orders, ticket(10)).standings
    if at is S.HELD:
        orders.hold(one.id)
    elif at is not S.PLANNED:
        orders.approve([one.id], "bob")
        orders.intend(one.id, "paper", Decimal(100))
    if at is S.FILLED:
        orders.record(report(one.id, S.FILLED, execution(one.id, "e", 10)), "paper")
    with pytest.raises(IllegalMove):
        orders.intend(one.id, "paper", Decimal(100))
    with pytest.raises(IllegalMove):
        orders.move(one.id, S.INTENT)
    assert orders.standing(one.id).status is at


def test_a_halted_account_sends_nothing_and_a_reducing_one_sells(orders: OrderBook) -> None:
    buy, sale = approved(orders, ticket(10), ticket(-5))
    (other,) = approved(orders, ticket(1, "B"))
    assert set(orders.kill(["A"], "stop")) == {"A"}
    for order in (buy, sale):
        with pytest.raises(Halted, match="A is halted: person, stop"):
            orders.intend(order, "paper", Decimal(100))
    assert orders.intend(other, "paper", Decimal(100)).status is S.INTENT
    with pytest.raises(Halted, match="halted by a person"):
        orders.reduce("A")
    orders.release("A", "looked at")
    orders.reduce("A", "calm down")
    with pytest.raises(Halted, match="reducing"):
        orders.intend(buy, "paper", Decimal(100))
    assert orders.intend(sale, "paper", Decimal(100)).status is S.INTENT
    assert set(orders.kill()) == {"A", "B", "C", "E"}
    assert {orders.state(account) for account in "ABCE"} == {TradingState.HALTED}


@both
def test_causes_are_lifted_each_in_its_own_way(orders: OrderBook) -> None:
    orders.halt("A", Cause.DIFFERENCE, "4 units of VTI")
    orders.halt("A", Cause.CONTRADICTION, "an execution has changed")
    records = orders.store.last()
    orders.halt("A", Cause.DIFFERENCE, "4 units of VTI")
    assert orders.store.last() == records  # nothing new was said
    orders.lift("A")
    assert [(one.cause, one.why) for one in orders.restraints("A")] == [(Cause.CONTRADICTION, "an execution has changed")]
    assert orders.state("A") is TradingState.HALTED
    with pytest.raises(DataError, match="without a reason"):
        orders.release("A", "")
    orders.release("A", "the venue has corrected it")
    assert (orders.state("A"), orders.restraints()) == (TradingState.ACTIVE, ())
    orders.kill(["A"])
    orders.lift("A")
    assert orders.state("A") is TradingState.HALTED  # a person's halt is lifted by a person
    with pytest.raises(DataError, match="no account"):
        orders.halt("Z", Cause.PERSON, "who?")


def test_an_unknown_order_halts_its_account_until_it_is_settled_and_released(orders: OrderBook) -> None:
    order = sent(orders, ticket(10))
    (other,) = approved(orders, ticket(1), day=date(2026, 1, 6))
    assert orders.move(order, S.UNKNOWN, "timeout").status is S.UNKNOWN
    assert (orders.state("A"), orders.state("B")) == (TradingState.HALTED, TradingState.ACTIVE)
    with pytest.raises(Halted, match="nobody knows"):
        orders.release("A", "I do not mind")
    orders.lift("A")
    assert orders.state("A") is TradingState.HALTED
    orders.record(report(order, S.ACKED), "paper")
    with pytest.raises(Halted):
        orders.intend(other, "paper", Decimal(100))
    orders.lift("A")
    assert orders.intend(other, "paper", Decimal(100)).status is S.INTENT


def test_an_unknown_order_stops_others_even_where_no_halt_stands(orders: OrderBook) -> None:
    """The second guard: a journal that says UNKNOWN and no halt, as only a mistake would write it."""
    order = sent(orders, ticket(10))
    (other,) = approved(orders, ticket(-1), day=date(2026, 1, 6))
    orders.store.append([OrderMoved("A", order, S.UNKNOWN)], recorded=NOW, author="eve")
    assert orders.state("A") is TradingState.ACTIVE
    with pytest.raises(Halted, match="nobody knows whether order"):
        orders.intend(other, "paper", Decimal(100))


@both
def test_live_trading_is_armed_until_an_instant(orders: OrderBook) -> None:
    assert not orders.armed("A", "alpaca", NOW)
    orders.arm("A", "alpaca", NOW + 5 * MINUTE)
    assert orders.armed("A", "alpaca", NOW + 5 * MINUTE - np.timedelta64(1, "s"))
    assert not orders.armed("A", "alpaca", NOW + 5 * MINUTE)
    assert not orders.armed("A", "ibkr", NOW)
    assert not orders.armed("B", "alpaca", NOW)
    orders.arm("A", "alpaca", NOW)
    assert not orders.armed("A", "alpaca", NOW)


def test_batches_are_counted_by_day(orders: OrderBook) -> None:
    labels = [orders.new_batch(day) for day in (DAY, DAY, date(2026, 1, 6), DAY)]
    assert labels == ["2026-01-05/1", "2026-01-05/2", "2026-01-06/1", "2026-01-05/3"]
    for label in ("2026-01-05/5", "2026-01-05/3", "2026-01-06/4", "x", "2026-01-05/-1"):
        with pytest.raises(DataError, match="not the next batch"):
            orders.store.append([BatchOpened(label, DAY)], recorded=NOW, author="eve")


@both
def test_what_has_left_since_an_instant(orders: OrderBook) -> None:
    clock: Any = orders._clock
    first = sent(orders, ticket(10))
    clock.instant = NOW + 10 * MINUTE
    second, third, fourth, waiting = approved(orders, *(ticket(units) for units in (1, 2, 3, 4)), day=date(2026, 1, 6))
    for order in (second, third, fourth):
        orders.intend(order, "paper", Decimal(100))
    orders.move(third, S.CANCELLED, "proved unsent")
    orders.move(fourth, S.UNKNOWN)
    assert [one.id for one in orders.earlier("A", NOW)] == [first, second, fourth]
    orders.move(fourth, S.NEVER_ARRIVED)
    assert [one.id for one in orders.earlier("A", NOW)] == [first, second]
    assert [one.id for one in orders.earlier("A", NOW + MINUTE)] == [second]
    assert orders.earlier("B", NOW) == ()
    assert orders.standing(waiting).sent_at == ""


@pytest.mark.parametrize("first", [6, 4])
def test_slices_never_come_to_more_than_their_parent(orders: OrderBook, first: int) -> None:
    """A parent of 10, and slices of 6 and 5: whichever goes first, the other stays. After a partial fill there is room."""
    (parent,) = approved(orders, ticket(10))
    slices = [replace(ticket(units), id=f"s{units}", parent=parent) for units in (6, 5)]
    ids = [one.id for one in orders.add(slices if first == 6 else slices[::-1])]
    assert [one.id for one in orders.slices(parent)] == ids
    orders.approve(ids, "bob")
    orders.intend(ids[0], "paper", Decimal(100))
    with pytest.raises(InvariantError, match="would come to 11"):
        orders.intend(ids[1], "paper", Decimal(100))
    with pytest.raises(InvariantError, match="would come to"):
        orders.intend(parent, "paper", Decimal(100))  # all of it besides
    orders.record(report(ids[0], S.CANCELLED, execution(ids[0], "e", 3)), "paper")
    assert orders.intend(ids[1], "paper", Decimal(100)).status is S.INTENT  # 3 + 6 at most


def test_a_slice_of_an_order_that_was_stopped_stays(orders: OrderBook) -> None:
    (parent,) = approved(orders, ticket(10))
    (one,) = orders.add([replace(ticket(4), id="s", parent=parent)])
    orders.approve([one.id], "bob")
    orders.cancel_waiting([parent], "stop")
    with pytest.raises(IllegalMove, match="is a slice of"):
        orders.intend(one.id, "paper", Decimal(100))
    for bad in ({"account": "B"}, {"units": Decimal(-4)}, {"instrument": "BND"}, {"parent": "s"}):
        with pytest.raises(DataError, match="no slice"):
            orders.add([replace(ticket(4), id="t", **{"parent": parent, **bad})])


def test_slices_go_with_the_run_of_their_parent(orders: OrderBook) -> None:
    done = planned(orders, ticket(10))
    orders.add([replace(ticket(4), id="s", parent=done.standings[0].id)])
    assert [one.id for one in orders.of_run(done.run)] == [done.standings[0].id, "s"]
    orders.supersede(done.run, "again")
    assert orders.standing("s").status is S.CANCELLED


def test_the_same_execution_twice_is_booked_once(orders: OrderBook) -> None:
    order = sent(orders, ticket(10))
    one = report(order, S.PARTIAL, execution(order, "e", 4))
    assert len(orders.record(one, "paper").booked) == 1
    head = orders.store.head()
    assert orders.record(one, "paper").booked == ()
    assert orders.store.head() == head  # a report that says nothing new writes nothing
    assert orders.store.holdings("A") == {0: Decimal(4)}
    assert orders.state("A") is TradingState.ACTIVE


def test_the_journal_itself_refuses_an_execution_that_is_booked(orders: OrderBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last guard: a store that forgot what it has booked is stopped by the unique key, and nothing is written."""
    order = sent(orders, ticket(10))
    orders.record(report(order, S.PARTIAL, execution(order, "e", 4)), "paper")
    monkeypatch.setattr("trimtab.accounting.database.order_fills.executions_of", lambda *_: ())
    with pytest.raises(Duplicate, match="exec:paper:e"):
        orders.record(report(order, S.PARTIAL, execution(order, "e", 4), filled=8), "paper")
    assert orders.store.holdings("A") == {0: Decimal(4)}


def test_what_cannot_be_is_booked_as_far_as_it_can_be_and_halts(orders: OrderBook) -> None:
    order = sent(orders, ticket(10))
    orders.record(report(order, S.PARTIAL, execution(order, "e1", 4)), "paper")
    changed = orders.record(report(order, S.PARTIAL, execution(order, "e1", 5), filled=4), "paper")
    assert "was 4 at 100, now it is 5 at 100" in changed.contradictions[0]
    assert orders.state("A") is TradingState.HALTED
    orders.release("A", "a mistake of theirs")
    orders.record(report(order, S.CANCELLED, filled=4), "paper")
    assert orders.state("A") is TradingState.ACTIVE
    late = orders.record(report(order, S.CANCELLED, execution(order, "e2", 2)), "paper")
    assert (late.standing.status, late.standing.filled) == (S.CANCELLED, Decimal(6))
    assert orders.store.holdings("A") == {0: Decimal(6)}
    assert [one.cause for one in orders.restraints("A")] == [Cause.CONTRADICTION]
    much = orders.record(report(order, S.CANCELLED, execution(order, "e3", 9)), "paper")
    assert any("has 15 filled" in what for what in much.contradictions)
    assert orders.store.holdings("A") == {0: Decimal(15)}


def test_an_execution_of_another_order_is_not_booked_again(orders: OrderBook) -> None:
    first, second = sent(orders, ticket(10)), sent(orders, ticket(10), day=date(2026, 1, 6))
    orders.record(report(first, S.PARTIAL, execution(first, "e", 4)), "paper")
    found = orders.record(report(second, S.ACKED, execution(second, "e", 4), filled=0), "paper")
    assert (found.booked, found.standing.filled) == ((), Decimal(0))
    assert "is booked for" in found.contradictions[0]
    assert orders.state("A") is TradingState.HALTED
    other = orders.record(report(second, S.ACKED, execution(first, "f", 1), filled=0), "paper")
    assert "is of the order" in other.contradictions[0]


def test_a_count_that_the_executions_do_not_come_to_halts_until_they_do(orders: OrderBook) -> None:
    order = sent(orders, ticket(10))
    found = orders.record(report(order, S.PARTIAL, execution(order, "e1", 4), filled=7), "paper")
    assert (found.contradictions, found.standing.claimed) == ((), Decimal(7))
    (halt,) = orders.restraints("A")
    assert (halt.cause, halt.state) == (Cause.DIFFERENCE, TradingState.HALTED)
    assert halt.why.endswith("paper counts 7 filled, its executions come to 4, a difference of 3")
    orders.record(report(order, S.PARTIAL, execution(order, "e2", 3), filled=7), "paper")
    assert orders.state("A") is TradingState.HALTED  # a reconciliation lifts it, not luck
    orders.lift("A")
    assert orders.state("A") is TradingState.ACTIVE


def test_a_report_of_another_venue_is_refused(orders: OrderBook) -> None:
    order = sent(orders, ticket(10))
    with pytest.raises(DataError, match="went to paper, and file reports it"):
        orders.record(report(order, S.FILLED, execution(order, "e", 10)), "file")
    with pytest.raises(DataError, match="no order 'nobody'"):
        orders.record(report("nobody", S.ACKED), "paper")


def test_partial_fills_take_the_lots_in_their_order(orders: OrderBook) -> None:
    """Lots of 4 and 6: fills of 3, 5 and 2 take 3 | 1 + 4 | 2; a fourth, beyond them, leaves the choice to the account."""
    order = sent(orders, ticket(-10, lots=(("1", Decimal(4)), ("2", Decimal(6)))))
    for name, units in (("a", -3), ("b", -5), ("c", -2), ("d", -1)):
        orders.record(report(order, S.PARTIAL, execution(order, name, units)), "paper")
    lots = [entry.lots for _, entry in orders.store.entries("A") if isinstance(entry, Fill)]
    assert lots == [
        (("1", Decimal(3)),),
        (("1", Decimal(1)), ("2", Decimal(4))),
        (("2", Decimal(2)),),
        (),
    ]


def test_a_fill_is_in_the_currency_of_its_instrument_and_a_future_moves_no_cash(orders: OrderBook) -> None:
    order = sent(orders, ticket(10, "E"))
    orders.record(report(order, S.FILLED, execution(order, "e", 10, "10.005", "0.001")), "paper")
    assert orders.store.purses("E") == {"USD": Decimal("-100.05")}  # 100.05, and the tenth of a cent of fees is none
    future = sent(orders, ticket(2, "B", instrument="ESH6", reference=Decimal(5000)))
    orders.record(report(future, S.FILLED, execution(future, "f", 2, 5000, "4.50")), "paper")
    assert (orders.store.purses("B"), orders.store.holdings("B")) == ({"USD": Decimal("-4.50")}, {2: Decimal(2)})


def test_an_illegal_journal_is_refused_by_a_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is kept when events are applied: a record that got past every check by a planted fault does not replay."""
    with order_book("memory", tmp_path, None) as orders:
        (one,) = planned(orders, ticket(10)).standings
        move = OrderMoved("A", one.id, S.FILLED)
        with pytest.raises(IllegalMove, match="is planned and cannot become filled"):
            orders.store.append([move], recorded=NOW, author="eve")
        with monkeypatch.context() as patch:
            patch.setattr("trimtab.accounting.database.order_projection.require_move", lambda *_: None)
            orders.store.append([move], recorded=NOW, author="eve")
        findings = [str(finding) for finding in verify(orders.store.session).findings]
        assert findings == [f"replay: the check cannot go on: order {one.id} is planned and cannot become filled"]
        monkeypatch.setattr("trimtab.accounting.database.order_projection.require_move", lambda *_: None)
        assert verify(orders.store.session).sound
        monkeypatch.setattr("tests.accounting.database.order_books.verify", lambda _: type("V", (), {"findings": ()}))


def test_an_event_for_somebody_elses_order_is_refused(tmp_path: Path) -> None:
    with order_book("memory", tmp_path, None) as orders:
        (one,) = planned(orders, ticket(10)).standings
        with pytest.raises(DataError, match="is not of B"):
            orders.store.append([OrderMoved("B", one.id, S.HELD)], recorded=NOW, author="eve")


def test_a_ticket_of_a_run_is_of_its_account_and_run(tmp_path: Path) -> None:
    with order_book("memory", tmp_path, None) as orders:
        one: Ticket = replace(ticket(10, "B"), id="x")
        with pytest.raises(DataError, match="is not of the run"):
            orders.plan(RunKey("A", DAY, KEY.policy), lambda _: [one], claimant="test")
        run = planned(orders, ticket(1)).run
        for record in (run.record, 0):  # claimed before, for another account; and no claim at all
            with pytest.raises(DataError, match="is not of the run of record"):
                orders.store.append([OrderPlanned(one, record)], recorded=NOW, author="eve")


@pytest.mark.parametrize(
    "clause", ["account = 'A'", "account = 'A' AND status IN ('planned', 'unknown')", "id = 'x'", "run = 3"]
)
def test_orders_are_found_by_an_index(tmp_path: Path, clause: str) -> None:
    """One account's orders are read without looking at the others."""
    with order_book("memory", tmp_path, None) as orders:
        for more in (clause, "account = 'A' AND sent_at <> '' AND sent_at >= '2026'", "parent = 'x' AND parent <> ''"):
            plan = orders.store.session.execute(f"EXPLAIN QUERY PLAN SELECT * FROM orders WHERE {more} ORDER BY planned")  # noqa: S608
            assert all("SCAN" not in row[-1] for row in plan), plan


def test_whoever_moved_an_order_by_an_override_does_not_approve_a_slice_of_it(orders: OrderBook) -> None:
    (parent,) = planned(orders, ticket(10, four_eyes=True, by="carl", moved_by=("dora",))).standings
    orders.add([replace(ticket(5, four_eyes=True, by="ann"), id="s", parent=parent.id)])
    with pytest.raises(ApprovalRequired, match="DORA wrote an override that moved order s"):
        orders.approve(["s"], "DORA")
    assert orders.approve(["s"], "bob")[0].approved_by == "bob"
