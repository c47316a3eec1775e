"""`reconcile`: fills against orders, from a file or by asking a broker; the shortfall of what is done; what does not agree."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.orders import FINAL, Standing
from trimtab.desk.blocking import book_crosses
from trimtab.desk.books import scope_of
from trimtab.desk.sending import Judge, numbers_of
from trimtab.desk.settlement import Settled, settle_file, shortfalls, summed
from trimtab.desk.settlement import reconcile as ask
from trimtab.execution.fill_files.found import FillHints
from trimtab.execution.fill_files.reading import read_fills
from trimtab.execution.reconciling import Reconciliation
from trimtab.execution.shortfall import Piece, Shortfall, by_day, by_order, by_quarter
from trimtab.surfaces.cli.book_options import count, money, pairs, plain, signature
from trimtab.surfaces.cli.options import as_of, counted, print_json, say
from trimtab.surfaces.cli.orders import SHORT, amount, document, lines
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.screen import wrapped
from trimtab.surfaces.cli.sending import judge_of, outbox_of

BACK = 7  # days of reports that a broker is asked for


def reconcile(options: Namespace) -> int:
    """Book fills, say what they cost against the decision, and what does not agree. Exit 6 where an account is halted."""
    if bool(options.file) is bool(options.broker):
        raise UsageError("fills come from a file or from a broker", remedy="Write trimtab reconcile FILLS, or --broker paper.")
    with order_book(options) as orders:
        judge = judge_of(orders, options)
        by = signature(options)
        if options.file:
            settled: Settled | None = _from_file(orders, options, by.day)
            asked: tuple[Reconciliation, ...] = ()
            touched = [one.id for one in settled.booked] if settled else []
        else:
            settled, asked = None, _from_broker(orders, judge, options)
            touched = [one.standing.id for found in asked for one in found.asked]
        given = {name: amount(text, "--price") for name, text in pairs(options.price, "--price", "VTI=101.50").items()}
        crossed = book_crosses(orders, by, as_of(options) or by.day, given)
        told = _with_members(orders, touched)
        parts, untold = shortfalls(orders, told, lambda one: closing(judge, one))
        code = settled.exit_code if settled else _code(asked)
        if options.json:
            print_json("reconcile", _document(told, settled, asked, parts) | {"untold": list(untold), "exit_code": code})
            return code
        for line in _lines(told, settled, asked):
            say(line)
        for cross, price in crossed:
            say(f" crossed: {count(cross.units)} {cross.seller.instrument} at {count(price)}, booked on both sides")
        for line in shortfall_lines(parts, untold):
            say(line)
    return code


def _from_file(orders: OrderBook, options: Namespace, day: date) -> Settled:
    place = Path(options.file)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise UsageError(f"{place} cannot be read ({error.strerror})", remedy="Check the name.") from None
    columns = pairs(options.map, "--map", "units=Shares", empty=True)
    hints = FillHints(columns, True if options.dayfirst else None, True if options.comma else None, options.zone)
    known = {one.id for one in orders.standings()}
    return settle_file(orders, read_fills(data, place.name, known, hints), options.account, as_of(options) or day)


def _from_broker(orders: OrderBook, judge: Judge, options: Namespace) -> tuple[Reconciliation, ...]:
    accounts = sorted({one.id for one in scope_of(orders.store, options.account).places.values()})
    found: list[Reconciliation] = []
    for account in accounts:
        sent = [one for one in orders.standings(account) if one.sent_at and one.venue == options.broker]
        if not sent:
            continue
        first = min(one.sent_at for one in sent if one.status not in FINAL or one is sent[-1])
        since = date.fromisoformat(first[:10]) - timedelta(days=BACK)
        outbox = outbox_of(orders, judge, sent[-1:], options)
        found += ask(orders, outbox, [account], since)
    if not found:
        raise UsageError(f"nothing was sent to {options.broker}", remedy="See trimtab orders list --all.")
    return tuple(found)


def _with_members(orders: OrderBook, touched: Sequence[str]) -> list[Standing]:
    told = [orders.standing(name) for name in dict.fromkeys(touched)]
    return [*told, *(orders.standing(name) for one in told for name, _ in one.ticket.parts)]


def closing(judge: Judge, one: Standing) -> tuple[Decimal, date]:
    """The last known price of an order's instrument, and its day; zero where none is known."""
    accounts = judge.accounts(one.ticket.policy)
    said = accounts.outlook
    asset = numbers_of(accounts).get(one.ticket.instrument)
    price = float("nan") if asset is None else float(said.prices[asset])
    return (decimal_of(price) if price > 0.0 else ZERO), plain_date(said.when)


def _code(asked: Sequence[Reconciliation]) -> int:
    return 0 if all(one.clean for one in asked) else 6


def _lines(told: Sequence[Standing], settled: Settled | None, asked: Sequence[Reconciliation]) -> Iterator[str]:
    yield from lines(told)
    for text in settled.contradictions if settled else ():
        yield from wrapped(f"HALTED: {text}")
    for text in settled.breaks if settled else ():
        yield from wrapped(f"break: {text}")
    for one in asked:
        if one.clean:
            yield f" {one.account}: book and venue agree"
        for difference in one.differences:
            yield from wrapped(f"{one.account}: {difference.words}")
        for text in (*one.contradictions, *filter(None, [one.unanswered])):
            yield from wrapped(f"{one.account}: {text}")
        for standing in one.unknown:
            yield from wrapped(f"{one.account}: nobody knows whether {standing.id[:SHORT]} arrived; it stays halted")


def shortfall_lines(parts: Sequence[Piece], untold: Sequence[str]) -> Iterator[str]:
    """Implementation shortfall of what is done with: by order, by day, in all."""
    if parts:
        yield ""
        heads = "".join(f"{word:>12}" for word in ("explicit", "delay", "execution", "missed", "total"))
        yield f" {'Implementation shortfall':<30}{'paper':>16}{heads}     bp"
        for name, one in by_order(parts).items():
            yield _row(name[:SHORT], one)
        for day, one in by_day(parts).items():
            yield _row(str(day), one)
        for quarter, one in by_quarter(parts).items():
            yield _row(quarter, one)
        whole = summed(parts, parts[0].shortfall.currency)
        yield _row("all", whole)
        if whole.words:
            yield from wrapped(whole.words)
    for text in untold:
        yield from wrapped(f"no shortfall: {text}")


def _row(name: str, one: Shortfall) -> str:
    cells = "".join(f"{money(part, 12)}" for part in (*one.parts, one.total))
    return f" {name:<30}{money(one.paper, 16)}{cells} {one.fraction * 10_000:6.1f}"


def _document(
    told: Sequence[Standing], settled: Settled | None, asked: Sequence[Reconciliation], parts: Sequence[Piece]
) -> dict[str, Any]:
    return {
        "orders": [document(one) for one in told],
        "contradictions": list(settled.contradictions) if settled else [text for one in asked for text in one.contradictions],
        "breaks": list(settled.breaks) if settled else [],
        "reconciliations": [_reconciled(one) for one in asked],
        "shortfall": [
            {"order": one.order, "day": one.day.isoformat(), **plain(one.shortfall), "total": str(one.shortfall.total)}
            for one in parts
        ],
    }


def _reconciled(one: Reconciliation) -> dict[str, Any]:
    return {
        "account": one.account,
        "clean": one.clean,
        "state": one.state.value,
        "differences": [difference.words for difference in one.differences],
        "unanswered": one.unanswered,
        "unknown": [standing.id for standing in one.unknown],
        "orders": counted(len(one.asked), "order"),
    }
