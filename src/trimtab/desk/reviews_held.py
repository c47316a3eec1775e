"""Reviews held: each review that was due, of the process or of the full cycle, and whether it was held within 30 days.

A full-cycle review looks at the process too: on a day on which both are due it is the one that is wanted, and stands for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import plain_date
from trimtab.desk.duties import Case, Found, shown
from trimtab.desk.following_history import Stretch, recorded_day
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import COMMITTED, REVIEWED
from trimtab.governance.adherence import Duty, Violation
from trimtab.governance.review_plan import ReviewPlan

GRACE = timedelta(days=30)  # after a review was due, within which it is held
QUARTER, CYCLE = "quarter", "cycle"
NOWHERE = "no review in the journal"


@dataclass(frozen=True, slots=True)
class Held:
    """A review that was held: its kind, the day on which it was due, when, and the record of the journal."""

    kind: str
    due: date
    on: date
    record: int


def held_reviews(book: BookStore, place: str) -> tuple[Held, ...]:
    """The reviews of an account (or sleeve) that were held, those of all accounts among them, oldest first."""
    account = place.partition("/")[0]
    return tuple(
        Held(str(one.body["kind"]), date.fromisoformat(one.body["due"]), recorded_day(one), one.record)
        for one in notes(book, REVIEWED)
        if one.place in ("", account, place)
    )


def begun(book: BookStore, stretch: Stretch) -> date:
    """From when reviews are counted: the day of the commitment to the policy, else that on which it was first followed."""
    found = [recorded_day(one) for one in notes(book, COMMITTED) if one.body["sha256"] == stretch.sha256]
    return found[0] if found else stretch.begins


def plan_of(policy: Policy) -> ReviewPlan:
    """When the policy asks for reviews; the usual calendar where it does not say."""
    return policy.review or ReviewPlan()


def reviews_held(case: Case) -> Found:
    """The reviews that were due, and those that were not held in time. What may still be held in time is not due."""
    book, today = case.orders.store, plain_date(case.now.astype("datetime64[D]"))
    held, plan, start = held_reviews(book, case.place), plan_of(case.policy), begun(book, case.stretch)
    cycles = plan.cycles(start, case.last)
    occasions, violations = set(), []
    for due in sorted({*plan.due(start, case.last), *cycles}):
        if not case.contains(due):
            continue
        own = [one for one in held if one.due == due]
        one = _first(one for one in own if one.kind == CYCLE or due not in cycles)
        kept = one is not None and one.on <= due + GRACE
        if not kept and today <= due + GRACE:
            continue
        occasions.add(case.occasion(due))
        if not kept:
            name = "full-cycle review" if due in cycles else "review"
            what = f"{name} due on {due} was {f'held on {one.on}' if one else 'not held'}, {GRACE.days} days are allowed"
            instead = one or _first(own)  # of a full cycle, the review of the process that was held in its place
            evidence = shown(instead.record) if instead else NOWHERE
            violations.append(Violation(Duty.REVIEWS, case.occasion(due), due, what, evidence))
    return Found(frozenset(occasions), tuple(violations))


def _first(held: Iterable[Held]) -> Held | None:
    return min(held, key=lambda one: one.on, default=None)
