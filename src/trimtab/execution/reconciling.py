"""What comes of asking a venue: how an order stands after its answer, and where book and venue differ, line by line.

A difference is never adjusted away: it is named exactly, venue less book, and a person or a later look settles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import Standing, Status, TradingState
from trimtab.core.venues import Report

_ALIVE = frozenset({Status.ACKED, Status.PARTIAL})
_DEAD = frozenset({Status.CANCELLED, Status.EXPIRED, Status.REJECTED})  # filled, and the word of it late: that is no matter
_OURS = re.compile(r"[0-9a-f]{16,64}")  # the form of core.orders.client_id


class Asked(NamedTuple):
    """What came of asking for an order: how it stands, why it is not settled (empty: it was answered), the answer itself.

    `silent`: the venue gave no answer at all.
    """

    standing: Standing
    why: str = ""
    report: Report | None = None
    contradictions: tuple[str, ...] = ()
    silent: bool = False


class Difference(NamedTuple):
    """A line on which book and venue do not agree, in units.

    `kind` is `position`, `order`, `working order` (at the venue alone) or `foreign order`.
    """

    kind: str
    name: str
    book: Decimal
    venue: Decimal

    @property
    def words(self) -> str:
        """The line in a sentence, with the exact difference, venue less book."""
        with exact():
            apart = text_of(self.venue - self.book)
        return f"{self.kind} {self.name}: {text_of(self.book)} in the book, {text_of(self.venue)} at the venue: {apart}"


class Reconciliation(NamedTuple):
    """What a reconciliation found. `unanswered` is why the venue could not be asked; `state` is what the account may do now."""

    account: str
    asked: tuple[Asked, ...]
    differences: tuple[Difference, ...] = ()
    contradictions: tuple[str, ...] = ()
    unanswered: str = ""
    state: TradingState = TradingState.HALTED

    @property
    def unknown(self) -> tuple[Standing, ...]:
        """The orders that nobody can tell the fate of yet."""
        return tuple(one.standing for one in self.asked if one.silent or one.standing.status is Status.UNKNOWN)

    @property
    def clean(self) -> bool:
        """Whether the venue answered, book and venue agree on every line, and no order is left in doubt."""
        return not (self.differences or self.contradictions or self.unanswered or self.unknown)


def is_ours(order: str) -> bool:
    """Whether a client order id has the form of ours."""
    return _OURS.fullmatch(order) is not None


def counted(asked: Iterable[Asked]) -> list[Difference]:
    """The orders of which the venue counts more, or less, than is booked. SENT acknowledges nothing, and counts nothing."""
    return [
        Difference("order", one.standing.id, one.standing.filled, one.report.filled)
        for one in asked
        if one.report is not None and one.report.status is not Status.SENT and one.report.filled != one.standing.filled
    ]


def alive(asked: Iterable[Asked]) -> list[Difference]:
    """The orders that are done with here and work at the venue, by what the venue may still fill of them.

    A report that comes late says the same and is no news; the answer to a question is.
    """
    return [
        Difference("working order", one.standing.id, ZERO, one.standing.ticket.units - one.report.filled)
        for one in asked
        if one.report is not None and one.report.status in _ALIVE and one.standing.status in _DEAD
    ]


def held_apart(book: Mapping[str, Decimal], venue: Mapping[str, Decimal]) -> list[Difference]:
    """The positions that differ, by name; what one of the two does not name, it does not hold."""
    pairs = [(name, book.get(name, ZERO), venue.get(name, ZERO)) for name in sorted(book.keys() | venue.keys())]
    return [Difference("position", name, ours, theirs) for name, ours, theirs in pairs if ours != theirs]
