"""When the process is reviewed: every few months the process alone, and parameters once a full cycle (METHODS 11).

A full cycle is three to five years long: a review before is no reason to change what was committed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trimtab.core.errors import ParameterError
from trimtab.core.terms import MONTH, Span

YEAR = 12
SHORTEST, LONGEST = 3 * YEAR, 5 * YEAR  # months of a full cycle


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """Time between reviews of the process (`every`), and between those that may open parameters (`full_cycle`).

    Raises ParameterError where one is no count of months or years, or a cycle is shorter than 3 years or longer than 5.
    """

    every: Span = Span(3, MONTH)
    full_cycle: Span = Span(3 * YEAR, MONTH)

    def __post_init__(self) -> None:
        for name in ("every", "full_cycle"):
            length: Span = getattr(self, name)
            if length.every is not MONTH:
                raise ParameterError(f"{name} is {length}, no count of months or years", field=name, remedy="Write 3M or 3Y.")
        if not SHORTEST <= self.full_cycle.count <= LONGEST:
            what = f"full_cycle is {self.full_cycle.count} months, not 3 to 5 years"
            raise ParameterError(what, field="full_cycle", remedy="Write 3Y, 4Y or 5Y.")
        if not 1 <= self.every.count <= YEAR:
            raise ParameterError(f"every is {self.every.count} months, not 1 to 12", field="every", remedy="Write 3M.")

    def due(self, begun: date, until: date) -> tuple[date, ...]:
        """The days up to and with `until` on which a review of the process was due, from `begun` on."""
        return _days(begun, until, self.every.count)

    def cycles(self, begun: date, until: date) -> tuple[date, ...]:
        """The days up to and with `until` on which a full-cycle review was due, from `begun` on."""
        return _days(begun, until, self.full_cycle.count)


def _days(begun: date, until: date, months: int) -> tuple[date, ...]:
    found: list[date] = []
    while (day := months_after(begun, months * (len(found) + 1))) <= until:
        found.append(day)
    return tuple(found)


def months_after(day: date, months: int) -> date:
    """The same day of a later month; its last one where it has no such day."""
    number = day.year * YEAR + day.month - 1 + months
    year, month = divmod(number, YEAR)
    following = date(year + month // 11, (month + 1) % YEAR + 1, 1)
    last = date.fromordinal(following.toordinal() - 1).day
    return date(year, month + 1, min(day.day, last))
