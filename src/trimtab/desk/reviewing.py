"""Every account that is asked for, rebalanced under the policy it follows: the adviser's review, before anything is proposed.

Each policy is loaded and looked through once. What cannot be asked (an account without a policy, in another currency, with
nothing in it) is listed with the reason; the others go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.core.orders import WORKING, Standing
from trimtab.core.trades import Turnover
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts, names_in
from trimtab.desk.backtest import Progress
from trimtab.desk.blocking import crossed
from trimtab.desk.circumstances import at_planning
from trimtab.desk.following import Following, followed, followed_by, followings, other_policy
from trimtab.desk.gates import gate_of
from trimtab.desk.outlook import Outlook, outlook
from trimtab.desk.overrides_in_force import in_force
from trimtab.desk.overriding import Kept, kept_overrides
from trimtab.desk.past_turnover import KIND, past_turnover
from trimtab.desk.policy import Policy
from trimtab.desk.rebalancing import Asked, Rebalance, fills_ahead, rebalance, taxed
from trimtab.execution.gate import Gate

Moment = tuple[np.datetime64 | None, np.datetime64]  # the date that is looked at (None: the last known), and now
Loader = Callable[[Policy], Market]


class Skipped(NamedTuple):
    """An account that could not be asked, and why; above zero, `exit_code` says that somebody has to look."""

    account: str
    why: str
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """The rebalances, in the order of the accounts, and what was skipped."""

    rebalances: tuple[Rebalance, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Accounts by the policy that they are rebalanced under, and those for which there is none; `named`: not all, but one."""

    by_policy: Mapping[str, tuple[Policy, tuple[str, ...]]]
    skipped: tuple[Skipped, ...] = ()
    named: bool = False


def wanted(book: Any, name: str, policy: Policy | None, prepare: Callable[[Policy], Policy] = lambda one: one) -> Wanted:
    """What a name asks for: under `policy`, or each account under the one it follows. `prepare` sets the data of a policy.

    With a policy, accounts that follow another are skipped, unless the name is that of one: it is shown then, and not
    proposed. Without one, sleeves that follow a policy stand for an account that follows none. What follows none, or one that
    has changed, is skipped; where it is named, that is raised.
    """
    known = followings(book)
    names = tuple(names_in(book, name) if policy is not None else _parts(names_in(book, name), known))
    if policy is not None:
        others = {one: other for one in names if one != name and (other := other_policy(book, known, one, policy))}
        told = tuple(Skipped(one, f"{other}, not {policy.name}: leave the policy out") for one, other in others.items())
        return Wanted({policy.sha256: (policy, tuple(one for one in names if one not in others))}, told, bool(name))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in names:
        if one in known:
            found[known[one].sha256, known[one].policy].append(one)
        elif one == name:
            followed_by(book, one)
    nowhere = [one for one in names if one not in known]
    skipped = [Skipped(one, f"follows no policy: trimtab book follow {one} POLICY") for one in nowhere]
    made: dict[str, tuple[Policy, tuple[str, ...]]] = {}
    for (sha, _), own in found.items():
        try:
            made[sha] = (prepare(followed(known[own[0]])), (*made[sha][1], *own) if sha in made else tuple(own))
        except TrimtabError as error:
            if own == [name]:
                raise
            skipped += [Skipped(one, str(error), error.exit_code) for one in own]
    return Wanted(made, tuple(skipped), bool(name))


def _parts(names: Iterable[str], known: Mapping[str, Following]) -> Iterator[str]:
    """Accounts; in place of one that follows no policy, its sleeves that do."""
    for name in names:
        sleeves = [] if name in known else [place for place in known if place.startswith(f"{name}/")]
        yield from sleeves or [name]


