"""The paper broker: never beyond cap, limit or order; what arrived is known after any crash; fills by hand arithmetic."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.brokers.venue_words import NAN, HandClock, HandTape, instant, limit, stamped, ticket
from tests.execution.desk_words import book as held_book
from tests.execution.desk_words import decision
from tests.execution.desk_words import order as plain_order
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Money, decimal_of, exact
from trimtab.core.orders import OrderKind, Status, Ticket, TimeInForce
from trimtab.core.rules import Rules
from trimtab.core.venues import NoAnswer, NotSent, Report, Venue
from trimtab.costs.trading import Linear
from trimtab.execution.brokers.paper import FILE, PaperBroker
from trimtab.execution.brokers.tape import Bar
from trimtab.execution.gate import Gate
from trimtab.execution.simulated import SimulatedBroker

D = Decimal
FLAT = (100.0, 101.0, 99.0, 100.5)


def thousandth(cash: Decimal, _: str) -> Decimal:
    return abs(cash) / 1000


def one_dollar(_: Decimal, __: str) -> Decimal:
    return D(1)


class Desk:
    """A paper broker with its clock and tape."""

    def __init__(self, folder: Path, **terms: Any) -> None:
        self.tape, self.clock, self.folder, self.terms = HandTape(), HandClock(), folder, terms
        self.broker = self.reopened()

    def reopened(self) -> PaperBroker:
        """What a new process sees."""
        return PaperBroker(self.folder, self.tape, self.clock, **self.terms)

    def send(self, *tickets: Ticket) -> list[Report]:
        return [self.broker.submit(stamped(*tickets), one.id) for one in tickets]

    def found(self, one: Ticket, at: str) -> Report:
        self.clock.to(at)
        report = self.broker.find(one.id)
        assert report is not None
        assert report == self.reopened().find(one.id)  # the disk says the same as the memory
        return report


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


prices = st.integers(5_000, 15_000).map(lambda cents: cents / 100)
volumes = st.one_of(st.just(NAN), st.integers(0, 500).map(float))


@st.composite
def sessions(draw: st.DrawFn) -> HandTape:
    """Up to six days of two instruments; a number is missing now and then."""
    tape = HandTape()
    for name in ("SPY", "AGG"):
        for number in range(draw(st.integers(1, 6))):
            low, a, b, high = sorted(draw(prices) for _ in range(4))
            opened = NAN if draw(st.integers(0, 9)) == 0 else a
            tape.day(number, (opened, high, low, b), draw(volumes), name)
    return tape


@st.composite
def tickets(draw: st.DrawFn) -> list[Ticket]:
    made = []
    for line in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(OrderKind))
        price = D(str(draw(prices))) if kind is OrderKind.LIMIT else ZERO
        units = draw(st.integers(-300, 300).filter(bool))
        tif = draw(st.sampled_from(TimeInForce))
        made.append(ticket(str(units), draw(st.sampled_from(["SPY", "AGG"])), line, kind=kind, limit=price, tif=tif))
    return made


@given(sessions(), tickets(), st.sampled_from([0.0, 0.1, 1.0]), st.sampled_from([0.0, 20.0]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_fill_is_beyond_its_cap_its_limit_or_its_order(
    tmp_path_factory: pytest.TempPathFactory, tape: HandTape, orders: list[Ticket], share: float, spread: float, funded: bool
) -> None:
    desk = Desk(tmp_path_factory.mktemp("paper"), participation=share, half_spread_bps=spread, funded=funded, covered=funded)
    desk.tape.rows = tape.rows
    desk.broker.deposit("ann", D(20_000), {"SPY": D(100), "AGG": D(100)})
    reports = {one.order: one for one in desk.send(*orders)}
    for number in range(7):
        desk.clock.to(f"2026-01-{5 + number:02}T22:00")
        reports = {one.id: desk.broker.find(one.id) or reports[one.id] for one in orders}
        if funded:
            assert desk.broker.money("ann") >= 0
            assert all(units >= 0 for units in (desk.broker.positions("ann") or {}).values())
    traded: dict[tuple[str, date], Decimal] = {}
    for one in orders:
        report, sign = reports[one.id], 1 if one.units > 0 else -1
        assert report.filled == sum(fill.units for fill in report.executions)
        assert 0 <= sign * report.filled <= sign * one.units
        assert (report.status is Status.FILLED) == (report.filled == one.units)
        for fill in report.executions:
            assert sign * fill.units > 0
            if one.kind is OrderKind.LIMIT:
                assert sign * fill.price <= sign * one.limit
            traded[one.instrument, fill.day] = traded.get((one.instrument, fill.day), ZERO) + abs(fill.units)
    for (name, day), units in traded.items():
        volume = next(bar.volume for bar in tape.rows[name] if bar.day == day)
        assert not share or units <= D(str(share)) * D(str(volume))


@given(sessions(), tickets(), st.sampled_from([0.0, 0.1]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_fills_are_the_same_however_often_somebody_asks(
    tmp_path_factory: pytest.TempPathFactory, tape: HandTape, orders: list[Ticket], share: float, funded: bool
) -> None:
    answers = []
    for often in (False, True):
        desk = Desk(tmp_path_factory.mktemp("paper"), participation=share, funded=funded, covered=funded)
        desk.tape.rows = tape.rows
        desk.broker.deposit("ann", D(20_000), {"SPY": D(100), "AGG": D(100)})
        desk.send(*orders)
        for number in range(8 if often else 0):
            desk.clock.to(f"2026-01-{5 + number:02}T16:00")
            desk.broker.find(orders[0].id)
        desk.clock.to("2026-01-14T22:00")
        answers.append([desk.broker.find(one.id) for one in orders])
    assert answers[0] == answers[1]


@given(
    st.lists(st.integers(-500, 500).filter(bool), min_size=3, max_size=3),
    st.lists(prices, min_size=3, max_size=3),
    st.sampled_from([0.0, 7.5]),
    st.sampled_from(["0", "1"]),
)
@settings(max_examples=20, deadline=None)
def test_without_spread_and_cap_it_fills_as_the_simulated_broker_does(
    tmp_path_factory: pytest.TempPathFactory, units: list[int], closes: list[float], bps: float, least: str
) -> None:
    model, names = Linear(bps=bps, minimum_ticket=Money(D(least))), ("SPY", "AGG", "GLD")
    desk = Desk(tmp_path_factory.mktemp("paper"), costs=lambda cash, name: model.ticket(cash, names.index(name)))
    orders = [ticket(str(units[a]), names[a], a, kind=OrderKind.ON_CLOSE) for a in range(3)]
    for name, close in zip(names, closes, strict=True):
        desk.tape.day(0, (NAN, NAN, NAN, close), instrument=name)
    desk.send(*orders)
    held = held_book(1e12, [1e6] * 3, [1.0] * 3)
    wanted = [plain_order(a, float(units[a]), 1.0) for a in range(3)]
    stamp = Gate(Rules((), 3)).stamp(decision([0.0] * 3, held, wanted), held.held)
    with exact():
        quotes = {a: decimal_of(close) for a, close in enumerate(closes)}
        fills = SimulatedBroker(model).trade(stamp, np.datetime64("2026-01-05", "D"), quotes, D(10**12))
    ours = {one.instrument: desk.found(one, "2026-01-05T21:00").executions for one in orders}
    expected = {names[fill.asset]: (fill.units, fill.price, fill.cost, fill.when) for fill in fills}
    assert {name: (x[0].units, x[0].price, x[0].cost, x[0].day) for name, x in ours.items() if x} == expected
    assert desk.broker.money("ann") == sum((fill.amount - fill.cost for fill in fills), ZERO)


def test_it_is_a_venue(desk: Desk) -> None:
    venue: Venue = desk.broker
    assert (venue.name, venue.live, venue.unique) == ("paper", False, True)


def test_a_market_order_gets_the_open_that_follows_or_the_close_of_the_bar_it_arrives_in(desk: Desk) -> None:
    desk.tape.day(0, FLAT)
    early, late = ticket("10"), ticket("10", line=2)
    assert [one.status for one in desk.send(early)] == [Status.ACKED]
    desk.clock.to("2026-01-05T15:00")
    desk.send(late)
    assert desk.found(early, "2026-01-05T20:59").status is Status.ACKED  # a bar counts once it has closed
    first, second = desk.found(early, "2026-01-05T21:00"), desk.found(late, "2026-01-05T21:00")
    assert [(one.price, one.at) for one in first.executions] == [(D("100"), "2026-01-05T14:30:00Z")]
    assert [(one.price, one.at) for one in second.executions] == [(D("100.5"), "2026-01-05T21:00:00Z")]
    assert first.status is second.status is Status.FILLED


def test_where_no_open_is_known_a_market_order_gets_the_close(desk: Desk) -> None:
    desk.tape.day(0, (NAN, NAN, NAN, 100.5))
    desk.send(ticket("10"))
    assert [one.price for one in desk.found(ticket("10"), "2026-01-05T22:00").executions] == [D("100.5")]


def test_orders_for_the_auctions_get_their_auction_and_end_with_it(desk: Desk) -> None:
    at_open, at_close = ticket("10", kind=OrderKind.ON_OPEN), ticket("-10", line=2, kind=OrderKind.ON_CLOSE)
    for number, opened in ((0, 100.0), (1, 102.0), (2, NAN)):
        desk.tape.day(number, (opened, 103.0, 99.0, 100.5))
    desk.clock.to("2026-01-05T15:00")  # the opening auction of the day is over: the next one is on Tuesday
    desk.send(at_open, at_close)
    assert [one.price for one in desk.found(at_close, "2026-01-05T22:00").executions] == [D("100.5")]
    assert desk.found(at_open, "2026-01-05T22:00").status is Status.ACKED
    assert [(one.price, one.day) for one in desk.found(at_open, "2026-01-06T22:00").executions] == [(102, date(2026, 1, 6))]
    none = ticket("10", line=3, kind=OrderKind.ON_OPEN)
    desk.send(none)  # no opening price is known on Wednesday: there was no auction for it
    assert desk.found(none, "2026-01-07T22:00").status is Status.EXPIRED


@pytest.mark.parametrize(("kind", "price"), [(OrderKind.ON_OPEN, 100), (OrderKind.ON_CLOSE, 101)])
@pytest.mark.parametrize("side", [1, -1])
def test_a_limit_holds_in_an_auction_too(desk: Desk, kind: OrderKind, price: int, side: int) -> None:
    """Regression: a proposal for the opening that a person gave a limit of 100 was filled at 101."""
    desk.tape.day(0, (100.0, 103.0, 97.0, 101.0))
    at, beyond = (replace(ticket(f"{side}0", line=n, kind=kind), limit=D(price - n * side)) for n in (0, 1))
    desk.send(at, beyond)
    first, second = (desk.found(one, "2026-01-05T22:00") for one in (at, beyond))
    assert [one.price for one in first.executions] == [price]
    assert (second.status, second.executions) == (Status.EXPIRED, ())


def test_half_the_spread_goes_against_us(tmp_path: Path) -> None:
    desk = Desk(tmp_path, half_spread_bps=10.0, costs=thousandth)
    desk.tape.day(0, FLAT)
    buy, sale = ticket("10"), ticket("-10", line=2)
    desk.send(buy, sale)
    # 100 plus 0.1 % is 100.10, less it is 99.90; of 1001.00 and 999.00 a thousandth, in cents, half to even
    assert [(x.price, x.cost) for x in desk.found(buy, "2026-01-05T22:00").executions] == [(D("100.1"), D("1.00"))]
    assert [(x.price, x.cost) for x in desk.found(sale, "2026-01-05T22:00").executions] == [(D("99.9"), D("1.00"))]
    assert desk.broker.money("ann") == D("-4.00")  # the spread on both ways, 1 each, and 2 of commission


def test_a_share_of_the_volume_is_filled_and_the_rest_is_carried_on_or_not(tmp_path: Path) -> None:
    desk = Desk(tmp_path, participation=0.1, costs=lambda cash, name: max(thousandth(cash, name), D(5)))
    for number, volume in ((0, 400.0), (1, 300.0), (2, 1000.0)):
        desk.tape.day(number, (100.0, 101.0, 99.0, 100.5), volume)
    for line, tif in enumerate(TimeInForce):
        own = Desk(tmp_path / tif.value, **desk.terms)
        own.tape = desk.tape
        own.broker = own.reopened()
        order = ticket("100", line=line, tif=tif)
        own.send(order)
        monday = own.found(order, "2026-01-05T22:00")
        assert monday.filled == 40  # a tenth of 400
        ends = {TimeInForce.DAY: Status.EXPIRED, TimeInForce.IOC: Status.CANCELLED, TimeInForce.GTC: Status.PARTIAL}
        assert monday.status is ends[tif]
        final = own.found(order, "2026-01-08T22:00")
        if tif is TimeInForce.GTC:
            # 40, then a tenth of 300, then what is left of 100; the least commission of 5 is paid once:
            # 5 for the first 4,000, 2 more at 7,000 and 3 more at 10,000
            assert [(x.units, x.cost) for x in final.executions] == [(40, 5), (30, 2), (30, 3)]
            assert final.status is Status.FILLED
        else:
            assert final == monday


def test_the_cap_is_of_all_orders_together(tmp_path: Path) -> None:
    desk = Desk(tmp_path, participation=0.5)
    desk.tape.day(0, FLAT, 100.0)
    buy, sale = ticket("40"), ticket("-30", line=2)
    desk.send(buy, sale)
    assert desk.found(sale, "2026-01-05T22:00").filled == -30  # sales come first
    assert desk.found(buy, "2026-01-05T22:00").filled == 20  # half of 100, less 30


def test_with_a_cap_a_bar_of_unknown_volume_fills_nothing_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, participation=0.5)
    desk.tape.day(0, FLAT, NAN)
    desk.send(ticket("40"))
    report = desk.found(ticket("40"), "2026-01-05T22:00")
    assert (report.status, report.filled) == (Status.EXPIRED, 0)
    assert "volume" in report.why


@pytest.mark.parametrize(
    ("order", "arrives", "price"),
    [
        (limit("10", "100.2"), "09:00", "100"),  # opens below the limit: at the open
        (limit("10", "99.5"), "09:00", "99.5"),  # comes down to 99: at the limit
        (limit("10", "98.9"), "09:00", None),  # does not come down to it
        (limit("-10", "99.5"), "09:00", "100"),
        (limit("-10", "100.9"), "09:00", "100.9"),
        (limit("-10", "101.1"), "09:00", None),
        (limit("10", "99.5"), "15:00", None),  # the low of the bar may be older than the order; the close is above
        (limit("10", "100.7"), "15:00", "100.5"),
    ],
)
def test_a_limit_order_gets_its_limit_or_better(desk: Desk, order: Ticket, arrives: str, price: str | None) -> None:
    desk.tape.day(0, FLAT)  # open 100, high 101, low 99, close 100.5
    desk.clock.to(f"2026-01-05T{arrives}")
    desk.send(order)
    report = desk.found(order, "2026-01-05T22:00")
    assert [str(x.price.normalize()) for x in report.executions] == ([str(D(price).normalize())] if price else [])
    assert report.status is (Status.FILLED if price else Status.EXPIRED)


def test_spread_never_takes_a_limit_order_beyond_its_limit(tmp_path: Path) -> None:
    desk = Desk(tmp_path, half_spread_bps=50.0)
    desk.tape.day(0, FLAT)
    order = limit("10", "100.2")  # the open with spread is 100.50
    desk.send(order)
    assert [x.price for x in desk.found(order, "2026-01-05T22:00").executions] == [D("100.2")]


def test_a_limit_order_that_stands_is_filled_days_later(desk: Desk) -> None:
    order = limit("10", "98", tif=TimeInForce.GTC)
    for number, low in enumerate((99.0, 98.5, 97.0)):
        desk.tape.day(number, (100.0, 101.0, low, 100.0))
    desk.send(order)
    assert desk.found(order, "2026-01-06T22:00").status is Status.ACKED
    assert [(x.price, x.day) for x in desk.found(order, "2026-01-07T22:00").executions] == [(D(98), date(2026, 1, 7))]


def test_intraday_bars_end_a_day_only_where_they_say_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, participation=0.1)
    times = [("14:30", "17:00", True, False), ("17:00", "21:00", False, True)]
    desk.tape.rows["SPY"] = [
        Bar(instant(f"2026-01-05T{a}"), instant(f"2026-01-05T{b}"), 100.0, 101.0, 99.0, 100.5, 100.0, date(2026, 1, 5), x, y)
        for a, b, x, y in times
    ]
    order = ticket("30")
    desk.send(order)
    assert desk.found(order, "2026-01-05T18:00").status is Status.PARTIAL
    final = desk.found(order, "2026-01-05T22:00")
    assert ([x.units for x in final.executions], final.status) == ([10, 10], Status.EXPIRED)


def test_sales_above_the_position_and_purchases_above_the_money_are_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, funded=True, covered=True)
    desk.broker.deposit("ann", D(1000), {"AGG": D(5)})
    sale, again = ticket("-4", "AGG"), ticket("-2", "AGG", 2)
    dear, fair = ticket("15", line=3), ticket("14", line=4)
    reports = desk.send(sale, again, dear, fair)
    # of 5 units 4 are on their way out; 1000 and 400 of that sale pay for 14 units at 100, not for 15
    assert [one.status for one in reports] == [Status.ACKED, Status.REJECTED, Status.REJECTED, Status.ACKED]
    assert "1 are held" in reports[1].why
    assert "buying power" in reports[2].why
    assert [one.status for one in desk.send(ticket("0", line=5), limit("1", "0", 6))] == [Status.REJECTED] * 2
    assert desk.broker.positions("bob") == {}


def test_a_purchase_whose_price_ran_away_is_filled_as_far_as_the_money_goes(tmp_path: Path) -> None:
    desk = Desk(tmp_path, funded=True, digits=0, costs=one_dollar)
    desk.broker.deposit("ann", D(1001))
    desk.tape.day(0, (130.0, 130.0, 130.0, 130.0))
    desk.send(ticket("10"))
    report = desk.found(ticket("10"), "2026-01-05T22:00")
    assert (report.filled, report.status) == (7, Status.EXPIRED)  # 7 * 130 + 1 = 911; an eighth would come to 1041
    assert desk.broker.money("ann") == 90
    assert desk.broker.positions("ann") == {"SPY": 7}


def test_purchases_of_a_moment_are_cut_by_the_same_share_and_say_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, funded=True, digits=0)
    desk.broker.deposit("ann", D(3000))
    desk.tape.day(0, (200.0, 200.0, 200.0, 200.0))
    desk.tape.day(0, FLAT, instrument="AGG")
    first, second = ticket("10"), ticket("20", "AGG", 2)
    desk.send(first, second)
    # 10 at 200 and 20 at 100 come to 4,000, and 3,000 is there: three quarters of each, in whole units
    reports = [desk.found(one, "2026-01-05T22:00") for one in (first, second)]
    assert [(one.filled, one.status) for one in reports] == [(7, Status.EXPIRED), (15, Status.EXPIRED)]
    assert all("money paid for no more" in one.why for one in reports)
    assert desk.broker.money("ann") == 100


def test_what_an_account_may_borrow_is_told_when_an_order_arrives_and_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path, funded=True, digits=0, credit={"ann": D(500), "bob": D(-400)}.__getitem__)
    desk.tape.day(0, (125.0, 125.0, 125.0, 125.0))
    orders = []
    for line, (name, units) in enumerate((("ann", "15"), ("bob", "6"), ("bob", "7"))):
        desk.broker.deposit(name, D(1000), {})
        orders.append(ticket(units, line=line, account=name))
    desk.broker.bring("bob", D(1000))
    reports = desk.send(*orders)
    # bob has 1,000 of which 400 must stay: 6 at 100, not 1 more
    assert [one.status for one in reports] == [Status.ACKED, Status.ACKED, Status.REJECTED]
    desk.terms["credit"] = {}.__getitem__  # nobody is asked again
    desk.broker = desk.reopened()
    assert desk.found(orders[0], "2026-01-05T22:00").filled == 12  # 1,500 at 125
    assert desk.found(orders[1], "2026-01-05T22:00").filled == 4  # 600 at 125
    assert [desk.broker.money(name) for name in ("ann", "bob")] == [D(-500), D(500)]


def test_deposits_are_brought_to_what_they_should_come_to_once(desk: Desk) -> None:
    desk.broker.deposit("ann", D(1000))
    desk.broker.bring("ann", D(1250))
    desk.reopened().bring("ann", D(1250))
    assert desk.broker.money("ann") == 1250
    desk.broker.bring("ann", D(900))
    assert desk.broker.money("ann") == 900
    desk.send(ticket("1"))
    assert desk.broker.orders() == {ticket("1").id}


def test_of_two_who_begin_an_account_at_once_one_does(desk: Desk) -> None:
    """Regression: both found that it was not known, and its units were twice what the book has, for good."""
    other = desk.reopened()
    assert not other.knows("ann")
    for broker in (desk.broker, other):
        broker.begin("ann", D(1000), {"AGG": D(5)})
    assert (other.money("ann"), other.positions("ann")) == (1000, {"AGG": 5})


def test_a_block_is_not_asked_for_money(tmp_path: Path) -> None:
    desk = Desk(tmp_path, funded=True)
    desk.tape.day(0, FLAT)
    block = ticket("10", account="", parts=(("a", D(6)), ("b", D(4))))
    desk.send(block)
    assert desk.found(block, "2026-01-05T22:00").status is Status.FILLED


def test_what_a_block_sells_may_pay_for_a_purchase_of_one_of_its_accounts(tmp_path: Path) -> None:
    """Nobody has cash; the block's sale is allotted later, and pays. The next day it is over, and nothing is lent."""
    desk = Desk(tmp_path, funded=True)
    desk.tape.day(0, FLAT)
    desk.tape.day(1, FLAT)
    block = ticket("-10", account="", parts=(("a", D(-6)), ("b", D(-4))))
    later, alone = ticket("5", line=2), ticket("5", line=3)
    desk.send(block)
    desk.send(later)
    assert desk.found(later, "2026-01-05T22:00").status is Status.FILLED
    desk.send(alone)
    assert "insufficient buying power" in desk.found(alone, "2026-01-06T22:00").why


