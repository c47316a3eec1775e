"""Concurrent runs are safe (RELIABILITY R7): one winner for every run, no lost update, no lock error, on both databases.

The controls write without a transaction, and with one that asks for its lock too late.
"""

from __future__ import annotations

import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.accounting.database.books import NOW, PLACES, WHO
from tests.accounting.database.servers import Server
from tests.accounting.database.writing import PRICE, Crew, run_of
from trimtab.accounting.database.backup import backup
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify

WRITERS = [f"w{n}" for n in range(4)]


def placed(address: str | Path) -> str | Path:
    """A new book with accounts and instruments."""
    with BookStore.create(address, recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
    return address


def competed(address: str | Path, folder: Path, times: int, careless: str = "") -> None:
    """Four processes want the same runs and write into one account; nothing of it may be lost, doubled or refused."""
    folder.mkdir()
    with Crew(folder) as crew:
        children = [crew.start("compete", address, name, times=times, careless=careless) for name in WRITERS]
        assert [crew.wait(child) for child in children] == [0] * 4, f"unhandled: {crew.log[-600:]}"
        won = Counter(number for name in WRITERS for number in crew.told(name, "won"))
        booked = sum(len(crew.told(name, "booked")) for name in WRITERS)
    assert won == dict.fromkeys(range(times), 1), "a run has not exactly one winner"
    with BookStore.open(address) as book:
        assert all(len(book.runs(run_of(number))) == 1 for number in range(times))
        assert [number for number, _ in book.entries("A07")] == list(range(booked)), "entries are lost"
        assert book.holdings("A07") == {0: Decimal(booked)}, "units are lost"
        assert book.purses("A07") == {"USD": -PRICE * booked}, "money is lost"
        assert verify(book.session).findings == ()


def test_four_processes_on_one_file_lose_nothing(tmp_path: Path) -> None:
    competed(placed(tmp_path / "book.db"), tmp_path / "crew", 60)


def test_four_processes_on_one_server_lose_nothing(server: Server, tmp_path: Path) -> None:
    competed(placed(server.address("four")), tmp_path / "crew", 60)


@pytest.mark.soak
def test_four_processes_a_thousand_times_on_one_file(tmp_path: Path) -> None:
    competed(placed(tmp_path / "book.db"), tmp_path / "crew", 1000)


@pytest.mark.soak
def test_four_processes_a_thousand_times_on_one_server(server: Server, tmp_path: Path) -> None:
    competed(placed(server.address("thousand")), tmp_path / "crew", 1000)


def test_the_check_catches_writing_without_a_transaction(tmp_path: Path) -> None:
    """The control: statements that commit by themselves lose what others write between them, if they meet at all."""

    def again(times: int) -> None:
        for attempt in range(times):
            competed(placed(tmp_path / f"book{attempt}.db"), tmp_path / f"crew{attempt}", 60, "autocommit")

    with pytest.raises(AssertionError, match=r"are lost|is lost|not exactly one winner"):
        again(5)


@pytest.mark.soak
def test_the_check_catches_a_server_without_a_transaction(server: Server, tmp_path: Path) -> None:
    """The same control on a server."""
    with pytest.raises(AssertionError, match=r"are lost|is lost|not exactly one winner"):
        competed(placed(server.address("careless4")), tmp_path / "crew", 100, "autocommit")


def test_the_check_catches_a_lock_that_comes_too_late(tmp_path: Path) -> None:
    """The control: a transaction that reads before it asks for the lock meets another writer, and is refused."""
    with pytest.raises(AssertionError, match=r"unhandled: (.|\n)*another process is writing"):
        competed(placed(tmp_path / "book.db"), tmp_path / "crew", 60, "deferred")


def test_a_head_that_moved_on_is_not_taken_for_a_lock(server: Server, tmp_path: Path) -> None:
    """A fault found here: on the server the answer named a process that had long finished."""
    for address in (placed(tmp_path / "book.db"), placed(server.address("moved"))):
        with BookStore.open(address) as book:
            head = book.head()
            book.append([Note("first")], recorded=NOW, author=WHO, after=head)
            with pytest.raises(Busy, match="somebody else has written"):
                book.append([Note("second")], recorded=NOW, author=WHO, after=head)


def backed_up(address: str | Path, folder: Path, copies: int) -> None:
    """Copies taken while two processes write: each verifies, and is one state with whole transactions."""
    folder.mkdir()
    last = 0
    with Crew(folder) as crew:
        children = [crew.start("write", address, name) for name in WRITERS[:2]]
        while not all(crew.told(name, "booked") for name in WRITERS[:2]):
            assert crew.log == ""
            time.sleep(0.002)
        for number in range(copies):
            verdict = backup(address, folder / f"copy{number}")
            assert (verdict.records - len(PLACES) - 1) % 3 == 0, "half a transaction"
            assert verdict.sound
            assert verdict.records > last, "the writers stood still"
            last = verdict.records
        for child in children:
            crew.kill(child)
        assert crew.log == ""


def test_a_backup_while_two_processes_write_verifies(tmp_path: Path) -> None:
    backed_up(placed(tmp_path / "book.db"), tmp_path / "crew", 3)


def test_a_backup_of_a_server_while_two_processes_write_verifies(server: Server, tmp_path: Path) -> None:
    backed_up(placed(server.address("backed")), tmp_path / "crew", 2)
