"""What Trader Workstation (TWS) or IB Gateway says on one connection, kept as facts, as the decoder of ib_async tells them.

The names and arguments of these methods are those of the callbacks (EWrapper) of the TWS API. Nothing is worked out here:
`ibkr_words.py` reads the facts. A message that does not decode is counted, never skipped in silence: an answer that has a
hole is no answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

from trimtab.core.money import ZERO, decimal_of
from trimtab.core.venues import NoAnswer

LOST = frozenset({1100, 2110})  # TWS has no connection to the servers: what it answers is what it remembers
BACK = frozenset({1101, 1102})
SHAKEN = LOST | BACK | {502, 504}
NOTICES = frozenset({202, 399, 404, 434, 492, 10148, 10167, 10349})  # and 2100 to 2199: they refuse nothing
_CANCELLED = 202  # "Order Canceled - reason:"
_UNSET = 1e300  # the API writes the largest float for a number that it has not
_UTC_TEXT = re.compile(r"(\d{8})-(\d\d:\d\d:\d\d)")
_TIME_FIELD = 15  # of an execution message


class Trouble(NamedTuple):
    """An error message: `number` is the request or the order that it is about, -1 none."""

    number: int
    code: int
    text: str


@dataclass(slots=True)
class Seen:
    """An order as it was last heard of. `count` is how much of it is filled by the venue's own count, above zero."""

    ref: str
    client: int = -1  # API client that placed it; -1: not told, as in a completed order
    number: int = 0  # its order id within that client
    perm: int = 0  # the venue's permanent id
    action: str = ""
    status: str = ""
    count: Decimal = ZERO
    words: str = ""
    done: str = ""  # when it was completed, in the venue's words; empty: it is open


class Heard:
    """The facts of one connection. `zone` is that of times which carry none, `client` our number as an API client."""

    def __init__(self, zone: str, client: int) -> None:
        self.client = client
        self.ib, self.defaultTimezone = SimpleNamespace(TimezoneTWS=zone), UTC  # where the decoder looks for them
        self.orders: dict[tuple[int, int], Seen] = {}
        self.fills: dict[str, Any] = {}  # by execution id
        self.fees: dict[str, Any] = {}  # commission reports, by execution id
        self.held: list[tuple[str, Any, Decimal]] = []
        self.troubles: list[Trouble] = []
        self.ended: set[object] = set()
        self.down = False
        self.shaken = 0  # how often the connection of TWS to its servers came and went
        self.garbled = 0

    def forget_unanswered(self) -> None:
        """Drops the orders that were placed on this connection and of which nothing has come back."""
        self.orders = {key: seen for key, seen in self.orders.items() if seen.status}

    def exception(self, *_: object) -> None:
        """The decoder's complaint that a message does not read; it takes this object for its logger."""
        self.garbled += 1

    def openOrder(self, number: int, contract: Any, order: Any, state: Any) -> None:
        """An order that is open, or that has just changed."""
        key = (int(order.clientId), int(number)) if number > 0 else (-1, int(order.permId))
        seen = self.orders.setdefault(key, Seen(""))
        seen.ref, seen.action, seen.perm = order.orderRef, order.action, int(order.permId)
        seen.client, seen.number, seen.status = int(order.clientId), int(number), state.status
        seen.words = state.warningText or seen.words

    def orderStatus(self, number: int, status: str, filled: float, *rest: Any) -> None:
        """How an order stands. It may come before the order is described."""
        _, _, perm, _, _, client, _, _ = rest  # units left, average, permanent id, parent, last price, client, why held, cap
        seen = self.orders.setdefault((client, number) if number > 0 else (-1, perm), Seen("", client, number, perm))
        seen.status, seen.perm = status, perm
        seen.count = max(seen.count, decimal_of(filled))

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:
        """An order of today that is over."""
        done = state.completedTime or "completed"
        seen = Seen(
            order.orderRef, -1, 0, int(order.permId), order.action, state.status, words=state.completedStatus, done=done
        )
        if order.filledQuantity < _UNSET:
            seen.count = decimal_of(order.filledQuantity)
        self.orders[(-1, seen.perm)] = seen

    def execDetails(self, asked: int, contract: Any, execution: Any) -> None:
        """A fill, as it happens or as it is asked for."""
        if execution.side not in {"BOT", "SLD"} or not execution.execId:
            raise ValueError(f"an execution of side {execution.side!r}")
        self.fills[execution.execId] = execution

    def commissionReport(self, report: Any) -> None:
        """What a fill cost."""
        if abs(report.commission) < _UNSET:
            self.fees[report.execId] = report

    def position(self, account: str, contract: Any, units: float, cost: float) -> None:
        """Units of a contract in an account."""
        self.held.append((account, contract, decimal_of(units)))

    def error(self, number: int, code: int, text: str, advanced: str = "") -> None:
        """An error, a warning or a notice."""
        self.troubles.append(Trouble(number, code, text))
        self.shaken += code in SHAKEN
        self.down = code in LOST or (self.down and code not in BACK)
        order = self.orders.get((self.client, number))
        if code == _CANCELLED and order is not None:
            order.status = "Cancelled"

    def openOrderEnd(self) -> None:
        """All open orders are told."""
        self.ended.add("orders")

    def completedOrdersEnd(self) -> None:
        """All completed orders are told."""
        self.ended.add("completed")

    def positionEnd(self) -> None:
        """All positions are told."""
        self.ended.add("positions")

    def execDetailsEnd(self, asked: int) -> None:
        """All executions that were asked for are told."""
        self.ended.add(asked)

    def connectAck(self) -> None:
        """The client calls it after the handshake."""

    def setEventsDone(self) -> None:
        """The client calls it when the connection is gone."""

    def connectionClosed(self) -> None:
        """The client calls it when the connection is gone."""


