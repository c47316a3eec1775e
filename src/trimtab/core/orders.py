"""Orders on their way to a venue and back: one state machine, its transitions in one table; illegal ones raise.

A ticket is the order as it was written down: it changes by an edit of a person alone, before it is approved. A standing is
what became of it. Instants are text, UTC: `2026-01-05T21:00:00Z`; the same ticket reads the same in every journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum

from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import currency, exact

_NONE = Decimal(0)
ID_LENGTH = 32  # of a client order id, before a venue asks for less
MANUAL = "manual"  # the strategy of what a person writes


class Status(Enum):
    """Where an order stands."""

    PLANNED = "planned"  # waits for a person
    HELD = "held"  # put aside by a person
    DECLINED = "declined"  # by an approver, not by the venue
    APPROVED = "approved"
    INTENT = "intent"  # on disk, before the first byte leaves
    SENT = "sent"  # it left, no answer yet
    ACKED = "acked"  # the venue has it
    PARTIAL = "partial"  # some of it is filled
    FILLED = "filled"
    REJECTED = "rejected"  # by the venue
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # nobody knows whether the venue has it: its account is halted until that is settled
    NEVER_ARRIVED = "never_arrived"  # the venue knows nothing of it, and will not

    __hash__ = object.__hash__  # a member is one object: backtests look millions of them up in the table


_S = Status
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    _S.PLANNED: frozenset({_S.HELD, _S.DECLINED, _S.APPROVED, _S.CANCELLED}),
    _S.HELD: frozenset({_S.PLANNED, _S.CANCELLED}),
    _S.DECLINED: frozenset(),
    _S.APPROVED: frozenset({_S.INTENT, _S.CANCELLED}),
    _S.INTENT: frozenset({_S.SENT, _S.CANCELLED, _S.UNKNOWN}),  # cancelled: proved unsent
    _S.SENT: frozenset({_S.ACKED, _S.PARTIAL, _S.FILLED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.UNKNOWN}),
    _S.ACKED: frozenset({_S.PARTIAL, _S.FILLED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.UNKNOWN}),
    _S.PARTIAL: frozenset({_S.PARTIAL, _S.FILLED, _S.CANCELLED, _S.EXPIRED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset(
        {_S.SENT, _S.ACKED, _S.PARTIAL, _S.FILLED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.NEVER_ARRIVED}
    ),  # sent: what a file says, which acknowledges nothing
    _S.FILLED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.NEVER_ARRIVED: frozenset(),
}
FINAL = frozenset(status for status, after in TRANSITIONS.items() if not after)
WAITING = frozenset({_S.PLANNED, _S.HELD, _S.APPROVED})  # nothing of it has left
WORKING = frozenset({_S.INTENT, _S.SENT, _S.ACKED, _S.PARTIAL, _S.UNKNOWN})  # the venue may have it


class IllegalMove(InvariantError):
    """An order was to go where the state machine knows no way."""

    code = "TT-ORD-001"


def require_move(order: str, at: Status, to: Status) -> None:
    """Raises IllegalMove where the table knows no step from `at` to `to`."""
    if to not in TRANSITIONS[at]:
        what = f"order {order} is {at.value} and cannot become {to.value}"
        raise IllegalMove(what, remedy="Look at it: trimtab orders list.")


def way(order: str, at: Status, to: Status) -> tuple[Status, ...]:
    """The steps that a report takes an order by: directly, or by way of SENT where it had not been noted that it left.

    Empty where it stands there already. Raises IllegalMove.
    """
    if at is to and to is not Status.PARTIAL:
        return ()
    if at is Status.INTENT and to in TRANSITIONS[Status.SENT] and to not in TRANSITIONS[at]:
        return (Status.SENT, to)
    require_move(order, at, to)
    return (to,)


class OrderKind(Enum):
    """How an order is to be filled."""

    MARKET = "market"
    LIMIT = "limit"
    ON_OPEN = "on_open"  # in the opening auction
    ON_CLOSE = "on_close"  # in the closing auction


class TimeInForce(Enum):
    """How long an order stands."""

    DAY = "day"
    GTC = "gtc"  # until it is cancelled
    IOC = "ioc"  # what is not filled at once is cancelled


class TradingState(Enum):
    """What an account may send."""

    ACTIVE = "active"
    REDUCING = "reducing"  # only what takes risk down: sales of what is held
    HALTED = "halted"  # nothing


class Cause(Enum):
    """Why an account does not trade freely: what only a person may lift, and what a clean reconciliation lifts too."""

    PERSON = "person"  # the kill switch
    UNKNOWN = "unknown"  # an order whose fate nobody knows; lifted when all are settled
    CONTRADICTION = "contradiction"  # a venue's report that cannot be: a fill of a final order, a changed execution
    DIFFERENCE = "difference"  # book and venue disagree; lifted when they agree again


LIFTED_BY_RECONCILING = frozenset({Cause.UNKNOWN, Cause.DIFFERENCE})


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it was written down. `units` above zero buy; zero as a price means none.

    `lots` are those that a sale takes, by id, with units of each. `parent` is the order that this one is a slice of. A block
    order has no account and `parts`, the units of its members by id; a member names it in `block`, and is not sent itself.
    `known` is when the latest of its inputs became known, `cutoff` the decision instant.
    """

    id: str
    account: str
    instrument: str
    units: Decimal
    reference: Decimal  # price at the decision, currency a unit
    place: str = ""  # sleeve it is booked in, `account/sleeve`; empty: the account itself
    kind: OrderKind = OrderKind.MARKET
    limit: Decimal = _NONE
    tif: TimeInForce = TimeInForce.DAY
    currency: str = "USD"
    lots: tuple[tuple[str, Decimal], ...] = ()
    parent: str = ""
    block: str = ""
    parts: tuple[tuple[str, Decimal], ...] = ()
    batch: str = ""  # what it was proposed with: `2026-11-02/3`
    as_of: date = date.min
    policy: str = ""  # SHA-256 of the policy whose rules it obeys
    strategy: str = ""  # name of the policy, or MANUAL
    code: str = ""  # version of the program that planned it: another one does not send it
    known: str = ""
    cutoff: str = ""
    reason: str = ""
    by: str = ""  # who asked for it
    moved_by: tuple[str, ...] = ()  # who wrote the overrides that moved it
    estimate: Decimal = _NONE  # of what trading costs, in money
    tax: Decimal = _NONE  # of what selling is taxed, in money; below zero saves tax
    warnings: tuple[str, ...] = ()  # soft rules that it breaks: approving it needs a reason
    four_eyes: bool = False  # whoever asked for it, moved it or edited it does not approve it

    @property
    def booked(self) -> str:
        """The place that its fills are booked in."""
        return self.place or self.account

    @property
    def notional(self) -> Decimal:
        """What it moves at the reference price, above zero."""
        return abs(self.units * self.reference)

    def expected(self, units: Decimal) -> Decimal:
        """The part of its estimate that belongs to so many of its units, whatever their sign."""
        with exact():
            return self.estimate * abs(units / self.units)


