"""Notes of the journal by their kind: what was written down that has no table of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from trimtab.accounting.database.store import BookStore


class Noted(NamedTuple):
    """A note as it stands in the journal."""

    record: int
    place: str
    author: str
    recorded: str
    body: Mapping[str, Any]


def notes(
    book: BookStore, kind: str, place: str | None = None, *, after: int = 0, until: date | None = None
) -> tuple[Noted, ...]:
    """All notes of a kind, oldest first; if asked of one place, only those `after` a record, or `until` the end of a day."""
    sql = "SELECT number, place, author, recorded, body FROM journal WHERE number > ? AND kind = ?"
    values: tuple[int | str, ...] = (after, f"note.{kind}")
    if place is not None:
        sql, values = f"{sql} AND place = ?", (*values, place)
    if until is not None and until < date.max:
        sql, values = f"{sql} AND recorded < ?", (*values, (until + timedelta(days=1)).isoformat())
    rows = book.session.execute(f"{sql} ORDER BY number", values)
    return tuple(Noted(int(number), of, author, at, json.loads(body)) for number, of, author, at, body in rows)


def last_note(book: BookStore, kind: str, place: str) -> Noted | None:
    """The latest note of a kind and a place, found from the end of the journal; None where there is none."""
    sql = "SELECT number, place, author, recorded, body FROM journal WHERE kind = ? AND place = ? ORDER BY number DESC LIMIT 1"
    rows = list(book.session.execute(sql, (f"note.{kind}", place)))
    return next((Noted(int(number), of, author, at, json.loads(body)) for number, of, author, at, body in rows), None)
