"""Overrides in the book: written down with who, when, why and until when, ended early, and read again.

An override is written for an account (or a sleeve) that follows a policy, in the names of the policy's assets, and within
its bounds. It begins on the day it is written or later, never before, and counts in decisions of the days it lives on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ParameterError, UsageError
from trimtab.core.money import decimal_of
from trimtab.desk.books import Signature, account_of
from trimtab.desk.done_by_hand import done_by_hand
from trimtab.desk.past_turnover import KIND as DECISION
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import OVERRIDE, OVERRIDE_ENDED
from trimtab.desk.staged import stage_now
from trimtab.governance.overrides import Override, allow, together
from trimtab.governance.promotion import Stage

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants changed: `shifts` of weights by asset, assets to hold, from when until when, and why."""

    ends: date
    why: str
    shifts: Mapping[str, Decimal] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    begins: date | None = None  # None: on the day it is written


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended an override, when, its last day, and why; a last day before its first: it was taken back unused."""

    by: str
    recorded: datetime
    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An override as it was written down, what ended it early, and what its holds kept from moving at its last decision.

    `kept` is a weight by asset; None where no decision had it yet.
    """

    written: Override
    ending: Ending | None = None
    kept: Mapping[str, float] | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back before it counted in anything."""
        return self.ending is not None and self.ending.on < self.written.begins

    @property
    def override(self) -> Override:
        """With its last day as it came to be; of what was taken back, as it was written."""
        if self.ending is None or self.withdrawn:
            return self.written
        return replace(self.written, ends=min(self.written.ends, self.ending.on))

    @property
    def size(self) -> Decimal | None:
        """One-way: half of what it moves and of what its holds keep from moving; None for a hold before its first decision."""
        if self.written.holds and self.kept is None:
            return None
        held = ((name, decimal_of(round(self.kept[name], 6))) for name in self.written.holds if self.kept and name in self.kept)
        return together([*self.written.shifts.items(), *held])

    def state(self, today: date) -> str:
        """Waiting, living, ended or taken back."""
        if self.withdrawn:
            return "taken back"
        if today < self.written.begins:
            return "waiting"
        return "living" if self.override.lives(today) else "ended"


def kept_overrides(book: BookStore, account: str | None = None, *, until: date | None = None) -> tuple[Kept, ...]:
    """Every override that was ever written for an account or sleeve (None: any), oldest first.

    With `until` as the journal had them at the end of that day.
    """
    written = tuple(map(_override, notes(book, OVERRIDE, account, until=until)))
    endings = {str(one.body["id"]): _ending(one) for one in notes(book, OVERRIDE_ENDED, until=until)} if written else {}
    decided = notes(book, DECISION, account, until=until) if any(one.holds for one in written) else ()
    kept = {name: note.body["overrides"].get("kept", {}) for note in decided for name in _had(note)}
    return tuple(Kept(one, endings.get(one.id), kept.get(one.id)) for one in written)


def _had(decision: Noted) -> Sequence[str]:
    """The ids of the overrides that a decision had."""
    ids: Sequence[str] = decision.body.get("overrides", {}).get("ids", ())
    return ids


def overrides_of(book: BookStore, account: str) -> tuple[Override, ...]:
    """The overrides of an account or sleeve, oldest first, each up to the day it ended; without those taken back unused."""
    return tuple(one.override for one in kept_overrides(book, account) if not one.withdrawn)


def living(overrides: Sequence[Override], day: date) -> tuple[Override, ...]:
    """Those in force on a day, oldest first."""
    return tuple(one for one in overrides if one.lives(day))


def override(book: BookStore, account: str, policy: Policy, wish: Wish, by: Signature) -> Override:
    """Write an override down. Raises UsageError for an unknown account or asset, a day that is past, and beyond the bounds.

    So it does where it changes nothing, or has no reason. Where the policy is on paper or live, what was done by hand counts
    beside it (hand_bounds.py). Raises Busy where somebody has written since it was looked at.
    """
    place = account_of(book, account).name
    head = book.head()
    require_assets(policy, [*wish.shifts, *wish.holds])
    begins = wish.begins or by.day
    if begins < by.day:
        remedy = f"Begin it today ({by.day}) or later: what was decided before stands."
        raise UsageError(f"it would begin on {begins}, which is past", remedy=remedy)
    number, holds = 1 + len(notes(book, OVERRIDE)), tuple(dict.fromkeys(wish.holds))
    try:
        made = Override(f"O-{number}", place, by.author, wish.why, instant(by), begins, wish.ends, wish.shifts, holds)
    except ParameterError as error:
        raise UsageError(error.what, remedy=error.remedy) from None
    by_hand = done_by_hand(book, place) if stage_now(book, policy) >= Stage.PAPER else ()
    allow(made, overrides_of(book, place), policy.overrides, by_hand)
    book.append([Note(OVERRIDE, _body(made), place)], recorded=by.at, author=by.author, after=head)
    return made


def end(book: BookStore, name: str, why: str, by: Signature) -> Kept:
    """End an override: it counts no more from today on, or was never there where no decision had it yet.

    One that was decided with today has today as its last day. Raises UsageError for an unknown one, one that is over, or
    without a reason.
    """
    if not why.strip():
        raise UsageError("ending an override needs a reason", remedy='Add --reason "why": it will be read later.')
    head = book.head()
    one = _named(kept_overrides(book), name)
    if one.state(by.day) in ("ended", "taken back"):
        raise UsageError(f"override {name} is over", remedy="See them all: trimtab overrides --all.")
    begins, last = one.written.begins, by.day - _DAY
    on = max(last, begins) if decided_with(book, one.written) else min(last, one.override.ends)
    body = {"id": name, "on": on.isoformat(), "why": why}
    book.append([Note(OVERRIDE_ENDED, body, one.written.account)], recorded=by.at, author=by.author, after=head)
    return _named(kept_overrides(book), name)


def decided_with(book: BookStore, one: Override) -> bool:
    """Whether a decision that was proposed had it."""
    decided = notes(book, DECISION, one.account)
    return any(one.id in _had(note) for note in decided)


def require_assets(policy: Policy, names: Sequence[str]) -> None:
    """Raises UsageError, with the nearest name, for what is no asset of the policy."""
    known = [asset.id for asset in policy.universe]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Assets: {', '.join(known)}."
            raise UsageError(f"{name} is no asset of the policy {policy.name}", remedy=remedy)


def instant(by: Signature) -> datetime:
    """The instant of a signature, UTC."""
    moment: datetime = by.at.astype("datetime64[s]").astype(datetime)
    return moment.replace(tzinfo=UTC)


def _named(found: Sequence[Kept], name: str) -> Kept:
    for one in found:
        if one.written.id == name:
            return one
    known = ", ".join(one.written.id for one in found[-20:]) or "none yet"
    raise UsageError(f"there is no override {name!r}", remedy=f"There are: {known}.")


def _body(one: Override) -> dict[str, Any]:
    """An override as the journal keeps it."""
    return {
        "id": one.id,
        "begins": one.begins.isoformat(),
        "ends": one.ends.isoformat(),
        "shifts": {name: f"{shift:f}" for name, shift in one.shifts.items()},
        "holds": list(one.holds),
        "why": one.why,
    }


def _override(noted: Noted) -> Override:
    body = noted.body
    shifts = {name: Decimal(text) for name, text in body["shifts"].items()}
    span = (_recorded(noted), date.fromisoformat(body["begins"]), date.fromisoformat(body["ends"]))
    return Override(body["id"], noted.place, noted.author, body["why"], *span, shifts, tuple(body["holds"]))


def _ending(noted: Noted) -> Ending:
    return Ending(noted.author, _recorded(noted), date.fromisoformat(noted.body["on"]), noted.body["why"])


def _recorded(noted: Noted) -> datetime:
    return datetime.fromisoformat(noted.recorded)
