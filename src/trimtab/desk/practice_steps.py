"""The next instant at which something can happen on a practice desk.

That is after the close that fills what was sent, the next time that a market takes what is approved, or the evening of the
next decision date. What can be done now is named instead: nobody is to walk past it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import DataError, UsageError
from trimtab.core.orders import WORKING, OrderKind, Standing, Status
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.circumstances import day_of_decision
from trimtab.desk.coming import next_opening
from trimtab.desk.dates import decision_rows
from trimtab.desk.episodes import awaited
from trimtab.desk.following import followed, followings
from trimtab.desk.judging import Judge, numbers_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader, first_instant, known_by
from trimtab.desk.reviewing import review, wanted

_LATER = np.timedelta64(30, "m")  # after a market has opened


@dataclass(frozen=True, slots=True)
class Coming:
    """The instant, and what can happen then."""

    at: np.datetime64
    what: str


def coming(orders: OrderBook, judge: Judge, load: Loader, now: np.datetime64) -> Coming:
    """The next instant. `load` gives the whole data of a policy, of which the dates of sessions to come are looked at alone.

    Raises UsageError where something can be done now, DataError where the data hold nothing later.
    """
    standings = [one for one in orders.standings() if not one.ticket.parts]
    require_nothing(standings, Status.PLANNED, "waits for a person", "trimtab orders approve {batch}")
    policies = {policy.sha256: policy for policy in _followed(orders)}
    working = [one for one in standings if one.status in WORKING]
    if working:
        return _filling([judge.policy(sha) for sha in dict.fromkeys(one.ticket.policy for one in working)], load, now)
    approved = [one for one in standings if one.status is Status.APPROVED]
    if approved:
        return _taking(approved, judge, now)
    _require_decided(orders, load, now)
    return _deciding(policies.values(), load, now)


def require_nothing(standings: Sequence[Standing], status: Status, what: str, command: str) -> None:
    """Raises UsageError where an order has this status: it can be seen to now."""
    found = next((one for one in standings if one.status is status), None)
    if found is not None:
        name = found.ticket.batch or found.id[:8]
        remedy = f"{command.format(batch=name, account=found.ticket.account)}. To walk past it: trimtab practice --to INSTANT."
        raise UsageError(f"{name} {what}: time stands still for it", remedy=remedy)


def _followed(orders: OrderBook) -> list[Policy]:
    return [followed(one) for one in followings(orders.store).values()]


def _filling(policies: Iterable[Policy], load: Loader, now: np.datetime64) -> Coming:
    """The evening of the next session."""
    found = [_evenings(policy, load(policy)) for policy in policies]
    return Coming(_first_after(found, now), "the session is over: what was sent is filled, or not")


def _deciding(policies: Iterable[Policy], load: Loader, now: np.datetime64) -> Coming:
    """The evening of the next decision date."""
    found = []
    for policy in policies:
        market = load(policy)
        found.append(_evenings(policy, market)[decision_rows(policy, market)])
    if not found:
        raise UsageError("no account follows a policy", remedy="Say which: trimtab book follow ACCOUNT POLICY.")
    return Coming(_first_after(found, now), "a decision is due")


def _evenings(policy: Policy, market: Market) -> np.ndarray:
    """(T,) when decisions of each session can be made."""
    closes = market.closes_at(np.arange(len(market.sessions)))
    return np.maximum(closes, [first_instant(policy, one) for one in market.sessions])


def _first_after(found: Sequence[np.ndarray], now: np.datetime64) -> np.datetime64:
    every = np.unique(np.concatenate(found)) if found else np.empty(0, dtype="datetime64[s]")
    later = every[every > now]
    if not len(later):
        remedy = "The data end here: the practice is over. Begin again in a new folder, or on data that go on."
        raise DataError(f"the data hold nothing after {now}Z", remedy=remedy)
    return np.datetime64(later[0], "s")


def _taking(approved: Sequence[Standing], judge: Judge, now: np.datetime64) -> Coming:
    """When the markets take what is approved."""
    instants = [opening_for(judge.accounts(sha), own, now) for sha, own in by_policy(approved).items()]
    at = min((one for one in instants if not np.isnat(one)), default=np.datetime64("NaT", "s"))
    if np.isnat(at):
        raise DataError("no market takes these orders within a fortnight", remedy="trimtab practice --to INSTANT.")
    if at <= now:
        ways = "trimtab month --account {account}, or, where that refuses it, trimtab orders cancel {batch}"
        require_nothing(approved, Status.APPROVED, "can be sent now", ways)
    return Coming(at + _LATER, "the market takes orders")


def by_policy(standings: Iterable[Standing]) -> dict[str, list[Standing]]:
    """Orders by the policy whose rules they obey."""
    found: dict[str, list[Standing]] = defaultdict(list)
    for one in standings:
        found[one.ticket.policy].append(one)
    return found


def opening_for(accounts: Accounts, standings: Sequence[Standing], now: np.datetime64) -> np.datetime64:
    """The first instant from now on at which the markets take all of these orders; NaT where none is near."""
    numbers = numbers_of(accounts)
    kinds: dict[int, set[OrderKind]] = defaultdict(set)
    for one in standings:
        kinds[numbers.get(one.ticket.instrument, -1)].add(one.ticket.kind)
    return next_opening(accounts.outlook.market, kinds, now)


def _require_decided(orders: OrderBook, load: Loader, now: np.datetime64) -> None:
    """Raises UsageError where an account could decide now, and has not."""
    seen = review(
        orders, wanted(orders.store, "", None), lambda policy: known_by(load(policy), now), (day_of_decision(now), now)
    )
    for one in awaited(orders, seen.rebalances):
        if not (one.outlook.stale or one.decision.refused or one.blocked):
            remedy = f"trimtab month --account {one.name}. To walk past it: trimtab practice --to INSTANT."
            raise UsageError(f"{one.name} has a decision to make: time stands still for it", remedy=remedy)
