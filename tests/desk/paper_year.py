"""A paper account lived day by day through the real path: decide, approve, gate, outbox, paper broker, reconcile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tests.promoted import put_at
from trimtab.accounting.database.events import EntryPosted
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Entry, Fill, Flow
from trimtab.core.households import Account
from trimtab.core.trades import Decision
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.books import Signature, open_account, scope_of
from trimtab.desk.judging import Judge
from trimtab.desk.paper_income import book_income
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.proposing import propose_all
from trimtab.desk.result import Result
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.sending import Sender
from trimtab.desk.settlement import reconcile
from trimtab.desk.venues import GRACE, Where, open_venue
from trimtab.execution.brokers.paper import FILE, PaperBroker
from trimtab.execution.brokers.paper_book import PaperBook
from trimtab.execution.outbox import Outbox
from trimtab.governance.promotion import Stage

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
    least: Decimal  # that the account ever had in cash at the paper broker, just after a session
    cash: tuple[Decimal, Decimal]  # at the end, at the paper broker and in the book

    @property
    def fills(self) -> list[tuple[Any, ...]]:
        return [(f.when, f.asset, f.units, f.price, f.amount, f.cost) for f in self.entries if isinstance(f, Fill)]


@dataclass
class _Life:
    """A policy, its market, its backtest, and the account that lives through the same days."""

    orders: OrderBook
    policy: Policy
    market: Market
    clock: Hands
    folder: Path
    mail: list[Entry]  # what came of the backtest besides its trades, and is not in the book yet
    by_itself: bool = False  # dividends and interest are worked out by the paper account, no mail comes

    def turn(self, decision: Decision, traded: np.datetime64 | None) -> None:
        """Decide after the close, approve and send before the next opening; what comes by mail is booked on its day."""
        when = decision.today.when
        self.clock.at = self._close(when) + np.timedelta64(3, "h")
        self.reconcile()
        self.books(when)
        self._send(when)
        if traded is not None:
            self.clock.at = traded.astype("datetime64[s]") + MORNING
            self.books(traded, before_trades=True)
            self.venue(until(self.market, when))

    def books(self, until_day: np.datetime64, *, before_trades: bool = False) -> None:
        """Post what came by mail up to a day; of the day of a trade what came before it."""
        if self.by_itself:
            if not before_trades and self.orders.standings():
                self.income(until_day)
            return
        due = 0
        while due < len(self.mail) and self.mail[due].when <= until_day.item():
            if isinstance(self.mail[due], Fill):
                if before_trades and self.mail[due].when == until_day.item():
                    break
                del self.mail[due]
            else:
                due += 1
        names = {one.id: number for number, one in enumerate(self.orders.store.instruments())}
        events = [EntryPosted("P1", self._numbered(one, names)) for one in self.mail[:due]]
        del self.mail[:due]
        if events:
            self.orders.store.append(events, recorded=self.clock.at, author="desk")

    def income(self, until_day: np.datetime64) -> None:
        """Book what the market did to the account up to the end of a day."""
        by, seen = Signature("desk", self.clock.at), until(self.market, until_day)
        for _ in range(2):  # the second time there is nothing left
            found = book_income(self.orders, scope_of(self.orders.store, "P1"), self.policy, seen, by)
        assert not found

    def _numbered(self, one: Any, names: Mapping[str, int]) -> Any:
        return one._replace(asset=names[self.policy.universe[one.asset].series]) if "asset" in one._fields else one

    def _close(self, when: np.datetime64) -> np.datetime64:
        return self.market.closes_at(np.flatnonzero(self.market.sessions == when))[0].astype("datetime64[s]")

    def _send(self, when: np.datetime64) -> None:
        seen = until(self.market, when)
        asked = wanted(self.orders.store, "P1", self.policy)
        found = review(self.orders, asked, lambda _: seen, (when, self.clock.at))
        by = Signature("desk", self.clock.at)
        made = propose_all(self.orders, found.rebalances, by, claimant="test")
        names = [one.id for proposed in made for one in proposed.orders]
        if not names:
            return
        approved = self.orders.approve(names, "desk", "as planned")
        judge = self.judge(seen)
        venue = open_venue(Where("paper", "P1", self.folder), judge.accounts(self.policy.sha256), self.clock)
        done = Sender(self.orders, judge, Outbox(self.orders, venue, self.clock, GRACE["paper"])).send(approved)
        assert not done.refused, [str(one.error) for one in done.refused]
        assert all(not one.why for one in done.sent), [one.why for one in done.sent]

    def judge(self, seen: Market) -> Judge:
        by = Signature("desk", self.clock.at)
        return Judge(self.orders, lambda _: seen, by, lambda one: replace(one, data=self.policy.data))

    def venue(self, seen: Market) -> PaperBroker:
        """The paper broker: opening it tells it of money that came to the account."""
        accounts = self.judge(seen).accounts(self.policy.sha256)
        found = open_venue(Where("paper", "P1", self.folder), accounts, self.clock)
        assert isinstance(found, PaperBroker)
        return found

    def reconcile(self) -> None:
        """Take in what the paper broker has filled by now."""
        sent = [one for one in self.orders.standings() if one.sent_at]
        if not sent:
            return
        venue = self.venue(until(self.market, self.clock.at.astype("datetime64[D]")))
        outbox = Outbox(self.orders, venue, self.clock, GRACE["paper"])
        (found,) = reconcile(self.orders, outbox, ["P1"], sent[0].ticket.as_of)
        assert found.clean, found


def lived(policy: Policy, market: Market, folder: Path, *, by_itself: bool = False) -> tuple[Lived, Result]:
    """The account of the policy's capital, from its first decision on, and the backtest of the same days.

    Dividends and interest of the backtest come to the account as a custodian would book them, unless it works them out
    `by_itself`: then only the money that its owner brought comes to it.
    """
    market = until(market, policy.horizon.end)
    result = backtest(policy, market)
    folder.mkdir(parents=True, exist_ok=True)
    clock = Hands(result.decisions[0].today.cutoff)
    with BookStore.create(folder / "book.db", recorded=clock.at, author="desk") as book:
        open_account(book, Account("P1", "Paper"), Signature("desk", clock.at))
        put_at(book, policy, Stage.PAPER, at=clock.at, keep=False)
        life = _Life(OrderBook(book, clock, "desk"), policy, market, clock, folder, list(result.entries), by_itself)
        if by_itself:
            (flow,) = (entry for entry in result.entries if isinstance(entry, Flow))
            book.append([EntryPosted("P1", flow)], recorded=clock.at, author="owner")
        for decision, day in zip(result.decisions, result.traded, strict=True):
            life.turn(decision, day)
        clock.at = market.closes_at(np.array([len(market.sessions) - 1]))[0] + np.timedelta64(1, "h")
        life.reconcile()
        life.books(market.sessions[-1])
        broker = life.venue(market)
        entries = [entry for _, entry in book.entries("P1")]
        names = {asset.series: a for a, asset in enumerate(policy.universe)}
        numbers = [names[one.id] for one in book.instruments()]
        told = [one._replace(asset=numbers[one.asset]) if "asset" in one._fields else one for one in entries]
        cash = broker.money("P1"), book.purses("P1")["USD"]
        return Lived(told, life.orders.standings(), _least(folder / "paper" / FILE), cash), result


def _least(ledger: Path) -> Decimal:
    """The least cash after any line of the paper broker's ledger."""
    book, least = PaperBook(), Decimal("Infinity")
    for line in ledger.read_text().splitlines():
        book.apply(json.loads(line))
        least = min(least, book.cash["P1", "USD"])
    return least


def traded(result: Result) -> list[tuple[Any, ...]]:
    """The fills of a backtest, as those of `Lived`."""
    return [(f.when, f.asset, f.units, f.price, f.amount, f.cost) for f in result.fills]
