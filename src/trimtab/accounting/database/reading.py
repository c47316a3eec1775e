"""Reading the journal: its end, its records, and which keys it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from trimtab.accounting.database import schema
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.session import Session
from trimtab.core.errors import DataError

_MANY = 500  # keys that one statement asks for, records that one reads
_COLUMNS = schema.JOURNAL.names
_DAY = timedelta(days=1)


class Last(NamedTuple):
    """The end of a journal: number and hash of a record; -1 and nothing before the first."""

    number: int
    hash: str


def recorded_text(instant: Any) -> str:
    """An instant (UTC) as the journal keeps it: `2026-01-05T21:00:00.000000Z`. Raises DataError where there is none."""
    if not isinstance(instant, np.datetime64) or np.isnat(instant):
        remedy = "Pass the instant of recording in, as a datetime64 in UTC."
        raise DataError(f"{instant!r} is no instant", remedy=remedy)
    return f"{np.datetime_as_string(instant.astype('datetime64[us]'))}Z"


def last_record(session: Session) -> Last:
    """The end of the journal."""
    rows = session.execute("SELECT number, hash FROM journal ORDER BY number DESC LIMIT 1")
    return Last(*rows[0]) if rows else Last(-1, "")


def stands(session: Session, record: Last) -> bool:
    """Whether the journal holds this very record."""
    return session.execute("SELECT hash FROM journal WHERE number = ?", (record.number,)) == [(record.hash,)]


def records(session: Session, first: int = 0, last: int | None = None) -> Iterator[Record]:
    """Records `first` to `last`, both included, in order; read in portions, so to be used inside `reading`."""
    sql = f"SELECT {_COLUMNS} FROM journal WHERE number >= ? AND number <= ? ORDER BY number LIMIT {_MANY}"
    end = last_record(session).number if last is None else last
    while rows := session.execute(sql, (first, end)):
        yield from map(Record._make, rows)
        first = rows[-1][0] + 1


class DatedBack(NamedTuple):
    """A record that says it is earlier than one before it: number, place, author and instant, and the latest one by then."""

    number: int
    place: str
    author: str
    recorded: str
    latest: str


def dated_back(session: Session) -> list[DatedBack]:
    """The records that are dated back by more than a day: a clock was wrong, or set back. Oldest first.

    Less than that is a clock that was put right: the journal goes by its numbers, and a desk does not stop for it. Nor is a
    record ever refused for its time, since one wrong instant far ahead would then stop the desk, its kill switch too.
    """
    run = "MAX(recorded) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    inner = f"SELECT number, place, author, recorded, {run} AS latest FROM journal"
    rows = session.execute(f"SELECT * FROM ({inner}) AS run WHERE recorded < latest ORDER BY number")
    return [one for one in map(DatedBack._make, rows) if _apart(one.recorded, one.latest) > _DAY]


def _apart(recorded: str, latest: str) -> timedelta:
    """The time between two instants; none where one does not read, which the chain of hashes finds."""
    try:
        return datetime.fromisoformat(latest) - datetime.fromisoformat(recorded)
    except (TypeError, ValueError):
        return timedelta(0)


def duplicates(session: Session, keys: Sequence[str], *, within: bool = True) -> dict[str, int]:
    """Those of the keys that the journal holds, with the numbers of their records.

    With `within`, raises DataError where a key stands twice among `keys` themselves.
    """
    if within and len(set(keys)) != len(keys):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise DataError(f"the key {twice[0]!r} stands twice among what is to be booked", remedy="Leave one of them out.")
    found: dict[str, int] = {}
    for start in range(0, len(keys), _MANY):
        some = keys[start : start + _MANY]
        marks = ", ".join("?" * len(some))
        found.update(session.execute(f"SELECT key, number FROM journal WHERE key <> '' AND key IN ({marks})", some))
    return found
