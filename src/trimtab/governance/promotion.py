"""May a policy move to another stage? Draft, candidate, paper, live: one at a time upward, back at any time (METHODS 11).

A candidate is committed to: its hypothesis is written down before anything is seen of it, and what is expected with it. On
paper it has been validated. With real money it has been watched on paper for six months, unless two people waive that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import total_ordering

from trimtab.core.persons import same_person
from trimtab.governance.changes import others
from trimtab.governance.review_plan import YEAR, months_after

WATCHED = 6  # months on paper, before real money
LEAST_WORDS = 4  # of a hypothesis: fewer do not say what is expected, and why
WAIVERS = 2  # people other than the one who committed


@total_ordering
class Stage(Enum):
    """How far a policy has come; each is above those before it."""

    DRAFT = "draft"
    CANDIDATE = "candidate"
    PAPER = "paper"
    LIVE = "live"

    @property
    def rank(self) -> int:
        """0 for a draft, 3 for what is live."""
        return list(Stage).index(self)

    @property
    def next(self) -> Stage | None:
        """The stage above; None above live."""
        return {one.rank: one for one in Stage}.get(self.rank + 1)

    def __lt__(self, other: Stage) -> bool:
        return self.rank < other.rank


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody wants a policy at stage `to`, on a day. `reason`: why it goes back, or why failed checks are accepted."""

    to: Stage
    by: str
    on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a policy where it is to move.

    `doubts` say why its commitment no longer stands. `failed` are the checks that its validation failed, None where it has
    not been validated; `unseen` says why a validation that is there does not count. `decided` are the days of decisions
    that were recorded in time since it went on paper, `every` the months between the decisions that it calls for.
    `waived_by` have signed that the months on paper may be left out.
    """

    stage: Stage = Stage.DRAFT
    committed_by: str = ""
    hypothesis: str = ""
    doubts: tuple[str, ...] = ()
    failed: tuple[str, ...] | None = None
    unseen: str = ""
    paper_since: date | None = None
    decided: Collection[date] = ()
    every: int = 1
    waived_by: Collection[str] = ()
    four_eyes: bool = False


def obstacles(move: Move, at: Evidence, *, months: bool = True) -> tuple[str, ...]:
    """Why a policy may not move, in sentences; none where it may. Without `months`, those on paper are not asked for."""
    nobody = "" if same_person(move.by, move.by) else "nobody says that it moves"
    if move.to is at.stage:
        return (f"it is {at.stage.value} already",)
    if move.to < at.stage:
        reason = "" if move.reason.strip() else f"going back to {move.to.value} needs a reason"
        return tuple(filter(None, (nobody, reason)))
    if move.to is not at.stage.next:
        above = at.stage.next
        return (f"one stage at a time: after {at.stage.value} comes {above.value if above else 'nothing'}",)
    wanted = missing(move.to, at, move.on, accepted=move.reason) if months or move.to is not Stage.LIVE else _committed(at)
    return tuple(filter(None, (nobody, _alone(move, at), *wanted)))


def missing(to: Stage, at: Evidence, on: date, *, accepted: str = "") -> tuple[str, ...]:
    """What the stage `to`, the next one, asks for and is not there yet, whoever moves the policy."""
    found = list(_committed(at))
    if to is Stage.PAPER:
        found += _validated(at, accepted)
    if to is Stage.LIVE:
        found += _watched(at, on)
    return tuple(found)


def hypothesis_flaw(text: str) -> str:
    """What is wrong with a written hypothesis; empty where nothing is."""
    words = text.split()
    if len(words) >= LEAST_WORDS:
        return ""
    said = f"{len(words)} words are too few" if len(words) > 1 else "one word is no" if words else "there is no"
    return f"{said} hypothesis" if len(words) < 2 else f"{said} for a hypothesis"


def waived(at: Evidence) -> bool:
    """Whether enough people have signed that the months on paper may be left out."""
    return len(others(at.waived_by, at.committed_by)) >= WAIVERS


def _alone(move: Move, at: Evidence) -> str:
    """Four eyes: who committed to a policy does not put it on paper, nor live."""
    if at.four_eyes and move.to >= Stage.PAPER and same_person(move.by, at.committed_by):
        return f"{at.committed_by} committed it: somebody else has to promote it (four eyes)"
    return ""


def _committed(at: Evidence) -> Iterator[str]:
    if not at.committed_by:
        yield "nobody has committed it"
        return
    if flaw := hypothesis_flaw(at.hypothesis):
        yield flaw
    yield from at.doubts


def _validated(at: Evidence, accepted: str) -> Iterator[str]:
    if at.failed is None:
        yield f"it has not been validated as it stands{f': {at.unseen}' if at.unseen else ''}"
    elif at.failed and not accepted.strip():
        yield f"its validation fails ({', '.join(at.failed)}), and no reason is given to accept that"


def _watched(at: Evidence, on: date) -> Iterator[str]:
    """The months on paper, and a decision in each of the last six; or two people who have waived them."""
    if waived(at):
        return
    if at.paper_since is None:
        yield "it has not been on paper"
        return
    if on < (ends := months_after(at.paper_since, WATCHED)):
        yield f"its six months on paper end on {ends.isoformat()}"
    elif gaps := undecided(at, on):
        yield f"no decision was recorded in {', '.join(gaps)}"
    else:
        return
    if signed := len(others(at.waived_by, at.committed_by)):
        yield f"two people have to waive that, {signed} did"


def undecided(at: Evidence, on: date) -> tuple[str, ...]:
    """Which of the last six months on paper (or spans, for a policy that decides more rarely) have no decision, oldest first.

    The month that is under way counts once it has one.
    """
    decided = {_number(day) for day in at.decided if at.paper_since is None or day >= at.paper_since}
    last = _number(on) if _number(on) in decided else _number(on) - 1
    spans = [range(last - (k + 1) * at.every + 1, last - k * at.every + 1) for k in range(max(1, WATCHED // at.every))]
    return tuple(_named(span) for span in reversed(spans) if decided.isdisjoint(span))


def _number(day: date) -> int:
    return day.year * YEAR + day.month - 1


def _named(span: range) -> str:
    first, last = (f"{one // YEAR}-{one % YEAR + 1:02d}" for one in (span[0], span[-1]))
    return first if first == last else f"{first} to {last}"
