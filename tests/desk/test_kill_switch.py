"""R8: the kill switch works, from a process of its own, whatever the sender does (RELIABILITY 3 and 5D12)."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.desk.crash_program import POLICY
from tests.desk.kill_sender import ACCOUNT, LENGTH
from tests.execution.faulty_venue import VirtualClock
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.store import BookStore
from trimtab.core.orders import Cause, Status, TradingState

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))
SECOND = 1_000_000_000  # nanoseconds


class Senders:
    """The process that makes senders (kill_sender.py), each with a copy of the same book."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._count, self.living = folder, 0, set[int]()
        surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        surroundings |= {"OPENBLAS_NUM_THREADS": "1"}  # one thread alone may be copied
        surroundings.pop("COVERAGE_PROCESS_START", None)
        command = [sys.executable, "-m", "tests.desk.kill_sender"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process: Any = subprocess.Popen(command, env=surroundings, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]
        self.template = self._ask(folder=str(folder / "queue"))

    def _ask(self, **what: object) -> str:
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return str(self._process.stdout.readline().strip())

    def start(self, **more: object) -> Sender:
        self._count += 1
        place = self.folder / str(self._count)
        place.mkdir()
        book, told = Path(shutil.copy(self.template, place / "book.db")), place / "told"
        sender = Sender(int(self._ask(address=str(book), told=str(told), **more)), book, told)
        self.living.add(sender.process)
        return sender

    def end(self, sender: Sender) -> None:
        os.kill(sender.process, signal.SIGKILL)
        self.living.discard(sender.process)

    def close(self) -> None:
        for child in self.living:
            os.kill(child, signal.SIGKILL)
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Sender(NamedTuple):
    """A sender at work: its number, its book, and what it has noted."""

    process: int
    book: Path
    told: Path

    def notes(self) -> list[tuple[str, str, int]]:
        """Word, order, instant."""
        lines = self.told.read_text().splitlines() if self.told.exists() else []
        return [(word, order, int(at)) for word, order, at in (line.split() for line in lines)]

    def words(self) -> set[str]:
        return {word for word, *_ in self.notes()}

    def awaits(self, word: str, least: int = 1, seconds: float = 30.0) -> bool:
        """Whether it has noted a word so often, after a while."""
        until = time.monotonic() + seconds
        while sum(one == word for one, *_ in self.notes()) < least:
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True


class Killed(NamedTuple):
    """What came of a kill: seconds to the last arrival, orders in flight at that instant, intents after it."""

    seconds: float
    in_flight: int
    later: int


@pytest.fixture(scope="module")
def senders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Senders]:
    one = Senders(tmp_path_factory.mktemp("kills"))
    yield one
    one.close()


def kill(book: Path) -> subprocess.Popen[bytes]:
    """`trimtab kill`, in a process of its own."""
    command = [sys.executable, "-m", "trimtab", "kill", "--book", str(book), "--by", "boss", "--reason", "stop"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def halted_at(orders: OrderBook, process: subprocess.Popen[bytes]) -> int:
    """An instant before the commit of the kill: the last look that did not see it yet began then."""
    before = time.monotonic_ns()
    while True:
        now = time.monotonic_ns()
        if orders.state(ACCOUNT) is TradingState.HALTED:
            return before
        before = now
        assert process.poll() in (None, 0), process.communicate()[0]
        time.sleep(0.001)


def trial(senders: Senders, pause: float, *, careless: bool = False) -> Killed:
    """A sender at work is killed."""
    sender = senders.start(careless=careless)
    assert sender.awaits("arrived")
    time.sleep(pause)
    with BookStore.open(sender.book) as store:
        orders = OrderBook(store, VirtualClock(), "check")
        process = kill(sender.book)
        before = halted_at(orders, process)
        out = process.communicate()[0]
        assert process.returncode == 0, out
        assert b"HALTED" in out
        sender.awaits("ended", seconds=1.5)
        senders.end(sender)
        arrivals = [at for word, _, at in sender.notes() if word == "arrived"]
        return Killed((max(arrivals) - before) / SECOND, *counted(orders, sender))


def counted(orders: OrderBook, sender: Sender) -> tuple[int, int]:
    """Orders that had left and were not answered for when the kill was committed, and intents after it: by the journal."""
    bodies = [json.loads(one.body) for one in orders.store.records()]
    (at,) = (n for n, body in enumerate(bodies) if body.get("cause") == Cause.PERSON.value)
    intents = {body["order"]: n for n, body in enumerate(bodies) if body.get("to") == Status.INTENT.value}
    answered = {body["order"] for body in bodies[:at] if body.get("to") == Status.ACKED.value}
    arrived = {order for word, order, _ in sender.notes() if word == "arrived"}
    assert arrived <= intents.keys(), "something arrived that was no intent"
    early = {order for order, n in intents.items() if n < at}
    return len(early - answered), len(intents) - len(early)


def require(found: Killed) -> None:
    """The promise."""
    assert found.later == 0, f"{found.later} orders were begun after the kill"
    assert found.in_flight <= 1
    assert found.seconds <= 1.0


def many(senders: Senders, times: int) -> None:
    chance, worst = random.Random(SEED), Killed(0.0, 0, 0)
    for _ in range(times):
        found = trial(senders, chance.uniform(0.0, 0.1))
        require(found)
        worst = Killed(*(max(pair) for pair in zip(worst, found, strict=True)))
    words = f"last arrival {worst.seconds * 1000:.0f} ms after the kill, {worst.in_flight} in flight"
    print(f"R8 seed {SEED}: {times} trials, worst: {words}")  # noqa: T201 - the figures of the promise


def test_nothing_new_leaves_after_a_kill_from_another_process(senders: Senders) -> None:
    many(senders, 3)


@pytest.mark.soak
def test_nothing_new_leaves_after_two_hundred_kills(senders: Senders) -> None:
    many(senders, 200)


def test_the_check_catches_a_sender_that_reads_the_flag_once_a_batch(senders: Senders) -> None:
    """The control: it goes on for as long as its queue is."""
    found = trial(senders, 0.0, careless=True)
    with pytest.raises(AssertionError, match="begun after the kill"):
        require(found)
    with pytest.raises(AssertionError):
        require(found._replace(later=0))  # it is late besides


def test_a_kill_works_while_the_sender_stands_still_with_its_lock(senders: Senders) -> None:
    """It is stopped between two transactions, and holds the lock of the account: the kill needs neither it nor the lock."""
    sender = senders.start(stop=3)
    assert sender.awaits("stopped")
    with BookStore.open(sender.book) as store:
        orders = OrderBook(store, VirtualClock(), "check")
        with pytest.raises(Busy), orders.sender(ACCOUNT):
            pass
        process = kill(sender.book)
        assert b"HALTED" in process.communicate()[0]
        assert orders.state(ACCOUNT) is TradingState.HALTED
        os.kill(sender.process, signal.SIGCONT)
        assert sender.awaits("ended")
        assert counted(orders, sender) == (1, 0)
        assert len(orders.standings(ACCOUNT, {Status.ACKED})) == 3  # the third was under way
        assert len(orders.standings(ACCOUNT, {Status.APPROVED})) == LENGTH - 3
        assert orders.standings()[0].ticket.policy == POLICY
