"""An order that a person changes: the gate says at once what it would say of it on its way out, and nothing is sent.

What the gate would stop is refused, and nothing is written. Fewer units are taken in any case, since they only take back;
what the gate says of them is told. The other orders of the account that wait count as filled, whether the market is open
does not count: an order is changed in the evening and leaves in the morning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.controls import Evaluation, Outcome
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.orders import WAITING, Standing, Status, TradingState, limited
from trimtab.desk.gates import gate_of
from trimtab.desk.grouping import name_of
from trimtab.desk.held_in_places import held_in, require_held, unfinished
from trimtab.desk.judging import Convoy, Judge
from trimtab.desk.made_orders import made_bounds
from trimtab.desk.manual import refuse, require_steps

_LEAVING = WAITING - {Status.HELD}


@dataclass(frozen=True, slots=True)
class Edited:
    """The order as it stands now, what the gate warns of or would stop, and why it was not asked, where it was not."""

    standing: Standing
    evaluations: tuple[Evaluation, ...] = ()
    unasked: str = ""

    @property
    def blocked(self) -> bool:
        """Whether the gate would stop it as it is now."""
        return any(one.outcome is Outcome.BLOCK for one in self.evaluations)


def edit_order(
    orders: OrderBook,
    judge: Judge,
    standing: Standing,
    *,
    units: Decimal | None = None,
    limit: Decimal | None = None,
    reason: str,
) -> Edited:
    """Change units (with their sign) or limit of an order that waits.

    Raises UsageError for a fraction where the policy trades whole units; what the gate raises where it would stop the order,
    unless it only becomes smaller; and what `OrderBook.edit` raises.
    """
    ticket = standing.ticket
    if standing.status not in WAITING or ticket.parts or ticket.block:
        return Edited(orders.edit(standing.id, units=units, limit=limit, reason=reason))  # which says why not
    wanted = limited(ticket, ticket.limit if limit is None else limit)
    wanted = replace(wanted, units=ticket.units if units is None else units)
    less = limit is None and abs(wanted.units) <= abs(ticket.units)
    within = made_bounds(orders, judge, standing, wanted.units)
    within()
    try:
        told, unasked = _foreseen(orders, judge, replace(standing, ticket=wanted, edited_by="somebody"), strict=not less), ""
    except TrimtabError as error:
        if not less or isinstance(error, UsageError):
            raise
        told, unasked = (), str(error)
    edited = orders.edit(standing.id, units=units, limit=limit, reason=reason, within=within)
    return Edited(edited, told, unasked)


def _foreseen(orders: OrderBook, judge: Judge, standing: Standing, *, strict: bool) -> tuple[Evaluation, ...]:
    """What the gate warns of, or would stop. Raises what it raises where it is asked to be `strict`."""
    ticket = standing.ticket
    accounts = judge.accounts(ticket.policy)
    asked, policy = accounts.asked(name_of(orders, standing)), accounts.outlook.policy
    if ticket.units != orders.standing(standing.id).ticket.units:
        require_steps(policy, ticket.instrument, ticket.units, held_in(orders.store, ticket.booked, ticket.instrument))
    gate = gate_of(policy)
    one = replace(standing, ticket=replace(ticket, code=gate.version))  # another version does not send it, but may change it
    batch = judge.batch(asked, accounts, [one], Convoy(_beside(orders, one)))
    now = replace(judge.circumstances(asked, accounts, [one]), open=None, state=TradingState.ACTIVE)
    found = gate.judge(batch, now)
    if strict and found.blocked:
        refuse(found, "The order stays as it was.")
        gate.stamp(batch, now=now)
    if strict:
        require_held(orders, [one], unfinished(orders, ticket.account), "The order stays as it was.")
    return tuple(e for e in found.evaluations if e.outcome is not Outcome.PASS)


def _beside(orders: OrderBook, one: Standing) -> tuple[Standing, ...]:
    """The other orders of the account that wait to leave, each once: a slice is told by its parent."""
    family = {one.id, one.ticket.parent}
    waiting: Sequence[Standing] = orders.standings(one.ticket.account, _LEAVING)
    return tuple(other for other in waiting if other.id not in family and not other.ticket.parent)
