"""Alpaca: every fault of the network has one outcome, an order is never sent twice, and keys show up nowhere."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("alpaca")

from tests.execution.brokers.alpaca_server import KEY, KEYS, LIVE_KEY, LIVE_KEYS, LIVE_SECRET, SECRET, State, alpaca_server
from tests.execution.brokers.venue_words import limit, stamped, ticket
from trimtab.core.errors import InvariantError, ParameterError, TrimtabError
from trimtab.core.money import ZERO
from trimtab.core.orders import OrderKind, Standing, Status, Ticket, TimeInForce
from trimtab.core.settling import settle
from trimtab.core.venues import NoAccess, NoAnswer, NotSent, Report, Venue, require_ready
from trimtab.execution.brokers.alpaca import Alpaca
from trimtab.execution.brokers.alpaca_words import message_of, report_of

D = Decimal
ORDER = ticket("10", account="ann")
REJECTED, STANDS = "rejected", "stands"  # a report, instead of an error

# fault: outcome of submit, of find, of cancel, and whether the order is at the broker afterwards
FAULTS: dict[str, tuple[Any, Any, Any, bool]] = {
    "drop_request": (NoAnswer, NoAnswer, NoAnswer, False),
    "drop_answer": (NoAnswer, NoAnswer, NoAnswer, True),
    "slow": (NoAnswer, NoAnswer, NoAnswer, True),
    "reset": (NoAnswer, NoAnswer, NoAnswer, True),
    "half_open": (NoAnswer, NoAnswer, NoAnswer, True),
    "html": (NoAnswer, NoAnswer, NoAnswer, True),
    "html_502": (NoAnswer, NoAnswer, NoAnswer, True),
    "html_404": (NoAnswer, NoAnswer, NoAnswer, False),
    "cut": (NoAnswer, NoAnswer, NoAnswer, True),
    "cut_short": (NoAnswer, NoAnswer, NoAnswer, True),
    "other": (NoAnswer, NoAnswer, STANDS, True),  # a cancellation is not judged by what is said, but by asking again
    "redirect": (NoAnswer, NoAnswer, STANDS, False),
    "401": (NoAccess, NoAccess, NoAccess, False),
    "403": (REJECTED, NoAnswer, NotSent, False),
    "404": (NoAnswer, NoAnswer, NoAnswer, False),
    "422": (REJECTED, NoAnswer, STANDS, False),
    "429": (NotSent, NoAnswer, NotSent, False),
    "500": (NoAnswer, NoAnswer, NoAnswer, False),
    "500 done": (NoAnswer, NoAnswer, NoAnswer, True),
    "503": (NoAnswer, NoAnswer, NoAnswer, False),
    "504 done": (NoAnswer, NoAnswer, NoAnswer, True),
    "duplicate": (STANDS, STANDS, STANDS, True),
}
HANGS = ("slow", "half_open")


@pytest.fixture(scope="module", autouse=True)
def library() -> None:
    """alpaca-py comes in with a warning about its own streams, once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import alpaca.trading.client  # noqa: F401


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, State]]:
    with alpaca_server() as (url, state):
        yield url, state


@pytest.fixture
def state(address: tuple[str, State]) -> State:
    """The broker, empty."""
    _, state = address
    for held in (state.orders, state.fills, state.positions, state.requests, state.faults):
        held.clear()
    state.hidden_fills, state.knows_filter, state.turns_pages = 0, True, True
    return state


@pytest.fixture
def venue(address: tuple[str, State], state: State, request: pytest.FixtureRequest) -> Alpaca:
    """Patient, for a machine may be busy; impatient only where the fault of the test is that no answer comes."""
    fault = request.node.callspec.params.get("fault") if hasattr(request.node, "callspec") else None
    return Alpaca(url_override=address[0], answer_seconds=0.5 if fault in HANGS else 10.0, environment=KEYS)


