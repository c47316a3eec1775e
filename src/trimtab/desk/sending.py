"""From approved orders to a venue: the gate judges each account again on its book of now, then the outbox sends one by one.

Nobody else sends for an account from its judgement on until its orders are out. A block is judged by its members, each on the
book of its own account. What the gate refuses, or another process is sending, stays approved and is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.money import decimal_of
from trimtab.core.orders import Standing, Status, resized
from trimtab.desk.cash_cut import CUT, cuts, power_of
from trimtab.desk.decided_code import decided_codes
from trimtab.desk.gates import gate_of
from trimtab.desk.grouping import accounts_of, grouped, in_turn, name_of
from trimtab.desk.judging import ALONE, Convoy, Judge, numbers_of
from trimtab.desk.made_orders import made_bounds
from trimtab.desk.practice import require_real
from trimtab.execution.gate import Stamped, joined
from trimtab.execution.outbox import Outbox, Sent
from trimtab.governance.promotion import Stage


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


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends orders to one venue: judge, then outbox."""

    orders: OrderBook
    judge: Judge
    outbox: Outbox

    def send(self, chosen: Sequence[Standing]) -> Dispatch:
        """Send approved orders, account by account; blocks by their members. Purchases are cut to the cash that is there.

        Raises UsageError where a practice book would move real money.
        """
        if self.outbox.venue.live:
            require_real(self.orders.store)
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

        Raises what the gate raises, Busy, and ApprovalRequired where a policy is not so far that its orders leave.
        """
        for account in sorted({name for one in group for name in accounts_of(self.orders, one)}):
            held.enter_context(self.orders.sender(account))
        needed = Stage.LIVE if self.outbox.venue.live else Stage.PAPER
        within = require_may_leave(self.orders, self.judge, group, needed)
        sent = self._judged([self.orders.standing(one.id) for one in group], within)
        states = {one.standing.status for one in sent}
        if Status.REJECTED not in states or states & {Status.CANCELLED, Status.UNKNOWN} or group[0].ticket.parts:
            return sent
        left = [one.standing for one in sent if one.standing.status is Status.APPROVED and one.standing.ticket.units > 0]
        gone = tuple(one for one in sent if one.standing not in left)
        return (*gone, *self._judged(left, within)) if left else sent

    def _judged(self, group: Sequence[Standing], within: Callable[[], None]) -> tuple[Sent, ...]:
        """Orders whose accounts are locked, as they stand: cut to the cash, judged, and sent; `within` is asked of each."""
        arrivals, cash = self._arrivals(group), self._cash(group)
        going, unpaid = self._fitted(group, arrivals, cash)
        if not going:
            return unpaid
        stamped = stamped_of(self.orders, self.judge, going)
        before = {one.id: one.ticket.units for one in group}
        less = self._cut(going, before)
        sent = self.outbox.send(stamped, [one.id for one in going], arrivals=arrivals, cash=cash, within=within)
        return (*(_told(one, before[one.standing.id]) if one.standing.id in less else one for one in sent), *unpaid)

    def _cut(self, going: Sequence[Standing], before: Mapping[str, Decimal]) -> set[str]:
        """Write down which orders become smaller, and return them; one that a person has just edited stays as that is.

        Only once the gate has let them through: what it stops is not cut, tomorrow the cash may be there.
        """
        less = {one.id: one.ticket.units for one in going if one.ticket.units != before[one.id]}
        own = {name: units for name, units in less.items() if self.orders.standing(name).ticket.units == before[name]}
        for name, units in own.items():
            self.orders.edit(name, units=units, reason=CUT)
        return set(own)

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
            replace(one, ticket=resized(one.ticket, less[one.id]), why=CUT) if one.id in less else one
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
    """What came of an order that was cut, and that it was."""
    return one._replace(why=f"{one.why} It was {CUT}: {one.standing.ticket.units:f} of {before:f}.".strip())


def require_may_leave(orders: OrderBook, judge: Judge, group: Sequence[Standing], needed: Stage) -> Callable[[], None]:
    """What is asked of orders, of blocks of their members, on their way out, whenever they were written.

    Returns what asks for the stage once more, in the transaction in which each leaves: somebody may take it back meanwhile.
    Raises ApprovalRequired where a policy of theirs is below a stage, or decided with code that it was not committed to with;
    BreachError where people made more of one than the model asked for and the policy does not allow so much.
    """
    members = [orders.standing(name) for one in group for name, _ in one.ticket.parts]
    every = [one for one in (*group, *members) if not one.ticket.parts]
    hashes = tuple(dict.fromkeys(one.ticket.policy for one in every))
    within = partial(judge.require_stage, hashes, decided_codes(orders, judge, every), needed)
    within()
    for one in every:  # of a slice the order that it is of
        made_bounds(orders, judge, orders.standing(one.ticket.parent) if one.ticket.parent else one)()
    return within


def stamped_of(orders: OrderBook, judge: Judge, group: Sequence[Standing], convoy: Convoy = ALONE) -> Stamped:
    """A group of orders, or a block by its members, stamped. Raises what the gate raises."""
    block = group[0].ticket
    if not block.parts:
        return judge.stamp(group, convoy)
    members = [orders.standing(name) for name, _ in block.parts]
    return joined(block, [judge.stamp(own, convoy) for own in grouped(orders, members, of_blocks=True)])


def require_sendable(chosen: Sequence[Standing]) -> None:
    """Raises UsageError where nothing is chosen that could be sent."""
    if not any(one.status is Status.APPROVED for one in chosen):
        known = ", ".join(sorted({one.status.value for one in chosen})) or "none at all"
        raise UsageError(f"there is nothing approved to send (there are: {known})", remedy="trimtab orders approve BATCH.")
