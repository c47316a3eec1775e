"""An account of the book attributed to the policy that it follows, as the book and the policy's data have both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import takewhile

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import plain_date
from trimtab.core.errors import DataError, UsageError
from trimtab.data.market import Market
from trimtab.desk.account_attribution import AccountAttribution, attribute_account
from trimtab.desk.account_entries import Owned, owned
from trimtab.desk.attributed_overrides import Ran, with_overrides
from trimtab.desk.books import Scope, account_of, entries_of
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.following import followed, followings
from trimtab.desk.following_history import stretches
from trimtab.desk.overriding import overrides_of
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader
from trimtab.desk.prepare import until
from trimtab.desk.shadow import begins_on, own_taxes, told_by


def attribute_in(
    book: BookStore,
    name: str,
    load: Loader,
    *,
    by_sleeve: bool = False,
    first: date | None = None,
    as_of: date | None = None,
) -> AccountAttribution:
    """The attribution of an account (or ACCOUNT/SLEEVE) from `first` to `as_of`, by default the end of the data.

    `load` gives the market of the policy, as far as it is known. Raises UsageError where the account follows no policy, or
    what it has is not all known to it; DataError where there is no period.
    """
    scope = account_of(book, name)
    policy = _followed(book, scope.name).with_horizon(end=None)
    market = until(load(policy), as_of)
    mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
    found = attribute_account(policy, market, mine, by_sleeve=by_sleeve, first=first, batches=batches_of(book, scope.name))
    found = _overridden(book, scope, found, (policy, market, mine))
    before = _before(book, scope.name, found.attribution.starts[0])
    return replace(found, notes=(*before, *found.notes, *_later(mine, plain_date(market.sessions[-1]), as_of)))


def _overridden(
    book: BookStore, scope: Scope, found: AccountAttribution, ran: tuple[Policy, Market, Owned]
) -> AccountAttribution:
    """With the row of the account's overrides, where it has any and a model can be run beside it."""
    kept = overrides_of(book, scope.name)
    if not kept:
        return found
    policy, market, mine = ran
    try:
        since = begins_on(policy, market, stretches(book, scope.name)[-1].begins)
        return with_overrides(found, Ran(own_taxes(policy, scope), market, mine, since), kept, told=told_by(book, scope.name))
    except DataError as error:
        said = f"What overrides brought stands in what was done otherwise, and is not told apart: {error.what}."
        return replace(found, notes=(*found.notes, said))


def _followed(book: BookStore, name: str) -> Policy:
    known = followings(book)
    if name not in known:
        what = f"{name} follows no policy, so that there is nothing to attribute it to"
        raise UsageError(what, remedy=f"Say which: trimtab book follow {name} POLICY.")
    return followed(known[name])


def batches_of(book: BookStore, name: str) -> dict[date, str]:
    """What was proposed for an account (or sleeve): the label of its orders, by the session that was decided on."""
    return {date.fromisoformat(one.body["when"]): str(one.body["batch"]) for one in notes(book, KIND, name)}


def _later(mine: Owned, last: date, as_of: date | None) -> tuple[str, ...]:
    """What the prices do not reach."""
    count = sum(last < one.when <= (as_of or date.max) for one in mine.entries)
    if not count:
        return ()
    what = "one entry of the account after it is" if count == 1 else f"{count} entries of the account after it are"
    return (f"Prices end on {last}: {what} not in this.",)


def _before(book: BookStore, name: str, first: np.datetime64) -> tuple[str, ...]:
    """That the account did things before anybody had said that it follows this policy."""
    said = [(one.body["sha256"], one.body["name"], one.recorded[:10]) for one in notes(book, FOLLOWS, name)]
    own = list(takewhile(lambda one: one[0] == said[-1][0], reversed(said)))
    _, policy, since = own[-1]
    if np.datetime64(since) <= first:
        return ()
    return (f"{name} was told on {since} to follow {policy} as it stands; what it did before is measured by it all the same.",)