def outcome(call: Callable[[], Report | None]) -> Any:
    """What came of a call: the class of its error, REJECTED, or STANDS."""
    try:
        report = call()
    except TrimtabError as error:
        return type(error)
    assert report is not None
    return REJECTED if report.status is Status.REJECTED else STANDS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_submit_has_its_outcome_and_the_order_is_never_sent_twice(venue: Alpaca, state: State, fault: str) -> None:
    expected, _, _, arrived = FAULTS[fault]
    state.faults["submit"] = fault
    assert outcome(lambda: venue.submit(stamped(ORDER), ORDER.id)) is expected
    assert state.count("submit") == 1  # nothing was repeated by us, alpaca-py or below
    state.faults.clear()
    found = venue.find(ORDER.id)
    assert (found is not None) == arrived == (ORDER.id in state.orders)
    again = venue.submit(stamped(ORDER), ORDER.id)  # somebody sends it again all the same
    assert again.status is Status.ACKED
    assert len(state.orders) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_find_is_no_answer_and_never_no_order(venue: Alpaca, state: State, fault: str) -> None:
    venue.submit(stamped(ORDER), ORDER.id)
    state.faults["find"] = fault
    assert outcome(lambda: venue.find(ORDER.id)) is FAULTS[fault][1]
    assert outcome(lambda: venue.cancel(ORDER.id)) is FAULTS[fault][1]
    state.faults = {"fills": fault, "orders": fault, "positions": fault}
    state.fill(ORDER.id, "4", "100.5")
    if fault != "duplicate":
        for ask in (lambda: venue.find(ORDER.id), lambda: venue.reports(date(2026, 1, 1)), lambda: venue.positions("ann")):
            with pytest.raises(NoAccess if fault == "401" else NoAnswer):
                ask()
    assert len(state.orders) == 1
    assert state.count("cancel") == (fault == "duplicate")


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "duplicate"])
def test_who_is_not_let_in_or_not_answered_is_told_before_any_order_is_touched(venue: Alpaca, state: State, fault: str) -> None:
    state.faults["positions"] = fault
    with pytest.raises(NoAccess if fault == "401" else NotSent):
        require_ready(venue)
    state.faults.clear()
    require_ready(venue)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_cancel_has_its_outcome(venue: Alpaca, state: State, fault: str) -> None:
    venue.submit(stamped(ORDER), ORDER.id)
    state.faults["cancel"] = fault
    assert outcome(lambda: venue.cancel(ORDER.id)) is FAULTS[fault][2]
    assert state.count("cancel") == 1
    state.faults.clear()
    report = venue.cancel(ORDER.id)
    assert report.status is Status.CANCELLED
    assert venue.find(ORDER.id) == report


@pytest.mark.parametrize("fault", [name for name, outcomes in FAULTS.items() if outcomes[1] is not STANDS])
def test_what_cannot_be_asked_after_sending_is_in_doubt_whatever_the_reason(venue: Alpaca, state: State, fault: str) -> None:
    venue.submit(stamped(ORDER), ORDER.id)
    state.faults["find"] = fault
    with pytest.raises(NoAnswer):  # the broker has it, and does not say more: not even 401 proves that nothing left
        venue.submit(stamped(ORDER), ORDER.id)
    state.faults = {"order": fault}
    with pytest.raises(NoAnswer):
        venue.cancel(ORDER.id)
    assert state.orders[ORDER.id]["status"] == "canceled"


def test_where_nobody_is_there_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    venue = Alpaca(url_override=f"http://127.0.0.1:{port}", environment=KEYS)
    assert outcome(lambda: venue.submit(stamped(ORDER), ORDER.id)) is NotSent
    assert outcome(lambda: venue.find(ORDER.id)) is NoAnswer

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    def late(*_: Any, **__: Any) -> Any:
        raise TimeoutError("timed out")

    venue = Alpaca(url_override="https://alpaca.invalid", environment=KEYS)
    for name, fault in (("socket.getaddrinfo", unknown), ("urllib3.util.connection.create_connection", late)):
        monkeypatch.setattr(name, fault)
        assert outcome(lambda: venue.submit(stamped(ORDER), ORDER.id)) is NotSent
        monkeypatch.undo()


