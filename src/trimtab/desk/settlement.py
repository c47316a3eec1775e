"""What venues say, brought into the book: by asking a broker, or out of a file of fills; what it cost, and what does not agree.

A fill that names none of our orders is matched by account, instrument, side and day where exactly one order fits, and is
listed where none or several do. Nothing is adjusted by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import FINAL, WORKING, Standing, Status
from trimtab.core.venues import Report
from trimtab.desk.sending import accounts_of
from trimtab.execution.fill_files.counting import differences
from trimtab.execution.fill_files.found import FillFile, Loose
from trimtab.execution.outbox import Outbox
from trimtab.execution.reconciling import Reconciliation
from trimtab.execution.shortfall import Piece, Shortfall, pieces, traded

_OPEN = WORKING | {Status.PARTIAL}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a file of fills came to: reports that were booked, what cannot be, and lines that belong to no order."""

    booked: tuple[Standing, ...]
    contradictions: tuple[str, ...]
    breaks: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """6 where an account was halted over it, 4 where lines are left over, else 0."""
        return 6 if self.contradictions else 4 if self.breaks else 0


def settle_file(orders: OrderBook, found: FillFile, account: str, day: date) -> Settled:
    """Book the fills of a file for orders that left in a file, or by the broker that is named in them."""
    every = {one.id: one for one in orders.standings(account)} if account else {one.id: one for one in orders.standings()}
    counted, strange = differences(found.counts, every, day)
    loose, breaks = _matched(found.loose, every.values())
    reports = _together([*found.reports, *counted, *loose])
    booked: list[Standing] = []
    odd: list[str] = []
    for report in reports:
        standing = every.get(report.order)
        if standing is None:
            breaks.append(f"order {report.order} is in no book")
            continue
        try:
            with ExitStack() as held:
                for name in accounts_of(orders, standing):
                    held.enter_context(orders.sender(name))
                done = orders.record(report, standing.venue or "file")
        except TrimtabError as error:
            breaks.append(str(error))
            continue
        booked.append(done.standing)
        odd += done.contradictions
    breaks += [f"{found.name}:{one.line} {one.why}" for one in (*found.unread, *strange)]
    return Settled(tuple(booked), tuple(odd), tuple(breaks))


def _together(reports: Sequence[Report]) -> list[Report]:
    """One report an order, its executions put together."""
    by_order: dict[str, Report] = {}
    for one in reports:
        before = by_order.get(one.order)
        by_order[one.order] = one if before is None else before._replace(executions=(*before.executions, *one.executions))
    return list(by_order.values())


def _matched(loose: Sequence[Loose], standings: Iterable[Standing]) -> tuple[list[Report], list[str]]:
    """Fills that name no order: each to the one order that fits, or told."""
    open_orders = [one for one in standings if one.status in _OPEN and not one.ticket.block]
    reports, breaks = [], []
    for one in loose:
        fits = [standing for standing in open_orders if _fits(one, standing)]
        units = one.execution.units
        told = f"line {one.line}: {units} {one.symbol or one.isin} at {one.execution.price} on {one.execution.day}"
        if len(fits) == 1:
            execution = one.execution._replace(order=fits[0].id)
            reports.append(Report(fits[0].id, Status.PARTIAL, executions=(execution,)))
        else:
            breaks.append(f"{told} belongs to {'no order' if not fits else f'one of {len(fits)} orders'} of ours")
    return reports, breaks


def _fits(one: Loose, standing: Standing) -> bool:
    """Whether a fill can be of an order: same account (where said), instrument and side, no more than is left."""
    ticket, units = standing.ticket, one.execution.units
    place = not one.account or one.account == ticket.account
    return place and one.symbol == ticket.instrument and units * ticket.units > 0 and abs(units) <= abs(standing.left)


def reconcile(orders: OrderBook, outbox: Outbox, accounts: Sequence[str], since: date) -> tuple[Reconciliation, ...]:
    """Ask a venue for everything of these accounts, book it, compare, and halt or lift. Raises Busy where another sends."""

    def held(account: str) -> Mapping[str, Decimal]:
        return units_of(orders, account)

    found = []
    for account in accounts:
        with orders.sender(account):
            found.append(outbox.reconcile(account, held, since=since, lift=lambda name: _lift(orders, name)))
    return tuple(found)


def _lift(orders: OrderBook, account: str) -> None:
    orders.lift(account)


def units_of(orders: OrderBook, account: str) -> dict[str, Decimal]:
    """Units of everything that an account and its sleeves hold, by instrument."""
    names = [one.id for one in orders.store.instruments()]
    places = [account, *(place for place in orders.store.sleeves() if place.startswith(f"{account}/"))]
    units: dict[str, Decimal] = {}
    with exact():
        for place in places:
            for asset, count in orders.store.holdings(place).items():
                units[names[asset]] = units.get(names[asset], ZERO) + count
    return {name: count for name, count in units.items() if count}


def shortfalls(
    orders: OrderBook, found: Sequence[Standing], closing: Callable[[Standing], tuple[Decimal, date]]
) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
    """The shortfall of orders that are done with, piece by piece; and what could not be told of which, in sentences.

    `closing` is the last price of an order's instrument and its day, for what was not filled. Blocks are left out: their
    members are the same trades.
    """
    parts: list[Piece] = []
    untold: list[str] = []
    for one in found:
        if one.status not in FINAL or one.ticket.parts or not one.sent_at:
            continue
        price, day = closing(one) if one.left else (ZERO, date.min)
        try:
            parts += pieces(traded(one, orders.executions(one.id), price, day))
        except TrimtabError as error:
            untold.append(str(error))
    return tuple(parts), tuple(untold)


def summed(parts: Sequence[Piece], currency: str = "USD") -> Shortfall:
    """All of it."""
    return sum((piece.shortfall for piece in parts), Shortfall(currency=currency))
