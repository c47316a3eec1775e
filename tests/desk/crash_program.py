"""The program that is killed: plan a batch, approve it, ask for what an earlier one left, stamp what is approved, send it.

Run again after a death it is its own recovery. `naive` is the control: it sends, then records, and never asks.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from tests.desk.crash_line import Line
from tests.execution.desk_words import book
from tests.execution.faulty_venue import VirtualClock
from trimtab.accounting.database.events import RunKey
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.core.controls import Circumstances
from trimtab.core.orders import FINAL, WAITING, Standing, Status, Ticket, TradingState, client_id
from trimtab.core.rules import Rules
from trimtab.core.venues import NoAnswer, NotSent, Recorded, Report
from trimtab.desk.settlement import reconcile
from trimtab.execution.gate import Batch, Gate, Stamped
from trimtab.execution.outbox import Outbox

NAMES = ("BND", "GLD", "SPY", "VTI")
START = {name: Decimal(100) for name in NAMES}  # units of each at the start
PRICE, CASH = Decimal(100), Decimal(1_000_000)
GRACE = np.timedelta64(60, "s")
DAY = date(2026, 11, 2)
POLICY = "ab" * 32
CODE = "1"
GATE = Gate(Rules((), len(NAMES)), version=CODE)
HELD = book(float(CASH), [100.0] * len(NAMES), [100.0] * len(NAMES))
ASSETS = {name: number for number, name in enumerate(NAMES)}
DECIDED = "2026-11-02T14:00:00Z"


def nowhere(_: str) -> None:
    """Nothing happens here."""


@dataclass
class Point:
    """Where a child dies by itself: at the `nth` crossing of a named point."""

    name: str
    nth: int = 1
    crossed: Counter[str] = field(default_factory=Counter)

    def __call__(self, point: str) -> None:
        self.crossed[point] += 1
        if point == self.name and self.crossed[point] == self.nth:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched(OrderBook):
    """The orders of a book, whose every commit is a crossing of the name of what is committed."""

    def __init__(self, store: BookStore, clock: VirtualClock, cross: Callable[[str], None]) -> None:
        super().__init__(store, clock, "desk")
        self._at = ""
        for kind in (SqliteSession, PostgresSession):
            _watch(kind, self, cross)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        self._at = what
        try:
            yield
        finally:
            self._at = ""

    def intend(self, order: str, venue: str, arrival: Decimal, within: Callable[[], None] = lambda: None) -> Standing:
        with self.doing("intent"):
            return super().intend(order, venue, arrival, within)

    def move(self, order: str, to: Status, why: str = "") -> Standing:
        with self.doing(to.value):
            return super().move(order, to, why)

    def record(self, report: Report, venue: str) -> Recorded:
        with self.doing("record"):
            return super().record(report, venue)

    def lift(self, account: str) -> None:
        with self.doing("lift"):
            super().lift(account)


def _watch(kind: Any, orders: Watched, cross: Callable[[str], None]) -> None:
    """A process lives for one program: its classes may be changed."""
    plain = kind.execute

    def execute(self: Any, sql: str, values: Sequence[Any] = ()) -> Any:
        if sql != "COMMIT" or not orders._at:
            return plain(self, sql, values)
        cross(f"{orders._at}: before its commit")
        answer = plain(self, sql, values)
        cross(f"{orders._at}: after its commit")
        return answer

    kind.execute = execute


@dataclass(frozen=True)
class Job:
    """What a program is about: the orders of one account, in a book."""

    address: str
    account: str
    units: tuple[tuple[str, int], ...]  # by instrument

    def tickets(self, generation: int) -> list[Ticket]:
        run = f"{self.account}|{DAY}|{POLICY}|{generation}"
        return [
            Ticket(
                client_id(run, line),
                self.account,
                name,
                Decimal(units),
                PRICE,
                as_of=DAY,
                policy=POLICY,
                code=CODE,
                known=DECIDED,
                cutoff=DECIDED,
                by="ann",
            )
            for line, (name, units) in enumerate(self.units)
        ]


def drawn(address: str, account: str, chance: random.Random) -> Job:
    """Two to four orders, of which at least one sells and one buys."""
    count = chance.randint(2, 4)
    signs = [-1, 1, *(chance.choice((-1, 1)) for _ in range(count - 2))]
    names = chance.sample(NAMES, count)
    return Job(address, account, tuple((name, sign * chance.randint(1, 40)) for name, sign in zip(names, signs, strict=True)))


def planned(orders: Watched, job: Job) -> None:
    """The run with its orders, approved as far as they wait."""
    with orders.doing("plan"):
        standings = orders.plan(RunKey(job.account, DAY, POLICY), job.tickets, claimant="desk").standings
    waiting = [one.id for one in standings if one.status is Status.PLANNED]
    if waiting:
        with orders.doing("approve"):
            orders.approve(waiting, "bob", "agreed")


def stamped(orders: OrderBook, job: Job, chosen: Sequence[Standing], now: np.datetime64) -> Stamped:
    """What the gate lets through."""
    at = np.datetime64(DECIDED[:-1])
    moment = Circumstances(now, at, at, HELD.prices, Decimal(str(HELD.nav)), state=orders.state(job.account))
    return GATE.stamp(Batch.after([one.ticket for one in chosen], HELD, assets=ASSETS), now=moment)


def freed(work: Callable[[], object]) -> None:
    """Do it as soon as the lock of the dead is free: a server needs a moment to see that its client is gone."""
    until = time.monotonic() + 20
    while True:
        try:
            work()
        except Busy:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def program(job: Job, clock: VirtualClock, line: Line, cross: Callable[[str], None], *, rounds: int = 0) -> None:
    """See above; `rounds` more times, with time passing between them, until every order is final."""
    with BookStore.open(job.address) as store:
        orders = Watched(store, clock, cross)
        planned(orders, job)
        outbox = Outbox(orders, line, clock, GRACE)
        for turn in range(rounds + 1):
            if turn:
                clock.at = line.wait()
            freed(partial(_ask, orders, outbox, job))
            freed(partial(_send, orders, outbox, job))
            if not _open(orders, job):
                return


def _open(orders: OrderBook, job: Job) -> bool:
    """Whether anything can still happen: an order works, or waits for an account that may send."""
    stands = FINAL if orders.state(job.account) is TradingState.ACTIVE else FINAL | WAITING
    return any(one.status not in stands for one in orders.standings(job.account))


def _ask(orders: OrderBook, outbox: Outbox, job: Job) -> None:
    if any(one.sent_at for one in orders.standings(job.account)):
        reconcile(orders, outbox, [job.account], DAY)


def _send(orders: OrderBook, outbox: Outbox, job: Job) -> None:
    with orders.sender(job.account):
        ready = orders.standings(job.account, {Status.APPROVED})
        if ready and orders.state(job.account) is TradingState.ACTIVE:
            passed = stamped(orders, job, ready, outbox.clock.now())
            outbox.send(passed, [one.id for one in ready], cash={job.account: CASH})


def naive(job: Job, clock: VirtualClock, line: Line, cross: Callable[[str], None], *, rounds: int = 0) -> None:
    """The control: send, then record. No answer is taken for a failure, and nobody is asked."""
    with BookStore.open(job.address) as store:
        orders = Watched(store, clock, cross)
        planned(orders, job)
        for turn in range(rounds + 1):
            if turn:
                clock.at = line.wait()
            for one in orders.standings(job.account, {Status.APPROVED}):
                passed = stamped(orders, job, [one], clock.now())
                try:
                    report = line.submit(passed, one.id)
                except (NoAnswer, NotSent, ValueError):
                    continue
                orders.intend(one.id, line.name, PRICE)
                orders.record(report._replace(order=one.id), line.name)


PROGRAMS = {"program": program, "naive": naive}
