"""Numbers as users write them: percent signs, decimal commas, thousands in groups, currency signs, accountants' brackets.

Of a column of text the marks are read together: where both stand, the last is the decimal one. What is no number is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

EMPTY = ("", "nan", "na", "n/a", "null", "none", "<na>")
GROUPED = r"^[+-]?[1-9]\d?\d?,\d{3}$"  # 1,234 in a file that parts its columns by commas: thousands


def numbers_of(column: Any, where: str) -> tuple[Array, bool]:
    """Numbers (T,), NaN where a cell is empty, and whether all of them had a percent sign (they are fractions then).

    Raises DataError for what is no number.
    """
    import pandas as pd

    if pd.api.types.is_complex_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        raise DataError(f"the numbers are {column.dtype}", where=where, remedy="Give returns or prices.")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float), False
    text = column.astype("string").str.strip().str.replace(r"^\((.*)\)$", r"-\1", regex=True)  # (1.5%) is below 0
    signed = text.str.endswith("%").fillna(value=False).to_numpy(dtype=bool)
    percent = bool(signed.any())
    plain = _plain(text.str.rstrip("%"), comma=percent or column.attrs.get("decimal") == ",", percent=percent)
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    empty = text.isna().to_numpy(dtype=bool) | text.fillna("").str.lower().isin(EMPTY).to_numpy()
    if (np.isnan(numbers) & ~empty).any():
        row = int(np.flatnonzero(np.isnan(numbers) & ~empty)[0])
        cell = repr(column.iloc[row])[:60]
        raise DataError(f"{cell} in row {row + 1} is no number", where=where, remedy="Correct or empty the cell.")
    if percent and not (signed | empty).all():
        raise DataError("some numbers have a percent sign and some have none", where=where, remedy="Write them all alike.")
    return np.where(signed, numbers / 100.0, numbers), percent


def _plain(text: pd.Series, *, comma: bool, percent: bool) -> pd.Series:
    """Text with a point for the decimal mark and no other mark; `comma` says that a comma alone is decimal.

    Then 1.234 is a number of thousands, but for `percent`, of which nobody writes so many.
    """
    text = text.str.strip().str.replace("\u2212", "-")
    text = text.str.replace(r"^([+-]?)\s*[$€£¥]\s*", r"\1", regex=True)
    text = text.str.replace(r"(?<=\d)['\u2019\s](?=\d{3}(?:\D|$))", "", regex=True)
    commas, points = text.str.contains(",", regex=False), text.str.contains(".", regex=False)
    both = text[(commas & points).fillna(value=False)]
    if len(both):
        comma = bool((both.str.rfind(",") > both.str.rfind(".")).all())
    elif text.str.count(",").gt(1).any():
        comma = False
    elif not comma:
        comma = bool(commas.any()) and not text[commas.fillna(value=False)].str.match(GROUPED).all()
    alone = text[points.fillna(value=False)]
    grouped = comma and not percent and len(alone) > 0 and alone.str.match(GROUPED.replace(",", r"\.")).all()
    if comma and (commas.any() or text.str.count(r"\.").gt(1).any() or grouped):
        return _ungrouped(text, ".").str.replace(",", ".", regex=False)
    return _ungrouped(text, ",")


def _ungrouped(text: pd.Series, mark: str) -> pd.Series:
    """Without `mark` where it parts groups of three digits; a mark elsewhere stays, and the cell is no number."""
    groups = rf"(?<=\d)\{mark}(?=\d{{3}}(?:\D|$))"
    return text.str.replace(groups, "", regex=True)
