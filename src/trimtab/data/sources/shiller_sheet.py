"""The sheet Data of Shiller's workbook as columns by name: pure, from its cells alone.

The row that begins `Date, P, D, E, CPI` is the last of the names; above it the names of one column continue upwards, word
by word (`Monthly` / `Total` / `Bond` / `Returns`), and are put together. Blank columns are spacers. A row whose first cell
is no month ends the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError

# Words of a column from top to bottom, in lower case without blanks.
_NAMES = {
    "s&pcomp.p": "price",
    "dividendd": "dividend",
    "earningse": "earnings",
    "consumerpriceindexcpi": "cpi",
    "longinterestrategs10": "gs10",
    "realprice": "real_price",
    "realdividend": "real_dividend",
    "realtotalreturnprice": "real_tr_price",
    "realearnings": "real_earnings",
    "realtrscaledearnings": "real_tr_earnings",
    "cyclicallyadjustedpriceearningsratiop/e10orcape": "cape",
    "cyclicallyadjustedtotalreturnpriceearningsratiotrp/e10ortrcape": "tr_cape",
    "excesscapeyield": "excess_cape_yield",
    "monthlytotalbondreturns": "bond_return",
    "realtotalbondreturns": "real_bond_tr_index",
}
_LAST_ROW = ("date", "p", "d", "e", "cpi")
_POSITIVE = frozenset(_NAMES.values()) - {"earnings", "real_earnings", "real_tr_earnings", "excess_cape_yield", "bond_return"}
_REMEDY = "Download the workbook again; if Shiller has changed its layout, tell us. Nothing was kept."
_DEEP = 20


@dataclass(frozen=True, slots=True, eq=False)
class ShillerColumns:
    """Months (T,), datetime64[M], rising, and values (T,) by name as published, NaN where there are none.

    `bond_return` alone is changed: it is simple instead of gross, and stands in the month that it ends with.
    """

    months: Dates
    values: dict[str, Array]


def parse_shiller(rows: Sequence[Sequence[Any]], file: str) -> ShillerColumns:
    """The columns from the cells of the sheet (numbers, or text as CSV has it). Raises DataError with file:row:col."""
    last = next((at for at, row in enumerate(rows[:_DEEP]) if _begins(row)), None)
    if last is None:
        raise DataError("no row begins Date, P, D, E, CPI", where=file, remedy=_REMEDY)
    columns = _columns(rows[: last + 1])
    absent = sorted(set(_NAMES.values()) - set(columns))
    if absent:
        raise DataError(f"there is no column for {', '.join(absent)}", where=f"{file}:{last + 1}", remedy=_REMEDY)
    body = _body(rows, last + 1, file)
    months = np.array([_month(rows[at][0], f"{file}:{at + 1}:1") for at in body])
    if bool((np.diff(months).astype(np.int64) <= 0).any()):
        at = body[int(np.flatnonzero(np.diff(months).astype(np.int64) <= 0)[0]) + 1]
        raise DataError(f"the month {rows[at][0]} does not follow the one above", where=f"{file}:{at + 1}:1", remedy=_REMEDY)
    values = {name: _numbers(rows, body, (name, column), file) for name, column in columns.items()}
    values["bond_return"] = _moved(months, values["bond_return"] - 1.0)
    return ShillerColumns(months, values)


def _words(cell: Any) -> str:
    return "".join(str(cell).lower().split()) if isinstance(cell, str) else ""


def _begins(row: Sequence[Any]) -> bool:
    return tuple(_words(cell) for cell in row[: len(_LAST_ROW)]) == _LAST_ROW


def _columns(names: Sequence[Sequence[Any]]) -> dict[str, int]:
    """Number of each column by our name; one that is no column of ours, such as those that look ahead, is left out."""
    found: dict[str, int] = {}
    for column in range(1, len(names[-1])):
        name = _NAMES.get("".join(_words(row[column]) for row in names if column < len(row)))
        if name and name not in found:
            found[name] = column
    return found


def _body(rows: Sequence[Sequence[Any]], first: int, file: str) -> list[int]:
    """Numbers of the rows with a month. Raises DataError where a row without one stands among them."""
    dated = [at for at in range(first, len(rows)) if rows[at] and str(rows[at][0]).strip()]
    if not dated:
        raise DataError("there is no row with a month", where=f"{file}:{first + 1}:1", remedy=_REMEDY)
    if dated != [*range(dated[0], dated[-1] + 1)]:
        at = next(at for at in range(dated[0], dated[-1]) if at not in set(dated))
        raise DataError("the row has no month", where=f"{file}:{at + 1}:1", remedy=_REMEDY)
    return dated


def _month(cell: Any, where: str) -> np.datetime64:
    """1871.01 is January 1871, 1871.1 October: two decimals are the month."""
    try:
        hundredths = float(cell) * 100.0
        year, month = divmod(round(hundredths), 100)
    except (TypeError, ValueError, OverflowError):
        year, month, hundredths = 0, 0, 0.0
    if not (1800 <= year <= 2200 and 1 <= month <= 12 and abs(hundredths - round(hundredths)) < 1e-3):
        raise DataError(f"{str(cell)[:20]!r} is no month such as 1871.01", where=where, remedy=_REMEDY)
    return np.datetime64(f"{year:04d}-{month:02d}", "M")


def _numbers(rows: Sequence[Sequence[Any]], body: Sequence[int], of: tuple[str, int], file: str) -> Array:
    name, column = of
    values = np.full(len(body), np.nan)
    for k, at in enumerate(body):  # one cell at a time: NA, blanks and numbers stand mixed
        cell = rows[at][column] if column < len(rows[at]) else ""
        if isinstance(cell, str) and cell.strip() in ("", "NA"):
            continue
        try:
            values[k] = float(cell)
        except (TypeError, ValueError):
            values[k] = np.inf
        if np.isinf(values[k]) or (name in _POSITIVE and not values[k] > 0.0):
            what = f"{str(cell)[:20]!r} is no value of {name}"
            raise DataError(what, where=f"{file}:{at + 1}:{column + 1}", remedy=_REMEDY)
    return values


def _moved(months: Dates, ahead: Array) -> Array:
    """Values (T,) of the month before, where that month is in the table: what a row said of its next month."""
    moved = np.full(len(ahead), np.nan)
    follows = np.diff(months).astype(np.int64) == 1
    moved[1:][follows] = ahead[:-1][follows]
    return moved
