"""Which policy an account was held to, and when: told to follow it, changed over to it, or traded under it before either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import scope_of
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.following import named_policy
from trimtab.desk.load import read_policy
from trimtab.desk.past_turnover import KIND as DECISION
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import CHANGED
from trimtab.desk.proposing import kept_policy
from trimtab.desk.yaml12 import parse


@dataclass(frozen=True, slots=True)
class Stretch:
    """An account (or sleeve) under one policy (SHA-256) from `begins` up to the day before `ends`; None: still.

    `record` of the journal says so.
    """

    place: str
    sha256: str
    begins: date
    record: int
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is held to the policy on a day."""
        return self.begins <= day and (self.ends is None or day < self.ends)


def recorded_day(one: Noted) -> date:
    """The date (UTC) on which a note was written."""
    return date.fromisoformat(one.recorded[:10])


def stretches(book: BookStore, place: str) -> tuple[Stretch, ...]:
    """The policies of an account (or sleeve), oldest first. A decision that was made for an earlier day counts from there."""
    found: list[Stretch] = []
    for record, day, sha in sorted(_told(book, place)):
        if not found or found[-1].sha256 != sha:
            if found:
                found[-1] = replace(found[-1], ends=day)
            found.append(Stretch(place, sha, day, record))
        elif len(found) == 1 and day < found[-1].begins:
            found[-1] = replace(found[-1], begins=day)
    return tuple(found)


def _told(book: BookStore, place: str) -> Iterator[tuple[int, date, str]]:
    """Record, day and policy of everything that says which policy it is."""
    yield from ((one.record, recorded_day(one), str(one.body["sha256"])) for one in notes(book, FOLLOWS, place))
    yield from ((one.record, recorded_day(one), str(one.body["new"])) for one in notes(book, CHANGED, place))
    for one in notes(book, DECISION, place):
        if sha := one.body.get("policy"):  # none stands with an order by hand
            yield one.record, date.fromisoformat(one.body["when"]), str(sha)


def held_places(book: BookStore, name: str = "") -> tuple[str, ...]:
    """The accounts and sleeves that a name covers and that were ever held to a policy, sorted; empty: all of them."""
    return tuple(sorted(place for place in scope_of(book, name).places if stretches(book, place)))


def policy_of(book: BookStore, sha256: str) -> Policy:
    """The policy with this hash: as the journal keeps it, else as the file says that was to be followed.

    Raises UsageError where neither has it any more.
    """
    try:
        note = kept_policy(book, sha256)
        held = read_policy(parse(note["source"], f"policy {note['name']}"), source=note["source"], folder=Path(note["folder"]))
    except UsageError:
        files = [str(one.body["policy"]) for one in notes(book, FOLLOWS) if one.body["sha256"] == sha256]
        found = [policy for policy in map(named_policy, files[-1:]) if policy.sha256 == sha256]
        if not found:
            what = f"policy {sha256[:12]} is not kept in the journal, and its file says something else by now"
            raise UsageError(what, remedy="Restore the file as it was when it was to be followed.") from None
        held = found[0]
    return held.with_horizon(end=None)
