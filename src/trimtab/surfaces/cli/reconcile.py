"""`reconcile`: fills against orders, from a file or by asking a broker; the shortfall of what is done; what does not agree."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.accounting.database.coding import word_of
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.orders import Standing
from trimtab.desk import errands
from trimtab.desk.books import Signature, scope_of
from trimtab.desk.crossing import Crossed, book_crosses
from trimtab.desk.paper_income import Income
from trimtab.desk.settlement import Settled, shortfalls, summed
from trimtab.execution.fill_files.cells import is_zone
from trimtab.execution.fill_files.found import FillHints
from trimtab.execution.reconciling import Reconciliation
from trimtab.execution.shortfall import Piece, Shortfall, by_day, by_order, by_quarter
from trimtab.surfaces.cli.book_options import count, money, pairs, plain, signature
from trimtab.surfaces.cli.options import answer, as_of, say
from trimtab.surfaces.cli.order_rows import SHORT, document, lines
from trimtab.surfaces.cli.orders import positive
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.sending import errand_of, judge_of
from trimtab.surfaces.cli.tables import wide
from trimtab.surfaces.cli.wrapping import wrapped


def reconcile(options: Namespace) -> int:
    """Book fills, say what they cost against the decision, and what does not agree. Exit 6 where an account is halted."""
    if bool(options.file) is bool(options.broker):
        raise UsageError("fills come from a file or from a broker", remedy="Write trimtab reconcile FILLS, or --broker paper.")
    given = {name: positive(text, "--price") for name, text in pairs(options.price, "--price", "VTI=101.50").items()}
    with order_book(options) as orders:
        by = signature(options)
        if options.account:
            scope_of(orders.store, options.account)
        done = _taken(orders, options, by)
        judge = judge_of(orders, options)
        crossed = book_crosses(orders, judge, as_of(options) or by.day, given)
        code, told = done.exit_code or crossed.exit_code, errands.with_members(orders, done.touched)
        parts, untold = shortfalls(orders, told, lambda one: errands.closing(judge, one))
        if options.json:
            more = {"untold": list(untold), "income": [income_row(one) for one in done.came]}
            made = _document(told, done.settled, done.asked, parts)
            return answer("reconcile", made | more | {"breaks": [*made["breaks"], *crossed.words]}, code)
        for line in (*_lines(told, done.settled, done.asked), *income_lines(done.came), *_crossed_lines(crossed)):
            say(line)
        for line in shortfall_lines(parts, untold):
            say(line)
    return code


@dataclass(frozen=True, slots=True)
class _Taken:
    """What came in: from a file, or by asking a broker and looking what happened to paper accounts; ids that are `touched`."""

    settled: Settled | None
    asked: tuple[Reconciliation, ...] = ()
    came: tuple[Income, ...] = ()

    @property
    def touched(self) -> list[str]:
        booked = [one.id for one in self.settled.booked] if self.settled else []
        return [*booked, *(one.standing.id for found in self.asked for one in found.asked)]

    @property
    def exit_code(self) -> int:
        return self.settled.exit_code if self.settled else _code(self.asked)


def _taken(orders: OrderBook, options: Namespace, by: Signature) -> _Taken:
    if options.file:
        return _Taken(_from_file(orders, options, as_of(options) or by.day))
    errand = errand_of(orders, options)
    asked = errands.ask(errand, options.account)
    return _Taken(None, asked, errands.income(errand, options.account, by))


def income_lines(came: Sequence[Income]) -> Iterator[str]:
    """What happened to paper accounts as time passed."""
    for one in came:
        if one.entries:
            kinds = ", ".join(f"{count} {word}" for word, count in Counter(word_of(entry) for entry, _ in one.entries).items())
            yield from wrapped(f"{one.place}: booked {kinds}, {money(one.cash)} in cash, as the market had it (paper account)")
        if one.remark:
            yield from wrapped(one.remark)


def income_row(one: Income) -> dict[str, Any]:
    """The same as plain values."""
    return {"place": one.place, "entries": len(one.entries), "cash": str(one.cash), "remark": one.remark}


def _from_file(orders: OrderBook, options: Namespace, day: date) -> Settled:
    columns = pairs(options.map, "--map", "units=Shares", empty=True)
    if options.zone and not is_zone(options.zone):
        raise UsageError(f"--zone {options.zone} is no offset from UTC", remedy="Write for example --zone=-05:00.")
    hints = FillHints(columns, True if options.dayfirst else None, True if options.comma else None, options.zone)
    return errands.read_file(orders, Path(options.file), options.account, day, hints)


def _code(asked: Sequence[Reconciliation]) -> int:
    return 0 if all(one.clean for one in asked) else 6


def _lines(told: Sequence[Standing], settled: Settled | None, asked: Sequence[Reconciliation]) -> Iterator[str]:
    yield from lines(told) if told or settled is None else ()
    if settled is not None and not (told or settled.contradictions or settled.breaks or settled.remarks):
        yield " nothing new: these fills are booked already"
    for text in settled.remarks if settled else ():
        yield from wrapped(text)
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
    """Implementation shortfall of what is done with, currency by currency; above zero takes money."""
    for code in sorted({one.shortfall.currency for one in parts}):
        yield from _of_currency([one for one in parts if one.shortfall.currency == code], code)
    for text in untold:
        yield from wrapped(f"no shortfall: {text}")


def _of_currency(parts: Sequence[Piece], code: str) -> Iterator[str]:
    """By order, by day, by quarter, and in all."""
    full = wide()
    yield ""
    yield from wrapped(f"Implementation shortfall in {code}, and in bp of the trade on paper; above zero it cost money")
    heads = "".join(f"{word:>{_cell(full)}}" for word in ("explicit", "delay", "execution", "missed", "total"))
    yield f" {'':<10}{'paper':>{_cell(full) + 1}}{heads}{'bp':>8}"
    groups = (
        {name[:SHORT]: one for name, one in by_order(parts).items()},
        {str(day): one for day, one in by_day(parts).items()},
        by_quarter(parts),
    )
    for name, one in [pair for group in groups for pair in group.items()]:
        yield _row(name, one, full)
    whole = summed(parts, code)
    yield _row("all", whole, full)
    if whole.words:
        yield from wrapped(whole.words)


def _cell(full: bool) -> int:
    return 14 if full else 10


def _row(name: str, one: Shortfall, full: bool) -> str:
    paper = money(one.paper, _cell(full))  # which may fill its cell, from a million up
    cells = "".join(money(part, _cell(full)) for part in (*one.parts, one.total))
    return f" {name:<10} {paper}{cells}{one.fraction * 10_000:z8.1f}"


def _crossed_lines(made: Crossed) -> Iterator[str]:
    """What changed hands inside, and what might not."""
    for cross, price in made.booked:
        yield f" crossed: {count(cross.units)} {cross.seller.instrument} at {count(price)}, booked on both sides"
    for text in made.words:
        yield from wrapped(text)


def _document(
    told: Sequence[Standing], settled: Settled | None, asked: Sequence[Reconciliation], parts: Sequence[Piece]
) -> dict[str, Any]:
    return {
        "orders": [document(one) for one in told],
        "contradictions": list(settled.contradictions) if settled else [text for one in asked for text in one.contradictions],
        "breaks": list(settled.breaks) if settled else [],
        "remarks": list(settled.remarks) if settled else [],
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
        "orders": len(one.asked),
    }
