"""The order path under anything in any order: a machine of accounts, sendings, faults, crashes and reconciliations.

Whatever happens, nothing reaches the venue twice, nothing that it executed is missing from the book without the account being
halted with the exact difference, and nothing leaves while an account is halted or has an order of unknown fate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.execution.crash_points import Crash, CrashingStore, CrashingVenue, Crossings
from tests.execution.faulty_venue import Batch, Fault, FaultyVenue, VirtualClock
from tests.execution.order_words import GRACE, SINCE, ZERO, A, B, ticket
from trimtab.core.orders import FINAL, WAITING, Cause, Standing, Status, Ticket, TradingState
from trimtab.core.venues import Execution, Report
from trimtab.execution.memory_orders import MemoryOrders
from trimtab.execution.outbox import Outbox
from trimtab.execution.reconciling import Asked

S = Status
ACCOUNTS = st.sampled_from([A, B])
HALTED = TradingState.HALTED


class Guarded(FaultyVenue):
    """Refuses to be told anything that must not leave, by what the store says at that moment."""

    store: MemoryOrders

    def submit(self, stamped: Batch, order: str) -> object:  # type: ignore[override]
        one = self.store.standing(order)
        assert one.status is S.INTENT, "it was not on disk before it left"
        assert order not in self.submits, "it was sent before"
        assert self.store.state(one.ticket.account) is not HALTED, "its account is halted"
        assert not self.store.standings(one.ticket.account, {S.UNKNOWN}), "its account has an order of unknown fate"
        return super().submit(stamped, order)


class OrderMachine(RuleBasedStateMachine):
    """Rules are what people, programs, lines and markets do."""

    outbox_of: type[Outbox] = Outbox
    store_of: type[MemoryOrders] = MemoryOrders

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.clock = VirtualClock()
        self.venue = Guarded(self.clock, seed=seed)
        self.store = self.venue.store = self.store_of(self.clock)
        self.tickets: list[Ticket] = []

    def outbox(self, at: int) -> Outbox:
        """Of a process that ends at crossing `at`; 0: it does not."""
        crossings = Crossings(at)
        return self.outbox_of(CrashingStore(self.store, crossings), CrashingVenue(self.venue, crossings), self.clock, GRACE)

    def some(self, data: st.DataObject, *statuses: Status) -> str:
        """One of the orders in these statuses, or none."""
        ids = [one.id for one in self.store.standings("", statuses)]
        return data.draw(st.sampled_from(ids)) if ids else ""

    @rule(account=ACCOUNTS, units=st.lists(st.integers(-30, 30).filter(bool), min_size=1, max_size=3), approve=st.booleans())
    @precondition(lambda self: len(self.tickets) < 12)
    def plan(self, account: str, units: list[int], approve: bool) -> None:
        new = [ticket(len(self.tickets) + k, count, account) for k, count in enumerate(units)]
        self.store.plan(new)
        self.tickets += new
        for one in new if approve else ():
            self.store.move(one.id, S.APPROVED)

    @rule(data=st.data(), to=st.sampled_from([S.APPROVED, S.HELD, S.DECLINED]))
    def decide(self, data: st.DataObject, to: Status) -> None:
        if order := self.some(data, S.PLANNED):
            self.store.move(order, to)

    @rule(account=ACCOUNTS, script=st.lists(st.sampled_from(Fault), max_size=3), at=st.integers(0, 14))
    def send(self, account: str, script: list[Fault], at: int) -> None:
        self.venue.script = script
        ids = [one.id for one in self.store.standings(account, {S.APPROVED})]
        with suppress(Crash):
            self.outbox(at).send(Batch(tuple(self.tickets)), ids)
        self.venue.script = []

    @rule(account=ACCOUNTS, at=st.integers(1, 6))
    def recover_and_crash(self, account: str, at: int) -> None:
        with suppress(Crash):
            self.outbox(at).recover(account)

    @rule(account=ACCOUNTS, at=st.integers(0, 8))
    def reconcile(self, account: str, at: int) -> None:
        with suppress(Crash):
            self.outbox(at).reconcile(account, self.store.units, since=SINCE, lift=self.store.lift)

    @rule(data=st.data(), at=st.integers(0, 4))
    def cancel(self, data: st.DataObject, at: int) -> None:
        if order := self.some(data, *Status):
            with suppress(Crash):
                self.outbox(at).cancel(order)

    @rule()
    def trade(self) -> None:
        self.venue.work()

    @rule(data=st.data(), times=st.integers(0, 2))
    @precondition(lambda self: bool(self.venue.feed))
    def hear(self, data: st.DataObject, times: int) -> None:
        """A message of the stream comes, late, doubled or not at all."""
        report = data.draw(st.sampled_from(self.venue.feed))
        for _ in range(times):
            self.store.record(report, "faulty")

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.clock.wait(seconds)

    @rule()
    def disconnect(self) -> None:
        self.venue.down = not self.venue.down

    @rule(account=ACCOUNTS)
    def kill(self, account: str) -> None:
        self.store.halt(account, Cause.PERSON, "kill")

    @rule(account=ACCOUNTS)
    def release(self, account: str) -> None:
        self.store.release(account)

    @invariant()
    def nothing_is_doubled(self) -> None:
        assert max(self.venue.arrived.values(), default=0) <= 1
        for one in self.store.standings():
            seen = [fill.id for fill in self.store.executions(one.id)]
            assert len(seen) == len(set(seen))
            assert one.filled == sum((fill.units for fill in self.store.executions(one.id)), ZERO)

    @invariant()
    def nothing_is_made_up(self) -> None:
        for one in self.store.standings():
            assert abs(one.filled) <= abs(self.venue.truth.get(one.id, ZERO))
            if one.status in WAITING:
                assert one.id not in self.venue.submits

    def teardown(self) -> None:
        """In the end the line works, messages are no longer under way, the market closes, and everything is reconciled."""
        if not hasattr(self, "store"):
            return
        self.venue.down = False
        self.clock.wait(120)
        self.venue.reports(SINCE)  # what was slow is there
        for sheet in self.venue.sheets:
            self.venue.end(sheet, S.EXPIRED)
        for account in (A, B):
            found = self.outbox(0).reconcile(account, self.store.units, since=SINCE, lift=self.store.lift)
            assert found.clean, found
            assert self.store.units(account) == self.venue.positions(account)
            assert {cause for cause, _ in self.store.halts(account)} <= {Cause.PERSON}
        for one in self.store.standings():
            assert one.filled == self.venue.truth.get(one.id, ZERO)
            never = {S.NEVER_ARRIVED, S.DECLINED}
            assert one.status in (FINAL - never if one.id in self.venue.arrived else WAITING | never | {S.CANCELLED})


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.soak
def test_the_machine_at_length() -> None:
    run_state_machine_as_test(OrderMachine, settings=settings(max_examples=1000, stateful_step_count=50, deadline=None))


class Forgetful(MemoryOrders):
    """The control: the intent is not kept over a crash, as where it is sent first and recorded afterwards."""

    __slots__ = ()

    def standings(self, account: str = "", statuses: Collection[Status] = ()) -> tuple[Standing, ...]:
        for one in super().standings(account):
            if one.status is S.INTENT:
                self._standings[one.id] = replace(one, status=S.APPROVED)
        return super().standings(account, statuses)


class Doubling(MemoryOrders):
    """The control: fills are booked as often as they are heard of."""

    __slots__ = ()

    def _known(self, report: Report, venue: str) -> Mapping[str, Execution]:
        return {}


class Impatient(Outbox):
    """The control: no answer is taken for a failure, and what the venue has not found at once is approved again."""

    def recover(self, account: str) -> tuple[Asked, ...]:
        for one in self.store.standings(account, {S.UNKNOWN}):
            self.store.store._standings[one.id] = replace(one, status=S.APPROVED)  # type: ignore[attr-defined]
        return ()


BROKEN = [{"store_of": Forgetful}, {"store_of": Doubling}, {"outbox_of": Impatient}]


@pytest.mark.parametrize("parts", BROKEN, ids=["forgetful", "doubling", "impatient"])
def test_the_machine_catches_what_is_broken(parts: dict[str, type]) -> None:
    only = settings(
        max_examples=1000,
        stateful_step_count=30,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(type("Broken", (OrderMachine,), parts), settings=only)
