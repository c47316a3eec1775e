"""Which orders are judged and sent together, and for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.runs import Run
from trimtab.core.orders import Standing, Ticket


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
    return decided_for(one.ticket, orders.run_of(one.id) if one.ticket.place else None)


def decided_for(ticket: Ticket, run: Run | None) -> str:
    """The same, of an order that was planned in this run: what a policy decided has its hash for a key."""
    if not ticket.place:
        return ticket.account
    return ticket.account if run is not None and run.key.policy == ticket.policy else ticket.place


def accounts_of(orders: OrderBook, one: Standing) -> tuple[str, ...]:
    """The account of an order; of a block, those of its members."""
    parts = [orders.standing(name).ticket.account for name, _ in one.ticket.parts]
    return tuple(dict.fromkeys(parts)) if parts else (one.ticket.account,)
