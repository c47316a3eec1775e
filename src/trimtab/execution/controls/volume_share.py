"""How much of a day's trading in the market an order is: what is more moves the price against itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.calendar import NEW_YORK
from trimtab.core.controls import Circumstances, Line
from trimtab.core.money import decimal_of
from trimtab.core.terms import Positive, check_ranges
from trimtab.execution.controls.measures import require_zone, sent_today


@dataclass(frozen=True, slots=True)
class VolumeShare:
    """An order, with what was sent in its asset that day, is at most `at_most` of the average daily volume, in money.

    Orders of one asset that leave together, as those of several sleeves do, count one after the other. A day is one by the
    clocks of `zone`.
    """

    batch: ClassVar[bool] = False
    deals: ClassVar[bool] = True
    at_most: Positive
    zone: str = NEW_YORK

    def __post_init__(self) -> None:
        check_ranges(self)
        require_zone(self.zone)

    @property
    def most(self) -> Decimal:
        """As a fraction of average daily volume."""
        return decimal_of(self.at_most)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """The share of each order; None where no volume is known."""
        moved: dict[int, Decimal] = defaultdict(Decimal)
        for one in sent_today(lines, now, self.zone):
            moved[one.asset] += one.notional
        found: list[Decimal | None] = []
        for line in lines:
            moved[line.asset] += line.notional
            volume = 0.0 if now.adv is None else float(now.adv[line.asset])
            if not 0.0 < volume < float("inf"):
                found.append(None)
                continue
            found.append(moved[line.asset] / decimal_of(volume))
        return found

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"Orders of at most {100.0 * self.at_most:g} % of average daily volume"
