"""The book on disk: what goes in comes out, all or nothing, once; holdings and purses follow the entries exactly."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.database.books import CASH, DAY, ENTRIES, KEY, NOW, PLACES, UNITS, WHO, filled, posted
from trimtab.accounting.database.events import AccountOpened, EntryPosted, InstrumentListed, Note, RunKey, SleeveOpened
from trimtab.accounting.database.refusals import Duplicate, NotWritten, OutcomeUnknown, Superseded
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.entries import Cancel, Entry, Fee, Fill, Flow, Interest
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.core.households import Account, Instrument


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with BookStore.create(tmp_path / "new.db", recorded=NOW, author=WHO) as one:
        yield one


@pytest.fixture
def placed(empty: Path) -> Iterator[BookStore]:
    with BookStore.open(empty) as one:
        yield one


cents = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
units = st.decimals(min_value=-(10**6), max_value=10**6, places=8)
entries = st.one_of(
    st.builds(Flow, st.just(DAY), cents, st.sampled_from(["", "EUR"])),
    st.builds(Fill, st.just(DAY), st.integers(0, 2), units, cents, cents, cents, st.text(max_size=5), st.just(""), st.just(())),
    st.builds(Fee, st.dates(), cents, st.text(), st.just("")),
)


@given(st.lists(st.tuples(entries, st.booleans()), max_size=12))
@settings(max_examples=15)
def test_entries_come_back_as_they_were_and_sums_are_exact(posts: list[tuple[Entry, bool]]) -> None:
    session = SqliteSession.in_memory()
    book = BookStore(session)
    with session.building():
        book.begin(recorded=NOW, author=WHO)
    book.append(PLACES, recorded=NOW, author=WHO)
    kept: list[Entry] = []
    for entry, undone in posts:
        book.append([EntryPosted("A07", entry)], recorded=NOW, author=WHO)
        kept.append(entry)
        if undone:
            kept.append(Cancel(DAY, len(kept) - 1))
            book.append([EntryPosted("A07", kept[-1])], recorded=NOW, author=WHO)
    assert [entry for _, entry in book.entries("A07")] == kept
    standing = [entry for entry, undone in posts if not undone]
    held = [sum((e.units for e in standing if isinstance(e, Fill) and e.asset == a), Decimal(0)) for a in range(3)]
    assert book.holdings("A07") == {a: total for a, total in enumerate(held) if total}
    dollars = sum((e.amount - e.cost for e in standing if isinstance(e, Fill)), Decimal(0))
    dollars += sum((e.amount for e in standing if isinstance(e, Flow) and not e.currency), Decimal(0))
    dollars -= sum((e.amount for e in standing if isinstance(e, Fee)), Decimal(0))
    assert book.purses("A07").get("USD", Decimal(0)) == dollars
    assert verify(session).findings == ()
    book.close()


def test_an_entry_of_every_kind_by_hand(book: BookStore) -> None:
    filled(book)
    assert {type(entry) for entry in ENTRIES} == set(Entry.__args__)  # type: ignore[attr-defined]
    assert book.entries("A07") == list(enumerate(ENTRIES)) == book.entries("A07/core")
    assert (book.purses("A07"), book.holdings("A07")) == (CASH, UNITS)
    assert (book.count("A07"), book.count("B1")) == (len(ENTRIES), 1)
    assert book.accounts() == tuple(event.account for event in PLACES if isinstance(event, AccountOpened))
    assert book.instruments() == tuple(event.instrument for event in PLACES if isinstance(event, InstrumentListed))
    assert book.sleeves() == ("A07/core",)
    assert verify(book.session).sound


def test_what_was_known_at_an_earlier_instant_can_be_read(placed: BookStore) -> None:
    later = NOW + np.timedelta64(1, "us")
    placed.append([EntryPosted("A07", ENTRIES[0])], recorded=NOW, author=WHO)
    placed.append([EntryPosted("A07", Cancel(DAY, 0))], recorded=later, author=WHO)
    assert len(placed.entries("A07", later)) == 2
    assert placed.entries("A07", NOW) == [(0, ENTRIES[0])]
    assert placed.entries("A07", NOW - np.timedelta64(1, "us")) == []


def test_cash_of_an_account_in_euros_is_in_euros(placed: BookStore) -> None:
    placed.append(
        [EntryPosted("B1", Flow(DAY, Decimal(5))), EntryPosted("B1", Interest(DAY, Decimal(1), "EUR"))],
        recorded=NOW,
        author=WHO,
    )
    assert placed.purses("B1") == {"EUR": Decimal(6)}


@pytest.mark.parametrize(
    "bad",
    [
        EntryPosted("A08", ENTRIES[0]),  # no such account
        EntryPosted("A07/growth", ENTRIES[0]),  # no such sleeve
        EntryPosted("A07", Fill(DAY, 3, Decimal(1), Decimal(1), Decimal(-1), Decimal(0), "o")),  # no such instrument
        EntryPosted("A07", Flow(DAY, 0.1)),  # type: ignore[arg-type]  # a float
        EntryPosted("A07", Flow(DAY, Decimal("NaN"))),
        EntryPosted("A07", Flow(datetime(2026, 1, 5), Decimal(1))),  # noqa: DTZ001 - an instant is no date
        EntryPosted("A07", Flow(DAY, Decimal(1), "usd")),
        EntryPosted("A07", Flow(DAY, Decimal(1), "US\0")),
        EntryPosted("A07", Cancel(DAY, 1)),  # not there
        EntryPosted("A07", "entry"),  # type: ignore[arg-type]
        AccountOpened(Account("A07", "Mueller")),  # open already
        InstrumentListed(Instrument("VTI")),
        SleeveOpened("A07", "core"),
        SleeveOpened("A08", "core"),
        Note("x", {"a": float("nan")}),
        Note("x", {}, place="A08"),
    ],
)
def test_what_cannot_be_booked_is_refused_and_takes_the_rest_along(placed: BookStore, bad: Any) -> None:
    head = placed.head()
    with pytest.raises(TrimtabError) as caught:
        placed.append([EntryPosted("A07", ENTRIES[0]), bad], recorded=NOW, author=WHO)
    assert "\n" not in str(caught.value)
    assert (placed.head(), placed.entries("A07"), placed.purses("A07")) == (head, [], {})


@pytest.mark.parametrize("target", [1, 0, 5])
def test_an_entry_is_cancelled_once_and_a_cancellation_never(placed: BookStore, target: int) -> None:
    """Entry 0 is cancelled already, entry 1 is its cancellation, entry 5 is not there."""
    placed.append([EntryPosted("A07", ENTRIES[0]), EntryPosted("A07", Cancel(DAY, 0))], recorded=NOW, author=WHO)
    with pytest.raises(DataError, match="cannot be cancelled"):
        placed.append([EntryPosted("A07", Cancel(DAY, target))], recorded=NOW, author=WHO)
    assert placed.purses("A07") == {"USD": Decimal(0)}


def test_a_key_is_booked_once(placed: BookStore) -> None:
    first = placed.append([EntryPosted("A07", ENTRIES[0], key="row-1")], recorded=NOW, author=WHO)
    head = placed.head()
    with pytest.raises(Duplicate, match="'row-1' is booked already, in record 7") as caught:
        placed.append([EntryPosted("A07", ENTRIES[0]), EntryPosted("A07", ENTRIES[0], key="row-1")], recorded=NOW, author=WHO)
    assert caught.value.records == {"row-1": first[0]} == placed.keyed(["row-1", "row-2", ""])
    with pytest.raises(DataError, match="stands twice"):
        placed.append([Note("a", key="k"), Note("b", key="k")], recorded=NOW, author=WHO)
    assert placed.head() == head
    placed.append([Note("a"), Note("b")], recorded=NOW, author=WHO)  # no key: as often as one likes


def test_records_are_numbered_and_carry_author_and_instant(placed: BookStore) -> None:
    numbers = placed.append(posted(), recorded=NOW, author="bob")
    assert numbers == tuple(range(7, 7 + len(ENTRIES)))
    (record,) = placed.records(8, 8)
    assert (record.number, record.kind, record.place, record.key) == (8, "entry", "A07", "A07:1")
    assert (record.recorded, record.author) == ("2026-01-05T21:00:00.000001Z", "bob")
    assert record.event == posted()[1]
    assert placed.records()[-1].hash == placed.head()
    assert placed.append([], recorded=NOW, author=WHO) == ()


@pytest.mark.parametrize("instant", [np.datetime64("NaT"), datetime(2026, 1, 5), None])  # noqa: DTZ001
def test_no_record_without_an_instant(placed: BookStore, instant: Any) -> None:
    with pytest.raises(DataError, match="is no instant"):
        placed.append([Note("a")], recorded=instant, author=WHO)


def test_a_run_is_claimed_once_and_again_after_a_supersession(placed: BookStore) -> None:
    first = placed.claim(KEY, recorded=NOW, author=WHO, claimant="one")
    second = placed.claim(KEY, recorded=NOW, author=WHO, claimant="two")
    assert (first.new, second.new) == (True, False)
    assert first.run == second.run
    assert first.run.generation == 0
    record = placed.supersede(first.run, "prices were restated", recorded=NOW, author=WHO)
    with pytest.raises(Superseded, match="cannot be superseded"):
        placed.supersede(first.run, "again", recorded=NOW, author=WHO)
    third = placed.claim(KEY, recorded=NOW, author=WHO, claimant="two")
    assert third.new
    assert third.run.generation == 1
    old, new = placed.runs(KEY)
    assert (old.superseded, old.reason, new) == (record, "prices were restated", third.run)
    assert placed.claim(KEY._replace(as_of=date(2026, 1, 6)), recorded=NOW, author=WHO).new


def test_a_run_needs_a_hash_an_account_and_a_supersession_a_reason(placed: BookStore) -> None:
    with pytest.raises(DataError, match="is no SHA-256"):
        placed.claim(KEY._replace(policy="abc"), recorded=NOW, author=WHO)
    with pytest.raises(DataError, match="no account"):
        placed.claim(RunKey("A08", DAY, KEY.policy), recorded=NOW, author=WHO)
    run = placed.claim(KEY, recorded=NOW, author=WHO).run
    with pytest.raises(DataError, match="without a reason"):
        placed.supersede(run, " ", recorded=NOW, author=WHO)


def test_another_driver_writes_the_same_book(book: BookStore, tmp_path: Path) -> None:
    """SQLite is the oracle for itself: apsw brings another copy of it."""
    session = SqliteSession(lambda: apsw.Connection(":memory:"), "apsw", durable=False)
    other = BookStore(session)
    with session.building():
        other.begin(recorded=NOW, author=WHO)
    assert filled(other).head() == filled(book).head()
    other.close()
    shared = BookStore.over(SqliteSession(lambda: apsw.Connection(str(tmp_path / "new.db")), "apsw"))
    assert shared.head() == book.head()
    shared.append([Note("a")], recorded=NOW, author=WHO)
    assert shared.head() == book.head()
    shared.close()


class Lossy:
    """A connection whose COMMIT ends with an error: after it was done, or instead of it."""

    def __init__(self, path: Path, *, done: bool) -> None:
        self.inner = sqlite3.connect(path, isolation_level=None)
        self.done, self.armed = done, False

    def execute(self, sql: str, values: Any = ()) -> Any:
        if self.armed and sql == "COMMIT":
            if self.done:
                self.inner.execute(sql)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = 10
            raise error
        return self.inner.execute(sql, values)

    def executemany(self, sql: str, rows: Any) -> Any:
        return self.inner.executemany(sql, rows)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("done", [True, False])
def test_a_commit_whose_answer_was_lost_is_looked_up(placed: BookStore, tmp_path: Path, done: bool) -> None:
    made: list[Lossy] = []

    def connect() -> Lossy:
        made.append(Lossy(tmp_path / "book.db", done=done))
        return made[-1]

    store = BookStore.over(SqliteSession(connect, "lossy"))
    made[-1].armed = True
    if done:
        assert store.claim(KEY, recorded=NOW, author=WHO).new
        assert len(made) == 2  # it was asked over a new connection
    else:
        with pytest.raises(NotWritten, match="the disk failed"):
            store.claim(KEY, recorded=NOW, author=WHO)
    assert len(placed.runs(KEY)) == done
    store.close()


def test_a_book_that_cannot_be_asked_leaves_the_outcome_unknown(
    placed: BookStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lossy = Lossy(tmp_path / "book.db", done=True)
    answers = iter([lossy])

    def connect() -> Lossy:
        for one in answers:
            return one
        error = sqlite3.OperationalError("unable to open")
        error.sqlite_errorcode = 14
        raise error

    store = BookStore.over(SqliteSession(connect, "gone"))
    lossy.armed = True
    monkeypatch.setattr("trimtab.accounting.database.store.time.sleep", lambda _: None)
    with pytest.raises(OutcomeUnknown, match="look for it before repeating anything"):
        store.append([Note("a")], recorded=NOW, author=WHO)
    assert placed.records()[-1].kind == "note.a"
    store.close()


@pytest.mark.parametrize("author", ["", "  ", "\u200b", "\n"])
def test_nobody_writes(placed: BookStore, author: str) -> None:
    """A regression: a name of a character that nobody sees signed a change of another."""
    head = placed.head()
    with pytest.raises(UsageError, match="nobody writes"):
        placed.append([Note("signed", {"id": "C-1"})], recorded=np.datetime64("2026-01-05T10:00:00"), author=author)
    assert placed.head() == head
