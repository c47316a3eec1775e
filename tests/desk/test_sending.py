"""Sending: the gate judges on the book, the prices and the hour of now; what it stops stays approved and is listed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.desk_worlds import DAY, Desk, desk, values
from tests.promoted import moved, put_at
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.refusals import DiskFull
from trimtab.core.errors import ApprovalRequired, UsageError
from trimtab.core.households import Account
from trimtab.core.orders import OrderKind, Standing, Status, Ticket
from trimtab.core.roles import Clock
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, NoAccess, NoAnswer, NotSent, Report
from trimtab.desk import errands, exporting, sending
from trimtab.desk.blocking import gather
from trimtab.desk.circumstances import earlier_of, is_open
from trimtab.desk.errands import sendable
from trimtab.desk.exported import begin
from trimtab.desk.exporting import Form, export, venue_in
from trimtab.desk.grouping import grouped, name_of
from trimtab.desk.load import policy_from
from trimtab.desk.proposing import keep_policies
from trimtab.desk.sending import Dispatch
from trimtab.desk.venues import Where, arm, open_venue, require_armed
from trimtab.desk.version import code_version
from trimtab.execution.asking import Inquiry
from trimtab.execution.brokers.paper import PaperBroker
from trimtab.execution.gate import Stamped
from trimtab.execution.outbox import EDITED
from trimtab.governance.promotion import Stage

A = Account("A", "Mueller", Wrapper.EXEMPT)
B = Account("B", "Meier", Wrapper.EXEMPT)
SHORT = "sells short or borrows"  # money or units that are not there
OPEN = "2026-11-03T15:00:00"  # 10 in the morning in New York, the day after the last session


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, [A, B], {"core": "A", "sat": "A"}) as made:
        keep_policies(made.book, {made.policy.sha256: made.policy}, made.by)
        yield made


def ticket(one: Desk, name: str, instrument: str = "SPY", units: int = 10, place: str = "A", **more: object) -> Ticket:
    prices = {"SPY": 100, "TLT": 50, "GLD": 200}
    bare = Ticket(name * 32, place.partition("/")[0], instrument, Decimal(units), Decimal(prices[instrument]),
                  place=place if "/" in place else "", as_of=DAY, policy=one.policy.sha256, code=code_version(),
                  known="2026-11-02T21:00:00Z", cutoff="2026-11-02T23:00:00Z", batch="2026-11-02/1")  # fmt: skip
    return replace(bare, **more)  # type: ignore[arg-type]


def approved(one: Desk, *tickets: Ticket) -> tuple[Standing, ...]:
    one.orders.add(tickets)
    return one.orders.approve([t.id for t in tickets], "bob")


def why(done: Dispatch) -> str:
    return "; ".join([*(str(one.error) for one in done.refused), *(one.why for one in done.sent if one.why)])


@pytest.mark.parametrize(
    ("at", "kind", "stops"),
    [
        (OPEN, OrderKind.MARKET, ""),
        ("2026-11-26T15:00:00", OrderKind.MARKET, "is closed"),  # Thanksgiving
        ("2026-11-27T17:59:00", OrderKind.MARKET, ""),  # the day after closes at 13:00, 18:00 UTC
        ("2026-11-27T18:00:00", OrderKind.MARKET, "is closed"),
        ("2026-11-28T15:00:00", OrderKind.MARKET, "is closed"),  # a Saturday
        ("2026-11-26T15:00:00", OrderKind.ON_OPEN, ""),
        (OPEN, OrderKind.ON_OPEN, "is closed"),
        (OPEN, OrderKind.ON_CLOSE, ""),
    ],
)
def test_orders_leave_while_their_market_takes_them(one: Desk, at: str, kind: OrderKind, stops: str) -> None:
    one.holds("A", 10_000)
    done = one.sends(approved(one, ticket(one, "a", kind=kind)), at)
    assert stops in why(done)
    assert bool(why(done)) is bool(stops)
    assert one.orders.standing("a" * 32).status is (Status.APPROVED if stops else Status.ACKED)


def test_an_order_for_the_opening_and_one_for_now_of_two_assets_do_not_stand_in_each_others_way(one: Desk) -> None:
    one.holds("A", 10_000)
    some = approved(one, ticket(one, "a", kind=OrderKind.ON_CLOSE), ticket(one, "b", "TLT"))
    assert why(one.sends(some, OPEN)) == ""
    assert [is_open("", np.datetime64(f"2026-11-27T{hour}")) for hour in ("14:29", "14:30", "18:00")] == [False, True, False]


@pytest.mark.parametrize(
    ("more", "stops"),
    [
        ({"known": "2026-11-02T23:00:01Z"}, "after the cut-off"),
        ({"cutoff": "2026-11-04T00:00:00Z"}, "still to come"),
        ({"known": ""}, "became known"),
        ({"code": "0.0.1+abc"}, "was planned by 0.0.1"),
        ({"reference": Decimal(120)}, "price-collar"),
        ({"units": Decimal(-1)}, SHORT),
        ({"policy": "0" * 64}, "the journal has no policy"),
    ],
)
def test_what_is_wrong_with_an_order_stops_it(one: Desk, more: dict[str, object], stops: str) -> None:
    one.holds("A", 10_000)
    done = one.sends(approved(one, ticket(one, "a", **more)), OPEN, Immediate())
    assert stops in why(done)
    assert one.orders.standing("a" * 32).status is Status.APPROVED


def test_prices_that_are_too_old_stop_an_order_with_exit_4(one: Desk) -> None:
    """The last session is 2 November; on the 9th its close is a week old, and 4 days are allowed."""
    one.holds("A", 10_000)
    some = approved(one, ticket(one, "a"))
    seen = one.market
    rows = seen.sessions <= np.datetime64("2026-11-02")
    one.market = replace(seen, sessions=seen.sessions[rows], fields={f: v[rows] for f, v in seen.fields.items()},
                         closing=None if seen.closing is None else seen.closing[rows],
                         known=None if seen.known is None else seen.known[rows],
                         closed=None if seen.closed is None else seen.closed[rows])  # fmt: skip
    done = one.sends(some, "2026-11-09T15:00:00")
    assert "quote-age" in why(done)
    assert done.exit_code == 4


def test_halted_sends_nothing_and_reducing_sells(one: Desk) -> None:
    one.holds("A", 10_000, SPY=50)
    buys, sells = ticket(one, "a", "TLT"), ticket(one, "b", "SPY", -10)
    some = approved(one, buys, sells)
    one.orders.reduce("A", "careful")
    assert "reducing" in why(one.sends(some, OPEN)), "the batch holds a purchase"
    assert why(one.sends([one.orders.standing(sells.id)], OPEN)) == ""
    one.orders.kill(["A"], "stop")
    done = one.sends([one.orders.standing(buys.id)], OPEN)
    assert done.exit_code == 6
    assert "halted" in why(done)


def test_working_orders_are_counted_once_in_money_and_in_units(one: Desk) -> None:
    """10,000 in cash: 60 at 100 leave 4,000; 41 more are cut to 40. What is bought is not sold before it is filled."""
    one.holds("A", 10_000, GLD=10)
    one.sends(approved(one, ticket(one, "a", units=60)), OPEN)
    said = why(one.sends(approved(one, ticket(one, "b", units=41)), "2026-11-03T15:20:00"))
    assert said == "It was cut to the cash that is there: 40 of 41."
    assert "more than is held" in why(one.sends(approved(one, ticket(one, "c", units=-1)), "2026-11-03T15:20:00"))
    said = why(one.sends(approved(one, ticket(one, "d", units=40)), "2026-11-03T15:20:00"))
    assert said == "A has no cash for it"
    assert one.orders.standing("d" * 32).status is Status.APPROVED
    assert SHORT in why(one.sends(approved(one, ticket(one, "e", "GLD", -11)), "2026-11-03T15:20:00"))


def test_a_sale_that_waits_for_its_limit_pays_for_nothing(one: Desk) -> None:
    one.holds("A", 0, SPY=50)
    limit = ticket(one, "a", "SPY", -10, kind=OrderKind.LIMIT, limit=Decimal(105))
    assert why(one.sends(approved(one, limit), OPEN)) == ""
    assert why(one.sends(approved(one, ticket(one, "b", "TLT")), OPEN)) == "A has no cash for it"
    one.sends(approved(one, ticket(one, "c", "SPY", -5)), OPEN)
    assert why(one.sends([one.orders.standing("b" * 32)], OPEN)) == "", "a market order for 500 pays for 500"


class Immediate:
    """A venue that fills everything at once, at its reference price."""

    name, live, unique = "paper", False, True

    def __init__(self) -> None:
        self.seen: list[str] = []

    def submit(self, stamped: object, order: str) -> Report:
        units, price = stamped.of(order).units, stamped.of(order).reference  # type: ignore[attr-defined]
        self.seen.append(order)
        return Report(order, Status.FILLED, "v", units, (Execution(f"e{order}", order, units, price, Decimal(0), DAY, ""),))

    def find(self, order: str) -> None:
        raise NoAnswer("not asked")


class TakenBack(Immediate):
    """Somebody takes the policy back once the first order is out."""

    def __init__(self, one: Desk) -> None:
        super().__init__()
        self.one = one

    def submit(self, stamped: object, order: str) -> Report:
        if not self.seen:
            moved(self.one.book, self.one.policy, Stage.LIVE, Stage.DRAFT, at=self.one.clock.at)
        return super().submit(stamped, order)


def test_a_policy_that_is_taken_back_while_its_orders_leave_stops_the_next_one(one: Desk) -> None:
    """A regression: the stage was asked once a group, and what was taken back in between left all the same."""
    one.holds("A", 10_000)
    some, venue = approved(one, ticket(one, "a"), ticket(one, "b", "TLT")), TakenBack(one)
    done = one.sends(some, OPEN, venue)
    assert venue.seen == ["a" * 32]
    assert [sent.standing.status for sent in done.sent] == [Status.FILLED, Status.APPROVED]
    assert "is at the stage draft" in why(done)
    assert done.exit_code == 5


def test_a_policy_that_is_taken_back_while_a_file_is_made_has_none_made(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one.holds("A", 10_000)
    some = approved(one, ticket(one, "a"))
    one.clock.at = np.datetime64(OPEN, "s")

    def slow(*words: Any) -> None:
        begin(*words)
        moved(one.book, one.policy, Stage.LIVE, Stage.DRAFT, at=one.clock.at)

    monkeypatch.setattr(exporting, "begin", slow)
    venue = venue_in(one.folder / "out", lambda _: b"orders", Form("blotter"))
    with pytest.raises(ApprovalRequired, match="is at the stage draft"):
        export(one.orders, one.judge(), some, venue)
    assert not list((one.folder / "out").glob("*.csv"))
    assert one.orders.standing("a" * 32).status is Status.APPROVED


def test_what_was_filled_at_once_by_an_earlier_group_is_spent(one: Desk) -> None:
    """Two blocks for A and B of 6,000 each for A, and 10,000 in cash: the second is refused, though the first is done."""
    one.holds("A", 10_000)
    one.holds("B", 10_000)
    found = one.orders.add([ticket(one, "a", units=60), ticket(one, "b", units=5, place="B"),
                            ticket(one, "c", "TLT", 120), ticket(one, "d", "TLT", 5, place="B")])  # fmt: skip
    made = gather(one.orders, found).blocks
    some = one.orders.approve([block.id for block in made], "bob")
    venue = Immediate()
    done = one.sends(some, OPEN, venue)
    assert len(venue.seen) == 1
    assert SHORT in why(done)
    assert one.book.purses("A")["USD"] >= 0


def test_a_block_of_members_under_two_policies_is_judged_by_each(one: Desk) -> None:
    strict = policy_from(values(one.folder, controls=[{"control": {"use": "order_units", "at_most": 5}, "id": "small"}]))
    put_at(one.book, strict, at=one.clock.at)
    one.holds("A", 10_000)
    one.holds("B", 10_000)
    for units, stops in ((6, "small"), (5, "")):
        some = one.orders.add(
            [ticket(one, f"{units}", units=30), ticket(one, f"{units + 2}", units=units, place="B", policy=strict.sha256)]
        )
        (block,) = gather(one.orders, some).blocks
        done = one.sends(one.orders.approve([block.id], "bob"), OPEN)
        assert stops in why(done)
        assert bool(why(done)) is bool(stops)


def test_sells_leave_before_buys_and_pay_for_them(one: Desk) -> None:
    one.holds("A", 0, SPY=50)
    some = approved(one, ticket(one, "a", "TLT", 20), ticket(one, "b", "SPY", -10))
    venue = Immediate()
    assert why(one.sends(some, OPEN, venue)) == ""
    assert venue.seen == ["b" * 32, "a" * 32]


def test_each_sleeve_spends_its_own_cash(one: Desk) -> None:
    """Core has 500, sat 5,000: core is to buy for 1,000 and buys for 500, sat does. What no run says is of its place."""
    one.holds("A/core", 500, GLD=1)
    one.holds("A/sat", 5_000, GLD=1)
    some = approved(one, ticket(one, "a", place="A/core"), ticket(one, "b", place="A/sat"))
    assert [name_of(one.orders, s) for s in some] == ["A/core", "A/sat"]
    assert len(grouped(one.orders, some)) == 2
    done = one.sends(some, OPEN)
    assert why(done) == "It was cut to the cash that is there: 5 of 10."
    assert [(s.standing.id[0], s.standing.ticket.units) for s in done.sent] == [("a", 5), ("b", 10)]


def test_a_rejected_sale_lets_what_cash_is_there_buy(one: Desk) -> None:
    """1,000 in cash and a sale for 1,000 are to buy for 2,000; the sale is rejected, and half is bought."""
    one.holds("A", 1_000, SPY=50)
    some = approved(one, ticket(one, "a", "TLT", 40), ticket(one, "b", "SPY", -10))

    class Picky(Immediate):
        """It takes no sale."""

        def submit(self, stamped: object, order: str) -> Report:
            if stamped.of(order).units < 0:  # type: ignore[attr-defined]
                return Report(order, Status.REJECTED, "v", why="no borrow")
            return super().submit(stamped, order)

    done = one.sends(some, OPEN, Picky())
    assert {s.standing.id[0]: (s.standing.status, s.standing.filled) for s in done.sent} == {
        "b": (Status.REJECTED, 0), "a": (Status.FILLED, 20),
    }  # fmt: skip
    assert "20 of 40" in why(done)


def test_a_price_that_ran_away_cuts_what_is_bought(one: Desk) -> None:
    """1,000 in cash buy 21 at the 47.50 of the decision; at the last price of 50 they buy 20."""
    one.holds("A", 1_000)
    some = approved(one, ticket(one, "a", "TLT", 21, reference=Decimal("47.5")))
    assert why(one.sends(some, OPEN, Immediate())) == "It was cut to the cash that is there: 20 of 21."


def test_a_cut_does_not_write_over_what_a_person_edits_meanwhile(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cash pays for 20 of 21; while the gate judges, a person wants 4. They stay approved, and nothing leaves."""
    one.holds("A", 1_000)
    (order,) = approved(one, ticket(one, "a", "TLT", 21))
    judge = sending.stamped_of

    def slowly(*args: Any) -> Stamped:
        stamped = judge(*args)
        one.orders.edit(order.id, units=Decimal(4), reason="the client wants less")
        return stamped

    monkeypatch.setattr(sending, "stamped_of", slowly)
    done = one.sends([order], OPEN, Immediate())
    assert [(s.standing.status, s.standing.ticket.units, s.why) for s in done.sent] == [(Status.APPROVED, 4, EDITED)]


