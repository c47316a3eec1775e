"""Any table with headers: delimited text, or the rows of a query, read through an editable column map.

A row with a word for its kind is a transaction; one without is a purchase or a sale by the sign of its units where the
table has dates of trades, else a position of a statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from trimtab.accounting.imports.columns import DATES, NUMBERS, ColumnMap, detect
from trimtab.accounting.imports.delimited import Table, has_header, table, whole
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, minus, unread
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.accounting.imports.words import kind_of
from trimtab.core.money import decimal_of

_PAYS = frozenset({Kind.BUY, Kind.WITHDRAWAL, Kind.FEE, Kind.TAX})
_LEAVES = frozenset({Kind.SELL, Kind.TRANSFER_OUT})
_MONEY = frozenset({Kind.CASH, Kind.DEPOSIT, Kind.WITHDRAWAL})
_SIGNS = {Kind.BUY: -1, Kind.WITHDRAWAL: -1, Kind.SELL: 1, Kind.DEPOSIT: 1}  # of the amount, where a table has signs


def reads(text: str, hints: Hints = NO_HINTS) -> bool:
    """A header is among the first lines from which at least units or an amount can be read, and what or when.

    Other formats have such a header too: `formats.detect` asks them first.
    """
    return has_header(text, partial(_is_header, overrides=hints.columns))


def columns(text: str, hints: Hints = NO_HINTS) -> ColumnMap | None:
    """The column map that the text would be read with; None where no header is found."""
    found = _table(text, hints)
    return None if found is None else detect(found.headers, hints.columns)


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """Every record below the header. Raises ParameterError for `hints.columns` that do not fit the file."""
    found = _table(text, hints)
    if found is None:
        return (unread(1, "no line of the text looks like a header: name its columns", text),)
    by_delimiter = None if hints.comma is None and found.delimiter != "," else bool(hints.comma)
    hints = Hints(hints.dayfirst, by_delimiter, hints.columns, hints.on, hints.currency)
    return whole(found, _read(found.headers, found.lines, hints))


def mapped(records: Iterable[Mapping[str, object]], hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """The rows of a query as mappings by column, numbered from 1. Values may be text, numbers, dates or None."""
    lines = [(line, {str(name): _said(value) for name, value in one.items()}) for line, one in enumerate(records, 1)]
    headers = tuple(dict.fromkeys(name for _, values in lines for name in values))
    return _read(headers, lines, Hints(hints.dayfirst, bool(hints.comma), hints.columns, hints.on, hints.currency))


def _said(value: object) -> str:
    """A value of a database as text, without loss."""
    if value is None:
        return ""
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return str(decimal_of(value))
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _table(text: str, hints: Hints) -> Table | None:
    return table(text, partial(_is_header, overrides=hints.columns))


def _is_header(cells: Sequence[str], overrides: Mapping[str, str]) -> bool:
    """Whether the cells name enough; an override counts where its header is there."""
    names = [cell.strip() for cell in cells]
    fitting = {field: header for field, header in overrides.items() if header in names}
    known = detect(names, fitting).fields
    return ("units" in known or "amount" in known) and bool({"date", "symbol", "isin"} & set(known))


def _read(headers: Sequence[str], lines: Sequence[tuple[int, Mapping[str, str]]], hints: Hints) -> tuple[Row, ...]:
    chosen = detect(headers, hints.columns)
    named = [(line, chosen.named(record)) for line, record in lines]
    dates = (values.get(name, "") for _, values in named for name in DATES)
    numbers = (values.get(name, "") for _, values in named for name in NUMBERS)
    hints = hints.settled(dates, numbers)
    signed = any(_pays(values, _PAYS) for _, values in named)
    strict = any(_pays(values, {Kind.BUY, Kind.WITHDRAWAL}) for _, values in named)
    statement = "kind" not in chosen.fields and ("date" not in chosen.fields or "cost" in chosen.fields)
    how = {"signed": signed, "strict": strict, "statement": statement}
    return tuple(_row(Cells(line, values, hints), **how) for line, values in named)


def _pays(values: Mapping[str, str], kinds: Collection[Kind]) -> bool:
    """Whether an amount below zero stands beside a word for paying: then the signs of the table can be believed."""
    meant = kind_of(values.get("kind", ""))
    return meant is not None and meant[0] in kinds and values.get("amount", "").strip()[:1] in ("-", "(", "\u2212")


def _row(cells: Cells, *, signed: bool, strict: bool, statement: bool) -> Row:
    """One row, its signs set right."""
    units, amount = cells.number("units"), cells.number("amount")
    kind, usual = _kind(cells, units, statement=statement)
    _question(cells, kind, units, amount if strict else None)
    if kind in _LEAVES and units is not None:
        units = -abs(units)
    when = cells.day("date") or (cells.hints.on if kind in (Kind.HOLDING, Kind.CASH) else None)
    row = {name: cells.text(name) for name in ("symbol", "isin", "name", "account", "note", "external", "into")}
    row["currency"] = cells.code("currency")
    price, fee, tax = cells.number("price"), cells.number("fee"), cells.number("tax")
    numbers = {"units": units, "amount": _amount(kind, usual, amount, signed=signed), "price": price and abs(price)}
    numbers |= {"fee": fee and abs(fee), "tax": tax if tax is None or signed else abs(tax)}
    numbers |= {name: cells.number(name) for name in ("cost", "received", "share")}
    return cells.row(kind, when=when, acquired=cells.day("acquired"), ratio=_ratio(cells), loose=True, **row, **numbers)


def _question(cells: Cells, kind: Kind | None, units: Decimal | None, amount: Decimal | None) -> None:
    """Signs that say the opposite of the word for the kind are those of a cancellation: a question, never turned round."""
    if kind is Kind.BUY and units is not None and units < 0:
        cells.problems.append(f"{units} units are bought: is it the cancellation of a purchase?")
    elif kind in _SIGNS and amount and amount * _SIGNS[kind] < 0:
        cells.problems.append(f"the amount {amount} has the wrong sign for a {kind.value}: is it a cancellation?")
    elif kind in _MONEY and units and cells.text("symbol").upper() not in ("", "CASH", cells.code("currency").upper()):
        what = f"{units} units of {cells.text('symbol')} beside the word {cells.text('kind')!r}"
        cells.problems.append(f"{what}, which is one for money alone: does another column say what was done?")


def _kind(cells: Cells, units: Decimal | None, *, statement: bool) -> tuple[Kind | None, int]:
    """The kind of a row and the direction of its cash."""
    word = cells.text("kind")
    if word:
        meant = kind_of(word)
        if meant is None:
            cells.problems.append(f"nobody knows what kind of transaction {word!r} is")
            return None, 1
        return meant
    if statement:
        return Kind.HOLDING, 1
    if units:
        return (Kind.BUY if units > 0 else Kind.SELL), 1
    cells.problems.append("neither a kind of transaction nor units")
    return None, 1


def _amount(kind: Kind | None, usual: int, amount: Decimal | None, *, signed: bool) -> Decimal | None:
    """The change of cash. Purchases and sales go by their kind; a fee above zero is a refund where the table has signs."""
    if amount is None or kind in (None, Kind.HOLDING, Kind.EXCHANGE, Kind.VARIATION, Kind.CASH):
        return amount
    if kind in (Kind.BUY, Kind.WITHDRAWAL, Kind.TRANSFER_OUT):
        return -abs(amount)
    if kind in (Kind.SELL, Kind.DEPOSIT):
        return abs(amount)
    if kind in (Kind.FEE, Kind.TAX):
        return amount if signed else minus(abs(amount) * usual)
    return -abs(amount) if usual < 0 else amount


def _ratio(cells: Cells) -> Decimal | None:
    """Units after a split for one before: `2`, `2:1`, `1/10`, `3 for 2`."""
    said = cells.text("ratio").lower().replace(" for ", ":").replace("/", ":")
    if ":" not in said:
        return cells.number("ratio")
    after, _, before = said.partition(":")
    apart = Cells(cells.line, {"ratio": after, "ratio of old units": before}, cells.hints)
    new, old = apart.number("ratio"), apart.number("ratio of old units")
    cells.problems += apart.problems
    if not new or not old:
        cells.problems.append(f"ratio: {said} is no ratio")
        return None
    return new / old
