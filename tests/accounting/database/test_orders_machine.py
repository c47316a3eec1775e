"""Any sequence of what persons and venues may do: the tables are what the journal makes, and the ledger what was filled.

A plain model in Python says what must come out; every call that the model forbids must be refused and change nothing.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.accounting.database.books import DAY
from tests.accounting.database.order_books import execution, order_book, planned, report, ticket
from tests.accounting.database.servers import Server
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError
from trimtab.core.orders import FINAL, TRANSITIONS, WAITING, Cause, Status, TradingState

S = Status
accounts = st.sampled_from(["A", "B"])
choice = st.integers(0, 10**6)
HUMAN = (S.PLANNED, S.HELD, S.DECLINED, S.APPROVED, S.CANCELLED)


class Machine(RuleBasedStateMachine):
    """Orders of two accounts, and what the model knows of them."""

    where, server = "memory", None

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.orders: OrderBook = self.stack.enter_context(order_book(self.where, Path(), self.server))
        self.status: dict[str, Status] = {}
        self.units: dict[str, Decimal] = {}
        self.account: dict[str, str] = {}
        self.filled: dict[str, Decimal] = {}
        self.halted: dict[str, set[Cause]] = {"A": set(), "B": set()}
        self.runs = self.fills = 0

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()  # verifies

    def pick(self, number: int) -> str:
        return sorted(self.status)[number % len(self.status)]

    def attempt(self, allowed: bool, act: Any) -> bool:
        """What is allowed happens; what is not is refused, and nothing is written."""
        head = self.orders.store.head()
        if allowed:
            act()
            return True
        with pytest.raises(TrimtabError):
            act()
        assert self.orders.store.head() == head
        return False

    @rule(account=accounts, units=st.lists(st.integers(1, 20), min_size=1, max_size=3), sign=st.sampled_from([1, -1]))
    def plan(self, account: str, units: list[int], sign: int) -> None:
        self.runs += 1
        done = planned(self.orders, *(ticket(sign * n, account) for n in units), day=DAY + timedelta(days=self.runs))
        for standing in done.standings:
            order = standing.id
            self.status[order], self.units[order] = S.PLANNED, standing.ticket.units
            self.account[order], self.filled[order] = account, Decimal(0)

    @precondition(lambda self: self.status)
    @rule(number=choice, to=st.sampled_from(HUMAN))
    def person(self, number: int, to: Status) -> None:
        order = self.pick(number)
        at = self.status[order]
        if at in WAITING and self.attempt(to in TRANSITIONS[at], lambda: self.orders.move(order, to, "because")):
            self.status[order] = to

    @precondition(lambda self: self.status)
    @rule(number=choice, units=st.integers(1, 20))
    def edit(self, number: int, units: int) -> None:
        order = self.pick(number)
        some = Decimal(units).copy_sign(self.units[order])
        less = self.status[order] is S.APPROVED and abs(some) < abs(self.units[order])
        allowed = less or self.status[order] in (S.PLANNED, S.HELD)
        if self.attempt(allowed, lambda: self.orders.edit(order, units=some, reason="because")):
            self.units[order] = some

    @precondition(lambda self: self.status)
    @rule(number=choice)
    def intend(self, number: int) -> None:
        order = self.pick(number)
        allowed = self.status[order] is S.APPROVED and not self.halted[self.account[order]]
        if self.attempt(allowed, lambda: self.orders.intend(order, "paper", Decimal(100))):
            self.status[order] = S.INTENT

    @precondition(lambda self: self.status)
    @rule(number=choice, to=st.sampled_from(sorted(set(Status) - set(HUMAN) - {S.INTENT}, key=str)))
    def venue(self, number: int, to: Status) -> None:
        order = self.pick(number)
        at = self.status[order]
        if at in WAITING:
            return
        if self.attempt(to in TRANSITIONS[at], lambda: self.orders.move(order, to, "because")):
            self.status[order] = to
            if to is S.UNKNOWN:
                self.halted[self.account[order]].add(Cause.UNKNOWN)

    @precondition(lambda self: self.status)
    @rule(number=choice, units=st.integers(1, 20), again=st.booleans())
    def fill(self, number: int, units: int, again: bool) -> None:
        """An execution is booked whatever the status, and once."""
        order = self.pick(number)
        if self.status[order] in WAITING:
            return
        self.fills += 1
        some = Decimal(units).copy_sign(self.units[order])
        told = report(order, S.PARTIAL, execution(order, f"e{self.fills}", some), filled=self.filled[order] + some)
        found = self.orders.record(told, "paper")
        if again:
            assert self.orders.record(told, "paper").booked == ()
        self.filled[order] += some
        self.status[order] = found.standing.status
        self.halted[self.account[order]] |= {one.cause for one in self.orders.restraints(self.account[order])}
        if self.filled[order] == self.units[order] and found.standing.status not in FINAL:
            raise AssertionError("an order that is filled is not done")
        if abs(self.filled[order]) > abs(self.units[order]):
            assert Cause.CONTRADICTION in self.halted[self.account[order]]

    @rule(account=accounts)
    def kill(self, account: str) -> None:
        self.orders.kill([account], "stop")
        self.halted[account].add(Cause.PERSON)

    @rule(account=accounts)
    def release(self, account: str) -> None:
        if self.attempt(not self.unknown(account), lambda: self.orders.release(account, "looked at")):
            self.halted[account].clear()

    @rule(account=accounts)
    def lift(self, account: str) -> None:
        self.orders.lift(account)
        self.halted[account] -= {Cause.DIFFERENCE} if self.unknown(account) else {Cause.DIFFERENCE, Cause.UNKNOWN}

    def unknown(self, account: str) -> bool:
        return any(at is S.UNKNOWN for order, at in self.status.items() if self.account[order] == account)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "stack"):
            return
        standings = {one.id: one for one in self.orders.standings()}
        assert {order: one.status for order, one in standings.items()} == self.status
        assert {order: one.filled for order, one in standings.items()} == self.filled
        for account, causes in self.halted.items():
            assert self.orders.state(account) is (TradingState.HALTED if causes else TradingState.ACTIVE)
            booked = sum((some for order, some in self.filled.items() if self.account[order] == account), Decimal(0))
            assert self.orders.store.holdings(account).get(0, Decimal(0)) == booked
            assert {one.id for one in self.orders.standings(account)} == {o for o, a in self.account.items() if a == account}


CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def test_any_sequence_leaves_tables_that_a_replay_makes() -> None:
    few = settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=CHECKS)
    run_state_machine_as_test(Machine, settings=few)


def test_any_sequence_on_a_server_leaves_tables_that_a_replay_makes(server: Server) -> None:
    few = settings(max_examples=2, stateful_step_count=15, deadline=None, suppress_health_check=CHECKS)
    run_state_machine_as_test(type("OnServer", (Machine,), {"where": "server", "server": server}), settings=few)


@pytest.mark.soak
def test_many_sequences_leave_tables_that_a_replay_makes(server: Server) -> None:
    many = settings(max_examples=500, stateful_step_count=60, deadline=None, suppress_health_check=CHECKS)
    run_state_machine_as_test(Machine, settings=many)
    some = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=CHECKS)
    run_state_machine_as_test(type("OnServer", (Machine,), {"where": "server", "server": server}), settings=some)
