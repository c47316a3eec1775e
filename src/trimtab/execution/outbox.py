"""The outbox: orders leave one at a time, each written down before its first byte, and none is ever sent a second time.

intend (on disk) -> submit -> record. A crash between any two leaves an order that `recover` finds and asks the venue for, by
the client id. There is no retry: an order is answered for by asking, never by sending it again. `send`, `recover`,
`reconcile` and `cancel` run under the sender lock of the accounts concerned (of a block: all of its members').

An intention logged before an action that cannot be undone: Gray and Reuter, Transaction Processing (1993).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from trimtab.core.errors import ApprovalRequired, Halted, InvariantError
from trimtab.core.money import ZERO
from trimtab.core.orders import FINAL, WAITING, Cause, IllegalMove, Standing, Status
from trimtab.core.roles import Clock, OrderStore
from trimtab.core.venues import NotSent, Venue
from trimtab.execution.asking import Inquiry, require_about, words
from trimtab.execution.purses import Purses, Share
from trimtab.execution.reconciling import Asked, Difference, Reconciliation, alive, counted, held_apart, is_ours

EDITED = "it was edited after the gate had judged it"
Held = Callable[[str], Mapping[str, Decimal]]  # the book's units of an account, by instrument


class Sent(NamedTuple):
    """What came of one order of a batch: how it stands now, and why it did not go out, or not as usual."""

    standing: Standing
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Sends, asks, cancels and reconciles. `grace` is how long a message may be under way after its INTENT was written."""

    store: OrderStore
    venue: Venue
    clock: Clock
    grace: np.timedelta64

    @property
    def _inquiry(self) -> Inquiry:
        return Inquiry(self.store, self.venue, self.clock, self.grace)

    def send(
        self,
        stamped: Any,
        orders: Sequence[str],
        *,
        arrivals: Mapping[str, Decimal] | None = None,
        cash: Mapping[str, Decimal] | None = None,
        within: Callable[[], None] = lambda: None,
    ) -> tuple[Sent, ...]:
        """Send orders out of what the gate stamped, sells first; what does not go out stays APPROVED and is listed.

        `arrivals` are prices now, by id; `cash` is what each account may spend besides what its sales bring (see Purses);
        `within` is asked as each of them leaves (`OrderStore.intend`).
        Raises InvariantError, and sends nothing, where an order is not in the stamped batch; DataError where none has the id.
        """
        if missing := set(orders) - {one.id for one in stamped.orders}:
            raise InvariantError(f"order {min(missing)} did not pass the gate", remedy="Nothing was sent.")
        inquiry = self._inquiry
        tickets = [self.store.standing(order).ticket for order in dict.fromkeys(orders)]
        shares = {ticket.id: inquiry.shares(ticket) for ticket in tickets}
        for account in dict.fromkeys(share.account for parts in shares.values() for share in parts):
            inquiry.recover(account)
        run = _Run(inquiry, stamped, arrivals or {}, Purses(cash or {}), within)
        return tuple(run.take(one.id, shares[one.id]) for one in sorted(tickets, key=lambda one: one.units > 0))

    def recover(self, account: str) -> tuple[Asked, ...]:
        """Settle what another process left under way: every order of the account that the venue may have is asked for.

        INTENT becomes UNKNOWN before anybody is asked. What the venue does not know settles as NEVER_ARRIVED once the
        grace after INTENT is over, and is UNKNOWN before; so is what it does not answer for, or knew once and denies now.
        """
        return self._inquiry.recover(account)

    def cancel(self, order: str, why: str = "") -> Asked:
        """Cancel here what has not left; ask the venue for the rest, halted or not. No answer leaves it as it stands."""
        standing = self.store.standing(order)
        if standing.status in WAITING:
            return Asked(self.store.move(order, Status.CANCELLED, why or "cancelled before it left"))
        if standing.status in FINAL:
            return Asked(standing, f"it is {standing.status.value} already")
        try:
            report = self.venue.cancel(order)
            require_about(report, order)
        except NotSent as error:
            return Asked(standing, f"the cancellation did not leave: {words(error)} The order stands as before.")
        except Exception as error:  # noqa: BLE001 - whatever a venue raises, it has not answered
            said = f"nobody knows whether the cancellation arrived: {words(error)} The order stands as before."
            return Asked(standing, said, silent=True)
        if report.status is Status.NEVER_ARRIVED:
            return Asked(standing, "the venue does not know it. The order stands as before.")
        return self._inquiry.record(report)

    def reconcile(self, account: str, held: Held, *, since: date, lift: Callable[[str], object]) -> Reconciliation:
        """Compare the book with the venue: every order under way, every order since that day, and all positions.

        `held` reads the units after what the venue said is booked. Where all agrees `lift` is called; where not, the account
        is halted with the exact differences, after a second look: a fill may have come in between.
        """
        found = self._look(account, held, since)
        if found.differences:
            again = self._look(account, held, since)
            found = again._replace(contradictions=tuple(dict.fromkeys((*found.contradictions, *again.contradictions))))
        if found.clean:
            lift(account)
        elif found.differences:
            self.store.halt(account, Cause.DIFFERENCE, "; ".join(one.words for one in found.differences))
        return found._replace(state=self.store.state(account))

    def _look(self, account: str, held: Held, since: date) -> Reconciliation:
        """One comparison; what the venue says is booked."""
        inquiry = self._inquiry
        asked = list(inquiry.recover(account))
        try:
            reports = self.venue.reports(since)
            positions = self.venue.positions(account)
        except Exception as error:  # noqa: BLE001 - whatever a venue raises, it has not answered
            return Reconciliation(account, tuple(asked), unanswered=words(error))
        odd: list[str] = []
        differences: list[Difference] = []
        for report in reports:
            known = inquiry.known(report.order)
            if known is None and not is_ours(report.order):
                differences.append(Difference("foreign order", report.order, ZERO, report.filled))
            elif known is None or known.venue not in ("", self.venue.name):
                where = f"went to {known.venue}" if known else "is in no book"
                odd.append(f"the venue has order {report.order}, in the form of ours, which {where}")
                self.store.halt(account, Cause.CONTRADICTION, odd[-1])
            elif account in [share.account for share in inquiry.shares(known.ticket)]:
                asked.append(inquiry.record(report))
        odd += [what for one in asked for what in one.contradictions]
        differences += [*counted(asked), *alive(asked)]
        if positions is not None:
            differences += held_apart(held(account), positions)
        return Reconciliation(account, tuple(asked), tuple(dict.fromkeys(differences)), tuple(dict.fromkeys(odd)))