def test_it_is_a_venue_and_paper_unless_told_otherwise(venue: Alpaca) -> None:
    asked: Venue = venue
    assert (asked.name, asked.live, asked.unique) == ("alpaca", False, True)
    assert Alpaca(live=True).live


@pytest.mark.parametrize("live", [False, True])
def test_the_client_is_that_of_the_account_that_was_asked_for_and_repeats_nothing(live: bool) -> None:
    line = Alpaca(live=live, environment={**KEYS, **LIVE_KEYS})._line
    client = line._connected()
    assert client._base_url.value == ("https://api.alpaca.markets" if live else "https://paper-api.alpaca.markets")
    assert client._get_auth_headers()["APCA-API-KEY-ID"] == (LIVE_KEY if live else KEY)
    assert (client._retry, client._retry_codes) == (0, [])
    assert client._session.get_adapter("https://api.alpaca.markets").max_retries.total == 0
    assert client._session.request.keywords["timeout"] == (5.0, 20.0)


def test_live_needs_keys_of_its_own(state: State, address: tuple[str, State]) -> None:
    same = {**KEYS, "TRIMTAB_ALPACA_LIVE_KEY": KEY, "TRIMTAB_ALPACA_LIVE_SECRET": SECRET}
    for keys in (KEYS, same, {**LIVE_KEYS, "TRIMTAB_ALPACA_LIVE_SECRET": ""}, {**LIVE_KEYS, "TRIMTAB_ALPACA_LIVE_KEY": "a b"}):
        with pytest.raises(NoAccess):
            Alpaca(live=True, url_override=address[0], environment=keys).submit(stamped(ORDER), ORDER.id)
    assert state.requests == []
    assert Alpaca(live=True, url_override=address[0], environment=LIVE_KEYS).find(ORDER.id) is None
    assert state.requests[0][1]["APCA-API-KEY-ID"] == LIVE_KEY


def test_keys_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, state: State, address: tuple[str, State]) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert Alpaca(url_override=address[0]).find(ORDER.id) is None
    monkeypatch.delenv("TRIMTAB_ALPACA_KEY")
    with pytest.raises(NoAccess, match="TRIMTAB_ALPACA_KEY is not set"):
        Alpaca(url_override=address[0]).find(ORDER.id)


def test_keys_never_leave_in_the_clear() -> None:
    for url in ("http://paper-api.alpaca.markets", "ftp://127.0.0.1", "http://127.0.0.1.evil.example", "https://a@b"):
        with pytest.raises(ParameterError):
            Alpaca(url_override=url)
    with pytest.raises(ParameterError):
        Alpaca(answer_seconds=0.0)
    with pytest.raises(ParameterError, match="symbol"):
        Alpaca(symbols={"SPY": "SPY", "SPDR": "SPY"})


