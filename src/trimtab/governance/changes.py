"""May the parameters be changed now? Requests with a reason of a fixed kind, a cooling-off, and four eyes (METHODS 11).

Whoever asks for a change never approves it. It takes effect after a number of days, so that no bad week decides. After a
year far below the benchmark (panic) or far above it (chasing) two people have to sign. A scheduled review opens parameters
only at the end of a full cycle, with evidence from validation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from trimtab.core.errors import ParameterError
from trimtab.core.persons import person, same_person

MONTHS = 12  # over which the return over the benchmark is looked at


class Cause(Enum):
    """Why parameters may be changed. There is no other reason."""

    FLAW = "fundamental flaw"
    DATA_ERROR = "data error"
    MANDATE = "mandate change"
    REVIEW = "scheduled review"


@dataclass(frozen=True, slots=True)
class Change:
    """A request to run policy `new` (SHA-256) in the place of `old`, with who asks, when, and why."""

    old: str
    new: str
    cause: Cause
    why: str
    requested_by: str
    requested: datetime

    def __post_init__(self) -> None:
        if self.old == self.new:
            raise ParameterError("both policies are the same: there is nothing to change", field="new")
        if not self.why.strip():
            raise ParameterError("a change has no reason", field="why", remedy="Say what is wrong, and how it was found.")
        if not same_person(self.requested_by, self.requested_by):
            raise ParameterError("nobody asks for the change", field="requested_by", remedy="Give a name.")
        if self.requested.tzinfo is None:
            raise ParameterError("the request has no time zone", field="requested")


@dataclass(frozen=True, slots=True)
class Terms:
    """Days of cooling-off, and the return over the benchmark in the last year beyond which two people sign, as a fraction."""

    cooling_off: int = 10
    extreme: float = 0.05

    def __post_init__(self) -> None:
        if self.cooling_off < 0:
            what = f"cooling_off is {self.cooling_off}, below 0"
            raise ParameterError(what, field="cooling_off", remedy="Give calendar days, such as 10.")
        if not 0.0 < self.extreme < 1.0:
            what = f"extreme is {self.extreme}, not between 0 and 1"
            raise ParameterError(what, field="extreme", remedy="Give a fraction a year, such as 0.05.")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands at an instant: who has approved, the return over the benchmark in the last year (None: not known)."""

    now: datetime
    approved_by: Collection[str] = ()
    relative: float | None = None
    full_cycle: bool = False  # a full-cycle review is under way
    validated: bool = False  # the new policy has been validated


def obstacles(change: Change, terms: Terms, at: Circumstances) -> tuple[str, ...]:
    """Why a change may not take effect yet, in sentences; none where it may."""
    found = [_cooling(change, terms, at), _signatures(change, terms, at)]
    if change.cause is Cause.REVIEW and not at.full_cycle:
        found.append("no full-cycle review is under way, and no other opens parameters")
    if not at.validated:
        found.append("the new policy has not been validated")
    return tuple(filter(None, found))


def _cooling(change: Change, terms: Terms, at: Circumstances) -> str:
    ends = change.requested + timedelta(days=terms.cooling_off)
    return f"the cooling-off ends on {ends.date().isoformat()}" if at.now < ends else ""


def _signatures(change: Change, terms: Terms, at: Circumstances) -> str:
    """How many others have to sign: one, and two where the last year was extreme or is not known."""
    signed = others(at.approved_by, change.requested_by)
    extreme = at.relative is None or abs(at.relative) > terms.extreme
    missing = (2 if extreme else 1) - len(signed)
    if missing <= 0:
        return ""
    if not extreme:
        return f"somebody other than {change.requested_by} has to approve it"
    year = "what the last year was over the benchmark is not known"
    if at.relative is not None:
        year = f"the last year was {at.relative:+.1%} over the benchmark, beyond {terms.extreme:.1%}"
    return f"{year}: two people other than {change.requested_by} have to sign, {len(signed)} did"


def others(people: Collection[str], requester: str) -> set[str]:
    """The distinct people among `people` besides the requester; a name in other letters is the same person."""
    return {person(name) for name in people} - {person(requester), ""}
