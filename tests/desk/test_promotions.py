"""From draft to live in a book: commitments are kept for good, and each stage is come to by what is really there."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.own_signal_worlds import loaded, put_own
from tests.promoted import moved, put_at, validated
from tests.surfaces.cli.desk_folder import POLICY, put, table
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ApprovalRequired, DataError, UsageError
from trimtab.core.households import Account
from trimtab.desk.books import Signature, open_account
from trimtab.desk.expected import place_of
from trimtab.desk.load import load_policy
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Approval, Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.process_notes import COMMITTED, PROMOTED, WAIVED
from trimtab.desk.promotions import (
    Promoted,
    Step,
    commit,
    commitment_of,
    promote,
    since,
    stage_now,
    stage_of,
    standing,
)
from trimtab.desk.staged import Watch, course_of
from trimtab.desk.trial_code import code_of
from trimtab.governance.promotion import Stage, missing
from trimtab.numerics.resampling import Futures
from trimtab.surfaces.expecting import write_expectations

WHY = "Trends persist, as investors react late."
BEGIN = "2026-01-15T21:00:00"
ENDS = ("2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29", "2026-06-30")


@dataclass
class Desk:
    """A workspace with a policy of which something is expected, and a book."""

    folder: Path
    policy: Policy
    book: BookStore

    def by(self, who: str, at: str = BEGIN) -> Signature:
        return Signature(who, np.datetime64(at, "s"))

    def commits(self, who: str = "ann", words: str = WHY) -> None:
        commit(self.book, self.folder, self.policy, words, self.by(who))

    def to(self, stage: Stage, who: str = "ben", at: str = BEGIN, **reasons: str) -> Promoted:
        return promote(self.book, self.folder, self.policy, Step(stage, **reasons), self.by(who, at))

    def on_paper(self) -> None:
        self.commits()
        self.to(Stage.CANDIDATE)
        validated(self.folder, self.policy)
        self.to(Stage.PAPER)

    def decides(self, *sessions: str, policy: str = "", late: int = 0) -> None:
        for when in sessions:
            body = {"policy": policy or self.policy.sha256, "when": when, "batch": f"{when}/1"}
            at = np.datetime64(f"{when}T23:00:00", "s") + np.timedelta64(late, "D")
            self.book.append([Note(KIND, body, "A07")], recorded=at, author="desk")

    @property
    def stage(self) -> Stage:
        return stage_of(self.book, self.policy.sha256)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy, prices, and what is expected: drawn once for all of these tests."""
    folder = put(tmp_path_factory.mktemp("launch") / "desk", table(400))
    write_expectations(load_policy(folder / "policy.yaml"), folder, load_market, Futures(1, 1, 20))
    return folder


