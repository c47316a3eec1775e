"""What a broker accepts: an order out of what the gate has stamped, and nothing else."""

from __future__ import annotations

from typing import Any

from trimtab.core.errors import InvariantError
from trimtab.core.orders import Ticket
from trimtab.execution.gate import Stamped


def ticket_of(stamped: Any, order: str) -> Ticket:
    """The order with this client id. Raises InvariantError without a stamp, or where no ticket of that id was stamped."""
    if not isinstance(stamped, Stamped):
        raise InvariantError("a broker accepts stamped orders only", remedy="Send them through the gate.")
    ticket = stamped.of(order)
    if not isinstance(ticket, Ticket):
        raise InvariantError(f"order {order} was stamped for a backtest, not for a venue", remedy="Nothing was sent.")
    return ticket
