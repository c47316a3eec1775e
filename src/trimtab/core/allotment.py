"""Dividing a whole among shares so that the parts sum to it exactly: by largest remainder (Hamilton's method).

Every part is within one quantum of its exact share. Ties go to the earlier share, so that the same division comes out the
same. The fills of a block order are divided among its members by it, all at the average price.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency, exact, text_of
from trimtab.core.orders import Ticket
from trimtab.core.venues import Execution

_UNIT = Decimal(1)
_FINEST = Decimal("1e-12")  # of money that is not rounded: what is finer goes to one member


class Allocation(NamedTuple):
    """What one member of a block gets of its fills. `amount` is cash, as in a ledger Fill, before `cost`."""

    order: str  # id of the member
    units: Decimal  # with their sign
    price: Decimal  # the average of the block, the same for all
    amount: Decimal
    cost: Decimal


def allotted(total: Decimal, shares: Sequence[Decimal], quantum: Decimal) -> tuple[Decimal, ...]:
    """`total` divided in proportion to `shares`, each a multiple of `quantum` as far as the total is one.

    What is finer than the quantum goes to the next in line after the largest remainders. Raises InvariantError where shares
    are below zero or sum to none.
    """
    with exact():
        whole = sum(shares, ZERO)
        if not whole > 0 or any(share < 0 for share in shares) or not quantum > 0:
            raise InvariantError(f"{total} cannot be divided by the shares {list(map(str, shares))}", remedy="Stop.")
        due = [total * share / whole for share in shares]
        parts = [(part / quantum).to_integral_value(ROUND_DOWN) * quantum for part in due]
        left = total - sum(parts, ZERO)
        step = quantum.copy_sign(total)
        order = sorted((k for k, share in enumerate(shares) if share), key=lambda k: (-abs(due[k] - parts[k]), k))
        for k in order:
            if abs(left) < quantum:
                parts[k] += left
                return tuple(parts)
            parts[k] += step
            left -= step
        parts[order[0]] += left  # nothing, but for what the context rounds
        return tuple(parts)


def finest(counts: Iterable[Decimal]) -> Decimal:
    """The unit of the finest of some counts: 0.001 of 1.5 and 0.125; at most 1."""
    return min((_UNIT.scaleb(min(int(Decimal(text_of(one)).as_tuple().exponent), 0)) for one in counts), default=_UNIT)


def allocations(
    block: Ticket, members: Sequence[Ticket], executions: Sequence[Execution], quantum: Decimal, money: Currency
) -> tuple[Allocation, ...]:
    """What each of `members` gets of the `executions` of their block: one allocation a member, in the order of `members`.

    Units are pro rata to what was ordered, within one `quantum`; the price is the average, for all; amounts and costs are
    pro rata to the units got, and sum to the cent to those of the executions, each rounded as it was booked. Nothing filled:
    nothing for anybody; a cost without units goes by the units ordered. Of a future only units, price and cost count: its
    fills move no cash. Raises InvariantError where the members are not the parts of the block.
    """
    if sorted((one.id, one.units) for one in members) != sorted(block.parts):
        raise InvariantError(f"what is to be allocated are not the members of the block {block.id}", remedy="Stop.")
    with exact():
        filled = sum((one.units for one in executions), ZERO)
        spent = sum((one.units * one.price for one in executions), ZERO)
        paid = sum((money.round(-one.units * one.price) for one in executions), ZERO)
        cost = sum((money.round(one.cost) for one in executions), ZERO)
        units = allotted(filled, [abs(one.units) for one in members], quantum)
        weights = [abs(one) for one in units] if filled else [abs(one.units) for one in members]
        finest = money.minor or _FINEST
        amounts, costs = allotted(paid, weights, finest), allotted(cost, weights, finest)
        price = spent / filled if filled else ZERO
        return tuple(Allocation(one.id, units[k], price, amounts[k], costs[k]) for k, one in enumerate(members))
