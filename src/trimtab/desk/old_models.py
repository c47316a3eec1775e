"""Policies that an account has left, in shadow beside it until the day that their change names (desk/change_requests.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trimtab.accounting.database.store import BookStore
from trimtab.desk.account_entries import owned
from trimtab.desk.books import account_of, entries_of
from trimtab.desk.change_requests import Requested, changes_of
from trimtab.desk.following_history import policy_of
from trimtab.desk.ladder import Shadow
from trimtab.desk.practice import Loader
from trimtab.desk.prepare import until
from trimtab.desk.shadow import begins_on, old_model, own_taxes


@dataclass(frozen=True, slots=True, eq=False)
class OldModel:
    """A change that an account took up on a day, and the shadow of the policy that it left then."""

    request: Requested
    on: date
    shadow: Shadow


def old_models_in(book: BookStore, account: str, load: Loader, *, as_of: date | None = None) -> tuple[OldModel, ...]:
    """The old models of an account (or ACCOUNT/SLEEVE) of the book, oldest change first.

    Each begins with its first decision that could still be traded on the day it was left. `load` gives the market of a
    policy, as far as it is known. Raises UsageError where an old policy is kept nowhere any more, and DataError where no
    decision of it with a day after it is in the data, or prices are missing.
    """
    scope, found = account_of(book, account), list[OldModel]()
    for request in changes_of(book):
        for made in request.made:
            if made.account != scope.name:
                continue
            policy = policy_of(book, request.change.old)
            market = until(load(policy), as_of)
            mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
            first = begins_on(policy, market, made.on)
            shadow = old_model(own_taxes(policy, scope), market, mine, first, last=request.shadow_until)
            found.append(OldModel(request, made.on, shadow))
    return tuple(found)
