"""The shadow of an account: the model as specified run on beside it, alone and with each override, from the same beginning.

What it means and how it adds up stands in desk/ladder.py, how a model runs beside an account in desk/beside.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.arrays import Array
from trimtab.core.calendar import day, plain_date
from trimtab.core.errors import DataError
from trimtab.core.households import Account
from trimtab.core.taxes import Wrapper
from trimtab.data.market import Market
from trimtab.desk.account_entries import Owned, owned
from trimtab.desk.beside import Told, beside
from trimtab.desk.books import Scope, account_of, entries_of
from trimtab.desk.counterparts import untaxed
from trimtab.desk.daily_worth import Daily
from trimtab.desk.dates import decision_rows, fill_rows
from trimtab.desk.following import followed_by
from trimtab.desk.following_history import stretches
from trimtab.desk.ladder import Brought, Shadow
from trimtab.desk.overriding import overrides_of
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader
from trimtab.desk.prepare import until
from trimtab.governance.overrides import Override
from trimtab.numerics.returns import wealth

__all__ = ["Brought", "Shadow", "begins_on", "old_model", "shadow_in", "shadow_of", "told_by"]


def shadow_of(
    policy: Policy,
    market: Market,
    owned: Owned,
    overrides: Sequence[Override],
    *,
    first: date | None = None,
    told: Told | None = None,
) -> Shadow:
    """The shadow of an account under its policy, from its first decision on or after `first` to the market's last session.

    `overrides` are those of the account; the ones that were over before it begins are left out. `told` says, by session
    that was decided on, which of them the account's own trade had; without it they count on the days they live. Raises
    DataError where there is no decision with a day after it, or no price of what is held; UsageError where the account
    has what the policy does not know.
    """
    found = beside(policy, market, owned, first=first)
    ladder = tuple(sorted((one for one in overrides if one.ends >= found.first), key=lambda one: one.recorded))
    walks = [found.walk(ladder[:count], told) for count in range(len(ladder) + 1)]
    steps = np.array([_grown(found.daily(walked)) for walked in walks])
    dates = found.market.sessions[found.start :]
    return Shadow(owned.name, policy, ladder, dates, _grown(found.account), steps, found.account.begin, walks[-1].blocked)


def old_model(policy: Policy, market: Market, owned: Owned, changed: date, *, last: date | None = None) -> Shadow:
    """The shadow of a policy that an account has left, from its first decision on or after the day of the change.

    `last` is the day until which it runs on (`Requested.shadow_until`). All that the account did is its rest.
    """
    return shadow_of(policy, until(market, last), owned, (), first=changed)


def _grown(daily: Daily) -> Array:
    """(T,) what one unit became."""
    return wealth(daily.returns)


def shadow_in(book: BookStore, account: str, load: Loader, *, as_of: date | None = None) -> Shadow:
    """The shadow of an account (or ACCOUNT/SLEEVE) of the book under the policy that it follows, up to `as_of`.

    It begins with the first decision that could still be traded when the account came under the policy. `load` gives the
    market of the policy, as far as it is known. Raises UsageError where it follows none or has what the policy does not
    know; DataError where no day has passed yet, or prices are missing.
    """
    scope = account_of(book, account)
    policy = followed_by(book, scope.name).with_horizon(end=None)
    market = until(load(policy), as_of)
    first = begins_on(policy, market, stretches(book, scope.name)[-1].begins)
    mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
    kept = tuple(one for one in overrides_of(book, scope.name) if as_of is None or one.begins <= as_of)
    told = told_by(book, scope.name)
    found = shadow_of(own_taxes(policy, scope), market, mine, kept, first=first, told=told)
    earlier = [one.id for one in kept if one not in found.overrides]
    return replace(found, notes=_notes(found, earlier))


def begins_on(policy: Policy, market: Market, since: date) -> date:
    """The first decision date of a policy that could still be traded on the day since which an account follows it.

    Raises DataError where the data hold none.
    """
    rows = decision_rows(policy, market)
    fills = fill_rows(policy, market, rows)
    open_still = np.append(market.sessions, np.datetime64("9999-12-31"))[np.minimum(fills, len(market.sessions))] >= day(since)
    if not open_still.any():
        what = f"no decision of {policy.name} is in the data since {since}, the day from which the account follows it"
        raise DataError(what, remedy="Wait for the first decision and the day after it, or give later data.")
    return plain_date(market.sessions[rows[int(np.argmax(open_still))]])


def told_by(book: BookStore, name: str) -> Told:
    """By session that was decided on, the ids of the overrides that the trade of an account (or sleeve) had."""
    told = (one.body for one in notes(book, KIND, name) if "policy" in one.body)
    return {date.fromisoformat(body["when"]): tuple(body.get("overrides", {}).get("ids", ())) for body in told}


def own_taxes(policy: Policy, scope: Scope) -> Policy:
    """The policy as the account is taxed: in a shelter nothing is."""
    account: Account | None = scope.one
    sheltered = account is not None and account.wrapper is not Wrapper.TAXABLE
    return untaxed(policy) if sheltered and policy.tax is not None and policy.tax.bites else policy


def _notes(found: Shadow, earlier: Sequence[str]) -> tuple[str, ...]:
    """What is to be known of it."""
    said = []
    if earlier:
        which = "was" if len(earlier) == 1 else "were"
        said.append(f"{', '.join(earlier)} {which} over before the shadow begins, on {found.dates[0]}.")
    if found.blocked:
        more = f", and on {len(found.blocked) - 1} more" if len(found.blocked) > 1 else ""
        said.append(f"Nothing was traded of the model with its overrides on {found.blocked[0].rstrip('.')}{more}.")
    return tuple(said)
