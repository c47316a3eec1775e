"""How far the price of an order is from the last known one: against a wrong price, a missed split, a market that ran away.

Of a limit order it is the limit, of any other the price of its decision (FIA, best practices for automated trading risk
controls, 2024: price tolerance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from trimtab.core.controls import Circumstances, Line
from trimtab.core.money import decimal_of
from trimtab.core.terms import Positive, check_ranges
from trimtab.core.trades import Book

_HAIR = 1e-9  # what floats may be off by; what is closer to the boundary is measured exactly


@dataclass(frozen=True, slots=True)
class PriceCollar:
    """The price of an order is at most `at_most` of the last known price away from it, up or down."""

    batch: ClassVar[bool] = False
    at_most: Positive

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def most(self) -> Decimal:
        """As a fraction of the last known price."""
        return decimal_of(self.at_most)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """The distance of each order; None where no price is known."""
        return [_distance(line.limit or line.reference, float(now.prices[line.asset])) for line in lines]

    def clears(self, orders: Sequence[Any], book: Book) -> bool:
        """Whether all are well inside."""
        prices, inside = book.prices.tolist(), self.at_most - _HAIR
        low, high = 1.0 - inside, 1.0 + inside
        for order in orders:
            last = prices[order.asset]
            if last * low < int(order.reference) < last * high - 1.0:  # of a Decimal an int is cheap, a float is not
                continue
            if not abs(float(order.reference) - last) <= inside * last:
                return False
        return True

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"Prices within {100.0 * self.at_most:g} % of the last known one"


def _distance(price: Decimal, last: float) -> Decimal | None:
    if not 0.0 < last < float("inf"):
        return None
    known = decimal_of(last)
    return abs(price - known) / known
