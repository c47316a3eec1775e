"""Minutes of a committee: votes and dates that are read, what the journal keeps, and what is to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.database.events import AccountOpened, Note
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.households import Account
from trimtab.desk.books import Signature
from trimtab.desk.committee_proposals import Proposal, proposal_in
from trimtab.desk.minutes import Decided, Minutes, Vote, minutes_of, record_minutes, revisit_of, to_revisit, vote_of
from trimtab.desk.process_notes import COMMITTED, OVERRIDE, OVERRIDE_ENDED

NOON = np.datetime64("2018-04-10T12:00:00")
BY = Signature("anna", NOON)
SHA = "5" * 64


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    """A book in which one policy is committed, and one override is in force: P-1 and P-2."""
    with BookStore.create(tmp_path / "book.db", recorded=NOON, author="anna") as made:
        body = {"sha256": SHA, "name": "mine", "hypothesis": "trends go on", "expectations": "0" * 64, "own_code": {}}
        shift = {"id": "O-1", "begins": "2018-04-01", "ends": "2018-05-01", "shifts": {"SPY": "0.05"}, "holds": [], "why": "w"}
        made.append(
            [AccountOpened(Account("A07", "Mueller")), Note(COMMITTED, body), Note(OVERRIDE, shift, "A07")],
            recorded=NOON,
            author="ben",
        )
        yield made


def decided(**said: str) -> Decided:
    plain = {"proposal": "P-1", "vote": "4:1", "why": "it did as it said", "revisit": "2018-10", "pack": "a" * 64}
    return Decided(**(plain | said))


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_vote_is_carried_by_more_than_half_of_those_who_voted(yes: int, no: int) -> None:
    if not yes + no:
        return
    found = vote_of(f" {yes} : {no} ")
    assert (found.yes, found.no, found.carried) == (yes, no, 2 * yes > yes + no)
    assert vote_of(found.words.partition(",")[0]) == found


@pytest.mark.parametrize("written", ["", "4", "4-1", "4:", ":1", "four:one", "4:1:0", "-4:1", "4.5:1", "1000:1", "0:0"])
def test_what_is_no_vote_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(UsageError) as refused:
        vote_of(written)
    assert "4:1" in refused.value.remedy


@given(st.dates(date(2018, 1, 1), date(2099, 12, 30)))
def test_a_month_is_looked_at_again_by_its_last_day_and_never_before_today(when: date) -> None:
    found = revisit_of(f"{when:%Y-%m}", date(2017, 12, 31))
    assert (found.year, found.month) == (when.year, when.month)
    assert (found + timedelta(days=1)).day == 1
    assert revisit_of(when.isoformat(), date(2017, 12, 31)) == when
    with pytest.raises(UsageError, match="is over"):
        revisit_of(when.isoformat(), when)


@pytest.mark.parametrize("written", ["", "2018", "2018-13", "2018-02-30", "soon", "2018-4"])
def test_what_is_no_date_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(UsageError, match="no month and no date"):
        revisit_of(written, date(2018, 1, 1))


def test_minutes_stand_in_a_journal_that_verifies(book: BookStore) -> None:
    made = record_minutes(book, decided(attended=("anna", "ben", " ", "carl", "Anna\u200b", "d", "e")), BY)  # type: ignore[arg-type]
    assert (made.proposal, made.vote, made.by, made.recorded) == ("P-1", Vote(4, 1), "anna", date(2018, 4, 10))
    assert (made.what, made.revisit) == (f"promote mine ({SHA[:12]}) from draft to candidate", date(2018, 10, 31))
    assert made.attended == ("anna", "ben", "carl", "d", "e")
    assert minutes_of(book) == (made,)
    verdict = verify(book.session)
    assert not verdict.findings
    assert verdict.head == book.head()


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"proposal": "P-3"}, "there is no proposal 'P-3'"),
        ({"proposal": "14"}, "there is no proposal '14'"),
        ({"proposal": ""}, "there is no proposal ''"),
        ({"why": "  "}, "minutes need a reason"),
        ({"attended": ("anna", "ben")}, "5 voted, and 2 attended"),
        ({"head": "f" * 64}, "another book"),
        ({"revisit": "2018-03"}, "is over"),
    ],
)
def test_what_cannot_be_decided_writes_nothing(book: BookStore, said: dict[str, str], what: str) -> None:
    before = book.head()
    with pytest.raises(UsageError, match=what):
        record_minutes(book, decided(**said), BY)
    assert book.head() == before


def test_what_is_done_with_is_not_voted_on(book: BookStore) -> None:
    later = Signature("anna", np.datetime64("2018-05-02T12:00:00"))  # the override ended on 1 May
    with pytest.raises(UsageError, match="P-2 is done with: renew override O-1"):
        record_minutes(book, decided(proposal="p2"), later)
    assert record_minutes(book, decided(proposal="p-02"), BY).proposal == "P-2"


def test_the_pack_of_this_book_is_taken(book: BookStore) -> None:
    assert record_minutes(book, decided(head=book.head()), BY).pack == "a" * 64


def test_what_others_write_meanwhile_is_seen_before_anything_is_decided(
    book: BookStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The override is ended while the proposal is read: the vote would be on what is gone."""

    def meddled(store: BookStore, number: str, today: date) -> Proposal:
        found = proposal_in(store, number, today)
        with BookStore.open(tmp_path / "book.db") as other:
            body = {"id": "O-1", "on": "2018-04-09", "why": "enough"}
            other.append([Note(OVERRIDE_ENDED, body, "A07")], recorded=NOON, author="ben")
        return found

    monkeypatch.setattr("trimtab.desk.minutes.proposal_in", meddled)
    with pytest.raises(TrimtabError):
        record_minutes(book, decided(proposal="P-2"), BY)
    assert minutes_of(book) == ()


def test_the_last_word_on_a_proposal_is_what_is_looked_at_again() -> None:
    def said(record: int, proposal: str, revisit: date) -> Minutes:
        return Minutes(record, proposal, "", Vote(1, 0), "why", revisit, "", "anna", date(2018, 1, 1))

    every = (said(1, "P-1", date(2018, 3, 1)), said(2, "P-2", date(2018, 2, 1)), said(3, "P-1", date(2018, 9, 1)))
    assert [one.record for one in to_revisit(every, date(2018, 6, 1))] == [2]
    assert [one.record for one in to_revisit(every, date(2018, 9, 1))] == [2, 3]
    assert to_revisit(every, date(2018, 1, 31)) == ()
