"""Purchases that cash does not pay for any more are cut pro rata before they leave, as a backtest cuts them at the fill.

Prices have moved since the decision, or a sale did not go out: what is bought then is what money is there for, the rest is
told. Counted at the dearer of the decision's price and the last known one, with the estimated cost on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

from trimtab.core.money import ZERO, exact
from trimtab.core.orders import Standing, Status
from trimtab.desk.slicing import quantum_of
from trimtab.execution.brokers.paper_fills import SHORT

CUT = "cut to the cash that is there"
_CENT = Decimal("0.01")  # what rounding of money may cost


def unpaid(one: Standing) -> bool:
    """Whether the rest of a purchase expired because money paid for no more: the broker cut it at the fill."""
    return one.status is Status.EXPIRED and one.why.endswith(SHORT)


def priced(one: Standing, last: Decimal | None) -> Decimal:
    """The price that an order is counted at: of a purchase the dearer or its limit, of a sale the cheaper."""
    reference = one.ticket.reference
    if one.ticket.limit and one.ticket.units > 0:
        return one.ticket.limit
    if last is None:
        return reference
    return max(reference, last) if one.ticket.units > 0 else min(reference, last)


def power_of(cash: Decimal, sales: Sequence[Standing], last: Mapping[str, Decimal]) -> Decimal:
    """What purchases may cost: cash, and what sales bring after their costs; one with a limit may bring nothing."""
    sure = [one for one in sales if not one.ticket.limit]
    with exact():
        return cash + sum((-one.ticket.units * priced(one, last.get(one.id)) - one.ticket.estimate for one in sure), ZERO)


def cuts(buys: Sequence[Standing], power: Decimal, last: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The units of those purchases that are to be smaller, zero where nothing is left; none where all can be paid for."""
    with exact():
        needs = {one.id: one.ticket.units * priced(one, last.get(one.id)) + one.ticket.estimate for one in buys}
        need = sum(needs.values(), ZERO)
        if need <= max(power, ZERO) + _CENT:
            return {}
        share = max(power, ZERO) / need
        found = {}
        for one in buys:
            units = (one.ticket.units * share).quantize(quantum_of(one), ROUND_DOWN)
            if units < one.ticket.units:
                found[one.id] = units
        return found
