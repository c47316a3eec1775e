"""What was acknowledged survives a power loss at every write (RELIABILITY R6): whole transactions, none lost.

The controls lose acknowledged commits with `synchronous=NORMAL` and tear transactions with no sync at all.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.accounting.database.books import DAY, ENTRIES, KEY, NOW, PLACES, WHO, posted
from tests.accounting.database.earlier import earlier
from tests.accounting.database.power import Life, Moment, spread
from trimtab.accounting.database import addresses, migrations, opening, sqlite
from trimtab.accounting.database.events import EntryPosted, Note
from trimtab.accounting.database.reading import Last, last_record
from trimtab.accounting.database.refusals import NotWritten
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.errors import TrimtabError

SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))


class Judge:
    """Says of each disk after a power loss: `held`, `lost` (an acknowledged commit is gone) or `half`."""

    def __init__(self, folder: Path, name: str = "book.db") -> None:
        self.folder, self.name, self.counts, self.known = folder, name, Counter[str](), dict[str, str]()

    def on(self, moment: Moment) -> str:
        """The verdict on one disk. Equal disks with equal promises are looked at once."""
        parts = [moment.last, moment.next, *(f"{name}:{hashlib.sha256(moment.disk[name]).hexdigest()}" for name in moment.disk)]
        print_ = "\n".join(parts)
        if print_ not in self.known:
            place = self.folder / "cut"
            place.mkdir()
            spread(moment.disk, place)
            self.known[print_] = self.judged(place / self.name, moment)
            shutil.rmtree(place)
        self.counts[self.known[print_]] += 1
        return self.known[print_]

    def judged(self, path: Path, moment: Moment) -> str:
        """Open the book as anybody would, verify it, and go on with it."""
        if not moment.last and not path.exists():
            BookStore.create(path, recorded=NOW, author=WHO).close()  # nothing is left that would be in the way
            return "held"
        try:
            with BookStore.open(path) as book:
                hashes = [record.hash for record in book.records()]
                if moment.last and moment.last not in hashes:
                    return "lost" if verify(book.session).sound else "half"
                if book.head() not in (moment.last, moment.next) or not verify(book.session, head=moment.last).sound:
                    return "half"
                book.append([Note("after")], recorded=NOW, author=WHO)
                return "held"
        except TrimtabError:
            return "half"


class Upgraded(Judge):
    """The same for upgrades: a mark is version and head."""

    def judged(self, path: Path, moment: Moment) -> str:
        try:
            with closing(opening.connected(path)) as session:
                found = f"{migrations.version(session)} {last_record(session).hash}"
            if found not in (moment.last, moment.next):
                return "lost"
            opening.upgrade(path)
            with BookStore.open(path) as book:
                return "held" if verify(book.session, head=found.split()[1]).sound else "half"
        except TrimtabError:
            return "half"


def rebalanced(life: Life, book: BookStore, number: int) -> None:
    """A run is claimed, its fills are booked, a decision is noted: three commits, each acknowledged."""
    book.claim(KEY._replace(policy=f"{number:064x}"), recorded=NOW, author=WHO, claimant="one")
    life.mark(book.head())
    book.append([EntryPosted("A07", entry) for entry in (ENTRIES[1], ENTRIES[8], ENTRIES[13])], recorded=NOW, author=WHO)
    life.mark(book.head())
    book.append([Note("decision", {"day": DAY.isoformat()}, "A07")], recorded=NOW, author=WHO)
    life.mark(book.head())


def rebalances(folder: Path, source: Path, times: int) -> Life:
    """Some rebalances of an existing book; its log is brought into the file every few pages, and at the end."""
    shutil.copy(source, folder / "book.db")
    life = Life(folder)
    with closing(life.session(folder / "book.db")) as session:
        book = BookStore.over(session)
        life.mark(book.head())
        session.execute("PRAGMA wal_autocheckpoint = 40")
        for number in range(times):
            rebalanced(life, book, number)
    return life


def whole_life(folder: Path, patch: pytest.MonkeyPatch, times: int) -> Life:
    """A book is made, accounts are opened, two batches imported, rebalanced, closed, opened again and rebalanced more."""
    life = Life(folder)
    with patch.context() as living:
        life.living(living)
        with BookStore.create(folder / "book.db", recorded=NOW, author=WHO) as book:
            life.mark(book.head())
            book.session.execute("PRAGMA wal_autocheckpoint = 40")
            for events in (PLACES, posted(), posted("A07/core")):
                book.append(events, recorded=NOW, author=WHO)
                life.mark(book.head())
            rebalanced(life, book, 0)
        with BookStore.open(folder / "book.db") as book:
            book.session.execute("PRAGMA wal_autocheckpoint = 40")
            for number in range(1, times):
                rebalanced(life, book, number)
    return life


def upgraded(folder: Path) -> Life:
    """A book of the version before is brought up."""
    folder.mkdir()
    earlier(folder / "book.db")
    life = Life(folder)
    with closing(life.session(folder / "book.db")) as session:
        life.mark(f"{migrations.version(session)} {last_record(session).hash}")
        migrations.upgrade(session)
        life.mark(f"{migrations.version(session)} {last_record(session).hash}")
    return life


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def held(life: Life, judge: Judge, seed: int, every: int = 1) -> int:
    """How many power losses the book survived; it must survive all of them."""
    for moment in life.cuts(seed, every=every):
        assert judge.on(moment) == "held", f"seed {seed}, after operation {moment.number} of {len(life.operations)}"
    return judge.counts["held"]


def test_a_power_loss_takes_nothing_that_was_acknowledged(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    life = whole_life(disk, monkeypatch, 2)
    assert life.writes > 100
    assert held(life, Judge(tmp_path), 1, every=5) > 40
    life = upgraded(tmp_path / "second")
    assert held(life, Upgraded(tmp_path), 1, every=4) > 5


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEED, SEED + 5))
def test_a_power_loss_at_every_operation_takes_nothing(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    life = whole_life(disk, monkeypatch, 10)
    assert held(life, Judge(tmp_path), seed) > life.writes
    life = upgraded(tmp_path / "second")
    assert held(life, Upgraded(tmp_path), seed) > life.writes


def without(patch: pytest.MonkeyPatch, **careless: tuple[str, object]) -> None:
    """Sessions that are careless about a setting, and content with the answer."""
    settings = [sqlite._Setting(one.name, *careless.get(one.name, one[1:])) for one in sqlite._SETTINGS]
    patch.setattr(sqlite, "_SETTINGS", tuple(settings))


def careless(folder: Path, source: Path, patch: pytest.MonkeyPatch, **settings: tuple[str, object]) -> Counter[str]:
    """The verdicts where a careless session wrote and a careful one reads."""
    with patch.context() as context:
        without(context, **settings)
        (folder / "disk").mkdir(exist_ok=True)
        life = rebalances(folder / "disk", source, 3)
    judge = Judge(folder)
    for moment in life.cuts(2, every=4):
        judge.on(moment)
    return judge.counts


def test_the_check_catches_a_commit_that_is_not_synced(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a log that is synced only when it is brought into the file loses commits, though none is torn."""
    counts = careless(tmp_path, empty, monkeypatch, synchronous=("NORMAL", 1))
    assert counts["lost"] > 10, counts
    assert counts["half"] == 0, counts


