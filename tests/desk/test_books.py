"""The book on the desk: where it lives, what a name means, what is written by hand, and that it goes out and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounting.database.servers import Server, serving
from tests.desk.book_worlds import ACTIVITY, BY, HEADER, book_in, taken
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Cancel, Dividend
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account
from trimtab.desk.books import (
    account_of,
    all_places,
    book_address,
    cancel,
    entries_of,
    export,
    listed,
    open_account,
    open_sleeve,
    scope_of,
)
from trimtab.desk.importing import Asked, commit, look, read_file


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with book_in(tmp_path) as one:
        yield one


# Laws.

days = st.dates(min_value=date(2010, 1, 1), max_value=date(2012, 12, 31))
buy = st.tuples(days, st.sampled_from(["SPY", "TLT", "=EVIL"]), st.integers(1, 900), st.integers(1, 99_999))
buys = st.lists(buy, min_size=1, max_size=6)


@given(buys)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_out_comes_back_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple]) -> None:  # type: ignore[type-arg]
    folder = tmp_path_factory.mktemp("round")
    lines = [f"{on},buy,{name},{units},{cents / 100:.2f},,," for on, name, units, cents in rows]
    with book_in(folder) as book:
        taken(book, folder, "\n".join([HEADER, *lines]) + "\n")
        (folder / "out.csv").write_text(export(book, "A07"), encoding="utf-8", newline="")
        found = look(book, read_file(folder / "out.csv"), Asked({"": "B1"}))
        assert not found.preview.instruments
        commit(book, found, BY)
        kept = entries_of(book, ["A07", "B1"])
        assert kept["A07"] == kept["B1"]
        assert book.holdings("A07") == book.holdings("B1")


# Where it lives.


def test_the_address_is_given_or_in_the_environment_or_in_the_workspace(tmp_path: Path) -> None:
    assert book_address("mine.db", tmp_path, {"TRIMTAB_BOOK": "other.db"}) == "mine.db"
    assert book_address("", tmp_path, {"TRIMTAB_BOOK": "other.db"}) == "other.db"
    assert book_address("", tmp_path, {}) == str(tmp_path / "book.db")


@pytest.mark.parametrize("address", ["mysql://me:secret@host/db", "POSTGRESQL://me:secret@host/db", "http://secret"])
def test_an_address_that_no_book_has_is_refused_without_repeating_it(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        book_address(address, tmp_path, {})
    assert "secret" not in str(caught.value)


# What a name means.


def test_a_name_is_an_account_a_sleeve_or_a_household(book: BookStore) -> None:
    assert list(all_places(book)) == ["A07", "A07/core", "B1"]
    assert list(scope_of(book, "A07").places) == ["A07", "A07/core"]
    assert list(scope_of(book, "A07/core").places) == ["A07/core"]
    assert list(scope_of(book, "Mueller").places) == ["A07", "A07/core", "B1"]
    assert list(scope_of(book, "A07/core").family) == ["A07", "A07/core", "B1"]
    assert list(scope_of(book).places) == ["A07", "A07/core", "B1"]
    with pytest.raises(UsageError, match=r"several accounts. Name one of them: A07, B1"):
        account_of(book, "Mueller")
    with pytest.raises(UsageError, match="Did you mean Mueller"):
        scope_of(book, "Muller")


def test_an_account_goes_before_a_household_of_the_same_name(book: BookStore) -> None:
    open_account(book, Account("Mueller", "Schmidt"), BY)
    assert list(scope_of(book, "Mueller").places) == ["Mueller"]


def test_an_empty_book_says_how_to_begin(tmp_path: Path) -> None:
    with (
        BookStore.create(tmp_path / "empty.db", recorded=BY.at, author="ann") as book,
        pytest.raises(UsageError, match="trimtab book account"),
    ):
        scope_of(book, "A07")


def test_accounts_and_sleeves_are_opened_once(book: BookStore) -> None:
    with pytest.raises(DataError, match="open already"):
        open_account(book, Account("A07", "Mueller"), BY)
    with pytest.raises(DataError, match="open already"):
        open_sleeve(book, "A07", "core", BY)
    assert [(one.id, sleeves, count) for one, sleeves, count in listed(book)] == [("A07", ("core",), 0), ("B1", (), 0)]


# Cancelling.


def test_a_cancellation_takes_out_one_entry_and_keeps_its_reason(book: BookStore, tmp_path: Path) -> None:
    taken(book, tmp_path, ACTIVITY)
    assert isinstance(cancel(book, "A07", 5, "booked twice", BY), Dividend)
    entries = entries_of(book, ["A07"])["A07"]
    assert entries[-1] == Cancel(BY.day, 5)
    note = book.records(book.last())[0]
    assert (note.kind, note.place) == ("note.cancelled", "A07")
    assert '"booked twice"' in note.body
    # 20000 - 10010 - 1 - 4975 - 1 + 3800 - 1 - 2880 - 1 = 5931
    assert str(book.purses("A07")["USD"]) == "5931"


def test_what_later_entries_need_is_not_cancelled(book: BookStore, tmp_path: Path) -> None:
    taken(book, tmp_path, ACTIVITY)
    before = book.head()
    with pytest.raises(DataError, match="40 units of SPY are sold, 0 are held"):
        cancel(book, "A07", 1, "no", BY)
    with pytest.raises(UsageError, match=r"has no entry 99. Its entries are 0 to 5"):
        cancel(book, "A07", 99, "no", BY)
    with pytest.raises(UsageError, match="needs a reason"):
        cancel(book, "A07", 5, "  ", BY)
    with pytest.raises(UsageError, match="no account, sleeve or household 'A08'"):
        cancel(book, "A08", 5, "no", BY)
    cancel(book, "A07", 5, "once", BY)
    with pytest.raises(DataError, match="cannot be cancelled"):
        cancel(book, "A07", 5, "twice", BY)
    assert len(book.records()) > 0
    assert book.head() != before


# On a server.


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def test_a_book_on_a_server_answers_as_one_in_a_file(server: Server, tmp_path: Path) -> None:
    with book_in(tmp_path) as here:
        taken(here, tmp_path, ACTIVITY)
        with BookStore.create(server.address("desk"), recorded=BY.at, author=BY.author) as there:
            open_account(there, Account("A07", "Mueller"), BY)
            taken(there, tmp_path, ACTIVITY)
            assert entries_of(there, ["A07"])["A07"] == entries_of(here, ["A07"])["A07"]
            assert there.imported("A07") == here.imported("A07")
            assert sorted(there.numbered(0, there.last()).values()) == list(range(6))
            assert taken(there, tmp_path, ACTIVITY).entries == 0
