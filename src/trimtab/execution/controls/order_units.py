"""The size of an order in units: against a quantity typed with a digit too many (SEC rule 15c3-5, 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.controls import Circumstances, Line
from trimtab.core.money import decimal_of
from trimtab.core.terms import Positive, check_ranges


@dataclass(frozen=True, slots=True)
class OrderUnits:
    """No order of more than `at_most` units, bought or sold."""

    batch: ClassVar[bool] = False
    at_most: Positive

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def most(self) -> Decimal:
        """In units."""
        return decimal_of(self.at_most)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """Units of each order, without their sign."""
        return [abs(line.units) for line in lines]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"No order of more than {self.at_most:,g} units"
