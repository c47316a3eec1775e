"""Spreadsheet exports of Bloomberg and LSEG (Datastream), told by their layout, as CSV and as cells of a workbook.

Bloomberg (BDH): a row of securities (`SPY US Equity`), a row of fields (`PX_LAST`), then dates; above it, in the classic
form, a block of `Security`, `Start Date`, `End Date`, `Period`, `Currency`. Datastream: rows `Name`, `Code`, `CURRENCY`,
then dates. LSEG's tidy form (`Instrument`, `Date`, `Price Close`) needs no help: its columns have names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.data.history import Issue
from trimtab.data.sources.sheet import HEADER, Cells, Fault, Sheet
from trimtab.data.sources.values import as_text

_DEEP = 16  # rows in which the head of an export lies

_YELLOW_KEY = re.compile(r".*\S\s(equity|index|curncy|comdty|govt|corp|mtge|muni|pfd|m-mkt)$", re.IGNORECASE)
_FIELDS = {
    "PXLAST": "Close",
    "LASTPRICE": "Close",
    "PXOFFICIALCLOSE": "Close",
    "FUNDNETASSETVAL": "Close",
    "PXOPEN": "Open",
    "OPENPRICE": "Open",
    "PXHIGH": "High",
    "HIGHPRICE": "High",
    "PXLOW": "Low",
    "LOWPRICE": "Low",
    "PXVOLUME": "Volume",
    "VOLUME": "Volume",
    "TOTRETURNINDEXGROSSDVDS": "Adj Close",
    "TOTRETURNINDEXNETDVDS": "Adj Close",
}
_SAID_ABOVE = frozenset(("", "SECURITY", "SECURITIES", "TICKER", "STARTDATE", "ENDDATE", "PERIOD", "PERIODICITY", "CURRENCY"))
_DATES = frozenset(("DATE", "DATES"))

_DATASTREAM_TYPE = re.compile(r"\(([A-Z]{1,4})\)$")
_TOTAL_RETURN, _PRICES = frozenset(("RI", "TRI")), frozenset(("", "P", "PI", "UP", "NAV"))
_SIGNS = {"U$": "USD", "£": "GBP", "E": "EUR", "Y": "JPY", "SF": "CHF", "C$": "CAD", "A$": "AUD", "K$": "HKD"}


@dataclass(frozen=True, slots=True)
class _Table:
    """One series of an export: its columns with the roles they play, dates first, and the row of its first date."""

    name: str
    columns: tuple[int, ...]
    header: tuple[str, ...]
    first: int
    currency: str
    issues: tuple[Issue, ...] = ()


def exported(sheet: Sheet) -> tuple[Sheet, ...]:
    """One plain table a series, or none where the sheet is no export. Raises DataError for cells that never loaded."""
    rows = range(min(_DEEP, len(sheet.lines)))
    head = [[name.strip() for name in sheet.header], *([_text(cells, row) for cells in sheet.columns] for row in rows)]
    tables = _bloomberg(sheet, head) or _datastream(sheet, head)
    return tuple(_plain(sheet, table) for table in tables)


def _text(cells: Cells, row: int) -> str:
    cell = cells[row]
    if isinstance(cell, np.datetime64):
        return "" if np.isnat(cell) else str(cell.astype("datetime64[D]"))
    if isinstance(cell, float):
        return "" if np.isnan(cell) else as_text(float(cell))
    return str(cell).strip()


def _key(text: str) -> str:
    return re.sub(r"[\s_:]", "", text).upper()


def _bloomberg(sheet: Sheet, head: Sequence[Sequence[str]]) -> list[_Table]:
    """The tables below a row of fields that has a row of securities above it."""
    found = [at for at, row in enumerate(head) if any(_key(cell) in _FIELDS for cell in row[1:])]
    named = [at for at in range(found[0]) if any(map(_YELLOW_KEY.match, head[at][1:]))] if found else []
    if not named:
        return []
    fields, names = head[found[0]], _filled(head[named[-1]])
    units = next((_filled(row) for row in head[: found[0]] if _key(row[0]) == "CURRENCY"), [""] * len(fields))
    said = [row[0] for row in head[: found[0]] if _key(row[0]) not in _SAID_ABOVE]
    issues = [Issue(f"rows above the table: {', '.join(said)}", sheet.place(HEADER, 0), "not read")] if said else []
    parts: dict[tuple[str, int], list[int]] = {}
    dates = 0
    for column, field in enumerate(fields):
        if column == 0 or _key(field) in _DATES:
            dates = column
        elif _key(field) in _FIELDS and names[column]:
            parts.setdefault((names[column], dates), []).append(column)
        elif field or names[column]:
            issues.append(Issue(f"a column of {field or 'no field'}", sheet.place(found[0] - 1, column), "not read"))
    tables = []
    for (name, dates), columns in parts.items():
        header = ("Date", *(_FIELDS[_key(fields[c])] for c in columns))
        unit = _iso(units[columns[0]])
        tables.append(_Table(name, (dates, *columns), header, found[0], unit, tuple(issues)))
    return tables


def _filled(row: Sequence[str]) -> list[str]:
    """A row of names, each standing for the columns to its right as well: spreadsheets merge such cells."""
    made = [""]
    for cell in row[1:]:
        made.append(cell or made[-1])
    return made


def _iso(unit: str) -> str:
    return unit if re.fullmatch(r"[A-Za-z]{3}", unit) else ""


def _datastream(sheet: Sheet, head: Sequence[Sequence[str]]) -> list[_Table]:
    """One table a column below rows that are called Name and Code."""
    rows = {_key(row[0]): at for at, row in reversed([*enumerate(head)]) if _key(row[0]) in ("NAME", "CODE", "CURRENCY")}
    if not {"NAME", "CODE"} <= set(rows):
        return []
    first = max(rows.values())
    tables = []
    for column, code in enumerate(head[rows["CODE"]]):
        title = head[rows["NAME"]][column]
        if title.upper().startswith("#ERROR") or code.upper().startswith(("#ERROR", "$$ER")):
            raise _unloaded(sheet, rows["NAME"] - 1, column, title or code)
        if column and code:
            sign = head[rows["CURRENCY"]][column] if "CURRENCY" in rows else ""
            tables.append(_series(sheet, (column, code, sign), first))
    return tables


def _series(sheet: Sheet, of: tuple[int, str, str], first: int) -> _Table:
    column, code, sign = of
    found = _DATASTREAM_TYPE.search(code)
    kind = found[1] if found else ""
    role = "Adj Close" if kind in _TOTAL_RETURN else "Close" if kind in _PRICES else "Value"
    where, issues = sheet.place(HEADER if first == 0 else first - 1, column), []
    unit = _SIGNS.get(sign, _iso(sign))
    if sign and not unit:
        issues.append(Issue(f"the currency of {code} is written {sign}", where, "not read: state it in the policy"))
    if sign == "£" and role != "Value":
        issues.append(Issue(f"{code} is in £: Datastream quotes UK shares in pence under it", where, "kept as written"))
    return _Table(code, (0, column), ("Date", role), first, unit, tuple(issues))


def _plain(sheet: Sheet, table: _Table) -> Sheet:
    """The rows of one table below its head, cells that say 'no value' emptied, rows without anything left out."""
    cells = [_below(sheet, column, table.first) for column in table.columns]
    kept = [at for at, row in enumerate(zip(*cells, strict=True)) if any(row)]
    if not kept:
        fault = Fault(table.first - 1, table.columns[-1], f"{table.name} has no rows", "Load the data, then export again.")
        raise sheet.error(fault)

    def point(row: int, column: int) -> str:
        return sheet.place(table.first - 1 if row == HEADER else table.first + kept[row], table.columns[column])

    last = kept[-1] == len(cells[0]) - 1 and table.columns[-1] == len(sheet.header) - 1
    columns = tuple([column[at] for at in kept] for column in cells)
    return Sheet(
        sheet.file,
        table.header,
        columns,
        [table.first + at for at in kept],
        unfinished=sheet.unfinished and last,
        issues=(*sheet.issues, *table.issues),
        point=point,
        title=table.name,
        currency=table.currency,
    )


def _below(sheet: Sheet, column: int, first: int) -> list[str]:
    """Cells of a column from row `first` on. Raises DataError for one that says that it never loaded."""
    cells = sheet.columns[column]
    made = [_text(cells, row) for row in range(first, len(cells))]
    for at, cell in enumerate(made):
        if cell in ("#N/A N/A", "NA"):
            made[at] = ""  # no value on that date: counted among the empty cells
        elif cell.startswith("#"):
            raise _unloaded(sheet, first + at, column, cell)
    return made


def _unloaded(sheet: Sheet, row: int, column: int, cell: str) -> Exception:
    remedy = "Wait until the add-in has loaded every cell, mend what it refuses, then save and export again."
    return sheet.error(Fault(row, column, f"the cell reads {cell!r}: it was not loaded", remedy))