class _Run:
    """One sending: what has been spent, and which accounts send nothing more."""

    __slots__ = ("_arrivals", "_inquiry", "_purses", "_stamped", "_stopped", "_told", "_within")

    def __init__(
        self, inquiry: Inquiry, stamped: Any, arrivals: Mapping[str, Decimal], purses: Purses, within: Callable[[], None]
    ) -> None:
        self._inquiry, self._stamped, self._arrivals, self._purses = inquiry, stamped, arrivals, purses
        self._within = within
        self._told = {one.id: (one.units, one.limit) for one in stamped.orders}  # what the venue would be told
        self._stopped: dict[str, str] = {}  # why, by account; no name stands for all of them

    def take(self, order: str, shares: Sequence[Share]) -> Sent:
        """Send one order, unless something stops it."""
        standing = self._inquiry.store.standing(order)
        stops = [self._stopped[name] for name in ("", *(share.account for share in shares)) if name in self._stopped]
        why = stops[0] if stops else EDITED if self._edited(standing) else self._purses.short(standing, shares)
        sent = Sent(standing, why) if why else self._sent(order, shares)
        self._purses.count(standing, sent.standing, shares)
        return sent

    def _edited(self, standing: Standing) -> bool:
        """Whether a person has changed the order since the gate stamped it: the venue would be told the order of before."""
        return self._told[standing.id] != (standing.ticket.units, standing.ticket.limit)

    def _sent(self, order: str, shares: Sequence[Share]) -> Sent:
        """intend, submit, record."""
        store, venue = self._inquiry.store, self._inquiry.venue
        try:
            meant = store.intend(order, venue.name, self._arrivals.get(order, ZERO), self._within)
        except IllegalMove as error:  # somebody was first, or nobody has approved it
            return Sent(store.standing(order), str(error))
        except (ApprovalRequired, Halted, InvariantError) as error:
            return self._stop(Sent(store.standing(order), str(error)), shares)
        if self._edited(meant):  # just now, and never again from here on
            return Sent(store.move(order, Status.CANCELLED, f"proved unsent: {EDITED}"), EDITED)
        try:
            report = venue.submit(self._stamped, order)
            require_about(report, order)
        except NotSent as error:
            return self._stop(Sent(store.move(order, Status.CANCELLED, f"proved unsent: {error}"), words(error)))
        except Exception as error:  # noqa: BLE001 - whatever a venue raises, the order may have arrived
            return self._lost(order, shares, words(error))
        standing = store.record(report, venue.name).standing
        return Sent(standing, standing.why if standing.status is Status.REJECTED else "")

    def _lost(self, order: str, shares: Sequence[Share], why: str) -> Sent:
        """No answer: nobody knows. Its accounts send nothing more, and the venue is asked once; is it silent, nobody does."""
        self._inquiry.doubt(order, f"no answer: {why}")
        asked = self._inquiry.ask(order)
        said = asked.why or "The venue was asked, and has it."
        return self._stop(Sent(asked.standing, f"no answer: {why} {said}"), () if asked.silent else shares)

    def _stop(self, sent: Sent, shares: Sequence[Share] = ()) -> Sent:
        """Nothing more is sent of these accounts; of none: nothing at all."""
        for account in [share.account for share in shares] or [""]:
            self._stopped.setdefault(account, f"not sent after order {sent.standing.id}: {sent.why}")
        return sent