@pytest.fixture
def desk(expected: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(expected, tmp_path / "desk")
    folder = tmp_path / "desk"
    with BookStore.create(folder / "book.db", recorded=np.datetime64(BEGIN, "s"), author="ann") as book:
        open_account(book, Account("A07", "Mueller"), Signature("ann", np.datetime64(BEGIN, "s")))
        yield Desk(folder, load_policy(folder / "policy.yaml"), book)


def refusal(desk: Desk, stage: Stage, who: str = "ben", at: str = BEGIN, **reasons: str) -> str:
    """What is said where it is refused; and that nothing was written."""
    before = desk.book.head()
    with pytest.raises(ApprovalRequired) as caught:
        desk.to(stage, who, at, **reasons)
    assert caught.value.exit_code == 5
    assert desk.book.head() == before
    assert "trimtab policy" in caught.value.remedy
    return caught.value.what


# Commitment.


def test_a_commitment_holds_who_when_what_is_expected_and_why(desk: Desk) -> None:
    desk.commits()
    found = commitment_of(desk.book, desk.policy.sha256)
    assert found is not None
    assert (found.by, found.day, found.hypothesis, found.name) == ("ann", date(2026, 1, 15), WHY, "mine")
    assert len(found.expectations) == 64
    assert desk.stage is Stage.DRAFT
    kept = [one.body["sha256"] for one in notes(desk.book, "policy")]
    assert kept == [desk.policy.sha256]


def test_the_same_once_more_changes_nothing_and_other_words_are_refused(desk: Desk) -> None:
    desk.commits()
    before = desk.book.head()
    desk.commits("ben", f"  {WHY}  ")
    assert desk.book.head() == before
    with pytest.raises(UsageError, match="was committed by ann on 2026-01-15 with other words"):
        desk.commits("ann", "Value pays, as the cheap is feared.")
    assert len(notes(desk.book, COMMITTED)) == 1


@pytest.mark.parametrize("words", ["", "  ", "up", "it goes up"])
def test_without_a_hypothesis_nothing_is_committed(desk: Desk, words: str) -> None:
    with pytest.raises(UsageError, match="hypothesis"):
        desk.commits(words=words)
    assert commitment_of(desk.book, desk.policy.sha256) is None


def test_nobody_does_not_commit_nor_promote(desk: Desk) -> None:
    with pytest.raises(UsageError, match="nobody commits"):
        desk.commits(" ")
    desk.commits()
    assert "nobody says that it moves" in refusal(desk, Stage.CANDIDATE, " ")


def test_what_is_expected_is_written_down_first(desk: Desk) -> None:
    place = place_of(desk.folder, desk.policy.sha256)
    text = place.read_text(encoding="utf-8")
    place.unlink()
    with pytest.raises(UsageError, match="nothing is written down of what mine"):
        desk.commits()
    place.write_text(text[:100], encoding="utf-8")
    with pytest.raises(DataError, match="no JSON"):
        desk.commits()


@pytest.mark.parametrize("edit", ["changed", "gone"])
def test_expectations_that_were_changed_after_the_fact_are_noticed_at_every_promotion(desk: Desk, edit: str) -> None:
    desk.on_paper()
    place = place_of(desk.folder, desk.policy.sha256)
    text = place.read_text(encoding="utf-8")
    if edit == "gone":
        place.unlink()
    else:
        place.write_text(text.replace("0.05", "0.04", 1), encoding="utf-8")
    words = "is not in" if edit == "gone" else "was changed after it was committed"
    assert words in refusal(desk, Stage.LIVE, at="2027-01-15T21:00:00")
    desk.to(Stage.DRAFT, reason="back it goes")  # downward nothing is asked for but a reason


# Promotion.


def test_candidate_paper_live(desk: Desk) -> None:
    """Six decisions, each recorded on its evening; live from 15 July on, to the day."""
    assert "nobody has committed it" in refusal(desk, Stage.CANDIDATE)
    desk.commits()
    assert "one stage at a time: after draft comes candidate" in refusal(desk, Stage.PAPER)
    assert desk.to(Stage.CANDIDATE).now is Stage.CANDIDATE
    assert "it has not been validated as it stands" in refusal(desk, Stage.PAPER)
    validated(desk.folder, desk.policy)
    assert desk.to(Stage.PAPER).done
    desk.decides(*ENDS)
    assert "end on 2026-07-15" in refusal(desk, Stage.LIVE, at="2026-07-14T23:59:59")
    desk.to(Stage.LIVE, at="2026-07-15T00:00:00")
    assert desk.stage is Stage.LIVE
    days = [since(desk.book, desk.policy.sha256, stage) for stage in Stage]
    assert days == [date(2026, 1, 15)] * 3 + [date(2026, 7, 15)]


@pytest.mark.parametrize(
    ("more", "gap"),
    [({}, ""), ({"late": 10}, ""), ({"late": 11}, "2026-01, 2026-02"), ({"policy": "0" * 64}, "2026-01, 2026-02")],
)
def test_decisions_count_where_they_are_of_this_policy_and_written_down_in_time(
    desk: Desk, more: dict[str, object], gap: str
) -> None:
    """Six months of decisions that are written down in one evening are none."""
    desk.on_paper()
    desk.decides(*ENDS, **more)  # type: ignore[arg-type]
    at = "2026-07-15T09:00:00"
    if gap:
        assert gap in refusal(desk, Stage.LIVE, at=at)
    else:
        assert desk.to(Stage.LIVE, at=at).done


def test_a_validation_that_fails_is_accepted_with_a_reason_that_is_kept(desk: Desk) -> None:
    desk.commits()
    desk.to(Stage.CANDIDATE)
    file = validated(desk.folder, desk.policy, ["few episodes", "data snooping"])
    assert "its validation fails (few episodes, data snooping)" in refusal(desk, Stage.PAPER)
    assert "its validation fails" in refusal(desk, Stage.PAPER, reason="a reason of another kind")
    desk.to(Stage.PAPER, accept="a short history, a small account")
    body = notes(desk.book, PROMOTED)[-1].body
    assert body["validation"]["failed"] == ["few episodes", "data snooping"]
    assert body["validation"]["run"] == file.parent.name
    assert body["accepted"] == "a short history, a small account"


def test_the_newest_validation_of_this_very_policy_counts(desk: Desk) -> None:
    desk.commits()
    desk.to(Stage.CANDIDATE)
    other = load_policy(put(desk.folder / "other", policy=POLICY.replace("3M", "4M")) / "policy.yaml")
    validated(desk.folder, other, run="c" * 12)
    assert "it has not been validated as it stands" in refusal(desk, Stage.PAPER)
    for run, failed, at in (("d" * 12, (), 1e9), ("b" * 12, ("few episodes",), 2e9)):
        os.utime(validated(desk.folder, desk.policy, failed, run=run), (at, at))
    assert "few episodes" in refusal(desk, Stage.PAPER)
    os.utime(desk.folder / "runs" / ("d" * 12) / "validation.json", (3e9, 3e9))
    desk.to(Stage.PAPER)


@pytest.mark.parametrize("name", ["validation.json", "run.json"])
def test_a_damaged_validation_is_one_clear_line(desk: Desk, name: str) -> None:
    desk.commits()
    desk.to(Stage.CANDIDATE)
    file = validated(desk.folder, desk.policy)
    (file.parent / name).write_text("{", encoding="utf-8")
    with pytest.raises((DataError, UsageError), match="damaged") as caught:
        desk.to(Stage.PAPER)
    assert len(str(caught.value).splitlines()) == 1
    file.write_text(json.dumps({"form": "other"}), encoding="utf-8")
    assert desk.stage is Stage.CANDIDATE


def test_with_four_eyes_somebody_else_promotes(desk: Desk) -> None:
    desk.policy = replace(desk.policy, approval=Approval(four_eyes=True))
    desk.commits()
    desk.to(Stage.CANDIDATE, "ann")
    validated(desk.folder, desk.policy)
    assert "somebody else has to promote it (four eyes)" in refusal(desk, Stage.PAPER, "Ann")
    desk.to(Stage.PAPER, "ben")


# Waivers.


def test_two_people_waive_the_months_and_the_second_one_moves_it(desk: Desk) -> None:
    desk.on_paper()
    assert "ANN committed mine and does not waive" in refusal(desk, Stage.LIVE, " ANN", waive="ready")
    first = desk.to(Stage.LIVE, "ben", waive="watched elsewhere")
    assert (first.done, desk.stage) == (False, Stage.PAPER)
    assert "ben has waived" in refusal(desk, Stage.LIVE, "ben", waive="once more").lower()
    assert "1 did" in refusal(desk, Stage.LIVE, "carl")
    second = desk.to(Stage.LIVE, "carl", waive="so have I")
    assert (second.done, desk.stage) == (True, Stage.LIVE)
    waived = notes(desk.book, PROMOTED)[-1].body["waived"]
    assert waived == [{"who": "ben", "why": "watched elsewhere"}, {"who": "carl", "why": "so have I"}]


def test_a_signature_is_used_up_by_the_next_move(desk: Desk) -> None:
    desk.on_paper()
    desk.to(Stage.LIVE, "ben", waive="watched elsewhere")
    desk.to(Stage.LIVE, "carl", waive="so have I")
    desk.to(Stage.PAPER, "ann", reason="a flaw was found")
    assert "end on 2026-07-15" in refusal(desk, Stage.LIVE)
    assert not desk.to(Stage.LIVE, "ben", waive="mended").done
    assert len(notes(desk.book, WAIVED)) == 3


def test_nothing_but_the_months_is_waived(desk: Desk) -> None:
    desk.on_paper()
    place_of(desk.folder, desk.policy.sha256).unlink()
    assert "what was expected of it is not in" in refusal(desk, Stage.LIVE, waive="ready")
    for stage, reasons in ((Stage.PAPER, {"waive": "x"}), (Stage.LIVE, {"accept": "x"})):
        with pytest.raises(UsageError, match="goes with"):
            desk.to(stage, **reasons)


# Back, and edited code.


def test_what_is_taken_back_stops_at_once_and_begins_anew(desk: Desk) -> None:
    desk.on_paper()
    assert "going back to draft needs a reason" in refusal(desk, Stage.DRAFT)
    Watch(desk.book).require([desk.policy], Stage.PAPER)
    desk.to(Stage.DRAFT, reason="retired")
    with pytest.raises(ApprovalRequired, match="is at the stage draft: its orders go to a broker on paper only from the stage"):
        Watch(desk.book).require([desk.policy], Stage.PAPER)
    assert since(desk.book, desk.policy.sha256, Stage.PAPER) is None
    assert course_of(desk.book, desk.policy.sha256).reached is Stage.PAPER
    for stage in (Stage.CANDIDATE, Stage.PAPER):
        desk.to(stage, at="2026-03-01T09:00:00")
    assert since(desk.book, desk.policy.sha256, Stage.PAPER) == date(2026, 3, 1)


def test_the_months_on_paper_begin_anew_when_it_comes_back_from_live(desk: Desk) -> None:
    at = np.datetime64(BEGIN, "s")
    put_at(desk.book, desk.policy, at=at)
    moved(desk.book, desk.policy, Stage.LIVE, Stage.PAPER, at=at + np.timedelta64(40, "D"))
    assert since(desk.book, desk.policy.sha256, Stage.PAPER) == date(2026, 2, 24)
    assert since(desk.book, desk.policy.sha256, Stage.CANDIDATE) == date(2026, 1, 15)
    assert since(desk.book, desk.policy.sha256, Stage.LIVE) is None


def test_edited_code_of_ones_own_is_a_draft_until_it_is_committed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put_own(tmp_path / "own", monkeypatch)
    (folder / "prices" / "prices.csv").write_text("\n".join(table(400)) + "\n", encoding="utf-8")
    policy = loaded(folder)
    with BookStore.create(folder / "book.db", recorded=np.datetime64(BEGIN, "s"), author="ann") as book:
        put_at(book, policy, at=np.datetime64(BEGIN, "s"))
        Watch(book).require([policy], Stage.LIVE)
        (folder / "own_side.py").write_text((folder / "own_side.py").read_text().replace("always", "ever"))
        edited = loaded(folder)
        assert edited.sha256 == policy.sha256
        assert code_of(edited)
        assert (stage_now(book, edited), stage_of(book, edited.sha256)) == (Stage.DRAFT, Stage.LIVE)
        with pytest.raises(ApprovalRequired, match="at the stage draft"):
            Watch(book).require([edited], Stage.PAPER)
        found = standing(book, folder, edited)
        wanted = missing(Stage.CANDIDATE, found.evidence, date(2026, 1, 15))
        assert wanted == ("its owner's code was edited after it was committed: commit to it again",)
        write_expectations(edited, folder, load_market, Futures(1, 1, 5))
        commit(book, folder, edited, WHY, Signature("ann", np.datetime64(BEGIN, "s")))
        assert stage_of(book, edited.sha256) is Stage.DRAFT  # it begins anew


# Laws.


def test_what_is_taken_back_by_another_process_is_seen_before_the_next_order(desk: Desk) -> None:
    desk.on_paper()
    watch = Watch(desk.book)
    watch.require([desk.policy], Stage.PAPER)
    with BookStore.open(desk.folder / "book.db") as other:
        moved(other, desk.policy, Stage.PAPER, Stage.DRAFT, at=np.datetime64(BEGIN, "s"))
    with pytest.raises(ApprovalRequired):
        watch.require([desk.policy], Stage.PAPER)
    assert stage_of(desk.book, desk.policy.sha256) is Stage.DRAFT


steps = st.tuples(
    st.sampled_from(list(Stage)),
    st.sampled_from(["ann", "Ben", "ben", "carl"]),
    st.integers(0, 120),
    st.fixed_dictionaries({name: st.sampled_from(["", "why"]) for name in ("accept", "waive", "reason")}),
)


@settings(max_examples=15, deadline=None)
@given(some=st.lists(steps, max_size=12))
def test_whatever_is_tried_the_journal_shows_one_stage_at_a_time_each_with_its_evidence(
    expected: Path, some: list[tuple[Stage, str, int, dict[str, str]]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(expected, Path(place) / "desk"))
        with BookStore.create(folder / "book.db", recorded=np.datetime64(BEGIN, "s"), author="ann") as book:
            desk = Desk(folder, load_policy(folder / "policy.yaml"), book)
            desk.commits()
            validated(folder, desk.policy, ["few episodes"])
            at = np.datetime64(BEGIN, "s")
            for to, who, days, reasons in some:
                at += np.timedelta64(days, "D")
                with suppress(ApprovalRequired, UsageError):
                    desk.to(to, who, str(at), **reasons)
            for one in notes(book, PROMOTED):
                was, now = Stage(one.body["from"]), Stage(one.body["to"])
                assert now is was.next or (now < was and one.body["why"])
                assert now is not Stage.PAPER or now < was or one.body["accepted"]
                signers = {sign["who"].lower() for sign in one.body["waived"]}
                assert now is not Stage.LIVE or len(signers - {"ann"}) == 2  # nobody decided anything: no month is full


def test_other_code_makes_a_draft_and_no_account_forgets_that_it_was_held_to_the_old_one(desk: Desk) -> None:
    """A regression: whoever committed to edited code could follow any draft, without a change request."""
    at = np.datetime64(BEGIN, "s")
    put_at(desk.book, desk.policy, Stage.LIVE, at=at)
    sha256 = desk.policy.sha256
    body = {"sha256": sha256, "name": "x", "hypothesis": "the same once more", "expectations": "", "own_code": {"m": "1"}}
    desk.book.append([Note(COMMITTED, body)], recorded=at, author="anna")
    course = course_of(desk.book, desk.policy.sha256)
    assert (course.stage, course.reached) == (Stage.DRAFT, Stage.LIVE)
