"""A file that does not end with a line break may have been cut inside its last number.

Many sound files end so. They are accepted and the missing line break is listed, unless the last number looks cut: fewer
decimals than any other in its column, or a fifth or five times of the one before it, or there is nothing to compare it
with. Then the file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.data.history import Issue
from trimtab.data.sources.sheet import Fault, Sheet

_CUT = 0.2  # a number that loses a digit before its point keeps a tenth or less, and it may have moved before


def check_end(sheet: Sheet, values: Mapping[int, Array], rows: Index) -> tuple[Issue, ...]:
    """The issue of a missing last line break. `rows` (N,) are those of the series whose row stands last in the file.

    Raises DataError where the last number looks cut.
    """
    if not sheet.unfinished:
        return ()
    last, column = len(sheet.lines) - 1, len(sheet.header) - 1
    cells, numbers = sheet.columns[column], values.get(column)
    if numbers is not None and np.isfinite(numbers[last]) and (_short([*cells]) or _leaps(numbers[rows])):
        what = f"the file ends in {cells[last]} without a line break, and that number looks cut"
        raise sheet.error(Fault(last, column, what, "Copy the file again; if it is complete, end its last line."))
    what = "the file does not end with a line break, so its last number may be cut"
    return (Issue(what, sheet.place(last, column), "kept as written"),)


def _short(cells: list[str]) -> bool:
    """Whether the last cell has fewer decimals than any other, or no other to be compared with."""
    *others, last = (_decimals(cell) for cell in cells if cell.strip())
    return not others or last < min(others)


def _decimals(cell: str) -> int:
    return len(cell.strip().partition(".")[2])


def _leaps(numbers: Array) -> bool:
    """Whether the last number is of another size than the last known one before it."""
    before = numbers[:-1][np.isfinite(numbers[:-1])]
    if len(before) == 0 or before[-1] == 0.0:
        return False
    ratio = abs(float(numbers[-1] / before[-1]))
    return not _CUT < ratio < 1.0 / _CUT
