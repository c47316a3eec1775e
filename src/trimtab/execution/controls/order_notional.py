"""The size of an order in money, at the price of its decision (SEC rule 15c3-5, 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.controls import Circumstances, Line
from trimtab.core.money import Money
from trimtab.execution.controls.measures import require_money


@dataclass(frozen=True, slots=True)
class OrderNotional:
    """No order that moves more than `at_most`, in the currency of the account."""

    batch: ClassVar[bool] = False
    at_most: Money

    def __post_init__(self) -> None:
        require_money(self.at_most)

    @property
    def most(self) -> Decimal:
        """In money."""
        return self.at_most.amount

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """What each order moves."""
        return [line.notional for line in lines]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"No order of more than {self.at_most}"
