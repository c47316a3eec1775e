"""Processes that write to a book at the same time, and may be killed: `python -m tests.accounting.database.writing`.

One process imports everything and makes a copy of itself for each writer, which takes no time; it reads what is to be
done from its standard input. A writer notes in a file of its own what it was told, at once: the file outlives it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import IO, Any, Self

from tests.accounting.database.books import DAY, NOW, At
from trimtab.accounting.database.events import EntryPosted, RunKey
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.refusals import Busy, NotWritten, OutcomeUnknown
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Fill
from trimtab.core.errors import Halted, TrimtabError
from trimtab.core.orders import Ticket, client_id

ROOT = Path(__file__).resolve().parents[3]
PART = 3  # entries that one append books
PRICE = Decimal("0.10")  # of a unit bought: no binary fraction
FEW = 0.02  # seconds


def run_of(number: int) -> RunKey:
    """The key that all writers want at the same time."""
    return RunKey("A07", DAY + timedelta(days=number), f"{number:064x}")


def bought(name: str, number: int, part: int = 0) -> EntryPosted:
    """One unit of instrument 0."""
    return EntryPosted("A07", Fill(date(2026, 1, 5), 0, Decimal(1), PRICE, -PRICE, Decimal(0), name), f"{name}:{number}:{part}")


@contextmanager
def _autocommit(self: Any) -> Iterator[None]:
    """No transaction at all, the control."""
    self._alive() if isinstance(self, PostgresSession) else None
    yield


@contextmanager
def _deferred(self: Any) -> Iterator[None]:
    """A transaction that asks for the lock when it writes, not when it begins: another control."""
    self.execute("BEGIN")
    try:
        yield
    except BaseException:
        self._undo()
        raise
    self.execute("COMMIT")


_CARELESS = {"autocommit": _autocommit, "deferred": _deferred}


def _patiently(act: Callable[[], Any], careless: str) -> Any:
    """The answer of an act; the autocommit variant does what people do who have it: it tries again."""
    while True:
        try:
            return act()
        except TrimtabError:
            if careless != "autocommit":
                raise


def compete(address: str, name: str, told: str, *, times: int, careless: str = "") -> None:
    """Claim the same runs as all others do, and buy in the same account; every tenth time only on the head just read."""
    if careless:
        SqliteSession.writing = PostgresSession.writing = _CARELESS[careless]  # type: ignore[assignment,method-assign]
    with BookStore.open(address) as book, _notes(told) as note:
        for number in range(times):
            claim = _patiently(partial(book.claim, run_of(number), recorded=NOW, author=name, claimant=name), careless)
            note(f"{'won' if claim.new else 'lost'} {number}")
            _patiently(partial(book.append, [bought(name, number)], recorded=NOW, author=name), careless)
            note(f"booked {number}")
            if number % 10 == 0 and not careless:
                _on_the_head(book, name, number)
                note(f"booked {number}")


def _on_the_head(book: BookStore, name: str, number: int) -> None:
    while True:
        try:
            book.append([bought(name, number, 1)], recorded=NOW, author=name, after=book.head())
        except Busy as busy:
            if "somebody else has written" not in busy.what:
                raise
        else:
            return


def write(address: str, name: str, told: str, *, seconds: float = 60.0) -> None:
    """Book three entries at a time until killed or for so long; note how each attempt ended."""
    until = time.monotonic() + seconds
    with BookStore.open(address) as book, _notes(told) as note:
        number = 0
        while time.monotonic() < until:
            number += 1
            note(f"begun {number}")
            try:
                book.append([bought(name, number, part) for part in range(PART)], recorded=NOW, author=name)
                note(f"booked {number}")
            except NotWritten:
                note(f"refused {number}")
                time.sleep(FEW)
            except OutcomeUnknown:
                note(f"unknown {number}")


def propose(address: str, name: str, told: str, *, times: int, careless: str = "") -> None:
    """Plan the same runs, of two orders each, as all others do; the ids say whose plan it was."""
    if careless:
        SqliteSession.writing = PostgresSession.writing = _CARELESS[careless]  # type: ignore[assignment,method-assign]
    with BookStore.open(address) as book, _notes(told) as note:
        orders = OrderBook(book, At(), name)
        for number in range(times):
            key, batch = run_of(number), orders.new_batch(DAY)
            bare = Ticket("", "A07", "VTI", Decimal(1), PRICE, batch=batch, as_of=key.as_of, policy=key.policy, by=name)
            pair = [replace(bare, id=client_id(f"{name} {number}", line)) for line in range(2)]
            done = _patiently(partial(orders.plan, key, lambda _, pair=pair: pair, claimant=name), careless)
            assert len(done.standings) == 2
            note(f"{'won' if done.new else 'lost'} {number}")


def dispatch(address: str, name: str, told: str, *, orders: list[str]) -> None:
    """Under the lock of the sender make intents one by one, until the account is halted; then wait to be killed."""
    with BookStore.open(address) as book, _notes(told) as note:
        mine = OrderBook(book, At(), name)
        try:
            with mine.sender("A07"):
                note("holds 0")
                for number, order in enumerate(orders):
                    mine.intend(order, "paper", PRICE)
                    note(f"intended {number}")
                time.sleep(60)
        except Busy:
            note("busy 0")
        except Halted:
            note(f"halted {time.monotonic_ns()}")
            time.sleep(60)


WORKS: dict[str, Callable[..., None]] = {"compete": compete, "write": write, "propose": propose, "dispatch": dispatch}


@contextmanager
def _notes(told: str) -> Iterator[Callable[[str], object]]:
    handle = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        yield lambda words: os.write(handle, f"{words}\n".encode())
    finally:
        os.close(handle)


def main(orders: IO[str], answers: IO[str]) -> None:
    """Start what is asked for, or wait for its end; answer with its process number, or how it ended."""
    for line in orders:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        elif child := os.fork():
            answers.write(f"{child}\n")
        else:
            _be(order)
        answers.flush()


def _be(order: dict[str, Any]) -> None:
    code = 1
    try:
        WORKS[order.pop("work")](**order)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the copy ends here
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


class Crew:
    """Writers, each a process; those that still run are killed at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.living = folder, set[int]()

    def __enter__(self) -> Self:
        surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        surroundings.pop("COVERAGE_PROCESS_START", None)
        command = [sys.executable, "-m", "tests.accounting.database.writing"]
        self._log = (self.folder / "log").open("w")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._log}
        self._process = subprocess.Popen(command, env=surroundings, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]
        return self

    def __exit__(self, *_: object) -> None:
        for child in tuple(self.living):
            self.kill(child)
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._log.close()

    def _ask(self, **order: Any) -> int:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, work: str, address: object, name: str, **more: Any) -> int:
        """Start a writer; its process number."""
        child = self._ask(work=work, address=str(address), name=name, told=str(self.folder / name), **more)
        self.living.add(child)
        return child

    def wait(self, child: int) -> int:
        """How a writer ended: 0, 1 where something was raised, or minus the signal."""
        self.living.discard(child)
        return self._ask(wait=child)

    def kill(self, child: int) -> int:
        """End it at once."""
        os.kill(child, signal.SIGKILL)
        return self.wait(child)

    def told(self, name: str, word: str) -> list[int]:
        """The numbers that a writer noted with a word."""
        path = self.folder / name
        lines = path.read_text().splitlines() if path.exists() else []
        return [int(line.split()[1]) for line in lines if line.startswith(f"{word} ")]

    @property
    def log(self) -> str:
        """What the writers complained about; not what psycopg mutters of a pipeline whose server is gone."""
        lines = (self.folder / "log").read_text().splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("error ignored terminating"))


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
