"""What a review is about: the time since the one before, under the policy that an account is held to, and when it is due.

The process is reviewed every few months. What is decided can be traded for some days after it, so a review looks at what was
to be done up to a week before its day, and the next one begins there: nothing is looked at twice, or never. Parameters are
open at full-cycle reviews alone: from the day on which one is due, and for changes once it was held (desk/change_requests.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.change_requests import UNDER_WAY
from trimtab.desk.following_history import Stretch, held_places, policy_of, stretches
from trimtab.desk.policy import Policy
from trimtab.desk.reviews_held import CYCLE, QUARTER, begun, held_reviews, plan_of
from trimtab.governance.review_plan import months_after

SETTLED = timedelta(days=7)  # before a review, by when everything that it looks at can be done with


class Kind(Enum):
    """What stands on the calendar."""

    QUARTER = QUARTER
    CYCLE = CYCLE
    WATCH = "watch"
    OVERRIDE = "override"
    CHANGE = "change"

    @property
    def words(self) -> str:
        """As a screen names it."""
        return _WORDS[self]


_WORDS = {
    Kind.QUARTER: "review of the process",
    Kind.CYCLE: "full-cycle review",
    Kind.WATCH: "watch on paper ends",
    Kind.OVERRIDE: "override ends",
    Kind.CHANGE: "cooling-off ends",
}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review is about: an account under its policy, from `first` to `last`, and when it was due; None: not yet.

    `following` is the day of the next one.
    """

    stretch: Stretch
    policy: Policy
    first: date
    last: date
    due: date | None
    following: date


def held_now(book: BookStore, place: str) -> Stretch:
    """The policy that an account (or sleeve) is held to now."""
    return stretches(book, place)[-1]


def reviewed(book: BookStore, place: str, today: date, kind: Kind = Kind.QUARTER) -> Reviewed:
    """What the review that is due looks at, or, where none is due, the time since the last one."""
    stretch = held_now(book, place)
    policy = policy_of(book, stretch.sha256)
    start, days = begun(book, stretch), days_due(book, stretch, policy, kind, today)
    due, following = pending_day(book, place, days, kind), next_day(policy, start, today, kind)
    before = [day for day in days if due is None or day < due]
    first = before[-1] - SETTLED + timedelta(days=1) if before else start
    return Reviewed(stretch, policy, first, today if due is None else due - SETTLED, due, following)


def days_due(book: BookStore, stretch: Stretch, policy: Policy, kind: Kind, today: date) -> tuple[date, ...]:
    """The days up to today on which reviews were due while the account was held to the policy."""
    plan, start = plan_of(policy), begun(book, stretch)
    days = plan.cycles(start, today) if kind is Kind.CYCLE else plan.due(start, today)
    return tuple(day for day in days if stretch.holds(day))


def next_day(policy: Policy, start: date, today: date, kind: Kind) -> date:
    """The day of the next review after today, counted from `start`."""
    plan = plan_of(policy)
    months = (plan.full_cycle if kind is Kind.CYCLE else plan.every).count
    passed = len(plan.cycles(start, today) if kind is Kind.CYCLE else plan.due(start, today))
    return months_after(start, months * (passed + 1))


def pending_day(book: BookStore, place: str, days: tuple[date, ...], kind: Kind) -> date | None:
    """The last of the days, where its review was not held."""
    held = {one.due for one in held_reviews(book, place) if kind is Kind.QUARTER or one.kind == CYCLE}
    return days[-1] if days and days[-1] not in held else None


def cycle_under_way(book: BookStore, account: str, today: date) -> date | None:
    """The day since which a full-cycle review is under way, so that parameters are open; None where they are not.

    That is from the day it is due until 90 days after it was held; a change may be asked for once it was.
    """
    for place in held_places(book, account):
        stretch = held_now(book, place)
        days = days_due(book, stretch, policy_of(book, stretch.sha256), Kind.CYCLE, today)
        held = [one.on for one in held_reviews(book, place) if days and one.kind == CYCLE and one.due == days[-1]]
        if days and (not held or today <= min(held) + timedelta(days=UNDER_WAY)):
            return days[-1]
    return None


def require_due(found: Reviewed, kind: Kind) -> date:
    """The day on which the review was due. Raises UsageError where none is due that was not held."""
    if found.due is None:
        what = f"no {kind.words} of {found.stretch.place} is due: the next one is on {found.following}"
        raise UsageError(what, remedy="Look without --hold at any time.")
    return found.due
