"""IBKR Flex corporate actions: the records of one action together are one row.

Splits (FS, FI, RS, SD): the change of units, summed over a change of number. Mergers and changes of issue (TC, TO, IC): what
leaves and what comes; nothing to book where only the number changed. Delistings (DW). A spin-off (SO) does not say which
share of the cost goes over: a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from trimtab.accounting.imports.flex_records import CONTRACTS, FlexRecord
from trimtab.accounting.imports.reading import Cells, Hints, total
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.households import Contract

_SPLITS = frozenset({"FS", "FI", "RS", "SD"})
_MERGERS = frozenset({"TC", "TO", "IC", "BM"})


def actions(records: Sequence[FlexRecord], hints: Hints) -> list[Row]:
    """One row an action; records that nobody can put together are rows with a problem."""
    groups: dict[tuple[str, ...], list[Cells]] = {}
    for record in records:
        cells = Cells(record.line, record.values, hints)
        kind, action = cells.text("type").upper(), cells.text("actionid")
        what = action or re.split(r"[(]", cells.text("actiondescription", "description"))[0]
        groups.setdefault((cells.text("accountid"), kind, what, cells.text("reportdate", "datetime")), []).append(cells)
    return [_action(kind, group) for (_, kind, _, _), group in groups.items()]


def _action(kind: str, group: Sequence[Cells]) -> Row:
    """The row of an action, on the line of its first record."""
    first = group[0]
    units = [cells.number("quantity") for cells in group]
    fields: dict[str, object] = _fact(first) | {"amount": total(*(cells.number("proceeds") for cells in group))}
    first.problems += [problem for cells in group[1:] for problem in cells.problems]
    coming = [cells for cells, change in zip(group, units, strict=True) if change is not None and change > 0]
    going = [cells for cells, change in zip(group, units, strict=True) if change is not None and change < 0]
    if len(coming) > 1 or len(going) > 1:
        first.problems.append("several things leave or come in one action: enter it by hand")
    if kind in _SPLITS:
        stays = (coming or going or [first])[0]
        return first.row(Kind.SPLIT, units=total(*units), **_named(stays), **fields)
    if kind in _MERGERS:
        return _merger(first, going, coming, fields)
    if kind == "DW":
        return first.row(Kind.DELISTING, units=total(*units), **_named(first), **fields)
    if kind == "SO":
        return _spin_off((coming or [first])[0], first, total(*units), fields)
    first.problems.append(f"corporate actions of the type {kind or 'that is missing'} are not supported")
    return first.row(None, **_named(first), **fields)


def _fact(first: Cells) -> dict[str, object]:
    """What every action says."""
    return {
        "when": first.day("reportdate", "datetime"),
        "currency": first.code("currency"),
        "note": first.text("actiondescription", "description"),
        "external": first.text("transactionid", "actionid"),
        "account": first.text("accountid"),
        "section": "CorporateActions",
        "contract": CONTRACTS.get(first.text("assetcategory").upper(), Contract.FUND),
    }


def _spin_off(came: Cells, first: Cells, units: Decimal | None, fields: dict[str, object]) -> Row:
    """What came; its parent stands in the description, before the ISIN in parentheses."""
    parent = re.match(r"\s*([^\s(]+)\(", str(fields["note"]))
    new = _named(came)
    first.problems.append("the share of the cost that goes over is not in the file: enter the spin-off with it")
    into = {"into": new["symbol"], "into_isin": new["isin"], "received": units}
    return first.row(Kind.SPIN_OFF, symbol=parent[1] if parent else "", **into, **fields)


def _merger(first: Cells, going: Sequence[Cells], coming: Sequence[Cells], fields: dict[str, object]) -> Row:
    """What leaves, and what comes for it."""
    if not going:
        first.problems.append("nothing leaves in this merger: the other half of it is missing")
        return first.row(Kind.MERGER, **_named(first), **fields)
    if coming and _named(coming[0])["symbol"] == _named(going[0])["symbol"]:  # a new number for the same thing
        change = total(going[0].number("quantity"), coming[0].number("quantity"))
        return first.row(Kind.SPLIT if change else Kind.NOTE, units=change, **_named(coming[0]), **fields)
    into: dict[str, object] = {"received": Decimal(0)}
    if coming:
        new = _named(coming[0])
        into = {"into": new["symbol"], "into_isin": new["isin"], "received": coming[0].number("quantity")}
    return first.row(Kind.MERGER, units=going[0].number("quantity"), **_named(going[0]), **into, **fields)


def _named(cells: Cells) -> dict[str, str]:
    """The instrument of a record; a number that was replaced carries the mark `.OLD`."""
    return {"symbol": cells.text("symbol").removesuffix(".OLD"), "isin": cells.text("isin").upper()}
