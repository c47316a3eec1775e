"""Another policy in the place of one that is on paper or live: asked for with a reason, signed, cooled off, then followed.

A request is for a pair of policies; each account that changes takes it up for itself, and the journal says when. How many
people sign hangs on the account's last year (governance/changes). The old model runs on in shadow for six months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ApprovalRequired, UsageError
from trimtab.core.persons import same_person
from trimtab.desk.books import Signature
from trimtab.desk.held_to import held_by, held_to
from trimtab.desk.kept import kept_as
from trimtab.desk.last_year import over_the_benchmark
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import CHANGED, REQUESTED, REVIEWED, SIGNED
from trimtab.desk.proposing import keep_policies
from trimtab.desk.staged import SHORT, Course, course_of, stage_now
from trimtab.desk.trial_code import code_of
from trimtab.governance.changes import Cause, Change, Circumstances, Terms, obstacles
from trimtab.governance.promotion import Stage
from trimtab.governance.review_plan import months_after

SHADOW = 6  # months that the old model runs on beside the new one
STANDS = 90  # days after the cooling-off: what nobody has taken up by then is asked for again
UNDER_WAY = 90  # days after a full-cycle review that its changes are asked and made in


@dataclass(frozen=True, slots=True)
class Made:
    """An account that follows the new policy, from a day on."""

    account: str
    on: date


@dataclass(frozen=True, slots=True)
class Requested:
    """A request by its id: the change, the names of both policies, who has signed, and which accounts took it up."""

    id: str
    change: Change
    names: tuple[str, str]
    signed: tuple[str, ...] = ()
    made: tuple[Made, ...] = ()

    @property
    def shadow_until(self) -> date | None:
        """The day until which the old model runs on beside the new one; None where no account has changed yet."""
        return months_after(max(one.on for one in self.made), SHADOW) if self.made else None

    def cools_until(self, terms: Terms) -> datetime:
        """The instant from which it may take effect."""
        return self.change.requested + timedelta(days=terms.cooling_off)

    def lapses(self, terms: Terms) -> datetime:
        """The instant from which it no longer does."""
        return self.cools_until(terms) + timedelta(days=STANDS)


def changes_of(book: BookStore) -> tuple[Requested, ...]:
    """Every request of a book, oldest first."""
    signed, made = notes(book, SIGNED), notes(book, CHANGED)
    return tuple(_requested(one, signed, made) for one in notes(book, REQUESTED))


def _requested(note: Noted, signed: tuple[Noted, ...], made: tuple[Noted, ...]) -> Requested:
    body, name = note.body, str(note.body["id"])
    cause, at = Cause(body["cause"]), datetime.fromisoformat(note.recorded)
    change = Change(str(body["old"]), str(body["new"]), cause, str(body["why"]), note.author, at)
    people = tuple(one.author for one in signed if one.body["id"] == name)
    accounts = tuple(Made(one.place, date.fromisoformat(one.recorded[:10])) for one in made if one.body["id"] == name)
    return Requested(name, change, (str(body["names"][0]), str(body["names"][1])), people, accounts)


def change_of(book: BookStore, name: str) -> Requested:
    """The request of an id. Raises UsageError where there is none."""
    known = {one.id: one for one in changes_of(book)}
    if name not in known:
        what = f"there is no change request {name!r}"
        raise UsageError(what, remedy=f"There are: {', '.join(known) or 'none yet'}.")
    return known[name]


def request(book: BookStore, pair: tuple[Policy, Policy], cause: Cause, why: str, by: Signature) -> Requested:
    """Ask for the second policy in the place of the first. Raises UsageError where that is asked for already.

    Raises ParameterError for a change without a reason or a person, or between two that are the same.
    """
    old, new = pair
    Change(old.sha256, new.sha256, cause, why, by.author, instant(by))
    head, known = book.head(), changes_of(book)
    for one in known:
        same = (one.change.old, one.change.new) == (old.sha256, new.sha256)
        if same and instant(by) <= one.lapses(terms_of(old)):
            raise UsageError(f"{one.id} asks for this change already", remedy=f"Sign it: trimtab policy sign {one.id}.")
    body = {
        "id": f"C-{len(known) + 1}",
        "old": old.sha256,
        "new": new.sha256,
        "names": [old.name, new.name],
        "cause": cause.value,
        "why": why.strip(),
    }
    book.append([Note(REQUESTED, body)], recorded=by.at, author=by.author, after=head)
    keep_policies(book, {old.sha256: old, new.sha256: new}, by)
    return change_of(book, str(body["id"]))


def sign(book: BookStore, name: str, by: Signature) -> Requested:
    """Sign a request. Raises ApprovalRequired for who asked for it, and for who has signed it already."""
    found = change_of(book, name)
    if not same_person(by.author, by.author):
        raise UsageError("nobody signs", remedy="Give a name: --by NAME.")
    if same_person(by.author, found.change.requested_by):
        raise ApprovalRequired(f"{by.author} asked for {name} and does not sign it", remedy="Somebody else has to.")
    if any(same_person(by.author, one) for one in found.signed):
        raise ApprovalRequired(f"{by.author} has signed {name} already", remedy="A second person may have to sign it too.")
    book.append([Note(SIGNED, {"id": name})], recorded=by.at, author=by.author)
    return change_of(book, name)


def require_change(book: BookStore, account: str, new: Policy, by: Signature) -> tuple[Requested, ...]:
    """The requests under which an account may follow another policy now; none where it needs none.

    It needs one where the policy that manages its money is, or was, on paper or live, whether it ever followed that or not;
    who took it back needs one all the same. Raises ApprovalRequired, with what is missing: a stage of the new policy, a
    request, time or signatures; and where the new policy runs other code of its owner's than was committed to.
    """
    _require_code(book, new)
    held = held_to(book, account)
    return tuple(_change(book, account, (one, held[one]), new, by) for one in held if one != new.sha256)


def _require_code(book: BookStore, new: Policy) -> None:
    """The same file in another folder may run other code: it would be followed as if that had been committed to."""
    course = course_of(book, new.sha256)
    if course.committed is not None and not course.runs(code_of(new)):
        what = f"{new.name} (policy {new.sha256[:SHORT]}) runs other code of its owner's here than it was committed to with"
        raise ApprovalRequired(what, remedy="Follow it where that code is, or commit to it anew: trimtab policy commit.")


def _change(book: BookStore, account: str, held: tuple[str, Course], new: Policy, by: Signature) -> Requested:
    """The request to change from the policy that an account is held to. Raises ApprovalRequired with what is missing."""
    sha256, course = held
    _require_as_far(book, account, new, max(course.stage, Stage.PAPER))
    old, now = kept_as(book, sha256), instant(by)
    terms = terms_of(old)
    asked = [one for one in changes_of(book) if (one.change.old, one.change.new) == (old.sha256, new.sha256)]
    standing = [one for one in asked if now <= one.lapses(terms)]
    if not standing:
        remedy = f"Ask for it: trimtab policy change {old.sha256[:SHORT]} POLICY --cause flaw|data|mandate|review --reason WHY."
        lapsed = f"{asked[-1].id} lapsed on {asked[-1].lapses(terms).date()}" if asked else "nobody has asked for the change"
        raise ApprovalRequired(f"{account} is held to {old.name}, which is {course.stage.value}: {lapsed}", remedy=remedy)
    found = standing[-1]
    missing = obstacles(
        found.change, terms, _circumstances(book, found, account, now, over_the_benchmark(book, account, old, by))
    )
    if missing:
        what = f"{account} does not change to {new.name} under {found.id} yet: {'; '.join(missing)}"
        raise ApprovalRequired(what, remedy=f"Others sign it: trimtab policy sign {found.id} --by NAME.")
    return found


def lacking(book: BookStore, found: Requested, by: Signature) -> dict[str, tuple[str, ...]]:
    """What keeps each account that is still held to the old policy from changing now, in sentences; none where it may."""
    old, now = kept_as(book, found.change.old), instant(by)
    terms, waits = terms_of(old), {}
    for account in held_by(book, old.sha256):
        at = _circumstances(book, found, account, now, over_the_benchmark(book, account, old, by))
        lapsed = (f"it lapsed on {found.lapses(terms).date()}",) if now > found.lapses(terms) else ()
        waits[account] = lapsed or obstacles(found.change, terms, at)
    return waits


def _require_as_far(book: BookStore, account: str, new: Policy, needed: Stage) -> None:
    """A live account never follows a draft, nor one on paper."""
    stage = stage_now(book, new)
    if stage < needed:
        named = f"{new.name} (policy {new.sha256[:SHORT]})"
        what = f"{named} is at the stage {stage.value}: {account} changes from its policy to one that is {needed.value} alone"
        raise ApprovalRequired(what, remedy="Bring it as far first: trimtab policy status POLICY.")


def _circumstances(book: BookStore, found: Requested, account: str, now: datetime, relative: float | None) -> Circumstances:
    moves = course_of(book, found.change.new).moves
    validated = any(one.body.get("validation") for one in moves)
    return Circumstances(now, found.signed, relative, full_cycle=_reviewed(book, account, now), validated=validated)


def _reviewed(book: BookStore, account: str, now: datetime) -> bool:
    """Whether a full-cycle review was held of the account, or of all, and is not long ago."""
    held = [one for one in notes(book, REVIEWED) if one.body.get("kind") == "cycle" and one.place in ("", account)]
    return any(timedelta(0) <= now - datetime.fromisoformat(one.recorded) <= timedelta(days=UNDER_WAY) for one in held)


def changed_note(found: Requested, account: str) -> Note:
    """That an account took a request up."""
    body = {"id": found.id, "old": found.change.old, "new": found.change.new}
    return Note(CHANGED, body, account)


def terms_of(old: Policy) -> Terms:
    """The terms under which a policy may be changed: its own, or the usual ones."""
    return old.changes or Terms()


def instant(by: Signature) -> datetime:
    """When somebody writes, with its time zone."""
    plain: datetime = by.at.astype("datetime64[s]").astype(datetime)
    return plain.replace(tzinfo=UTC)