def test_sales_at_the_same_instant_pay_for_purchases(tmp_path: Path) -> None:
    desk = Desk(tmp_path, funded=True, covered=True)
    desk.broker.deposit("ann", ZERO, {"AGG": D(10)})
    desk.tape.day(0, FLAT)
    desk.tape.day(0, FLAT, instrument="AGG")
    sale, buy = ticket("-10", "AGG"), ticket("10", line=2)
    assert [one.status for one in desk.send(sale, buy)] == [Status.ACKED] * 2
    assert desk.found(buy, "2026-01-05T22:00").status is Status.FILLED
    assert desk.broker.positions("ann") == {"SPY": 10}


def test_a_second_order_with_the_same_id_is_answered_by_the_first(desk: Desk) -> None:
    desk.tape.day(0, FLAT)
    order = ticket("10")
    desk.send(order)
    desk.clock.to("2026-01-05T22:00")
    assert desk.reopened().submit(stamped(order), order.id).status is Status.FILLED
    assert desk.broker.positions("ann") == {"SPY": 10}
    with pytest.raises(NotSent, match="another order"):
        desk.send(ticket("11"))


def test_only_what_the_gate_stamped_is_taken(desk: Desk) -> None:
    order = ticket("10")
    with pytest.raises(InvariantError, match="stamped"):
        desk.broker.submit([order], order.id)
    with pytest.raises(InvariantError):
        desk.broker.submit(stamped(order), "other")
    assert desk.broker.find(order.id) is None


