"""What the gate is asked to let through: orders of one account with the book they meet and the weights they lead to.

A decision brings its own target. Tickets at the last hop bring none: their target is what is held after them, at the book's
prices, and a rule of construction then stops only what makes its breach arise or grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.controls import Circumstances, Line
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.orders import Ticket, TradingState
from trimtab.core.trades import Book, Decision, Order

_NEVER = np.datetime64("NaT", "s")
_NOWHERE: Mapping[str, int] = {}


class Dated(NamedTuple):
    """When the latest input of an order became known, and the cut-off it was to be known by. `on` is empty for a decision."""

    on: str
    known: np.datetime64
    cutoff: np.datetime64


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Orders to be judged together. `target` and `base` (A,) are weights: to hold afterwards, and held after repair.

    `before` (A,) is what is held where the orders come without a decision; None: they are those of a decision.
    """

    orders: tuple[Order | Line, ...]
    book: Book
    target: Array
    base: Array
    relaxed: tuple[str, ...] = ()  # kinds of limits that could not be met and were set aside, on the record
    before: Array | None = None
    dates: tuple[Dated, ...] = ()
    tickets: tuple[Ticket, ...] = ()  # what is stamped, order by order; none: the orders themselves

    @classmethod
    def of(cls, decision: Decision, base: Array | None = None) -> Batch:
        """The orders of a decision. `base` (A,) is worked out by the desk afresh; None: nothing was repaired."""
        dated = (Dated("", decision.known, decision.today.cutoff),)
        start = decision.book.held if base is None else base
        return cls(decision.orders, decision.book, decision.target, start, decision.relaxed, None, dated)

    @classmethod
    def after(
        cls,
        orders: Sequence[Order | Line | Ticket],
        book: Book,
        base: Array | None = None,
        *,
        assets: Mapping[str, int] = _NOWHERE,
        relaxed: tuple[str, ...] = (),
    ) -> Batch:
        """Orders without a decision, or at the last hop. `assets` are the numbers of the instruments that tickets name.

        Raises DataError for an instrument that has none.
        """
        lines = tuple(line_of(order, assets) for order in orders)
        tickets = tuple(order for order in orders if isinstance(order, Ticket))
        dates = tuple(Dated(ticket.id, instant(ticket.known), instant(ticket.cutoff)) for ticket in tickets)
        start = book.held if base is None else base
        return cls(lines, book, weights_after(lines, book), start, relaxed, book.held, dates, tickets)

    @property
    def decided(self) -> bool:
        """Whether a decision stands behind it."""
        return self.before is None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The orders as controls read them."""
        return tuple(order if isinstance(order, Line) else line_of(order) for order in self.orders)

    @property
    def stamped(self) -> tuple[Any, ...]:
        """What gets the stamp: tickets where there are any, else the orders."""
        return self.tickets or self.orders


def line_of(order: Order | Line | Ticket, assets: Mapping[str, int] = _NOWHERE) -> Line:
    """An order as controls read it. Raises DataError where a ticket names an instrument that has no number."""
    if isinstance(order, Line):
        return order
    if isinstance(order, Order):
        return Line(order.id, order.asset, order.units, order.reference, abs(order.units * order.reference))
    number = assets.get(order.instrument)
    if number is None:
        what = f"order {order.id} is for {order.instrument}, which is not known here"
        raise DataError(what, remedy="Nothing was sent.")
    limit, kind = order.limit, order.kind
    return Line(order.id, number, order.units, order.reference, order.notional, limit, kind, order.parent)


def weights_after(lines: Sequence[Line], book: Book) -> Array:
    """Weights (A,) after `lines` at the book's prices, costs left out; NaN where a price is not known."""
    after = np.array(book.held)
    for line in lines:
        if 0 <= line.asset < len(after):
            value = float(line.units) * float(book.prices[line.asset])
            after[line.asset] += value / book.nav if book.nav > 0.0 else np.nan
    return frozen(after)


def instant(text: str) -> np.datetime64:
    """An instant as tickets write it, `2026-01-05T21:00:00Z`; NaT where it is none: what nobody dated is not known."""
    if not text.endswith("Z"):
        return _NEVER
    try:
        return np.datetime64(text[:-1], "us")
    except ValueError:
        return _NEVER


def at_decision(batch: Batch) -> Circumstances:
    """The circumstances of a backtest: judged at its cut-off, at the prices it was made on; the venue knows its hours."""
    (_, known, cutoff), book = batch.dates[0], batch.book
    return Circumstances(cutoff, cutoff, known, book.prices, decimal_of(book.nav))


# What is handed to checks that do not ask of the moment: no date, no price, and nothing may be sent.
NO_MOMENT = Circumstances(_NEVER, _NEVER, _NEVER, np.empty(0), ZERO, state=TradingState.HALTED)
