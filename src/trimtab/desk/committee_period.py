"""The quarter that an investment committee looks at, written `2026Q3`: one of the calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from trimtab.core.errors import UsageError

_WRITTEN = re.compile(r"(\d{4})\s*-?\s*[Qq]([1-4])")
MONTHS = 3


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the calendar: its year, and its number from 1 to 4."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """As it is written: 2018Q1."""
        return f"{self.year}Q{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, MONTHS * (self.number - 1) + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def holds(self, when: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= when <= self.last


def quarter_of(written: str, today: date) -> Quarter:
    """The quarter that is written. Raises UsageError for what is none, and for one that has not begun by `today`."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None or not int(found[1]):
        raise UsageError(f"{written!r} is no quarter", remedy="Write year and number: 2026Q3.")
    made = Quarter(int(found[1]), int(found[2]))
    if made.first > today:
        raise UsageError(f"{made.name} begins on {made.first}, and today is {today}", remedy="Give one that has begun.")
    return made
