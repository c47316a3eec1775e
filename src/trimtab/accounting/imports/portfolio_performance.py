"""Portfolio Performance: its export of account and of portfolio transactions as delimited text, English or German.

Public description: the columns that its exporter prints. `Value` is net of fees and taxes, and its sign differs between
the two exports: the kind of the transaction decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trimtab.accounting.imports.columns import detect, plain
from trimtab.accounting.imports.delimited import has_header, table, whole
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, total, unread
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.accounting.imports.words import kind_of

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "datum"),
    "ex_date": ("ex date", "ex tag", "ex datum"),
    "kind": ("type", "typ"),
    "amount": ("value", "wert"),
    "currency": ("transaction currency", "buchungswährung"),
    "gross": ("gross amount", "bruttobetrag"),
    "gross_currency": ("currency gross amount", "währung bruttobetrag"),
    "rate": ("exchange rate", "wechselkurs"),
    "fee": ("fees", "gebühren"),
    "tax": ("taxes", "steuern"),
    "units": ("shares", "stück"),
    "isin": ("isin",),
    "wkn": ("wkn",),
    "symbol": ("ticker symbol", "ticker", "symbol"),
    "name": ("security name", "wertpapiername"),
    "note": ("note", "notiz"),
    "account": ("account", "cash account", "konto", "securities account", "depot"),
}
_NUMBERS = ("amount", "gross", "fee", "tax", "units")
_OUT = frozenset({Kind.WITHDRAWAL, Kind.FEE, Kind.TAX, Kind.TRANSFER_OUT})


def reads(text: str) -> bool:
    """A header with the currency of the transaction and the shares, as no other program names them together."""
    return has_header(text, _is_header)


def _is_header(cells: Sequence[str]) -> bool:
    names = {plain(cell) for cell in cells}
    needed = ("date", "kind", "amount", "currency", "units")
    return all(names & set(COLUMNS[field]) for field in needed) and bool(names & {"wkn", "security name", "wertpapiername"})


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row a transaction. German headers mean a decimal comma unless the numbers say otherwise."""
    found = table(text, _is_header)
    if found is None:
        return (unread(1, "no header of Portfolio Performance", text),)
    chosen = detect(found.headers, hints.columns, COLUMNS)
    named = [(line, chosen.named(record)) for line, record in found.lines]
    hints = hints.settled(
        (values.get("date", "") for _, values in named), (values.get(name, "") for _, values in named for name in _NUMBERS)
    )
    if hints.comma is None:
        hints = replace(hints, comma="wert" in {plain(header) for header in found.headers})
    return whole(found, [_row(Cells(line, values, hints)) for line, values in named])


def _row(cells: Cells) -> Row:
    meant = kind_of(cells.text("kind"))
    if meant is None:
        cells.problems.append(f"the kind of transaction {cells.text('kind')!r} is unknown")
    kind, usual = meant or (None, 1)
    numbers = {name: cells.number(name) for name in ("amount", "fee", "tax", "units")}
    net, fee, tax, units = (None if one is None else abs(one) for one in numbers.values())
    fields = {name: cells.text(name) for name in ("isin", "symbol", "name", "note", "account")}
    fields["symbol"] = fields["symbol"] or ("" if fields["isin"] else cells.text("wkn") or fields["name"])
    fields["currency"] = cells.code("currency")
    when = cells.day("date")
    if kind is Kind.BUY:  # taxes on a purchase are part of what it costs
        charges = total(fee, tax)
        gross = None if net is None else -(net - (charges or 0))
        return cells.row(kind, when=when, units=units, amount=gross, fee=charges, **fields)
    if kind in (Kind.SELL, Kind.DIVIDEND):
        gross = None if net is None else net + (total(fee, tax) or 0)
        left = {"units": None if units is None else -units} if kind is Kind.SELL else {}
        return cells.row(kind, when=when, amount=gross, fee=fee, tax=tax, **left, **fields)
    if kind in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT) and units:
        sign = -1 if kind is Kind.TRANSFER_OUT else 1
        return cells.row(kind, when=when, units=units * sign, cost=net, **fields)
    sign = (-1 if kind in _OUT else 1) * usual
    if kind is Kind.INTEREST and (fee or tax) and net is not None:
        net += (total(fee, tax) or 0) * usual
        return cells.row(kind, when=when, amount=net * sign, fee=fee, tax=tax, **fields)
    return cells.row(kind, when=when, amount=None if net is None else net * sign, **fields)
