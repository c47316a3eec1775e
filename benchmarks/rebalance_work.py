"""Work on orders: five hundred accounts of twelve assets, each with lots of its own, rebalanced and proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.accounting.database.events import AccountOpened, EntryPosted, Event, InstrumentListed
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Fill, Flow
from trimtab.core.households import Account, Instrument
from trimtab.core.taxes import LotMethod
from trimtab.data.market import Market
from trimtab.desk.books import Signature
from trimtab.desk.policy import Policy
from trimtab.desk.proposing import Proposed, propose_all
from trimtab.desk.reviewing import review, wanted

LOTS = 5  # purchases of each asset


@dataclass
class Standing:
    """A clock that stands still."""

    at: np.datetime64

    def now(self) -> np.datetime64:
        return self.at


def stored(folder: Path, names: tuple[str, ...], accounts: int, seed: int) -> str:
    """A book of accounts, each a household of its own, that hold every asset in lots bought over two years."""
    draw = np.random.default_rng(seed)
    place, at = folder / "book.db", np.datetime64("2026-01-01T00:00:00", "s")
    events: list[Event] = [InstrumentListed(Instrument(name)) for name in names]
    for k in range(accounts):
        name = f"A{k:03d}"
        events.append(AccountOpened(Account(name, f"H{k:03d}", lots=LotMethod.MIN_TAX)))
        events.append(EntryPosted(name, Flow(date(2022, 1, 3), Decimal(2_000_000))))
        prices = np.round(draw.uniform(20.0, 200.0, (len(names), LOTS)), 2)
        units = draw.integers(10, 200, (len(names), LOTS))
        for asset in range(len(names)):
            for lot in range(LOTS):
                price, count = Decimal(str(prices[asset, lot])), Decimal(int(units[asset, lot]))
                day = date(2022, 1, 4) + timedelta(days=150 * lot + asset)
                events.append(EntryPosted(name, Fill(day, asset, count, price, -count * price, Decimal("1.00"), "")))
    with BookStore.create(place, recorded=at, author="bench") as book:
        book.append(events, recorded=at, author="bench")
    return str(place)


def rebalanced(address: str, policy: Policy, market: Market, when: np.datetime64) -> tuple[Proposed, ...]:
    """Read the accounts, decide, choose lots, judge, and write the proposal down."""
    clock = Standing(when + np.timedelta64(1, "D"))
    with BookStore.open(address) as book:
        orders = OrderBook(book, clock, "bench")
        found = review(orders, wanted(book, "", policy), lambda _: market, (when.astype("datetime64[D]"), clock.at))
        return propose_all(orders, found.rebalances, Signature("bench", clock.at), claimant="bench")


def policy_values(values: dict[str, Any]) -> dict[str, Any]:
    """The policy of the other benchmarks, in whole shares and taxed."""
    tax = {"use": "us_federal", "short": 0.408, "long": 0.238, "ordinary": 0.408, "qualified": 0.238}
    return {**values, "tax": tax, "execution": {"units": "whole", "lots": "min_tax"}}
