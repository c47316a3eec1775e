"""What a committee is asked to vote on: changes of parameters, promotions, overrides to renew.

Each has a number that stays its own: P-3 is the third thing in the journal that could ever be voted on, so that minutes of
years ago still say what they were about. What is done with is no longer listed; its number is given to nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.change_requests import Requested, changes_of, terms_of
from trimtab.desk.committee_told import told
from trimtab.desk.following import followings
from trimtab.desk.kept import kept_as
from trimtab.desk.process_notes import COMMITTED, OVERRIDE, OVERRIDE_ENDED, PROMOTED, REQUESTED
from trimtab.desk.staged import SHORT
from trimtab.governance.changes import Terms

RENEWAL, PROMOTION = "override", "promotion"
NEXT = {"draft": "candidate", "candidate": "paper", "paper": "live"}
_NUMBER = re.compile(r"[Pp]-?(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to vote on: its number (P-3), a word for its `kind`, and what it would do.

    `why` is what the person who asked wrote, `asked` the day, `record` the place in the journal. `until` is the last day on
    which the vote still matters, where there is one; `account` is empty for what concerns all. `needs` are the conditions
    that stand whatever the vote.
    """

    number: str
    kind: str
    what: str
    why: str
    by: str
    asked: date
    record: int
    account: str = ""
    until: date | None = None
    open: bool = True
    needs: tuple[str, ...] = ()
    sha256: str = ""  # of the policy that would be promoted, or would give way


def proposals_of(book: BookStore, today: date) -> tuple[Proposal, ...]:
    """Everything that could ever be voted on, by its number; `open` says what still can be `today`."""
    asked = sorted((one.record, kind, one) for kind in (COMMITTED, PROMOTED, REQUESTED, OVERRIDE) for one in notes(book, kind))
    state = _State.of(book)
    wanted = [(kind, one) for _, kind, one in asked if kind != PROMOTED or one.body["to"] in NEXT]
    every = (_proposal(f"P-{k}", kind, one, state) for k, (kind, one) in enumerate(wanted, 1))
    return tuple(replace(one, open=one.open and (one.until is None or today <= one.until)) for one in every)


def proposal_in(book: BookStore, number: str, today: date) -> Proposal:
    """The proposal of that number. Raises UsageError where there is none, or where it is done with."""
    every = proposals_of(book, today)
    found = _NUMBER.fullmatch(number.strip())
    one = next((each for each in every if found is not None and each.number == f"P-{int(found[1])}"), None)
    if one is None:
        waiting = ", ".join(each.number for each in every if each.open) or "none"
        raise UsageError(f"there is no proposal {number!r}", remedy=f"Open are: {waiting}.")
    if not one.open:
        raise UsageError(f"{one.number} is done with: {one.what}", remedy="Vote on what is still open.")
    return one


def to_vote(every: Iterable[Proposal], until: date) -> Iterator[Proposal]:
    """What is to be voted on: all that is open; of overrides those that end before the next meeting, `until`."""
    for one in every:
        if one.open and (one.kind != RENEWAL or one.until is None or one.until <= until):
            yield one


def concerning(book: BookStore, places: Collection[str], every: Iterable[Proposal]) -> Iterator[Proposal]:
    """Those that concern some accounts: of overrides their own, of policies all but those that only others follow."""
    known = followings(book)
    mine = {one.sha256 for place, one in known.items() if place in places}
    others = {one.sha256 for one in known.values()} - mine
    return (one for one in every if (not one.account or one.account in places) and one.sha256 not in others)


@dataclass(frozen=True, slots=True)
class _State:
    """What is done with: change requests by id, overrides by their last day, where policies stand, and which are followed."""

    changes: Mapping[str, Requested]
    terms: Mapping[str, Terms]
    ends: Mapping[tuple[str, str], date]
    last: Mapping[str, int]
    hypotheses: Mapping[str, str]
    followed: frozenset[str]

    @classmethod
    def of(cls, book: BookStore) -> _State:
        steps = sorted((*notes(book, COMMITTED), *notes(book, PROMOTED)), key=lambda one: one.record)
        changes = {one.id: one for one in changes_of(book)}
        terms = {one.change.old: _terms(book, one.change.old) for one in changes.values()}
        return cls(
            changes,
            terms,
            {(one.place, str(one.body["id"])): date.fromisoformat(one.body["on"]) for one in notes(book, OVERRIDE_ENDED)},
            {str(one.body["sha256"]): one.record for one in steps},
            {str(one.body["sha256"]): str(one.body["hypothesis"]) for one in notes(book, COMMITTED)},
            frozenset(one.sha256 for one in followings(book).values()),
        )


def _terms(book: BookStore, old: str) -> Terms:
    """Those of the old policy; the usual ones where the journal does not keep it."""
    return told(lambda: terms_of(kept_as(book, old))).found or Terms()


def _proposal(number: str, kind: str, one: Noted, state: _State) -> Proposal:
    make = {REQUESTED: _change, OVERRIDE: _override}.get(kind, _promotion)
    day = date.fromisoformat(one.recorded[:10])
    return Proposal(number, asked=day, by=one.author, record=one.record, **make(one, state))


def _change(one: Noted, state: _State) -> dict[str, Any]:
    """Open while an account follows the old policy and the request has not lapsed."""
    found = state.changes[str(one.body["id"])]
    change, terms = found.change, state.terms[found.change.old]
    old, new = (f"{name} ({sha[:SHORT]})" for name, sha in zip(found.names, (change.old, change.new), strict=True))
    signed = f"signed by {', '.join(found.signed)}" if found.signed else "signed by nobody yet"
    needs = (f"the cooling-off ends on {found.cools_until(terms).date()}", signed)
    rest = {"until": found.lapses(terms).date(), "open": change.old in state.followed, "needs": needs, "sha256": change.old}
    return {"kind": "change", "what": f"{found.id}: {old} gives way to {new}, {change.cause.value}", "why": change.why, **rest}


def _promotion(one: Noted, state: _State) -> dict[str, Any]:
    body = one.body
    stands = str(body.get("to", "draft"))
    what = f"promote {body['name']} ({body['sha256'][:SHORT]}) from {stands} to {NEXT[stands]}"
    sha256 = str(body["sha256"])
    why, latest = state.hypotheses.get(sha256, ""), state.last[sha256] == one.record
    return {"kind": PROMOTION, "what": what, "why": why, "sha256": sha256, "open": latest}


def _override(one: Noted, state: _State) -> dict[str, Any]:
    body = one.body
    ends = date.fromisoformat(body["ends"])
    cut = min(ends, state.ends.get((one.place, str(body["id"])), ends))
    what = f"renew override {body['id']} of {one.place} ({moves_words(body)}), which ends on {cut}"
    return {"kind": RENEWAL, "what": what, "why": str(body["why"]), "account": one.place, "until": cut, "open": cut == ends}


def moves_words(body: Mapping[str, Any]) -> str:
    """What an override moves, in words: `SPY +5.0 %, TLT held`."""
    shifts = [f"{name} {100 * float(shift):+.1f} %" for name, shift in dict(body.get("shifts") or {}).items()]
    return ", ".join([*shifts, *(f"{name} held" for name in body.get("holds") or ())])
