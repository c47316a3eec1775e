"""Judges orders again on their way out: policies from the journal, prices from their data, books as they stand.

A block is judged by its members, each on the book of its own account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import last_note
from trimtab.accounting.database.orders import OrderBook
from trimtab.construction.standing import stand
from trimtab.core.controls import Circumstances
from trimtab.core.money import decimal_of
from trimtab.core.orders import WORKING, OrderKind, Standing
from trimtab.core.trades import Book
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.books import Signature
from trimtab.desk.circumstances import RECENT, earlier_of, gone_of, instant_of, parents_of, takes_orders
from trimtab.desk.gates import gate_of
from trimtab.desk.grouping import name_of
from trimtab.desk.held_in_places import require_held
from trimtab.desk.kept import kept_as
from trimtab.desk.meant import meant
from trimtab.desk.outlook import outlook
from trimtab.desk.policy import Policy
from trimtab.desk.proposing import evaluation_row
from trimtab.desk.rebalancing import Asked
from trimtab.desk.staged import Watch
from trimtab.desk.working import book_under_way
from trimtab.execution.gate import Batch, Stamped
from trimtab.governance.promotion import Stage

Loader = Callable[[Policy], Market]


class Convoy(NamedTuple):
    """Orders that leave in one go, as those of a file do: of all of them, by id, only those `ahead` count as under way."""

    ahead: tuple[Standing, ...] = ()
    every: frozenset[str] = frozenset()


ALONE = Convoy()


class Judge:
    """Judges orders of accounts again: policies from the journal, prices from their data, books as they stand."""

    __slots__ = ("_accounts", "_by", "_load", "_now", "_orders", "_policies", "_prepare", "_stages")

    def __init__(
        self, orders: OrderBook, load: Loader, by: Signature, prepare: Callable[[Policy], Policy] = lambda one: one
    ) -> None:
        self._orders, self._load, self._prepare = orders, load, prepare
        self._now, self._by = by.at, by.author
        self._stages = Watch(orders.store)
        self._policies: dict[str, Policy] = {}
        self._accounts: dict[tuple[str, date | None], Accounts] = {}

    @property
    def by(self) -> Signature:
        """Who judges, and when."""
        return Signature(self._by, self._now)

    def policy(self, sha256: str) -> Policy:
        """The policy with this hash, as the journal keeps it."""
        if sha256 not in self._policies:
            held = kept_as(self._orders.store, sha256)
            self._policies[sha256] = self._prepare(held.with_horizon(end=None))
        return self._policies[sha256]

    def require_stage(
        self, hashes: Iterable[str], decided: Iterable[tuple[str, Mapping[str, str] | None]], needed: Stage
    ) -> None:
        """Raises ApprovalRequired where a policy of these hashes is below the stage at which its orders may leave.

        Likewise where it `decided` (hash, code) with other code of its owner's than it was committed to with.
        """
        self._stages.require([self.policy(one) for one in hashes], needed)
        for sha256, own_code in decided:
            self._stages.require_code(self.policy(sha256), own_code)

    def accounts(self, sha256: str, on: date | None = None) -> Accounts:
        """The accounts of the book under the outlook of that policy, at the last prices known by now, or as of a day."""
        if (sha256, on) not in self._accounts:
            policy = self.policy(sha256)
            day = self._now.astype("datetime64[D]") if on is None else np.datetime64(on, "D")
            said = outlook(policy, self._load(policy), day)
            self._accounts[sha256, on] = Accounts(said, self._orders.store)
        return self._accounts[sha256, on]

    def stamp(self, standings: Sequence[Standing], convoy: Convoy = ALONE) -> Stamped:
        """Orders of one account or sleeve under one policy, stamped. Raises what the gate raises."""
        ticket = standings[0].ticket
        accounts = self.accounts(ticket.policy)
        asked = accounts.asked(name_of(self._orders, standings[0]))
        gate = gate_of(accounts.outlook.policy)
        batch, now = self.batch(asked, accounts, standings, convoy), self.circumstances(asked, accounts, standings)
        judgement = gate.judge(batch, now)
        rows = [evaluation_row(one) for one in judgement.evaluations]
        note = Note("gate", {"orders": [one.id for one in standings], "evaluations": rows}, ticket.account)
        self._orders.store.append([note], recorded=self._now, author=self._by)
        stamped = gate.stamp(batch, now=now)
        require_held(self._orders, standings, self._ahead(asked.account.id, convoy), "Nothing was sent.")
        return stamped

    def batch(self, asked: Asked, accounts: Accounts, standings: Sequence[Standing], convoy: Convoy = ALONE) -> Batch:
        """The orders on the book of now."""
        policy, numbers = accounts.outlook.policy, numbers_of(accounts)
        book = self.book(asked, accounts, standings, convoy)
        base = stand(book, policy.rules).base if policy.rules.budgets or policy.rules.windows else book.held
        batch = Batch.after([one.ticket for one in standings], book, base, assets=numbers)
        record = last_note(self._orders.store, "record", asked.scope.name)
        return meant(batch, standings, policy, None if record is None else record.body)

    def book(self, asked: Asked, accounts: Accounts, leaving: Sequence[Standing], convoy: Convoy = ALONE) -> Book:
        """The account of now, with what is under way besides, or ahead in the convoy, counted as filled."""
        others, ids = self._ahead(asked.account.id, convoy), frozenset(one.id for one in leaving)
        return book_under_way(accounts, asked, others, numbers_of(accounts), ids)

    def _ahead(self, account: str, convoy: Convoy) -> list[Standing]:
        """What is under way of an account, or ahead in the convoy."""
        others = [one for one in self._orders.standings(account, WORKING) if one.id not in convoy.every]
        return others + [one for one in convoy.ahead if one.ticket.account == account]

    def circumstances(self, asked: Asked, accounts: Accounts, standings: Sequence[Standing]) -> Circumstances:
        """What is known now of the markets and of the account, or of the one sleeve that is asked for."""
        said, now, numbers = accounts.outlook, self._now, numbers_of(accounts)
        own = {one.id for one in standings}
        recent = self._orders.earlier(asked.account.id, now - RECENT)
        left = [one for one in recent if one.id not in own and one.ticket.booked in asked.scope.places]
        parents = [self._orders.standing(one.ticket.parent) for one in standings if one.ticket.parent]
        slices = self._slices(asked.account.id, own)
        dealing = said.today.dealing
        return Circumstances(
            now=now,
            cutoff=max(instant_of(one.ticket.cutoff) for one in standings),
            known=max(instant_of(one.ticket.known) for one in standings),
            prices=said.prices,
            nav=decimal_of(asked.book.nav),
            quoted=said.quoted,
            open=takes_orders(said.market, _kinds(standings, numbers), now),
            adv=None if dealing is None else dealing.adv,
            state=self._orders.state(asked.account.id),
            earlier=earlier_of(left, numbers),
            parents=parents_of(parents, slices),
        )

    def _slices(self, account: str, asked: set[str]) -> Mapping[str, list[Decimal]]:
        """Units of the slices that have left, or may have, by parent."""
        found: dict[str, list[Decimal]] = defaultdict(list)
        for one in self._orders.standings(account):
            if one.ticket.parent and one.id not in asked and one.sent_at:
                found[one.ticket.parent].append(gone_of(one))
        return found


def _kinds(standings: Sequence[Standing], numbers: Mapping[str, int]) -> Mapping[int, set[OrderKind]]:
    """The kinds of the orders, by asset."""
    kinds: dict[int, set[OrderKind]] = defaultdict(set)
    for one in standings:
        kinds[numbers.get(one.ticket.instrument, -1)].add(one.ticket.kind)
    return kinds


def numbers_of(accounts: Accounts) -> dict[str, int]:
    """The policy's asset of every instrument; one that no account holds yet is known by its series."""
    series = {asset.series: a for a, asset in enumerate(accounts.outlook.policy.universe)}
    return {**series, **accounts.assets}
