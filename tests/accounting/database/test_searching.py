"""Searching the journal finds what a walk through all of it finds, whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.database.events import AccountOpened, Note, Record, SleeveOpened
from trimtab.accounting.database.searching import Sought, choices, newer, of_place, older
from trimtab.accounting.database.store import BookStore
from trimtab.core.households import Account

AT = np.datetime64("2026-03-02T09:00:00")
PLACES, KINDS, AUTHORS = ("", "A07", "A07/BND", "A070"), ("one", "two"), ("anna", "ben")
HOSTILE = "' OR '1'='1"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BookStore]:
    folder = tmp_path_factory.mktemp("searched")
    BookStore.create(str(folder / "book.db"), recorded=AT, author="anna").close()
    with BookStore.open(str(folder / "book.db")) as made:
        made.append([*(AccountOpened(Account(name, "Mueller")) for name in ("A07", "A070"))], recorded=AT, author="anna")
        made.append([SleeveOpened("A07", "BND")], recorded=AT, author="anna")
        for k in range(24):
            note = Note(KINDS[k % 2], {"said": k}, PLACES[k % 4])
            made.append([note], recorded=AT, author=AUTHORS[k % 3 == 0])
        yield made


def fits(record: Record, sought: Sought) -> bool:
    """The obvious version."""
    place = not sought.account or record.place == sought.account or record.place.startswith(f"{sought.account}/")
    return place and sought.kind in ("", record.kind) and sought.author in ("", record.author)


texts = st.sampled_from(["", "A07", "A070", "anna", "ben", "note.one", "note.two", HOSTILE, "%", "A07/"])


@given(texts, texts, texts, st.integers(-3, 40), st.integers(1, 30))
def test_both_directions_find_what_a_walk_finds(
    book: BookStore, kind: str, account: str, author: str, number: int, count: int
) -> None:
    sought, every = Sought(kind, account, author), list(book.records(0))
    fitting = [one for one in every if fits(one, sought)]
    assert older(book.session, sought, number, count) == [one for one in reversed(fitting) if one.number <= number][:count]
    assert newer(book.session, sought, number, count) == [one for one in fitting if one.number >= number][:count]


def test_choices_and_the_records_of_a_place(book: BookStore) -> None:
    every = list(book.records(0))
    assert choices(book.session)["place"] == sorted({one.place for one in every} - {""})
    assert choices(book.session)["author"] == ["anna", "ben"]
    kinds = [kind for kind in choices(book.session)["kind"] if kind.endswith("one")]
    found = list(of_place(book.session, "A07", kinds))
    assert found == [one for one in every if one.place in ("A07", "") and one.kind in kinds]
    assert found
    assert list(of_place(book.session, HOSTILE, [HOSTILE])) == []
