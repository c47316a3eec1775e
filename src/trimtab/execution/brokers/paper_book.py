"""What the paper broker knows: its orders, and cash and units of its accounts. A plain fold over the lines of its ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, OrderKind, Status, Ticket, TimeInForce
from trimtab.core.venues import Execution, Report

Event = dict[str, Any]
_NEVER = np.datetime64(0, "s")


def instant_text(instant: np.datetime64) -> str:
    """An instant, UTC: `2026-01-05T21:00:00Z`."""
    return f"{np.datetime_as_string(instant.astype('datetime64[s]'))}Z"


def instant_of(text: str) -> np.datetime64:
    """The instant of such a text."""
    return np.datetime64(text.removesuffix("Z"), "s")


@dataclass(slots=True)
class PaperOrder:
    """An order at the paper broker, and what became of it."""

    number: int
    ticket: Ticket
    arrived: np.datetime64
    status: Status = Status.ACKED
    why: str = ""
    filled: Decimal = ZERO  # with its sign
    amount: Decimal = ZERO  # cash of all fills, before cost
    charged: Decimal = ZERO
    executions: tuple[Execution, ...] = ()
    touched: str = ""  # when something last happened to it

    @property
    def working(self) -> bool:
        """Whether anything of it may still be filled."""
        return self.status not in FINAL

    @property
    def left(self) -> Decimal:
        """Units to fill, with their sign."""
        return self.ticket.units - self.filled

    @property
    def report(self) -> Report:
        """How it stands."""
        return Report(self.ticket.id, self.status, f"P{self.number}", self.filled, self.executions, self.why)


@dataclass(slots=True)
class PaperBook:
    """All that the ledger says so far."""

    orders: dict[str, PaperOrder] = field(default_factory=dict)
    waiting: dict[str, PaperOrder] = field(default_factory=dict)  # those of them that may still be filled
    cash: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # account, currency
    units: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # account, instrument
    credit: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # as last told
    brought: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by all deposits
    brought_units: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    seen: dict[str, np.datetime64] = field(default_factory=dict)  # when the last bar closed that orders were filled from
    accounts: set[str] = field(default_factory=set)  # that something was deposited in
    blocks: bool = False  # whether it has filled orders of several accounts together: it cannot tell whose units are whose

    def working(self) -> list[PaperOrder]:
        """The orders that may still be filled, in the order of their arrival."""
        return list(self.waiting.values())

    @property
    def pooled(self) -> bool:
        """Whether an order of several accounts is under way: what it brings or takes is nobody's until it is allotted."""
        return any(not one.ticket.account for one in self.waiting.values())

    def power(self, purse: tuple[str, str]) -> Decimal:
        """What an account may spend in a currency: its cash, and what it may borrow."""
        return self.cash[purse] + self.credit[purse]

    def seen_of(self, instrument: str) -> np.datetime64:
        """When the last bar of the instrument closed that was looked at."""
        return self.seen.get(instrument, _NEVER)

    def apply(self, event: Event) -> None:
        """Take a line of the ledger in. Raises DataError where it makes no sense."""
        try:
            with exact():
                {"deposit": self._deposit, "arrived": self._arrived, "ended": self._ended, "advanced": self._advanced}[
                    event["what"]
                ](event)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            remedy = "Restore the ledger of the paper broker."
            raise DataError(f"a line of the paper broker's ledger makes no sense: {event}", remedy=remedy) from error

    def _deposit(self, event: Event) -> None:
        self.accounts.add(event["account"])
        for money in (self.cash, self.brought):
            money[event["account"], event["currency"]] += Decimal(event["cash"])
        for instrument, units in event["units"].items():
            for held in (self.units, self.brought_units):
                held[event["account"], instrument] += Decimal(units)

    def _arrived(self, event: Event) -> None:
        ticket = _ticket(event["order"])
        order = PaperOrder(len(self.orders) + 1, ticket, instant_of(event["at"]), touched=event["at"])
        if why := event.get("refused", ""):
            order.status, order.why = Status.REJECTED, why
        self.orders[ticket.id] = order
        self.credit[ticket.account, ticket.currency] = Decimal(event.get("credit", 0))
        self._file(order)

    def _file(self, order: PaperOrder) -> None:
        if order.working:
            self.waiting[order.ticket.id] = order
        else:
            self.waiting.pop(order.ticket.id, None)

    def _ended(self, event: Event) -> None:
        order = self.orders[event["order"]]
        order.status, order.why, order.touched = Status(event["status"]), event["why"], event["at"]
        self._file(order)

    def _advanced(self, event: Event) -> None:
        """All that came of some bars: a single line, so that a crash leaves all of it or nothing."""
        for body in event["fills"]:
            self._fill(_execution(body["execution"]), Decimal(body["amount"]))
        for ended in event["ended"]:
            self._ended(ended)
        for instrument, instant in event["seen"].items():
            self.seen[instrument] = instant_of(instant)

    def _fill(self, execution: Execution, amount: Decimal) -> None:
        order = self.orders[execution.order]
        ticket = order.ticket
        order.filled += execution.units
        order.amount += amount
        order.charged += execution.cost
        order.executions += (execution,)
        order.status = Status.PARTIAL if order.left else Status.FILLED
        order.touched = execution.at
        self._file(order)
        self.cash[ticket.account, ticket.currency] += amount - execution.cost
        self.units[ticket.account, ticket.instrument] += execution.units
        self.blocks |= bool(ticket.parts)


def order_body(ticket: Ticket) -> Event:
    """What the ledger keeps of a ticket: what a venue is told."""
    return {
        "id": ticket.id,
        "account": ticket.account,
        "instrument": ticket.instrument,
        "units": text_of(ticket.units),
        "reference": text_of(ticket.reference),
        "kind": ticket.kind.value,
        "limit": text_of(ticket.limit),
        "tif": ticket.tif.value,
        "currency": ticket.currency,
        "parts": [[member, text_of(units)] for member, units in ticket.parts],
    }


def _ticket(body: Mapping[str, Any]) -> Ticket:
    return Ticket(
        body["id"],
        body["account"],
        body["instrument"],
        Decimal(body["units"]),
        Decimal(body["reference"]),
        kind=OrderKind(body["kind"]),
        limit=Decimal(body["limit"]),
        tif=TimeInForce(body["tif"]),
        currency=body["currency"],
        parts=tuple((member, Decimal(units)) for member, units in body["parts"]),
    )


def execution_body(one: Execution) -> list[str]:
    """An execution as the ledger keeps it."""
    return [one.id, one.order, text_of(one.units), text_of(one.price), text_of(one.cost), one.day.isoformat(), one.at]


def _execution(body: list[str]) -> Execution:
    name, order, units, price, cost, day, at = body
    return Execution(name, order, Decimal(units), Decimal(price), Decimal(cost), date.fromisoformat(day), at)
