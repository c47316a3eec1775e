"""Policies are committed to, and move from stage to stage: what is asked for is looked up, and the move is written down.

A commitment holds who, when, a written hypothesis, and the SHA-256 of what was expected, so that neither can be changed after
the fact. A move upward needs what governance/promotion.py asks for; each move is a note in the journal with its evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.accounting.database.events import Event, Note
from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ApprovalRequired, UsageError
from trimtab.core.persons import same_person
from trimtab.desk.books import Signature
from trimtab.desk.due import LOOKED
from trimtab.desk.expected import place_of
from trimtab.desk.foreseen import seen_expected
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import COMMITTED, PROMOTED, WAIVED
from trimtab.desk.proof import Proof, proof_of, unseen_proof
from trimtab.desk.proposing import keep_policies
from trimtab.desk.staged import (
    SHORT,
    Committed,
    Course,
    commitment_of,
    course_of,
    since,
    stage_now,
    stage_of,
)
from trimtab.desk.trial_code import code_of
from trimtab.governance.promotion import Evidence, Move, Stage, hypothesis_flaw, obstacles, waived
from trimtab.governance.review_plan import YEAR

__all__ = [
    "Committed",
    "Promoted",
    "Standing",
    "Step",
    "commit",
    "commitment_of",
    "promote",
    "require_hypothesis",
    "since",
    "stage_now",
    "stage_of",
    "standing",
]
BLOCKED = "blocked"  # a decision that the gate let nobody propose
LATE = 10  # days: a decision that is recorded later than this after its session was not made in time


@dataclass(frozen=True, slots=True)
class Step:
    """Where a policy is to go, and the reasons: to accept failed checks, to waive months on paper, or to go back."""

    to: Stage
    accept: str = ""
    waive: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Promoted:
    """What came of a step. `done` is false where another person's signature under the waiver is still missing."""

    policy: Policy
    was: Stage
    now: Stage
    done: bool
    waived_by: tuple[str, ...] = ()
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A policy, its course, and what its next step would be judged by."""

    policy: Policy
    course: Course
    evidence: Evidence
    proof: Proof | None


def commit(book: BookStore, folder: Path, policy: Policy, hypothesis: str, by: Signature) -> Committed:
    """Commit to a policy with a written hypothesis; what is expected of it stands in the workspace. Once for each hash.

    The same once more changes nothing. Raises UsageError where it is committed already with other words, where the
    hypothesis says nothing, and where no expectations are written down; DataError where they are damaged.
    """
    require_hypothesis(hypothesis)
    if not same_person(by.author, by.author):
        raise UsageError("nobody commits to it", remedy="Give a name: --by NAME.")
    own, said = code_of(policy), " ".join(hypothesis.split())
    keep_policies(book, {policy.sha256: policy}, by)
    head, known = book.head(), course_of(book, policy.sha256)
    if known.committed is not None and known.runs(own):
        return _as_before(known.committed, said)
    body = {
        "sha256": policy.sha256,
        "name": policy.name,
        "hypothesis": said,
        "expectations": _expectations(folder, policy),
        "own_code": own,
    }
    book.append([Note(COMMITTED, body)], recorded=by.at, author=by.author, after=head)
    made = commitment_of(book, policy.sha256)
    if made is None:
        raise UsageError("the commitment did not reach the journal", remedy="Try again.")
    return made


def require_hypothesis(text: str) -> None:
    """Raises UsageError where a hypothesis says nothing."""
    if flaw := hypothesis_flaw(text):
        remedy = 'Say what you expect, and why: --hypothesis "Trends persist for a year, as investors react late."'
        raise UsageError(flaw, remedy=remedy)


def _as_before(known: Committed, hypothesis: str) -> Committed:
    if known.hypothesis != hypothesis:
        what = f"{known.name} (policy {known.sha256[:SHORT]}) was committed by {known.by} on {known.day} with other words"
        raise UsageError(what, remedy="A commitment is not changed after the fact: change the policy, and commit to that.")
    return known


def _expectations(folder: Path, policy: Policy) -> str:
    """SHA-256 of what is expected of a policy.

    UsageError where nothing is written down, or with later data than is known; DataError for a damaged file.
    """
    place = place_of(folder, policy.sha256, code_of(policy))
    expected, why = seen_expected(folder, policy)
    if why:
        remedy = f"Move {place} away, and write down what can be expected today: trimtab expect POLICY --save."
        raise UsageError(why, remedy=remedy)
    if expected is None:
        what = f"nothing is written down of what {policy.name} (policy {policy.sha256[:SHORT]}) is expected to do"
        raise UsageError(what, remedy="Write it down first: trimtab expect POLICY --save.")
    return hashlib.sha256(place.read_bytes()).hexdigest()


def standing(book: BookStore, folder: Path, policy: Policy, until: date | None = None) -> Standing:
    """Where a policy stands, and what its next step is judged by. Raises UsageError or DataError for damaged files.

    With `until` by what the journal had at the end of that day; the files of the workspace are looked at as they are.
    """
    course, own = course_of(book, policy.sha256, until), code_of(policy)
    known, same = course.committed, course.runs(own)
    paper = course.entered(Stage.PAPER) if same else None
    proof = proof_of(folder, policy)
    evidence = Evidence(
        stage=course.stage if same else Stage.DRAFT,
        committed_by=known.by if known else "",
        hypothesis=known.hypothesis if known else "",
        doubts=tuple(_doubts(folder, policy, known)) if known else (),
        failed=None if proof is None else proof.failed,
        unseen=unseen_proof(folder, policy) if proof is None else "",
        paper_since=paper.day if paper else None,
        decided=frozenset(_decided(book, policy.sha256, until)),
        every=_every(policy),
        waived_by=tuple(one.author for one in _waivers(book, policy.sha256, course, until)),
        four_eyes=policy.approval.four_eyes,
    )
    return Standing(policy, course, evidence, proof)


def _doubts(folder: Path, policy: Policy, known: Committed) -> Iterator[str]:
    own = code_of(policy)
    if dict(known.own_code) != own:
        yield "its owner's code was edited after it was committed: commit to it again"
        return
    place = place_of(folder, policy.sha256, own)
    if not place.is_file():
        yield f"what was expected of it is not in {place}: restore the file"
    elif hashlib.sha256(place.read_bytes()).hexdigest() != known.expectations:
        yield f"what was expected of it was changed after it was committed: restore {place}"


def _decided(book: BookStore, sha256: str, until: date | None = None) -> Iterator[date]:
    """The sessions that were decided on under a policy, and written down in time."""
    for kind in (KIND, LOOKED, BLOCKED):
        for one in notes(book, kind, until=until):
            if one.body.get("policy") != sha256:
                continue
            when = date.fromisoformat(str(one.body["when"])[:10])
            late = (date.fromisoformat(one.recorded[:10]) - when).days
            if 0 <= late <= LATE:
                yield when


def _every(policy: Policy) -> int:
    """Months between the decisions of a policy; 1 where it decides monthly or more often."""
    return min(max(1, YEAR // one.per_year) for one in policy.frequencies)


def _waivers(book: BookStore, sha256: str, course: Course, until: date | None = None) -> tuple[Noted, ...]:
    """The signatures under a waiver since the policy last moved: with each move they are used up."""
    last = course.moves[-1].record if course.moves else 0
    return tuple(one for one in notes(book, WAIVED, until=until) if one.body["sha256"] == sha256 and one.record > last)


def promote(book: BookStore, folder: Path, policy: Policy, step: Step, by: Signature) -> Promoted:
    """Move a policy to another stage. A waiver is signed by each of two people; the second one's moves it.

    Raises ApprovalRequired, naming all that is missing, and then nothing is written; UsageError for reasons that do not
    belong to the step.
    """
    _require_fitting(step)
    head, found = book.head(), standing(book, folder, policy)
    at, signing = found.evidence, bool(step.waive.strip())
    if step.to < found.course.stage:  # whoever edited its code may take it back all the same
        at = replace(at, stage=found.course.stage)
    move = Move(step.to, by.author, by.day, step.accept if at.stage < step.to else step.reason)
    events: list[Event] = []
    if signing:
        _require_waivable(found, by)
        _require(policy, move, obstacles(move, at, months=False))
        at = replace(at, waived_by=(*at.waived_by, by.author))
        events.append(Note(WAIVED, {"sha256": policy.sha256, "why": step.waive.strip()}))
    waiting = signing and not waived(at)
    if not waiting:
        _require(policy, move, obstacles(move, at))
        signed = [{"who": one.author, "why": str(one.body["why"])} for one in _waivers(book, policy.sha256, found.course)]
        signed += [{"who": by.author, "why": step.waive.strip()}] if signing else []
        events.append(Note(PROMOTED, _note(found, at.stage, step, signed)))
    book.append(events, recorded=by.at, author=by.author, after=head)
    return Promoted(policy, at.stage, at.stage if waiting else step.to, not waiting, tuple(at.waived_by), found.proof)


def _note(found: Standing, was: Stage, step: Step, signed: list[dict[str, str]]) -> dict[str, Any]:
    """A move as the journal keeps it."""
    to_paper, proof = step.to is Stage.PAPER and was < step.to, found.proof
    return {
        "sha256": found.policy.sha256,
        "name": found.policy.name,
        "from": was.value,
        "to": step.to.value,
        "validation": proof.plain() if to_paper and proof is not None else None,
        "accepted": step.accept.strip(),
        "waived": signed if step.to is Stage.LIVE else [],
        "why": step.reason.strip(),
    }


def _require(policy: Policy, move: Move, found: Sequence[str]) -> None:
    """Raises ApprovalRequired where anything stands in the way."""
    if found:
        what = f"{policy.name} (policy {policy.sha256[:SHORT]}) does not go to {move.to.value}: {'; '.join(found)}"
        raise ApprovalRequired(what, remedy=f"See what it needs: trimtab policy status {policy.sha256[:SHORT]}.")


def _require_fitting(step: Step) -> None:
    """Raises UsageError for a reason that does not belong to the step."""
    if step.accept.strip() and step.to is not Stage.PAPER:
        raise UsageError("--accept goes with --to paper", remedy="Only there failed checks of the validation are accepted.")
    if step.waive.strip() and step.to is not Stage.LIVE:
        raise UsageError("--waive goes with --to live", remedy="Only the months on paper can be waived.")


def _require_waivable(found: Standing, by: Signature) -> None:
    """Raises ApprovalRequired where this person's signature under a waiver does not count."""
    at = found.evidence
    if same_person(by.author, at.committed_by):
        what = f"{by.author} committed {found.policy.name} and does not waive its months on paper"
        raise ApprovalRequired(what, remedy="Two other people sign: trimtab policy promote POLICY --to live --waive REASON.")
    if any(same_person(by.author, one) for one in at.waived_by):
        remedy = "A second person signs: trimtab policy promote POLICY --to live --waive REASON."
        raise ApprovalRequired(f"{by.author} has waived the months on paper of {found.policy.name} already", remedy=remedy)
