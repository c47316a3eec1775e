"""Alpaca's messages: an order as it is sent, and what it says of one. Numbers go and come as text, never through floats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from trimtab.core.calendar import NEW_YORK
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import OrderKind, Status, Ticket, TimeInForce
from trimtab.core.venues import Execution, NotSent, Report

Message = Mapping[str, Any]
_DECIMALS = -9  # the finest unit that Alpaca takes
_WORKING = frozenset(
    {"new", "accepted", "pending_new", "accepted_for_bidding", "held", "pending_review", "pending_replace"}
    | {"pending_cancel", "stopped", "suspended", "calculated", "done_for_day"}
)
_STATUS = {
    **dict.fromkeys(_WORKING, Status.ACKED),
    "partially_filled": Status.PARTIAL,
    "filled": Status.FILLED,
    "canceled": Status.CANCELLED,
    "replaced": Status.CANCELLED,  # by somebody at the broker's own screen
    "expired": Status.EXPIRED,
    "rejected": Status.REJECTED,
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def message_of(ticket: Ticket, symbol: str) -> dict[str, str]:
    """The order as Alpaca is told. Raises NotSent where it has no words for it."""
    auction = {OrderKind.ON_OPEN: "opg", OrderKind.ON_CLOSE: "cls"}.get(ticket.kind)
    limited = ticket.kind is OrderKind.LIMIT or (auction is not None and ticket.limit > 0)
    _require_sendable(ticket, limited)
    message = {
        "symbol": symbol,
        "qty": text_of(abs(ticket.units)),
        "side": "buy" if ticket.units > 0 else "sell",
        "type": "limit" if limited else "market",
        "time_in_force": auction or ticket.tif.value,
        "client_order_id": ticket.id,
    }
    return {**message, "limit_price": text_of(ticket.limit)} if limited else message


def _require_sendable(ticket: Ticket, limited: bool) -> None:
    plain = ticket.kind is OrderKind.MARKET and ticket.tif is TimeInForce.DAY
    wrong = ""
    if ticket.currency != "USD":
        wrong = f"trades in USD only, not in {ticket.currency}"
    elif not (ticket.units.is_finite() and ticket.units):
        wrong = f"does not trade {ticket.units} units"
    elif limited and not (ticket.limit.is_finite() and ticket.limit > 0):
        wrong = "needs a limit above zero for a limit order"
    elif ticket.units != ticket.units.to_integral_value() and not plain:
        wrong = "takes parts of a unit in market orders for the day only"
    elif ticket.units.quantize(Decimal(1).scaleb(_DECIMALS)) != ticket.units:
        wrong = "takes units of at most 9 decimals"
    if wrong:
        raise NotSent(f"Alpaca {wrong} (order {ticket.id})", remedy="Nothing was sent. Edit the order.")


def is_same(message: Message, ticket: Ticket, symbol: str) -> bool:
    """Whether what Alpaca says is about this very order."""
    wanted = message_of(ticket, symbol)
    same = all(message.get(name) == wanted[name] for name in ("symbol", "side", "client_order_id"))
    return same and number(message["qty"]) == number(wanted["qty"])


def is_foreign(message: Message) -> bool:
    """Whether the order was made at the broker's own screen: then its client id is one that the broker made up."""
    return _UUID.fullmatch(str(message["client_order_id"])) is not None


def report_of(message: Message, fills: Iterable[Message] = ()) -> Report:
    """How an order stands, with those of the fills (activities of type FILL) that are its own.

    The fees of regulators are no part of it: Alpaca books them by day, not by order. Raises KeyError, TypeError, ValueError
    or ArithmeticError where a message does not read.
    """
    order, venue_id = str(message["client_order_id"]), venue_id_of(message)
    sign = _sign(message["side"])
    own = {fill_id(fill): fill for fill in fills if order_of(fill) == venue_id}
    executions = tuple(_execution(fill, order) for fill in own.values())
    filled = sign * number(message.get("filled_qty") or "0")
    seen = sum((one.units for one in executions), ZERO)
    status, why = _STATUS[message["status"]], str(message["status"])
    if status is Status.ACKED and filled:
        status = Status.PARTIAL
    if message.get("replaced_by"):
        why = f"replaced at the broker by {message['replaced_by']}"
    return Report(order, status, venue_id, max(filled, seen, key=abs), executions, why)


def _execution(fill: Message, order: str) -> Execution:
    at = instant(fill["transaction_time"])
    units = _sign(fill["side"]) * number(fill["qty"])
    day = at.astimezone(ZoneInfo(NEW_YORK)).date()
    return Execution(fill_id(fill), order, units, number(fill["price"]), ZERO, day, text_at(at))


def venue_id_of(message: Message) -> str:
    """What Alpaca calls the order. Raises ValueError where that is no UUID."""
    return str(UUID(message["id"]))


def positions_of(messages: Iterable[Message], names: Mapping[str, str]) -> dict[str, Decimal]:
    """Units by the name of the instrument; `names` are those of symbols that we call otherwise."""
    with exact():
        return {
            names.get(one["symbol"], one["symbol"]): abs(number(one["qty"])) * (-1 if one["side"] == "short" else 1)
            for one in messages
        }


def submitted(message: Message) -> datetime:
    """When an order was sent, UTC."""
    return instant(message["submitted_at"])


def order_of(fill: Message) -> str:
    """What Alpaca calls the order of a fill."""
    return str(UUID(fill["order_id"]))


def fill_id(fill: Message) -> str:
    """What Alpaca calls a fill. Raises ValueError where it has no name."""
    if not fill["id"]:
        raise ValueError("a fill without an id")
    return str(fill["id"])


def number(text: Any) -> Decimal:
    """A number of a message. Raises ValueError where it is none."""
    value = Decimal(str(text))
    if not value.is_finite():
        raise ValueError("not a number")
    return value


def text_at(at: datetime) -> str:
    """An instant as Alpaca and we write it, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def instant(text: str) -> datetime:
    """An instant of a message, UTC. Raises ValueError where it names no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without a zone")
    return at.astimezone(UTC)


def _sign(side: str) -> int:
    return {"buy": 1, "sell": -1, "sell_short": -1}[side]
