"""What can happen to orders and to what accounts may send; each is one record of the journal.

A block moves its members: one event of the block stands for all of them, and the tables follow it. What members get of a
block's fills is written down for each, because it is booked in their accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.coding import brief, plain, rebuilt
from trimtab.core.errors import DataError
from trimtab.core.orders import Cause, Status, Ticket, TradingState
from trimtab.core.venues import Execution

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderPlanned:
    """An order was written down: by the run that this record claimed, or by itself (none). A slice goes with its parent."""

    ticket: Ticket
    run: int | None = None
    key: str = ""

    @property
    def account(self) -> str:
        """Whose order it is; empty of a block."""
        return self.ticket.account


@dataclass(frozen=True, slots=True)
class OrderEdited:
    """A person changed an order that was not approved: its units, limit and lots as they are now. The author edited it."""

    account: str
    order: str
    units: Decimal
    limit: Decimal
    reason: str
    lots: tuple[tuple[str, Decimal], ...] = ()
    key: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise DataError("an order is edited without a reason", remedy="Say why; it stays in the journal.")


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """An order, and with a block its members, went to another status.

    `venue` and `arrival` are those of an intent, `by` is who approved.
    """

    account: str
    order: str
    to: Status
    why: str = ""
    venue: str = ""
    arrival: Decimal = _NONE
    by: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class OrderReported:
    """What a venue said besides a status: what it calls the order, and its own count of units filled."""

    account: str
    order: str
    venue_id: str = ""
    claimed: Decimal = _NONE
    key: str = ""


@dataclass(frozen=True, slots=True)
class OrderFilled:
    """An execution, or what a member was allotted of its block's. `key` keeps it from being booked twice."""

    account: str
    venue: str
    execution: Execution
    key: str = ""


@dataclass(frozen=True, slots=True)
class TradingSet:
    """What an account may send as far as one cause goes; ACTIVE takes the cause away."""

    account: str
    cause: Cause
    state: TradingState
    why: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class LiveArmed:
    """A person let an account send to a live venue until an instant, UTC."""

    account: str
    venue: str
    until: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class BatchOpened:
    """A label for what is proposed together: the day and a number that counts from 1."""

    label: str
    as_of: date
    key: str = ""

    @property
    def number(self) -> int:
        """Which of the day it is; 0 where the label says none."""
        day, _, number = self.label.partition("/")
        return int(number) if day == self.as_of.isoformat() and number.isascii() and number.isdigit() else 0


OrderEvent = (
    OrderPlanned | OrderEdited | OrderMoved | OrderReported | OrderFilled | TradingSet | LiveArmed | BatchOpened
)  # fmt: skip
Body = Mapping[str, Any]
Written = tuple[str, str, Body]


def execution_key(venue: str, execution: str) -> str:
    """What the journal holds once of an execution."""
    return f"exec:{venue}:{execution}"


def _planned(event: OrderPlanned) -> dict[str, Any]:
    return {"ticket": brief(event.ticket), **({} if event.run is None else {"run": event.run})}


def _simply(event: Any) -> dict[str, Any]:
    """All fields but those that are columns of the journal."""
    return brief(event, ("account", "key"))


WRITERS: dict[type, Callable[[Any], Written]] = {
    OrderPlanned: lambda event: ("order", event.account, _planned(event)),
    OrderEdited: lambda event: ("order.edited", event.account, _simply(event)),
    OrderMoved: lambda event: ("order.moved", event.account, _simply(event)),
    OrderReported: lambda event: ("order.reported", event.account, _simply(event)),
    OrderFilled: lambda event: ("order.filled", event.account, {"venue": event.venue, **plain(event.execution)}),
    TradingSet: lambda event: ("trading", event.account, _simply(event)),
    LiveArmed: lambda event: ("arming", event.account, _simply(event)),
    BatchOpened: lambda event: ("batch", "", _simply(event)),
}


def _filled(place: str, key: str, body: dict[str, Any]) -> OrderFilled:
    venue = body.pop("venue")
    return OrderFilled(place, venue, rebuilt(Execution, body), key)


def _of(kind: Callable[..., Any]) -> Callable[[str, str, dict[str, Any]], Any]:
    return lambda place, key, body: rebuilt(kind, {**body, "account": place, "key": key})


READERS: dict[str, Callable[[str, str, dict[str, Any]], OrderEvent]] = {
    "order": lambda _, key, body: OrderPlanned(rebuilt(Ticket, body["ticket"]), body.get("run"), key),
    "order.edited": _of(OrderEdited),
    "order.moved": _of(OrderMoved),
    "order.reported": _of(OrderReported),
    "order.filled": _filled,
    "trading": _of(TradingSet),
    "arming": _of(LiveArmed),
    "batch": lambda _, key, body: rebuilt(BatchOpened, {**body, "key": key}),
}
