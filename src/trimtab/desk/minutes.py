"""Minutes of an investment committee: what was voted on, how, why, and when it is to be looked at again.

They stand in the journal with the SHA-256 of the pack that lay before the committee. A vote signs nothing: a change of
parameters still waits for the signatures of persons (`policy sign`), a promotion for its conditions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.core.persons import people
from trimtab.desk.books import Signature
from trimtab.desk.committee_proposals import Proposal, proposal_in
from trimtab.desk.process_notes import MINUTES
from trimtab.governance.review_plan import months_after

_VOTE = re.compile(r"\s*(\d{1,3})\s*:\s*(\d{1,3})\s*")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Vote:
    """How many were for a proposal, and how many against it."""

    yes: int
    no: int

    @property
    def carried(self) -> bool:
        """Whether more were for it than against it."""
        return self.yes > self.no

    @property
    def words(self) -> str:
        """As minutes name it."""
        return f"{self.yes}:{self.no}, {'carried' if self.carried else 'not carried'}"


@dataclass(frozen=True, slots=True)
class Minutes:
    """What a committee decided: the number of the proposal, its words then, the vote and why.

    `revisit` is the last day by which to look again, `record` its place in the journal, `pack` the SHA-256 of what lay
    before the committee, `recorded` the day on which `by` wrote it down.
    """

    record: int
    proposal: str
    what: str
    vote: Vote
    why: str
    revisit: date
    pack: str
    by: str
    recorded: date
    attended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be written down: `proposal` such as P-14, the vote as `4:1`, why, and when to look again: 2027-03.

    `pack` is the SHA-256 of the pack; `attended` are names. `head` is the journal that the pack was made of, and `what` the
    words of the proposal in it, where known.
    """

    proposal: str
    vote: str
    why: str
    revisit: str
    pack: str
    attended: tuple[str, ...] = ()
    head: str = ""
    what: str = ""


def record_minutes(book: BookStore, decided: Decided, by: Signature) -> Minutes:
    """Write minutes into the journal, and return them as they stand there.

    Raises UsageError for an unknown proposal, a vote or a date that is none, a date that is past, without a reason, and
    where the pack was made of another book, or says something else of the proposal than the book does.
    """
    vote, again = vote_of(decided.vote), revisit_of(decided.revisit, by.day)
    if not decided.why.strip():
        raise UsageError("minutes need a reason", remedy='Add --why "what decided it": it will be read later.')
    attended = people(decided.attended)
    if attended and vote.yes + vote.no > len(attended):
        what = f"{vote.yes + vote.no} voted, and {len(attended)} attended"
        raise UsageError(what, remedy="Name everybody who attended, or leave the names out.")
    with book.reading():
        _require_of(book, decided.head)
        head, proposal = book.head(), proposal_in(book, decided.proposal, by.day)
    if decided.what and decided.what != proposal.what:
        said = f"the pack says of {proposal.number} {decided.what!r}, and the book {proposal.what!r}"
        raise UsageError(said, remedy="Make the pack again, and vote on that.")
    note = Note(MINUTES, _body(decided, proposal, again, attended), "")
    (record,) = book.append([note], recorded=by.at, author=by.author, after=head)
    return next(one for one in minutes_of(book) if one.record == record)


def _require_of(book: BookStore, head: str) -> None:
    if head and not list(book.session.execute("SELECT number FROM journal WHERE hash = ?", (head,))):
        what = f"the pack was made of another book: its journal ended in {head[:12]}, which this one never did"
        raise UsageError(what, remedy="Name the book with --book, or the pack of this one with --pack.")


def minutes_of(book: BookStore, until: date | None = None) -> tuple[Minutes, ...]:
    """All minutes of a book, oldest first; with `until` those that were written down by the end of that day."""
    return tuple(map(_read, notes(book, MINUTES, until=until)))


def earlier(book: BookStore, made: Minutes) -> tuple[Minutes, ...]:
    """What was decided on the same proposal before, oldest first."""
    return tuple(one for one in minutes_of(book) if one.proposal == made.proposal and one.record < made.record)


def to_revisit(every: Sequence[Minutes], today: date) -> tuple[Minutes, ...]:
    """Those that were to be looked at again by `today`, and have not been voted on since; the longest overdue first."""
    last = {one.proposal: one for one in every}
    return tuple(sorted((one for one in last.values() if one.revisit <= today), key=lambda one: (one.revisit, one.record)))


def vote_of(written: str) -> Vote:
    """`4:1` as a vote. Raises UsageError for what is none, and where nobody voted."""
    found = _VOTE.fullmatch(written)
    if found is None:
        raise UsageError(f"{written!r} is no vote", remedy="Write those for it and those against it: 4:1.")
    made = Vote(int(found[1]), int(found[2]))
    if not made.yes + made.no:
        raise UsageError("nobody voted", remedy="Write those for it and those against it: 4:1.")
    return made


def revisit_of(written: str, today: date) -> date:
    """The last day by which to look again: a date, or a month and its last day. Raises UsageError for none, or a past one."""
    text = written.strip()
    try:
        month = date.fromisoformat(f"{text}-01") if _MONTH.fullmatch(text) else None
        day = date.fromisoformat(text) if month is None else months_after(month, 1) - timedelta(days=1)
    except ValueError:
        raise UsageError(f"{written!r} is no month and no date", remedy="Write 2027-03 or 2027-03-15.") from None
    if day <= today:
        raise UsageError(f"{written} is over: today is {today}", remedy="Give a later month, or a later date.")
    return day


def _body(decided: Decided, proposal: Proposal, again: date, attended: tuple[str, ...]) -> dict[str, object]:
    vote = vote_of(decided.vote)
    return {
        "proposal": proposal.number,
        "what": proposal.what,
        "vote": f"{vote.yes}:{vote.no}",
        "why": decided.why.strip(),
        "revisit": again.isoformat(),
        "pack": decided.pack,
        "attended": list(attended),
    }


def _read(one: Noted) -> Minutes:
    body = one.body
    head = (one.record, str(body["proposal"]), str(body.get("what", "")), vote_of(str(body["vote"])), str(body["why"]))
    rest = (date.fromisoformat(body["revisit"]), str(body.get("pack", "")), one.author, date.fromisoformat(one.recorded[:10]))
    return Minutes(*head, *rest, tuple(body.get("attended", ())))
