"""Netting: nothing is lost between tickets and what is sent, crosses stay where they may, blocks are deterministic."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.core.money import Currency
from trimtab.core.orders import OrderKind, Ticket, TimeInForce
from trimtab.execution import netting as module
from trimtab.execution.netting import Crossing, Netted, blocks, cross_fills

D = Decimal
HOUSEHOLDS = {"A1": "smith", "A2": "smith", "A3": "jones"}


def ticket(name: str, account: str, units: str, **more: object) -> Ticket:
    place = more.pop("place", account)
    return replace(Ticket(name, account, "SPY", D(units), D(100), place=str(place)), **more)


@st.composite
def batches(draw: st.DrawFn) -> list[Ticket]:
    """Tickets of several accounts and sleeves, whole and fractional units, market and limit, two instruments."""
    found = []
    for k in range(draw(st.integers(0, 10))):
        account = draw(st.sampled_from(sorted(HOUSEHOLDS)))
        kind = draw(st.sampled_from([OrderKind.MARKET, OrderKind.MARKET, OrderKind.LIMIT]))
        units = draw(st.one_of(st.integers(1, 300).map(D), st.decimals("0.01", 50, places=2, allow_nan=False)))
        sign = draw(st.sampled_from([1, -1]))
        found.append(
            replace(
                ticket(f"t{k}", account, "1", place=f"{account}/{draw(st.sampled_from('xyz'))}"),
                units=sign * units,
                instrument=draw(st.sampled_from(["SPY", "TLT"])),
                kind=kind,
                limit=D(99) if kind is OrderKind.LIMIT else D(0),
                estimate=D("0.10"),
                lots=((f"lot{k}", units),) if sign < 0 else (),
            )
        )
    return found


def losses(tickets: list[Ticket], netted: Netted) -> list[str]:
    """Tickets that do not come out as they went in: units, lots and estimates, over everything that became of them."""
    got: dict[str, list[Ticket]] = defaultdict(list)
    for one in (*netted.members, *netted.singles, *netted.dropped, *(x for c in netted.crosses for x in (c.seller, c.buyer))):
        got[one.id].append(one)
    wrong = [f"{name} is new" for name in set(got) - {one.id for one in tickets}]
    for one in tickets:
        parts = got[one.id]
        lots = sum(units for part in parts for _, units in part.lots)
        sums = (sum(part.units for part in parts), sum(part.estimate for part in parts), lots)
        if sums != (one.units, one.estimate, sum(units for _, units in one.lots)):
            wrong.append(f"{one.id}: {sums}")
        if any(part.units * one.units <= 0 for part in parts):
            wrong.append(f"{one.id} has a part of nothing, or the other way")
    return wrong


@given(batches(), st.sampled_from(Crossing), st.sampled_from([D(0), D(2000)]))
@settings(max_examples=100)
def test_nothing_is_lost_or_made(tickets: list[Ticket], crossing: Crossing, minimum: Decimal) -> None:
    netted = blocks(tickets, crossing, households=HOUSEHOLDS, minimum=minimum)
    assert losses(tickets, netted) == []
    for block in netted.blocks:
        members = [one for one in netted.members if one.block == block.id]
        assert block.parts == tuple((one.id, one.units) for one in members)
        assert sum(one.units for one in members) == block.units
        assert len(members) > 1
        assert all((one.instrument, one.kind, one.limit) == (block.instrument, block.kind, block.limit) for one in members)
        assert all(one.units * block.units > 0 for one in members)
        assert block.account == ""
    assert {one.block for one in netted.members} == {one.id for one in netted.blocks}
    assert all(one.notional >= minimum for one in (*netted.blocks, *netted.singles))


@given(batches(), st.randoms(use_true_random=False), st.sampled_from(Crossing))
@settings(max_examples=40)
def test_the_order_of_the_tickets_is_no_matter(tickets: list[Ticket], chance: object, crossing: Crossing) -> None:
    mixed = list(tickets)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert blocks(mixed, crossing, households=HOUSEHOLDS) == blocks(tickets, crossing, households=HOUSEHOLDS)


@given(batches(), st.sampled_from(Crossing))
@settings(max_examples=60)
def test_crosses_stay_inside_and_leave_nothing_to_cross(tickets: list[Ticket], crossing: Crossing) -> None:
    owner = {
        Crossing.NONE: lambda one: one.id,
        Crossing.ACCOUNT: lambda one: one.account,
        Crossing.HOUSEHOLD: lambda one: HOUSEHOLDS[one.account],
    }[crossing]
    netted = blocks(tickets, crossing, households=HOUSEHOLDS)
    for cross in netted.crosses:
        assert owner(cross.seller) == owner(cross.buyer)
        assert cross.units == -cross.seller.units == cross.buyer.units > 0
        assert OrderKind.LIMIT not in (cross.seller.kind, cross.buyer.kind)
    sides = defaultdict(set)
    for one in (*netted.members, *netted.singles):
        if one.kind is not OrderKind.LIMIT:
            sides[owner(one), one.instrument].add(one.units > 0)
    assert all(len(side) == 1 for side in sides.values())
    assert len({cross.id for cross in netted.crosses}) == len(netted.crosses)


@given(batches())
@settings(max_examples=50)
def test_the_longer_side_is_crossed_pro_rata(tickets: list[Ticket]) -> None:
    netted = blocks(tickets)
    crossed = defaultdict(D)
    for cross in netted.crosses:
        crossed[cross.seller.id] += cross.units
        crossed[cross.buyer.id] += cross.units
    for account in HOUSEHOLDS:
        for name in ("SPY", "TLT"):
            mine = [one for one in tickets if (one.account, one.instrument, one.kind) == (account, name, OrderKind.MARKET)]
            for side in (1, -1):
                whole = sum(abs(one.units) for one in mine if one.units * side > 0)
                inside = min(sum(abs(one.units) for one in mine if one.units * way > 0) for way in (1, -1))
                for one in mine:
                    if one.units * side > 0:
                        assert abs(crossed[one.id] - inside * abs(one.units) / whole) < 1


def test_the_law_catches_a_block_that_forgets_a_crossed_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: whoever crosses anything is left out of what is sent."""
    real = module._crossed

    def forgetful(tickets: list[Ticket], owner: object) -> object:
        rest, crosses = real(tickets, owner)
        gone = {one.id for cross in crosses for one in (cross.seller, cross.buyer)}
        return [one for one in rest if one.id not in gone], crosses

    monkeypatch.setattr(module, "_crossed", forgetful)
    tickets = [ticket("a", "A1", "100"), ticket("b", "A1", "-30", place="A1/x")]
    assert losses(tickets, blocks(tickets)) == ["a: (Decimal('30'), Decimal('0'), 0)"]


