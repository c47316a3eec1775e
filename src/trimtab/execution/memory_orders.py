"""Where orders stand, kept in memory: the order store of backtests and tests (core.roles.OrderStore).

The same machine as on disk: one transition table, one function that reads reports (core.settling), the same refusals before
an order leaves. Each call happens whole or not at all. `follow` takes whole batches of a backtest through (followed.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from trimtab.core.allotment import allocations, finest
from trimtab.core.entries import Fill
from trimtab.core.errors import DataError, Halted, InvariantError
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.orders import (
    FINAL,
    LIFTED_BY_RECONCILING,
    WAITING,
    Cause,
    IllegalMove,
    Standing,
    Status,
    Ticket,
    TradingState,
    require_move,
)
from trimtab.core.roles import Clock
from trimtab.core.settling import Settlement, settle
from trimtab.core.trades import Order
from trimtab.core.venues import Execution, Recorded, Report
from trimtab.execution.followed import Followed

_DEAD = frozenset({Status.DECLINED, Status.CANCELLED, Status.HELD})  # of a parent: no slice of it leaves


class MemoryOrders:
    """The order store in memory. Without a clock nothing is dated, and an UNKNOWN order never settles as NEVER_ARRIVED.

    `followed` holds what `follow` took through: final statuses and units filled, as mappings by id.
    """

    __slots__ = ("_allotted", "_clock", "_executions", "_halts", "_reducing", "_standings", "followed")

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._standings: dict[str, Standing] = {}
        self._executions: dict[str, dict[str, Execution]] = {}  # by venue, then by its id
        self._halts: dict[str, list[tuple[Cause, str]]] = {}
        self._reducing: dict[str, str] = {}
        self._allotted: dict[str, set[str]] = {}  # of a block: which executions its members have been given
        self.followed = Followed()

    def plan(self, tickets: Sequence[Ticket]) -> tuple[Standing, ...]:
        """Write orders down. Raises DataError where one of the ids stands already: the first plan is the one that counts."""
        ids = [ticket.id for ticket in tickets]
        if again := [name for name in ids if name in self._standings] or (ids if len(set(ids)) < len(ids) else []):
            at = self._standings[again[0]].status.value if again[0] in self._standings else "twice in this plan"
            raise DataError(f"order {again[0]} was planned before and is {at}", remedy="Nothing was planned: see orders list.")
        made = tuple(Standing(ticket, planned_at=self._now()) for ticket in tickets)
        self._standings.update((one.id, one) for one in made)
        return made

    def follow(self, orders: Sequence[Order], fills: Iterable[Fill], account: str = "") -> None:
        """A stamped batch of a backtest from planning to its end (see Followed.follow). Raises Halted as `intend` does."""
        if self._halts or self._reducing or self._standings:
            for order in orders:
                self._require_free(account, order.id, order.units)
        self.followed.follow(orders, fills)

    def standing(self, order: str) -> Standing:
        """How an order stands. Raises DataError where there is none with this id."""
        if order not in self._standings:
            raise DataError(f"there is no order {order}", remedy="Look at them: trimtab orders list.")
        return self._standings[order]

    def standings(self, account: str = "", statuses: Collection[Status] = ()) -> tuple[Standing, ...]:
        """The orders of an account (empty: all), of these statuses (empty: any), in the order of planning."""
        found = (one for one in self._standings.values() if not account or one.ticket.account == account)
        return tuple(one for one in found if not statuses or one.status in statuses)

    def executions(self, order: str) -> tuple[Execution, ...]:
        """The executions that are booked for an order, in the order of booking."""
        return tuple(one for booked in self._executions.values() for one in booked.values() if one.order == order)

    def units(self, account: str) -> dict[str, Decimal]:
        """What the fills of an account come to, units by instrument: its book, where it began with nothing."""
        held: dict[str, Decimal] = {}
        with exact():
            for one in self.standings(account):
                if one.filled:
                    held[one.ticket.instrument] = held.get(one.ticket.instrument, ZERO) + one.filled
        return {instrument: units for instrument, units in held.items() if units}

    def intend(self, order: str, venue: str, arrival: Decimal, within: Callable[[], None] = lambda: None) -> Standing:
        """APPROVED to INTENT: from here on it may leave; `within` is asked, and raises where it may not.

        Raises Halted where an account of it is halted, or reduces and this is no sale, or has an UNKNOWN order; InvariantError
        where slices come to more than their parent; IllegalMove where it is not approved, or leaves in a block.
        """
        standing = self.standing(order)
        require_move(order, standing.status, Status.INTENT)
        if standing.venue_id or standing.claimed:
            what = f"order {order} was reported by a venue already, and is not sent again"
            raise IllegalMove(what, remedy="Nothing was sent. Cancel it here, and propose anew for what is left.")
        for account in self._accounts(standing.ticket):
            self._require_free(account, order, standing.ticket.units)
        self._require_room(standing.ticket)
        within()
        return self._put(standing, replace(standing, status=Status.INTENT, venue=venue, arrival=arrival, sent_at=self._now()))

    def move(self, order: str, to: Status, why: str = "") -> Standing:
        """Take an order, and the members of a block, to another status. UNKNOWN halts its accounts at the same time."""
        standing = self.standing(order)
        self._require_own(standing.ticket)
        for one in (standing, *self._members(standing.ticket)):
            require_move(one.id, one.status, to)
        return self._put(standing, replace(standing, status=to, why=why))

    def record(self, report: Report, venue: str) -> Recorded:
        """Book what a venue reports: first the executions that are not booked yet, whatever the status, then the status.

        What cannot be is booked as far as it can be and halts the account; so does a count of the venue's that the
        executions do not come to. Raises DataError for an order that went to another venue.
        """
        standing = self.standing(report.order)
        if standing.venue not in ("", venue):
            what = f"order {report.order} went to {standing.venue}, and {venue} reports it"
            raise DataError(what, remedy=f"Nothing was booked. Report it as {standing.venue}.")
        settled = settle(standing, self._known(report, venue), report)
        self._executions.setdefault(venue, {}).update((one.id, one) for one in settled.booked)
        after = settled.standing
        if after != standing:
            after = self._put(standing, replace(after, why=report.why or standing.why))
        self._allot(after)
        self._halt_by(settled)
        return Recorded(after, settled.booked, settled.contradictions)

    def state(self, account: str) -> TradingState:
        """What the account may send."""
        if account in self._halts:
            return TradingState.HALTED
        return TradingState.REDUCING if account in self._reducing else TradingState.ACTIVE

    def halts(self, account: str) -> tuple[tuple[Cause, str], ...]:
        """Why an account is halted; empty where it is not."""
        return tuple(self._halts.get(account, ()))

    def halt(self, account: str, cause: Cause, why: str) -> None:
        """The account sends nothing new until it is released."""
        reasons = self._halts.setdefault(account, [])
        if (cause, why) not in reasons:
            reasons.append((cause, why))

    def reduce(self, account: str, why: str) -> None:
        """The account may only sell what is held until it is released."""
        self._reducing[account] = why

    def release(self, account: str) -> None:
        """A person lets the account trade again; an UNKNOWN order of it still stops what is new."""
        self._halts.pop(account, None)
        self._reducing.pop(account, None)

    def lift(self, account: str) -> None:
        """What a clean reconciliation does: differences are gone, and so are unknown orders, where none is left."""
        unknown = any(one.status is Status.UNKNOWN for one in self.standings(account))
        gone = LIFTED_BY_RECONCILING - {Cause.UNKNOWN} if unknown else LIFTED_BY_RECONCILING
        left = [(cause, why) for cause, why in self._halts.pop(account, []) if cause not in gone]
        if left:
            self._halts[account] = left

    def _now(self) -> str:
        return f"{np.datetime_as_string(self._clock.now())}Z" if self._clock else ""

    def _known(self, report: Report, venue: str) -> Mapping[str, Execution]:
        """Executions of the report that are booked, of this order or another: no two fills of a venue share an id."""
        booked = self._executions.get(venue, {})
        return {one.id: booked[one.id] for one in report.executions if one.id in booked}

    def _members(self, ticket: Ticket) -> tuple[Standing, ...]:
        return tuple(self.standing(name) for name, _ in ticket.parts)

    def _accounts(self, ticket: Ticket) -> tuple[str, ...]:
        """The accounts that an order is for: of a block those of its members, each once."""
        return tuple(dict.fromkeys(one.ticket.account for one in self._members(ticket))) or (ticket.account,)

    def _put(self, standing: Standing, after: Standing) -> Standing:
        """Write down the order and, where its status changed, the members of its block; UNKNOWN halts."""
        new = after.status is not standing.status
        done = self._now() if new and after.status in FINAL else standing.done_at
        after = replace(after, edition=standing.edition + 1, done_at=done)
        self._standings[after.id] = after
        for one in self._members(after.ticket) if new else ():
            same = replace(one, status=after.status, venue=after.venue, sent_at=after.sent_at, done_at=done, why=after.why)
            self._standings[one.id] = replace(same, edition=one.edition + 1)
        if new and after.status is Status.UNKNOWN:
            for account in self._accounts(after.ticket):
                self.halt(account, Cause.UNKNOWN, f"order {after.id} is unknown: {after.why}")
        return after

    def _halt_by(self, settled: Settlement) -> None:
        one, said = settled.standing, [(Cause.CONTRADICTION, what) for what in settled.contradictions]
        if settled.missing:
            what = f"order {one.id}: the venue counts {one.claimed} filled, its executions come to {one.filled}"
            said.append((Cause.DIFFERENCE, f"{what}: {settled.missing} are missing"))
        for account in self._accounts(one.ticket):
            for cause, what in said:
                self.halt(account, cause, what)

    def _allot(self, block: Standing) -> None:
        """Give the members of a block that is final what it has filled since the last time, at the average price of that."""
        if not block.ticket.parts or block.status not in FINAL:
            return
        given = self._allotted.setdefault(block.id, set())
        fresh = [one for one in self.executions(block.id) if one.id not in given]
        if not fresh:
            return
        tickets = [member.ticket for member in self._members(block.ticket)]
        quantum = finest([*(one.units for one in tickets), *(one.units for one in fresh)])
        for got in allocations(block.ticket, tickets, fresh, quantum, currency(block.ticket.currency)):
            member = self._standings[got.order]
            with exact():
                filled, spent = member.filled + got.units, member.spent + got.units * got.price
                cost = member.cost + got.cost
            self._standings[got.order] = replace(member, filled=filled, claimed=filled, spent=spent, cost=cost)
        given.update(one.id for one in fresh)

    def _require_free(self, account: str, order: str, units: Decimal) -> None:
        """Raises Halted where the account may not send such an order now."""
        state = self.state(account)
        stops = "; ".join(why for _, why in self.halts(account)) if state is TradingState.HALTED else ""
        if state is TradingState.REDUCING and units > 0:
            stops = f"it only reduces ({self._reducing[account]}), and this is a purchase"
        if not stops and any(one.status is Status.UNKNOWN for one in self.standings(account)):
            stops = "it has an order that nobody knows the fate of"
        if stops or state is TradingState.HALTED:
            what = f"order {order} is not sent: account {account} is {state.value}: {stops}"
            raise Halted(what, remedy="Reconcile it, or release it: trimtab reconcile, trimtab release.")

    @staticmethod
    def _require_own(ticket: Ticket) -> None:
        if ticket.block:
            what = f"order {ticket.id} is a part of block {ticket.block}"
            raise IllegalMove(what, remedy="It goes where the block goes: name the block.")

    def _require_room(self, ticket: Ticket) -> None:
        """Slices that left, and this one, never come to more than their parent; what a slice left unfilled may be sent anew."""
        self._require_own(ticket)
        if not ticket.parent:
            return
        parent = self.standing(ticket.parent)
        others = [one for one in self._standings.values() if one.ticket.parent == parent.id and one.status not in WAITING]
        with exact():
            whole = ticket.units + sum((one.filled if one.status in FINAL else one.ticket.units for one in others), ZERO)
        if abs(whole) > abs(parent.ticket.units) or whole * parent.ticket.units < 0 or parent.status in _DEAD:
            what = f"with order {ticket.id} the slices of {parent.id} come to {whole} of {parent.ticket.units}"
            raise InvariantError(f"{what} ({parent.status.value})", remedy="Nothing was sent.")
