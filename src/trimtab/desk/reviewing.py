"""Every account that is asked for, rebalanced under the policy it follows: the adviser's review, before anything is proposed.

Each policy is loaded and looked through once. What cannot be asked (an account without a policy, in another currency, with
nothing in it) is listed with the reason; the others go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import DataError, UsageError
from trimtab.core.trades import Turnover
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts, names_in
from trimtab.desk.backtest import Progress
from trimtab.desk.circumstances import at_planning
from trimtab.desk.following import followed, followings
from trimtab.desk.gates import gate_of
from trimtab.desk.outlook import Outlook, outlook
from trimtab.desk.past_turnover import KIND, past_turnover
from trimtab.desk.policy import Policy
from trimtab.desk.rebalancing import Rebalance, rebalance

Moment = tuple[np.datetime64 | None, np.datetime64]  # the date that is looked at (None: the last known), and now
Loader = Callable[[Policy], Market]


class Skipped(NamedTuple):
    """An account that could not be asked, and why."""

    account: str
    why: str


@dataclass(frozen=True, slots=True)
class Review:
    """The rebalances, in the order of the accounts, and what was skipped."""

    rebalances: tuple[Rebalance, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Accounts by the policy that they are rebalanced under, and those for which there is none."""

    by_policy: Mapping[str, tuple[Policy, tuple[str, ...]]]
    skipped: tuple[Skipped, ...] = ()


def wanted(book: Any, name: str, policy: Policy | None, prepare: Callable[[Policy], Policy] = lambda one: one) -> Wanted:
    """What a name asks for: under `policy`, or each account under the one it follows. `prepare` sets the data of a policy."""
    names = tuple(names_in(book, name))
    if policy is not None:
        return Wanted({policy.sha256: (policy, names)})
    known, found, skipped = followings(book), defaultdict(list), []
    for one in names:
        if one in known:
            found[known[one].sha256].append(one)
        else:
            skipped.append(Skipped(one, f"follows no policy: trimtab book follow {one} POLICY"))
    made = {sha: (prepare(followed(known[own[0]])), tuple(own)) for sha, own in found.items()}
    return Wanted(made, tuple(skipped))


def review(
    orders: OrderBook,
    asked: Wanted,
    load: Loader,
    at: tuple[np.datetime64 | None, np.datetime64],
    progress: Progress | None = None,
) -> Review:
    """Rebalance them all. Raises UsageError where one account is asked for and cannot be."""
    as_of, now = at
    total = sum(len(names) for _, names in asked.by_policy.values())
    found, skipped, done = [], list(asked.skipped), 0
    for policy, names in asked.by_policy.values():
        said = outlook(policy, load(policy), as_of)
        accounts = Accounts(said, orders.store)
        past = turnovers(orders, said, names, accounts)
        for name in names:
            done += 1
            try:
                found.append(_one(orders, accounts, name, now, past.get(name)))
            except (UsageError, DataError) as error:
                skipped.append(Skipped(name, str(error)))
            if progress is not None:
                progress(done, total)
    if total == 1 and not found:
        raise UsageError(skipped[-1].why)
    return Review(tuple(found), tuple(skipped))


def _one(orders: OrderBook, accounts: Accounts, name: str, now: np.datetime64, past: Turnover | None) -> Rebalance:
    asked = accounts.asked(name, past)
    said = accounts.outlook
    moment = at_planning(said, asked.book.nav, orders.state(asked.account.id), now)
    return rebalance(said, asked, gate_of(said.policy), moment)


def turnovers(orders: OrderBook, said: Outlook, names: Iterable[str], accounts: Accounts) -> Mapping[str, Turnover]:
    """Past turnover by account, where a rule of the policy has a budget for it."""
    if not said.policy.rules.budgets:
        return {}
    decided: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in notes(orders.store, KIND):
        decided[one.place][one.body["batch"]] = one.body
    numbers = accounts.assets
    count = len(said.policy.universe)
    return {name: _turnover(orders, name, decided[name], numbers, count) for name in names if name in decided}


def _turnover(
    orders: OrderBook, name: str, decided: Mapping[str, Mapping[str, Any]], numbers: Mapping[str, int], count: int
) -> Turnover:
    account = name.partition("/")[0]
    own: Sequence[Any] = [one for one in orders.standings(account) if name in (account, one.ticket.booked)]
    return past_turnover(own, decided, numbers, count)
