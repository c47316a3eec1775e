"""From approved orders to a venue: the gate judges each account again on its book of now, then the outbox sends one by one.

A block is judged by its members, each on the book of its own account. What the gate refuses stays approved and is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.construction.standing import stand
from trimtab.core.calendar import plain_date
from trimtab.core.controls import Circumstances
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.money import decimal_of
from trimtab.core.orders import FINAL, WORKING, Standing, Status
from trimtab.core.trades import Book
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.books import Signature
from trimtab.desk.circumstances import RECENT, earlier_of, instant_of, parents_of, takes_orders
from trimtab.desk.gates import gate_of
from trimtab.desk.load import read_policy
from trimtab.desk.outlook import outlook
from trimtab.desk.policy import Policy
from trimtab.desk.proposing import evaluation_row, kept_policy
from trimtab.desk.rebalancing import Asked
from trimtab.desk.working import with_working
from trimtab.desk.yaml12 import parse
from trimtab.execution.gate import Batch, Stamped, joined
from trimtab.execution.outbox import Outbox, Sent

Loader = Callable[[Policy], Market]


@dataclass(frozen=True, slots=True)
class Refused:
    """Orders of an account that the gate did not let through, and why."""

    account: str
    orders: tuple[Standing, ...]
    error: TrimtabError


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What left, what stayed at the gate, and of which accounts orders were asked for."""

    sent: tuple[Sent, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def exit_code(self) -> int:
        """Of 6, 3, 4, 5 the first that applies: 6 where an order's fate is unknown, else that of the gate's refusals."""
        codes = {one.error.exit_code for one in self.refused}
        if any(one.standing.status is Status.UNKNOWN for one in self.sent):
            codes.add(6)
        if any(one.standing.status is Status.APPROVED for one in self.sent):
            codes.add(5)
        return next((code for code in (6, 3, 4, 5) if code in codes), 1 if codes else 0)


class Judge:
    """Judges orders of accounts again: policies from the journal, prices from their data, books as they stand."""

    __slots__ = ("_accounts", "_by", "_load", "_now", "_orders", "_policies", "_prepare")

    def __init__(
        self, orders: OrderBook, load: Loader, by: Signature, prepare: Callable[[Policy], Policy] = lambda one: one
    ) -> None:
        self._orders, self._load, self._prepare = orders, load, prepare
        self._now, self._by = by.at, by.author
        self._policies: dict[str, Policy] = {}
        self._accounts: dict[str, Accounts] = {}

    def policy(self, sha256: str) -> Policy:
        """The policy with this hash, as the journal keeps it."""
        if sha256 not in self._policies:
            note = kept_policy(self._orders.store, sha256)
            document = parse(note["source"], f"policy {note['name']}")
            held = read_policy(document, source=note["source"], folder=Path(note["folder"]))
            self._policies[sha256] = self._prepare(held.with_horizon(end=None))
        return self._policies[sha256]

    def accounts(self, sha256: str) -> Accounts:
        """The accounts of the book under the outlook of that policy, at the last known prices."""
        if sha256 not in self._accounts:
            policy = self.policy(sha256)
            said = outlook(policy, self._load(policy), self._now.astype("datetime64[D]"))
            self._accounts[sha256] = Accounts(said, self._orders.store)
        return self._accounts[sha256]

    def stamp(self, standings: Sequence[Standing]) -> Stamped:
        """Orders of one account under one policy, stamped. Raises what the gate raises."""
        ticket = standings[0].ticket
        accounts = self.accounts(ticket.policy)
        asked = accounts.asked(ticket.booked if len({one.ticket.booked for one in standings}) == 1 else ticket.account)
        gate = gate_of(accounts.outlook.policy)
        batch, now = self.batch(asked, accounts, standings), self.circumstances(asked, accounts, standings)
        judgement = gate.judge(batch, now)
        rows = [evaluation_row(one) for one in judgement.evaluations]
        note = Note("gate", {"orders": [one.id for one in standings], "evaluations": rows}, ticket.account)
        self._orders.store.append([note], recorded=self._now, author=self._by)
        return gate.stamp(batch, now=now)

    def batch(self, asked: Asked, accounts: Accounts, standings: Sequence[Standing]) -> Batch:
        """The orders on the book of now."""
        policy, numbers = accounts.outlook.policy, numbers_of(accounts)
        book = self.book(asked, accounts, standings)
        base = stand(book, policy.rules).base if policy.rules.budgets or policy.rules.windows else book.held
        return Batch.after([one.ticket for one in standings], book, base, assets=numbers)

    def book(self, asked: Asked, accounts: Accounts, leaving: Sequence[Standing]) -> Book:
        """The account of now, with what is under way besides counted as filled."""
        others = self._orders.standings(asked.account.id, WORKING)
        return with_working(asked.book, others, numbers_of(accounts), frozenset(one.id for one in leaving))

    def circumstances(self, asked: Asked, accounts: Accounts, standings: Sequence[Standing]) -> Circumstances:
        """What is known now of the markets and of the account."""
        said, now = accounts.outlook, self._now
        own = {one.id for one in standings}
        recent = self._orders.earlier(asked.account.id, now - RECENT)
        left = [one for one in recent if one.id not in own and (one.filled or one.status not in FINAL)]
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
            open=takes_orders(said.market, [one.ticket.kind for one in standings], now),
            adv=None if dealing is None else dealing.adv,
            state=self._orders.state(asked.account.id),
            earlier=earlier_of(left, numbers_of(accounts)),
            parents=parents_of(parents, slices),
            day=plain_date(now.astype("datetime64[D]")),
        )

    def _slices(self, account: str, asked: set[str]) -> Mapping[str, list[Decimal]]:
        """Units of the slices that have left, by parent."""
        found: dict[str, list[Decimal]] = defaultdict(list)
        for one in self._orders.standings(account):
            if one.ticket.parent and one.id not in asked and one.sent_at:
                found[one.ticket.parent].append(one.ticket.units)
        return found


