"""Who belonged to a universe when, as recorded when. Delisted instruments stay in it up to their last day.

A universe chosen by those who lived is no universe: `members` answers for a date with what was recorded by an instant.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from trimtab.core.errors import DataError
from trimtab.data.validity import (
    NEVER,
    holds,
    plain_day,
    plain_instant,
    read_day,
    read_instant,
    require_interval,
    shown,
    undisputed,
)


@dataclass(frozen=True, slots=True)
class Member:
    """An instrument that belonged to a universe in [since, until)."""

    universe: str
    instrument: str
    since: np.datetime64
    recorded: np.datetime64  # UTC
    until: np.datetime64 = NEVER

    def __post_init__(self) -> None:
        require_interval(self, f"{self.instrument} in {self.universe}")

    @property
    def key(self) -> Hashable:
        """What a later record must share to take this one's place."""
        return self.universe, self.instrument, self.since


@dataclass(frozen=True, slots=True)
class Membership:
    """All records of membership. Raises DataError where two intervals of one member overlap."""

    records: tuple[Member, ...] = ()
    _current: tuple[Member, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = undisputed(
            self.records,
            lambda record: (record.universe, record.instrument),
            lambda a, b: f"{a.instrument} is in {a.universe} twice: {shown(a)}, and {shown(b)}",
        )
        object.__setattr__(self, "_current", found)

    def as_recorded(self, by: np.datetime64) -> Membership:
        """Only what was recorded by an instant (UTC)."""
        return Membership(tuple(record for record in self.records if record.recorded <= by))

    def members(self, universe: str, on: np.datetime64) -> tuple[str, ...]:
        """Ids of the members on a date, sorted. Raises DataError for a universe that was never recorded."""
        known = {record.universe for record in self.records}
        if universe not in known:
            raise DataError(f"no universe {universe!r} is recorded", remedy=f"Universes: {', '.join(sorted(known)) or 'none'}.")
        return tuple(sorted(r.instrument for r in self._current if r.universe == universe and holds(r, on)))

    def rows(self) -> tuple[dict[str, Any], ...]:
        """One plain row a record: text, dates and instants in UTC, None for no end."""
        return tuple(
            {
                "universe": r.universe,
                "instrument": r.instrument,
                "since": plain_day(r.since),
                "until": plain_day(r.until),
                "recorded": plain_instant(r.recorded),
            }
            for r in self.records
        )

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """What `rows` gave. Raises DataError for instants without a zone."""
        return cls(
            tuple(
                Member(
                    row["universe"],
                    row["instrument"],
                    read_day(row["since"]),
                    read_instant(row["recorded"]),
                    read_day(row["until"]),
                )
                for row in rows
            )
        )
