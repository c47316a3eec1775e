"""How far a policy has come, as the journal of a book has it: committed, on paper, live, or taken back (governance/promotion).

A policy is its SHA-256 and the code of its owner's that it runs: edited, the same file is a draft again. Orders leave for a
paper venue only from PAPER on, for a file or with real money only at LIVE (`Watch`, asked where they leave).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ApprovalRequired
from trimtab.desk.following import followings
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import COMMITTED, PROMOTED
from trimtab.desk.trial_code import code_of
from trimtab.governance.promotion import Stage

SHORT = 12  # letters of a hash that people read


@dataclass(frozen=True, slots=True)
class Committed:
    """A policy that somebody has committed to: who, when, what they expect of it, and the file that says so (its SHA-256)."""

    sha256: str
    name: str
    hypothesis: str
    expectations: str
    own_code: Mapping[str, str]
    by: str
    at: str

    @property
    def day(self) -> date:
        """The day of it."""
        return date.fromisoformat(self.at[:10])


@dataclass(frozen=True, slots=True)
class Moved:
    """A policy went from one stage to another: who moved it, when, and what the note says besides."""

    was: Stage
    now: Stage
    by: str
    day: date
    record: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a policy since it was last committed to; `committed` is None where nobody has.

    `before` is the highest stage that it had reached with other code of its owner's.
    """

    committed: Committed | None = None
    moves: tuple[Moved, ...] = ()
    before: Stage = Stage.DRAFT

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self.moves[-1].now if self.moves else Stage.DRAFT

    @property
    def reached(self) -> Stage:
        """The highest stage that it has ever been at, whatever code it ran: an account was held to it there."""
        return max((self.before, *(one.now for one in self.moves)))

    def entered(self, stage: Stage) -> Moved | None:
        """The move with which it came to a stage and has not gone below it since; None where it is below it."""
        if self.stage < stage:
            return None
        return next((one for one in reversed(self.moves) if one.now is stage), None)  # upward it passes through each

    def runs(self, own: Mapping[str, str]) -> bool:
        """Whether this is the code of its owner's that it was committed to with."""
        return self.committed is not None and dict(self.committed.own_code) == dict(own)


def course_of(book: BookStore, sha256: str, until: date | None = None) -> Course:
    """The course of the policy with this hash, since its last commitment; with `until` by the end of that day."""
    found = Course()
    for one in _noted(book, until=until):
        if one.body["sha256"] == sha256:
            found = _advanced(found, one)
    return found


def _noted(book: BookStore, after: int = 0, until: date | None = None) -> list[Noted]:
    """Commitments and moves of all policies in their order, those after a record."""
    said = [one for kind in (COMMITTED, PROMOTED) for one in notes(book, kind, after=after, until=until)]
    return sorted(said, key=lambda note: note.record)


def _advanced(course: Course, note: Noted) -> Course:
    """The course with one more note; a commitment to other code of one's own begins anew."""
    if "hypothesis" in note.body:
        return Course(_committed(note), before=course.reached)
    return replace(course, moves=(*course.moves, _moved(note)))


def _committed(note: Noted) -> Committed:
    body = note.body
    sha256, name, hypothesis, file = (str(body[key]) for key in ("sha256", "name", "hypothesis", "expectations"))
    return Committed(sha256, name, hypothesis, file, dict(body["own_code"]), note.author, note.recorded)


def _moved(note: Noted) -> Moved:
    body, day = note.body, date.fromisoformat(note.recorded[:10])
    return Moved(Stage(body["from"]), Stage(body["to"]), note.author, day, note.record, body)


def commitment_of(book: BookStore, sha256: str) -> Committed | None:
    """The last commitment to the policy with this hash; None where nobody has committed to it."""
    return course_of(book, sha256).committed


def stage_of(book: BookStore, sha256: str, own: Mapping[str, str] | None = None) -> Stage:
    """The stage of the policy with this hash. A DRAFT where its owner's code `own` is another than was committed to."""
    course = course_of(book, sha256)
    return Stage.DRAFT if own is not None and not course.runs(own) else course.stage


def stage_now(book: BookStore, policy: Policy) -> Stage:
    """The stage of a policy with its owner's code as it is. Raises UsageError where that was edited since it was loaded."""
    return stage_of(book, policy.sha256, code_of(policy))


def since(book: BookStore, sha256: str, stage: Stage) -> date | None:
    """The first day at a stage, or above it, that it has not gone below since; None where it is not there.

    Of a draft: the day of the commitment.
    """
    course = course_of(book, sha256)
    if stage is Stage.DRAFT:
        return course.committed.day if course.committed else None
    entered = course.entered(stage)
    return entered.day if entered else None


def unready(book: BookStore, account: str) -> str:
    """What is to be said where no policy that an account (or a sleeve of it) follows is live; empty where one is."""
    own = {one.sha256: one.name for place, one in followings(book).items() if place.partition("/")[0] == account}
    stages = {name: stage_of(book, sha256) for sha256, name in own.items()}
    if Stage.LIVE in stages.values():
        return ""
    told = ", ".join(f"{name} is at the stage {stage.value}" for name, stage in stages.items())
    return f"{told or f'{account} follows no policy'}: real orders leave only under one that is live (trimtab policy status)"


class Watch:
    """The stages of policies while orders leave: of a long journal only what is new is read again, at every asking."""

    __slots__ = ("_book", "_courses", "_last", "_own")

    def __init__(self, book: BookStore) -> None:
        self._book, self._last = book, 0
        self._courses: dict[str, Course] = {}
        self._own: dict[str, Mapping[str, str]] = {}

    def require(self, policies: Iterable[Policy], needed: Stage) -> None:
        """Raises ApprovalRequired, naming the policy, where one is below the stage at which its orders may leave."""
        self._read()
        for policy in policies:
            if policy.sha256 not in self._own:
                self._own[policy.sha256] = code_of(policy)
            course = self._courses.get(policy.sha256, Course())
            stage = course.stage if course.runs(self._own[policy.sha256]) else Stage.DRAFT
            if stage < needed:
                raise _refusal(policy, stage, needed)

    def require_code(self, policy: Policy, own: Mapping[str, str] | None) -> None:
        """Raises ApprovalRequired where `own`, the code of its owner's that a policy decided with, was not committed to.

        None: nobody knows with which it did.
        """
        self._read()
        if own is None or not self._courses.get(policy.sha256, Course()).runs(own):
            said = "nobody wrote down" if own is None else "it was not committed to with"
            named = f"{policy.name} (policy {policy.sha256[:SHORT]})"
            what = f"{named} decided on these orders with code of its owner's that {said}"
            raise ApprovalRequired(what, remedy="Cancel them, and decide again: trimtab rebalance --commit --supersede WHY.")

    def _read(self) -> None:
        last = self._book.last()
        for one in _noted(self._book, self._last):
            sha256 = str(one.body["sha256"])
            self._courses[sha256] = _advanced(self._courses.get(sha256, Course()), one)
            last = max(last, one.record)
        self._last = last


def _refusal(policy: Policy, stage: Stage, needed: Stage) -> ApprovalRequired:
    how = "to a broker on paper" if needed is Stage.PAPER else "out in a file or with real money"
    what = f"{policy.name} (policy {policy.sha256[:SHORT]}) is at the stage {stage.value}: its orders go {how} only"
    remedy = f"See what is missing: trimtab policy status {policy.sha256[:SHORT]}."
    return ApprovalRequired(f"{what} from the stage {needed.value} on", remedy=remedy)