def test_sleeves_are_crossed_and_the_rest_goes_out_in_one_block() -> None:
    # A1/x buys 100 and A1/y 50, A1/z sells 60: 60 cross, 40 and 20 of them by 100 : 50. Left: buy 60 and 30.
    # With the 10 of A3 they are a block of 100.
    tickets = [
        ticket("a", "A1", "100", place="A1/x"),
        ticket("b", "A1", "50", place="A1/y"),
        ticket("c", "A1", "-60", place="A1/z", lots=(("old", D(60)),)),
        ticket("d", "A3", "10"),
    ]
    netted = blocks(tickets)
    assert [(c.seller.place, c.buyer.place, c.units, c.seller.lots) for c in netted.crosses] == [
        ("A1/z", "A1/x", 40, (("old", 40),)),
        ("A1/z", "A1/y", 20, (("old", 20),)),
    ]
    (block,) = netted.blocks
    assert (block.units, block.parts, block.account) == (100, (("a", 60), ("b", 30), ("d", 10)), "")
    assert {one.id: one.block for one in netted.members} == dict.fromkeys("abd", block.id)
    assert netted.singles == netted.dropped == ()


def test_what_is_sent_keeps_the_first_lots_and_what_is_crossed_takes_the_last() -> None:
    # A sale of 10 out of lots of 6 and 4, of which 7 cross: 3 of the first lot are sold, 3 of it and the second cross.
    tickets = [ticket("a", "A1", "7"), ticket("b", "A1", "-10", place="A1/x", lots=(("one", D(6)), ("two", D(4))))]
    netted = blocks(tickets)
    assert netted.singles[0].lots == (("one", 3),)
    assert netted.crosses[0].seller.lots == (("one", 3), ("two", 4))


def test_round_hundreds_are_crossed_to_the_unit() -> None:
    # Two sleeves buy 100 each, a third sells 100: 50 and 50 cross, not 100 and nothing.
    tickets = [ticket("a", "A1", "100"), ticket("b", "A1", "100", place="A1/y"), ticket("c", "A1", "-100", place="A1/z")]
    assert [cross.units for cross in blocks(tickets).crosses] == [50, 50]


def test_accounts_are_crossed_only_where_their_household_may() -> None:
    tickets = [ticket("a", "A1", "100"), ticket("b", "A2", "-100"), ticket("c", "A3", "-100")]
    assert blocks(tickets, households=HOUSEHOLDS).crosses == ()
    assert blocks(tickets, Crossing.NONE, households=HOUSEHOLDS).crosses == ()
    (cross,) = blocks(tickets, Crossing.HOUSEHOLD, households=HOUSEHOLDS).crosses
    assert (cross.seller.id, cross.buyer.id) == ("b", "a")
    assert blocks(tickets, Crossing.HOUSEHOLD, households={"A2": "smith"}).crosses == ()  # A1 is left out: it must not cross
    assert blocks(tickets, Crossing.HOUSEHOLD).crosses == ()


