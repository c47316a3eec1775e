"""Spreadsheets (.xlsx, .xlsm, .xls, .ods) through python-calamine, whose cells have types.

Every worksheet whose first row is a header with a date is read, and every one in the layout of a Bloomberg or LSEG
export; where there is none, the first worksheet. The others are listed. Places are written as a person finds them:
file:sheet!B7. A first row that is blank or merged is refused, and so is what `packed` finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError, UsageError
from trimtab.data.history import Issue
from trimtab.data.sources.exports import exported
from trimtab.data.sources.layout import Role, role_of
from trimtab.data.sources.packed import MAX_CELLS, letters, require_computed, require_modest
from trimtab.data.sources.sheet import HEADER, Sheet
from trimtab.data.sources.values import as_text, column_of

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")

Rows = list[list[Any]]


def read_workbook(path: Path, file: str) -> tuple[Sheet, ...]:
    """The tables in `path`, called `file` in messages. A table is named by its sheet where the file has several.

    Raises UsageError where python-calamine is missing, DataError (file:sheet!B7) where the file cannot be trusted.
    """
    require_modest(path, file)
    grids = _grids(path, file)
    tables = {name: found for name, rows in grids.items() if (found := _tables(rows, file, name))}
    if not tables:
        name, rows = next(iter(grids.items()))
        _require_header(rows, f"{file}:{name}")
        tables = {name: (_sheet(rows, file, name),)}
    for name in tables:
        require_computed(path, file, name)
    made = [table for found in tables.values() for table in found]
    if len(tables) == 1 and len(made) == 1 and made[0].title in tables:
        made = [replace(made[0], title="")]  # a file with one table is named by the file
    unread = [name for name in grids if name not in tables]
    if unread:
        issue = Issue(f"sheets without a header that starts with a date: {', '.join(unread)}", file, "not read")
        made[0] = replace(made[0], issues=(*made[0].issues, issue))
    return tuple(made)


def read_grid(path: Path, file: str, sheet: str) -> Rows:
    """The cells of one worksheet from A1 on, every row of one length. Raises as `read_workbook` does."""
    require_modest(path, file)
    grids = _grids(path, file)
    if sheet not in grids:
        remedy = f"It has: {', '.join(grids)}."
        raise DataError(f"the file has no worksheet {sheet}", where=file, remedy=remedy)
    require_computed(path, file, sheet)
    return grids[sheet]


def _grids(path: Path, file: str) -> dict[str, Rows]:
    """Cells by worksheet, for those with any."""
    try:
        calamine = import_module("python_calamine")
    except ImportError as error:
        remedy = "Run: pip install 'trimtab[sheets]'. Or save it as CSV UTF-8."
        raise UsageError(f"{file} is a spreadsheet, and python-calamine is not installed", remedy=remedy) from error
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            worksheet = calamine.SheetTypeEnum.WorkSheet
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == worksheet]
            grids = {name: _cells(book.get_sheet_by_name(name), file) for name in names}
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        remedy = "Open it in a spreadsheet and save it again; it may be cut short, or locked with a password."
        raise DataError(f"the file cannot be read as a spreadsheet ({error})", where=file, remedy=remedy) from error
    except BaseException as error:  # the reader's own panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        remedy = "Open it in a spreadsheet and save it again; it is damaged."
        raise DataError("the file cannot be read as a spreadsheet", where=file, remedy=remedy) from None
    filled = {name: rows for name, rows in grids.items() if rows}
    if not filled:
        raise DataError("the file has no worksheet with cells", where=file, remedy="Give a header row and rows below it.")
    return filled


def _cells(sheet: Any, file: str) -> Rows:
    if sheet.total_height * sheet.total_width > MAX_CELLS:
        raise DataError(f"a sheet has more than {MAX_CELLS:,} cells", where=file, remedy="Split it, or store it as Parquet.")
    rows: Rows = sheet.to_python(skip_empty_area=False)
    while rows and _is_blank(rows[-1]):
        rows.pop()
    return rows


def _is_blank(row: list[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def _tables(rows: Rows, file: str, name: str) -> tuple[Sheet, ...]:
    """The tables of a sheet that is an export, or whose header has a date; none otherwise."""
    if len(rows) < 2:
        return ()
    whole = _sheet(rows, file, name)
    if found := exported(whole):
        return found
    return (whole,) if any(role_of(head) is Role.DATE for head in whole.header) else ()


def _require_header(rows: Rows, where: str) -> None:
    if _is_blank(rows[0]) or len([cell for cell in rows[0] if cell != ""]) < 2:
        remedy = "Delete the rows above the header: names of columns stand in row 1, one a cell, from A1 on."
        raise DataError("row 1 is blank, merged or a title, not a header", where=f"{where}!A1", remedy=remedy)
    if len(rows) < 2:
        raise DataError("the sheet has a header and no rows", where=f"{where}!A1", remedy="Give at least one row below it.")


def _sheet(rows: Rows, file: str, name: str) -> Sheet:
    """The sheet as a table whose header is its first row; rows that are blank from end to end are left out."""
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if cell not in ("", None)), default=0)
    header = tuple(as_text(cell).strip() for cell in rows[0][:width])
    lines = [at for at, row in enumerate(rows) if at and not _is_blank(row)]
    columns = [column_of([rows[at][c] for at in lines]) for c in range(width)]
    cells = tuple(
        [as_text(rows[at][c]) for at in lines] if role_of(head) is Role.ID else columns[c] for c, head in enumerate(header)
    )
    return Sheet(file, header, cells, [at + 1 for at in lines], point=_point(f"{file}:{name}", lines), title=name)


def _point(where: str, lines: list[int]) -> Callable[[int, int], str]:
    """Places such as file:sheet!B7, for rows that stand at `lines` (from 0) of the sheet."""

    def place(row: int, column: int) -> str:
        return f"{where}!{letters(column)}{1 if row == HEADER else lines[row] + 1}"

    return place
