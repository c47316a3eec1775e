"""A disk that fails at any write or sync, and one that is full: rolled back, told in one line, never silently wrong.

Every outcome is held against what a new process finds, and against what a recovery finds where all processes were killed
at that moment.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.accounting.database.books import CASH, ENTRIES, KEY, NOW, PLACES, WHO, posted
from tests.accounting.database.earlier import earlier
from tests.accounting.database.faults import FaultyDisk
from trimtab.accounting.database import migrations, opening
from trimtab.accounting.database.backup import backup
from trimtab.accounting.database.events import EntryPosted, Note
from trimtab.accounting.database.refusals import DiskFull, NotWritten, OutcomeUnknown, Unanswered
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.errors import TrimtabError

Act = Callable[[BookStore], object]
ACTS: dict[str, Act] = {
    "import": lambda book: book.append(posted(), recorded=NOW, author=WHO),
    "claim": lambda book: book.claim(KEY, recorded=NOW, author=WHO, claimant="one"),
    "post": lambda book: book.append([EntryPosted("A07", ENTRIES[1])], recorded=NOW, author=WHO),
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.accounting.database.store.time.sleep", lambda _: None)


def plain(path: Path) -> SqliteSession:
    """A session of the same library: two copies of SQLite in one process would take each other's locks away."""
    return SqliteSession(lambda: apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE), str(path), patience=1)


def head_after_a_crash(path: Path) -> str:
    """The head that a recovery finds if every process dies now: the shared memory is gone, the files are there."""
    folder = path.parent / "crash"
    folder.mkdir()
    for trail in ("", "-wal"):
        if path.with_name(path.name + trail).exists():
            shutil.copy(path.with_name(path.name + trail), folder)
    with closing(plain(folder / path.name)) as session:
        head = BookStore.over(session).head()
    shutil.rmtree(folder)
    return head


class Trial:
    """One act on a copy of a book whose disk fails at one place; another process may have the book open."""

    def __init__(self, source: Path, folder: Path, *, watched: bool) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.path = Path(shutil.copy(source, folder / "book.db"))
        self.disk = FaultyDisk()
        self.book = BookStore.over(self.disk.session(self.path))
        self.book.session.execute("PRAGMA wal_autocheckpoint = 4")
        self.book.append([Note("before")], recorded=NOW, author=WHO)
        self.other = BookStore.over(plain(self.path)) if watched else None
        self.before = self.book.head()

    def run(self, act: Act) -> str:
        """`done`, `refused` or `unknown`; raises where that is not what the book says."""
        try:
            act(self.book)
            outcome = "done"
        except OutcomeUnknown as error:
            outcome, told = "unknown", str(error)
            assert self.disk.sticky, "the disk was well again, so the book could have been asked"
        except (NotWritten, DiskFull) as error:
            outcome, told = "refused", str(error)
            full = isinstance(error, DiskFull)
        assert outcome == "done" or "\n" not in told
        assert outcome != "refused" or full == (self.disk.word == "full" and self.disk.kind == "write"), told
        crashed = head_after_a_crash(self.path)
        self.disk.disarm()
        if self.other is not None:
            assert outcome == "unknown" or (self.other.head() != self.before) == (outcome == "done")
        assert outcome == "unknown" or (crashed != self.before) == (outcome == "done"), (
            f"{outcome}, but a crash shows otherwise"
        )
        return outcome

    def goes_on(self) -> None:
        """The next append works, and the book is whole."""
        self.book.append([Note("after")], recorded=NOW, author=WHO)
        assert verify(self.book.session, head=self.before).findings == ()
        self.close()

    def close(self) -> None:
        for book in filter(None, (self.book, self.other)):
            book.close()


def trials(source: Path, folder: Path, ways: Iterator[tuple[str, str, str, bool, bool]], step: int) -> Counter[str]:
    """Every way to fail, at the first, the next, ... operation until the act gets through untouched."""
    counts: Counter[str] = Counter()
    for name, kind, word, sticky, watched in ways:
        for left in itertools.count(1, step):
            trial = Trial(source, folder, watched=watched)
            trial.disk.arm(kind, word, left, sticky=sticky)
            try:
                outcome = trial.run(ACTS[name])
                struck = trial.disk.struck
                assert struck or outcome == "done"
                trial.goes_on()
            except BaseException as error:
                error.add_note(f"{name}: {word} at {kind} {left}, sticky {sticky}, watched {watched}")
                raise
            counts[f"{kind} {outcome}"] += 1
            if not struck:
                break
    return counts


def every(*acts: str) -> Iterator[tuple[str, str, str, bool, bool]]:
    return itertools.product(acts, ("write", "sync"), ("io", "full"), (False, True), (False, True))


def test_a_failing_disk_rolls_back_and_says_so(empty: Path, tmp_path: Path) -> None:
    counts = trials(empty, tmp_path / "trial", every("post"), step=4)
    counts += trials(empty, tmp_path / "trial", iter([("import", "write", "full", True, True)]), step=5)
    assert counts["write refused"] > 5, counts
    assert counts["sync refused"] > 2, counts


@pytest.mark.soak
def test_a_disk_that_fails_at_every_operation_is_never_silently_wrong(empty: Path, tmp_path: Path) -> None:
    counts = trials(empty, tmp_path / "trial", every(*ACTS), step=1)
    assert counts["write refused"] > 100, counts


