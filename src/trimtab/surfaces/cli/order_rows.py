"""Orders on the screen, a line each under the batch they were proposed in, and in plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from trimtab.accounting.database.trading import Restraint
from trimtab.core.orders import WAITING, Standing, Status
from trimtab.surfaces.cli.book_options import count, plain
from trimtab.surfaces.cli.tables import clipped, number, wide
from trimtab.surfaces.cli.wrapping import wrapped

SHORT = 8  # letters of an id on the screen
_SAID = frozenset({Status.PLANNED, Status.FILLED})  # whose last words say nothing


def lines(found: Sequence[Standing], *, lots: bool = False) -> Iterator[str]:
    """A line an order; a narrow terminal shows what is filled in a line of its own. Prices are in the batch's currency."""
    if not found:
        yield " no orders"
        return
    full = wide()
    yield _head(full)
    cut, last = Counter(one.ticket.parent for one in found if one.ticket.parent), ""
    for one in found:
        heading = _heading(one)
        if heading != last:
            yield heading
            last = heading
        yield _row(one, full)
        yield from _notes(one, cut[one.id], lots=lots, full=full)


def _head(full: bool) -> str:
    if full:
        first = f" {'Order':<{SHORT}}  {'Account':<12} {'Side':<4} {'Units':>13}  {'Instrument':<12} {'Price':>11}"
        return f"{first} {'Type':<8} {'Status':<13} {'Filled units':>13} {'Average':>11}"
    first = f" {'Order':<{SHORT}} {'Account':<10} {'Side':<4} {'Units':>12} {'Instrum.':<8} {'Price':>10}"
    return f"{first} Status"


def _heading(one: Standing) -> str:
    """What an order shares with those that were proposed with it."""
    ticket = one.ticket
    if ticket.parent:
        return f"   slices of {ticket.parent[:SHORT]}"
    by = f"    asked by {clipped(ticket.by, 16).rstrip()}" if ticket.by else ""
    name = clipped(ticket.strategy, 20).rstrip()
    batch = ticket.batch or ("blocks of several batches" if ticket.parts else "no batch")
    return f" {batch}    {f'{name}    ' if name else ''}{ticket.currency}{by}"


def _row(one: Standing, full: bool) -> str:
    ticket = one.ticket
    side, price = "BUY" if ticket.units > 0 else "SELL", ticket.limit or ticket.reference
    account, units, name = ticket.booked or "block", abs(ticket.units), ticket.instrument
    if full:
        first = f" {one.id[:SHORT]:<{SHORT}}  {clipped(account, 12)} {side:<4} {number(units, 13)}  {clipped(name, 12)}"
        done = f" {number(abs(one.filled), 13)} {number(round(one.average, 6), 11)}" if one.filled else ""
        return f"{first} {number(price, 11)} {ticket.kind.value:<8} {one.status.value:<13}{done}".rstrip()
    first = f" {one.id[:SHORT]:<{SHORT}} {clipped(account, 10)} {side:<4} {number(units, 12)} {clipped(name, 8)}"
    return f"{first} {number(price, 10)} {one.status.value}"


def _notes(one: Standing, slices: int, *, lots: bool, full: bool) -> Iterator[str]:
    ticket = one.ticket
    if one.filled and not full:
        yield f"   filled {count(abs(one.filled))} at {count(round(one.average, 6))}"
    if slices and one.status in WAITING:
        yield f"   cut into {slices} slices, which are sent in its place"
    if ticket.warnings and one.status in WAITING:
        asks = "" if one.status is Status.APPROVED else ": approving it needs --reason"
        yield from wrapped(f"  WARN {', '.join(ticket.warnings)}{asks}")
    if lots and ticket.lots:
        yield from wrapped("  lots: " + ", ".join(f"{count(units)} of {lot}" for lot, units in ticket.lots))
    if lots and ticket.units < 0 and not ticket.lots:
        yield "   lots: by the method of the account, when it is filled"
    if one.why and one.status not in _SAID:
        yield from wrapped(f"  {one.why}")


def document(one: Standing) -> dict[str, Any]:
    """An order in plain values."""
    return {**plain(asdict(one)), "left": f"{one.left:f}", "average": f"{one.average:f}" if one.filled else None}


def restraint_row(one: Restraint) -> dict[str, Any]:
    """Why an account does not trade freely, in plain values."""
    return {"account": one.account, "state": one.state.value, "cause": one.cause.value, "why": one.why}
