"""Asking a venue how an order stands, by its client id, and writing down what it says. Nothing is ever sent again from here.

An order whose sender has died, or that the venue does not answer for, is UNKNOWN, and its accounts are halted, before
anything else happens. Only what the venue says, or its not knowing the order when no message can be under way, ends that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.orders import WORKING, Standing, Status, Ticket
from trimtab.core.roles import Clock, OrderStore
from trimtab.core.venues import NoAnswer, NotSent, Report, Venue, remembered_since
from trimtab.execution.purses import Share
from trimtab.execution.reconciling import Asked

_S = Status
FORGOTTEN = "forgets orders that are over with their day: reconcile with a file that says what became of it"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Orders in a store, a venue to ask for them, and how long a message may be under way after its INTENT was written."""

    store: OrderStore
    venue: Venue
    clock: Clock
    grace: np.timedelta64

    def recover(self, account: str) -> tuple[Asked, ...]:
        """Ask for every order of the account that the venue may have. INTENT becomes UNKNOWN before anybody is asked.

        An order that went to another venue is not asked for here, and listed if nobody knows its fate.
        """
        ids = dict.fromkeys(one.ticket.block or one.id for one in self.store.standings(account, WORKING))
        for order in ids:
            if self.store.standing(order).status is _S.INTENT:
                self.store.move(order, _S.UNKNOWN, "its sender ended before it noted an answer")
        found = [self.store.standing(order) for order in ids]
        away = [one for one in found if one.venue != self.venue.name and one.status is _S.UNKNOWN]
        asked = tuple(self.ask(one.id) for one in found if one.venue == self.venue.name)
        return (*asked, *(Asked(one, f"it went to {one.venue}, and is asked for there") for one in away))

    def ask(self, order: str) -> Asked:
        """Ask for an order, and record the answer. No answer makes it UNKNOWN, and so does None until the grace is over.

        Where not even the question left, the order stands as before.
        """
        try:
            report = self.venue.find(order)
            if report is not None:
                require_about(report, order)
        except Exception as error:  # noqa: BLE001 - whatever a venue raises, it has not answered
            why = f"the venue does not answer for it: {words(error)}"
            at = self.store.standing(order) if isinstance(error, NotSent) else self.doubt(order, why)
            return Asked(at, why, silent=True)
        return self.absent(order) if report is None or report.status is _S.NEVER_ARRIVED else self.record(report)

    def record(self, report: Report) -> Asked:
        """Write down what the venue says."""
        done = self.store.record(report, self.venue.name)
        return Asked(done.standing, "", report, done.contradictions)

    def doubt(self, order: str, why: str) -> Standing:
        """The order, UNKNOWN from here on if it was not before."""
        standing = self.store.standing(order)
        return standing if standing.status is _S.UNKNOWN else self.store.move(order, _S.UNKNOWN, why)

    def absent(self, order: str) -> Asked:
        """The venue knows no such order: it never arrived, or may still be under way, or the venue has forgotten it."""
        standing = self.store.standing(order)
        if standing.status in (_S.ACKED, _S.PARTIAL) or standing.venue_id or standing.filled or standing.claimed:
            why = "the venue had it, and does not know it any more"
            return Asked(self.doubt(order, why), why)
        standing = self.doubt(order, "the venue does not know it")
        left = np.datetime64(standing.sent_at.removesuffix("Z") or "NaT")
        now = self.clock.now()
        if left < remembered_since(self.venue, now):
            return Asked(standing, f"the venue does not know it, and {FORGOTTEN}")
        if now - left > self.grace:  # False where nobody noted when
            return Asked(self.store.move(order, _S.NEVER_ARRIVED, "the venue does not know it, and no message is under way"))
        return Asked(standing, "the venue does not know it; its message may be under way")

    def known(self, order: str) -> Standing | None:
        """How an order stands, if it is one of ours."""
        try:
            return self.store.standing(order)
        except DataError:
            return None

    def shares(self, ticket: Ticket) -> tuple[Share, ...]:
        """What an order is to each account that it is for: of a block the parts of its members."""
        parts = [Share(self.store.standing(member).ticket.account, units) for member, units in ticket.parts]
        return tuple(parts) or (Share(ticket.account, ticket.units),)


def require_about(report: Report, order: str) -> None:
    """Raises NoAnswer where the report is about another order."""
    if report.order != order:
        raise NoAnswer(f"the venue was asked for {order} and speaks of {report.order}")


def words(error: Exception) -> str:
    """What an error says, or at least its name."""
    return str(error) or type(error).__name__
