"""How old prices are when an order leaves: a decision is not sent on prices of last week (RELIABILITY: stale quotes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar

import numpy as np

from trimtab.core.controls import Circumstances, Line
from trimtab.core.errors import ParameterError
from trimtab.core.money import decimal_of
from trimtab.core.terms import NonNegative, check_ranges
from trimtab.execution.controls.measures import seconds


@dataclass(frozen=True, slots=True)
class QuoteAge:
    """The last known price of what is traded is at most so many `days` and `minutes` old (days of 24 hours).

    Prices without an instant of their own are as old as the cut-off of the decision. One from the future stops the order.
    """

    batch: ClassVar[bool] = False
    moment: ClassVar[bool] = True
    dates: ClassVar[bool] = True
    remedy: ClassVar[str] = "Bring the prices up to date; what is too old by now is cancelled: trimtab orders cancel ORDER."
    days: NonNegative = 0.0
    minutes: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)
        if not self.days + self.minutes > 0.0:
            raise ParameterError("prices are never that new", field="days", remedy="Give days or minutes above 0.")

    @property
    def most(self) -> Decimal:
        """In seconds."""
        return decimal_of(self.days) * 86_400 + decimal_of(self.minutes) * 60

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """The age of each price in seconds; None where nobody knows it, or it is from the future."""
        if now.quoted is None:
            return [_age(now.now, now.cutoff)] * len(lines)
        return [_age(now.now, now.quoted[line.asset]) for line in lines]

    def spoken(self, value: Decimal) -> str:
        """An age as people say it, rounded up: what is too old never reads as what is allowed."""
        size, unit = next((size, unit) for size, unit in _UNITS if abs(value) >= size or size == 1)
        return f"{(value / size).quantize(Decimal('0.1'), ROUND_CEILING):g} {unit}".replace(".0 ", " ")

    @property
    def words(self) -> str:
        """The control in a sentence."""
        parts = [f"{count:g} {unit}" for count, unit in ((self.days, "days"), (self.minutes, "minutes")) if count]
        return f"Prices no older than {' and '.join(parts)}"


_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


def _age(now: np.datetime64, quoted: np.datetime64) -> Decimal | None:
    age = seconds(now - quoted)
    return None if age is None or age < 0 else age