def with_zone(fields: list[str]) -> list[str]:
    """An execution message whose time says that it is UTC, where it is: `20260105-15:30:00` is, by the API's rule."""
    match = _UTC_TEXT.fullmatch(fields[_TIME_FIELD])
    if match:
        fields = [*fields[:_TIME_FIELD], f"{match[1]} {match[2]} UTC", *fields[_TIME_FIELD + 1 :]]
    return fields


def notice(code: int) -> bool:
    """Whether a message about an order leaves it where it is."""
    return code in NOTICES or 2100 <= code < 2200


class Mark(NamedTuple):
    """A moment of a connection: what has been heard since is told from what was before."""

    troubles: int
    shaken: int
    garbled: int

    @classmethod
    def of(cls, heard: Heard) -> Mark:
        """Now."""
        return cls(len(heard.troubles), heard.shaken, heard.garbled)

    def named(self, heard: Heard, number: int) -> list[Trouble]:
        """Messages about an order since."""
        return [trouble for trouble in heard.troubles[self.troubles :] if trouble.number == number]

    def about(self, heard: Heard, number: int) -> list[Trouble]:
        """Those that do not leave the order where it is."""
        return [trouble for trouble in self.named(heard, number) if not notice(trouble.code)]

    def broken(self, heard: Heard) -> bool:
        """Whether TWS lost or regained its servers since, or a message did not read."""
        return heard.shaken > self.shaken or heard.garbled > self.garbled

    def require(self, heard: Heard) -> None:
        """Raises NoAnswer where what was heard since may have a hole."""
        if heard.down or heard.shaken > self.shaken:
            said = [trouble.text for trouble in heard.troubles if trouble.code in SHAKEN]
            raise NoAnswer(f"TWS and its servers: {said[-1]}", remedy="Wait until TWS is connected again.")
        if heard.garbled > self.garbled:
            raise NoAnswer("a message of TWS does not read", remedy="Check the versions of TWS and ib_async.")
