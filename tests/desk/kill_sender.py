"""A sender with a long queue and a slow venue, for tests of the kill switch: `python -m tests.desk.kill_sender`.

One process imports everything, has the gate stamp the queue, and makes a copy of itself for each sender. A sender notes when
each order arrived at its venue (nanoseconds of the machine's monotonic clock), at once: the file outlives it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from datetime import date
from pathlib import Path
from typing import IO, Any

from tests.desk.crash_program import CASH, GRACE, NAMES, Job, stamped
from tests.desk.crashing import AT, Ground
from tests.execution.faulty_venue import VirtualClock
from trimtab.accounting.database import order_checks
from trimtab.accounting.database.events import RunKey
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.orders import Status
from trimtab.core.venues import Report
from trimtab.execution.gate import Stamped, merged
from trimtab.execution.outbox import Outbox

LENGTH = 400  # orders of the queue
SLOW = 0.02  # seconds that the venue takes for one, half of them before it has it
ACCOUNT = "A"


class SlowVenue:
    """Takes its time with each order, and notes when it has it. Before number `stop` (0: none) the whole process stops."""

    name, live, unique = "slow", False, True

    def __init__(self, told: str, stop: int) -> None:
        self._told, self._stop, self._count = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stop, 0

    def note(self, *words: object) -> None:
        os.write(self._told, f"{' '.join(map(str, words))}\n".encode())

    def submit(self, stamped: Any, order: str) -> Report:
        self._count += 1
        if self._count == self._stop:
            self.note("stopped", order, time.monotonic_ns())
            os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(SLOW / 2)
        self.note("arrived", order, time.monotonic_ns())
        time.sleep(SLOW / 2)
        return Report(order, Status.ACKED, f"V{self._count}")

    def cancel(self, order: str) -> Report:
        return Report(order, Status.ACKED)

    def find(self, order: str) -> Report | None:
        return Report(order, Status.ACKED)

    def reports(self, since: date) -> tuple[Report, ...]:
        return ()

    def positions(self, account: str) -> None:
        return None


def queue(folder: Path) -> Job:
    """A book with the approved queue, in a file of its own."""
    chance = random.Random(1)
    folder.mkdir(parents=True, exist_ok=True)
    units = tuple((name, chance.choice((-1, 1))) for _ in range(LENGTH // len(NAMES)) for name in NAMES)
    job = Job(str(Ground(folder).template), ACCOUNT, units)
    with BookStore.open(job.address) as store:
        orders = OrderBook(store, VirtualClock(), "desk")
        standings = orders.plan(
            RunKey(ACCOUNT, job.tickets(0)[0].as_of, job.tickets(0)[0].policy), job.tickets, claimant="desk"
        )
        orders.approve([one.id for one in standings.standings], "bob")
    return job


def passed(job: Job) -> Stamped:
    """The queue, stamped in batches of one order an instrument."""
    with BookStore.open(job.address) as store:
        orders = OrderBook(store, VirtualClock(), "desk")
        ready, size = orders.standings(ACCOUNT), len(NAMES)
        return merged([stamped(orders, job, ready[n : n + size], AT) for n in range(0, len(ready), size)])


def send(queue_: Stamped, address: str, told: str, *, stop: int = 0, careless: bool = False) -> None:
    """Send the queue; `careless`, the control, reads once whether it may."""
    venue = SlowVenue(told, stop)
    with BookStore.open(address) as store:
        orders = OrderBook(store, VirtualClock(), "desk")
        if careless:
            order_checks.require_free = lambda *_: None  # type: ignore[assignment]
        with orders.sender(ACCOUNT):
            outbox = Outbox(orders, venue, VirtualClock(), GRACE)
            done = outbox.send(queue_, [one.id for one in queue_.orders], cash={ACCOUNT: CASH})
    left = sum(one.standing.status is Status.APPROVED for one in done)
    venue.note("ended", left, time.monotonic_ns())


def main(asked: IO[str], answers: IO[str]) -> None:
    """First make the queue in a folder, then start a sender a line; answer with its process number."""
    # Nobody waits for the senders before all is over: their numbers stay theirs, and a late kill hits nobody else.
    job = queue(Path(json.loads(asked.readline())["folder"]))
    ready = passed(job)
    answers.write(f"{job.address}\n")
    answers.flush()
    for line in asked:
        if child := os.fork():
            answers.write(f"{child}\n")
            answers.flush()
            continue
        try:
            send(ready, **json.loads(line))
        except BaseException:  # noqa: BLE001 - whatever it was, the copy ends here
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