def numbers_of(accounts: Accounts) -> dict[str, int]:
    """The policy's asset of every instrument; one that no account holds yet is known by its series."""
    series = {asset.series: a for a, asset in enumerate(accounts.outlook.policy.universe)}
    return {**series, **accounts.assets}


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends orders to one venue: judge, then outbox."""

    orders: OrderBook
    judge: Judge
    outbox: Outbox

    def send(self, chosen: Sequence[Standing]) -> Dispatch:
        """Send approved orders, account by account; blocks by their members. Raises Busy where another process sends."""
        sent: list[Sent] = []
        refused: list[Refused] = []
        blocks = [one for one in chosen if one.ticket.parts]
        for group in [*grouped(chosen), *([one] for one in blocks)]:
            try:
                stamped = self._stamped(group)
            except TrimtabError as error:
                refused.append(Refused(group[0].ticket.account or "block", tuple(group), error))
                continue
            sent += self._out(stamped, group)
        return Dispatch(tuple(sent), tuple(refused))

    def _stamped(self, group: Sequence[Standing]) -> Stamped:
        block = group[0].ticket
        if not block.parts:
            return self.judge.stamp(group)
        members = [self.orders.standing(name) for name, _ in block.parts]
        return joined(block, [self.judge.stamp(own) for own in grouped(members, of_blocks=True)])

    def _out(self, stamped: Stamped, group: Sequence[Standing]) -> Iterator[Sent]:
        with ExitStack() as held:
            for account in sorted({account for one in group for account in accounts_of(self.orders, one)}):
                held.enter_context(self.orders.sender(account))
            yield from self.outbox.send(
                stamped, [one.id for one in group], arrivals=self._arrivals(group), cash=self._cash(group)
            )

    def _member(self, one: Standing, account: str) -> Standing:
        """The order itself, or of a block the first member of that account."""
        members = [self.orders.standing(name) for name, _ in one.ticket.parts]
        return next((member for member in members if member.ticket.account == account), one)

    def _arrivals(self, group: Sequence[Standing]) -> dict[str, Decimal]:
        """The last known price of each order's instrument."""
        found = {}
        for one in group:
            first = self.orders.standing(one.ticket.parts[0][0]) if one.ticket.parts else one
            accounts = self.judge.accounts(first.ticket.policy)
            asset = numbers_of(accounts).get(one.ticket.instrument)
            price = float("nan") if asset is None else float(accounts.outlook.prices[asset])
            if price > 0.0:
                found[one.id] = decimal_of(price)
        return found

    def _cash(self, group: Sequence[Standing]) -> dict[str, Decimal]:
        """What each account may spend: its cash, less tax that it owes."""
        found = {}
        for one in group:
            for account in accounts_of(self.orders, one):
                accounts = self.judge.accounts(self._member(one, account).ticket.policy)
                found[account] = self.judge.book(accounts.asked(account), accounts, group).money
        return found


def grouped(standings: Sequence[Standing], *, of_blocks: bool = False) -> list[list[Standing]]:
    """Orders by account and policy, in their order; members of blocks and blocks apart unless `of_blocks`."""
    groups: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for one in standings:
        if of_blocks or not (one.ticket.parts or one.ticket.block):
            groups[one.ticket.account, one.ticket.policy].append(one)
    return list(groups.values())


def accounts_of(orders: OrderBook, one: Standing) -> tuple[str, ...]:
    """The account of an order; of a block, those of its members."""
    parts = [orders.standing(name).ticket.account for name, _ in one.ticket.parts]
    return tuple(dict.fromkeys(parts)) if parts else (one.ticket.account,)


def require_sendable(chosen: Sequence[Standing]) -> None:
    """Raises UsageError where nothing is chosen that could be sent."""
    if not any(one.status is Status.APPROVED for one in chosen):
        known = ", ".join(sorted({one.status.value for one in chosen})) or "none at all"
        raise UsageError(f"there is nothing approved to send (there are: {known})", remedy="trimtab orders approve BATCH.")
