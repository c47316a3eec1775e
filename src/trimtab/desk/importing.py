"""From a file or a query to entries of the book: look, say what would happen, and only then, if asked, write it.

`look` writes nothing. `commit` books what a look found, all of it or nothing, and never twice: every row carries a key that
the journal holds once. Entries that the book could not be folded with (more sold than held) stop a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab.accounting.database.events import EntryPosted, Event, InstrumentListed
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.imports import formats, generic
from trimtab.accounting.imports.columns import ColumnMap, detect
from trimtab.accounting.imports.encodings import LARGEST, decode
from trimtab.accounting.imports.formats import Format
from trimtab.accounting.imports.preview import Known, Preview, Problem, Status, preview
from trimtab.accounting.imports.reading import NO_HINTS, Hints
from trimtab.accounting.imports.rows import STATEMENT, Kind, Row
from trimtab.core.entries import Entry
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account
from trimtab.core.money import exact
from trimtab.data.sources.sql import Sql
from trimtab.data.sources.sql_session import reading
from trimtab.desk.books import Signature, all_places
from trimtab.desk.folding import first_fault

QUERY = "query"  # the name of the format of a query's answer
Stage = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a source: of which format they are, and which column holds which field, where that is mapped."""

    source: str
    form: str
    words: str
    rows: tuple[Row, ...]
    columns: ColumnMap | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user says: accounts by the source's name ("": whatever it says), which part is taken, which hints hold."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    only: str = ""  # statement or transactions; empty: both
    hints: Hints = NO_HINTS
    again: bool = False  # rows whose entry was cancelled are booked once more


@dataclass(frozen=True, slots=True)
class Look:
    """What an import would do: the rows read, the preview of them, faults by place, and the head it was made upon."""

    read: Read
    preview: Preview
    faults: tuple[Problem, ...]
    head: str

    @property
    def broken(self) -> int:
        """How many rows cannot be booked."""
        return len(self.preview.of(Status.BROKEN))

    @property
    def entries(self) -> int:
        """How many entries would be posted."""
        return sum(len(item.entries) for item in self.preview.ready)


