"""What can be told of an order, field by field: text, numbers and dates. The blotter and every column map choose from it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from difflib import get_close_matches
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.core.formulas import neutral
from trimtab.core.money import exact
from trimtab.core.orders import Standing
from trimtab.execution.exports.sheet import Sheet, number_text

Cell = str | Decimal | date | None
BASIS_POINTS, _BPS, _WIDE = Decimal("0.01"), Decimal(10_000), 200
_SENSELESS = Decimal("1e-12")


def _known(value: Decimal) -> Decimal | None:
    """A price; None where it stands for none."""
    return value or None


def _side(standing: Standing) -> str:
    units = standing.ticket.units
    return "BUY" if units > 0 else "SELL" if units < 0 else ""


def _moved(standing: Standing, sheet: Sheet) -> Decimal:
    with exact():
        return abs(standing.ticket.units * standing.ticket.reference * sheet.multiplier(standing.ticket.instrument))


def _points(cost: Decimal, value: Decimal) -> Decimal | None:
    """A cost in basis points of a value; None where there is no value, or next to none."""
    if not value or abs(cost) * _SENSELESS >= value:
        return None
    with localcontext(prec=_WIDE):
        return (cost / value * _BPS).quantize(BASIS_POINTS, ROUND_HALF_EVEN)


def _estimated(standing: Standing, sheet: Sheet) -> Decimal | None:
    return _points(standing.ticket.estimate, _moved(standing, sheet))


def _realised(standing: Standing, sheet: Sheet) -> Decimal | None:
    """Fees, and what was paid over the price at arrival, in basis points of the value at arrival."""
    with exact():
        worth = standing.filled * standing.arrival
        slipped = (standing.spent - worth) * sheet.multiplier(standing.ticket.instrument)
        return _points(slipped + standing.cost, abs(worth * sheet.multiplier(standing.ticket.instrument)))


def _average(standing: Standing) -> Decimal | None:
    with exact():
        return standing.average if standing.filled else None


def _checks(standing: Standing, sheet: Sheet) -> str:
    broken = "; ".join(standing.ticket.warnings)
    return sheet.checks.get(standing.id, f"WARN: {broken}" if broken else "")


def _lots(standing: Standing, sheet: Sheet) -> str:
    told = sheet.lot_methods.get(standing.ticket.account, "")
    return told or ("specific" if standing.ticket.lots else "")


FIELDS: Mapping[str, Callable[[Standing, Sheet], Cell]] = {
    "order_id": lambda s, _: s.id,
    "batch_id": lambda s, _: s.ticket.batch,
    "account": lambda s, sheet: sheet.account(s),
    "symbol": lambda s, _: s.ticket.instrument,
    "isin": lambda s, sheet: sheet.isin(s.ticket.instrument),
    "figi": lambda s, sheet: sheet.figis.get(s.ticket.instrument, ""),
    "name": lambda s, sheet: sheet.name(s.ticket.instrument),
    "side": lambda s, _: _side(s),
    "qty": lambda s, _: abs(s.ticket.units),
    "notional": _moved,
    "order_type": lambda s, _: s.ticket.kind.value,
    "limit": lambda s, _: _known(s.ticket.limit),
    "tif": lambda s, _: s.ticket.tif.value,
    "broker": lambda s, _: s.venue,
    "status": lambda s, _: s.status.value,
    "filled_qty": lambda s, _: abs(s.filled),
    "avg_px": lambda s, _: _average(s),
    "arrival_px": lambda s, _: _known(s.arrival),
    "est_cost_bps": _estimated,
    "realised_cost_bps": _realised,
    "lot_method": _lots,
    "tax_effect": lambda s, _: s.ticket.tax,
    "reason": lambda s, _: s.ticket.reason,
    "rule_checks": _checks,
    "created_by": lambda s, _: s.ticket.by,
    "approved_by": lambda s, _: s.approved_by,
    "created_at": lambda s, _: s.planned_at,
    "sent_at": lambda s, _: s.sent_at,
}
"""The columns of the blotter, in their order."""

MORE_FIELDS: Mapping[str, Callable[[Standing, Sheet], Cell]] = {
    "units": lambda s, _: s.ticket.units,
    "reference": lambda s, _: s.ticket.reference,
    "currency": lambda s, _: s.ticket.currency,
    "contract": lambda s, sheet: kind.value if (kind := sheet.contract(s.ticket.instrument)) else "",
    "exchange": lambda s, sheet: sheet.exchanges.get(s.ticket.instrument, ""),
    "place": lambda s, _: s.ticket.booked,
    "block": lambda s, _: s.ticket.block,
    "parent": lambda s, _: s.ticket.parent,
    "as_of": lambda s, _: s.ticket.as_of,
    "policy": lambda s, _: s.ticket.policy,
    "strategy": lambda s, _: s.ticket.strategy,
    "row": lambda s, _: "BLOCK" if s.ticket.parts else "ALLOCATION" if s.ticket.block else "ORDER",
}
EVERY = {**FIELDS, **MORE_FIELDS}


def require_field(name: str, column: str) -> None:
    """Raises ParameterError with the nearest name where there is no such field."""
    if name not in EVERY:
        near = get_close_matches(name, EVERY, 1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(EVERY)}."
        raise ParameterError(f"column {column!r} wants the field {name!r}, which there is not", field="field", remedy=remedy)


def cell_text(cell: Cell) -> str:
    """A cell as it is written: text neutralised, numbers and dates as they are."""
    if isinstance(cell, Decimal):
        return number_text(cell)
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else neutral(cell)


def table_text(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Delimited text after RFC 4180: what needs quotes has them, lines end with carriage return and line feed."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def table_rows(text: str, delimiter: str = ",") -> list[list[str]]:
    """The cells of `table_text`, neutralised text as it is written. Raises csv.Error where it was cut."""
    reader: Any = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [row for row in reader if row]
