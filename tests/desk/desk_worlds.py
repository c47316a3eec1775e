"""A desk to work at: a folder of flat prices, a policy, a book of accounts and sleeves, and a clock that is set by hand.

Prices do not move: SPY 100, TLT 50, GLD 200, so that every weight can be worked out by hand. The last session is a Monday,
2026-11-02; the policy holds 50 % SPY, 30 % TLT and 10 % GLD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.desk.paper_year import Hands
from tests.promoted import put_at
from trimtab.accounting.database.events import EntryPosted, InstrumentListed
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Entry, Fill, Flow
from trimtab.core.households import Account, Instrument
from trimtab.core.orders import Standing
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.books import Signature, open_account, open_sleeve
from trimtab.desk.judging import Judge
from trimtab.desk.load import policy_from
from trimtab.desk.outlook import outlook
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.proposing import Proposed, propose_all
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.sending import Dispatch, Sender
from trimtab.desk.venues import GRACE, Where, open_venue
from trimtab.execution.outbox import Outbox

PRICES = {"SPY": 100.0, "TLT": 50.0, "GLD": 200.0}
LAST = np.datetime64("2026-11-02")
EVENING = np.datetime64("2026-11-02T23:30:00", "s")  # after the cut-off: New York closes at 21:00 UTC in winter
US = {"use": "us_federal", "short": 0.4, "long": 0.2, "ordinary": 0.4, "qualified": 0.2}
DAY = date(2026, 11, 2)


def values(folder: Path, **changes: Any) -> dict[str, Any]:
    """The policy as a file would say it."""
    return {
        "trimtab": 1,
        "name": "flat",
        "data": {"use": "folder", "path": str(folder / "prices")},
        "since": "2026-06-01",
        "capital": "100000 USD",
        "universe": {name: {"series": name, "class": "fund"} for name in PRICES},
        "benchmark": {"SPY": 0.5, "TLT": 0.3, "GLD": 0.1},
        "signals": {"trend": {"use": "trend", "window": "2M"}},
        "allocator": {"use": "overlay", "tilt": 0.05},
        "costs": {"use": "linear", "bps": 0},
        "schedule": {"decide": "month-end", "trade": "next_open"},
        "execution": {"units": "whole", "minimum": "1 USD"},
        **changes,
    }


@lru_cache(maxsize=1)
def _table() -> str:
    days = pd.bdate_range("2026-05-01", "2026-12-31").drop(pd.Timestamp("2026-11-26")).strftime("%Y-%m-%d")
    return "\n".join(["date,SPY,TLT,GLD", *(f"{day},100,50,200" for day in days)]) + "\n"


@dataclass
class Desk:
    """All of it. `rebalances` and `proposes` look at the market up to the clock's date."""

    folder: Path
    orders: OrderBook
    clock: Hands
    policy: Policy
    market: Market

    @property
    def book(self) -> BookStore:
        return self.orders.store

    @property
    def by(self) -> Signature:
        return Signature("ann", self.clock.at)

    def posts(self, place: str, *entries: Entry) -> None:
        self.book.append([EntryPosted(place, one) for one in entries], recorded=self.clock.at, author="ann")

    def holds(self, place: str, cash: float, bought: date = date(2026, 6, 1), /, **units: float) -> None:
        """Have a place hold units, bought at the prices of ever, and cash."""
        count = {name: Decimal(str(value)) for name, value in units.items()}
        spent = sum((Decimal(str(PRICES[name])) * value for name, value in count.items()), Decimal(0))
        names = [one.id for one in self.book.instruments()]
        fills = [buy(names.index(name), value, str(PRICES[name]), bought) for name, value in count.items()]
        self.posts(place, Flow(bought, Decimal(str(cash)) + spent), *fills)

    @property
    def seen(self) -> Market:
        """The market as far as its sessions have closed."""
        closed = self.market.closes_at(np.arange(len(self.market.sessions))) <= self.clock.at
        return until(self.market, self.market.sessions[closed][-1])

    def rebalances(self, name: str = "", policy: Policy | None = None) -> tuple[Rebalance, ...]:
        asked = wanted(self.book, name, policy or self.policy)
        when = self.clock.at.astype("datetime64[D]")
        return review(self.orders, asked, lambda _: self.seen, (when, self.clock.at)).rebalances

    def proposes(self, name: str = "", supersede: str = "", policy: Policy | None = None) -> tuple[Proposed, ...]:
        found = self.rebalances(name, policy)
        return propose_all(self.orders, found, self.by, claimant="test", supersede=supersede)

    def accounts(self) -> Accounts:
        """The accounts as the policy sees them now."""
        when = self.clock.at.astype("datetime64[D]")
        return Accounts(outlook(self.policy, self.seen, when), self.book)

    def judge(self, at: str = "") -> Judge:
        if at:
            self.clock.at = np.datetime64(at, "s")
        return Judge(self.orders, lambda _: self.seen, self.by)

    def sends(self, chosen: Sequence[Standing], at: str = "", venue: Any = None) -> Dispatch:
        judge = self.judge(at)
        accounts = tuple(dict.fromkeys(one.ticket.account for one in chosen if one.ticket.account))
        where = Where("paper", "", self.folder, accounts=accounts)
        venue = venue or open_venue(where, self.accounts(), self.clock)
        return Sender(self.orders, judge, Outbox(self.orders, venue, self.clock, GRACE["paper"])).send(chosen)

    def approved(self, *made: Proposed) -> tuple[Standing, ...]:
        return self.orders.approve([one.id for proposed in made for one in proposed.orders], "bob", "as planned")


def buy(asset: int, units: Decimal | float, price: str, when: date) -> Fill:
    """A purchase without cost."""
    count, at = Decimal(str(units)), Decimal(price)
    return Fill(when, asset, count, at, -count * at, Decimal(0), "")


@contextmanager
def desk(folder: Path, accounts: Sequence[Account], sleeves: Mapping[str, str] = {}, /, **changes: Any) -> Iterator[Desk]:
    """A desk of these accounts and sleeves (sleeve by name: account), with the three instruments listed."""
    (folder / "prices").mkdir(parents=True, exist_ok=True)
    (folder / "prices" / "prices.csv").write_text(_table(), encoding="utf-8")
    policy = policy_from(values(folder, **changes))
    clock = Hands(EVENING)
    with BookStore.create(folder / "book.db", recorded=clock.at, author="ann") as book:
        by = Signature("ann", clock.at)
        code = policy.horizon.capital.currency
        book.append([InstrumentListed(Instrument(name, currency=code)) for name in PRICES], recorded=clock.at, author="ann")
        put_at(book, policy, at=clock.at, keep=False)
        for account in accounts:
            open_account(book, account, by)
        for sleeve, account in sleeves.items():
            open_sleeve(book, account, sleeve, by)
        yield Desk(folder, OrderBook(book, clock, "ann"), clock, policy, load_market(policy))
