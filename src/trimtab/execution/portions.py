"""A part of a ticket: from so many of its units to so many, with the lots, the estimate and the tax that belong to it.

Portions that follow on each other sum to the ticket exactly: what is divided is cut at running totals, never rounded by
itself.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from trimtab.core.money import ZERO, currency, exact
from trimtab.core.orders import Ticket

Lots = tuple[tuple[str, Decimal], ...]


def portion(ticket: Ticket, start: Decimal, end: Decimal) -> Ticket:
    """The units of `ticket` from `start` to `end`, both counted without sign, from 0 to all of them. The id stays.

    Lots are taken in the order in which the ticket names them.
    """
    with exact():
        return replace(
            ticket,
            units=(end - start).copy_sign(ticket.units),
            lots=_lots(ticket.lots, start, end),
            estimate=_cut(ticket, ticket.estimate, end) - _cut(ticket, ticket.estimate, start),
            tax=_cut(ticket, ticket.tax, end) - _cut(ticket, ticket.tax, start),
        )


def _cut(ticket: Ticket, amount: Decimal, at: Decimal) -> Decimal:
    """What of an amount of money belongs to the first `at` units; all of it to all of them."""
    whole = abs(ticket.units)
    return amount if at == whole or not amount else currency(ticket.currency).round(amount * at / whole)


def _lots(lots: Lots, start: Decimal, end: Decimal) -> Lots:
    taken, before = [], ZERO
    for name, units in lots:
        part = min(end, before + units) - max(start, before)
        if part > 0:
            taken.append((name, part))
        before += units
    return tuple(taken)
