"""What may be voted on: numbers that stay, what is open, and what is done with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.database.events import AccountOpened, Note
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.core.households import Account
from trimtab.desk.committee_proposals import Proposal, concerning, moves_words, proposal_in, proposals_of, to_vote
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.process_notes import CHANGED, COMMITTED, OVERRIDE, OVERRIDE_ENDED, PROMOTED, REQUESTED, SIGNED

NOON = np.datetime64("2018-04-10T12:00:00")
TODAY = date(2018, 4, 10)
OLD, NEW = "a" * 64, "b" * 64
PAIR = {"old": OLD, "new": NEW, "names": ["mine", "newer"], "cause": "data error", "why": "prices were wrong"}
SHIFTED = {"begins": "2018-04-01", "ends": "2018-05-01", "shifts": {"SPY": "0.05"}, "holds": ["TLT"], "why": "earnings"}


def committed(sha: str, name: str = "mine") -> Note:
    body = {"sha256": sha, "name": name, "hypothesis": f"{name} goes on", "expectations": "", "own_code": {}}
    return Note(COMMITTED, body)


def promoted(sha: str, was: str, now: str) -> Note:
    return Note(PROMOTED, {"sha256": sha, "name": "mine", "from": was, "to": now})


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with BookStore.create(tmp_path / "book.db", recorded=NOON, author="anna") as made:
        made.append([AccountOpened(Account("A07", "Mueller"))], recorded=NOON, author="anna")
        yield made


def written(book: BookStore, *notes: Note, by: str = "anna") -> dict[str, Proposal]:
    book.append(list(notes), recorded=NOON, author=by)
    return {one.number: one for one in proposals_of(book, TODAY)}


def test_a_change_waits_for_signatures_whatever_the_vote(book: BookStore) -> None:
    """Ten days of cooling-off from 10 April end on the 20th; ninety more, and the request lapses on 19 July."""
    follows = Note(FOLLOWS, {"policy": "mine.yaml", "sha256": OLD, "name": "mine"}, "A07")
    one = written(book, follows, Note(REQUESTED, {"id": "C-1", **PAIR}))["P-1"]
    assert one.open
    assert one.what == f"C-1: mine ({OLD[:12]}) gives way to newer ({NEW[:12]}), data error"
    assert (one.why, one.by, one.until) == ("prices were wrong", "anna", date(2018, 7, 19))
    assert one.needs == ("the cooling-off ends on 2018-04-20", "signed by nobody yet")
    signed = written(book, Note(SIGNED, {"id": "C-1"}), by="ben")["P-1"]
    assert signed.needs[1] == "signed by ben"
    assert not next(iter(proposals_of(book, date(2018, 7, 20)))).open


def test_a_change_that_every_account_has_made_is_done_with(book: BookStore) -> None:
    follows = Note(FOLLOWS, {"policy": "mine.yaml", "sha256": OLD, "name": "mine"}, "A07")
    assert written(book, follows, Note(REQUESTED, {"id": "C-1", **PAIR}))["P-1"].open
    moved = Note(FOLLOWS, {"policy": "new.yaml", "sha256": NEW, "name": "newer"}, "A07")
    assert not written(book, Note(CHANGED, {"id": "C-1", "old": OLD, "new": NEW}, "A07"), moved)["P-1"].open


def test_each_step_of_a_policy_is_a_proposal_of_its_own_until_it_is_taken(book: BookStore) -> None:
    one = written(book, committed(OLD))
    assert one["P-1"].what == f"promote mine ({OLD[:12]}) from draft to candidate"
    two = written(book, promoted(OLD, "draft", "candidate"), promoted(OLD, "candidate", "paper"))
    assert [each.open for each in two.values()] == [False, False, True]
    assert two["P-3"].what.endswith("from paper to live")
    assert two["P-3"].why == "mine goes on"
    three = written(book, promoted(OLD, "paper", "live"))
    assert [each.open for each in three.values()] == [False, False, False]


def test_an_override_is_renewed_before_it_ends_and_not_after(book: BookStore) -> None:
    one = written(book, Note(OVERRIDE, {"id": "O-1", **SHIFTED}, "A07"))["P-1"]
    assert one.what == "renew override O-1 of A07 (SPY +5.0 %, TLT held), which ends on 2018-05-01"
    assert [each.number for each in to_vote((one,), date(2018, 9, 30))] == ["P-1"]
    assert not list(to_vote((one,), date(2018, 4, 30)))
    assert proposals_of(book, date(2018, 5, 1))[0].open
    assert not proposals_of(book, date(2018, 5, 2))[0].open
    assert not written(book, Note(OVERRIDE_ENDED, {"id": "O-1", "on": "2018-04-09", "why": "enough"}, "A07"))["P-1"].open
    assert moves_words({"shifts": {"A": "-0.025"}}) == "A -2.5 %"


def test_accounts_are_asked_of_their_own_overrides_and_of_policies_that_not_only_others_follow(book: BookStore) -> None:
    """A07 follows one policy, C1 another, D1 that of A07 too; the newer one is followed by nobody."""
    third = "c" * 64
    book.append([AccountOpened(Account(one, one)) for one in ("C1", "D1")], recorded=NOON, author="anna")
    for account, sha in (("A07", OLD), ("C1", third), ("D1", OLD)):
        book.append([Note(FOLLOWS, {"policy": "p.yaml", "sha256": sha, "name": "p"}, account)], recorded=NOON, author="anna")
    shifts = [Note(OVERRIDE, {"id": f"O-{account}", **SHIFTED}, account) for account in ("A07", "C1")]
    every = written(book, committed(OLD), committed(third), committed(NEW), *shifts, Note(REQUESTED, {"id": "C-1", **PAIR}))
    assert len(every) == 6

    def asked(*places: str) -> list[str]:
        return [one.number for one in concerning(book, places, every.values())]

    assert asked("A07") == ["P-1", "P-3", "P-4", "P-6"]
    assert asked("C1") == ["P-2", "P-3", "P-5"]
    assert asked("D1") == ["P-1", "P-3", "P-6"]
    assert asked("A07", "C1", "D1") == list(every)


def test_an_unknown_number_names_those_that_are_open(book: BookStore) -> None:
    with pytest.raises(UsageError, match="no proposal 'P-1'") as refused:
        proposal_in(book, "P-1", TODAY)
    assert refused.value.remedy == "Open are: none."
    written(book, committed(OLD), committed(NEW, "newer"))
    assert proposal_in(book, "p-2", TODAY).number == "P-2"
    with pytest.raises(UsageError) as refused:
        proposal_in(book, "P-14", TODAY)
    assert refused.value.remedy == "Open are: P-1, P-2."


KINDS: Mapping[str, Any] = {
    "commit": lambda k: committed(f"{k:064x}"),
    "override": lambda k: Note(OVERRIDE, {"id": f"O-{k}", **SHIFTED}, "A07"),
    "change": lambda k: Note(REQUESTED, {"id": f"C-{k}", **PAIR}),
    "promote": lambda k: promoted(f"{k:064x}", "draft", "candidate"),
    "other": lambda _: Note("looked", {}, "A07"),
}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=9))
def test_a_number_is_never_given_to_something_else(kinds: list[str]) -> None:
    """After each note, every proposal of before has its number, words and record still."""
    with TemporaryDirectory() as folder, BookStore.create(f"{folder}/book.db", recorded=NOON, author="anna") as book:
        book.append([AccountOpened(Account("A07", "Mueller"))], recorded=NOON, author="anna")
        before: dict[str, int] = {}
        for k, kind in enumerate(kinds):
            after = {one.number: one.record for one in written(book, KINDS[kind](k)).values()}
            assert before.items() <= after.items()
            before = after
        assert len(before) == sum(kind != "other" for kind in kinds)
        assert list(before) == [f"P-{k}" for k in range(1, len(before) + 1)]
