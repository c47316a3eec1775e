"""Orders by hand, and a store, a venue and an outbox around them, for tests of the order path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from tests.execution.faulty_venue import Batch, Fault, FaultyVenue, VirtualClock
from trimtab.core.orders import Cause, Status, Ticket, client_id
from trimtab.core.roles import OrderStore
from trimtab.core.venues import Venue
from trimtab.execution.memory_orders import MemoryOrders
from trimtab.execution.outbox import Outbox
from trimtab.execution.reconciling import Reconciliation

A, B = "ann", "bob"
SINCE = date(2026, 11, 1)
GRACE = np.timedelta64(60, "s")
ZERO = Decimal(0)


def ticket(line: int, units: int, account: str = A, price: int = 100) -> Ticket:
    """An order for fund number `line`."""
    return Ticket(client_id("run", f"{account}/{line}"), account, f"F{line}", Decimal(units), Decimal(price))


def block(line: int, *members: Ticket) -> tuple[Ticket, ...]:
    """A block of these orders, and the orders as members of it."""
    name = client_id("run", f"block/{line}")
    parts = tuple((one.id, one.units) for one in members)
    whole = Ticket(
        name, "", members[0].instrument, sum((one.units for one in members), ZERO), members[0].reference, parts=parts
    )
    return (whole, *(replace(one, block=name) for one in members))


class Shop:
    """A store in memory, a faulty venue and an outbox on one clock. What is planned is approved unless said otherwise."""

    def __init__(
        self, tickets: Sequence[Ticket], script: Iterable[Fault] = (), *, seed: int = 0, store: MemoryOrders | None = None
    ) -> None:
        self.clock = VirtualClock()
        self.venue = FaultyVenue(self.clock, script, seed=seed)
        self.store = MemoryOrders(self.clock) if store is None else store
        self.batch = Batch(tuple(tickets))
        self.outbox = self.another()
        self.store.plan(tickets)
        for one in tickets:
            if not one.block:
                self.store.move(one.id, Status.APPROVED)

    def another(self, store: OrderStore | None = None, venue: Venue | None = None) -> Outbox:
        """The outbox of another process on the same store and venue, or on these."""
        return Outbox(self.store if store is None else store, self.venue if venue is None else venue, self.clock, GRACE)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.batch.orders if not one.block)

    def send(self) -> list[tuple[Status, str]]:
        """Send everything; how each order stands, in the order in which they were taken."""
        return [(one.standing.status, one.why) for one in self.outbox.send(self.batch, self.ids)]

    def reconcile(self, account: str = A) -> Reconciliation:
        return self.outbox.reconcile(account, self.store.units, since=SINCE, lift=self.store.lift)

    def status(self, k: int = 0) -> Status:
        return self.store.standing(self.ids[k]).status

    def causes(self, account: str = A) -> list[Cause]:
        return [cause for cause, _ in self.store.halts(account)]

    @property
    def record(self) -> object:
        """Everything that the store says, to see that nothing has changed."""
        standings = self.store.standings()
        return standings, [self.store.halts(one) for one in (A, B)], [self.store.executions(one.id) for one in standings]
