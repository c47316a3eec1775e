"""What venues say, brought into the book: by asking a broker, or out of a file of fills; what it cost, and what does not agree.

A fill that names none of our orders is matched by account, instrument, side and day where exactly one order fits, and is
listed where none or several do; one that is booked already says nothing new. Nothing is adjusted by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import DataError, TrimtabError
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, WORKING, Standing, Status
from trimtab.core.venues import Execution, Recorded, Report
from trimtab.desk.grouping import accounts_of
from trimtab.desk.slicing import with_parents
from trimtab.execution.fill_files.counting import differences
from trimtab.execution.fill_files.found import FillFile, Loose, Unread
from trimtab.execution.outbox import Outbox
from trimtab.execution.reconciling import Reconciliation
from trimtab.execution.shortfall import Piece, Shortfall, pieces, traded


@dataclass(frozen=True, slots=True)
class Settled:
    """What a file of fills came to: reports that were booked, what cannot be, and lines that belong to no order."""

    booked: tuple[Standing, ...]
    contradictions: tuple[str, ...]
    breaks: tuple[str, ...]
    remarks: tuple[str, ...] = ()  # what is said besides, and is no fault

    @property
    def exit_code(self) -> int:
        """6 where an account was halted over it, 4 where lines are left over, else 0."""
        return 6 if self.contradictions else 4 if self.breaks else 0


def settle_file(orders: OrderBook, found: FillFile, account: str, day: date) -> Settled:
    """Book the fills of a file, each under the venue that its order went to. `account` is that of fills that name none.

    Fills that name an order come first, then counts, then those that name none: each on what the ones before left.
    """
    booked: dict[str, Standing] = {}
    odd: list[str] = []
    breaks: list[str] = []
    strange: Sequence[Unread] = ()
    for step in range(3):
        every = {one.id: one for one in orders.standings()}
        reports: Iterable[Report] = found.reports
        if step == 1:
            reports, strange = differences(found.counts, every, day)
        elif step == 2:
            reports, untold = matched(orders, found.loose, tuple(every.values()), account)
            breaks += untold
        for report in _together(reports):
            try:
                done = _recorded(orders, every, report, day)
            except TrimtabError as error:
                breaks.append(str(error))
                continue
            booked[report.order] = done.standing
            odd += (*done.contradictions, *_short(done.standing))
    breaks += [f"{found.name}:{one.line} {one.why}" for one in (*found.unread, *strange)]
    return Settled(tuple(booked.values()), tuple(odd), tuple(breaks))


def _recorded(orders: OrderBook, every: Mapping[str, Standing], report: Report, day: date) -> Recorded:
    """Record a report under the lock of its accounts.

    Raises DataError for an order that is not ours or a fill of a day that cannot be, and Busy.
    """
    standing = every.get(report.order)
    if standing is None:
        raise DataError(f"order {report.order} is in no book", remedy="It was not booked.")
    for one in report.executions:
        _require_day(one, standing, day)
    with ExitStack() as held:
        for name in accounts_of(orders, standing):
            held.enter_context(orders.sender(name))
        return orders.record(report, standing.venue or "file")


def _require_day(one: Execution, standing: Standing, today: date) -> None:
    """A day that is still to come, or before the order left, is a date that was read the wrong way round, or mistyped.

    A day of grace either way: clocks differ by zone. Raises DataError.
    """
    remedy = "Nothing of this order was booked: correct the date, or say how dates are written."
    if one.day > today + timedelta(days=1):
        raise DataError(f"execution {one.id} is of {one.day}, which is still to come", remedy=remedy)
    left = date.fromisoformat(standing.sent_at[:10]) if standing.sent_at else date.min
    if left > one.day and left - one.day > timedelta(days=1):
        raise DataError(f"execution {one.id} is of {one.day}, and its order left on {left}", remedy=remedy)


def _short(standing: Standing) -> tuple[str, ...]:
    """What halts the account besides contradictions: a count that its executions do not come to."""
    if standing.claimed == standing.filled:
        return ()
    counts = f"{text_of(standing.claimed)} filled by the venue's count, {text_of(standing.filled)} by executions"
    return (f"order {standing.id} has {counts}",)


def _together(reports: Iterable[Report]) -> list[Report]:
    """One report an order: its executions put together, the status and the count that go furthest."""
    by_order: dict[str, Report] = {}
    for one in reports:
        before = by_order.setdefault(one.order, one)
        if before is not one:
            last = before if before.status in FINAL and one.status not in FINAL else one
            count = max(before.filled, one.filled, key=abs)
            by_order[one.order] = last._replace(filled=count, executions=(*before.executions, *one.executions))
    return list(by_order.values())


def matched(
    orders: OrderBook, loose: Sequence[Loose], standings: Sequence[Standing], account: str = ""
) -> tuple[list[Report], list[str]]:
    """Fills that name no order: each to the one order that fits, and has as much left after those before it; or told."""
    open_orders = [one for one in standings if one.status in WORKING and not one.ticket.block]
    isins = {one.isin: one.id for one in orders.store.instruments() if one.isin}
    left = {one.id: one.left for one in open_orders}
    reports, breaks = [], []
    for one in loose:
        name = one.symbol or isins.get(one.isin, "")
        if _booked(orders, one, [of for of in standings if of.filled and of.ticket.instrument == name]):
            continue
        whose = one.account or account
        fits = [of for of in open_orders if of.ticket.instrument == name and _fits(orders, one, of, (whose, left[of.id]))]
        if len(fits) == 1:
            execution = one.execution._replace(order=fits[0].id)
            left[fits[0].id] -= execution.units
            reports.append(Report(fits[0].id, Status.PARTIAL, executions=(execution,)))
        else:
            what = name or one.isin or f"of order {one.order}"
            told = f"line {one.line}: {one.execution.units} {what} at {one.execution.price} on {one.execution.day}"
            breaks.append(f"{told} belongs to {'no order' if not fits else f'one of {len(fits)} orders'} of ours")
    return reports, breaks


def _booked(orders: OrderBook, one: Loose, standings: Sequence[Standing]) -> bool:
    """Whether a fill is booked: a file was read twice."""
    known = [execution for of in standings for execution in orders.executions(of.id)]
    return any(one.execution._replace(order=execution.order) == execution for execution in known)


def _fits(orders: OrderBook, one: Loose, standing: Standing, of: tuple[str, Decimal]) -> bool:
    """Whether a fill can be of an order: same account (where known) and side, not before it left, no more than is left."""
    (account, left), execution = of, one.execution
    whose = not account or account in accounts_of(orders, standing)
    sent = execution.day >= date.fromisoformat(standing.sent_at[:10]) if standing.sent_at else True
    return whose and sent and execution.units * left > 0 and abs(execution.units) <= abs(left)


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
    """The shortfall of orders that are done with, each once, piece by piece; and what could not be told, in sentences.

    `closing` is the price of an order's instrument where the order ended, and its day, for what was not filled; what it
    raises is told. Blocks are left out: their members are the same trades. What was cut, or whose slices are found, has a
    piece of its own for the units that left in none of its slices.
    """
    parts: list[Piece] = []
    untold: list[str] = []
    every = {one.id: one for one in with_parents(orders, found)}
    sent = [one for one in every.values() if one.status in FINAL and one.sent_at and not one.ticket.parts]
    for one in (*sent, *_unsent(orders, every)):
        try:
            price, day = closing(one) if one.left else (ZERO, date.min)
            parts += pieces(traded(one, orders.executions(one.id), price, day))
        except TrimtabError as error:
            untold.append(str(error))
    return tuple(parts), tuple(untold)


def _unsent(orders: OrderBook, every: Mapping[str, Standing]) -> list[Standing]:
    """Of orders that were cut the units that left in no slice, once the order and all slices are done with.

    Where no slice left at all there is none, as of any order that was never sent.
    """
    slices: dict[str, list[Standing]] = defaultdict(list)
    for one in orders.standings():
        if one.ticket.parent in every:
            slices[one.ticket.parent].append(one)
    found: list[Standing] = []
    for name, own in slices.items():
        whole = every[name]
        with exact():
            left = whole.ticket.units - sum((one.ticket.units for one in own if one.sent_at), ZERO)
        done = all(one.status in FINAL for one in (whole, *own)) and any(one.sent_at for one in own)
        if done and left * whole.ticket.units > 0:
            found.append(replace(whole, ticket=replace(whole.ticket, units=left)))
    return found


def summed(parts: Sequence[Piece], currency: str = "USD") -> Shortfall:
    """All of it."""
    return sum((piece.shortfall for piece in parts), Shortfall(currency=currency))
