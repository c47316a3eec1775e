"""A year on paper with overrides in it, lived through the real path, and what its journal and its shadow say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tests.desk.paper_year import Hands, _Life
from tests.promoted import put_at
from trimtab.accounting.database.events import EntryPosted
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Flow
from trimtab.core.households import Account
from trimtab.core.orders import Standing
from trimtab.desk.account_entries import Owned, owned
from trimtab.desk.backtest import backtest
from trimtab.desk.books import Signature, account_of, entries_of, open_account
from trimtab.desk.overriding import Wish, override, overrides_of
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.result import Result
from trimtab.desk.shadow import Shadow, shadow_of, told_by
from trimtab.governance.overrides import Override
from trimtab.governance.promotion import Stage

Written = Mapping[int, tuple[int, Mapping[str, str]]]  # before which decision, for how many days, which shifts


@dataclass(frozen=True)
class Year:
    """The backtest of the year, the account's entries in the policy's numbers, its shadow, and its records of decisions."""

    result: Result
    mine: Owned
    overrides: tuple[Override, ...]
    shadow: Shadow
    records: tuple[Mapping[str, Any], ...]
    orders: tuple[Standing, ...]


def lived_with(policy: Policy, folder: Path, written: Written | None = None) -> Year:
    """The policy's capital on paper; overrides are written in the evening, before the decision of that number."""
    market = until(load_market(policy), policy.horizon.end)
    result = backtest(policy, market)
    folder.mkdir(parents=True, exist_ok=True)
    clock = Hands(result.decisions[0].today.cutoff)
    with BookStore.create(folder / "book.db", recorded=clock.at, author="desk") as book:
        open_account(book, Account("P1", "Paper"), Signature("desk", clock.at))
        put_at(book, policy, Stage.PAPER, at=clock.at, keep=False)
        life = _Life(OrderBook(book, clock, "desk"), policy, market, clock, folder, [], by_itself=True)
        flow = Flow(result.dates[0].item(), policy.horizon.capital.amount)
        book.append([EntryPosted("P1", flow)], recorded=clock.at, author="owner")
        for number, (decision, day) in enumerate(zip(result.decisions, result.traded, strict=True)):
            clock.at = max(clock.at, life._close(decision.today.when) + np.timedelta64(150, "m"))
            if written and number in written:
                length, shifts = written[number]
                by = Signature("anna", clock.at)
                weights = {name: Decimal(text) for name, text in shifts.items()}
                override(book, "P1", policy, Wish(by.day + timedelta(days=length), "a view", weights), by)
            life.turn(decision, day)
        clock.at = market.closes_at(np.array([len(market.sessions) - 1]))[0] + np.timedelta64(1, "h")
        life.reconcile()
        life.books(market.sessions[-1])
        scope = account_of(book, "P1")
        mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
        kept = overrides_of(book, "P1")
        shadow = shadow_of(policy, market, mine, kept, told=told_by(book, "P1"))
        records = tuple(one.body for one in notes(book, "record", "P1"))
        return Year(result, mine, kept, shadow, records, life.orders.standings())
