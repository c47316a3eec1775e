"""From approved orders to a venue: the gate judges each account again on its book of now, then the outbox sends one by one.

Nobody else sends for an account from its judgement on until its orders are out. A block is judged by its members, each on the
book of its own account. What the gate refuses, or another process is sending, stays approved and is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import last_note
from trimtab.accounting.database.orders import OrderBook
from trimtab.construction.standing import stand
from trimtab.core.controls import Circumstances
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.money import decimal_of
from trimtab.core.orders import WORKING, OrderKind, Standing, Status
from trimtab.core.trades import Book
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.books import Signature
from trimtab.desk.cash_cut import CUT, cuts, power_of
from trimtab.desk.circumstances import RECENT, earlier_of, gone_of, instant_of, parents_of, takes_orders
from trimtab.desk.gates import gate_of
from trimtab.desk.load import read_policy
from trimtab.desk.meant import meant
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
        """Of 6, 3, 4, 5 the first that applies: 6 where an order's fate is unknown, else that of the gate's refusals.

        1 where none applies and an order came to nothing: proved unsent, or turned down by the venue.
        """
        codes = {one.error.exit_code for one in self.refused}
        if any(one.standing.status in (Status.UNKNOWN, Status.INTENT) for one in self.sent):
            codes.add(6)
        if any(one.standing.status is Status.APPROVED for one in self.sent):
            codes.add(5)
        if any(one.standing.status in (Status.CANCELLED, Status.REJECTED) for one in self.sent):
            codes.add(1)
        return next((code for code in (6, 3, 4, 5) if code in codes), 1 if codes else 0)


class Convoy(NamedTuple):
    """Orders that leave in one go, as those of a file do: of all of them, by id, only those `ahead` count as under way."""

    ahead: tuple[Standing, ...] = ()
    every: frozenset[str] = frozenset()


ALONE = Convoy()


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
            if held.sha256 != sha256:
                what = f"policy {note['name']} of the journal reads as {held.sha256[:12]}, not as {sha256[:12]}"
                raise UsageError(what, remedy="It was written for another version: decline its orders, and propose again.")
            self._policies[sha256] = self._prepare(held.with_horizon(end=None))
        return self._policies[sha256]

    def accounts(self, sha256: str) -> Accounts:
        """The accounts of the book under the outlook of that policy, at the last known prices."""
        if sha256 not in self._accounts:
            policy = self.policy(sha256)
            said = outlook(policy, self._load(policy), self._now.astype("datetime64[D]"))
            self._accounts[sha256] = Accounts(said, self._orders.store)
        return self._accounts[sha256]

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
        return gate.stamp(batch, now=now)

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
        account = asked.account.id
        others = [one for one in self._orders.standings(account, WORKING) if one.id not in convoy.every]
        others += [one for one in convoy.ahead if one.ticket.account == account]
        ids = frozenset(one.id for one in leaving)
        return with_working(asked.book, others, numbers_of(accounts), ids, asked.scope.places.__contains__)

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


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends orders to one venue: judge, then outbox."""

    orders: OrderBook
    judge: Judge
    outbox: Outbox

    def send(self, chosen: Sequence[Standing]) -> Dispatch:
        """Send approved orders, account by account; blocks by their members. Purchases are cut to the cash that is there."""
        sent: list[Sent] = []
        refused: list[Refused] = []
        for group in in_turn(self.orders, chosen):
            with ExitStack() as held:
                try:
                    sent += self._out(group, held)
                except TrimtabError as error:
                    now = [self.orders.standing(one.id) for one in group]
                    sent += [Sent(one, str(error)) for one in now if one.sent_at]  # a full disk, say: they left all the same
                    if left := tuple(one for one in now if not one.sent_at):
                        refused.append(Refused(group[0].ticket.account or "block", left, error))
        return Dispatch(tuple(sent), tuple(refused))

    def _out(self, group: Sequence[Standing], held: ExitStack) -> tuple[Sent, ...]:
        """Lock the accounts, judge, send. Where a sale was rejected, what it would have paid for is cut and sent after all.

        Raises what the gate raises, and Busy.
        """
        for account in sorted({name for one in group for name in accounts_of(self.orders, one)}):
            held.enter_context(self.orders.sender(account))
        sent = self._judged([self.orders.standing(one.id) for one in group])
        states = {one.standing.status for one in sent}
        if Status.REJECTED not in states or states & {Status.CANCELLED, Status.UNKNOWN} or group[0].ticket.parts:
            return sent
        left = [one.standing for one in sent if one.standing.status is Status.APPROVED and one.standing.ticket.units > 0]
        gone = tuple(one for one in sent if one.standing not in left)
        return (*gone, *self._judged(left)) if left else sent

    def _judged(self, group: Sequence[Standing]) -> tuple[Sent, ...]:
        """Orders whose accounts are locked, as they stand: cut to the cash, judged, and sent."""
        arrivals, cash = self._arrivals(group), self._cash(group)
        going, unpaid = self._fitted(group, arrivals, cash)
        if not going:
            return unpaid
        stamped = stamped_of(self.orders, self.judge, going)
        sent = self.outbox.send(stamped, [one.id for one in going], arrivals=arrivals, cash=cash)
        before = {one.id: one.ticket.units for one in group}
        return (*(_told(one, before[one.standing.id]) for one in sent), *unpaid)

    def _fitted(
        self, group: Sequence[Standing], last: Mapping[str, Decimal], cash: Mapping[str, Decimal]
    ) -> tuple[list[Standing], tuple[Sent, ...]]:
        """The orders with their purchases cut to what cash and sales pay for, and those for which nothing is left."""
        account = group[0].ticket.account
        if group[0].ticket.parts or account not in cash:
            return list(group), ()
        buys = [one for one in group if one.ticket.units > 0 and one.status is Status.APPROVED]
        sales = [one for one in group if one.ticket.units < 0]
        less = cuts(buys, power_of(cash[account], sales, last), last)
        unpaid = tuple(Sent(one, f"{account} has no cash for it") for one in buys if less.get(one.id) == 0)
        names = {one.standing.id for one in unpaid}
        going = [
            self.orders.edit(one.id, units=less[one.id], reason=CUT) if one.id in less else one
            for one in group
            if one.id not in names
        ]
        return going, unpaid

    def _members(self, one: Standing) -> list[Standing]:
        """The order itself, or the members of a block."""
        return [self.orders.standing(name) for name, _ in one.ticket.parts] or [one]

    def _arrivals(self, group: Sequence[Standing]) -> dict[str, Decimal]:
        """The last known price of each order's instrument."""
        found = {}
        for one in group:
            accounts = self.judge.accounts(self._members(one)[0].ticket.policy)
            asset = numbers_of(accounts).get(one.ticket.instrument)
            price = float("nan") if asset is None else float(accounts.outlook.prices[asset])
            if price > 0.0:
                found[one.id] = decimal_of(price)
        return found

    def _cash(self, group: Sequence[Standing]) -> dict[str, Decimal]:
        """What each account may spend: its cash, or that of the one sleeve that sends, less tax that it owes, and loans."""
        names: dict[str, dict[str, str]] = defaultdict(dict)
        for one in (member for order in group for member in self._members(order)):
            names[one.ticket.account][name_of(self.orders, one)] = one.ticket.policy
        found = {}
        for account, own in names.items():
            name, policy = next(iter(own.items()))
            accounts = self.judge.accounts(policy)
            book = self.judge.book(accounts.asked(name if len(own) == 1 else account), accounts, group)
            found[account] = book.money + decimal_of(gate_of(accounts.outlook.policy).borrow * book.nav)
        return found


