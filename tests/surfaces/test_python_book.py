"""The book in Python: the same answers as the command line, as tables with exact amounts."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

import trimtab
from tests.desk.book_worlds import ACTIVITY, priced
from tests.desk.test_practice import begun
from trimtab.accounting.database.refusals import NoBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.tax_law import Law

D = Decimal


@pytest.fixture
def book(tmp_path: Path) -> trimtab.Book:
    made = trimtab.Book.create(tmp_path / "book.db", by="ann")
    made.open_account("A07", "Mueller")
    (tmp_path / "activity.csv").write_text(ACTIVITY, encoding="utf-8")
    made.import_file(tmp_path / "activity.csv", "A07", commit_it=True)
    return made


def test_an_import_is_looked_at_then_committed_then_known(book: trimtab.Book, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(ACTIVITY + "2010-05-03,buy,SPY,many,1,,,\n", encoding="utf-8")
    found = book.import_file(tmp_path / "more.csv", "A07")
    assert found.committed is None
    assert found.counts == {"ready": 0, "broken": 1, "duplicate": 6, "left_out": 0}
    assert found.rows.loc[8, "status"] == "broken"
    assert found.rows.loc[2, "said"] == "it was imported before"
    with pytest.raises(DataError, match="cannot be booked"):
        book.import_file(tmp_path / "more.csv", "A07", commit_it=True)
    done = book.import_file(tmp_path / "more.csv", "A07", commit_it=True, skip_broken=True)
    assert done.committed is not None
    assert done.committed.entries == 0


def test_tables_hold_exact_amounts(book: trimtab.Book, tmp_path: Path) -> None:
    assert book.accounts.loc["A07", "household"] == "Mueller"
    place = priced(tmp_path, "date,SPY,TLT", "2010-12-01,84.5,104.25")
    positions = book.positions("A07", data=place, as_of="2010-12-01")
    assert positions.loc["SPY", "worth"] == D("7605.00")
    assert book.show("A07", data=place, as_of="2010-12-01").nav == D("18793.60")
    lots = book.lots("A07", "SPY", data=place, as_of="2010-12-01")
    assert lots["cost"].tolist() == [D("6006.60"), D("3035.05")]
    assert book.gains("A07", 2010)["disallowed"].tolist() == [D("154.05")]
    assert book.gains("A07", law=Law("none"))["disallowed"].tolist() == [0]
    assert book.flows()["amount"].tolist() == [20000]


def test_a_practice_book_is_written_by_its_own_clock_or_not_at_all(tmp_path: Path) -> None:
    """A regression: a copy of it elsewhere was written by the clock of this machine, years after its last record."""
    begun(tmp_path)
    book = trimtab.Book(tmp_path / "book.db", by="ann")
    book.open_account("A07", "Mueller")
    (tmp_path / "other").mkdir()
    copied = trimtab.Book(shutil.copy(tmp_path / "book.db", tmp_path / "other"), by="ann")
    with pytest.raises(UsageError, match=r"has no practice\.json"):
        copied.open_account("A08", "Mueller")
    assert copied.verify().sound
    with BookStore.open(tmp_path / "book.db") as store:
        assert {one.recorded[:10] for one in store.records()} == {"2018-01-31"}


def test_verify_and_refusals(book: trimtab.Book, tmp_path: Path) -> None:
    verdict = book.verify()
    assert verdict.sound
    assert book.verify(head=verdict.head).sound
    assert not book.verify(head="0" * 64).sound
    with pytest.raises(NoBook, match="exists already"):
        trimtab.Book.create(tmp_path / "book.db")
    with pytest.raises(NoBook, match="trimtab book init"):
        trimtab.Book(tmp_path / "nix.db").lots("A07")
    with pytest.raises(UsageError, match="Did you mean A07"):
        book.lots("A08")
    with pytest.raises(UsageError, match="is not a date"):
        book.lots("A07", as_of="today")
    with pytest.raises(UsageError, match="taxfree"):
        book.open_account("A09", "Mueller", wrapper="taxfree")


def test_empty_answers_are_empty_tables(book: trimtab.Book) -> None:
    assert len(book.gains("A07", 1999)) == 0
    book.open_account("B1", "Mueller")
    assert len(book.positions("B1")) == 0
