"""How much of an account is turned over in a day, one way: what was sent, with what is to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.calendar import NEW_YORK
from trimtab.core.controls import Circumstances, Line
from trimtab.core.money import decimal_of
from trimtab.core.terms import Positive, check_ranges
from trimtab.execution.controls.measures import require_zone, sent_today, total


@dataclass(frozen=True, slots=True)
class DayTurnover:
    """One-way turnover of a trading day is at most `at_most` of net asset value; a day is one by the clocks of `zone`.

    One way is the larger of purchases and sales, so that the cash they leave or take counts once: the same as
    `core.rules.one_way` of the change of weights.
    """

    batch: ClassVar[bool] = True
    at_most: Positive
    zone: str = NEW_YORK

    def __post_init__(self) -> None:
        check_ranges(self)
        require_zone(self.zone)

    @property
    def most(self) -> Decimal:
        """As a fraction of net asset value."""
        return decimal_of(self.at_most)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """What was sent today with these orders; None where the account is worth nothing."""
        if not now.nav > 0:
            return [None]
        moved = [(one.units, one.notional) for one in sent_today(lines, now, self.zone)]
        moved += [(line.units, line.notional) for line in lines]
        bought = total(notional for units, notional in moved if units > 0)
        sold = total(notional for units, notional in moved if units < 0)
        return [max(bought, sold) / now.nav]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"One-way turnover of at most {100.0 * self.at_most:g} % a day"
