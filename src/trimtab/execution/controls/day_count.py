"""How many orders an account sends in a day: against a loop that does not end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from annotated_types import Ge

from trimtab.core.calendar import NEW_YORK
from trimtab.core.controls import Circumstances, Line
from trimtab.core.terms import check_ranges
from trimtab.core.trades import Book
from trimtab.execution.controls.measures import require_zone, sent_today


@dataclass(frozen=True, slots=True)
class DayCount:
    """At most `at_most` orders a trading day; a day is one by the clocks of `zone`."""

    batch: ClassVar[bool] = True
    at_most: Annotated[int, Ge(1)]
    zone: str = NEW_YORK

    def __post_init__(self) -> None:
        check_ranges(self)
        require_zone(self.zone)

    @property
    def most(self) -> Decimal:
        """In orders."""
        return Decimal(self.at_most)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """Orders sent today, with these."""
        return [Decimal(len(lines) + sum(1 for _ in sent_today(lines, now, self.zone)))]

    def clears(self, orders: Sequence[Any], book: Book) -> bool:
        """Whether these alone are few enough."""
        return len(orders) <= self.at_most

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"No more than {self.at_most:,} orders a day"
