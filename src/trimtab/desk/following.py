"""Which policy an account follows: written into the book with its SHA-256, so that a changed file is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk import gallery
from trimtab.desk.books import Signature, account_of
from trimtab.desk.load import load_policy
from trimtab.desk.policy import Policy

KIND = "follows"


@dataclass(frozen=True, slots=True)
class Following:
    """An account (or sleeve) and the policy that it follows: a file, or a name of the gallery, with its SHA-256."""

    account: str
    policy: str
    sha256: str
    name: str


def follow(book: BookStore, account: str, written: str, by: Signature) -> Following:
    """Have an account follow a policy from now on. Raises UsageError for an unknown account, PolicyError for a bad policy.

    Raises ApprovalRequired where it is held to one that is on paper or live, and no change request lets it change yet; and
    where the policy runs other code of its owner's than it was committed to with. Raises Busy where others write meanwhile.
    """
    from trimtab.desk.change_requests import changed_note, require_change  # which reads who follows what: it imports us

    scope = account_of(book, account)
    policy = named_policy(written)
    place = written if _in_gallery(written) else str(Path(written).resolve())
    made = Following(scope.name, place, policy.sha256, policy.name)
    body = {"policy": made.policy, "sha256": made.sha256, "name": made.name}
    head = book.head()  # a policy that is promoted, or taken back, meanwhile is asked for once more
    changed = [changed_note(one, scope.name) for one in require_change(book, scope.name, policy, by)]
    book.append([Note(KIND, body, scope.name), *changed], recorded=by.at, author=by.author, after=head)
    return made


def followings(book: BookStore) -> dict[str, Following]:
    """The policy of every account that follows one, as it was last said."""
    found = {}
    for one in notes(book, KIND):
        found[one.place] = Following(one.place, one.body["policy"], one.body["sha256"], one.body["name"])
    return dict(sorted(found.items()))


def followed(following: Following) -> Policy:
    """The policy that is followed. Raises UsageError where the file says something else than it did."""
    policy = named_policy(following.policy)
    if policy.sha256 != following.sha256:
        what = f"{following.policy} has changed since {following.account} was told to follow it"
        remedy = f"Read it, then say so: trimtab book follow {following.account} {following.policy}."
        raise UsageError(what, remedy=remedy)
    return policy


def followed_by(book: BookStore, account: str) -> Policy:
    """The policy that an account (or sleeve) follows. Raises UsageError where it follows none, or the file has changed."""
    known = followings(book)
    if account not in known:
        remedy = f"Give --policy, or say which: trimtab book follow {account} POLICY."
        raise UsageError(f"{account} follows no policy, so that nobody knows its rules", remedy=remedy)
    return followed(known[account])


def require_followed(book: BookStore, policies: Mapping[str, Policy]) -> None:
    """Raises UsageError where an account (or sleeve) follows another policy: its orders obey the rules of that one.

    `policies` are those that orders are to be planned under, by account. An account that follows none takes any, unless what
    managed its money so far was on paper or live: then it follows the other first, under a change request.
    """
    known = followings(book)
    for account, policy in policies.items():
        if other := other_policy(book, known, account, policy):
            what = f"{account} {other}, not {policy.name} (policy {policy.sha256[:12]})"
            leave = "Leave the policy out, or say" if account in known else "Say"
            raise UsageError(what, remedy=f"{leave} so first: trimtab book follow {account} POLICY.")


def other_policy(book: BookStore, known: Mapping[str, Following], account: str, policy: Policy) -> str:
    """That an account (or sleeve) follows, or is held to, another policy, in words; empty where it may trade under this one."""
    from trimtab.desk.held_to import held_elsewhere  # which reads who follows what: it imports us

    if account in known:
        return f"follows {known[account].name}" if known[account].sha256 != policy.sha256 else ""
    held = held_elsewhere(book, account, policy.sha256)
    return f"is held to {held}" if held else ""


def named_policy(written: str) -> Policy:
    """A policy file, or one of the gallery by name."""
    return gallery.named(written) if _in_gallery(written) else load_policy(written)


def _in_gallery(written: str) -> bool:
    return written in gallery.names() and not Path(written).is_file()
