"""Rows in order: sorted by date, each date once. Identical doubles are dropped and said, conflicting ones refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask
from trimtab.data.history import Issue
from trimtab.data.sources.sheet import Cells, Coded, Fault, Sheet


def in_order(
    sheet: Sheet, dates: Dates, values: Mapping[int, Array], rows: Index, date: int
) -> tuple[Index, tuple[Issue, ...]]:
    """Those of `rows` to keep, by rising date, and what was done. `values` maps columns to (T,); `date` is a column.

    Raises DataError where two rows have the same date and different numbers.
    """
    steps = np.diff(dates[rows]).astype(np.int64)
    if bool((steps > 0).all()):
        return rows, ()
    issues = []
    if bool((steps < 0).any()):
        late = int(rows[1:][steps < 0][0])
        issues.append(Issue("rows are not in order of date", sheet.place(late, date), "sorted"))
        rows = rows[np.argsort(dates[rows], kind="stable")]
    twin = np.diff(dates[rows]).astype(np.int64) == 0
    if bool(twin.any()):
        _require_same(sheet, values, rows[:-1][twin], rows[1:][twin], date)
        dropped = rows[1:][twin]
        what = f"{len(dropped)} identical double row{'s' if len(dropped) > 1 else ''}"
        issues.append(Issue(what, sheet.place(int(dropped.min()), date), "dropped"))
        rows = rows[np.append(True, ~twin)]
    return rows, tuple(issues)


def _require_same(sheet: Sheet, values: Mapping[int, Array], first: Index, second: Index, date: int) -> None:
    """Raise DataError at the first row (N,) of `second` that differs from its twin in `first`."""
    faults = []
    for column, numbers in values.items():
        different = np.flatnonzero(_differ(numbers, first, second))
        if len(different):
            at = different[np.argmin(second[different])]
            row, other = int(second[at]), int(first[at])
            what = f"{_cell(sheet, row, date)} occurs twice with different numbers ({sheet.place(other, column)})"
            faults.append(Fault(row, column, what, "Keep the row that is right."))
    if faults:
        raise sheet.error(min(faults, key=lambda fault: (fault.row, fault.column)))


def _differ(numbers: Array, first: Index, second: Index) -> Mask:
    a, b = numbers[first], numbers[second]
    return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))


def _cell(sheet: Sheet, row: int, column: int) -> str:
    return str(sheet.columns[column][row]).strip()


def groups(sheet: Sheet, column: int, cells: Cells) -> dict[str, Index]:
    """Rows of each id in a TIDY table, in the order in which ids first occur. Raises DataError for an empty id."""
    coded = _coded(cells)
    names = {code: coded.texts[code] for code in coded.present().tolist()}
    for code, name in names.items():
        if not name or not name.isprintable():
            row = int(np.flatnonzero(coded.codes == code)[0])
            raise sheet.error(Fault(row, column, "the row does not say which series it belongs to", "Fill the cell."))
    small = coded.codes.astype(np.min_scalar_type(max(len(coded.texts) - 1, 0)))  # 16 bits are sorted in one pass
    sorted_already = bool((small[1:] >= small[:-1]).all())
    order = np.arange(len(small)) if sorted_already else np.argsort(small, kind="stable")
    ends = np.cumsum(np.bincount(coded.codes, minlength=len(coded.texts)))
    parts = np.split(order, ends[:-1])
    return {name: parts[code] for code, name in names.items()}


def _coded(cells: Cells) -> Coded:
    """Ids without blanks around them, each once."""
    if isinstance(cells, Coded):
        texts = [text.strip() for text in cells.texts]
        place = {text: code for code, text in reversed([*enumerate(texts)])}
        same = np.array([place[text] for text in texts], dtype=np.intp)
        return cells if len(place) == len(texts) and (*texts,) == cells.texts else Coded(same[cells.codes], (*texts,))
    codes: dict[str, int] = {}
    number = np.array([codes.setdefault(str(cell).strip(), len(codes)) for cell in cells], dtype=np.intp)
    return Coded(number, (*codes,))
