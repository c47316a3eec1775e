"""Orders as a blotter has them, in its columns and their order, with what each came to.

Runs in a worker process, which stands in the workspace; the answer holds plain values alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.orders import FINAL, Standing
from trimtab.desk import errands
from trimtab.desk.exporting import Form, sheet_of
from trimtab.desk.settlement import shortfalls, summed
from trimtab.desk.slicing import with_parents, with_slices
from trimtab.execution.exports.fields import FIELDS
from trimtab.execution.shortfall import Piece, Shortfall, by_order
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.serving.verbs import Served, namespace
from trimtab.surfaces.web.reads.accounts import BY, Plain

_DIGITS = 15  # of a number that a double keeps


def blotter_rows(served: Served, ids: Sequence[str]) -> list[Plain]:
    """A row an order, by id: the columns of the blotter. Numbers are numbers where a double keeps them, else exact text."""
    options = namespace(served, "orders send", {}, BY)
    with order_book(options) as orders:
        found = [orders.standing(one) for one in ids]
        sheet = sheet_of(orders, found, Form("blotter"), signature(options))
        return [{name: plain_cell(tell(one, sheet)) for name, tell in FIELDS.items()} for one in found]


def plain_cell(cell: Any) -> Any:
    """A cell of the blotter as JSON takes it."""
    if isinstance(cell, Decimal):
        whole = cell == cell.to_integral_value() and cell.adjusted() < _DIGITS
        if whole:
            return int(cell)
        return float(cell) if len(cell.normalize().as_tuple().digits) <= _DIGITS else f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else cell


def shortfall_rows(served: Served, ids: Sequence[str]) -> Plain:
    """Implementation shortfall of those of the orders that are done with: by order, and in all by currency.

    Each part in money and in basis points of the trade on paper; above zero it cost money. `untold`: what has none, and why.
    """
    options = namespace(served, "orders send", {}, BY)
    with order_book(options) as orders:
        judge = judge_of(orders, options)
        told = _told(orders, ids)
        parts, untold = shortfalls(orders, told, lambda one: errands.closing(judge, one))
    about = {one.id: one for one in told}
    rows = [_shortfall(one) | _about(about.get(name), name) for name, one in by_order(parts).items()]
    return {"orders": rows, "sums": [_shortfall(one) for one in _sums(parts)], "untold": list(untold)}


def _told(orders: OrderBook, ids: Sequence[str]) -> list[Standing]:
    """The orders that are done with, with parents, slices and members: each trade is told once."""
    found = [one for name in ids if (one := orders.standing(name)).status in FINAL]
    return errands.with_members(orders, [one.id for one in with_slices(orders, with_parents(orders, found))])


def _sums(parts: Sequence[Piece]) -> list[Shortfall]:
    codes = sorted({one.shortfall.currency for one in parts})
    return [summed([one for one in parts if one.shortfall.currency == code], code) for code in codes]


def _about(one: Standing | None, name: str) -> Plain:
    if one is None:
        return {"order": name, "account": "", "instrument": ""}
    ticket = one.ticket
    prices = {"decision": ticket.reference, "arrival": one.arrival or None, "fill": one.average if one.filled else None}
    told = {key: None if price is None else plain_cell(round(price, 6)) for key, price in prices.items()}
    side = "BUY" if ticket.units > 0 else "SELL"
    return {"order": name, "account": ticket.booked, "instrument": ticket.instrument, "side": side, **told}


def _shortfall(one: Shortfall) -> Plain:
    """Its parts in money and in basis points; a fraction of nothing is none."""
    names = ("explicit", "delay", "execution", "opportunity")
    bps = dict(zip(names, one.fractions, strict=True)) if one.paper else dict.fromkeys(names)
    found: Plain = {"currency": one.currency, "paper": f"{one.paper:f}", "total": f"{one.total:f}", "words": one.words}
    found |= {"total_fraction": one.fraction if one.paper else None}
    return found | {f"{name}_fraction": bps[name] for name in names}
