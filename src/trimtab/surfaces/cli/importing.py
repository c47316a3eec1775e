"""`book import`: look at a file or a query, say what would be booked, and book it only with --commit."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.accounting.imports.preview import Item, Status
from trimtab.accounting.imports.reading import Hints
from trimtab.core.errors import UsageError
from trimtab.desk.importing import Asked, Committed, Look, Read, commit, look, read_file, read_query
from trimtab.surfaces.cli.book_options import SHOWN, money, opened, pairs, plain, signature
from trimtab.surfaces.cli.options import counted, hint, print_json, progress, say
from trimtab.surfaces.cli.wrapping import wrapped

_WORDS = {Status.BROKEN: "BROKEN", Status.DUPLICATE: "again", Status.READY: "note", Status.LEFT_OUT: "left out"}


def book_import(options: Namespace) -> int:
    """Detect, map, preview; with --commit all or nothing. Exit 4 where rows are broken that are not to be left out."""
    read = _read(options, _hints(options))
    asked = Asked(_accounts(options), options.only, _hints(options), options.again)
    with opened(options) as book:
        found = look(book, read, asked, stage=progress(options, "looking", unit="step"))
        if options.commit and not options.json:
            for line in _screen(found):
                say(line)
        done = commit(book, found, signature(options), skip_broken=options.skip_broken) if options.commit else None
    if options.json:
        print_json("book import", document(found, done))
    elif done is None:
        for line in _screen(found):
            say(line)
        say(" nothing was written: the same command with --commit books it" if found.entries else " nothing to book")
    else:
        for line in _booked(done):
            say(line)
        if done.entries:
            hint(f" next: trimtab book show {found.preview.ready[0].account}", options)
    if not options.json and found.broken and not options.skip_broken:
        hint(" what is broken stops a commit: mend it, or leave it out with --skip-broken", options)
    return 4 if found.faults or (found.broken and not options.skip_broken) else 0


def _hints(options: Namespace) -> Hints:
    on = None
    if options.on:
        try:
            on = date.fromisoformat(options.on)
        except ValueError:
            raise UsageError(f"--on {options.on!r} is not a date", remedy="Write it as 2026-01-31.") from None
    columns = pairs(options.map, "--map", "units=Shares", empty=True)
    return Hints(True if options.dayfirst else None, True if options.comma else None, columns, on, options.currency)


def _accounts(options: Namespace) -> dict[str, str]:
    """`A07`, or `U123=A07` where the source speaks of several."""
    found: dict[str, str] = {}
    for text in options.account:
        theirs, sign, ours = text.rpartition("=")
        found[theirs if sign else ""] = ours
    return found


def _read(options: Namespace, hints: Hints) -> Read:
    if bool(options.file) == bool(options.sql or options.sql_from):
        raise UsageError("give a file or a query, one of them", remedy="book import FILE, or --sql URL --query SQL.")
    if options.file:
        return read_file(Path(options.file), hints, options.format)
    if not options.query:
        raise UsageError("--sql needs a query", remedy='Add --query "SELECT date, type, symbol, units, price FROM trades".')
    return read_query(options.sql, options.query, hints, url_from=options.sql_from, password_from=options.password_from)


def _screen(found: Look) -> Iterator[str]:
    preview, read = found.preview, found.read
    yield f" {read.source}: {read.words} ({read.form})"
    if read.columns is not None:
        mapped = ", ".join(f"{name}={header}" for name, header in read.columns.fields.items())
        yield from wrapped(f"columns: {mapped or 'none'}")
        if read.columns.unmapped:
            yield from wrapped(f"not read: {', '.join(read.columns.unmapped)}    (--map FIELD=COLUMN)")
    counts = ", ".join(f"{len(preview.of(status))} {word}" for status, word in _COUNTED if preview.of(status))
    yield f" {counted(len(preview.items), 'row')}: {counts or 'nothing'}"
    yield from _told([item for item in preview.items if item.status is not Status.LEFT_OUT and (item.reasons or item.remarks)])
    for total in preview.totals:
        cost = f"  at cost {money(total.cost)}" if total.cost else ""
        label = f"{total.kind.value.replace('_', ' ')}"
        yield f"   {total.account:<12}{label:<18}{total.rows:>7}  cash {money(total.cash, 18)} {total.currency}{cost}"
    if preview.instruments:
        yield from wrapped(f"new instruments: {', '.join(one.id for one in preview.instruments)}")
    for fault in found.faults:
        place = f"line {fault.line}" if fault.line else "the book"
        yield from wrapped(f"CANNOT BE BOOKED  {place}: {fault.text}")


_COUNTED = (
    (Status.READY, "to book"),
    (Status.BROKEN, "broken"),
    (Status.DUPLICATE, "in the book already"),
    (Status.LEFT_OUT, "left out"),
)


def _told(items: list[Item]) -> Iterator[str]:
    """What is to be said about rows, broken ones first, as far as a screen holds; the same of many rows once."""
    order = [Status.BROKEN, Status.READY, Status.DUPLICATE]
    said: dict[tuple[Status, str], list[int]] = {}
    for item in sorted(items, key=lambda item: (order.index(item.status), item.row.line)):
        for text in (*item.reasons, *item.remarks):
            said.setdefault((item.status, text), []).append(item.row.line)
    for (status, text), lines in list(said.items())[:SHOWN]:
        yield from wrapped(f"  {_lines(lines):<14} {_WORDS[status]:<9}{text}", indent=12)
    if len(said) > SHOWN:
        yield f"   and {len(said) - SHOWN} more: --json lists them all"


def _lines(lines: list[int]) -> str:
    """`line 5`, `lines 5, 9`, `lines 5 to 90 (40)`."""
    if len(lines) < 4:
        return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
    return f"lines {lines[0]} to {lines[-1]} ({len(lines)})"


def _booked(done: Committed) -> Iterator[str]:
    if not done.entries:
        rest = f", but for {counted(done.left_out, 'broken row')}" if done.left_out else ""
        yield f" nothing was booked: all that is to be booked is in the book already{rest}"
        return
    left = f", {counted(done.left_out, 'broken row')} left out" if done.left_out else ""
    new = f", {counted(done.instruments, 'new instrument')}" if done.instruments else ""
    entries = f"{done.entries:,} {'entry' if done.entries == 1 else 'entries'}"
    yield f" booked {entries} of {counted(done.rows, 'row')}{new}{left}    head {done.head[:12]}"


def document(found: Look, done: Committed | None) -> dict[str, Any]:
    """The look, and what was booked, in plain values."""
    preview, columns = found.preview, found.read.columns
    problems = [
        {"line": item.row.line, "status": item.status.value, "text": text, "blocking": text in item.reasons}
        for item in preview.items
        for text in (*item.reasons, *item.remarks)
    ]
    return {
        "source": found.read.source,
        "format": found.read.form,
        "columns": dict(columns.fields) if columns else {},
        "unmapped": list(columns.unmapped) if columns else [],
        "rows": {status.value: len(preview.of(status)) for status in Status},
        "problems": problems,
        "totals": plain([one._asdict() for one in preview.totals]),
        "instruments": plain(preview.instruments),
        "faults": [{"line": one.line, "text": one.text} for one in found.faults],
        "committed": done is not None,
        "booked": plain(done) if done is not None else None,
    }