def test_a_household_is_crossed_after_its_accounts() -> None:
    # A1 buys 10 and sells 10 inside: A2, who sells 10, finds nobody. Pro rata over the household A1 would buy half from A2.
    tickets = [ticket("a", "A1", "10"), ticket("b", "A1", "-10", place="A1/x"), ticket("c", "A2", "-10")]
    netted = blocks(tickets, Crossing.HOUSEHOLD, households=HOUSEHOLDS)
    assert [(c.seller.id, c.buyer.id, c.units) for c in netted.crosses] == [("b", "a", 10)]
    assert [one.id for one in netted.singles] == ["c"]


@pytest.mark.parametrize(
    "more",
    [
        {"instrument": "TLT"},
        {"currency": "EUR"},
        {"kind": OrderKind.ON_CLOSE},
        {"kind": OrderKind.LIMIT, "limit": D(99)},
        {"tif": TimeInForce.GTC},
        {"units": D(-10)},
        {"code": "0.8"},
    ],
)
def test_what_differs_in_kind_does_not_share_a_block(more: dict[str, object]) -> None:
    one, other = ticket("a", "A1", "10"), ticket("b", "A2", "10")
    assert len(blocks([one, other]).blocks) == 1
    apart = blocks([one, replace(other, **more)])
    assert (apart.blocks, len(apart.singles)) == ((), 2)


def test_what_a_block_says_of_its_members() -> None:
    one = ticket("a", "A1", "10", as_of=date(2026, 1, 5), known="2026-01-05T20:00:00Z", cutoff="2026-01-05T23:00:00Z")
    one = replace(one, policy="p", strategy="core", batch="2026-01-05/1", by="ann", estimate=D("1.5"), warnings=("w",))
    two = replace(one, id="b", account="A2", place="A2", units=D(30), known="2026-01-05T21:00:00Z", four_eyes=True)
    (block,) = blocks([one, two]).blocks
    assert (block.policy, block.strategy, block.batch, block.by) == ("p", "core", "2026-01-05/1", "ann")
    assert (block.known, block.cutoff, block.as_of) == ("2026-01-05T21:00:00Z", "2026-01-05T23:00:00Z", date(2026, 1, 5))
    assert (block.estimate, block.warnings, block.four_eyes, block.reference) == (3, ("w",), True, 100)
    other = replace(two, policy="q", strategy="satellite", reference=D(104))
    (mixed,) = blocks([one, other]).blocks
    assert (mixed.strategy, mixed.reference) == ("", 103)  # (10 * 100 + 30 * 104) / 40
    assert len(mixed.policy) == 64


def test_the_minimum_counts_for_the_block_and_what_is_dropped_is_listed() -> None:
    small, other = ticket("a", "A1", "4"), ticket("b", "A2", "6")
    assert [one.id for one in blocks([small], minimum=D("400.01")).dropped] == ["a"]
    assert [one.id for one in blocks([small], minimum=D(400)).singles] == ["a"]
    assert len(blocks([small, other], minimum=D(1000)).blocks) == 1
    gone = blocks([small, other], minimum=D("1000.01"))
    assert (gone.blocks, gone.members, [one.id for one in gone.dropped]) == ((), (), ["a", "b"])
    assert gone.dropped[0].block == ""


def test_a_cross_is_booked_in_both_places_at_one_price_without_cost() -> None:
    tickets = [ticket("a", "A1", "100"), ticket("b", "A1", "-3", place="A1/x", lots=(("l", D(3)),))]
    (cross,) = blocks(tickets).crosses
    sale, purchase = cross_fills(cross, D("33.335"), date(2026, 1, 5), 7, Currency())
    # 3 * 33.335 = 100.005, half to even: 100.00. What one gets the other pays.
    assert (sale.units, sale.amount, sale.cost, sale.order, sale.lots) == (-3, 100, 0, "b", (("l", 3),))
    assert (purchase.units, purchase.amount, purchase.cost, purchase.order, purchase.lots) == (3, -100, 0, "a", ())
    assert sale.price == purchase.price == D("33.335")
    assert (sale.asset, sale.when, sale.currency) == (7, date(2026, 1, 5), "USD")
    assert [one.amount for one in cross_fills(cross, D(33), date(2026, 1, 5), 7, Currency(), future=True)] == [0, 0]
    with pytest.raises(DataError, match="no price"):
        cross_fills(cross, D(0), date(2026, 1, 5), 7, Currency())


def test_one_ticket_alone_stays_as_it_is_and_none_is_nothing() -> None:
    one = ticket("a", "A1", "10", reason="trend")
    assert blocks([one]) == Netted(singles=(one,))
    assert blocks([]) == Netted()


@pytest.mark.parametrize("more", [{"parent": "p"}, {"block": "b"}, {"parts": (("x", D(1)),)}, {"account": ""}, {"units": D(0)}])
def test_what_is_netted_already_or_nothing_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(DataError, match=r"slice or stands in a block|no units"):
        blocks([replace(ticket("a", "A1", "10"), **more)])


def test_one_ticket_twice_is_refused() -> None:
    with pytest.raises(DataError, match="two tickets have the id a"):
        blocks([ticket("a", "A1", "10"), ticket("a", "A2", "10")])
