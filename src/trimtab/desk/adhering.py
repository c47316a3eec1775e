"""Did an account keep to its process? The five duties of METHODS 11, looked for in the journal and nowhere else.

What the journal cannot know, when a policy called for decisions, comes from its schedule on its market. The score stands
beside performance: no return is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.reading import DatedBack, dated_back
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.data.market import Market
from trimtab.desk.books import all_places
from trimtab.desk.dated_back import without_dating_back
from trimtab.desk.decided_in_time import decided_in_time
from trimtab.desk.decisions_made import decisions_made
from trimtab.desk.duties import Case, Found
from trimtab.desk.duty_calendar import duty_calendar
from trimtab.desk.following_history import held_places, policy_of, stretches
from trimtab.desk.limits_kept import limits_kept
from trimtab.desk.logged_overrides import logged
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.reviews_held import reviews_held
from trimtab.desk.traded_in_time import traded_in_time
from trimtab.desk.unlogged import unlogged
from trimtab.governance.adherence import Adherence, Duty, joined

Loader = Callable[[Policy], Market]


def adherence_of(
    orders: OrderBook,
    account: str,
    first: date,
    last: date,
    *,
    now: np.datetime64 | None = None,
    load: Loader = load_market,
) -> Adherence:
    """How an account, its sleeves, those of a household, or all (empty) kept to the process from `first` to `last`.

    What can still be done in time at `now` (UTC; by default the end of `last`) is not due yet. `load` gives the market of a
    policy. Raises UsageError where the period ends before it begins, or nothing in the name ever followed a policy.
    """
    if last < first:
        raise UsageError(f"the period ends on {last}, before it begins on {first}", remedy="Give --from before --to.")
    at = np.datetime64(last + timedelta(days=1), "s") if now is None else now.astype("datetime64[s]")
    places = held_places(orders.store, account)
    if not places:
        what = f"{account or 'no account'} follows no policy, so that there is no process to keep to"
        raise UsageError(what, remedy=f"Say which: trimtab book follow {account or 'ACCOUNT'} POLICY.")
    once = _once(load)
    cases = [case for place in places for case in _cases(orders, place, (first, last, at), once)]
    back = dated_back(orders.store.session)
    return joined([_adherence(case, back) for case in cases])


def _once(load: Loader) -> Loader:
    """The market of each policy, loaded once for all accounts."""
    known: dict[str, Market] = {}

    def loaded(policy: Policy) -> Market:
        if policy.sha256 not in known:
            known[policy.sha256] = load(policy)
        return known[policy.sha256]

    return loaded


def _cases(orders: OrderBook, place: str, asked: tuple[date, date, np.datetime64], load: Loader) -> Iterator[Case]:
    """An account while it was held to each of its policies."""
    first, last, now = asked
    made, funded = decisions_made(orders.store, place), _funded(orders.store, place)
    for one in stretches(orders.store, place):
        begin, end = max(first, one.begins, funded), last if one.ends is None else min(last, one.ends - timedelta(days=1))
        if begin <= end:
            policy = policy_of(orders.store, one.sha256)
            yield Case(orders, one, policy, duty_calendar(policy, load(policy), end), begin, end, now, made)


def _funded(book: BookStore, place: str) -> date:
    """The day on which the account first had anything: before it nothing can be decided. The last day there is: never."""
    own = [one for one in all_places(book) if one == place or one.startswith(f"{place}/")]
    return min((entry.when for one in own for _, entry in book.entries(one)), default=date.max)


def _adherence(case: Case, back: Sequence[DatedBack]) -> Adherence:
    """The duties of one account under one policy."""
    known = logged(case.orders.store, case.place, case.policy)
    hands, dated = unlogged(case, known), without_dating_back(case, back)
    found: dict[Duty, Found] = {
        Duty.SIGNALS: decided_in_time(case),
        Duty.TRADES: traded_in_time(case, known),
        Duty.LIMITS: limits_kept(case),
        Duty.OVERRIDES: Found(hands.occasions | dated.occasions, hands.violations + dated.violations),
        Duty.REVIEWS: reviews_held(case),
    }
    due = {duty: len(one.occasions) for duty, one in found.items()}
    return Adherence(due, tuple(violation for one in found.values() for violation in one.violations))
