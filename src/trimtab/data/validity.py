"""What was valid from when until when, as recorded when: the two times of identity and membership.

A record is valid in [since, until), with no end where `until` is NaT. A record of the same key that was recorded later takes
the place of the earlier one; with `until` equal to `since` it takes it back. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np

from trimtab.core.errors import DataError

NEVER = np.datetime64("NaT", "D")


class Dated(Protocol):
    """A record with both times."""

    @property
    def since(self) -> np.datetime64:
        """First date on which it is valid."""
        ...

    @property
    def until(self) -> np.datetime64:
        """First date on which it is valid no more; NaT for no end."""
        ...

    @property
    def recorded(self) -> np.datetime64:
        """When it was written down (UTC)."""
        ...

    @property
    def key(self) -> Hashable:
        """What a later record must share to take its place."""
        ...


R = TypeVar("R", bound=Dated)


def current(records: Iterable[R], recorded: np.datetime64 | None = None) -> tuple[R, ...]:
    """The records in force as recorded by `recorded` (UTC; None: by now), the latest of each key, empty ones left out."""
    latest: dict[Hashable, R] = {}
    for record in sorted(records, key=lambda r: r.recorded):  # equal instants: the later in the list
        if recorded is None or record.recorded <= recorded:
            latest[record.key] = record
    return tuple(record for record in latest.values() if record.since != record.until)


def holds(record: Dated, on: np.datetime64) -> bool:
    """Whether a record is valid on a date."""
    return bool(record.since <= on and (np.isnat(record.until) or on < record.until))


def overlaps(a: Dated, b: Dated) -> bool:
    """Whether two records share a date."""
    return bool((np.isnat(b.until) or a.since < b.until) and (np.isnat(a.until) or b.since < a.until))


def shown(record: Dated) -> str:
    """`from 1908-09-16 until 2009-06-02`, for messages."""
    return f"from {record.since}" + ("" if np.isnat(record.until) else f" until {record.until}")


def first_overlap(records: Sequence[R]) -> tuple[R, R] | None:
    """Two records that share a date, if any, of records that must not."""
    ordered = sorted(records, key=lambda r: r.since)
    return next(((a, b) for a, b in pairwise(ordered) if overlaps(a, b)), None)


def undisputed(records: Iterable[R], place: Callable[[R], Hashable], what: Callable[[R, R], str]) -> tuple[R, ...]:
    """The records in force. Raises DataError, in the words of `what`, where two that share a `place` share a date."""
    found = current(records)
    places: dict[Hashable, list[R]] = {}
    for record in found:
        places.setdefault(place(record), []).append(record)
    for members in places.values():
        if pair := first_overlap(members):
            raise DataError(what(*pair), remedy="End the first with a later record that has an `until`.")
    return found


def require_interval(record: Dated, what: str) -> None:
    """Raise DataError for a record without a beginning or a recording, or that ends before it begins."""
    if np.isnat(record.since) or np.isnat(record.recorded):
        raise DataError(f"{what} has no beginning or was never recorded", remedy="Give `since` and `recorded`.")
    if not np.isnat(record.until) and record.until < record.since:
        raise DataError(f"{what} ends on {record.until}, before it begins", remedy=f"Give an `until` after {record.since}.")


def plain_day(value: np.datetime64) -> date | None:
    """A date for a table, None for no end."""
    return None if np.isnat(value) else value.astype("datetime64[D]").item()


def plain_instant(value: np.datetime64) -> datetime:
    """An instant for a table, in UTC."""
    stamp: datetime = value.astype("datetime64[s]").item()
    return stamp.replace(tzinfo=UTC)


def read_day(value: Any) -> np.datetime64:
    """A date out of a table; None and NaT are no end. Raises DataError for a time of day."""
    if value is None:
        return NEVER
    if isinstance(value, datetime):
        raise DataError(f"{value} is a time, not a date", remedy="Give dates of validity as plain dates.")
    return np.datetime64(value, "D")


def read_instant(value: Any) -> np.datetime64:
    """An instant out of a table, in UTC. Raises DataError for a datetime without a zone."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise DataError(f"the time {value} has no zone", remedy="Give instants in UTC: datetime(..., tzinfo=UTC).")
        value = value.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(value, "s")
