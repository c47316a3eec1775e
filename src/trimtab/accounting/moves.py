"""What one entry moves: cash by currency, and units by asset."""

from __future__ import annotations

from decimal import Decimal

from trimtab.core.entries import (
    Adjustment,
    Cancel,
    Delisting,
    Entry,
    Exchange,
    Fee,
    Fill,
    Merger,
    Opening,
    SpinOff,
    Split,
    Tax,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO


def cash_of(entry: Entry) -> Decimal:
    """What an entry adds to cash of its own currency; zero for an exchange of currencies, which has two (see `moves_of`)."""
    if isinstance(entry, Fill):
        return entry.amount - entry.cost
    if isinstance(entry, Opening | Adjustment | Cancel | Exchange):
        return ZERO
    return -entry.amount if isinstance(entry, Fee | Tax) else entry.amount


def moves_of(entry: Entry) -> tuple[tuple[str, Decimal], ...]:
    """What an entry adds to cash, by currency; an empty code is the base currency."""
    if isinstance(entry, Exchange):
        paid, received = (entry.sold, -entry.paid), (entry.bought, entry.received)
        return (paid, received, ("", -entry.cost)) if entry.cost else (paid, received)
    if isinstance(entry, Opening | Adjustment | Cancel):
        return ()
    return ((entry.currency, cash_of(entry)),)


def units_of(entry: Entry) -> tuple[tuple[int, Decimal], ...]:
    """What an entry adds to the units of assets."""
    if isinstance(entry, Fill | Opening | Split | Delisting):
        return ((entry.asset, entry.units),)
    if isinstance(entry, Merger):
        return ((entry.asset, entry.units), (entry.into, entry.received))
    return ((entry.into, entry.received),) if isinstance(entry, SpinOff) else ()


def require_amounts(entry: Entry) -> None:
    """Raise InvariantError where an amount is NaN or infinite, an asset number below zero, or an exchange is none."""
    for name, value in zip(entry._fields, entry, strict=True):
        if isinstance(value, Decimal) and not value.is_finite():
            what = f"{name} of a {type(entry).__name__.lower()} of {entry.when} is {value}"
            raise InvariantError(what, remedy="Units and money are finite.")
        if name in ("asset", "into") and isinstance(value, int) and value < 0:
            raise InvariantError(f"{value} is the number of no asset", remedy="They count from 0.")
    if isinstance(entry, Exchange) and not (entry.paid > 0 and entry.received > 0 and entry.sold != entry.bought):
        what = f"{entry.paid} {entry.sold} for {entry.received} {entry.bought} is no exchange"
        raise InvariantError(what, remedy="It has two currencies, and both amounts are above zero.")
