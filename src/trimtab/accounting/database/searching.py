"""Searching the journal: by kind, account and author in either direction; what kinds there are; the records of a place.

What somebody typed goes in as bound values alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trimtab.accounting.database import schema
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.session import Session

_COLUMNS = schema.JOURNAL.names
_OLDER = f"""
    SELECT {_COLUMNS} FROM journal
    WHERE number <= ? AND (? = '' OR kind = ?) AND (? = '' OR author = ?)
    AND (? = '' OR place = ? OR substr(place, 1, ?) = ?)
    ORDER BY number DESC LIMIT ?
"""
_NEWER = _OLDER.replace("<=", ">=").replace("DESC", "ASC")
_CHOSEN_BY = ("kind", "place", "author")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which records: of one kind, account (its sleeves too) and author; empty: any."""

    kind: str = ""
    account: str = ""
    author: str = ""


def older(session: Session, sought: Sought, number: int, count: int) -> list[Record]:
    """At most `count` records up to `number`, the newest first."""
    return _found(session, _OLDER, sought, number, count)


def newer(session: Session, sought: Sought, number: int, count: int) -> list[Record]:
    """At most `count` records from `number` on, the oldest first."""
    return _found(session, _NEWER, sought, number, count)


def _found(session: Session, sql: str, sought: Sought, number: int, count: int) -> list[Record]:
    kind, account, author = sought.kind, sought.account, sought.author
    values = (number, kind, kind, author, author, account, account, len(account) + 1, f"{account}/", count)
    return [Record._make(row) for row in session.execute(sql, values)]


def choices(session: Session) -> dict[str, list[str]]:
    """What stands in the columns that records are sought by, in order."""
    asked = {name: f"SELECT DISTINCT {name} FROM journal WHERE {name} <> '' ORDER BY {name}" for name in _CHOSEN_BY}
    return {name: [str(text) for (text,) in session.execute(sql)] for name, sql in asked.items()}


def of_place(session: Session, place: str, kinds: Sequence[str]) -> Iterator[Record]:
    """Records of some kinds that are of a place, or of none, oldest first."""
    marks = ", ".join("?" * len(kinds))
    sql = f"SELECT {_COLUMNS} FROM journal WHERE place IN (?, '') AND kind IN ({marks}) ORDER BY number"
    return map(Record._make, session.execute(sql, (place, *kinds)))