def test_planted_keys_show_up_in_no_log_no_representation_and_no_error(
    state: State, address: tuple[str, State], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    venue = Alpaca(url_override=address[0], answer_seconds=0.25, environment=KEYS)
    live = Alpaca(live=True, url_override=address[0], answer_seconds=0.25, environment=LIVE_KEYS)
    chain: list[BaseException] = []
    said = [repr(venue), str(venue), repr(venue._line), repr(venue._questions)]
    for fault in [*FAULTS, "echo"]:
        state.orders.clear()
        state.faults = dict.fromkeys(["submit", "find", "cancel"], fault)
        for one in (venue, live):
            for call in (lambda v=one: v.submit(stamped(ORDER), ORDER.id), lambda v=one: v.find(ORDER.id)):
                try:
                    said.append(repr(call()))
                except TrimtabError as error:
                    said += [repr(error), repr(vars(error)), *traceback.format_exception(error)]
                    chain += causes(error)
    assert all(isinstance(cause, TrimtabError) for cause in chain)  # errors of the library hold the request with its keys
    said += [record.getMessage() for record in caplog.records]
    assert any("(hidden)" in text for text in said)  # the page that repeats them was met
    assert any(headers.get("APCA-API-SECRET-KEY") == LIVE_SECRET for _, headers, _ in state.requests)  # and they were sent
    for secret in (KEY, SECRET, LIVE_KEY, LIVE_SECRET):
        assert not any(secret in text for text in said)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ticket("10.5"), {"qty": "10.5", "side": "buy", "type": "market", "time_in_force": "day"}),
        (ticket("-0.123456789"), {"qty": "0.123456789", "side": "sell", "type": "market", "time_in_force": "day"}),
        (limit("-3", "99.50"), {"qty": "3", "side": "sell", "type": "limit", "time_in_force": "day", "limit_price": "99.5"}),
        (ticket("3", tif=TimeInForce.IOC), {"qty": "3", "side": "buy", "type": "market", "time_in_force": "ioc"}),
        (ticket("3", kind=OrderKind.ON_OPEN), {"qty": "3", "side": "buy", "type": "market", "time_in_force": "opg"}),
        (
            ticket("3", kind=OrderKind.ON_CLOSE, limit=D(101)),
            {"qty": "3", "side": "buy", "type": "limit", "time_in_force": "cls", "limit_price": "101"},
        ),
    ],
)
def test_an_order_in_alpacas_words(venue: Alpaca, state: State, order: Ticket, expected: dict[str, str]) -> None:
    assert venue.submit(stamped(order), order.id).status is Status.ACKED
    assert state.requests[0][2] == {"symbol": "SPY", "client_order_id": order.id, **expected}


@pytest.mark.parametrize(
    "order",
    [
        limit("0.5", "100"),
        ticket("0.5", tif=TimeInForce.GTC),
        ticket("0.5", kind=OrderKind.ON_CLOSE),
        ticket("0.1234567891"),
        ticket("0"),
        ticket("NaN"),
        limit("1", "0"),
        ticket("1", currency="EUR"),
    ],
)
def test_what_alpaca_has_no_words_for_is_not_sent(venue: Alpaca, state: State, order: Ticket) -> None:
    with pytest.raises(NotSent):
        venue.submit(stamped(order), order.id)
    assert state.requests == []


def test_only_what_the_gate_stamped_for_this_account_is_sent(state: State, address: tuple[str, State]) -> None:
    venue = Alpaca("ann", url_override=address[0], environment=KEYS)
    with pytest.raises(InvariantError):
        venue.submit([ORDER], ORDER.id)
    other = ticket("1", account="bob")
    with pytest.raises(NotSent, match="bob"):
        venue.submit(stamped(other), other.id)
    assert venue.positions("bob") is None
    assert state.requests == []


def test_a_rejection_carries_the_brokers_words(venue: Alpaca, state: State) -> None:
    state.faults["submit"] = "403"
    report = venue.submit(stamped(ORDER), ORDER.id)
    assert report == Report(ORDER.id, Status.REJECTED, why="insufficient buying power")


def test_another_order_under_our_id_is_no_answer(venue: Alpaca, state: State) -> None:
    state.put(ORDER.id, "11")
    with pytest.raises(NoAnswer, match="not about"):
        venue.submit(stamped(ORDER), ORDER.id)


def test_fills_come_with_their_orders_id_sign_price_and_trading_day(venue: Alpaca, state: State) -> None:
    order = ticket("-10")
    state.knows_filter = False  # the server hands out the fills of all orders
    state.put("a0" * 16, "10")
    venue.submit(stamped(order), order.id)
    state.fill("a0" * 16, "10", "99")
    state.fill(order.id, "4", "100.125")
    state.fill(order.id, "6", "100.5", "2026-01-06T01:30:00Z")  # half past eight in the evening of Monday, New York
    report = venue.find(order.id)
    assert report is not None
    assert (report.status, report.filled, report.venue_id) == (Status.FILLED, -10, state.orders[order.id]["id"])
    assert [(x.order, x.units, x.price, x.cost, x.day, x.at) for x in report.executions] == [
        (order.id, -4, D("100.125"), ZERO, date(2026, 1, 5), "2026-01-05T14:32:00Z"),
        (order.id, -6, D("100.5"), ZERO, date(2026, 1, 5), "2026-01-06T01:30:00Z"),
    ]
    assert [x.id for x in report.executions] == [one["id"] for one in state.fills[1:]]


