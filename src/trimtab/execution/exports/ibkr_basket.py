"""Interactive Brokers' BasketTrader file: one order a line, no blank after commas.

Columns as the vendor's help on basket orders names them: `Action,Quantity,Symbol,SecType,Exchange,Currency,TimeInForce,
OrderType`, then as needed `LmtPrice,BasketTag,Account,OrderRef`. Our id travels in OrderRef and comes back with the fills.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from trimtab.core.errors import DataError
from trimtab.core.formulas import taken_off
from trimtab.core.households import Contract
from trimtab.core.orders import OrderKind, Standing, TimeInForce
from trimtab.execution.exports.fields import cell_text, table_rows, table_text
from trimtab.execution.exports.sheet import Sheet, require_sendable

COLUMNS = ("Action", "Quantity", "Symbol", "SecType", "Exchange", "Currency", "TimeInForce", "OrderType")
OPTIONAL = ("LmtPrice", "BasketTag", "Account", "OrderRef")
_NUMBERS = frozenset({"Quantity", "LmtPrice"})
_TYPES = {Contract.SHARE: "STK", Contract.FUND: "STK", Contract.BOND: "BOND", Contract.FUTURE: "FUT"}
_TIMES = {TimeInForce.DAY: "DAY", TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC"}


def basket(standings: Sequence[Standing], sheet: Sheet, *, exchange: str = "SMART") -> str:
    """The text of a basket. `exchange` takes what has none of its own in the sheet; futures must have one.

    Raises DataError for members of a block (the block is sent), doubles, and what the form cannot say.
    """
    require_sendable(standings)
    rows = [_row(one, sheet, exchange) for one in standings]
    used = (*COLUMNS, *(name for name in OPTIONAL if name == "OrderRef" or any(row[name] for row in rows)))
    return table_text([used, *([row[name] for name in used] for row in rows)])


def read_basket(text: str) -> tuple[Mapping[str, str], ...]:
    """Every line of a basket by its columns, text as it was before neutralising. Raises DataError where it is none."""
    try:
        header, *rows = table_rows(text.removeprefix("\ufeff"))
    except (csv.Error, ValueError) as fault:
        raise DataError(f"the basket cannot be read ({fault})", remedy="Export it again.") from fault
    if tuple(header[: len(COLUMNS)]) != COLUMNS or any(len(row) != len(header) for row in rows):
        raise DataError("the columns are not those of a basket", remedy="Export it again.")
    return tuple(
        {name: cell if name in _NUMBERS else taken_off(cell) for name, cell in zip(header, row, strict=True)} for row in rows
    )


def _row(standing: Standing, sheet: Sheet, exchange: str) -> dict[str, str]:
    ticket = standing.ticket
    future = sheet.contract(ticket.instrument) is Contract.FUTURE
    place = sheet.exchanges.get(ticket.instrument, "" if future else exchange)
    if not place:
        raise DataError(f"the exchange of {ticket.instrument} is not known", remedy="A future names its exchange.")
    time, kind = _manner(standing)
    return {
        "Action": "BUY" if ticket.units > 0 else "SELL",
        "Quantity": cell_text(abs(ticket.units)),
        "Symbol": cell_text(ticket.instrument),
        "SecType": _TYPES[sheet.contract(ticket.instrument) or Contract.FUND],
        "Exchange": cell_text(place),
        "Currency": cell_text(ticket.currency),
        "TimeInForce": time,
        "OrderType": kind,
        "LmtPrice": cell_text(ticket.limit or None),
        "BasketTag": cell_text(ticket.batch),
        "Account": cell_text(sheet.account(standing)),
        "OrderRef": cell_text(standing.id),
    }


def _manner(standing: Standing) -> tuple[str, str]:
    """Time in force and order type: an opening auction is a time (OPG), a closing one a type."""
    ticket = standing.ticket
    if ticket.kind is OrderKind.LIMIT and not ticket.limit:
        raise DataError(f"limit order {standing.id} has no limit", remedy="Nothing was exported.")
    if ticket.kind is OrderKind.MARKET and ticket.limit:
        raise DataError(f"market order {standing.id} has a limit", remedy="Nothing was exported.")
    kind = "LMT" if ticket.limit else "MKT"
    if ticket.kind is OrderKind.ON_OPEN:
        return "OPG", kind
    if ticket.kind is OrderKind.ON_CLOSE:
        return "DAY", "LOC" if ticket.limit else "MOC"
    return _TIMES[ticket.tif], kind
