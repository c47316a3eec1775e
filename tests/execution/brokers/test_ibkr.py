"""The adapter of Interactive Brokers, against a double of TWS that speaks its wire protocol."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.brokers import tws_shapes as shapes
from tests.execution.brokers.tws_double import Tws
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.orders import OrderKind, Standing, Status, Ticket, TimeInForce, client_id
from trimtab.core.settling import settle
from trimtab.core.venues import Execution, NoAccess, NoAnswer, NotSent, Report, Venue, remembered_since
from trimtab.execution import gate
from trimtab.execution.brokers.ibkr import Ibkr
from trimtab.execution.brokers.ibkr_heard import Heard
from trimtab.execution.brokers.ibkr_line import Line
from trimtab.execution.brokers.ibkr_talk import Talk
from trimtab.execution.brokers.ibkr_words import order_words, report_of, symbol_of

ID = client_id("a run", 1)
TICKET = Ticket(ID, "smith", "SPY", Decimal(100), Decimal(500))
CONNECTIVITY = (1100, 1101, 1102, 502, 504)


def stamped(*tickets: Ticket) -> gate.Stamped:
    """What the gate would hand out; only a test may take its seal."""
    return gate.Stamped(tickets or (TICKET,), seal=gate._SEAL)


@pytest.fixture
def tws() -> Iterator[Tws]:
    double = Tws()
    yield double
    double.close()


@pytest.fixture
def venues() -> Iterator[Callable[..., Ibkr]]:
    """Makes adapters, and ends them."""
    made = []

    def make(tws: Tws, **fields: Any) -> Ibkr:
        made.append(Ibkr(**{"port": tws.port, "timeout": 5.0, "linger": 0.05, "patience": 0.1, **fields}))
        return made[-1]

    yield make
    for venue in made:
        venue.close()


@pytest.fixture
def venue(tws: Tws, venues: Callable[..., Ibkr]) -> Ibkr:
    return venues(tws)


def outcome(work: Callable[[], object]) -> object:
    """What a call came to: its answer, or the kind of its error."""
    try:
        return work()
    except (NotSent, NoAnswer) as error:
        return type(error)


# Laws


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=3))
@settings(max_examples=30)
def test_executions_come_to_the_same_report_in_any_order_doubled_or_corrected(order: list[int], again: list[int]) -> None:
    rows = [("x.01.01", 10, 5.0), ("x.02.01", 20, 5.5), ("x.02.02", 20, 5.25), ("x.03.01", 5, 6.0)]
    heard = Heard("UTC", 1)
    for at in [*order, *again]:
        name, units, price = rows[at]
        heard.execDetails(-1, None, fill(name, units, price))
    report = report_of(heard, ID, "UTC", "USD")
    assert report is not None
    assert [(one.id, one.units, one.price) for one in report.executions] == [
        ("x.01", 10, 5),
        ("x.02", 20, Decimal("5.25")),
        ("x.03", 5, 6),
    ]


@given(st.decimals(min_value="0.0001", max_value="1e7", places=4), st.decimals(min_value="0.01", max_value="1e5", places=2))
@settings(max_examples=30)
def test_units_and_prices_leave_as_exact_text(units: Decimal, limit: Decimal) -> None:
    words = order_words(replace(TICKET, units=-units, kind=OrderKind.LIMIT, limit=limit))
    assert (words["action"], Decimal(words["totalQuantity"]), Decimal(words["lmtPrice"])) == ("SELL", units, limit)
    assert "E" not in words["totalQuantity"] + words["lmtPrice"]


def fill(name: str, units: float, price: float) -> Any:
    at = datetime(2026, 1, 5, 20, 30, tzinfo=UTC)
    return SimpleNamespace(execId=name, side="BOT", shares=units, price=price, time=at, permId=7, orderRef=ID)


# By hand


def test_a_filled_order_is_told_with_its_executions_and_their_commissions(tws: Tws, venue: Ibkr) -> None:
    tws.fills = [(60, 500.25), (40, 500.5)]
    report = venue.submit(stamped(), ID)
    day, at = date(2026, 1, 5), "2026-01-05T20:30:00Z"  # 15:30 in New York is 20:30 UTC
    assert report == Report(
        ID,
        Status.FILLED,
        "1100000001",
        Decimal(100),
        (
            Execution("0000e0d5.4190ab01.01", ID, Decimal(60), Decimal("500.25"), Decimal(1), day, at),
            Execution("0000e0d5.4190ab01.02", ID, Decimal(40), Decimal("500.5"), Decimal(1), day, at),
        ),
    )
    found = venue.find(ID)
    assert found is not None
    assert found[:5] == report[:5]
    assert venue.find(client_id("a run", 2)) is None


def test_a_partly_filled_sale_counts_below_zero_and_the_rest_is_cancelled(tws: Tws, venue: Ibkr) -> None:
    tws.fills = [(30, 500.0)]
    report = venue.submit(stamped(replace(TICKET, units=Decimal(-100))), ID)
    assert (report.status, report.filled, report.executions[0].units) == (Status.PARTIAL, -30, -30)
    after = venue.cancel(ID)
    assert (after.status, after.filled) == (Status.CANCELLED, -30)
    found = venue.find(ID)
    assert found is not None
    assert (found.status, found.filled) == (Status.CANCELLED, -30)
    assert venue.cancel(ID).status is Status.CANCELLED
    assert tws.asked.count("cancel") == 1


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        (TICKET, ("MKT", "", "DAY")),
        (replace(TICKET, tif=TimeInForce.IOC), ("MKT", "", "IOC")),
        (replace(TICKET, kind=OrderKind.LIMIT, limit=Decimal("499.90"), tif=TimeInForce.GTC), ("LMT", "499.9", "GTC")),
        (replace(TICKET, kind=OrderKind.ON_OPEN), ("MKT", "", "OPG")),
        (replace(TICKET, kind=OrderKind.ON_OPEN, limit=Decimal(500)), ("LMT", "500", "OPG")),
        (replace(TICKET, kind=OrderKind.ON_CLOSE), ("MOC", "", "DAY")),
        (replace(TICKET, kind=OrderKind.ON_CLOSE, limit=Decimal(500)), ("LOC", "500", "DAY")),
    ],
)
def test_each_kind_of_order_is_what_the_venue_calls_it(
    tws: Tws, venue: Ibkr, ticket: Ticket, expected: tuple[str, str, str]
) -> None:
    assert venue.submit(stamped(ticket), ID).status is Status.ACKED
    one = tws.orders[0]
    assert (one.kind, one.limit, one.tif, one.ref, one.account, one.exchange) == (*expected, ID, "DU123456", "SMART")


@pytest.mark.parametrize(
    "ticket",
    [
        replace(TICKET, kind=OrderKind.LIMIT),
        replace(TICKET, limit=Decimal(5)),
        replace(TICKET, kind=OrderKind.ON_CLOSE, tif=TimeInForce.IOC),
        replace(TICKET, units=Decimal(0)),
    ],
)
def test_an_order_that_the_venue_does_not_have_is_not_sent(tws: Tws, venue: Ibkr, ticket: Ticket) -> None:
    assert outcome(lambda: venue.submit(stamped(ticket), ID)) is NotSent
    assert not tws.asked


def test_share_classes_have_a_blank_there_and_a_point_here(tws: Tws, venue: Ibkr) -> None:
    assert venue.submit(stamped(replace(TICKET, instrument="BRK.B")), ID).status is Status.ACKED
    assert tws.orders[0].symbol == "BRK B"
    rows = [("DU123456", "BRK B", 5.0), ("DU123456", "SPY", -2.5), ("DU999", "AGG", 7.0), ("DU123456", "EFA", 0.0)]
    tws.positions = [shapes.position(*row) for row in rows]
    tws.positions += [shapes.position("DU123456", "VOD", 3.0), shapes.position("DU123456", "VOD", 4.0, "GBP")]
    held = {"BRK.B": 5, "SPY": Decimal("-2.5"), "VOD": 3, "VOD@GBP": 4}
    assert venue.positions("smith") == held
    assert [symbol_of("RCI.B", "CAD", {}), symbol_of("X.Y", "USD", {"X.Y": "XY"})] == ["RCI.B", "XY"]


def test_reports_tell_every_order_of_ours_and_nobody_elses(tws: Tws, venue: Ibkr) -> None:
    other, third = client_id("a run", 2), client_id("a run", 3)
    venue.submit(stamped(), ID)
    tws.fills = [(100, 500.0)]
    venue.submit(stamped(replace(TICKET, id=other)), other)
    tws.fills = []
    venue.submit(stamped(replace(TICKET, id=third)), third)
    tws.orders[2].ref = "by hand"
    assert [(one.order, one.status) for one in venue.reports(date(2026, 1, 5))] == [(ID, Status.ACKED), (other, Status.FILLED)]
    assert [one.order for one in venue.reports(date(2026, 1, 6))] == [ID]


# Who we are


def test_it_is_a_venue_of_paper_that_takes_ids_twice(venue: Ibkr) -> None:
    one: Venue = venue
    assert (one.name, one.live, one.unique) == ("ibkr", False, False)


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-11-03T02:00:00", "2026-11-02T05:00:00"),  # nine in the evening of the second, in winter
        ("2026-07-01T03:59:59", "2026-06-30T04:00:00"),  # a second before midnight, in summer
        ("2026-07-01T04:00:00", "2026-07-01T04:00:00"),
    ],
)
def test_it_remembers_what_is_over_since_midnight_in_new_york(now: str, since: str, venue: Ibkr) -> None:
    assert remembered_since(venue, np.datetime64(now, "s")) == np.datetime64(since, "s")


@pytest.mark.parametrize(
    ("accounts", "fields"),
    [
        ("U123456", {}),
        ("DU123456,U123456", {"account": "DU123456"}),
        ("DU123456", {"live": True, "account": "DU123456"}),
        ("DF12", {"live": True, "account": "DF12"}),
        ("DU1,DU2", {}),
        ("DU1", {"account": "DU2"}),
    ],
)
def test_a_session_with_the_wrong_accounts_is_refused(venues: Any, accounts: str, fields: dict[str, Any]) -> None:
    tws = Tws(accounts)
    venue = venues(tws, **fields)
    assert outcome(lambda: venue.submit(stamped(), ID)) is NoAccess
    assert outcome(lambda: venue.find(ID)) is NoAnswer
    assert not tws.orders
    assert "open" not in tws.asked
    tws.close()


@pytest.mark.parametrize(("accounts", "fields"), [("U1", {"live": True, "account": "U1"}), ("DF1,DU1", {"account": "DU1"})])
def test_a_session_with_the_right_accounts_is_used(venues: Any, accounts: str, fields: dict[str, Any]) -> None:
    tws = Tws(accounts)
    assert venues(tws, **fields).submit(stamped(), ID).status is Status.ACKED
    assert tws.orders[0].account == fields["account"]
    tws.close()


def test_accounts_of_ours_have_codes_of_the_venue(venues: Any) -> None:
    tws = Tws("DU1,DU2")
    venue = venues(tws, account="DU1", accounts={"smith": "DU2", "jones": "DU3"})
    assert venue.submit(stamped(), ID).status is Status.ACKED
    assert tws.orders[0].account == "DU2"
    other = client_id("a run", 2)
    assert outcome(lambda: venue.submit(stamped(replace(TICKET, id=other, account="jones")), other)) is NotSent
    assert len(tws.orders) == 1
    tws.close()


def test_ports_of_the_other_session_are_refused_before_anything_is_connected() -> None:
    for live, port in [(False, 7496), (False, 4001), (True, 7497), (True, 4002)]:
        with pytest.raises(NoAccess, match=f"port {port} is that of a"):
            _ = Ibkr(live=live, port=port, account="U1").address
    with pytest.raises(ParameterError):
        Ibkr(timeout=0.0)


def test_what_is_left_empty_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "CLIENT_ID", "ACCOUNT", "LIVE_ACCOUNT"):
        monkeypatch.delenv(f"TRIMTAB_IBKR_{name}", raising=False)
    assert Ibkr().address[:5] == ("127.0.0.1", 7497, 27, "", False)
    with pytest.raises(NoAccess, match="needs its account named"):
        _ = Ibkr(live=True).address
    monkeypatch.setenv("TRIMTAB_IBKR_HOST", "gateway")
    monkeypatch.setenv("TRIMTAB_IBKR_PORT", "4002")
    monkeypatch.setenv("TRIMTAB_IBKR_CLIENT_ID", "0")
    monkeypatch.setenv("TRIMTAB_IBKR_ACCOUNT", "DU7")
    assert Ibkr().address[:5] == ("gateway", 4002, 0, "DU7", False)
    with pytest.raises(NoAccess, match="needs its account named"):
        _ = Ibkr(live=True, port=4001).address
    monkeypatch.setenv("TRIMTAB_IBKR_LIVE_ACCOUNT", "U7")
    assert Ibkr(live=True, port=4001).address[:5] == ("gateway", 4001, 0, "U7", True)
    monkeypatch.setenv("TRIMTAB_IBKR_PORT", "paper")
    with pytest.raises(NoAccess, match="no number"):
        _ = Ibkr().address


def test_nothing_is_asked_without_a_stamp(tws: Tws, venue: Ibkr) -> None:
    for wrong, order in [((TICKET,), ID), (stamped(), client_id("a run", 2))]:
        with pytest.raises(InvariantError):
            venue.submit(wrong, order)
    assert not tws.asked


def test_it_is_not_called_inside_an_event_loop(tws: Tws, venue: Ibkr) -> None:
    async def inside() -> object:
        return outcome(lambda: venue.submit(stamped(), ID))

    assert asyncio.run(inside()) is NotSent
    assert not tws.asked


# Faults

ASKING = ("open", "completed", "executions")
SILENT = ("hang", "lost")
BROKEN = (*SILENT, "die", "die unread", "cut", "garble", *CONNECTIVITY)


def healthy(tws: Tws, request: str, fault: str | int) -> None:
    """The fault, with an order in each list, so that each answer has something to lose."""
    for number in range(2):
        one = shapes.Placed(900 + number, 9, 77 + number, "AGG", "USD", "BUY", 1, "MKT", "", "DAY", "DU123456", f"x{number}")
        tws.orders.append(one)
    tws.fill(tws.orders[-1], 1, 5.0)
    tws.faults = {request: fault}


@pytest.mark.parametrize("greets", ["refused", "never", "in use"])
def test_without_a_handshake_nothing_is_sent(tws: Tws, venues: Any, greets: str) -> None:
    venue, tws.greets = venues(tws, timeout=0.1), greets
    if greets == "refused":
        tws.refuse()
    assert outcome(lambda: venue.submit(stamped(), ID)) is NotSent
    assert outcome(lambda: venue.cancel(ID)) is NotSent
    assert outcome(lambda: venue.find(ID)) is NoAnswer
    assert outcome(lambda: venue.positions("smith")) is NoAnswer
    assert not tws.asked


@pytest.mark.parametrize(("request_", "fault"), [*itertools.product(ASKING, BROKEN)])
def test_an_answer_with_a_hole_is_no_answer_and_nothing_is_sent_on_it(tws: Tws, venues: Any, request_: str, fault: str) -> None:
    venue = venues(tws, timeout=0.15 if fault in SILENT else 5.0)
    healthy(tws, request_, fault)
    assert outcome(lambda: venue.submit(stamped(), ID)) is NotSent
    healthy(tws, request_, fault)
    assert outcome(lambda: venue.find(ID)) is NoAnswer
    healthy(tws, request_, fault)
    assert outcome(lambda: venue.cancel(ID)) is NotSent
    assert not {"place", "cancel"} & set(tws.asked)
    assert venues(tws).find(ID) is None


@pytest.mark.parametrize("fault", [*BROKEN, "answer then die"])
def test_an_order_whose_answer_was_lost_is_found_and_never_sent_twice(tws: Tws, venues: Any, fault: str) -> None:
    venue, tws.faults = venues(tws), {"place": fault}
    first = venues(tws, timeout=0.8) if fault in SILENT else venues(tws, linger=0.5)
    assert outcome(lambda: first.submit(stamped(), ID)) is NoAnswer
    arrived = fault not in {"lost", "die unread"}
    assert len(tws.orders) == arrived
    found = venue.find(ID)
    assert (found is not None and found.status is Status.ACKED) if arrived else found is None
    assert venue.submit(stamped(), ID).status is Status.ACKED
    assert len(tws.orders) == 1


def test_control_a_sender_that_does_not_ask_has_two_orders(tws: Tws, venues: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def blind(talk: Talk, order: str) -> None:
        return None

    monkeypatch.setattr(Talk, "asked", blind)
    venue, tws.faults = venues(tws, timeout=0.8), {"place": "hang"}
    assert outcome(lambda: venue.submit(stamped(), ID)) is NoAnswer
    assert venue.submit(stamped(), ID).status is Status.ACKED
    assert [one.ref for one in tws.orders] == [ID, ID]


@pytest.mark.parametrize("fault", [*BROKEN, "answer then die"])
def test_a_cancellation_whose_answer_was_lost_is_settled_by_asking(tws: Tws, venues: Any, fault: str) -> None:
    venue, first = venues(tws), venues(tws, timeout=0.8 if fault in SILENT else 5.0)
    venue.submit(stamped(), ID)
    tws.faults = {"cancel": fault}
    expected = {NoAnswer, Status.CANCELLED} if fault == "answer then die" else {NoAnswer}
    came = outcome(lambda: first.cancel(ID))
    assert (came.status if isinstance(came, Report) else came) in expected
    found = venue.find(ID)
    assert found is not None
    assert found.status is (Status.ACKED if fault in {"lost", "die unread"} else Status.CANCELLED)
    assert len(tws.orders) == 1


@pytest.mark.parametrize(("request_", "fault"), [*itertools.product(("place", *ASKING), ("slow", "double"))])
def test_slow_and_doubled_answers_are_answers(tws: Tws, venue: Ibkr, request_: str, fault: str) -> None:
    tws.faults, tws.fills = {request_: fault}, [(60, 500.0), (40, 501.0)]
    report = venue.submit(stamped(), ID)
    assert (report.status, report.filled, len(report.executions)) == (Status.FILLED, 100, 2)
    tws.faults = {request_: fault}
    found = venue.find(ID)
    assert found is not None
    assert found[:5] == report[:5]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (201, "Order rejected - reason:INSUFFICIENT FUNDS"),
        (110, "The price does not conform to the minimum price variation for this contract."),
        (200, "No security definition has been found for the request"),
        (321, "Error validating request:-'b' : The API interface is currently in Read-Only mode."),
        (10243, "Fractional-sized order cannot be placed via API."),
    ],
)
def test_a_refused_order_is_rejected_with_the_venues_words(tws: Tws, venue: Ibkr, code: int, text: str) -> None:
    tws.refusal = (code, text)
    report = venue.submit(stamped(), ID)
    assert (report.status, report.filled, report.why) == (Status.REJECTED, 0, f"{code} {text}")
    assert not tws.orders
    assert venue.find(ID) is None


def test_an_unknown_error_on_an_order_that_stands_is_no_rejection(tws: Tws, venue: Ibkr) -> None:
    tws.notices = [(12345, "Something new")]
    report = venue.submit(stamped(), ID)
    assert (report.status, report.why) == (Status.ACKED, "12345 Something new")


@pytest.mark.parametrize("code", [399, 404, 2109, 10349])
def test_a_notice_leaves_an_order_where_it_is(tws: Tws, venue: Ibkr, code: int) -> None:
    tws.notices = [(code, "Order Message: it waits for the opening.")]
    report = venue.submit(stamped(), ID)
    assert (report.status, report.why) == (Status.ACKED, f"{code} Order Message: it waits for the opening.")


@pytest.mark.parametrize(
    ("status", "words", "filled", "expected"),
    [
        ("Inactive", "Order rejected - reason: no shares", 0, Status.REJECTED),
        ("Inactive", "", 30, Status.CANCELLED),
        ("Cancelled", "Order Canceled - reason: rejected by exchange", 0, Status.REJECTED),
        ("Cancelled", "Order expired", 30, Status.EXPIRED),
        ("Cancelled", "", 30, Status.CANCELLED),
        ("PendingSubmit", "", 0, Status.ACKED),
        ("Submitted", "", 30, Status.PARTIAL),
        ("PendingCancel", "", 0, Status.ACKED),
    ],
)
def test_each_status_of_the_venue_is_one_of_ours(
    tws: Tws, venue: Ibkr, status: str, words: str, filled: int, expected: Status
) -> None:
    venue.submit(stamped(), ID)
    if filled:
        tws.fill(tws.orders[0], filled, 500.0)
    tws.orders[0].status, tws.orders[0].words = status, words
    found = venue.find(ID)
    assert found is not None
    assert (found.status, found.filled) == (expected, filled)
    assert words in found.why


def test_a_partial_fill_before_the_connection_breaks_is_unknown_until_it_is_asked_for(tws: Tws, venues: Any) -> None:
    venue = venues(tws, linger=0.5)
    tws.faults, tws.fills = {"place": "answer then die"}, [(30, 500.0)]
    assert outcome(lambda: venue.submit(stamped(), ID)) is NoAnswer
    found = venue.find(ID)
    assert found is not None
    assert (found.status, found.filled, len(found.executions)) == (Status.PARTIAL, 30, 1)


def test_an_execution_may_come_before_its_order(tws: Tws, venue: Ibkr) -> None:
    tws.early, tws.fills = True, [(100, 500.0)]
    report = venue.submit(stamped(), ID)
    assert (report.status, report.filled, report.executions[0].cost) == (Status.FILLED, 100, 1)


def test_a_missing_commission_counts_as_nothing_and_is_said(tws: Tws, venue: Ibkr) -> None:
    tws.commissions, tws.fills = False, [(100, 500.0)]
    report = venue.submit(stamped(), ID)
    assert (report.status, report.executions[0].cost) == (Status.FILLED, 0)
    assert "the commission of 1 execution is not told yet and counted as 0" in report.why
    tws.commissions, tws.currency = True, "CHF"
    found = venue.find(ID)
    assert found is not None
    assert found.executions[0].cost == 1
    assert "commissions are in CHF, not in USD" in found.why


def test_fills_that_the_venue_counts_and_does_not_show_are_counted(tws: Tws, venue: Ibkr) -> None:
    venue.submit(stamped(), ID)
    tws.fill(tws.orders[0], 30, 500.0)
    tws.faults = {"executions": "empty"}
    found = venue.find(ID)
    assert found is not None
    assert (found.status, found.filled, found.executions) == (Status.PARTIAL, 30, ())
    assert settle(Standing(TICKET, Status.ACKED), {}, found).missing == 30


def test_a_corrected_execution_comes_back_under_its_id_and_contradicts_what_was_booked(tws: Tws, venue: Ibkr) -> None:
    tws.fills = [(100, 500.0)]
    report = venue.submit(stamped(), ID)
    booked = settle(Standing(TICKET, Status.SENT), {}, report)
    known = {one.id: one for one in booked.booked}
    tws.correct(tws.orders[0], 499.0)
    found = venue.find(ID)
    assert found is not None
    assert [(one.id, one.price) for one in found.executions] == [("0000e0d5.4190ab01.01", 499)]
    after = settle(booked.standing, known, found)
    assert not after.booked
    assert after.contradictions == ("execution 0000e0d5.4190ab01.01 was 100.0 at 500.0, now it is 100.0 at 499.0",)


def test_two_orders_under_one_id_are_told_as_one_that_cannot_be(tws: Tws, venue: Ibkr) -> None:
    tws.fills = [(100, 500.0)]
    venue.submit(stamped(), ID)
    tws.orders.append(replace(tws.orders[0], number=99, perm=5, fills=[]))
    tws.fill(tws.orders[1], 100, 500.0)
    found = venue.find(ID)
    assert found is not None
    assert found.filled == 200
    assert "2 orders carry this id" in found.why
    assert settle(Standing(TICKET, Status.UNKNOWN), {}, found).contradictions


def test_an_id_that_the_venue_cut_is_recognised(tws: Tws, venue: Ibkr) -> None:
    venue.submit(stamped(), ID)
    venue._line.drop()
    tws.orders[0].ref = ID[:20]
    assert venue.find(ID) is not None
    assert venue.find(client_id("a run", 2)) is None
    tws.orders[0].ref = ID[:8]
    venue._line.drop()
    assert venue.find(ID) is None


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("20260105-23:30:00", date(2026, 1, 5), "2026-01-05T23:30:00Z"),
        ("20260105  23:30:00", date(2026, 1, 5), "2026-01-06T04:30:00Z"),  # without a zone: the adapter's
        ("20260105 23:30:00 Europe/London", date(2026, 1, 5), "2026-01-05T23:30:00Z"),
        ("20260106 03:30:00 UTC", date(2026, 1, 5), "2026-01-06T03:30:00Z"),  # still the evening before in New York
    ],
)
def test_times_are_read_in_the_zone_they_are_written_in(tws: Tws, venue: Ibkr, text: str, day: date, at: str) -> None:
    tws.time, tws.fills = text, [(100, 500.0)]
    one = venue.submit(stamped(), ID).executions[0]
    assert (one.day, one.at) == (day, at)


def test_without_the_venues_servers_nothing_is_sent_and_nothing_is_known_not_to_be_there(tws: Tws, venue: Ibkr) -> None:
    tws.greeting = [shapes.error(-1, 2110, "Connectivity between Trader Workstation and server is broken.")]
    assert outcome(lambda: venue.submit(stamped(), ID)) is NotSent
    assert outcome(lambda: venue.find(ID)) is NoAnswer
    tws.greeting.append(shapes.error(-1, 1102, "Connectivity between IB and Trader Workstation has been restored."))
    for _ in range(5):  # on a busy machine the notice comes while the question is asked, which then has no answer
        if outcome(lambda: venue.find(ID)) is not NoAnswer:
            break
    assert venue.find(ID) is None
    assert venue.submit(stamped(), ID).status is Status.ACKED


def test_a_connection_that_ended_between_two_calls_is_opened_again(tws: Tws, venue: Ibkr) -> None:
    assert venue.find(ID) is None
    tws.hang_up()
    assert venue.submit(stamped(), ID).status is Status.ACKED
    venue.close()
    assert venue.find(ID) is not None


def test_a_number_that_an_open_order_of_ours_has_is_not_used_again(tws: Tws, venue: Ibkr) -> None:
    """TWS would take it for a change of that order."""
    tws.stale = True
    tws.orders = [shapes.Placed(2, 27, 9, "AGG", "USD", "BUY", 1, "MKT", "", "DAY", "DU123456", client_id("a run", 7))]
    assert venue.submit(stamped(), ID).status is Status.ACKED
    assert tws.orders[1].number > 2


def test_only_the_client_that_placed_an_order_cancels_it(tws: Tws, venue: Ibkr, venues: Any) -> None:
    venue.submit(stamped(), ID)
    other = venues(tws, client_id=5)
    with pytest.raises(NotSent, match="placed by API client 27, we are 5"):
        other.cancel(ID)
    assert outcome(lambda: venue.cancel(client_id("a run", 2))) is NotSent
    assert "cancel" not in tws.asked


def test_an_order_that_is_filled_before_its_cancellation_arrives_is_filled(tws: Tws, venue: Ibkr) -> None:
    venue.submit(stamped(), ID)
    cancel = tws._cancel

    def overtaken(fields: list[str], client: int) -> Any:
        tws.fill(tws.orders[0], 100, 500.0)
        return cancel(fields, client)

    tws._cancel = overtaken  # type: ignore[method-assign]
    report = venue.cancel(ID)
    assert (report.status, report.filled) == (Status.FILLED, 100)


def test_a_cancellation_that_waits_says_that_the_order_stands(tws: Tws, venue: Ibkr) -> None:
    venue.submit(stamped(), ID)

    def pending(fields: list[str], client: int) -> Any:
        tws.orders[0].status = "PendingCancel"
        return [shapes.order_status(tws.orders[0])]

    tws._cancel = pending  # type: ignore[method-assign]
    assert venue.cancel(ID).status is Status.ACKED


def test_an_error_that_says_cancelled_is_a_cancellation(tws: Tws, venue: Ibkr) -> None:
    venue.submit(stamped(), ID)

    def told(fields: list[str], client: int) -> Any:
        return [shapes.error(int(fields[2]), 202, "Order Canceled - reason:")]

    tws._cancel = told  # type: ignore[method-assign]
    report = venue.cancel(ID)
    assert (report.status, report.why) == (Status.CANCELLED, "202 Order Canceled - reason:")


def test_no_message_waits_in_a_queue_to_leave_after_it_was_given_up(tws: Tws, venue: Ibkr) -> None:
    async def burst() -> int:
        client = venue._line.client
        before = client.conn.numMsgSent
        for _ in range(60):
            client.reqIds(1)
        return int(client.conn.numMsgSent - before)

    venue.find(ID)
    assert venue._line.run(burst()) == 60


def test_messages_are_paced_below_what_the_venue_takes() -> None:
    async def burst() -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for _ in range(41):
            await line.pace()
        return loop.time() - start

    line = Line()
    assert line.run(burst()) >= 0.99
    line.close()
