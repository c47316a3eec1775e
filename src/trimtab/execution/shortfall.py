"""Implementation shortfall: what a trade on paper, at the price of the decision, would have gained more than the real one.

Perold 1988, "The implementation shortfall: paper versus reality"; METHODS 6.3. With u units (above zero buy), fills f at
P_f, decision price P_d, arrival price P_a and closing price P_c (of what was never filled):

    explicit     fees and commissions
    delay        f (P_a - P_d): from the decision until the order reached the market
    execution    f (P_f - P_a): spread and impact
    opportunity  (u - sum f) (P_c - P_d): what was not filled ran away

Together they are u (P_c - P_d), the gain on paper, minus sum f (P_c - P_f) - fees, the real one: exactly, in Decimal. A
fraction is of the paper notional |u| P_d. Above zero takes money.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import Standing
from trimtab.core.venues import Execution

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """The four parts in money, and the paper notional that fractions are of. Adds up with others of the same currency.

    `assumed` is the paper notional filled whose arrival price nobody knew: its delay stands in `execution`.
    """

    explicit: Decimal = ZERO
    delay: Decimal = ZERO
    execution: Decimal = ZERO
    opportunity: Decimal = ZERO
    paper: Decimal = ZERO
    assumed: Decimal = ZERO
    currency: str = "USD"

    @property
    def parts(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Explicit, delay, execution, opportunity, in money."""
        return self.explicit, self.delay, self.execution, self.opportunity

    @property
    def total(self) -> Decimal:
        """All four, in money."""
        with exact():
            return sum(self.parts, ZERO)

    @property
    def fractions(self) -> tuple[float, float, float, float]:
        """Explicit, delay, execution, opportunity as fractions of the paper notional; NaN where there is none."""
        one, two, three, four = (self._of_paper(part) for part in self.parts)
        return one, two, three, four

    @property
    def fraction(self) -> float:
        """All four together as a fraction of the paper notional; NaN where there is none."""
        return self._of_paper(self.total)

    @property
    def words(self) -> str:
        """What has to be said beside the figures; empty: nothing."""
        if not self.assumed:
            return ""
        which = "the" if self.assumed == self.paper else f"{self.assumed:f} {self.currency} of the"
        return f"the arrival price of {which} trades is not known: their delay is counted as execution"

    def _of_paper(self, amount: Decimal) -> float:
        return float(Fraction(amount) / Fraction(self.paper)) if self.paper else float("nan")

    def __add__(self, other: Shortfall) -> Shortfall:
        """Money adds up, so that fractions are weighted by paper notional. Raises DataError for two currencies."""
        if self.currency != other.currency:
            what = f"shortfalls in {self.currency} and {other.currency} do not add up"
            raise DataError(what, remedy="Sum them by currency.")
        with exact():
            return Shortfall(
                self.explicit + other.explicit,
                self.delay + other.delay,
                self.execution + other.execution,
                self.opportunity + other.opportunity,
                self.paper + other.paper,
                self.assumed + other.assumed,
                self.currency,
            )


class Traded(NamedTuple):
    """What the shortfall of an order is worked out from. `units` above zero buy; prices of 0 are not known.

    `arrival` not known counts as the decision price. `closing` prices what was not filled, on the day `ended`; it may be
    missing where all of it was. `multiplier` is money a point of price, of a future.
    """

    order: str
    units: Decimal
    decision: Decimal
    executions: tuple[Execution, ...]
    arrival: Decimal = ZERO
    closing: Decimal = ZERO
    ended: date = date.min
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)


class Piece(NamedTuple):
    """Shortfall of what one order did on one trading day: a fill, or what was left of it in the end."""

    order: str
    day: date
    shortfall: Shortfall


def traded(standing: Standing, executions: Iterable[Execution], closing: Decimal = ZERO, ended: date = date.min) -> Traded:
    """The facts of an order that is done with, `ended` on a day where part of it was not filled.

    Of a member of a block, `executions` are what was allotted to it. A block and its members, or a parent and its slices,
    are the same trade twice: sum only one of the two.
    """
    one = standing.ticket
    own = tuple(executions)
    return Traded(one.id, one.units, one.reference, own, standing.arrival, closing, ended, one.currency)


def pieces(trade: Traded) -> tuple[Piece, ...]:
    """The shortfall of an order fill by fill, and of what was not filled at the end. They sum to that of the order.

    Raises DataError where the decision price is not known, where more was filled than ordered or the other way round, and
    where units are left and their closing price or the day it ended is not known.
    """
    with exact():
        left = trade.units - sum((one.units for one in trade.executions), ZERO)
        _require(trade, left)
        found = [_filled(trade, one) for one in trade.executions]
        if left:
            run = left * (trade.closing - trade.decision) * trade.multiplier
            paper = abs(left) * trade.decision * trade.multiplier
            missed = Shortfall(opportunity=run, paper=paper, currency=trade.currency)
            found.append(Piece(trade.order, trade.ended, missed))
        return tuple(found)


def shortfall(trade: Traded) -> Shortfall:
    """The implementation shortfall of one order. Raises DataError as `pieces` does."""
    return total(pieces(trade), trade.currency)


def total(found: Iterable[Piece], currency: str = "USD") -> Shortfall:
    """The sum of all; nothing, in `currency`, where there are none. Raises DataError for two currencies."""
    return sum((piece.shortfall for piece in found), Shortfall(currency=currency))


def by_order(found: Iterable[Piece]) -> dict[str, Shortfall]:
    """Shortfall of each order, in the order in which they come."""
    return _grouped(found, lambda piece: piece.order)


def by_day(found: Iterable[Piece]) -> dict[date, Shortfall]:
    """Shortfall of each trading day, first day first; what was not filled counts on the day its order ended."""
    return dict(sorted(_grouped(found, lambda piece: piece.day).items()))


def by_quarter(found: Iterable[Piece]) -> dict[str, Shortfall]:
    """Shortfall of each quarter of the calendar, as `2026 Q1`, first quarter first."""
    return dict(sorted(_grouped(found, lambda piece: f"{piece.day.year:04d} Q{(piece.day.month + 2) // 3}").items()))


def _grouped(found: Iterable[Piece], key: Callable[[Piece], Key]) -> dict[Key, Shortfall]:
    sums: dict[Key, Shortfall] = {}
    for piece in found:
        at = key(piece)
        sums[at] = sums[at] + piece.shortfall if at in sums else piece.shortfall
    return sums


def _filled(trade: Traded, one: Execution) -> Piece:
    arrival = trade.arrival or trade.decision
    money = one.units * trade.multiplier
    paper = abs(money) * trade.decision
    part = Shortfall(
        explicit=one.cost,
        delay=money * (arrival - trade.decision),
        execution=money * (one.price - arrival),
        paper=paper,
        assumed=ZERO if trade.arrival else paper,
        currency=trade.currency,
    )
    return Piece(trade.order, one.day, part)


def _require(trade: Traded, left: Decimal) -> None:
    what = ""
    if not trade.decision > 0 or not trade.units:
        what = f"order {trade.order} has no units, or no price of its decision"
    elif left * trade.units < 0 or any(one.units * trade.units < 0 for one in trade.executions):
        what = f"order {trade.order} of {trade.units} has {trade.units - left} filled, or fills that go the other way"
    elif left and not (trade.closing > 0 and trade.ended > date.min):
        what = f"{left} of order {trade.order} are not filled, and their closing price or its day is not known"
    if what:
        raise DataError(what, remedy="There is no shortfall to state: reconcile it, or give the closing price.")