def test_fills_are_read_page_by_page_and_each_counts_once(venue: Alpaca, state: State) -> None:
    order = ticket("250")
    venue.submit(stamped(order), order.id)
    for _ in range(230):
        state.fill(order.id, "1", "100")
    report = venue.find(order.id)
    assert report is not None
    assert (report.status, report.filled, len({x.id for x in report.executions})) == (Status.PARTIAL, 230, 230)
    assert state.count("fills") == 3
    state.turns_pages = False
    with pytest.raises(NoAnswer, match="again and again"):
        venue.find(order.id)


def test_a_fill_between_two_questions_is_seen_by_asking_again(venue: Alpaca, state: State) -> None:
    venue.submit(stamped(ORDER), ORDER.id)
    state.fill(ORDER.id, "4", "100")
    state.fill(ORDER.id, "6", "100", told=False)  # the fill is told before the order knows of it
    report = venue.find(ORDER.id)
    assert report is not None
    assert (report.filled, sum(x.units for x in report.executions)) == (10, 10)
    assert settle(Standing(ORDER, Status.SENT), {}, report).missing == 0


def test_a_fill_that_is_never_told_is_a_difference_and_not_silence(venue: Alpaca, state: State) -> None:
    venue.submit(stamped(ORDER), ORDER.id)
    state.fill(ORDER.id, "4", "100")
    state.fill(ORDER.id, "6", "100")
    state.hidden_fills = 1
    report = venue.find(ORDER.id)
    assert report is not None
    assert settle(Standing(ORDER, Status.SENT), {}, report).missing == 6
    assert state.count("fills") == 3


