"""Which policy an account was held to, and when: told to follow it, changed over to it, or traded under it before either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import scope_of
from trimtab.desk.due import LOOKED
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.following import named_policy
from trimtab.desk.load import read_policy
from trimtab.desk.past_turnover import KIND as DECISION
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import CHANGED
from trimtab.desk.promotions import BLOCKED
from trimtab.desk.proposing import kept_policy
from trimtab.desk.yaml12 import parse

_DAY = timedelta(days=1)


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


class _Said(NamedTuple):
    """A record that names a policy: from which day, whether it `binds` the account to it, and whether that session was decided.

    Somebody who looked, with nothing to trade or stopped by a rule, decided a session and binds nobody.
    """

    record: int
    day: date
    sha256: str
    binds: bool
    decided: bool


def recorded_day(one: Noted) -> date:
    """The date (UTC) on which a note was written."""
    return date.fromisoformat(one.recorded[:10])


def stretches(book: BookStore, place: str) -> tuple[Stretch, ...]:
    """The policies of an account (or sleeve), oldest first.

    A policy that decides for an earlier session than the day on which it was followed counts from that session: the first
    policy by any proposal, a later one by its first decision, unless the one before had decided that session or a later one.
    """
    found: list[Stretch] = []
    free, last = date.min, None  # from when a session is not the policy's before; the last session that this policy decided
    for said in sorted(_told(book, place)):
        if not found or found[-1].sha256 != said.sha256:
            if not said.binds:
                continue
            if found:
                free, last = max(found[-1].begins, last + _DAY if last else date.min), None
                found[-1] = replace(found[-1], ends=said.day)
            found.append(Stretch(place, said.sha256, said.day, said.record))
        elif free <= said.day < found[-1].begins and (said.binds if len(found) == 1 else last is None):
            found[-2:] = [*(replace(one, ends=said.day) for one in found[-2:-1]), replace(found[-1], begins=said.day)]
        if said.decided:
            last = max(last or said.day, said.day)
    return tuple(found)


def _told(book: BookStore, place: str) -> Iterator[_Said]:
    """Everything that says which policy it is."""
    for kind, key in ((FOLLOWS, "sha256"), (CHANGED, "new")):
        for one in notes(book, kind, place):
            yield _Said(one.record, recorded_day(one), str(one.body[key]), binds=True, decided=False)
    for kind in (DECISION, LOOKED, BLOCKED):
        for one in notes(book, kind, place):
            if (sha := one.body.get("policy")) and "when" in one.body:  # no policy stands with an order by hand
                when = date.fromisoformat(one.body["when"])
                yield _Said(one.record, when, str(sha), binds=kind == DECISION, decided=True)


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
