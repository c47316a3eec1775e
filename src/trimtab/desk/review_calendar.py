"""The calendar that the system keeps: reviews, the end of a watch on paper, overrides that end, changes that have cooled off.

Each entry has a day and what to do on it. A review that was held is off the calendar; of several that were missed, the last
one stands on it, and holding it makes up for none of the others (the score of the process keeps them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.core.persons import people
from trimtab.desk.books import Signature
from trimtab.desk.following_history import Stretch, held_places, policy_of, recorded_day
from trimtab.desk.overriding import overrides_of
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import CHANGED, REQUESTED, REVIEWED
from trimtab.desk.promotions import since, stage_of
from trimtab.desk.review_periods import Kind, Reviewed, days_due, held_now, next_day, pending_day, require_due
from trimtab.desk.reviews_held import begun
from trimtab.governance.changes import Terms
from trimtab.governance.promotion import WATCHED, Stage
from trimtab.governance.review_plan import months_after


@dataclass(frozen=True, slots=True)
class DueReview:
    """An entry of the calendar: the day, of which kind, whose (an account, or the name of a policy), what, and what to do."""

    on: date
    kind: Kind
    place: str
    what: str
    do: str

    def pending(self, today: date) -> bool:
        """Whether it is a review that is due and was not held."""
        return self.kind in (Kind.QUARTER, Kind.CYCLE) and self.on <= today


def reviews_due(book: BookStore, account: str, today: date) -> tuple[DueReview, ...]:
    """The calendar of an account, a sleeve or a household (empty: all), sorted by day; reviews that were held are off it."""
    places = held_places(book, account)
    policies = {sha: policy_of(book, sha) for sha in {held_now(book, place).sha256 for place in places}}
    found: set[DueReview] = set()
    for place in places:
        stretch = held_now(book, place)
        policy = policies[stretch.sha256]
        found |= {*_reviews(book, stretch, policy, today), *_watch(book, policy), *_overrides(book, place, today)}
    found |= set(_changes(book, policies))
    return tuple(sorted(found, key=lambda one: (one.on, one.place, one.kind.value)))


def _reviews(book: BookStore, stretch: Stretch, policy: Policy, today: date) -> Iterator[DueReview]:
    """Reviews that are due, and the next ones."""
    place, start = stretch.place, begun(book, stretch)
    for kind, flag in ((Kind.QUARTER, "--quarter"), (Kind.CYCLE, "--cycle")):
        due = pending_day(book, place, days_due(book, stretch, policy, kind, today), kind)
        command = f"trimtab review {flag} --account {place}"
        if due is not None:
            yield DueReview(due, kind, place, f"{kind.words} of {policy.name}, due", f"{command} --hold")
        yield DueReview(next_day(policy, start, today, kind), kind, place, f"{kind.words} of {policy.name}", command)


def _watch(book: BookStore, policy: Policy) -> Iterator[DueReview]:
    """The end of the months that a policy is watched on paper."""
    day = since(book, policy.sha256, Stage.PAPER) if stage_of(book, policy.sha256) is Stage.PAPER else None
    if day is not None:
        what = f"{policy.name} has been on paper for {WATCHED} months"
        do = "look at its adherence, then trimtab policy promote POLICY --to live, or leave it on paper"
        yield DueReview(months_after(day, WATCHED), Kind.WATCH, policy.name, what, do)


def _overrides(book: BookStore, place: str, today: date) -> Iterator[DueReview]:
    """Overrides that live, or will."""
    for one in overrides_of(book, place):
        if today <= one.ends:
            what = f"override {one.id} of {one.by} ends by itself ({one.why})"
            yield DueReview(one.ends, Kind.OVERRIDE, place, what, "let it end, or write another one with a reason")


def _changes(book: BookStore, policies: dict[str, Policy]) -> Iterator[DueReview]:
    """Requests to change one of these policies that were not carried out yet."""
    made = {one.body["id"] for one in notes(book, CHANGED)}
    for one in notes(book, REQUESTED):
        old = policies.get(str(one.body["old"]))
        if old is not None and one.body["id"] not in made:
            day = recorded_day(one) + timedelta(days=(old.changes or Terms()).cooling_off)
            what = f"request {one.body['id']} of {one.author} to change {old.name} ({one.body['cause']})"
            yield DueReview(day, Kind.CHANGE, old.name, what, "sign it, or let it rest: trimtab policy changes")


@dataclass(frozen=True, slots=True)
class Minutes:
    """Who attended a review, and what was said in it."""

    attended: tuple[str, ...]
    said: str = ""


def hold_review(book: BookStore, found: Reviewed, kind: Kind, score: Fraction, minutes: Minutes, by: Signature) -> int:
    """Write down that the review that is due was held; returns the record of the journal. Raises as `note_of`."""
    return book.append([note_of(found, kind, score, minutes)], recorded=by.at, author=by.author)[0]


def note_of(found: Reviewed, kind: Kind, score: Fraction, minutes: Minutes) -> Note:
    """What is written down of a review that was held, with its score as an exact fraction.

    Raises UsageError where none is due, where nobody attended, or where nothing was said of a score below 100.
    """
    due, present = require_due(found, kind), people(minutes.attended)
    if not present:
        raise UsageError("nobody attended the review", remedy="Say who did: --attended anna,ben.")
    if score < 100 and not minutes.said.strip():
        what = f"the process of {found.stretch.place} was not kept to, and nothing is said of it"
        raise UsageError(what, remedy="Say what follows from it: --said TEXT.")
    told = {"kind": kind.value, "due": due.isoformat(), "score": str(score)}
    return Note(REVIEWED, told | {"said": minutes.said.strip(), "attended": list(present)}, found.stretch.place)