def review(
    orders: OrderBook,
    asked: Wanted,
    load: Loader,
    at: tuple[np.datetime64 | None, np.datetime64],
    progress: Progress | None = None,
) -> Review:
    """Rebalance them all. Raises DataError where the only account cannot be, and UsageError where that one was named."""
    as_of, now = at
    total = sum(len(names) for _, names in asked.by_policy.values())
    found, skipped = list[tuple[Rebalance, Asked]](), list(asked.skipped)
    fault: TrimtabError | None = None
    for policy, names in asked.by_policy.values():
        try:
            several = _Several.of(orders, policy, load, as_of, names)
        except TrimtabError as error:
            if len(asked.by_policy) == 1:
                raise
            skipped += [Skipped(name, str(error), error.exit_code) for name in names]
            continue
        for name in names:
            try:
                found.append(several.rebalance(name, now))
            except (UsageError, DataError) as error:
                fault = error
                skipped.append(Skipped(name, str(error), 4 if isinstance(error, DataError) else 0))
            if progress is not None:
                progress(len(found) + len(skipped) - len(asked.skipped), total)
    if fault is not None and total == 1 and not asked.skipped and (asked.named or isinstance(fault, DataError)):
        raise fault
    return Review(_together(found), tuple(skipped))


def _together(found: Sequence[tuple[Rebalance, Asked]]) -> tuple[Rebalance, ...]:
    """The rebalances, each taxed with what the others of its household that can be proposed buy and sell beside it.

    Of another policy only purchases count: its household may be folded under another law, with other lots.
    """
    beside: dict[str, list[int]] = defaultdict(list)
    for k, (one, _) in enumerate(found):
        if one.exit_code == 5:
            beside[one.account.household].append(k)
    made = [one for one, _ in found]
    for members in beside.values():
        if len(members) > 1:
            fills = {k: fills_ahead(found[k][0].outlook, found[k][1], found[k][0].trades) for k in members}
            for k in members:
                one, asked = found[k]
                same = [j for j in members if j != k and found[j][1].found is asked.found]
                rest = [j for j in members if j != k and j not in same]
                others = [fill for j in same for fill in fills[j]]
                others += [ahead for j in rest for ahead in fills[j] if ahead[1].units > 0]
                made[k] = replace(one, trades=taxed(one.outlook, asked, one.trades, others))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Several:
    """Accounts under one policy: what it says, its gate, the past turnover of each, and what people override."""

    orders: OrderBook
    accounts: Accounts
    gate: Gate
    past: Mapping[str, Turnover]
    kept: tuple[Kept, ...]  # the overrides of the book

    @classmethod
    def of(cls, orders: OrderBook, policy: Policy, load: Loader, as_of: np.datetime64 | None, names: Sequence[str]) -> _Several:
        """All that is worked out once. Raises what reading the data raises."""
        said = outlook(policy, load(policy), as_of)
        accounts = Accounts(said, orders.store)
        past = turnovers(orders, said, names, accounts)
        return cls(orders, accounts, gate_of(policy), past, kept_overrides(orders.store))

    def rebalance(self, name: str, now: np.datetime64) -> tuple[Rebalance, Asked]:
        """One of them, and what was asked. Raises UsageError or DataError where it cannot be asked."""
        asked, said = self.accounts.asked(name, self.past.get(name)), self.accounts.outlook
        state = self.orders.state(asked.account.id)
        overrides = in_force(self.orders, name, plain_date(said.as_of), self.kept)
        found = rebalance(said, asked, self.gate, at_planning(said, asked.book.nav, state, now), overrides=overrides)
        under_way = len(self.orders.standings(asked.account.id, WORKING))
        return (replace(found, remarks=(*found.remarks, _said(under_way))) if under_way else found), asked


def _said(under_way: int) -> str:
    which, them = ("an order is", "it") if under_way == 1 else (f"{under_way} orders are", "them")
    return f"{which} under way: what is filled of {them} is not in the book yet"


def turnovers(orders: OrderBook, said: Outlook, names: Iterable[str], accounts: Accounts) -> Mapping[str, Turnover]:
    """Past turnover by account, where a rule of the policy has a budget for it."""
    if not said.policy.rules.budgets:
        return {}
    decided: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in notes(orders.store, KIND):
        decided[one.place][one.body["batch"]] = one.body
    numbers = accounts.assets
    count = len(said.policy.universe)
    sides = crossed(orders)
    own = {name: _own(orders, sides, name) for name in names if name in decided}
    return {name: past_turnover(some, decided[name], numbers, count) for name, some in own.items()}


def _own(orders: OrderBook, sides: Sequence[Standing], name: str) -> list[Standing]:
    """The orders, and the `sides` of crosses, of an account with all of its sleeves, or of one sleeve."""
    account = name.partition("/")[0]
    every = (*orders.standings(account), *(one for one in sides if one.ticket.account == account))
    return [one for one in every if name in (account, one.ticket.booked)]
