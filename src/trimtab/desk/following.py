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

    Raises ApprovalRequired where it follows one that is on paper or live, and no change request lets it change yet.
    """
    from trimtab.desk.change_requests import changed_note, require_change  # which reads who follows what: it imports us

    scope = account_of(book, account)
    policy = named_policy(written)
    place = written if _in_gallery(written) else str(Path(written).resolve())
    made = Following(scope.name, place, policy.sha256, policy.name)
    body = {"policy": made.policy, "sha256": made.sha256, "name": made.name}
    asked = require_change(book, scope.name, policy, by)
    changed = [] if asked is None else [changed_note(asked, scope.name)]
    book.append([Note(KIND, body, scope.name), *changed], recorded=by.at, author=by.author)
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

    `policies` are those that orders are to be planned under, by account. An account that follows none takes any.
    """
    known = followings(book)
    for account, policy in policies.items():
        if account in known and known[account].sha256 != policy.sha256:
            what = f"{account} follows {known[account].name}, not {policy.name} (policy {policy.sha256[:12]})"
            raise UsageError(what, remedy=f"Leave the policy out, or say so first: trimtab book follow {account} POLICY.")


def named_policy(written: str) -> Policy:
    """A policy file, or one of the gallery by name."""
    return gallery.named(written) if _in_gallery(written) else load_policy(written)


def _in_gallery(written: str) -> bool:
    return written in gallery.names() and not Path(written).is_file()
