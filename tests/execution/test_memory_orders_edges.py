"""The order store in memory at its edges: who gets what of a block, what is dated, and what is said. Found by mutants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.execution.faulty_venue import VirtualClock
from tests.execution.order_words import ZERO, A, B, Shop, block, ticket
from trimtab.core.errors import Halted, InvariantError
from trimtab.core.orders import Cause, Status, Ticket
from trimtab.core.venues import Execution, Report, Venue
from trimtab.execution.memory_orders import MemoryOrders

D, S, V = Decimal, Status, "paper"
DAY = date(2026, 11, 2)


def approved(*tickets: Ticket) -> MemoryOrders:
    store = MemoryOrders(VirtualClock())
    store.plan(tickets)
    for one in tickets:
        if not one.block:
            store.move(one.id, S.APPROVED)
    return store


def execution(one: Ticket, name: str, units: str, price: str = "100", cost: str = "1") -> Execution:
    return Execution(name, one.id, D(units), D(price), D(cost), DAY, "2026-11-02T15:00:00Z")


def says(one: Ticket, status: Status, *fills: Execution, why: str = "") -> Report:
    return Report(one.id, status, "V1", sum((fill.units for fill in fills), ZERO), fills, why)


def sent(store: MemoryOrders, one: Ticket, price: str = "101") -> None:
    store.intend(one.id, V, D(price))
    store.move(one.id, S.SENT)


def test_what_was_planned_is_handed_back_in_its_order() -> None:
    tickets = (ticket(0, 10), ticket(1, -5, B))
    made = MemoryOrders(VirtualClock()).plan(tickets)
    assert [(one.ticket, one.status, one.edition) for one in made] == [(one, S.PLANNED, 0) for one in tickets]


def test_executions_and_units_are_those_of_the_order_and_the_account() -> None:
    buy, sell, other, idle = ticket(0, 3), replace(ticket(1, -3), instrument="F0"), ticket(2, 4, B), ticket(3, 1)
    store = approved(buy, sell, other, idle)
    for one, name, units in ((buy, "e1", "3"), (other, "e2", "4"), (sell, "e3", "-3")):
        sent(store, one)
        store.record(says(one, S.FILLED, execution(one, name, units)), V)
    assert [[one.id for one in store.executions(order.id)] for order in (buy, sell, other, idle)] == [
        ["e1"],
        ["e3"],
        ["e2"],
        [],
    ]
    assert (store.units(A), store.units(B)) == ({}, {"F2": D(4)})


def test_only_what_has_ended_is_dated_and_each_change_is_an_edition() -> None:
    one = ticket(0, 10)
    store = approved(one)
    sent(store, one)
    part = store.record(says(one, S.PARTIAL, execution(one, "a", "4"), why="some of it"), V).standing
    assert (part.status, part.done_at, part.edition, part.arrival, part.why) == (S.PARTIAL, "", 4, 101, "some of it")
    again = store.record(says(one, S.PARTIAL, execution(one, "a", "4"), why="some of it"), V).standing
    assert again.edition == 4  # nothing new
    end = store.record(says(one, S.FILLED, execution(one, "a", "4"), execution(one, "b", "6")), V).standing
    assert (end.status, bool(end.done_at), end.edition) == (S.FILLED, True, 5)
    late = store.record(replace_venue_id(says(one, S.FILLED, execution(one, "a", "4"), execution(one, "b", "6"))), V).standing
    assert (late.done_at, late.edition) == (end.done_at, 6)


def replace_venue_id(report: Report) -> Report:
    return report._replace(venue_id="V2")


@pytest.mark.parametrize("side", ["", "-"])
def test_members_of_a_block_get_their_parts_at_the_average_price_and_of_its_cost(side: str) -> None:
    # 6 of 8 for two who asked for 6 and 2 are 4.5 and 1.5; in whole units 5 and 1, of equal remainders the earlier.
    # 2 at 100 and 4 at 103 are 612 together, 102 apiece. 1.00 of cost: 0.83 and 0.17.
    first, second = ticket(0, int(f"{side}6")), replace(ticket(0, int(f"{side}2"), B))
    whole, *members = block(0, first, second)
    store = approved(whole, *members)
    sent(store, whole)
    fills = (execution(whole, "a", f"{side}2", "100", "0.40"), execution(whole, "b", f"{side}4", "103", "0.60"))
    store.record(says(whole, S.PARTIAL, *fills), V)
    assert [store.standing(one.id).filled for one in members] == [0, 0]  # not before it is final
    store.record(says(whole, S.CANCELLED, *fills), V)
    sign = -1 if side else 1
    got = [store.standing(one.id) for one in members]
    assert [(one.filled, one.claimed, one.spent, one.cost) for one in got] == [
        (5 * sign, 5 * sign, 510 * sign, D("0.83")),
        (1 * sign, 1 * sign, 102 * sign, D("0.17")),
    ]
    assert [(one.status, one.venue, bool(one.done_at), one.edition) for one in got] == [(S.CANCELLED, V, True, 5)] * 2
    assert [store.units(account) for account in (A, B)] == [{"F0": 5 * sign}, {"F0": 1 * sign}]


def test_what_comes_late_of_a_block_is_given_at_its_own_price() -> None:
    whole, *members = block(0, ticket(0, 2), ticket(0, 2, B))
    store = approved(whole, *members)
    sent(store, whole)
    early = (execution(whole, "a", "2", "100"),)
    store.record(says(whole, S.PARTIAL, *early)._replace(filled=D(4)), V)
    store.record(says(whole, S.CANCELLED, *early)._replace(filled=D(4)), V)
    late = (*early, execution(whole, "b", "2", "110", "3"))
    store.record(says(whole, S.CANCELLED, *late), V)
    got = [store.standing(one.id) for one in members]
    assert [(one.filled, one.spent, one.cost) for one in got] == [(2, 210, 2)] * 2  # 1 at 100 and 1 at 110; half of 1 and of 3


@pytest.mark.parametrize(
    ("units", "filled", "wanted"), [(("0.5", "0.25"), "0.75", ("0.5", "0.25")), (("3", "1"), "0.4", ("0.3", "0.1"))]
)
def test_fractions_are_given_as_fine_as_they_were_asked_for_or_filled(
    units: tuple[str, str], filled: str, wanted: tuple[str, str]
) -> None:
    asked = [replace(ticket(0, 1, account), units=D(count)) for account, count in zip((A, B), units, strict=True)]
    whole, *members = block(0, *asked)
    store = approved(whole, *members)
    sent(store, whole)
    store.record(says(whole, S.CANCELLED, execution(whole, "a", filled)), V)
    assert [store.standing(one.id).filled for one in members] == [D(one) for one in wanted]


def test_a_halted_account_says_all_that_it_is_halted_for() -> None:
    store = approved(ticket(0, 10))
    store.halt(A, Cause.PERSON, "a person")
    store.halt(A, Cause.DIFFERENCE, "a difference")
    store.halt(A, Cause.PERSON, "a person")  # said before
    with pytest.raises(Halted) as caught:
        store.intend(ticket(0, 10).id, V, D(101))
    assert caught.value.what == f"order {ticket(0, 10).id} is not sent: account ann is halted: a person; a difference"


def test_an_account_that_reduces_sells_a_fraction_and_buys_none() -> None:
    buy, sell = replace(ticket(0, 1), units=D("0.5")), replace(ticket(1, -1), units=D("-0.5"))
    store = approved(buy, sell)
    store.reduce(A, "by hand")
    with pytest.raises(Halted, match=r"it only reduces \(by hand\), and this is a purchase"):
        store.intend(buy.id, V, D(101))
    assert store.intend(sell.id, V, D(101)).status is S.INTENT


def test_sales_of_a_fraction_go_before_purchases_of_one() -> None:
    buy, sell = replace(ticket(0, 1), units=D("0.5")), replace(ticket(1, -1), units=D("-0.5"))
    shop = Shop([buy, sell])
    order = [one.standing.id for one in shop.outbox.send(shop.batch, shop.ids)]
    assert order == [sell.id, buy.id]


@pytest.mark.parametrize("side", [1, -1])
def test_slices_come_to_their_parent_and_no_further_on_either_side(side: int) -> None:
    parent = replace(ticket(0, 1), units=side * D("0.5"))
    slices = [
        replace(ticket(k, 1), units=side * D(count), parent=parent.id) for k, count in ((1, "0.3"), (2, "0.2"), (3, "0.1"))
    ]
    astray = replace(ticket(4, 1), units=side * D("-0.1"), parent=parent.id)
    store = approved(parent, *slices, astray)
    with pytest.raises(InvariantError, match="come to"):
        store.intend(astray.id, V, D(101))  # against the parent, and first
    assert [store.intend(one.id, V, D(101)).status for one in slices[:2]] == [S.INTENT, S.INTENT]
    with pytest.raises(InvariantError, match="come to"):
        store.intend(slices[2].id, V, D(101))


class Confused:
    """A venue that answers for another order than it was asked for."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._venue, name)

    def find(self, order: str) -> Report:
        return Report("another", S.ACKED, "V1")


def test_an_answer_about_another_order_is_none() -> None:
    shop = Shop([ticket(0, 10)])
    shop.store.intend(shop.ids[0], shop.venue.name, D(101))
    (asked,) = shop.another(venue=Confused(shop.venue)).recover(A)
    assert (asked.silent, asked.standing.status) == (True, S.UNKNOWN)
    assert "does not answer for it" in asked.why
