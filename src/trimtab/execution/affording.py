"""What money pays for of several purchases: all of them, or each cut by the same share. Backtest and paper broker ask here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from trimtab.core.money import ZERO, floor_to


def afforded(
    wanted: Sequence[Decimal], power: Decimal, quantum: Decimal, need: Callable[[Sequence[Decimal]], Decimal]
) -> list[Decimal]:
    """Units to buy, none more than `wanted`, that need no more than `power`; whole multiples of `quantum` where cut.

    `need` says what so many units of each take out of cash, costs included; zero units of a purchase must take nothing.
    Costs need not be in proportion (a smallest ticket), so the share is taken again until the money does.
    """
    units = list(wanted)
    while (taken := need(units)) > power and any(units):
        share = max(power, ZERO) / taken
        units = [floor_to(count * share, quantum) for count in units]
    return units
