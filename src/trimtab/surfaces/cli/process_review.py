"""`review`: the process of a quarter, or a full cycle; shown, and with --hold written down that it was held."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.desk.following_history import held_places
from trimtab.desk.full_cycle import FullCycle, full_cycle, require_cycle
from trimtab.desk.process_review import ProcessReview, process_review
from trimtab.desk.review_calendar import DueReview, Minutes, note_of, reviews_due
from trimtab.desk.review_periods import Kind
from trimtab.surfaces.adherence import calendar_rows, review_document
from trimtab.surfaces.cli.adherence import instant, score_lines
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.cycle_screen import cycle_lines
from trimtab.surfaces.cli.markets import loader
from trimtab.surfaces.cli.options import answer, hint, say
from trimtab.surfaces.cli.rebalance import asked_name, order_book
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.cycles import cycle_document


def review(options: Namespace) -> int:
    """Show what is due, account by account. Exit 5 where a review is due and was not held."""
    if options.calendar:
        return _calendar(options)
    kind = Kind.CYCLE if options.cycle else Kind.QUARTER
    with order_book(options) as orders:
        found = [_reviewed(orders, place, kind, options) for place in _places(orders, options)]
        held = _hold(orders, [one for one, _ in found], kind, options) if options.hold else {}
        found = [(_after(orders, one, options) if held else one, cycle) for one, cycle in found]
    code = 5 if any(one.about.due is not None for one, _ in found) and not held else 0
    if options.json:
        rows = [review_document(one) | _more(cycle) | {"held": held.get(one.place)} for one, cycle in found]
        return answer("review", {"kind": kind.value, "reviews": rows}, code)
    for one, cycle in found:
        for line in (*process_lines(one, kind), *(cycle_lines(cycle) if cycle is not None else ())):
            say(line)
        if one.place in held:
            say(f" written down: journal {held[one.place]}")
        say()
    hint(_next_step(kind, options) if code else "", options)
    return code


def _hold(orders: OrderBook, found: Sequence[ProcessReview], kind: Kind, options: Namespace) -> dict[str, int]:
    """Write down those that are due, all or none; the records of the journal by account."""
    due = [one for one in found if one.about.due is not None] or list(found[:1])  # which says when the next one is due
    minutes = Minutes(tuple(options.attended.split(",")), options.said)
    by, notes = signature(options), [note_of(one.about, kind, one.adherence.score, minutes) for one in due]
    records = orders.store.append(notes, recorded=by.at, author=by.author)
    return {one.place: record for one, record in zip(due, records, strict=True)}


def _after(orders: OrderBook, one: ProcessReview, options: Namespace) -> ProcessReview:
    """With the calendar as it is once reviews were held."""
    return replace(one, calendar=reviews_due(orders.store, one.place, plain_date(instant(options).astype("datetime64[D]"))))


def _places(orders: OrderBook, options: Namespace) -> tuple[str, ...]:
    """The accounts that are asked for. Raises UsageError where none of them follows a policy."""
    name = asked_name(options)
    found = held_places(orders.store, name)
    if not found:
        remedy = f"Say which: trimtab book follow {name or 'ACCOUNT'} POLICY."
        raise UsageError(f"{name or 'no account'} follows no policy, so that there is nothing to review", remedy=remedy)
    return found


def _reviewed(orders: OrderBook, place: str, kind: Kind, options: Namespace) -> tuple[ProcessReview, FullCycle | None]:
    now, load = instant(options), loader(options)
    if kind is Kind.QUARTER:
        return process_review(orders, place, now, load=load), None
    today = plain_date(now.astype("datetime64[D]"))
    require_cycle(orders.store, place, today)
    cycle = full_cycle(orders.store, Path(options.workspace), place, today, load=load)
    return process_review(orders, place, now, kind=kind, load=load), cycle


def _more(cycle: FullCycle | None) -> dict[str, Any]:
    return {} if cycle is None else {"cycle": cycle_document(cycle)}


def _next_step(kind: Kind, options: Namespace) -> str:
    name = f"--account {options.account}" if options.account else "--all"
    return f" next: trimtab review --{kind.value} {name} --hold --attended NAMES"


def process_lines(found: ProcessReview, kind: Kind) -> Iterator[str]:
    """What is reviewed, the score, the data, the requests, and the next entries of the calendar."""
    about = found.about
    due = f"due {about.due}" if about.due else f"the next one is on {about.following}"
    yield f" {found.place}    {about.policy.name}    policy {about.policy.sha256[:12]}"
    yield from wrapped(f"{kind.words}, {about.first} to {about.last}, {due}")
    yield from score_lines(found.adherence)
    yield f" data incidents: {len(found.incidents) or 'none'}"
    for one in found.incidents:
        series = f"{one.series}: " if one.series else ""
        yield from wrapped(f"{one.when} {series}{one.what} [{one.evidence}]", indent=4)
    yield f" open requests: {len(found.requests) or 'none'}"
    yield from _entry_lines(found.requests)
    yield " calendar:"
    yield from _entry_lines([one for one in found.calendar if one.kind is not Kind.CHANGE])


def _entry_lines(entries: Sequence[DueReview]) -> Iterator[str]:
    for one in entries:
        yield from wrapped(f"{one.on} {one.what}: {one.do}", indent=4)


def _calendar(options: Namespace) -> int:
    """What the system keeps in mind for people. Exit 5 where a review is due and was not held."""
    if options.hold:
        raise UsageError("--hold goes with --quarter or --cycle", remedy="Say which of them was held.")
    today = plain_date(instant(options).astype("datetime64[D]"))
    with order_book(options) as orders:
        _places(orders, options)
        found = reviews_due(orders.store, asked_name(options), today)
    code = 5 if any(one.pending(today) for one in found) else 0
    if options.json:
        return answer("review", {"kind": "calendar", "calendar": calendar_rows(found)}, code)
    for one in found:
        late = " (due)" if one.pending(today) else ""
        for line in wrapped(f"{one.on} {one.place}{late}: {one.what}: {one.do}", indent=4):
            say(line)
    return code
