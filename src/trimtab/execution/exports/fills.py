"""Our own table of fills: one line an execution, with the order that it belongs to. `fill_files` reads it back."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.core.orders import Ticket
from trimtab.core.venues import Execution
from trimtab.execution.exports.fields import cell_text, table_text

COLUMNS = ("execution_id", "order_id", "account", "symbol", "side", "units", "price", "fee", "date", "time", "currency")


def fills(executions: Iterable[tuple[Execution, Ticket]]) -> str:
    """The text. `units` are above zero and `side` says which way; a fee above zero takes money; times are UTC."""
    return table_text([COLUMNS, *(_row(one, ticket) for one, ticket in executions)])


def _row(one: Execution, ticket: Ticket) -> list[str]:
    side = "BUY" if one.units > 0 else "SELL"
    texts = (one.id, one.order, ticket.account, ticket.instrument, side)
    return [cell_text(cell) for cell in (*texts, abs(one.units), one.price, one.cost, one.day, one.at, ticket.currency)]
