"""The orders in the book of record: the order store (`core.roles.OrderStore`) on disk.

Each call is one writing transaction, in which everything is read that it depends on: nothing is checked outside and done
inside. The transitions are kept by the tables (order_projection.py), what accounts may send by order_checks.py, what a
report comes to by core/settling.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import TypeVar

import numpy as np

from trimtab.accounting.database import planning, schema
from trimtab.accounting.database.columns import select
from trimtab.accounting.database.events import Event, Note, RunKey
from trimtab.accounting.database.order_checks import accounts_of, require_approvable, require_known, require_sendable
from trimtab.accounting.database.order_events import BatchOpened, LiveArmed, OrderMoved
from trimtab.accounting.database.order_fills import ended, reported
from trimtab.accounting.database.order_projection import next_batch
from trimtab.accounting.database.order_rows import chosen, executions_of, order_of, orders_of, run_orders, slices_of, these
from trimtab.accounting.database.planning import Plan, Planned
from trimtab.accounting.database.reading import recorded_text
from trimtab.accounting.database.runs import Run, run_at
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.trading import Restraint, lifting, restraints, setting, state_of
from trimtab.core.errors import DataError, Halted
from trimtab.core.orders import LIFTED_BY_RECONCILING, Cause, IllegalMove, Standing, Status, Ticket, TradingState
from trimtab.core.roles import Clock
from trimtab.core.venues import Execution, Recorded, Report

__all__ = ["OrderBook", "Plan", "Planned"]

T = TypeVar("T")


class OrderBook:
    """The orders of a book. `clock` says when a record is made, `author` who makes it. Not shared between threads."""

    __slots__ = ("_author", "_clock", "_store")

    def __init__(self, store: BookStore, clock: Clock, author: str) -> None:
        self._store, self._clock, self._author = store, clock, author

    @property
    def store(self) -> BookStore:
        """The book that the orders are in."""
        return self._store

    def _book(self, events: Sequence[Event]) -> tuple[int, ...]:
        return self._store.book(events, recorded_text(self._clock.now()), self._author)

    def _change(self, work: Callable[[], Sequence[Event]]) -> None:
        """One transaction that reads what `work` reads, and books the events that it answers with."""
        self._store.change(lambda: self._book(work()))

    def _moved(self, orders: Sequence[str], work: Callable[[], Sequence[Event]]) -> tuple[Standing, ...]:
        """The same, with how these orders stand afterwards."""

        def done() -> tuple[Standing, ...]:
            self._book(work())
            found = these(self._store.session, orders)
            return tuple(found[one].standing for one in orders)

        return self._store.change(done)

    # Planning

    def plan(
        self, key: RunKey, tickets: Callable[[int], Sequence[Ticket]], *, claimant: str, notes: Sequence[Note] = ()
    ) -> Planned:
        """Claim the run of a key and write down its orders, in one transaction; a repeat answers with what stands.

        `tickets` is called with the generation, inside the transaction, and not at all by a repeat.
        """
        return self.plan_many([Plan(key, tickets, notes)], claimant=claimant)[0]

    def plan_many(self, plans: Sequence[Plan], *, claimant: str) -> tuple[Planned, ...]:
        """The same for many accounts in one transaction: all of them, or none."""
        return self._store.change(lambda: planning.plan(self._store.session, plans, claimant, self._book))

    def supersede(self, run: Run, reason: str) -> None:
        """The run counts no more: its waiting orders are cancelled, and the next plan of its key has the next generation.

        Raises IllegalMove while one of its orders works at a venue, Superseded where it was superseded already.
        """
        self._change(lambda: planning.superseding(self._store.session, run, reason))

    def add(self, tickets: Sequence[Ticket]) -> tuple[Standing, ...]:
        """Write down orders of no run: blocks (their members are there, and wait), slices of a parent, manual orders."""
        return self._store.change(lambda: planning.add(self._store.session, tickets, self._book))

    def regroup(
        self,
        cancels: Mapping[str, str],
        edits: Mapping[str, tuple[Decimal, str]],
        blocks: Sequence[Ticket] = (),
        notes: Sequence[Note] = (),
    ) -> tuple[Standing, ...]:
        """Cancel orders that wait (why, by id), edit others (units and why), and plan blocks of them: all of it, or none.

        Returns how the blocks stand. Raises what `edit` and `add` raise, IllegalMove for an order that waits no more.
        """

        def regrouped() -> tuple[Standing, ...]:
            session = self._store.session
            found = these(session, [*cancels, *edits])
            require_known(found, [*cancels, *edits], session.where)
            moves = [OrderMoved(found[one].ticket.account, one, Status.CANCELLED, why) for one, why in cancels.items()]
            changes = [planning.edited(found[one].ticket, units, None, why) for one, (units, why) in edits.items()]
            return planning.add(session, blocks, self._book, (*notes, *moves, *changes))

        return self._store.change(regrouped)

    def new_batch(self, as_of: date) -> str:
        """A label for what is proposed together: `2026-11-02/1`, then `/2`."""

        def opened() -> str:
            label = f"{as_of.isoformat()}/{next_batch(self._store.session, as_of.isoformat())}"
            self._book([BatchOpened(label, as_of)])
            return label

        return self._store.change(opened)

    def note(self, note: Note) -> int:
        """Write a note down, an evaluation of the gate for one. Returns its record."""
        return self._store.change(lambda: self._book([note]))[0]

    # What persons do

    def edit(
        self,
        order: str,
        *,
        units: Decimal | None = None,
        limit: Decimal | None = None,
        reason: str,
        within: Callable[[], None] = lambda: None,
    ) -> Standing:
        """Change an order that is PLANNED or HELD; one that is APPROVED to fewer units alone, which need no new approval.

        Fewer units take the first of its lots; more leave the choice of lots to the method of the account. `within` is asked in
        the same transaction, and raises where it may not be. Raises IllegalMove in any other status, and for blocks and their
        members; DataError without a reason.
        """

        def edited() -> list[Event]:
            within()
            return [planning.edited(order_of(self._store.session, order).ticket, units, limit, reason)]

        return self._moved([order], edited)[0]

    def approve(self, orders: Collection[str], by: str, reason: str = "") -> tuple[Standing, ...]:
        """PLANNED to APPROVED, all of them or none. Raises ApprovalRequired where `by` may not, or must give a reason."""
        ids = list(dict.fromkeys(orders))

        def approved() -> list[Event]:
            session = self._store.session
            found = these(session, ids)
            require_known(found, ids, session.where)
            for one in found.values():
                require_approvable(session, one, by, reason)
            return [OrderMoved(found[one].ticket.account, one, Status.APPROVED, reason, by=by) for one in ids]

        return self._moved(ids, approved)

    def hold(self, order: str, reason: str = "") -> Standing:
        """PLANNED to HELD."""
        return self._step(order, Status.HELD, reason)

    def unhold(self, order: str, reason: str = "") -> Standing:
        """HELD to PLANNED."""
        return self._step(order, Status.PLANNED, reason)

    def decline(self, order: str, reason: str) -> Standing:
        """PLANNED to DECLINED, with a reason."""
        return self._step(order, Status.DECLINED, _required(reason, "an order is declined"))

    def cancel_waiting(self, orders: Collection[str], reason: str) -> tuple[Standing, ...]:
        """Cancel those of the orders of which nothing has left; how all of them stand then. A block takes its members along."""
        ids, why = list(dict.fromkeys(orders)), _required(reason, "orders are cancelled")

        def cancelled() -> Sequence[Event]:
            found = these(self._store.session, ids)
            require_known(found, ids, self._store.session.where)
            return planning.cancelling(found.values(), why)

        return self._moved(ids, cancelled)

    def _step(self, order: str, to: Status, why: str) -> Standing:
        return self._moved([order], lambda: ended(self._store.session, order_of(self._store.session, order), to, why))[0]

    # Sending

    def intend(self, order: str, venue: str, arrival: Decimal, within: Callable[[], None] = lambda: None) -> Standing:
        """APPROVED to INTENT, where its accounts may send. See `core.roles.OrderStore`."""

        def intended() -> list[Event]:
            kept = order_of(self._store.session, order)
            require_sendable(self._store.session, kept)
            within()
            return [OrderMoved(kept.ticket.account, order, Status.INTENT, venue=venue, arrival=arrival)]

        return self._moved([order], intended)[0]

    def move(self, order: str, to: Status, why: str = "") -> Standing:
        """Take an order, and the members of a block, to another status. Approvals and intents are checked as such."""
        if to is Status.APPROVED:
            return self.approve([order], self._author, why)[0]
        if to is Status.INTENT:
            raise IllegalMove(f"order {order} becomes an intent by `intend` alone", remedy="It asks whether it may be sent.")
        return self._step(order, to, why)

    def record(self, report: Report, venue: str) -> Recorded:
        """Book what a venue reports, and halt the accounts where it cannot be. See `core.roles.OrderStore`.

        Raises DataError for an order that went to another venue.
        """

        def recorded() -> Recorded:
            session = self._store.session
            events, found, odd = reported(session, order_of(session, report.order), report, venue)
            self._book(events)
            return Recorded(order_of(session, report.order).standing, found.booked, odd)

        return self._store.change(recorded)

    def sender(self, account: str) -> AbstractContextManager[None]:
        """The right to send for an account (empty: blocks), for one process at a time. Raises Busy where another has it."""
        return self._store.session.sender(account, self._author)

    # Reading

    def standing(self, order: str) -> Standing:
        """How an order stands. Raises DataError where there is none with this id."""
        return order_of(self._store.session, order).standing

    def standings(self, account: str = "", statuses: Collection[Status] = ()) -> tuple[Standing, ...]:
        """The orders of an account (empty: all), of these statuses (empty: any), in the order of planning."""
        return tuple(one.standing for one in orders_of(self._store.session, account, statuses))

    def of_run(self, run: Run) -> tuple[Standing, ...]:
        """The orders of a run, slices included."""
        return tuple(one.standing for one in run_orders(self._store.session, run.record))

    def run_of(self, order: str) -> Run | None:
        """The run that an order was planned in, a slice with its parent; None of blocks."""
        return run_at(self._store.session, order_of(self._store.session, order).run)

    def slices(self, order: str) -> tuple[Standing, ...]:
        """The slices of an order, in the order of planning."""
        return tuple(one.standing for one in slices_of(self._store.session, order))

    def earlier(self, account: str, since: np.datetime64) -> tuple[Standing, ...]:
        """The orders of an account that have left since an instant (UTC), or are about to; not what never arrived."""
        clause = "WHERE account = ? AND sent_at <> '' AND sent_at >= ? AND status <> ?"
        values = (account, _second(since), Status.NEVER_ARRIVED.value)
        return tuple(one.standing for one in chosen(self._store.session, clause, values))

    def accounts_of(self, standing: Standing) -> tuple[str, ...]:
        """The account of an order; of a block those of its members, each once."""
        return accounts_of(self._store.session, standing.ticket)

    def executions(self, order: str) -> tuple[Execution, ...]:
        """The executions booked for an order; of a member those that its block's were allotted as."""
        return executions_of(self._store.session, order)

    # What accounts may send

    def state(self, account: str) -> TradingState:
        """What the account may send: the strictest of what holds it back."""
        return state_of(self._store.session, account)

    def restraints(self, account: str = "") -> tuple[Restraint, ...]:
        """Why an account (empty: any) does not trade freely, the strictest first."""
        return restraints(self._store.session, account)

    def halt(self, account: str, cause: Cause, why: str) -> None:
        """The account sends nothing new until it is released, or lifted where the cause allows that."""
        self._change(lambda: setting(self._store.session, [account], TradingState.HALTED, cause, why))

    def kill(self, accounts: Collection[str] = (), why: str = "") -> tuple[str, ...]:
        """The kill switch: accounts, or all there are, send nothing new until a person releases them. Returns them."""

        def killed() -> tuple[str, ...]:
            session = self._store.session
            chosen_ones = tuple(accounts) or tuple(one for one, *_ in select(session, schema.ACCOUNTS))
            self._book(setting(session, chosen_ones, TradingState.HALTED, Cause.PERSON, why))
            return chosen_ones

        return self._store.change(killed)

    def reduce(self, account: str, why: str = "") -> None:
        """The account sends sales alone. It takes back no halt: raises Halted where a person has halted it."""

        def reduced() -> Sequence[Event]:
            if any(one.cause is Cause.PERSON and one.state is TradingState.HALTED for one in self.restraints(account)):
                what = f"account {account} is halted by a person"
                raise Halted(what, where=self._store.session.where, remedy="Release it first: trimtab release.")
            return setting(self._store.session, [account], TradingState.REDUCING, Cause.PERSON, why)

        self._change(reduced)

    def release(self, account: str, reason: str) -> None:
        """A person lets the account trade again, whatever held it. Raises Halted while an order of it is UNKNOWN."""
        why = _required(reason, "an account is released")

        def released() -> Sequence[Event]:
            if lost := orders_of(self._store.session, account, {Status.UNKNOWN}):
                what = f"nobody knows whether order {lost[0].standing.id} of {account} has arrived"
                raise Halted(what, where=self._store.session.where, remedy="Ask the venue: trimtab reconcile.")
            return lifting(self._store.session, account, Cause, why)

        self._change(released)

    def lift(self, account: str) -> None:
        """After a clean reconciliation: take away what such a one may; UNKNOWN only where no order of the account is."""

        def lifted() -> Sequence[Event]:
            lost = orders_of(self._store.session, account, {Status.UNKNOWN})
            causes = LIFTED_BY_RECONCILING - ({Cause.UNKNOWN} if lost else set())
            return lifting(self._store.session, account, causes, "reconciled")

        self._change(lifted)

    def arm(self, account: str, venue: str, until: np.datetime64) -> None:
        """Let an account send to a live venue until an instant (UTC, seconds); an instant that is past disarms it."""
        self._change(lambda: [LiveArmed(account, venue, _second(until))])

    def armed(self, account: str, venue: str, now: np.datetime64) -> bool:
        """Whether it may at `now`."""
        rows = select(self._store.session, schema.ARMED, {"account": account, "venue": venue})
        return bool(rows) and _second(now) < rows[0][2]


def _second(instant: np.datetime64) -> str:
    """An instant as tables have it: `2026-01-05T21:00:00Z`."""
    return f"{recorded_text(instant)[:19]}Z"


def _required(reason: str, what: str) -> str:
    if not reason.strip():
        raise DataError(f"{what} without a reason", remedy="Say why; it stays in the journal.")
    return reason
