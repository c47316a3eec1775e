"""The door of everything that compares variants: a table of numbers (T, N), one row a period, one column a variant."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError


def variants(table: Array, *, rows: int, columns: int) -> Array:
    """The table as floats (T, N), with at least so many rows and columns. Not copied where it holds floats already.

    Raises DataError for another shape, and for a number that is unknown or infinite, which it names by row and column.
    """
    numbers = np.asarray(table, dtype=float)
    if numbers.ndim != 2:
        raise DataError(f"a table of {numbers.ndim} axes", remedy="Give one row a period and one column a variant.")
    if numbers.shape[1] < columns:
        raise DataError(f"{numbers.shape[1]} variants, at least {columns} are needed", remedy="Give one column a variant.")
    if len(numbers) < rows:
        what = f"{len(numbers)} periods, at least {rows} are needed"
        raise DataError(what, remedy="Give one row a period, more of them, or ask for fewer blocks.")
    if not np.isfinite(numbers.sum()) and not np.isfinite(numbers).all():  # the sum needs no second table
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        what = f"row {row} of variant {column} is {numbers[row, column]}"
        raise DataError(what, remedy="Cut all variants to the periods that they share, or leave this one out.")
    return numbers
