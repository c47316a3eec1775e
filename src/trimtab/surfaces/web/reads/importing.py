"""An uploaded file before it is booked: which format it is, which column is which, and what would become of each row.

Runs in a worker process, which stands in the workspace. Nothing is written: a look is all that is taken.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.accounting.imports.columns import COLUMNS
from trimtab.accounting.imports.delimited import FIRST_LINES, records
from trimtab.accounting.imports.encodings import decode
from trimtab.accounting.imports.formats import FORMATS, GENERIC
from trimtab.accounting.imports.preview import Item, Status
from trimtab.accounting.imports.reading import Hints
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.desk.books import all_places
from trimtab.desk.importing import Asked, Look, Read, look, read_file
from trimtab.surfaces.cli.book_options import opened, pairs, plain
from trimtab.surfaces.cli.importing import document
from trimtab.surfaces.serving.verbs import Served, namespace

Plain = dict[str, Any]
FIELDS = tuple(COLUMNS)
NAMES = tuple((one.name, one.words) for one in FORMATS)
_PROBLEMS, _ROWS, _WIDE = 200, 50, 600  # what a page shows; characters of an original row
_BEGINNING = 200_000  # bytes that are read for a header


def accounts(served: Served) -> list[str]:
    """The accounts (and sleeves) that a file can be booked into."""
    with opened(namespace(served, "book import", {}, "reader")) as book:
        return list(all_places(book))


def looked(served: Served, values: Plain) -> Plain:
    """What importing a file would do, by the options of `book import`. What stops it is its `line`, not an error."""
    options = namespace(served, "book import", values, "reader")
    text = decode(Path(options.file).read_bytes()[:_BEGINNING])
    told: Plain = {"headers": headers(text), "beginning": text[:1500], "look": None, "line": "", "theirs": [], "mapped": {}}
    try:
        hints = hints_of(options)
        read = read_file(Path(options.file), hints, options.format)
        told |= {"format": read.form, "words": read.words, "generic": read.form == GENERIC.name, "rows": len(read.rows)}
        told |= {"theirs": _theirs(read), "mapped": dict(read.columns.fields) if read.columns else {}}
        with opened(options) as book:
            found = look(book, read, Asked(_accounts(options.account), options.only or "", hints, options.again))
        told["look"] = _shown(found)
    except TrimtabError as error:
        told["line"] = str(error)
    return told


def hints_of(options: Namespace) -> Hints:
    """What the user says of the file. Raises UsageError for a date that is none, or a column that is not said."""
    try:
        on = date.fromisoformat(options.on) if options.on else None
    except ValueError:
        raise UsageError(f"{options.on[:20]!r} is not a date", remedy="Write it as 2026-01-31.") from None
    columns = pairs(options.map or [], "map", "units=Shares", empty=True)
    return Hints(True if options.dayfirst else None, True if options.comma else None, columns, on, options.currency or "")


def headers(text: str) -> list[str]:
    """The cells of the widest of the first lines, which are most likely the names of columns."""
    found: tuple[str, ...] = ()
    for number, one in enumerate(records(text)):
        if number >= FIRST_LINES:
            break
        if not one.problem and len(one.cells) > len(found):
            found = one.cells
    return [cell.strip() for cell in found if cell.strip()]


def _accounts(said: list[str]) -> dict[str, str]:
    """`A07`, or `U123=A07` where the file speaks of several."""
    found = {}
    for text in said or []:
        theirs, sign, ours = text.rpartition("=")
        found[theirs if sign else ""] = ours
    return found


def _theirs(read: Read) -> list[str]:
    """What the file calls the accounts that it speaks of."""
    return [name for name in dict.fromkeys(row.account for row in read.rows) if name][:20]


def _shown(found: Look) -> Plain:
    """The document of the verb, each problem with the row as it stood, and the first rows that would be booked."""
    items = found.preview.items
    lines = {item.row.line: item for item in items}
    told = document(found, None)
    problems = [one | {"original": _original(lines.get(one["line"]))} for one in told["problems"][:_PROBLEMS]]
    ready = [_row(item) for item in items if item.status is Status.READY][:_ROWS]
    return told | {
        "problems": problems,
        "unshown": max(0, len(told["problems"]) - _PROBLEMS),
        "ready": ready,
        "entries": found.entries,
        "broken": found.broken,
    }


def _original(item: Item | None) -> str:
    if item is None:
        return ""
    text = ", ".join(f"{name}: {value}" if name else value for name, value in item.row.original if value.strip())
    return text if len(text) <= _WIDE else f"{text[:_WIDE]}…"


def _row(item: Item) -> Plain:
    row = item.row
    kept: Mapping[str, Any] = {
        "line": row.line,
        "account": item.account,
        "when": None if row.when is None else row.when.isoformat(),
        "kind": "" if row.kind is None else row.kind.value.replace("_", " "),
        "symbol": row.symbol or row.isin or row.name,
        "units": row.units,
        "price": row.price,
        "amount": row.amount,
        "currency": row.currency,
    }
    return {name: plain(value) for name, value in kept.items()}
