"""How much money an account moves in a day: what was sent, with what is to be (SEC rule 15c3-5, 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.calendar import NEW_YORK
from trimtab.core.controls import Circumstances, Line
from trimtab.core.money import Money
from trimtab.execution.controls.measures import require_money, require_zone, sent_today, total


@dataclass(frozen=True, slots=True)
class DayNotional:
    """All orders of a trading day together move at most `at_most`; a day is one by the clocks of `zone`."""

    batch: ClassVar[bool] = True
    at_most: Money
    zone: str = NEW_YORK

    def __post_init__(self) -> None:
        require_money(self.at_most)
        require_zone(self.zone)

    @property
    def most(self) -> Decimal:
        """In money."""
        return self.at_most.amount

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """What was sent today and these orders move, purchases and sales alike."""
        before = total(one.notional for one in sent_today(lines, now, self.zone))
        return [before + total(line.notional for line in lines)]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"No more than {self.at_most} a day"