def test_the_check_catches_torn_transactions(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with no sync at all, transactions are torn and files destroyed."""
    counts = careless(tmp_path, empty, monkeypatch, journal_mode=("DELETE", "delete"), synchronous=("OFF", 0))
    assert counts["half"] > 10, counts


def test_the_check_catches_a_name_given_before_the_file_is_synced(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a new book that is linked to its name unsynced may be half."""
    life = Life(disk)
    with monkeypatch.context() as living:
        without(living, synchronous=("OFF", 0))
        life.living(living)
        living.setattr(addresses, "sync", lambda path: life.note("folder", str(path)) if path.is_dir() else None)
        BookStore.create(disk / "book.db", recorded=NOW, author=WHO).close()
        life.mark("made")
    judge = Judge(tmp_path)
    for seed in range(8):
        for moment in list(life.cuts(seed))[-12:]:
            judge.on(moment._replace(last="", next=""))
    assert judge.counts["half"] > 5, judge.counts


class Telling(BookStore):
    """A store that shows which head it looks for when an answer was lost."""

    tried = ""

    def _landed(self, record: Last, fault: TrimtabError) -> bool:
        Telling.tried = record.hash
        return super()._landed(record, fault)


def failing(folder: Path, source: Path, sync: int, *, watched: bool) -> tuple[Life, int]:
    """Five appends, of which one meets a sync that fails; how many were refused. Another process may look on."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(source, folder / "book.db")
    life = Life(folder)
    refused = 0
    with ExitStack() as open_:
        book = open_.enter_context(closing(Telling.over(life.session(folder / "book.db"))))
        if watched:
            open_.enter_context(closing(BookStore.over(life.session(folder / "book.db"))))
        life.mark(book.head())
        life.failing = sync
        for number in range(5):
            book.session.execute("PRAGMA wal_autocheckpoint = 8")
            try:
                book.append([EntryPosted("A07", ENTRIES[1], f"{number}")], recorded=NOW, author=WHO)
            except NotWritten:
                refused += 1
                life.mark(book.head(), Telling.tried)
            else:
                life.mark(book.head())
    return life, refused


def after_a_failed_sync(folder: Path, source: Path, seeds: range, near: int) -> Iterator[str]:
    """Verdicts where a sync fails, the book goes on, and the power is lost within so many operations."""
    judge = Judge(folder)
    for watched in (True, False):
        for sync in itertools.count(1):
            life, refused = failing(folder / "disk", source, sync, watched=watched)
            yield from ["refused"] * refused
            failed = [number for number, one in enumerate(life.operations) if one.kind == "fail"]
            if not failed:
                break
            for seed in seeds:
                for moment in life.cuts(seed, within=range(failed[0], failed[0] + near)):
                    yield judge.on(moment)


def test_a_power_loss_after_a_sync_that_failed_takes_nothing(empty: Path, tmp_path: Path) -> None:
    counts = Counter(after_a_failed_sync(tmp_path, empty, range(3), 2))
    assert counts["lost"] == counts["half"] == 0, counts
    assert counts["refused"] > 5, counts


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEED, SEED + 5))
def test_a_power_loss_anywhere_after_a_sync_that_failed_takes_nothing(empty: Path, tmp_path: Path, seed: int) -> None:
    counts = Counter(after_a_failed_sync(tmp_path, empty, range(seed, seed + 1), 1000))
    assert counts["lost"] == counts["half"] == 0, counts


def test_the_check_catches_a_refused_commit_that_comes_back(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: where nothing takes the place of a commit whose sync failed, a power loss brings it back."""
    monkeypatch.setattr(SqliteSession, "settle", lambda *_, **__: None)
    verdicts = after_a_failed_sync(tmp_path, empty, range(6), 2)
    assert any(verdict in ("half", "lost") for verdict in verdicts)
