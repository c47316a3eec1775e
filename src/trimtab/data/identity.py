"""Who is who: instruments with stable ids, and the names they bore, each for a time, a scheme and a market.

A ticker is no identity: it is changed (FB became META) and used again (GM of 1908 and of 2010). A name is resolved on a date;
a join by name alone that could mean two instruments is refused, with both of them named.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from trimtab.core.errors import DataError
from trimtab.data.identifiers import Scheme, require_valid
from trimtab.data.validity import (
    NEVER,
    holds,
    overlaps,
    plain_day,
    plain_instant,
    read_day,
    read_instant,
    require_interval,
    shown,
    undisputed,
)


@dataclass(frozen=True, slots=True)
class Name:
    """What an instrument was called in [since, until). `market` is a MIC for tickers, the vendor for its codes, else empty."""

    instrument: str
    scheme: Scheme
    name: str
    since: np.datetime64
    recorded: np.datetime64  # UTC
    until: np.datetime64 = NEVER
    market: str = ""

    def __post_init__(self) -> None:
        require_valid(self.scheme, self.name)
        require_interval(self, f"{self.scheme.value} {self.name} of {self.instrument}")
        if not self.instrument.strip():
            raise DataError(f"the {self.scheme.value} {self.name} belongs to no instrument", remedy="Give the id.")

    @property
    def key(self) -> Hashable:
        """What a later record must share to take this one's place."""
        return self.instrument, self.scheme, self.name, self.market, self.since

    @property
    def place(self) -> Hashable:
        """Where a name may stand for one instrument at a time only."""
        return self.scheme, self.name, self.market

    def __str__(self) -> str:
        """For messages."""
        where = f" ({self.market})" if self.market else ""
        return f"{self.instrument}{where} {shown(self)}"


@dataclass(frozen=True, slots=True)
class Names:
    """All names ever recorded. Delisted instruments stay. Raises DataError where two intervals of one name overlap."""

    records: tuple[Name, ...] = ()
    _current: tuple[Name, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = undisputed(
            self.records,
            lambda record: record.place,
            lambda a, b: f"the {a.scheme.value} {a.name} overlaps: {a}, and {b}",
        )
        object.__setattr__(self, "_current", found)

    def as_recorded(self, by: np.datetime64) -> Names:
        """Only what was recorded by an instant (UTC)."""
        return Names(tuple(record for record in self.records if record.recorded <= by))

    def resolve(
        self, name: str, *, on: np.datetime64 | None = None, scheme: Scheme = Scheme.TICKER, market: str | None = None
    ) -> str:
        """The instrument of a name on a date, in one market or in any.

        Without a date the name must have meant one instrument ever. Raises DataError where it means none or several.
        """
        found = self._find(name, scheme, market)
        if on is not None:
            found = tuple(record for record in found if holds(record, on))
        return self._only(name, scheme, found, f" on {on}" if on is not None else "")

    def resolve_between(
        self,
        name: str,
        first: np.datetime64,
        last: np.datetime64,
        *,
        scheme: Scheme = Scheme.TICKER,
        market: str | None = None,
    ) -> str:
        """The one instrument that bore a name from `first` to `last`, both included: the join of a file by name.

        Raises DataError where it was several, or nobody's for a part of that time.
        """
        span = Name("?", Scheme.TICKER, "?", first, np.datetime64(0, "s"), last + np.timedelta64(1, "D"))
        found = sorted((r for r in self._find(name, scheme, market) if overlaps(r, span)), key=lambda r: r.since)
        instrument = self._only(name, scheme, found, f" between {first} and {last}")
        reached = first
        for record in found:
            if record.since > reached:
                break
            reached = span.until if np.isnat(record.until) else max(reached, record.until)
        if reached <= last:
            what = f"{name} was {', '.join(map(str, found))}, but nobody's on {reached}"
            raise DataError(what, remedy="Cut the series to the dates of one instrument, or record the missing name.")
        return instrument

    def of(self, instrument: str, on: np.datetime64) -> tuple[Name, ...]:
        """Every name of an instrument on a date."""
        return tuple(record for record in self._current if record.instrument == instrument and holds(record, on))

    def rows(self) -> tuple[dict[str, Any], ...]:
        """One plain row a record: text, dates and instants in UTC, None for no end."""
        return tuple(
            {
                "instrument": r.instrument,
                "scheme": r.scheme.value,
                "name": r.name,
                "market": r.market,
                "since": plain_day(r.since),
                "until": plain_day(r.until),
                "recorded": plain_instant(r.recorded),
            }
            for r in self.records
        )

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """What `rows` gave. Raises DataError for a scheme that does not exist and instants without a zone."""
        return cls(tuple(_record(row) for row in rows))

    def _find(self, name: str, scheme: Scheme, market: str | None) -> tuple[Name, ...]:
        return tuple(
            r for r in self._current if r.name == name and r.scheme is scheme and (market is None or r.market == market)
        )

    def _only(self, name: str, scheme: Scheme, found: Iterable[Name], when: str) -> str:
        meant = sorted({record.instrument for record in found})
        if len(meant) == 1:
            return meant[0]
        if meant:
            what = f"the {scheme.value} {name} means several instruments{when}: {'; '.join(sorted(map(str, found)))}"
            raise DataError(what, remedy="Give the date and the market, or the id itself.")
        ever = "; ".join(str(r) for r in self._current if r.name == name) or "no such name is recorded"
        raise DataError(f"the {scheme.value} {name} means no instrument{when} ({ever})", remedy="Check the date and market.")


def _record(row: Mapping[str, Any]) -> Name:
    try:
        scheme = Scheme(row["scheme"])
    except ValueError:
        known = ", ".join(s.value for s in Scheme)
        raise DataError(f"there is no scheme {row['scheme']!r} of names", remedy=f"Schemes: {known}.") from None
    return Name(
        row["instrument"],
        scheme,
        row["name"],
        read_day(row["since"]),
        read_instant(row["recorded"]),
        read_day(row["until"]),
        row["market"],
    )