def limited(ticket: Ticket, limit: Decimal) -> Ticket:
    """The ticket with this limit: a market order becomes a limit order, one for an auction takes the limit there."""
    kind = OrderKind.LIMIT if limit and ticket.kind is OrderKind.MARKET else ticket.kind
    return replace(ticket, limit=limit, kind=kind)


def resized(ticket: Ticket, units: Decimal) -> Ticket:
    """The ticket for so many units; its estimate and its tax grow or shrink with them, in whole cents."""
    money = currency(ticket.currency)
    with exact():
        tax = ticket.tax * abs(units / ticket.units)
        return replace(ticket, units=units, estimate=money.round(ticket.expected(units)), tax=money.round(tax))


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of an order. `filled` counts units with their sign, `spent` is what they came to at their prices."""

    ticket: Ticket
    status: Status = Status.PLANNED
    filled: Decimal = _NONE
    spent: Decimal = _NONE
    cost: Decimal = _NONE  # fees and commissions paid
    claimed: Decimal = _NONE  # units filled by the venue's own count: the most that it has said
    venue: str = ""
    venue_id: str = ""  # what the venue calls it
    arrival: Decimal = _NONE  # price when it left; 0: not known
    approved_by: str = ""
    edited_by: str = ""
    planned_at: str = ""
    sent_at: str = ""
    done_at: str = ""
    edition: int = 0  # grows by one with each change
    why: str = ""  # what was said of the last change

    @property
    def id(self) -> str:
        """The client order id."""
        return self.ticket.id

    @property
    def left(self) -> Decimal:
        """Units still to fill, with their sign."""
        return self.ticket.units - self.filled

    @property
    def average(self) -> Decimal:
        """The average price of what is filled; zero before."""
        return self.spent / self.filled if self.filled else _NONE


def client_id(run: str, line: int | str, length: int = ID_LENGTH) -> str:
    """The client order id of a line of a run: a hash, so that the same plan has the same ids after any crash.

    `run` is the text of its key with the generation. Raises DataError where fewer than 16 digits would be left.
    """
    if not 16 <= length <= 64:
        raise DataError(f"ids of {length} digits are not told apart safely", remedy="Use 16 to 64.")
    return hashlib.sha256(f"{len(run)}:{run}|{line}".encode()).hexdigest()[:length]