def test_what_is_left_is_cancelled_and_what_is_over_stays(desk: Desk) -> None:
    desk.tape.day(0, FLAT)
    done, later = ticket("10"), limit("10", "90", 2, TimeInForce.GTC)
    desk.send(done, later)
    desk.clock.to("2026-01-05T22:00")
    assert desk.broker.cancel(done.id).status is Status.FILLED
    assert desk.broker.cancel(later.id).status is Status.CANCELLED
    desk.tape.day(1, (80.0, 80.0, 80.0, 80.0))
    assert desk.found(later, "2026-01-06T22:00").filled == 0
    assert desk.broker.cancel("nobody").status is Status.NEVER_ARRIVED


def test_reports_are_of_what_happened_since_and_what_still_works(desk: Desk) -> None:
    desk.tape.day(0, FLAT)
    done, works = ticket("10"), limit("10", "90", 2, TimeInForce.GTC)
    desk.send(done, works)
    desk.clock.to("2026-01-07T22:00")
    assert [one.order for one in desk.broker.reports(date(2026, 1, 5))] == [done.id, works.id]
    assert [one.order for one in desk.broker.reports(date(2026, 1, 6))] == [works.id]


def test_after_a_block_it_does_not_tell_whose_units_are_whose(desk: Desk) -> None:
    desk.tape.day(0, FLAT)
    block = ticket("10", account="", parts=(("a", D(6)), ("b", D(4))))
    desk.send(block)
    assert desk.found(block, "2026-01-05T22:00").status is Status.FILLED
    assert desk.broker.positions("ann") is None
    assert desk.broker.positions("") == {"SPY": 10}


