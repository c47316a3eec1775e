"""Asset location from a file and from a book: the answers agree with the tax room, and every fault has its line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.desk.book_worlds import BY, HEADER, book_in, priced, taken
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.households import Account
from trimtab.desk.books import open_account, scope_of
from trimtab.desk.holdings import folded_scope
from trimtab.desk.locating import Located, located, location_in, location_of
from trimtab.desk.quoting import Quotes
from trimtab.desk.tax_law import Law

WHEN = date(2020, 12, 31)
RATES = {"short": 0.4, "long": 0.2, "ordinary": 0.4, "qualified": 0.2}
FILE = """\
sleeves:
  bonds:  {value: 50, yields: {ordinary: 0.05}}
  shares: {value: 50, yields: {qualified: 0.02}, growth: 0.05, realised: {long: 0.1}}
accounts:
  A07: {room: 50}
  B1:  {room: 50, wrapper: exempt}
"""


def asked(folder: Path, text: str) -> Located:
    (folder / "sleeves.yaml").write_text(text, encoding="utf-8")
    return located(location_in(str(folder / "sleeves.yaml"), Law(settings=RATES).regime("USD"), WHEN))


def test_a_file_by_hand(tmp_path: Path) -> None:
    # Drag a unit: bonds 0.05 * 0.4 = 0.02, shares 0.02 * 0.2 + 0.05 * 0.1 * 0.2 = 0.005.
    # The same mix everywhere: half of each is taxed, 25 * 0.02 + 25 * 0.005 = 0.625. Bonds sheltered: 50 * 0.005 = 0.25.
    found = asked(tmp_path, FILE)
    assert [one.name for one in found.plans] == ["pro rata", "greedy", "linear programme"]
    assert [one.plan.drag for one in found.plans] == pytest.approx([0.625, 0.25, 0.25])
    assert [one.saves for one in found.plans] == pytest.approx([0.0, 0.375, 0.375])
    assert found.best.plan.amounts.tolist() == [pytest.approx([0.0, 50.0]), pytest.approx([50.0, 0.0])]


def test_what_is_barred_stays_out(tmp_path: Path) -> None:
    found = asked(tmp_path, FILE + "barred: {bonds: [B1]}\n")
    assert found.best.plan.drag == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("value: 50, yields: {ord", "value: many, yields: {ord", "sleeves.yaml:2:19 value is 'many', no number"),
        ("ordinary", "odrinary", "sleeves.yaml:2:"),
        ("room: 50}\n  B1", "rom: 50}\n  B1", "Did you mean room"),
        ("accounts", "acounts", "Did you mean accounts"),
        ("long: 0.1", "long: 1.1", "sleeves.yaml:3:"),
        ("room: 50}\n  B1", "room: 5}\n  B1", "is to be held where there is room for"),
    ],
)
def test_each_fault_has_its_place(old: str, new: str, fault: str, tmp_path: Path) -> None:
    assert old in FILE
    with pytest.raises(PolicyError) as caught:
        asked(tmp_path, FILE.replace(old, new, 1))
    assert fault in str(caught.value)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with book_in(tmp_path) as one:
        rows = ("2020-01-02,deposit,,,,100,,", "2020-01-03,buy,BND,50,1,,,", "2020-01-03,buy,VTI,50,1,,,")
        taken(one, tmp_path, "\n".join([HEADER, *rows]) + "\n")
        taken(one, tmp_path, f"{HEADER}\n2020-01-02,deposit,,,,100,,\n2020-01-03,buy,VTI,100,1,,,\n", "B1")
        yield one


def test_a_household_is_asked_with_what_it_holds(book: BookStore, tmp_path: Path) -> None:
    regime, scope = Law(settings=RATES).regime("USD"), scope_of(book, "Mueller")
    (tmp_path / "more.yaml").write_text("sleeves: {BND: {yields: {ordinary: 0.05}}, VTI: {yields: {qualified: 0.02}}}\n")
    quotes = Quotes.of(priced(tmp_path, "date,BND,VTI", "2020-12-31,2,2"))
    question = location_of(folded_scope(book, scope, regime), scope, WHEN, quotes, regime, str(tmp_path / "more.yaml"))
    # 100 of BND and 100 of VTI in A07, 200 of VTI in B1: BND belongs into B1
    assert {one.name: one.value for one in question.sleeves} == {"BND": 100.0, "VTI": 300.0}
    assert {one.name: one.capacity for one in question.places} == {"A07": 200.0, "B1": 200.0}
    found = located(question)
    assert found.best.plan.amounts.tolist() == [pytest.approx([0.0, 100.0]), pytest.approx([200.0, 100.0])]


def test_a_household_without_prices_or_in_two_currencies_is_refused(book: BookStore) -> None:
    regime, scope = Law(settings=RATES).regime("USD"), scope_of(book, "Mueller")
    with pytest.raises(DataError, match="A07 cannot be valued: no price of BND"):
        location_of(folded_scope(book, scope, regime), scope, WHEN, Quotes(), regime)
    open_account(book, Account("E1", "Mueller", currency="EUR"), BY)
    scope = scope_of(book, "Mueller")
    with pytest.raises(UsageError, match="are in several currencies"):
        location_of(folded_scope(book, scope, regime), scope, WHEN, Quotes(), regime)
