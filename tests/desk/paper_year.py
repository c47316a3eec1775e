"""A paper account lived day by day through the real path: decide, approve, gate, outbox, paper broker, reconcile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.accounting.database.events import EntryPosted
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Entry, Fill, Flow
from trimtab.core.households import Account
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.books import Signature, open_account
from trimtab.desk.judging import Judge
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.proposing import propose_all
from trimtab.desk.result import Result
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.sending import Sender
from trimtab.desk.settlement import reconcile
from trimtab.desk.venues import GRACE, Where, open_venue
from trimtab.execution.outbox import Outbox

MORNING = np.timedelta64(6, "h")


@dataclass
class Hands:
    """A clock that is set by hand."""

    at: np.datetime64

    def now(self) -> np.datetime64:
        return self.at


@dataclass
class Lived:
    """What became of the account: its entries, and the standings of all orders."""

    entries: list[Entry]
    orders: tuple[Any, ...]

    @property
    def fills(self) -> list[tuple[Any, ...]]:
        return [(f.when, f.asset, f.units, f.price, f.amount, f.cost) for f in self.entries if isinstance(f, Fill)]


def lived(policy: Policy, market: Market, folder: Path) -> tuple[Lived, Result]:
    """The account of the policy's capital, from its first decision on, and the backtest of the same days."""
    result = backtest(policy, market)
    folder.mkdir(parents=True, exist_ok=True)
    clock = Hands(result.decisions[0].today.cutoff)
    place = folder / "book.db"
    with BookStore.create(place, recorded=clock.at, author="desk") as book:
        open_account(book, Account("P1", "Paper"), Signature("desk", clock.at))
        money = EntryPosted("P1", Flow(result.dates[0].item(), policy.horizon.capital.amount))
        book.append([money], recorded=clock.at, author="desk")
        orders = OrderBook(book, clock, "desk")
        for decision in result.decisions:
            _turn(orders, policy, market, decision.today.when, clock, folder)
        clock.at = market.closes_at(np.array([len(market.sessions) - 1]))[0] + np.timedelta64(1, "h")
        _reconcile(orders, policy, market, clock, folder)
        entries = [entry for _, entry in book.entries("P1")]
        names = {asset.series: a for a, asset in enumerate(policy.universe)}
        numbers = [names[one.id] for one in book.instruments()]
        told = [one._replace(asset=numbers[one.asset]) if isinstance(one, Fill) else one for one in entries]
        return Lived(told, orders.standings()), result


def _turn(orders: OrderBook, policy: Policy, market: Market, when: np.datetime64, clock: Hands, folder: Path) -> None:
    """Decide after the close, approve and send before the next opening."""
    clock.at = market.closes_at(np.flatnonzero(market.sessions == when))[0] + np.timedelta64(3, "h")
    _reconcile(orders, policy, market, clock, folder)
    seen = until(market, when)
    asked = wanted(orders.store, "P1", policy)
    found = review(orders, asked, lambda _: seen, (when, clock.at))
    by = Signature("desk", clock.at)
    made = propose_all(orders, found.rebalances, by, claimant="test")
    names = [one.id for proposed in made for one in proposed.orders]
    if not names:
        return
    approved = orders.approve(names, "desk", "as planned")
    judge = Judge(orders, lambda _: seen, by, lambda one: replace(one, data=policy.data))
    venue = open_venue(Where("paper", "P1", folder), judge.accounts(policy.sha256), clock)
    done = Sender(orders, judge, Outbox(orders, venue, clock, GRACE["paper"])).send(approved)
    assert not done.refused, [str(one.error) for one in done.refused]
    assert all(not one.why for one in done.sent), [one.why for one in done.sent]


def _reconcile(orders: OrderBook, policy: Policy, market: Market, clock: Hands, folder: Path) -> None:
    """Take in what the paper broker has filled by now."""
    sent = [one for one in orders.standings() if one.sent_at]
    if not sent:
        return
    by = Signature("desk", clock.at)
    seen = until(market, clock.at.astype("datetime64[D]"))
    judge = Judge(orders, lambda _: seen, by, lambda one: replace(one, data=policy.data))
    venue = open_venue(Where("paper", "P1", folder), judge.accounts(policy.sha256), clock)
    outbox = Outbox(orders, venue, clock, GRACE["paper"])
    (found,) = reconcile(orders, outbox, ["P1"], sent[0].ticket.as_of)
    assert found.clean, found


def traded(result: Result) -> list[tuple[Any, ...]]:
    """The fills of a backtest, as those of `Lived`."""
    return [(f.when, f.asset, f.units, f.price, f.amount, f.cost) for f in result.fills]