def test_what_was_settled_stays_when_the_tape_is_corrected(desk: Desk) -> None:
    order = limit("10", "98", tif=TimeInForce.GTC)
    desk.tape.day(0, FLAT)
    desk.send(order, ticket("1", line=2))
    before = desk.found(ticket("1", line=2), "2026-01-05T22:00")
    desk.tape.rows["SPY"] = []
    desk.tape.day(0, (50.0, 50.0, 50.0, 50.0))
    assert desk.found(ticket("1", line=2), "2026-01-05T23:00") == before
    assert desk.found(order, "2026-01-05T23:00").status is Status.ACKED


@given(st.integers(1, 400))
@settings(max_examples=25, deadline=None)
def test_a_torn_last_line_never_happened(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    desk = Desk(tmp_path_factory.mktemp("paper"))
    first, second, third = ticket("10"), ticket("20", line=2), ticket("30", line=3)
    desk.send(first)
    file = desk.folder / FILE
    whole = file.read_bytes()
    desk.send(second)
    last = file.read_bytes()[len(whole) :]
    file.write_bytes(whole + last[: min(cut, len(last) - 1)])  # all of it but the end is torn as well
    opened = desk.reopened()
    assert opened.find(second.id) is None
    assert opened.find(first.id) is not None
    opened.submit(stamped(third), third.id)
    again = desk.reopened()
    assert [one.order for one in again.reports(date(2026, 1, 1))] == [first.id, third.id]
    assert all(json.loads(line) for line in file.read_bytes().splitlines())


def test_a_ledger_that_does_not_read_refuses_and_changes_nothing(desk: Desk) -> None:
    order = ticket("10")
    desk.send(order)
    file = desk.folder / FILE
    for rubbish in (b"rubbish\n", b"[1]\n", b'{"what":"something else"}\n', b'{"what":"ended","order":"nobody"}\n'):
        spoilt = rubbish + file.read_bytes()
        (desk.folder / "other").mkdir(exist_ok=True)
        (desk.folder / "other" / FILE).write_bytes(spoilt)
        broker = PaperBroker(desk.folder / "other", desk.tape, desk.clock)
        for _ in range(2):
            with pytest.raises(NoAnswer):
                broker.find(order.id)
        with pytest.raises(NotSent):
            broker.submit(stamped(order), order.id)
        assert (desk.folder / "other" / FILE).read_bytes() == spoilt


def test_a_disk_that_does_not_write_leaves_the_order_in_doubt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    desk.send(ticket("1", line=9))
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NoAnswer, match="No space left"):
        desk.send(ticket("10"))
    monkeypatch.undo()
    assert desk.broker.find(ticket("10").id) == desk.reopened().find(ticket("10").id)
    (desk.folder / "file").write_text("")
    with pytest.raises(NotSent):
        PaperBroker(desk.folder / "file", desk.tape, desk.clock).submit(stamped(ticket("10")), ticket("10").id)