def read_file(path: Path, hints: Hints = NO_HINTS, form: str = "") -> Read:
    """Read a file in the format named, or detected. Columns that are mapped make it a table. Nothing is written.

    Raises UsageError where it cannot be read, DataError where no format knows it.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"the file is larger than {LARGEST:,} bytes", where=str(path), remedy="Split it.")
        text = decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror})", remedy="Check the name.") from None
    chosen = _format(text, hints, form, path)
    columns = generic.columns(text, hints) if chosen is formats.GENERIC else None
    return Read(str(path), chosen.name, chosen.words, formats.read(text, hints, chosen), columns)


def _format(text: str, hints: Hints, form: str, path: Path) -> Format:
    if form:
        return formats.named(form)
    if hints.columns:
        return formats.GENERIC
    found = formats.detect(text)
    if found is None:
        names = ", ".join(one.name for one in formats.FORMATS)
        remedy = f"Name it (--format: {names}), or say which column is which: --map units=Shares --map date=Day."
        raise DataError("no format is known that looks like this", where=str(path), remedy=remedy)
    return found


def read_query(url: str, query: str, hints: Hints = NO_HINTS, *, url_from: str = "", password_from: str = "") -> Read:
    """The answer of a database to one SELECT, as a table. Nothing is written, here or there."""
    asked = Sql(url=url, url_from=url_from, password_from=password_from, query=query)  # refuses what does not only read
    with reading(asked.url, asked.url_from, asked.password_from) as reader:
        header, rows = reader.query(asked.query, {})
    records = [dict(zip(header, row, strict=True)) for row in rows]
    columns = detect(header, hints.columns)
    return Read("query", QUERY, "the answer to a query", generic.mapped(records, hints), columns)


def look(book: BookStore, read: Read, asked: Asked, *, stage: Stage | None = None) -> Look:
    """What importing would do. Raises UsageError where it is not said which account is meant."""
    step = stage or _silent
    with book.reading():
        head, places, instruments = book.head(), all_places(book), book.instruments()
        accounts = _accounts(read.rows, asked.accounts, places)
        known = {place: _known(book, place, places[place]) for place in dict.fromkeys(accounts.values())}
    step(1, 3)
    found = preview(read.rows, instruments, known, accounts=accounts, take=_taken(asked.only), anew=asked.again)
    step(2, 3)
    faults = tuple(fault for place, one in known.items() if (fault := _fault(found, place, one, instruments)))
    step(3, 3)
    return Look(read, found, faults, head)


def _silent(_: int, __: int) -> None:
    """Nobody watches."""


def _known(book: BookStore, place: str, account: Account) -> Known:
    entries: list[Entry] = [entry for _, entry in book.entries(place)]
    return Known(entries, book.imported(place), account.currency)


def _taken(only: str) -> Collection[Kind] | None:
    if not only:
        return None
    return STATEMENT if only == "statement" else frozenset(Kind) - STATEMENT


def _accounts(rows: Sequence[Row], asked: Mapping[str, str], places: Mapping[str, Account]) -> dict[str, str]:
    """The place of each account that the source names. One place alone stands for all that a source calls one account."""
    for place in asked.values():
        if place not in places:
            known = ", ".join(places) or "none yet: trimtab book account ID --household NAME"
            raise UsageError(f"there is no account {place!r} in the book", remedy=f"There are: {known}.")
    names = dict.fromkeys(row.account for row in rows)
    said = [name for name in names if name]
    if "" in asked and len(said) > 1 and not set(said) <= set(asked):
        remedy = " ".join(f"--account {name}=OURS" for name in said[:5])
        raise UsageError(
            f"the source speaks of {len(said)} accounts: {', '.join(said[:5])}", remedy=f"Say which is which: {remedy}"
        )
    mapped = {name: asked.get(name, asked.get("", name)) for name in names}
    missing = [name for name, place in mapped.items() if place not in places]
    if missing:
        what = f"it is not said which account {missing[0]!r} is" if missing[0] else "it is not said into which account"
        raise UsageError(what, remedy=f"Add --account {f'{missing[0]}=' if missing[0] else ''}A07, one of the book's.")
    return mapped


def _fault(found: Preview, place: str, known: Known, instruments: Sequence[Any]) -> Problem | None:
    """The first row after which the book could not be folded, and why; line 0 where it is no row of this source."""
    entries, lines = list(known.entries), [0] * len(known.entries)
    for item in found.ready:
        if item.account == place:
            entries += item.entries
            lines += [item.row.line] * len(item.entries)
    with exact():
        fault = first_fault(entries, (*instruments, *found.instruments), known.currency)
    return None if fault is None else Problem(lines[fault[0]], fault[1], blocking=True)


@dataclass(frozen=True, slots=True)
class Committed:
    """What was booked: how many entries of how many rows, new instruments, and the head of the journal after it."""

    rows: int
    entries: int
    instruments: int
    left_out: int
    head: str


def commit(book: BookStore, found: Look, by: Signature, *, skip_broken: bool = False) -> Committed:
    """Book what a look found, all or nothing. Nothing that is booked already is booked again.

    Raises DataError where rows are broken, unless they are to be left out, or the book could not be folded with it; Busy
    where somebody else has written since the look.
    """
    if found.broken and not skip_broken:
        what = f"{found.broken} of {len(found.preview.items)} rows cannot be booked"
        remedy = "Mend them in the source, or leave them out: --skip-broken. Nothing was written."
        raise DataError(what, where=found.read.source, remedy=remedy)
    if found.faults and found.preview.ready:
        fault = found.faults[0]
        place = f"{found.read.source}:{fault.line}" if fault.line else found.read.source
        remedy = "Import first what came before it, or take over the position (a statement). Nothing was written."
        raise DataError(f"the account could not be: {fault.text}", where=place, remedy=remedy)
    events = [*map(InstrumentListed, found.preview.instruments), *_postings(found.preview)]
    if not events:
        return Committed(0, 0, 0, found.broken, found.head)
    book.append(events, recorded=by.at, author=by.author, after=found.head)
    counts = len(found.preview.ready), found.entries, len(found.preview.instruments)
    return Committed(*counts, found.broken, book.head())


def _postings(found: Preview) -> list[Event]:
    """The entries of each row: the first carries the key of the row."""
    events: list[Event] = []
    for item in found.ready:
        for number, entry in enumerate(item.entries):
            events.append(EntryPosted(item.account, entry, "" if number else item.key))
    return events