def test_the_check_catches_a_commit_that_comes_alive_again(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, and a fault found here: a commit whose sync failed was refused, and a crash brought it back."""
    monkeypatch.setattr(SqliteSession, "settle", lambda *_, **__: None)
    with pytest.raises(AssertionError, match="refused, but a crash shows otherwise"):
        trials(empty, tmp_path / "trial", iter([("post", "sync", "io", False, True)]), step=1)


def test_the_check_catches_a_lost_answer_taken_for_a_failure(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: where nobody looks the commit up, a store says `refused` of what stands in the book."""
    trial = Trial(empty, tmp_path / "trial", watched=True)
    monkeypatch.setattr(BookStore, "_landed", lambda *_: False)
    commit = SqliteSession.execute

    def lost(self: SqliteSession, sql: str, values: object = ()) -> object:
        rows = commit(self, sql, values)  # type: ignore[arg-type]
        if sql == "COMMIT":
            raise NotWritten("the answer was lost")
        return rows

    monkeypatch.setattr(SqliteSession, "execute", lost)
    with pytest.raises(AssertionError):
        trial.run(ACTS["post"])
    trial.close()


@pytest.mark.parametrize("kind", ["write", "sync"])
def test_an_upgrade_on_a_failing_disk_leaves_nothing_half_and_goes_on(tmp_path: Path, kind: str) -> None:
    rows = earlier(tmp_path / "old.db")
    path = tmp_path / "book.db"
    for left in itertools.count(1):
        shutil.copy(tmp_path / "old.db", path)
        disk = FaultyDisk()
        with closing(disk.session(path)) as session:
            disk.arm(kind, "io", left, sticky=False)
            told = told_by(lambda session=session: migrations.upgrade(session))  # type: ignore[misc]
            disk.disarm()
        with closing(plain(path)) as session:
            migrations.upgrade(session)
            assert list(BookStore.over(session).records()) == rows
            assert verify(session).findings == ()
        if not disk.struck:
            break
        assert told != "" or kind == "write"  # what fails when the log is brought into the file is done again later
    assert left > 1


def told_by(act: Callable[[], object]) -> str:
    """What an act that may fail says, in one line; empty where it does not."""
    try:
        act()
    except TrimtabError as error:
        assert not isinstance(error, Unanswered), "that is between us and the database"  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017 - it need not fail
        return str(error)
    return ""


@pytest.mark.parametrize("kind", ["write", "sync"])
def test_a_creation_on_a_failing_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / "book.db"
    for left in itertools.count(1, 3):
        disk = FaultyDisk()
        with monkeypatch.context() as context:
            context.setattr(SqliteSession, "of_file", disk.session)
            disk.arm(kind, "full", left, sticky=True)
            told = told_by(lambda: opening.create(path, lambda one: BookStore(one).begin(recorded=NOW, author=WHO)))
            disk.disarm()
        assert path.exists() == (not told)
        if path.exists():
            break
        assert list(tmp_path.iterdir()) == []
    with closing(plain(path)) as session:
        assert verify(session).sound
    assert left > 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, in memory."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    done = subprocess.run(words, check=False, capture_output=True, text=True) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        pytest.skip("a small file system cannot be mounted here: " + (done.stderr.strip() if done else "not root"))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full_refuses_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    path = small_disk / "book.db"
    with BookStore.create(path, recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
        filler = small_disk / "filler"
        filler.write_bytes(bytes(1_000_000))
        head, appended = book.head(), 0
        while not (told := told_by(lambda: book.append([EntryPosted("A07", ENTRIES[1])] * 5, recorded=NOW, author=WHO))):
            head, appended = book.head(), appended + 1
        assert "the disk is full" in told
        assert "Reading goes on" in told
        assert appended > 5
        assert (book.head(), book.count("A07")) == (head, 5 * appended)
        with BookStore.open(path) as other:  # others read on, too
            assert other.head() == head
            assert other.holdings("A07") == {0: 5 * appended * ENTRIES[1].units}  # type: ignore[union-attr]
            assert verify(other.session, head=head).sound
        with pytest.raises(DiskFull):
            BookStore.create(small_disk / "second.db", recorded=NOW, author=WHO)
        with pytest.raises(DiskFull, match="copy"):
            backup(path, small_disk / "copy.db")
        assert not list(small_disk.glob("*second*")) + list(small_disk.glob("*copy*"))
        filler.unlink()
        book.append([Note("room")], recorded=NOW, author=WHO)
        assert verify(book.session, head=head).sound


def test_a_folder_that_may_only_be_read_is_read_and_not_written(full: Path, tmp_path: Path) -> None:
    """A read-only mount, as root ignores permissions. A fault found here: a log needs a file beside it, so nothing was read."""
    home, seen = tmp_path / "home", tmp_path / "seen"
    home.mkdir()
    seen.mkdir()
    shutil.copy(full, home / "book.db")
    with BookStore.open(full) as book:
        book.append([Note("a")], recorded=NOW, author=WHO)
        for trail in ("", "-wal"):
            shutil.copy(f"{full}{trail}", home / f"logged.db{trail}")
    if os.geteuid() != 0 or subprocess.run(["mount", "--bind", str(home), str(seen)], check=False).returncode:
        pytest.skip("a read-only mount cannot be made here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(seen)], check=True)
        with BookStore.open(seen / "book.db") as book:
            assert book.purses("A07") == CASH
            assert verify(book.session).sound
            with pytest.raises(NotWritten, match="cannot be written"):
                book.append([Note("a")], recorded=NOW, author=WHO)
            assert book.purses("A07") == CASH
        assert backup(seen / "book.db", tmp_path / "copy.db").sound
        with pytest.raises(NotWritten, match="in a log beside it"):
            BookStore.open(seen / "logged.db")  # its log would have to be brought in
        with pytest.raises(NotWritten, match="cannot be written"):
            BookStore.create(seen / "new.db", recorded=NOW, author=WHO)
    finally:
        subprocess.run(["umount", "-l", str(seen)], check=True)
    assert sorted(one.name for one in home.iterdir()) == ["book.db", "logged.db", "logged.db-wal"]