_CHILD = """
import sys
from pathlib import Path
from tests.execution.brokers.venue_words import HandClock, HandTape, stamped, ticket
from trimtab.execution.brokers.paper import PaperBroker

broker = PaperBroker(Path(sys.argv[1]), HandTape(), HandClock())
for line in range(40):
    order = ticket("1", line=line)
    broker.submit(stamped(order), order.id)
    broker.deposit(sys.argv[2], order.units)
"""


def test_two_processes_share_a_ledger_and_an_order_arrives_once(desk: Desk) -> None:
    root = Path(__file__).parents[3]
    children = [
        subprocess.Popen([sys.executable, "-c", _CHILD, str(desk.folder), name], cwd=root, stderr=subprocess.PIPE)
        for name in ("bob", "eve")
    ]
    for child in children:
        _, error = child.communicate(timeout=60)
        assert child.returncode == 0, error.decode()
    assert len(desk.broker.reports(date(2026, 1, 1))) == 40
    assert desk.broker.money("bob") == desk.broker.money("eve") == 40
    assert len((desk.folder / FILE).read_bytes().splitlines()) == 120


def ids(reports: Sequence[Report]) -> list[str]:
    return [x.id for one in reports for x in one.executions]


def test_execution_ids_depend_on_order_and_bar_alone(tmp_path: Path) -> None:
    seen = []
    for name in ("a", "b"):
        desk = Desk(tmp_path / name, participation=0.5)
        for number in range(3):
            desk.tape.day(number, FLAT, 20.0)
        order = ticket("30", tif=TimeInForce.GTC)
        desk.send(order)
        seen.append(ids([desk.found(order, "2026-01-08T22:00")]))
    assert seen[0] == seen[1]
    assert len(set(seen[0])) == 3
