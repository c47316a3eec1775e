"""How many orders an account sends in a minute: against a loop that runs away (Knight Capital, 2012)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from annotated_types import Ge

from trimtab.core.controls import Circumstances, Line
from trimtab.core.terms import check_ranges
from trimtab.core.trades import Book
from trimtab.execution.controls.measures import others, span_of

_MINUTE = span_of(60.0)


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """At most `at_most` orders in the sixty seconds that end now; one of just sixty seconds ago is no longer among them."""

    batch: ClassVar[bool] = True
    at_most: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def most(self) -> Decimal:
        """In orders."""
        return Decimal(self.at_most)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """Orders of the last minute, with these; what has no date counts, to be safe."""
        begun = now.now - _MINUTE
        return [Decimal(len(lines) + sum(not one.at <= begun for one in others(lines, now)))]

    def clears(self, orders: Sequence[Any], book: Book) -> bool:
        """Whether these alone are few enough."""
        return len(orders) <= self.at_most

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"No more than {self.at_most:,} orders a minute"