def _told(one: Sent, before: Decimal) -> Sent:
    """What came of an order, and that it was cut, where it was."""
    units = one.standing.ticket.units
    if units == before:
        return one
    return one._replace(why=f"{one.why} It was {CUT}: {units:f} of {before:f}.".strip())


def stamped_of(orders: OrderBook, judge: Judge, group: Sequence[Standing], convoy: Convoy = ALONE) -> Stamped:
    """A group of orders, or a block by its members, stamped. Raises what the gate raises."""
    block = group[0].ticket
    if not block.parts:
        return judge.stamp(group, convoy)
    members = [orders.standing(name) for name, _ in block.parts]
    return joined(block, [judge.stamp(own, convoy) for own in grouped(orders, members, of_blocks=True)])


def in_turn(orders: OrderBook, chosen: Sequence[Standing]) -> list[list[Standing]]:
    """What is judged together, in the order in which it leaves: blocks that sell, the accounts' own, blocks that buy.

    What one sells in a block pays for what it buys by itself, and the other way round.
    """
    blocks = [[one] for one in chosen if one.ticket.parts]
    sales = [group for group in blocks if group[0].ticket.units < 0]
    return [*sales, *grouped(orders, chosen), *(group for group in blocks if group not in sales)]


def grouped(orders: OrderBook, standings: Sequence[Standing], *, of_blocks: bool = False) -> list[list[Standing]]:
    """Orders that are judged together, of one account or sleeve under one policy, in their order.

    Members of blocks and blocks are left out unless `of_blocks`.
    """
    groups: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for one in standings:
        if of_blocks or not (one.ticket.parts or one.ticket.block):
            groups[name_of(orders, one), one.ticket.policy].append(one)
    return list(groups.values())


def name_of(orders: OrderBook, one: Standing) -> str:
    """What an order was decided for: the account, although its sleeves may hold what is sold, or one sleeve."""
    if not one.ticket.place:
        return one.ticket.account
    run = orders.run_of(one.id)
    return one.ticket.account if run is not None and run.key.policy == one.ticket.policy else one.ticket.place


def accounts_of(orders: OrderBook, one: Standing) -> tuple[str, ...]:
    """The account of an order; of a block, those of its members."""
    parts = [orders.standing(name).ticket.account for name, _ in one.ticket.parts]
    return tuple(dict.fromkeys(parts)) if parts else (one.ticket.account,)


def require_sendable(chosen: Sequence[Standing]) -> None:
    """Raises UsageError where nothing is chosen that could be sent."""
    if not any(one.status is Status.APPROVED for one in chosen):
        known = ", ".join(sorted({one.status.value for one in chosen})) or "none at all"
        raise UsageError(f"there is nothing approved to send (there are: {known})", remedy="trimtab orders approve BATCH.")
