"""Importing: nothing before commit, all or nothing with it, never twice, and never into a book that could not be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.book_worlds import ACTIVITY, BY, HEADER, book_in, taken
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.imports.reading import Hints
from trimtab.core.errors import DataError, ParameterError, UsageError
from trimtab.core.households import Account
from trimtab.desk.books import cancel, entries_of, open_account
from trimtab.desk.importing import Asked, Look, commit, look, read_file, read_query

INTO = Asked({"": "A07"})


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with book_in(tmp_path) as one:
        yield one


def seen(book: BookStore, folder: Path, text: str, asked: Asked = INTO, form: str = "") -> Look:
    (folder / "file.csv").write_text(text, encoding="utf-8")
    return look(book, read_file(folder / "file.csv", asked.hints, form), asked)


# Laws.


def test_a_look_writes_nothing(book: BookStore, tmp_path: Path) -> None:
    before = book.head(), (tmp_path / "book.db").read_bytes()
    found = seen(book, tmp_path, ACTIVITY)
    assert (found.entries, found.broken, found.faults) == (6, 0, ())
    assert (book.head(), (tmp_path / "book.db").read_bytes()) == before


def test_a_second_commit_books_nothing(book: BookStore, tmp_path: Path) -> None:
    first = taken(book, tmp_path, ACTIVITY)
    assert (first.rows, first.entries, first.instruments) == (6, 6, 2)
    head = book.head()
    again = taken(book, tmp_path, ACTIVITY)
    assert (again.rows, again.entries, again.head) == (0, 0, head)
    assert book.head() == head


def test_an_overlapping_file_books_what_is_new(book: BookStore, tmp_path: Path) -> None:
    taken(book, tmp_path, ACTIVITY)
    more = taken(book, tmp_path, ACTIVITY + "2010-05-03,buy,SPY,1,100,,,\n")
    assert (more.rows, more.entries, more.instruments) == (1, 1, 0)


def test_a_row_that_was_imported_stays_so_when_its_entry_is_cancelled(book: BookStore, tmp_path: Path) -> None:
    taken(book, tmp_path, ACTIVITY)
    assert sorted(book.imported("A07").values()) == list(range(6))
    cancel(book, "A07", 5, "the broker took it back", BY)
    assert taken(book, tmp_path, ACTIVITY).entries == 0


# Broken rows.

BROKEN = ACTIVITY + "2010-05-03,buy,SPY,many,100,,,\n"


def test_a_broken_row_stops_a_commit_unless_it_is_left_out(book: BookStore, tmp_path: Path) -> None:
    head = book.head()
    with pytest.raises(DataError, match=r"1 of 7 rows cannot be booked.*--skip-broken. Nothing was written"):
        taken(book, tmp_path, BROKEN)
    assert book.head() == head
    done = taken(book, tmp_path, BROKEN, skip_broken=True)
    assert (done.entries, done.left_out) == (6, 1)


def test_what_the_book_could_not_be_folded_with_stops_a_commit_at_its_line(book: BookStore, tmp_path: Path) -> None:
    text = f"{HEADER}\n2010-01-05,buy,SPY,10,100,,,\n2010-01-06,sell,SPY,30,100,,,\n"
    found = seen(book, tmp_path, text)
    assert [(one.line, one.text) for one in found.faults] == [(3, "30 units of SPY are sold, 10 are held")]
    head = book.head()
    with pytest.raises(DataError, match=r"file.csv:3 the account could not be: 30 units of SPY are sold, 10 are held"):
        commit(book, found, BY, skip_broken=True)
    assert book.head() == head
    # the purchase that was missing comes first: then it can be
    done = taken(book, tmp_path, f"{HEADER}\n2010-01-04,buy,SPY,20,99,,,\n" + text.removeprefix(HEADER + "\n"))
    assert done.entries == 3


def test_a_sale_backdated_before_its_purchase_is_found(book: BookStore, tmp_path: Path) -> None:
    taken(book, tmp_path, f"{HEADER}\n2010-01-05,buy,SPY,10,100,,,\n2010-02-01,sell,SPY,10,100,,,\n")
    found = seen(book, tmp_path, f"{HEADER}\n2010-01-20,sell,SPY,1,100,,,\n")
    assert found.faults[0].text == "10 units of SPY are sold, 9 are held"
    assert found.faults[0].line == 0  # the row that breaks is one of the book
    with pytest.raises(DataError, match="the account could not be"):
        commit(book, found, BY)


def test_somebody_else_wrote_between_the_look_and_the_commit(book: BookStore, tmp_path: Path) -> None:
    found = seen(book, tmp_path, ACTIVITY)
    open_account(book, Account("C1", "Schmidt"), BY)
    with pytest.raises(Busy, match=r"somebody else has written since the book was read.*Nothing was written"):
        commit(book, found, BY)
    assert book.count("A07") == 0


# What the user says.


def test_columns_are_mapped_by_hand(book: BookStore, tmp_path: Path) -> None:
    text = 'Day,What,Stueckzahl,Preis pro,Papier\n2010-01-05,Kauf,10,"100,5",SPY\n'
    hints = Hints(
        columns={"date": "Day", "kind": "What", "units": "Stueckzahl", "price": "Preis pro", "symbol": "Papier"}, comma=True
    )
    found = seen(book, tmp_path, text, Asked({"": "A07"}, hints=hints))
    commit(book, found, BY)
    assert book.purses("A07") == {"USD": Decimal(-1005)}
    with pytest.raises(ParameterError, match="no field 'unit'"):
        seen(book, tmp_path, text, Asked({"": "A07"}, hints=Hints(columns={"unit": "Day"})))


def test_a_source_with_several_accounts_wants_to_be_told_which_is_which(book: BookStore, tmp_path: Path) -> None:
    text = "account,date,type,symbol,units,price\nU1,2010-01-05,buy,SPY,1,10\nU2,2010-01-05,buy,SPY,2,10\n"
    with pytest.raises(UsageError, match=r"speaks of 2 accounts: U1, U2. Say which is which: --account U1=OURS"):
        seen(book, tmp_path, text)
    with pytest.raises(UsageError, match="it is not said which account 'U2' is"):
        seen(book, tmp_path, text, Asked({"U1": "A07"}))
    with pytest.raises(UsageError, match="there is no account 'A7' in the book"):
        seen(book, tmp_path, text, Asked({"U1": "A7"}))
    commit(book, seen(book, tmp_path, text, Asked({"U1": "A07", "U2": "B1"})), BY)
    assert (book.holdings("A07"), book.holdings("B1")) == ({0: Decimal(1)}, {0: Decimal(2)})


def test_an_unknown_form_and_a_missing_file_are_refused_with_what_to_do(book: BookStore, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no format is known.*--map units=Shares"):
        seen(book, tmp_path, "hello\nworld\n")
    with pytest.raises(UsageError, match=r"there is no format 'excel'. One of: trimtab, ofx"):
        seen(book, tmp_path, ACTIVITY, form="excel")
    with pytest.raises(UsageError, match=r"cannot read .*nix.csv"):
        read_file(tmp_path / "nix.csv")


def test_one_row_that_posts_two_entries_is_known_again(book: BookStore, tmp_path: Path) -> None:
    text = "date,type,symbol,amount,tax\n2010-04-01,dividend,SPY,100,15\n"
    assert taken(book, tmp_path, text).entries == 2
    assert taken(book, tmp_path, text).entries == 0
    assert len(entries_of(book, ["A07"])["A07"]) == 2


# A database.


def test_a_query_is_read_like_a_table_and_only_read(book: BookStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "broker.db")) as made, made:
        made.execute("CREATE TABLE trades (date TEXT, type TEXT, symbol TEXT, units REAL, price REAL)")
        made.execute("INSERT INTO trades VALUES ('2010-01-05', 'buy', 'SPY', 10.5, 100.1)")
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    found = look(book, read_query(url, "SELECT * FROM trades"), Asked({"": "A07"}))
    assert (found.read.form, dict(found.read.columns.fields)["units"] if found.read.columns else "") == ("query", "units")
    commit(book, found, BY)
    assert book.holdings("A07") == {0: Decimal("10.5")}
    assert commit(book, look(book, read_query(url, "SELECT * FROM trades"), Asked({"": "A07"})), BY).entries == 0
    with pytest.raises(UsageError, match="does not begin with SELECT"):
        read_query(url, "DELETE FROM trades")
    with pytest.raises(UsageError, match="carries a password") as caught:
        read_query("postgresql://me:geheim@host/db", "SELECT 1")
    assert "geheim" not in str(caught.value)
