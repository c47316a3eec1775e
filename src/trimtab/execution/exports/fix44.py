"""FIX 4.4 NewOrderSingle (35=D) as text, for the firm's own engine: the session is its business, not ours.

FIX 4.4 specification, volume 4. An order for the auctions is a time in force (59=2 opening, 59=7 closing) with 40=1 or 2.
A block order carries its members as allocations (78, 79, 80). Encoding and sums are simplefix's (extra `fix`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trimtab.core.errors import DataError, UsageError
from trimtab.core.orders import OrderKind, Standing, TimeInForce
from trimtab.execution.exports.sheet import Sheet, number_text, require_sendable
from trimtab.execution.fix_text import Message, fix_time, for_people, messages

_TIMES: Mapping[TimeInForce, str] = {TimeInForce.DAY: "0", TimeInForce.GTC: "1", TimeInForce.IOC: "3"}
_AUCTIONS: Mapping[OrderKind, str] = {OrderKind.ON_OPEN: "2", OrderKind.ON_CLOSE: "7"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom (49, 56), when (52 and 60: an instant in UTC, `2026-01-05T21:00:00Z`), and the first number (34)."""

    sender: str
    target: str
    at: str
    first: int = 1


def new_orders(standings: Sequence[Standing], sheet: Sheet, envelope: Envelope) -> tuple[bytes, ...]:
    """A message an order. Raises DataError for members of a block, doubles, and text that would end its field."""
    require_sendable(standings)
    if envelope.first < 1:
        raise DataError(f"message number {envelope.first} is below 1", remedy="Sessions count from 1.")
    return tuple(_encoded(one, sheet, envelope, number) for number, one in enumerate(standings, envelope.first))


def lines(standings: Sequence[Standing], sheet: Sheet, envelope: Envelope, *, people: bool = False) -> bytes:
    """A message a line; for people with `|` in place of the separator, which no text may then hold."""
    raw = new_orders(standings, sheet, envelope)
    if not people:
        return b"".join(one + b"\n" for one in raw)
    if any(b"|" in one for one in raw):
        raise DataError("a text holds `|`, which stands for the separator", remedy="Export with the real separator.")
    return for_people(raw).encode()


def read_orders(data: bytes | str) -> tuple[Message, ...]:
    """The NewOrderSingle messages of a text. Raises DataError at the first that was cut or changed."""
    found = []
    for one in messages(data):
        if one.problem:
            raise DataError(one.problem, where=f"line {one.line}", remedy="Export it again.")
        if one.get(35) == "D":
            found.append(one)
    return tuple(found)


def _encoded(standing: Standing, sheet: Sheet, envelope: Envelope, number: int) -> bytes:
    message = _library().FixMessage()
    when = fix_time(envelope.at)
    head = [(8, "FIX.4.4"), (35, "D"), (49, envelope.sender), (56, envelope.target), (34, str(number)), (52, when)]
    for tag, value in [*head, *_body(standing, sheet, when)]:
        message.append_pair(tag, _safe(tag, value))
    raw: bytes = message.encode()
    return raw


def _body(standing: Standing, sheet: Sheet, when: str) -> Iterator[tuple[int, str]]:
    ticket = standing.ticket
    yield 11, standing.id
    if account := sheet.account(standing):
        yield 1, account
    if allocations := sheet.allocations(standing):
        yield 78, str(len(allocations))
        for _, member, units in allocations:
            yield 79, member
            yield 80, number_text(abs(units))
    yield 55, ticket.instrument
    if isin := sheet.isin(ticket.instrument):
        yield 48, isin
        yield 22, "4"
    yield 54, "1" if ticket.units > 0 else "2"
    yield 60, when
    yield 38, number_text(abs(ticket.units))
    yield from _manner(standing)
    yield 15, ticket.currency


def _manner(standing: Standing) -> Iterator[tuple[int, str]]:
    """Order type, limit and time in force."""
    ticket = standing.ticket
    if (ticket.kind is OrderKind.LIMIT) != bool(ticket.limit) and ticket.kind not in _AUCTIONS:
        raise DataError(f"order {standing.id} is {ticket.kind.value} with limit {ticket.limit}", remedy="Nothing was exported.")
    yield 40, "2" if ticket.limit else "1"
    if ticket.limit:
        yield 44, number_text(Decimal(ticket.limit))
    yield 59, _AUCTIONS.get(ticket.kind) or _TIMES[ticket.tif]


def _safe(tag: int, value: str) -> str:
    """The value. Raises DataError where it is empty, or would end its field or its line."""
    if not value or not value.isprintable():
        remedy = "A control character would end the field." if value else "Say what it is."
        raise DataError(f"field {tag} cannot be {value!r}", remedy=remedy)
    return value


def _library() -> Any:
    try:
        import simplefix
    except ImportError as fault:
        raise UsageError("FIX messages need simplefix", remedy="Install it: pip install 'trimtab[fix]'.") from fault
    return simplefix