def test_an_order_that_fills_at_once_is_acknowledged_even_where_its_fills_cannot_be_read(
    venue: Alpaca, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = State.put

    def filled(self: State, client_id: str, *args: Any, **rest: Any) -> dict[str, Any]:
        order = put(self, client_id, *args, **rest)
        self.fill(client_id, order["qty"], "100")
        return order

    monkeypatch.setattr(State, "put", filled)
    state.faults["fills"] = "500"
    report = venue.submit(stamped(ORDER), ORDER.id)
    assert (report.status, report.filled, report.executions) == (Status.ACKED, 0, ())
    state.faults.clear()
    assert len(venue.submit(stamped(ORDER), ORDER.id).executions) == 1


def test_what_cannot_be_cancelled_any_more_is_told_as_it_stands(venue: Alpaca, state: State) -> None:
    venue.submit(stamped(ORDER), ORDER.id)
    state.fill(ORDER.id, "10", "100")
    report = venue.cancel(ORDER.id)
    assert (report.status, len(report.executions), state.count("cancel")) == (Status.FILLED, 1, 0)
    assert venue.cancel("nobody").status is Status.NEVER_ARRIVED


def test_reports_are_of_our_orders_old_ones_with_new_fills_too(venue: Alpaca, state: State) -> None:
    old, works, new = "a1" * 16, "a2" * 16, "a3" * 16
    state.put(old, at="2025-12-01T15:00:00Z")
    state.put(works, at="2025-12-02T15:00:00Z", time_in_force="gtc")
    state.put(new)
    state.put("8e0b6f2a-1111-4222-8333-444455556666", status="filled")  # made by a person at the broker's screen
    state.put("a4" * 16, at="2025-12-03T15:00:00Z", status="canceled")  # over, and long ago
    state.fill(works, "3", "98", "2025-12-05T15:00:00Z")
    state.fill(old, "10", "99")
    state.fill(new, "10", "100")
    reports = {one.order: one for one in venue.reports(date(2026, 1, 5))}
    assert {name: one.filled for name, one in reports.items()} == {old: 10, works: 3, new: 10}
    assert all(sum(x.units for x in one.executions) == one.filled for one in reports.values())


def test_orders_are_read_page_by_page(venue: Alpaca, state: State) -> None:
    for number in range(1203):
        state.put(f"{number:032x}", at=f"2026-01-05T15:{number // 60:02}:{number % 60:02}Z")
    assert len(venue.reports(date(2026, 1, 5))) == 1203
    for order in state.orders.values():
        order["submitted_at"] = "2026-01-05T15:00:00Z"
    with pytest.raises(NoAnswer, match="again and again"):
        venue.reports(date(2026, 1, 5))


def test_positions_are_by_our_names(state: State, address: tuple[str, State]) -> None:
    venue = Alpaca("ann", symbols={"berkshire": "BRK.B"}, url_override=address[0], environment=KEYS)
    state.positions = [
        {"symbol": "BRK.B", "qty": "3.5", "side": "long"},
        {"symbol": "SPY", "qty": "-2", "side": "short"},
    ]
    assert venue.positions("ann") == {"berkshire": D("3.5"), "SPY": -2}
    state.positions = [{"symbol": "SPY", "qty": "NaN", "side": "long"}]
    with pytest.raises(NoAnswer):
        venue.positions("ann")


@given(st.decimals("0.000000001", "1000000", places=9))
def test_units_go_out_to_the_last_digit(units: Decimal) -> None:
    order = ticket(str(-units))
    sent = message_of(order, "SPY")
    assert D(sent["qty"]) == units
    told = {"id": "904837e3-3b76-47ec-b432-046db621571b", "filled_qty": sent["qty"], "status": "filled", **sent}
    assert report_of(told).filled == -units


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("new", Status.ACKED),
        ("pending_new", Status.ACKED),
        ("pending_cancel", Status.ACKED),
        ("done_for_day", Status.ACKED),
        ("canceled", Status.CANCELLED),
        ("expired", Status.EXPIRED),
        ("rejected", Status.REJECTED),
        ("replaced", Status.CANCELLED),
    ],
)
def test_every_status_of_alpaca_has_its_own_of_ours(venue: Alpaca, state: State, status: str, expected: Status) -> None:
    state.put(ORDER.id, status=status, replaced_by="904837e3-3b76-47ec-b432-046db621571b" if status == "replaced" else None)
    report = venue.find(ORDER.id)
    assert report is not None
    assert report.status is expected
    assert "replaced at the broker" in report.why or status != "replaced"


def test_a_status_that_nobody_knows_is_no_answer(venue: Alpaca, state: State) -> None:
    from alpaca.trading.enums import OrderStatus

    for status in OrderStatus:  # all that the library knows are known here
        state.put(ORDER.id, status=status.value)
        assert venue.find(ORDER.id) is not None
    state.put(ORDER.id, status="teleported")
    with pytest.raises(NoAnswer):
        venue.find(ORDER.id)
    state.put(ORDER.id, status="new", filled_qty="Infinity")
    with pytest.raises(NoAnswer):
        venue.find(ORDER.id)


def test_the_shapes_of_the_server_are_those_of_alpaca_py(state: State) -> None:
    from alpaca.trading.models import Order, TradeActivity

    order = state.put(ORDER.id)
    state.fill(ORDER.id, "4", "100")
    assert Order(**order).client_order_id == ORDER.id
    assert TradeActivity(**state.fills[0], account_id="904837e3-3b76-47ec-b432-046db621571b").price == 100.0


def test_the_module_is_imported_without_the_package() -> None:
    code = "import sys, trimtab.execution.brokers.alpaca; print({'alpaca', 'requests', 'urllib3'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