def test_what_left_before_the_disk_was_full_is_not_said_to_have_been_refused(
    one: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a, b and c the answer to b cannot be written down: a is filled, b is under way, c waits. Exit code 6."""
    one.holds("A", 10_000)
    some = approved(one, ticket(one, "a"), ticket(one, "b", "TLT"), ticket(one, "c", "GLD", 5))
    record = OrderBook.record

    def full(self: OrderBook, report: Report, venue: str) -> object:
        if report.order[0] == "b":
            raise DiskFull("the disk is full", remedy="Make room.")
        return record(self, report, venue)

    monkeypatch.setattr(OrderBook, "record", full)
    done = one.sends(some, OPEN, Immediate())
    assert [(s.standing.id[0], s.standing.status) for s in done.sent] == [("a", Status.FILLED), ("b", Status.INTENT)]
    assert [[s.id[0] for s in r.orders] for r in done.refused] == [["c"]]
    assert done.exit_code == 6
    assert replace(done, refused=()).exit_code == 6
    nothing = [s._replace(standing=replace(s.standing, status=Status.CANCELLED)) for s in done.sent]  # proved unsent
    assert replace(done, sent=tuple(nothing), refused=()).exit_code == 1  # regression: 0, so that nobody looked


def test_of_what_is_cut_one_slice_leaves_although_the_name_of_the_account_begins_their_ids(one: Desk) -> None:
    one.orders.add([ticket(one, "p")])
    slices = [ticket(one, name, units=4, parent="p" * 32) for name in ("Ab", "Ac")]
    one.orders.add(slices)
    one.orders.approve([each.id for each in slices], "bob")
    assert [each.id for each in sendable(one.orders, ["A"])] == [slices[0].id]
    assert [each.id for each in sendable(one.orders, ["AcAc"])] == [slices[1].id]


def test_what_was_cut_closes_where_the_venue_rejects_its_last_slice_at_once(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: it stayed approved for ever, and each month said that there is nothing approved to send."""

    class Poor(Immediate):
        """It takes one order, and no other."""

        def submit(self, stamped: object, order: str) -> Report:
            return Report(order, Status.REJECTED, why="no money") if self.seen else super().submit(stamped, order)

    poor = Poor()
    monkeypatch.setattr(errands, "open_venue", lambda *_: poor)
    one.holds("A", 10_000)
    one.orders.add([ticket(one, "p")])
    approved(one, *(ticket(one, name, units=5, parent="p" * 32) for name in ("Ab", "Ac")))
    errand = errands.Errand(one.orders, one.judge(OPEN), one.clock, one.folder)
    states = []
    for _ in range(2):
        errands.send(errand, ["A"])
        states.append(one.orders.standing("p" * 32).status)
    assert states == [Status.PLANNED, Status.CANCELLED]
    assert one.orders.standing("p" * 32).why.startswith("its 2 slices filled 5 of 10 units")


def test_live_orders_are_taken_back_and_asked_for_without_arming(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Real(Immediate):
        """It takes orders back."""

        name = "alpaca"

        def cancel(self, order: str) -> Report:
            return Report(order, Status.CANCELLED, "v")

        def reports(self, _: object) -> tuple[Report, ...]:
            return ()

        def positions(self, _: str) -> None:
            return None

    monkeypatch.setattr(errands, "open_venue", lambda *_: Real())
    one.holds("A", 10_000)
    some = approved(one, ticket(one, "a"), ticket(one, "b", "TLT"))
    one.orders.intend(some[0].id, "alpaca", Decimal(100))
    one.orders.record(Report(some[0].id, Status.ACKED, "v"), "alpaca")
    errand = errands.Errand(one.orders, one.judge(OPEN), one.clock, one.folder, "alpaca", live=True)
    with pytest.raises(NoAccess, match="A is not armed"):
        errands.send(errand, [some[1].id])
    ((done,), _) = errands.cancel(errand, [some[0].id], "stop")
    assert done.status is Status.CANCELLED
    assert [each.clean for each in errands.ask(errand, "A")] == [True]


def test_an_account_that_another_process_sends_for_is_listed_and_the_others_go_on(one: Desk) -> None:
    one.holds("A", 10_000)
    one.holds("B", 10_000)
    some = approved(one, ticket(one, "a"), ticket(one, "b", place="B"))
    with one.orders.sender("A"):
        done = one.sends(some, OPEN)
    assert [r.account for r in done.refused] == ["A"]
    assert [s.standing.id[0] for s in done.sent] == ["b"]


def test_nobody_sends_between_the_judgement_and_the_sending(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is taken before the book is read: while the gate judges, it is held."""
    one.holds("A", 10_000)
    some, held = approved(one, ticket(one, "a")), []
    append = type(one.book).append

    def watching(self, events, **more):  # type: ignore[no-untyped-def]
        if isinstance(events[0], Note) and events[0].kind == "gate":
            with pytest.raises(Exception, match="sen"), OrderBook(self, one.clock, "eve").sender("A"):
                held.append("free")
            held.append("locked")
        return append(self, events, **more)

    monkeypatch.setattr(type(one.book), "append", watching)
    one.sends(some, OPEN)
    assert held == ["locked"]


def test_a_policy_of_the_journal_that_reads_otherwise_than_it_did_is_refused(one: Desk) -> None:
    note = Note("policy", {"sha256": "1" * 64, "name": "old", "source": one.policy.identity.source, "folder": ""})
    one.book.append([note], recorded=one.clock.at, author="ann")
    with pytest.raises(UsageError, match="policy old of the journal reads as"):
        one.judge().policy("1" * 64)


def test_live_never_without_arming_and_that_lapses_at_midnight_utc(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Where("alpaca", "A", one.folder, live=True)
    noon = np.datetime64("2026-11-03T12:00:00", "s")
    with pytest.raises(NoAccess, match="A is not armed"):
        require_armed(one.orders, live, ("A",), noon)
    assert str(arm(one.orders, "A", "alpaca", noon)) == "2026-11-04T00:00:00"
    require_armed(one.orders, live, ("A",), np.datetime64("2026-11-03T23:59:59"))
    for account, venue, at in (
        ("A", "alpaca", "2026-11-04T00:00:00"),
        ("B", "alpaca", "2026-11-03T13:00"),
        ("A", "ibkr", "2026-11-03T13:00"),
    ):
        with pytest.raises(NoAccess):
            require_armed(one.orders, replace(live, venue=venue), (account,), np.datetime64(at))
    for name in ("ALPACA_API_KEY", "ALPACA_SECRET_KEY", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    clock: Clock = one.clock
    with pytest.raises(NoAccess, match="is not set"):
        open_venue(live, one.accounts(), clock).positions("A")
    with pytest.raises(UsageError, match="no real money"):
        open_venue(replace(live, venue="paper"), one.accounts(), clock)
    with pytest.raises(UsageError, match="takes no real orders"):
        arm(one.orders, "A", "paper", noon)


def test_slices_that_were_cancelled_leave_room_for_others(one: Desk) -> None:
    """Of 40, 25 left and were cancelled with 5 filled: 35 may still go, 36 not."""
    one.holds("A", 10_000)
    (parent,) = one.orders.add([ticket(one, "a", units=40)])
    some = one.orders.add([ticket(one, "b", units=25, parent=parent.id)])
    one.sends(one.orders.approve([some[0].id], "bob"), OPEN)
    fill = Execution("x", some[0].id, Decimal(5), Decimal(100), Decimal(0), DAY, "")
    one.orders.record(Report(some[0].id, Status.CANCELLED, "v", Decimal(5), (fill,)), "paper")
    for name, units, stops in (("c", 36, True), ("d", 35, False)):
        (piece,) = one.orders.add([ticket(one, name, units=units, parent=parent.id)])
        assert bool(why(one.sends(one.orders.approve([piece.id], "bob"), "2026-11-03T15:30:00"))) is stops


def test_a_loop_of_rejections_is_stopped_by_the_count_and_moves_nothing() -> None:
    ticket = Ticket("r" * 32, "A", "SPY", Decimal(10), Decimal(100))
    gone = Standing(ticket, Status.REJECTED, sent_at="2026-11-03T15:00:00Z")
    part = replace(gone, status=Status.CANCELLED, filled=Decimal(4))
    never = replace(gone, status=Status.CANCELLED, sent_at="")
    found = earlier_of([gone, part, never, replace(gone, status=Status.ACKED)], {"SPY": 0})
    assert [(one.units, one.notional) for one in found] == [(0, 0), (4, 400), (10, 1000)]


def test_two_processes_that_find_an_account_unknown_at_the_paper_broker_give_it_its_units_once(
    one: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.holds("A", 1_000, SPY=5)
    monkeypatch.setattr(PaperBroker, "knows", lambda *_: False)  # both asked before either of them gave
    for _ in range(2):
        venue = open_venue(Where("paper", "A", one.folder), one.accounts(), one.clock)
    assert venue.positions("A") == {"SPY": 5}


@pytest.mark.parametrize(
    ("broker", "needs"), [("alpaca", "TRIMTAB_ALPACA_KEY is not set"), ("ibkr", "ib_async is not installed")]
)
def test_what_cannot_be_sent_anyway_stays_approved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broker: str, needs: str
) -> None:
    """A missing key or package took the approved orders of the morning with it: cancelled, as proved unsent."""
    monkeypatch.delenv("TRIMTAB_ALPACA_KEY", raising=False)
    monkeypatch.setitem(sys.modules, "ib_async", None)
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        (made,) = one.proposes("A")
        waiting = one.approved(made)
        errand = errands.Errand(one.orders, one.judge(), one.clock, tmp_path, broker)
        with pytest.raises(NotSent, match=needs):
            errands.send(errand, ["A"])
        assert {one.orders.standing(s.id).status for s in waiting} == {Status.APPROVED}


@pytest.mark.parametrize("late", [False, True])
def test_an_order_that_is_edited_while_it_is_sent_does_not_leave_as_it_was(
    one: Desk, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the venue was told 10 units, and the book had 4, the second of two operators having taken 6 back."""
    one.holds("A", 10_000)
    (some,) = approved(one, ticket(one, "a"))

    def interfering(call: Any) -> Any:
        def first(*words: Any) -> Any:
            if one.orders.standing(some.id).ticket.units > 4:
                one.orders.edit(some.id, units=Decimal(4), reason="less")
            return call(*words)

        return first

    owner, name = (OrderBook, "intend") if late else (Inquiry, "recover")
    monkeypatch.setattr(owner, name, interfering(getattr(owner, name)))
    venue = Immediate()
    (sent,) = one.sends((some,), OPEN, venue).sent
    assert "edited after the gate" in sent.why
    assert sent.standing.status is (Status.CANCELLED if late else Status.APPROVED)
    assert venue.seen == []


def test_what_the_gate_stops_is_not_cut_to_the_cash_of_now(one: Desk) -> None:
    one.holds("A", 900)
    (some,) = approved(one, ticket(one, "a"))
    assert "is closed" in why(one.sends((some,), "2026-11-26T15:00:00"))
    assert one.orders.standing(some.id).ticket.units == 10
    assert one.sends((some,), OPEN).sent[0].standing.ticket.units == 9
