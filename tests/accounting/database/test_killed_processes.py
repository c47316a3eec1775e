"""Writers and servers that are killed at any moment: what was acknowledged is there, whole, and the next writer works."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.accounting.database.books import NOW, PLACES, WHO
from tests.accounting.database.servers import Server
from tests.accounting.database.writing import PART, PRICE, Crew
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify

SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))


def placed(address: str | Path) -> str | Path:
    with BookStore.create(address, recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
    return address


def kept(crew: Crew, address: str | Path, names: list[str]) -> int:
    """Hold the book against what its writers were told; how many commits stand of which nobody was told."""
    unanswered = 0
    with BookStore.open(address) as book:
        imported, whole = book.imported("A07"), 0
        for name in names:
            stands = {key.rsplit(":", 1)[0] for key in imported if key.startswith(f"{name}:")}
            numbers = {int(one.split(":")[1]) for one in stands}
            whole += len(numbers) * PART
            assert numbers >= set(crew.told(name, "booked")), f"{name}: an acknowledged commit is lost"
            assert not numbers & set(crew.told(name, "refused")), f"{name}: a refused commit stands"
            silent = set(crew.told(name, "begun")) - set(crew.told(name, "booked")) - set(crew.told(name, "refused"))
            assert numbers <= set(crew.told(name, "begun"))
            assert len(silent) <= 1 + len(crew.told(name, "unknown"))
            unanswered += len(numbers & silent)
        assert len(imported) == whole == book.count("A07"), "half a transaction"
        assert book.purses("A07").get("USD", 0) == -PRICE * whole
    return unanswered


def killed_often(address: str | Path, folder: Path, times: int, seed: int) -> int:
    """One writer works on, another beside it is killed at a random moment, again and again."""
    folder.mkdir()
    chance, names = random.Random(seed), ["steady"]
    with Crew(folder) as crew:
        crew.start("write", address, "steady")
        for number in range(times):
            names.append(f"k{number}")
            child = crew.start("write", address, names[-1])
            while not crew.told(names[-1], "begun"):
                time.sleep(0.001)
            time.sleep(chance.uniform(0.0, 0.02))
            crew.kill(child)
            if number % 20 == 19:  # all die: what they shared is made anew
                crew.kill(next(iter(crew.living)))
                kept(crew, address, names)
                names.append(f"steady{number}")
                crew.start("write", address, names[-1])
        for child in tuple(crew.living):
            crew.kill(child)
        assert crew.log == ""
        unanswered = kept(crew, address, names)
        assert sum(len(crew.told(name, "booked")) for name in names) > times
    with BookStore.open(address) as book:
        book.append([Note("after")], recorded=NOW, author=WHO)
        assert verify(book.session).findings == ()
    return unanswered


def test_writers_killed_at_random_moments_leave_whole_commits(tmp_path: Path) -> None:
    killed_often(placed(tmp_path / "book.db"), tmp_path / "crew", 20, 1)


@pytest.mark.soak
def test_writers_killed_three_hundred_times_leave_whole_commits(tmp_path: Path) -> None:
    killed_often(placed(tmp_path / "book.db"), tmp_path / "crew", 300, SEED)


@pytest.mark.soak
def test_writers_of_a_server_killed_a_hundred_times_leave_whole_commits(server: Server, tmp_path: Path) -> None:
    killed_often(placed(server.address("killed")), tmp_path / "crew", 100, SEED)


def test_the_check_catches_a_commit_told_before_it_was_made(tmp_path: Path) -> None:
    """The control: a writer that says `booked` of what does not stand, and one whose append was halved."""
    address = placed(tmp_path / "book.db")
    (tmp_path / "crew").mkdir()
    with Crew(tmp_path / "crew") as crew:
        (crew.folder / "early").write_text("begun 1\nbooked 1\n")
        with pytest.raises(AssertionError, match="an acknowledged commit is lost"):
            kept(crew, address, ["early"])
        child = crew.start("write", address, "half")
        while not crew.told("half", "booked"):
            time.sleep(0.001)
        crew.kill(child)
        kept(crew, address, ["half"])
        with BookStore.open(address) as book:
            book.session.execute("DELETE FROM entries WHERE number = 1")
        with pytest.raises(AssertionError, match="half a transaction"):
            kept(crew, address, ["half"])


def servers_killed(server: Server, schema: str, folder: Path, times: int, seed: int) -> int:
    """The server crashes while two processes write; they go on when it is back. How often a lost answer was looked up."""
    address = placed(server.address(schema))
    folder.mkdir()
    chance, names = random.Random(seed), ["w0", "w1"]
    with Crew(folder) as crew:
        children = [crew.start("write", address, name) for name in names]
        for _ in range(times):
            seen = [len(crew.told(name, "booked")) for name in names]
            while not all(len(crew.told(name, "booked")) > one for name, one in zip(names, seen, strict=True)):
                assert crew.log == ""
                time.sleep(0.005)
            time.sleep(chance.uniform(0.0, 0.1))
            server.kill()
            server.start()
        for child in children:
            crew.kill(child)
        assert crew.log == ""
        unanswered = kept(crew, address, names)
        assert unanswered <= len(names)  # killed in the middle of their last one
        assert not any(crew.told(name, "unknown") for name in names), "the server was back in time to be asked"
    with BookStore.open(address) as book:
        book.append([Note("after")], recorded=NOW, author=WHO)
        assert verify(book.session).findings == ()
    return unanswered


def test_a_server_killed_under_its_writers_keeps_what_it_acknowledged(server: Server, tmp_path: Path) -> None:
    servers_killed(server, "crashed", tmp_path / "crew", 2, 1)


@pytest.mark.soak
def test_a_server_killed_thirty_times_keeps_what_it_acknowledged(server: Server, tmp_path: Path) -> None:
    servers_killed(server, "crashing", tmp_path / "crew", 30, SEED)
